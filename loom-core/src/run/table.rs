//! The state of loops and runs.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Finished, Iterations, LIVE_RUNS_MAX, LoopCard, LoopRow, PastRun, RUN_MEMORY_MS, RunEvent,
    RunOutcome, Signals, Slot, Started, Trigger,
};
use crate::error::{Code, Error};
use crate::model::{Actor, Lineage, LoopId, RunId, TextRef, Timestamp};
use crate::table::Table;

/// A run as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRow {
    /// Who started it.
    pub actor: Actor,
    /// The loop it was started for, where that is not its parent's.
    pub loop_id: Option<LoopId>,
    /// The run that it works for.
    pub parent: Option<RunId>,
    /// When it started.
    pub started_at: Timestamp,
    /// The run that died, and whose work it takes over.
    #[serde(default)]
    pub succeeds: Option<RunId>,
    /// The length of its lease in milliseconds.
    pub ttl_ms: u64,
    /// Until when it is, or was, taken to be alive.
    pub live_until: Timestamp,
    /// What it came to and when, once it finished.
    pub finished: Option<(RunOutcome, Timestamp, Option<TextRef>)>,
    /// Its iterations.
    #[serde(default)]
    pub iterations: Iterations,
}

/// Where a run is between its start and its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunPhase {
    /// It has started, or is between two iterations.
    Started,
    /// An iteration is under way.
    Iterating,
    /// It asked somebody to verify what it changed.
    Verifying,
    /// It has given no sign of life for three quarters of its lease, and is taken for dead once all of it
    /// is over.
    Stalled,
    /// Its lease ended, and it never finished.
    Dead,
    /// It finished.
    Finished,
}

impl RunPhase {
    /// The word as it stands in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            RunPhase::Started => "started",
            RunPhase::Iterating => "iterating",
            RunPhase::Verifying => "verifying",
            RunPhase::Stalled => "stalled",
            RunPhase::Dead => "dead",
            RunPhase::Finished => "finished",
        }
    }
}

impl RunRow {
    /// Where the run is now.
    pub fn phase(&self, at: Timestamp) -> RunPhase {
        let left = self.live_until.since_ms(at);
        match () {
            _ if self.finished.is_some() => RunPhase::Finished,
            _ if at >= self.live_until => RunPhase::Dead,
            _ if left < self.ttl_ms / 4 => RunPhase::Stalled,
            _ if self.iterations.open => RunPhase::Iterating,
            _ if self.iterations.asked_at.is_some() => RunPhase::Verifying,
            _ => RunPhase::Started,
        }
    }

    /// Is the run alive: not finished, and its lease not over?
    pub fn is_live(&self, at: Timestamp) -> bool {
        self.finished.is_none() && at < self.live_until
    }

    /// When the run ended or will be taken for dead.
    pub(super) fn ends_at(&self) -> Timestamp {
        self.finished.map_or(self.live_until, |(_, at, _)| at)
    }
}

/// All loops and runs that the journal remembers.
#[derive(Debug, Clone, Default)]
pub struct RunTable {
    pub(super) loops: BTreeMap<LoopId, LoopRow>,
    pub(super) signals: Signals,
    pub(super) runs: Table<RunId, RunRow>,
    /// Until when each run that has not finished is taken to be alive: asked far more often than the
    /// rest of a row.
    pub(super) unfinished: BTreeMap<RunId, Timestamp>,
    pub(super) lineage: Lineage,
    pub(super) children: BTreeSet<(RunId, RunId)>,
    pub(super) by_end: BTreeSet<(Timestamp, RunId)>,
}

impl RunTable {
    /// The card of a loop.
    pub fn loop_card(&self, id: &LoopId) -> Option<&LoopCard> {
        self.loops.get(id).map(|row| &row.card)
    }

    /// A loop as it stands.
    pub fn loop_row(&self, id: &LoopId) -> Option<&LoopRow> {
        self.loops.get(id)
    }

    /// All loops in the order of their names.
    pub fn loop_rows(&self) -> impl ExactSizeIterator<Item = &LoopRow> {
        self.loops.values()
    }

    /// The signals of late.
    pub fn signals(&self) -> &Signals {
        &self.signals
    }

