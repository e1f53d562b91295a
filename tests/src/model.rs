//! A deliberately simple model of the path algebra, written from PATHS.md and from nothing else.
//!
//! It expands braces as text, matches by plain backtracking, and answers questions about sets by
//! trying every path over a small alphabet. It is slow, and right for reasons that can be read.
//!
//! ```
//! use loom_tests::model::{Folding, matches};
//!
//! assert!(matches("src/{a,b}/*.rs", "src/a/x.rs", Folding::default()));
//! assert!(!matches("src/*", "src/a/x.rs", Folding::default()));
//! ```

use unicode_normalization::UnicodeNormalization;

/// What the model folds: letter case by `to_lowercase` (the same as simple folding for the letters
/// that the tests use), and NFC.
#[derive(Debug, Clone, Copy, Default)]
pub struct Folding {
    /// Letter case does not count.
    pub case: bool,
    /// Canonically equivalent spellings are one.
    pub nfc: bool,
}

impl Folding {
    /// The canonical form of a text.
    pub fn canonical(self, text: &str) -> String {
        let text = self.nfc(text);
        if !self.case {
            return text;
        }
        let folded: String = text.chars().map(lower).collect();
        self.nfc(&folded)
    }

    fn nfc(self, text: &str) -> String {
        if self.nfc {
            text.nfc().collect()
        } else {
            text.to_owned()
        }
    }
}

fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

/// Whether a legal glob holds a path that is in normal spelling already.
pub fn matches(glob: &str, path: &str, folding: Folding) -> bool {
    let path = folding.canonical(path);
    let path: Vec<Vec<char>> = path.split('/').map(|name| name.chars().collect()).collect();
    expand(&folding.nfc(glob))
        .iter()
        .any(|alternative| alternative_matches(alternative, &path, folding))
}

/// Every path over the characters, up to `length` characters with the slashes.
pub fn paths(alphabet: &[char], length: usize, folding: Folding) -> Vec<String> {
    let mut found = Vec::new();
    let mut longest = vec![String::new()];
    for _ in 0..length {
        let mut longer = Vec::new();
        for text in &longest {
            for &c in alphabet.iter().chain(&['/']) {
                longer.push(format!("{text}{c}"));
            }
        }
        found.extend(longer.iter().filter(|text| is_path(text, folding)).cloned());
        longest = longer;
    }
    found
}

fn is_path(text: &str, folding: Folding) -> bool {
    text.split('/').all(|name| !matches!(name, "" | "." | "..")) && folding.canonical(text) == *text
}

/// Brace expansion as text: the first group is replaced by each of its alternatives, until none is left.
fn expand(glob: &str) -> Vec<String> {
    let chars: Vec<char> = glob.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '[' => at = class_end(&chars, at),
            '{' => {
                let (parts, end) = group(&chars, at);
                let text = |part: &[char]| part.iter().collect::<String>();
                let (front, back) = (text(&chars[..at]), text(&chars[end..]));
                return parts
                    .iter()
                    .flat_map(|part| expand(&format!("{front}{part}{back}")))
                    .collect();
            }
            _ => at += 1,
        }
    }
    vec![glob.to_owned()]
}

