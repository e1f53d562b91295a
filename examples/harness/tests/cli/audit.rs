//! The check that closes the demo, fed journals that no coordinator would write.

use loom_core::claim::{ClaimEvent, Granted, Mode, Spec};
use loom_core::coordinator::{Body, Command, Coordinator, Event, drive};
use loom_core::model::{
    Actor, ActorKind, Branch, Digest, Header, RECORD_FORMAT, Record, RepoId, RunId, Timestamp,
    Token, WorkspaceId,
};
use loom_core::path::{PathSetSource, PatternSource};
use loom_core::store::{Append, MemoryStore, Store};
use loom_harness::audit::{Audit, audit};

const LEASE_MS: u64 = 60_000;

/// A journal with runs `a`, `b` and `a`'s child `c`, to which anything can be added.
struct Journal {
    store: MemoryStore,
    at: Timestamp,
}

impl Journal {
    fn new() -> Journal {
        let journal = Journal {
            store: MemoryStore::without_clock(),
            at: "2026-11-22T07:30:00Z".parse().unwrap(),
        };
        let ada = Actor::new(ActorKind::Human, "ada").unwrap();
        let mut coordinator = Coordinator::default();
        let start = |run: &str, parent: Option<&str>| Body::StartRun {
            run: RunId::new(run).unwrap(),
            loop_id: None,
            parent: parent.map(|it| RunId::new(it).unwrap()),
            slot: None,
            artifacts: Vec::new(),
            ttl_ms: None,
        };
        let bodies = [
            Body::CreateJournal {
                workspace: WorkspaceId::new("shop").unwrap(),
            },
            Body::RegisterRepo {
                id: RepoId::new("shop").unwrap(),
                aliases: Vec::new(),
                default_branch: Branch::new("main").unwrap(),
                rules: Default::default(),
            },
            start("a", None),
            start("b", None),
            start("c", Some("a")),
        ];
        for (nth, body) in bodies.into_iter().enumerate() {
            let command = Command {
                id: uuid::Uuid::from_u128(nth as u128 + 1),
                actor: ada.clone(),
                nonce: None,
                body,
            };
            drive(&mut coordinator, &journal.store, &command, journal.at).unwrap();
        }
        journal
    }

    /// Adds a record with one claim event, whatever it says.
    fn add(&self, event: ClaimEvent) {
        let head = self.store.head().unwrap();
        let header = Header {
            format: RECORD_FORMAT,
            at: self.at,
            incarnation: head.incarnation,
            id: uuid::Uuid::from_u128(u128::from(head.ver) + 1),
            digest: Digest::ZERO,
            actor: Actor::new(ActorKind::Human, "eve").unwrap(),
        };
        let header = serde_json::to_string(&header).unwrap();
        let events = serde_json::to_string(&[Event::Claim(event)]).unwrap();
        let body = format!("{header}\n{events}\nnull");
        let record = Record::chained(&head, body.into_bytes().into());
        assert_eq!(
            self.store.append(&head, &record).unwrap(),
            Append::Committed
        );
    }

    fn grant(&self, run: &str, mode: Mode, pattern: &str) -> Token {
        let token = Token::new(0, self.store.head().unwrap().ver + 1, 0);
        self.grant_as(token, run, mode, pattern);
        token
    }

    fn grant_as(&self, token: Token, run: &str, mode: Mode, pattern: &str) {
        let run = RunId::new(run).unwrap();
        let spec = Spec {
            repo: RepoId::new("shop").unwrap(),
            branch: Branch::new("main").unwrap(),
            paths: PathSetSource::of([PatternSource::from(pattern)]),
            resources: Vec::new(),
        };
        self.add(ClaimEvent::Granted(Box::new(Granted {
            token,
            actor: Actor::new(ActorKind::Loop, "x")
                .unwrap()
                .in_run(run.clone()),
            run,
            mode,
            specs: vec![spec],
            intent: None,
            ttl_ms: LEASE_MS,
            since: self.at,
            expires_at: self.at.plus_ms(LEASE_MS),
            priority: 0,
            served: None,
        })));
    }

    fn audit(&self) -> Audit {
        audit(&self.store).unwrap()
    }

    #[track_caller]
    fn is_convicted_of(&self, what: &str) {
        let faults = self.audit().faults;
        let ver = self.store.head().unwrap().ver;
        let found = faults
            .iter()
            .any(|fault| fault.ver == ver && fault.what.contains(what));
        assert!(found, "{what:?} is missing in {faults:?}");
    }
}

#[test]
fn two_overlapping_exclusive_claims_of_different_work_are_convicted_with_a_witness() {
    for (held, asked) in [
        (Mode::Exclusive, Mode::Exclusive),
        (Mode::Write, Mode::Write),
        (Mode::Exclusive, Mode::Read),
        (Mode::Read, Mode::Exclusive),
    ] {
        let journal = Journal::new();
        journal.grant("a", held, "src/**");
        assert!(journal.audit().faults.is_empty());
        journal.grant("b", asked, "**/lib.rs");
        journal.is_convicted_of("both hold src/lib.rs");
    }
}

#[test]
fn a_parent_in_its_child_s_claim_is_convicted_and_a_child_in_its_parent_s_is_not() {
    let journal = Journal::new();
    journal.grant("a", Mode::Exclusive, "src/**");
    journal.grant("c", Mode::Exclusive, "src/a.rs");
    assert!(journal.audit().faults.is_empty());
    let journal = Journal::new();
    journal.grant("c", Mode::Exclusive, "src/a.rs");
    journal.grant("a", Mode::Exclusive, "src/**");
    journal.is_convicted_of("both hold src/a.rs");
}

#[test]
fn claims_that_do_not_meet_or_are_over_are_no_fault() {
    let mut journal = Journal::new();
    journal.grant("a", Mode::Exclusive, "src/**");
    journal.grant("b", Mode::Exclusive, "docs/**");
    journal.grant("b", Mode::Plan, "src/**");
    journal.at = journal.at.plus_ms(LEASE_MS);
    journal.grant("b", Mode::Exclusive, "src/**");
    let audit = journal.audit();
    assert!(audit.faults.is_empty(), "{audit:?}");
    assert_eq!((audit.grants, audit.compared), (4, 3));
}

#[test]
fn a_renewal_of_a_claim_that_was_over_is_convicted() {
    let mut journal = Journal::new();
    let token = journal.grant("a", Mode::Exclusive, "src/**");
    journal.at = journal.at.plus_ms(LEASE_MS);
    let leases = vec![(token, journal.at.plus_ms(LEASE_MS))];
    journal.add(ClaimEvent::Renewed { leases });
    journal.is_convicted_of("is renewed and was not live");
}

#[test]
fn a_token_that_does_not_rise_is_convicted() {
    let journal = Journal::new();
    let token = journal.grant("a", Mode::Read, "src/**");
    journal.grant_as(token, "b", Mode::Read, "docs/**");
    journal.is_convicted_of("does not rise");
}
