//! What a run waits for, what stops it from outside, and who goes on where one dies.

use serde_json::{Value, json};

use super::Teller;
use super::stage::{Stage, claim, waiting, with};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A journal with the loop `fixer` on `src/**`, and its run `m`.
fn at_work() -> Stage {
    let mut stage = Stage::bare();
    stage.ada(json!({
        "type": "register_loop", "id": "fixer", "owner": "ada",
        "scope": [{"repo": "shop", "paths": ["src/**"]}],
        "gates": [{"name": "tests"}],
    }));
    stage.by("m", start("m", DAY));
    stage
}

fn start(run: &str, ttl_ms: u64) -> Value {
    json!({"type": "start_run", "run": run, "loop": "fixer", "ttl_ms": ttl_ms})
}

fn next(run: &str) -> Value {
    json!({"type": "next", "run": run})
}

fn red() -> Value {
    json!({
        "type": "finish_iteration", "summary": "the cart still rounds down",
        "gates": [{"name": "tests", "passed": false, "fingerprint": "e1"}],
    })
}

fn change(token: &str) -> Value {
    json!({
        "type": "record_change", "id": "x", "repo": "shop", "made_by": "loop", "token": token,
        "intent": "round half up", "files": [{"path": "src/cart.rs"}],
    })
}

/// A run that holds the cart, tried once, and was heard of last at 2:10.
fn died() -> (Stage, String) {
    let mut stage = at_work();
    let finish = json!({"type": "finish_run", "outcome": "stopped"});
    stage.by("m", finish);
    stage.later(2 * HOUR);
    stage.by("a", start("a", 10 * MINUTE));
    let token = stage.claims("a", json!(["src/cart.rs"]), "exclusive");
    stage.by("a", json!({"type": "begin_iteration"}));
    stage.by("a", change(&token));
    stage.by("a", red());
    stage.by("a", json!({"type": "report_finding", "key": "cart", "title": "the cart rounds down", "severity": "high"}));
    stage.by("a", json!({"type": "take_finding", "key": "cart"}));
    stage.later(45 * MINUTE);
    (stage, token)
}

pub(super) fn tell(teller: &mut Teller) {
    waits(teller);
    stops(teller);
    successors(teller);
    freeze(teller);
}

fn waits(teller: &mut Teller) {
    let wait = json!({"type": "await_signal", "name": "ci.green", "key": "17"});
    let signal = json!({"type": "signal", "name": "ci.green", "key": "17"});
    teller.ends_hashed(
        "a run waits for a signal",
        at_work(),
        "m",
        wait.clone(),
        &[("/given", json!(false))],
    );
    let mut stage = at_work();
    stage.by("m", wait.clone());
    teller.ends(
        "and begins nothing meanwhile",
        stage,
        "m",
        json!({"type": "begin_iteration"}),
        &[
            ("/type", json!("iteration_not_begun")),
            ("/next/on/type", json!("signal")),
            ("/next/on/key", json!("17")),
        ],
    );
    let mut stage = at_work();
    stage.by("m", wait.clone());
    teller.ends(
        "the signal wakes it",
        stage,
        "ci",
        signal.clone(),
        &[("/wakes", json!(["m"]))],
    );
    let mut stage = at_work();
    stage.by("m", wait.clone());
    stage.by("ci", signal.clone());
    teller.asks(
        "and it goes on",
        stage,
        next("m"),
        &[("/next/type", json!("continue"))],
    );
    let mut stage = at_work();
    stage.by("ci", signal);
    teller.ends(
        "what was given before is not waited for",
        stage,
        "m",
        wait,
        &[("/given", json!(true))],
    );
    let mut stage = at_work();
    stage.by("b", json!({"type": "start_run", "run": "b", "ttl_ms": DAY}));
    stage.claims("b", json!(["src/cart.rs"]), "exclusive");
    let wait = stage.waits("m", json!(["src/**"]), "write");
    teller.asks(
        "a run in the queue waits for its claim",
        stage,
        next("m"),
        &[("/next/on", json!({"type": "claim", "wait": wait}))],
    );
    teller.asks(
        "a run that goes on says with which iteration",
        at_work(),
        next("m"),
        &[("/next", json!({"type": "continue", "iteration": 1}))],
    );
    teller.asks_in_vain(
        "nobody knows what a run does next that never started",
        at_work(),
        next("nobody"),
        "not_found",
        "run",
    );
}

