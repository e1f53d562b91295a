//! The processes of the demo, and that none of them outlives it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use super::cue::{Cue, Line, Outcome};
use crate::exit::Failure;

/// The demo gives up after this long.
const TIME_MAX: Duration = Duration::from_secs(19);

type Name = &'static str;
type Children = Arc<Mutex<BTreeMap<Name, Child>>>;

/// All loops that are on stage.
pub(super) struct Stage {
    children: Children,
    stdins: BTreeMap<Name, ChildStdin>,
    sender: mpsc::Sender<(Name, Line)>,
    lines: mpsc::Receiver<(Name, Line)>,
    done: Vec<(Name, Outcome)>,
    ends_at: Instant,
    say: fn(&str, &str),
}

impl Stage {
    /// A stage whose folder is removed, and whose processes are killed, when somebody interrupts.
    pub(super) fn open(folder: &Path, keep: bool, say: fn(&str, &str)) -> Stage {
        let children = Children::default();
        on_interrupt(Arc::clone(&children), (!keep).then(|| folder.to_owned()));
        let (sender, lines) = mpsc::channel();
        Stage {
            children,
            stdins: BTreeMap::new(),
            sender,
            lines,
            done: Vec::new(),
            ends_at: Instant::now() + TIME_MAX,
            say,
        }
    }

    /// Starts a loop as a process; answers its process id.
    pub(super) fn enter(
        &mut self,
        name: Name,
        run: &str,
        repo: &str,
        worktree: &Path,
    ) -> Result<u32, Failure> {
        let outside = |why: std::io::Error| Failure::outside("process", why);
        let program = std::env::current_exe().map_err(outside)?;
        let mut command = Command::new(program);
        command.args(["demo-loop", "--name", name, "--id", run, "--repo", repo]);
        command
            .arg("--worktree")
            .arg(worktree)
            .current_dir(worktree);
        for variable in ["LOOM_STORE", "LOOM_ACTOR", "LOOM_RUN", "LOOM_NOW"] {
            command.env_remove(variable);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(outside)?;
        let process = child.id();
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        locked(&self.children).insert(name, child);
        if let (Some(stdin), Some(stdout)) = (stdin, stdout) {
            self.stdins.insert(name, stdin);
            let sender = self.sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    let line = serde_json::from_str(&line).unwrap_or_else(|why| Line::Failed {
                        why: format!("{line}: {why}"),
                    });
                    if sender.send((name, line)).is_err() {
                        return;
                    }
                }
            });
        }
        Ok(process)
    }

    /// Gives a cue and shows what is said until it is carried out.
    pub(super) fn cue(&mut self, name: Name, cue: &Cue) -> Result<Outcome, Failure> {
        self.send(name, cue)?;
        self.done(name)
    }

    /// Gives a cue.
    pub(super) fn send(&mut self, name: Name, cue: &Cue) -> Result<(), Failure> {
        let json = serde_json::to_string(cue).map_err(|why| Failure::outside("cue", why))?;
        let Some(stdin) = self.stdins.get_mut(name) else {
            return Err(Failure::outside(name, "it is not on stage"));
        };
        writeln!(stdin, "{json}")
            .and_then(|()| stdin.flush())
            .map_err(|why| Failure::outside(name, why))
    }

    /// Shows what is said until a loop has carried out its cue.
    pub(super) fn done(&mut self, name: Name) -> Result<Outcome, Failure> {
        loop {
            if let Some(place) = self.done.iter().position(|(who, _)| *who == name) {
                return Ok(self.done.remove(place).1);
            }
            let left = self.ends_at.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok((who, Line::Say { text })) => (self.say)(who, &text),
                Ok((who, Line::Done { outcome })) => self.done.push((who, outcome)),
                Ok((who, Line::Failed { why })) => return Err(Failure::outside(who, why)),
                Err(_) => {
                    let message =
                        format!("nothing came of its cue within {} s", TIME_MAX.as_secs());
                    return Err(Failure::outside(name, message));
                }
            }
        }
    }

    /// Kills a loop: SIGKILL, without any warning.
    pub(super) fn kill(&mut self, name: Name) -> Result<(), Failure> {
        self.stdins.remove(name);
        if let Some(mut child) = locked(&self.children).remove(name) {
            child.kill().map_err(|why| Failure::outside(name, why))?;
            child.wait().map_err(|why| Failure::outside(name, why))?;
        }
        Ok(())
    }

    /// Lets all loops end by themselves, and ends those that do not.
    pub(super) fn close(&mut self) {
        self.stdins.clear();
        let patience = Instant::now() + Duration::from_secs(1);
        let mut children = locked(&self.children);
        while !children.is_empty() && Instant::now() < patience {
            children.retain(|_, child| matches!(child.try_wait(), Ok(None)));
            std::thread::sleep(Duration::from_millis(5));
        }
        end(&mut children);
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.close();
    }
}

fn end(children: &mut BTreeMap<Name, Child>) {
    for child in children.values_mut() {
        let _ = child.kill();
        let _ = child.wait();
    }
    children.clear();
}

fn on_interrupt(children: Children, folder: Option<PathBuf>) {
    // Without a handler the loops still end: their stdin does.
    let _ = ctrlc::set_handler(move || {
        end(&mut locked(&children));
        if let Some(folder) = &folder {
            // A git command of a loop may be writing its last bytes.
            for _ in 0..10 {
                if std::fs::remove_dir_all(folder).is_ok() || !folder.exists() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        std::process::exit(130);
    });
}

fn locked(children: &Children) -> MutexGuard<'_, BTreeMap<Name, Child>> {
    children.lock().unwrap_or_else(PoisonError::into_inner)
}
