//! One loop of the demo: a process of its own, with a worktree of its own, that knows the others only
//! through the journal.

use std::collections::BTreeMap;
use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use clap::Args;
use loom_core::claim::{
    ClaimReply, HandOverReply, Meeting, Meetings, Met, Mode, OnConflict, Outcome as Became,
    SpecRequest,
};
use loom_core::coordinator::{Answer, Body, ChangedFile, MadeBy, NewChange, Reply};
use loom_core::error::{Code, Error};
use loom_core::model::{
    Actor, ActorId, ActorKind, Amounts, ChangeId, LoopId, RepoId, RunId, Token,
};
use loom_core::path::PatternSource;
use loom_core::run::RunOutcome;
use loom_core::view::{Brief, named, quoted, span};
use loom_store::Loom;

use super::cue::{Cue, Line, Outcome, Role};
use super::files::{Picks, comment_in};
use super::repo;
use crate::exit::{Ended, Exit, Failure};
use crate::git::Checkout;
use crate::show;
use crate::store_at::StoreAt;
use crate::verb::change::touched;

/// How often a waiting loop looks whether it is served.
const LOOK: Duration = Duration::from_millis(40);
/// How many characters of a brief the transcript has room for.
const BRIEF_CHARS: usize = 1_500;

/// What a loop of the demo is started with.
#[derive(Debug, Args)]
pub(crate) struct Part {
    /// The loop
    #[arg(long)]
    name: String,
    /// Its run
    #[arg(long)]
    id: String,
    /// The repository
    #[arg(long)]
    repo: String,
    /// Its worktree
    #[arg(long)]
    worktree: PathBuf,
}

/// The loop at work.
struct Player {
    loom: Loom,
    actor: Actor,
    run: RunId,
    loop_id: LoopId,
    repo: RepoId,
    worktree: PathBuf,
    picks: Picks,
    held: BTreeMap<Role, Token>,
    commits: u32,
    is_over: Arc<AtomicBool>,
}

impl Part {
    pub(crate) fn carry_out(self) -> Ended {
        let is_over = Arc::new(AtomicBool::new(false));
        let cues = cues(Arc::clone(&is_over));
        let mut player = Player::new(self, is_over)?;
        for line in cues {
            let said = serde_json::from_str(&line)
                .map_err(|why| Failure::outside("cue", why))
                .and_then(|cue| player.play(cue));
            match said {
                Ok(outcome) => tell(&Line::Done { outcome }),
                Err(Failure::Error(why)) => tell(&Line::Failed {
                    why: format!("{}: {why}", why.code().as_str()),
                }),
                Err(Failure::Usage(why)) => tell(&Line::Failed { why }),
            }
        }
        Ok(Exit::Done)
    }
}

/// The lines of stdin. When the director is gone, whichever way, this process goes too.
fn cues(is_over: Arc<AtomicBool>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
        is_over.store(true, Ordering::Relaxed);
        drop(sender);
        std::thread::sleep(Duration::from_secs(2));
        std::process::exit(1);
    });
    receiver
}

fn tell(line: &Line) {
    let mut out = std::io::stdout().lock();
    let json = serde_json::to_string(line).unwrap_or_default();
    let _ = writeln!(out, "{json}").and_then(|()| out.flush());
}

fn say(text: impl Into<String>) {
    tell(&Line::Say { text: text.into() });
}

impl Player {
    fn new(part: Part, is_over: Arc<AtomicBool>) -> Result<Player, Failure> {
        let Part {
            name,
            id,
            repo,
            worktree,
        } = part;
        let Some(checkout) = Checkout::at(&worktree)? else {
            return Err(Failure::outside("worktree", "it lies in no git repository"));
        };
        let picks = Picks::from(&worktree)?
            .ok_or_else(|| Failure::outside("worktree", "it has too few files"))?;
        let run = RunId::new(&id)?;
        Ok(Player {
            loom: Loom::open(StoreAt::in_clone(&checkout))?,
            actor: Actor::new(ActorKind::Loop, &name)?.in_run(run.clone()),
            run,
            loop_id: LoopId::new(&name)?,
            repo: RepoId::new(&repo)?,
            worktree,
            picks,
            held: BTreeMap::new(),
            commits: 0,
            is_over,
        })
    }

