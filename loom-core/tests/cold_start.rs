//! A coordinator that was restored from a snapshot is the one that the snapshot was taken of.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use loom_core::claim::{ClaimReply, Mode, OnConflict, SpecRequest};
use loom_core::coordinator::{Answer, Body, Command, Coordinator, Reply};
use loom_core::error::Code;
use loom_core::model::{Actor, ActorKind, Nonce, ReadAt, Record, SnapshotBytes, Timestamp};
use loom_core::path::{PathSetSource, PatternSource};
use uuid::Uuid;

struct Journal {
    coordinator: Coordinator,
    records: Vec<Record>,
    now: Timestamp,
    sent: u128,
}

impl Journal {
    fn new() -> Journal {
        let mut journal = Journal {
            coordinator: Coordinator::default(),
            records: Vec::new(),
            now: "2026-11-22T08:00:00Z".parse().unwrap(),
            sent: 0,
        };
        journal.send(
            "human",
            None,
            r#"{"type":"create_journal","workspace":"w"}"#,
        );
        let repo = r#"{"type":"register_repo","id":"shop","default_branch":"main"}"#;
        journal.send("human", None, repo);
        for run in ["r0", "r1", "r2"] {
            let body = format!(r#"{{"type":"start_run","run":"{run}"}}"#);
            journal.send("loop", None, &body);
        }
        journal
    }

    fn send(&mut self, kind: &str, run: Option<&str>, body: &str) -> Answer {
        let body: Body = serde_json::from_str(body).unwrap();
        self.send_body(kind, run, body)
    }

    fn send_body(&mut self, kind: &str, run: Option<&str>, body: Body) -> Answer {
        self.sent += 1;
        let kind = if kind == "human" {
            ActorKind::Human
        } else {
            ActorKind::Loop
        };
        let mut actor = Actor::new(kind, "somebody").unwrap();
        actor.run = run.map(|run| run.parse_run());
        let nonce = Some(Nonce([9; 16]));
        let command = Command {
            id: Uuid::from_u128(self.sent),
            actor,
            nonce,
            body,
        };
        let proposal = self.coordinator.propose(&command, self.now).unwrap();
        if let Some(record) = proposal.record {
            self.coordinator
                .apply(std::slice::from_ref(&record))
                .unwrap();
            self.records.push(record);
        }
        proposal.reply
    }

    fn claim(&mut self, run: &str, paths: &[&str], mode: Mode, on_conflict: OnConflict) -> Answer {
        let paths = PathSetSource::of(paths.iter().map(|path| PatternSource::glob(*path)));
        let spec = SpecRequest {
            repo: loom_core::model::RepoId::new("shop").unwrap(),
            branch: None,
            paths,
            resources: Vec::new(),
        };
        let body = Body::Claim {
            specs: vec![spec],
            mode,
            intent: Some("work".into()),
            ttl_ms: 60_000,
            priority: 0,
            on_conflict,
            partial: false,
        };
        self.send_body("loop", Some(run), body)
    }
}

trait ParseRun {
    fn parse_run(&self) -> loom_core::model::RunId;
}

impl ParseRun for str {
    fn parse_run(&self) -> loom_core::model::RunId {
        loom_core::model::RunId::new(self).unwrap()
    }
}

fn busy_journal() -> Journal {
    let mut journal = Journal::new();
    for number in 0..400 {
        let path = format!("src/dir_{}/file_{number}.rs", number % 17);
        journal.claim(
            &format!("r{}", number % 2),
            &[&path],
            Mode::Write,
            OnConflict::Refuse,
        );
        if number % 5 == 0 {
            journal.now = journal.now.plus_ms(10);
            journal.send("loop", Some("r0"), r#"{"type":"release"}"#);
        }
    }
    journal.claim("r2", &["src/dir_1/**"], Mode::Write, OnConflict::Wait);
    journal.send(
        "loop",
        Some("r1"),
        r#"{"type":"record_change","id":"c1","repo":"shop","made_by":"loop","deliberate":true,
            "intent":"on purpose","files":[{"path":"src/dir_3/x.rs","added":3,"removed":1}]}"#,
    );
    journal
}

/// Bytes that are read piece by piece, as from a file.
struct Elsewhere(Vec<u8>);

impl ReadAt for Elsewhere {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> bool {
        let begin = usize::try_from(at).unwrap();
        into.copy_from_slice(&self.0[begin..begin + into.len()]);
        true
    }
}

#[test]
fn a_restored_coordinator_has_the_same_hash_and_decides_the_same() {
    let mut warm = busy_journal();
    let bytes = Elsewhere(warm.coordinator.snapshot().unwrap());
    let mut cold = Journal {
        coordinator: Coordinator::restore(SnapshotBytes::Elsewhere(Arc::new(bytes))).unwrap(),
        records: Vec::new(),
        now: warm.now,
        sent: warm.sent,
    };
    assert_eq!(cold.coordinator.head(), warm.coordinator.head());
    assert_eq!(
        cold.coordinator.state_hash().unwrap(),
        warm.coordinator.state_hash().unwrap()
    );
    for journal in [&mut warm, &mut cold] {
        journal.claim(
            "r2",
            &["src/**/file_39?.rs"],
            Mode::Read,
            OnConflict::Refuse,
        );
        journal.send("loop", Some("r1"), r#"{"type":"release"}"#);
        journal.send("loop", Some("r2"), r#"{"type":"heartbeat"}"#);
        journal.now = journal.now.plus_ms(40_000);
        journal.send("loop", Some("r0"), r#"{"type":"heartbeat"}"#);
        journal.now = journal.now.plus_ms(40_000);
        journal.send("human", None, r#"{"type":"tick"}"#);
    }
    assert!(cold.records.len() >= 3, "{}", cold.records.len());
    assert_eq!(
        warm.records[warm.records.len() - cold.records.len()..],
        cold.records
    );
    assert_eq!(
        cold.coordinator.state_hash().unwrap(),
        warm.coordinator.state_hash().unwrap()
    );
    let again = cold.coordinator.snapshot().unwrap();
    let thrice = Coordinator::restore(again.into()).unwrap();
    assert_eq!(
        thrice.state_hash().unwrap(),
        warm.coordinator.state_hash().unwrap()
    );
}

#[test]
fn replaying_the_records_gives_the_hash_of_the_snapshot() {
    let journal = busy_journal();
    let mut replayed = Coordinator::default();
    replayed.apply(&journal.records).unwrap();
    replayed.apply(&journal.records[3..9]).unwrap();
    assert_eq!(
        replayed.state_hash().unwrap(),
        journal.coordinator.state_hash().unwrap()
    );
}

#[test]
fn a_retry_after_a_cold_start_is_still_known_and_another_body_under_its_id_refused() {
    let journal = busy_journal();
    let bytes = journal.coordinator.snapshot().unwrap();
    let cold = Coordinator::restore(bytes.into()).unwrap();
    let actor = Actor::new(ActorKind::Human, "somebody").unwrap();
    let body: Body = serde_json::from_str(r#"{"type":"create_journal","workspace":"w"}"#).unwrap();
    let mut command = Command {
        id: Uuid::from_u128(1),
        actor,
        nonce: None,
        body,
    };
    let again = cold.propose(&command, journal.now).unwrap();
    assert_eq!(again.reply.reply, Reply::AlreadyLanded { ver: 1 });
    command.body = Body::Tick {};
    assert_eq!(
        cold.propose(&command, journal.now).unwrap_err().code(),
        Code::IdReused
    );
}

#[test]
fn no_altered_byte_of_a_snapshot_changes_a_decision_unnoticed() {
    let journal = busy_journal();
    let good = journal.coordinator.snapshot().unwrap();
    let expected = journal.coordinator.state_hash().unwrap();
    let mut noticed = 0;
    for at in (0..good.len()).step_by(good.len() / 60) {
        let mut bad = good.clone();
        bad[at] ^= 0x20;
        match Coordinator::restore(bad.into()) {
            Err(why) => {
                assert!(
                    matches!(why.code(), Code::Corrupt | Code::NewerJournal),
                    "{why}"
                );
                noticed += 1;
            }
            Ok(cold) => match cold.state_hash() {
                Err(why) => {
                    assert_eq!(why.code(), Code::Corrupt, "{why}");
                    noticed += 1;
                }
                Ok(hash) => assert_eq!(hash, expected, "byte {at}"),
            },
        }
    }
    assert!(noticed > 30, "{noticed}");
}

#[test]
fn a_granted_wait_after_release_names_the_wait_it_serves() {
    let mut journal = busy_journal();
    let answer = journal.send("loop", Some("r1"), r#"{"type":"release"}"#);
    assert_eq!(answer.woken.len(), 1);
    assert_eq!(answer.woken[0].run.as_str(), "r2");
    let refused = journal.claim("r0", &["src/dir_1/a"], Mode::Write, OnConflict::Refuse);
    let Reply::Claim {
        claim: ClaimReply::Refused { meetings, .. },
        ..
    } = refused.reply
    else {
        panic!("{refused:?}");
    };
    assert_eq!(meetings.list[0].token, answer.woken[0].token);
}
