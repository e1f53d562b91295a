//! A handle starts from the last snapshot where that is one of its journal, and from the first record
//! where it is not: nobody can tell the two apart but by the time it takes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use loom_core::coordinator::{Body, HOT_PROJECTION};
use loom_core::model::{Actor, ActorKind, Digest, WorkspaceId};
use loom_core::store::{MemoryStore, Snapshot};
use loom_core::table::SNAPSHOT_FORMAT;
use loom_store::loom::{system_clock, system_entropy};
use loom_store::{Loom, SNAPSHOT_EVERY};

fn ada() -> Actor {
    Actor::new(ActorKind::Human, "ada").unwrap()
}

fn opened(store: &MemoryStore) -> Loom {
    Loom::over(
        Arc::new(store.clone()),
        Arc::new(system_clock),
        Arc::new(system_entropy),
    )
}

fn filled(loom: Loom, records: u64) -> Loom {
    let workspace = WorkspaceId::new("shop").unwrap();
    loom.execute(&ada(), Body::CreateJournal { workspace })
        .unwrap();
    for number in 1..records {
        let body = format!(r#"{{"type":"register_loop","id":"loop-{number}","owner":"ada"}}"#);
        loom.execute(&ada(), serde_json::from_str(&body).unwrap())
            .unwrap();
    }
    loom
}

fn hash(loom: &Loom) -> Digest {
    loom.look(|coordinator, _| coordinator.state_hash())
        .unwrap()
}

fn kept(loom: &Loom) -> Option<Snapshot> {
    loom.store()
        .load_snapshot(HOT_PROJECTION, SNAPSHOT_FORMAT)
        .unwrap()
}

#[test]
fn a_snapshot_is_kept_when_enough_has_landed_and_a_new_handle_starts_from_it() {
    let store = MemoryStore::without_clock();
    let first = filled(opened(&store), SNAPSHOT_EVERY + 5);
    let snapshot = kept(&first).expect("a snapshot");
    assert_eq!(snapshot.ver, SNAPSHOT_EVERY);
    let second = opened(&store);
    assert_eq!(hash(&second), hash(&first));
    second.execute(&ada(), Body::Tick {}).unwrap();
    assert_eq!(hash(&second), hash(&first));
}

#[test]
fn a_journal_that_ends_with_its_handle_keeps_no_snapshot() {
    let loom = filled(Loom::in_memory(), SNAPSHOT_EVERY + 5);
    assert_eq!(kept(&loom), None);
}

#[test]
fn a_damaged_or_foreign_snapshot_costs_time_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let first = filled(Loom::open(&path).unwrap(), 20);
    let good = hash(&first);
    let foreign = {
        let other = filled(Loom::open(folder.path().join("other.db")).unwrap(), 20);
        other.look(|coordinator, _| coordinator.snapshot()).unwrap()
    };
    let own = first.look(|coordinator, _| coordinator.snapshot()).unwrap();
    let mut damaged = own.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    for bytes in [foreign, damaged, b"nonsense".to_vec(), Vec::new(), own] {
        let projection = HOT_PROJECTION.to_owned();
        let bytes = bytes.into();
        let snapshot = Snapshot {
            projection,
            format: SNAPSHOT_FORMAT,
            ver: 20,
            bytes,
        };
        first.store().save_snapshot(&snapshot).unwrap();
        assert_eq!(hash(&Loom::open(&path).unwrap()), good);
    }
}
