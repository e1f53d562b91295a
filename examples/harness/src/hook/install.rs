//! `loom init claude-code` and `loom init codex`: the hooks in a harness's settings, put into what is there
//! and taken out again.

use std::path::{Path, PathBuf};

use clap::Args;
use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstArray, CstInputValue, CstNode, CstRootNode};
use loom_core::error::{Code, Error};

use super::AtCheckpoint;
use crate::exit::{Ended, Exit, Failure};
use crate::identity::{self, Tree};

/// The largest settings that are read, in bytes.
const SETTINGS_BYTES_MAX: u64 = 1024 * 1024;
/// The time that the harness gives a hook, in seconds.
const TIMEOUT_S: u32 = 10;
/// The time that Codex gives a hook at the end of a session, in seconds: it grants no more.
const CODEX_END_TIMEOUT_S: u32 = 3;

/// Puts the hooks into a harness's settings. What stands there stays as it is.
#[derive(Debug, Clone, Args)]
pub(crate) struct Install {
    /// Take the hooks out again
    #[arg(long)]
    remove: bool,
    /// The settings [default: those of the project, in the tree that you stand in]
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Also make and remove worktrees for the harness, where it asks
    #[arg(long)]
    worktrees: bool,
    /// What the harness is told where a person has to say yes first; Codex hears no in any case
    #[arg(long, value_enum, default_value = "deny")]
    checkpoint: AtCheckpoint,
}

/// The harnesses whose settings are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    ClaudeCode,
    Codex,
}

/// The tools before which Claude Code asks. Those that only read are not slowed down.
const CLAUDE_TOOLS: &str = "Bash|PowerShell|Edit|Write|MultiEdit|NotebookEdit|mcp__.*";
/// The tools whose changes Claude Code tells of.
const CLAUDE_EDITS: &str = "Edit|Write|MultiEdit|NotebookEdit";

impl Which {
    /// The events, each with the tools that it is about.
    fn events(self, worktrees: bool) -> Vec<(&'static str, Option<&'static str>)> {
        let mut events = match self {
            Which::ClaudeCode => vec![
                ("SessionStart", None),
                ("UserPromptSubmit", None),
                ("PreToolUse", Some(CLAUDE_TOOLS)),
                ("PostToolUse", Some(CLAUDE_EDITS)),
                ("PostToolUseFailure", Some(CLAUDE_TOOLS)),
                ("SubagentStart", None),
                ("SubagentStop", None),
                ("Stop", None),
                ("PreCompact", None),
                ("SessionEnd", None),
            ],
            Which::Codex => vec![
                ("SessionStart", None),
                ("UserPromptSubmit", None),
                ("PreToolUse", None),
                ("PostToolUse", None),
                ("SubagentStart", None),
                ("SubagentStop", None),
                ("Stop", None),
                ("PreCompact", None),
                ("SessionEnd", None),
            ],
        };
        if worktrees && self == Which::ClaudeCode {
            events.extend([("WorktreeCreate", None), ("WorktreeRemove", None)]);
        }
        events
    }

    fn file(self) -> &'static str {
        match self {
            Which::ClaudeCode => ".claude/settings.json",
            Which::Codex => ".codex/hooks.json",
        }
    }

    fn mark(self) -> &'static str {
        match self {
            Which::ClaudeCode => "loom hook claude-code",
            Which::Codex => "loom hook codex",
        }
    }

    /// The line that the harness runs. Where there is no `loom`, or it dies, the exit code before a tool is
    /// one that blocks, since any other lets the tool run. It would keep a person's prompts from the agent,
    /// too, and an agent from ending, so elsewhere the harness only hears of it.
    fn line(self, event: &str, timeout_s: u32, checkpoint: AtCheckpoint) -> String {
        let mut line = self.mark().to_owned();
        if timeout_s != TIMEOUT_S {
            line += &format!(" --timeout {timeout_s}s");
        }
        match checkpoint {
            AtCheckpoint::Deny => {}
            AtCheckpoint::Ask => line += " --checkpoint ask",
            AtCheckpoint::Defer => line += " --checkpoint defer",
        }
        if matches!(event, "PreToolUse" | "WorktreeCreate") {
            line += " || exit 2";
        }
        line
    }

    fn timeout_s(self, event: &str) -> u32 {
        match (self, event) {
            (Which::Codex, "SessionEnd") => CODEX_END_TIMEOUT_S,
            _ => TIMEOUT_S,
        }
    }
}

