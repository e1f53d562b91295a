//! What a run leaves to whoever goes on with its work: one that died tells nobody itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Coordinator;
use crate::claim::{Spec, Words};
use crate::error::Error;
use crate::model::{
    Actor, ActorId, Amounts, ChangeId, FindingKey, LoopId, RunId, Timestamp, Verdict,
};
use crate::run::RunOutcome;

/// The most changes, and findings, that a handover lists; the rest is counted.
pub const HANDOVER_LISTED_MAX: usize = 64;

/// What a run did, where it failed and what it held, as it ended or as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Handover {
    /// Whose.
    pub run: RunId,
    /// Who started it.
    pub actor: Actor,
    /// The run's loop.
    #[serde(default, rename = "loop", skip_serializing_if = "Option::is_none")]
    pub loop_id: Option<LoopId>,
    /// When it started.
    pub started_at: Timestamp,
    /// When it finished, or was taken for dead; absent while it lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// What it came to; absent where it died, or lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<RunOutcome>,
    /// The run that died before, and whose work it had taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeds: Option<RunId>,
    /// How many iterations it began.
    pub iterations: u32,
    /// The last of them was under way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
    /// How the gates of the last iteration that ended came out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gates: BTreeMap<ActorId, bool>,
    /// How many times in a row each gate failed alike.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub failing: BTreeMap<ActorId, u32>,
    /// What it used up, as far as its iterations said so.
    #[serde(default, skip_serializing_if = "Amounts::is_empty")]
    pub spent: Amounts,
    /// What it said last of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Words>,
    /// What it and those below it changed of late, in landing order; at most 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<HandedChange>,
    /// How many more there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_changes: u64,
    /// What it had claimed for writing, in the order in which it first did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claimed: Vec<Spec>,
    /// The findings that it saw to and that nobody took since; at most 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingKey>,
}

/// A change of a run that hands over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HandedChange {
    /// Its name.
    pub id: ChangeId,
    /// When it was recorded.
    pub at: Timestamp,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Words>,
    /// What the last verification that counts came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Coordinator {
    /// What a run leaves, or would leave if it ended now; `None` for one that is unknown or long forgotten.
    /// O(findings + recent changes).
    ///
    /// # Errors
    /// `corrupt` for a coordinator that has seen a bad record.
    pub fn handover(&self, run: &RunId, now: Timestamp) -> Result<Option<Handover>, Error> {
        self.check_usable()?;
        let (state, at) = (&self.state, now.max(self.state.at));
        let Some(row) = state.runs.get(run) else {
            return Ok(None);
        };
        let changes = state.made_by_and_below(run);
        let more_changes = changes.len().saturating_sub(HANDOVER_LISTED_MAX) as u64;
        let changes = changes.into_iter().take(HANDOVER_LISTED_MAX);
        let iterations = &row.iterations;
        let summary = row.finished.and_then(|(_, _, summary)| summary);
        let findings = state.findings.iter().filter(|(_, it)| {
            let holder = it.holder.as_ref();
            holder.is_some_and(|holder| holder.run == *run)
        });
        Ok(Some(Handover {
            run: run.clone(),
            actor: row.actor.clone(),
            loop_id: state.runs.lineage().loop_of(run).cloned(),
            started_at: row.started_at,
            ended_at: match row.finished {
                Some((_, at, _)) => Some(at),
                None => Some(row.live_until).filter(|until| *until <= at),
            },
            outcome: row.finished.map(|(outcome, ..)| outcome),
            succeeds: row.succeeds.clone(),
            iterations: iterations.begun,
            open: iterations.open,
            gates: iterations.gates.clone(),
            failing: iterations
                .failing
                .iter()
                .map(|(gate, failing)| (gate.clone(), failing.times))
                .collect(),
            spent: iterations.spent.clone(),
            summary: summary.or(iterations.summary).map(Words::from),
            changes: changes
                .map(|row| HandedChange {
                    id: row.change.id.clone(),
                    at: row.at,
                    intent: row.change.intent.map(Words::from),
                    verdict: row.verdict,
                })
                .collect(),
            more_changes,
            claimed: state.work.claimed_by(run),
            findings: findings
                .map(|(key, _)| key)
                .take(HANDOVER_LISTED_MAX)
                .collect(),
        }))
    }
}

impl Handover {
    /// The texts that it speaks of.
    pub fn texts(&mut self) -> impl Iterator<Item = &mut Words> {
        let intents = self.changes.iter_mut().filter_map(|it| it.intent.as_mut());
        self.summary.iter_mut().chain(intents)
    }
}