    fn play(&mut self, cue: Cue) -> Result<Outcome, Failure> {
        match cue {
            Cue::Start { ttl_ms } => self.start(ttl_ms),
            Cue::Claim {
                role,
                area,
                mode,
                intent,
                ttl_ms,
                wait,
            } => {
                let pattern = if area {
                    self.picks.around(role)
                } else {
                    self.picks.exactly(role)
                };
                let then = if wait { ", and will wait for it" } else { "" };
                say(format!(
                    "asks for {} on {}{then}",
                    show::mode(mode),
                    shown(&pattern)
                ));
                say(format!("  its intent: {}", quoted(&intent, 200)));
                let on_conflict = if wait {
                    OnConflict::Wait
                } else {
                    OnConflict::Refuse
                };
                let answer = self.claim(pattern, mode, &intent, ttl_ms, on_conflict)?;
                self.heard(role, &answer)
            }
            Cue::AwaitTurn { role } => self.await_turn(role),
            Cue::Change {
                role,
                intent,
                deliberate,
            } => self.change(role, &intent, deliberate),
            Cue::HalfChange { role } => {
                self.write_down(role)?;
                self.edit(self.picks.file(role), "half a sentence, and then")?;
                say(format!(
                    "is in the middle of editing {}",
                    self.picks.file(role)
                ));
                Ok(Outcome::Done)
            }
            Cue::Release { role } => {
                let tokens = self.held.remove(&role).map(|token| vec![token]);
                let answer = self.execute(Body::Release { tokens })?;
                say(format!("releases {}", self.picks.file(role)));
                served(&answer);
                Ok(Outcome::Done)
            }
            Cue::Notices => self.notices(),
            Cue::Brief { role } => self.brief(role),
            Cue::HandOver { role, to } => self.hand_over(role, &to),
            Cue::Take { role, token } => {
                self.held.insert(role, token);
                say(format!(
                    "goes on with {} under the new claim",
                    self.picks.file(role)
                ));
                Ok(Outcome::Granted { token })
            }
            Cue::Resume { role } => self.resume(role),
            Cue::Rush => self.rush(),
            Cue::Finish => {
                let body = Body::FinishRun {
                    outcome: RunOutcome::Done,
                    summary: None,
                    spent: Amounts::new(),
                };
                self.execute(body)?;
                Ok(Outcome::Done)
            }
        }
    }

    fn start(&mut self, ttl_ms: u64) -> Result<Outcome, Failure> {
        let body = Body::StartRun {
            run: self.run.clone(),
            loop_id: Some(self.loop_id.clone()),
            parent: None,
            slot: None,
            artifacts: Vec::new(),
            ttl_ms: Some(ttl_ms),
        };
        self.execute(body)?;
        Ok(Outcome::Done)
    }

    fn heard(&mut self, role: Role, answer: &Answer) -> Result<Outcome, Failure> {
        let Reply::Claim { claim, .. } = &answer.reply else {
            return Err(unexpected("a claim"));
        };
        match claim {
            ClaimReply::Granted {
                token, expires_at, ..
            } => {
                self.held.insert(role, *token);
                let lease = span(expires_at.since_ms(answer.at).next_multiple_of(1_000));
                say(format!("is granted it for {lease}: claim {token}"));
                Ok(Outcome::Granted { token: *token })
            }
            ClaimReply::Waiting { meetings, .. } => {
                say("waits in the queue:");
                in_the_way(meetings);
                Ok(Outcome::Waiting)
            }
            ClaimReply::Refused { meetings, .. } => {
                say("is refused:");
                in_the_way(meetings);
                Ok(Outcome::Refused)
            }
        }
    }

