//! What a start of a loop is for: a moment of its schedule, or a signal that it listens to.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::{Awaited, Signalled};
use crate::model::{ActorId, LoopId, RunId, SignalKey, Timestamp};

/// The most names of signals that are remembered at once.
pub const SIGNAL_NAMES_MAX: usize = 1_024;
/// How many of the last signals of one name are remembered.
pub const SIGNALS_KEPT_MAX: usize = 64;
/// How long a signal is remembered, in milliseconds: 7 days.
pub const SIGNAL_MEMORY_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

/// What a start is for. A loop starts once for each, over all machines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Slot {
    /// A moment of its schedule.
    At(Timestamp),
    /// The key of a signal that it listens to.
    Signal(SignalKey),
}

/// A signal that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalRow {
    /// Which of its name: the number of a pull request, the digest of a build.
    pub key: SignalKey,
    /// When it was given first.
    pub at: Timestamp,
    /// The loops that started for it.
    pub taken_by: BTreeSet<LoopId>,
}

/// The signals of late, by name, and the runs that wait for one to come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signals {
    by_name: BTreeMap<ActorId, VecDeque<SignalRow>>,
    awaited: BTreeMap<RunId, (ActorId, SignalKey)>,
}

impl Signals {
    /// The signals of a name, the latest last.
    pub fn of(&self, name: &ActorId) -> impl DoubleEndedIterator<Item = &SignalRow> {
        self.by_name.get(name).into_iter().flatten()
    }

    /// A signal.
    pub fn get(&self, name: &ActorId, key: &SignalKey) -> Option<&SignalRow> {
        self.of(name).find(|row| row.key == *key)
    }

    /// May a signal of this name be given, or are too many names remembered?
    pub fn has_room(&self, name: &ActorId) -> bool {
        self.by_name.contains_key(name) || self.by_name.len() < SIGNAL_NAMES_MAX
    }

    /// The signal that a run waits for, if it waits for one.
    pub fn awaited_by(&self, run: &RunId) -> Option<&(ActorId, SignalKey)> {
        self.awaited.get(run)
    }

    /// The runs that wait for a signal, by name. O(waiting runs).
    pub fn awaiting(&self, name: &ActorId, key: &SignalKey) -> impl Iterator<Item = &RunId> {
        let of = self.awaited.iter();
        of.filter(move |(_, (n, k))| n == name && k == key)
            .map(|(run, _)| run)
    }

    pub(super) fn wait(&mut self, wait: &Awaited) {
        let (name, key) = (wait.name.clone(), wait.key.clone());
        self.awaited.insert(wait.run.clone(), (name, key));
    }

    /// A run waits for nothing any more.
    pub(super) fn leave(&mut self, run: &RunId) {
        self.awaited.remove(run);
    }

    pub(super) fn given(&mut self, signal: &Signalled, at: Timestamp) {
        let told = (signal.name.clone(), signal.key.clone());
        self.awaited.retain(|_, awaited| *awaited != told);
        let rows = self.by_name.entry(signal.name.clone()).or_default();
        if rows.iter().any(|row| row.key == signal.key) {
            return;
        }
        if rows.len() >= SIGNALS_KEPT_MAX {
            rows.pop_front();
        }
        rows.push_back(SignalRow {
            key: signal.key.clone(),
            at,
            taken_by: BTreeSet::new(),
        });
    }

    pub(super) fn taken(&mut self, name: &ActorId, key: &SignalKey, by: &LoopId) {
        let rows = self.by_name.get_mut(name).into_iter().flatten();
        for row in rows.filter(|row| row.key == *key) {
            row.taken_by.insert(by.clone());
        }
    }

    pub(super) fn forget(&mut self, at: Timestamp) {
        let horizon = at.minus_ms(SIGNAL_MEMORY_MS);
        self.by_name.retain(|_, rows| {
            while rows.front().is_some_and(|row| row.at < horizon) {
                rows.pop_front();
            }
            !rows.is_empty()
        });
    }
}
