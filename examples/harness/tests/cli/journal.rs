use loom_core::coordinator::Reply;

use crate::world::World;

#[test]
fn init_can_be_run_again_and_registers_the_repository_by_its_origin() {
    let world = World::bare();
    world.git(&["remote", "add", "origin", "git@example.org:acme/Shop.git"]);
    let said = world.loom("human:ada", "", &["init"]);
    assert_eq!(said.code, 0, "{}", said.err);
    said.has(&[
        "made      the journal of workspace Shop",
        "repo      Shop is registered, also known as example.org/acme/Shop",
    ]);
    let again = world.ok("human:ada", "", &["init"]);
    assert!(!again.contains("made"), "{again}");
    world.loom("human:ada", "", &["status"]).has(&[
        "workspace Shop, version 2",
        "repo      Shop, landing on main",
        "Nobody is at work",
    ]);
}

#[test]
fn what_is_missing_is_said_with_its_remedy() {
    let world = World::bare();
    let said = world.loom("human:ada", "", &["status"]);
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("no_journal") && said.err.contains("loom init"),
        "{}",
        said.err
    );
    assert!(!world.journal().exists(), "asking makes nothing");

    let said = world.loom("", "", &["init"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("--as human:NAME"), "{}", said.err);

    world.ok("human:ada", "", &["init"]);
    let said = world.loom("human:ada", "", &["claim", "src/**"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("loom run start"), "{}", said.err);
    assert_eq!(world.loom("human:ada", "r", &["claim"]).code, 2);
    assert_eq!(
        world
            .loom("human:ada", "r", &["claim", "x", "--wait", "--partial"])
            .code,
        2
    );
    assert_eq!(
        world
            .loom("human:ada", "r", &["claim", "x", "--ttl", "soon"])
            .code,
        2
    );

    let said = world.loom("human:ada", "r", &["claim", "src/**", "--json"]);
    assert_eq!(said.code, 1);
    let error: serde_json::Value = serde_json::from_str(&said.err).unwrap();
    assert_eq!(error["error"]["code"], "not_found");
    assert_eq!(error["error"]["field"], "actor.run");
    assert_eq!(error["error"]["next"], "fix_input");
}

#[test]
fn a_journal_named_by_hand_is_used_from_anywhere() {
    let world = World::bare();
    let elsewhere = tempfile::tempdir().unwrap();
    let store = format!("sqlite:{}", elsewhere.path().join("team.db").display());
    world.ok("human:ada", "", &["init", "--store", &store]);
    let status = ["status", "--store", &store];
    let said = world.loom_in(elsewhere.path(), "human:ada", "", &status);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(!world.journal().exists());
    let said = world.loom("human:ada", "", &["status", "--store", "redis://x"]);
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("there is no store redis: here"),
        "{}",
        said.err
    );
}

#[test]
fn loops_and_runs_are_shown_while_they_are_alive() {
    let mut world = World::new();
    world.ok(
        "human:ada",
        "",
        &["loop", "add", "nightly", "--goal", "green tests"],
    );
    let started = world.ok(
        "loop:nightly",
        "",
        &["run", "start", "--loop", "nightly", "--ttl", "10m"],
    );
    let run = started
        .lines()
        .find_map(|line| line.strip_prefix("next      export LOOM_RUN="))
        .unwrap();
    assert!(run.starts_with("nightly-"), "{started}");
    world.ok("loop:nightly", run, &["claim", "src/**"]);
    world.pass(60_000);
    world.loom("", "", &["status"]).has(&[
        "loop      nightly, owned by ada",
        &format!("run       {run}, loop:nightly of loop nightly, started 60 s ago"),
        "alive until 07:40:00Z, in 9 min",
        "holds     write on src/** in shop main",
    ]);
    world.pass(600_000);
    assert!(
        !world.ok("", "", &["status"]).contains(run),
        "a run that missed its beats is dead"
    );
    let status = world.ok("", "", &["status", "--json"]);
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["runs"].as_array().unwrap().len(), 2);
}

