//! What a team sees of its agents' hooks.

use loom_core::claim::{Mode, SpecRequest};
use loom_core::coordinator::{Body, Reply};
use loom_core::harness::hook::{Checkpoint, Harness, Say};
use loom_core::model::{RunId, Token};
use loom_core::path::{PathSetSource, PatternSource};
use loom_core::policy::Standing;
use serde_json::{Value, json};

use crate::team::{ROOT, Team, shop};

fn asked(session: &str, tool: &str, input: Value) -> Value {
    json!({
        "session_id": session, "cwd": ROOT, "hook_event_name": "PreToolUse",
        "tool_name": tool, "tool_input": input, "tool_use_id": "t1",
    })
}

fn write(session: &str, path: &str) -> Value {
    let path = format!("{ROOT}/{path}");
    asked(session, "Write", json!({"file_path": path, "content": "x"}))
}

fn bash(session: &str, line: &str) -> Value {
    asked(session, "Bash", json!({"command": line}))
}

fn told(team: &Team, payload: &Value) -> Say {
    let payload = serde_json::to_vec(payload).unwrap();
    let said = team.say(Harness::ClaudeCode, &payload);
    said.unwrap_or_else(|why| panic!("{why:?}")).1
}

fn denied(say: &Say) -> &str {
    match say {
        Say::Deny(why) => why,
        other => panic!("not denied: {other:?}"),
    }
}

fn open_request(team: &Team) -> Token {
    team.loom
        .look(|coordinator, at| {
            let open = coordinator
                .policy()
                .requests()
                .find(|(_, row)| row.standing(at) == Standing::Open);
            Ok(open.unwrap().0)
        })
        .unwrap()
}

#[test]
fn the_second_of_two_sessions_that_edit_one_file_is_told_who_why_and_until_when() {
    let team = Team::new();
    assert_eq!(told(&team, &write("one", "src/a.rs")), Say::Nothing);
    let say = told(&team, &write("two", "src/a.rs"));
    let why = denied(&say);
    for part in [
        "src/a.rs",
        "claude-code.one",
        "Write of claude-code",
        "2026-11-23T07:30:00",
    ] {
        assert!(why.contains(part), "{part} is not in {why}");
    }
    assert_eq!(told(&team, &write("two", "src/b.rs")), Say::Nothing);
}

#[test]
fn a_file_in_a_worktree_is_the_file_of_its_repository() {
    let team = Team::new();
    assert_eq!(told(&team, &write("one", "src/a.rs")), Say::Nothing);
    let say = told(&team, &write("two", ".claude/worktrees/agent-x/src/a.rs"));
    assert!(denied(&say).contains("claude-code.one"));
}

#[test]
fn an_edit_within_a_claim_of_the_session_makes_no_record() {
    let team = Team::new();
    told(&team, &write("one", "src/a.rs"));
    let before = team.loom.store().head().unwrap();
    assert_eq!(told(&team, &write("one", "src/a.rs")), Say::Nothing);
    assert_eq!(team.loom.store().head().unwrap(), before);
}

#[test]
fn a_payments_edit_is_held_until_a_person_approves_it_and_passes_then() {
    let team = Team::new();
    let edit = write("one", "services/payments/charge.rs");
    let say = told(&team, &edit);
    let request = open_request(&team);
    let why = denied(&say);
    assert!(
        why.contains("pay-1") && why.contains(&request.to_string()),
        "{why}"
    );
    // Asking again asks nobody twice.
    told(&team, &edit);
    assert_eq!(open_request(&team), request);
    let reply = team.human(Body::Approve {
        request,
        note: None,
        signature: None,
    });
    assert!(matches!(reply, Reply::RequestAnswered { .. }), "{reply:?}");
    assert!(matches!(told(&team, &edit), Say::Allow(_)));
}

