//! Leases: how long they last, who ends them, and what may still land when they are over.

use loom_core::claim::{
    Admission, ClaimEvent, ClaimRequest, ENDED_MAX, HOLD_MS_MAX, Mode, NotDone, OnConflict,
    Skipped, TTL_MS_MAX,
};
use loom_core::error::Code;
use loom_core::model::{TextRef, Token};

use crate::world::*;

#[test]
fn a_lease_is_live_until_its_last_millisecond_and_no_longer() {
    let mut world = World::of(&["a", "b"]);
    world.hold("a", Mode::Write, &["src"]);
    world.pass_ms(TTL - 1);
    assert_eq!(world.holders(), ["a"]);
    world.pass_ms(1);
    assert!(world.holders().is_empty());
    world.hold("b", Mode::Write, &["src"]);
}

#[test]
fn a_heartbeat_renews_all_and_writes_down_only_what_is_half_over() {
    let mut world = World::of(&["a"]);
    let old = world.hold("a", Mode::Write, &["x"]);
    world.pass_ms(TTL / 2);
    let young = world.hold("a", Mode::Write, &["y"]);
    let reply = world.send(|draft| draft.heartbeat(&run("a")));
    assert_eq!(
        (reply.renewed.len(), world.last.len()),
        (2, 0),
        "exactly half is enough"
    );
    world.pass_ms(1);
    let reply = world.send(|draft| draft.heartbeat(&run("a")));
    let until = world.at.plus_ms(TTL);
    assert_eq!(
        world.last,
        [ClaimEvent::Renewed {
            leases: vec![(old, until)]
        }]
    );
    let ends: Vec<_> = reply
        .renewed
        .iter()
        .map(|r| (r.token, r.expires_at))
        .collect();
    assert_eq!(ends, [(old, until), (young, world.at.plus_ms(TTL - 1))]);
}

#[test]
fn a_renewal_never_shortens_and_says_why_something_was_not_renewed() {
    let mut world = World::of(&["a", "b"]);
    let mine = world.hold("a", Mode::Write, &["x"]);
    let theirs = world.hold("b", Mode::Write, &["y"]);
    let gone = world.hold("a", Mode::Write, &["z"]);
    world.release("a", gone);
    let unknown = Token::new(9, 9, 9);
    let tokens = [mine, mine, theirs, gone, unknown];
    let reply = world
        .send(|draft| draft.renew(&run("a"), Some(&tokens), Some(1_000)))
        .unwrap();
    assert_eq!(reply.renewed.len(), 1);
    assert_eq!(reply.renewed[0].expires_at, world.at.plus_ms(TTL));
    let skipped = [
        (theirs, NotDone::OtherWork),
        (gone, NotDone::Released),
        (unknown, NotDone::Unknown),
    ];
    assert_eq!(
        reply.skipped,
        skipped.map(|(token, why)| Skipped { token, why })
    );
    let reply = world
        .send(|draft| draft.renew(&run("a"), None, Some(2 * TTL)))
        .unwrap();
    assert_eq!(reply.renewed[0].expires_at, world.at.plus_ms(2 * TTL));
    world.stop("a");
    assert_eq!(
        world
            .send(|draft| draft.renew(&run("a"), None, None))
            .unwrap_err()
            .code(),
        Code::RunNotLive
    );
}

#[test]
fn a_holder_cannot_renew_past_the_longest_hold_while_somebody_waits() {
    let mut world = World::of(&["a", "b"]);
    let long = ClaimRequest {
        ttl_ms: HOLD_MS_MAX - 1_000,
        ..asking(Mode::Write, &["src"])
    };
    let since = world.at;
    let held = granted(&world.ask("a", &long).unwrap());
    let other = granted(
        &world
            .ask(
                "a",
                &ClaimRequest {
                    specs: vec![spec(&["docs"])],
                    ..long.clone()
                },
            )
            .unwrap(),
    );
    world.wait("b", Mode::Write, &["src/x"]);
    world.pass_ms(5_000);
    let reply = world
        .send(|draft| draft.renew(&run("a"), None, None))
        .unwrap();
    let capped: Vec<_> = reply
        .renewed
        .iter()
        .map(|r| (r.token, r.expires_at, r.capped))
        .collect();
    let (cap, free) = (
        since.plus_ms(HOLD_MS_MAX),
        world.at.plus_ms(HOLD_MS_MAX - 1_000),
    );
    assert_eq!(capped, [(held, cap, true), (other, free, false)]);
    world.send(|draft| draft.withdraw(&run("b"))).unwrap();
    let reply = world
        .send(|draft| draft.renew(&run("a"), Some(&[held]), None))
        .unwrap();
    assert_eq!(
        (reply.renewed[0].expires_at, reply.renewed[0].capped),
        (free, false)
    );
}

