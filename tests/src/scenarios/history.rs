//! What is recorded around changes (prompts, reviews, deploys, incidents), and what history says of it.

use serde_json::{Value, json};

use super::Teller;
use super::stage::{Stage, with};

pub(super) fn tell(teller: &mut Teller) {
    artifacts(teller);
    reviews(teller);
    deploys(teller);
    incidents(teller);
    unread(teller);
    traces(teller);
    suspects(teller);
    reverts(teller);
    wars(teller);
    rewrites(teller);
    before_landing(teller);
    reading(teller);
    exports(teller);
    amount(teller);
}

fn change(id: &str, path: &str) -> Value {
    json!({"type": "record_change", "id": id, "repo": "shop", "made_by": "loop",
        "commit": format!("c0ffee{id}"), "files": [{"path": path, "added": 3, "removed": 1}]})
}

fn review(changes: &[&str]) -> Value {
    json!({"type": "record_review", "changes": changes, "verdict": "passed", "read_ms": 90_000})
}

fn deploy(id: &str) -> Value {
    json!({"type": "record_deploy", "id": id, "environment": "prod", "service": "payments"})
}

fn incident(id: &str) -> Value {
    json!({"type": "record_incident", "id": id, "service": "payments"})
}

fn end(incident: &str) -> Value {
    json!({"type": "resolve_incident", "incident": incident})
}

fn artifacts(teller: &mut Teller) {
    let digest = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    let prompt =
        json!({"type": "record_artifact", "digest": digest, "kind": "prompt", "name": "fix"});
    teller.ends_hashed(
        "a prompt is known by its digest",
        Stage::shop(),
        "a",
        prompt.clone(),
        &[
            ("/type", json!("artifact_recorded")),
            ("/digest", json!(digest)),
        ],
    );
    let mut stage = Stage::bare();
    stage.ada(prompt);
    let start = json!({"type": "start_run", "run": "a", "artifacts": [digest]});
    teller.ends(
        "a run says what prompts it was given",
        stage,
        "a",
        start.clone(),
        &[("/type", json!("run_started"))],
    );
    teller.fails(
        "a run names a limited number of prompts",
        Stage::bare(),
        "a",
        with(start, "artifacts", json!(vec![digest; 65])),
        "limit_exceeded",
        "artifacts",
    );
}

fn reviews(teller: &mut Teller) {
    let mut stage = Stage::shop();
    stage.by("a", change("c1", "src/a.rs"));
    teller.ends_hashed(
        "a person says that they read a change",
        stage,
        "ada",
        with(review(&["c1"]), "note", json!("fine")),
        &[
            ("/type", json!("review_recorded")),
            ("/changes", json!(["c1"])),
            ("/verdict", json!("passed")),
        ],
    );
    let mut stage = Stage::shop();
    stage.by("a", change("c1", "src/a.rs"));
    teller.fails(
        "a loop reads nothing in the place of a person",
        stage,
        "b",
        review(&["c1"]),
        "not_permitted",
        "actor.kind",
    );
    teller.fails(
        "a review is of changes",
        Stage::shop(),
        "ada",
        review(&[]),
        "invalid_field",
        "changes",
    );
    teller.fails(
        "a review is of changes that were recorded",
        Stage::shop(),
        "ada",
        review(&["c9"]),
        "not_found",
        "changes[0]",
    );
}

fn deploys(teller: &mut Teller) {
    teller.ends_hashed(
        "a deploy is recorded with all that stands in it",
        Stage::shop(),
        "a",
        deploy("d1"),
        &[("/type", json!("deploy_recorded")), ("/id", json!("d1"))],
    );
    let mut stage = Stage::shop();
    stage.by("a", deploy("d1"));
    teller.ends(
        "a deploy takes the place of the last one of its service",
        stage,
        "b",
        deploy("d2"),
        &[("/follows", json!("d1"))],
    );
    let mut stage = Stage::shop();
    stage.by("a", change("c1", "src/a.rs"));
    stage.by("a", change("c2", "src/b.rs"));
    let of_commit = with(deploy("d1"), "repo", json!("shop"));
    teller.ends(
        "the commit of a deploy says up to which change it goes",
        stage,
        "a",
        with(of_commit, "commit", json!("c0ffeec1")),
        &[("/upto", json!("c1"))],
    );
    teller.fails(
        "a commit is of a repository",
        Stage::shop(),
        "a",
        with(deploy("d1"), "commit", json!("c0ffee")),
        "missing_field",
        "repo",
    );
    let mut stage = Stage::shop();
    stage.by("a", deploy("d1"));
    teller.fails(
        "a deploy is recorded once under a name",
        stage,
        "a",
        deploy("d1"),
        "already_exists",
        "id",
    );
}

