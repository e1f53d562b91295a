//! Iterations of a run, and whether it may call itself done.

use super::decide::Decision;
use super::event::Event;
use super::reply::Reply;
use super::state::State;
use crate::error::{Code, Error};
use crate::model::{AMOUNT_MAX, Amounts, ChangeId, RunId, TextRef, Verdict};
use crate::run::{
    GateResult, IterationEnded, LoopCard, NextStep, RunEvent, RunOutcome, RunRow, check_gates,
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
        let next = self.state.next(run, &row, self.at);
        if row.iterations.begun > 0 && !matches!(next, NextStep::Continue { .. }) {
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
        let next = self.state.next(&run, &row, self.at);
        let event = RunEvent::IterationEnded(Box::new(ended));
        self.others.push(Event::Run(event));
        Ok(Reply::IterationFinished { number, next })
    }

    /// Why a run that iterates may not call itself done, if it may not.
    pub(super) fn refuse_done(
        &self,
        run: &RunId,
        row: &RunRow,
        outcome: RunOutcome,
    ) -> Option<Reply> {
        if outcome != RunOutcome::Done || row.iterations.begun == 0 {
            return None;
        }
        let next = self.state.next(run, row, self.at);
        let is_done = matches!(
            &next,
            NextStep::Stop {
                outcome: RunOutcome::Done,
                ..
            }
        );
        let run = run.clone();
        (!is_done).then_some(Reply::RunNotDone { run, next })
    }
}

impl State {
    /// What a run does next.
    pub(super) fn next(&self, run: &RunId, row: &RunRow, at: crate::model::Timestamp) -> NextStep {
        let unverified = self.unverified(run, row);
        let card = self.card_of(run);
        row.iterations.next(card, row.started_at, &unverified, at)
    }

    /// The changes that a run and those below it made and that nobody independent has passed, in landing
    /// order. A change of which no path is among the recent versions any more is forgotten.
    fn unverified(&self, run: &RunId, row: &RunRow) -> Vec<ChangeId> {
        let lineage = self.runs.lineage();
        let is_below = |maker: &RunId| lineage.ancestry(maker).any(|it| it == run);
        let rows = self.changes.rows().rev();
        let since = rows.take_while(|(_, change)| change.at >= row.started_at);
        let mut unverified: Vec<ChangeId> = since
            .filter(|(_, change)| change.verdict != Some(Verdict::Passed))
            .filter(|(_, change)| change.change.run.as_ref().is_some_and(is_below))
            .map(|(_, change)| change.change.id.clone())
            .collect();
        unverified.reverse();
        unverified
    }

    fn card_of(&self, run: &RunId) -> Option<&LoopCard> {
        let id = self.runs.lineage().loop_of(run)?;
        self.runs.loop_card(id)
    }
}
