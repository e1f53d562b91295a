//! Many patterns, asked at once: which hold this path, which meet this pattern.
//!
//! A team of agents may hold a million claims, and every edit of every agent asks whether one of them
//! is in the way. A scan would compare a million patterns; this index compares the ones that could
//! answer, and gives exactly the answers of the scan.
//!
//! ```
//! use loom_core::path::{PathIndex, PathRules, Pattern, RepoPath};
//!
//! let rules = PathRules::default();
//! let mut index = PathIndex::new(rules);
//! let sources = Pattern::glob("src/**/*.rs", rules)?;
//! index.insert(&sources, 1_u64);
//! index.insert(&Pattern::glob("src/auth", rules)?, 2);
//! index.insert(&Pattern::file("src/main.rs", rules)?, 3);
//!
//! let path = RepoPath::parse("src/auth/mod.rs", &rules)?;
//! assert_eq!(index.by_path(&path)?, [1, 2]);
//! assert_eq!(index.by_pattern(&Pattern::glob("src/*.rs", rules)?)?, [1, 3]);
//!
//! assert!(index.remove(&sources, 1)?);
//! assert_eq!(index.by_path(&path)?, [2]);
//! # Ok::<(), loom_core::error::Error>(())
//! ```
//!
//! # How
//! Every alternative of a pattern is a list of segments, and goes into one of four tries, by whether
//! it covers a subtree and whether it has wildcards. A question is answered by stepping through the
//! tries and the query together. A name leads to the node behind it through a table of hashes; literal
//! edges, wildcards by their literal beginning and end, and names anywhere in a trie stand in ordered
//! maps. So a path look-up does the same work at a thousand and at a million entries. A look-up by
//! pattern goes through what can still be an answer, whether that is found from the root down or from
//! a name up; what can make it look at more is written at
//! [`PathIndex::by_pattern`]. Alternatives of a query are walked one by one, which finds the answers of
//! nearly all in few steps; those that look at too much are swept together.

mod by_end;
mod contents;
mod dirs;
mod edges;
mod exact;
mod format;
mod freeze;
mod frozen;
mod frozen_bytes;
mod frozen_edges;
mod frozen_wilds;
mod glob_bytes;
mod graph;
mod jump;
mod keys;
mod layer;
mod live;
mod node_wilds;
mod nodes;
mod packed;
mod query;
mod rows;
mod seen;
mod slots;
mod sweep;
mod trie;
mod walk;
mod wild_edges;
mod wilds;

use std::ops::ControlFlow;
use std::sync::Arc;

use self::frozen::{Frozen, FrozenTrie};
use self::graph::Graph;
use self::layer::{Flow, Halt, Sink};
use self::query::Query;
use self::trie::Trie;
use self::walk::{Class, States};
use super::pattern::Pattern;
use super::repo_path::RepoPath;
use super::rules::PathRules;
use super::segment::{Alternative, SegmentPattern};
use crate::error::Error;

pub use self::frozen_bytes::FrozenBytes;
pub use self::keys::Key;

/// An index over patterns of one repository, each under the key of its entry.
///
/// A key may have many patterns. The index is a multiset: what was inserted twice is there until it
/// was removed twice.
#[derive(Clone)]
pub struct PathIndex<K> {
    rules: PathRules,
    tries: [Trie<K>; CLASSES.len()],
    /// What was thawed. Only what was removed of it is kept beside it; the rest is in the tries.
    base: Option<Frozen<K>>,
}

/// The tries of an index with their classes, empty ones left out.
type Tries<L> = [Option<(L, Class)>; CLASSES.len()];

/// The class of each trie, in the order in which they stand and freeze.
const CLASSES: [Class; 4] = [
    Class::new(false, true),
    Class::new(true, true),
    Class::new(false, false),
    Class::new(true, false),
];

/// Visits of walks for each alternative held and each segment asked for.
const VISITS_EACH: u64 = 4;
/// Visits of walks in any index.
const VISITS_LEAST: u64 = 10_000;
/// Keys that are gathered before those that came more than once are dropped.
const KEYS_LEAST: usize = 1 << 16;

