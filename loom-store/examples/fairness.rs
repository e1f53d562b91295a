//! How long the unluckiest of many processes waits for its turn to write.
//!
//! `cargo run --release -p loom-store --example fairness [processes] [seconds] [store|bare]`
//!
//! Every process appends as fast as it can. With `bare`, the processes use SQLite's busy handler
//! and no gate.

#![allow(clippy::unwrap_used, clippy::float_arithmetic)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use loom_core::store::conformance::Draft;
use loom_core::store::{Append, Store};
use loom_store::SqliteStore;
use rusqlite::Connection;

const WRITER: &str = "LOOM_FAIRNESS_JOURNAL";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |at: usize, or: &str| arguments.get(at).cloned().unwrap_or(or.to_owned());
    let (seconds, kind) = (argument(1, "10").parse().unwrap(), argument(2, "store"));
    if let Ok(journal) = std::env::var(WRITER) {
        return write(Path::new(&journal), Duration::from_secs(seconds), &kind);
    }
    let processes: usize = argument(0, "32").parse().unwrap();
    let folder = tempfile::tempdir_in(".").unwrap();
    let journal = folder.path().join("journal.db");
    let children: Vec<_> = (0..processes)
        .map(|_| {
            Command::new(std::env::current_exe().unwrap())
                .args([processes.to_string(), seconds.to_string(), kind.clone()])
                .env(WRITER, &journal)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut results: Vec<(u64, u64)> = Vec::new();
    for child in children {
        let said = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        let (count, worst_us) = said.trim().split_once(' ').unwrap();
        results.push((count.parse().unwrap(), worst_us.parse().unwrap()));
    }
    let total: u64 = results.iter().map(|(count, _)| count).sum();
    let (least, most) = (
        results.iter().min().unwrap().0,
        results.iter().max().unwrap().0,
    );
    let worst_us = results.iter().map(|(_, worst)| worst).max().unwrap();
    println!(
        "{kind}: {processes} processes, {} commits/s, each {least} to {most} commits, \
         worst wait {:.2} s",
        total / seconds,
        *worst_us as f64 / 1e6
    );
}

fn write(journal: &Path, time: Duration, kind: &str) {
    let mut commit: Box<dyn FnMut(u64)> = match kind {
        "bare" => bare_writer(journal),
        _ => store_writer(journal),
    };
    let (start, mut count, mut worst) = (Instant::now(), 0, Duration::ZERO);
    while start.elapsed() < time {
        let asked = Instant::now();
        commit(count);
        worst = worst.max(asked.elapsed());
        count += 1;
    }
    println!("{count} {}", worst.as_micros());
}

/// Appends until its record is in; counts the conflicts of the optimistic append as waiting.
fn store_writer(journal: &Path) -> Box<dyn FnMut(u64)> {
    let store = SqliteStore::options()
        .wait_ms_max(120_000)
        .open(journal)
        .unwrap();
    Box::new(move |count| {
        loop {
            let head = store.head().unwrap();
            let number = u128::from(std::process::id()) << 64 | u128::from(count);
            let record = Draft::new(number).bytes(600).after(&head).unwrap();
            if store.append(&head, &record).unwrap() == Append::Committed {
                return;
            }
        }
    })
}

fn bare_writer(journal: &Path) -> Box<dyn FnMut(u64)> {
    let file = Connection::open(journal).unwrap();
    file.busy_timeout(Duration::from_secs(120)).unwrap();
    while file
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE IF NOT EXISTS records (ver INTEGER PRIMARY KEY, body BLOB)",
        )
        .is_err()
    {}
    Box::new(move |_| {
        file.prepare_cached("BEGIN IMMEDIATE")
            .unwrap()
            .execute([])
            .unwrap();
        file.prepare_cached("INSERT INTO records (body) VALUES (zeroblob(600))")
            .unwrap()
            .execute([])
            .unwrap();
        file.prepare_cached("COMMIT").unwrap().execute([]).unwrap();
    })
}
