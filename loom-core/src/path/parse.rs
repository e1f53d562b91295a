//! Reads the glob dialect: text to tokens, tokens to alternatives, alternatives to segments.
//!
//! Expansion of braces works on tokens, so a brace inside a class or behind a backslash is never
//! taken for one, and two stars that only meet after expansion are still seen side by side. Nothing
//! recurses: nesting lives on an explicit stack.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::canonical::{canonical, in_alphabet, normalised};
use super::class::CharSet;
use super::limits::{PATTERN_ALTERNATIVES_MAX, PATTERN_BYTES_MAX, PATTERN_SEGMENTS_MAX};
use super::rules::PathRules;
use super::segment::{Alternative, SegmentGlob, SegmentPattern, Token};
use crate::error::{Code, Error};

/// What a glob came to.
pub(crate) struct Parsed {
    /// Alternatives that some path can match, in the order of their text, each text once.
    pub(crate) alternatives: Vec<Alternative>,
    /// Alternatives that brace expansion gave, and their characters, duplicates included.
    pub(crate) expanded: (usize, usize),
}

/// Reads a glob under the rules. `field` is what an error is about.
pub(crate) fn glob(text: &str, rules: PathRules, field: &str) -> Result<Parsed, Error> {
    if text.len() > PATTERN_BYTES_MAX {
        let (max, got) = (PATTERN_BYTES_MAX as u64, text.len() as u64);
        return Err(Error::limit(field, "PATTERN_BYTES_MAX", max, got));
    }
    if text.starts_with('!') {
        return Err(refuse(
            field,
            "`!` at the start negates nothing here; put the pattern in `exclude`, or write `\\!`",
        ));
    }
    let text = normalised(text, rules);
    let mut reader = Reader {
        rules,
        field,
        classes: Vec::new(),
    };
    if !text.contains(SPECIAL) {
        let alternative = reader.alternative(text.split('/'), text.ends_with('/'))?;
        return Ok(Parsed {
            alternatives: alternative.into_iter().collect(),
            expanded: (1, text.chars().count()),
        });
    }
    let words = reader.expand(&text)?;
    let expanded = (words.len(), words.iter().map(Vec::len).sum());
    let mut alternatives = Vec::with_capacity(words.len());
    let mut seen = BTreeSet::new();
    for word in &words {
        // Told apart by a hash first, because words of one pattern begin alike.
        if words.len() == 1 || seen.insert((digest(word), word)) {
            let parts = word.split(|&code| code == SLASH);
            alternatives.extend(reader.alternative(parts, word.last() == Some(&SLASH))?);
        }
    }
    Ok(Parsed {
        alternatives,
        expanded,
    })
}

/// A token of a glob before it is cut into segments: a scalar value, or one of the codes below.
type Code32 = u32;
const ANY: Code32 = 0x11_0000;
const STAR: Code32 = 0x11_0001;
const SLASH: Code32 = 0x11_0002;
const CLASS: Code32 = 0x20_0000;

type Word = Vec<Code32>;

/// What a text must hold to need more than a cut at every slash and a look at each segment.
const SPECIAL: [char; 6] = ['{', '}', '[', ']', '\\', '\0'];

/// The text between two slashes: as it was written, or as tokens.
trait Part {
    fn is(&self, name: &str) -> bool;
    fn is_empty(&self) -> bool;
    fn is_literal(&self) -> bool;
    /// The segment in canonical form, or `None` when no name can match it.
    fn segment(&self, reader: &Reader<'_>) -> Option<SegmentPattern>;
}

impl Part for &str {
    fn is(&self, name: &str) -> bool {
        *self == name
    }

    fn is_empty(&self) -> bool {
        str::is_empty(self)
    }

    fn is_literal(&self) -> bool {
        !self.contains(['*', '?'])
    }

    fn segment(&self, reader: &Reader<'_>) -> Option<SegmentPattern> {
        if self.is_literal() {
            let name = canonical(self, reader.rules);
            return Some(SegmentPattern::Literal(Arc::from(&*name)));
        }
        let codes: Word = self.chars().map(unescaped).collect();
        reader.segment(&codes)
    }
}

impl Part for &[Code32] {
    fn is(&self, name: &str) -> bool {
        self.iter().copied().eq(name.chars().map(u32::from))
    }

    fn is_empty(&self) -> bool {
        <[Code32]>::is_empty(self)
    }

    fn is_literal(&self) -> bool {
        self.iter().all(|&code| code < ANY)
    }

    fn segment(&self, reader: &Reader<'_>) -> Option<SegmentPattern> {
        reader.segment(self)
    }
}

/// The code of a character that stands neither behind a backslash nor in a class.
fn unescaped(c: char) -> Code32 {
    match c {
        '*' => STAR,
        '?' => ANY,
        '/' => SLASH,
        other => other as u32,
    }
}

struct Reader<'a> {
    rules: PathRules,
    field: &'a str,
    classes: Vec<Arc<CharSet>>,
}

