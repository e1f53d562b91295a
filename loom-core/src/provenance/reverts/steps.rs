//! A branch as steps: what each change made of each path, and which earlier steps each of them undid.

use std::collections::BTreeMap;

use super::RevertsAsked;
use crate::model::Timestamp;
use crate::provenance::graph::ProvenanceGraph;
use crate::provenance::graph::view::{ChangeView, FileView};

/// How many versions of a path are looked at, back from each.
const VERSIONS_BACK_MAX: usize = 4_096;
/// How many changes of a path one change can undo at once, each of them named; of more only the first.
const OVER_MAX: usize = 8;

/// What one change made of one path. A move is two steps: one path ends and another begins.
#[derive(Clone, Copy)]
pub(super) struct Step<'g> {
    /// The change, by its place on the branch.
    pub(super) change: usize,
    pub(super) path: u32,
    pub(super) before: Option<u32>,
    pub(super) after: Option<u32>,
    /// Where the lines are; nothing for the end of a path that was moved.
    pub(super) file: Option<FileView<'g>>,
    /// Where the file went, at the end of a path that was moved.
    moved_to: Option<u32>,
}

impl Step<'_> {
    /// A file that moves on is not gone: who brought it here is undone only where it goes back to
    /// where they had it from.
    fn moves_on_from(&self, old: &Step<'_>) -> bool {
        let came_from = || old.file.and_then(|file| file.old_path_key());
        self.moved_to.is_some() && self.moved_to != came_from()
    }
}

/// One change undid, at one path, what another had done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Undo {
    pub(super) by: usize,
    pub(super) of: usize,
    pub(super) path: u32,
    /// How many changes of the path it undid at once, this one among them.
    pub(super) over: u32,
    /// The path is gone, and was added by the other.
    pub(super) removed: bool,
    /// The content is what it was before the other, not only older.
    pub(super) first: bool,
}

/// The changes of a branch that can matter, and their steps.
pub(super) struct BranchSteps<'g> {
    changes: Vec<ChangeView<'g>>,
    steps: Vec<Vec<Step<'g>>>,
    names: BTreeMap<u32, FileView<'g>>,
    since: Timestamp,
}

impl<'g> BranchSteps<'g> {
    pub(super) fn read(graph: &'g ProvenanceGraph, asked: &RevertsAsked) -> BranchSteps<'g> {
        let since = asked.since.unwrap_or(Timestamp::EPOCH);
        let oldest = since.minus_ms(asked.horizon_ms);
        let landed = graph.landed_on(&asked.repo, &asked.branch);
        let changes: Vec<ChangeView<'g>> = landed
            .skip_while(|change| change.at() < oldest)
            .take_while(|change| asked.until.is_none_or(|until| change.at() < until))
            .collect();
        let mut names = BTreeMap::new();
        let mut steps = Vec::with_capacity(changes.len());
        for (place, change) in changes.iter().enumerate() {
            let mut own = Vec::with_capacity(change.file_count());
            for file in change.files() {
                names.entry(file.path_key()).or_insert(file);
                steps_of(place, file, &mut own);
            }
            steps.push(own);
        }
        BranchSteps {
            changes,
            steps,
            names,
            since,
        }
    }

    pub(super) fn change(&self, place: usize) -> ChangeView<'g> {
        self.changes[place]
    }

    pub(super) fn steps(&self, place: usize) -> &[Step<'g>] {
        &self.steps[place]
    }

    /// Changes in landing order, by their places.
    pub(super) fn places(&self) -> std::ops::Range<usize> {
        0..self.changes.len()
    }

    /// Those that are asked about.
    pub(super) fn asked(&self) -> impl Iterator<Item = usize> {
        let asked = |place: &usize| self.changes[*place].at() >= self.since;
        self.places().filter(asked)
    }

    /// A path by its number.
    pub(super) fn path(&self, path: u32) -> Option<String> {
        let file = self.names.get(&path)?;
        Some(file.path())
    }

    /// How long one change landed after another, in milliseconds.
    pub(super) fn age_ms(&self, by: usize, of: usize) -> u64 {
        self.changes[by].at().since_ms(self.changes[of].at())
    }

    /// What each change undid, in landing order.
    pub(super) fn undone(&self, horizon_ms: u64) -> Vec<Undo> {
        let mut versions: BTreeMap<u32, Vec<Step<'g>>> = BTreeMap::new();
        let mut undone = Vec::new();
        for place in self.places() {
            for step in &self.steps[place] {
                let earlier = versions.entry(step.path).or_default();
                if self.changes[place].at() >= self.since {
                    self.undone_by(step, earlier, horizon_ms, &mut undone);
                }
                earlier.push(*step);
            }
        }
        undone
    }

    fn undone_by(
        &self,
        step: &Step<'g>,
        earlier: &[Step<'g>],
        horizon_ms: u64,
        undone: &mut Vec<Undo>,
    ) {
        let recent = earlier.iter().enumerate().rev().take(VERSIONS_BACK_MAX);
        let mut within =
            recent.take_while(|(_, old)| self.age_ms(step.change, old.change) <= horizon_ms);
        // The latest that replaced what is back now: those before it were undone by it already.
        let Some((first, _)) = within.find(|(_, old)| old.before == step.after) else {
            return;
        };
        let live = live_steps(&earlier[first..]);
        let over = match live.as_slice() {
            [] => return,
            // What is said to have been there is not what the history left there.
            [only] if only.after != step.before => 2,
            live => live.len(),
        };
        let named = if over > OVER_MAX { 1 } else { live.len() };
        for (nth, old) in live.iter().take(named).enumerate() {
            if old.change == step.change || step.moves_on_from(old) {
                continue;
            }
            undone.push(Undo {
                by: step.change,
                of: old.change,
                path: step.path,
                over: u32::try_from(over).unwrap_or(u32::MAX),
                removed: step.after.is_none(),
                first: nth == 0,
            });
        }
    }
}

/// Those of a path's steps that still showed at the end: what came back to where it had been cancels.
fn live_steps<'g>(steps: &[Step<'g>]) -> Vec<Step<'g>> {
    let mut live: Vec<Step<'g>> = Vec::new();
    // Which of them replaced a blob.
    let mut held: BTreeMap<Option<u32>, usize> = BTreeMap::new();
    for step in steps {
        held.entry(step.before).or_insert(live.len());
        live.push(*step);
        if let Some(place) = held.get(&step.after).copied() {
            for gone in live.drain(place..) {
                if held.get(&gone.before).is_some_and(|at| *at >= place) {
                    held.remove(&gone.before);
                }
            }
        }
    }
    live
}

fn steps_of<'g>(change: usize, file: FileView<'g>, steps: &mut Vec<Step<'g>>) {
    let (path, before, after) = (file.path_key(), file.before_key(), file.after_key());
    let old = file.old_path_key().filter(|old| *old != path);
    let step = |path, before, after| Step {
        change,
        path,
        before,
        after,
        file: Some(file),
        moved_to: None,
    };
    match old {
        Some(old) => {
            steps.push(Step {
                file: None,
                moved_to: Some(path),
                ..step(old, before, None)
            });
            steps.push(step(path, None, after));
        }
        None => steps.push(step(path, before, after)),
    }
    steps.retain(|step| step.before != step.after);
}
