//! The same work under other names: what a rebase, a squash or a cherry-pick made of a change.
//!
//! A patch keeps its identity by its patch id, and a result by its blobs. Which of two commits was made
//! first nobody can tell from that alone, so a link goes from what landed earlier to what landed later.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::graph::ProvenanceGraph;
use super::graph::view::ChangeView;
use super::reverts::Grade;
use crate::model::{ActorId, Branch, ChangeId, RepoId, Timestamp};

/// The most links in one answer; the rest are counted.
pub const REWRITES_LISTED_MAX: usize = 10_000;
/// The most changes that one squash is looked for over.
pub const SQUASHED_MAX: usize = 256;
/// So few paths with the same result may have it by chance.
const FEW_PATHS: usize = 1;

/// What is asked of rewrites: in one repository, over all of its branches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RewritesAsked {
    /// Of which repository.
    pub repo: RepoId,
    /// Only what landed anew then or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// What makes two changes the same work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SameWork {
    /// The patch is the same: a rebase, or a cherry-pick.
    Patch,
    /// Every file is the same afterwards: a rebase onto something that left these files alone.
    Result,
    /// Every file is the same as after the last of several: a squash.
    Squash,
}

/// A change that landed anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rewrite {
    /// What had landed, in landing order; more than one where they were squashed.
    pub from: Vec<ChangeId>,
    /// What landed later.
    pub to: ChangeId,
    /// Its commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<ActorId>,
    /// How they are the same.
    pub same: SameWork,
    /// How sure: certain where patch and result are the same, strong where one is, likely where one path
    /// is all that speaks for it.
    pub grade: Grade,
    /// Did it land on another branch?
    pub elsewhere: bool,
    /// How many paths are the same afterwards.
    pub paths: u64,
}

/// Changes that landed anew.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rewrites {
    /// In landing order of what landed later; at most [`REWRITES_LISTED_MAX`].
    pub rewrites: Vec<Rewrite>,
    /// How many more.
    pub more: u64,
}

/// What a change leaves, path by path.
type Outcome = BTreeMap<u32, Option<u32>>;

impl ProvenanceGraph {
    /// Which changes of a repository are the same work as others that landed before.
    pub fn rewrites(&self, asked: &RewritesAsked) -> Rewrites {
        let branches: BTreeSet<&Branch> = self
            .branches()
            .filter(|(repo, _)| **repo == asked.repo)
            .map(|(_, branch)| branch)
            .collect();
        let mut changes: Vec<ChangeView<'_>> = branches
            .iter()
            .flat_map(|branch| self.landed_on(&asked.repo, branch))
            .collect();
        // Of what landed at once, one and the same is first in every telling.
        changes.sort_by_cached_key(|change| (change.landed(), change.id()));
        let mut seen = Seen::default();
        let mut answer = Rewrites::default();
        for change in changes {
            let found = seen.same_work(change);
            seen.add(change);
            let is_asked = asked.since.is_none_or(|since| change.at() >= since);
            let Some(rewrite) = found.filter(|_| is_asked) else {
                continue;
            };
            match answer.rewrites.len() < REWRITES_LISTED_MAX {
                true => answer.rewrites.push(rewrite),
                false => answer.more += 1,
            }
        }
        answer
    }
}

/// What landed so far.
#[derive(Default)]
struct Seen<'g> {
    changes: Vec<(ChangeView<'g>, Outcome)>,
    by_patch: BTreeMap<String, usize>,
    by_outcome: BTreeMap<Outcome, usize>,
    /// The latest change that left a blob at a path, on each branch.
    by_version: BTreeMap<(u32, Option<u32>), BTreeMap<&'g Branch, usize>>,
    /// The changes of each branch.
    landed: BTreeMap<&'g Branch, Vec<usize>>,
}

impl<'g> Seen<'g> {
    fn add(&mut self, change: ChangeView<'g>) {
        let (number, outcome) = (self.changes.len(), outcome(&change));
        if let Some(patch) = change.patch_id() {
            self.by_patch.insert(patch, number);
        }
        for (path, after) in &outcome {
            let latest = self.by_version.entry((*path, *after)).or_default();
            latest.insert(change.branch(), number);
        }
        self.landed.entry(change.branch()).or_default().push(number);
        if !outcome.is_empty() {
            self.by_outcome.insert(outcome.clone(), number);
        }
        self.changes.push((change, outcome));
    }

