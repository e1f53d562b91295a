//! All alternatives of a query as one graph, so that what they share is asked for once.
//!
//! Braces multiply: a pattern of a thousand bytes has up to 256 alternatives, and nearly all of their
//! segments are the same ones. What begins alike is one path of a trie of the alternatives; states
//! with the same ends are then made one, from the last state back. That gives the smallest
//! deterministic graph of the alternatives (Revuz 1992, *Minimisation of acyclic deterministic
//! automata in linear time*).

use std::collections::BTreeMap;

use super::query::Asked;
use crate::path::{Alternative, SegmentPattern};

/// The number of `**` among the segments of a graph.
pub(super) const ANY_DEPTH: u32 = 0;

/// The alternatives of a query.
pub(super) struct Graph<'q> {
    /// Each segment once.
    pub(super) segments: Vec<Asked<'q>>,
    /// Every way on leads to an earlier state; the last one is where a query begins.
    states: Vec<State>,
}

/// What is left of a query.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct State {
    /// Segments that may come next, and the state behind each.
    pub(super) ways: Vec<(u32, u32)>,
    /// The state behind `**`.
    deep: Option<u32>,
    /// This state stands behind `**`: it may take any name and stay.
    pub(super) is_deep: bool,
    /// The query may end here, or behind `**` from here.
    pub(super) accepts: bool,
}

/// A state of the trie, before equal ones are made one.
#[derive(Default)]
struct Draft {
    ways: BTreeMap<u32, usize>,
    deep: Option<usize>,
    is_deep: bool,
    accepts: bool,
}

impl<'q> Graph<'q> {
    pub(super) fn of(alternatives: &'q [Alternative]) -> Self {
        let mut segments = vec![Asked::AnyDepth];
        let mut numbers = BTreeMap::new();
        let mut drafts = vec![Draft::default()];
        for alternative in alternatives {
            let mut at = 0;
            for segment in alternative.segments() {
                let new = drafts.len();
                let next = if *segment == SegmentPattern::AnyDepth {
                    *drafts[at].deep.get_or_insert(new)
                } else {
                    let number = *numbers.entry(segment).or_insert_with(|| {
                        segments.push(Asked::new(segment));
                        segments.len() as u32 - 1
                    });
                    *drafts[at].ways.entry(number).or_insert(new)
                };
                if next == new {
                    drafts.push(Draft {
                        is_deep: *segment == SegmentPattern::AnyDepth,
                        ..Draft::default()
                    });
                }
                at = next;
            }
            drafts[at].accepts = true;
        }
        Graph {
            segments,
            states: merged(&drafts),
        }
    }

    /// Whether a query at this state may take another name.
    pub(super) fn goes_on(&self, at: u32) -> bool {
        let state = self.state(at);
        !state.ways.is_empty() || state.is_deep || state.deep.is_some()
    }

    pub(super) fn state(&self, at: u32) -> &State {
        &self.states[at as usize]
    }

    /// Where a query begins.
    pub(super) fn start(&self) -> Vec<u32> {
        let mut places = vec![self.states.len() as u32 - 1];
        self.close(&mut places);
        places
    }

    /// Adds the states that need no name to be reached, and puts all in order, each once.
    pub(super) fn close(&self, places: &mut Vec<u32>) {
        let mut at = 0;
        while let Some(&place) = places.get(at) {
            places.extend(self.state(place).deep);
            at += 1;
        }
        places.sort_unstable();
        places.dedup();
    }

    /// Every state that can be reached from these, for an entry that takes any names.
    pub(super) fn all_behind(&self, places: &[u32]) -> Vec<u32> {
        let mut reached = vec![false; self.states.len()];
        for &place in places {
            reached[place as usize] = true;
        }
        for (place, state) in self.states.iter().enumerate().rev() {
            if reached[place] {
                let next = state.ways.iter().map(|(_, next)| next);
                for &next in next.chain(&state.deep) {
                    reached[next as usize] = true;
                }
            }
        }
        let numbered = (0..).zip(reached);
        numbered
            .filter_map(|(place, is)| is.then_some(place))
            .collect()
    }
}

/// The states of the trie with equal ones made one. A child stands behind its parent in `drafts`, so
/// that from the last one back all that a state leads to is settled before it.
fn merged(drafts: &[Draft]) -> Vec<State> {
    let mut states = Vec::new();
    let mut known = BTreeMap::new();
    let mut settled = vec![0_u32; drafts.len()];
    for (at, draft) in drafts.iter().enumerate().rev() {
        let way = |(&segment, &next): (&u32, &usize)| (segment, settled[next]);
        let state = State {
            ways: draft.ways.iter().map(way).collect(),
            deep: draft.deep.map(|deep| settled[deep]),
            is_deep: draft.is_deep,
            accepts: draft.accepts || draft.deep.is_some_and(|deep| drafts[deep].accepts),
        };
        settled[at] = *known.entry(state).or_insert_with_key(|state| {
            states.push(state.clone());
            states.len() as u32 - 1
        });
    }
    states
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::{PathRules, Pattern};

    #[test]
    fn alternatives_that_differ_in_the_middle_share_both_ends() {
        let states = |text: &str| {
            let pattern = Pattern::glob(text, PathRules::default()).unwrap();
            Graph::of(pattern.alternatives()).states.len()
        };
        assert_eq!(states("a/b/c*"), 4);
        assert_eq!(states("a/{b,x}/c*"), 4);
        assert_eq!(states("{a,b}/{a,b}/{a,b}/{a,b}/c*"), 6);
        assert_eq!(states("{a,**}/c*"), 4);
        // Neighbouring `**` are one, so what is left also depends on how many there were.
        let left = states(&format!("{}a*", "{*,**}/".repeat(8)));
        assert!(left <= 32, "{left} states of 256 alternatives");
    }
}
