use loom_core::claim::{ClaimReply, HandOverReply};
use loom_core::coordinator::{Conflicts, Reply};

use crate::world::{CONFLICT, FENCED, LESS, WAITING, World, granted};

#[test]
fn a_claim_that_meets_another_is_refused_with_witness_intent_and_lease_until_it_is_released() {
    let world = World::new();
    let claim = ["claim", "src/*.rs", "--intent", "rename a", "--ttl", "10m"];
    let said = world.loom("human:ada", "ada-1", &claim);
    assert_eq!(said.code, 0, "{}", said.err);
    said.has(&[
        "granted   write on src/*.rs in shop main",
        "claim     00000000-",
        "until     07:40:00Z, in 10 min",
    ]);

    let said = world.loom("human:bob", "bob-1", &["claim", "**/a.rs"]);
    assert_eq!(said.code, CONFLICT);
    said.has(&[
        "refused   others are in the way",
        "conflict  write on src/*.rs, by human:ada (run ada-1)",
        "meets at src/a.rs",
        "intent \"rename a\"",
        "until 07:40:00Z, in 10 min",
    ]);

    world.loom("human:ada", "ada-1", &["run", "beat"]).has(&[
        "notice    #1 just now: human:bob (run bob-1) asked for write on **/a.rs (meets at src/a.rs), and was refused",
    ]);
    world
        .loom("human:ada", "ada-1", &["release"])
        .has(&["released  write on src/*.rs"]);
    world.ok("human:bob", "bob-1", &["claim", "**/a.rs"]);
}

#[test]
fn all_worktrees_of_a_clone_share_one_journal() {
    let world = World::new();
    world.git(&["worktree", "add", "--quiet", "../other", "-b", "other"]);
    let other = world.repo().join("../other");
    world.claim("ada", &["src/a.rs"]);
    let said = world.loom_in(
        &other.join("src"),
        "human:bob",
        "bob-1",
        &["claim", "src/a.rs"],
    );
    assert_eq!(said.code, CONFLICT, "{}", said.err);
    assert!(!other.join(".git/.loom").exists());
}

#[test]
fn a_waiting_claim_is_served_by_the_release_that_makes_room() {
    let world = World::new();
    let held = world.claim("ada", &["src/a.rs"]);
    let (code, answer) = world.json("bob", &["claim", "src/**", "--wait"]);
    assert_eq!(code, WAITING, "{answer:?}");
    let said = world.loom("human:bob", "bob-1", &["claim", "docs/**", "--wait"]);
    assert_eq!(
        said.code, 0,
        "what is free is granted at once: {}",
        said.err
    );
    let said = world.loom("human:ada", "ada-1", &["release", &held.to_string()]);
    said.has(&["released", "served    run bob-1, which was waiting: claim "]);
    world
        .loom("human:bob", "bob-1", &["status"])
        .has(&["holds     write on src/**"]);
}

#[test]
fn leaving_the_queue_leaves_it() {
    let world = World::new();
    world.claim("ada", &["src/a.rs"]);
    world.json("bob", &["claim", "src/**", "--wait"]);
    world
        .loom("human:bob", "bob-1", &["withdraw"])
        .has(&["left      the queue"]);
    world
        .loom("human:bob", "bob-1", &["withdraw"])
        .has(&["this run was not waiting"]);
}

#[test]
fn work_under_a_lapsed_or_superseded_claim_is_fenced_off() {
    let mut world = World::new();
    let stale = world.claim("ada", &["src/a.rs", "--ttl", "1m"]);
    world.pass(60_000);
    let said = world.loom("human:ada", "ada-1", &["renew", &stale.to_string()]);
    assert_eq!(said.code, FENCED);
    said.has(&["not done  ", "its lease ended"]);
    let token = ["--token", &stale.to_string()];
    let said = world.loom(
        "human:ada",
        "ada-1",
        &[&["change", "src/a.rs"], &token[..]].concat(),
    );
    assert_eq!(said.code, FENCED);
    said.has(&["fenced", "because   of the claim: its lease ended"]);

    let newer = world.claim("bob", &["src/a.rs"]);
    let said = world.loom(
        "human:ada",
        "ada-1",
        &[&["change", "src/a.rs"], &token[..]].concat(),
    );
    assert_eq!(said.code, FENCED);
    said.has(&[&format!(
        "because   a later claim stands in its place: {newer}"
    )]);
}

