//! `loom record` and what `loom trace` and `loom suspects` make of it.

use crate::world::World;

/// A world with a run `night` of a loop.
fn world() -> World {
    let world = World::new();
    world.ok("loop:nightly", "", &["run", "start", "night"]);
    world
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in\n{text}");
    }
}

#[test]
fn an_incident_that_was_recorded_is_traced_to_the_change_and_its_maker() {
    let world = world();
    world.ok(
        "loop:nightly",
        "night",
        &["change", "src/pay.rs", "--id", "c1", "-i", "retry twice"],
    );
    let deploy = ["record", "deploy", "prod", "--changes", "c1", "--id", "d1"];
    world.ok("loop:nightly", "night", &deploy);
    let seen = [
        "record",
        "incident",
        "i1",
        "--deploy",
        "d1",
        "-s",
        "cards are refused",
    ];
    has(&world.ok("human:ada", "", &seen), &["incident"]);
    let trace = world.ok("human:ada", "", &["trace", "--incident", "i1"]);
    has(
        &trace,
        &[
            "i1",
            "d1",
            "c1",
            "night",
            "retry twice",
            "cards are refused",
        ],
    );
    has(
        &world.ok("human:ada", "", &["suspects", "--incident", "i1"]),
        &["c1"],
    );
    let over = ["record", "resolved", "i1", "--cause", "c1"];
    let own = world.loom("loop:nightly", "night", &over);
    assert!(own.err.contains("not_permitted"), "{}", own.err);
    world.ok("human:ada", "", &over);
}

#[test]
fn what_a_person_read_is_recorded_and_counted() {
    let world = world();
    world.ok(
        "loop:nightly",
        "night",
        &["change", "src/pay.rs", "--id", "c1"],
    );
    let review = ["record", "review", "c1", "--read", "2m"];
    let own = world.loom("loop:nightly", "night", &review);
    assert!(own.err.contains("not_permitted"), "{}", own.err);
    has(
        &world.ok("human:ada", "", &review),
        &["read", "1 changes: passed"],
    );
}
