//! `loom hook`: the process that a harness starts before and after its agent does something.
//!
//! The core decides ([`loom_core::harness::hook`]); here are the pipes around it: what comes in, where the
//! named files lie, how long there is, and what goes out. It says nothing on standard output but its
//! answer, and whatever goes wrong is a no.

mod blobs;
mod gap;
mod install;
mod places;
mod watch;
mod worktree;

pub(crate) use install::{Install, Which};

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use loom_core::error::{Code, Error};
use loom_core::harness::hook::{
    Checkpoint, Harness, Moment, PAYLOAD_BYTES_MAX, Say, Settings, Surroundings, Told,
};
use loom_core::model::{Actor, ActorKind, RunId};

use crate::cli::Common;
use crate::exit::{Ended, Failure};
use crate::identity::{self, Tree};
use crate::store_at::StoreAt;
use crate::units;
use watch::Watch;

/// Names the file whose lines Claude Code runs before each shell line of a session.
const ENV_FILE: &str = "CLAUDE_ENV_FILE";
/// How much of its time a hook takes at most, in percent: most harnesses take a late hook for a yes.
const TIME_PERCENT: u32 = 80;

/// Answers a hook: its payload on standard input, the answer on standard output.
#[derive(Debug, Args)]
pub(crate) struct Hook {
    /// Whose words the payload is in
    #[arg(value_enum)]
    harness: Name,
    /// The time limit that the harness has for this hook; at 80% of it the answer is no
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = units::duration_ms)]
    timeout: u64,
    /// What the harness is told where a person has to say yes first
    #[arg(long, value_enum, default_value = "deny")]
    checkpoint: AtCheckpoint,
    /// Where the hook fails, let the tool run, warn, and write the gap down
    #[arg(long)]
    fail_open: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Name {
    ClaudeCode,
    Codex,
    /// A runner that calls hooks around the steps of its loop
    Generic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum AtCheckpoint {
    /// No, with the name of the request: the agent tries again once it is approved
    Deny,
    /// Ask the person at the harness, whose yes counts for the harness alone
    Ask,
    /// End the run until it is resumed
    Defer,
}

impl Hook {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let harness = match self.harness {
            Name::ClaudeCode => Harness::ClaudeCode,
            Name::Codex => Harness::Codex,
            Name::Generic => Harness::Generic,
        };
        let limit = Duration::from_millis(self.timeout) * TIME_PERCENT / 100;
        let watch = Watch::begin(limit, self.fail_open);
        let said = self.said(harness, common, &watch);
        watch.end(said)
    }

    fn said(
        &self,
        harness: Harness,
        common: &Common,
        watch: &Arc<Watch>,
    ) -> Result<(Told, Say), Error> {
        let mut payload = Vec::new();
        let most = PAYLOAD_BYTES_MAX as u64 + 1;
        std::io::stdin()
            .lock()
            .take(most)
            .read_to_end(&mut payload)
            .map_err(|why| Error::at(Code::Unavailable, "standard input", why.to_string()))?;
        let told = Told::read(harness, &payload)?;
        if told.moment == Moment::Other {
            return Ok((told, Say::Nothing));
        }
        let cwd = PathBuf::from(&told.cwd);
        let tree = Tree::around(&identity::real(".", &cwd)?);
        watch.has_read(&told, tree.as_ref());
        let say = match &told.moment {
            Moment::WorktreeAsked { name } => worktree::make(tree.as_ref(), name)?,
            Moment::WorktreeGone { path } => worktree::remove(tree.as_ref(), Path::new(path))?,
            _ => self.exchange(&told, &cwd, tree, common)?,
        };
        Ok((told, say))
    }

    fn exchange(
        &self,
        told: &Told,
        cwd: &Path,
        tree: Option<Tree>,
        common: &Common,
    ) -> Result<Say, Error> {
        let actor = actor(told.harness, common)?;
        let run = common.run.as_deref().map(RunId::new).transpose()?;
        let run = run.filter(|run| !told.owns(run));
        let checkout = tree.as_ref().map(Tree::checkout);
        let at = StoreAt::of(common, checkout.as_ref()).map_err(inner)?;
        if at.is_missing() {
            let message = format!("there is no journal at {at}");
            return Err(Error::at(Code::NoJournal, "--store", message));
        }
        let loom = at.open().map_err(inner)?;
        let mut finder = places::Finder::new(&loom, at.home(checkout.as_ref()));
        let mut around = Surroundings {
            actor,
            run,
            places: finder.places(told, cwd)?,
            repo: match &tree {
                Some(tree) => finder.repo(tree)?,
                None => None,
            },
            settings: Settings {
                checkpoint: match self.checkpoint {
                    AtCheckpoint::Deny => Checkpoint::Deny,
                    AtCheckpoint::Ask => Checkpoint::Ask,
                    AtCheckpoint::Defer => Checkpoint::Defer,
                },
                ..Settings::default()
            },
        };
        if let Moment::ToolDone { edits, .. } = &told.moment {
            blobs::look_up(edits, &mut around.places);
        }
        let say = loom.answer_hook(told, &around)?;
        if told.moment == Moment::SessionStarts {
            let run = loom.look(|coordinator, now| told.run(&around, coordinator, now))?;
            tell_shells(&around.actor, run.as_ref())?;
        }
        Ok(say)
    }
}

/// Tells the shells of a session who they are, where Claude Code offers a file for that: so `loom guard`
/// knows whose commit it looks at.
fn tell_shells(actor: &Actor, run: Option<&RunId>) -> Result<(), Error> {
    let (Some(file), Some(run)) = (std::env::var_os(ENV_FILE), run) else {
        return Ok(());
    };
    let outside = |why: std::io::Error| Error::at(Code::Unavailable, ENV_FILE, why.to_string());
    let actor = serde_json::to_string(actor)
        .map_err(|why| Error::at(Code::Internal, "actor", why.to_string()))?;
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let lines = format!(
        "export LOOM_RUN={}\nexport LOOM_ACTOR={}\n",
        quoted(run.as_str()),
        quoted(&actor)
    );
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(file)
        .map_err(outside)?;
    file.write_all(lines.as_bytes()).map_err(outside)
}

/// Who the agent acts as: the loop or service that was named. A person's agent is none, and acts as a loop
/// of the harness's name on that person's account.
fn actor(harness: Harness, common: &Common) -> Result<Actor, Error> {
    let mut agent = Actor::new(ActorKind::Loop, harness.as_str())?;
    let Some(named) = &common.actor else {
        return Ok(agent);
    };
    let named = units::actor(named)?;
    if named.kind != ActorKind::Human {
        return Ok(named);
    }
    agent.account = Some(named.account.unwrap_or(named.id));
    agent.team = named.team;
    Ok(agent)
}

/// What went wrong, without the shell's way to show it.
fn inner(failure: Failure) -> Error {
    match failure {
        Failure::Error(error) => error,
        Failure::Usage(message) => Error::at(Code::InvalidField, "command line", message),
    }
}
