//! Appends to a journal in SQLite, beside a bare loop of the same durability: the same records into
//! the same table, write-ahead log, `synchronous=FULL`, one `BEGIN IMMEDIATE` transaction each.
//!
//! What the store does beyond that is what the ratio shows: the gate that keeps writers in line, the
//! check of record, clock and head, the head that it remembers beside the file.
//!
//! The two take turns, so that the disk treats both alike. Files lie in `target`.

use std::time::Instant;

use loom_core::model::{Head, Record};
use loom_core::store::{Append, Store};
use loom_store::SqliteStore;
use rusqlite::{Connection, TransactionBehavior, params};

use crate::journal::Journal;
use crate::measure::{median, nanos};
use crate::report::{Line, Promise, Report};
use crate::{Effort, Outcome};

pub(crate) fn measure(report: &mut Report, effort: &Effort) -> Outcome {
    let journal = Journal::with_claims(effort.of(4_000) as u64)?;
    let records = &journal.records;
    std::fs::create_dir_all("target")?;
    let folder = tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in("target")?;
    // The journal's own times are as the bench made them, whatever the clock on the wall says.
    let until = journal.now();
    let store = SqliteStore::options()
        .clock(move || until)
        .open(folder.path().join("journal.db"))?;
    let mut bare = bare(&folder.path().join("bare.db"))?;

    let mut head = Head::EMPTY;
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for record in records {
        let start = Instant::now();
        let appended = store.append(&head, record)?;
        ours.push(nanos(start.elapsed()));
        if appended != Append::Committed {
            return Err("nobody else is here, and yet there was a conflict".into());
        }
        let start = Instant::now();
        insert(&mut bare, head.incarnation, record)?;
        peer.push(nanos(start.elapsed()));
        head = record.head_after(head.incarnation);
    }
    let line = Line::timed(
        "append to SQLite, a record",
        records.len() as u64,
        median(ours),
    );
    report.add(
        line.beside("bare rusqlite loop", median(peer))
            .promised(Promise::Ratio(0.8)),
    );
    Ok(())
}

fn bare(path: &std::path::Path) -> Outcome<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE records (
             ver         INTEGER PRIMARY KEY,
             hash        BLOB NOT NULL,
             prev        BLOB NOT NULL,
             incarnation INTEGER NOT NULL,
             body        BLOB NOT NULL
         ) STRICT",
    )?;
    Ok(connection)
}

fn insert(connection: &mut Connection, incarnation: u32, record: &Record) -> Outcome {
    let write = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    write
        .prepare_cached("INSERT INTO records VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            record.ver,
            record.hash.0,
            record.prev.0,
            incarnation,
            &*record.body
        ])?;
    write.commit()?;
    Ok(())
}