#[test]
fn less_than_was_asked_for_has_an_exit_code_of_its_own() {
    let world = World::new();
    world.claim("ada", &["src/a.rs"]);
    let (code, answer) = world.json("bob", &["claim", "src/a.rs", "src/b.rs", "--partial"]);
    assert_eq!(code, LESS);
    granted(&answer);
    let said = world.loom("human:bob", "bob-1", &["claim", "src/a.rs", "--advise"]);
    assert_eq!(said.code, LESS);
    said.has(&["granted   plan on src/a.rs", "conflict  write on src/a.rs"]);
}

#[test]
fn a_claim_is_narrowed_renewed_handed_over_and_revoked() {
    let world = World::new();
    let token = world
        .claim("ada", &["--dir", "src", "--mode", "exclusive"])
        .to_string();
    world
        .loom(
            "human:ada",
            "ada-1",
            &["narrow", &token, "--file", "src/a.rs"],
        )
        .has(&["narrowed  exclusive on src/a.rs"]);
    world
        .loom("human:ada", "ada-1", &["renew", "--ttl", "2h"])
        .has(&["until 09:30:00Z, in 2 h"]);
    let (code, answer) = world.json("ada", &["hand-over", &token, "--to", "bob-1"]);
    assert_eq!(code, 0);
    let Reply::HandOver {
        claim: HandOverReply::HandedOver { token, .. },
    } = answer.reply
    else {
        panic!("{answer:?}");
    };
    let revoke = [
        "revoke",
        &token.to_string(),
        "--reason",
        "needed for the release",
    ];
    world
        .loom("human:ada", "", &revoke)
        .has(&["revoked   exclusive on src/a.rs"]);
    let said = world.loom("loop:nightly", "bob-1", &revoke);
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("not_permitted") && said.err.contains("remedy: a person"),
        "{}",
        said.err
    );
}

#[test]
fn resources_exclusions_and_further_places_are_claimed_as_one() {
    let world = World::new();
    let spec = r#"{"repo":"shop","branch":"next","paths":["docs/**"]}"#;
    let said = world.loom(
        "human:ada",
        "ada-1",
        &[
            "claim",
            "src/**",
            "--exclude",
            "src/b.rs",
            "--resource",
            "db:migrations",
            "--spec",
            spec,
        ],
    );
    said.has(&[
        "write on src/**, except src/b.rs, db:migrations in shop main; docs/** in shop next",
    ]);
    world.claim("bob", &["src/b.rs"]);
    let said = world.loom(
        "human:bob",
        "bob-1",
        &["claim", "--resource", "db:migrations"],
    );
    assert_eq!(said.code, CONFLICT);
}

#[test]
fn plans_announce_and_conflicts_asks_without_a_trace() {
    let world = World::new();
    world.ok(
        "human:ada",
        "ada-1",
        &["plan", "src/**", "--intent", "split a"],
    );
    let before = world.ok("human:bob", "", &["log", "--quiet"]);
    let said = world.loom("", "", &["conflicts", "src/a.rs"]);
    assert_eq!(said.code, 0, "a plan stops nobody: {}", said.err);
    said.has(&[
        "beside    plan on src/**, by human:ada",
        "intent \"split a\"",
    ]);
    world.claim("ada", &["src/a.rs"]);
    let said = world.loom("", "", &["conflicts", "src/a.rs", "--json"]);
    assert_eq!(said.code, CONFLICT);
    let conflicts: Conflicts = serde_json::from_str(&said.out).unwrap();
    assert_eq!(conflicts.claims.list.len(), 1);
    assert_ne!(
        before,
        world.ok("human:bob", "", &["log", "--quiet"]),
        "the claim is recorded"
    );
}

#[test]
fn words_of_others_cannot_colour_the_screen_or_pretend_to_be_output() {
    let world = World::new();
    let evil = "\u{1b}[2Jgone\nrefused   not really \u{202e}x\"";
    world.claim("ada", &["src/a.rs", "--intent", evil]);
    let said = world.loom("human:bob", "bob-1", &["claim", "src/a.rs"]);
    said.has(&["intent \"[2Jgone refused not really x'\""]);
    assert!(!said.out.contains(['\u{1b}', '\u{202e}']));
}

#[test]
fn every_reply_is_printed_as_it_is() {
    let world = World::new();
    let (_, answer) = world.json("ada", &["claim", "src/a.rs", "--intent", "why"]);
    assert!(matches!(
        answer.reply,
        Reply::Claim {
            claim: ClaimReply::Granted { .. },
            ..
        }
    ));
    let (_, answer) = world.json("bob", &["run", "beat"]);
    assert!(matches!(answer.reply, Reply::Beaten { .. }));
    let (_, answer) = world.json("bob", &["run", "finish", "--outcome", "nothing-found"]);
    assert!(matches!(answer.reply, Reply::RunFinished { .. }));
}
