//! What the PostgreSQL store promises where connections, servers and networks fail.
#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use loom_core::error::Code;
use loom_core::model::{Digest, Head, Record};
use loom_core::store::conformance::{Draft, chain};
use loom_core::store::{Append, Store, verify};
use loom_store::PostgresStore;
use support::postgres::Server;
use support::proxy::{Line, Proxy};

/// Appends until `count` records of this writer were acknowledged; answers their hashes. What nobody knows
/// is tried again with the same record until it is known.
fn write(store: &dyn Store, writer: u64, count: u64) -> BTreeSet<Digest> {
    let mut landed = BTreeSet::new();
    let mut number = writer << 32;
    while (landed.len() as u64) < count {
        let turn = store.turn();
        let Ok(head) = store.head() else { continue };
        number += 1;
        let record = Draft::new(number.into()).bytes(600).after(&head).unwrap();
        loop {
            match store.append(&head, &record) {
                Ok(Append::Committed) => drop(landed.insert(record.hash)),
                Ok(Append::Conflict) => {}
                Err(why) if why.code() == Code::OutcomeUnknown => continue,
                Err(why) => assert_eq!(why.code(), Code::Unavailable, "{why}"),
            }
            break;
        }
        drop(turn);
    }
    landed
}

/// The hashes of a whole journal, whose chain holds.
fn all(store: &dyn Store) -> Vec<Digest> {
    let mut hashes = Vec::new();
    verify(store, |record, _| hashes.push(record.hash)).unwrap();
    hashes
}

fn assert_all_there(store: &dyn Store, landed: &[BTreeSet<Digest>]) {
    let kept = all(store);
    let distinct: BTreeSet<Digest> = kept.iter().copied().collect();
    assert_eq!(distinct.len(), kept.len(), "no record stands twice");
    for (writer, landed) in landed.iter().enumerate() {
        let lost = landed.difference(&distinct).count();
        assert_eq!(lost, 0, "acknowledged records of writer {writer} are lost");
    }
}

#[test]
fn thirty_two_writers_all_get_their_turns() {
    const WRITERS: u64 = 32;
    const EACH: u64 = 6;
    let server = Server::start();
    let landed: Vec<BTreeSet<Digest>> = std::thread::scope(|scope| {
        let writers = (0..WRITERS).map(|writer| {
            let store = server.open("busy");
            scope.spawn(move || write(&store, writer, EACH))
        });
        let writers: Vec<_> = writers.collect();
        writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .collect()
    });
    let store = server.open("busy");
    assert_eq!(store.head().unwrap().ver, WRITERS * EACH);
    assert_all_there(&store, &landed);
}

#[test]
fn connections_that_are_killed_lose_nothing_that_was_acknowledged() {
    const KILL: &str =
        "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity
        WHERE application_name = 'loomstack' ORDER BY random() LIMIT 1) AS one;";
    let server = Server::start();
    let stores: Vec<PostgresStore> = (0..4).map(|_| server.open("killed")).collect();
    let left = AtomicUsize::new(stores.len());
    let landed: Vec<BTreeSet<Digest>> = std::thread::scope(|scope| {
        let killer = scope.spawn(|| {
            let mut killed = 0u64;
            while left.load(Ordering::SeqCst) > 0 {
                killed += server.sql(KILL).parse::<u64>().unwrap();
            }
            killed
        });
        let writers: Vec<_> = (0..)
            .zip(&stores)
            .map(|(writer, store)| {
                let left = Leaves(&left);
                scope.spawn(move || {
                    let _leaves = left;
                    write(store, writer, 60)
                })
            })
            .collect();
        let landed = writers.into_iter().map(|it| it.join().unwrap()).collect();
        assert!(killer.join().unwrap() >= 4);
        landed
    });
    assert_all_there(&stores[0], &landed);
}

/// One less, however it ends.
struct Leaves<'a>(&'a AtomicUsize);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn a_server_that_is_killed_comes_back_with_all_that_it_acknowledged() {
    let server = Server::start();
    let store = server.open("crashed");
    let mut landed = vec![write(&store, 0, 40)];
    server.kill();
    let away = store.append(&Head::EMPTY, &Draft::new(7).after(&Head::EMPTY).unwrap());
    let away = away.unwrap_err().code();
    assert!(
        matches!(away, Code::Unavailable | Code::OutcomeUnknown),
        "{away:?}"
    );
    assert_eq!(store.head().unwrap_err().code(), Code::Unavailable);
    server.up();
    landed.push(write(&store, 1, 40));
    assert_all_there(&store, &landed);
    assert_eq!(store.head().unwrap().ver, 80);
}

/// A store behind a proxy, and the next record.
fn behind(proxy: &Proxy, server: &Server, wait_ms: u64) -> (PostgresStore, Head, Record) {
    let options = PostgresStore::options()
        .remember_in(server.seen("behind"))
        .wait_ms_max(wait_ms);
    let store = options.open(&server.url_at(proxy.port, "behind")).unwrap();
    support::append(&store, 3);
    let head = store.head().unwrap();
    let record = Draft::new(99).after(&head).unwrap();
    (store, head, record)
}

#[test]
fn an_acknowledgement_that_is_lost_is_found_over_a_new_line() {
    let server = Server::start();
    let proxy = Proxy::to(server.port);
    let (store, head, record) = behind(&proxy, &server, 10_000);
    proxy.turn(Line::CutsWhatIsAnswered);
    assert_eq!(store.append(&head, &record).unwrap(), Append::Committed);
    assert_eq!(proxy.cuts(), 1, "the answer was cut");
    assert_eq!(store.head().unwrap().hash, record.hash);
    assert_eq!(store.append(&head, &record).unwrap(), Append::Committed);
    assert_eq!(store.head().unwrap().ver, 4);
}

