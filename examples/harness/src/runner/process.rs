//! The processes that a runner starts: each in a group of its own, so that whatever it started ends with
//! it, and noted before it does anything, so that the next runner finds what a killed one left behind.
//!
//! A process begins as a shell that waits for a line. The line is written once the note is, so a runner
//! that is killed in between leaves a shell that reads the end of its input, and no more than that.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use serde::{Deserialize, Serialize};

use super::folder::{read_json, write_json};
use super::{Cut, End};
use crate::exit::Failure;

/// Waits for the line, then becomes the program.
const GATE: &str = r#"read -r go && exec "$@" </dev/null"#;
/// What a process is told by, besides its number: a number is given again.
const MARK: &str = "LOOM_RUNNER";
/// How long an agent has to end once it was asked to.
const GRACE: Duration = Duration::from_secs(5);
/// How long a git command of a killed runner has to end by itself.
const GIT_TIME_MAX: Duration = Duration::from_secs(30);
/// How often what is left behind is looked at, and how often a log is shown.
const LOOK: Duration = Duration::from_millis(20);

/// What ends with the runner that is killed, and what is better waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A maker, gate or checker.
    Agent,
    /// A git command: killed half-way it leaves locks.
    Git,
}

/// A program to run.
pub(super) struct Job<'a> {
    pub(super) kind: Kind,
    pub(super) words: Vec<OsString>,
    pub(super) folder: &'a Path,
    pub(super) env: Vec<(&'static str, OsString)>,
    /// Where what it prints goes.
    pub(super) log: &'a Path,
}

/// A process as the next runner has to know it.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    process: i32,
    /// In ticks since the machine started.
    started: u64,
    boot: String,
    ends_by_itself: bool,
}

/// The processes of one runner, of which one runs at a time.
#[derive(Clone)]
pub(super) struct Children {
    note: PathBuf,
    is_verbose: bool,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// The agent that runs.
    group: Mutex<Option<Pid>>,
    stopped: Mutex<Option<Stopped>>,
}

/// Why no agent is started any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stopped {
    Interrupted,
    Lost,
}

impl Children {
    /// None yet. `note` is where the one that runs is told of.
    pub(super) fn new(note: PathBuf, is_verbose: bool) -> Children {
        Children {
            note,
            is_verbose,
            shared: Arc::default(),
        }
    }

    /// From now on an interrupt ends the agent that runs, and no other is started.
    pub(super) fn end_on_interrupt(&self) {
        let shared = Arc::clone(&self.shared);
        // Without a handler the next runner ends what is left.
        let _ = ctrlc::set_handler(move || shared.stop(Stopped::Interrupted));
    }

    /// The run is not alive any more: ends the agent that runs, and starts no other.
    pub(super) fn lose(&self) {
        self.shared.stop(Stopped::Lost);
    }

    /// # Errors
    /// Where the runner was interrupted, or its run is not alive any more.
    pub(super) fn go_on(&self) -> Result<(), Cut> {
        match *locked(&self.shared.stopped) {
            None => Ok(()),
            Some(Stopped::Interrupted) => Err(Cut::End(End::interrupted())),
            Some(Stopped::Lost) => Err(Cut::Lost),
        }
    }

    /// Runs a program to its end; answers whether it succeeded.
    ///
    /// # Errors
    /// Where it cannot be started; those of [`Children::go_on`] for an agent.
    pub(super) fn run(&self, job: &Job<'_>) -> Result<bool, Cut> {
        let outside = |why: std::io::Error| Failure::outside("process", why);
        let is_agent = job.kind == Kind::Agent;
        let log = match is_agent {
            true => File::create(job.log),
            false => File::options().create(true).append(true).open(job.log),
        };
        let log = log.map_err(|why| Failure::outside(&job.log.display().to_string(), why))?;
        let mut command = Command::new("sh");
        command.args(["-c", GATE, "sh"]).args(&job.words);
        command.current_dir(job.folder).process_group(0);
        for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            command.env_remove(variable);
        }
        command.envs(job.env.iter().map(|(name, value)| (name, value)));
        command.env(MARK, &self.note);
        command.stdin(Stdio::piped());
        command
            .stdout(log.try_clone().map_err(outside)?)
            .stderr(log);