#[test]
fn a_checkpoint_is_said_as_the_harness_was_set_up_and_codex_hears_a_no() {
    for (checkpoint, word) in [
        (Checkpoint::Deny, "deny"),
        (Checkpoint::Ask, "ask"),
        (Checkpoint::Defer, "defer"),
    ] {
        let mut team = Team::new();
        team.checkpoint = checkpoint;
        let payload = serde_json::to_vec(&write("one", "services/payments/c.rs")).unwrap();
        let written = team.written(Harness::ClaudeCode, &payload);
        let value: Value = serde_json::from_str(&written.stdout).unwrap();
        assert_eq!(value["hookSpecificOutput"]["permissionDecision"], word);

        let patch = "*** Begin Patch\n*** Add File: services/payments/c.rs\n+x\n*** End Patch\n";
        let payload = asked("two", "apply_patch", json!({"command": patch}));
        let written = team.written(Harness::Codex, &serde_json::to_vec(&payload).unwrap());
        let value: Value = serde_json::from_str(&written.stdout).unwrap();
        assert_eq!(value["hookSpecificOutput"]["permissionDecision"], "deny");
        let reason = &value["hookSpecificOutput"]["permissionDecisionReason"];
        assert!(reason.as_str().unwrap().contains("pay-1"), "{reason}");
    }
}

#[test]
fn nothing_that_watches_over_agents_is_written_with_a_policy_or_without() {
    for team in [Team::new(), Team::without_policy()] {
        for payload in [
            write("one", ".git/.loom/journal.db"),
            write("one", ".claude/settings.json"),
            write("one", ".CLAUDE/Settings.json"),
            write("one", ".claude/worktrees/agent-x/.codex/hooks.json"),
            write("one", ".git/hooks/pre-commit"),
            asked(
                "one",
                "Edit",
                json!({"file_path": "/home/dev/.claude/settings.json"}),
            ),
            bash("one", "loom approve 1.2.0 --as human:ada"),
            bash(
                "one",
                "echo hi && LOOM_ACTOR=human:ada loom policy set p.yaml",
            ),
            bash("one", "sqlite3 .git/.loom/journal.db 'delete from records'"),
            bash("one", "cd .git && echo exit 0 > hooks/pre-commit"),
            bash("one", "python3 -c \"open('.git/.loom/x','w')\""),
            bash("one", "sh -c 'rm -rf .git/.loom'"),
            asked(
                "one",
                "mcp__shell__run",
                json!({"command": "loom approve 1.2.0"}),
            ),
            asked(
                "one",
                "mcp__fs__write",
                json!({"args": {"path": ".git/.loom/journal.db"}}),
            ),
        ] {
            let why = told(&team, &payload);
            assert!(matches!(why, Say::Deny(_)), "{payload}: {why:?}");
        }
        for payload in [
            bash("one", "cat .claude/settings.json"),
            bash("one", "loom status"),
            asked("one", "Read", json!({"file_path": ".claude/settings.json"})),
        ] {
            assert_eq!(told(&team, &payload), Say::Nothing, "{payload}");
        }
    }
}

#[test]
fn what_a_shell_line_writes_is_claimed_and_what_the_policy_denies_is_denied() {
    let team = Team::new();
    for line in [
        "echo x > docs/a.md",
        "sed -i s/a/b/ docs/a.md",
        "echo y | tee docs/a.md",
        "(mv docs/a.md b.md)",
        "git checkout main -- docs/a.md",
        "cat <<EOF > docs/a.md\nx\nEOF",
        "apply_patch <<'EOF'\n*** Begin Patch\n*** Delete File: docs/a.md\n*** End Patch\nEOF",
    ] {
        let say = told(&team, &bash("one", line));
        let why = denied(&say);
        assert!(
            why.contains("nightly") && why.contains("rewrite the handbook"),
            "{line}: {why}"
        );
    }
    let say = told(&team, &bash("one", "true && g'i't push -f"));
    assert!(denied(&say).contains("no-push"));
    assert_eq!(told(&team, &bash("one", "cargo test")), Say::Nothing);
}

