//! Waiting, or handing over, that would close a circle is refused with the circle named.

use loom_core::claim::{ClaimReply, ClaimRequest, HandOverReply, Mode, OnConflict, RefusedFor};

use crate::world::*;

fn circle(reply: &ClaimReply) -> Vec<&str> {
    match reply {
        ClaimReply::Refused {
            why: RefusedFor::Deadlock { cycle },
            ..
        } => cycle.iter().map(|r| r.as_str()).collect(),
        other => panic!("should be refused as deadlock: {other:?}"),
    }
}

fn asks(world: &mut World, by: &str, paths: &[&str]) -> ClaimReply {
    let request = ClaimRequest {
        on_conflict: OnConflict::Wait,
        ..asking(Mode::Write, paths)
    };
    world.ask(by, &request).unwrap()
}

#[test]
fn two_runs_cannot_wait_for_each_other() {
    let mut world = World::of(&["a", "b"]);
    world.hold("a", Mode::Write, &["x"]);
    world.hold("b", Mode::Write, &["y"]);
    world.wait("a", Mode::Write, &["y"]);
    let reply = asks(&mut world, "b", &["x"]);
    assert_eq!(circle(&reply), ["b", "a"]);
    assert_eq!(world.queue(), ["a"]);
}

#[test]
fn three_runs_cannot_wait_in_a_circle() {
    let mut world = World::of(&["a", "b", "c"]);
    for (by, path) in [("a", "x"), ("b", "y"), ("c", "z")] {
        world.hold(by, Mode::Write, &[path]);
    }
    world.wait("a", Mode::Write, &["y"]);
    world.wait("b", Mode::Write, &["z"]);
    let reply = asks(&mut world, "c", &["x"]);
    assert_eq!(circle(&reply), ["c", "a", "b"]);
}

#[test]
fn a_circle_through_the_order_of_the_queue_counts() {
    let mut world = World::of(&["a", "b", "c"]);
    world.hold("a", Mode::Write, &["x"]);
    world.hold("c", Mode::Write, &["z"]);
    world.wait("b", Mode::Write, &["x", "y"]);
    // c waits behind b for y, and b for a.
    world.wait("c", Mode::Write, &["y"]);
    let reply = asks(&mut world, "a", &["z"]);
    assert_eq!(circle(&reply), ["a", "c", "b"]);
}

#[test]
fn a_circle_from_parent_to_child_counts() {
    let mut world = World::of(&["p", "c<p", "x"]);
    world.hold("p", Mode::Write, &["src"]);
    world.hold("x", Mode::Write, &["docs"]);
    world.wait("x", Mode::Write, &["src"]);
    let reply = asks(&mut world, "c", &["docs"]);
    assert_eq!(circle(&reply), ["c", "x", "p"]);
    world.stop("x");
    let reply = asks(&mut world, "c", &["docs"]);
    assert!(
        matches!(reply, ClaimReply::Waiting { .. }),
        "who is dead waits for nobody: {reply:?}"
    );
}

#[test]
fn a_circle_may_lead_through_a_parent_that_holds_and_a_child_that_waits() {
    let mut world = World::of(&["p", "c<p", "x"]);
    world.hold("x", Mode::Write, &["docs"]);
    world.hold("p", Mode::Write, &["lib"]);
    world.wait("c", Mode::Write, &["docs"]);
    let reply = asks(&mut world, "x", &["lib"]);
    assert_eq!(circle(&reply), ["x", "p", "c"]);
}

#[test]
fn a_hand_over_to_a_run_that_waits_for_the_waiter_is_refused() {
    let mut world = World::of(&["p", "q", "x"]);
    let held = world.hold("p", Mode::Write, &["src"]);
    world.hold("x", Mode::Write, &["docs"]);
    world.wait("x", Mode::Write, &["src"]);
    world.wait("q", Mode::Write, &["docs"]);
    let reply = world
        .send(|draft| draft.hand_over(&run("p"), held, &run("q"), &actor("q")))
        .unwrap();
    let HandOverReply::Refused {
        why: RefusedFor::Deadlock { cycle },
        ..
    } = reply
    else {
        panic!("{reply:?}")
    };
    assert_eq!(cycle, [run("q"), run("x")]);
    assert_eq!(world.table.get(held).unwrap().run, run("p"));
}

#[test]
fn a_wait_that_comes_in_front_of_others_may_close_a_circle() {
    let mut world = World::of(&["h", "x", "z", "r"]);
    world.hold("h", Mode::Write, &["y"]);
    world.hold("x", Mode::Write, &["k"]);
    world.hold("z", Mode::Write, &["m"]);
    world.wait("z", Mode::Write, &["y"]);
    world.wait("x", Mode::Write, &["m"]);
    let request = ClaimRequest {
        on_conflict: OnConflict::Wait,
        priority: 1,
        ..asking(Mode::Write, &["k", "y"])
    };
    // In front of z, r would make z wait for it, and it waits for x, which waits for z.
    let reply = world.ask("r", &request).unwrap();
    assert_eq!(circle(&reply), ["r", "x", "z"]);
    let behind = ClaimRequest {
        priority: 0,
        ..request
    };
    let reply = world.ask("r", &behind).unwrap();
    assert!(matches!(reply, ClaimReply::Waiting { .. }), "{reply:?}");
}
