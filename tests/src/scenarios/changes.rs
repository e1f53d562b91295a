//! Changes that landed: what others learn of them, what they were claimed as, and who checked them.

use serde_json::{Value, json};

use super::Teller;
use super::stage::{Stage, with};

pub(super) fn tell(teller: &mut Teller) {
    recording(teller);
    learning(teller);
    checking(teller);
    reporting(teller);
}

fn change(id: &str, path: &str) -> Value {
    json!({"type": "record_change", "id": id, "repo": "shop", "made_by": "loop",
        "files": [{"path": path, "added": 3, "removed": 1}]})
}

fn about(path: &str, run: &str) -> Value {
    let specs = json!([{"repo": "shop", "paths": [{"file": path}]}]);
    json!({"type": "conflicts", "specs": specs, "run": run})
}

fn recording(teller: &mut Teller) {
    let mut stage = Stage::shop();
    stage.claims("a", json!(["src"]), "write");
    teller.ends_hashed(
        "a change under a claim is declared",
        stage,
        "a",
        change("c1", "src/a.rs"),
        &[("/id", json!("c1")), ("/undeclared", json!([]))],
    );
    teller.ends_hashed(
        "a change without a claim is recorded, and said to be undeclared",
        Stage::shop(),
        "a",
        change("c1", "src/a.rs"),
        &[("/undeclared", json!(["src/a.rs"]))],
    );
    let mut stage = Stage::shop();
    stage.claims("a", json!(["src"]), "read");
    teller.ends(
        "a claim for reading declares no change",
        stage,
        "a",
        change("c1", "src/a.rs"),
        &[("/undeclared", json!(["src/a.rs"]))],
    );
    let mut stage = Stage::shop();
    stage.by("a", change("c1", "src/a.rs"));
    teller.fails(
        "a change is recorded once under a name",
        stage,
        "a",
        change("c1", "src/b.rs"),
        "already_exists",
        "id",
    );
    let mut stage = Stage::shop();
    let token = stage.claims("a", json!(["src"]), "write");
    let fenced = with(change("c1", "src/a.rs"), "token", json!(token.clone()));
    teller.ends(
        "a change under its token lands while the claim lives",
        stage,
        "a",
        fenced.clone(),
        &[("/type", json!("change_recorded"))],
    );
    let mut stage = Stage::shop();
    stage.claims("a", json!(["src"]), "write");
    stage.later(600_000);
    teller.ends_hashed(
        "a change under a lapsed token is fenced, and nothing is recorded",
        stage,
        "a",
        fenced.clone(),
        &[
            ("/type", json!("change_fenced")),
            ("/admission/type", json!("lapsed")),
        ],
    );
    let mut stage = Stage::shop();
    stage.claims("a", json!(["src"]), "write");
    stage
        .later(600_000)
        .claims("b", json!(["src/a.rs"]), "write");
    teller.ends(
        "a change that somebody else's claim overtook is fenced by it",
        stage,
        "a",
        fenced,
        &[("/admission/type", json!("superseded"))],
    );
    let mut stage = Stage::shop();
    let token = stage.claims("a", json!(["src"]), "write");
    teller.ends(
        "a change outside its token's claim is fenced",
        stage,
        "a",
        with(change("c1", "docs/a.md"), "token", json!(token)),
        &[
            ("/admission/type", json!("outside")),
            ("/admission/path", json!("docs/a.md")),
        ],
    );
    let of_file = |path: &str| change("c1", path);
    teller.fails(
        "a change outside the repository is none",
        Stage::shop(),
        "a",
        of_file("../x"),
        "invalid_path",
        "files[0].path",
    );
    let nothing = with(change("c1", "x"), "files", json!([]));
    teller.fails(
        "a change of nothing is none",
        Stage::shop(),
        "a",
        nothing,
        "invalid_field",
        "files",
    );
    let elsewhere = with(change("c1", "x"), "repo", json!("nowhere"));
    teller.fails(
        "a change of an unknown repository is none",
        Stage::shop(),
        "a",
        elsewhere,
        "not_found",
        "",
    );
}

