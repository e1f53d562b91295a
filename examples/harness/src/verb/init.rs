//! `init` and `repo add`: the journal and its repositories; `init claude-code` and its like: hooks.

use clap::{Args, Subcommand};
use loom_core::coordinator::{Answer, Body};
use loom_core::model::{Branch, RepoId, WorkspaceId};
use loom_core::path::{Case, PathRules, Unicode};

use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use crate::guard::GitHooks;
use crate::hook::{Install, Which};
use crate::session::Session;
use crate::show;
use crate::store_at::StoreAt;

/// Makes the journal. Its first human is whoever runs this.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Init {
    #[command(subcommand)]
    hooks: Option<Hooks>,
    /// The name of the workspace [default: the repository's]
    #[arg(long, value_name = "NAME")]
    workspace: Option<String>,
    #[command(flatten)]
    card: Card,
}

/// Where hooks can be put.
#[derive(Debug, Clone, Subcommand)]
enum Hooks {
    /// Put hooks into the settings of Claude Code
    ClaudeCode(Install),
    /// Put hooks into the settings of Codex
    Codex(Install),
    /// Put `loom guard` into git's hooks
    Git(GitHooks),
}

/// Repositories.
#[derive(Debug, Subcommand)]
pub(crate) enum Repo {
    /// Register the repository you stand in
    Add(Card),
}

/// How a repository is registered.
#[derive(Debug, Clone, Args)]
pub(crate) struct Card {
    /// The name of the repository [default: that of its origin, else of its folder]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// One more address of its origin; that of `origin` is taken anyway
    #[arg(long, value_name = "ADDRESS")]
    alias: Vec<String>,
    /// The branch that work lands on [default: that of the origin, else main or master]
    #[arg(long, value_name = "NAME")]
    default_branch: Option<String>,
    /// Letter case of its paths does not count
    #[arg(long)]
    ignore_case: bool,
    /// Canonically equivalent Unicode spellings of a name are one (NFC)
    #[arg(long)]
    nfc: bool,
    /// Its paths may be written with backslashes
    #[arg(long)]
    windows: bool,
}

impl Init {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        match &self.hooks {
            Some(Hooks::ClaudeCode(it)) => return it.carry_out(Which::ClaudeCode),
            Some(Hooks::Codex(it)) => return it.carry_out(Which::Codex),
            Some(Hooks::Git(it)) => return it.carry_out(),
            None => {}
        }
        let session = Session::open_or_make(common)?;
        let founded = session
            .loom
            .look(|coordinator, _| Ok(coordinator.founded().is_some()))?;
        if !founded || self.workspace.is_some() {
            let name = match &self.workspace {
                Some(name) => name.clone(),
                None => session.checkout()?.name(),
            };
            let workspace = WorkspaceId::new(&name)?;
            let actor = session.actor_outside()?;
            let answer = session
                .loom
                .execute(&actor, Body::CreateJournal { workspace })?;
            session.print(&answer, show::answer)?;
        }
        let answer = self.card.register(&session)?;
        session.print(&answer, show::answer)?;
        // Hooks and loops of this clone find the journal of the team from now on.
        let named = common.store.as_deref().map(StoreAt::named).transpose()?;
        if let (Some(at @ StoreAt::Server(_)), Ok(checkout)) = (named, session.checkout()) {
            at.say_in(checkout)?;
        }
        Ok(Exit::Done)
    }
}

impl Repo {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let Repo::Add(card) = self;
        let session = Session::open(common)?;
        let answer = card.register(&session)?;
        session.print(&answer, show::answer)?;
        Ok(Exit::Done)
    }
}

impl Card {
    fn register(&self, session: &Session) -> Result<Answer, Failure> {
        let checkout = session.checkout()?;
        let id = self.id.clone().unwrap_or_else(|| checkout.name());
        let branch = self.default_branch.clone();
        let branch = branch.unwrap_or_else(|| checkout.default_branch());
        let mut aliases: Vec<String> = checkout.origin().into_iter().collect();
        aliases.extend(self.alias.iter().cloned());
        let rules = PathRules {
            case: if self.ignore_case {
                Case::Insensitive
            } else {
                Case::Sensitive
            },
            unicode: if self.nfc {
                Unicode::Nfc
            } else {
                Unicode::AsIs
            },
            windows: self.windows,
        };
        let body = Body::RegisterRepo {
            id: RepoId::new(&id)?,
            aliases,
            default_branch: Branch::new(&branch)?,
            rules,
        };
        Ok(session.loom.execute(&session.actor_outside()?, body)?)
    }
}
