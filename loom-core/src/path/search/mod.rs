//! Finds a path that some patterns hold and others do not: every question of the plane is that one.
//!
//! `overlap` asks for a path in both sets and in neither exclude, `contains` for one in the other
//! set that is missing here, `is_empty` for any at all. Easy questions are answered pair by pair in
//! [`meet`](super::meet) without building anything; whether automata meet is settled in [`rows`], in
//! [`placed`] where normal form is at stake, and what has something to avoid in [`walk`].

mod alphabet;
mod back;
mod below;
mod columns;
mod graph;
mod kinds;
mod led;
mod placed;
mod rows;
mod table;
mod walk;
mod work;

use super::canonical::canonical;
use super::meet;
use super::pattern::{Containment, Pattern};
use super::repo_path::RepoPath;
use super::rules::PathRules;
use super::segment::{Alternative, SegmentGlob, SegmentPattern};
use super::set::{Overlap, PathSet};
use below::hold_plainly;
pub(crate) use graph::Graph;
use walk::{Question, walk};
pub(crate) use work::Work;

/// What a search came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// There is no such path.
    Nothing,
    /// This is one.
    Path(RepoPath),
    /// The budget ran out.
    Unknown,
}

/// Pairs of characters that the direct comparison may touch before the automata are better.
const DIRECT_WORK_MAX: usize = 1 << 17;

/// Characters of pattern text times bytes of a path up to which alternatives are tried one by one.
const TRIED_WORK_MAX: usize = 1 << 20;

/// Characters of pattern text, expanded, in one block of a set.
const BLOCK_TEXT_MAX: usize = 1 << 12;

/// Some neighbouring patterns of a set as one automaton.
#[derive(Debug)]
pub(crate) struct Block {
    graph: Graph,
    first: usize,
    patterns: Box<[Pattern]>,
    normal_free: bool,
}

/// Whether the path is in the union of some patterns, whose automaton `graph` gives.
pub(crate) fn holds<'g>(
    patterns: &[Pattern],
    weight: usize,
    graph: impl FnOnce() -> &'g Graph,
    path: &RepoPath,
    work: &mut Work,
) -> bool {
    let cost = weight.saturating_mul(path.canonical().len());
    if cost <= TRIED_WORK_MAX {
        work.spend(cost as u64);
        return patterns
            .iter()
            .any(|pattern| meet::pattern_matches(pattern, path));
    }
    automaton_accepts(graph(), path, work)
}

/// Whether the automaton of some patterns accepts the path.
pub(crate) fn automaton_accepts(graph: &Graph, path: &RepoPath, work: &mut Work) -> bool {
    columns::accepts_path(graph, path.segments(), work)
}

pub(crate) fn patterns_overlap(
    left: &Pattern,
    right: &Pattern,
    work: &mut Work,
) -> Option<RepoPath> {
    match patterns_meet(left, right, work) {
        Found::Path(witness) => Some(witness),
        Found::Nothing | Found::Unknown => None,
    }
}

fn patterns_meet(left: &Pattern, right: &Pattern, work: &mut Work) -> Found {
    if is_direct(left, right) {
        work.spend(left.weight().saturating_mul(right.weight()) as u64);
        return meet::patterns_meet(left, right).map_or(Found::Nothing, Found::Path);
    }
    automata_meet(left, right, work)
}

/// As two patterns meet, with nothing compared directly.
pub(crate) fn automata_meet(left: &Pattern, right: &Pattern, work: &mut Work) -> Found {
    for (lone, other) in [(left, right), (right, left)] {
        if let Some(lone) = led::Lone::of(lone)
            && other.is_normal_free()
        {
            return led::meet(&lone, other.graph(), work);
        }
    }
    let normal_free = left.is_normal_free() && right.is_normal_free();
    graphs_meet(left.graph(), right.graph(), left.rules(), normal_free, work)
}

/// A path in both automata. Where normal form is at stake a pair of states is not all there is to
/// remember: then no without care is no, a path with care is one, and only what is left is walked.
fn graphs_meet(
    left: &Graph,
    right: &Graph,
    rules: PathRules,
    normal_free: bool,
    work: &mut Work,
) -> Found {
    match rows::meet(left, right, rules, false, work) {
        Found::Path(path) if !normal_free && *canonical(path.as_str(), rules) != *path.as_str() => {
        }
        Found::Unknown if !work.is_spent() => {}
        found => return found,
    }
    if !normal_free && let Found::Path(path) = rows::meet(left, right, rules, true, work) {
        return Found::Path(path);
    }
    if !normal_free {
        match placed::meet(left, right, rules, work) {
            Found::Unknown if !work.is_spent() => {}
            found => return found,
        }
    }
    let question = Question {
        left,
        right: Some(right),
        without: &[],
        rules,
    };
    walk(&question, work)
}

