//! A process that is stopped, not killed, keeps its locks. Others are told `unavailable` after the
//! store's wait, and go on once it is gone.

use std::path::Path;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use loom_core::coordinator::Body;
use loom_core::error::{Code, Error};
use loom_core::model::{Actor, ActorKind, Digest, Head, Record, RunId, StoredText, Ver};
use loom_core::store::{Append, Snapshot, Store, Turn};
use loom_store::{Loom, SqliteStore, loom};

use crate::herd::{found, this_binary};
use crate::worker::{JOURNAL, PART};

/// Appends without end, so that it is nearly always inside the gate.
const WRITE: &str = "write";
/// Takes the turn and keeps it.
const TURN: &str = "turn";

/// The child's side.
pub(crate) fn play(part: &str, journal: &Path) {
    let store = SqliteStore::open(journal).unwrap();
    if part == TURN {
        let _turn = store.turn().unwrap();
        loop {
            std::thread::park();
        }
    }
    let loom = Loom::over(
        Arc::new(store),
        Arc::new(loom::system_clock),
        Arc::new(loom::system_entropy),
    );
    for number in 0.. {
        start_run(&loom, &format!("writer-{}-{number}", std::process::id())).unwrap();
    }
}

fn start_run(loom: &Loom, name: &str) -> Result<(), Error> {
    let actor = Actor::new(ActorKind::Loop, "nightly")?;
    let body = Body::StartRun {
        run: RunId::new(name)?,
        loop_id: None,
        parent: None,
        slot: None,
        artifacts: Vec::new(),
        ttl_ms: None,
    };
    loom.execute(&actor, body).map(|_| ())
}

struct Stopped(Child);

impl Stopped {
    /// Starts a child, and stops it where it has the lock at `lock`.
    fn inside(part: &str, journal: &Path, lock: &Path) -> Stopped {
        let child = this_binary()
            .env(JOURNAL, journal)
            .env(PART, part)
            .spawn()
            .unwrap();
        let mut stopped = Stopped(child);
        loop {
            sleep(Duration::from_millis(3));
            assert_eq!(stopped.0.try_wait().unwrap(), None, "the child ended");
            stopped.signal("STOP");
            while !stopped.stands_still() {
                sleep(Duration::from_millis(1));
            }
            if is_locked(lock) {
                return stopped;
            }
            stopped.signal("CONT");
        }
    }

    /// Sent by the shell: the program `kill` is not on every machine.
    fn signal(&self, name: &str) {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("kill -s {name} {}", self.0.id())]);
        assert!(shell.status().unwrap().success());
    }

    /// A signal is on its way for a while, and each thread stops for itself.
    fn stands_still(&self) -> bool {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.0.id())).unwrap();
        tasks.map(|task| task.unwrap().path()).all(|task| {
            let stat = std::fs::read_to_string(task.join("stat")).unwrap_or_default();
            // The name stands in brackets, and may hold some itself.
            stat.rsplit(") ")
                .next()
                .is_some_and(|rest| rest.starts_with('T'))
        })
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn is_locked(lock: &Path) -> bool {
    let Ok(file) = std::fs::File::open(lock) else {
        return false;
    };
    match file.try_lock() {
        Ok(()) => false,
        Err(std::fs::TryLockError::WouldBlock) => true,
        Err(why) => panic!("{why}"),
    }
}

fn impatient(journal: &Path) -> SqliteStore {
    SqliteStore::options()
        .wait_ms_max(100)
        .open(journal)
        .unwrap()
}

fn over(store: Arc<dyn Store>) -> Loom {
    Loom::over(
        store,
        Arc::new(loom::system_clock),
        Arc::new(loom::system_entropy),
    )
}

#[test]
fn a_process_stopped_inside_the_gate_makes_others_unavailable_until_it_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.db");
    found(&journal);
    let store = Arc::new(impatient(&journal));
    let loom = over(store.clone());
    for round in 0..3 {
        let stopped = Stopped::inside(WRITE, &journal, &folder.path().join("journal.db.gate"));
        let name = format!("other-{round}");
        let refused = start_run(&loom, &name).unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable, "{refused}");
        loom.look(|coordinator, _| Ok(coordinator.version()))
            .expect("who only reads is not held up");
        drop(stopped);
        start_run(&loom, &name).unwrap();
    }
    loom.verify(|_, _| ()).unwrap();
}

#[test]
fn a_process_stopped_in_its_turn_makes_others_unavailable_until_it_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.db");
    found(&journal);
    let rival = over(Arc::new(impatient(&journal)));
    let overtaken = over(Arc::new(Overtaken {
        store: impatient(&journal),
        by: Mutex::new(Box::new(move |number| {
            start_run(&rival, &format!("rival-{number}")).unwrap();
        })),
        times: Mutex::new(0),
    }));
    let stopped = Stopped::inside(TURN, &journal, &folder.path().join("journal.db.turn"));
    let refused = start_run(&overtaken, "overtaken").unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused}");
    drop(stopped);
    start_run(&overtaken, "overtaken").unwrap();
}

/// A store at which somebody else is always faster the first time that a command is offered.
struct Overtaken {
    store: SqliteStore,
    by: Mutex<Box<dyn FnMut(u64) + Send>>,
    times: Mutex<u64>,
}

impl Store for Overtaken {
    fn head(&self) -> Result<Head, Error> {
        self.store.head()
    }
    fn read(&self, after: Ver, max_bytes: usize) -> Result<Vec<Record>, Error> {
        self.store.read(after, max_bytes)
    }
    fn append(&self, expected: &Head, record: &Record) -> Result<Append, Error> {
        let mut times = self.times.lock().unwrap();
        *times += 1;
        if *times % 2 == 1 {
            self.by.lock().unwrap()(*times);
        }
        self.store.append(expected, record)
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
