//! What one segment of a pattern says: a literal name, a wildcard within the segment, or `**`.
//!
//! The index and the search both work on this form. It is canonical: folded under the rules, `?`
//! before `*` in a run of both, a class of one character written as that character. Two equal
//! patterns of one segment are therefore equal as values far more often than as text.
//!
//! ```
//! use loom_core::path::{PathRules, Pattern, SegmentPattern};
//!
//! let pattern = Pattern::glob("src/*.test.ts", PathRules::default())?;
//! let [alternative] = pattern.alternatives() else { unreachable!() };
//! let SegmentPattern::Wild(glob) = &alternative.segments()[1] else { unreachable!() };
//! assert_eq!(glob.literal_suffix(), ".test.ts");
//! assert!(glob.matches("auth.test.ts") && !glob.matches("auth.ts"));
//! # Ok::<(), loom_core::error::Error>(())
//! ```

use std::sync::Arc;

use super::class::CharSet;
use super::meet;
use super::normal::{class_is_risky, is_risky};
use super::rules::PathRules;

/// One segment of one alternative of a pattern, in canonical form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SegmentPattern {
    /// Exactly this name.
    Literal(Arc<str>),
    /// One name that fits.
    Wild(SegmentGlob),
    /// `**`: zero or more names.
    AnyDepth,
}

/// One alternative of a pattern after brace expansion, in canonical form, with the subtree rule
/// written out: the literal `src/a` is `src`, `a`, [`SegmentPattern::AnyDepth`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alternative {
    segments: Box<[SegmentPattern]>,
}

/// A pattern for one segment that is not a mere literal. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentGlob {
    inner: Arc<Inner>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Inner {
    tokens: Box<[Token]>,
    rules: PathRules,
    prefix: Box<str>,
    suffix: Box<str>,
    first_star: Option<usize>,
    last_star: usize,
    firm: usize,
    longest: usize,
    plain: bool,
}

/// One step within a segment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Token {
    /// This character.
    Char(char),
    /// Any one character: `?`.
    Any,
    /// One character of a class.
    Class(Arc<CharSet>),
    /// Any run of characters: `*`.
    Star,
}

impl Alternative {
    pub(crate) fn new(segments: Vec<SegmentPattern>) -> Self {
        Alternative {
            segments: segments.into_boxed_slice(),
        }
    }

    /// The segments in order. Neighbouring `**` are one.
    pub fn segments(&self) -> &[SegmentPattern] {
        &self.segments
    }

    /// Whether a path of these canonical segments is in this alternative.
    pub fn matches(&self, path: &[&str]) -> bool {
        meet::alternative_matches(&self.segments, path)
    }
}

impl SegmentPattern {
    /// Whether this is one name, and the name fits. `**` fits every name.
    pub fn matches(&self, name: &str) -> bool {
        match self {
            SegmentPattern::Literal(literal) => **literal == *name,
            SegmentPattern::Wild(glob) => glob.matches(name),
            SegmentPattern::AnyDepth => true,
        }
    }
}

impl SegmentPattern {
    /// Characters, or about as much.
    pub(crate) fn weight(&self) -> usize {
        match self {
            SegmentPattern::Literal(name) => name.len() + 1,
            SegmentPattern::Wild(glob) => glob.tokens().len() + 1,
            SegmentPattern::AnyDepth => 1,
        }
    }

    /// As [`SegmentGlob::is_plain`]. A literal is normal and is met as a whole, but read character
    /// by character it still has to be followed.
    pub(crate) fn is_normal_free(&self) -> bool {
        match self {
            SegmentPattern::Wild(glob) => glob.is_plain(),
            SegmentPattern::Literal(_) | SegmentPattern::AnyDepth => true,
        }
    }
}

impl SegmentGlob {
    /// A segment of canonical tokens; at least one is no character.
    pub(crate) fn new(tokens: Vec<Token>, rules: PathRules) -> Self {
        let tokens = ordered(tokens);
        let literal = |token: &Token| match token {
            Token::Char(c) => Some(*c),
            _ => None,
        };
        let prefix: String = tokens.iter().map_while(literal).collect();
        let suffix: Vec<char> = tokens.iter().rev().map_while(literal).collect();
        let suffix: String = suffix.into_iter().rev().collect();
        let star = |token: &Token| matches!(token, Token::Star);
        let first_star = tokens.iter().position(star);
        let last_star = tokens.iter().rposition(star).unwrap_or_default();
        let firm = tokens.iter().filter(|token| !star(token)).count();
        let behind = first_star.map_or(&[][..], |first| &tokens[first + 1..]);
        let longest = behind.split(star).map(<[Token]>::len).max();
        let plain = !rules.normalises() || !tokens.iter().any(Token::is_risky);
        SegmentGlob {
            inner: Arc::new(Inner {
                plain,
                tokens: tokens.into_boxed_slice(),
                rules,
                prefix: prefix.into_boxed_str(),
                suffix: suffix.into_boxed_str(),
                first_star,
                last_star,
                firm,
                longest: longest.unwrap_or_default(),
            }),
        }
    }

