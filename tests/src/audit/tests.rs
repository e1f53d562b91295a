//! Forged journals: the audit convicts what must not be, and nothing else.

use loom_core::claim::{ClaimEnd, Queued};
use loom_core::coordinator::{ChangedFile, MadeBy};
use loom_core::model::{Actor, ActorKind, ChangeId, Digest, RECORD_FORMAT, Record};
use loom_core::path::{PathSetSource, PatternSource};
use loom_core::run::Started;
use loom_core::store::{Append, MemoryStore};

use super::*;

fn at(ms: u64) -> Timestamp {
    Timestamp::EPOCH.plus_ms(ms)
}

fn actor() -> Actor {
    Actor::new(ActorKind::Loop, "nightly").unwrap()
}

fn run(name: &str) -> RunId {
    RunId::new(name).unwrap()
}

fn spec(pattern: &str) -> Spec {
    Spec {
        repo: RepoId::new("shop").unwrap(),
        branch: Branch::new("main").unwrap(),
        paths: PathSetSource::of([PatternSource::glob(pattern)]),
        resources: Vec::new(),
    }
}

fn token(number: u64) -> Token {
    Token::new(0, number, 0)
}

fn started(name: &str, parent: Option<&str>) -> Event {
    Event::Run(RunEvent::Started(Box::new(Started {
        run: run(name),
        actor: actor(),
        loop_id: None,
        parent: parent.map(run),
        slot: None,
        succeeds: None,
        artifacts: Vec::new(),
        ttl_ms: 1_000,
        live_until: at(1_000),
    })))
}

fn claim(number: u64, name: &str, mode: Mode, pattern: &str, until: u64) -> Box<Granted> {
    Box::new(Granted {
        token: token(number),
        run: run(name),
        actor: actor(),
        mode,
        specs: vec![spec(pattern)],
        intent: None,
        ttl_ms: until,
        since: at(0),
        expires_at: at(until),
        priority: 0,
        served: None,
    })
}

fn granted(number: u64, name: &str, mode: Mode, pattern: &str, until: u64) -> Event {
    Event::Claim(ClaimEvent::Granted(claim(
        number, name, mode, pattern, until,
    )))
}

fn ended(number: u64) -> Event {
    Event::Claim(ClaimEvent::Ended {
        token: token(number),
        how: ClaimEnd::Released,
    })
}

fn renewed(number: u64, until: u64) -> Event {
    Event::Claim(ClaimEvent::Renewed {
        leases: vec![(token(number), at(until))],
    })
}

fn narrowed(number: u64, pattern: &str) -> Event {
    Event::Claim(ClaimEvent::Narrowed {
        token: token(number),
        specs: vec![spec(pattern)],
    })
}

fn handed_over(number: u64, to: Box<Granted>) -> Event {
    let token = token(number);
    Event::Claim(ClaimEvent::HandedOver { token, to })
}

fn changed(number: u64, name: &str, path: &str) -> Event {
    Event::ChangeRecorded(Box::new(Change {
        id: ChangeId::new("c").unwrap(),
        repo: RepoId::new("shop").unwrap(),
        branch: Branch::new("main").unwrap(),
        commit: None,
        made_by: MadeBy::Loop,
        run: Some(run(name)),
        side: None,
        token: Some(token(number)),
        intent: None,
        deliberate: false,
        base: None,
        decision: None,
        patch_id: None,
        reverts: Vec::new(),
        undoes: Vec::new(),
        files: vec![ChangedFile {
            path: path.to_owned(),
            old_path: None,
            before: None,
            after: None,
            added: 1,
            removed: 0,
            ..ChangedFile::default()
        }],
    }))
}

/// What is said of a journal with these records, each at its time.
fn said_of(records: &[(u64, Vec<Event>)]) -> Vec<String> {
    said_of_commands(records, |number| number as u128)
}

