//! PostgreSQL: one journal over many machines.
//!
//! - **One trip for an append.** A function in the database takes the workspace's advisory lock, reads the
//!   head, compares, inserts and notifies: writers of all machines get their turn in the order in which
//!   they came, and nobody decides on a head that is not the last.
//! - **What nobody knows is said.** Where the line goes dead under an append, the journal is asked over a
//!   new one. Where that does not tell either, the answer is `outcome_unknown`: the same command sent again
//!   is harmless.
//! - **One clock.** Unless [`Options::clock`] says otherwise, a record's time is held to the server's.
//! - **Memory.** The furthest head that this machine saw is kept in a file of the user's, since a database
//!   that is restored from a backup would not know.
//!
//! `synchronous_commit=off` is never used, whatever the role says.
//!
//! ```no_run
//! use loom_core::store::Store;
//! use loom_store::PostgresStore;
//!
//! # fn main() -> Result<(), loom_core::error::Error> {
//! let store = PostgresStore::open("postgres://ada@db.example/team?workspace=shop&sslmode=require")?;
//! println!("{:?}", store.head()?);
//! # Ok(())
//! # }
//! ```

mod address;
mod appending;
mod fault;
mod link;
mod schema;
mod side_tables;
mod tls;
mod worker;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use loom_core::error::{Code, Error};
use loom_core::model::{Digest, Head, Record, StoredText, Timestamp, Ver};
use loom_core::store::{Append, OpenSnapshot, Snapshot, Store, Turn, check_head, check_record};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::lock::lock;
use crate::owner::Owner;
use crate::seen::Seen;
use crate::snapshot_file;
use address::Address;
use fault::{corrupt, fault};
use link::Link;
use worker::Worker;

/// How long a call waits for the server and for other writers before it answers `unavailable`, unless
/// [`Options::wait_ms_max`] says otherwise.
pub const WAIT_MS: u64 = 10_000;

/// The most connections that are kept open when nobody uses them.
const IDLE_MAX: usize = 4;
/// The most records that are read in one trip.
const READ_RECORDS_MAX: i64 = 4_096;

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The journal of one workspace in a PostgreSQL database. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct PostgresStore {
    inner: Arc<Inner>,
}

/// How a journal is opened: its clock, its patience and its memory.
#[derive(Clone)]
pub struct Options {
    clock: Option<Clock>,
    wait: Duration,
    seen: Option<PathBuf>,
}

struct Inner {
    address: Arc<Address>,
    owner: Owner,
    wait: Duration,
    clock: Option<Clock>,
    seen: Seen,
    /// Where the memory of this machine is: what else it keeps lies beside.
    memory: PathBuf,
    writer: Mutex<Option<Arc<Link>>>,
    idle: Mutex<Vec<Arc<Link>>>,
    worker: Worker,
}

impl PostgresStore {
    /// Opens the journal that `postgres://USER@HOST/DATABASE?workspace=NAME` names, and makes the tables
    /// where there are none. Beside what libpq knows, `workspace` says which journal of the database
    /// (`default` unless it is named), and `sslrootcert` whose certificates to trust.
    ///
    /// # Errors
    /// `invalid_field` for another kind of address; `unavailable` where the server cannot be reached, is
    /// a standby, or does not let this role in; `newer_journal` where a newer version made the tables;
    /// `corrupt` where they are not ours.
    pub fn open(url: &str) -> Result<PostgresStore, Error> {
        PostgresStore::options().open(url)
    }

    /// The way a journal is opened, to be changed.
    pub fn options() -> Options {
        Options {
            clock: None,
            wait: Duration::from_millis(WAIT_MS),
            seen: None,
        }
    }

    /// The furthest head that any client on this machine saw, whatever the journal says now. A `recover`
    /// record has to raise the incarnation above this one's.
    pub fn remembered(&self) -> Option<Head> {
        self.inner.seen.remembered()
    }
}

