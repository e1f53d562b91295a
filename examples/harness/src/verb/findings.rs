//! `report`, `findings`, `finding`, `take`, `return`, `defer`, `escalate`, `resolve`, `inbox`: what somebody
//! should see to, who does, and what waits for a person.

use clap::{Args, ValueEnum};
use loom_core::coordinator::{Body, NewEscalation, NewFinding, Reply};
use loom_core::error::Error;
use loom_core::model::{ActorId, ChangeId, FindingKey};
use loom_core::path::{PathSetSource, PatternSource};
use loom_core::run::{FindingStanding, Severity};
use loom_core::wire::{Query, QueryReply};

use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use crate::session::Session;
use crate::show;
use crate::units::duration_ms;

/// Reports what somebody should see to.
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// What it is about, so chosen that whoever comes upon the same thing chooses the same
    #[arg(value_name = "KEY")]
    key: String,
    /// What it is called
    #[arg(value_name = "TITLE")]
    title: String,
    /// How bad it is
    #[arg(long, value_enum, default_value_t = HowBad::Medium)]
    severity: HowBad,
    /// On which paths, as globs from the root of the repository
    #[arg(long, value_name = "GLOB")]
    path: Vec<String>,
    /// The repository [default: the one you stand in, where paths are named]
    #[arg(long, value_name = "ID")]
    repo: Option<String>,
    /// What was seen
    #[arg(long, short, value_name = "TEXT")]
    evidence: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum HowBad {
    Low,
    Medium,
    High,
    Critical,
}

/// Lists the findings.
#[derive(Debug, Args)]
pub(crate) struct Findings {
    /// Those that stand so [default: all that are not resolved]
    #[arg(long, value_enum)]
    standing: Option<Stands>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Stands {
    Open,
    Taken,
    Deferred,
    Escalated,
    Resolved,
}

/// Shows a finding.
#[derive(Debug, Args)]
pub(crate) struct Finding {
    /// Its key
    key: String,
}

/// Takes a finding.
#[derive(Debug, Args)]
pub(crate) struct Take {
    /// Its key
    key: String,
    /// For how long; it ends with the run [default: 1h]
    #[arg(long, value_name = "TIME", value_parser = duration_ms)]
    ttl: Option<u64>,
}

/// Gives a finding back.
#[derive(Debug, Args)]
pub(crate) struct Return {
    /// Its key
    key: String,
    /// What was tried, or the answer
    #[arg(long, short, value_name = "TEXT")]
    note: Option<String>,
}

/// Lets a finding rest.
#[derive(Debug, Args)]
pub(crate) struct Defer {
    /// Its key
    key: String,
    /// For how long
    #[arg(long = "for", value_name = "TIME", value_parser = duration_ms)]
    rest: u64,
    /// Why
    #[arg(long, short, value_name = "TEXT")]
    note: Option<String>,
}

/// Asks a person.
#[derive(Debug, Args)]
pub(crate) struct Escalate {
    /// The finding's key
    key: String,
    /// What they are asked
    question: String,
    /// What they can choose between
    #[arg(long, value_name = "TEXT")]
    choice: Vec<String>,
    /// A change that it is about
    #[arg(long, value_name = "ID")]
    change: Vec<String>,
    /// Whom [default: the owner of the run's loop, else who made the journal]
    #[arg(long, value_name = "NAME")]
    to: Option<String>,
}

/// Ends a finding.
#[derive(Debug, Args)]
pub(crate) struct Resolve {
    /// Its key
    key: String,
    /// A change that mended it
    #[arg(long, value_name = "ID")]
    change: Vec<String>,
    /// In your own words
    #[arg(long, short, value_name = "TEXT")]
    note: Option<String>,
}

/// Lists what waits for people.
#[derive(Debug, Args)]
pub(crate) struct Inbox {
    /// For whom [default: for anybody]
    #[arg(long, value_name = "NAME")]
    of: Option<String>,
}

impl Report {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let repo = match (&self.repo, &*self.path) {
            (None, []) => None,
            (named, _) => Some(session.repo(named.as_deref())?),
        };
        let globs = self.path.iter().map(|it| PatternSource::glob(it.as_str()));
        let new = NewFinding {
            key: FindingKey::new(&self.key)?,
            title: self.title.clone(),
            severity: match self.severity {
                HowBad::Low => Severity::Low,
                HowBad::Medium => Severity::Medium,
                HowBad::High => Severity::High,
                HowBad::Critical => Severity::Critical,
            },
            repo,
            paths: PathSetSource {
                include: globs.collect(),
                exclude: Vec::new(),
            },
            evidence: self.evidence.clone(),
        };
        send(&session, Body::ReportFinding(Box::new(new)))
    }
}

