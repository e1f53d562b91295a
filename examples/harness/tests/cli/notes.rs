//! Notes on the command line: from who found out to who works there next, and into a skill.

use crate::world::World;

/// The token in the answer to `note write`.
fn note_of(said: &str) -> &str {
    let line = said.lines().find(|line| line.starts_with("note")).unwrap();
    line.split_whitespace().nth(1).unwrap()
}

#[test]
fn what_failed_is_told_to_the_next_run_on_the_same_paths() {
    let world = World::new();
    world.ok("loop:repair", "", &["run", "start", "r1"]);
    let write = [
        "note",
        "write",
        "failed",
        "caching the rate: three tests more fail",
        "--path",
        "src/pay/**",
    ];
    world.ok("loop:repair", "r1", &write);
    world.ok(
        "loop:repair",
        "r1",
        &["run", "finish", "--outcome", "failed"],
    );
    world.ok("loop:other", "", &["run", "start", "r2"]);
    world
        .loom("loop:other", "r2", &["brief", "src/pay/rate.rs"])
        .has(&[
            "## Noted here",
            "- failed on src/pay/** in shop, just now by loop:repair, run r1; ends in 14 days",
            "  note: \"caching the rate: three tests more fail\"",
        ]);
    world
        .loom("loop:other", "r2", &["notes", "docs/**"])
        .has(&["no note holds"]);
}

#[test]
fn a_convention_reaches_the_skill_once_a_person_has_approved_it() {
    let world = World::new();
    world.ok("loop:repair", "", &["run", "start", "r1"]);
    let said = world.ok(
        "loop:repair",
        "r1",
        &[
            "note",
            "write",
            "convention",
            "amounts are cents",
            "--path",
            "src/**",
        ],
    );
    let note = note_of(&said).to_owned();
    world
        .loom("human:ada", "", &["skill"])
        .has(&["name: team-conventions", "None was approved yet."]);
    world
        .loom("human:ada", "", &["notes", "--kind", "convention"])
        .has(&[
            "says \"amounts are cents\"",
            "waits     for a person (loom note approve) until 2026-12-22",
        ]);
    let refused = world.loom("loop:repair", "r1", &["note", "approve", &note]);
    assert_eq!(refused.code, 1, "{}", refused.err);
    world.ok("human:ada", "", &["note", "approve", &note]);
    world
        .loom("human:ada", "", &["skill"])
        .has(&["- On src/** in shop: \"amounts are cents\" (approved by human:ada)"]);
    world.ok(
        "loop:repair",
        "r1",
        &["report", "ci/total", "off by a cent"],
    );
    world.loom("human:ada", "", &["state-file"]).has(&[
        "# Findings and notes",
        "- ci/total, medium, since ",
        "- convention on src/** in shop, by loop:repair: \"amounts are cents\"",
    ]);
    world.ok("human:ada", "", &["note", "drop", &note]);
    world
        .loom("human:ada", "", &["notes"])
        .has(&["no note holds"]);
}
