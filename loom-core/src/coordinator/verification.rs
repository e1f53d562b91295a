//! Maker and checker: who has to look at what a run changed, and what they made of it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::changes::{ChangeRow, VERIFIED_CHANGES_MAX};
use super::decide::{Decision, over};
use super::event::{Event, Verification};
use super::reply::Reply;
use super::state::State;
use crate::error::{Code, Error};
use crate::model::{
    Actor, ActorId, ActorKind, ChangeId, Independence, RunId, Timestamp, Truth, Verdict,
};
use crate::policy::{Action, Obligation, Verb};
use crate::run::{NextStep, RunEvent, RunRow, Unverified, WaitsFor};

/// Through how many runs that died the work is followed that a run has taken over.
const SUCCEEDED_MAX: usize = 16;

impl Decision<'_> {
    pub(super) fn request_verification(&mut self) -> Result<Reply, Error> {
        let run = self.live_run()?.clone();
        let row = self.state.runs.require_live(&run, self.at)?;
        let of = match self.state.next(&run, &row, self.at)? {
            NextStep::Verify(of) => of,
            NextStep::Wait {
                on: WaitsFor::Verification { of, .. },
            } => return Ok(Reply::VerificationRequested { run, of }),
            next => return Ok(Reply::VerificationNotRequested { run, next }),
        };
        let event = RunEvent::VerificationAsked { run: run.clone() };
        self.others.push(Event::Run(event));
        Ok(Reply::VerificationRequested { run, of })
    }

    pub(super) fn record_verification(
        &mut self,
        changes: &[ChangeId],
        verdict: Verdict,
        checks: &[ActorId],
        evidence: Option<&str>,
    ) -> Result<Reply, Error> {
        if changes.is_empty() {
            let message = "a verification is over at least one change";
            return Err(Error::at(Code::InvalidField, "changes", message));
        }
        for (field, len) in [("changes", changes.len()), ("checks", checks.len())] {
            if len > VERIFIED_CHANGES_MAX {
                return Err(over(
                    field,
                    "VERIFIED_CHANGES_MAX",
                    VERIFIED_CHANGES_MAX,
                    len,
                ));
            }
        }
        let actor = &self.command.actor;
        let lineage = self.state.runs.lineage();
        let mut independent = true;
        for (place, id) in changes.iter().enumerate() {
            let row = self.state.changes.get(id).ok_or_else(|| {
                let message = format!("change {id} is not among the recent ones");
                Error::at(Code::NotFound, format!("changes[{place}]"), message)
            })?;
            independent &= match (&actor.run, &row.change.run) {
                (Some(checker), Some(maker)) => lineage.is_independent(checker, maker),
                (None, _) => actor.kind != ActorKind::Loop,
                (Some(_), None) => true,
            };
        }
        if independent && verdict == Verdict::Failed {
            self.send_back(changes);
        }
        let verification = Verification {
            changes: changes.to_vec(),
            verdict,
            by: actor.clone(),
            run: actor.run.clone(),
            independent,
            checks: checks.to_vec(),
            evidence: self.text("evidence", evidence)?,
        };
        self.others.push(Event::VerificationRecorded(verification));
        Ok(Reply::VerificationRecorded {
            changes: changes.to_vec(),
            verdict,
            independent,
        })
    }

    /// Somebody who counts found fault with these changes: whoever answers for them goes on.
    fn send_back(&mut self, changes: &[ChangeId]) {
        let state = self.state;
        let makers = changes.iter().filter_map(|id| state.changes.get(id));
        let makers = makers.filter_map(|row| row.change.run.clone());
        let back: BTreeSet<RunId> = makers
            .filter_map(|maker| state.answers_for(&maker))
            .collect();
        for run in back {
            let row = state.runs.get(&run);
            let row = row.filter(|row| row.finished.is_none() && !row.iterations.sent_back);
            if row.is_some() {
                self.others.push(Event::Run(RunEvent::SentBack { run }));
            }
        }
    }
}

impl State {
    /// The run that answers for the work of another one: the nearest at or above it that iterates, and
    /// that took over from it where it died.
    pub(super) fn answers_for(&self, run: &RunId) -> Option<RunId> {
        let mut ancestry = self.runs.lineage().ancestry(run);
        let iterates = |run: &&RunId| {
            let row = self.runs.get(run);
            row.is_some_and(|row| row.iterations.begun > 0)
        };
        let run = ancestry.find(iterates)?;
        let id = self.runs.lineage().loop_of(run);
        let last = id.and_then(|id| self.runs.loop_row(id)?.last_run.as_ref());
        let heir = last.filter(|last| self.with_predecessors(last).contains(run));
        Some(heir.unwrap_or(run).clone())
    }

