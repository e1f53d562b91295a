//! What the tests share: a factory for the conformance suite, and ways to tamper with a journal
//! behind the store's back.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

#[cfg(all(unix, feature = "postgres"))]
pub mod postgres;
#[cfg(feature = "postgres")]
pub mod proxy;
#[cfg(all(unix, feature = "postgres"))]
pub mod server;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use loom_core::error::Error;
use loom_core::model::{Digest, Head, Record, Timestamp};
use loom_core::store::Store;
use loom_core::store::conformance::{Draft, Factory, Means};
use loom_store::SqliteStore;
use rusqlite::{Connection, params};
use tempfile::TempDir;

/// Journals in a folder of their own, whose clock the suite sets.
pub struct SqliteFactory {
    folder: TempDir,
    clock_ms: Arc<AtomicI64>,
}

impl SqliteFactory {
    pub fn new() -> Self {
        SqliteFactory {
            folder: tempfile::tempdir().unwrap(),
            clock_ms: Arc::new(AtomicI64::new(Timestamp::MAX.as_ms())),
        }
    }

    fn path(&self, journal: &str) -> PathBuf {
        self.folder.path().join(journal)
    }
}

impl Factory for SqliteFactory {
    fn open(&self, journal: &str) -> Result<Box<dyn Store>, Error> {
        let clock_ms = Arc::clone(&self.clock_ms);
        let clock = move || Timestamp::from_ms(clock_ms.load(Ordering::SeqCst)).unwrap();
        let store = SqliteStore::options()
            .clock(clock)
            .open(self.path(journal))?;
        Ok(Box::new(store))
    }

    fn set_clock(&self, now: Timestamp) -> Means {
        self.clock_ms.store(now.as_ms(), Ordering::SeqCst);
        Means::Done
    }

    fn tamper_text(&self, journal: &str, digest: &Digest) -> Means {
        let file = Connection::open(self.path(journal)).unwrap();
        let sql = "UPDATE texts SET text = text || '!' WHERE digest = ?1";
        assert_eq!(file.execute(sql, [digest.0]).unwrap(), 1);
        Means::Done
    }

    fn restore(&self, journal: &str, records: &[Record]) -> Means {
        restore(&self.path(journal), records);
        Means::Done
    }
}

/// Makes the file hold exactly these records, as a backup would.
pub fn restore(path: &Path, records: &[Record]) {
    let mut file = Connection::open(path).unwrap();
    let transaction = file.transaction().unwrap();
    transaction.execute("DELETE FROM records", []).unwrap();
    for record in records {
        let incarnation = record.header().unwrap().incarnation;
        let Record {
            ver,
            prev,
            hash,
            body,
        } = record;
        let sql =
            "INSERT INTO records (ver, prev, hash, incarnation, body) VALUES (?1, ?2, ?3, ?4, ?5)";
        let row = params![ver, prev.0, hash.0, incarnation, &body[..]];
        transaction.execute(sql, row).unwrap();
    }
    transaction.commit().unwrap();
}

/// Appends `count` records behind the head; answers the head after them.
pub fn append(store: &dyn Store, count: u64) -> Head {
    for _ in 0..count {
        let head = store.head().unwrap();
        let record = Draft::new(u128::from(head.ver))
            .bytes(600)
            .after(&head)
            .unwrap();
        let answer = store.append(&head, &record).unwrap();
        assert_eq!(answer, loom_core::store::Append::Committed);
    }
    store.head().unwrap()
}

/// The bytes of the journal and its log, read by another process: closing a descriptor of the file
/// within this one would drop SQLite's locks.
#[cfg(unix)]
pub fn bytes_on_disk(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for ending in ["", "-wal", "-shm", ".seen", ".gate"] {
        let mut file = path.as_os_str().to_owned();
        file.push(ending);
        bytes.extend(
            std::process::Command::new("cat")
                .arg(file)
                .output()
                .unwrap()
                .stdout,
        );
    }
    bytes
}

pub fn contains(haystack: &[u8], needle: &str) -> bool {
    let needle = needle.as_bytes();
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}
