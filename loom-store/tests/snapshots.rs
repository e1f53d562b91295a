//! Snapshots belong to the journal they were made from, or are none.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs;

use loom_core::error::Code;
use loom_core::store::conformance::Draft;
use loom_core::store::{Snapshot, Store};
use loom_store::SqliteStore;
use support::{append, restore};

fn snapshot(ver: u64) -> Snapshot {
    Snapshot {
        projection: "hot".to_owned(),
        format: 1,
        ver,
        bytes: vec![7; 9_000].into(),
    }
}

#[test]
fn a_snapshot_of_a_branch_that_a_recovery_left_behind_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let store = SqliteStore::open(&path).unwrap();
    append(&store, 5);
    store.save_snapshot(&snapshot(5)).unwrap();
    assert_eq!(store.load_snapshot("hot", 1).unwrap(), Some(snapshot(5)));

    let kept = store.read(0, usize::MAX).unwrap()[..3].to_vec();
    restore(&path, &kept);
    assert_eq!(store.load_snapshot("hot", 1).unwrap(), None);
    let end = kept[2].head_after(0);
    let recovery = Draft::new(90).incarnation(1).after(&end).unwrap();
    store.append(&end, &recovery).unwrap();
    append(&store, 4);
    assert_eq!(store.load_snapshot("hot", 1).unwrap(), None);
}

#[test]
fn a_snapshot_file_of_another_kind_is_none_and_the_next_one_takes_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let store = SqliteStore::open(&path).unwrap();
    append(&store, 1);
    store.save_snapshot(&snapshot(1)).unwrap();
    let file = folder.path().join("journal.db.hot-1.snapshot");
    let whole = fs::read(&file).unwrap();
    let cut = whole[..whole.len() - 1].to_vec();
    for bytes in [vec![], vec![0; 55], vec![0; 56], vec![1; 5_000], cut] {
        fs::write(&file, bytes).unwrap();
        assert_eq!(store.load_snapshot("hot", 1).unwrap(), None);
    }
    store.save_snapshot(&snapshot(1)).unwrap();
    assert_eq!(store.load_snapshot("hot", 1).unwrap(), Some(snapshot(1)));
}

#[test]
fn a_projection_cannot_name_a_file_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("journal.db")).unwrap();
    for name in ["", "../up", "a/b", "Hot", "a\0", &"x".repeat(65)] {
        let odd = Snapshot {
            projection: name.to_owned(),
            ..snapshot(0)
        };
        assert_eq!(
            store.save_snapshot(&odd).unwrap_err().code(),
            Code::InvalidField
        );
        assert_eq!(
            store.load_snapshot(name, 1).unwrap_err().code(),
            Code::InvalidField
        );
    }
}