fn incidents(teller: &mut Teller) {
    let reported = with(incident("i1"), "summary", json!("cards are refused"));
    teller.ends_hashed(
        "an incident is reported by whoever sees it",
        Stage::shop(),
        "a",
        reported,
        &[("/type", json!("incident_recorded")), ("/id", json!("i1"))],
    );
    let mut stage = Stage::shop();
    stage.by("a", incident("i1"));
    teller.fails(
        "an incident is reported once under a name",
        stage,
        "b",
        incident("i1"),
        "already_exists",
        "id",
    );
    teller.fails(
        "where to look is a path of a repository",
        Stage::shop(),
        "a",
        with(incident("i1"), "paths", json!(["src/**"])),
        "missing_field",
        "repo",
    );
    let mut stage = Stage::shop();
    stage.by("a", change("c1", "src/a.rs"));
    stage.by("a", incident("i1"));
    teller.ends_hashed(
        "a person says that an incident is over, and what was to blame",
        stage,
        "ada",
        with(end("i1"), "causes", json!(["c1"])),
        &[
            ("/type", json!("incident_resolved")),
            ("/incident", json!("i1")),
        ],
    );
    let mut stage = Stage::shop();
    stage.by("a", incident("i1"));
    teller.fails(
        "a loop does not say that an incident is over",
        stage,
        "a",
        end("i1"),
        "not_permitted",
        "actor.kind",
    );
    let mut stage = Stage::shop();
    stage.by("a", incident("i1"));
    stage.ada(end("i1"));
    teller.fails(
        "an incident is over once",
        stage,
        "ada",
        end("i1"),
        "already_exists",
        "incident",
    );
    teller.fails(
        "an incident that nobody reported is never over",
        Stage::shop(),
        "ada",
        end("i1"),
        "not_found",
        "incident",
    );
}

/// A policy under which nobody merges on top of more than five lines that no person has read.
fn unread_is_limited() -> Value {
    let text = "version: 1\ndefault: allow\nrules:\n  - id: read-first\n    effect: deny\n    \
                when: {verb: merge, facts: {unreviewed_lines: {gt: 5}}}\n";
    json!({"type": "set_policy", "name": "unread", "format": "yaml", "text": text})
}

fn unread(teller: &mut Teller) {
    let merge = |paths: Value| {
        json!({"type": "check", "action": {"verb": "merge", "repo": "shop", "targets": {"paths": paths},
            "facts": {"unreviewed_lines": 0}}})
    };
    let stage = || {
        let mut stage = Stage::shop();
        stage.ada(unread_is_limited());
        stage.by("a", change("c1", "src/a.rs"));
        stage.by("a", change("c2", "src/a.rs"));
        stage
    };
    teller.asks(
        "lines of loops that nobody has read are counted by the state, whatever the caller says",
        stage(),
        merge(json!(["src/a.rs"])),
        &[("/decision/verdict", json!("deny"))],
    );
    teller.asks(
        "unread lines elsewhere do not count",
        stage(),
        merge(json!(["src/b.rs"])),
        &[("/decision/verdict", json!("allow"))],
    );
    let mut read = stage();
    read.ada(review(&["c2"]));
    teller.asks(
        "lines that a person has read do not count",
        read,
        merge(json!(["src/a.rs"])),
        &[("/decision/verdict", json!("allow"))],
    );
}

/// A change on `src/pay.rs` that came out with `d1`, in which `i1` was seen; and one elsewhere.
fn broken() -> Stage {
    let mut stage = Stage::shop();
    stage.later(60_000);
    stage.by("b", change("c0", "docs/a.md"));
    stage.later(60_000);
    let bump = with(change("c1", "src/pay.rs"), "intent", json!("bump tls"));
    stage.by("a", bump);
    let out = with(deploy("d1"), "changes", json!(["c1"]));
    stage.by("a", out);
    let seen = with(incident("i1"), "deploy", json!("d1"));
    stage.by("b", with(seen, "summary", json!("cards are refused")));
    stage
}

