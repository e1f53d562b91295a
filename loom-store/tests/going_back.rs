//! A journal that was replaced by an older copy is never followed silently.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;

use loom_core::error::Code;
use loom_core::model::Head;
use loom_core::store::conformance::Draft;
use loom_core::store::{Append, Store, verify};
use loom_store::SqliteStore;
use support::append;

/// A folder with a journal of 5 records and a backup of its first 3, both closed.
fn journal_and_backup(folder: &Path) -> (Head, Head) {
    let journal = folder.join("journal.db");
    let store = SqliteStore::open(&journal).unwrap();
    let backed_up = append(&store, 3);
    drop(store);
    fs::copy(&journal, folder.join("backup.db")).unwrap();
    let store = SqliteStore::open(&journal).unwrap();
    let last = append(&store, 2);
    (backed_up, last)
}

#[test]
fn an_older_copy_is_regressed_until_a_record_raises_the_incarnation() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.db");
    let (backed_up, last) = journal_and_backup(folder.path());
    fs::copy(folder.path().join("backup.db"), &journal).unwrap();

    let store = SqliteStore::open(&journal).unwrap();
    let error = store.head().unwrap_err();
    assert_eq!(error.code(), Code::Regressed, "{error}");
    assert_eq!(store.remembered(), Some(last));

    let left = verify(&store, |_, _| ()).unwrap();
    assert_eq!(left, backed_up);
    let ordinary = Draft::new(70).after(&left).unwrap();
    assert_eq!(
        store.append(&left, &ordinary).unwrap_err().code(),
        Code::Regressed
    );

    let raised = last.incarnation + 1;
    let recovery = Draft::new(71).incarnation(raised).after(&left).unwrap();
    assert_eq!(store.append(&left, &recovery).unwrap(), Append::Committed);
    let again = SqliteStore::open(&journal).unwrap();
    assert_eq!(again.head().unwrap(), recovery.head_after(raised));
    append(&again, 2);
    assert_eq!(store.read(5, usize::MAX).unwrap().len(), 1);
}

#[test]
#[cfg(unix)]
fn an_older_copy_that_is_renamed_over_an_open_journal_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.db");
    let (backed_up, last) = journal_and_backup(folder.path());
    let store = SqliteStore::open(&journal).unwrap();
    assert_eq!(store.head().unwrap(), last);
    fs::rename(folder.path().join("backup.db"), &journal).unwrap();

    let record = Draft::new(70).after(&last).unwrap();
    assert_eq!(
        store.append(&last, &record).unwrap_err().code(),
        Code::Regressed
    );
    assert_eq!(store.head().unwrap_err().code(), Code::Regressed);
    assert_eq!(
        store.read(0, usize::MAX).unwrap().len() as u64,
        backed_up.ver
    );
}

#[test]
#[cfg(unix)]
fn a_journal_that_was_removed_is_not_made_again_by_those_who_have_it_open() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.db");
    let (_, last) = journal_and_backup(folder.path());
    let store = SqliteStore::open(&journal).unwrap();
    assert_eq!(store.head().unwrap(), last);
    fs::remove_file(&journal).unwrap();

    assert_eq!(store.head().unwrap_err().code(), Code::Unavailable);
    assert!(!journal.exists());
    let anew = SqliteStore::open(&journal).unwrap();
    assert_eq!(anew.head().unwrap_err().code(), Code::Regressed);
}

#[test]
fn a_fork_that_grew_longer_is_regressed() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.db");
    journal_and_backup(folder.path());
    let elsewhere = SqliteStore::open(folder.path().join("backup.db")).unwrap();
    let head = elsewhere.head().unwrap();
    let beside = Draft::new(1_000).after(&head).unwrap();
    elsewhere.append(&head, &beside).unwrap();
    append(&elsewhere, 9);
    drop(elsewhere);
    fs::copy(folder.path().join("backup.db"), &journal).unwrap();

    let store = SqliteStore::open(&journal).unwrap();
    assert_eq!(store.head().unwrap_err().code(), Code::Regressed);
}
