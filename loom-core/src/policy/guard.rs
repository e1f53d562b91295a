//! What no document can allow: a loop that changes what watches over it.
//!
//! Agents share their user's shell, so the commands that are for people, the journal, and the settings
//! and hooks of harnesses are denied to whoever is no person, whatever the document says. This is no
//! sandbox: a program that an agent writes and runs can still do it unseen, and what it did shows in
//! the journal's hashes and at commit.

use std::sync::Arc;

use super::decision::RuleCard;
use super::document::{Condition, Effect, Mode};
use super::verb::Verb;
use super::words::AnyOf;
use crate::error::Error;
use crate::model::{ActorId, ActorKind, Truth};
use crate::path::{PathSetSource, PatternSource};
use crate::shell::{CommandPattern, Line, Touched, Word};

/// Commands that are for people.
pub(super) const COMMANDS: [&str; 10] = [
    "loom approve",
    "loom reject",
    "loom waive",
    "loom break-glass",
    "loom policy set",
    "loom revoke",
    "loom erase",
    "loom recover",
    "loom init",
    "git config core.hooksPath",
];

/// Files that watch over agents: the journal, the hooks of git, the settings of harnesses.
pub(super) const FILES: [&str; 10] = [
    "**/.loom",
    "**/.git/hooks",
    "**/.git/config",
    "**/.claude/settings.json",
    "**/.claude/settings.local.json",
    "**/.claude/hooks",
    "**/.codex/config.toml",
    "**/.codex/hooks",
    "**/.codex/hooks.json",
    "**/.mcp.json",
];

/// Words that show that a line which cannot be read could be about these commands or files.
pub(super) const WORDS: [&str; 6] = [
    "loom",
    "git/hooks",
    "git/config",
    "hookspath",
    ".claude/",
    ".codex/",
];

/// The verbs whose actions change files or land changes.
pub(super) fn changing_verbs() -> AnyOf<Verb> {
    AnyOf(vec![
        Verb::Edit,
        Verb::Create,
        Verb::Delete,
        Verb::Commit,
        Verb::Push,
        Verb::Merge,
    ])
}

/// The built-in rule about files.
pub(super) fn files() -> Result<(Arc<RuleCard>, Condition), Error> {
    let reason = "these files watch over agents, and only people change them";
    let condition = Condition {
        verb: Some(AnyOf(vec![Verb::Edit, Verb::Create, Verb::Delete])),
        actor: not_people(),
        paths: Some(PathSetSource::of(FILES.map(PatternSource::glob))),
        ..Condition::default()
    };
    Ok((card("loomstack.files", reason)?, condition))
}

/// The rule about shell lines.
pub(super) struct LineGuard {
    pub(super) card: Arc<RuleCard>,
    commands: Vec<CommandPattern>,
}

impl LineGuard {
    pub(super) fn new() -> Result<LineGuard, Error> {
        let reason = "these commands and files are for people, whatever the policy says";
        let commands = COMMANDS.iter().map(|text| CommandPattern::parse(text));
        Ok(LineGuard {
            card: card("loomstack.commands", reason)?,
            commands: commands.collect::<Result<_, _>>()?,
        })
    }

    /// Would the line do what is for people? A line that cannot be read is taken to, where one of the
    /// words stands in it that show what it may be about.
    pub(super) fn denies(&self, text: &str, line: Option<&Line>) -> bool {
        let suspicious = || {
            let plain = |c: &char| !matches!(c, '\\' | '"' | '\'');
            let text: String = text.chars().filter(plain).collect();
            let text = text.to_lowercase();
            WORDS.iter().any(|word| text.contains(word))
        };
        let Some(line) = line else {
            return suspicious();
        };
        let mut truth = Truth::any(self.commands.iter().map(|command| line.matches(command)));
        let touched = line.paths_touched();
        truth = truth.or(Truth::from(touches_guarded(&touched)));
        match truth {
            Truth::True => true,
            Truth::False => false,
            Truth::Unknown => suspicious(),
        }
    }
}

/// Does a line touch a guarded file, or name one to a program that could? A file may be named from a folder
/// that the line goes to first.
fn touches_guarded(touched: &Touched) -> bool {
    let words = || touched.paths.iter().chain(&touched.named).map(Word::text);
    if words().any(watches) {
        return true;
    }
    let folders = touched.named.iter().map(Word::text);
    folders.into_iter().any(|folder| {
        let mut inside = touched
            .paths
            .iter()
            .map(|word| format!("{folder}/{}", word.text()));
        inside.any(|path| watches(&path))
    })
}

/// Is this path, absolute or from the root of a repository, one of the files that watch over agents, or in
/// one? Letter case does not count, since a file system may not count it.
pub fn watches(path: &str) -> bool {
    is_guarded(&path.to_lowercase().replace('\\', "/"))
}

/// Would this shell line do what is for people, or change what watches over agents? A line that cannot be
/// read is taken to, where a word stands in it that shows what it may be about.
pub fn is_for_people(line: &str) -> bool {
    let read = crate::shell::read(line).ok();
    match LineGuard::new() {
        Ok(guard) => guard.denies(line, read.as_ref()),
        Err(_) => true,
    }
}

/// Is a path, as a shell line names it, one of the guarded files, in one, or above one by name?
fn is_guarded(path: &str) -> bool {
    let path = path.replace("//", "/").replace("/./", "/");
    let path = format!("/{}/", path.trim_matches('/'));
    FILES.iter().any(|file| {
        let file = file.trim_start_matches("**");
        path.contains(&format!("{file}/"))
    })
}

fn not_people() -> Option<AnyOf<ActorKind>> {
    Some(AnyOf(vec![ActorKind::Loop, ActorKind::Service]))
}

fn card(id: &str, reason: &str) -> Result<Arc<RuleCard>, Error> {
    let card = RuleCard {
        id: ActorId::new(id)?,
        effect: Effect::Deny,
        mode: Mode::Enforce,
        file: Arc::from("loomstack"),
        line: 0,
        reason: Some(Arc::from(reason)),
        remedy: Some(Arc::from("ask a person to do it")),
    };
    Ok(Arc::new(card))
}
