//! Policies through the binary: set, asked, answered, excepted.

use loom_core::coordinator::Reply;

use crate::world::{Said, World};

const DENIED: i32 = 4;
const ASKS: i32 = 3;

const POLICY: &str = "
version: 1
default: allow
owners:
  teams:
    payments: { members: [bob] }
rules:
  - id: payments
    effect: require_approval
    when: { verb: [edit, create, delete], paths: services/payments/** }
    approval: { teams: [payments] }
    reason: money moves here
  - id: no-merge
    effect: deny
    when: { verb: merge }
limits:
  - { id: budget, level: run, unit: microdollars, max: 5000000, per: life }
";

/// A world whose policy holds, with a run `night` of a loop.
fn governed() -> World {
    let world = World::new();
    std::fs::write(world.repo().join("loom.yaml"), POLICY).unwrap();
    world.ok("human:ada", "", &["policy", "set", "loom.yaml"]);
    world.ok("loop:nightly", "", &["run", "start", "night"]);
    world
}

fn night(world: &World, args: &[&str]) -> Said {
    world.loom("loop:nightly", "night", args)
}

#[test]
fn an_edit_of_payments_waits_for_a_yes_and_passes_with_it() {
    let world = governed();
    let edit = ["check", "edit", "services/payments/a.rs"];
    let asked = night(
        &world,
        &[&edit[..], &["--propose", "-i", "rounding", "--json"]].concat(),
    );
    assert_eq!(asked.code, ASKS, "{}", asked.err);
    let answer: loom_core::coordinator::Answer = serde_json::from_str(&asked.out).unwrap();
    let Reply::ActionDecided {
        request: Some(request),
        ..
    } = answer.reply
    else {
        panic!("{}", asked.out);
    };
    let request = request.to_string();
    night(&world, &["approvals"]).has(&[
        "open",
        &request,
        "loop:nightly in run night to edit",
        "services/payments/a.rs",
        "rounding",
        "1 yes from bob",
    ]);
    let ada = world.loom("human:ada", "", &["approve", &request]);
    assert_eq!(ada.code, 1);
    assert!(ada.err.contains("not_permitted"), "{}", ada.err);
    let own = world.loom("loop:nightly", "night", &["approve", &request]);
    assert!(own.err.contains("not_permitted"), "{}", own.err);
    world.ok("human:bob", "", &["approve", &request, "-n", "as agreed"]);
    assert_eq!(night(&world, &edit).code, 0);
    let other = night(&world, &["check", "edit", "services/payments/b.rs"]);
    assert_eq!(other.code, ASKS);
    other.has(&[
        "NEEDS A PERSON'S APPROVAL",
        "payments (loom.yaml:8)",
        "money moves here",
    ]);
}

#[test]
fn a_denied_merge_passes_while_the_glass_is_broken_and_everybody_sees_that() {
    let mut world = governed();
    let merge = ["check", "merge", "src/a.rs"];
    let denied = night(&world, &merge);
    assert_eq!(denied.code, DENIED);
    denied.has(&["DENIED", "no-merge (loom.yaml:13)"]);
    let glass = ["break-glass", "--for", "30m", "-r", "the site is down"];
    assert_eq!(night(&world, &glass).code, 1, "a loop breaks no glass");
    world.ok("human:ada", "", &glass);
    let lifted = night(&world, &merge);
    assert_eq!(lifted.code, 0);
    lifted.has(&["the glass was broken for it"]);
    night(&world, &["approvals"]).has(&["GLASS BROKEN", "human:ada", "the site is down"]);
    night(&world, &["log"]).has(&["GLASS BROKEN by human:ada"]);
    world.pass(30 * 60 * 1_000);
    world.ok("loop:nightly", "", &["run", "start", "night-2"]);
    let later = world.loom("loop:nightly", "night-2", &merge);
    assert_eq!(later.code, DENIED, "it mends by itself");
}

#[test]
fn a_claim_that_the_policy_stops_is_not_granted_and_says_what_would_help() {
    let world = governed();
    let claim = night(&world, &["claim", "services/payments/**"]);
    assert_eq!(claim.code, ASKS);
    claim.has(&["NEEDS A PERSON'S APPROVAL", "bob", "asked"]);
    let status = night(&world, &["status"]).out;
    assert!(!status.contains("services/payments"), "{status}");
}

#[test]
fn a_document_is_checked_and_decided_by_without_a_journal() {
    let world = World::bare();
    let file = world.repo().join("loom.yaml");
    std::fs::write(&file, POLICY).unwrap();
    let checked = world.loom("", "", &["policy", "check", "loom.yaml"]);
    assert_eq!(
        (checked.code, checked.out.trim()),
        (0, "loom.yaml: nothing found (rules: 2)")
    );
    let decide = |action: &str| {
        std::fs::write(world.repo().join("action.json"), action).unwrap();
        let args = [
            "policy",
            "decide",
            "--policy",
            "loom.yaml",
            "--action",
            "action.json",
        ];
        world.loom("", "", &args)
    };
    let asks = decide(r#"{"verb": "edit", "targets": {"paths": ["services/payments/a.rs"]}}"#);
    assert_eq!(asks.code, ASKS, "{}", asks.err);
    let decision: loom_core::policy::Decision = serde_json::from_str(&asks.out).unwrap();
    assert_eq!(decision.reasons[0].rule.line, 8);
    assert_eq!(decide(r#"{"verb": "merge"}"#).code, DENIED);
    assert_eq!(
        decide(r#"{"verb": "edit", "targets": {"paths": ["README.md"]}}"#).code,
        0
    );
    for bad in [
        "",
        "{}",
        r#"{"verb": "teleport"}"#,
        r#"{"verb": "edit", "enviroment": "x"}"#,
    ] {
        let said = decide(bad);
        assert_eq!(said.code, 2, "{bad}: {}", said.err);
    }
    std::fs::write(&file, POLICY.replace("effect: deny", "efect: deny")).unwrap();
    let broken = world.loom("", "", &["policy", "check", "loom.yaml"]);
    assert_eq!(broken.code, 2);
    assert!(
        broken
            .err
            .contains("loom.yaml: line 14, column 5: unknown key `efect`; did you mean `effect`?"),
        "{}",
        broken.err
    );
}
