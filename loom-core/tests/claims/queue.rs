//! Who waits, in which order they are served, and whom nobody passes.

use loom_core::claim::{
    AGEING_MS, ClaimEvent, ClaimReply, ClaimRequest, Mode, OnConflict, Outcome, RefusedFor,
    WAKES_MAX, WaitEnd,
};
use loom_core::error::Code;

use crate::world::*;

fn waiting(mode: Mode, paths: &[&str], priority: u8) -> ClaimRequest {
    ClaimRequest {
        on_conflict: OnConflict::Wait,
        priority,
        ..asking(mode, paths)
    }
}

#[test]
fn a_waiter_is_served_in_the_record_that_frees_its_place_and_its_lease_starts_there() {
    let mut world = World::of(&["a", "b"]);
    let held = world.hold("a", Mode::Write, &["src"]);
    let wait = world.wait("b", Mode::Write, &["src/x"]);
    world.pass_ms(5_000);
    world.release("a", held);
    let served = world.table.claims_of(&run("b"), world.at);
    assert_eq!(served[0].expires_at, Some(world.at.plus_ms(TTL)));
    assert_eq!(served[0].since, world.at);
    assert!(
        world
            .last
            .iter()
            .any(|e| matches!(e, ClaimEvent::Granted(g) if g.served == Some(wait)))
    );
    assert!(world.queue().is_empty() && world.table.wait_of(&run("b")).is_none());
}

#[test]
fn a_lapsed_lease_wakes_the_waiter_in_front_of_the_next_command() {
    let mut world = World::of(&["a", "b"]);
    world.hold("a", Mode::Write, &["src"]);
    world.wait("b", Mode::Write, &["src/x"]);
    assert_eq!(
        world.table.next_deadline(world.at),
        Some(world.at.plus_ms(TTL))
    );
    world.pass_ms(TTL - 1);
    world.tick();
    assert_eq!(
        (world.holders(), world.last.len()),
        (vec!["a".to_owned()], 0)
    );
    world.pass_ms(1);
    world.tick();
    assert_eq!(world.holders(), ["b"]);
}

#[test]
fn the_queue_is_ordered_by_priority_plus_age_then_by_arrival() {
    let mut world = World::of(&["a", "low", "lower", "high", "late"]);
    let lease = ClaimRequest {
        ttl_ms: 10 * TTL,
        ..asking(Mode::Write, &["src"])
    };
    let held = granted(&world.ask("a", &lease).unwrap());
    world
        .ask("low", &waiting(Mode::Write, &["src"], 0))
        .unwrap();
    world
        .ask("lower", &waiting(Mode::Write, &["src"], 0))
        .unwrap();
    world.pass_ms(AGEING_MS - 1);
    world
        .ask("high", &waiting(Mode::Write, &["src"], 1))
        .unwrap();
    assert_eq!(world.queue(), ["high", "low", "lower"]);
    world.pass_ms(1);
    world
        .ask("late", &waiting(Mode::Write, &["src"], 1))
        .unwrap();
    assert_eq!(
        world.queue(),
        ["high", "low", "lower", "late"],
        "who has waited a minute has risen by one"
    );
    world.release("a", held);
    assert_eq!(world.holders(), ["high"]);
}

#[test]
fn nobody_passes_an_earlier_waiter_that_it_meets_in_conflict() {
    let mut world = World::of(&["a", "b", "c", "d"]);
    world.hold("a", Mode::Write, &["src/x"]);
    let wait = world.wait("b", Mode::Write, &["src/x", "src/y"]);
    for on_conflict in [OnConflict::Refuse, OnConflict::Advise, OnConflict::Wait] {
        let reply = world
            .ask(
                "c",
                &ClaimRequest {
                    on_conflict,
                    ..asking(Mode::Write, &["src/y"])
                },
            )
            .unwrap();
        let meetings = match (&reply, on_conflict) {
            (
                ClaimReply::Refused {
                    why: RefusedFor::Conflict,
                    meetings,
                },
                OnConflict::Refuse,
            ) => meetings,
            (
                ClaimReply::Granted {
                    meetings,
                    advised: true,
                    ..
                },
                OnConflict::Advise,
            ) => meetings,
            (
                ClaimReply::Waiting {
                    meetings, ahead: 1, ..
                },
                OnConflict::Wait,
            ) => meetings,
            _ => panic!("{reply:?}"),
        };
        assert_eq!(
            (meetings.list[0].token, meetings.list[0].queued),
            (wait, true)
        );
        assert_eq!(meetings.list[0].expires_at, None);
    }
    world.hold("d", Mode::Read, &["src/y"]);
    world.hold("d", Mode::Write, &["src/z"]);
    let urgent = ClaimRequest {
        priority: 1,
        ..asking(Mode::Write, &["src/y"])
    };
    granted(&world.ask("d", &urgent).unwrap());
}