/// A policy in which a person is asked about pushes.
fn asks() -> Value {
    json!({
        "type": "set_policy", "name": "p.yaml", "format": "yaml",
        "text": "{version: 1, default: allow, rules: [{id: push, effect: require_approval, when: {verb: push}}]}",
    })
}

fn push() -> Value {
    let digest = "sha256:".to_owned() + &"0".repeat(64);
    let digest = digest.trim_start_matches("sha256:").to_owned();
    json!({"type": "propose_action", "action": {"verb": "push", "repo": "shop", "branch": "main", "digest": digest}})
}

fn stops(teller: &mut Teller) {
    let mut stage = at_work();
    stage.ada(asks());
    let request = stage.by("m", push())["request"].clone();
    teller.asks(
        "a run that asked a person waits for their yes",
        stage,
        next("m"),
        &[(
            "/next/on",
            json!({"type": "approval", "requests": [request]}),
        )],
    );
    let mut stage = at_work();
    stage.ada(asks());
    let request = stage.by("m", push())["request"].clone();
    stage.by(
        "bob",
        json!({"type": "reject", "request": request, "reason": "not on a Friday"}),
    );
    teller.asks(
        "a no hands it to a person",
        stage,
        next("m"),
        &[
            (
                "/next/why",
                json!({"type": "approval_refused", "request": request}),
            ),
            ("/next/outcome", json!("handed_to_human")),
        ],
    );
    let mut stage = at_work();
    let token = stage.claims("m", json!(["src/cart.rs"]), "write");
    stage.by(
        "bob",
        json!({"type": "revoke", "token": token, "reason": "the release is cut"}),
    );
    teller.ends_hashed(
        "so does a claim that was taken away",
        stage,
        "m",
        json!({"type": "begin_iteration"}),
        &[
            (
                "/next/why",
                json!({"type": "claim_revoked", "token": token}),
            ),
            ("/next/outcome", json!("handed_to_human")),
        ],
    );
}

fn successors(teller: &mut Teller) {
    let (stage, _) = died();
    teller.ends_hashed(
        "the next run of a loop takes over from the one that died",
        stage,
        "b",
        start("b", DAY),
        &[("/succeeds", json!("a"))],
    );
    let (mut stage, _) = died();
    stage.by("b", start("b", DAY));
    teller.asks(
        "and is told what that did, where it failed and what it held",
        stage,
        json!({"type": "handover", "run": "a"}),
        &[
            ("/handover/iterations", json!(1)),
            ("/handover/gates", json!({"tests": false})),
            (
                "/handover/summary/text",
                json!("the cart still rounds down"),
            ),
            ("/handover/changes/0/id", json!("x")),
            ("/handover/changes/0/intent/text", json!("round half up")),
            ("/handover/claimed/0/paths", json!(["src/cart.rs"])),
            ("/handover/findings", json!(["cart"])),
        ],
    );
    let (mut stage, _) = died();
    stage.by("b", start("b", DAY));
    teller.asks(
        "in its brief too",
        stage,
        json!({"type": "brief", "run": "b"}),
        &[("/brief/taken_over/run", json!("a"))],
    );
    let (mut stage, _) = died();
    stage.by("b", start("b", DAY));
    teller.ends(
        "it gets the claim of the dead one",
        stage,
        "b",
        claim(json!(["src/cart.rs"]), "exclusive"),
        &[("/claim/type", json!("granted"))],
    );
    let (mut stage, token) = died();
    stage.by("b", start("b", DAY));
    stage.by("b", claim(json!(["src/cart.rs"]), "exclusive"));
    stage.later(5 * MINUTE);
    teller.ends(
        "and what the dead one still brings is fenced",
        stage,
        "a",
        with(change(&token), "id", json!("late")),
        &[("/type", json!("change_fenced"))],
    );
    let (mut stage, _) = died();
    stage.by("b", start("b", DAY));
    stage.by("b", json!({"type": "begin_iteration"}));
    stage.by(
        "b",
        json!({"type": "finish_iteration", "gates": [{"name": "tests", "passed": true}]}),
    );
    teller.asks(
        "it answers for what the dead one changed and nobody verified",
        stage,
        next("b"),
        &[("/next/changes", json!(["x"]))],
    );
    let mut stage = at_work();
    stage.later(DAY - MINUTE);
    teller.asks(
        "a run that gives no sign of life is stalled",
        stage,
        json!({"type": "run", "run": "m"}),
        &[("/run/phase", json!("stalled")), ("/run/live", json!(true))],
    );
    let mut stage = at_work();
    stage.later(DAY);
    teller.asks(
        "and dead once its lease is over",
        stage,
        json!({"type": "run", "run": "m"}),
        &[("/run/phase", json!("dead")), ("/run/live", json!(false))],
    );
}

