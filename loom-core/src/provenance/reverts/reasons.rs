//! Why a change took others back, as far as a history without words tells.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Pair;
use super::grade::{self, Blobs};
use super::party::Party;
use super::steps::{BranchSteps, Undo};
use crate::provenance::graph::ProvenanceGraph;

/// From so many changes on that were taken back at once, the branch was cut before them.
const BRANCH_CHANGES: usize = 3;
/// A path that comes back so often, as a small part of other work, is made anew by routine.
const ROUTINE_RETURNS: usize = 3;
/// So many versions of a path at most for each of those returns.
const ROUTINE_VERSIONS: usize = 16;
/// A path that one party alone brings back so often is a state, and no text.
const STATE_RETURNS: usize = 6;
/// So many versions of such a path at most for each return.
const STATE_VERSIONS: usize = 4;
/// A path with so many versions that every tenth change of the branch touches it is a state as well.
const STATE_TOUCHES: usize = 50;

/// A path of which one version in so many stands at another path too is made from it.
const COPY_VERSIONS: usize = 3;

/// Why a change took another back.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing speaks against it.
    #[default]
    Real,
    /// Every path is one that flips between the same contents, or that nearly every change writes:
    /// generated files, states, locks.
    RoutineRegeneration,
    /// It took back several changes of others at once: a branch that was cut before them landed over
    /// them.
    ParallelBranch,
    /// Files that the other had added went away in a change that is about more.
    Removal,
}

/// The reasons of all pairs of a branch.
pub(super) struct Reasons {
    routine: BTreeSet<u32>,
    /// Paths that a change made anew as the copy of another: the change and the path.
    copied: BTreeSet<(usize, u32)>,
    /// Changes that landed a tree from before several others.
    branches: BTreeSet<usize>,
    pairs: BTreeMap<Pair, Blobs>,
}

impl Reasons {
    pub(super) fn of(graph: &ProvenanceGraph, steps: &BranchSteps<'_>, undone: &[Undo]) -> Reasons {
        let pairs = grade::by_pair(steps, undone);
        let parties: Vec<Option<Party>> = steps
            .places()
            .map(|place| Party::of(graph, steps.change(place)))
            .collect();
        let branches = branches(&pairs, &parties);
        let routine = routine(steps, undone, &branches, &parties);
        Reasons {
            routine,
            copied: copied(steps, undone),
            branches,
            pairs,
        }
    }

    pub(super) fn of_pair(&self, by: usize, of: usize) -> Reason {
        let Some(blobs) = self.pairs.get(&(by, of)) else {
            return Reason::Real;
        };
        let is_copied = |path: u32| self.copied.contains(&(by, path)) && !blobs.is_mirror();
        let is_routine = |path: &u32| self.routine.contains(path) || is_copied(*path);
        if blobs.paths.iter().all(is_routine) {
            return Reason::RoutineRegeneration;
        }
        if self.branches.contains(&by) && !is_most(blobs) {
            return Reason::ParallelBranch;
        }
        if blobs.is_removal() {
            return Reason::Removal;
        }
        Reason::Real
    }
}

/// The other is nearly all that it undid: it is about that one.
fn is_most(blobs: &Blobs) -> bool {
    let undone = blobs.restored + blobs.removed;
    undone.saturating_mul(5) >= blobs.own.saturating_mul(4)
}

fn branches(pairs: &BTreeMap<Pair, Blobs>, parties: &[Option<Party>]) -> BTreeSet<usize> {
    let mut undone: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for ((by, of), blobs) in pairs {
        if blobs.restored > 0 {
            undone.entry(*by).or_default().push(*of);
        }
    }
    let landed_over = |(by, of): &(usize, Vec<usize>)| {
        let own = parties[*by].as_ref();
        let others: BTreeSet<&Party> = of
            .iter()
            .filter_map(|other| parties[*other].as_ref())
            .filter(|other| own.is_none_or(|own| own.is_against(other)))
            .collect();
        of.len() >= BRANCH_CHANGES && !others.is_empty()
    };
    let landed = undone.into_iter().filter(landed_over);
    landed.map(|(by, _)| by).collect()
}

