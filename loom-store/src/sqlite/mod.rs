//! A journal in one SQLite file, shared by any number of processes on one machine.
//!
//! Why it is more than `INSERT`:
//!
//! - **Fairness.** SQLite's busy handler polls, and starves writers. Writers of all processes stand
//!   in line at a lock file (`gate.rs`) before they begin a transaction.
//! - **Group commit.** Threads that append at the same time share one transaction, each still a
//!   compare-and-append (`group.rs`).
//! - **Going back.** The head last seen is kept beside the file (`seen.rs`), so that a backup that
//!   was put in place is `regressed` and not followed.
//! - **Durability.** WAL with `synchronous=FULL`: an acknowledged record survives power loss. Texts
//!   put on their own are written without a sync; the sync of the record that speaks of them takes
//!   them along, since they stand before it in the same log.
//! - **Forgetting.** Erased texts are overwritten in the file and the log is cut.
//!
//! Beside `journal.db` stand SQLite's own `-wal` and `-shm`, `journal.db.gate` (empty, locked by
//! writers), `journal.db.seen` (72 bytes) and the snapshots (`journal.db.hot-1.snapshot`). All of them have to lie on a local disk. The file
//! must not be opened by another copy of SQLite within the same process: POSIX drops all locks of
//! a process on a file when any descriptor of it is closed.
//!
//! ```
//! use loom_core::model::{Head, Timestamp};
//! use loom_core::store::Store;
//! use loom_store::sqlite::SqliteStore;
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("journal.db");
//! let store = SqliteStore::options()
//!     .clock(|| "2026-11-22T07:30:00Z".parse().unwrap_or(Timestamp::EPOCH))
//!     .wait_ms_max(2_000)
//!     .open(&path)
//!     .unwrap();
//! assert_eq!(store.head().unwrap(), Head::EMPTY);
//! ```

mod fault;
mod gate;
mod group;
mod link;
mod schema;
mod snapshots;
mod texts;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use loom_core::error::{Code, Error};
use loom_core::model::{Digest, Head, Record, StoredText, Timestamp, Ver};
use loom_core::store::{Append, OpenSnapshot, Snapshot, Store, Turn, check_head, check_record};
use rusqlite::{OptionalExtension, Row, params};

use fault::{corrupt, fault};
use gate::Gate;
use group::{Group, Job};
use link::Link;

use crate::lock::lock;
use crate::loom::system_clock;
use crate::owner::Owner;
use crate::seen::Seen;

pub use group::Pending;

/// How long a call waits for other processes before it answers `unavailable`, unless
/// [`Options::wait_ms_max`] says otherwise.
pub const WAIT_MS: u64 = 10_000;

/// The most connections that are kept open for reading when nobody reads.
const IDLE_READERS_MAX: usize = 4;

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A journal in one SQLite file. Cheap to clone; clones share connections and group commit.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

/// How a journal is opened: its clock and its patience.
#[derive(Clone)]
pub struct Options {
    clock: Clock,
    wait: Duration,
}

/// What a store did since it was opened, as counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Records that this store appended.
    pub appended: u64,
    /// Transactions in which it did so; fewer than `appended` where threads shared one.
    pub transactions: u64,
}

struct Inner {
    path: PathBuf,
    owner: Owner,
    wait: Duration,
    clock: Clock,
    gate: Gate,
    line: Gate,
    seen: Seen,
    writer: Mutex<Option<Link>>,
    readers: Mutex<Vec<Link>>,
    group: Group,
    appended: AtomicU64,
    transactions: AtomicU64,
}

impl SqliteStore {
    /// Opens the journal at `path`, and creates it where there is none. Nothing else is needed:
    /// missing folders are made, the schema is created or brought up to date, and any number of
    /// processes may do so at once. The store's clock is the system's.
    ///
    /// # Errors
    /// `corrupt` where the file is no journal (nothing is changed then), `newer_journal` where a
    /// newer version wrote it, `unavailable` where it cannot be opened or is busy for too long.
    pub fn open(path: impl AsRef<Path>) -> Result<SqliteStore, Error> {
        SqliteStore::options().open(path)
    }

    /// The way a journal is opened, to be changed.
    pub fn options() -> Options {
        Options {
            clock: Arc::new(system_clock),
            wait: Duration::from_millis(WAIT_MS),
        }
    }

    /// Where the journal lies.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// The furthest head that any client on this machine saw, whatever the journal says now. A
    /// `recover` record has to raise the incarnation above this one's.
    pub fn remembered(&self) -> Option<Head> {
        self.inner.seen.remembered()
    }

    /// What this store (and its clones) did since it was opened.
    pub fn stats(&self) -> Stats {
        Stats {
            appended: self.inner.appended.load(Ordering::Relaxed),
            transactions: self.inner.transactions.load(Ordering::Relaxed),
        }
    }