    fn await_turn(&mut self, role: Role) -> Result<Outcome, Failure> {
        let started = Instant::now();
        loop {
            let waits = |coordinator: &loom_core::coordinator::Coordinator, now| {
                let claims = coordinator.claims();
                let newest = claims.claims_of(&self.run, now).pop();
                Ok((claims.wait_of(&self.run).is_some(), newest))
            };
            match self.loom.look(waits)? {
                (false, Some(claim)) => {
                    let token = claim.token;
                    self.held.insert(role, token);
                    let waited_ms = started.elapsed().as_millis().try_into().unwrap_or(u64::MAX);
                    let after = match waited_ms {
                        0..1_000 => "at once".to_owned(),
                        _ => format!(
                            "after {}.{} s, when the lease ended",
                            waited_ms / 1_000,
                            waited_ms % 1_000 / 100
                        ),
                    };
                    say(format!("is served from the queue {after}: claim {token}"));
                    return Ok(Outcome::Granted { token });
                }
                (false, None) => return Err(unexpected("a claim or a place in the queue")),
                (true, _) => {}
            }
            if self.is_over.load(Ordering::Relaxed) {
                return Err(unexpected("the director"));
            }
            std::thread::sleep(LOOK);
            // Whoever looks first after a lease ended settles it; nobody has to be on watch.
            self.execute(Body::Tick {})?;
        }
    }

    fn change(&mut self, role: Role, intent: &str, deliberate: bool) -> Result<Outcome, Failure> {
        let Some(token) = self.held.get(&role).copied() else {
            return Err(unexpected("a claim to work under"));
        };
        let file = self.picks.file(role).to_owned();
        self.edit(&file, intent)?;
        let (commit, answer) = self.land(&file, intent, deliberate, token)?;
        let purpose = if deliberate { ", on purpose" } else { "" };
        match &answer.reply {
            Reply::ChangeRecorded { .. } => {
                say(format!(
                    "changes {file}{purpose}: commit {commit:.7}, recorded under its claim"
                ));
                if deliberate {
                    say(format!("  because: {}", quoted(intent, 200)));
                }
                Ok(Outcome::Recorded)
            }
            Reply::ChangeFenced { admission, .. } => {
                say(format!(
                    "is fenced off: its commit {commit:.7} to {file} may not land"
                ));
                say(format!("  {}", show::admitted(admission)));
                Ok(Outcome::Fenced)
            }
            _ => Err(unexpected("a change")),
        }
    }

    fn notices(&mut self) -> Result<Outcome, Failure> {
        let answer = self.execute(Body::Heartbeat { seen: None })?;
        let Reply::Beaten { notices, .. } = &answer.reply else {
            return Err(unexpected("a heartbeat"));
        };
        for notice in notices {
            let became = match notice.outcome {
                Became::Granted => "was granted it too",
                Became::Refused => "was refused",
                Became::Waiting => "waits for it",
                Became::Advised => "holds a plan instead",
            };
            let Met::Path {
                requested, witness, ..
            } = &notice.met
            else {
                continue;
            };
            let at = witness.as_deref().unwrap_or_default();
            let from = named(&notice.from.to_string());
            let (mode, asked) = (show::mode(notice.mode), shown(requested));
            say(format!(
                "is told: {from} asked for {mode} on {asked}, and {became}"
            ));
            say(format!("  witness: {}, which both would hold", named(at)));
        }
        let seen = notices.last().map(|notice| notice.seq);
        let count = notices.len();
        self.execute(Body::Heartbeat { seen })?;
        Ok(Outcome::Told { notices: count })
    }