impl<K: Key> PathIndex<K> {
    /// An index without patterns, for a repository of these rules. Patterns and paths given to it
    /// must have been read under the same ones.
    pub fn new(rules: PathRules) -> Self {
        PathIndex {
            rules,
            tries: std::array::from_fn(|_| Trie::new()),
            base: None,
        }
    }

    /// The rules that all patterns here were read under.
    pub fn rules(&self) -> PathRules {
        self.rules
    }

    /// How many alternatives of patterns are held; a pattern without braces is one.
    pub fn len(&self) -> usize {
        let live: usize = self.tries.iter().map(|trie| trie.len() as usize).sum();
        live + self.base.as_ref().map_or(0, Frozen::len)
    }

    /// Whether no pattern is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a pattern under `key`. A pattern that no path can match leaves nothing behind.
    pub fn insert(&mut self, pattern: &Pattern, key: K) {
        for alternative in pattern.alternatives() {
            let (class, segments) = classed(alternative);
            self.tries[class].insert(segments, key, 1);
        }
    }

    /// Takes away a pattern that was inserted under `key`. `false`, and nothing changes, where one of
    /// its alternatives is not here under that key.
    ///
    /// # Errors
    /// As [`PathIndex::by_path`].
    pub fn remove(&mut self, pattern: &Pattern, key: K) -> Result<bool, Error> {
        let alternatives = pattern.alternatives();
        for (done, alternative) in alternatives.iter().enumerate() {
            if !self.take(alternative, key)? {
                for taken in &alternatives[..done] {
                    let (class, segments) = classed(taken);
                    self.tries[class].insert(segments, key, 1);
                }
                return Ok(false);
            }
        }
        Ok(!alternatives.is_empty())
    }

    fn take(&mut self, alternative: &Alternative, key: K) -> Result<bool, Error> {
        let (class, segments) = classed(alternative);
        if self.tries[class].remove(segments, key) {
            return Ok(true);
        }
        match &mut self.base {
            Some(base) => base.remove(class, segments, key),
            None => Ok(false),
        }
    }

    /// The keys of the patterns that hold this path, in order, each once.
    ///
    /// # Errors
    /// `corrupt`, from an index that was thawed from corrupt bytes.
    pub fn by_path(&self, path: &RepoPath) -> Result<Vec<K>, Error> {
        Ok(self.by_path_counted(path)?.0)
    }

    /// [`PathIndex::by_path`], and how many nodes and edges of the index were looked at.
    ///
    /// # Errors
    /// As [`PathIndex::by_path`].
    pub fn by_path_counted(&self, path: &RepoPath) -> Result<(Vec<K>, u64), Error> {
        collect(|visit| self.visit_path(path, visit))
    }

    /// Calls `visit` with the keys of the patterns that hold this path until it breaks: in no
    /// particular order, and more than once for a key with several such patterns. Answers how many
    /// nodes and edges of the index were looked at.
    ///
    /// # Errors
    /// As [`PathIndex::by_path`].
    pub fn visit_path(
        &self,
        path: &RepoPath,
        mut visit: impl FnMut(K) -> ControlFlow<()>,
    ) -> Result<u64, Error> {
        let mut sink = Sink::new(&mut visit);
        let flow = self.walk(&mut Query::path(path.segments()), &mut sink);
        finish(flow, sink.visits)
    }

    /// The keys of the patterns that meet this one (some path is in both), in order, each once.
    ///
    /// The work grows with the answers. What can add to it: entries with wildcards that begin like the
    /// query and do not meet it, and two wildcards in a row in the query before a name
    /// (`*/*/mod.rs`) against entries that cover subtrees, whose upper directories are gone through.
    /// Nothing is given up on and nothing assumed. A query whose alternatives come to look at more than a
    /// few times what the index holds is asked anew with all of them at once: then each edge of the index
    /// is compared with each different segment of the query once at most, however many alternatives
    /// its braces make of them.
    ///
    /// # Errors
    /// As [`PathIndex::by_path`].
    pub fn by_pattern(&self, pattern: &Pattern) -> Result<Vec<K>, Error> {
        Ok(self.by_pattern_counted(pattern)?.0)
    }