pub(crate) fn pattern_contains(outer: &Pattern, inner: &Pattern, work: &mut Work) -> Containment {
    let alone = |pattern| std::slice::from_ref(pattern);
    if hold_plainly(alone(outer), alone(inner), work) {
        return Containment::Contained;
    }
    let question = Question {
        left: inner.graph(),
        right: None,
        without: &[outer.graph()],
        rules: outer.rules(),
    };
    containment(walk(&question, work))
}

/// Whether some name fits both globs, with normal form followed.
pub(crate) fn segments_meet(left: &SegmentGlob, right: &SegmentGlob) -> bool {
    let normal_free = left.is_plain() && right.is_plain();
    let (one, other) = (segment_graph(left), segment_graph(right));
    let work = &mut Work::unbounded();
    graphs_meet(&one, &other, left.rules(), normal_free, work) != Found::Nothing
}

/// Whether a name fits a glob.
pub(crate) fn segment_holds(glob: &SegmentGlob, name: &str) -> bool {
    let graph = segment_graph(glob);
    columns::accepts_path(&graph, std::iter::once(name), &mut Work::unbounded())
}

fn segment_graph(glob: &SegmentGlob) -> Graph {
    let alternative = Alternative::new(vec![SegmentPattern::Wild(glob.clone())]);
    Graph::of([&alternative])
}

pub(crate) fn sets_overlap(left: &PathSet, right: &PathSet, work: &mut Work) -> Overlap {
    let excludes = !left.exclude().is_empty() || !right.exclude().is_empty();
    if let (false, [a], [b]) = (excludes, left.include(), right.include()) {
        // Two patterns are never given up on.
        let mut own = Work::unbounded();
        let found = patterns_overlap(a, b, &mut own);
        work.spend(own.steps());
        return found.map_or(Overlap::None, |witness| Overlap::Meet {
            witness: Some(witness),
            left: 0,
            right: 0,
        });
    }
    let (found, pair) = includes_meet(left, right, work);
    let assumed = Overlap::Meet {
        witness: None,
        left: pair.0,
        right: pair.1,
    };
    let found = match found {
        Found::Nothing => return Overlap::None,
        Found::Unknown => return assumed,
        Found::Path(witness) if !excludes || (left.keeps(&witness) && right.keeps(&witness)) => {
            return Overlap::Meet {
                witness: Some(witness),
                left: pair.0,
                right: pair.1,
            };
        }
        Found::Path(_) => set_walk(left, Some(right), &[left, right], &[], work),
    };
    match found {
        Found::Nothing => Overlap::None,
        Found::Unknown => assumed,
        Found::Path(witness) => {
            let (left, right) = holders(left, right, &witness).unwrap_or(pair);
            Overlap::Meet {
                witness: Some(witness),
                left,
                right,
            }
        }
    }
}

/// A path in an include of both, and which two; one that no exclude takes, if such a one is at hand.
/// When the budget ran out, two that were not yet told apart.
fn includes_meet(left: &PathSet, right: &PathSet, work: &mut Work) -> (Found, (usize, usize)) {
    let direct = left.include_weight().saturating_mul(right.include_weight());
    let mut first = None;
    if direct <= DIRECT_WORK_MAX * 4 || (left.include().len(), right.include().len()) == (1, 1) {
        for (l, a) in left.include().iter().enumerate() {
            for (r, b) in right.include().iter().enumerate() {
                match patterns_meet(a, b, work) {
                    Found::Nothing => {}
                    Found::Unknown => return (Found::Unknown, first.map_or((l, r), |(_, p)| p)),
                    Found::Path(path) if left.keeps(&path) && right.keeps(&path) => {
                        return (Found::Path(path), (l, r));
                    }
                    Found::Path(path) => first = first.or(Some((path, (l, r)))),
                }
            }
        }
        return first.map_or((Found::Nothing, (0, 0)), |(path, pair)| {
            (Found::Path(path), pair)
        });
    }
    for a in left.include_blocks() {
        for b in right.include_blocks() {
            let pair = (a.first, b.first);
            if work.is_spent() {
                return (Found::Unknown, pair);
            }
            match blocks_meet(a, b, left.rules(), work) {
                Found::Nothing => {}
                Found::Unknown => return (Found::Unknown, pair),
                Found::Path(path) => {
                    let pair = holders(left, right, &path).unwrap_or(pair);
                    return (Found::Path(path), pair);
                }
            }
        }
    }
    (Found::Nothing, (0, 0))
}

