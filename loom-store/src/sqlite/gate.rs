//! The gate: writers of all processes stand in line at a lock file beside the journal.
//!
//! SQLite's busy handler polls with growing pauses, so a writer that came early and sleeps loses to
//! one that came late. The kernel keeps those who wait for a file lock in order, wakes one at a
//! time, and releases the lock of a process that is killed.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use loom_core::error::{Code, Error};

use super::{beside, lock};

pub(super) struct Gate {
    path: PathBuf,
    idle: Mutex<Option<Arc<File>>>,
}

/// A turn: the right to write, until it is dropped.
pub(super) struct Turn<'a> {
    gate: &'a Gate,
    file: Arc<File>,
}

impl Gate {
    /// The gate in front of the database: whoever is inside writes.
    pub(super) fn beside(journal: &Path) -> Gate {
        Gate::at(beside(journal, ".gate"))
    }

    /// The line in front of the gate: whoever is inside decides on the newest state and then writes,
    /// so that its decision is not overtaken while it stands at the gate.
    pub(super) fn line_beside(journal: &Path) -> Gate {
        Gate::at(beside(journal, ".turn"))
    }

    fn at(path: PathBuf) -> Gate {
        Gate {
            path,
            idle: Mutex::default(),
        }
    }

    /// Waits for a turn, for at most `wait`.
    ///
    /// # Errors
    /// `unavailable` where nobody left the gate for so long, or where it cannot be locked.
    pub(super) fn enter(&self, wait: Duration) -> Result<Turn<'_>, Error> {
        let idle = lock(&self.idle).take();
        let file = match idle {
            Some(file) => file,
            None => Arc::new(self.open().map_err(|why| self.cannot("be opened", &why))?),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => self.stand_in_line(&file, wait)?,
            Err(TryLockError::Error(why)) => return Err(self.cannot("be locked", &why)),
        }
        Ok(Turn { gate: self, file })
    }

    /// Blocks in a thread of its own, since a file lock has no timeout. A thread that is given up
    /// on leaves the gate at once when it gets there; its file is not used again.
    fn stand_in_line(&self, file: &Arc<File>, wait: Duration) -> Result<(), Error> {
        let (entered, answer) = mpsc::channel();
        let waiting = Arc::clone(file);
        let waiter = move || {
            let locked = waiting.lock();
            if entered.send(locked).is_err() {
                let _ = waiting.unlock();
            }
        };
        thread::Builder::new()
            .name("loom gate".to_owned())
            .spawn(waiter)
            .map_err(|why| self.cannot("be waited for", &why))?;
        match answer.recv_timeout(wait) {
            Ok(locked) => locked.map_err(|why| self.cannot("be locked", &why)),
            Err(_) => Err(Error::new(
                Code::Unavailable,
                format!(
                    "no turn to write came within {} ms; is a process stopped inside {}?",
                    wait.as_millis(),
                    self.path.display()
                ),
            )),
        }
    }

    fn open(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        options.open(&self.path)
    }

    fn cannot(&self, what: &str, why: &io::Error) -> Error {
        let path = self.path.display();
        Error::new(Code::Unavailable, format!("{path} cannot {what}: {why}"))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.file.unlock().is_ok() {
            *lock(&self.gate.idle) = Some(Arc::clone(&self.file));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENT: Duration = Duration::from_secs(60);

    #[test]
    fn one_at_a_time_is_inside_and_who_waits_too_long_is_told_and_leaves_nothing_locked() {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal.db");
        let (one, other) = (Gate::beside(&journal), Gate::beside(&journal));
        let turn = one.enter(PATIENT).unwrap();
        let error = other.enter(Duration::from_millis(1)).err().unwrap();
        assert_eq!(error.code(), Code::Unavailable);
        drop(turn);
        drop(other.enter(PATIENT).unwrap());
        drop(one.enter(PATIENT).unwrap());
    }

    #[test]
    fn threads_that_wait_all_get_their_turn() {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal.db");
        let inside = Mutex::new(0);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let gate = Gate::beside(&journal);
                    for _ in 0..50 {
                        let _turn = gate.enter(PATIENT).unwrap();
                        *inside.try_lock().unwrap() += 1;
                    }
                });
            }
        });
        assert_eq!(inside.into_inner().unwrap(), 400);
    }
}