#[test]
fn a_request_inside_a_claim_of_its_own_work_passes_who_waits() {
    let mut world = World::of(&["p", "c<p", "b"]);
    world.hold("p", Mode::Write, &["src"]);
    world.wait("b", Mode::Write, &["src/x"]);
    world.hold("c", Mode::Write, &["src/x/y"]);
    world.hold("p", Mode::Read, &["src/x/z"]);
    let stronger = world
        .ask("c", &asking(Mode::Exclusive, &["src/x/z"]))
        .unwrap();
    assert!(
        matches!(stronger, ClaimReply::Refused { .. }),
        "a write does not cover an exclusive: {stronger:?}"
    );
    let wider = world
        .ask("c", &asking(Mode::Write, &["src/x/z", "other", "src/x/q"]))
        .unwrap();
    assert!(
        matches!(wider, ClaimReply::Refused { .. }),
        "not all of it is inside: {wider:?}"
    );
}

#[test]
fn a_run_has_one_pending_wait_and_may_still_be_granted_what_is_free() {
    let mut world = World::of(&["a", "b"]);
    world.hold("a", Mode::Write, &["src"]);
    let wait = world.wait("b", Mode::Write, &["src"]);
    let error = world
        .ask("b", &waiting(Mode::Write, &["src/x"], 0))
        .unwrap_err();
    assert_eq!(error.code(), Code::AlreadyWaiting);
    granted(&world.ask("b", &waiting(Mode::Write, &["docs"], 0)).unwrap());
    assert_eq!(
        world.send(|draft| draft.withdraw(&run("b"))).unwrap(),
        Some(wait)
    );
    assert_eq!(world.send(|draft| draft.withdraw(&run("b"))).unwrap(), None);
    world.wait("b", Mode::Write, &["src/x"]);
}

#[test]
fn waiters_of_dead_runs_drop_out_and_block_nobody() {
    let mut world = World::of(&["a", "b", "c"]);
    let held = world.hold("a", Mode::Write, &["src/x"]);
    let wait = world.wait("b", Mode::Write, &["src/x", "src/y"]);
    world.wait("c", Mode::Write, &["src/y"]);
    world.stop("b");
    world.tick();
    let ended = ClaimEvent::WaitEnded {
        wait,
        why: WaitEnd::RunEnded,
    };
    assert_eq!(world.last[0], ended);
    assert_eq!(
        (world.holders(), world.queue().len()),
        (vec!["a".to_owned(), "c".to_owned()], 0)
    );
    world.release("a", held);
}

#[test]
fn one_release_serves_all_who_no_longer_meet_anybody() {
    let mut world = World::of(&["a", "r1", "w", "r2", "r3", "x"]);
    let held = world.hold("a", Mode::Exclusive, &["src"]);
    world.wait("r1", Mode::Read, &["src/x"]);
    world.wait("r2", Mode::Read, &["src"]);
    world.wait("x", Mode::Exclusive, &["src/x"]);
    world.wait("r3", Mode::Read, &["src/x"]);
    world.wait("w", Mode::Write, &["src/y"]);
    world.release("a", held);
    assert_eq!(world.holders(), ["r1", "r2", "w"]);
    assert_eq!(
        world.queue(),
        ["x", "r3"],
        "r3 is behind x, which the readers hold up"
    );
    let told = world.table.notices(&run("r2")).0;
    assert_eq!(
        told.len(),
        1,
        "x met no holder of its own when it queued but a"
    );
    assert_eq!(
        (told[0].from_run.as_str(), told[0].outcome),
        ("w", Outcome::Granted)
    );
}