impl Install {
    pub(crate) fn carry_out(&self, which: Which) -> Ended {
        let path = match &self.settings {
            Some(path) => path.clone(),
            None => {
                let here =
                    std::env::current_dir().map_err(|why| Failure::outside("folder", why))?;
                let tree = Tree::around(&identity::real(".", &here)?);
                let tree = tree.ok_or_else(|| {
                    let message =
                        "this folder lies in no git repository; name the file with --settings";
                    Failure::absent("--settings", message)
                })?;
                tree.root.join(which.file())
            }
        };
        let before = read(&path)?;
        let after = match self.remove {
            false => self.with(which, before.as_deref().unwrap_or(""))?,
            true => match &before {
                Some(before) => without(which, before)?,
                None => return Ok(said(which, &path, "there are no settings at")),
            },
        };
        if before.as_deref() == Some(after.as_str()) {
            return Ok(said(which, &path, "nothing to change in"));
        }
        if after.trim().is_empty() || after.trim() == "{}" && self.remove {
            std::fs::remove_file(&path).map_err(|why| Failure::outside("settings", why))?;
        } else {
            write(&path, &after)?;
        }
        let done = match self.remove {
            true => "hooks taken out of",
            false => "hooks put into",
        };
        Ok(said(which, &path, done))
    }
}

fn said(which: Which, path: &Path, what: &str) -> Exit {
    println!("{what} {}", path.display());
    if which == Which::Codex {
        println!(
            "note: Codex skips hooks that were not trusted, and says nothing: trust them once in Codex, or \
             run `codex exec` with --dangerously-bypass-hook-trust"
        );
    }
    Exit::Done
}

fn read(path: &Path) -> Result<Option<String>, Failure> {
    use std::io::Read as _;
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(Failure::outside("settings", why)),
    };
    let mut text = String::new();
    file.take(SETTINGS_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .map_err(|why| Failure::outside("settings", why))?;
    let got = text.len() as u64;
    if got > SETTINGS_BYTES_MAX {
        let error = Error::limit("settings", "SETTINGS_BYTES_MAX", SETTINGS_BYTES_MAX, got);
        return Err(error.into());
    }
    Ok(Some(text))
}

/// Writes beside the file and puts it in its place, so that no harness reads half of it.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let outside = |why: std::io::Error| Failure::outside("settings", why);
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(outside)?;
    // A link stays one: what it leads to is replaced.
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(outside)?;
    if let Ok(about) = std::fs::metadata(&path) {
        let kept = std::fs::set_permissions(file.path(), about.permissions());
        kept.map_err(outside)?;
    } else {
        use std::os::unix::fs::PermissionsExt as _;
        let plain = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(file.path(), plain).map_err(outside)?;
    }
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(outside)?;
    file.persist(&path)
        .map_err(|why| Failure::outside("settings", why))?;
    Ok(())
}

fn parsed(text: &str) -> Result<CstRootNode, Failure> {
    CstRootNode::parse(text, &ParseOptions::default())
        .map_err(|why| Error::at(Code::InvalidJson, "settings", why.to_string()).into())
}

fn wrong(what: &str) -> Failure {
    Error::at(Code::InvalidField, "settings", what).into()
}

impl Install {
    /// The settings with the hooks in them, once.
    fn with(&self, which: Which, text: &str) -> Result<String, Failure> {
        // Settings of an earlier version, or of another checkpoint, go first.
        let text = match text.trim().is_empty() {
            true => "{}\n".to_owned(),
            false => without(which, text)?,
        };
        let root = parsed(&text)?;
        let settings = root
            .object_value()
            .ok_or_else(|| wrong("settings are a JSON object"))?;
        let hooks = settings
            .object_value_or_create("hooks")
            .ok_or_else(|| wrong("`hooks` is no object"))?;
        for (event, tools) in which.events(self.worktrees) {
            let groups = hooks
                .array_value_or_create(event)
                .ok_or_else(|| wrong(&format!("`hooks.{event}` is no list")))?;
            groups.append(self.group(which, event, tools));
        }
        Ok(root.to_string())
    }