    /// A run.
    pub fn get(&self, run: &RunId) -> Option<Cow<'_, RunRow>> {
        self.runs.get(run)
    }

    /// All remembered runs in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (RunId, Cow<'_, RunRow>)> {
        self.runs.iter()
    }

    /// How many runs are remembered.
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// Is no run remembered?
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Is the run alive at this time?
    pub fn is_live(&self, run: &RunId, at: Timestamp) -> bool {
        self.live_until(run).is_some_and(|until| at < until)
    }

    /// Until when a run is, or was, taken to be alive; `None` for one that finished or is unknown.
    pub fn live_until(&self, run: &RunId) -> Option<Timestamp> {
        self.unfinished.get(run).copied()
    }

    /// How many runs are alive at this time, as far as `most`. O(that many).
    pub fn count_live(&self, at: Timestamp, most: usize) -> usize {
        let ends_later = (
            Timestamp::from_ms(at.as_ms() + 1).unwrap_or(at),
            RunId::lowest(),
        );
        self.by_end.range(ends_later..).take(most).count()
    }

    /// May one more run start, or are as many alive as may be?
    pub fn has_room(&self, at: Timestamp) -> bool {
        self.runs.len() < LIVE_RUNS_MAX || self.count_live(at, LIVE_RUNS_MAX) < LIVE_RUNS_MAX
    }

    /// The last run of a loop, where it died and nobody finished its work since.
    pub fn left_behind(&self, id: &LoopId, at: Timestamp) -> Option<&RunId> {
        let run = self.loop_row(id)?.last_run.as_ref()?;
        let until = self.live_until(run)?;
        (at >= until).then_some(run)
    }

    /// The tree of runs.
    pub fn lineage(&self) -> &Lineage {
        &self.lineage
    }

    /// The runs whose parent this run is, in the order of their names.
    pub fn children(&self, run: &RunId) -> impl Iterator<Item = &RunId> {
        let from = (run.clone(), RunId::lowest());
        let of = run.clone();
        self.children
            .range(from..)
            .take_while(move |(p, _)| *p == of)
            .map(|(_, child)| child)
    }

    /// A live run, for a command that needs one.
    ///
    /// # Errors
    /// `not_found` for an unknown run, `run_not_live` for one that ended.
    pub fn require_live(&self, run: &RunId, at: Timestamp) -> Result<Cow<'_, RunRow>, Error> {
        let row = self.runs.get(run).ok_or_else(|| {
            Error::at(
                Code::NotFound,
                "actor.run",
                format!("there is no run {run}; start it first"),
            )
        })?;
        if row.is_live(at) {
            return Ok(row);
        }
        let how = if row.finished.is_some() {
            "finished"
        } else {
            "missed its heartbeats"
        };
        Err(Error::at(
            Code::RunNotLive,
            "actor.run",
            format!("run {run} {how} at {}; start a new run", row.ends_at()),
        ))
    }

    /// Folds one event.
    ///
    /// # Errors
    /// `corrupt` for an event that cannot have happened; the state is as before.
    pub fn apply(&mut self, event: &RunEvent, at: Timestamp) -> Result<(), Error> {
        match event {
            RunEvent::LoopDefined(defined) => {
                let id = &defined.card.id;
                match self.loops.get_mut(id) {
                    Some(row) => row.define(defined, at),
                    None => drop(self.loops.insert(id.clone(), LoopRow::new(defined, at))),
                }
                Ok(())
            }
            RunEvent::LoopStood(stood) => match self.loops.get_mut(&stood.id) {
                Some(row) => {
                    row.stand(stood, at);
                    Ok(())
                }
                None => Err(unregistered(&stood.id)),
            },
            RunEvent::Signalled(signal) => {
                self.signals.given(signal, at);
                Ok(())
            }
            RunEvent::Started(started) => self.start(started, at),
            RunEvent::Beat { run, live_until } => {
                self.change(run, |row| row.live_until = *live_until)
            }
            RunEvent::IterationBegun { run } => self.change(run, |row| row.iterations.begin()),
            RunEvent::IterationEnded(ended) => {
                self.change(&ended.run, |row| row.iterations.end(ended))
            }
            RunEvent::VerificationAsked { run } => {
                self.change(run, |row| row.iterations.asked_at = Some(at))
            }
            RunEvent::SentBack { run } => self.change(run, |row| {
                row.iterations.asked_at = None;
                row.iterations.sent_back = true;
            }),
            RunEvent::Awaited(wait) => {
                self.change(&wait.run, |_| ())?;
                self.signals.wait(wait);
                Ok(())
            }
            RunEvent::Halted(halted) => self.change(&halted.run, |row| {
                row.iterations.halted = Some(halted.why.clone());
            }),
            RunEvent::Finished(finished) => self.end(finished, at),
        }
    }

    /// Forgets runs that ended longer ago than [`RUN_MEMORY_MS`]. A run is kept while one below it
    /// is, so the tree has no holes. Answers what was forgotten.
    pub fn forget(&mut self, at: Timestamp) -> Vec<RunId> {
        self.signals.forget(at);
        let mut forgotten = Vec::new();
        let horizon = at.minus_ms(RUN_MEMORY_MS);
        if self.by_end.first().is_none_or(|(end, _)| *end >= horizon) {
            return forgotten;
        }
        let ended = self.by_end.range(..(horizon, RunId::lowest()));
        let ended: Vec<RunId> = ended.map(|(_, run)| run.clone()).collect();
        for run in ended {
            let mut next = Some(run);
            while let Some(run) = next {
                let is_over = self
                    .runs
                    .get(&run)
                    .is_some_and(|row| row.ends_at() < horizon);
                if !is_over || self.children(&run).next().is_some() {
                    break;
                }
                next = self.remove(&run);
                forgotten.push(run);
            }
        }
        forgotten
    }

    fn start(&mut self, started: &Started, at: Timestamp) -> Result<(), Error> {
        let Started {
            run,
            actor,
            loop_id,
            parent,
            ttl_ms,
            live_until,
            slot,
            succeeds,
            artifacts: _,
        } = started;
        if let (Some(slot), Some(id)) = (slot, loop_id) {
            self.take_slot(id, slot, run)?;
        }
        if let (None, Some(id)) = (parent, loop_id)
            && let Some(row) = self.loops.get_mut(id)
        {
            row.last_run = Some(run.clone());
        }
        self.lineage
            .insert(run, parent.as_ref(), loop_id.as_ref())
            .map_err(|why| Error::at(Code::Corrupt, "events.started", why.to_string()))?;
        if let Some(parent) = parent {
            self.children.insert((parent.clone(), run.clone()));
        }
        self.by_end.insert((*live_until, run.clone()));
        self.unfinished.insert(run.clone(), *live_until);
        let row = RunRow {
            actor: actor.clone(),
            loop_id: loop_id.clone(),
            parent: parent.clone(),
            succeeds: succeeds.clone(),
            started_at: at,
            ttl_ms: *ttl_ms,
            live_until: *live_until,
            finished: None,
            iterations: Iterations::default(),
        };
        self.runs.insert(run.clone(), row);
        Ok(())
    }

    fn take_slot(&mut self, id: &LoopId, slot: &Slot, run: &RunId) -> Result<(), Error> {
        let row = self.loops.get_mut(id).ok_or_else(|| unregistered(id))?;
        row.last_start = Some((slot.clone(), run.clone()));
        if let (Slot::Signal(key), Trigger::Event(event)) = (slot, &row.card.trigger) {
            self.signals.taken(&event.name, key, id);
        }
        Ok(())
    }

    /// Ends a run. What a loop's own run came to, and not one below it, tells of the loop.
    fn end(&mut self, finished: &Finished, at: Timestamp) -> Result<(), Error> {
        let Finished {
            run,
            outcome,
            summary,
            spent,
        } = finished;
        let mut of_loop = None;
        self.signals.leave(run);
        self.change(run, |row| {
            row.finished = Some((*outcome, at, *summary));
            if row.parent.is_none() {
                of_loop = row.loop_id.clone().map(|id| (id, row.started_at));
            }
        })?;
        if let Some((id, started_at)) = of_loop
            && let Some(row) = self.loops.get_mut(&id)
        {
            row.ended(PastRun {
                outcome: *outcome,
                ms: at.since_ms(started_at),
                spent: spent.clone(),
            });
        }
        Ok(())
    }

    /// Takes a run out; answers its parent.
    fn remove(&mut self, run: &RunId) -> Option<RunId> {
        let row = self.runs.remove(run)?;
        self.unfinished.remove(run);
        self.signals.leave(run);
        self.by_end.remove(&(row.ends_at(), run.clone()));
        self.lineage.remove(run);
        if let Some(parent) = &row.parent {
            self.children.remove(&(parent.clone(), run.clone()));
        }
        row.parent
    }

    fn change(&mut self, run: &RunId, change: impl FnOnce(&mut RunRow)) -> Result<(), Error> {
        let (by_end, unfinished) = (&mut self.by_end, &mut self.unfinished);
        let known = self.runs.update(run, |row| {
            by_end.remove(&(row.ends_at(), run.clone()));
            change(row);
            by_end.insert((row.ends_at(), run.clone()));
            match row.finished {
                None => drop(unfinished.insert(run.clone(), row.live_until)),
                Some(_) => drop(unfinished.remove(run)),
            }
        });
        if known {
            return Ok(());
        }
        let why = format!("an event speaks of run {run}, which never started");
        Err(Error::at(Code::Corrupt, "events.run", why))
    }
}

