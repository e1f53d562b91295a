//! The iterations of a run, and what comes after each: go on, be verified, or stop.
//!
//! A run that begins iterations is held to its loop: it is `done` only once the gates of its goal hold and
//! somebody else has verified what it changed. What comes next is a function of what happened and of the
//! loop's exit conditions; a runner that obeys it needs no judgement of its own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{LoopCard, RunOutcome};
use crate::error::Error;
use crate::model::{ActorId, Amounts, ChangeId, RunId, TextRef, Timestamp, Unit};

/// The most gates that one iteration reports.
pub const ITERATION_GATES_MAX: usize = 64;
/// The most changes that an answer names as not verified; more are counted.
pub const UNVERIFIED_LISTED_MAX: usize = 64;

/// How a gate came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "GateResult"))]
#[serde(deny_unknown_fields)]
pub struct GateResult<T = String> {
    /// Its name.
    pub name: ActorId,
    /// Whether it holds.
    pub passed: bool,
    /// What tells this failure from another one: a digest of the first error, say. Failures without one
    /// are never taken for the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<ActorId>,
    /// What was seen.
    #[serde(default = "nothing::<T>", skip_serializing_if = "Option::is_none")]
    pub evidence: Option<T>,
}

fn nothing<T>() -> Option<T> {
    None
}

/// An iteration that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IterationEnded {
    /// Of which run.
    pub run: RunId,
    /// How the gates came out.
    pub gates: Vec<GateResult<TextRef>>,
    /// What it used up.
    #[serde(default, skip_serializing_if = "Amounts::is_empty")]
    pub spent: Amounts,
    /// In its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<TextRef>,
}

/// A gate that fails, alike, again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// What tells the failure from others.
    pub fingerprint: ActorId,
    /// How many times in a row.
    pub times: u32,
}

/// The iterations of a run as they stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Iterations {
    /// How many were begun.
    pub begun: u32,
    /// One is under way.
    pub open: bool,
    /// How the gates of the last one that ended came out.
    pub gates: BTreeMap<ActorId, bool>,
    /// The gates that fail alike.
    pub failing: BTreeMap<ActorId, Failing>,
    /// What they used up together.
    pub spent: Amounts,
}

/// What a run does next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum NextStep {
    /// Begin the next iteration.
    Continue {
        /// Its number, from 1.
        iteration: u32,
    },
    /// The goal's gates hold: have somebody else verify these changes.
    Verify {
        /// Those that nobody independent has passed yet; at most 64 are listed.
        changes: Vec<ChangeId>,
        /// How many more there are.
        #[serde(default, skip_serializing_if = "is_zero")]
        more: u64,
    },
    /// Finish the run.
    Stop {
        /// Why.
        why: StopReason,
        /// With what.
        outcome: RunOutcome,
    },
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Why a run is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum StopReason {
    /// The goal's gates hold, and what was changed is verified.
    GoalReached {},
    /// As many iterations ran as may.
    MaxIterations {
        /// How many.
        iterations: u32,
    },
    /// It took as long as it may.
    MaxMinutes {
        /// How long.
        minutes: u32,
    },
    /// What it may use up is used up.
    Budget {
        /// Of this.
        unit: Unit,
    },
    /// A gate failed alike again and again.
    NoProgress {
        /// Which.
        gate: ActorId,
        /// How many times.
        times: u32,
    },
}

impl Iterations {
    /// Do the gates of the goal hold, as far as the last iteration says? All gates of the loop where its
    /// goal names none; all that were reported where the loop has none.
    pub fn goal_holds(&self, card: Option<&LoopCard>) -> bool {
        let holds = |name: &ActorId| self.gates.get(name) == Some(&true);
        match card {
            _ if self.open => false,
            Some(card) if !card.exit.goal.is_empty() => card.exit.goal.iter().all(holds),
            Some(card) if !card.gates.is_empty() => card.gates.iter().all(|it| holds(&it.name)),
            _ => !self.gates.is_empty() && self.gates.values().all(|passed| *passed),
        }
    }

