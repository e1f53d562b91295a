//! The few characters that a search has to try.
//!
//! Characters that no pattern of a question tells apart are interchangeable, so one of each kind is
//! enough (minterms, as in D'Antoni and Veanes 2014). Where normal form matters, a kind is stood for
//! by a character that composes with nothing; a kind that holds no such character is listed member
//! by member, except that marks that only reorder go by their combining class.

use std::collections::BTreeMap;

use unicode_normalization::char::canonical_combining_class;

use super::super::canonical::in_alphabet;
use super::super::class::CharSet;
use super::super::normal::{active, class_is_risky, is_active, is_risky};
use super::super::rules::PathRules;
use super::graph::Graph;

/// The characters to try, and whether normal form has to be followed.
pub(super) struct Alphabet {
    /// A character that no pattern mentions and that composes with nothing: where nothing reads a
    /// class, no other does better.
    pub(super) other: Option<char>,
    /// One character of each kind, those that are not the dot first.
    pub(super) all: Vec<char>,
    /// Whether some character can make a string that is not normal.
    pub(super) followed: bool,
}

impl Alphabet {
    /// What telling the classes apart costs at most, in steps.
    pub(super) fn cost<'a>(graphs: impl Iterator<Item = &'a Graph>) -> u64 {
        let (classes, ranges) = graphs
            .flat_map(Graph::classes)
            .fold((0, 0), |(classes, ranges), class| {
                (classes + 1, ranges + class.ranges().len() as u64)
            });
        ranges * (1 + classes / 64_u64)
    }

    pub(super) fn of<'a>(
        graphs: impl Iterator<Item = &'a Graph> + Clone,
        rules: PathRules,
    ) -> Self {
        let mut literals: Vec<char> = graphs.clone().flat_map(Graph::literals).copied().collect();
        literals.push('.');
        literals.sort_unstable();
        literals.dedup();
        let mut classes: Vec<&CharSet> = graphs.flat_map(Graph::classes).collect();
        classes.sort_unstable();
        classes.dedup();
        let followed = rules.normalises()
            && (literals.iter().any(|&c| is_risky(c))
                || classes.iter().any(|class| class_is_risky(class.ranges())));
        let kinds = Kinds {
            literals: &literals,
            rules,
            followed,
        };
        let mut all = Vec::new();
        let mut other = None;
        if classes.is_empty() {
            other = kinds.plain(&[(0, char::MAX as u32)]);
            all.extend(other);
        } else {
            for ranges in minterms(&classes).into_values() {
                let plain = kinds.plain(&ranges);
                other = other.or(plain);
                match plain {
                    Some(plain) => all.push(plain),
                    None if followed => all.extend(kinds.members(&ranges)),
                    None => {}
                }
            }
        }
        all.extend(literals.iter().copied().filter(|&c| c != '.'));
        all.push('.');
        Alphabet {
            other,
            all,
            followed,
        }
    }
}

/// A run of scalar values, both ends included.
type Range = (u32, u32);

/// The kinds of character that the classes tell apart: which classes hold it, and its ranges.
fn minterms(classes: &[&CharSet]) -> BTreeMap<Vec<u64>, Vec<Range>> {
    let mut turns: Vec<(u32, usize)> = Vec::new();
    for (at, class) in classes.iter().enumerate() {
        for &(low, high) in class.ranges() {
            turns.push((low, at));
            turns.push((high + 1, at));
        }
    }
    turns.push((char::MAX as u32 + 1, usize::MAX));
    turns.sort_unstable();
    let mut kinds: BTreeMap<Vec<u64>, Vec<Range>> = BTreeMap::new();
    let mut member = vec![0_u64; classes.len().div_ceil(64)];
    let mut from = 0;
    for (to, at) in turns {
        if from < to {
            let range = (from, to - 1);
            match kinds.get_mut(&member) {
                Some(ranges) => ranges.push(range),
                None => {
                    kinds.insert(member.clone(), vec![range]);
                }
            }
            from = to;
        }
        if let Some(word) = member.get_mut(at / 64) {
            *word ^= 1 << (at % 64);
        }
    }
    kinds
}

struct Kinds<'a> {
    literals: &'a [char],
    rules: PathRules,
    followed: bool,
}

impl Kinds<'_> {
    /// The members of ranges that hold no plain one, marks that only reorder by their class.
    fn members(&self, ranges: &[Range]) -> Vec<char> {
        let mut found: Vec<char> = Vec::new();
        let mut classes_seen = [false; 256];
        for &(low, high) in ranges {
            let from = active().partition_point(|&c| (c as u32) < low);
            let members = active()[from..].iter().take_while(|&&c| c as u32 <= high);
            for &c in members.filter(|&&c| self.free(c)) {
                let class = canonical_combining_class(c);
                let composes = class == 0 || composes_back(c);
                if composes || !std::mem::replace(&mut classes_seen[usize::from(class)], true) {
                    found.push(c);
                }
            }
        }
        found
    }

    /// The member of these ranges that reads best and, where it matters, composes with nothing.
    fn plain(&self, ranges: &[Range]) -> Option<char> {
        const TASTE: &[Range] = &[
            (b'x' as u32, b'z' as u32),
            (b'a' as u32, b'w' as u32),
            (b'0' as u32, b'9' as u32),
            (b'A' as u32, b'Z' as u32),
            (b'_' as u32, b'_' as u32),
            (b'-' as u32, b'-' as u32),
            (b'!' as u32, b'~' as u32),
            (0, char::MAX as u32),
        ];
        TASTE.iter().find_map(|&(best_low, best_high)| {
            ranges.iter().find_map(|&(low, high)| {
                (low.max(best_low)..=high.min(best_high))
                    .filter_map(char::from_u32)
                    .find(|&c| self.free(c) && !(self.followed && is_active(c)))
            })
        })
    }

    fn free(&self, c: char) -> bool {
        in_alphabet(c, self.rules) && self.literals.binary_search(&c).is_err()
    }
}

fn composes_back(c: char) -> bool {
    use unicode_normalization::{IsNormalized, is_nfc_quick};
    is_nfc_quick(std::iter::once(c)) == IsNormalized::Maybe
}