/// One open brace: the alternatives behind it that are complete, and those that are being read.
struct Frame {
    complete: Vec<Word>,
    open: Vec<Word>,
    /// Read since the last brace; belongs behind each word of `open`.
    tail: Word,
}

impl Frame {
    fn new() -> Self {
        Frame {
            complete: Vec::new(),
            open: vec![Vec::new()],
            tail: Vec::new(),
        }
    }

    fn flush(&mut self) {
        if !self.tail.is_empty() {
            for word in &mut self.open {
                word.extend_from_slice(&self.tail);
            }
            self.tail.clear();
        }
    }

    fn end_alternative(&mut self) {
        self.flush();
        self.complete.append(&mut self.open);
        self.open.push(Vec::new());
    }
}

impl Reader<'_> {
    fn expand(&mut self, text: &str) -> Result<Vec<Word>, Error> {
        let mut outer: Vec<Frame> = Vec::new();
        let mut frame = Frame::new();
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            match c {
                '\0' => return Err(self.refuse("a pattern cannot hold NUL")),
                '\\' => {
                    let escaped = self.escaped(rest.next())?;
                    frame.tail.push(escaped as u32);
                }
                '[' => {
                    let class = self.class(&mut rest)?;
                    frame.tail.push(class);
                }
                '{' => {
                    frame.flush();
                    outer.push(std::mem::replace(&mut frame, Frame::new()));
                }
                ',' if !outer.is_empty() => {
                    frame.end_alternative();
                    self.check_count(frame.complete.len())?;
                }
                '}' => {
                    let Some(parent) = outer.pop() else {
                        return Err(self.refuse("`}` without `{`; write `\\}` for the character"));
                    };
                    frame.end_alternative();
                    self.check_count(parent.open.len() * frame.complete.len())?;
                    frame = product(parent, &frame.complete);
                }
                other => frame.tail.push(unescaped(other)),
            }
        }
        if !outer.is_empty() {
            return Err(self.refuse("`{` without `}`; write `\\{` for the character"));
        }
        frame.flush();
        Ok(frame.open)
    }

    fn check_count(&self, got: usize) -> Result<(), Error> {
        if got <= PATTERN_ALTERNATIVES_MAX {
            return Ok(());
        }
        let max = PATTERN_ALTERNATIVES_MAX as u64;
        Err(Error::limit(
            self.field,
            "PATTERN_ALTERNATIVES_MAX",
            max,
            got as u64,
        ))
    }

    fn escaped(&self, next: Option<char>) -> Result<char, Error> {
        match next {
            None => Err(self.refuse("a `\\` at the end escapes nothing; write `\\\\`")),
            Some('/') => Err(self.refuse("`\\/`: a slash cannot be escaped; write `/`")),
            Some('\0') => Err(self.refuse("a pattern cannot hold NUL")),
            Some(c) => Ok(c),
        }
    }

    /// Reads a class behind its `[`.
    fn class(&mut self, rest: &mut std::str::Chars<'_>) -> Result<Code32, Error> {
        let negated = rest.clone().next().is_some_and(|c| matches!(c, '!' | '^'));
        if negated {
            rest.next();
        }
        let mut members: Vec<(u32, u32)> = Vec::new();
        // The left end that a `-` here would take: the member just before, if it is no range.
        let mut left: Option<u32> = None;
        let mut first = true;
        loop {
            let Some(c) = rest.next() else {
                return Err(
                    self.refuse("an empty or unterminated class; write `\\[` for the character")
                );
            };
            let mut ahead = rest.clone();
            match c {
                ']' if !first => break,
                '\0' => return Err(self.refuse("a pattern cannot hold NUL")),
                '-' if left.is_some() && ahead.next().is_some_and(|c| c != ']') => {
                    let high = match rest.next() {
                        Some('\\') => self.escaped(rest.next())?,
                        Some('\0') | None => {
                            return Err(self.refuse("a pattern cannot hold NUL"));
                        }
                        Some(c) => c,
                    } as u32;
                    let low = left.take().unwrap_or(high);
                    if low > high {
                        return Err(self.refuse("a reversed range in a class"));
                    }
                    members.push((low, high));
                }
                _ => {
                    let member = if c == '\\' {
                        self.escaped(rest.next())?
                    } else {
                        c
                    } as u32;
                    members.push((member, member));
                    left = Some(member);
                }
            }
            first = false;
        }
        let class = CharSet::class(members, negated, self.rules);
        self.classes.push(Arc::new(class));
        Ok(CLASS + self.classes.len() as u32 - 1)
    }

    /// One alternative in canonical form, or `None` when no path can match it.
    fn alternative<P: Part>(
        &self,
        parts: impl Iterator<Item = P>,
        ends_with_slash: bool,
    ) -> Result<Option<Alternative>, Error> {
        let mut segments: Vec<SegmentPattern> = Vec::new();
        let (mut count, mut possible, mut ends_literal) = (0, true, false);
        for part in parts {
            if part.is_empty() || part.is(".") {
                continue;
            }
            if part.is("..") {
                return Err(
                    self.refuse("a pattern cannot hold `..`; write it from the repository root")
                );
            }
            count += 1;
            if count > PATTERN_SEGMENTS_MAX {
                continue;
            }
            ends_literal = part.is_literal();
            match part.segment(self) {
                None => possible = false,
                Some(SegmentPattern::AnyDepth)
                    if segments.last() == Some(&SegmentPattern::AnyDepth) => {}
                Some(segment) => segments.push(segment),
            }
        }
        if count == 0 {
            return Err(
                self.refuse("an alternative with nothing left; the whole repository is `**`")
            );
        }
        if count > PATTERN_SEGMENTS_MAX {
            let max = PATTERN_SEGMENTS_MAX as u64;
            return Err(Error::limit(
                self.field,
                "PATTERN_SEGMENTS_MAX",
                max,
                count as u64,
            ));
        }
        if (ends_literal || ends_with_slash) && segments.last() != Some(&SegmentPattern::AnyDepth) {
            segments.push(SegmentPattern::AnyDepth);
        }
        Ok(possible.then(|| Alternative::new(segments)))
    }

    /// One segment in canonical form, or `None` when no name can match it.
    fn segment(&self, part: &[Code32]) -> Option<SegmentPattern> {
        if *part == [STAR, STAR] {
            return Some(SegmentPattern::AnyDepth);
        }
        let mut tokens: Vec<Token> = Vec::with_capacity(part.len());
        let mut run = String::new();
        let as_is = !self.rules.folds() && !self.rules.normalises();
        let wild = part.iter().any(|&code| code >= ANY);
        for &code in part {
            if let Some(c) = char::from_u32(code) {
                if as_is && wild && c != '\\' {
                    tokens.push(Token::Char(c));
                } else {
                    run.push(c);
                }
                continue;
            }
            if !run.is_empty() {
                self.end_run(&mut run, &mut tokens)?;
            }
            tokens.push(match code {
                ANY => Token::Any,
                STAR => Token::Star,
                _ => self.class_token(code)?,
            });
        }
        if !wild {
            let name = canonical(&run, self.rules);
            return (!name.contains('\\')).then(|| SegmentPattern::Literal(Arc::from(&*name)));
        }
        self.end_run(&mut run, &mut tokens)?;
        possible_segment(tokens, self.rules)
    }

    fn class_token(&self, code: Code32) -> Option<Token> {
        let class = self.classes.get((code - CLASS) as usize)?;
        match class.single() {
            Some(c) => in_alphabet(c, self.rules).then_some(Token::Char(c)),
            None => class
                .member(self.rules)
                .map(|_| Token::Class(Arc::clone(class))),
        }
    }

    /// Moves a run of literal characters to the tokens; `None` when no path can hold it.
    fn end_run(&self, run: &mut String, tokens: &mut Vec<Token>) -> Option<()> {
        if run.is_empty() {
            return Some(());
        }
        if run.contains('\\') {
            return None;
        }
        tokens.extend(canonical(run, self.rules).chars().map(Token::Char));
        run.clear();
        Some(())
    }

    fn refuse(&self, message: &str) -> Error {
        refuse(self.field, message)
    }
}

