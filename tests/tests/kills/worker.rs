//! What a killed process does while it lives: starts runs, claims places that others want too,
//! changes them under its token, and writes down every answer once it has it.

use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use loom_core::claim::{ClaimReply, HandOverReply, Mode, OnConflict, SpecRequest};
use loom_core::coordinator::{Answer, Body, ChangedFile, Command, MadeBy, NewChange, Reply};
use loom_core::error::{Code, Error};
use loom_core::model::{
    Actor, ActorKind, Amounts, ChangeId, Digest, Head, Nonce, Record, RepoId, RunId, StoredText,
    Token, Ver,
};
use loom_core::path::{PathSetSource, PatternSource};
use loom_core::run::RunOutcome;
use loom_core::store::{Append, Snapshot, Store, Turn};
use loom_store::{Loom, SqliteStore, loom};
use uuid::Uuid;

use crate::log::{Answered, Line, Writer};
use crate::seed::Random;

pub(crate) const JOURNAL: &str = "LOOM_TEST_JOURNAL";
pub(crate) const LOG: &str = "LOOM_TEST_LOG";
pub(crate) const NAME: &str = "LOOM_TEST_NAME";
pub(crate) const SEED: &str = "LOOM_TEST_SEED";
/// What to do instead of working; see `stopped`.
pub(crate) const PART: &str = "LOOM_TEST_PART";

pub(crate) const REPO: &str = "shop";

/// Places that meet in most pairs, each with a file in it.
const PLACES: [(&str, &str); 9] = [
    ("src/**", "src/a/x.rs"),
    ("src/a/*", "src/a/y.rs"),
    ("src/a/x.rs", "src/a/x.rs"),
    ("src/[ab]/x.rs", "src/b/x.rs"),
    ("src/b/**", "src/b/deep/z.rs"),
    ("**/*.rs", "lib/w.rs"),
    ("docs/**", "docs/a.md"),
    ("docs/{a,b}.md", "docs/b.md"),
    ("lib/*", "lib/w.rs"),
];

/// How often a waiter looks whether it was served before it gives up.
const LOOKS_MAX: u32 = 30;

/// The worker, where this process was started as one.
pub(crate) fn main() {
    let Ok(journal) = std::env::var(JOURNAL) else {
        return;
    };
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(1);
    });
    let journal = PathBuf::from(journal);
    if let Ok(part) = std::env::var(PART) {
        return crate::stopped::play(&part, &journal);
    }
    let variable = |name| std::env::var(name).unwrap();
    let mut log = Writer::create(&PathBuf::from(variable(LOG)));
    let started = Instant::now();
    let noting = Arc::new(Noting {
        store: SqliteStore::open(&journal).unwrap(),
        notes: Mutex::default(),
    });
    let loom = Loom::over(
        noting.clone(),
        Arc::new(loom::system_clock),
        Arc::new(loom::system_entropy),
    );
    loom.look(|_, _| Ok(())).unwrap();
    let us = micros(started);
    log.write(&Line::Ready { us });
    let mut worker = Worker {
        loom,
        noting,
        log,
        name: variable(NAME),
        random: Random::new(variable(SEED).parse().unwrap()),
        runs: 0,
        commands: 0,
    };
    loop {
        match worker.live() {
            Ok(()) => {}
            // Starved of the processor for longer than its lease: the next run is another life.
            Err(why) if is_late(why.code().as_str()) => {}
            Err(why) => panic!("{why}"),
        }
    }
}

/// Did the run's own lease, or that of its claim, end before the command was decided?
pub(crate) fn is_late(code: &str) -> bool {
    [Code::RunNotLive, Code::ClaimNotLive]
        .iter()
        .any(|late| late.as_str() == code)
}

fn micros(since: Instant) -> u64 {
    since.elapsed().as_micros() as u64
}

struct Worker {
    loom: Loom,
    noting: Arc<Noting>,
    log: Writer,
    name: String,
    random: Random,
    runs: u64,
    commands: u64,
}

impl Worker {
    /// One run, from its start to its end, or to where it is left lying.
    fn live(&mut self) -> Result<(), Error> {
        let run = self.start_run()?;
        for _ in 0..=self.random.below(3) {
            if let Some((token, file)) = self.claim(&run)? {
                self.work(&run, token, file)?;
            }
        }
        if self.random.one_in(6) {
            return Ok(());
        }
        let outcome = RunOutcome::Done;
        let summary = Some("all done".to_owned());
        self.send(
            &run,
            Body::FinishRun {
                outcome,
                summary,
                spent: Amounts::new(),
            },
        )?;
        Ok(())
    }

