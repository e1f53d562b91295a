//! The words of Claude Code's hooks, as version 2.1 has them.
//!
//! Its traps: exit code 1, a late answer, or a word in the wrong case let the tool run, so a no is
//! written as JSON with exit code 0, and a failure before that as exit code 2. `ask` without a person
//! is a no with the reason; `defer` ends the run until it is resumed.

use serde_json::{Value, json};

use super::payload::Fields;
use super::text;
use super::told::{Edit, Harness, Moment, Say, Told, Written};
use super::tool::ToolCall;
use crate::error::Error;
use crate::model::{HUNKS_MAX, Hunk};

pub(super) fn read(fields: &Fields<'_>) -> Result<Told, Error> {
    let event = fields.name("hook_event_name")?;
    let moment = moment(event, fields)?;
    let (session, cwd) = match moment {
        // Nobody answers these, and so nobody has to be known for them.
        Moment::Other => (
            fields.name_if_any("session_id").ok().flatten(),
            fields.text_if_any("cwd").ok().flatten(),
        ),
        _ => (Some(fields.name("session_id")?), Some(fields.text("cwd")?)),
    };
    Ok(Told {
        harness: Harness::ClaudeCode,
        session: session.unwrap_or_default().to_owned(),
        agent: fields.name_if_any("agent_id")?.map(str::to_owned),
        cwd: cwd.unwrap_or_default().to_owned(),
        model: None,
        event: event.to_owned(),
        moment,
    })
}

fn moment(event: &str, fields: &Fields<'_>) -> Result<Moment, Error> {
    Ok(match event {
        "SessionStart" => Moment::SessionStarts,
        "UserPromptSubmit" => Moment::Prompted,
        "PreToolUse" => Moment::ToolAsked(ToolCall::read(fields)?),
        "PostToolUse" => {
            let call = ToolCall::read(fields)?;
            let edits = edits(&call, fields);
            Moment::ToolDone { call, edits }
        }
        "PostToolUseFailure" => Moment::ToolFailed(ToolCall::read(fields)?),
        "SubagentStart" => Moment::AgentStarts,
        "SubagentStop" => Moment::AgentStops {
            again: fields.flag("stop_hook_active")?,
        },
        "Stop" => Moment::Stops {
            again: fields.flag("stop_hook_active")?,
        },
        "PreCompact" => Moment::Compacts,
        "WorktreeCreate" => Moment::WorktreeAsked {
            name: fields.name("name")?.to_owned(),
        },
        "WorktreeRemove" => Moment::WorktreeGone {
            path: fields.text("worktree_path")?.to_owned(),
        },
        "SessionEnd" => Moment::SessionEnds,
        _ => Moment::Other,
    })
}

/// What a tool that edits files says it did. Of a shell line nobody knows; what it did shows at commit.
fn edits(call: &ToolCall, fields: &Fields<'_>) -> Vec<Edit> {
    let super::Does::Writes(paths) = &call.does else {
        return Vec::new();
    };
    let Some(path) = paths.first() else {
        return Vec::new();
    };
    let mut edit = Edit {
        path: path.clone(),
        ..Edit::default()
    };
    if let Some(response) = fields.object_if_any("tool_response") {
        match response.value("originalFile") {
            Some(Value::String(before)) => edit.before = Some(before.clone()),
            _ => edit.created = response.value("type").and_then(Value::as_str) == Some("create"),
        }
        if let Some(Value::Array(patch)) = response.value("structuredPatch") {
            edit.hunks = patch.iter().take(HUNKS_MAX).filter_map(hunk).collect();
            for line in patch
                .iter()
                .filter_map(|hunk| hunk.get("lines")?.as_array())
            {
                let begins = |with| {
                    let lines = line.iter().filter_map(Value::as_str);
                    let lines = lines.filter(|line| line.starts_with(with)).count();
                    u32::try_from(lines).unwrap_or(u32::MAX)
                };
                edit.added = edit.added.saturating_add(begins('+'));
                edit.removed = edit.removed.saturating_add(begins('-'));
            }
        }
        if edit.created
            && let Some(content) = response.value("content").and_then(Value::as_str)
        {
            edit.added = u32::try_from(content.lines().count()).unwrap_or(u32::MAX);
        }
    }
    vec![edit]
}

fn hunk(value: &Value) -> Option<Hunk> {
    let Value::Object(map) = value else {
        return None;
    };
    let fields = Fields::of(map);
    Some(Hunk {
        old_start: fields.number_if_any("oldStart")?,
        old_lines: fields.number_if_any("oldLines")?,
        new_start: fields.number_if_any("newStart")?,
        new_lines: fields.number_if_any("newLines")?,
    })
}

pub(super) fn write(told: &Told, say: &Say) -> Written {
    let event = &told.event;
    let specific = |fields: Value| {
        let mut specific = json!({"hookEventName": event});
        if let (Value::Object(into), Value::Object(fields)) = (&mut specific, fields) {
            into.extend(fields);
        }
        print(&json!({"hookSpecificOutput": specific}))
    };
    let decided = |word: &str, reason: &str| {
        specific(json!({
            "permissionDecision": word,
            "permissionDecisionReason": text::within(reason, text::REASON_CHARS_MAX),
        }))
    };
    let blocked = |reason: &str| {
        let reason = text::within(reason, text::REASON_CHARS_MAX);
        print(&json!({"decision": "block", "reason": reason}))
    };
    let is_asked = matches!(told.moment, Moment::ToolAsked(_));
    match say {
        Say::Nothing => Written::default(),
        Say::Facts(facts) => match told.moment {
            Moment::SessionStarts
            | Moment::Prompted
            | Moment::ToolAsked(_)
            | Moment::ToolDone { .. } => {
                specific(json!({"additionalContext": text::within(facts, text::FACTS_CHARS_MAX)}))
            }
            _ => Written::default(),
        },
        Say::Allow(why) if is_asked => decided("allow", why),
        Say::Allow(_) => Written::default(),
        Say::Ask(why) if is_asked => decided("ask", why),
        Say::Defer(why) if is_asked => decided("defer", why),
        Say::Deny(why) if is_asked => decided("deny", why),
        Say::Deny(why) | Say::Ask(why) | Say::Defer(why) | Say::GoOn(why) => match told.moment {
            Moment::Prompted
            | Moment::ToolDone { .. }
            | Moment::Stops { .. }
            | Moment::AgentStops { .. } => blocked(why),
            _ => Written {
                stdout: String::new(),
                stderr: text::within(why, text::REASON_CHARS_MAX),
                exit: 2,
            },
        },
    }
}

pub(super) fn print(value: &Value) -> Written {
    Written {
        stdout: value.to_string(),
        ..Written::default()
    }
}