    fn same_work(&self, change: ChangeView<'g>) -> Option<Rewrite> {
        let own = outcome(&change);
        let same_outcome = self
            .by_outcome
            .get(&own)
            .copied()
            .filter(|_| !own.is_empty());
        // A revert of a revert has the result of the first on the same branch: that is a new change.
        let same_outcome = same_outcome.filter(|other| !self.changes[*other].0.is_beside(&change));
        let patch = change.patch_id();
        if let Some(other) = patch.and_then(|patch| self.by_patch.get(&patch).copied()) {
            let grade = match self.changes[other].1 == own {
                true => Grade::Certain,
                false => Grade::Strong,
            };
            return self.told(change, &[other], SameWork::Patch, grade, &own);
        }
        let grade = match own.len() > FEW_PATHS {
            true => Grade::Strong,
            false => Grade::Likely,
        };
        if let Some(other) = same_outcome {
            return self.told(change, &[other], SameWork::Result, grade, &own);
        }
        let squashed = self.squashed(change, &own)?;
        self.told(change, &squashed, SameWork::Squash, grade, &own)
    }

    /// The changes of another branch, one after the other, that together leave what this one leaves.
    fn squashed(&self, change: ChangeView<'g>, own: &Outcome) -> Option<Vec<usize>> {
        let (path, after) = own.first_key_value()?;
        let base = origin(&change);
        let latest = self.by_version.get(&(*path, *after))?;
        let others = latest
            .iter()
            .filter(|(branch, _)| **branch != change.branch());
        let mut others = others.filter_map(|(branch, _)| self.squashed_on(branch, own, &base));
        others.next()
    }

    fn squashed_on(&self, branch: &Branch, own: &Outcome, base: &Outcome) -> Option<Vec<usize>> {
        let landed = self.landed.get(branch)?;
        // The last of them is the last that left one of these results there.
        let last = own.iter().filter_map(|(path, after)| {
            let latest = self.by_version.get(&(*path, *after))?;
            latest.get(branch).copied()
        });
        let last = last.max()?;
        let until = landed.partition_point(|number| *number <= last);
        let (mut left, mut stood) = (Outcome::new(), Outcome::new());
        let mut squashed = Vec::new();
        let mut all_left = None;
        for number in landed.iter().take(until).rev().take(SQUASHED_MAX) {
            let (part, outcome) = self.changes.get(*number)?;
            if !outcome.keys().all(|path| own.contains_key(path)) {
                break;
            }
            for (path, after) in outcome {
                left.entry(*path).or_insert(*after);
            }
            if left
                .iter()
                .any(|(path, after)| own.get(path) != Some(after))
            {
                break;
            }
            stood.extend(origin(part));
            squashed.push(*number);
            if left.len() == own.len() {
                all_left.get_or_insert(squashed.len());
                if &stood == base {
                    all_left = Some(squashed.len());
                    break;
                }
            }
        }
        // Where it began is where all stood that this one took the place of; else where all is left.
        squashed.truncate(all_left.filter(|parts| *parts > 1)?);
        squashed.reverse();
        Some(squashed)
    }

    fn told(
        &self,
        change: ChangeView<'g>,
        from: &[usize],
        same: SameWork,
        grade: Grade,
        own: &Outcome,
    ) -> Option<Rewrite> {
        let others: Vec<&(ChangeView<'g>, Outcome)> = from
            .iter()
            .filter_map(|number| self.changes.get(*number))
            .collect();
        let mut left = Outcome::new();
        for (_, outcome) in others.iter().rev() {
            for (path, after) in outcome {
                left.entry(*path).or_insert(*after);
            }
        }
        let paths = own
            .iter()
            .filter(|(path, after)| left.get(path) == Some(after))
            .count();
        let ids = others
            .iter()
            .filter_map(|(other, _)| ChangeId::new(&other.id()).ok());
        Some(Rewrite {
            from: ids.collect(),
            to: ChangeId::new(&change.id()).ok()?,
            commit: change.commit().and_then(|id| ActorId::new(&id).ok()),
            same,
            grade,
            elsewhere: others.iter().all(|(other, _)| !other.is_beside(&change)),
            paths: paths as u64,
        })
    }
}

fn outcome(change: &ChangeView<'_>) -> Outcome {
    let mut outcome = Outcome::new();
    for file in change.files() {
        if let Some(old) = file.old_path_key() {
            outcome.insert(old, None);
        }
        outcome.insert(file.path_key(), file.after_key());
    }
    outcome
}

/// What stood there before a change, path by path.
fn origin(change: &ChangeView<'_>) -> Outcome {
    let mut origin = Outcome::new();
    for file in change.files() {
        match file.old_path_key() {
            Some(old) => {
                origin.insert(file.path_key(), None);
                origin.insert(old, file.before_key());
            }
            None => {
                origin.insert(file.path_key(), file.before_key());
            }
        }
    }
    origin
}
