//! The canonical form of text under a repository's rules, and the characters it can hold.
//!
//! Comparison happens on canonical text only: NFC where the rules say so, then simple case folding,
//! then NFC again (folding can make a pair that composes). Every set of paths is a set of canonical
//! strings, so a wildcard ranges over the characters that canonical text can hold, no others.

use std::borrow::Cow;
use std::sync::OnceLock;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc, is_nfc_quick};

use super::rules::PathRules;

/// The canonical form of `text`: what comparisons see.
pub(crate) fn canonical(text: &str, rules: PathRules) -> Cow<'_, str> {
    let composed = normalised(text, rules);
    if !rules.folds() || composed.chars().all(|c| fold(c) == c) {
        return composed;
    }
    let folded: String = composed.chars().map(fold).collect();
    Cow::Owned(match normalised(&folded, rules) {
        Cow::Borrowed(_) => folded,
        Cow::Owned(again) => again,
    })
}

/// `text` in NFC where the rules ask for it, and as it is otherwise.
pub(crate) fn normalised(text: &str, rules: PathRules) -> Cow<'_, str> {
    if !rules.normalises() || text.is_ascii() || is_nfc(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// Whether canonical text under `rules` can hold `c` inside a segment.
pub(crate) fn in_alphabet(c: char, rules: PathRules) -> bool {
    !matches!(c, '\0' | '/' | '\\')
        && (!rules.folds() || fold(c) == c)
        && (!rules.normalises() || c.is_ascii() || is_stable(c))
}

/// The first character of `low..=high` that canonical text can hold.
pub(crate) fn first_in_alphabet(low: u32, high: u32, rules: PathRules) -> Option<char> {
    // Holes are short (the longest are the compatibility ideographs), so a scan ends soon.
    (low..=high)
        .filter_map(char::from_u32)
        .find(|&c| in_alphabet(c, rules))
}

/// Unicode simple case folding of one character.
pub(crate) fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    unicode_case_mapping::case_folded(c)
        .and_then(|code| char::from_u32(code.get()))
        .unwrap_or(c)
}

/// All pairs of a character and its different folding, by character.
///
/// Kept once, so that folding a range of a class costs its folding members and not its width.
pub(crate) fn foldings() -> &'static [(u32, u32)] {
    static TABLE: OnceLock<Vec<(u32, u32)>> = OnceLock::new();
    TABLE.get_or_init(|| {
        // Nothing above the second plane folds; a test holds that.
        (0..0x20000)
            .filter_map(char::from_u32)
            .filter(|&c| fold(c) != c)
            .map(|c| (c as u32, fold(c) as u32))
            .collect()
    })
}

fn is_stable(c: char) -> bool {
    match is_nfc_quick(std::iter::once(c)) {
        IsNormalized::Yes => true,
        IsNormalized::No => false,
        IsNormalized::Maybe => std::iter::once(c).nfc().eq(std::iter::once(c)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::normal::{Place, active, is_active};
    use super::*;
    use unicode_normalization::char::canonical_combining_class;

    fn all() -> impl Iterator<Item = char> {
        (0..=char::MAX as u32).filter_map(char::from_u32)
    }

    #[test]
    fn the_table_of_foldings_is_complete_and_folding_twice_is_folding_once() {
        let expect: Vec<(u32, u32)> = all()
            .filter(|&c| fold(c) != c)
            .map(|c| (c as u32, fold(c) as u32))
            .collect();
        assert_eq!(foldings(), expect);
        assert!(all().all(|c| fold(fold(c)) == fold(c)));
    }

    #[test]
    fn what_composes_from_folded_characters_is_folded() {
        for c in all().filter(|&c| is_stable(c) && fold(c) != c) {
            let parts: Vec<char> = std::iter::once(c).nfd().collect();
            let folded = parts.iter().all(|&part| fold(part) == part);
            assert!(parts.len() == 1 || !folded, "{c:?}");
        }
    }

    #[test]
    fn a_stable_character_folds_to_a_stable_one() {
        assert!(all().filter(|&c| is_stable(c)).all(|c| is_stable(fold(c))));
    }

    #[test]
    fn characters_outside_the_table_take_no_part_in_normal_form() {
        for c in all().filter(|&c| is_stable(c) && !is_active(c)) {
            assert_eq!(canonical_combining_class(c), 0, "{c:?}");
            assert!(
                is_nfc_quick(std::iter::once(c)) == IsNormalized::Yes,
                "{c:?}"
            );
        }
    }

    #[test]
    fn walking_characters_agrees_with_the_normal_form_of_the_whole() {
        // A fixed generator: every run sees the same strings.
        let mut state = 1_u64;
        let mut draw = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % below
        };
        let stable: Vec<char> = active().iter().copied().filter(|&c| is_stable(c)).collect();
        let common = [
            'e', 'a', '\u{301}', '\u{323}', '\u{327}', '\u{1100}', '\u{1161}', '\u{11a8}', 'q',
        ];
        for _ in 0..300_000 {
            let text: String = (0..2 + draw(4))
                .map(|_| match draw(3) {
                    0 => stable[draw(stable.len())],
                    _ => common[draw(common.len())],
                })
                .collect();
            let walked = text.chars().try_fold(Place::NONE, Place::after).is_some();
            assert_eq!(walked, text.nfc().eq(text.chars()), "{text:?}");
        }
    }
}
