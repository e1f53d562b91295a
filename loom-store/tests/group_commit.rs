//! Threads of one process share transactions, and each append is still decided on its own.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::{Barrier, Mutex};
use std::thread;

use loom_core::model::Head;
use loom_core::store::conformance::{Draft, chain};
use loom_core::store::{Append, Store, verify};
use loom_store::SqliteStore;
use loom_store::sqlite::Stats;

const THREADS: usize = 64;

fn new_store() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("journal.db")).unwrap();
    (folder, store)
}

#[test]
fn records_that_64_threads_hand_in_before_any_of_them_waits_are_one_transaction() {
    let (_folder, store) = new_store();
    let staged = Mutex::new(Head::EMPTY);
    let all_handed_in = Barrier::new(THREADS);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (store, staged, all_handed_in) = (&store, &staged, &all_handed_in);
            scope.spawn(move || {
                let pending = {
                    let mut staged = staged.lock().unwrap();
                    let record = Draft::new(number as u128).after(&staged).unwrap();
                    let pending = store.submit(&staged, &record, &[]).unwrap();
                    *staged = record.head_after(0);
                    pending
                };
                all_handed_in.wait();
                assert_eq!(pending.wait().unwrap(), Append::Committed);
            });
        }
    });
    let appended = THREADS as u64;
    assert_eq!(
        store.stats(),
        Stats {
            appended,
            transactions: 1
        }
    );
    assert_eq!(verify(&store, |_, _| ()).unwrap().ver, appended);
}

#[test]
fn of_64_threads_that_append_at_the_same_head_one_wins_and_the_rest_conflict() {
    let (_folder, store) = new_store();
    let start = Barrier::new(THREADS);
    let committed = Mutex::new(0);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (store, start, committed) = (&store, &start, &committed);
            scope.spawn(move || {
                let record = Draft::new(number as u128).after(&Head::EMPTY).unwrap();
                start.wait();
                if store.append(&Head::EMPTY, &record).unwrap() == Append::Committed {
                    *committed.lock().unwrap() += 1;
                }
            });
        }
    });
    assert_eq!(committed.into_inner().unwrap(), 1);
    assert_eq!(store.head().unwrap().ver, 1);
}

#[test]
fn records_behind_one_that_is_refused_are_conflicts_and_those_before_it_land() {
    let (_folder, store) = new_store();
    let records = chain(&Head::EMPTY, 2).unwrap();
    let second_head = records[1].head_after(0);
    let late = Draft::new(8).at(loom_core::model::Timestamp::MAX);
    let refused = late.after(&second_head).unwrap();
    let behind = late.after(&refused.head_after(0)).unwrap();

    let handed_in: Vec<_> = [
        (Head::EMPTY, &records[0]),
        (records[0].head_after(0), &records[1]),
        (second_head, &refused),
        (refused.head_after(0), &behind),
    ]
    .into_iter()
    .map(|(expected, record)| store.submit(&expected, record, &[]).unwrap())
    .collect();
    let answers: Vec<_> = handed_in
        .into_iter()
        .map(|pending| pending.wait().map_err(|error| error.code().as_str()))
        .collect();
    let expected = [
        Ok(Append::Committed),
        Ok(Append::Committed),
        Err("clock_ahead"),
        Ok(Append::Conflict),
    ];
    assert_eq!(answers, expected);
    assert_eq!(store.read(0, usize::MAX).unwrap(), records);
}

#[test]
fn a_record_that_nobody_waits_for_is_withdrawn() {
    let (_folder, store) = new_store();
    let record = Draft::new(1).after(&Head::EMPTY).unwrap();
    drop(store.submit(&Head::EMPTY, &record, &[]).unwrap());
    let other = Draft::new(2).after(&Head::EMPTY).unwrap();
    assert_eq!(
        store.append(&Head::EMPTY, &other).unwrap(),
        Append::Committed
    );
}