fn unregistered(id: &LoopId) -> Error {
    let why = format!("an event speaks of loop {id}, which was never registered");
    Error::at(Code::Corrupt, "events.loop", why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ActorKind;
    use crate::table::{SnapshotReader, SnapshotWriter};

    const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

    fn id(text: &str) -> RunId {
        RunId::new(text).unwrap()
    }

    fn day(day: u64) -> Timestamp {
        Timestamp::EPOCH.plus_ms(day * DAY_MS)
    }

    fn start(table: &mut RunTable, run: &str, parent: Option<&str>, at: Timestamp) {
        let started = Started {
            run: id(run),
            actor: Actor::new(ActorKind::Loop, "l").unwrap().in_run(id(run)),
            loop_id: None,
            parent: parent.map(id),
            slot: None,
            succeeds: None,
            artifacts: Vec::new(),
            ttl_ms: DAY_MS,
            live_until: at.plus_ms(DAY_MS),
        };
        table
            .apply(&RunEvent::Started(Box::new(started)), at)
            .unwrap();
    }

    #[test]
    fn a_run_is_alive_until_its_lease_ends_and_not_a_millisecond_longer() {
        let mut table = RunTable::default();
        start(&mut table, "r", None, day(1));
        assert!(table.is_live(&id("r"), Timestamp::from_ms(day(2).as_ms() - 1).unwrap()));
        assert!(!table.is_live(&id("r"), day(2)));
        let beat = RunEvent::Beat {
            run: id("r"),
            live_until: day(5),
        };
        table.apply(&beat, day(1)).unwrap();
        assert!(table.is_live(&id("r"), day(4)));
        assert_eq!(table.count_live(day(4), 9), 1);
        assert_eq!(
            table.require_live(&id("r"), day(5)).unwrap_err().code(),
            Code::RunNotLive
        );
        assert_eq!(
            table.require_live(&id("x"), day(4)).unwrap_err().code(),
            Code::NotFound
        );
    }

    #[test]
    fn ended_runs_are_forgotten_after_the_horizon_but_never_one_above_a_kept_one() {
        let mut table = RunTable::default();
        start(&mut table, "old", None, day(0));
        start(&mut table, "parent", None, day(0));
        start(&mut table, "child", Some("parent"), day(20));
        table.forget(day(31));
        assert!(
            table.get(&id("old")).is_some(),
            "ended on day 1, remembered for 30 days"
        );
        table.forget(day(32));
        assert!(table.get(&id("old")).is_none());
        assert!(
            table.get(&id("parent")).is_some(),
            "its child is still remembered"
        );
        table.forget(day(60));
        assert!(table.get(&id("parent")).is_none() && table.get(&id("child")).is_none());
        assert!(table.is_empty() && table.unfinished.is_empty());
        assert!(table.by_end.is_empty() && table.children.is_empty());
        assert_eq!(table.lineage, Lineage::default());
    }

    #[test]
    fn rows_make_the_same_table_again() {
        let mut table = RunTable::default();
        start(&mut table, "z", None, day(0));
        start(&mut table, "a", Some("z"), day(1));
        start(&mut table, "b", Some("a"), day(1));
        let finished = RunEvent::Finished(Finished {
            run: id("a"),
            outcome: RunOutcome::Done,
            summary: None,
            spent: Default::default(),
        });
        table.apply(&finished, day(1)).unwrap();
        assert!(!table.is_live(&id("a"), day(1)) && table.is_live(&id("b"), day(1)));
        let mut writer = SnapshotWriter::default();
        table.freeze(&mut writer).unwrap();
        let reader = SnapshotReader::open(writer.finish().unwrap().into()).unwrap();
        let thawed = RunTable::thaw(&reader).unwrap();
        assert_eq!(thawed.digest().unwrap(), table.digest().unwrap());
        assert!(thawed.iter().eq(table.iter()));
        assert_eq!(thawed.lineage, table.lineage);
        assert_eq!(
            (thawed.children, thawed.by_end, thawed.unfinished),
            (
                table.children.clone(),
                table.by_end.clone(),
                table.unfinished.clone()
            )
        );
        table.runs.remove(&id("z"));
        let mut writer = SnapshotWriter::default();
        table.freeze(&mut writer).unwrap();
        let reader = SnapshotReader::open(writer.finish().unwrap().into()).unwrap();
        assert_eq!(
            RunTable::thaw(&reader).unwrap_err().code(),
            Code::Corrupt,
            "a parent is missing"
        );
    }
}
