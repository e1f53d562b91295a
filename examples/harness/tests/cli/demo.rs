use std::time::{Duration, Instant};

use crate::world::{Said, World, loom};

#[test]
fn the_demo_plays_its_story_on_a_real_repository_and_leaves_nothing_behind() {
    let world = World::bare();
    for nth in 0..12 {
        let path = format!("src/part_{nth}.rs");
        world.commit(&path, "fn part() {}\n", "A part");
    }
    world.commit("src/a_test.rs", "fn test() {}\n", "A test");
    let hook = world.repo().join(".git/hooks/post-checkout");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\ntouch \"$HOME/hook-ran\"\n").unwrap();
    let head = world.git(&["rev-parse", "HEAD"]);

    let home = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let mut command = loom(&world.repo());
    command
        .arg("demo")
        .env("TMPDIR", home.path())
        .env("HOME", home.path());
    let said = Said::of(command.output().unwrap());
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(started.elapsed() < Duration::from_secs(20));
    said.has(&[
        "limits       asks for write on src/a_test.rs",
        "greenkeeper  is refused:",
        "witness: src/a_test.rs",
        "its intent: \"5 retries from now on",
        "limits       is told: loop:greenkeeper asked for write on src/**, and was refused",
        "## Changed on purpose by others",
        "greenkeeper  leaves src/a_test.rs alone",
        "greenkeeper  waits in the queue",
        "greenkeeper  is served from the queue",
        "docs         is killed with SIGKILL",
        "when the lease ended",
        "docs         is fenced off",
        "a later claim stands in its place",
        "limits       hands ",
        "limits       is fenced off",
        "changed all 8 files",
        "none altered, dropped, moved or forked",
        "no two claims that exclude each other were ever live together",
    ]);
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(world.git(&["rev-parse", "HEAD"]), head);
    assert_eq!(world.git(&["worktree", "list"]).lines().count(), 1);
    assert!(
        !world.journal().exists(),
        "the demo has a journal of its own"
    );
}

#[test]
fn the_war_of_two_loops_ends_at_a_person() {
    let (folder, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut command = loom(folder.path());
    command
        .args(["demo", "--story", "war"])
        .env("TMPDIR", home.path());
    let said = Said::of(command.output().unwrap());
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    said.has(&[
        "rounding     changes tests/total.sh: change b-1, because: totals round half up",
        "triage       sees that tests/total.sh fails, and reads its brief:",
        "## Changed on purpose by others",
        "| NEEDS A PERSON'S APPROVAL",
        "| intent    \"the test fails: expect what the code computes\"",
        "| against   change b-1 of run rounding-1",
        "ada          says yes",
        "triage       mends the test with a text of its own",
        "| loomstack.second_reversal (loom.yaml:4) says deny",
        "triage       is kept out too",
        "title \"loop rounding and loop triage undo each other's changes\"",
        "bob          decides",
        "rounding     restores the test, as a person decided: change b-2",
        "none altered, dropped, moved or forked",
    ]);
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_place_without_a_repository_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = loom(folder.path());
    command
        .args(["demo", "--repo", "nowhere"])
        .env("TMPDIR", folder.path());
    let said = Said::of(command.output().unwrap());
    assert_eq!(said.code, 1);
    assert!(
        said.err
            .contains("nowhere: no git repository with a commit in it"),
        "{}",
        said.err
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