#[test]
fn a_sub_agent_works_inside_its_parents_claim_and_a_sibling_session_does_not() {
    let team = Team::new();
    told(&team, &write("one", "src/a.rs"));
    let mut of_agent = write("one", "src/a.rs");
    of_agent["agent_id"] = json!("a1");
    assert_eq!(told(&team, &of_agent), Say::Nothing);
    let mut of_other = write("two", "src/a.rs");
    of_other["agent_id"] = json!("a1");
    assert!(matches!(told(&team, &of_other), Say::Deny(_)));

    // What a sub-agent claimed itself goes to whom it works for, who commits it.
    let mut own = write("one", "src/b.rs");
    own["agent_id"] = json!("a1");
    assert_eq!(told(&team, &own), Say::Nothing);
    let ends = json!({
        "session_id": "one", "cwd": ROOT, "hook_event_name": "SubagentStop", "agent_id": "a1",
        "stop_hook_active": false,
    });
    assert_eq!(told(&team, &ends), Say::Nothing);
    let held = team.loom.look(|coordinator, at| {
        let run = RunId::new("claude-code.one").unwrap();
        Ok(coordinator.claims().claims_of(&run, at).len())
    });
    assert_eq!(held.unwrap(), 2);
    assert!(matches!(
        told(&team, &write("two", "src/b.rs")),
        Say::Deny(_)
    ));
}

#[test]
fn a_session_that_ends_releases_what_it_held_and_its_next_life_is_another_run() {
    let team = Team::new();
    told(&team, &write("one", "src/a.rs"));
    let ends = json!({"session_id": "one", "cwd": ROOT, "hook_event_name": "SessionEnd"});
    assert_eq!(told(&team, &ends), Say::Nothing);
    assert_eq!(told(&team, &write("two", "src/a.rs")), Say::Nothing);
    let say = told(&team, &write("one", "src/a.rs"));
    assert!(denied(&say).contains("claude-code.two"));
    let known = team.loom.look(|coordinator, _| {
        let next = RunId::new("claude-code.one.2").unwrap();
        Ok(coordinator.runs().get(&next).is_some())
    });
    assert!(known.unwrap());
}

#[test]
fn an_edit_is_recorded_once_with_its_lines_and_under_its_claim() {
    let team = Team::new();
    let input =
        json!({"file_path": format!("{ROOT}/src/a.rs"), "old_string": "x", "new_string": "y"});
    told(&team, &asked("one", "Edit", input.clone()));
    let mut done = asked("one", "Edit", input);
    done["hook_event_name"] = json!("PostToolUse");
    done["tool_response"] = json!({
        "originalFile": "x\n",
        "structuredPatch": [
            {"oldStart": 1, "oldLines": 1, "newStart": 1, "newLines": 1, "lines": ["-x", "+y"]},
        ],
    });
    assert_eq!(told(&team, &done), Say::Nothing);
    assert_eq!(told(&team, &done), Say::Nothing);
    let specs = [SpecRequest {
        repo: shop(),
        branch: None,
        paths: PathSetSource::of([PatternSource::file("src/a.rs")]),
        resources: Vec::new(),
    }];
    let around = team.loom.conflicts(&specs, Mode::Write, None).unwrap();
    let by: Vec<&str> = around
        .changes
        .iter()
        .filter_map(|change| change.run.as_ref().map(RunId::as_str))
        .collect();
    assert_eq!(by, ["claude-code.one"]);
}

