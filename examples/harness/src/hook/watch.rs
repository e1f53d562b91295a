//! The watch over a hook's time. Whoever answers first, the hook or its watch, answers alone.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use loom_core::error::{Code, Error};
use loom_core::harness::hook::{Moment, Say, Told, Written, written_failure};

use super::gap;
use crate::exit::{Ended, Exit};
use crate::identity::Tree;

pub(super) struct Watch {
    fail_open: bool,
    answered: AtomicBool,
    read: Mutex<Option<(Told, Option<PathBuf>)>>,
}

impl Watch {
    /// Begins to watch. A panic, too, is a no: the exit code that Rust has for one lets the tool run.
    pub(super) fn begin(limit: Duration, fail_open: bool) -> Arc<Watch> {
        let watch = Arc::new(Watch {
            fail_open,
            answered: AtomicBool::new(false),
            read: Mutex::new(None),
        });
        let of_panic = Arc::clone(&watch);
        std::panic::set_hook(Box::new(move |why| {
            let why = Error::at(Code::Internal, "hook", why.to_string());
            of_panic.answer_and_exit(&why);
        }));
        let of_time = Arc::clone(&watch);
        std::thread::spawn(move || {
            std::thread::sleep(limit);
            let message = format!("no answer within {} ms", limit.as_millis());
            of_time.answer_and_exit(&Error::at(Code::Unavailable, "journal", message));
        });
        watch
    }

    /// What was read, so that the watch answers in the right words.
    pub(super) fn has_read(&self, told: &Told, tree: Option<&Tree>) {
        let common = tree.map(|tree| tree.common.clone());
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        *read = Some((told.clone(), common));
    }

    /// The hook has come to its end.
    pub(super) fn end(&self, said: Result<(Told, Say), Error>) -> Ended {
        if self.answered.swap(true, Ordering::SeqCst) {
            // The watch is about to end the process.
            loop {
                std::thread::park();
            }
        }
        Ok(match said {
            Ok((told, Say::Facts(path))) if matches!(told.moment, Moment::WorktreeAsked { .. }) => {
                print(&Written {
                    stdout: path,
                    ..Written::default()
                })
            }
            Ok((told, say)) => print(&told.write(&say)),
            Err(why) => print(&self.failed(&why)),
        })
    }

    fn answer_and_exit(&self, why: &Error) {
        if !self.answered.swap(true, Ordering::SeqCst) {
            let exit = print(&self.failed(why));
            std::process::exit(exit as i32);
        }
    }

    fn failed(&self, why: &Error) -> Written {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let (told, common) = match &*read {
            Some((told, common)) => (Some(told), common.as_deref()),
            None => (None, None),
        };
        if self.fail_open {
            gap::note(common, told, why);
            return Written::default();
        }
        written_failure(told, why)
    }
}

fn print(written: &Written) -> Exit {
    // One write each, so that nothing of an answer goes out without the rest of it.
    let mut out = std::io::stdout().lock();
    let said = match written.stdout.is_empty() {
        true => Ok(()),
        false => out
            .write_all(format!("{}\n", written.stdout).as_bytes())
            .and_then(|()| out.flush()),
    };
    if !written.stderr.is_empty() {
        eprintln!("{}", written.stderr);
    }
    // An answer that nobody can read is none.
    match (said, written.exit) {
        (Ok(()), 0) => Exit::Done,
        (Ok(()), 1) => Exit::Failed,
        _ => Exit::Wrong,
    }
}
