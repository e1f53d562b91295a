//! What a runner tells the journal, and what it is told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use loom_core::claim::{ClaimReply, Mode, OnConflict, SpecRequest};
use loom_core::coordinator::{Answer, Body, NewChange, Reply};
use loom_core::error::Code;
use loom_core::model::{Actor, ActorId, Amounts, ChangeId, LoopId, RunId, Token, Verdict};
use loom_core::policy::Effect;
use loom_core::run::{GateResult, NextStep, RunOutcome, Slot};
use loom_store::Loom;

use super::{Children, Cut, End};
use crate::exit::{Exit, Failure};
use crate::show;

/// How often a runner that waits looks whether it is served.
pub(super) const LOOK: Duration = Duration::from_millis(200);

/// The journal, as one run speaks with it.
#[derive(Clone)]
pub(super) struct Journal {
    pub(super) loom: Arc<Loom>,
    pub(super) actor: Actor,
    pub(super) run: RunId,
    pub(super) ttl_ms: u64,
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Unknown,
    Live,
    /// Its lease is over, and nobody finished it.
    Over,
    Finished(RunOutcome),
}

/// What comes next.
pub(super) enum Step {
    /// The iteration of this number was begun.
    Begun(u32),
    Next(NextStep),
}

/// What became of a wish for a claim.
pub(super) enum Wished {
    Granted(Token),
    /// What was answered, for whoever has to know who is in the way.
    Refused(Box<Answer>, Exit),
}

impl Journal {
    /// The journal as a run of this actor speaks with it.
    pub(super) fn of(loom: &Arc<Loom>, actor: &Actor, run: &RunId, ttl_ms: u64) -> Journal {
        Journal {
            loom: Arc::clone(loom),
            actor: actor.clone().in_run(run.clone()),
            run: run.clone(),
            ttl_ms,
        }
    }

    pub(super) fn send(&self, body: Body) -> Result<Answer, Cut> {
        Ok(self.loom.execute(&self.actor, body)?)
    }

    pub(super) fn standing(&self) -> Result<Standing, Failure> {
        Ok(self.loom.look(|coordinator, at| {
            Ok(match coordinator.runs().get(&self.run) {
                None => Standing::Unknown,
                Some(row) => match row.finished {
                    Some((outcome, _, _)) => Standing::Finished(outcome),
                    None if row.is_live(at) => Standing::Live,
                    None => Standing::Over,
                },
            })
        })?)
    }

    /// Starts the run; answers the refusal, where its loop does not start.
    pub(super) fn start(
        &self,
        loop_id: Option<&LoopId>,
        slot: Option<Slot>,
    ) -> Result<Option<Box<Answer>>, Cut> {
        let answer = self.send(Body::StartRun {
            run: self.run.clone(),
            loop_id: loop_id.cloned(),
            parent: None,
            slot,
            artifacts: Vec::new(),
            ttl_ms: Some(self.ttl_ms),
        })?;
        Ok(match answer.reply {
            Reply::RunNotStarted { .. } => Some(Box::new(answer)),
            _ => None,
        })
    }

    /// The number of the iteration that is under way, if one is.
    pub(super) fn open_iteration(&self) -> Result<Option<u32>, Cut> {
        Ok(self.loom.look(|coordinator, _| {
            let row = coordinator.runs().get(&self.run);
            Ok(row.and_then(|row| row.iterations.open.then_some(row.iterations.begun)))
        })?)
    }

    /// Begins an iteration, or learns what is to be done in its place.
    pub(super) fn ask(&self) -> Result<Step, Cut> {
        match self.send(Body::BeginIteration {})?.reply {
            Reply::IterationBegun { number } => Ok(Step::Begun(number)),
            Reply::IterationNotBegun { next, .. } => Ok(Step::Next(next)),
            other => Err(unexpected("an iteration", &other)),
        }
    }

    pub(super) fn end_iteration(
        &self,
        gates: Vec<GateResult>,
        spent: Amounts,
        summary: Option<String>,
    ) -> Result<NextStep, Cut> {
        let body = Body::FinishIteration {
            gates,
            spent,
            summary,
        };
        match self.send(body)?.reply {
            Reply::IterationFinished { next, .. } => Ok(next),
            other => Err(unexpected("the end of an iteration", &other)),
        }
    }

    /// The claim that the run has for changing, if it has one.
    pub(super) fn claim(&self) -> Result<Option<Token>, Cut> {
        Ok(self.loom.look(|coordinator, at| {
            let claims = coordinator.claims().claims_of(&self.run, at);
            let held = claims.into_iter().find(|claim| claim.mode == Mode::Write);
            Ok(held.map(|claim| claim.token))
        })?)
    }

    fn waits(&self) -> Result<bool, Cut> {
        let wait = |coordinator: &loom_core::coordinator::Coordinator, _| {
            Ok(coordinator.claims().wait_of(&self.run).is_some())
        };
        Ok(self.loom.look(wait)?)
    }