    /// Hands in a record without waiting for the disk. Records handed in one after the other, each
    /// chained to the one before, are committed together; if one of them is refused, those behind
    /// it are conflicts. Whoever proposes from a state that holds records not yet committed has to
    /// throw that state away when [`Pending::wait`] does not answer `Committed`.
    ///
    /// # Errors
    /// What [`check_record`] refuses; everything else comes from [`Pending::wait`].
    pub fn submit(
        &self,
        expected: &Head,
        record: &Record,
        texts: &[StoredText],
    ) -> Result<Pending, Error> {
        self.inner.owner.check()?;
        let header = check_record(expected, record)?;
        texts.iter().try_for_each(StoredText::check)?;
        let job = Job::new(*expected, record.clone(), header, texts.to_vec());
        Ok(Pending::new(Arc::clone(&self.inner), job))
    }
}

impl Options {
    /// The store's own clock: a record more than 5 seconds ahead of it is `clock_ahead`.
    #[must_use]
    pub fn clock(self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let clock = Arc::new(clock);
        Options { clock, ..self }
    }

    /// How long a call waits for other processes before it answers `unavailable`, in milliseconds.
    #[must_use]
    pub fn wait_ms_max(self, ms: u64) -> Self {
        let wait = Duration::from_millis(ms);
        Options { wait, ..self }
    }

    /// Opens the journal, as [`SqliteStore::open`] does.
    ///
    /// # Errors
    /// Those of [`SqliteStore::open`].
    pub fn open(self, path: impl AsRef<Path>) -> Result<SqliteStore, Error> {
        let path = std::path::absolute(path.as_ref())
            .map_err(|why| Error::at(Code::InvalidField, "path", why.to_string()))?;
        let gate = Gate::beside(&path);
        let link = schema::open_or_create(&path, &gate, self.wait)?;
        Ok(SqliteStore {
            inner: Arc::new(Inner {
                owner: Owner::this_process(),
                wait: self.wait,
                clock: self.clock,
                line: Gate::line_beside(&path),
                gate,
                seen: Seen::at(beside(&path, ".seen")),
                writer: Mutex::default(),
                readers: Mutex::new(vec![link]),
                group: Group::default(),
                appended: AtomicU64::new(0),
                transactions: AtomicU64::new(0),
                path,
            }),
        })
    }
}

impl Store for SqliteStore {
    fn head(&self) -> Result<Head, Error> {
        let inner = &*self.inner;
        // Before the head: what was remembered by then is no further than the head read after it.
        let remembered = inner.seen.remembered();
        inner.reading(|link| {
            let head = link.head()?;
            if let Some(remembered) = &remembered {
                check_head(remembered, &head, |ver| link.hash_at(ver))?;
            }
            inner.seen.remember(&head);
            Ok(head)
        })
    }

    fn read(&self, after: Ver, max_bytes: usize) -> Result<Vec<Record>, Error> {
        let records = self.inner.reading(|link| link.read(after, max_bytes))?;
        let bare_head = || self.inner.reading(Link::head);
        if records.is_empty() && after > 0 && bare_head()?.ver < after {
            self.head()?;
            let message = "the journal was recovered and ends earlier; load it anew";
            return Err(Error::at(Code::Gap, "after", message));
        }
        Ok(records)
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
        self.submit(expected, record, texts)?.wait()
    }

    fn turn(&self) -> Result<Option<Turn<'_>>, Error> {
        self.inner.owner.check()?;
        let turn = self.inner.line.enter(self.inner.wait)?;
        Ok(Some(Box::new(turn)))
    }

    fn save_snapshot(&self, snapshot: &Snapshot) -> Result<(), Error> {
        let journal = &self.inner.path;
        self.inner
            .writing(|link| snapshots::save(journal, link, snapshot))
    }

    fn load_snapshot(&self, projection: &str, format: u32) -> Result<Option<Snapshot>, Error> {
        let journal = &self.inner.path;
        self.inner
            .reading(|link| snapshots::load(journal, link, projection, format))
    }

    fn open_snapshot(&self, projection: &str, format: u32) -> Result<Option<OpenSnapshot>, Error> {
        let journal = &self.inner.path;
        self.inner
            .reading(|link| snapshots::open(journal, link, projection, format))
    }

    fn put_texts(&self, texts: &[StoredText]) -> Result<(), Error> {
        texts.iter().try_for_each(StoredText::check)?;
        self.inner.writing(|link| texts::put_unsynced(link, texts))
    }

    fn get_texts(&self, digests: &[Digest]) -> Result<Vec<Option<StoredText>>, Error> {
        self.inner.reading(|link| texts::get(link, digests))
    }

    fn erase_texts(&self, digests: &[Digest]) -> Result<(), Error> {
        self.inner.writing(|link| texts::erase(link, digests))
    }
}

