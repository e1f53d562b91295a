//! What an answer cost, in steps: for tests that hold the worst inputs to a bound without a clock.

use super::limits::SEARCH_STEPS_MAX;
use super::pattern::{Containment, Pattern};
use super::repo_path::RepoPath;
use super::search::Work;
use super::set::{Emptiness, Overlap, PathSet};

/// As [`PathSet::matches`], with the steps taken.
pub fn matches(set: &PathSet, path: &RepoPath) -> (bool, u64) {
    let mut work = Work::unbounded();
    let answer = set.matches_within(path, &mut work);
    (answer, work.steps())
}

/// As [`PathSet::overlap`], with the steps taken.
pub fn overlap(left: &PathSet, right: &PathSet) -> (Overlap, u64) {
    let mut work = Work::up_to(SEARCH_STEPS_MAX);
    let answer = left.overlap_within(right, &mut work);
    (answer, work.steps())
}

/// As [`Pattern::overlap`], with the steps taken.
pub fn patterns_overlap(left: &Pattern, right: &Pattern) -> (Option<RepoPath>, u64) {
    let mut work = Work::unbounded();
    let answer = left.overlap_within(right, &mut work);
    (answer, work.steps())
}

/// As [`PathSet::contains`], with the steps taken.
pub fn contains(outer: &PathSet, inner: &PathSet) -> (Containment, u64) {
    let mut work = Work::up_to(SEARCH_STEPS_MAX);
    let answer = outer.contains_within(inner, &mut work);
    (answer, work.steps())
}

/// As [`PathSet::is_empty`], with the steps taken.
pub fn is_empty(set: &PathSet) -> (Emptiness, u64) {
    let mut work = Work::up_to(SEARCH_STEPS_MAX);
    let answer = set.is_empty_within(&mut work);
    (answer, work.steps())
}