    fn brief(&mut self, role: Role) -> Result<Outcome, Failure> {
        let specs = [self.place(self.picks.around(role))];
        let look = |coordinator: &_, now| Brief::collect(coordinator, &self.run, &specs, now);
        let mut brief = self.loom.look(look)?;
        self.loom.fill(brief.texts())?;
        say("reads its brief before it starts anew:");
        for line in brief.render(BRIEF_CHARS).text.trim_end().lines() {
            say(format!("  | {line}"));
        }
        let file = self.picks.file(role);
        let meant = |change: &&loom_core::coordinator::RecentChange| {
            change.deliberate && change.paths.iter().any(|path| path == file)
        };
        let Some(change) = brief.changes.iter().find(meant) else {
            return Ok(Outcome::Done);
        };
        let id = named(change.id.as_str());
        say(format!(
            "leaves {file} alone: change {id} made it so on purpose"
        ));
        Ok(Outcome::LeftAlone)
    }

    fn hand_over(&mut self, role: Role, to: &RunId) -> Result<Outcome, Failure> {
        let Some(token) = self.held.get(&role).copied() else {
            return Err(unexpected("a claim to hand over"));
        };
        let to = to.clone();
        let answer = self.execute(Body::HandOver {
            token,
            to: to.clone(),
        })?;
        let Reply::HandOver {
            claim: HandOverReply::HandedOver { token, .. },
        } = &answer.reply
        else {
            return Err(unexpected("a hand-over"));
        };
        let file = self.picks.file(role);
        say(format!(
            "hands {file} over to run {}: claim {token}",
            named(to.as_str())
        ));
        Ok(Outcome::Granted { token: *token })
    }

    fn resume(&mut self, role: Role) -> Result<Outcome, Failure> {
        let note =
            std::fs::read_to_string(self.note()).map_err(|why| Failure::outside("note", why))?;
        let token: Token = note.trim().parse()?;
        self.held.insert(role, token);
        let process = std::process::id();
        say(format!(
            "is back as process {process}, finds its note of claim {token}, and finishes its edit"
        ));
        self.change(role, "the sentence that was begun", false)
    }

    /// Works through the files that nobody was given, in competition with everybody else.
    fn rush(&mut self) -> Result<Outcome, Failure> {
        let mut todo = self.picks.free.clone();
        let (mut changes, mut refused) = (0, 0);
        while !todo.is_empty() && !self.is_over.load(Ordering::Relaxed) {
            let mut left = Vec::new();
            for file in std::mem::take(&mut todo) {
                let intent = format!("one line for {}", self.loop_id);
                let pattern = PatternSource::file(file.as_str());
                let answer =
                    self.claim(pattern, Mode::Exclusive, &intent, 5_000, OnConflict::Refuse)?;
                let Reply::Claim { claim, .. } = &answer.reply else {
                    return Err(unexpected("a claim"));
                };
                let ClaimReply::Granted { token, .. } = claim else {
                    refused += 1;
                    left.push(file);
                    continue;
                };
                self.edit(&file, &intent)?;
                let (_, answer) = self.land(&file, &intent, false, *token)?;
                if !matches!(answer.reply, Reply::ChangeRecorded { .. }) {
                    return Err(unexpected("a recorded change"));
                }
                changes += 1;
                let tokens = Some(vec![*token]);
                self.execute(Body::Release { tokens })?;
            }
            todo = left;
            if !todo.is_empty() {
                std::thread::sleep(LOOK);
            }
        }
        let refusals = match refused {
            0 => "was never in the other's way".to_owned(),
            1 => "was refused once, went on with another file and came back".to_owned(),
            _ => format!("was refused {refused} times, went on with another file and came back"),
        };
        say(format!("changed all {changes} files; {refusals}"));
        Ok(Outcome::Rushed { changes, refused })
    }

    fn claim(
        &self,
        pattern: PatternSource,
        mode: Mode,
        intent: &str,
        ttl_ms: u64,
        on_conflict: OnConflict,
    ) -> Result<Answer, Failure> {
        self.execute(Body::Claim {
            specs: vec![self.place(pattern)],
            mode,
            intent: Some(intent.to_owned()),
            ttl_ms,
            priority: 0,
            on_conflict,
            partial: false,
        })
    }

