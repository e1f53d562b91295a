//! Iterations of a run, and whether it may call itself done.

use super::Coordinator;
use super::decide::Decision;
use super::event::Event;
use super::reply::Reply;
use super::state::State;
use crate::error::{Code, Error};
use crate::model::{AMOUNT_MAX, ActorId, Amounts, RunId, SignalKey, TextRef, Timestamp};
use crate::run::{
    Awaited, GateResult, Halted, IterationEnded, LoopCard, NextStep, RunEvent, RunOutcome, RunRow,
    StopReason, WaitsFor, check_gates,
};

impl Decision<'_> {
    pub(super) fn begin_iteration(&mut self) -> Result<Reply, Error> {
        let run = self.live_run()?;
        let row = self.state.runs.require_live(run, self.at)?;
        if row.iterations.open {
            let message = format!("iteration {} is under way; finish it", row.iterations.begun);
            return Err(Error::at(Code::AlreadyExists, "actor.run", message));
        }
        let number = row.iterations.begun.saturating_add(1);
        let next = self.state.next(run, &row, self.at)?;
        if !matches!(next, NextStep::Continue { .. }) {
            let run = run.clone();
            return Ok(Reply::IterationNotBegun { run, next });
        }
        let event = RunEvent::IterationBegun { run: run.clone() };
        self.others.push(Event::Run(event));
        Ok(Reply::IterationBegun { number })
    }

    pub(super) fn finish_iteration(
        &mut self,
        gates: &[GateResult],
        spent: &Amounts,
        summary: Option<&str>,
    ) -> Result<Reply, Error> {
        let run = self.live_run()?.clone();
        let mut row = self.state.runs.require_live(&run, self.at)?.into_owned();
        if !row.iterations.open {
            let message = "no iteration is under way; begin one";
            return Err(Error::at(Code::NotFound, "actor.run", message));
        }
        check_gates(gates)?;
        if let Some((_, amount)) = spent.iter().find(|(_, amount)| **amount > AMOUNT_MAX) {
            return Err(Error::limit("spent", "AMOUNT_MAX", AMOUNT_MAX, *amount));
        }
        let mut told: Vec<GateResult<TextRef>> = Vec::with_capacity(gates.len());
        for (at, gate) in gates.iter().enumerate() {
            let field = format!("gates[{at}].evidence");
            told.push(GateResult {
                name: gate.name.clone(),
                passed: gate.passed,
                fingerprint: gate.fingerprint.clone(),
                evidence: self.text(&field, gate.evidence.as_deref())?,
            });
        }
        let ended = IterationEnded {
            run: run.clone(),
            gates: told,
            spent: spent.clone(),
            summary: self.text("summary", summary)?,
        };
        let number = row.iterations.begun;
        row.iterations.end(&ended);
        let next = self.state.next(&run, &row, self.at)?;
        let event = RunEvent::IterationEnded(Box::new(ended));
        self.others.push(Event::Run(event));
        Ok(Reply::IterationFinished { number, next })
    }

    /// A run waits until a signal is given.
    pub(super) fn await_signal(&mut self, name: &ActorId, key: &SignalKey) -> Result<Reply, Error> {
        let run = self.live_run()?.clone();
        let signals = self.state.runs.signals();
        let given = signals.get(name, key).is_some();
        let waits = signals.awaited_by(&run) == Some(&(name.clone(), key.clone()));
        if !given && !waits {
            let (run, name, key) = (run.clone(), name.clone(), key.clone());
            let awaited = Box::new(Awaited { run, name, key });
            self.others.push(Event::Run(RunEvent::Awaited(awaited)));
        }
        Ok(Reply::SignalAwaited { run, given })
    }

    /// Why a run may not call itself done, if it may not. A run that works for another one leaves that to
    /// the other one, unless it iterates itself.
    pub(super) fn refuse_done(
        &mut self,
        run: &RunId,
        row: &RunRow,
    ) -> Result<Option<Reply>, Error> {
        let state = self.state;
        let iterations = &row.iterations;
        if iterations.begun > 0 || iterations.halted.is_some() {
            let next = state.next(run, row, self.at)?;
            let outcome = match &next {
                NextStep::Stop { outcome, .. } => Some(*outcome),
                _ => None,
            };
            if outcome != Some(RunOutcome::Done) {
                let run = run.clone();
                return Ok(Some(Reply::RunNotDone { run, next }));
            }
        } else if row.parent.is_none() && state.is_held_to_its_loop(run) {
            let unverified = state.unverified(run, row, self.at)?;
            if !unverified.is_empty() {
                let (run, next) = (run.clone(), NextStep::Verify(unverified));
                return Ok(Some(Reply::RunNotDone { run, next }));
            }
        }
        match row.parent {
            None => self.govern_done(run, row),
            Some(_) => Ok(None),
        }
    }

    /// Somebody outside ended what a run does: whoever answers for it stops. A run that neither iterates nor
    /// is held to a loop is told by what it tries next.
    pub(super) fn halt(&mut self, run: &RunId, why: StopReason) {
        let state = self.state;
        let own = || Some(run.clone()).filter(|run| state.is_held_to_its_loop(run));
        let Some(run) = state.answers_for(run).or_else(own) else {
            return;
        };
        let row = state.runs.get(&run);
        let works = row.is_some_and(|row| row.is_live(self.at) && row.iterations.halted.is_none());
        if works {
            let halted = Box::new(Halted { run, why });
            self.others.push(Event::Run(RunEvent::Halted(halted)));
        }
    }
}