    /// Whether the canonical name of one segment fits. `name` must be a legal segment; `.` and `..`,
    /// which no path holds, are not looked for.
    pub fn matches(&self, name: &str) -> bool {
        let inner = &*self.inner;
        name.starts_with(&*inner.prefix)
            && name.ends_with(&*inner.suffix)
            && meet::glob_matches(self, name)
    }

    /// The characters that every name that fits starts with.
    pub fn literal_prefix(&self) -> &str {
        &self.inner.prefix
    }

    /// The characters that every name that fits ends with. It may overlap the prefix: `a[b]a` and
    /// the name `a` are told apart by [`SegmentGlob::matches`] alone.
    pub fn literal_suffix(&self) -> &str {
        &self.inner.suffix
    }

    /// Whether some legal name fits both. Exact.
    pub fn meets(&self, other: &SegmentGlob) -> bool {
        meet::globs_meet(self, other)
    }

    pub(crate) fn tokens(&self) -> &[Token] {
        &self.inner.tokens
    }

    /// How many tokens are no star: no fewer characters can fit.
    pub(crate) fn firm(&self) -> usize {
        self.inner.firm
    }

    /// Steps in which a text of so many characters is compared, going back to the last star only. Each
    /// time it goes back, one more character falls to a star, and no more than what the other tokens
    /// leave over can.
    pub(crate) fn steps(&self, characters: usize) -> usize {
        let spare = characters.saturating_sub(self.inner.firm);
        let back = (spare + 1).saturating_mul(self.inner.longest);
        back.saturating_add(characters)
            .saturating_add(self.inner.tokens.len())
    }

    /// Whether normal form cannot come between this and another plain glob: under `nfc` no
    /// character in it combines with what is before it.
    pub(crate) fn is_plain(&self) -> bool {
        self.inner.plain
    }

    pub(crate) fn rules(&self) -> PathRules {
        self.inner.rules
    }

    /// The tokens before the first star and those after the last, if there is a star.
    pub(crate) fn ends(&self) -> Option<(&[Token], &[Token])> {
        let first = self.inner.first_star?;
        Some((
            &self.inner.tokens[..first],
            &self.inner.tokens[self.inner.last_star + 1..],
        ))
    }
}

impl Token {
    fn is_risky(&self) -> bool {
        match self {
            Token::Char(c) => is_risky(*c),
            Token::Class(class) => class_is_risky(class.ranges()),
            Token::Any | Token::Star => false,
        }
    }
}

/// `*?*` says what `?*` says; the one spelling is every `?` of a run, then one `*`.
fn ordered(mut tokens: Vec<Token>) -> Vec<Token> {
    let out_of_order = |pair: &[Token]| matches!(pair, [Token::Star, Token::Any | Token::Star]);
    if !tokens.windows(2).any(out_of_order) {
        return tokens;
    }
    let (mut kept, mut at) = (0, 0);
    while at < tokens.len() {
        let run = tokens[at..]
            .iter()
            .take_while(|token| matches!(token, Token::Any | Token::Star))
            .count();
        if run == 0 {
            tokens.swap(kept, at);
            (kept, at) = (kept + 1, at + 1);
            continue;
        }
        let stars = tokens[at..at + run]
            .iter()
            .filter(|token| **token == Token::Star)
            .count();
        tokens[kept..kept + run - stars].fill(Token::Any);
        kept += run - stars;
        if stars > 0 {
            tokens[kept] = Token::Star;
            kept += 1;
        }
        at += run;
    }
    tokens.truncate(kept);
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_runs_between_stars_are_found_in_one_pass() {
        let glob = |text: &str| {
            let token = |c| match c {
                '*' => Token::Star,
                '?' => Token::Any,
                c => Token::Char(c),
            };
            SegmentGlob::new(text.chars().map(token).collect(), PathRules::default())
        };
        assert!(glob(&"*a".repeat(500)).steps(4_096) < 10_000);
        assert!(glob(&format!("*{}b", "a".repeat(1_000))).steps(1_010) < 20_000);
        assert!(glob(&format!("{}*", "?".repeat(1_000))).steps(4_096) < 10_000);
        assert!(glob(&format!("*{}b", "a".repeat(1_000))).steps(4_096) > 1_000_000);
    }
}
