//! Loops on the command line: from a file to a run that has the slot, and what others are told.

use crate::world::World;

const COVERAGE: &str = r#"
id: coverage
owner: ada
team: web
goal: every module is covered
scope: [{ repo: shop, paths: ["tests/**"] }]
trigger: { type: interval, every_ms: 900000 }
gates: [{ name: tests, run: make test }]
exit: { goal: [tests], max_iterations: 12, max_minutes: 20 }
"#;

/// A journal with the loop, and the file it came from.
fn with_loop() -> (World, String) {
    let world = World::new();
    let file = world.repo().join("coverage.yaml");
    std::fs::write(&file, COVERAGE).unwrap();
    let file = file.display().to_string();
    let said = world.ok("human:ada", "", &["loop", "add", "--file", &file]);
    assert!(said.contains("loop      coverage is registered"), "{said}");
    (world, file)
}

#[test]
fn a_loop_is_registered_from_a_file_and_shown_with_its_schedule() {
    let (world, file) = with_loop();
    world.ok("human:ada", "", &["loop", "add", "--file", &file]);
    world.loom("human:ada", "", &["loops"]).has(&[
        "loop      coverage, owned by ada of web, active",
        "starts by its interval of 15 min, next 07:45:00Z, in 15 min",
    ]);
    world
        .loom("human:ada", "", &["loop", "show", "coverage"])
        .has(&[
            "goal \"every module is covered\"",
            "scope     tests/** in shop",
            "gate      tests",
            "runs \"make test\"",
        ]);
    std::fs::write(&file, COVERAGE.replace("owner: ada", "owner: bob")).unwrap();
    world.ok("human:ada", "", &["loop", "add", "--file", &file]);
    world
        .loom("human:ada", "", &["loops"])
        .has(&["coverage, owned by bob of web, active"]);
}

#[test]
fn a_definition_that_is_wrong_says_where_and_registers_nothing() {
    let (world, file) = with_loop();
    std::fs::write(&file, COVERAGE.replace("gates", "gate")).unwrap();
    for verb in [
        &["loop", "check", &file][..],
        &["loop", "add", "--file", &file],
    ] {
        let said = world.loom("human:ada", "", verb);
        assert_eq!(said.code, 1);
        assert!(
            said.err
                .contains("line 8, column 1: unknown key `gate`; did you mean `gates`?"),
            "{}",
            said.err
        );
    }
    world
        .loom("human:ada", "", &["loop", "show", "coverage"])
        .has(&["gate      tests"]);
}

#[test]
fn one_run_has_the_slot_that_is_due_and_the_next_is_told_whose_it_is() {
    let (mut world, _) = with_loop();
    assert_eq!(
        world.ok("human:ada", "", &["due"]).lines().next(),
        Some("no loop is due")
    );
    world.pass(31 * 60_000);
    world.loom("human:ada", "", &["due"]).has(&[
        "due       coverage for 2026-11-22T08:00:00.000Z",
        "1 more before it nobody took",
        "next      08:15:00Z, in 14 min",
    ]);
    let start = |run| {
        [
            "run",
            "start",
            run,
            "--loop",
            "coverage",
            "--slot",
            "2026-11-22T08:00:00Z",
        ]
    };
    world.ok("loop:coverage", "", &start("one"));
    let said = world.loom("loop:coverage", "", &start("two"));
    assert_eq!(said.code, 3);
    said.has(&["refused   loop coverage does not start, another run has the slot: run one"]);
    world.ok(
        "human:ada",
        "",
        &["loop", "pause", "coverage", "--reason", "a release"],
    );
    let said = world.loom("loop:coverage", "", &["run", "start", "--loop", "coverage"]);
    assert_eq!(said.code, 3);
    said.has(&["it is paused"]);
    let said = world.loom("loop:coverage", "", &["loop", "retire", "coverage"]);
    assert!(said.err.contains("not_permitted"), "{}", said.err);
}

#[test]
fn what_is_about_to_start_is_told_to_whoever_asks_about_these_paths() {
    let (world, _) = with_loop();
    world.ok("human:ada", "", &["loop", "add", "by-hand"]);
    world
        .loom("human:bob", "", &["conflicts", "tests/unit/*"])
        .has(&[
            "coming    loop coverage of ada starts 07:45:00Z, in 15 min",
            "goal \"every module is covered\"",
        ]);
    let sweep = COVERAGE
        .replace("id: coverage", "id: sweep")
        .replace("900000", "1800000");
    let file = world.repo().join("sweep.yaml");
    std::fs::write(&file, sweep).unwrap();
    world.ok(
        "human:ada",
        "",
        &["loop", "add", "--file", &file.display().to_string()],
    );
    world
        .loom("human:ada", "", &["forecast", "--for", "2h"])
        .has(&[
            "starts    coverage 07:45:00Z, in 15 min",
            "starts    sweep 08:00:00Z, in 30 min",
            "collide   coverage and sweep,",
            "times, on tests/** in shop",
        ]);
}

#[test]
fn a_signal_makes_a_loop_due_that_listens() {
    let (mut world, file) = with_loop();
    let listens = COVERAGE.replace(
        "{ type: interval, every_ms: 900000 }",
        "{ type: event, name: ci.green }",
    );
    std::fs::write(&file, listens).unwrap();
    world.ok("human:ada", "", &["loop", "add", "--file", &file]);
    world.pass(1_000);
    world.ok("service:ci", "", &["signal", "ci.green", "1742"]);
    world
        .loom("service:ci", "", &["signal", "ci.green", "1742"])
        .has(&["as was known"]);
    world
        .loom("human:ada", "", &["due"])
        .has(&["due       coverage for 1742"]);
    world.ok(
        "loop:coverage",
        "",
        &[
            "run", "start", "one", "--loop", "coverage", "--slot", "1742",
        ],
    );
    world
        .loom("human:ada", "", &["due"])
        .has(&["no loop is due"]);
}