        let mut child = {
            let mut group = locked(&self.shared.group);
            if is_agent {
                self.go_on()?;
            }
            let child = command.spawn().map_err(outside)?;
            *group = pid(child.id()).filter(|_| is_agent);
            child
        };
        let is_noted = self.write_note(child.id(), !is_agent);
        if let Some(mut stdin) = child.stdin.take()
            && is_noted.is_ok()
        {
            // One that was ended meanwhile does not read.
            let _ = stdin.write_all(b"go\n");
        }
        self.show_until_end(child.id(), job);
        {
            // Until it is waited for, nobody else has its number.
            let mut group = locked(&self.shared.group);
            if let Some(left) = group.take() {
                let _ = kill_process_group(left, Signal::KILL);
            }
        }
        let status = child.wait().map_err(outside)?;
        is_noted?;
        let _ = std::fs::remove_file(&self.note);
        if is_agent {
            self.go_on()?;
        }
        Ok(status.success())
    }

    /// Ends what an earlier runner left running, and nobody else's process.
    ///
    /// # Errors
    /// Where the note cannot be read.
    pub(super) fn end_leftovers(&self) -> Result<(), Failure> {
        let Some(note) = read_json::<Note>(&self.note)? else {
            return Ok(());
        };
        let since = Instant::now();
        while note.boot == boot() && self.is_left(&note) {
            let is_over = !note.ends_by_itself || since.elapsed() > GIT_TIME_MAX;
            if let Some(group) = Pid::from_raw(note.process).filter(|_| is_over) {
                let _ = kill_process_group(group, Signal::KILL);
            }
            std::thread::sleep(LOOK);
        }
        let _ = std::fs::remove_file(&self.note);
        Ok(())
    }

    fn write_note(&self, process: u32, ends_by_itself: bool) -> Result<(), Failure> {
        let process = i32::try_from(process).map_err(|why| Failure::outside("process", why))?;
        let note = Note {
            process,
            started: stat(process).map_or(0, |stat| stat.started),
            boot: boot(),
            ends_by_itself,
        };
        write_json(&self.note, &note)
    }

    /// Does anybody of the group live who is ours: by when its leader started, or by what it was told?
    fn is_left(&self, note: &Note) -> bool {
        let mark = [
            MARK.as_bytes(),
            b"=",
            self.note.as_os_str().as_encoded_bytes(),
        ]
        .concat();
        let is_ours = |process: i32, stat: &Stat| {
            if process == note.process {
                return stat.started == note.started;
            }
            let environment = std::fs::read(format!("/proc/{process}/environ"));
            environment.is_ok_and(|it| it.split(|byte| *byte == 0).any(|it| it == mark))
        };
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        processes
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter_map(|process| Some((process, stat(process)?)))
            .filter(|(_, stat)| stat.group == note.process && !stat.is_over)
            .any(|(process, stat)| is_ours(process, &stat))
    }

    /// Waits until a process ends, and shows what it prints meanwhile to whoever wants to see it.
    fn show_until_end(&self, process: u32, job: &Job<'_>) {
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            if self.is_verbose && job.kind == Kind::Agent {
                scope.spawn(|| show(job.log, &is_over));
            }
            if let Some(pid) = pid(process) {
                let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
                while waitid(WaitId::Pid(pid), ended).is_err_and(|why| why == Errno::INTR) {}
            }
            is_over.store(true, Ordering::Release);
        });
    }
}

impl Shared {
    fn stop(self: &Arc<Self>, why: Stopped) {
        locked(&self.stopped).get_or_insert(why);
        let Some(asked) = *locked(&self.group) else {
            return;
        };
        let _ = kill_process_group(asked, Signal::TERM);
        let shared = Arc::clone(self);
        std::thread::spawn(move || {
            std::thread::sleep(GRACE);
            let group = locked(&shared.group);
            if *group == Some(asked) {
                let _ = kill_process_group(asked, Signal::KILL);
            }
        });
    }
}

/// A shell line as words.
pub(crate) fn shell(line: &str) -> Vec<OsString> {
    ["sh", "-c", line].map(OsString::from).to_vec()
}

/// A program and its arguments as words.
pub(super) fn words<T: AsRef<OsStr>>(program: &str, args: &[T]) -> Vec<OsString> {
    let args = args.iter().map(|it| it.as_ref().to_owned());
    std::iter::once(OsString::from(program))
        .chain(args)
        .collect()
}

fn show(log: &Path, is_over: &AtomicBool) {
    let Ok(mut file) = File::open(log) else {
        return;
    };
    loop {
        let was_over = is_over.load(Ordering::Acquire);
        let mut piece = Vec::new();
        let _ = file.read_to_end(&mut piece);
        let _ = std::io::stderr().write_all(&piece);
        if was_over {
            return;
        }
        std::thread::sleep(LOOK);
    }
}

struct Stat {
    is_over: bool,
    group: i32,
    started: u64,
}

/// What the machine says of a process.
fn stat(process: i32) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program stands in brackets, and may hold anything.
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    let group = fields.nth(1)?.parse().ok()?;
    let started = fields.nth(16)?.parse().ok()?;
    Some(Stat {
        is_over: matches!(state, "Z" | "X"),
        group,
        started,
    })
}

fn boot() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default()
}

fn pid(process: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(process).ok()?)
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_done_before_the_process_is_noted() {
        let folder = tempfile::tempdir().unwrap();
        let runs = |note: &str| {
            let job = Job {
                kind: Kind::Agent,
                words: shell("touch done"),
                folder: folder.path(),
                env: Vec::new(),
                log: &folder.path().join("log"),
            };
            Children::new(folder.path().join(note), false).run(&job)
        };
        assert!(matches!(runs("absent/process.json"), Err(Cut::Failure(_))));
        assert!(!folder.path().join("done").exists());
        assert!(runs("process.json").unwrap());
        assert!(folder.path().join("done").exists());
        assert!(!folder.path().join("process.json").exists());
    }

    #[test]
    fn a_number_that_somebody_else_was_given_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let children = Children::new(folder.path().join("process.json"), false);
        let mut stranger = Command::new("sleep")
            .arg("600")
            .process_group(0)
            .spawn()
            .unwrap();
        let process = i32::try_from(stranger.id()).unwrap();
        let started = stat(process).unwrap().started;
        let note = |started| Note {
            process,
            started,
            boot: boot(),
            ends_by_itself: false,
        };
        write_json(&children.note, &note(started + 1)).unwrap();
        children.end_leftovers().unwrap();
        assert!(stranger.try_wait().unwrap().is_none());
        write_json(&children.note, &note(started)).unwrap();
        children.end_leftovers().unwrap();
        assert!(!stranger.wait().unwrap().success());
    }
}
