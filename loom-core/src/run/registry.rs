//! Registered loops as they stand: what they are, whether they may start, and what their runs came to.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{LoopCard, LoopDefined, LoopStood, RunOutcome, Slot};
use crate::model::{Actor, Amounts, Digest, RunId, TextRef, Timestamp};

/// How many of the last runs of a loop are remembered, for what it costs and what it comes to.
pub const PAST_RUNS_MAX: usize = 16;
/// After so many runs in a row that found nothing, a slower pace is advised.
pub const FOUND_NOTHING_ADVICE: usize = 3;

/// Whether a loop may start.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LoopStanding {
    /// It starts when it is due.
    #[default]
    Active,
    /// It starts nothing until somebody resumes it.
    Paused,
    /// It starts nothing any more.
    Retired,
}

impl LoopStanding {
    /// The word as it stands in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            LoopStanding::Active => "active",
            LoopStanding::Paused => "paused",
            LoopStanding::Retired => "retired",
        }
    }
}

/// What one run of a loop came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastRun {
    /// With what.
    pub outcome: RunOutcome,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// What it used up, as far as it said so.
    pub spent: Amounts,
}

/// A registered loop as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoopRow {
    /// What it is.
    pub card: LoopCard,
    /// The digest of its definition.
    pub digest: Digest,
    /// Since when its trigger counts: it starts at no slot before.
    pub counts_from: Timestamp,
    /// Whether it may start.
    pub standing: LoopStanding,
    /// When and by whom that was last said, and why.
    pub stood: Option<(Timestamp, Actor, Option<TextRef>)>,
    /// The last slot at which it started, and the run that won it.
    pub last_start: Option<(Slot, RunId)>,
    /// Its last run that works for no other one.
    #[serde(default)]
    pub last_run: Option<RunId>,
    /// Its last runs that finished, the latest last.
    pub past: VecDeque<PastRun>,
}

impl LoopRow {
    /// A loop that was registered just now.
    pub(super) fn new(defined: &LoopDefined, at: Timestamp) -> LoopRow {
        LoopRow {
            card: defined.card.clone(),
            digest: defined.digest,
            counts_from: at,
            standing: LoopStanding::Active,
            stood: None,
            last_start: None,
            last_run: None,
            past: VecDeque::new(),
        }
    }

    /// From when on slots can be taken: those up to the last one that was, and those from before the
    /// trigger counted, are over.
    pub fn open_from(&self) -> Timestamp {
        match &self.last_start {
            Some((Slot::At(last), _)) => self.counts_from.max(*last),
            _ => self.counts_from,
        }
    }

    /// The mean length of its last runs in milliseconds; `None` where none has finished.
    pub fn mean_ms(&self) -> Option<u64> {
        let runs = self.past.len() as u64;
        let all = self.past.iter().map(|run| run.ms);
        all.fold(0_u64, u64::saturating_add).checked_div(runs)
    }

    /// The mean of what its last runs used up, each unit over the runs that named it.
    pub fn mean_spent(&self) -> Amounts {
        let mut sums: std::collections::BTreeMap<_, (u64, u64)> = std::collections::BTreeMap::new();
        for (unit, amount) in self.past.iter().flat_map(|run| &run.spent) {
            let (sum, count) = sums.entry(*unit).or_default();
            *sum = sum.saturating_add(*amount);
            *count += 1;
        }
        let means = sums.into_iter();
        means
            .map(|(unit, (sum, count))| (unit, sum.checked_div(count).unwrap_or(0)))
            .collect()
    }

    /// Did its last three runs find nothing? Then it might start less often.
    pub fn finds_nothing(&self) -> bool {
        let mut last = self.past.iter().rev().take(FOUND_NOTHING_ADVICE);
        self.past.len() >= FOUND_NOTHING_ADVICE
            && last.all(|run| run.outcome == RunOutcome::NothingFound)
    }

    /// Takes in a new definition. A trigger that changed counts from now on.
    pub(super) fn define(&mut self, defined: &LoopDefined, at: Timestamp) {
        if self.card.trigger != defined.card.trigger {
            self.counts_from = at;
            self.last_start = None;
        }
        self.card = defined.card.clone();
        self.digest = defined.digest;
    }

    /// Takes in who said whether it may start. What was missed while it might not is over.
    pub(super) fn stand(&mut self, stood: &LoopStood, at: Timestamp) {
        self.standing = stood.standing;
        self.stood = Some((at, stood.by.clone(), stood.reason));
        if stood.standing == LoopStanding::Active {
            self.counts_from = at;
        }
    }

    /// Takes in what a run of it came to.
    pub(super) fn ended(&mut self, run: PastRun) {
        if self.past.len() >= PAST_RUNS_MAX {
            self.past.pop_front();
        }
        self.past.push_back(run);
    }
}
