//! Notes: what was found out about a place reaches whoever works there next.

use serde_json::{Value, json};

use super::Teller;
use super::stage::Stage;

const DAY: u64 = 86_400_000;

fn note(kind: &str, text: &str) -> Value {
    json!({"type": "write_note", "kind": kind, "repo": "shop", "paths": ["src/pay/**"], "text": text})
}

/// The name of the note that `run` writes.
fn written(stage: &mut Stage, run: &str, body: Value) -> Value {
    stage.by(run, body)["note"].clone()
}

/// Runs `a` and `b`, and a convention that `a` proposed.
fn proposed() -> (Stage, Value) {
    let mut stage = Stage::shop();
    let id = written(&mut stage, "a", note("convention", "amounts are cents"));
    (stage, id)
}

pub(super) fn tell(teller: &mut Teller) {
    conventions(teller);
    places(teller);
    teller.ends_hashed(
        "a note holds for a while",
        Stage::shop(),
        "a",
        note("failed", "caching the rate: three tests more fail"),
        &[
            ("/type", json!("note_written")),
            ("/until", json!("2026-12-06T07:30:00.000Z")),
            ("/waits", json!(false)),
        ],
    );
    let mut stage = Stage::shop();
    stage.by(
        "a",
        note("failed", "caching the rate: three tests more fail"),
    );
    stage.by(
        "b",
        note("failed", "caching the rate again: the same three"),
    );
    stage.by("c", json!({"type": "start_run", "run": "c"}));
    teller.asks(
        "two failed one way, and the third is told before it starts",
        stage,
        json!({"type": "brief", "run": "c", "specs": [{"repo": "shop", "paths": ["src/pay/rate.rs"]}]}),
        &[
            ("/brief/notes/0/kind", json!("failed")),
            ("/brief/notes/0/by/run", json!("b")),
            ("/brief/notes/1/text/text", json!("caching the rate: three tests more fail")),
            ("/rendered/shown", json!(2)),
        ],
    );
    let mut stage = Stage::shop();
    stage.by("a", note("warning", "the sandbox is down"));
    stage.by("a", json!({"type": "finish_run", "outcome": "failed"}));
    stage.later(14 * DAY - 1);
    teller.asks(
        "a note outlives its run",
        stage,
        json!({"type": "notes"}),
        &[("/notes/0/kind", json!("warning"))],
    );
    let mut stage = Stage::shop();
    stage.by("a", note("warning", "the sandbox is down"));
    stage.later(14 * DAY);
    teller.asks(
        "and ends when it said",
        stage,
        json!({"type": "notes"}),
        &[("/notes", json!([]))],
    );
    let mut stage = Stage::shop();
    for (kind, text) in [("tried", "one"), ("decided", "two"), ("warning", "three")] {
        stage.by("a", note(kind, text));
    }
    teller.asks(
        "warnings come first, and what was tried last",
        stage,
        json!({"type": "notes"}),
        &[
            ("/notes/0/kind", json!("warning")),
            ("/notes/1/kind", json!("decided")),
            ("/notes/2/kind", json!("tried")),
            ("/more", json!(0)),
        ],
    );
}

fn conventions(teller: &mut Teller) {
    teller.ends_hashed(
        "a convention that a loop proposes waits for a person",
        Stage::shop(),
        "a",
        note("convention", "amounts are cents"),
        &[
            ("/waits", json!(true)),
            ("/until", json!("2026-12-22T07:30:00.000Z")),
        ],
    );
    let (stage, _) = proposed();
    teller.asks(
        "and is in no skill before",
        stage,
        json!({"type": "skill"}),
        &[("/skill/conventions", json!([]))],
    );
    let (stage, id) = proposed();
    teller.ends_hashed(
        "a person approves it",
        stage,
        "ada",
        json!({"type": "approve_note", "note": id}),
        &[("/type", json!("note_approved"))],
    );
    let (mut stage, id) = proposed();
    stage.ada(json!({"type": "approve_note", "note": id}));
    stage.later(400 * DAY);
    teller.asks(
        "from then on it has no end, and is in the skill",
        stage,
        json!({"type": "skill", "repo": "shop"}),
        &[
            ("/skill/conventions/0/approved_by/id", json!("ada")),
            ("/skill/conventions/0/text/text", json!("amounts are cents")),
        ],
    );
    teller.ends(
        "what a person writes as a convention counts at once",
        Stage::shop(),
        "ada",
        note("convention", "amounts are cents"),
        &[("/waits", json!(false))],
    );
    let (stage, id) = proposed();
    teller.fails(
        "no loop approves a convention",
        stage,
        "b",
        json!({"type": "approve_note", "note": id}),
        "not_permitted",
        "actor.kind",
    );
    let (mut stage, id) = proposed();
    stage.ada(json!({"type": "approve_note", "note": id}));
    teller.fails(
        "nor drops one that a person approved",
        stage,
        "a",
        json!({"type": "drop_note", "note": id}),
        "not_permitted",
        "note",
    );
    let (stage, id) = proposed();
    teller.ends(
        "whoever proposed it may take it back",
        stage,
        "a",
        json!({"type": "drop_note", "note": id, "reason": "they are not, in the export"}),
        &[("/type", json!("note_dropped"))],
    );
    let (mut stage, id) = proposed();
    stage.later(30 * DAY);
    teller.fails(
        "what nobody approved is gone after 30 days",
        stage,
        "ada",
        json!({"type": "approve_note", "note": id}),
        "not_found",
        "note",
    );
    let mut ends = note("convention", "amounts are cents");
    ends["ttl_ms"] = json!(60_000);
    teller.fails(
        "a convention has no end",
        Stage::shop(),
        "ada",
        ends,
        "invalid_field",
        "ttl_ms",
    );
}

fn places(teller: &mut Teller) {
    let mut stage = Stage::shop();
    stage.by("a", note("warning", "the sandbox is down"));
    stage.by(
        "a",
        json!({"type": "write_note", "kind": "decided", "repo": "shop", "text": "tabs, not spaces"}),
    );
    teller.asks(
        "notes are asked for by place, and one without paths is about all of its repository",
        stage,
        json!({"type": "notes", "specs": [{"repo": "shop", "paths": ["docs/**"]}]}),
        &[
            ("/notes/0/text/text", json!("tabs, not spaces")),
            ("/more", json!(0)),
        ],
    );
    let mut stage = Stage::shop();
    stage.by("a", note("warning", "the sandbox is down"));
    stage.by(
        "a",
        json!({"type": "report_finding", "key": "ci/total", "title": "off by a cent"}),
    );
    stage.by(
        "a",
        json!({"type": "escalate_finding", "key": "ci/total", "question": "may we?"}),
    );
    let text = "# Findings and notes\n\n## Waiting for a person\n\n- ci/total, medium, since \
                2026-11-22T07:30:00.000Z: \"off by a cent\"; ada is asked\n\n## Notes\n\n- warning on \
                src/pay/** in shop, by loop:nightly until 2026-12-06T07:30:00.000Z: \"the sandbox is down\"\n";
    teller.asks(
        "a state file says what stands, and nothing that changes with the clock",
        stage,
        json!({"type": "state_file"}),
        &[("/text", json!(text))],
    );
    let mut nowhere = note("tried", "it");
    nowhere["repo"] = json!("elsewhere");
    teller.fails(
        "a note is about a registered repository",
        Stage::shop(),
        "a",
        nowhere,
        "not_found",
        "repo",
    );
}