fn traces(teller: &mut Teller) {
    let trace = |from: Value| json!({"type": "trace", "from": from});
    teller.asks(
        "an incident is traced to its deploy, the change in it, the run and its maker",
        broken(),
        trace(json!({"type": "incident", "id": "i1"})),
        &[
            ("/trace/hops/0/node", json!("incident:i1")),
            ("/trace/hops/0/words/text", json!("cards are refused")),
            ("/trace/changes/loop", json!(1)),
        ],
    );
    teller.asks(
        "what changed some paths within the window is traced, and nothing else",
        broken(),
        trace(json!({"type": "paths", "repo": "shop", "paths": ["src/**"]})),
        &[
            ("/trace/hops/0/node", json!("change:c1")),
            ("/trace/hops/0/paths", json!(["src/pay.rs"])),
            ("/trace/hops/0/words/text", json!("bump tls")),
        ],
    );
    let mut stage = Stage::shop();
    let text = "version: 1\ndefault: allow\nservices: {payments: {paths: [src/pay.rs]}}\n";
    stage.ada(json!({"type": "set_policy", "name": "p", "format": "yaml", "text": text}));
    stage.by("a", change("c1", "src/pay.rs"));
    teller.asks(
        "the paths of a service are those that the policy gives it",
        stage,
        trace(json!({"type": "service", "service": "payments"})),
        &[("/trace/hops/0/node", json!("change:c1"))],
    );
    teller.asks_in_vain(
        "what nobody told of is not traced",
        broken(),
        trace(json!({"type": "incident", "id": "i9"})),
        "not_found",
        "from.id",
    );
}

fn suspects(teller: &mut Teller) {
    teller.asks(
        "the change that a bad deploy has over a good one is suspect",
        broken(),
        json!({"type": "suspects", "of": {"type": "incident", "id": "i1"}}),
        &[
            ("/suspects/basis/bad", json!("d1")),
            ("/suspects/suspects/0/change", json!("c1")),
            ("/suspects/candidates", json!(1)),
        ],
    );
    teller.asks_in_vain(
        "a part of a score has a limited weight",
        broken(),
        json!({"type": "suspects", "of": {"type": "deploy", "id": "d1"},
            "weights": {"paths": 1_000_000}}),
        "limit_exceeded",
        "weights.paths",
    );
}

/// A change of one file from one blob to another.
fn turns(id: &str, before: &str, after: &str) -> Value {
    let file =
        json!({"path": "src/pay.rs", "before": before, "after": after, "added": 1, "removed": 1});
    with(change(id, "src/pay.rs"), "files", json!([file]))
}

/// One side changes a file, and the other puts back what it was.
fn fought() -> Stage {
    let mut stage = Stage::shop();
    stage.by(
        "a",
        with(turns("c1", "b0", "b1"), "intent", json!("retry twice")),
    );
    stage.later(60_000);
    stage.by("b", turns("c2", "b1", "b0"));
    stage
}

fn reverts(teller: &mut Teller) {
    let ask = json!({"type": "reverts", "repo": "shop", "branch": "main"});
    teller.asks(
        "a change that puts back what another replaced is found by the blobs",
        fought(),
        ask.clone(),
        &[
            ("/reverts/reverts/0/change", json!("c2")),
            ("/reverts/reverts/0/reverts", json!("c1")),
            ("/reverts/reverts/0/evidence/0/type", json!("blobs")),
            ("/reverts/changes", json!(2)),
        ],
    );
    let mut stage = Stage::shop();
    stage.by("a", change("c1", "src/a.rs"));
    stage.by(
        "b",
        with(change("c2", "src/b.rs"), "reverts", json!(["c1"])),
    );
    teller.asks(
        "who says that they revert a change is believed",
        stage,
        ask,
        &[
            ("/reverts/reverts/0/evidence/0/type", json!("explicit")),
            ("/reverts/reverts/0/grade", json!("certain")),
        ],
    );
}

fn wars(teller: &mut Teller) {
    let mut stage = fought();
    stage.later(60_000);
    stage.by("a", turns("c3", "b0", "b1"));
    let ask = json!({"type": "wars", "repo": "shop", "branch": "main"});
    teller.asks(
        "two sides that take each other back are at war over the path",
        stage,
        ask.clone(),
        &[
            ("/wars/wars/0/path", json!("src/pay.rs")),
            ("/wars/wars/0/turns/1/change", json!("c3")),
        ],
    );
    teller.asks(
        "one revert is no war",
        fought(),
        ask,
        &[("/wars/wars", json!([]))],
    );
}

