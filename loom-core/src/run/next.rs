//! What a run does next: go on, wait, be verified, or stop.
//!
//! A run that begins iterations is held to its loop: it is `done` only once the gates of its goal hold and
//! somebody else has verified what it changed. What comes next is a function of what happened and of the
//! loop's exit conditions; a runner that obeys it needs no judgement of its own.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Iterations, LoopCard, RunOutcome};
use crate::model::{
    ActorId, ChangeId, FindingKey, Independence, SignalKey, Timestamp, Token, Unit,
};

/// The most changes that an answer names as not verified; more are counted.
pub const UNVERIFIED_LISTED_MAX: usize = 64;

/// What a run does next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum NextStep {
    /// Go on with the iteration under way, or begin the next one.
    Continue {
        /// Its number, from 1.
        iteration: u32,
    },
    /// Begin nothing until this is over, then ask again.
    Wait {
        /// What it waits for.
        on: WaitsFor,
    },
    /// The goal's gates hold: have somebody else verify these changes.
    Verify(Unverified),
    /// Finish the run.
    Stop {
        /// Why.
        why: StopReason,
        /// With what.
        outcome: RunOutcome,
    },
}

/// What nobody has verified yet who counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Unverified {
    /// Changes of the run and of those below it, in landing order; at most 64 are listed.
    pub changes: Vec<ChangeId>,
    /// How many more there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u64,
    /// How far the policy wants a verifier to stand apart, beyond being independent.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub by: BTreeSet<Independence>,
}

/// What a run waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum WaitsFor {
    /// Somebody who verifies what it changed, as it asked.
    Verification {
        /// When it asked.
        since: Timestamp,
        /// What is to be verified.
        of: Unverified,
    },
    /// A claim that it queues for.
    Claim {
        /// Its wait.
        wait: Token,
    },
    /// A person's yes.
    Approval {
        /// The requests that it made and nobody has answered.
        requests: Vec<Token>,
    },
    /// A signal that it said it waits for.
    Signal {
        /// What happens.
        name: ActorId,
        /// To what.
        key: SignalKey,
    },
    /// The end of a time in which the policy lets its loop change nothing.
    Window {
        /// When it ends.
        until: Timestamp,
    },
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
    /// A person took a claim away from it.
    ClaimRevoked {
        /// Which.
        token: Token,
    },
    /// A person said no to what it asked for.
    ApprovalRefused {
        /// The request.
        request: Token,
    },
    /// What it set out to do would undo the change by which another side undid one of its own side.
    SecondReversal {
        /// What a person is asked about it.
        finding: FindingKey,
    },
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Unverified {
    /// These changes, as many as an answer lists.
    pub fn of(changes: &[ChangeId], by: BTreeSet<Independence>) -> Unverified {
        Unverified {
            changes: changes
                .iter()
                .take(UNVERIFIED_LISTED_MAX)
                .cloned()
                .collect(),
            more: changes.len().saturating_sub(UNVERIFIED_LISTED_MAX) as u64,
            by,
        }
    }

    /// Is there nothing to verify?
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl Iterations {
    /// What comes next, as far as the run and its loop know. Whether something holds up going on is for
    /// whoever knows of claims, requests and windows.
    pub fn next(
        &self,
        card: Option<&LoopCard>,
        started_at: Timestamp,
        unverified: Unverified,
        at: Timestamp,
    ) -> NextStep {
        let stop = |why, outcome| NextStep::Stop { why, outcome };
        if let Some(why) = &self.halted {
            return stop(why.clone(), RunOutcome::HandedToHuman);
        }
        if self.open {
            let iteration = self.begun;
            return NextStep::Continue { iteration };
        }
        if self.goal_holds(card) && !self.sent_back {
            return match (unverified.is_empty(), self.asked_at) {
                (true, _) => stop(StopReason::GoalReached {}, RunOutcome::Done),
                (false, None) => NextStep::Verify(unverified),
                (false, Some(since)) => NextStep::Wait {
                    on: WaitsFor::Verification {
                        since,
                        of: unverified,
                    },
                },
            };
        }
        match card.and_then(|card| self.must_stop(card, at.since_ms(started_at))) {
            Some((why, outcome)) => stop(why, outcome),
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
}