    fn start_run(&mut self) -> Result<Actor, Error> {
        self.runs += 1;
        let run = RunId::new(&format!("r{}-{}", self.name, self.runs))?;
        let actor = Actor::new(ActorKind::Loop, "nightly")?;
        let body = Body::StartRun {
            run: run.clone(),
            loop_id: None,
            parent: None,
            slot: None,
            artifacts: Vec::new(),
            ttl_ms: Some(1_000 + self.random.below(1_000)),
        };
        self.send(&actor, body)?;
        Ok(actor.in_run(run))
    }

    /// Asks for places, and waits for them where that is how it was asked. Answers the token and a
    /// file that it holds.
    fn claim(&mut self, run: &Actor) -> Result<Option<(Token, &'static str)>, Error> {
        let (pattern, file) = *self.random.pick(&PLACES);
        let mut paths = PathSetSource::of([PatternSource::glob(pattern)]);
        if self.random.one_in(3) {
            let (second, _) = *self.random.pick(&PLACES);
            paths.include.push(PatternSource::glob(second));
        }
        let mode = match self.random.below(8) {
            0 => Mode::Read,
            1 => Mode::Plan,
            2..5 => Mode::Exclusive,
            _ => Mode::Write,
        };
        let on_conflict = match self.random.below(2) {
            0 => OnConflict::Refuse,
            _ => OnConflict::Wait,
        };
        let body = Body::Claim {
            specs: vec![spec(paths)],
            mode,
            intent: Some(format!("work in {pattern}")),
            ttl_ms: 1_000 + self.random.below(1_000),
            priority: self.random.below(3) as u8,
            on_conflict,
            partial: false,
        };
        match self.send(run, body)?.reply {
            Reply::Claim {
                claim: ClaimReply::Granted { token, .. },
                ..
            } => Ok(Some((token, file))),
            Reply::Claim {
                claim: ClaimReply::Waiting { .. },
                ..
            } => Ok(self.wait(run)?.map(|token| (token, file))),
            _ => Ok(None),
        }
    }

    fn wait(&mut self, run: &Actor) -> Result<Option<Token>, Error> {
        for _ in 0..LOOKS_MAX {
            self.think();
            self.think();
            self.think();
            let answer = self.send(run, Body::Heartbeat { seen: None })?;
            if let Reply::Beaten {
                waiting: None,
                claims,
                ..
            } = answer.reply
            {
                let newest = claims.renewed.iter().map(|claim| claim.token).max();
                return Ok(newest);
            }
        }
        self.send(run, Body::Withdraw {})?;
        Ok(None)
    }

    /// What is done under a token.
    fn work(&mut self, run: &Actor, token: Token, file: &str) -> Result<(), Error> {
        self.think();
        self.change(run, token, file)?;
        match self.random.below(6) {
            0 => {
                self.send(run, Body::Heartbeat { seen: Some(0) })?;
            }
            1 => {
                let (tokens, ttl_ms) = (Some(vec![token]), None);
                self.send(run, Body::Renew { tokens, ttl_ms })?;
            }
            2 => {
                let paths = PathSetSource::of([PatternSource::file(file)]);
                let specs = vec![spec(paths)];
                self.send(run, Body::Narrow { token, specs })?;
                self.change(run, token, file)?;
            }
            3 => return self.hand_over(run, token, file),
            _ => {}
        }
        self.think();
        if !self.random.one_in(4) {
            let tokens = Some(vec![token]);
            self.send(run, Body::Release { tokens })?;
            if self.random.one_in(3) {
                // Too late: the fence has to hold.
                self.change(run, token, file)?;
            }
        }
        Ok(())
    }

    fn hand_over(&mut self, run: &Actor, token: Token, file: &str) -> Result<(), Error> {
        let heir = self.start_run()?;
        let to = heir.run.clone().unwrap();
        if let Reply::HandOver {
            claim: HandOverReply::HandedOver { token, .. },
        } = self.send(run, Body::HandOver { token, to })?.reply
        {
            self.change(&heir, token, file)?;
        }
        Ok(())
    }

