//! How many records a second: the store beside a bare rusqlite loop of the same durability.
//!
//! `cargo run --release -p loom-store --example append_rate [records]`
//!
//! Both append records of 600 bytes one by one, each in its own IMMEDIATE transaction, WAL,
//! `synchronous=FULL`. The two take turns in rounds, so that a disk that slows down slows both.

#![allow(clippy::unwrap_used, clippy::float_arithmetic)]

use std::path::Path;
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Instant;

use loom_core::model::{Head, Record};
use loom_core::store::conformance::Draft;
use loom_core::store::{Append, Snapshot, Store};
use loom_store::SqliteStore;
use rusqlite::{Connection, params};

const BODY_BYTES: usize = 600;
const ROUNDS: usize = 5;
const THREADS: usize = 16;
const SNAPSHOT_BYTES: usize = 10 * 1024 * 1024;

fn main() {
    let records = std::env::args()
        .nth(1)
        .map_or(2_000, |count| count.parse().unwrap());
    let folder = tempfile::tempdir_in(".").unwrap();
    let store = SqliteStore::open(folder.path().join("journal.db")).unwrap();
    let bare = bare(&folder.path().join("bare.db"));
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        let rate_of_bare = per_second(records, || append_bare(&bare, records));
        let rate_of_store = per_second(records, || append_store(&store, records));
        println!("bare {rate_of_bare:>8.0}/s   store {rate_of_store:>8.0}/s");
        rates.push(rate_of_store / rate_of_bare);
    }
    rates.sort_by(f64::total_cmp);
    println!(
        "store / bare, median of {ROUNDS} rounds: {:.2}",
        rates[ROUNDS / 2]
    );

    let rate = per_second(records * THREADS, || append_shared(&store, records));
    let stats = store.stats();
    println!("{THREADS} threads that share one head: {rate:.0}/s  ({stats:?})");
    measure_texts(&store, records);
    measure_snapshots(&store);
    let path = store.path().to_owned();
    drop(store);
    measure_short_lives(&path);
}

fn per_second(count: usize, work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    count as f64 / start.elapsed().as_secs_f64()
}

fn bare(path: &Path) -> Connection {
    let file = Connection::open(path).unwrap();
    file.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE records (ver INTEGER PRIMARY KEY, hash BLOB, prev BLOB,
                               incarnation INTEGER, body BLOB)",
    )
    .unwrap();
    file
}

fn append_bare(file: &Connection, records: usize) {
    let sql = "INSERT INTO records (hash, prev, incarnation, body) VALUES (?1, ?2, ?3, ?4)";
    for _ in 0..records {
        file.prepare_cached("BEGIN IMMEDIATE")
            .unwrap()
            .execute([])
            .unwrap();
        let row = params![[1u8; 32], [2u8; 32], 0, [3u8; BODY_BYTES]];
        file.prepare_cached(sql).unwrap().execute(row).unwrap();
        file.prepare_cached("COMMIT").unwrap().execute([]).unwrap();
    }
}

fn next(head: &Head) -> Record {
    Draft::new(u128::from(head.ver))
        .bytes(BODY_BYTES)
        .after(head)
        .unwrap()
}

fn append_store(store: &SqliteStore, records: usize) {
    let mut head = store.head().unwrap();
    for _ in 0..records {
        let record = next(&head);
        assert_eq!(store.append(&head, &record).unwrap(), Append::Committed);
        head = record.head_after(0);
    }
}

fn append_shared(store: &SqliteStore, records: usize) {
    let staged = Mutex::new(store.head().unwrap());
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                start.wait();
                for _ in 0..records {
                    let pending = {
                        let mut head = staged.lock().unwrap();
                        let record = next(&head);
                        let pending = store.submit(&head, &record, &[]).unwrap();
                        *head = record.head_after(0);
                        pending
                    };
                    assert_eq!(pending.wait().unwrap(), Append::Committed);
                }
            });
        }
    });
}

fn measure_texts(store: &SqliteStore, records: usize) {
    use loom_core::model::{Nonce, StoredText};
    let text = |number: usize| {
        let words = "an intent of some forty characters or so";
        StoredText::new(words, Nonce([8; 16]), number.try_into().unwrap()).unwrap()
    };
    let alone = per_second(records, || {
        (0..records).for_each(|number| store.put_texts(&[text(number)]).unwrap());
    });
    println!("texts put alone: {alone:.0}/s");
    let mut head = store.head().unwrap();
    let together = per_second(records, || {
        for number in 0..records {
            let record = next(&head);
            let texts = [text(records + number)];
            let answer = store.append_with_texts(&head, &record, &texts).unwrap();
            assert_eq!(answer, Append::Committed);
            head = record.head_after(0);
        }
    });
    println!("records with a text: {together:.0}/s");
}

fn measure_snapshots(store: &SqliteStore) {
    for round in 0..4u8 {
        let snapshot = Snapshot {
            projection: "hot".to_owned(),
            format: 1,
            ver: 1,
            bytes: vec![round; SNAPSHOT_BYTES].into(),
        };
        let start = Instant::now();
        store.save_snapshot(&snapshot).unwrap();
        let saved = start.elapsed();
        let fresh = SqliteStore::open(store.path()).unwrap();
        let start = Instant::now();
        assert!(fresh.load_snapshot("hot", 1).unwrap().is_some());
        println!(
            "snapshot of 10 MiB: saved in {saved:?}, loaded in {:?}",
            start.elapsed()
        );
    }
}

/// What a process that lives for one tool call pays: open, head, append, close.
fn measure_short_lives(path: &Path) {
    for alone in [true, false] {
        let other = (!alone).then(|| SqliteStore::open(path).unwrap());
        let (mut opening, mut looking, mut appending, mut closing) = (0, 0, 0, 0);
        for _ in 0..50 {
            let mut since = Instant::now();
            let mut lap = || {
                std::mem::replace(&mut since, Instant::now())
                    .elapsed()
                    .as_micros()
            };
            let store = SqliteStore::open(path).unwrap();
            opening += lap();
            let head = store.head().unwrap();
            looking += lap();
            store.append(&head, &next(&head)).unwrap();
            appending += lap();
            drop(store);
            closing += lap();
        }
        drop(other);
        println!(
            "short life, {}: open {} µs, head {} µs, append {} µs, close {} µs",
            if alone { "alone" } else { "beside others" },
            opening / 50,
            looking / 50,
            appending / 50,
            closing / 50
        );
    }
}
