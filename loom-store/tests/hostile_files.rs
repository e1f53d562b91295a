//! A file that is no journal is an error, and stays as it is.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;

use loom_core::error::{Code, Error};
use loom_core::model::Head;
use loom_core::store::{Store, verify};
use loom_store::SqliteStore;
use rusqlite::Connection;
use support::append;

/// Opens the journal and reads all there is.
fn read_all(path: &Path) -> Result<Head, Error> {
    let store = SqliteStore::open(path)?;
    store.head()?;
    verify(&store, |_, _| ())
}

fn refused_and_left_alone(path: &Path, code: Code) {
    let before = fs::read(path).unwrap();
    let error = SqliteStore::open(path).unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    assert_eq!(fs::read(path).unwrap(), before, "the file was changed");
}

fn pseudo_random(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..len).map(next).collect()
}

#[test]
fn bytes_that_are_no_database_are_corrupt_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    for len in [1, 15, 16, 99, 100, 511, 512, 4_096, 10_000] {
        for seed in 1..4 {
            fs::write(&path, pseudo_random(len, seed)).unwrap();
            refused_and_left_alone(&path, Code::Corrupt);
        }
        fs::write(&path, vec![0; len]).unwrap();
        refused_and_left_alone(&path, Code::Corrupt);
    }
}

#[test]
fn a_database_of_another_program_is_corrupt_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    for (name, sql) in [
        (
            "tables.db",
            "CREATE TABLE records (ver INTEGER PRIMARY KEY)",
        ),
        ("id.db", "PRAGMA application_id = 77"),
        ("version.db", "PRAGMA user_version = 1"),
        ("schema0.db", "PRAGMA application_id = 0x4C6F6F6D"),
    ] {
        let path = folder.path().join(name);
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        refused_and_left_alone(&path, Code::Corrupt);
    }
}

#[test]
fn a_journal_of_a_newer_version_is_newer_journal_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    append(&SqliteStore::open(&path).unwrap(), 2);
    let file = Connection::open(&path).unwrap();
    file.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(file);
    refused_and_left_alone(&path, Code::NewerJournal);
}

#[test]
fn an_empty_file_becomes_a_journal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    fs::write(&path, b"").unwrap();
    assert_eq!(append(&SqliteStore::open(&path).unwrap(), 2).ver, 2);
}

#[test]
fn missing_folders_are_made_and_a_folder_in_the_file_s_place_is_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/journal.db");
    assert_eq!(append(&SqliteStore::open(&path).unwrap(), 1).ver, 1);
    let error = SqliteStore::open(folder.path().join("a/b")).unwrap_err();
    assert_eq!(error.code(), Code::Unavailable, "{error}");
}

#[test]
fn a_journal_cut_or_altered_anywhere_is_an_error_or_what_it_was_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let head = append(&SqliteStore::open(&path).unwrap(), 40);
    let whole = fs::read(&path).unwrap();
    let harmless = |bytes: &[u8], what: &str| {
        for ending in ["-wal", "-shm"] {
            let _ = fs::remove_file(folder.path().join(format!("journal.db{ending}")));
        }
        fs::write(&path, bytes).unwrap();
        if let Ok(read) = read_all(&path) {
            assert_eq!(read, head, "{what}");
        }
    };
    for len in (1..whole.len()).step_by(997) {
        harmless(&whole[..len], &format!("cut at {len}"));
    }
    for (number, at) in (0..whole.len()).step_by(131).enumerate() {
        let mut altered = whole.clone();
        altered[at] ^= 1 << (number % 8);
        harmless(&altered, &format!("byte {at}"));
    }
}

#[test]
fn rows_that_are_missing_or_of_another_shape_are_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    for (name, sql) in [
        ("gap.db", "DELETE FROM records WHERE ver = 2"),
        ("first.db", "DELETE FROM records WHERE ver = 1"),
        (
            "hash.db",
            "PRAGMA ignore_check_constraints = 1; UPDATE records SET hash = x'00'",
        ),
        (
            "negative.db",
            "UPDATE records SET ver = -1 WHERE ver = 3; UPDATE records SET incarnation = -1",
        ),
        ("table.db", "DROP TABLE records"),
    ] {
        let path = folder.path().join(name);
        append(&SqliteStore::open(&path).unwrap(), 3);
        let file = Connection::open(&path).unwrap();
        file.execute_batch(sql).unwrap();
        drop(file);
        fs::remove_file(folder.path().join(format!("{name}.seen"))).unwrap();
        let error = read_all(&path).unwrap_err();
        assert_eq!(error.code(), Code::Corrupt, "{name}: {error}");
    }
}
