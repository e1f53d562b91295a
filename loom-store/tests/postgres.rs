//! The PostgreSQL store is held to the storage contract, and carries a journal of several machines, on a
//! server that each test starts for itself.
#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used)]

mod support;

use loom_core::coordinator::{Body, Reply};
use loom_core::error::Code;
use loom_core::model::{Actor, ActorKind, Head, WorkspaceId};
use loom_core::store::{Store, conformance};
use loom_store::{Loom, SNAPSHOT_EVERY, SqliteStore, copy};
use support::postgres::{PostgresFactory, Server};

#[test]
fn the_postgresql_store_passes_every_check_and_skips_none() {
    let report = conformance::run(&PostgresFactory::new());
    assert!(
        report.is_conformant() && report.skipped.is_empty(),
        "{report}"
    );
}

fn ada() -> Actor {
    Actor::new(ActorKind::Human, "ada").unwrap()
}

fn json(body: &str) -> Body {
    serde_json::from_str(body).unwrap()
}

/// A journal with a claim whose intent is a text.
fn founded(loom: &Loom) {
    let workspace = WorkspaceId::new("shop").unwrap();
    loom.execute(&ada(), Body::CreateJournal { workspace })
        .unwrap();
    let register =
        r#"{"type":"register_repo","id":"shop","aliases":[],"default_branch":"main","rules":{}}"#;
    loom.execute(&ada(), json(register)).unwrap();
    loom.execute(&ada(), json(r#"{"type":"start_run","run":"r1"}"#))
        .unwrap();
    let claim = r#"{"type":"claim","specs":[{"repo":"shop","paths":["src/**"]}],"mode":"write","ttl_ms":600000,
        "on_conflict":"refuse","intent":"make the totals right"}"#;
    let answer = loom.execute(&in_run("r1"), json(claim)).unwrap();
    assert!(matches!(answer.reply, Reply::Claim { .. }), "{answer:?}");
}

fn in_run(run: &str) -> Actor {
    let actor = Actor::new(ActorKind::Loop, "nightly").unwrap();
    actor.in_run(run.parse().unwrap())
}

const CONFLICTS: &str =
    r#"{"type":"conflicts","specs":[{"repo":"shop","paths":["src/a.rs"]}],"mode":"write"}"#;

#[test]
fn what_one_machine_claims_another_is_told_with_its_intent() {
    let server = Server::start();
    let (one, other) = (server.loom("one"), server.loom("other"));
    founded(&one);
    let told = other.query_json(CONFLICTS, None).unwrap();
    assert!(told.contains("make the totals right"), "{told}");
    let (ours, theirs) = (
        one.look(|it, _| it.state_hash()),
        other.look(|it, _| it.state_hash()),
    );
    assert_eq!(ours.unwrap(), theirs.unwrap());
}

#[test]
fn a_machine_that_comes_later_starts_from_the_snapshot_in_the_database() {
    let server = Server::start();
    let first = server.loom("first");
    founded(&first);
    for number in 0..SNAPSHOT_EVERY {
        let run = format!(r#"{{"type":"start_run","run":"more-{number}"}}"#);
        first.execute(&ada(), json(&run)).unwrap();
    }
    assert_eq!(server.sql("SELECT count(*) FROM loomstack.snapshots;"), "1");
    // Nobody who has the snapshot reads what lies before it.
    server.sql("UPDATE loomstack.records SET body = 'gone' WHERE ver < 1000;");
    let hash = first.look(|it, _| it.state_hash()).unwrap();
    let of = |machine: &str| server.loom(machine).look(|it, _| it.state_hash());
    assert_eq!(of("later").unwrap(), hash);
    // That machine has it now, and another one does not.
    server.sql("DELETE FROM loomstack.snapshot_pieces;");
    assert_eq!(of("later").unwrap(), hash);
    assert_ne!(of("another").ok(), Some(hash));
}

#[test]
fn a_journal_goes_to_a_server_and_back_with_its_texts() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| SqliteStore::open(folder.path().join(name)).unwrap();
    let loom = Loom::open(folder.path().join("first.db")).unwrap();
    founded(&loom);
    let (first, shared, back) = (file("first.db"), server.open("shop"), file("back.db"));
    let mut heads: Vec<Head> = Vec::new();
    let head = copy(&first, &shared, |head| heads.push(*head)).unwrap();
    assert_eq!(head, first.head().unwrap());
    assert_eq!(heads.len() as u64, head.ver);
    assert_eq!(copy(&shared, &back, |_| {}).unwrap(), head);
    let told = Loom::open(folder.path().join("back.db"))
        .unwrap()
        .query_json(CONFLICTS, None)
        .unwrap();
    assert!(told.contains("make the totals right"), "{told}");

    loom.execute(&ada(), json(r#"{"type":"start_run","run":"r2"}"#))
        .unwrap();
    heads.clear();
    let head = copy(&first, &shared, |head| heads.push(*head)).unwrap();
    assert_eq!(heads, [head], "a second copy takes what is new");
    let why = copy(&back, &shared, |_| {}).unwrap_err();
    assert_eq!((why.code(), why.field()), (Code::AlreadyExists, Some("to")));
    let other = file("other.db");
    let loom = Loom::open(folder.path().join("other.db")).unwrap();
    founded(&loom);
    assert_eq!(
        copy(&other, &shared, |_| {}).unwrap_err().code(),
        Code::AlreadyExists
    );
}
