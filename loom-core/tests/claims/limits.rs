//! Every limit at its value and one past it, and every field that cannot be what it is.

use loom_core::claim::{
    CLAIMS_OF_RUN_MAX, ClaimEvent, ClaimReply, ClaimRequest, Mode, OnConflict, PRIORITY_MAX,
    RESOURCES_MAX, SPECS_MAX, TOLD_MAX, TTL_MS_MAX, TTL_MS_MIN, WAITS_MAX, WaitEnd,
};
use loom_core::error::{Code, Error};
use loom_core::model::{RepoId, Token};

use crate::world::*;

fn refusal(change: impl FnOnce(&mut ClaimRequest)) -> Option<Error> {
    let mut world = World::of(&["a"]);
    let mut request = asking(Mode::Write, &["src"]);
    change(&mut request);
    let result = world.ask("a", &request);
    assert_eq!(result.is_err(), world.ver == 0);
    result.err()
}

#[test]
fn every_number_and_list_is_taken_at_its_limit_and_refused_past_it() {
    let names: Vec<String> = (0..=RESOURCES_MAX).map(|i| format!("n{i}")).collect();
    let named = |count: usize| {
        resources(
            &names
                .iter()
                .take(count)
                .map(String::as_str)
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(refusal(|r| r.specs = vec![spec(&["src"]); SPECS_MAX]), None);
    assert_eq!(refusal(|r| r.specs = vec![named(RESOURCES_MAX)]), None);
    assert_eq!(refusal(|r| r.ttl_ms = TTL_MS_MAX), None);
    assert_eq!(refusal(|r| r.ttl_ms = TTL_MS_MIN), None);
    assert_eq!(refusal(|r| r.priority = PRIORITY_MAX), None);
    let table = [
        (
            refusal(|r| r.specs = vec![spec(&["src"]); SPECS_MAX + 1]),
            "specs",
            "SPECS_MAX",
        ),
        (
            refusal(|r| r.specs = vec![named(RESOURCES_MAX + 1)]),
            "specs[0].resources",
            "RESOURCES_MAX",
        ),
        (
            refusal(|r| r.ttl_ms = TTL_MS_MAX + 1),
            "ttl_ms",
            "TTL_MS_MAX",
        ),
        (
            refusal(|r| r.priority = PRIORITY_MAX + 1),
            "priority",
            "PRIORITY_MAX",
        ),
        (
            refusal(|r| r.ttl_ms = TTL_MS_MIN - 1),
            "ttl_ms",
            "TTL_MS_MIN",
        ),
        (
            refusal(|r| r.specs[0].paths.include = vec!["x".into(); 1_025]),
            "specs[0].paths.patterns",
            "SET_PATTERNS_MAX",
        ),
    ];
    for (error, field, limit) in table {
        let error = error.unwrap();
        assert_eq!(
            (error.field(), error.limit_name()),
            (Some(field), Some(limit))
        );
    }
}

#[test]
fn a_field_that_is_wrong_is_named() {
    let table = [
        (refusal(|r| r.specs.clear()), Code::InvalidField, "specs"),
        (
            refusal(|r| r.specs.push(spec(&[]))),
            Code::InvalidField,
            "specs[1].paths",
        ),
        (
            refusal(|r| r.specs[0].repo = RepoId::new("nowhere").unwrap()),
            Code::NotFound,
            "specs[0].repo",
        ),
        (
            refusal(|r| r.specs[0].repo = RepoId::new("bare").unwrap()),
            Code::MissingField,
            "specs[0].branch",
        ),
        (
            refusal(|r| r.specs = vec![spec(&["a"]), spec(&["b", "x/["])]),
            Code::InvalidPattern,
            "specs[1].paths.include[1]",
        ),
    ];
    for (error, code, field) in table {
        let error = error.unwrap();
        assert_eq!(
            (error.code(), error.field()),
            (code, Some(field)),
            "{error}"
        );
    }
    let mut world = World::of(&["a"]);
    world.stop("a");
    let error = world.ask("a", &asking(Mode::Write, &["src"])).unwrap_err();
    assert_eq!(
        (error.code(), error.field()),
        (Code::RunNotLive, Some("run"))
    );
}

/// Events without the checks of [`World`], which would look at all rows each time.
fn apply(world: &mut World, events: Vec<ClaimEvent>) {
    world.ver += 1;
    for event in events {
        world.table.apply(event, world.at, &Repos).unwrap();
    }
}

fn ask_quickly(world: &mut World, by: &str, request: &ClaimRequest) -> Result<ClaimReply, Error> {
    let mut draft = world.table.draft(world.facts());
    let reply = draft.claim(&actor(by), &run(by), request)?;
    let events = draft.into_events();
    apply(world, events);
    Ok(reply)
}

#[test]
fn a_run_holds_so_many_claims_and_a_wait_counts_as_one() {
    let mut world = World::of(&["a", "b"]);
    world.hold("b", Mode::Write, &["taken"]);
    for i in 0..CLAIMS_OF_RUN_MAX - 1 {
        ask_quickly(&mut world, "a", &asking(Mode::Write, &[&format!("f{i}")])).unwrap();
    }
    world.wait("a", Mode::Write, &["taken"]);
    let error = ask_quickly(&mut world, "a", &asking(Mode::Write, &["one/more"])).unwrap_err();
    assert_eq!(
        (error.field(), error.limit_name()),
        (Some("run"), Some("CLAIMS_OF_RUN_MAX"))
    );
    world.send(|draft| draft.withdraw(&run("a"))).unwrap();
    ask_quickly(&mut world, "a", &asking(Mode::Write, &["one/more"])).unwrap();
    let error = ask_quickly(&mut world, "a", &asking(Mode::Write, &["and/one"])).unwrap_err();
    assert_eq!(error.limit_name(), Some("CLAIMS_OF_RUN_MAX"));
    let taken = world.table.claims_of(&run("b"), world.at)[0].token;
    let error = world
        .send(|draft| draft.hand_over(&run("b"), taken, &run("a"), &actor("a")))
        .unwrap_err();
    assert_eq!(
        (error.field(), error.limit_name()),
        (Some("to"), Some("CLAIMS_OF_RUN_MAX"))
    );
    let many = vec![Token::new(0, 0, 0); CLAIMS_OF_RUN_MAX + 1];
    let error = world
        .send(|draft| draft.release(&run("a"), Some(&many)))
        .unwrap_err();
    assert_eq!(error.field(), Some("tokens"));
}

#[test]
fn a_journal_holds_so_many_waits() {
    let mut world = World::of(&["a"]);
    world.hold("a", Mode::Write, &["src"]);
    for i in 0..=WAITS_MAX {
        let name = format!("r{i}");
        let path = format!("src/{}", i % 128);
        let request = ClaimRequest {
            on_conflict: OnConflict::Wait,
            ..asking(Mode::Write, &[&path])
        };
        world.start(&name);
        let result = ask_quickly(&mut world, &name, &request);
        if i < WAITS_MAX {
            assert!(
                matches!(result, Ok(ClaimReply::Waiting { ahead, .. }) if ahead as usize == i / 128)
            );
        } else {
            assert_eq!(result.unwrap_err().limit_name(), Some("WAITS_MAX"));
        }
    }
}

#[test]
fn a_claim_remembers_so_many_askers_and_forgets_the_oldest() {
    let mut world = World::of(&["a"]);
    world.hold("a", Mode::Write, &["src"]);
    let told = |world: &mut World, name: &str| {
        let before = world.table.notices(&run("a")).0.last().map(|n| n.seq);
        ask_quickly(world, name, &asking(Mode::Write, &["src"])).unwrap();
        before != world.table.notices(&run("a")).0.last().map(|n| n.seq)
    };
    for i in 0..=TOLD_MAX {
        world.start(&format!("r{i}"));
        assert!(told(&mut world, &format!("r{i}")));
        if i == TOLD_MAX - 1 {
            assert!(!told(&mut world, "r0"));
        }
    }
    assert!(!told(&mut world, "r1"));
    assert!(told(&mut world, "r0"));
}

#[test]
fn an_event_that_no_draft_made_is_corrupt_and_changes_nothing() {
    let mut world = World::of(&["a", "b"]);
    let held = world.hold("a", Mode::Write, &["src"]);
    let first = world.last.clone();
    let wait = world.wait("b", Mode::Write, &["src"]);
    let queued = world.last.clone();
    let unknown = Token::new(5, 5, 5);
    let later = world.at.plus_ms(TTL);
    let specs = world.table.get(held).unwrap().specs;
    let ClaimEvent::Granted(grant) = &first[0] else {
        panic!()
    };
    let stolen = loom_core::claim::Granted {
        token: unknown,
        served: Some(wait),
        ..(**grant).clone()
    };
    let mut nowhere = loom_core::claim::Granted {
        token: unknown,
        ..(**grant).clone()
    };
    nowhere.specs[0].repo = RepoId::new("nowhere").unwrap();
    let events = [
        first[0].clone(),
        queued[0].clone(),
        queued[1].clone(),
        ClaimEvent::Granted(Box::new(stolen)),
        ClaimEvent::Granted(Box::new(nowhere.clone())),
        ClaimEvent::HandedOver {
            token: held,
            to: Box::new(nowhere),
        },
        ClaimEvent::HandedOver {
            token: held,
            to: grant.clone(),
        },
        ClaimEvent::Renewed {
            leases: vec![(held, later.plus_ms(1)), (unknown, later)],
        },
        ClaimEvent::Renewed {
            leases: vec![(held, world.at)],
        },
        ClaimEvent::Narrowed {
            token: unknown,
            specs,
        },
        ClaimEvent::Narrowed {
            token: held,
            specs: Vec::new(),
        },
        ClaimEvent::Ended {
            token: unknown,
            how: loom_core::claim::ClaimEnd::Released,
        },
        ClaimEvent::Blocked {
            wait: unknown,
            by: Vec::new(),
        },
        ClaimEvent::WaitEnded {
            wait: unknown,
            why: WaitEnd::Withdrawn,
        },
        ClaimEvent::Seen {
            run: run("a"),
            seq: 9,
        },
        ClaimEvent::Seen {
            run: run("b"),
            seq: 1,
        },
    ];
    let before: Vec<_> = world.table.rows().collect();
    for event in events {
        let error = world
            .table
            .apply(event.clone(), world.at, &Repos)
            .unwrap_err();
        assert_eq!(error.code(), Code::Corrupt, "{event:?}");
        assert_eq!(world.table.rows().collect::<Vec<_>>(), before, "{event:?}");
    }
    let ended = ClaimEvent::Ended {
        token: held,
        how: loom_core::claim::ClaimEnd::Released,
    };
    assert_eq!(
        world.table.apply(ended, later, &Repos).unwrap_err().code(),
        Code::Corrupt,
        "it has lapsed"
    );
}