    /// What comes next. `unverified` are the changes of the run that nobody independent has passed.
    pub fn next(
        &self,
        card: Option<&LoopCard>,
        started_at: Timestamp,
        unverified: &[ChangeId],
        at: Timestamp,
    ) -> NextStep {
        if self.goal_holds(card) {
            if unverified.is_empty() {
                return NextStep::Stop {
                    why: StopReason::GoalReached {},
                    outcome: RunOutcome::Done,
                };
            }
            let listed = unverified.iter().take(UNVERIFIED_LISTED_MAX);
            return NextStep::Verify {
                changes: listed.cloned().collect(),
                more: unverified.len().saturating_sub(UNVERIFIED_LISTED_MAX) as u64,
            };
        }
        match card.and_then(|card| self.must_stop(card, at.since_ms(started_at))) {
            Some((why, outcome)) => NextStep::Stop { why, outcome },
            None => NextStep::Continue {
                iteration: self.begun.saturating_add(1),
            },
        }
    }

    /// What is used up, and how long it took, before the goal was reached.
    fn must_stop(&self, card: &LoopCard, ms: u64) -> Option<(StopReason, RunOutcome)> {
        let exit = &card.exit;
        if let Some(most) = exit.no_progress_after
            && let Some((gate, failing)) = self.failing.iter().find(|(_, it)| it.times >= most)
        {
            let (gate, times) = (gate.clone(), failing.times);
            return Some((StopReason::NoProgress { gate, times }, RunOutcome::Stopped));
        }
        let used = |unit: &Unit| unit.of(&self.spent).unwrap_or(0);
        let why =
            if let Some((unit, _)) = exit.budget.iter().find(|(unit, most)| used(unit) >= **most) {
                StopReason::Budget { unit: *unit }
            } else if let Some(minutes) = exit.max_minutes
                && ms >= u64::from(minutes) * 60_000
            {
                StopReason::MaxMinutes { minutes }
            } else if let Some(iterations) = exit.max_iterations
                && self.begun >= iterations
            {
                StopReason::MaxIterations { iterations }
            } else {
                return None;
            };
        Some((why, RunOutcome::HandedToHuman))
    }

    pub(super) fn begin(&mut self) {
        self.begun = self.begun.saturating_add(1);
        self.open = true;
    }

    pub(crate) fn end(&mut self, ended: &IterationEnded) {
        self.open = false;
        let gates = ended.gates.iter();
        self.gates = gates
            .clone()
            .map(|it| (it.name.clone(), it.passed))
            .collect();
        let before = std::mem::take(&mut self.failing);
        for gate in gates.filter(|gate| !gate.passed) {
            let Some(fingerprint) = gate.fingerprint.clone() else {
                continue;
            };
            let known = before
                .get(&gate.name)
                .filter(|it| it.fingerprint == fingerprint);
            let times = known.map_or(1, |it| it.times.saturating_add(1));
            self.failing
                .insert(gate.name.clone(), Failing { fingerprint, times });
        }
        for (unit, amount) in &ended.spent {
            let sum = self.spent.entry(*unit).or_default();
            *sum = sum.saturating_add(*amount);
        }
    }
}

/// Checks what an iteration reports.
///
/// # Errors
/// `limit_exceeded` over [`ITERATION_GATES_MAX`] and the largest amount; `invalid_field` for two gates of
/// one name.
pub fn check_gates<T>(gates: &[GateResult<T>]) -> Result<(), Error> {
    if gates.len() > ITERATION_GATES_MAX {
        let (max, got) = (ITERATION_GATES_MAX as u64, gates.len() as u64);
        return Err(Error::limit("gates", "ITERATION_GATES_MAX", max, got));
    }
    let mut names = std::collections::BTreeSet::new();
    for (at, gate) in gates.iter().enumerate() {
        if !names.insert(&gate.name) {
            let message = format!("gate {} is reported twice", gate.name);
            let field = format!("gates[{at}].name");
            return Err(Error::at(crate::error::Code::InvalidField, field, message));
        }
    }
    Ok(())
}