    /// Commits an edited file, and asks the journal whether it may land.
    fn land(
        &mut self,
        file: &str,
        intent: &str,
        deliberate: bool,
        token: Token,
    ) -> Result<(String, Answer), Failure> {
        let (commit, base) = repo::commit(&self.worktree, file, intent)?;
        self.commits += 1;
        let change = NewChange {
            id: ChangeId::new(&format!("{}-{}", self.run, self.commits))?,
            repo: self.repo.clone(),
            branch: None,
            commit: Some(ActorId::new(&commit)?),
            made_by: MadeBy::Loop,
            run: None,
            token: Some(token),
            intent: Some(intent.to_owned()),
            deliberate,
            base: Some(ActorId::new(&base)?),
            decision: None,
            patch_id: None,
            reverts: Vec::new(),
            files: vec![ChangedFile {
                added: 1,
                ..touched(file.to_owned())
            }],
        };
        let answer = self.execute(Body::RecordChange(Box::new(change)))?;
        Ok((commit, answer))
    }

    fn edit(&self, file: &str, text: &str) -> Result<(), Failure> {
        let path = self.worktree.join(file);
        let failed = |why: std::io::Error| Failure::outside(file, why);
        let mut content = std::fs::read(&path).map_err(failed)?;
        if content.last().is_some_and(|last| *last != b'\n') {
            content.push(b'\n');
        }
        let line = comment_in(file, &format!("{}: {text}", self.loop_id));
        content.extend(line.unwrap_or_default().bytes());
        std::fs::write(&path, content).map_err(failed)
    }

    /// Writes down under which claim the loop works, so that it knows after a crash.
    fn write_down(&self, role: Role) -> Result<(), Failure> {
        let Some(token) = self.held.get(&role) else {
            return Err(unexpected("a claim to write down"));
        };
        std::fs::write(self.note(), token.to_string()).map_err(|why| Failure::outside("note", why))
    }

    /// Beside the worktree, where no commit takes it along.
    fn note(&self) -> PathBuf {
        self.worktree.with_extension("claim")
    }

    fn place(&self, pattern: PatternSource) -> SpecRequest {
        SpecRequest {
            repo: self.repo.clone(),
            branch: None,
            paths: pattern.into(),
            resources: Vec::new(),
        }
    }

    fn execute(&self, body: Body) -> Result<Answer, Failure> {
        Ok(self.loom.execute(&self.actor, body)?)
    }
}

fn in_the_way(meetings: &Meetings) {
    for meeting in &meetings.list {
        let Meeting {
            actor,
            mode,
            intent,
            met,
            ..
        } = meeting;
        let Met::Path { held, witness, .. } = met else {
            continue;
        };
        let at = witness
            .as_deref()
            .map_or("a path that could not be named", |it| it);
        say(format!(
            "  {} holds {} on {}",
            named(&actor.to_string()),
            show::mode(*mode),
            shown(held)
        ));
        say(format!("  witness: {}, which both would hold", named(at)));
        if let Some(words) = intent.as_ref().and_then(|words| words.text.as_deref()) {
            say(format!("  its intent: {}", quoted(words, 200)));
        }
    }
}

fn served(answer: &Answer) {
    for woken in &answer.woken {
        let run = named(woken.run.as_str());
        say(format!(
            "  run {run}, next in the queue, holds it from the same record on"
        ));
    }
}

/// A pattern as people write it.
fn shown(pattern: &PatternSource) -> String {
    match pattern {
        PatternSource::Glob(text) | PatternSource::File(text) => named(text),
        PatternSource::Dir(text) => format!("{}/**", named(text)),
    }
}

fn unexpected(wanted: &str) -> Failure {
    Failure::Error(Error::new(
        Code::Internal,
        format!("the demo expected {wanted}"),
    ))
}
