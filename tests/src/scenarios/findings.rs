//! Findings: one list over all loops, one winner each, and one person for what no loop decides.

use serde_json::{Value, json};

use super::Teller;
use super::stage::Stage;

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const FLAKY: &str = "ci/checkout_total";

/// A journal with the loops `triage` of bob and `repair` of ada, and a run of each: `t` and `r`.
fn two_at_work() -> Stage {
    let mut stage = Stage::bare();
    for (id, owner, run) in [("triage", "bob", "t"), ("repair", "ada", "r")] {
        stage.ada(json!({"type": "register_loop", "id": id, "owner": owner}));
        stage.by(
            run,
            json!({"type": "start_run", "run": run, "loop": id, "ttl_ms": DAY}),
        );
    }
    stage
}

fn report(severity: &str) -> Value {
    json!({
        "type": "report_finding", "key": FLAKY, "title": "the total is off by a cent",
        "severity": severity, "repo": "shop", "paths": ["src/checkout/**"],
        "evidence": "expected 10.00, got 9.99",
    })
}

fn take() -> Value {
    json!({"type": "take_finding", "key": FLAKY})
}

fn resolve() -> Value {
    json!({"type": "resolve_finding", "key": FLAKY, "changes": ["x"], "note": "rounded once, at the end"})
}

fn escalate() -> Value {
    json!({
        "type": "escalate_finding", "key": FLAKY, "question": "may the rounding rule change?",
        "choices": ["round half to even", "leave it"], "changes": ["x"],
    })
}

fn finding() -> Value {
    json!({"type": "finding", "key": FLAKY})
}

/// Reported by `t`.
fn reported() -> Stage {
    let mut stage = two_at_work();
    stage.by("t", report("medium"));
    stage
}

/// Reported by `t`, and taken by `r`.
fn taken() -> Stage {
    let mut stage = reported();
    stage.by("r", take());
    stage
}

/// Reported by `t`, taken by `r`, and escalated by it.
fn escalated() -> Stage {
    let mut stage = taken();
    stage.by("r", escalate());
    stage
}

pub(super) fn tell(teller: &mut Teller) {
    reports(teller);
    holders(teller);
    people(teller);
    endings(teller);
    refusals(teller);
}

fn reports(teller: &mut Teller) {
    teller.ends_hashed(
        "a finding is reported, and nobody sees to it yet",
        two_at_work(),
        "t",
        report("medium"),
        &[("/attached", json!(false)), ("/standing", json!("open"))],
    );
    teller.ends(
        "whoever comes upon the same thing learns who sees to it, and their report is attached",
        taken(),
        "t",
        report("high"),
        &[
            ("/attached", json!(true)),
            ("/reopened", json!(false)),
            ("/standing", json!("taken")),
            ("/by", json!("r")),
        ],
    );
    let mut stage = taken();
    stage.later(HOUR / 2);
    stage.by("t", report("high"));
    teller.asks(
        "a finding has its reports, is as bad as the worst of them, and says who sees to it",
        stage,
        finding(),
        &[
            ("/finding/severity", json!("high")),
            ("/finding/reported", json!(2)),
            ("/finding/reports/0/by/run", json!("t")),
            (
                "/finding/reports/1/evidence/text",
                json!("expected 10.00, got 9.99"),
            ),
            ("/finding/title/text", json!("the total is off by a cent")),
            ("/finding/by", json!("r")),
            ("/finding/steps/0/standing", json!("taken")),
        ],
    );
    let mut stage = reported();
    for (key, severity) in [("style", "low"), ("leak", "critical"), ("typo", "low")] {
        stage.by(
            "t",
            json!({"type": "report_finding", "key": key, "title": key, "severity": severity}),
        );
    }
    teller.asks(
        "the worst findings come first",
        stage,
        json!({"type": "findings"}),
        &[
            ("/findings/0/key", json!("leak")),
            ("/findings/1/key", json!(FLAKY)),
            ("/findings/2/key", json!("style")),
            ("/findings/3/key", json!("typo")),
            ("/more", json!(0)),
        ],
    );
    teller.asks(
        "a brief tells of what was found where its run will work",
        taken(),
        json!({"type": "brief", "run": "t", "specs": [{"repo": "shop", "paths": ["src/checkout/total.rs"]}]}),
        &[
            ("/brief/findings/0/key", json!(FLAKY)),
            ("/brief/findings/0/by", json!("r")),
            ("/rendered/shown", json!(1)),
        ],
    );
    teller.asks(
        "and not of what was found elsewhere",
        taken(),
        json!({"type": "brief", "run": "t", "specs": [{"repo": "shop", "paths": ["docs/**"]}]}),
        &[("/rendered/shown", json!(0))],
    );
}

