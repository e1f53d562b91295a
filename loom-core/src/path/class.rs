//! Sets of characters: what `[…]` denotes once it is folded and complemented.
//!
//! Kept as sorted ranges of scalar values with a bitmap for ASCII in front, because nearly every
//! question is about ASCII. The ranges may hold characters that canonical text cannot; whoever asks
//! for a member asks under the rules.

use super::canonical::{first_in_alphabet, foldings, in_alphabet};
use super::rules::PathRules;

const LAST: u32 = char::MAX as u32;

/// A set of characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CharSet {
    ascii: u128,
    ranges: Box<[(u32, u32)]>,
}

impl CharSet {
    /// The class of these member ranges under the rules, complemented when `negated`.
    pub(crate) fn class(mut members: Vec<(u32, u32)>, negated: bool, rules: PathRules) -> CharSet {
        if rules.folds() {
            let table = foldings();
            for at in 0..members.len() {
                let (low, high) = members[at];
                let from = table.partition_point(|&(c, _)| c < low);
                let to = table.partition_point(|&(c, _)| c <= high);
                let folded = table[from..to].iter().map(|&(_, folded)| folded);
                let outside = folded.filter(|c| !(low..=high).contains(c));
                members.extend(outside.map(|c| (c, c)));
            }
        }
        let ranges = merged(members);
        let ranges = if negated { complement(&ranges) } else { ranges };
        CharSet::of(ranges, rules)
    }

    /// The set of these [`ranges`](CharSet::ranges), as they are: folded and complemented already.
    pub(crate) fn of(ranges: Vec<(u32, u32)>, rules: PathRules) -> CharSet {
        let ascii = (0..128_u32)
            .filter(|&c| {
                holds(&ranges, c) && char::from_u32(c).is_some_and(|c| in_alphabet(c, rules))
            })
            .fold(0, |bits, c| bits | 1 << c);
        CharSet {
            ascii,
            ranges: ranges.into_boxed_slice(),
        }
    }

    /// Whether `c`, a character of canonical text, is in the set.
    pub(crate) fn holds(&self, c: char) -> bool {
        if c.is_ascii() {
            self.ascii >> (c as u32) & 1 == 1
        } else {
            holds(&self.ranges, c as u32)
        }
    }

    /// The set's ranges, sorted and apart.
    pub(crate) fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    /// The one member, if the set has exactly one range of one character.
    pub(crate) fn single(&self) -> Option<char> {
        match *self.ranges {
            [(low, high)] if low == high => char::from_u32(low),
            _ => None,
        }
    }

    /// A character in both that canonical text can hold; the one that reads best.
    pub(crate) fn common(&self, other: &CharSet, rules: PathRules) -> Option<char> {
        self.common_but_dot(other, rules)
            .or((self.holds('.') && other.holds('.')).then_some('.'))
    }

    /// A character in both that canonical text can hold and that is not the dot.
    pub(crate) fn common_but_dot(&self, other: &CharSet, rules: PathRules) -> Option<char> {
        let ascii = self.ascii & other.ascii & !(1 << b'.');
        if ascii != 0 {
            return Some(plainest(ascii));
        }
        let (mut left, mut right) = (
            self.ranges.iter().peekable(),
            other.ranges.iter().peekable(),
        );
        while let (Some(&&(a, b)), Some(&&(c, d))) = (left.peek(), right.peek()) {
            let (low, high) = (a.max(c).max(128), b.min(d));
            if low <= high
                && let Some(found) = first_in_alphabet(low, high, rules)
            {
                return Some(found);
            }
            if b < d {
                left.next();
            } else {
                right.next();
            }
        }
        None
    }

    /// A member that canonical text can hold; the one that reads best.
    pub(crate) fn member(&self, rules: PathRules) -> Option<char> {
        self.common(self, rules)
    }

    /// Whether the dot is the only member that canonical text can hold.
    pub(crate) fn only_dot(&self, rules: PathRules) -> bool {
        self.ascii == 1 << b'.'
            && self
                .ranges
                .iter()
                .all(|&(low, high)| first_in_alphabet(low.max(128), high, rules).is_none())
    }
}

/// The ASCII character of a set, not empty, that reads best in a witness: `x`, then letters, digits, the rest.
fn plainest(ascii: u128) -> char {
    const TASTE: &[(u8, u8)] = &[
        (b'x', b'x'),
        (b'a', b'z'),
        (b'0', b'9'),
        (b'A', b'Z'),
        (b'_', b'_'),
        (b'-', b'-'),
        (b'!', b'~'),
        (0, 127),
    ];
    for &(low, high) in TASTE {
        let window = ascii >> low << low;
        if window != 0 {
            let c = window.trailing_zeros() as u8;
            if c <= high {
                return c as char;
            }
        }
    }
    'x'
}

fn holds(ranges: &[(u32, u32)], c: u32) -> bool {
    let at = ranges.partition_point(|&(_, high)| high < c);
    ranges.get(at).is_some_and(|&(low, _)| low <= c)
}

fn merged(mut ranges: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    ranges.sort_unstable();
    let mut kept: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
    for (low, high) in ranges {
        match kept.last_mut() {
            Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
            _ => kept.push((low, high)),
        }
    }
    kept
}

fn complement(ranges: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let mut gaps = Vec::with_capacity(ranges.len() + 1);
    let mut next = 0;
    for &(low, high) in ranges {
        if next < low {
            gaps.push((next, low - 1));
        }
        next = high + 1;
    }
    if next <= LAST {
        gaps.push((next, LAST));
    }
    gaps
}
