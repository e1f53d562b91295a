//! Which strings are in normalization form C, one character at a time.
//!
//! Under `nfc` a set of paths is a set of normal strings, so the search walks normal strings only:
//! `e?` and `*\u{301}` do not meet, because `e` and an acute accent apart is never normal. Whether a
//! character may follow depends on the last starter and the last combining class alone (Unicode
//! Standard, 3.11, definitions D107 to D117), which is what [`Place`] remembers.

use std::sync::OnceLock;

use unicode_normalization::char::{canonical_combining_class, compose, decompose_canonical};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// What a normal string's end allows next: the last starter that something can combine with, and
/// the combining class of the last character, 0 right behind a starter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    starter: Option<char>,
    class: u8,
}

impl Place {
    /// The start of a string.
    pub(crate) const NONE: Place = Place {
        starter: None,
        class: 0,
    };

    /// The place behind `next`, or `None` when the string would not be normal. `next` alone must be.
    pub(crate) fn after(self, next: char) -> Option<Place> {
        if !is_risky(next) {
            return Some(Place {
                starter: is_active(next).then_some(next),
                class: 0,
            });
        }
        let class = canonical_combining_class(next);
        if class != 0 && class < self.class {
            return None;
        }
        let blocked = if class == 0 {
            self.class != 0
        } else {
            self.class == class
        };
        if let Some(starter) = self.starter
            && !blocked
            && Place::joins(starter, next)
        {
            return None;
        }
        Some(if class == 0 {
            Place {
                starter: Some(next),
                class: 0,
            }
        } else {
            Place { class, ..self }
        })
    }

    /// Whether a starter and what is right behind it are not normal.
    pub(crate) fn joins(starter: char, next: char) -> bool {
        // Most of neither come apart, and then there is nothing to see but the pair.
        let whole = |c: char| {
            let mut parts = 0;
            decompose_canonical(c, |_| parts += 1);
            parts == 1
        };
        if whole(starter) && whole(next) {
            return compose(starter, next).is_some();
        }
        ![starter, next].into_iter().nfc().eq([starter, next])
    }

    /// Whether all that may follow `other` may follow this place as well, with what comes behind it:
    /// without a starter nothing composes, and a lower class lets more marks in.
    pub(crate) fn covers(self, other: Place) -> bool {
        self == other || (self.starter.is_none() && self.class <= other.class)
    }

    /// The place as a number below 2^29.
    pub(crate) fn code(self) -> u32 {
        self.starter.map_or(0, u32::from) << 8 | u32::from(self.class)
    }
}

/// Whether what stands in front can make a string with `c` not normal: it combines, or composes
/// with what is before it.
pub(crate) fn is_risky(c: char) -> bool {
    c as u32 >= 0x300
        && (canonical_combining_class(c) != 0
            || is_nfc_quick(std::iter::once(c)) == IsNormalized::Maybe)
}

/// Whether `c` takes part in any composition or reordering. All others are interchangeable.
pub(crate) fn is_active(c: char) -> bool {
    active().binary_search(&c).is_ok()
}

/// Whether a class meets the characters of [`is_risky`] in a way that has to be followed: not all
/// of them, with everything else beyond ASCII, and not none.
pub(crate) fn class_is_risky(ranges: &[(u32, u32)]) -> bool {
    if ranges
        .last()
        .is_some_and(|&(low, high)| low <= 128 && high == char::MAX as u32)
    {
        return false;
    }
    static RISKY: OnceLock<Vec<char>> = OnceLock::new();
    let risky = RISKY.get_or_init(|| active().iter().copied().filter(|&c| is_risky(c)).collect());
    ranges.iter().any(|&(low, high)| {
        let at = risky.partition_point(|&c| (c as u32) < low);
        risky.get(at).is_some_and(|&c| c as u32 <= high)
    })
}

/// The characters of [`is_active`], sorted.
pub(crate) fn active() -> &'static [char] {
    static TABLE: OnceLock<Vec<char>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut found: Vec<char> = Vec::new();
        // Ideographs neither combine nor compose, and Hangul is arithmetic: a test holds both.
        let scanned = (0..0x3400).chain(0xa000..0xac00).chain(0xd7a4..0x20000);
        for c in scanned.chain(0xe_0000..0xe_1000).filter_map(char::from_u32) {
            if is_risky(c) {
                found.push(c);
            }
            found.extend(parts(c));
        }
        found.extend((0x1100..0x1113).filter_map(char::from_u32));
        found.extend((0xac00..0xd7a4).step_by(28).filter_map(char::from_u32));
        // A starter with marks inside can be torn open by a mark of a lower class.
        found.sort_unstable();
        found.dedup();
        found
    })
}

/// A character that composes from two, and its first: the two that a mark behind them can change.
fn parts(c: char) -> impl Iterator<Item = char> {
    let mut whole: Vec<char> = Vec::new();
    decompose_canonical(c, |part| whole.push(part));
    let second = whole.pop();
    let first = match (&*whole, second) {
        ([], _) | (_, None) => None,
        (_, Some(second)) => {
            let mut front = whole.iter().copied().nfc();
            match (front.next(), front.next()) {
                (Some(first), None) if compose(first, second) == Some(c) => Some([first, c]),
                _ => None,
            }
        }
    };
    first.into_iter().flatten()
}
