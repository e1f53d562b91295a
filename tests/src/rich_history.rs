//! A history with every kind of node, every relation, names that try to break out of a format, and nodes
//! that are only named.

use loom_core::provenance::Entry;
use serde_json::{Value, json};

/// Names that mean something in JSON, XML, HTML, shells, Graphviz, Mermaid or terminals.
pub const HOSTILE: &[&str] = &[
    r#"a"b"#,
    r"back\slash",
    "a:b:c",
    "--> x",
    "<script>alert(1)</script>",
    "]]>",
    "%00%41",
    "{{$x}}",
    "a;b#c",
    "`id`",
    "ünï\u{202e}cödé",
    "a\u{2028}b",
    "\u{1f980}",
    "'",
];

/// The history, in landing order.
pub fn rich_history() -> Vec<Entry> {
    let mut told = Told(Vec::new());
    let digest = |n: u8| format!("{n:064x}");
    let person = json!({"kind": "human", "id": "ada"});
    let ci = json!({"kind": "service", "id": "ci"});
    let own = json!({"kind": "loop", "id": "nightly"});
    let agent = json!({"kind": "loop", "id": "helper", "run": "r-child"});
    told.fact(json!({"type": "repo", "id": "shop"}));
    told.fact(json!({"type": "loop", "id": "nightly", "owner": "ada"}));
    told.fact(json!({"type": "loop", "id": "nightly", "owner": "ben"}));
    told.fact(
        json!({"type": "artifact", "digest": digest(1), "kind": "prompt", "name": "tidy up"}),
    );
    told.fact(json!({
        "type": "run", "id": "r-top", "actor": own, "loop": "nightly", "artifacts": [digest(1)],
    }));
    told.fact(json!({
        "type": "run", "id": "r-child", "actor": {"kind": "loop", "id": "helper"}, "parent": "r-top",
    }));
    told.fact(json!({"type": "claim", "id": "claim-1", "run": "r-child", "mode": "write"}));
    told.fact(json!({
        "type": "decision", "id": "decision-1", "verb": "merge", "run": "r-child",
        "verdict": "require_approval", "passes": false, "policy": digest(2),
    }));
    told.fact(json!({
        "type": "decision", "id": "decision-2", "verb": "deploy", "actor": ci,
        "verdict": "allow", "passes": true, "policy": digest(2),
    }));
    told.fact(json!({
        "type": "approval", "id": "yes-1", "decision": "decision-1", "by": person, "yes": true,
    }));
    // Content that goes from A to B and back to A.
    for (nth, blob) in ["a", "b", "a"].iter().enumerate() {
        told.fact(json!({
            "type": "change", "id": format!("aba-{nth}"), "repo": "shop", "branch": "main",
            "commit": format!("{:040x}", 256 + nth), "made_by": "loop", "run": "r-child",
            "claim": "claim-1", "decision": "decision-1",
            "files": [{
                "path": "src/pay.rs", "after": blob.repeat(40), "added": 2, "removed": 1,
                "hunks": [{"old_start": 3, "old_lines": 1, "new_start": 3, "new_lines": 2}],
            }],
        }));
    }
    // A change that says little, moves a file, deletes another, and names blobs that are none of git.
    told.fact(json!({
        "type": "change", "id": "bare", "repo": "shop", "branch": "next", "made_by": "unknown",
        "by": ["author:someone", "person:ada"], "base": format!("{:040x}", 256),
        "reverts": ["aba-1"], "deliberate": true,
        "files": [
            {"path": "src/new.rs", "old_path": "src/old.rs", "before": "b1", "after": "b2"},
            {"path": "src/gone.rs", "before": "c".repeat(40)},
        ],
    }));
    for (nth, name) in HOSTILE.iter().enumerate() {
        told.fact(json!({
            "type": "change", "id": name, "repo": name, "branch": name, "made_by": "mixed",
            "by": [format!("agent:{name}")], "run": name,
            // A backslash is no part of a path here.
            "files": [{"path": format!("dir/{nth} {}", name.replace('\\', "|")), "after": format!("{:040x}", nth + 1)}],
        }));
        told.fact(json!({
            "type": "run", "id": name, "actor": {"kind": "service", "id": name}, "loop": name,
        }));
    }
    told.fact(json!({
        "type": "verification", "id": "check-1", "changes": ["aba-0", "aba-1", "never told"],
        "verdict": "passed", "by": ci, "independent": true, "checks": ["unit", "a \"b\""],
    }));
    told.fact(json!({
        "type": "verification", "id": "check-2", "changes": [], "verdict": "failed", "by": ci,
        "run": "r-child", "independent": false,
    }));
    told.fact(json!({
        "type": "review", "id": "review-1", "changes": ["aba-0"], "by": person, "verdict": "passed",
        "read_ms": 60_000,
    }));
    told.fact(json!({
        "type": "deploy", "id": "deploy-1", "environment": "prod", "repo": "shop", "branch": "main",
        "upto": "aba-1", "by": ci, "decision": "decision-2",
    }));
    told.fact(json!({
        "type": "deploy", "id": "deploy-2", "environment": "prod", "changes": ["aba-2"],
        "follows": "deploy-1", "by": agent,
    }));
    told.fact(json!({"type": "incident", "id": "down", "deploy": "deploy-2", "by": ci}));
    told.fact(json!({
        "type": "resolution", "incident": "down", "causes": ["aba-1"], "fixes": ["aba-2"], "by": person,
    }));
    told.fact(json!({"type": "resolution", "incident": "nobody told of it", "by": person}));
    told.fact(json!({"type": "ending", "run": "r-child", "outcome": "done"}));
    told.fact(json!({"type": "ending", "run": "nobody told of it", "outcome": "lost"}));
    // Runs that work for each other in a circle, as a confused teller might say.
    for (run, parent) in [
        ("ring-1", "ring-2"),
        ("ring-2", "ring-3"),
        ("ring-3", "ring-1"),
    ] {
        told.fact(
            json!({"type": "run", "id": run, "actor": own, "loop": "nightly", "parent": parent}),
        );
    }
    told.0
}

struct Told(Vec<Entry>);

impl Told {
    fn fact(&mut self, fact: Value) {
        let nth = self.0.len();
        let at = format!("2026-11-22T{:02}:{:02}:00Z", nth / 60, nth % 60);
        let entry = json!({"at": at, "seq": nth, "fact": fact});
        self.0
            .push(serde_json::from_value(entry).expect("an entry"));
    }
}
