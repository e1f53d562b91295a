//! The guard over real diffs, by hand and from git's own hooks.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::world::{CONFLICT, FENCED, Said, World, loom};

const DENIED: i32 = 7;

/// Git as an agent's shell runs it, with what its surroundings say of who it is.
fn git(world: &World, folder: &Path, env: &[(&str, &str)], args: &[&str]) -> Said {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=A", "-c", "user.email=a@example.org"])
        .args(["-c", "commit.gpgSign=false"])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("LOOM_NOW", world.now().to_string());
    for name in [
        "LOOM_ACTOR",
        "LOOM_RUN",
        "LOOM_STORE",
        "GIT_DIR",
        "GIT_WORK_TREE",
    ] {
        git.env_remove(name);
    }
    let of_loom = Path::new(env!("CARGO_BIN_EXE_loom")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    git.env("PATH", format!("{}:{path}", of_loom.display()));
    git.envs(env.iter().copied());
    Said::of(git.output().unwrap())
}

/// A world with git's hooks in it, and a run of the loop `nightly`.
fn guarded() -> World {
    let world = World::new();
    world.ok("human:ada", "", &["init", "git"]);
    world.ok("loop:nightly", "", &["run", "start", "n-1"]);
    world
}

fn policy(world: &World, text: &str) {
    let file = world.repo().parent().unwrap().join("policy.yaml");
    std::fs::write(&file, text).unwrap();
    world.ok("human:ada", "", &["policy", "set", file.to_str().unwrap()]);
}

fn report(said: &Said) -> Value {
    serde_json::from_str(said.out.lines().next().unwrap_or_default())
        .unwrap_or_else(|why| panic!("{why}: {}{}", said.out, said.err))
}

const NIGHTLY: [(&str, &str); 2] = [("LOOM_ACTOR", "loop:nightly"), ("LOOM_RUN", "n-1")];

#[test]
fn a_sed_past_the_edit_hook_is_caught_at_commit() {
    let world = guarded();
    world.claim("bob", &["src/b.rs", "-i", "rounding on purpose"]);
    let repo = world.repo();
    // Nobody asks a hook: the line that edits is in a script.
    std::fs::write(repo.join("fix.sh"), "sed -i s/fn/pub\\ fn/ src/b.rs\n").unwrap();
    assert!(
        Command::new("sh")
            .arg("fix.sh")
            .current_dir(&repo)
            .status()
            .unwrap()
            .success()
    );
    std::fs::remove_file(repo.join("fix.sh")).unwrap();
    for env in [&NIGHTLY[..], &[]] {
        let said = git(&world, &repo, env, &["commit", "-q", "-am", "fix"]);
        assert_eq!(said.code, 1, "{}{}", said.out, said.err);
        let told = said.err + &said.out;
        for part in [
            "claimed",
            "src/b.rs",
            "human:bob (run bob-1)",
            "rounding on purpose",
            "08:",
        ] {
            assert!(told.contains(part), "{part} is not in {told}");
        }
    }
    // Its holder commits it.
    let bob = [("LOOM_ACTOR", "human:bob"), ("LOOM_RUN", "bob-1")];
    let said = git(&world, &repo, &bob, &["commit", "-q", "-am", "fix"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
}

#[test]
fn what_a_loop_claimed_nowhere_is_refused_until_it_is_claimed_and_a_person_is_only_told() {
    let world = guarded();
    let repo = world.repo();
    std::fs::write(repo.join("src/a file.rs"), "x\n").unwrap();
    world.git(&["add", "--all"]);
    let said = git(&world, &repo, &NIGHTLY, &["commit", "-qm", "new"]);
    assert_eq!(said.code, 1);
    let told = said.err + &said.out;
    assert!(
        told.contains("loom claim 'src/a file.rs' --run n-1"),
        "{told}"
    );

    let said = world.loom("human:ada", "ada-1", &["guard", "--staged"]);
    assert_eq!(said.code, 0, "{}", said.out);
    said.has(&["note", "src/a file.rs", "1 files pass"]);

    world.ok("loop:nightly", "n-1", &["claim", "src/a file.rs"]);
    let said = git(&world, &repo, &NIGHTLY, &["commit", "-qm", "new"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
}

#[test]
fn a_commit_that_needs_a_yes_is_held_and_the_same_patch_passes_with_it_and_no_other() {
    let world = guarded();
    policy(
        &world,
        "version: 1\ndefault: allow\nrules:\n  - id: looked-at\n    effect: require_approval\n    when: {verb: [commit], paths: [\"src/**\"]}\n",
    );
    world.ok("loop:nightly", "n-1", &["claim", "src"]);
    let repo = world.repo();
    std::fs::write(repo.join("src/a.rs"), "fn a() { 1 }\n").unwrap();
    let said = git(&world, &repo, &NIGHTLY, &["commit", "-qam", "one"]);
    assert_eq!(said.code, 1);
    let told = said.err + &said.out;
    assert!(told.contains("looked-at"), "{told}");
    let request = told.split("loom approve ").nth(1).unwrap();
    let request = request.split([';', '\n', ' ']).next().unwrap().to_owned();
    world.ok("human:bob", "", &["approve", &request]);
    // Another patch is not what was looked at.
    std::fs::write(repo.join("src/a.rs"), "fn a() { 2 }\n").unwrap();
    assert_eq!(
        git(&world, &repo, &NIGHTLY, &["commit", "-qam", "two"]).code,
        1
    );
    std::fs::write(repo.join("src/a.rs"), "fn a() { 1 }\n").unwrap();
    let said = git(
        &world,
        &repo,
        &NIGHTLY,
        &["commit", "-qam", "another message"],
    );
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
}

#[test]
fn what_watches_over_agents_is_committed_by_people_alone() {
    let world = World::new();
    world.ok("loop:nightly", "", &["run", "start", "n-1"]);
    std::fs::create_dir_all(world.repo().join("sub/.claude")).unwrap();
    std::fs::write(world.repo().join("sub/.claude/settings.json"), "{}").unwrap();
    for how in ["--worktree", "--staged"] {
        for (actor, run, code) in [
            ("loop:nightly", "n-1", DENIED),
            ("", "", DENIED),
            ("human:ada", "", 0),
        ] {
            let said = world.loom(actor, run, &["guard", how]);
            assert_eq!(said.code, code, "{actor} {how}: {}{}", said.out, said.err);
        }
        world.git(&["add", "--all"]);
    }
}

#[test]
fn work_of_a_run_that_is_over_or_of_a_claim_that_ended_is_fenced() {
    let mut world = guarded();
    world.ok("loop:nightly", "n-1", &["claim", "src/a.rs", "--ttl", "1m"]);
    let token = report(&world.loom("", "", &["status", "--json"]));
    let text = token.to_string();
    let place = text.find("\"token\":\"").unwrap() + 9;
    let token = text[place..].split('"').next().unwrap().to_owned();
    std::fs::write(world.repo().join("src/a.rs"), "x\n").unwrap();
    let args = ["guard", "--worktree", "--token", &token];
    assert_eq!(world.loom("loop:nightly", "n-1", &args).code, 0);
    world.pass(2 * 60 * 1_000);
    let said = world.loom("loop:nightly", "n-1", &args);
    assert_eq!(said.code, FENCED, "{}{}", said.out, said.err);
    world.pass(60 * 60 * 1_000);
    let said = world.loom("loop:nightly", "n-1", &["guard", "--worktree"]);
    assert_eq!(said.code, FENCED);
    said.has(&["fenced", "n-1 is over"]);
}

#[test]
fn taking_back_what_another_side_did_on_purpose_is_refused_with_its_intent() {
    let world = guarded();
    world.ok("human:bob", "bob-1", &["claim", "src/b.rs"]);
    let old = std::fs::read_to_string(world.repo().join("src/b.rs")).unwrap();
    world.commit_unguarded("src/b.rs", "fn b() { 0 }\n", "round down");
    world.ok(
        "human:bob",
        "bob-1",
        &[
            "change",
            "--commit",
            "HEAD",
            "--deliberate",
            "-i",
            "half pennies are rounded down",
        ],
    );
    world.ok("human:bob", "bob-1", &["release"]);
    world.ok("loop:nightly", "n-1", &["claim", "src"]);
    std::fs::write(world.repo().join("src/b.rs"), old).unwrap();
    let said = world.loom("loop:nightly", "n-1", &["guard", "--worktree"]);
    assert_eq!(said.code, CONFLICT, "{}{}", said.out, said.err);
    said.has(&[
        "undoes",
        "src/b.rs",
        "on purpose",
        "half pennies are rounded down",
    ]);
    // A person decides; a claim of somebody else stands in their way as in anybody's.
    let as_ada = ["guard", "--worktree"];
    assert_eq!(world.loom("human:ada", "", &as_ada).code, CONFLICT);
    world.ok("loop:nightly", "n-1", &["release"]);
    let said = world.loom("human:ada", "", &as_ada);
    assert_eq!(said.code, 0, "{}", said.out);
    said.has(&["note", "half pennies are rounded down"]);
}

#[test]
fn a_push_is_looked_at_whole_whether_the_branch_is_new_there_or_not() {
    let world = guarded();
    let far = world.repo().parent().unwrap().join("far.git");
    world.git(&["init", "--quiet", "--bare", far.to_str().unwrap()]);
    world.git(&["remote", "add", "origin", far.to_str().unwrap()]);
    let repo = world.repo();
    let ada = [("LOOM_ACTOR", "human:ada")];
    assert_eq!(
        git(&world, &repo, &ada, &["push", "-q", "origin", "main"]).code,
        0
    );
    world.ok("human:bob", "bob-1", &["claim", "src/b.rs"]);
    world.git(&["checkout", "-q", "-b", "x"]);
    world.commit_unguarded("src/b.rs", "x\n", "One");
    world.commit_unguarded("src/c.rs", "x\n", "Two");
    // New there.
    let said = git(&world, &repo, &[], &["push", "-q", "origin", "x"]);
    assert_ne!(said.code, 0);
    let told = said.err + &said.out;
    assert!(
        told.contains("src/b.rs") && told.contains("bob-1"),
        "{told}"
    );
    assert_eq!(
        git(
            &world,
            &repo,
            &[],
            &["push", "-q", "--no-verify", "origin", "x"]
        )
        .code,
        0
    );
    // Known there.
    world.commit_unguarded("src/b.rs", "y\n", "Three");
    assert_ne!(
        git(&world, &repo, &[], &["push", "-q", "origin", "x"]).code,
        0
    );
    world.ok("human:bob", "bob-1", &["release"]);
    assert_eq!(
        git(&world, &repo, &[], &["push", "-q", "origin", "x"]).code,
        0
    );
    assert_eq!(
        git(&world, &repo, &[], &["push", "-q", "origin", ":x"]).code,
        0
    );
}

#[test]
fn commits_that_nobody_announced_are_recorded_as_unobserved_once_and_as_nobodys() {
    let world = World::new();
    let first = world.git(&["rev-parse", "HEAD"]);
    let range = format!("{}..HEAD", first.trim());
    world.commit_unguarded("src/a.rs", "announced\n", "told");
    world.ok("human:ada", "ada-1", &["change", "--commit", "HEAD"]);
    world.commit_unguarded("src/b.rs", "quiet\n", "quiet");
    world.commit_unguarded("src/c.rs", "n\n", "of a loop\n\nLoom-Run: ada-1");
    let said = world.loom("", "", &["guard", "--range", &range, "--record", "--json"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert_eq!(report(&said)["unobserved"].as_array().unwrap().len(), 2);
    let again = world.loom("", "", &["guard", "--range", &range, "--record", "--json"]);
    assert!(report(&again).get("unobserved").is_none(), "{}", again.out);
    let why = world.ok("", "", &["why", "src/b.rs"]);
    assert!(why.contains("unobserved: quiet"), "{why}");
    assert!(why.contains("nobody knows"), "{why}");
}

#[test]
fn a_hook_that_was_there_runs_first_and_is_put_back_as_it_was() {
    let world = World::new();
    let hook = world.repo().join(".git/hooks/pre-commit");
    let theirs = "#!/bin/sh\necho theirs >> ran\nexit ${FAIL:-0}\n";
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, theirs).unwrap();
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    world.ok("human:ada", "", &["init", "git"]);
    world.ok("human:ada", "", &["init", "git"]);
    let repo = world.repo();
    std::fs::write(repo.join("src/a.rs"), "x\n").unwrap();
    let ada = [("LOOM_ACTOR", "human:ada"), ("FAIL", "3")];
    assert_ne!(git(&world, &repo, &ada, &["commit", "-qam", "x"]).code, 0);
    assert_eq!(
        git(&world, &repo, &ada[..1], &["commit", "-qam", "x"]).code,
        0
    );
    assert_eq!(
        std::fs::read_to_string(repo.join("ran")).unwrap(),
        "theirs\ntheirs\n"
    );
    world.ok("human:ada", "", &["init", "git", "--remove"]);
    assert_eq!(std::fs::read_to_string(&hook).unwrap(), theirs);
    assert!(!repo.join(".git/hooks/pre-push").exists());
}

#[test]
fn a_guard_that_cannot_look_lets_nothing_pass_unless_that_was_asked_for() {
    let world = World::bare();
    let said = world.loom("", "", &["guard", "--staged"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("no_journal"), "{}", said.err);
    let said = world.loom("", "", &["guard", "--staged", "--fail-open"]);
    assert_eq!(said.code, 0);
    assert!(said.err.contains("nobody looked"), "{}", said.err);
    let world = World::new();
    for range in ["nonsense", "x..y", "--upload-pack=x..y"] {
        let range = format!("--range={range}");
        assert_eq!(world.loom("", "", &["guard", &range]).code, 1, "{range}");
    }
}

#[test]
fn github_is_told_in_annotations_and_in_a_summary() {
    let world = World::new();
    world.claim("bob", &["src/b.rs", "-i", "50% | done"]);
    std::fs::write(world.repo().join("src/b.rs"), "x\n").unwrap();
    let summary = world.repo().parent().unwrap().join("summary.md");
    let output = loom(&world.repo())
        .args(["guard", "--worktree", "--format", "github"])
        .env("LOOM_NOW", world.now().to_string())
        .env("GITHUB_STEP_SUMMARY", &summary)
        .output()
        .unwrap();
    let said = Said::of(output);
    assert_eq!(said.code, CONFLICT);
    said.has(&[
        "::error file=src/b.rs,title=loom guard%3A claimed::",
        "50%25 | done",
    ]);
    let summary = std::fs::read_to_string(summary).unwrap();
    assert!(
        summary.contains("does not pass") && summary.contains(r"50% \| done"),
        "{summary}"
    );
}

#[test]
fn the_action_fails_a_pull_request_with_reasons_at_its_files_and_in_the_summary() {
    let world = World::new();
    let base = world.git(&["rev-parse", "HEAD"]);
    world.claim("bob", &["src/b.rs", "-i", "rounding on purpose"]);
    world.commit_unguarded("src/b.rs", "x\n", "past everybody");
    let folder = world.repo().parent().unwrap().to_owned();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../github-action/guard.sh");
    let of_loom = Path::new(env!("CARGO_BIN_EXE_loom")).parent().unwrap();
    let step = |base: &str, path: &str| {
        let mut step = Command::new("sh");
        step.arg(&script)
            .current_dir(world.repo())
            .env_clear()
            .env("PATH", path)
            .env("LOOM_NOW", world.now().to_string())
            .env("LOOM_STORE", world.journal())
            .env("LOOM_ACTOR", "service:ci")
            .env("GITHUB_STEP_SUMMARY", folder.join("summary.md"))
            .env("RECORD", "true")
            .envs([("BASE", base), ("HEAD", "HEAD"), ("VERB", "merge")]);
        Said::of(step.output().unwrap())
    };
    let path = format!("{}:/usr/bin:/bin", of_loom.display());
    let said = step(base.trim(), &path);
    assert_eq!(said.code, CONFLICT, "{}{}", said.out, said.err);
    said.has(&["::error file=src/b.rs,", "rounding on purpose"]);
    let summary = std::fs::read_to_string(folder.join("summary.md")).unwrap();
    assert!(summary.contains("does not pass"), "{summary}");
    assert!(summary.contains("Recorded as unobserved"), "{summary}");
    world.ok("human:bob", "bob-1", &["release"]);
    assert_eq!(step(base.trim(), &path).code, 0);
    // Nothing to look at, and nobody to look, are no yes.
    assert_eq!(step("", &path).code, 2);
    assert_eq!(step(base.trim(), "/usr/bin:/bin").code, 1);
}
