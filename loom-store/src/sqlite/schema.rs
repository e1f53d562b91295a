//! The tables, and how a file becomes a journal.
//!
//! A file is looked at before anything in it is changed: what is not empty and not a journal is
//! `corrupt` and stays as it is. Creation happens behind the gate and in one transaction, so any
//! number of processes may open a new path at once, and one that is killed on the way leaves
//! either nothing or a journal.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use loom_core::error::{Code, Error};

use super::fault::{corrupt, fault, is_busy};
use super::gate::Gate;
use super::link::Link;

/// `PRAGMA application_id` of a journal: the bytes `Loom`.
pub(super) const APPLICATION_ID: i64 = 0x4C6F_6F6D;

/// Step n brings a file from `user_version` n to n + 1. A step that was released never changes.
const STEPS: [&str; 1] = ["
CREATE TABLE records (
    ver         INTEGER PRIMARY KEY,
    hash        BLOB NOT NULL CHECK (length(hash) = 32),
    prev        BLOB NOT NULL CHECK (length(prev) = 32),
    incarnation INTEGER NOT NULL,
    body        BLOB NOT NULL
) STRICT;
CREATE TABLE texts (
    id     INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    nonce  BLOB NOT NULL CHECK (length(nonce) = 16),
    text   TEXT NOT NULL
) STRICT;
"];

/// How long to pause before another process's creation of the same file is looked at again.
const PAUSE: Duration = Duration::from_millis(2);

/// What a look at a file found.
pub(super) enum Found {
    /// A journal with every step taken.
    Current,
    /// An empty file (0) or a journal that has taken this many steps.
    ToDo(usize),
}

/// Opens the file, and makes it a journal where it is new.
pub(super) fn open_or_create(path: &Path, gate: &Gate, wait: Duration) -> Result<Link, Error> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|why| {
            let message = format!("{} cannot be made: {why}", folder.display());
            Error::at(Code::Unavailable, "path", message)
        })?;
    }
    let link = Link::connect(path, wait, true)?;
    if let Found::Current = look(&link)? {
        return Ok(link);
    }
    let _turn = gate.enter(wait)?;
    let deadline = Instant::now() + wait;
    loop {
        match create(&link) {
            Err(Step::Busy(_)) if Instant::now() < deadline => thread::sleep(PAUSE),
            Err(Step::Busy(error) | Step::Failed(error)) => return Err(error),
            Ok(()) => return Ok(link),
        }
    }
}

/// Looks at the file without changing it.
pub(super) fn look(link: &Link) -> Result<Found, Error> {
    let looking = |why| fault("looking at the file", why);
    // One statement, so that another process's creation is seen whole or not at all.
    const LOOK: &str = "SELECT (SELECT application_id FROM pragma_application_id),
                               (SELECT user_version FROM pragma_user_version),
                               (SELECT count(*) FROM sqlite_schema)";
    let (application, steps, objects): (i64, i64, i64) = link
        .connection()
        .query_row(LOOK, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .map_err(looking)?;
    if (application, steps, objects) == (0, 0, 0) {
        return Ok(Found::ToDo(0));
    }
    if application != APPLICATION_ID {
        let message = "the file is a SQLite database but not a journal; nothing was changed";
        return Err(corrupt("path", message));
    }
    match usize::try_from(steps) {
        Ok(steps) if steps == STEPS.len() => Ok(Found::Current),
        Ok(steps) if (1..STEPS.len()).contains(&steps) => Ok(Found::ToDo(steps)),
        Ok(steps) if steps > STEPS.len() => {
            let known = STEPS.len();
            let message =
                format!("the file's schema is {steps}, this version knows {known}; update it");
            Err(Error::at(Code::NewerJournal, "path", message))
        }
        _ => Err(corrupt("path", format!("there is no schema {steps}"))),
    }
}

/// SQLite takes a file whose header counts no pages for an empty one: zeros, or a header cut short.
/// That is what is left of a file whose pages never reached the disk, and it is not written over.
/// Asked behind the gate, where nobody else is about to write the first page.
fn refuse_remains(link: &Link) -> Result<(), Error> {
    let pages: i64 = link
        .connection()
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .map_err(|why| fault("counting pages", why))?;
    if pages == 0 && link.file_bytes() > 0 {
        let message = "the file is not empty but has no pages; nothing was changed";
        return Err(corrupt("path", message));
    }
    Ok(())
}

enum Step {
    Busy(Error),
    Failed(Error),
}

fn create(link: &Link) -> Result<(), Step> {
    let step = |doing: &'static str| {
        move |why: rusqlite::Error| {
            let busy = is_busy(&why);
            let error = fault(doing, why);
            if busy {
                Step::Busy(error)
            } else {
                Step::Failed(error)
            }
        }
    };
    let Found::ToDo(taken) = look(link).map_err(Step::Failed)? else {
        return Ok(());
    };
    refuse_remains(link).map_err(Step::Failed)?;
    let mode = link
        .connection()
        .query_row("PRAGMA journal_mode = WAL", [], |row| {
            row.get::<_, String>(0)
        });
    mode.map_err(step("switching to a write-ahead log"))?;
    link.run("BEGIN IMMEDIATE")
        .map_err(step("creating the journal"))?;
    let todo: String = STEPS[taken..].concat();
    let done = STEPS.len();
    let sql = format!(
        "{todo} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {done}; COMMIT"
    );
    let created = link
        .connection()
        .execute_batch(&sql)
        .map_err(step("creating the journal"));
    if created.is_err() && !link.is_at_rest() {
        let _ = link.run("ROLLBACK");
    }
    created
}