fn holders(teller: &mut Teller) {
    teller.ends_hashed(
        "a run takes a finding for a while",
        reported(),
        "r",
        take(),
        &[("/type", json!("finding_taken")), ("/key", json!(FLAKY))],
    );
    teller.ends(
        "a finding has one winner",
        taken(),
        "t",
        take(),
        &[
            ("/type", json!("finding_not_taken")),
            ("/why", json!("taken")),
            ("/by", json!("r")),
        ],
    );
    let mut stage = taken();
    stage.later(HOUR / 2);
    teller.ends(
        "its holder lengthens the lease by taking it again",
        stage,
        "r",
        take(),
        &[("/type", json!("finding_taken"))],
    );
    let mut stage = taken();
    stage.later(HOUR);
    teller.ends(
        "a lease that ended leaves it to the next",
        stage,
        "t",
        take(),
        &[("/type", json!("finding_taken"))],
    );
    let mut stage = taken();
    stage.by("r", json!({"type": "finish_run", "outcome": "failed"}));
    teller.ends(
        "and so does a holder that ended",
        stage,
        "t",
        take(),
        &[("/type", json!("finding_taken"))],
    );
    teller.ends(
        "a holder gives it back with what it tried",
        taken(),
        "r",
        json!({"type": "return_finding", "key": FLAKY, "note": "tried banker's rounding: three tests more fail"}),
        &[("/standing", json!("open"))],
    );
    let mut stage = taken();
    stage.by(
        "r",
        json!({"type": "return_finding", "key": FLAKY, "note": "tried banker's rounding: three tests more fail"}),
    );
    teller.asks(
        "whoever takes it next reads what was tried",
        stage,
        finding(),
        &[
            ("/finding/standing", json!("open")),
            ("/finding/steps/1/standing", json!("open")),
            (
                "/finding/steps/1/note/text",
                json!("tried banker's rounding: three tests more fail"),
            ),
        ],
    );
    let mut stage = taken();
    stage.by(
        "r1",
        json!({"type": "start_run", "run": "r1", "parent": "r"}),
    );
    teller.ends(
        "whoever works for the holder resolves it",
        stage,
        "r1",
        resolve(),
        &[("/standing", json!("resolved"))],
    );
}

fn people(teller: &mut Teller) {
    teller.ends_hashed(
        "what no loop decides waits for the owner of the loop that says so",
        taken(),
        "r",
        escalate(),
        &[("/standing", json!("escalated")), ("/to", json!("ada"))],
    );
    teller.ends(
        "whoever sees that it is not for loops need not take it first",
        reported(),
        "t",
        escalate(),
        &[("/standing", json!("escalated")), ("/to", json!("bob"))],
    );
    teller.ends(
        "no loop takes it meanwhile",
        escalated(),
        "t",
        take(),
        &[
            ("/type", json!("finding_not_taken")),
            ("/why", json!("escalated")),
        ],
    );
    teller.asks(
        "an inbox has what a person needs to decide",
        escalated(),
        json!({"type": "inbox", "of": "ada"}),
        &[
            ("/findings/0/key", json!(FLAKY)),
            (
                "/findings/0/escalation/question/text",
                json!("may the rounding rule change?"),
            ),
            (
                "/findings/0/escalation/choices/0/text",
                json!("round half to even"),
            ),
            ("/findings/0/escalation/changes", json!(["x"])),
            (
                "/findings/0/reports/0/evidence/text",
                json!("expected 10.00, got 9.99"),
            ),
        ],
    );
    teller.asks(
        "and it is in the inbox of one person",
        escalated(),
        json!({"type": "inbox", "of": "bob"}),
        &[("/findings", json!([]))],
    );
    let mut stage = escalated();
    stage.ada(json!({"type": "return_finding", "key": FLAKY, "note": "yes, half to even"}));
    teller.ends(
        "once answered, a loop takes it again",
        stage,
        "t",
        take(),
        &[("/type", json!("finding_taken"))],
    );
    let mut stage = escalated();
    let mut asked = escalate();
    asked["to"] = json!("carol");
    stage.ada(asked);
    teller.asks(
        "a person passes it on to another one, and it leaves their inbox",
        stage,
        json!({"type": "inbox"}),
        &[
            ("/findings/0/escalation/to", json!("carol")),
            ("/more", json!(0)),
        ],
    );
}