impl Inner {
    /// Runs `work` on a connection for reading. A fresh statement sees everything committed.
    fn reading<T>(&self, work: impl FnOnce(&Link) -> Result<T, Error>) -> Result<T, Error> {
        self.owner.check()?;
        let idle = lock(&self.readers).pop();
        let idle = idle.or_else(|| self.writer.try_lock().ok()?.take());
        let link = match idle.filter(Link::is_still_there) {
            Some(link) => link,
            None => Link::open_existing(&self.path, self.wait)?,
        };
        let answer = work(&link);
        let mut readers = lock(&self.readers);
        if readers.len() < IDLE_READERS_MAX && link.is_at_rest() {
            readers.push(link);
        }
        answer
    }

    /// Runs `work` on the connection for writing, behind the gate.
    fn writing<T>(&self, work: impl FnOnce(&Link) -> Result<T, Error>) -> Result<T, Error> {
        self.owner.check()?;
        let mut writer = lock(&self.writer);
        let _turn = self.gate.enter(self.wait)?;
        // A process that lives for one call reads, writes and reads with one connection.
        let kept = writer.take().or_else(|| lock(&self.readers).pop());
        let link = match kept.filter(Link::is_still_there) {
            Some(link) => link,
            None => Link::open_existing(&self.path, self.wait)?,
        };
        let answer = work(&link);
        if link.is_at_rest() {
            *writer = Some(link);
        }
        answer
    }
}

impl Link {
    fn head(&self) -> Result<Head, Error> {
        const LAST: &str = "SELECT ver, hash, incarnation FROM records ORDER BY ver DESC LIMIT 1";
        let mut last = self.prepare(LAST)?;
        let head = last.query_row([], |row| {
            let (ver, incarnation) = (row.get(0)?, row.get(2)?);
            Ok((ver, digest(row, 1)?, incarnation))
        });
        let head = head
            .optional()
            .map_err(|why| fault("reading the head", why))?;
        Ok(head.map_or(Head::EMPTY, |(ver, hash, incarnation)| Head {
            ver,
            hash,
            incarnation,
        }))
    }

    /// The hash of the record at a version, if there is one.
    fn hash_at(&self, ver: Ver) -> Result<Option<Digest>, Error> {
        let Ok(ver) = i64::try_from(ver) else {
            return Ok(None);
        };
        let mut at = self.prepare("SELECT hash FROM records WHERE ver = ?1")?;
        let hash = at.query_row([ver], |row| digest(row, 0)).optional();
        hash.map_err(|why| fault("reading a hash", why))
    }

    fn read(&self, after: Ver, max_bytes: usize) -> Result<Vec<Record>, Error> {
        const BEHIND: &str =
            "SELECT ver, prev, hash, body FROM records WHERE ver > ?1 ORDER BY ver";
        let reading = |why| fault("reading records", why);
        let mut records = Vec::new();
        let mut bytes = 0usize;
        let mut behind = self.prepare(BEHIND)?;
        let mut rows = behind
            .query([i64::try_from(after).unwrap_or(i64::MAX)])
            .map_err(reading)?;
        while let Some(row) = rows.next().map_err(reading)? {
            let due = after + 1 + records.len() as Ver;
            let record = record(row).map_err(reading)?;
            if record.ver != due {
                let message = format!("record {due} is missing from the file");
                return Err(corrupt("records", message));
            }
            bytes = bytes.saturating_add(record.body.len());
            if bytes > max_bytes && !records.is_empty() {
                break;
            }
            records.push(record);
        }
        Ok(records)
    }

    fn insert(&self, record: &Record, incarnation: u32) -> Result<(), Error> {
        const INSERT: &str =
            "INSERT INTO records (ver, hash, prev, incarnation, body) VALUES (?1, ?2, ?3, ?4, ?5)";
        let Record {
            ver,
            hash,
            prev,
            body,
        } = record;
        let mut insert = self.prepare(INSERT)?;
        insert
            .execute(params![ver, hash.0, prev.0, incarnation, &body[..]])
            .map_err(|why| fault("writing a record", why))?;
        Ok(())
    }
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record {
        ver: row.get(0)?,
        prev: digest(row, 1)?,
        hash: digest(row, 2)?,
        body: row.get_ref(3)?.as_blob()?.into(),
    })
}

fn digest(row: &Row<'_>, column: usize) -> rusqlite::Result<Digest> {
    Ok(Digest(row.get(column)?))
}

/// The path of a file that stands beside the journal.
fn beside(journal: &Path, ending: &str) -> PathBuf {
    let mut path = journal.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.inner.path)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("wait", &self.wait)
            .finish_non_exhaustive()
    }
}
