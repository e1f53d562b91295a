//! What a harness tells, and what it is answered, in the words of the core.

use super::tool::{Does, ToolCall};
use super::{claude_code, codex, generic, payload};
use crate::error::Error;

/// The most paths of one payload that are looked at.
pub const PATHS_MAX: usize = 1_024;

/// A program that runs agents and calls hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harness {
    /// Claude Code, and the agent SDKs that carry it.
    ClaudeCode,
    /// Codex.
    Codex,
    /// A runner that calls hooks around the steps of its loop, as ralph-orchestrator does.
    Generic,
}

impl Harness {
    /// Its name on a command line, and in the names of runs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Harness::ClaudeCode => "claude-code",
            Harness::Codex => "codex",
            Harness::Generic => "generic",
        }
    }
}

/// A payload, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Who tells.
    pub harness: Harness,
    /// The session that it belongs to.
    pub session: String,
    /// The sub-agent of the session, where one acts.
    pub agent: Option<String>,
    /// The folder that relative paths start from.
    pub cwd: String,
    /// The model behind the session, where the harness says it.
    pub model: Option<String>,
    /// The name of the event, as the harness has it.
    pub event: String,
    /// What happens.
    pub moment: Moment,
}

/// What happens at a harness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    /// A session begins, or goes on with its memory cut.
    SessionStarts,
    /// A person, or a loop, says something to the agent.
    Prompted,
    /// The agent is about to use a tool.
    ToolAsked(ToolCall),
    /// It has used one, and changed these files with it.
    ToolDone {
        /// The tool.
        call: ToolCall,
        /// The files.
        edits: Vec<Edit>,
    },
    /// It has used one in vain.
    ToolFailed(ToolCall),
    /// A sub-agent begins.
    AgentStarts,
    /// A sub-agent is about to end.
    AgentStops {
        /// It was kept from it before.
        again: bool,
    },
    /// The agent is about to end its turn.
    Stops {
        /// It was kept from it before.
        again: bool,
    },
    /// The session's memory is about to be cut.
    Compacts,
    /// A worktree is to be made under this name.
    WorktreeAsked {
        /// The name.
        name: String,
    },
    /// A worktree is to be removed.
    WorktreeGone {
        /// Where it is.
        path: String,
    },
    /// The session is over.
    SessionEnds,
    /// A loop begins an iteration.
    IterationStarts,
    /// A loop has ended an iteration.
    IterationEnds,
    /// A loop has ended, with an error or without.
    LoopEnds {
        /// With one.
        failed: bool,
    },
    /// Something that nobody here has to do with.
    Other,
}

/// A file that a tool has changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edit {
    /// Where, as the harness names it.
    pub path: String,
    /// What it held before, where the harness says it.
    pub before: Option<String>,
    /// There was no such file before.
    pub created: bool,
    /// Which lines.
    pub hunks: Vec<crate::model::Hunk>,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
}

/// What a harness is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Say {
    /// Nothing: it goes on by its own rules.
    Nothing,
    /// Facts for the agent.
    Facts(String),
    /// A person has approved this: it goes on whatever its own rules say.
    Allow(String),
    /// This must not be done, and why.
    Deny(String),
    /// The person at the harness has to say yes.
    Ask(String),
    /// This is done later, when somebody has said yes.
    Defer(String),
    /// The agent must not end yet, and why.
    GoOn(String),
}

/// An answer as a process gives it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// For standard output: JSON, or nothing.
    pub stdout: String,
    /// For standard error.
    pub stderr: String,
    /// The exit code.
    pub exit: u8,
}

impl Told {
    /// Reads a payload.
    ///
    /// # Errors
    /// `invalid_json` for what is no JSON object, `missing_field` and `invalid_field` for a field that
    /// the event needs, `limit_exceeded` over a limit of this module. All of them mean no.
    pub fn read(harness: Harness, bytes: &[u8]) -> Result<Told, Error> {
        let map = payload::object(bytes)?;
        let fields = payload::Fields::of(&map);
        match harness {
            Harness::ClaudeCode => claude_code::read(&fields),
            Harness::Codex => codex::read(&fields),
            Harness::Generic => generic::read(&fields),
        }
    }

    /// The paths that have to be found in repositories before the payload can be answered, as the
    /// harness names them; relative ones start from [`Told::cwd`].
    pub fn paths(&self) -> Vec<&str> {
        let mut paths: Vec<&str> = match &self.moment {
            Moment::ToolAsked(call) | Moment::ToolFailed(call) => match &call.does {
                Does::Calls { paths, .. } => paths.iter().map(String::as_str).collect(),
                _ => call.writes().iter().map(String::as_str).collect(),
            },
            Moment::ToolDone { edits, .. } => edits.iter().map(|edit| &*edit.path).collect(),
            _ => Vec::new(),
        };
        paths.truncate(PATHS_MAX);
        paths
    }

    /// Writes an answer in the harness's words. What it cannot express becomes the strictest it can.
    pub fn write(&self, say: &Say) -> Written {
        match self.harness {
            Harness::ClaudeCode => claude_code::write(self, say),
            Harness::Codex => codex::write(self, say),
            Harness::Generic => generic::write(say),
        }
    }

    /// Whether the event can be kept from happening.
    pub fn can_be_stopped(&self) -> bool {
        matches!(
            self.moment,
            Moment::ToolAsked(_)
                | Moment::Stops { again: false }
                | Moment::AgentStops { again: false }
                | Moment::WorktreeAsked { .. }
                | Moment::IterationStarts
        )
    }
}

/// Writes that the hook itself failed: no, wherever a harness can be told so. `told` is what was read of the
/// payload; where it could not be read, an exit code says no to every harness.
pub fn written_failure(told: Option<&Told>, why: &Error) -> Written {
    let reason = super::text::failure(why);
    match told {
        Some(told) if told.can_be_stopped() => {
            let say = match told.moment {
                Moment::Stops { .. } | Moment::AgentStops { .. } => Say::GoOn(reason),
                _ => Say::Deny(reason),
            };
            told.write(&say)
        }
        // Nothing hangs on it any more, and the person or the agent reads what is said here.
        Some(told) => Written {
            stdout: String::new(),
            stderr: reason,
            // Where a prompt is about to be heard, 2 would keep it from the agent, and with it every way
            // to mend what is wrong.
            exit: if told.moment == Moment::Prompted {
                1
            } else {
                2
            },
        },
        None => Written {
            stdout: String::new(),
            stderr: reason,
            exit: 2,
        },
    }
}