fn group(chars: &[char], open: usize) -> (Vec<String>, usize) {
    let (mut parts, mut from, mut depth, mut at) = (Vec::new(), open + 1, 0, open + 1);
    loop {
        match chars[at] {
            '\\' => at += 1,
            '[' => at = class_end(chars, at) - 1,
            '{' => depth += 1,
            ',' if depth == 0 => {
                parts.push(chars[from..at].iter().collect());
                from = at + 1;
            }
            '}' if depth == 0 => {
                parts.push(chars[from..at].iter().collect());
                return (parts, at + 1);
            }
            '}' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
}

/// One past the `]` of the class that opens at `open`.
fn class_end(chars: &[char], open: usize) -> usize {
    let mut at = open + 1;
    if matches!(chars[at], '!' | '^') {
        at += 1;
    }
    let first = at;
    while chars[at] != ']' || at == first {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

enum Part {
    Char(char),
    Any,
    Star,
    Class(bool, Vec<(char, char)>),
}

fn alternative_matches(text: &str, path: &[Vec<char>], folding: Folding) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let mut segments: Vec<Vec<char>> = vec![Vec::new()];
    let mut at = 0;
    while at < chars.len() {
        let end = match chars[at] {
            '\\' => at + 2,
            '[' => class_end(&chars, at),
            '/' => {
                segments.push(Vec::new());
                at += 1;
                continue;
            }
            _ => at + 1,
        };
        if let Some(last) = segments.last_mut() {
            last.extend_from_slice(&chars[at..end]);
        }
        at = end;
    }
    let trailing = segments.last().is_some_and(Vec::is_empty);
    segments.retain(|segment| !segment.is_empty() && *segment != ['.'] && *segment != ['\\', '.']);
    let parsed: Vec<Vec<Part>> = segments.iter().map(|text| parts(text, folding)).collect();
    let literal = parsed
        .last()
        .is_some_and(|parts| parts.iter().all(|part| matches!(part, Part::Char(_))));
    walk(&segments, &parsed, path, trailing || literal)
}

fn walk(text: &[Vec<char>], parsed: &[Vec<Part>], path: &[Vec<char>], below: bool) -> bool {
    match (text.first(), path.first()) {
        (None, rest) => rest.is_none() || below,
        (Some(segment), name) if *segment == ['*', '*'] => {
            walk(&text[1..], &parsed[1..], path, below)
                || (name.is_some() && walk(text, parsed, &path[1..], below))
        }
        (Some(_), None) => false,
        (Some(_), Some(name)) => {
            fits(&parsed[0], name) && walk(&text[1..], &parsed[1..], &path[1..], below)
        }
    }
}

fn fits(parts: &[Part], name: &[char]) -> bool {
    match (parts.first(), name.first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some(Part::Star), first) => {
            fits(&parts[1..], name) || (first.is_some() && fits(parts, &name[1..]))
        }
        (Some(_), None) => false,
        (Some(part), Some(&c)) => {
            let fit = match part {
                Part::Char(own) => *own == c,
                Part::Any | Part::Star => true,
                Part::Class(negated, ranges) => {
                    ranges.iter().any(|&(low, high)| low <= c && c <= high) != *negated
                }
            };
            fit && fits(&parts[1..], &name[1..])
        }
    }
}

fn parts(text: &[char], folding: Folding) -> Vec<Part> {
    let (mut parts, mut run, mut at) = (Vec::new(), String::new(), 0);
    let flush = |run: &mut String, parts: &mut Vec<Part>| {
        parts.extend(folding.canonical(run).chars().map(Part::Char));
        run.clear();
    };
    while at < text.len() {
        let part = match text[at] {
            '*' => Part::Star,
            '?' => Part::Any,
            '[' => class(&text[at..class_end(text, at)], folding),
            '\\' => {
                run.push(text[at + 1]);
                at += 2;
                continue;
            }
            c => {
                run.push(c);
                at += 1;
                continue;
            }
        };
        flush(&mut run, &mut parts);
        at = match part {
            Part::Class(..) => class_end(text, at),
            _ => at + 1,
        };
        parts.push(part);
    }
    flush(&mut run, &mut parts);
    parts
}

fn class(text: &[char], folding: Folding) -> Part {
    let negated = matches!(text[1], '!' | '^');
    let members = &text[1 + usize::from(negated)..text.len() - 1];
    // Members with their escapes resolved, and whether each was a bare `-`.
    let (mut plain, mut at) = (Vec::new(), 0);
    while at < members.len() {
        let escaped = members[at] == '\\';
        at += usize::from(escaped);
        plain.push((members[at], !escaped && members[at] == '-'));
        at += 1;
    }
    let (mut ranges, mut at) = (Vec::new(), 0);
    while at < plain.len() {
        let low = plain[at].0;
        if at + 2 < plain.len() && plain[at + 1].1 {
            ranges.push((low, plain[at + 2].0));
            at += 3;
        } else {
            ranges.push((low, low));
            at += 1;
        }
    }
    if folding.case {
        let folded: Vec<(char, char)> = ranges
            .iter()
            .flat_map(|&(low, high)| (low..=high).map(lower).map(|c| (c, c)))
            .collect();
        ranges.extend(folded);
    }
    Part::Class(negated, ranges)
}
