//! `run start`, `run beat`, `run finish`: who is at work.

use clap::{Subcommand, ValueEnum};
use loom_core::coordinator::{Body, Reply};
use loom_core::model::{LoopId, RunId};
use loom_core::run::RunOutcome;

use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use crate::session::Session;
use crate::{show, units};

/// Runs.
#[derive(Debug, Subcommand)]
pub(crate) enum Run {
    /// Start a run; its name is what --run and LOOM_RUN want afterwards
    Start {
        /// Its name [default: made from the loop's or your name]
        id: Option<String>,
        /// The loop it belongs to [default: its parent's]
        #[arg(long = "loop", value_name = "ID")]
        loop_id: Option<String>,
        /// The run that it works for
        #[arg(long, value_name = "ID")]
        parent: Option<String>,
        /// How long it is taken to be alive without a beat [default: 15m]
        #[arg(long, value_name = "TIME", value_parser = units::duration_ms)]
        ttl: Option<u64>,
    },
    /// Say that the run is alive: renews its claims, and shows its notices
    Beat {
        /// The last notice that was read; earlier ones are not shown again
        #[arg(long, value_name = "NUMBER")]
        seen: Option<u64>,
    },
    /// Finish the run: releases its claims, and compares what it claimed with what it changed
    Finish {
        /// What it came to
        #[arg(long, value_enum, default_value = "done")]
        outcome: Outcome,
        /// In its own words
        #[arg(long, value_name = "TEXT")]
        summary: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Outcome {
    Done,
    NothingFound,
    HandedToHuman,
    Failed,
    Stopped,
}

impl Run {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let answer = match self {
            Run::Start {
                id,
                loop_id,
                parent,
                ttl,
            } => {
                return start(
                    &session,
                    id.as_deref(),
                    loop_id.as_deref(),
                    parent.as_deref(),
                    *ttl,
                );
            }
            Run::Beat { seen } => session.execute(Body::Heartbeat { seen: *seen })?,
            Run::Finish { outcome, summary } => {
                let outcome = match outcome {
                    Outcome::Done => RunOutcome::Done,
                    Outcome::NothingFound => RunOutcome::NothingFound,
                    Outcome::HandedToHuman => RunOutcome::HandedToHuman,
                    Outcome::Failed => RunOutcome::Failed,
                    Outcome::Stopped => RunOutcome::Stopped,
                };
                let summary = summary.clone();
                session.execute(Body::FinishRun { outcome, summary })?
            }
        };
        session.print(&answer, show::answer)?;
        let lapsed =
            matches!(&answer.reply, Reply::Beaten { claims, .. } if !claims.skipped.is_empty());
        Ok(if lapsed { Exit::Fenced } else { Exit::Done })
    }
}

fn start(
    session: &Session,
    id: Option<&str>,
    loop_id: Option<&str>,
    parent: Option<&str>,
    ttl_ms: Option<u64>,
) -> Result<Exit, Failure> {
    let mut actor = session.actor_outside()?;
    let made_up = || {
        let from = loop_id.unwrap_or(actor.id.as_str());
        let random = loom_store::loom::system_entropy()?;
        let [a, b, c, ..] = random;
        Ok::<_, Failure>(format!("{}-{a:02x}{b:02x}{c:02x}", units::name_from(from)))
    };
    let id = id.map_or_else(made_up, |id| Ok(id.to_owned()))?;
    actor.run = parent.map(RunId::new).transpose()?;
    let body = Body::StartRun {
        run: RunId::new(&id)?,
        loop_id: loop_id.map(LoopId::new).transpose()?,
        parent: actor.run.clone(),
        ttl_ms,
    };
    session.print(&session.loom.execute(&actor, body)?, show::answer)?;
    Ok(Exit::Done)
}
