//! Payloads that are cut, bent and stuffed: never a panic, never a yes by accident, never an answer that the
//! harness does not know.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use loom_core::error::Code;
use loom_core::harness::hook::{
    Exchange, FACTS_CHARS_MAX, Harness, PATHS_MAX, PAYLOAD_BYTES_MAX, STEPS_MAX, Say, Settings,
    Surroundings, Told, Written,
};
use loom_core::model::{Actor, ActorKind};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::team::{ROOT, Team};

static SCHEMAS: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    let text = include_str!("../../data/hooks/codex-0.169.0-hook-schemas.json");
    let Value::Object(map) = serde_json::from_str(text).unwrap() else {
        panic!("no object");
    };
    map
});

/// Holds an answer for Codex against the schema of its event.
pub(crate) fn check_codex(event: &str, stdout: &str) {
    let mut name = String::new();
    for letter in event.chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.extend(letter.to_lowercase());
    }
    let schema = &SCHEMAS[&format!("{name}.command.output")];
    let answer: Value = serde_json::from_str(stdout).unwrap();
    let validator = jsonschema::validator_for(schema).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(&answer)
        .map(|it| it.to_string())
        .collect();
    assert!(faults.is_empty(), "{event}: {stdout}: {faults:?}");
    let specific = &answer["hookSpecificOutput"];
    // What the schema lets through and Codex takes for a yes.
    assert_ne!(specific["permissionDecision"], "ask", "{stdout}");
    assert_ne!(specific["permissionDecision"], "allow", "{stdout}");
    if specific["permissionDecision"] == "deny" {
        assert!(
            !specific["permissionDecisionReason"]
                .as_str()
                .unwrap()
                .trim()
                .is_empty()
        );
    }
}

/// Holds an answer for Claude Code against what it was seen to take.
fn check_claude(stdout: &str) {
    let answer: Value = serde_json::from_str(stdout).unwrap();
    let known = |object: &Value, keys: &[&str]| {
        let object = object.as_object().unwrap();
        assert!(
            object.keys().all(|key| keys.contains(&key.as_str())),
            "{stdout}"
        );
    };
    known(&answer, &["hookSpecificOutput", "decision", "reason"]);
    if let Some(decision) = answer.get("decision") {
        assert_eq!(decision, "block");
        assert!(answer["reason"].is_string());
    }
    if let Some(specific) = answer.get("hookSpecificOutput") {
        known(
            specific,
            &[
                "hookEventName",
                "permissionDecision",
                "permissionDecisionReason",
                "additionalContext",
            ],
        );
        if let Some(decision) = specific.get("permissionDecision") {
            let words = ["allow", "deny", "ask", "defer"];
            assert!(words.contains(&decision.as_str().unwrap()), "{stdout}");
        }
    }
}

fn check(harness: Harness, event: Option<&str>, written: &Written) {
    assert!(matches!(written.exit, 0..=2), "{written:?}");
    if written.stdout.is_empty() {
        return;
    }
    assert_eq!(
        written.exit, 0,
        "an exit code makes the answer void: {written:?}"
    );
    match harness {
        Harness::ClaudeCode => check_claude(&written.stdout),
        Harness::Codex => check_codex(event.unwrap_or_default(), &written.stdout),
        Harness::Generic => {}
    }
}

/// Does the answer keep the tool from running?
fn stops(written: &Written) -> bool {
    let denies = serde_json::from_str::<Value>(&written.stdout).is_ok_and(|answer| {
        answer["hookSpecificOutput"]["permissionDecision"] == "deny"
            || answer["decision"] == "block"
    });
    denies || written.exit == 2
}

