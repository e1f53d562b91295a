//! Whether some patterns plainly hold others: each alternative is one of theirs, or lies below one.
//!
//! A set is asked about itself, or about one of its directories, more often than about anything else.
//! That needs no automaton: the alternatives are sorted, and a look-up narrows them down segment by
//! segment.

use super::super::pattern::Pattern;
use super::super::segment::{Alternative, SegmentPattern};
use super::work::Work;

/// Characters of pattern text, for each halving of the list, up to which it is looked through.
const LOOK_UP_WORK_MAX: usize = 1 << 20;

/// Whether each alternative of `inner` is plainly below, or equal to, one of `outer`.
pub(super) fn hold_plainly(outer: &[Pattern], inner: &[Pattern], work: &mut Work) -> bool {
    let weight = |patterns: &[Pattern]| patterns.iter().map(Pattern::weight).sum::<usize>();
    let count: usize = outer.iter().map(|outer| outer.alternatives().len()).sum();
    let halvings = count.checked_ilog2().unwrap_or_default() as usize + 1;
    let cost = (weight(outer) + weight(inner)).saturating_mul(halvings);
    if cost > LOOK_UP_WORK_MAX {
        return false;
    }
    // Whole names are compared at once, so a step is several characters.
    work.spend(cost as u64 / 8);
    let mut sorted: Vec<&[SegmentPattern]> = all(outer).map(Alternative::segments).collect();
    sorted.sort_unstable();
    all(inner).all(|inner| is_below(inner.segments(), &sorted))
}

fn all(patterns: &[Pattern]) -> impl Iterator<Item = &Alternative> {
    patterns.iter().flat_map(Pattern::alternatives)
}

/// Whether an alternative is one of a sorted list, or below one that is plain up to its `**`.
fn is_below(inner: &[SegmentPattern], mut list: &[&[SegmentPattern]]) -> bool {
    let mut plain = true;
    for depth in 0..=inner.len() {
        // All that is left of the list begins like `inner` so far; `**` is the last of its kind.
        if plain {
            let deep =
                list.partition_point(|outer| outer.get(depth) < Some(&SegmentPattern::AnyDepth));
            if list.get(deep).is_some_and(|outer| outer.len() == depth + 1) {
                return true;
            }
        }
        let Some(segment) = inner.get(depth) else {
            break;
        };
        plain &= *segment != SegmentPattern::AnyDepth;
        let from = list.partition_point(|outer| outer.get(depth) < Some(segment));
        let to = list.partition_point(|outer| outer.get(depth) <= Some(segment));
        list = &list[from..to];
    }
    list.first().is_some_and(|outer| outer.len() == inner.len())
}

#[cfg(test)]
mod tests {
    use super::super::super::rules::PathRules;
    use super::*;

    fn patterns(texts: &[&str]) -> Vec<Pattern> {
        let glob = |text: &&str| Pattern::glob(text, PathRules::default()).unwrap();
        texts.iter().map(glob).collect()
    }

    fn holds(outer: &[&str], inner: &[&str]) -> bool {
        hold_plainly(&patterns(outer), &patterns(inner), &mut Work::unbounded())
    }

    #[test]
    fn what_is_listed_or_below_something_listed_is_held() {
        let outer = ["src/auth", "docs/*.md", "**/a.rs", "b/**/c/*", "z/**"];
        for inner in outer {
            assert!(holds(&outer, &[inner]), "{inner}");
        }
        for inner in ["src/auth/x/*.rs", "src/auth/**/x", "z", "z/a", "z/**/?"] {
            assert!(holds(&outer, &[inner]), "{inner}");
        }
        for inner in ["src", "src/au", "docs/a.md", "a.rs", "b/c/x", "**", "src/*"] {
            assert!(!holds(&outer, &[inner]), "{inner}");
        }
        assert!(!holds(&outer, &["z/a", "y"]));
        assert!(holds(&["**"], &["a", "b/*", "**/c"]));
        assert!(!holds(&[], &["a"]) && holds(&[], &[]));
    }

    #[test]
    fn below_a_wildcard_in_the_middle_nothing_is_plain() {
        assert!(!holds(&["a/**/b"], &["a/**/b/c"]));
        assert!(holds(&["a/*/b/**"], &["a/*/b/c"]));
    }
}
