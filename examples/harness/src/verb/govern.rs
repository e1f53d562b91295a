//! `check`, `approve`, `reject`, `waive`, `break-glass`, `approvals`, `spend`: the policy that holds in
//! the journal, and the people whom it asks.

use std::collections::BTreeSet;

use clap::Args;
use loom_core::coordinator::Body;
use loom_core::error::Error;
use loom_core::model::{ActorId, Branch, RepoId, RunId, Token};
use loom_core::path::{PathSetSource, PatternSource};
use loom_core::policy::{Action, Effect, Standing, Targets, Verb, WaiverScope};
use loom_core::wire::{Query, QueryReply};

use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use crate::session::Session;
use crate::show;
use crate::units::duration_ms;

/// Asks whether the policy would let something pass.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// What is to be done: edit, shell, merge, deploy, …
    #[arg(value_name = "VERB", value_parser = verb)]
    verb: Verb,
    /// On which paths, from the root of the repository
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// The shell line
    #[arg(long, value_name = "LINE")]
    command: Option<String>,
    /// The environment
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// The service
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// The repository [default: the one you stand in, where the verb has one]
    #[arg(long, value_name = "ID")]
    repo: Option<String>,
    /// The branch that it lands on [default: that of the repository]
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
    /// Record the decision, and ask a person where the policy wants that
    #[arg(long)]
    propose: bool,
    /// What for, for whoever is asked
    #[arg(long, short, value_name = "TEXT", requires = "propose")]
    intent: Option<String>,
}

/// Says yes to a request.
#[derive(Debug, Args)]
pub(crate) struct Approve {
    /// The request, as `loom approvals` lists it
    #[arg(value_name = "REQUEST", value_parser = token)]
    request: Token,
    /// In your own words
    #[arg(long, short, value_name = "TEXT")]
    note: Option<String>,
}

/// Says no to a request.
#[derive(Debug, Args)]
pub(crate) struct Reject {
    /// The request, as `loom approvals` lists it
    #[arg(value_name = "REQUEST", value_parser = token)]
    request: Token,
    /// Why
    #[arg(long, short, value_name = "TEXT")]
    reason: Option<String>,
}

/// Makes an exception from rules.
#[derive(Debug, Args)]
pub(crate) struct Waive {
    /// The rules
    #[arg(value_name = "RULE", required = true, value_parser = actor_id)]
    rules: Vec<ActorId>,
    #[command(flatten)]
    exception: Exception,
}

/// Lifts all rules that can be lifted.
#[derive(Debug, Args)]
pub(crate) struct BreakGlass {
    #[command(flatten)]
    exception: Exception,
}

#[derive(Debug, Args)]
struct Exception {
    /// For how long: 30m, 2h
    #[arg(long = "for", value_name = "LENGTH", value_parser = duration_ms)]
    ttl_ms: u64,
    /// Why
    #[arg(long, short, value_name = "TEXT")]
    reason: String,
    /// Only of these verbs
    #[arg(long, value_name = "VERB", value_parser = verb)]
    verb: Vec<Verb>,
    /// Only in this repository
    #[arg(long, value_name = "ID")]
    repo: Option<String>,
    /// Only on these paths: globs
    #[arg(long = "path", value_name = "GLOB")]
    paths: Vec<String>,
    /// Only in this environment
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Only for this run
    #[arg(long = "of-run", value_name = "ID")]
    of_run: Option<String>,
}

/// Lists requests and exceptions.
#[derive(Debug, Args)]
pub(crate) struct Approvals {
    /// Those that were answered or have expired as well
    #[arg(long)]
    all: bool,
}

/// Shows what counts towards limits.
#[derive(Debug, Args)]
pub(crate) struct Spend {}