    /// A run, and the runs that died and whose work it has taken over.
    fn with_predecessors(&self, run: &RunId) -> BTreeSet<RunId> {
        let mut all = BTreeSet::new();
        let mut next = Some(run.clone());
        while let Some(run) = next.filter(|_| all.len() < SUCCEEDED_MAX) {
            next = self.runs.get(&run).and_then(|row| row.succeeds.clone());
            all.insert(run);
        }
        all
    }

    /// The hot changes that a run, those whose work it took over, and those below them made, in landing
    /// order. A change of which no path is among the recent versions any more is forgotten.
    pub(super) fn made_by_and_below(&self, run: &RunId) -> Vec<Cow<'_, ChangeRow>> {
        let lineage = self.runs.lineage();
        let family = self.with_predecessors(run);
        let started = family.iter().filter_map(|run| self.runs.get(run));
        let Some(since) = started.map(|row| row.started_at).min() else {
            return Vec::new();
        };
        let is_of_family = |maker: &RunId| lineage.ancestry(maker).any(|it| family.contains(it));
        let rows = self.changes.newest().take_while(|row| row.at >= since);
        let mut rows: Vec<Cow<'_, ChangeRow>> = rows
            .filter(|row| row.change.run.as_ref().is_some_and(is_of_family))
            .collect();
        rows.reverse();
        rows
    }

    /// What a run changed that nobody has passed who counts, and how far the policy wants them to stand
    /// apart.
    ///
    /// # Errors
    /// Those of [`crate::policy::PolicySet::decide`].
    pub(super) fn unverified(
        &self,
        run: &RunId,
        row: &RunRow,
        at: Timestamp,
    ) -> Result<Unverified, Error> {
        let by = self.verifiers_wanted(run, row, at)?;
        let passed = |row: &ChangeRow| {
            row.verdict == Some(Verdict::Passed)
                && by.iter().all(|by| self.passed_apart(row, *by).is_true())
        };
        let rows = self.made_by_and_below(run).into_iter();
        let open: Vec<ChangeId> = rows
            .filter(|row| !passed(row))
            .map(|row| row.change.id.clone())
            .collect();
        Ok(Unverified::of(&open, by))
    }

    /// How far the policy wants whoever verifies a run's changes to stand apart before the run is done.
    fn verifiers_wanted(
        &self,
        run: &RunId,
        row: &RunRow,
        at: Timestamp,
    ) -> Result<BTreeSet<Independence>, Error> {
        let Some(policy) = self.policy.policy()? else {
            return Ok(BTreeSet::new());
        };
        let decision = self.govern(policy, &finishing(run, row), at)?.decision;
        let owed = decision.obligations.into_iter();
        let wanted = owed.filter_map(|owed| match owed.obligation {
            Obligation::Checker { by } => Some(by),
            _ => None,
        });
        Ok(wanted
            .filter(|by| *by != Independence::Independent)
            .collect())
    }

    /// Has somebody passed a change who stands this far apart from whoever made it?
    pub(super) fn passed_apart(&self, row: &ChangeRow, by: Independence) -> Truth {
        match row.verdict {
            Some(Verdict::Passed) => {
                let passed = row.passed_by.iter();
                Truth::any(passed.map(|checker| self.stands_apart(row, checker, by)))
            }
            _ => Truth::False,
        }
    }

    fn stands_apart(&self, row: &ChangeRow, checker: &Actor, by: Independence) -> Truth {
        let maker = row.change.run.as_ref();
        let maker = maker.and_then(|run| self.runs.get(run));
        let maker: Option<Actor> = maker.map(|row| row.actor.clone());
        let differ = |of: fn(&Actor) -> Option<&ActorId>| {
            let maker = maker.as_ref().and_then(of);
            match (of(checker), maker) {
                (Some(checker), Some(maker)) => Truth::from(checker != maker),
                _ => Truth::Unknown,
            }
        };
        match by {
            Independence::Independent => Truth::True,
            Independence::Human => Truth::from(checker.kind == ActorKind::Human),
            Independence::OtherAccount => {
                differ(|actor| Some(actor.account.as_ref().unwrap_or(&actor.id)))
            }
            Independence::OtherModel => match checker.kind {
                ActorKind::Human => Truth::True,
                _ => differ(|actor| actor.model.as_ref()),
            },
            Independence::SeparateRoot => match (&checker.run, &row.change.run) {
                (None, _) => Truth::True,
                (Some(_), None) => Truth::Unknown,
                (Some(checker), Some(maker)) => {
                    Truth::from(self.root_of(checker) != self.root_of(maker))
                }
            },
        }
    }
}

/// The action of a run that calls itself done.
pub(super) fn finishing(run: &RunId, row: &RunRow) -> Action {
    let mut action = Action::new(Verb::Finish);
    action.run = Some(run.clone());
    action.actor = Some(row.actor.clone());
    action
}