impl Options {
    /// A clock in place of the server's: a record more than 5 seconds ahead of it is `clock_ahead`.
    #[must_use]
    pub fn clock(self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Options {
            clock: Some(Arc::new(clock)),
            ..self
        }
    }

    /// How long a call waits for the server and for other writers, in milliseconds.
    #[must_use]
    pub fn wait_ms_max(self, ms: u64) -> Self {
        Options {
            wait: Duration::from_millis(ms.max(1)),
            ..self
        }
    }

    /// The file that keeps the furthest head this machine saw, in place of one in the user's state folder.
    #[must_use]
    pub fn remember_in(self, file: impl AsRef<Path>) -> Self {
        Options {
            seen: Some(file.as_ref().to_owned()),
            ..self
        }
    }

    /// Opens the journal, as [`PostgresStore::open`] does.
    ///
    /// # Errors
    /// Those of [`PostgresStore::open`].
    pub fn open(self, url: &str) -> Result<PostgresStore, Error> {
        let address = Address::parse(url)?;
        let memory = self.seen.unwrap_or_else(|| state_file(&address));
        let inner = Inner {
            address: Arc::new(address),
            owner: Owner::this_process(),
            wait: self.wait,
            clock: self.clock,
            seen: Seen::at(memory.clone()),
            memory,
            writer: Mutex::default(),
            idle: Mutex::default(),
            worker: Worker::start()?,
        };
        let link = inner.connect()?;
        lock(&inner.idle).push(link);
        Ok(PostgresStore {
            inner: Arc::new(inner),
        })
    }
}

impl Store for PostgresStore {
    fn head(&self) -> Result<Head, Error> {
        // Before the head: what was remembered by then is no further than the head read after it.
        let remembered = self.inner.seen.remembered();
        let (head, at_remembered) = self.inner.repeatable(move |link| async move {
            let ver = remembered.map_or(0, |head| head.ver);
            link.head(ver).await
        })?;
        if let Some(remembered) = &remembered {
            check_head(remembered, &head, |_| Ok(at_remembered))?;
        }
        self.inner.seen.remember(&head);
        Ok(head)
    }

    fn read(&self, after: Ver, max_bytes: usize) -> Result<Vec<Record>, Error> {
        let (records, ends_at) = self
            .inner
            .repeatable(move |link| async move { link.read(after, max_bytes).await })?;
        if records.is_empty() && ends_at < after {
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
        self.inner.owner.check()?;
        let header = check_record(expected, record)?;
        texts.iter().try_for_each(StoredText::check)?;
        self.inner.append(expected, record, &header, texts)
    }

    fn turn(&self) -> Result<Option<Turn<'_>>, Error> {
        Ok(Some(Box::new(self.inner.turn()?)))
    }

    fn save_snapshot(&self, snapshot: &Snapshot) -> Result<(), Error> {
        let snapshot = snapshot.clone();
        self.inner
            .repeatable(move |link| async move { link.save_snapshot(&snapshot).await })
    }

    fn load_snapshot(&self, projection: &str, format: u32) -> Result<Option<Snapshot>, Error> {
        let projection = projection.to_owned();
        self.inner
            .repeatable(move |link| async move { link.load_snapshot(projection, format).await })
    }

    /// A machine keeps the snapshot that it last had in a file, so that a process that lives for one call
    /// asks the server which one is the last, and no more.
    fn open_snapshot(&self, projection: &str, format: u32) -> Result<Option<OpenSnapshot>, Error> {
        let name = projection.to_owned();
        let last = self
            .inner
            .repeatable(move |link| async move { link.last_snapshot(name, format).await })?;
        let Some((ver, hash)) = last else {
            return Ok(None);
        };
        let file = self.inner.snapshot_file(projection, format);
        let kept = |file: &Path| {
            let kept = snapshot_file::open(file).ok().flatten();
            let kept = kept.filter(|kept| (kept.ver, kept.hash) == (ver, hash))?;
            Some(OpenSnapshot {
                ver,
                bytes: kept.bytes,
            })
        };
        if let Some(open) = kept(&file) {
            return Ok(Some(open));
        }
        let Some(loaded) = self.load_snapshot(projection, format)? else {
            return Ok(None);
        };
        if let Some(folder) = file.parent() {
            let _ = std::fs::create_dir_all(folder);
        }
        // Kept under a name of its own until it is whole. Where it cannot be kept, memory does.
        let new = file.with_extension(format!("{}.new", std::process::id()));
        let is_last = loaded.ver == ver;
        let is_kept =
            is_last && snapshot_file::write(&file, &new, ver, hash, &loaded.bytes).is_ok();
        let open = kept(&file).filter(|_| is_kept);
        Ok(Some(open.unwrap_or(OpenSnapshot {
            ver: loaded.ver,
            bytes: loaded.bytes.into(),
        })))
    }

