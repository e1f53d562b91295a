//! Runs as others see them.

use serde::{Deserialize, Serialize};

use crate::claim::Words;
use crate::coordinator::Coordinator;
use crate::error::Error;
use crate::model::{Actor, LoopId, RunId, Timestamp};
use crate::run::{NextStep, RunOutcome, RunPhase, RunRow, Unverified, WaitsFor};

/// A run as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RunView {
    /// Its name.
    pub run: RunId,
    /// Who started it.
    pub actor: Actor,
    /// The loop it was started for, where that is not its parent's.
    #[serde(default, rename = "loop", skip_serializing_if = "Option::is_none")]
    pub loop_id: Option<LoopId>,
    /// The run that it works for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<RunId>,
    /// When it started.
    pub started_at: Timestamp,
    /// Until when it is, or was, taken to be alive.
    pub live_until: Timestamp,
    /// It has not finished, and its lease is not over.
    pub live: bool,
    /// Where it is between its start and its end.
    pub phase: RunPhase,
    /// The run that died, and whose work it took over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeds: Option<RunId>,
    /// How many iterations it began.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub iterations: u32,
    /// What it came to, once it finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Finish>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Finish {
    /// What it came to.
    pub outcome: RunOutcome,
    /// When.
    pub at: Timestamp,
    /// In its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Words>,
}

impl RunView {
    pub(super) fn summary(&mut self) -> Option<&mut Words> {
        self.finished.as_mut()?.summary.as_mut()
    }

    pub(super) fn of(run: &RunId, row: &RunRow, at: Timestamp) -> RunView {
        RunView {
            run: run.clone(),
            actor: row.actor.clone(),
            loop_id: row.loop_id.clone(),
            parent: row.parent.clone(),
            started_at: row.started_at,
            live_until: row.live_until,
            live: row.is_live(at),
            phase: row.phase(at),
            succeeds: row.succeeds.clone(),
            iterations: row.iterations.begun,
            finished: row.finished.map(|(outcome, at, summary)| Finish {
                outcome,
                at,
                summary: summary.map(Words::from),
            }),
        }
    }
}

/// A run that asked somebody to verify what it changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VerificationView {
    /// Which.
    pub run: RunId,
    /// Who started it.
    pub actor: Actor,
    /// The run's loop.
    #[serde(default, rename = "loop", skip_serializing_if = "Option::is_none")]
    pub loop_id: Option<LoopId>,
    /// When it asked.
    pub since: Timestamp,
    /// What is to be verified.
    pub of: Unverified,
}

impl VerificationView {
    /// The runs that wait for somebody who verifies what they changed, those that asked first in front.
    pub(super) fn all(state: &Coordinator, at: Timestamp) -> Result<Vec<VerificationView>, Error> {
        let mut all = Vec::new();
        for (run, row) in state.runs().iter() {
            if !row.is_live(at) || row.iterations.asked_at.is_none() {
                continue;
            }
            if let NextStep::Wait {
                on: WaitsFor::Verification { since, of },
            } = state.next_step(&run, at)?
            {
                all.push(VerificationView {
                    loop_id: state.runs().lineage().loop_of(&run).cloned(),
                    actor: row.actor.clone(),
                    run,
                    since,
                    of,
                });
            }
        }
        all.sort_by(|a, b| (a.since, &a.run).cmp(&(b.since, &b.run)));
        Ok(all)
    }
}