fn rewrites(teller: &mut Teller) {
    let mut stage = Stage::shop();
    let picked = |id: &str| with(turns(id, "b0", "b1"), "patch_id", json!("9f2c"));
    stage.by("a", picked("c1"));
    stage.later(60_000);
    stage.by("b", with(picked("c2"), "branch", json!("release")));
    teller.asks(
        "a change that was picked to another branch keeps its identity by its patch",
        stage,
        json!({"type": "rewrites", "repo": "shop"}),
        &[
            ("/rewrites/rewrites/0/to", json!("c2")),
            ("/rewrites/rewrites/0/from", json!(["c1"])),
        ],
    );
}

fn before_landing(teller: &mut Teller) {
    let ask = |after: Value| {
        let file = json!({"path": "src/pay.rs", "after": after});
        json!({"type": "would_revert", "repo": "shop", "branch": "main",
            "side": {"root": "b"}, "files": [file]})
    };
    let mut stage = Stage::shop();
    let meant = with(turns("c1", "b0", "b1"), "intent", json!("retry twice"));
    stage.by("a", with(meant, "deliberate", json!(true)));
    stage.later(60_000);
    teller.asks(
        "what a change would undo is told before it lands, with the intent behind it",
        stage,
        ask(json!("b0")),
        &[
            ("/would_revert/undoes/0/change", json!("c1")),
            ("/would_revert/undoes/0/how", json!("restores")),
            ("/would_revert/undoes/0/intent/text", json!("retry twice")),
            ("/would_revert/undoes/0/deliberate", json!(true)),
        ],
    );
    let mut stage = Stage::shop();
    stage.by("a", turns("c1", "b0", "b1"));
    teller.asks(
        "fresh text undoes nothing",
        stage,
        ask(json!("b2")),
        &[("/would_revert/undoes", json!([]))],
    );
}

fn reading(teller: &mut Teller) {
    let text = "version: 1\ndefault: allow\nservices: {payments: {paths: [src/**]}}\n";
    let stage = || {
        let mut stage = Stage::shop();
        stage.ada(json!({"type": "set_policy", "name": "p", "format": "yaml", "text": text}));
        stage.by("a", change("c1", "src/a.rs"));
        stage.by("a", change("c2", "src/b.rs"));
        stage
    };
    let ask = json!({"type": "comprehension"});
    let mut read = stage();
    read.later(60_000);
    read.ada(review(&["c1"]));
    teller.asks(
        "lines of loops that nobody has read are counted by the services of the policy",
        read,
        ask.clone(),
        &[
            ("/comprehension/areas/0/owner", json!("payments")),
            ("/comprehension/areas/0/unread", json!(3)),
        ],
    );
    let mut quick = stage();
    quick.later(60_000);
    quick.ada(with(review(&["c1", "c2"]), "read_ms", json!(1_000)));
    teller.asks(
        "a review that is quicker than anybody reads is flagged",
        quick,
        ask,
        &[("/comprehension/quick/0/read_ms", json!(1_000))],
    );
}

fn exports(teller: &mut Teller) {
    let ask = |of: Value| json!({"type": "export", "of": of, "format": "mermaid"});
    let run = json!({"type": "names", "names": ["run:a"]});
    let drawn = "flowchart RL\n  n0{{\"agent<br/>nightly\"}}\n  %% n0 agent:nightly\n  \
                 n1[\"run<br/>a\"]\n  %% n1 run:a\n  n1 -->|started_by| n0\n";
    teller.asks(
        "a part of history is drawn for Mermaid, with all that stands behind it",
        Stage::shop(),
        ask(run),
        &[("/text", json!(drawn))],
    );
    teller.asks_in_vain(
        "what history does not know is not exported",
        Stage::shop(),
        ask(json!({"type": "names", "names": ["run:z"]})),
        "not_found",
        "names[0]",
    );
}

fn amount(teller: &mut Teller) {
    teller.asks(
        "history holds what the journal tells, and nothing twice",
        Stage::shop(),
        json!({"type": "history"}),
        &[
            ("/type", json!("history")),
            ("/history/left_out", json!(0)),
            ("/history/unknown", json!(0)),
        ],
    );
}