    fn put_texts(&self, texts: &[StoredText]) -> Result<(), Error> {
        texts.iter().try_for_each(StoredText::check)?;
        let texts = texts.to_vec();
        self.inner
            .repeatable(move |link| async move { link.put_texts(&texts).await })
    }

    fn get_texts(&self, digests: &[Digest]) -> Result<Vec<Option<StoredText>>, Error> {
        let digests = digests.to_vec();
        self.inner
            .repeatable(move |link| async move { link.get_texts(&digests).await })
    }

    fn erase_texts(&self, digests: &[Digest]) -> Result<(), Error> {
        let digests = digests.to_vec();
        self.inner
            .repeatable(move |link| async move { link.erase_texts(&digests).await })
    }
}

impl Inner {
    /// Runs work that changes nothing, or nothing that a second time would change again. A connection that
    /// turns out dead is replaced once.
    fn repeatable<T, W, F>(&self, work: W) -> Result<T, Error>
    where
        T: Send + 'static,
        W: FnOnce(Arc<Link>) -> F + Clone,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        self.owner.check()?;
        let idle = lock(&self.idle).pop().filter(|link| link.is_open());
        if let Some(link) = idle {
            let answer = self.work(&link, work.clone());
            if link.is_open() {
                self.keep(link);
                return answer;
            }
        }
        let link = self.connect()?;
        let answer = self.work(&link, work);
        self.keep(link);
        answer
    }

    /// Runs work on a connection. One that does not answer in time is not used again.
    fn work<T, W, F>(&self, link: &Arc<Link>, work: W) -> Result<T, Error>
    where
        T: Send + 'static,
        W: FnOnce(Arc<Link>) -> F,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let done = self.worker.run(self.wait, work(Arc::clone(link)));
        done.unwrap_or_else(|| {
            link.give_up();
            let message = format!(
                "the server did not answer within {} ms",
                self.wait.as_millis()
            );
            Err(Error::new(Code::Unavailable, message))
        })
    }

    fn connect(&self) -> Result<Arc<Link>, Error> {
        let (address, wait) = (Arc::clone(&self.address), self.wait);
        let opened = self
            .worker
            .run(wait, async move { Link::open(&address, wait).await });
        opened.map_or_else(
            || {
                let message = format!(
                    "the server did not let us in within {} ms",
                    wait.as_millis()
                );
                Err(Error::at(Code::Unavailable, "url", message))
            },
            |link| link.map(Arc::new),
        )
    }

    fn snapshot_file(&self, projection: &str, format: u32) -> PathBuf {
        // A projection's name is the caller's; its digest is a file's.
        let name = Digest::of(&[projection.as_bytes()]);
        let name = format!("{name:.8}-{format}.snapshot");
        self.memory.with_extension(name)
    }

    fn keep(&self, link: Arc<Link>) {
        let mut idle = lock(&self.idle);
        if idle.len() < IDLE_MAX && link.is_open() {
            idle.push(link);
        }
    }
}