#[test]
fn a_record_that_was_lost_on_its_way_is_unknown_and_lands_when_it_is_sent_again() {
    let server = Server::start();
    let proxy = Proxy::to(server.port);
    let (store, head, record) = behind(&proxy, &server, 10_000);
    proxy.turn(Line::CutsWhatIsSaid);
    let lost = store.append(&head, &record).unwrap_err();
    assert_eq!(lost.code(), Code::OutcomeUnknown, "{lost}");
    assert_eq!(proxy.cuts(), 1);
    assert_eq!(store.head().unwrap(), head, "nothing landed");
    assert_eq!(store.append(&head, &record).unwrap(), Append::Committed);
}

#[test]
fn a_server_that_does_not_answer_in_time_is_not_waited_for() {
    let server = Server::start();
    let proxy = Proxy::to(server.port);
    let (store, head, record) = behind(&proxy, &server, 300);
    proxy.turn(Line::HoldsWhatIsAnswered);
    assert_eq!(store.head().unwrap_err().code(), Code::Unavailable);
    let held = store.append(&head, &record).unwrap_err();
    assert_eq!(held.code(), Code::OutcomeUnknown, "{held}");
    proxy.turn(Line::Passes);
    assert_eq!(store.append(&head, &record).unwrap(), Append::Committed);
}

#[test]
fn workspaces_of_one_database_know_nothing_of_each_other() {
    let server = Server::start();
    let (shop, mill) = (server.open("shop"), server.open("mill"));
    let records = chain(&Head::EMPTY, 3).unwrap();
    let mut head = Head::EMPTY;
    for record in &records {
        assert_eq!(shop.append(&head, record).unwrap(), Append::Committed);
        head = record.head_after(0);
    }
    assert_eq!(mill.head().unwrap(), Head::EMPTY);
    assert_eq!(
        mill.append(&Head::EMPTY, &records[0]).unwrap(),
        Append::Committed
    );
    assert_eq!(shop.head().unwrap().ver, 3);
    assert_eq!(all(&mill), [records[0].hash]);
}

#[test]
fn a_role_with_the_documented_grants_works_and_can_change_no_record() {
    let server = Server::start();
    drop(server.open("shop"));
    server.sql(&format!("CREATE ROLE worker LOGIN;\n{}", grants()));
    let url = server.url("shop").replace("loom@", "worker@");
    let store = PostgresStore::options()
        .remember_in(server.seen("worker"))
        .open(&url)
        .unwrap();
    support::append(&store, 3);
    let snapshot = loom_core::store::Snapshot {
        projection: "hot".to_owned(),
        format: 1,
        ver: 3,
        bytes: vec![7; 100].into(),
    };
    store.save_snapshot(&snapshot).unwrap();
    assert_eq!(store.load_snapshot("hot", 1).unwrap(), Some(snapshot));
    let other = PostgresStore::open(&url.replace("workspace=shop", "workspace=mill")).unwrap();
    assert_eq!(
        other.head().unwrap(),
        Head::EMPTY,
        "it may enter a workspace"
    );
    for forbidden in [
        "UPDATE loomstack.records SET body = ''",
        "DELETE FROM loomstack.records",
        "TRUNCATE loomstack.records",
        "DROP TABLE loomstack.texts",
        "UPDATE loomstack.schema SET steps = 0",
    ] {
        let refused = server.try_sql("worker", forbidden).unwrap_err();
        assert!(
            refused.contains("permission denied") || refused.contains("must be owner"),
            "{refused}"
        );
    }
}

/// The statements that the documentation gives, for a role `worker`.
fn grants() -> String {
    let page = include_str!("../../docs/team.md");
    let begin = page.find("```sql\n").unwrap() + "```sql\n".len();
    let end = begin + page[begin..].find("```").unwrap();
    page[begin..end].to_owned()
}

#[test]
fn a_schema_that_is_not_ours_or_newer_is_left_as_it_is() {
    let server = Server::start();
    server.sql("CREATE SCHEMA loomstack; CREATE TABLE loomstack.mine (n int);");
    let refused = |server: &Server| PostgresStore::open(&server.url("shop")).unwrap_err().code();
    assert_eq!(refused(&server), Code::Corrupt);
    assert_eq!(server.sql("SELECT count(*) FROM loomstack.mine;"), "0");
    server.sql("DROP SCHEMA loomstack CASCADE;");
    drop(server.open("shop"));
    server.sql("UPDATE loomstack.schema SET steps = 1000;");
    assert_eq!(refused(&server), Code::NewerJournal);
}

#[test]
fn many_who_open_an_empty_database_at_once_make_one_schema() {
    let server = Server::start();
    std::thread::scope(|scope| {
        for number in 0..12 {
            let server = &server;
            scope.spawn(move || server.open(&format!("w{}", number % 3)).head().unwrap());
        }
    });
    assert_eq!(server.sql("SELECT count(*) FROM loomstack.journals;"), "3");
}

#[test]
fn a_role_or_a_database_that_there_is_not_is_said_by_name() {
    let server = Server::start();
    for (url, says) in [
        (server.url("shop").replace("loom@", "nobody@"), "nobody"),
        (
            server.url("shop").replace("/postgres?", "/elsewhere?"),
            "elsewhere",
        ),
    ] {
        let why = PostgresStore::open(&url).unwrap_err();
        assert_eq!(why.code(), Code::Unavailable);
        assert!(why.message().contains(says), "{why}");
    }
}
