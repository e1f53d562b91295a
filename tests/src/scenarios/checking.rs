//! Maker and checker: who is asked to verify, how far they have to stand apart, what a run does meanwhile.

use serde_json::{Value, json};

use super::Teller;
use super::stage::{Stage, with};

const DAY: u64 = 86_400_000;

/// A journal with the loop `fixer`, whose run `m` has changed something and reached its goal. It works for
/// the orchestrator `top`, as does the checker `k`; `c` works for nobody.
fn reached() -> Stage {
    let mut stage = Stage::bare();
    stage.ada(json!({
        "type": "register_loop", "id": "fixer", "owner": "ada", "gates": [{"name": "tests"}],
    }));
    let start = |run: &str| json!({"type": "start_run", "run": run, "ttl_ms": DAY});
    stage.by("top", start("top"));
    stage.by(
        "m",
        with(
            with(start("m"), "parent", json!("top")),
            "loop",
            json!("fixer"),
        ),
    );
    stage.by("k", with(start("k"), "parent", json!("top")));
    stage.by("c", start("c"));
    iterate(&mut stage, "m", "x");
    stage
}

/// An iteration that changes something and reaches the goal.
fn iterate(stage: &mut Stage, run: &str, change: &str) {
    stage.by(run, json!({"type": "begin_iteration"}));
    stage.by(run, changed(change));
    stage.by(
        run,
        json!({"type": "finish_iteration", "gates": [{"name": "tests", "passed": true}]}),
    );
}

fn changed(id: &str) -> Value {
    json!({
        "type": "record_change", "id": id, "repo": "shop", "made_by": "loop",
        "files": [{"path": format!("src/{id}.rs")}],
    })
}

fn ask() -> Value {
    json!({"type": "request_verification"})
}

fn verify(changes: &[&str], verdict: &str) -> Value {
    json!({"type": "record_verification", "changes": changes, "verdict": verdict})
}

fn done() -> Value {
    json!({"type": "finish_run", "outcome": "done"})
}

/// The same, where the policy wants whoever verifies to stand so far apart.
fn demanding(by: &str) -> Stage {
    let mut stage = reached();
    let text = format!(
        "{{version: 1, default: allow, rules: [{{id: checked, effect: allow, when: {{verb: finish}}, \
         obligations: [{{type: checker, by: {by}}}]}}]}}"
    );
    stage.ada(json!({"type": "set_policy", "name": "p.yaml", "format": "yaml", "text": text}));
    stage
}

