//! Iterations: what comes next, and that no run grades its own homework.

use serde_json::{Value, json};

use super::Teller;
use super::stage::Stage;

const MINUTE: u64 = 60_000;

/// A journal with the loop `fixer` and its run `m`, beside the run `c` of somebody else.
fn at_work(exit: Value) -> Stage {
    let mut stage = Stage::bare();
    stage.ada(json!({
        "type": "register_loop", "id": "fixer", "owner": "ada",
        "scope": [{"repo": "shop", "paths": ["src/**"]}],
        "gates": [{"name": "tests"}, {"name": "lint"}],
        "exit": exit,
    }));
    let day = 86_400_000;
    stage.by(
        "m",
        json!({"type": "start_run", "run": "m", "loop": "fixer", "ttl_ms": day}),
    );
    stage.by("c", json!({"type": "start_run", "run": "c", "ttl_ms": day}));
    stage
}

fn begin() -> Value {
    json!({"type": "begin_iteration"})
}

fn end(tests: Option<&str>, lint: Option<&str>) -> Value {
    let gate = |name: &str, failed: Option<&str>| match failed {
        None => json!({"name": name, "passed": true}),
        Some(print) => {
            json!({"name": name, "passed": false, "fingerprint": print, "evidence": "see the log"})
        }
    };
    json!({"type": "finish_iteration", "gates": [gate("tests", tests), gate("lint", lint)]})
}

fn change(id: &str) -> Value {
    json!({
        "type": "record_change", "id": id, "repo": "shop", "made_by": "loop",
        "files": [{"path": format!("src/{id}.rs"), "added": 3, "removed": 1}],
    })
}

fn verify(changes: &[&str], verdict: &str) -> Value {
    json!({"type": "record_verification", "changes": changes, "verdict": verdict})
}

fn done() -> Value {
    json!({"type": "finish_run", "outcome": "done"})
}

/// A run whose gates hold, after one change.
fn gates_hold() -> Stage {
    let mut stage = at_work(json!({}));
    stage.by("m", begin());
    stage.by("m", change("x"));
    stage.by("m", end(None, None));
    stage
}

pub(super) fn tell(teller: &mut Teller) {
    teller.ends_hashed(
        "an iteration begins",
        at_work(json!({})),
        "m",
        begin(),
        &[("/number", json!(1))],
    );
    let mut stage = at_work(json!({}));
    stage.by("m", begin());
    teller.ends_hashed(
        "while a gate fails, the next iteration comes",
        stage,
        "m",
        end(Some("e1"), None),
        &[
            ("/number", json!(1)),
            ("/next/type", json!("continue")),
            ("/next/iteration", json!(2)),
        ],
    );
    let mut stage = at_work(json!({}));
    stage.by("m", begin());
    stage.by("m", change("x"));
    teller.ends_hashed(
        "once the gates hold, somebody else verifies what was changed",
        stage,
        "m",
        end(None, None),
        &[
            ("/next/type", json!("verify")),
            ("/next/changes", json!(["x"])),
        ],
    );
    let mut stage = at_work(json!({"goal": ["tests"]}));
    stage.by("m", begin());
    teller.ends(
        "a run that changed nothing needs no verification, and a gate beside the goal may fail",
        stage,
        "m",
        end(None, Some("style")),
        &[
            ("/next/type", json!("stop")),
            ("/next/why/type", json!("goal_reached")),
            ("/next/outcome", json!("done")),
        ],
    );
    verification(teller);
    exits(teller);
    teller.fails(
        "an iteration that nobody began is not finished",
        at_work(json!({})),
        "m",
        end(None, None),
        "not_found",
        "actor.run",
    );
    let mut stage = at_work(json!({}));
    stage.by("m", begin());
    teller.fails(
        "no two iterations of a run are under way",
        stage,
        "m",
        begin(),
        "already_exists",
        "actor.run",
    );
    let mut stage = at_work(json!({}));
    stage.by("m", begin());
    let twice = json!({"type": "finish_iteration", "gates": [
        {"name": "tests", "passed": true}, {"name": "tests", "passed": false},
    ]});
    teller.fails(
        "a gate is reported once",
        stage,
        "m",
        twice,
        "invalid_field",
        "gates[1].name",
    );
}