impl Take {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let body = Body::TakeFinding {
            key: FindingKey::new(&self.key)?,
            ttl_ms: self.ttl,
        };
        send(&Session::open(common)?, body)
    }
}

impl Return {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let body = Body::ReturnFinding {
            key: FindingKey::new(&self.key)?,
            note: self.note.clone(),
        };
        send(&Session::open(common)?, body)
    }
}

impl Defer {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let now = session.loom.query(&Query::Head {})?.at;
        let body = Body::DeferFinding {
            key: FindingKey::new(&self.key)?,
            until: now.plus_ms(self.rest),
            note: self.note.clone(),
        };
        send(&session, body)
    }
}

impl Escalate {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let new = NewEscalation {
            key: FindingKey::new(&self.key)?,
            question: self.question.clone(),
            choices: self.choice.clone(),
            changes: changes(&self.change)?,
            to: self.to.as_deref().map(ActorId::new).transpose()?,
        };
        send(
            &Session::open(common)?,
            Body::EscalateFinding(Box::new(new)),
        )
    }
}

impl Resolve {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let body = Body::ResolveFinding {
            key: FindingKey::new(&self.key)?,
            changes: changes(&self.change)?,
            note: self.note.clone(),
        };
        send(&Session::open(common)?, body)
    }
}

impl Findings {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let standing = self.standing.map(|it| match it {
            Stands::Open => FindingStanding::Open,
            Stands::Taken => FindingStanding::Taken,
            Stands::Deferred => FindingStanding::Deferred,
            Stands::Escalated => FindingStanding::Escalated,
            Stands::Resolved => FindingStanding::Resolved,
        });
        let answer = session.loom.query(&Query::Findings { standing })?;
        let at = answer.at;
        session.print(&answer.reply, |reply| match reply {
            QueryReply::Findings { findings, more } => show::findings(findings, *more, at),
            _ => String::new(),
        })?;
        Ok(Exit::Done)
    }
}

impl Inbox {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let of = self.of.as_deref().map(ActorId::new).transpose()?;
        let answer = session.loom.query(&Query::Inbox { of })?;
        let at = answer.at;
        session.print(&answer.reply, |reply| match reply {
            QueryReply::Inbox { findings, more } => show::inbox(findings, *more, at),
            _ => String::new(),
        })?;
        Ok(Exit::Done)
    }
}

impl Finding {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let key = FindingKey::new(&self.key)?;
        let answer = session.loom.query(&Query::Finding { key: key.clone() })?;
        let at = answer.at;
        match &answer.reply {
            QueryReply::Finding {
                finding: Some(finding),
            } => {
                session.print(finding, |finding| show::finding(finding, at))?;
                Ok(Exit::Done)
            }
            _ => {
                let why = format!("there is no finding {key}");
                Err(Failure::absent("finding", why))
            }
        }
    }
}

fn changes(named: &[String]) -> Result<Vec<ChangeId>, Error> {
    named.iter().map(|it| ChangeId::new(it)).collect()
}

fn send(session: &Session, body: Body) -> Ended {
    let answer = session.execute(body)?;
    session.print(&answer, show::answer)?;
    Ok(match answer.reply {
        Reply::FindingNotTaken { .. } => Exit::Refused,
        _ => Exit::Done,
    })
}