    /// [`PathIndex::by_pattern`], and how many nodes and edges of the index were looked at.
    ///
    /// # Errors
    /// As [`PathIndex::by_path`].
    pub fn by_pattern_counted(&self, pattern: &Pattern) -> Result<(Vec<K>, u64), Error> {
        collect(|visit| self.visit_pattern(pattern, visit))
    }

    /// Calls `visit` with the keys of the patterns that meet this one until it breaks; otherwise as
    /// [`PathIndex::visit_path`].
    ///
    /// # Errors
    /// As [`PathIndex::by_path`].
    pub fn visit_pattern(
        &self,
        pattern: &Pattern,
        mut visit: impl FnMut(K) -> ControlFlow<()>,
    ) -> Result<u64, Error> {
        let mut sink = Sink::new(&mut visit).up_to(self.budget(pattern.alternatives()));
        let mut flow = Ok(());
        for alternative in pattern.alternatives() {
            let (segments, subtree) = split(alternative);
            flow = self.walk(&mut Query::pattern(segments, subtree), &mut sink);
            if flow.is_err() {
                break;
            }
        }
        if matches!(flow, Err(Halt::Spent)) {
            flow = self.sweep(&mut Graph::of(pattern.alternatives()), &mut sink);
        }
        finish(flow, sink.visits)
    }

    /// Visits that walks of single alternatives are worth before the sweep of all is. Most look-ups
    /// never come near it, because a walk looks at little but answers.
    fn budget(&self, alternatives: &[Alternative]) -> u64 {
        let any_depth = |segment: &&SegmentPattern| **segment == SegmentPattern::AnyDepth;
        match alternatives {
            // One way through the query: nothing to share.
            [only] if only.segments().iter().filter(any_depth).count() < 2 => u64::MAX,
            _ => {
                let segments = alternatives.iter().map(|one| one.segments().len() as u64);
                VISITS_EACH * (self.len() as u64 + segments.sum::<u64>()) + VISITS_LEAST
            }
        }
    }

    /// As [`PathIndex::by_pattern_counted`] of a query that walks would look at too much for.
    pub(super) fn by_pattern_swept(&self, pattern: &Pattern) -> Result<(Vec<K>, u64), Error> {
        collect(|visit| {
            let mut sink = Sink::new(visit);
            let flow = self.sweep(&mut Graph::of(pattern.alternatives()), &mut sink);
            finish(flow, sink.visits)
        })
    }

    /// The index as bytes. The same content gives the same bytes, in whatever order it came.
    ///
    /// # Errors
    /// `limit_exceeded` where they would be more than 4 GiB; `corrupt`, from an index that was thawed
    /// from corrupt bytes.
    pub fn freeze(&self) -> Result<Vec<u8>, Error> {
        let rules = frozen::rules_word(self.rules);
        let Some(base) = &self.base else {
            return freeze::freeze(&self.tries, rules);
        };
        let mut tries = self.tries.clone();
        let mut total = self.len() as u64;
        for (number, trie) in tries.iter_mut().enumerate() {
            contents::visit(base.trie(number), &mut |segments, key, times| {
                total += u64::from(times);
                if total > u64::from(u32::MAX) {
                    return Err(freeze::too_many());
                }
                if times > 0 {
                    trie.insert(segments, key, times);
                }
                Ok(())
            })?;
        }
        freeze::freeze(&tries, rules)
    }