fn learning(teller: &mut Teller) {
    let mut stage = Stage::shop();
    let meant = with(
        change("c1", "src/a.rs"),
        "intent",
        json!("the timeout is 5 s on purpose"),
    );
    stage.by("a", with(meant, "deliberate", json!(true)));
    stage.later(60_000);
    teller.asks(
        "others learn what was changed on purpose, and why",
        stage,
        about("src/a.rs", "b"),
        &[
            ("/conflicts/changes/0/id", json!("c1")),
            ("/conflicts/changes/0/deliberate", json!(true)),
            (
                "/conflicts/changes/0/intent/text",
                json!("the timeout is 5 s on purpose"),
            ),
            ("/conflicts/changes/0/paths", json!(["src/a.rs"])),
        ],
    );
    let mut stage = Stage::shop();
    stage.by(
        "a",
        with(change("old", "src/a.rs"), "deliberate", json!(true)),
    );
    stage.later(1_000).by("a", change("mid", "src/a.rs"));
    stage.later(1_000).by("a", change("new", "src/a.rs"));
    teller.asks(
        "deliberate changes come first, then the newest",
        stage,
        about("src/a.rs", "b"),
        &[
            ("/conflicts/changes/0/id", json!("old")),
            ("/conflicts/changes/1/id", json!("new")),
            ("/conflicts/changes/2/id", json!("mid")),
        ],
    );
    let mut stage = Stage::shop();
    stage.by("a", change("c1", "src/a.rs"));
    teller.asks(
        "a side's own changes are not told to it",
        stage,
        about("src/a.rs", "a"),
        &[("/conflicts/changes", json!([]))],
    );
    let mut stage = Stage::shop();
    stage.by("a", change("c1", "src/a.rs"));
    teller.asks(
        "changes of other paths are not told",
        stage,
        about("src/b.rs", "b"),
        &[("/conflicts/changes", json!([]))],
    );
    let mut stage = Stage::shop();
    stage.by("a", change("c1", "src/a.rs"));
    stage.later(30 * 24 * 3_600_000 + 1);
    teller.asks(
        "what lies behind the horizon is not told, and where that is is said",
        stage,
        about("src/a.rs", "b"),
        &[
            ("/conflicts/changes", json!([])),
            (
                "/conflicts/looked_back_to",
                json!("2026-11-22T07:30:00.001Z"),
            ),
        ],
    );
    let mut stage = Stage::bare();
    stage.ada(json!({"type": "register_loop", "id": "nightly", "owner": "ada"}));
    for run in ["a", "b"] {
        stage.by(
            run,
            json!({"type": "start_run", "run": run, "loop": "nightly"}),
        );
    }
    stage.by("a", change("c1", "src/a.rs"));
    teller.asks(
        "runs of one loop are on one side",
        stage,
        about("src/a.rs", "b"),
        &[("/conflicts/changes", json!([]))],
    );
    let mut stage = Stage::shop();
    stage.by(
        "a",
        json!({"type": "record_change", "id": "c1", "repo": "shop", "made_by": "loop",
        "files": [{"path": "src/new.rs", "old_path": "src/old.rs"}]}),
    );
    teller.asks(
        "a move is known under its old path too",
        stage,
        about("src/old.rs", "b"),
        &[("/conflicts/changes/0/id", json!("c1"))],
    );
}

fn checking(teller: &mut Teller) {
    let verdict = |verdict: &str| json!({"type": "record_verification", "changes": ["c1"], "verdict": verdict, "checks": ["tests"]});
    let changed = || {
        let mut stage = Stage::with_runs(&[("a", None), ("a1", Some("a")), ("b", None)]);
        stage.by("a", change("c1", "src/a.rs"));
        stage
    };
    for (who, independent) in [("a", false), ("a1", false), ("b", true)] {
        let name = format!("a check of a change of a by {who}: independent is {independent}");
        let says = [
            ("/independent", json!(independent)),
            ("/verdict", json!("passed")),
        ];
        teller.ends_hashed(&name, changed(), who, verdict("passed"), &says);
    }
    let mut stage = changed();
    stage.by("b", verdict("failed"));
    teller.asks(
        "a verdict is told with the change",
        stage,
        about("src/a.rs", "b"),
        &[("/conflicts/changes/0/verdict", json!("failed"))],
    );
    let mut stage = changed();
    stage.by("a", verdict("passed"));
    stage.by("b", verdict("failed"));
    stage.by("a", verdict("passed"));
    teller.asks(
        "the maker's own verdict does not count",
        stage,
        about("src/a.rs", "b"),
        &[("/conflicts/changes/0/verdict", json!("failed"))],
    );
    let unknown = json!({"type": "record_verification", "changes": ["zzz"], "verdict": "passed"});
    teller.fails(
        "a change that is not known cannot be checked",
        Stage::shop(),
        "a",
        unknown,
        "not_found",
        "changes[0]",
    );
    let nothing = json!({"type": "record_verification", "changes": [], "verdict": "passed"});
    teller.fails(
        "a check of nothing is none",
        Stage::shop(),
        "a",
        nothing,
        "invalid_field",
        "changes",
    );
}

fn reporting(teller: &mut Teller) {
    let report = || json!({"type": "work_report", "run": "a"});
    let mut stage = Stage::shop();
    stage.claims("a", json!(["src/**", "docs/**"]), "write");
    stage.by("a", change("c1", "src/a.rs"));
    teller.asks(
        "a report names what was claimed and not changed, and what would have been enough",
        stage,
        report(),
        &[
            ("/work/unused/0/pattern", json!("docs/**")),
            ("/work/enough/0/paths", json!([{"file": "src/a.rs"}])),
            ("/work/undeclared", json!([])),
        ],
    );
    let mut stage = Stage::shop();
    stage.by("a", change("c1", "src/a.rs"));
    teller.asks(
        "a report names what was changed and not claimed",
        stage,
        report(),
        &[("/work/undeclared/0/path", json!("src/a.rs"))],
    );
    let mut stage = Stage::shop();
    stage.claims("a", json!(["src"]), "write");
    stage.by("a", change("c1", "src/a.rs"));
    teller.ends_hashed(
        "a run that finishes is told what it claimed against what it changed",
        stage,
        "a",
        json!({"type": "finish_run", "outcome": "done"}),
        &[
            ("/type", json!("run_finished")),
            ("/work/unused", json!([])),
        ],
    );
}
