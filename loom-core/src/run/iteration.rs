//! The iterations of a run: what was measured after each, and whether it gets anywhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{LoopCard, StopReason};
use crate::error::Error;
use crate::model::{ActorId, Amounts, RunId, TextRef, Timestamp};

/// The most gates that one iteration reports.
pub const ITERATION_GATES_MAX: usize = 64;

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
    /// What the last one that ended said of itself.
    #[serde(default)]
    pub summary: Option<TextRef>,
    /// When somebody was asked to verify what was changed, since the last one began.
    #[serde(default)]
    pub asked_at: Option<Timestamp>,
    /// Whoever verified what was changed found fault with it, and none has begun since.
    #[serde(default)]
    pub sent_back: bool,
    /// Why there are no more, where somebody outside ended them.
    #[serde(default)]
    pub halted: Option<StopReason>,
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

    pub(super) fn begin(&mut self) {
        self.begun = self.begun.saturating_add(1);
        self.open = true;
        self.asked_at = None;
        self.sent_back = false;
    }

    pub(crate) fn end(&mut self, ended: &IterationEnded) {
        self.open = false;
        self.summary = ended.summary;
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
