//! The parent's side: workers are started, killed at random points, and started again.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use loom_core::coordinator::Body;
use loom_core::model::{Actor, ActorKind, Branch, RepoId, WorkspaceId};
use loom_core::path::PathRules;
use loom_store::Loom;

use crate::log;
use crate::seed::Random;
use crate::worker;

/// After how long a worker that writes no line is given up on.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Herd {
    folder: tempfile::TempDir,
    workers: Vec<Worker>,
    /// The logs of all workers that ever were.
    logs: Vec<PathBuf>,
    random: Random,
    kills: usize,
    pub(crate) began: Instant,
}

struct Worker {
    child: Child,
    log: log::Tail,
    generation: usize,
}

impl Herd {
    /// Makes a journal and sets workers on it.
    pub(crate) fn start(processes: usize, seed: u64) -> Herd {
        let folder = tempfile::tempdir().unwrap();
        found(&folder.path().join("journal.db"));
        let mut herd = Herd {
            folder,
            workers: Vec::new(),
            logs: Vec::new(),
            random: Random::new(seed),
            kills: 0,
            began: Instant::now(),
        };
        for slot in 0..processes {
            let worker = herd.spawn(slot, 0);
            herd.workers.push(worker);
        }
        herd
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }

    pub(crate) fn logs(&self) -> &[PathBuf] {
        &self.logs
    }

    pub(crate) fn kills(&self) -> usize {
        self.kills
    }

    /// Kills one worker once it has written a few more lines, and a moment later than that, and
    /// starts another in its place. Some are killed while they start.
    pub(crate) fn kill_one(&mut self) {
        let slot = self.random.below(self.workers.len() as u64) as usize;
        let more = self.random.below(4) as usize;
        let moment = Duration::from_micros(self.random.below(4_000));
        let worker = &mut self.workers[slot];
        let lines = worker.log.lines() + more;
        wait_for_lines(worker, lines);
        sleep(moment);
        kill(worker);
        self.kills += 1;
        let generation = self.workers[slot].generation + 1;
        self.workers[slot] = self.spawn(slot, generation);
        if self.random.one_in(8) {
            let again = Duration::from_micros(self.random.below(50_000));
            sleep(again);
            kill(&mut self.workers[slot]);
            self.kills += 1;
            self.workers[slot] = self.spawn(slot, generation + 1);
        }
    }

    pub(crate) fn kill_all(&mut self) {
        // All first, so that the last ones do not have the journal to themselves.
        for worker in &mut self.workers {
            worker.child.kill().unwrap();
        }
        for worker in &mut self.workers {
            kill(worker);
            self.kills += 1;
        }
        self.workers.clear();
    }

    fn spawn(&mut self, slot: usize, generation: usize) -> Worker {
        let log = log::path(self.folder.path(), slot, generation);
        self.logs.push(log.clone());
        let child = this_binary()
            .env(worker::JOURNAL, self.journal())
            .env(worker::LOG, &log)
            .env(worker::NAME, format!("{slot}-{generation}"))
            .env(worker::SEED, self.random.next().to_string())
            .spawn()
            .unwrap();
        Worker {
            child,
            log: log::Tail::of(log),
            generation,
        }
    }
}

impl Drop for Herd {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            let _ = worker.child.kill();
            let _ = worker.child.wait();
        }
    }
}

/// This binary, to be started as the ignored test `child`. It ends when its standard input does, so
/// that no worker outlives its parent.
pub(crate) fn this_binary() -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--ignored", "--nocapture"]);
    command.stdin(Stdio::piped()).stdout(Stdio::null());
    command
}

/// Makes a journal with one repository.
pub(crate) fn found(journal: &Path) {
    let loom = Loom::open(journal).unwrap();
    let ada = Actor::new(ActorKind::Human, "ada").unwrap();
    let workspace = WorkspaceId::new("kills").unwrap();
    loom.execute(&ada, Body::CreateJournal { workspace })
        .unwrap();
    let body = Body::RegisterRepo {
        id: RepoId::new(worker::REPO).unwrap(),
        aliases: Vec::new(),
        default_branch: Branch::new("main").unwrap(),
        rules: PathRules::default(),
    };
    loom.execute(&ada, body).unwrap();
}

fn kill(worker: &mut Worker) {
    use std::os::unix::process::ExitStatusExt;
    worker.child.kill().unwrap();
    let status = worker.child.wait().unwrap();
    let log = worker.log.path().display();
    assert_eq!(
        status.signal(),
        Some(9),
        "{log}: the worker ended by itself"
    );
}

fn wait_for_lines(worker: &mut Worker, lines: usize) {
    let asked = Instant::now();
    while worker.log.lines() < lines {
        let ended = worker.child.try_wait().unwrap();
        let log = worker.log.path().display();
        assert_eq!(ended, None, "{log}: the worker ended by itself");
        assert!(
            asked.elapsed() < PATIENCE,
            "{log}: nothing is written any more"
        );
        sleep(Duration::from_millis(1));
    }
}