/// A journal with two loops that start every hour, and a freeze of the release from 0:30 to 3:00 in which
/// no loop changes anything.
fn frozen() -> Stage {
    let mut stage = Stage::bare();
    for (id, path) in [("fixer", "src/**"), ("tidier", "docs/**")] {
        stage.ada(json!({
            "type": "register_loop", "id": id, "owner": "ada",
            "scope": [{"repo": "shop", "paths": [path]}],
            "trigger": {"type": "interval", "every_ms": HOUR},
        }));
    }
    let from = crate::world::at(30 * MINUTE);
    let to = crate::world::at(3 * HOUR);
    let text = format!(
        "version: 1\ndefault: allow\nrules:\n  - id: freeze\n    effect: deny\n    when:\n      verb: \
         [edit, create, delete]\n      actor: loop\n      window: {{from: \"{from}\", to: \"{to}\"}}\n"
    );
    stage.ada(json!({"type": "set_policy", "name": "p.yaml", "format": "yaml", "text": text}));
    stage.by(
        "bob",
        json!({"type": "start_run", "run": "hotfix", "ttl_ms": DAY}),
    );
    stage
}

fn freeze(teller: &mut Teller) {
    let mut stage = frozen();
    stage.later(HOUR);
    teller.asks(
        "a freeze queues loops",
        stage,
        json!({"type": "due"}),
        &[
            ("/due/0/loop", json!("fixer")),
            ("/due/0/held_until", json!(crate::world::at(3 * HOUR))),
            ("/due/1/held_until", json!(crate::world::at(3 * HOUR))),
        ],
    );
    let slot = json!({"at": crate::world::at(HOUR)});
    let starts = with(start("a", DAY), "slot", slot);
    let mut stage = frozen();
    stage.later(HOUR);
    teller.ends(
        "none of them starts",
        stage,
        "a",
        starts,
        &[
            ("/type", json!("run_not_started")),
            ("/why", json!("held")),
            ("/until", json!(crate::world::at(3 * HOUR))),
        ],
    );
    let mut stage = frozen();
    stage.by("a", start("a", DAY));
    stage.later(HOUR);
    teller.ends(
        "one that works already begins nothing",
        stage,
        "a",
        json!({"type": "begin_iteration"}),
        &[(
            "/next/on",
            json!({"type": "window", "until": crate::world::at(3 * HOUR)}),
        )],
    );
    let mut stage = frozen();
    stage.later(HOUR);
    let person = json!({"kind": "human", "id": "bob", "run": "hotfix"});
    teller.ends_as(
        "a person's hotfix passes",
        stage,
        person,
        claim(json!(["src/cart.rs"]), "write"),
        &[("/claim/type", json!("granted"))],
    );
    let mut stage = frozen();
    stage.by("a", start("a", DAY));
    stage.later(HOUR);
    teller.ends(
        "a loop's claim does not",
        stage,
        "a",
        waiting(json!(["src/cart.rs"]), "write"),
        &[
            ("/type", json!("not_allowed")),
            ("/decision/verdict", json!("deny")),
        ],
    );
    let mut stage = frozen();
    stage.later(3 * HOUR);
    let slot = json!({"at": crate::world::at(3 * HOUR)});
    teller.ends(
        "and when it ends, what was queued goes on",
        stage,
        "a",
        with(start("a", DAY), "slot", slot),
        &[("/type", json!("run_started"))],
    );
}
