//! `change`: what landed, from a commit or a list of paths.

use clap::{Args, ValueEnum};
use loom_core::coordinator::{Body, ChangedFile, MadeBy, NewChange, Reply};
use loom_core::error::Error;
use loom_core::model::{ActorId, ActorKind, Branch, ChangeId, Token};

use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use crate::git::Checkout;
use crate::session::Session;
use crate::show;

/// Records a change.
#[derive(Debug, Args)]
pub(crate) struct Change {
    /// The paths that changed, from the root of the repository [default: those of --commit]
    #[arg(value_name = "PATH", conflicts_with = "commit")]
    paths: Vec<String>,
    /// The commit that landed, or is about to [default: HEAD, where no paths are named]
    #[arg(long, value_name = "REVISION")]
    commit: Option<String>,
    /// The claim under which it was made; if it does not hold any more, nothing is recorded
    #[arg(long, value_parser = token)]
    token: Option<Token>,
    /// What for [default: the first line of the commit's message]
    #[arg(long, short, value_name = "TEXT")]
    intent: Option<String>,
    /// Made so on purpose: others learn that it needs no fixing
    #[arg(long)]
    deliberate: bool,
    /// Who made it [default: what you are]
    #[arg(long, value_enum)]
    made_by: Option<Maker>,
    /// Its name [default: made from repository and commit]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// The repository [default: the one you stand in]
    #[arg(long, value_name = "ID")]
    repo: Option<String>,
    /// The branch that it lands on [default: that of the repository]
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Maker {
    Human,
    Loop,
    Mixed,
    Unknown,
}

impl Change {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let actor = session.actor()?;
        let made_by = match (self.made_by, actor.kind) {
            (Some(Maker::Human), _) | (None, ActorKind::Human) => MadeBy::Human,
            (Some(Maker::Loop), _) | (None, ActorKind::Loop) => MadeBy::Loop,
            (Some(Maker::Mixed), _) => MadeBy::Mixed,
            (Some(Maker::Unknown), _) | (None, ActorKind::Service) => MadeBy::Unknown,
        };
        let change = NewChange {
            id: self.id.as_deref().map_or_else(made_up, ChangeId::new)?,
            repo: session.repo(self.repo.as_deref())?,
            branch: self.branch.as_deref().map(Branch::new).transpose()?,
            commit: None,
            made_by,
            run: None,
            token: self.token,
            intent: self.intent.clone(),
            deliberate: self.deliberate,
            base: None,
            decision: None,
            patch_id: None,
            reverts: Vec::new(),
            files: self.paths.iter().cloned().map(touched).collect(),
        };
        let change = if self.paths.is_empty() {
            self.of_commit(&session, change)?
        } else {
            change
        };
        let answer = session.execute(Body::RecordChange(Box::new(change)))?;
        session.print(&answer, show::answer)?;
        Ok(match answer.reply {
            Reply::ChangeFenced { .. } => Exit::Fenced,
            _ => Exit::Done,
        })
    }

    fn of_commit(&self, session: &Session, change: NewChange) -> Result<NewChange, Failure> {
        let checkout = session.checkout()?;
        let commit = checkout.commit(self.commit.as_deref().unwrap_or("HEAD"))?;
        let id = match &self.id {
            Some(_) => change.id,
            None => ChangeId::new(&format!("{}@{:.12}", change.repo, commit))?,
        };
        of_commit(checkout, &commit, NewChange { id, ..change })
    }
}

/// The change with what git says of its commit.
pub(crate) fn of_commit(
    checkout: &Checkout,
    commit: &str,
    change: NewChange,
) -> Result<NewChange, Failure> {
    Ok(NewChange {
        files: checkout.changed_files(commit)?,
        intent: change.intent.or_else(|| checkout.subject(commit)),
        base: checkout
            .parent(commit)
            .map(|it| ActorId::new(&it))
            .transpose()?,
        commit: Some(ActorId::new(commit)?),
        ..change
    })
}

/// A file of which nothing but its path is known.
pub(crate) fn touched(path: String) -> ChangedFile {
    ChangedFile {
        path,
        old_path: None,
        before: None,
        after: None,
        added: 0,
        removed: 0,
        ..ChangedFile::default()
    }
}

fn made_up() -> Result<ChangeId, Error> {
    let id = uuid::Builder::from_random_bytes(loom_store::loom::system_entropy()?).into_uuid();
    ChangeId::new(&id.to_string())
}

fn token(text: &str) -> Result<Token, Error> {
    text.parse()
}