impl Coordinator {
    /// What a run does next.
    ///
    /// # Errors
    /// `not_found` for an unknown run, and those of [`crate::policy::PolicySet::decide`].
    pub fn next_step(&self, run: &RunId, now: Timestamp) -> Result<NextStep, Error> {
        self.check_usable()?;
        let row = self.state.runs.get(run).ok_or_else(|| {
            let message = format!("there is no run {run}");
            Error::at(Code::NotFound, "run", message)
        })?;
        self.state.next(run, &row, now.max(self.state.at))
    }
}

impl State {
    /// What a run does next.
    pub(super) fn next(&self, run: &RunId, row: &RunRow, at: Timestamp) -> Result<NextStep, Error> {
        let unverified = self.unverified(run, row, at)?;
        let card = self.card_of(run);
        let next = row.iterations.next(card, row.started_at, unverified, at);
        if let NextStep::Continue { .. } = next
            && !row.iterations.open
            && let Some(on) = self.holds_up(run, card, at)?
        {
            return Ok(NextStep::Wait { on });
        }
        Ok(next)
    }

    /// What holds up a run that could go on.
    fn holds_up(
        &self,
        run: &RunId,
        card: Option<&LoopCard>,
        at: Timestamp,
    ) -> Result<Option<WaitsFor>, Error> {
        if let Some(wait) = self.claims.wait_of(run) {
            let wait = wait.token;
            return Ok(Some(WaitsFor::Claim { wait }));
        }
        let requests = self.policy.open_requests_of(run, at);
        if !requests.is_empty() {
            return Ok(Some(WaitsFor::Approval { requests }));
        }
        if let Some((name, key)) = self.runs.signals().awaited_by(run).cloned() {
            return Ok(Some(WaitsFor::Signal { name, key }));
        }
        let until = match card {
            Some(card) => self.held_until(card, at)?,
            None => None,
        };
        Ok(until.map(|until| WaitsFor::Window { until }))
    }

    /// Does the run's loop say how it is measured, or who checks it? Then its runs are done on nobody's own
    /// word, whether or not they iterate.
    fn is_held_to_its_loop(&self, run: &RunId) -> bool {
        let card = self.card_of(run);
        card.is_some_and(|card| !card.gates.is_empty() || card.checker.is_some())
    }

    fn card_of(&self, run: &RunId) -> Option<&LoopCard> {
        let id = self.runs.lineage().loop_of(run)?;
        self.runs.loop_card(id)
    }
}
