//! The words of Codex's hooks, as version 0.169 has them.
//!
//! Its traps: `ask` and `defer` let the tool run, so both become `deny`; `allow` holds only with another
//! input, so passing is silence; a field beyond the schema makes the answer none, and a no without a
//! reason is none either. `apply_patch` comes as a tool of its own, and inside a shell line.

use serde_json::json;

use super::claude_code::print;
use super::payload::Fields;
use super::text;
use super::told::{Edit, Harness, Moment, Say, Told, Written};
use super::tool::{Does, ToolCall};
use crate::error::Error;

pub(super) fn read(fields: &Fields<'_>) -> Result<Told, Error> {
    let event = fields.name("hook_event_name")?;
    let moment = moment(event, fields)?;
    let (session, cwd) = match moment {
        Moment::Other => (
            fields.name_if_any("session_id").ok().flatten(),
            fields.text_if_any("cwd").ok().flatten(),
        ),
        _ => (Some(fields.name("session_id")?), Some(fields.text("cwd")?)),
    };
    Ok(Told {
        harness: Harness::Codex,
        session: session.unwrap_or_default().to_owned(),
        agent: fields.name_if_any("agent_id")?.map(str::to_owned),
        cwd: cwd.unwrap_or_default().to_owned(),
        model: fields.name_if_any("model")?.map(str::to_owned),
        event: event.to_owned(),
        moment,
    })
}

fn moment(event: &str, fields: &Fields<'_>) -> Result<Moment, Error> {
    Ok(match event {
        "SessionStart" => Moment::SessionStarts,
        "UserPromptSubmit" => Moment::Prompted,
        "PreToolUse" => Moment::ToolAsked(ToolCall::read(fields)?),
        "PostToolUse" => done(fields)?,
        "SubagentStart" => Moment::AgentStarts,
        "SubagentStop" => Moment::AgentStops {
            again: fields.flag("stop_hook_active")?,
        },
        "Stop" => Moment::Stops {
            again: fields.flag("stop_hook_active")?,
        },
        "PreCompact" => Moment::Compacts,
        "SessionEnd" => Moment::SessionEnds,
        _ => Moment::Other,
    })
}

/// A patch says in its response how it came out; a shell line does not say so.
fn done(fields: &Fields<'_>) -> Result<Moment, Error> {
    let call = ToolCall::read(fields)?;
    let (Does::Writes(paths), true) = (&call.does, call.name == "apply_patch") else {
        return Ok(Moment::ToolDone {
            call,
            edits: Vec::new(),
        });
    };
    let response = fields.text_if_any("tool_response").ok().flatten();
    let exit = response.and_then(|text| {
        text.lines()
            .find_map(|line| line.strip_prefix("Exit code: "))
    });
    if exit.is_some_and(|exit| exit.trim() != "0") {
        return Ok(Moment::ToolFailed(call));
    }
    let edits = paths.iter().map(|path| Edit {
        path: path.clone(),
        ..Edit::default()
    });
    Ok(Moment::ToolDone {
        edits: edits.collect(),
        call,
    })
}

pub(super) fn write(told: &Told, say: &Say) -> Written {
    let event = &told.event;
    let reason = |why: &str| match why.trim() {
        // A no without a reason counts for nothing.
        "" => "held by loom".to_owned(),
        why => text::within(why, text::REASON_CHARS_MAX),
    };
    let facts = |facts: &str| {
        let facts = text::within(facts, text::FACTS_CHARS_MAX);
        print(&json!({"hookSpecificOutput": {"hookEventName": event, "additionalContext": facts}}))
    };
    match (say, &told.moment) {
        (Say::Nothing | Say::Allow(_), _) => Written::default(),
        (
            Say::Facts(text),
            Moment::SessionStarts
            | Moment::Prompted
            | Moment::ToolAsked(_)
            | Moment::ToolDone { .. }
            | Moment::AgentStarts,
        ) => facts(text),
        (Say::Facts(_), _) => Written::default(),
        (Say::Deny(why) | Say::Ask(why) | Say::Defer(why) | Say::GoOn(why), moment) => match moment
        {
            Moment::ToolAsked(_) => print(&json!({"hookSpecificOutput": {
                "hookEventName": event,
                "permissionDecision": "deny",
                "permissionDecisionReason": reason(why),
            }})),
            Moment::Prompted
            | Moment::ToolDone { .. }
            | Moment::ToolFailed(_)
            | Moment::Stops { .. }
            | Moment::AgentStops { .. } => {
                print(&json!({"decision": "block", "reason": reason(why)}))
            }
            _ => Written {
                stdout: String::new(),
                stderr: reason(why),
                exit: 2,
            },
        },
    }
}
