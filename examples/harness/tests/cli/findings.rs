//! Findings on the command line: from a report to who sees to it, and to a person's inbox and back.

use crate::world::World;

/// A journal with a loop of ada's, its runs `r1` and `r2`, and a finding that `r1` reported.
fn reported() -> World {
    let world = World::new();
    world.ok("human:ada", "", &["loop", "add", "repair"]);
    for run in ["r1", "r2"] {
        world.ok("loop:repair", "", &["run", "start", run]);
    }
    let report = [
        "report",
        "ci/total",
        "the total is off by a cent",
        "--severity",
        "high",
        "--path",
        "src/checkout/**",
        "--evidence",
        "expected 10.00, got 9.99",
    ];
    let said = world.ok("loop:repair", "r1", &report);
    assert!(said.contains("finding   ci/total is reported"), "{said}");
    world
}

#[test]
fn a_finding_has_one_winner_and_whoever_reports_it_again_learns_who() {
    let world = reported();
    let said = world.ok("loop:repair", "r1", &["take", "ci/total"]);
    assert!(
        said.contains("ci/total is yours until 08:30:00Z, in 60 min"),
        "{said}"
    );
    let late = world.loom("loop:repair", "r2", &["take", "ci/total"]);
    assert_eq!(late.code, 3, "{}", late.out);
    late.has(&["finding ci/total is not taken, another run sees to it: run r1, until 08:30:00Z"]);
    world
        .loom("loop:repair", "r2", &["report", "ci/total", "wrong total"])
        .has(&[
            "ci/total is known; this report is attached",
            "stands    taken by run r1",
        ]);
    world.ok(
        "loop:repair",
        "r1",
        &["return", "ci/total", "--note", "rounding is not it"],
    );
    world.ok("loop:repair", "r2", &["take", "ci/total"]);
    world.ok(
        "loop:repair",
        "r2",
        &["resolve", "ci/total", "--change", "c1"],
    );
    world.loom("human:ada", "", &["finding", "ci/total"]).has(&[
        "finding   ci/total, high, resolved",
        "on        src/checkout/** in shop",
        "note \"rounding is not it\"",
        "change c1",
    ]);
    assert_eq!(
        world.ok("human:ada", "", &["findings"]).trim(),
        "no finding stands so"
    );
}

#[test]
fn what_no_loop_decides_is_in_the_inbox_of_its_owner_with_what_they_need() {
    let world = reported();
    let ask = [
        "escalate",
        "ci/total",
        "may the rounding rule change?",
        "--choice",
        "yes",
        "--choice",
        "no",
    ];
    let said = world.ok("loop:repair", "r1", &ask);
    assert!(
        said.contains("ci/total is escalated, and waits for ada"),
        "{said}"
    );
    assert_eq!(
        world.loom("loop:repair", "r2", &["take", "ci/total"]).code,
        3
    );
    world
        .loom("human:ada", "", &["inbox", "--of", "ada"])
        .has(&[
            "finding   ci/total, high, escalated",
            "title \"the total is off by a cent\"",
            "question \"may the rounding rule change?\"",
            "choice \"yes\"",
            "seen \"expected 10.00, got 9.99\"",
        ]);
    world
        .loom("human:ada", "", &["inbox", "--of", "bob"])
        .has(&["nothing waits for a person"]);
    world.ok("human:ada", "", &["return", "ci/total", "--note", "yes"]);
    world.ok("loop:repair", "r2", &["take", "ci/total"]);
    world
        .loom("loop:repair", "r1", &["brief", "src/checkout/total.rs"])
        .has(&[
            "## Found here, and not resolved",
            "- finding ci/total: high, first seen just now, on src/checkout/** in shop; run r2 sees to it (ends in 60 min)",
            "  title: \"the total is off by a cent\"",
            "  last note: \"yes\"",
        ]);
}