    /// The index that was frozen as these bytes. Nothing but the header is read now, so this takes the
    /// same time at any size; look-ups read the bytes where they lie. Inserts and removals are kept
    /// beside them.
    ///
    /// The bytes may come from anywhere: look-ups in bytes that freezing did not make fail or answer,
    /// and end. Only whoever checked a digest of the bytes knows the answers to be right.
    ///
    /// # Errors
    /// `corrupt` where the header is not one that freezing makes.
    ///
    /// ```
    /// use loom_core::path::{PathIndex, PathRules, Pattern, RepoPath};
    ///
    /// let rules = PathRules::default();
    /// let mut index = PathIndex::new(rules);
    /// index.insert(&Pattern::glob("src/auth", rules)?, 7_u64);
    ///
    /// let thawed = PathIndex::<u64>::thaw(index.freeze()?)?;
    /// assert_eq!(thawed.by_path(&RepoPath::parse("src/auth/mod.rs", &rules)?)?, [7]);
    /// # Ok::<(), loom_core::error::Error>(())
    /// ```
    pub fn thaw(bytes: impl FrozenBytes + 'static) -> Result<Self, Error> {
        let base = Frozen::thaw(Arc::new(bytes))?;
        let rules = base.rules;
        Ok(PathIndex {
            base: Some(base),
            ..PathIndex::new(rules)
        })
    }

    fn walk(&self, query: &mut Query<'_>, sink: &mut Sink<'_, K>) -> Flow {
        let mut states = States::new();
        walk::walk(self.live(), query, &mut states, sink)?;
        match self.frozen() {
            Some(frozen) => walk::walk(frozen, query, &mut states, sink),
            None => Ok(()),
        }
    }

    fn sweep(&self, graph: &mut Graph<'_>, sink: &mut Sink<'_, K>) -> Flow {
        for (trie, class) in self.live().into_iter().flatten() {
            sweep::sweep(trie, class, graph, sink)?;
        }
        for (trie, class) in self.frozen().into_iter().flatten().flatten() {
            sweep::sweep(trie, class, graph, sink)?;
        }
        Ok(())
    }

    /// The tries that hold something.
    fn live(&self) -> Tries<&Trie<K>> {
        std::array::from_fn(|number| {
            let trie = Some(&self.tries[number]).filter(|trie| !trie.is_empty());
            trie.map(|trie| (trie, CLASSES[number]))
        })
    }

    /// The tries of the base that hold something.
    fn frozen(&self) -> Option<Tries<FrozenTrie<'_, K>>> {
        let base = self.base.as_ref()?;
        Some(std::array::from_fn(|number| {
            let trie = Some(base.trie(number)).filter(|trie| !trie.is_empty());
            trie.map(|trie| (trie, CLASSES[number]))
        }))
    }
}

/// The segments of an alternative without a `**` at its end, and whether there was one.
fn split(alternative: &Alternative) -> (&[SegmentPattern], bool) {
    match alternative.segments() {
        [way @ .., SegmentPattern::AnyDepth] => (way, true),
        segments => (segments, false),
    }
}

/// The trie that an alternative belongs to, and its segments there.
fn classed(alternative: &Alternative) -> (usize, &[SegmentPattern]) {
    let (segments, subtree) = split(alternative);
    let literal = |segment: &SegmentPattern| matches!(segment, SegmentPattern::Literal(_));
    let wild = !segments.iter().all(literal);
    (usize::from(wild) * 2 + usize::from(subtree), segments)
}

fn finish(flow: Flow, visits: u64) -> Result<u64, Error> {
    match flow {
        Ok(()) | Err(Halt::Enough | Halt::Spent) => Ok(visits),
        Err(Halt::Broken(error)) => Err(error),
    }
}

fn collect<K: Key>(
    look_up: impl FnOnce(&mut dyn FnMut(K) -> ControlFlow<()>) -> Result<u64, Error>,
) -> Result<(Vec<K>, u64), Error> {
    let mut keys = Vec::new();
    let once = |keys: &mut Vec<K>| {
        keys.sort_unstable();
        keys.dedup();
    };
    let mut full = KEYS_LEAST;
    let visits = look_up(&mut |key| {
        // One key may come for each alternative of the query that meets it: no more memory for that.
        if keys.len() >= full {
            once(&mut keys);
            full = KEYS_LEAST.max(keys.len() * 2);
        }
        keys.push(key);
        ControlFlow::Continue(())
    })?;
    once(&mut keys);
    Ok((keys, visits))
}
