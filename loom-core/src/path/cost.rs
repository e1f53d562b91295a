//! What an answer cost, in steps: for tests that hold the worst inputs to a bound without a clock, and
//! that ask the automata what small patterns would never ask them.

use super::index::{Key, PathIndex};
use super::limits::SEARCH_STEPS_MAX;
use super::pattern::{Containment, Pattern};
use super::repo_path::RepoPath;
use super::search::{self, Found, Work};
use super::set::{Emptiness, Overlap, PathSet};
use crate::error::Error;

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

/// As [`Pattern::overlap`] of larger patterns: by their automata.
pub fn automata_overlap(left: &Pattern, right: &Pattern) -> Option<RepoPath> {
    match search::automata_meet(left, right, &mut Work::unbounded()) {
        Found::Path(witness) => Some(witness),
        Found::Nothing | Found::Unknown => None,
    }
}

/// As [`Pattern::matches`] of larger patterns: by the automaton.
pub fn automaton_matches(pattern: &Pattern, path: &RepoPath) -> bool {
    search::automaton_accepts(pattern.graph(), path, &mut Work::unbounded())
}

/// As [`PathIndex::by_pattern_counted`] of a query with alternatives that would visit too much one by
/// one: by all of them at once.
///
/// # Errors
/// As [`PathIndex::by_path`].
pub fn swept<K: Key>(index: &PathIndex<K>, pattern: &Pattern) -> Result<(Vec<K>, u64), Error> {
    index.by_pattern_swept(pattern)
}