#[test]
fn a_change_is_read_from_its_commit_and_reaches_the_brief_of_others() {
    let world = World::new();
    let token = world.claim("ada", &["src/a.rs"]).to_string();
    world.git(&["mv", "src/b.rs", "src/c.rs"]);
    world.commit("src/a.rs", "fn a() { 5 }\n", "Raise the limit to 5");
    let commit = world.git(&["rev-parse", "HEAD"]);
    let said = world.loom("human:ada", "ada-1", &["change", "--deliberate"]);
    assert_eq!(said.code, 0, "{}", said.err);
    said.has(&[
        &format!("recorded  change shop@{}", &commit[..12]),
        "unclaimed src/c.rs",
        "unclaimed src/b.rs",
    ]);
    world.ok("human:ada", "ada-1", &["release", &token]);

    let said = world.loom("human:bob", "bob-1", &["brief", "src/**"]);
    said.has(&[
        "# Brief for run bob-1",
        "## Changed on purpose by others",
        &format!(
            "- change shop@{}: just now by a person, run ada-1",
            &commit[..12]
        ),
        "touched src/a.rs, src/c.rs, src/b.rs",
        "intent: \"Raise the limit to 5\"",
    ]);
    let short = world.ok("human:bob", "bob-1", &["brief", "src/**", "--budget", "40"]);
    assert_eq!(short, "Left out: 1 entry.\n");
    let said = world.loom("human:ada", "ada-1", &["change", "--commit", "HEAD"]);
    assert!(
        said.code == 1 && said.err.contains("already_exists"),
        "{}",
        said.err
    );
}

#[test]
fn finishing_compares_what_was_claimed_with_what_was_changed() {
    let world = World::new();
    world.claim("ada", &["src/a.rs", "docs/**"]);
    world.ok("human:ada", "ada-1", &["change", "src/a.rs", "lib/x.rs"]);
    world.loom("human:ada", "ada-1", &["run", "finish"]).has(&[
        "finished",
        "released  write on src/a.rs, docs/**",
        "unclaimed lib/x.rs was changed",
        "unused    docs/** was claimed",
    ]);
}

#[test]
fn the_log_shows_every_record_and_verifies_the_chain() {
    let world = World::new();
    world.claim("ada", &["src/a.rs"]);
    let said = world.loom("", "", &["log"]);
    assert_eq!(said.code, 0, "{}", said.err);
    said.has(&[
        "1  2026-11-22 07:30:00Z  human:ada",
        "journal of shop made by human:ada",
        "repo shop registered, landing on main",
        "run ada-1 started",
        "granted to run ada-1: write on src/a.rs in shop main",
        "verified  5 records, none altered",
    ]);
    let last = world.ok("", "", &["log", "-n", "1"]);
    assert!(
        last.trim_start().starts_with("5  ") && !last.contains("made by"),
        "{last}"
    );
    let json = world.ok("", "", &["log", "--json"]);
    let lines: Vec<serde_json::Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 6);
    assert_eq!(lines[4]["header"]["actor"]["run"], "ada-1");
    assert_eq!(lines[5]["verified"]["ver"], 5);
}

#[test]
fn the_log_names_the_first_record_that_somebody_altered() {
    let world = World::new();
    let (_, answer) = world.json("ada", &["claim", "src/a.rs"]);
    assert!(matches!(answer.reply, Reply::Claim { .. }));
    let file = rusqlite::Connection::open(world.journal()).unwrap();
    let alter = "UPDATE records SET body = CAST(replace(CAST(body AS TEXT), 'ada', 'eve') AS BLOB) WHERE ver = 3";
    assert_eq!(file.execute(alter, []).unwrap(), 1);
    drop(file);
    let said = world.loom("", "", &["log"]);
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(
        said.err.contains("broken_chain") && said.err.contains("record 3 was altered"),
        "{}",
        said.err
    );
    assert!(!said.out.contains("verified"), "{}", said.out);
    let said = world.loom("human:bob", "bob-1", &["claim", "src/b.rs"]);
    assert_eq!(said.code, 1, "nobody works on with it");
}
