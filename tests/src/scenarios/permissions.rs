//! Who may send what: the table of command by kind of actor.

use serde_json::{Value, json};

use super::Teller;
use super::stage::{Stage, claim};

/// Each command that `ada`, `ci` and a loop's run `a` send to one journal; who of them may.
pub(super) fn tell(teller: &mut Teller) {
    let held = "00000000-0000000000000005-0000";
    let all: [(&str, Value, [bool; 3]); 19] = [
        (
            "register_repo",
            json!({"id": "site", "default_branch": "main"}),
            [true, true, false],
        ),
        (
            "register_loop",
            json!({"id": "nightly", "owner": "ada"}),
            [true, true, false],
        ),
        (
            "checkpoint",
            json!({"ver": 1, "snapshot": "0".repeat(64)}),
            [true, true, false],
        ),
        (
            "revoke",
            json!({"token": held, "reason": "it blocks"}),
            [true, false, false],
        ),
        (
            "erase",
            json!({"texts": ["0".repeat(64)]}),
            [true, false, false],
        ),
        ("recover", json!({"above": 0}), [true, false, false]),
        (
            "set_policy",
            json!({"name": "p", "format": "json", "text": "{\"version\":1,\"default\":\"allow\"}"}),
            [true, false, false],
        ),
        (
            "reserve",
            json!({"id": "r", "estimate": {}, "ttl_ms": 60_000}),
            [true, true, true],
        ),
        ("start_run", json!({"run": "new"}), [true, true, true]),
        ("heartbeat", json!({}), [true, true, true]),
        ("finish_run", json!({"outcome": "done"}), [true, true, true]),
        ("claim", claim(json!(["docs"]), "read"), [true, true, true]),
        ("renew", json!({}), [true, true, true]),
        ("release", json!({}), [true, true, true]),
        ("withdraw", json!({}), [true, true, true]),
        (
            "hand_over",
            json!({"token": held, "to": "b"}),
            [true, true, true],
        ),
        (
            "narrow",
            json!({"token": held, "specs": [{"repo": "shop", "paths": "src/a"}]}),
            [true, true, true],
        ),
        (
            "record_change",
            json!({"id": "c1", "repo": "shop", "made_by": "unknown", "files": [{"path": "x"}]}),
            [true, true, true],
        ),
        ("tick", json!({}), [true, true, true]),
    ];
    for (command, mut body, may) in all {
        body["type"] = json!(command);
        let kinds = ["human", "service", "loop"];
        for (kind, may) in kinds.into_iter().zip(may) {
            let mut stage = Stage::shop();
            stage.claims("a", json!(["src"]), "write");
            // All of them work in the run `a`, where a run is needed.
            let sent = json!({"kind": kind, "id": "it", "run": if command == "start_run" { "new" } else { "a" }});
            let name = format!(
                "{command} by a {kind}: {}",
                if may { "may" } else { "may not" }
            );
            if may {
                teller.ends_as(&name, stage, sent, body.clone(), &[]);
            } else {
                teller.fails_as(
                    &name,
                    stage,
                    sent,
                    body.clone(),
                    "not_permitted",
                    "actor.kind",
                );
            }
        }
    }
    for (command, mut body) in [
        ("approve", json!({"request": held})),
        ("reject", json!({"request": held})),
        ("waive", json!({"rules": ["x"], "ttl_ms": 1, "reason": "y"})),
        ("break_glass", json!({"ttl_ms": 1, "reason": "y"})),
    ] {
        body["type"] = json!(command);
        for kind in ["service", "loop"] {
            let name = format!("{command} by a {kind}: may not");
            let (sent, code) = (json!({"kind": kind, "id": "it"}), "not_permitted");
            let body = body.clone();
            teller.fails_as(&name, Stage::shop(), sent, body, code, "actor.kind");
        }
    }
    for kind in ["service", "loop"] {
        let name = format!("create_journal by a {kind}: may not");
        let body = json!({"type": "create_journal", "workspace": "acme"});
        let sent = json!({"kind": kind, "id": "it"});
        teller.fails_as(
            &name,
            Stage::empty(),
            sent,
            body,
            "not_permitted",
            "actor.kind",
        );
    }
    teller.ends_hashed(
        "create_journal by a human: may",
        Stage::empty(),
        "ada",
        json!({"type": "create_journal", "workspace": "acme"}),
        &[("/workspace", json!("acme"))],
    );
    teller.fails(
        "a journal is created once",
        Stage::bare(),
        "bob",
        json!({"type": "create_journal", "workspace": "other"}),
        "already_exists",
        "workspace",
    );
    for (command, body) in [
        ("tick", json!({"type": "tick"})),
        ("start_run", json!({"type": "start_run", "run": "a"})),
        (
            "register_repo",
            json!({"type": "register_repo", "id": "shop", "default_branch": "main"}),
        ),
    ] {
        let name = format!("{command} before there is a journal");
        teller.fails(&name, Stage::empty(), "ada", body, "no_journal", "");
    }
    for (command, body) in [
        ("claim", claim(json!(["src"]), "read")),
        ("heartbeat", json!({"type": "heartbeat"})),
        ("release", json!({"type": "release"})),
        ("withdraw", json!({"type": "withdraw"})),
        (
            "finish_run",
            json!({"type": "finish_run", "outcome": "done"}),
        ),
    ] {
        let name = format!("{command} by somebody outside every run");
        teller.fails(
            &name,
            Stage::shop(),
            "ada",
            body,
            "missing_field",
            "actor.run",
        );
    }
}
