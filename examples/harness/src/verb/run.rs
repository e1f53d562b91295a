//! `run --loop FILE`: a loop at work; `run start`, `run beat`, `run finish`: the same step by step, for runners
//! of your own.

use clap::{Args, Subcommand, ValueEnum};
use loom_core::coordinator::{Body, Reply};
use loom_core::model::{ActorId, Amounts, LoopId, RunId, SignalKey};
use loom_core::run::{GateResult, RunOutcome, Slot};
use loom_core::wire::{Query, QueryReply};

use super::whole_run::Whole;
use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use crate::session::Session;
use crate::{show, units};

/// Runs.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Run {
    #[command(flatten)]
    whole: Option<Whole>,
    #[command(subcommand)]
    step: Option<Step>,
}

/// One step of a run.
#[derive(Debug, Subcommand)]
enum Step {
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
        /// The slot of the loop that it starts for, as `loom due` lists it: a time, or the key of a
        /// signal
        #[arg(long, value_name = "SLOT", requires = "loop_id")]
        slot: Option<String>,
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
    /// Begin an iteration; from then on the run is done only once its gates hold and somebody else has
    /// verified what it changed
    Begin {},
    /// End the iteration under way, and learn what comes next
    End {
        /// A gate and how it came out: NAME=passed, NAME=failed or NAME=failed:FINGERPRINT
        #[arg(long = "gate", value_name = "RESULT", value_parser = gate)]
        gates: Vec<GateResult>,
        /// What was tried
        #[arg(long, value_name = "TEXT")]
        summary: Option<String>,
    },
    /// Say what the run does next: go on, wait, be verified, or stop
    Next {},
    /// Ask that somebody else verify what the run changed
    Verify {},
    /// Begin nothing until a signal is given
    Await {
        /// What happens: ci.green, pr.reviewed
        name: String,
        /// To what: the number of a pull request, the digest of a build
        key: String,
    },
    /// Show what a run did, where it failed and what it held, for whoever goes on with its work
    Handover {
        /// Its name
        id: String,
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
        match (&self.step, &self.whole) {
            (Some(step), _) => step.carry_out(common),
            (None, Some(whole)) => whole.carry_out(common),
            (None, None) => {
                let message =
                    "name the loop (loom run --loop FILE), or a step of a run of your own";
                Err(Failure::Usage(message.to_owned()))
            }
        }
    }
}

impl Step {
    fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let answer = match self {
            Step::Start {
                id,
                loop_id,
                parent,
                slot,
                ttl,
            } => {
                return start(
                    &session,
                    id.as_deref(),
                    loop_id.as_deref(),
                    parent.as_deref(),
                    slot.as_deref(),
                    *ttl,
                );
            }
            Step::Beat { seen } => session.execute(Body::Heartbeat { seen: *seen })?,
            Step::Begin {} => session.execute(Body::BeginIteration {})?,
            Step::End { gates, summary } => session.execute(Body::FinishIteration {
                gates: gates.clone(),
                spent: Amounts::new(),
                summary: summary.clone(),
            })?,
            Step::Next {} => return next(&session),
            Step::Handover { id } => return handover(&session, id),
            Step::Verify {} => session.execute(Body::RequestVerification {})?,
            Step::Await { name, key } => session.execute(Body::AwaitSignal {
                name: ActorId::new(name)?,
                key: SignalKey::new(key)?,
            })?,
            Step::Finish { outcome, summary } => {
                let outcome = match outcome {
                    Outcome::Done => RunOutcome::Done,
                    Outcome::NothingFound => RunOutcome::NothingFound,
                    Outcome::HandedToHuman => RunOutcome::HandedToHuman,
                    Outcome::Failed => RunOutcome::Failed,
                    Outcome::Stopped => RunOutcome::Stopped,
                };
                let summary = summary.clone();
                session.execute(Body::FinishRun {
                    outcome,
                    summary,
                    spent: Amounts::new(),
                })?
            }
        };
        session.print(&answer, show::answer)?;
        if let Reply::RunNotDone { .. }
        | Reply::IterationNotBegun { .. }
        | Reply::VerificationNotRequested { .. }
        | Reply::NotAllowed { .. } = &answer.reply
        {
            return Ok(Exit::Refused);
        }
        let lapsed =
            matches!(&answer.reply, Reply::Beaten { claims, .. } if !claims.skipped.is_empty());
        Ok(if lapsed { Exit::Fenced } else { Exit::Done })
    }
}

fn next(session: &Session) -> Ended {
    let run = session.run()?;
    let answer = session.loom.query(&Query::Next { run })?;
    session.print(&answer.reply, |reply| match reply {
        QueryReply::Next { next } => show::next_step(next),
        _ => String::new(),
    })?;
    Ok(Exit::Done)
}

fn handover(session: &Session, id: &str) -> Ended {
    let run = RunId::new(id)?;
    let answer = session.loom.query(&Query::Handover { run })?;
    let at = answer.at;
    match &answer.reply {
        QueryReply::Handover {
            handover: Some(left),
        } => {
            session.print(left, |left| show::handover(left, at))?;
            Ok(Exit::Done)
        }
        _ => Err(Failure::absent("run", format!("nobody remembers run {id}"))),
    }
}

fn start(
    session: &Session,
    id: Option<&str>,
    loop_id: Option<&str>,
    parent: Option<&str>,
    slot: Option<&str>,
    ttl_ms: Option<u64>,
) -> Result<Exit, Failure> {
    let mut actor = session.actor_outside()?;
    let from = loop_id.unwrap_or(actor.id.as_str());
    let id = id.map_or_else(|| made_up(from), |id| Ok(id.to_owned()))?;
    actor.run = parent.map(RunId::new).transpose()?;
    let body = Body::StartRun {
        run: RunId::new(&id)?,
        loop_id: loop_id.map(LoopId::new).transpose()?,
        parent: actor.run.clone(),
        slot: slot.map(slot_of).transpose()?,
        artifacts: Vec::new(),
        ttl_ms,
    };
    let answer = session.loom.execute(&actor, body)?;
    session.print(&answer, show::answer)?;
    Ok(match &answer.reply {
        Reply::RunNotStarted { .. } => Exit::Refused,
        _ => Exit::Done,
    })
}

/// The name of a run, made from that of a loop or a person.
pub(crate) fn made_up(from: &str) -> Result<String, Failure> {
    let [a, b, c, ..] = loom_store::loom::system_entropy()?;
    Ok(format!("{}-{a:02x}{b:02x}{c:02x}", units::name_from(from)))
}

/// A slot as it is written: a time, else the key of a signal.
pub(crate) fn slot_of(text: &str) -> Result<Slot, Failure> {
    match text.parse() {
        Ok(at) => Ok(Slot::At(at)),
        Err(_) => Ok(Slot::Signal(SignalKey::new(text)?)),
    }
}

/// How a gate came out, as it is written.
fn gate(text: &str) -> Result<GateResult, String> {
    let form = "write NAME=passed, NAME=failed or NAME=failed:FINGERPRINT";
    let (name, result) = text.split_once('=').ok_or(form)?;
    let name = ActorId::new(name).map_err(|why| why.to_string())?;
    let (passed, fingerprint) = match result.split_once(':') {
        None if result == "passed" => (true, None),
        None if result == "failed" => (false, None),
        Some(("failed", print)) => (
            false,
            Some(ActorId::new(print).map_err(|why| why.to_string())?),
        ),
        _ => return Err(form.to_owned()),
    };
    Ok(GateResult {
        name,
        passed,
        fingerprint,
        evidence: None,
    })
}