#[test]
fn a_session_in_the_run_of_a_loop_works_in_its_claim_and_leaves_records_to_the_runner() {
    let mut team = Team::new();
    team.run = Some(RunId::new("nightly-1").unwrap());
    assert_eq!(told(&team, &write("one", "docs/a.md")), Say::Nothing);
    let before = team.loom.store().head().unwrap();
    let mut done = write("one", "docs/a.md");
    done["hook_event_name"] = json!("PostToolUse");
    done["tool_response"] = json!({"type": "create", "content": "x"});
    assert_eq!(told(&team, &done), Say::Nothing);
    let ends = json!({"session_id": "one", "cwd": ROOT, "hook_event_name": "SessionEnd"});
    assert_eq!(told(&team, &ends), Say::Nothing);
    assert_eq!(team.loom.store().head().unwrap(), before);

    // Once that run is over, its session changes nothing any more.
    team.later(7 * 60 * 60 * 1_000);
    let payload = serde_json::to_vec(&write("one", "docs/a.md")).unwrap();
    let written = team.written(Harness::ClaudeCode, &payload);
    assert!(written.stdout.contains("\"deny\""), "{written:?}");
}

#[test]
fn a_prompt_brings_what_others_asked_for_meanwhile_and_brings_it_once() {
    let team = Team::new();
    told(&team, &write("one", "src/a.rs"));
    told(&team, &write("two", "src/a.rs"));
    let prompt = json!({
        "session_id": "one", "cwd": ROOT, "hook_event_name": "UserPromptSubmit", "prompt": "go on",
    });
    let Say::Facts(facts) = told(&team, &prompt) else {
        panic!("nothing was told");
    };
    assert!(facts.contains("src/a.rs"), "{facts}");
    assert_eq!(told(&team, &prompt), Say::Nothing);
}

#[test]
fn a_stop_is_blocked_once_for_what_is_still_owed() {
    let team = Team::new();
    team.human(Body::SetPolicy {
        name: "policy.yaml".to_owned(),
        format: loom_core::policy::Format::Yaml,
        text: "version: 1\ndefault: allow\nrules:\n  - id: checked\n    effect: allow\n    when: {verb: [finish]}\n    obligations: [{type: checker, by: separate_root}]\n".to_owned(),
    });
    let stop = |again: bool| {
        json!({
            "session_id": "one", "cwd": ROOT, "hook_event_name": "Stop", "stop_hook_active": again,
        })
    };
    // A session that changed nothing owes nothing.
    told(
        &team,
        &json!({"session_id": "one", "cwd": ROOT, "hook_event_name": "SessionStart"}),
    );
    assert_eq!(told(&team, &stop(false)), Say::Nothing);
    told(&team, &write("one", "src/a.rs"));
    let mut done = write("one", "src/a.rs");
    done["hook_event_name"] = json!("PostToolUse");
    told(&team, &done);
    assert!(matches!(told(&team, &stop(false)), Say::GoOn(_)));
    assert_eq!(told(&team, &stop(true)), Say::Nothing);
}

#[test]
fn a_yes_that_was_used_for_a_line_that_failed_can_be_used_again() {
    let team = Team::new();
    team.human(Body::SetPolicy {
        name: "policy.yaml".to_owned(),
        format: loom_core::policy::Format::Yaml,
        text: "version: 1\ndefault: allow\nrules:\n  - id: deploys\n    effect: require_approval\n    when: {command: [\"make deploy\"]}\n    approval: {uses: 1}\n".to_owned(),
    });
    let line = bash("one", "make deploy");
    assert!(matches!(told(&team, &line), Say::Deny(_)));
    team.human(Body::Approve {
        request: open_request(&team),
        note: None,
        signature: None,
    });
    assert!(matches!(told(&team, &line), Say::Allow(_)));
    // It is used up.
    assert!(matches!(told(&team, &line), Say::Deny(_)));
    let mut failed = line.clone();
    failed["hook_event_name"] = json!("PostToolUseFailure");
    failed["error"] = json!("Exit code 1");
    assert_eq!(told(&team, &failed), Say::Nothing);
    assert!(matches!(told(&team, &line), Say::Allow(_)));
}