/// A call that writes where `nightly` holds a claim, so that every reading of it is a no.
fn held(harness: Harness, tool: usize) -> Value {
    let path = format!("{ROOT}/docs/a.md");
    let patch = "*** Begin Patch\n*** Update File: docs/a.md\n@@\n-x\n+y\n*** End Patch";
    let (tool, input) = match (harness, tool % 4) {
        (Harness::Codex, 0 | 1) => ("apply_patch", json!({"command": patch})),
        (Harness::Codex, _) => (
            "Bash",
            json!({"command": format!("apply_patch <<'E'\n{patch}\nE")}),
        ),
        (_, 0) => (
            "Edit",
            json!({"file_path": path, "old_string": "x", "new_string": "y"}),
        ),
        (_, 1) => ("Write", json!({"file_path": path, "content": "x"})),
        (_, 2) => (
            "NotebookEdit",
            json!({"notebook_path": path, "new_source": "x"}),
        ),
        _ => ("Bash", json!({"command": "echo x > docs/a.md"})),
    };
    json!({
        "session_id": "one", "transcript_path": "/t", "cwd": ROOT, "hook_event_name": "PreToolUse",
        "permission_mode": "default", "tool_name": tool, "tool_input": input, "tool_use_id": "t1",
    })
}

/// One way to bend a payload.
#[derive(Debug, Clone)]
enum Bend {
    Drop(prop::sample::Index),
    DropInput(prop::sample::Index),
    Set(prop::sample::Index, Value),
    SetInput(prop::sample::Index, Value),
    Add(String, Value),
    AddInput(String, Value),
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        Just(Value::from("../../etc/passwd")),
        Just(Value::from("\0")),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn bend() -> impl Strategy<Value = Bend> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        at().prop_map(Bend::Drop),
        at().prop_map(Bend::DropInput),
        (at(), value()).prop_map(|(at, value)| Bend::Set(at, value)),
        (at(), value()).prop_map(|(at, value)| Bend::SetInput(at, value)),
        ("[a-z_]{1,12}", value()).prop_map(|(name, value)| Bend::Add(name, value)),
        ("[a-z_]{1,12}", value()).prop_map(|(name, value)| Bend::AddInput(name, value)),
    ]
}