fn blocks_meet(left: &Block, right: &Block, rules: PathRules, work: &mut Work) -> Found {
    if let ([a], [b]) = (&*left.patterns, &*right.patterns) {
        return patterns_meet(a, b, work);
    }
    for (one, other) in [(left, right), (right, left)] {
        if let [lone] = &*one.patterns
            && other.normal_free
            && let Some(lone) = led::Lone::of(lone)
        {
            return led::meet(&lone, &other.graph, work);
        }
    }
    let normal_free = left.normal_free && right.normal_free;
    graphs_meet(&left.graph, &right.graph, rules, normal_free, work)
}

/// The first include of each set that holds the path.
fn holders(left: &PathSet, right: &PathSet, path: &RepoPath) -> Option<(usize, usize)> {
    let holder = |set: &PathSet| set.include().iter().position(|p| p.matches(path));
    holder(left).zip(holder(right))
}

/// Neighbouring patterns together up to so much text; what is longer than that, or hard to keep
/// within the limits of a path, on its own.
pub(crate) fn blocks(patterns: &[Pattern]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut first = 0;
    while first < patterns.len() {
        let mut weight = 0;
        let count = patterns[first..]
            .iter()
            .take_while(|pattern| {
                weight += pattern.weight();
                weight <= BLOCK_TEXT_MAX && led::Lone::of(pattern).is_none()
            })
            .count()
            .max(1);
        let own = &patterns[first..first + count];
        blocks.push(Block {
            graph: union_graph(own),
            first,
            patterns: own.into(),
            normal_free: own.iter().all(Pattern::is_normal_free),
        });
        first += count;
    }
    blocks
}

pub(crate) fn set_contains(outer: &PathSet, inner: &PathSet, work: &mut Work) -> Containment {
    if outer.exclude().is_empty() && hold_plainly(outer.include(), inner.include(), work) {
        return Containment::Contained;
    }
    // A path escapes when no include of the outer set holds it, or when an exclude takes it.
    match set_walk(inner, None, &[inner], &[outer], work) {
        Found::Nothing if outer.exclude().is_empty() => Containment::Contained,
        Found::Nothing => containment(walk(
            &Question {
                left: inner.include_graph(),
                right: Some(outer.exclude_graph()),
                without: &excludes(&[inner]),
                rules: outer.rules(),
            },
            work,
        )),
        found => containment(found),
    }
}

pub(crate) fn set_member(set: &PathSet, work: &mut Work) -> Found {
    set_walk(set, None, &[set], &[], work)
}

/// A path in `left` and `right`, in no exclude of `kept`, and in no include of `outside`.
fn set_walk(
    left: &PathSet,
    right: Option<&PathSet>,
    kept: &[&PathSet],
    outside: &[&PathSet],
    work: &mut Work,
) -> Found {
    let mut without = excludes(kept);
    let held = outside.iter().filter(|set| !set.include().is_empty());
    without.extend(held.map(|set| set.include_graph()));
    let question = Question {
        left: left.include_graph(),
        right: right.map(PathSet::include_graph),
        without: &without,
        rules: left.rules(),
    };
    walk(&question, work)
}

fn excludes<'a>(sets: &[&'a PathSet]) -> Vec<&'a Graph> {
    sets.iter()
        .filter(|set| !set.exclude().is_empty())
        .map(|set| set.exclude_graph())
        .collect()
}

/// The automaton of some patterns.
pub(crate) fn union_graph(patterns: &[Pattern]) -> Graph {
    Graph::of(patterns.iter().flat_map(Pattern::alternatives))
}

fn is_direct(left: &Pattern, right: &Pattern) -> bool {
    left.is_plain()
        && right.is_plain()
        && left.weight().saturating_mul(right.weight()) <= DIRECT_WORK_MAX
        && !led::is_long(left)
        && !led::is_long(right)
}

fn containment(found: Found) -> Containment {
    match found {
        Found::Nothing => Containment::Contained,
        Found::Path(escapee) => Containment::Escapes { escapee },
        Found::Unknown => Containment::Assumed,
    }
}