    fn group(&self, which: Which, event: &str, tools: Option<&str>) -> CstInputValue {
        let text = |text: &str| CstInputValue::String(text.to_owned());
        let timeout_s = which.timeout_s(event);
        let line = which.line(event, timeout_s, self.checkpoint);
        let hook = CstInputValue::Object(vec![
            ("type".to_owned(), text("command")),
            ("command".to_owned(), text(&line)),
            (
                "timeout".to_owned(),
                CstInputValue::Number(timeout_s.to_string()),
            ),
        ]);
        let tools = tools.map(|tools| ("matcher".to_owned(), text(tools)));
        let hooks = ("hooks".to_owned(), CstInputValue::Array(vec![hook]));
        CstInputValue::Object(tools.into_iter().chain([hooks]).collect())
    }
}

/// The settings without the hooks. What others put beside them stays.
fn without(which: Which, text: &str) -> Result<String, Failure> {
    let root = parsed(text)?;
    let Some(settings) = root.object_value() else {
        return Err(wrong("settings are a JSON object"));
    };
    let Some(hooks) = settings.object_value("hooks") else {
        return Ok(text.to_owned());
    };
    let mut found = false;
    for event in hooks.properties() {
        let Some(groups) = event.array_value() else {
            continue;
        };
        let taken = take_out(which, &groups);
        found |= taken;
        if taken && groups.elements().is_empty() {
            event.remove();
        }
    }
    if !found {
        return Ok(text.to_owned());
    }
    if hooks.properties().is_empty()
        && let Some(property) = settings.get("hooks")
    {
        property.remove();
    }
    Ok(root.to_string())
}

/// Takes the hooks out of the groups of one event.
fn take_out(which: Which, groups: &CstArray) -> bool {
    let mut found = false;
    for group in groups.elements() {
        let Some(hooks) = group.as_object().and_then(|it| it.array_value("hooks")) else {
            continue;
        };
        let ours: Vec<CstNode> = hooks
            .elements()
            .into_iter()
            .filter(|hook| is_ours(which, hook))
            .collect();
        found |= !ours.is_empty();
        if !ours.is_empty() && ours.len() == hooks.elements().len() {
            group.remove();
        } else {
            ours.into_iter().for_each(CstNode::remove);
        }
    }
    found
}

fn is_ours(which: Which, hook: &CstNode) -> bool {
    let command = hook.as_object().and_then(|hook| hook.get("command"));
    let command = command.and_then(|it| it.value()?.as_string_lit()?.decoded_value().ok());
    command.is_some_and(|command| command.contains(which.mark()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEIRS: &str = r#"{
  "model": "opus",
  "hooks": {
    "PreToolUse": [
      {
        "matcher": "Bash",
        "hooks": [
          { "type": "command", "command": "./mine.sh" }
        ]
      }
    ]
  },
  "permissions": { "allow": ["Bash(ls *)"] }
}
"#;

    fn installed(which: Which, text: &str, worktrees: bool) -> Result<String, Failure> {
        let install = Install {
            remove: false,
            settings: None,
            worktrees,
            checkpoint: AtCheckpoint::Deny,
        };
        install.with(which, text)
    }

    #[test]
    fn hooks_go_into_what_is_there_once_and_come_out_without_a_trace() {
        for which in [Which::ClaudeCode, Which::Codex] {
            for worktrees in [false, true] {
                let once = installed(which, THEIRS, worktrees).unwrap();
                assert_eq!(installed(which, &once, worktrees).unwrap(), once);
                assert_eq!(once.matches("./mine.sh").count(), 1);
                let events = which.events(worktrees).len();
                assert_eq!(once.matches(which.mark()).count(), events);
                let value: serde_json::Value = serde_json::from_str(&once).unwrap();
                assert_eq!(value["model"], "opus");
                assert_eq!(value["hooks"]["PreToolUse"].as_array().unwrap().len(), 2);
                assert_eq!(without(which, &once).unwrap(), THEIRS);
            }
        }
    }

    #[test]
    fn settings_that_are_none_are_left_alone() {
        for text in ["[]", "{", "{\"hooks\": 3}", "{\"hooks\": {\"Stop\": {}}}"] {
            assert!(installed(Which::ClaudeCode, text, false).is_err(), "{text}");
        }
        assert_eq!(without(Which::Codex, THEIRS).unwrap(), THEIRS);
    }

    #[test]
    fn a_hook_of_ours_in_a_group_of_theirs_goes_alone() {
        let text = r#"{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "a"}, {"type": "command", "command": "loom hook codex || exit 2"}]}]}}"#;
        let left = without(Which::Codex, text).unwrap();
        assert!(left.contains("\"a\"") && !left.contains("loom"), "{left}");
    }
}