/// Bends a payload. Which event and tool it is about, and a path or line that is another one, are left: those
/// make another call of it, and not a bent one.
fn bent(mut payload: Value, bends: &[Bend]) -> Value {
    for bend in bends {
        let Value::Object(map) = &mut payload else {
            return payload;
        };
        let (map, at, new) = match bend {
            Bend::Drop(at) => (map, Ok(at), None),
            Bend::Set(at, value) => (map, Ok(at), Some(value)),
            Bend::Add(name, value) => (map, Err(name), Some(value)),
            Bend::DropInput(_) | Bend::SetInput(..) | Bend::AddInput(..) => {
                let Some(Value::Object(map)) = map.get_mut("tool_input") else {
                    continue;
                };
                match bend {
                    Bend::DropInput(at) => (map, Ok(at), None),
                    Bend::SetInput(at, value) => (map, Ok(at), Some(value)),
                    Bend::AddInput(name, value) => (map, Err(name), Some(value)),
                    _ => continue,
                }
            }
        };
        let name = match at {
            Ok(at) if !map.is_empty() => map.keys().nth(at.index(map.len())).cloned().unwrap(),
            Ok(_) => continue,
            Err(name) => name.clone(),
        };
        let means_another = |value: &Value| match name.as_str() {
            "hook_event_name" | "tool_name" | "file_path" | "notebook_path" | "command" | "cwd" => {
                value.is_string() || value.is_array()
            }
            // Whose session it is decides whose claims are in the way, and all of them are nightly's.
            "cmd" => true,
            _ => false,
        };
        match new {
            Some(value) if means_another(value) => {}
            Some(value) => drop(map.insert(name, value.clone())),
            None => drop(map.remove(&name)),
        }
    }
    payload
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_bent_call_where_somebody_else_works_is_never_a_yes(
        codex in any::<bool>(),
        tool in 0..4_usize,
        bends in prop::collection::vec(bend(), 1..4),
    ) {
        let harness = if codex { Harness::Codex } else { Harness::ClaudeCode };
        let team = Team::new();
        let payload = bent(held(harness, tool), &bends);
        let written = team.written(harness, &serde_json::to_vec(&payload).unwrap());
        check(harness, Some("PreToolUse"), &written);
        prop_assert!(stops(&written), "{payload} is answered {written:?}");
    }

    #[test]
    fn a_payload_that_is_cut_or_has_bytes_changed_is_answered_in_the_harnesss_words(
        codex in any::<bool>(),
        tool in 0..4_usize,
        cut in any::<prop::sample::Index>(),
        bytes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        whole in any::<bool>(),
    ) {
        let harness = if codex { Harness::Codex } else { Harness::ClaudeCode };
        let team = Team::new();
        let mut payload = serde_json::to_vec(&held(harness, tool)).unwrap();
        for (at, byte) in &bytes {
            let at = at.index(payload.len());
            payload[at] = *byte;
        }
        if !whole {
            payload.truncate(cut.index(payload.len()));
        }
        let written = team.written(harness, &payload);
        check(harness, Some("PreToolUse"), &written);
        if !whole || bytes.is_empty() {
            prop_assert!(stops(&written), "{written:?}");
        }
    }

    #[test]
    fn any_bytes_at_all_end_in_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let team = Team::new();
        for harness in [Harness::ClaudeCode, Harness::Codex, Harness::Generic] {
            prop_assert!(stops(&team.written(harness, &bytes)));
        }
    }

    #[test]
    fn any_event_with_any_fields_ends_in_an_answer(
        event in prop::sample::select(vec![
            "SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "PostToolUseFailure",
            "SubagentStart", "SubagentStop", "Stop", "PreCompact", "WorktreeCreate", "WorktreeRemove",
            "SessionEnd", "Notification", "PermissionRequest", "Interrupt",
        ]),
        fields in prop::collection::btree_map(prop::sample::select(vec![
            "session_id", "cwd", "tool_name", "tool_input", "tool_response", "tool_use_id", "agent_id",
            "stop_hook_active", "name", "worktree_path", "prompt", "model", "source",
        ]), value(), 0..8),
    ) {
        let team = Team::new();
        let mut payload = json!({
            "session_id": "one", "cwd": ROOT, "hook_event_name": event, "tool_name": "Write",
            "tool_input": {"file_path": "src/a.rs"},
        });
        for (name, value) in fields {
            payload[name] = value;
        }
        let payload = serde_json::to_vec(&payload).unwrap();
        for harness in [Harness::ClaudeCode, Harness::Codex] {
            let known = !matches!(event, "PostToolUseFailure" | "WorktreeCreate" | "WorktreeRemove" | "Notification");
            let written = team.written(harness, &payload);
            if harness == Harness::ClaudeCode || known {
                check(harness, Some(event), &written);
            }
        }
    }
}

/// A call that is held, with so much to write that the payload has this length.
fn held_of(bytes: usize) -> Vec<u8> {
    let mut payload = held(Harness::ClaudeCode, 1);
    let short = serde_json::to_vec(&payload).unwrap().len();
    payload["tool_input"]["content"] = Value::from("x".repeat(bytes - short + 1));
    let payload = serde_json::to_vec(&payload).unwrap();
    assert_eq!(payload.len(), bytes);
    payload
}

#[test]
fn a_payload_of_the_longest_length_is_read_and_one_byte_more_is_a_no() {
    let team = Team::new();
    for bytes in [10 * 1024 * 1024, PAYLOAD_BYTES_MAX] {
        let written = team.written(Harness::ClaudeCode, &held_of(bytes));
        assert!(written.stdout.contains("nightly"), "{bytes}");
    }
    let written = team.written(Harness::ClaudeCode, &held_of(PAYLOAD_BYTES_MAX + 1));
    assert!(stops(&written) && written.stdout.is_empty());
    let over = Told::read(Harness::ClaudeCode, &held_of(PAYLOAD_BYTES_MAX + 1)).unwrap_err();
    assert_eq!(over.limit_name(), Some("PAYLOAD_BYTES_MAX"));
}

