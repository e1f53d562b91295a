//! The war: one loop changes a test on purpose, another one "fixes" it, and the first is about to change it
//! back. It ends at a person.

use serde_json::{Value, json};

use super::Teller;
use super::stage::{Stage, with};

const HOUR: u64 = 60 * 60_000;
const DAY: u64 = 24 * HOUR;

/// Deliberate changes are protected for three days: another side needs a person's yes.
const POLICY: &str = "{version: 1, default: allow, protect: {deliberate: 72h}}";

fn start(run: &str, of: &str) -> Value {
    json!({"type": "start_run", "run": run, "loop": of, "ttl_ms": HOUR})
}

fn claim(intent: &str) -> Value {
    let specs = json!([{"repo": "shop", "paths": ["tests/cart.rs"]}]);
    json!({
        "type": "claim", "specs": specs, "mode": "write", "ttl_ms": HOUR, "intent": intent,
    })
}

fn change(id: &str, blobs: [&str; 2], intent: &str) -> Value {
    let [before, after] = blobs;
    json!({
        "type": "record_change", "id": id, "repo": "shop", "made_by": "loop", "intent": intent,
        "files": [{"path": "tests/cart.rs", "before": before, "after": after}],
    })
}

/// Sunday night: loop B changes a test, on purpose, and its run ends.
fn sunday() -> Stage {
    let mut stage = Stage::bare();
    stage.ada(json!({"type": "set_policy", "name": "p.yaml", "format": "yaml", "text": POLICY}));
    for (id, owner) in [("triage-a", "ada"), ("rounding-b", "bob")] {
        stage.ada(json!({
            "type": "register_loop", "id": id, "owner": owner, "gates": [{"name": "tests"}],
        }));
    }
    stage.by("b1", start("b1", "rounding-b"));
    stage.by("b1", claim("totals round half up from now on"));
    let change = change(
        "b-1",
        ["t0", "t1"],
        "totals round half up from now on, as finance asked",
    );
    stage.by("b1", with(change, "deliberate", json!(true)));
    stage.later(8 * HOUR);
    stage
}

/// Monday: the triage of loop A sees the failing test, and asks for it.
fn monday() -> (Stage, Value) {
    let mut stage = sunday();
    stage.by("a1", start("a1", "triage-a"));
    let reply = stage.by(
        "a1",
        claim("the cart's test fails: expect what it computes"),
    );
    (stage, reply)
}

/// A person lets it pass, and it lands: a fresh text, no inverse of what B did.
fn landed() -> Stage {
    let (mut stage, reply) = monday();
    let request = reply["requests"][0].clone();
    stage.ada(json!({"type": "approve", "request": request}));
    stage.by(
        "a1",
        claim("the cart's test fails: expect what it computes"),
    );
    stage.by(
        "a1",
        change("a-1", ["t1", "t2"], "expect what the cart computes"),
    );
    stage.by(
        "a1",
        json!({"type": "finish_run", "outcome": "handed_to_human"}),
    );
    stage.later(DAY);
    stage.by("b2", start("b2", "rounding-b"));
    stage
}

/// Tuesday: B is about to restore what it meant.
fn tuesday() -> Stage {
    let mut stage = landed();
    let refused = stage.by("b2", claim("restore the test that was changed on purpose"));
    assert_eq!(refused["decision"]["verdict"], json!("deny"), "{refused}");
    stage
}

const KEY: &str = "reversal of a-1";

pub(super) fn tell(teller: &mut Teller) {
    let mut stage = sunday();
    stage.by("a1", start("a1", "triage-a"));
    teller.asks(
        "the brief tells the triage that the test was changed on purpose",
        stage,
        json!({"type": "brief", "run": "a1", "specs": [{"repo": "shop", "paths": ["tests/cart.rs"]}]}),
        &[
            ("/brief/changes/0/id", json!("b-1")),
            ("/brief/changes/0/deliberate", json!(true)),
            (
                "/brief/changes/0/intent/text",
                json!("totals round half up from now on, as finance asked"),
            ),
        ],
    );
    let mut stage = sunday();
    stage.by("a1", start("a1", "triage-a"));
    teller.ends_hashed(
        "its fix is held for a person",
        stage,
        "a1",
        claim("the cart's test fails: expect what it computes"),
        &[
            ("/type", json!("not_allowed")),
            ("/decision/verdict", json!("require_approval")),
            ("/decision/reasons/0/rule/id", json!("protect")),
        ],
    );
    let (stage, _) = monday();
    teller.asks(
        "who is shown what both of them mean",
        stage,
        json!({"type": "requests"}),
        &[
            (
                "/requests/0/intent/text",
                json!("the cart's test fails: expect what it computes"),
            ),
            ("/requests/0/against/0/id", json!("b-1")),
            (
                "/requests/0/against/0/intent/text",
                json!("totals round half up from now on, as finance asked"),
            ),
        ],
    );
    let restore = claim("restore the test that was changed on purpose");
    teller.ends_hashed(
        "to restore it is refused as the second reversal",
        landed(),
        "b2",
        restore.clone(),
        &[
            ("/type", json!("not_allowed")),
            ("/decision/verdict", json!("deny")),
            (
                "/decision/reasons/0/rule/id",
                json!("loomstack.second_reversal"),
            ),
        ],
    );
    teller.asks(
        "one escalation names both loops",
        tuesday(),
        json!({"type": "inbox"}),
        &[
            ("/more", json!(0)),
            ("/findings/0/key", json!(KEY)),
            (
                "/findings/0/title/text",
                json!("loop rounding-b and loop triage-a undo each other's changes"),
            ),
            ("/findings/0/escalation/to", json!("bob")),
            ("/findings/0/escalation/changes", json!(["b-1", "a-1"])),
        ],
    );
    let mut stage = tuesday();
    stage.by("b2", restore.clone());
    teller.asks(
        "however often it tries",
        stage,
        json!({"type": "finding", "key": KEY}),
        &[("/finding/reported", json!(1))],
    );
    teller.asks(
        "its run is over",
        tuesday(),
        json!({"type": "next", "run": "b2"}),
        &[(
            "/next/why",
            json!({"type": "second_reversal", "finding": KEY}),
        )],
    );
    let mut stage = tuesday();
    stage.by("a2", start("a2", "triage-a"));
    teller.ends(
        "and the place is closed to the other loop too",
        stage,
        "a2",
        claim("one more fix"),
        &[("/decision/verdict", json!("deny"))],
    );
    let mut stage = tuesday();
    stage.by(
        "bob",
        json!({"type": "start_run", "run": "bob-1", "ttl_ms": HOUR}),
    );
    teller.ends_as(
        "a person is asked no more than before the fight",
        stage,
        json!({"kind": "human", "id": "bob", "run": "bob-1"}),
        claim("by hand"),
        &[
            ("/decision/verdict", json!("require_approval")),
            ("/decision/reasons/0/rule/id", json!("protect")),
        ],
    );
    let mut stage = tuesday();
    stage.by(
        "bob",
        json!({"type": "return_finding", "key": KEY, "note": "half up it is: restore it"}),
    );
    stage.by("b3", start("b3", "rounding-b"));
    teller.ends_hashed(
        "until a person has decided",
        stage,
        "b3",
        restore,
        &[("/type", json!("claim")), ("/claim/type", json!("granted"))],
    );
}