    fn change(&mut self, run: &Actor, token: Token, file: &str) -> Result<(), Error> {
        let change = NewChange {
            id: ChangeId::new(&format!("c{}-{}", self.name, self.commands))?,
            repo: RepoId::new(REPO)?,
            branch: None,
            commit: None,
            made_by: MadeBy::Loop,
            run: None,
            token: Some(token),
            intent: Some(format!("change {file}")),
            deliberate: false,
            base: None,
            decision: None,
            patch_id: None,
            reverts: Vec::new(),
            files: vec![ChangedFile {
                path: file.to_owned(),
                old_path: None,
                before: None,
                after: None,
                added: 1,
                removed: 0,
                ..ChangedFile::default()
            }],
        };
        self.send(run, Body::RecordChange(Box::new(change)))?;
        Ok(())
    }

    /// Sends a command, and writes down that it does and what came of it.
    fn send(&mut self, actor: &Actor, body: Body) -> Result<Answer, Error> {
        self.commands += 1;
        let nonce = loom::system_entropy()?;
        let command = Command {
            id: Uuid::from_bytes(loom::system_entropy()?),
            actor: actor.clone(),
            nonce: Some(Nonce(nonce)),
            body,
        };
        let id = command.id;
        let before = self.noting.store.head()?.ver;
        *self.noting.notes.lock().unwrap() = Notes::default();
        self.log.write(&Line::Asked { id });
        let asked = Instant::now();
        let answer = self.loom.submit(&command);
        let us = micros(asked);
        let Notes {
            acknowledged,
            tries,
        } = std::mem::take(&mut *self.noting.notes.lock().unwrap());
        let mut answer = match answer {
            Ok(answer) => answer,
            Err(why) => {
                let code = why.code().as_str().to_owned();
                self.log.write(&Line::Failed { id, code, us });
                return Err(why);
            }
        };
        for words in answer.texts() {
            words.text = None;
        }
        self.log.write(&Line::Answered(Box::new(Answered {
            id,
            passed: answer.decided_at - before,
            answer: answer.clone(),
            acknowledged,
            tries,
            us,
        })));
        Ok(answer)
    }

    /// Holds what it holds for a while.
    fn think(&mut self) {
        sleep(Duration::from_micros(self.random.below(20_000)));
    }
}

fn spec(paths: PathSetSource) -> SpecRequest {
    SpecRequest {
        repo: RepoId::new(REPO).unwrap(),
        branch: None,
        paths,
        resources: Vec::new(),
    }
}

/// The SQLite store, and what it said to the appends of one command.
struct Noting {
    store: SqliteStore,
    notes: Mutex<Notes>,
}

#[derive(Default)]
struct Notes {
    acknowledged: Vec<(Ver, Digest)>,
    tries: u64,
}

impl Store for Noting {
    fn head(&self) -> Result<Head, Error> {
        self.notes.lock().unwrap().tries += 1;
        self.store.head()
    }
    fn read(&self, after: Ver, max_bytes: usize) -> Result<Vec<Record>, Error> {
        self.store.read(after, max_bytes)
    }
    fn append(&self, expected: &Head, record: &Record) -> Result<Append, Error> {
        self.append_with_texts(expected, record, &[])
    }
    fn append_with_texts(
        &self,
        expected: &Head,
        record: &Record,
        texts: &[StoredText],
    ) -> Result<Append, Error> {
        let appended = self.store.append_with_texts(expected, record, texts)?;
        let mut notes = self.notes.lock().unwrap();
        notes.tries += 1;
        if appended == Append::Committed {
            notes.acknowledged.push((record.ver, record.hash));
        }
        Ok(appended)
    }
    fn turn(&self) -> Result<Option<Turn<'_>>, Error> {
        self.store.turn()
    }
    fn save_snapshot(&self, snapshot: &Snapshot) -> Result<(), Error> {
        self.store.save_snapshot(snapshot)
    }
    fn load_snapshot(&self, projection: &str, format: u32) -> Result<Option<Snapshot>, Error> {
        self.store.load_snapshot(projection, format)
    }
    fn put_texts(&self, texts: &[StoredText]) -> Result<(), Error> {
        self.store.put_texts(texts)
    }
    fn get_texts(&self, digests: &[Digest]) -> Result<Vec<Option<StoredText>>, Error> {
        self.store.get_texts(digests)
    }
    fn erase_texts(&self, digests: &[Digest]) -> Result<(), Error> {
        self.store.erase_texts(digests)
    }
}