    /// Claims for writing. Where somebody is in the way and `patience` was given, waits in the queue.
    pub(super) fn wish(
        &self,
        specs: Vec<SpecRequest>,
        intent: Option<String>,
        patience: Option<Duration>,
        children: &Children,
    ) -> Result<Wished, Cut> {
        let since = Instant::now();
        if !self.waits()? {
            let on_conflict = match patience {
                Some(_) => OnConflict::Wait,
                None => OnConflict::Refuse,
            };
            let answer = self.send(Body::Claim {
                specs,
                mode: Mode::Write,
                intent,
                ttl_ms: self.ttl_ms,
                priority: 0,
                on_conflict,
                partial: false,
            })?;
            match &answer.reply {
                Reply::Claim { claim, .. } => match claim {
                    ClaimReply::Granted { token, .. } => return Ok(Wished::Granted(*token)),
                    ClaimReply::Waiting { .. } => eprintln!("{}", show::answer(&answer)),
                    ClaimReply::Refused { .. } => {
                        return Ok(Wished::Refused(Box::new(answer), Exit::Refused));
                    }
                },
                Reply::NotAllowed { decision, .. } => {
                    let exit = match decision.verdict {
                        Effect::Deny => Exit::Denied,
                        _ => Exit::Refused,
                    };
                    return Ok(Wished::Refused(Box::new(answer), exit));
                }
                other => return Err(unexpected("a claim", other)),
            }
        }
        loop {
            children.go_on()?;
            if !self.waits()? {
                return match self.claim()? {
                    Some(token) => Ok(Wished::Granted(token)),
                    None => Err(Cut::End(End::handed("its place in the queue is gone"))),
                };
            }
            if patience.is_none_or(|patience| since.elapsed() >= patience) {
                return Err(Cut::End(End::handed("it waited for its claim long enough")));
            }
            std::thread::sleep(LOOK);
            // Whoever looks first after a lease ended settles it; nobody has to be on watch.
            self.send(Body::Tick {})?;
        }
    }

    /// Records a change; `false` where it was recorded before.
    pub(super) fn record(&self, change: NewChange) -> Result<bool, Cut> {
        let commit = change.commit.clone();
        match self
            .loom
            .execute(&self.actor, Body::RecordChange(Box::new(change)))
        {
            Err(why) if why.code() == Code::AlreadyExists => Ok(false),
            Err(why) => Err(why.into()),
            Ok(answer) => match &answer.reply {
                Reply::ChangeFenced { admission, .. } => {
                    let commit =
                        commit.map_or_else(String::new, |it| format!(" {:.12}", it.as_str()));
                    let why = show::admitted(admission);
                    let why = format!("its change{commit} was not let in: {why}");
                    Err(Cut::End(End::handed(&why)))
                }
                _ => Ok(true),
            },
        }
    }

    /// Says what a check of changes came to. Changes that newer ones have displaced are left out. Answers
    /// whether the verdict counts.
    pub(super) fn verify(
        &self,
        mut changes: Vec<ChangeId>,
        verdict: Verdict,
        evidence: Option<String>,
    ) -> Result<bool, Cut> {
        while !changes.is_empty() {
            let body = Body::RecordVerification {
                changes: changes.clone(),
                verdict,
                checks: vec![ActorId::new("checker")?],
                evidence: evidence.clone(),
            };
            match self.loom.execute(&self.actor, body) {
                Ok(answer) => match answer.reply {
                    Reply::VerificationRecorded { independent, .. } => return Ok(independent),
                    other => return Err(unexpected("a verification", &other)),
                },
                Err(why) if why.code() == Code::NotFound => {
                    let place = why.field().and_then(|field| {
                        let place = field.strip_prefix("changes[")?.strip_suffix(']')?;
                        place.parse::<usize>().ok()
                    });
                    match place.filter(|place| *place < changes.len()) {
                        Some(place) => drop(changes.remove(place)),
                        None => return Err(why.into()),
                    }
                }
                Err(why) => return Err(why.into()),
            }
        }
        Ok(true)
    }

    /// Finishes the run, unless it is finished. Answers what is to be done first, where it may not be `done`.
    pub(super) fn finish(
        &self,
        outcome: RunOutcome,
        summary: &str,
    ) -> Result<Option<NextStep>, Cut> {
        if let Standing::Unknown | Standing::Finished(_) = self.standing()? {
            return Ok(None);
        }
        let body = Body::FinishRun {
            outcome,
            summary: Some(super::cut(summary)),
            spent: Amounts::new(),
        };
        Ok(match self.send(body)?.reply {
            Reply::RunNotDone { next, .. } => Some(next),
            _ => None,
        })
    }
}

fn unexpected(wanted: &str, reply: &Reply) -> Cut {
    let message = format!("{wanted} was expected, and not {reply:?}");
    Cut::Failure(Failure::broken("reply", message))
}