#[test]
fn a_patch_of_as_many_files_as_are_looked_at_is_read_and_one_more_is_a_no() {
    let patch = |files: usize| {
        let files: String = (0..files)
            .map(|nth| format!("*** Delete File: f{nth}\n"))
            .collect();
        let input = json!({"command": format!("*** Begin Patch\n{files}*** End Patch")});
        let payload = json!({
            "session_id": "one", "cwd": ROOT, "hook_event_name": "PreToolUse",
            "tool_name": "apply_patch", "tool_input": input, "tool_use_id": "t1",
        });
        Told::read(Harness::Codex, &serde_json::to_vec(&payload).unwrap())
    };
    assert_eq!(patch(PATHS_MAX).unwrap().paths().len(), PATHS_MAX);
    assert_eq!(patch(PATHS_MAX + 1).unwrap_err().code(), Code::InvalidField);
}

#[test]
fn facts_are_told_whole_up_to_what_a_harness_takes_and_cut_with_a_mark_beyond() {
    let begins = json!({"session_id": "one", "cwd": ROOT, "hook_event_name": "SessionStart"});
    let told = Told::read(Harness::ClaudeCode, &serde_json::to_vec(&begins).unwrap()).unwrap();
    let heard = |chars: usize| {
        let written = told.write(&Say::Facts("é".repeat(chars)));
        let answer: Value = serde_json::from_str(&written.stdout).unwrap();
        let facts = &answer["hookSpecificOutput"]["additionalContext"];
        facts.as_str().unwrap().to_owned()
    };
    assert_eq!(heard(FACTS_CHARS_MAX), "é".repeat(FACTS_CHARS_MAX));
    let cut = heard(FACTS_CHARS_MAX + 1);
    assert_eq!(cut.chars().count(), FACTS_CHARS_MAX);
    assert!(cut.ends_with(" …"));
}

#[test]
fn an_exchange_takes_as_many_steps_as_it_may_and_no_more() {
    let team = Team::new();
    let other = json!({"session_id": "one", "cwd": ROOT, "hook_event_name": "Notification"});
    let told = Told::read(Harness::ClaudeCode, &serde_json::to_vec(&other).unwrap()).unwrap();
    let around = Surroundings {
        actor: Actor::new(ActorKind::Loop, "claude-code").unwrap(),
        run: None,
        places: BTreeMap::new(),
        repo: None,
        settings: Settings::default(),
    };
    let mut exchange = Exchange::new(&told, &around);
    let steps = |exchange: &mut Exchange<'_>, count: usize| {
        team.loom.look(|coordinator, now| {
            (0..count).try_for_each(|_| exchange.step(coordinator, now).map(drop))
        })
    };
    steps(&mut exchange, STEPS_MAX).unwrap();
    let over = steps(&mut exchange, 1).unwrap_err();
    assert_eq!(over.limit_name(), Some("STEPS_MAX"));
}

#[test]
fn bytes_that_are_no_text_are_a_no() {
    let team = Team::new();
    let mut payload = serde_json::to_vec(&held(Harness::ClaudeCode, 0)).unwrap();
    let at = payload.windows(4).position(|it| it == b"docs").unwrap();
    payload[at] = 0xff;
    assert!(stops(&team.written(Harness::ClaudeCode, &payload)));
}

#[test]
fn json_that_nests_without_end_is_a_no() {
    let team = Team::new();
    let payload = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    assert!(stops(&team.written(Harness::Codex, payload.as_bytes())));
    let payload = format!("{{\"tool_input\":{}", "{\"a\":".repeat(200_000));
    assert!(stops(
        &team.written(Harness::ClaudeCode, payload.as_bytes())
    ));
}