fn endings(teller: &mut Teller) {
    teller.ends_hashed(
        "its holder resolves it, with the changes that mended it",
        taken(),
        "r",
        resolve(),
        &[("/standing", json!("resolved"))],
    );
    let mut stage = taken();
    stage.by("r", resolve());
    stage.later(DAY);
    stage.by("t", report("low"));
    teller.asks(
        "what comes back is opened again, with its history",
        stage,
        finding(),
        &[
            ("/finding/standing", json!("open")),
            ("/finding/reopened", json!(1)),
            ("/finding/severity", json!("low")),
            ("/finding/steps/1/standing", json!("resolved")),
            ("/finding/steps/1/changes", json!(["x"])),
            ("/finding/steps/2/standing", json!("open")),
        ],
    );
    let mut stage = taken();
    stage.by("r", resolve());
    teller.asks(
        "what is resolved is not listed, unless it is asked for",
        stage,
        json!({"type": "findings"}),
        &[("/findings", json!([]))],
    );
    let rest = |until: &str| json!({"type": "defer_finding", "key": FLAKY, "until": until, "note": "after the release"});
    let mut stage = taken();
    stage.by("r", rest("2026-11-29T06:00:00Z"));
    teller.ends(
        "what rests is not taken by a loop",
        stage,
        "t",
        take(),
        &[
            ("/why", json!("deferred")),
            ("/until", json!("2026-11-29T06:00:00.000Z")),
        ],
    );
    let mut stage = taken();
    stage.by("r", rest("2026-11-29T06:00:00Z"));
    stage.later(9 * DAY);
    stage.by(
        "t2",
        json!({"type": "start_run", "run": "t2", "loop": "triage"}),
    );
    teller.ends(
        "and is open again when the rest is over",
        stage,
        "t2",
        take(),
        &[("/type", json!("finding_taken"))],
    );
    teller.fails(
        "a rest ends later than now",
        taken(),
        "r",
        rest("2020-01-01T00:00:00Z"),
        "invalid_field",
        "until",
    );
}

fn refusals(teller: &mut Teller) {
    teller.fails(
        "whoever does not hold it takes it before they resolve it",
        reported(),
        "r",
        resolve(),
        "not_permitted",
        "key",
    );
    teller.fails(
        "nobody resolves what another run sees to",
        taken(),
        "t",
        resolve(),
        "not_permitted",
        "key",
    );
    teller.fails(
        "no loop answers what a person is asked",
        escalated(),
        "r",
        json!({"type": "return_finding", "key": FLAKY}),
        "not_permitted",
        "key",
    );
    let mut stage = taken();
    stage.by("r", resolve());
    teller.fails(
        "what is resolved is not resolved again",
        stage,
        "ada",
        resolve(),
        "already_exists",
        "key",
    );
    teller.fails(
        "what nobody reported is not taken",
        two_at_work(),
        "r",
        take(),
        "not_found",
        "key",
    );
    let mut nowhere = report("low");
    nowhere.as_object_mut().map(|it| it.remove("repo"));
    teller.fails(
        "paths without a repository are nowhere",
        two_at_work(),
        "t",
        nowhere,
        "missing_field",
        "repo",
    );
}
