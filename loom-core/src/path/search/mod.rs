//! Finds a path that some patterns hold and others do not: every question of the plane is that one.
//!
//! `overlap` asks for a path in both sets and in neither exclude, `contains` for one in the other
//! set that is missing here, `is_empty` for any at all. Easy questions are answered pair by pair in
//! [`meet`](super::meet) without building anything; the rest goes to [`walk`].

mod alphabet;
mod graph;
mod pairs;
mod table;
mod walk;

use super::limits::SEARCH_STEPS_MAX;
use super::meet;
use super::pattern::{Containment, Pattern};
use super::repo_path::RepoPath;
use super::rules::PathRules;
use super::segment::{Alternative, SegmentGlob, SegmentPattern};
use super::set::{Overlap, PathSet};
pub(crate) use graph::Graph;
use walk::{Question, walk};

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

/// Pairs of states of two sets that are walked in full; above, the budget of steps applies.
const PAIRS_MAX: usize = 1 << 21;

/// Characters of pattern text, expanded, that a set's automaton is built from.
const SET_TEXT_MAX: usize = 1 << 19;

pub(crate) fn patterns_overlap(left: &Pattern, right: &Pattern) -> Option<RepoPath> {
    if is_direct(left, right) {
        return meet::patterns_meet(left, right);
    }
    let question = Question {
        left: left.graph(),
        right: Some(right.graph()),
        without: &[],
        rules: left.rules(),
        steps_max: u64::MAX,
    };
    // Where normal form is at stake a pair of states is not all there is to remember.
    let found = if left.is_normal_free() && right.is_normal_free() {
        pairs::meet(left.graph(), right.graph(), left.rules())
    } else {
        walk(&question).0
    };
    match found {
        Found::Path(witness) => Some(witness),
        Found::Nothing | Found::Unknown => None,
    }
}

pub(crate) fn pattern_contains(outer: &Pattern, inner: &Pattern) -> Containment {
    if holds_plainly(std::slice::from_ref(outer), inner) {
        return Containment::Contained;
    }
    let (found, _) = walk(&Question {
        left: inner.graph(),
        right: None,
        without: &[outer.graph()],
        rules: outer.rules(),
        steps_max: SEARCH_STEPS_MAX,
    });
    containment(found)
}

/// Whether some name fits both globs, with normal form followed.
pub(crate) fn segments_meet(left: &SegmentGlob, right: &SegmentGlob) -> bool {
    let graph = |glob: &SegmentGlob| {
        let alternative = Alternative::new(vec![SegmentPattern::Wild(glob.clone())]);
        Graph::of([&alternative])
    };
    let (found, _) = walk(&Question {
        left: &graph(left),
        right: Some(&graph(right)),
        without: &[],
        rules: left.rules(),
        steps_max: u64::MAX,
    });
    found != Found::Nothing
}

pub(crate) fn sets_overlap(left: &PathSet, right: &PathSet) -> Overlap {
    if left.include().is_empty() || right.include().is_empty() {
        return Overlap::None;
    }
    let excludes = !left.exclude().is_empty() || !right.exclude().is_empty();
    if let (false, [a], [b]) = (excludes, left.include(), right.include()) {
        return patterns_overlap(a, b).map_or(Overlap::None, |witness| Overlap::Meet {
            witness: Some(witness),
            left: 0,
            right: 0,
        });
    }
    let weight = |set: &PathSet| set.include().iter().map(Pattern::weight).sum::<usize>();
    let pairs_are_cheap = weight(left).saturating_mul(weight(right)) <= DIRECT_WORK_MAX * 4;
    let mut first_pair = None;
    if pairs_are_cheap {
        for (l, a) in left.include().iter().enumerate() {
            for (r, b) in right.include().iter().enumerate() {
                let Some(witness) = patterns_overlap(a, b) else {
                    continue;
                };
                first_pair = first_pair.or(Some((l, r)));
                if !excludes || (left.keeps(&witness) && right.keeps(&witness)) {
                    return Overlap::Meet {
                        witness: Some(witness),
                        left: l,
                        right: r,
                    };
                }
            }
        }
        if first_pair.is_none() {
            return Overlap::None;
        }
    }
    let assumed = || {
        let (left, right) = first_pair.unwrap_or_default();
        Overlap::Meet {
            witness: None,
            left,
            right,
        }
    };
    let normal_free = |set: &PathSet| set.include().iter().all(Pattern::is_normal_free);
    let graphs = (left.include_graph(), right.include_graph());
    let found = match graphs {
        (Some(a), Some(b))
            if !excludes
                && normal_free(left)
                && normal_free(right)
                && a.len().saturating_mul(b.len()) <= PAIRS_MAX =>
        {
            pairs::meet(a, b, left.rules())
        }
        _ => set_walk(left, Some(right), &[left, right], &[]),
    };
    match found {
        Found::Nothing => Overlap::None,
        Found::Unknown => assumed(),
        Found::Path(witness) => {
            let holder = |set: &PathSet| set.include().iter().position(|p| p.matches(&witness));
            match (holder(left), holder(right)) {
                (Some(left), Some(right)) => Overlap::Meet {
                    witness: Some(witness),
                    left,
                    right,
                },
                _ => assumed(),
            }
        }
    }
}

