//! `record`: what happens around changes: readings, deploys, incidents, prompts.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use loom_core::coordinator::{Body, NewDeploy, NewIncident, Verdict};
use loom_core::error::Error;
use loom_core::model::{ActorId, ChangeId, DeployId, Digest, IncidentId, Token};
use loom_core::path::{PathSetSource, PatternSource};

use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use crate::session::Session;
use crate::show;
use crate::units::duration_ms;

/// Records what happens around changes.
#[derive(Debug, Subcommand)]
pub(crate) enum Record {
    /// You have read changes, as a person
    Review(Review),
    /// Something was deployed
    Deploy(Deploy),
    /// Something broke
    Incident(Incident),
    /// An incident is over, and this was to blame
    Resolved(Resolved),
    /// A prompt, skill or policy that runs are given, by the digest of its file
    Artifact(Artifact),
}

/// What a person made of changes.
#[derive(Debug, Args)]
pub(crate) struct Review {
    /// The changes that you read
    #[arg(value_name = "CHANGE", required = true)]
    changes: Vec<String>,
    /// They are not good [default: they are]
    #[arg(long)]
    failed: bool,
    /// For how long you read: 90s, 12m
    #[arg(long, value_name = "TIME", value_parser = duration_ms)]
    read: Option<u64>,
    /// In your own words
    #[arg(long, short, value_name = "TEXT")]
    note: Option<String>,
}

/// A deployment.
#[derive(Debug, Args)]
pub(crate) struct Deploy {
    /// Where to: prod, staging
    #[arg(value_name = "ENVIRONMENT")]
    environment: String,
    /// Its name [default: environment, service and commit]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// What, where it is one of several services
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// The commit that was deployed [default: HEAD, where no changes are named]
    #[arg(long, value_name = "REVISION", conflicts_with = "changes")]
    commit: Option<String>,
    /// The changes that are in it, where they are named one by one
    #[arg(long, value_name = "CHANGE", value_delimiter = ',')]
    changes: Vec<String>,
    /// The decision that let it pass
    #[arg(long, value_name = "TOKEN")]
    decision: Option<Token>,
}

/// An incident.
#[derive(Debug, Args)]
pub(crate) struct Incident {
    /// Its name
    #[arg(value_name = "ID")]
    id: String,
    /// What broke
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Where to look [default: the code of the service, as the policy has it]
    #[arg(long, value_name = "PATTERN")]
    paths: Vec<String>,
    /// The deploy that it was seen in
    #[arg(long, value_name = "ID")]
    deploy: Option<String>,
    /// What was seen
    #[arg(long, short, value_name = "TEXT")]
    summary: Option<String>,
}

/// The end of an incident.
#[derive(Debug, Args)]
pub(crate) struct Resolved {
    /// Which
    #[arg(value_name = "ID")]
    incident: String,
    /// The changes that are to blame
    #[arg(long = "cause", value_name = "CHANGE")]
    causes: Vec<String>,
    /// The changes that mended it
    #[arg(long = "fix", value_name = "CHANGE")]
    fixes: Vec<String>,
    /// In your own words
    #[arg(long, short, value_name = "TEXT")]
    note: Option<String>,
}

/// A file that runs are given.
#[derive(Debug, Args)]
pub(crate) struct Artifact {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What it is
    #[arg(long, value_name = "WORD", default_value = "prompt")]
    kind: String,
    /// What people call it [default: the name of the file]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

impl Record {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let body = match self {
            Record::Review(it) => it.body()?,
            Record::Deploy(it) => it.body(&session)?,
            Record::Incident(it) => it.body(&session)?,
            Record::Resolved(it) => it.body()?,
            Record::Artifact(it) => it.body()?,
        };
        let answer = session.execute(body)?;
        session.print(&answer, show::answer)?;
        Ok(Exit::Done)
    }
}

impl Review {
    fn body(&self) -> Result<Body, Error> {
        Ok(Body::RecordReview {
            changes: changes(&self.changes)?,
            verdict: match self.failed {
                true => Verdict::Failed,
                false => Verdict::Passed,
            },
            read_ms: self.read,
            note: self.note.clone(),
        })
    }
}

impl Deploy {
    fn body(&self, session: &Session) -> Result<Body, Failure> {
        let named = !self.changes.is_empty();
        let commit = match (named, &self.commit) {
            (true, _) => None,
            (false, commit) => {
                let revision = commit.as_deref().unwrap_or("HEAD");
                Some(session.checkout()?.commit(revision)?)
            }
        };
        let last = commit
            .as_deref()
            .or(self.changes.last().map(String::as_str));
        let id = match &self.id {
            Some(id) => id.clone(),
            None => {
                let what = self.service.as_deref().unwrap_or("all");
                format!("{}:{what}@{:.12}", self.environment, last.unwrap_or("?"))
            }
        };
        let repo = match named {
            true => None,
            false => Some(session.repo(None)?),
        };
        Ok(Body::RecordDeploy(Box::new(NewDeploy {
            id: DeployId::new(&id)?,
            environment: ActorId::new(&self.environment)?,
            service: self.service.as_deref().map(ActorId::new).transpose()?,
            repo,
            branch: None,
            commit: commit.as_deref().map(ActorId::new).transpose()?,
            upto: None,
            changes: changes(&self.changes)?,
            follows: None,
            decision: self.decision,
        })))
    }
}

impl Incident {
    fn body(&self, session: &Session) -> Result<Body, Failure> {
        let globs = self
            .paths
            .iter()
            .map(|text| PatternSource::glob(text.as_str()));
        let paths = (!self.paths.is_empty()).then(|| PathSetSource::of(globs));
        let repo = paths.as_ref().map(|_| session.repo(None)).transpose()?;
        Ok(Body::RecordIncident(Box::new(NewIncident {
            id: IncidentId::new(&self.id)?,
            service: self.service.as_deref().map(ActorId::new).transpose()?,
            repo,
            paths,
            deploy: self.deploy.as_deref().map(DeployId::new).transpose()?,
            summary: self.summary.clone(),
        })))
    }
}

impl Resolved {
    fn body(&self) -> Result<Body, Error> {
        Ok(Body::ResolveIncident {
            incident: IncidentId::new(&self.incident)?,
            causes: changes(&self.causes)?,
            fixes: changes(&self.fixes)?,
            note: self.note.clone(),
        })
    }
}

impl Artifact {
    fn body(&self) -> Result<Body, Failure> {
        let bytes = std::fs::read(&self.file).map_err(|why| {
            Failure::Usage(format!("{} cannot be read: {why}", self.file.display()))
        })?;
        let file = self.file.file_name().and_then(|name| name.to_str());
        let name = self.name.as_deref().or(file);
        Ok(Body::RecordArtifact {
            digest: Digest::of(&[&bytes]),
            kind: ActorId::new(&self.kind)?,
            name: name.map(ActorId::new).transpose()?,
        })
    }
}

fn changes(named: &[String]) -> Result<Vec<ChangeId>, Error> {
    named.iter().map(|id| ChangeId::new(id)).collect()
}