#[test]
fn only_the_same_work_releases_and_the_answer_says_what_and_why_not() {
    let mut world = World::of(&["p", "c<p", "x"]);
    let parents = world.hold("p", Mode::Write, &["src"]);
    let childs = world.hold("c", Mode::Write, &["src/x"]);
    let reply = world
        .send(|draft| draft.release(&run("x"), Some(&[parents])))
        .unwrap();
    assert_eq!(
        reply.skipped,
        [Skipped {
            token: parents,
            why: NotDone::OtherWork
        }]
    );
    let reply = world
        .send(|draft| draft.release(&run("p"), Some(&[childs])))
        .unwrap();
    assert_eq!(
        reply.skipped[0].why,
        NotDone::OtherWork,
        "a parent does not do its child's work"
    );
    let reply = world
        .send(|draft| draft.release(&run("c"), Some(&[parents, childs, parents])))
        .unwrap();
    assert_eq!((reply.released.len(), reply.skipped.len()), (2, 0));
    let reply = world.send(|draft| draft.release(&run("p"), None)).unwrap();
    assert_eq!((reply.released.len(), world.last.len()), (0, 0));
}

#[test]
fn a_revoked_claim_says_so_to_its_holder() {
    let mut world = World::of(&["a"]);
    let held = world.hold("a", Mode::Write, &["src"]);
    let reason = TextRef {
        len: 3,
        digest: loom_core::model::Digest::ZERO,
    };
    let view = world
        .send(|draft| draft.revoke(held, Some(reason)))
        .unwrap();
    assert_eq!(view.token, held);
    let reply = world
        .send(|draft| draft.release(&run("a"), Some(&[held])))
        .unwrap();
    assert_eq!(reply.skipped[0].why, NotDone::Revoked);
    assert_eq!(
        world
            .send(|draft| draft.revoke(held, None))
            .unwrap_err()
            .code(),
        Code::ClaimNotLive
    );
    let unknown = Token::new(0, 99, 0);
    assert_eq!(
        world
            .send(|draft| draft.revoke(unknown, None))
            .unwrap_err()
            .code(),
        Code::NotFound
    );
}

#[test]
fn work_lands_under_a_live_claim_that_holds_its_paths() {
    let mut world = World::of(&["p", "c<p", "x"]);
    let held = world.hold("p", Mode::Write, &["src"]);
    assert_eq!(world.admit(held, "p", "src/a"), Admission::Admitted);
    assert_eq!(world.admit(held, "c", "src/a"), Admission::Admitted);
    assert_eq!(
        world.admit(held, "p", "docs/a"),
        Admission::Outside {
            path: "docs/a".into()
        }
    );
    assert_eq!(
        world.admit(held, "x", "src/a"),
        Admission::Lapsed {
            why: NotDone::OtherWork
        }
    );
    assert_eq!(
        world.admit(Token::new(7, 7, 7), "p", "src/a"),
        Admission::Lapsed {
            why: NotDone::Unknown
        }
    );
}

#[test]
fn work_under_a_lapsed_claim_is_superseded_only_by_who_holds_its_paths_now() {
    let mut world = World::of(&["a", "b", "d<a"]);
    let held = world.hold("a", Mode::Write, &["src"]);
    world.pass_ms(TTL);
    let lapsed = Admission::Lapsed {
        why: NotDone::Lapsed,
    };
    assert_eq!(world.admit(held, "a", "src/a"), lapsed);
    world.hold("b", Mode::Read, &["src/a"]);
    world.hold("d", Mode::Plan, &["src/a"]);
    assert_eq!(
        world.admit(held, "a", "src/a"),
        lapsed,
        "a reader and a plan are in nobody's way"
    );
    let by = world.hold("b", Mode::Write, &["src/a"]);
    assert_eq!(
        world.admit(held, "a", "src/a"),
        Admission::Superseded { by }
    );
    assert_eq!(world.admit(held, "a", "src/b"), lapsed);
    world.pass_ms(TTL);
    assert_eq!(
        world.admit(held, "a", "src/a"),
        lapsed,
        "who lapsed as well supersedes nobody"
    );
}

#[test]
fn so_many_ended_claims_are_remembered_and_older_ones_are_unknown() {
    let mut world = World::of(&["a"]);
    let first = world.hold("a", Mode::Write, &["x"]);
    world.release("a", first);
    let mut table = world.table.clone();
    for ver in 0..ENDED_MAX as u64 {
        assert_eq!(
            table.ended(first).map(|row| row.why),
            Some(NotDone::Released)
        );
        let mut facts = world.facts();
        facts.ver = 100 + ver;
        let mut draft = table.draft(facts);
        granted(
            &draft
                .claim(&actor("a"), &run("a"), &asking(Mode::Write, &["x"]))
                .unwrap(),
        );
        draft.release(&run("a"), None).unwrap();
        for event in draft.into_events() {
            table.apply(event, world.at, &Repos).unwrap();
        }
    }
    assert_eq!(table.ended(first), None);
}

#[test]
fn a_lease_of_the_longest_length_ends_its_wait_in_the_queue_by_itself() {
    let mut world = World::of(&["a", "b"]);
    let request = ClaimRequest {
        ttl_ms: TTL_MS_MAX,
        on_conflict: OnConflict::Wait,
        ..asking(Mode::Write, &["x"])
    };
    granted(&world.ask("a", &request).unwrap());
    assert_eq!(
        world.table.next_deadline(world.at),
        Some(world.at.plus_ms(TTL_MS_MAX))
    );
    assert_eq!(
        world.table.next_deadline(world.at.plus_ms(TTL_MS_MAX)),
        None
    );
}