fn verification(teller: &mut Teller) {
    teller.ends(
        "a maker is not done on its own word",
        gates_hold(),
        "m",
        done(),
        &[
            ("/type", json!("run_not_done")),
            ("/next/changes", json!(["x"])),
        ],
    );
    let mut stage = gates_hold();
    stage.by("m", verify(&["x"], "passed"));
    teller.ends(
        "a maker that verifies itself is not done",
        stage,
        "m",
        done(),
        &[("/type", json!("run_not_done"))],
    );
    let mut stage = gates_hold();
    stage.by(
        "m1",
        json!({"type": "start_run", "run": "m1", "parent": "m"}),
    );
    stage.by("m1", verify(&["x"], "passed"));
    teller.ends(
        "nor is one that its own sub-agent verified",
        stage,
        "m",
        done(),
        &[("/type", json!("run_not_done"))],
    );
    let mut stage = gates_hold();
    stage.by("c", verify(&["x"], "failed"));
    teller.ends(
        "nor one whose checker found it wanting",
        stage,
        "m",
        done(),
        &[("/type", json!("run_not_done"))],
    );
    let mut stage = gates_hold();
    stage.by("c", verify(&["x"], "passed"));
    teller.ends_hashed(
        "a run whose changes somebody independent passed is done",
        stage,
        "m",
        done(),
        &[("/type", json!("run_finished"))],
    );
    let mut stage = gates_hold();
    stage.by("c", verify(&["x"], "passed"));
    stage.by("m", change("y"));
    teller.ends(
        "a later edit voids it",
        stage,
        "m",
        done(),
        &[
            ("/type", json!("run_not_done")),
            ("/next/changes", json!(["y"])),
        ],
    );
    let mut stage = gates_hold();
    stage.by(
        "m1",
        json!({"type": "start_run", "run": "m1", "parent": "m"}),
    );
    stage.by("m1", change("z"));
    stage.by("c", verify(&["x"], "passed"));
    teller.ends(
        "and so does what a sub-agent changed",
        stage,
        "m",
        done(),
        &[("/next/changes", json!(["z"]))],
    );
    let mut stage = gates_hold();
    stage.by("ada", verify(&["x"], "passed"));
    teller.ends(
        "a person may verify",
        stage,
        "m",
        done(),
        &[("/type", json!("run_finished"))],
    );
    teller.ends(
        "whoever gives up needs no verification",
        gates_hold(),
        "m",
        json!({"type": "finish_run", "outcome": "handed_to_human"}),
        &[("/type", json!("run_finished"))],
    );
}

fn exits(teller: &mut Teller) {
    let mut stage = at_work(json!({"no_progress_after": 2}));
    stage.by("m", begin());
    stage.by("m", end(Some("e1"), None));
    stage.by("m", begin());
    teller.ends(
        "the same failure twice is no progress",
        stage,
        "m",
        end(Some("e1"), None),
        &[
            (
                "/next/why",
                json!({"type": "no_progress", "gate": "tests", "times": 2}),
            ),
            ("/next/outcome", json!("stopped")),
        ],
    );
    let mut stage = at_work(json!({"no_progress_after": 2}));
    stage.by("m", begin());
    stage.by("m", end(Some("e1"), None));
    stage.by("m", begin());
    teller.ends(
        "another failure is progress",
        stage,
        "m",
        end(Some("e2"), None),
        &[("/next/type", json!("continue"))],
    );
    let mut stage = at_work(json!({"max_iterations": 1}));
    stage.by("m", begin());
    stage.by("m", end(Some("e1"), None));
    teller.ends(
        "after as many iterations as may be, none begins",
        stage,
        "m",
        begin(),
        &[
            ("/type", json!("iteration_not_begun")),
            (
                "/next/why",
                json!({"type": "max_iterations", "iterations": 1}),
            ),
            ("/next/outcome", json!("handed_to_human")),
        ],
    );
    let mut stage = at_work(json!({"max_minutes": 5}));
    stage.by("m", begin());
    stage.later(5 * MINUTE);
    teller.ends(
        "a run takes no longer than it may",
        stage,
        "m",
        end(Some("e1"), None),
        &[("/next/why", json!({"type": "max_minutes", "minutes": 5}))],
    );
    let mut stage = at_work(json!({"budget": {"tokens": 1_000}}));
    stage.by("m", begin());
    let mut ended = end(Some("e1"), None);
    ended["spent"] = json!({"input_tokens": 600, "output_tokens": 400});
    teller.ends(
        "what a run may use up ends it, token classes together",
        stage,
        "m",
        ended,
        &[("/next/why", json!({"type": "budget", "unit": "tokens"}))],
    );
}