#[test]
fn a_yes_for_one_use_lets_one_claim_be_worked_in_and_no_second_one() {
    let team = Team::new();
    team.human(Body::SetPolicy {
        name: "policy.yaml".to_owned(),
        format: loom_core::policy::Format::Yaml,
        text: "version: 1\ndefault: allow\nrules:\n  - id: pay\n    effect: require_approval\n    when: {paths: [\"pay/**\"]}\n    approval: {uses: 1}\n".to_owned(),
    });
    let edit = write("one", "pay/a.rs");
    assert!(matches!(told(&team, &edit), Say::Deny(_)));
    team.human(Body::Approve {
        request: open_request(&team),
        note: None,
        signature: None,
    });
    assert!(matches!(told(&team, &edit), Say::Allow(_)));
    assert!(matches!(told(&team, &edit), Say::Allow(_) | Say::Nothing));
    assert!(matches!(
        told(&team, &write("one", "pay/b.rs")),
        Say::Deny(_)
    ));
    // The claim is over, and with it what the yes was used for.
    let ends = json!({"session_id": "one", "cwd": ROOT, "hook_event_name": "SessionEnd"});
    told(&team, &ends);
    assert!(matches!(told(&team, &edit), Say::Deny(_)));
}

#[test]
fn a_session_that_ends_while_a_person_is_asked_is_the_same_run_when_it_is_resumed() {
    let team = Team::new();
    told(&team, &write("one", "src/a.rs"));
    let edit = write("one", "services/payments/charge.rs");
    told(&team, &edit);
    let ends = json!({"session_id": "one", "cwd": ROOT, "hook_event_name": "SessionEnd"});
    assert_eq!(told(&team, &ends), Say::Nothing);
    // What it held is free at once.
    assert_eq!(told(&team, &write("two", "src/a.rs")), Say::Nothing);
    team.later(3 * 60 * 60 * 1_000);
    team.human(Body::Approve {
        request: open_request(&team),
        note: None,
        signature: None,
    });
    assert!(matches!(told(&team, &edit), Say::Allow(_)));
    assert_eq!(told(&team, &ends), Say::Nothing);
    let over = team.loom.look(|coordinator, _| {
        let row = coordinator
            .runs()
            .get(&RunId::new("claude-code.one").unwrap());
        Ok(row.unwrap().finished.is_some())
    });
    assert!(over.unwrap());
}

#[test]
fn a_session_at_work_keeps_its_claims_as_long_as_its_hooks_are_heard() {
    let team = Team::new();
    told(&team, &write("one", "src/a.rs"));
    for _ in 0..10 {
        team.later(20 * 60 * 1_000);
        told(&team, &write("one", "src/b.rs"));
    }
    assert!(matches!(
        told(&team, &write("two", "src/a.rs")),
        Say::Deny(_)
    ));
}

#[test]
fn a_runner_that_calls_hooks_around_its_iterations_is_a_run_of_the_journal() {
    let team = Team::new();
    let hook = |phase: &str, event: &str| {
        let payload = json!({
            "schema_version": 1, "phase": phase, "event": event,
            "phase_event": format!("{phase}.{event}"), "timestamp": "2026-11-23T07:00:00Z",
            "loop": {"id": "ralph-1", "is_primary": true, "workspace": ROOT, "repo_root": ROOT, "pid": 1},
            "iteration": {"current": 1, "max": 10}, "context": {}, "metadata": {},
        });
        team.written(Harness::Generic, &serde_json::to_vec(&payload).unwrap())
    };
    assert!(hook("pre", "loop.start").stdout.contains("generic.ralph-1"));
    assert_eq!(hook("pre", "iteration.start").exit, 0);
    assert_eq!(hook("post", "iteration.start").exit, 0);
    assert_eq!(hook("pre", "human.interact").exit, 0);
    assert_eq!(hook("post", "loop.complete").exit, 0);
    let row = team.loom.look(|coordinator, _| {
        let run = RunId::new("generic.ralph-1").unwrap();
        Ok(coordinator.runs().get(&run).map(|row| row.into_owned()))
    });
    let row = row.unwrap().unwrap();
    assert_eq!((row.iterations.begun, row.finished.is_some()), (1, true));
}