fn routine(
    steps: &BranchSteps<'_>,
    undone: &[Undo],
    branches: &BTreeSet<usize>,
    parties: &[Option<Party>],
) -> BTreeSet<u32> {
    let mut versions: BTreeMap<u32, usize> = BTreeMap::new();
    for place in steps.places() {
        for step in steps.steps(place) {
            *versions.entry(step.path).or_default() += 1;
        }
    }
    // How many paths each change brought back: what it is about, or beside its work.
    let mut back: BTreeMap<usize, BTreeSet<u32>> = BTreeMap::new();
    for undo in undone {
        back.entry(undo.by).or_default().insert(undo.path);
    }
    let is_about = |by: usize| {
        let back = back.get(&by).map_or(0, BTreeSet::len);
        back.saturating_mul(5) >= steps.steps(by).len().saturating_mul(4)
    };
    // How often a path came back as a part of other work, and how often by who had changed it.
    let mut returns: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
    let comes_back = |undo: &&Undo| undo.first && !branches.contains(&undo.by);
    for undo in undone.iter().filter(comes_back) {
        let (beside, own) = returns.entry(undo.path).or_default();
        if !undo.removed && !is_about(undo.by) {
            *beside += 1;
        }
        if parties[undo.by].is_some() && parties[undo.by] == parties[undo.of] {
            *own += 1;
        }
    }
    let changes = steps.places().len();
    let is_routine = |(path, count): &(u32, usize)| {
        let (beside, own) = returns.get(path).copied().unwrap_or_default();
        (beside >= ROUTINE_RETURNS && beside.saturating_mul(ROUTINE_VERSIONS) >= *count)
            || (own >= STATE_RETURNS && own.saturating_mul(STATE_VERSIONS) >= *count)
            || (*count >= STATE_TOUCHES && count.saturating_mul(10) >= changes)
    };
    let routine = versions.into_iter().filter(is_routine);
    routine.map(|(path, _)| path).collect()
}

/// Where a change brought back what stands at another path, and left that other path alone: a copy was
/// made anew from its source, over what somebody had written into the copy.
fn copied(steps: &BranchSteps<'_>, undone: &[Undo]) -> BTreeSet<(usize, u32)> {
    let all = || steps.places().flat_map(|place| steps.steps(place));
    let mut held: Vec<(u32, u32)> = all()
        .filter_map(|step| Some((step.after?, step.path)))
        .collect();
    held.sort_unstable();
    held.dedup();
    let at = |blob: u32| {
        let from = held.partition_point(|(held, _)| *held < blob);
        held[from..]
            .iter()
            .take_while(move |(held, _)| *held == blob)
    };
    // How many versions each path had, and how many of them stand at another path too.
    let mut versions: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
    for step in all() {
        let (versions, shared) = versions.entry(step.path).or_default();
        *versions += 1;
        let is_shared = step.after.is_some_and(|blob| at(blob).nth(1).is_some());
        *shared += usize::from(is_shared);
    }
    let is_copy = |path: u32| {
        let (versions, shared) = versions.get(&path).copied().unwrap_or_default();
        versions >= COPY_VERSIONS && shared.saturating_mul(COPY_VERSIONS) >= versions
    };
    let mut copied = BTreeSet::new();
    for undo in undone.iter().filter(|undo| is_copy(undo.path)) {
        let own = steps.steps(undo.by);
        let back = own.iter().find(|step| step.path == undo.path);
        let Some(blob) = back.and_then(|step| step.after) else {
            continue;
        };
        let brings = |path: u32| {
            let there =
                |step: &super::steps::Step<'_>| step.path == path && step.after == Some(blob);
            own.iter().any(there)
        };
        let mut elsewhere = at(blob).filter(|(_, path)| *path != undo.path).peekable();
        if elsewhere.peek().is_some() && elsewhere.all(|(_, path)| !brings(*path)) {
            copied.insert((undo.by, undo.path));
        }
    }
    copied
}