pub(super) fn tell(teller: &mut Teller) {
    teller.ends_hashed(
        "a run asks to be verified",
        reached(),
        "m",
        ask(),
        &[
            ("/type", json!("verification_requested")),
            ("/of/changes", json!(["x"])),
        ],
    );
    let mut stage = reached();
    stage.by("m", ask());
    teller.asks(
        "whoever checks finds it, with what is to be verified",
        stage,
        json!({"type": "verifications"}),
        &[
            ("/verifications/0/run", json!("m")),
            ("/verifications/0/loop", json!("fixer")),
            ("/verifications/0/of/changes", json!(["x"])),
        ],
    );
    let mut stage = reached();
    stage.by("m", ask());
    teller.asks(
        "meanwhile the run waits",
        stage,
        json!({"type": "next", "run": "m"}),
        &[
            ("/next/type", json!("wait")),
            ("/next/on/type", json!("verification")),
            ("/next/on/of/changes", json!(["x"])),
        ],
    );
    let mut stage = reached();
    stage.by("m", ask());
    stage.by("c", verify(&["x"], "failed"));
    teller.asks(
        "sent back by its checker it goes on",
        stage,
        json!({"type": "next", "run": "m"}),
        &[
            ("/next/type", json!("continue")),
            ("/next/iteration", json!(2)),
        ],
    );
    let mut stage = reached();
    stage.by("c", verify(&["x"], "failed"));
    iterate(&mut stage, "m", "y");
    teller.ends(
        "and asks anew, over all that it changed",
        stage,
        "m",
        ask(),
        &[("/of/changes", json!(["x", "y"]))],
    );
    let mut stage = reached();
    stage.by("c", verify(&["x"], "passed"));
    teller.ends(
        "what is verified is not asked about again",
        stage,
        "m",
        ask(),
        &[
            ("/type", json!("verification_not_requested")),
            ("/next/outcome", json!("done")),
        ],
    );
    let mut stage = reached();
    stage.by("k", verify(&["x"], "passed"));
    teller.ends(
        "a checker beside it, under one orchestrator, counts",
        stage,
        "m",
        done(),
        &[("/type", json!("run_finished"))],
    );
    let mut stage = demanding("separate_root");
    stage.by("k", verify(&["x"], "passed"));
    teller.ends(
        "unless the policy wants a separate root",
        stage,
        "m",
        done(),
        &[
            ("/type", json!("run_not_done")),
            ("/next/changes", json!(["x"])),
            ("/next/by", json!(["separate_root"])),
        ],
    );
    let mut stage = demanding("separate_root");
    stage.by("k", verify(&["x"], "passed"));
    stage.by("c", verify(&["x"], "passed"));
    teller.ends(
        "which a run of its own has",
        stage,
        "m",
        done(),
        &[("/type", json!("run_finished"))],
    );
    let mut stage = demanding("human");
    stage.by("c", verify(&["x"], "passed"));
    teller.ends(
        "a person that the policy wants is no run",
        stage,
        "m",
        done(),
        &[("/next/by", json!(["human"]))],
    );
    let mut stage = demanding("human");
    stage.by("bob", verify(&["x"], "passed"));
    stage.by("c", verify(&["x"], "passed"));
    teller.ends(
        "whoever passes it besides takes nothing from a person's yes",
        stage,
        "m",
        done(),
        &[("/type", json!("run_finished"))],
    );
    for (field, own, other) in [("account", "bot-1", "bot-2"), ("model", "m-1", "m-2")] {
        let by = format!("other_{field}");
        let maker = json!({"kind": "loop", "id": "fixer", "run": "q", field: own});
        let mut stage = demanding(&by);
        let body = json!({"type": "start_run", "run": "q", "loop": "fixer", "ttl_ms": DAY});
        let command = stage.command_as(maker, body);
        stage.sends(command);
        iterate(&mut stage, "q", "z");
        let checker =
            |value: &str| json!({"kind": "loop", "id": "checker", "run": "c", field: value});
        let command = stage.command_as(checker(own), verify(&["z"], "passed"));
        stage.sends(command);
        teller.asks(
            &format!("a checker of the same {field} does not count where another one is wanted"),
            stage,
            json!({"type": "next", "run": "q"}),
            &[("/next/type", json!("verify")), ("/next/by", json!([by]))],
        );
        let maker = json!({"kind": "loop", "id": "fixer", "run": "q", field: own});
        let mut stage = demanding(&by);
        let body = json!({"type": "start_run", "run": "q", "loop": "fixer", "ttl_ms": DAY});
        let command = stage.command_as(maker, body);
        stage.sends(command);
        iterate(&mut stage, "q", "z");
        let command = stage.command_as(checker(other), verify(&["z"], "passed"));
        stage.sends(command);
        teller.asks(
            &format!("a checker of another {field} does"),
            stage,
            json!({"type": "next", "run": "q"}),
            &[("/next/outcome", json!("done"))],
        );
    }
    let mut stage = reached();
    stage.by(
        "n",
        json!({"type": "start_run", "run": "n", "loop": "fixer", "ttl_ms": DAY}),
    );
    stage.by("n", changed("z"));
    teller.ends(
        "a run that never iterates is not done on its own word either, where its loop has gates",
        stage,
        "n",
        done(),
        &[
            ("/type", json!("run_not_done")),
            ("/next/changes", json!(["z"])),
        ],
    );
    let mut stage = Stage::shop();
    stage.ada(json!({
        "type": "set_policy", "name": "p.yaml", "format": "yaml",
        "text": "{version: 1, default: allow, rules: [{id: end, effect: require_approval, when: {verb: finish}}]}",
    }));
    teller.ends(
        "a policy can ask a person before a run is done",
        stage,
        "a",
        done(),
        &[
            ("/type", json!("not_allowed")),
            ("/decision/verdict", json!("require_approval")),
        ],
    );
}
