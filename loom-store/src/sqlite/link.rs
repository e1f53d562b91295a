//! One connection to the file, which knows whether the file is still the one it opened.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use loom_core::error::{Code, Error};
use rusqlite::{CachedStatement, Connection, OpenFlags};

use super::fault::{commit_fault, fault};
use super::schema;

const STATEMENTS_CACHED: usize = 24;

pub(super) struct Link {
    connection: Connection,
    path: PathBuf,
    identity: Option<Identity>,
    syncs: Cell<bool>,
}

/// Device and inode: another file at the same path has others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity(u64, u64);

impl Link {
    /// Connects without looking at what the file holds. Creates an empty file if `may_create`.
    pub(super) fn connect(path: &Path, wait: Duration, may_create: bool) -> Result<Link, Error> {
        let opening = |why| fault("opening the journal", why);
        // Without SQLITE_OPEN_URI: a path that begins with `file:` is a path.
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        flags.set(OpenFlags::SQLITE_OPEN_CREATE, may_create);
        let connection = Connection::open_with_flags(path, flags).map_err(opening)?;
        connection.busy_timeout(wait).map_err(opening)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
        // Nothing in these reads the file, so a file of another kind stays as it is.
        connection
            .execute_batch(
                "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;
                 PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY",
            )
            .map_err(opening)?;
        let identity = identity(path);
        Ok(Link {
            connection,
            path: path.to_owned(),
            identity,
            syncs: Cell::new(true),
        })
    }

    /// Connects to a journal that was opened before: the file has to be there and up to date.
    pub(super) fn open_existing(path: &Path, wait: Duration) -> Result<Link, Error> {
        let link = Link::connect(path, wait, false)?;
        match schema::look(&link)? {
            schema::Found::Current => Ok(link),
            schema::Found::ToDo(_) => {
                let message = "the journal was replaced by an empty or older file; open it again";
                Err(Error::new(Code::Unavailable, message))
            }
        }
    }

    /// Is the file at the path still the one that this connection has open?
    pub(super) fn is_still_there(&self) -> bool {
        self.identity.is_none() || self.identity == identity(&self.path)
    }

    /// Is no transaction open and every commit synced, so that the connection can be used for
    /// something else?
    pub(super) fn is_at_rest(&self) -> bool {
        self.connection.is_autocommit() && self.syncs.get()
    }

    /// The size of the file, in bytes; 0 where it cannot be learnt.
    pub(super) fn file_bytes(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>, Error> {
        self.connection
            .prepare_cached(sql)
            .map_err(|why| fault("preparing a statement", why))
    }

    /// Runs `work` with commits that reach the log and are not synced. A connection that could not
    /// be set back is not at rest: it would acknowledge records that power loss takes away.
    ///
    /// SQLite changes settings while it compiles the statement, so a cached one would do nothing
    /// the second time.
    pub(super) fn unsynced<T>(&self, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let setting = |why| fault("changing how commits are synced", why);
        self.syncs.set(false);
        let relaxed = self.connection.execute_batch("PRAGMA synchronous = NORMAL");
        relaxed.map_err(setting)?;
        let answer = work();
        let restored = self.connection.execute_batch("PRAGMA synchronous = FULL");
        restored.map_err(setting)?;
        self.syncs.set(true);
        answer
    }

    /// Runs a statement without parameters, whose answer does not matter.
    pub(super) fn run(&self, sql: &str) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        Ok(())
    }

    /// Runs `work` in one transaction that has the write lock from its first statement on.
    pub(super) fn transaction<T>(
        &self,
        work: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.run("BEGIN IMMEDIATE")
            .map_err(|why| fault("waiting for the journal's write lock", why))?;
        let answer = work().and_then(|answer| {
            self.run("COMMIT").map_err(commit_fault)?;
            Ok(answer)
        });
        if !self.connection.is_autocommit() {
            // If even this fails, the connection is not at rest and will not be used again.
            let _ = self.run("ROLLBACK");
        }
        answer
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(path).ok()?;
    Some(Identity(metadata.dev(), metadata.ino()))
}

/// Windows does not let an open file be replaced.
#[cfg(not(unix))]
fn identity(_path: &Path) -> Option<Identity> {
    None
}