impl Check {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let mut action = Action::new(self.verb.clone());
        let has_repo = self
            .verb
            .carries()
            .is_none_or(|fields| fields.has(loom_core::policy::Field::Repo));
        if has_repo {
            action.repo = Some(session.repo(self.repo.as_deref())?);
        }
        action.branch = self.branch.as_deref().map(Branch::new).transpose()?;
        if !self.paths.is_empty() {
            action.targets = Some(Targets::Paths(self.paths.clone()));
        }
        action.command = self.command.clone();
        action.environment = self.environment.as_deref().map(ActorId::new).transpose()?;
        action.service = self.service.as_deref().map(ActorId::new).transpose()?;
        if self.propose {
            let intent = self.intent.clone();
            let action = Box::new(action);
            let answer = session.execute(Body::ProposeAction { action, intent })?;
            session.print(&answer, show::answer)?;
            return Ok(match &answer.reply {
                loom_core::wire::Reply::ActionDecided { decision, .. } => {
                    ends(decision.verdict, decision.passes)
                }
                _ => Exit::Done,
            });
        }
        action.actor = Some(session.actor()?);
        let answer = session.loom.query(&Query::Check {
            action: Box::new(action),
        })?;
        let at = answer.at;
        let QueryReply::Checked { decision } = answer.reply else {
            return Err(Failure::broken("check", "another reply"));
        };
        session.print(&decision, |decision| show::decision(decision, at))?;
        Ok(ends(decision.verdict, decision.passes))
    }
}

/// How a decision ends the command.
pub(crate) fn ends(verdict: Effect, passes: bool) -> Exit {
    match (verdict, passes) {
        (Effect::Allow, true) => Exit::Done,
        (Effect::Allow | Effect::RequireApproval, _) => Exit::Refused,
        (Effect::Deny, _) => Exit::Waiting,
    }
}

impl Approve {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let answer = session.execute(Body::Approve {
            request: self.request,
            note: self.note.clone(),
            signature: None,
        })?;
        session.print(&answer, show::answer)?;
        Ok(Exit::Done)
    }
}

impl Reject {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let answer = session.execute(Body::Reject {
            request: self.request,
            reason: self.reason.clone(),
        })?;
        session.print(&answer, show::answer)?;
        Ok(Exit::Done)
    }
}

impl Waive {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let answer = session.execute(Body::Waive {
            rules: self.rules.iter().cloned().collect::<BTreeSet<_>>(),
            scope: self.exception.scope()?,
            ttl_ms: self.exception.ttl_ms,
            reason: self.exception.reason.clone(),
        })?;
        session.print(&answer, show::answer)?;
        Ok(Exit::Done)
    }
}

impl BreakGlass {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let answer = session.execute(Body::BreakGlass {
            scope: self.exception.scope()?,
            ttl_ms: self.exception.ttl_ms,
            reason: self.exception.reason.clone(),
        })?;
        session.print(&answer, show::answer)?;
        Ok(Exit::Done)
    }
}

impl Exception {
    fn scope(&self) -> Result<WaiverScope, Error> {
        let paths = self
            .paths
            .iter()
            .map(|glob| PatternSource::glob(glob.as_str()));
        Ok(WaiverScope {
            verbs: self.verb.iter().cloned().collect(),
            repo: self.repo.as_deref().map(RepoId::new).transpose()?,
            branch: None,
            paths: (!self.paths.is_empty()).then(|| PathSetSource::of(paths)),
            environment: self.environment.as_deref().map(ActorId::new).transpose()?,
            run: self.of_run.as_deref().map(RunId::new).transpose()?,
        })
    }
}

impl Approvals {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let standing = (!self.all).then_some(Standing::Open);
        let requests = session.loom.query(&Query::Requests { standing })?;
        let exceptions = session.loom.query(&Query::Exceptions {})?;
        let at = requests.at;
        let both = (requests.reply, exceptions.reply);
        session.print(&both, |(requests, exceptions)| {
            let mut text = String::new();
            if let QueryReply::Requests { requests, more } = requests {
                text = show::requests(requests, *more, at);
            }
            if let QueryReply::Exceptions { exceptions } = exceptions
                && !exceptions.is_empty()
            {
                text = format!("{text}\n{}", show::exceptions(exceptions, at));
            }
            text
        })?;
        Ok(Exit::Done)
    }
}

impl Spend {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let answer = session.loom.query(&Query::Spend {})?;
        let at = answer.at;
        session.print(&answer.reply, |reply| match reply {
            QueryReply::Spend { spend, more } => show::spend(spend, *more, at),
            _ => String::new(),
        })?;
        Ok(Exit::Done)
    }
}

fn token(text: &str) -> Result<Token, Error> {
    text.parse()
}

fn verb(text: &str) -> Result<Verb, Error> {
    Verb::new(text)
}

fn actor_id(text: &str) -> Result<ActorId, Error> {
    ActorId::new(text)
}