/// Classes of one character were written as that character, so a segment may have become a name.
fn possible_segment(tokens: Vec<Token>, rules: PathRules) -> Option<SegmentPattern> {
    let only_dots = |token: &Token| match token {
        Token::Char(c) => *c == '.',
        Token::Class(class) => class.only_dot(rules),
        Token::Any | Token::Star => false,
    };
    if tokens.len() <= 2 && tokens.iter().all(only_dots) {
        return None;
    }
    let name: Option<String> = tokens
        .iter()
        .map(|token| match token {
            Token::Char(c) => Some(*c),
            _ => None,
        })
        .collect();
    match name {
        None => Some(SegmentPattern::Wild(SegmentGlob::new(tokens, rules))),
        Some(name) if *canonical(&name, rules) == *name => {
            Some(SegmentPattern::Literal(Arc::from(name)))
        }
        Some(_) => None,
    }
}

fn digest(word: &[Code32]) -> u64 {
    word.chunks(2).fold(word.len() as u64, |state, pair| {
        let pair = pair
            .iter()
            .fold(0, |pair, &code| pair << 32 | u64::from(code));
        (state.rotate_left(5) ^ pair).wrapping_mul(0x517c_c1b7_2722_0a95)
    })
}

fn product(mut parent: Frame, inner: &[Word]) -> Frame {
    if let [only] = inner {
        parent.tail.extend_from_slice(only);
        parent.flush();
        return parent;
    }
    let mut open = Vec::with_capacity(parent.open.len() * inner.len());
    for front in &parent.open {
        for back in inner {
            let mut word = Vec::with_capacity(front.len() + back.len());
            word.extend_from_slice(front);
            word.extend_from_slice(back);
            open.push(word);
        }
    }
    parent.open = open;
    parent
}

fn refuse(field: &str, message: &str) -> Error {
    Error::at(Code::InvalidPattern, field, message)
}