/// The same, where the commands have these ids.
fn said_of_commands(records: &[(u64, Vec<Event>)], id: impl Fn(usize) -> u128) -> Vec<String> {
    let store = MemoryStore::without_clock();
    let runs = vec![
        started("a", None),
        started("b", None),
        started("below", Some("a")),
    ];
    let first = (0, runs);
    for (number, (ms, events)) in std::iter::once(&first).chain(records).enumerate() {
        let header = Header {
            format: RECORD_FORMAT,
            at: at(*ms),
            incarnation: 0,
            id: uuid::Uuid::from_u128(id(number)),
            digest: Digest::ZERO,
            actor: actor(),
        };
        let [header, events] = [
            serde_json::to_string(&header).unwrap(),
            serde_json::to_string(events).unwrap(),
        ];
        let body = format!("{header}\n{events}\nnull").into_bytes();
        let head = store.head().unwrap();
        let record = Record::chained(&head, body.into());
        assert_eq!(store.append(&head, &record).unwrap(), Append::Committed);
    }
    let faults = audit(&store).unwrap().faults;
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn what_may_be_is_not_complained_of() {
    use Mode::{Exclusive, Plan, Read, Write};
    for records in [
        // Apart, one after the other in time, one after the other within a record.
        vec![(
            1,
            vec![
                granted(2, "a", Write, "src/**", 9),
                granted(3, "b", Write, "docs", 9),
            ],
        )],
        vec![
            (1, vec![granted(2, "a", Write, "src/**", 9)]),
            (9, vec![granted(3, "b", Exclusive, "src/x", 19)]),
        ],
        vec![
            (1, vec![granted(2, "a", Write, "src/**", 9)]),
            (2, vec![ended(2), granted(3, "b", Exclusive, "src/x", 19)]),
        ],
        // Modes that do not exclude each other.
        vec![
            (
                1,
                vec![
                    granted(2, "a", Write, "src", 9),
                    granted(3, "b", Read, "src", 9),
                ],
            ),
            (2, vec![granted(4, "b", Plan, "src", 9)]),
        ],
        // Inside the claim of the run that it works for.
        vec![(
            1,
            vec![
                granted(2, "a", Write, "src", 9),
                granted(3, "below", Write, "src", 9),
            ],
        )],
        // Beside what is left of a narrowed claim; the rest is handed on.
        vec![
            (1, vec![granted(2, "a", Write, "src/**", 9)]),
            (
                2,
                vec![narrowed(2, "src/x"), granted(3, "b", Write, "src/y", 9)],
            ),
            (3, vec![handed_over(2, claim(4, "b", Write, "src/x", 9))]),
            (4, vec![changed(4, "b", "src/x")]),
        ],
    ] {
        assert_eq!(said_of(&records), Vec::<String>::new(), "{records:?}");
    }
}

#[test]
fn what_must_not_be_is_convicted() {
    use Mode::{Exclusive, Read, Write};
    let a = || granted(2, "a", Write, "src/**", 9);
    for (why, records) in [
        (
            "live together",
            vec![
                (1, vec![a()]),
                (8, vec![granted(3, "b", Write, "src/x", 19)]),
            ],
        ),
        (
            "live together",
            vec![(
                1,
                vec![
                    granted(2, "a", Read, "s", 9),
                    granted(3, "b", Exclusive, "s", 9),
                ],
            )],
        ),
        (
            "live together",
            vec![
                (1, vec![a()]),
                (5, vec![renewed(2, 14)]),
                (10, vec![granted(3, "b", Write, "src/x", 19)]),
            ],
        ),
        (
            "live together",
            vec![(
                1,
                vec![
                    a(),
                    granted(3, "b", Write, "src/y", 9),
                    narrowed(2, "src/x"),
                ],
            )],
        ),
        // The other way round, a parent does not work inside its child's claim.
        (
            "live together",
            vec![(
                1,
                vec![
                    granted(2, "below", Write, "s", 9),
                    granted(3, "a", Write, "s", 9),
                ],
            )],
        ),
        (
            "live together",
            vec![
                (
                    1,
                    vec![
                        granted(2, "a", Write, "x", 9),
                        granted(3, "b", Write, "y", 9),
                    ],
                ),
                (2, vec![handed_over(2, claim(4, "a", Write, "{x,y}", 9))]),
            ],
        ),
        (
            "is renewed and was not live",
            vec![(1, vec![a()]), (9, vec![renewed(2, 19)])],
        ),
        (
            "is narrowed and was not live",
            vec![(1, vec![narrowed(2, "src/x")])],
        ),
        (
            "is ended and was not live",
            vec![(1, vec![a(), ended(2), ended(2)])],
        ),
        (
            "is used and was not live",
            vec![(1, vec![a()]), (9, vec![changed(2, "a", "src/x")])],
        ),
        (
            "is not the work of",
            vec![(1, vec![a(), changed(2, "b", "src/x")])],
        ),
        (
            "does not hold docs/x",
            vec![(1, vec![a(), changed(2, "a", "docs/x")])],
        ),
        (
            "does not rise",
            vec![(
                1,
                vec![
                    granted(3, "a", Write, "x", 9),
                    granted(2, "b", Write, "y", 9),
                ],
            )],
        ),
        ("starts twice", vec![(1, vec![started("a", None)])]),
    ] {
        let said = said_of(&records);
        assert!(
            said.iter().any(|said| said.contains(why)),
            "{why}: {said:?}"
        );
    }
}

#[test]
fn a_wait_is_served_or_ended_once() {
    let queued = Event::Claim(ClaimEvent::Queued(Box::new(Queued {
        wait: token(2),
        run: run("a"),
        actor: actor(),
        mode: Mode::Write,
        specs: vec![spec("src")],
        intent: None,
        ttl_ms: 1_000,
        priority: 0,
        since: at(0),
        blocked_by: Vec::new(),
    })));
    let mut served = claim(3, "a", Mode::Write, "src", 9);
    served.served = Some(token(2));
    let served = Event::Claim(ClaimEvent::Granted(served));
    let mut again = claim(4, "a", Mode::Write, "src", 9);
    again.served = Some(token(2));
    let again = Event::Claim(ClaimEvent::Granted(again));
    let once = [(1, vec![queued]), (2, vec![served])];
    assert_eq!(said_of(&once), Vec::<String>::new());
    let twice = [&once[..], &[(3, vec![again])]].concat();
    assert!(said_of(&twice)[0].contains("was not pending"));
}

#[test]
fn a_command_is_carried_out_once() {
    let said = said_of_commands(&[(1, vec![])], |_| 7);
    assert!(said[0].contains("was carried out twice"), "{said:?}");
}