pub(crate) fn set_contains(outer: &PathSet, inner: &PathSet) -> Containment {
    let plainly = outer.exclude().is_empty()
        && inner
            .include()
            .iter()
            .all(|pattern| holds_plainly(outer.include(), pattern));
    if plainly {
        return Containment::Contained;
    }
    // A path escapes when no include of the outer set holds it, or when an exclude takes it.
    match set_walk(inner, None, &[inner], &[outer]) {
        Found::Nothing if outer.exclude().is_empty() => Containment::Contained,
        Found::Nothing => match (inner.include_graph(), outer.exclude_graph()) {
            (Some(left), Some(right)) => {
                let without: Vec<&Graph> = match excludes(&[inner]) {
                    Some(without) => without,
                    None => return Containment::Assumed,
                };
                let (found, _) = walk(&Question {
                    left,
                    right: Some(right),
                    without: &without,
                    rules: outer.rules(),
                    steps_max: SEARCH_STEPS_MAX,
                });
                containment(found)
            }
            _ => Containment::Assumed,
        },
        found => containment(found),
    }
}

pub(crate) fn set_member(set: &PathSet) -> Found {
    set_walk(set, None, &[set], &[])
}

/// A path in `left` and `right`, in no exclude of `kept`, and in no include of `outside`.
fn set_walk(
    left: &PathSet,
    right: Option<&PathSet>,
    kept: &[&PathSet],
    outside: &[&PathSet],
) -> Found {
    let rules: PathRules = left.rules();
    let Some(mut without) = excludes(kept) else {
        return Found::Unknown;
    };
    for set in outside.iter().filter(|set| !set.include().is_empty()) {
        match set.include_graph() {
            Some(graph) => without.push(graph),
            None => return Found::Unknown,
        }
    }
    let right = right.map(PathSet::include_graph);
    let (Some(left), None | Some(Some(_))) = (left.include_graph(), right) else {
        return Found::Unknown;
    };
    walk(&Question {
        left,
        right: right.flatten(),
        without: &without,
        rules,
        steps_max: SEARCH_STEPS_MAX,
    })
    .0
}

fn excludes<'a>(sets: &[&'a PathSet]) -> Option<Vec<&'a Graph>> {
    sets.iter()
        .filter(|set| !set.exclude().is_empty())
        .map(|set| set.exclude_graph())
        .collect()
}

/// The automaton of some patterns, unless their expanded text is too much to build it from.
pub(crate) fn union_graph(patterns: &[Pattern]) -> Option<Graph> {
    let text: usize = patterns.iter().map(Pattern::weight).sum();
    (text <= SET_TEXT_MAX).then(|| Graph::of(patterns.iter().flat_map(Pattern::alternatives)))
}

fn is_direct(left: &Pattern, right: &Pattern) -> bool {
    left.is_plain()
        && right.is_plain()
        && left.weight().saturating_mul(right.weight()) <= DIRECT_WORK_MAX
}

/// Whether each alternative of `inner` is plainly below, or equal to, one of `outer`.
fn holds_plainly(outer: &[Pattern], inner: &Pattern) -> bool {
    let total: usize = outer
        .iter()
        .map(|pattern| pattern.alternatives().len())
        .sum();
    total.saturating_mul(inner.alternatives().len()) <= DIRECT_WORK_MAX / 32
        && inner.alternatives().iter().all(|inner| {
            outer
                .iter()
                .flat_map(Pattern::alternatives)
                .any(|outer| is_plainly_below(inner.segments(), outer.segments()))
        })
}

fn is_plainly_below(inner: &[SegmentPattern], outer: &[SegmentPattern]) -> bool {
    match outer.split_last() {
        Some((SegmentPattern::AnyDepth, front)) if !front.contains(&SegmentPattern::AnyDepth) => {
            inner.starts_with(front)
        }
        _ => inner == outer,
    }
}

fn containment(found: Found) -> Containment {
    match found {
        Found::Nothing => Containment::Contained,
        Found::Path(escapee) => Containment::Escapes { escapee },
        Found::Unknown => Containment::Assumed,
    }
}