impl Link {
    /// The head, and the hash of the record at a version, if there is one.
    async fn head(&self, ver: Ver) -> Result<(Head, Option<Digest>), Error> {
        const LAST: &str = "SELECT ver, hash, incarnation,
                (SELECT hash FROM loomstack.records WHERE journal = $1 AND ver = $2)
            FROM loomstack.records WHERE journal = $1 ORDER BY ver DESC LIMIT 1";
        let reading = |why| fault("reading the head", why);
        let ver = signed(ver);
        let values: [link::Value<'_>; 2] = [(&self.journal, Type::INT4), (&ver, Type::INT8)];
        let rows = self.rows(LAST, &values).await.map_err(reading)?;
        let Some(row) = rows.first() else {
            return Ok((Head::EMPTY, None));
        };
        let head = Head {
            ver: unsigned(row, 0)?,
            hash: digest(row, 1)?,
            incarnation: incarnation(row, 2)?,
        };
        let at: Option<&[u8]> = row.try_get(3).map_err(reading)?;
        Ok((head, at.map(|_| digest(row, 3)).transpose()?))
    }

    /// The records behind a version, and where the journal ends if there is none.
    async fn read(&self, after: Ver, max_bytes: usize) -> Result<(Vec<Record>, Ver), Error> {
        const BEHIND: &str = "SELECT ver, prev, hash, body FROM (
                SELECT ver, prev, hash, body, sum(octet_length(body)) OVER (ORDER BY ver) AS bytes
                FROM loomstack.records WHERE journal = $1 AND ver > $2 ORDER BY ver LIMIT $3
            ) AS behind WHERE bytes <= $4 OR ver = $2 + 1 ORDER BY ver";
        let reading = |why| fault("reading records", why);
        let (from, most) = (signed(after), i64::try_from(max_bytes).unwrap_or(i64::MAX));
        let values: [link::Value<'_>; 4] = [
            (&self.journal, Type::INT4),
            (&from, Type::INT8),
            (&READ_RECORDS_MAX, Type::INT8),
            (&most, Type::INT8),
        ];
        let rows = self.rows(BEHIND, &values).await.map_err(reading)?;
        let mut records = Vec::with_capacity(rows.len());
        for (row, due) in rows.iter().zip(after.saturating_add(1)..) {
            let record = Record {
                ver: unsigned(row, 0)?,
                prev: digest(row, 1)?,
                hash: digest(row, 2)?,
                body: row.try_get::<_, &[u8]>(3).map_err(reading)?.into(),
            };
            if record.ver != due {
                return Err(corrupt(
                    "records",
                    format!("record {due} is missing from the database"),
                ));
            }
            records.push(record);
        }
        let ends_at = match records.last() {
            Some(last) => last.ver,
            None => self.head(0).await?.0.ver,
        };
        Ok((records, ends_at))
    }
}

/// A version as the database keeps it. None is beyond what it can.
fn signed(ver: Ver) -> i64 {
    i64::try_from(ver).unwrap_or(i64::MAX)
}

fn unsigned(row: &Row, column: usize) -> Result<u64, Error> {
    let number: i64 = row
        .try_get(column)
        .map_err(|why| fault("reading a version", why))?;
    u64::try_from(number).map_err(|_| corrupt("records", "a version is negative"))
}

fn incarnation(row: &Row, column: usize) -> Result<u32, Error> {
    let number = unsigned(row, column)?;
    u32::try_from(number).map_err(|_| corrupt("records", "an incarnation is too high"))
}

fn digest(row: &Row, column: usize) -> Result<Digest, Error> {
    let bytes: &[u8] = row
        .try_get(column)
        .map_err(|why| fault("reading a hash", why))?;
    bytes
        .try_into()
        .map(Digest)
        .map_err(|_| corrupt("records", "a hash is not 32 bytes"))
}

/// Where what was seen of this journal is kept: the state folder of the user.
fn state_file(address: &Address) -> PathBuf {
    let folder = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let state = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")));
    let state = state.unwrap_or_else(std::env::temp_dir);
    state
        .join("loomstack")
        .join(format!("{}.seen", address.fingerprint()))
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("workspace", &self.inner.address.workspace)
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