#[test]
fn due_waits_are_granted_by_the_moment_they_became_possible_then_by_name() {
    let mut world = World::of(&["a", "b", "first", "second", "third"]);
    let lease = |paths: &[&str], ttl_ms| ClaimRequest {
        ttl_ms,
        ..asking(Mode::Write, paths)
    };
    world.ask("a", &lease(&["late"], 30_000)).unwrap();
    world
        .ask("b", &lease(&["early", "early2"], 20_000))
        .unwrap();
    world.wait("first", Mode::Write, &["late"]);
    world.wait("second", Mode::Write, &["early"]);
    world.wait("third", Mode::Write, &["early2"]);
    world.pass_ms(40_000);
    world.tick();
    assert_eq!(world.holders(), ["second", "third", "first"]);
}

#[test]
fn a_record_wakes_at_most_so_many_and_says_that_more_are_due() {
    let mut world = World::of(&["a"]);
    let held = world.hold("a", Mode::Exclusive, &["src"]);
    for i in 0..5 {
        let name = format!("r{i}");
        world.start(&name);
        world.wait(&name, Mode::Read, &["src"]);
    }
    let mut draft = world.table.draft(world.facts());
    draft.release(&run("a"), Some(&[held])).unwrap();
    assert!(draft.wake(3));
    let events = draft.into_events();
    world.land(events);
    assert_eq!(world.holders(), ["r0", "r1", "r2"]);
    let mut draft = world.table.draft(world.facts());
    assert!(!draft.wake(WAKES_MAX));
    let events = draft.into_events();
    world.land(events);
    assert_eq!(world.holders(), ["r0", "r1", "r2", "r3", "r4"]);
}

#[test]
fn a_wait_that_others_got_past_records_who_is_in_the_way_now() {
    let mut world = World::of(&["a", "b", "c"]);
    let held = world.hold("a", Mode::Write, &["src/x"]);
    let wait = world.wait("b", Mode::Write, &["src"]);
    let passed = ClaimRequest {
        priority: 9,
        ..asking(Mode::Write, &["src/y"])
    };
    let later = granted(&world.ask("c", &passed).unwrap());
    assert_eq!(world.table.blocked_by(wait), Some(&[held][..]));
    world.release("a", held);
    assert_eq!(world.table.blocked_by(wait), Some(&[later][..]));
    let record = world.ver;
    world.tick();
    assert_eq!(world.ver, record, "it is written down once");
    world.release("c", later);
    assert_eq!(world.holders(), ["b"]);
}

#[test]
fn who_ends_leaves_the_queue_and_frees_its_claims() {
    let mut world = World::of(&["a", "b", "c"]);
    world.hold("a", Mode::Write, &["src"]);
    world.hold("b", Mode::Write, &["docs"]);
    world.wait("b", Mode::Write, &["src"]);
    world.wait("c", Mode::Write, &["docs", "src"]);
    let reply = world.send(|draft| draft.end_run(&run("b")));
    assert_eq!(reply.released.len(), 1);
    assert_eq!(world.queue(), ["c"]);
    world.send(|draft| draft.end_run(&run("a")));
    assert_eq!(world.holders(), ["c"]);
}

#[test]
fn two_waiters_inside_one_claim_are_not_served_together_where_they_meet() {
    let mut world = World::of(&["p", "c<p", "d<p", "e<p"]);
    world.hold("p", Mode::Write, &["src"]);
    let held = world.hold("e", Mode::Write, &["src/x"]);
    world.wait("d", Mode::Write, &["src/x"]);
    world.wait("c", Mode::Write, &["src/x"]);
    world.release("e", held);
    assert_eq!(world.holders(), ["p", "d"]);
    assert_eq!(
        world.queue(),
        ["c"],
        "c need not wait behind d's wait, but does for its claim"
    );
}

#[test]
fn who_waits_behind_a_waiter_waits_for_its_claim_once_it_is_served() {
    let mut world = World::of(&["a", "b", "c"]);
    let held = world.hold("a", Mode::Write, &["x"]);
    let front = world.wait("b", Mode::Write, &["x", "y"]);
    let behind = world.wait("c", Mode::Write, &["y"]);
    assert_eq!(world.table.blocked_by(behind), Some(&[front][..]));
    world.release("a", held);
    let claim = world.table.claims_of(&run("b"), world.at)[0].token;
    assert_eq!(world.table.blocked_by(behind), Some(&[claim][..]));
    let record = world.ver;
    world.tick();
    assert_eq!(world.ver, record);
}
