//! `loom policy`: checked, tried, explained and replayed without a journal.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::world::{Said, loom};

const PAY: &str = "version: 1
default: allow
rules:
  - id: pay
    effect: require_approval
    when: { verb: edit, paths: pay/** }
    reason: money moves here
  - id: keys
    effect: deny
    when: { verb: edit, paths: '**/*.key' }
";

/// A folder with files in it, which is no repository.
struct Folder(TempDir);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        for (name, text) in files {
            std::fs::write(folder.0.path().join(name), text).unwrap();
        }
        folder
    }

    fn loom(&self, args: &[&str]) -> Said {
        let mut command = loom(self.0.path());
        command.args(args).env("LOOM_NOW", "2026-11-22T10:00:00Z");
        Said::of(command.output().unwrap())
    }
}

fn edit(path: &str) -> String {
    format!(r#"{{"verb":"edit","targets":{{"paths":["{path}"]}}}}"#)
}

#[test]
fn check_names_file_line_and_column_of_a_fault_and_the_line_of_a_finding() {
    let unreachable = PAY
        .replace("**/*.key", "**")
        .replace("require_approval", "allow");
    let folder = Folder::with(&[
        ("pay.yaml", PAY),
        ("bad.yaml", &PAY.replace("paths: pay", "pathes: pay")),
        ("odd.yaml", &unreachable),
    ]);
    let said = folder.loom(&["policy", "check", "pay.yaml"]);
    assert_eq!(
        (said.code, said.out.as_str()),
        (0, "pay.yaml: nothing found (rules: 2)\n")
    );
    let said = folder.loom(&["policy", "check", "bad.yaml"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err
            .contains("bad.yaml: line 6, column 25: unknown key `pathes`; did you mean `paths`?"),
        "{}",
        said.err
    );
    let said = folder.loom(&["policy", "check", "odd.yaml"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err
            .starts_with("odd.yaml:4: pay: wherever it applies, rule keys does too"),
        "{}",
        said.err
    );
    assert!(said.err.contains("(shadowed)\n  remedy: "), "{}", said.err);
    assert_eq!(folder.loom(&["policy", "check", "none.yaml"]).code, 2);
}

#[test]
fn decide_prints_the_decision_and_ends_by_its_verdict() {
    let folder = Folder::with(&[
        ("pay.yaml", PAY),
        ("free.json", &edit("src/a")),
        ("pay.json", &edit("pay/a")),
        ("key.json", &edit("pay/a.key")),
        ("bad.json", r#"{"verb":"edit","target":[]}"#),
    ]);
    for (action, code, verdict) in [
        ("free.json", 0, "allow"),
        ("pay.json", 3, "require_approval"),
        ("key.json", 4, "deny"),
    ] {
        let said = folder.loom(&[
            "policy", "decide", "--policy", "pay.yaml", "--action", action,
        ]);
        assert_eq!(said.code, code, "{}{}", said.out, said.err);
        let decision: serde_json::Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(decision["verdict"], verdict);
    }
    let said = folder.loom(&[
        "policy", "decide", "--policy", "pay.yaml", "--action", "bad.json",
    ]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(
        said.err.contains("bad.json: unknown field `target`"),
        "{}",
        said.err
    );
}

#[test]
fn explain_tells_a_person_and_an_agent() {
    let folder = Folder::with(&[("pay.yaml", PAY), ("pay.json", &edit("pay/a"))]);
    let question = [
        "policy", "explain", "--policy", "pay.yaml", "--action", "pay.json",
    ];
    let said = folder.loom(&question);
    assert_eq!(said.code, 3);
    said.has(&[
        "NEEDS A PERSON'S APPROVAL",
        "pay (pay.yaml:4)",
        "why: \"money moves here\"",
        "on: pay/a",
    ]);
    let said = folder.loom(&[&question[..], &["--agent"]].concat());
    said.has(&[
        "Not allowed yet: a person has to approve it.\n",
        "its reason: \"money moves here\".",
    ]);
}

#[test]
fn a_story_that_does_not_hold_is_told_with_its_line_and_what_came() {
    let story = |verdict: &str| {
        format!(
            "- name: fine\n  at: 2026-11-22T10:00:00Z\n  action: {0}\n  expect: {{verdict: require_approval}}\n- name: wrong\n  at: 2026-11-22T10:00:00Z\n  action: {0}\n  expect: {{verdict: {verdict}, rules: [keys]}}\n",
            edit("pay/a")
        )
    };
    let folder = Folder::with(&[("pay.yaml", PAY), ("pay.stories.yaml", &story("deny"))]);
    let said = folder.loom(&["policy", "test", "pay.stories.yaml"]);
    assert_eq!(
        (said.code, said.out.as_str()),
        (2, "pay.stories.yaml: 1 of 2 stories hold\n")
    );
    assert_eq!(
        said.err,
        "pay.stories.yaml:5: wrong\n  verdict: expected deny, came require_approval\n  rules: expected [keys], came [pay]\n"
    );
    assert_eq!(folder.loom(&["policy", "test", "pay.yaml"]).code, 2);
}

#[test]
fn replay_and_coverage_tell_what_would_change_and_which_rules_never_spoke() {
    let record = |path: &str| {
        format!(
            r#"{{"action":{},"now":"2026-11-22T10:00:00Z","verdict":"allow","rules":[]}}"#,
            edit(path)
        )
    };
    let recorded = [record("pay/a"), record("src/a")].join("\n");
    let folder = Folder::with(&[("pay.yaml", PAY), ("recorded.jsonl", &recorded)]);
    let said = folder.loom(&["policy", "replay", "--policy", "pay.yaml", "recorded.jsonl"]);
    assert_eq!(said.code, 0, "{}", said.err);
    said.has(&[
        "line 1: allow by no rule would be require_approval by pay\n",
        "rule pay: changes 1\n",
        "2 decided again: 1 stricter, 0 looser, 0 cannot be decided\n",
    ]);
    let said = folder.loom(&[
        "policy",
        "coverage",
        "--policy",
        "pay.yaml",
        "recorded.jsonl",
    ]);
    said.has(&[
        "pay.yaml:4: pay: decided 1, applied to 1\n",
        "pay.yaml:8: keys: decided 0, applied to 0, never applied\n",
        "2 decided, 1 by the default, 0 cannot be decided\n",
    ]);
}

#[test]
fn a_codeowners_file_becomes_owners_and_what_is_left_out_is_told() {
    let folder = Folder::with(&[
        ("CODEOWNERS", "* @acme/web\n/pay/ @ada\n"),
        ("SECTIONS", "[Docs]\n* @acme/web\n"),
    ]);
    let said = folder.loom(&[
        "policy",
        "import-codeowners",
        "CODEOWNERS",
        "--repo",
        "shop",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    let policy = format!("version: 1\ndefault: allow\n{}", said.out);
    std::fs::write(folder.0.path().join("owners.yaml"), policy).unwrap();
    assert_eq!(folder.loom(&["policy", "check", "owners.yaml"]).code, 0);
    let said = folder.loom(&["policy", "import-codeowners", "SECTIONS"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err
            .starts_with("SECTIONS:1: left out: sections are read as one list"),
        "{}",
        said.err
    );
}

#[test]
fn every_example_policy_has_stories_that_hold_and_nothing_is_found_in_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
    let files = std::fs::read_dir(&folder).unwrap();
    let files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    let is_stories = |path: &Path| path.to_str().unwrap().contains(".stories.");
    let is_policy = |path: &&PathBuf| path.extension().is_some() && !is_stories(path);
    let policies: Vec<&PathBuf> = files.iter().filter(is_policy).collect();
    assert!(policies.len() >= 8, "{policies:?}");
    let outside = Folder::with(&[]);
    for policy in policies {
        let stories = policy.with_extension("stories.yaml");
        for (verb, path) in [("check", policy), ("test", &stories)] {
            let said = outside.loom(&["policy", verb, path.to_str().unwrap()]);
            assert_eq!(said.code, 0, "{}{}", said.out, said.err);
        }
    }
}
