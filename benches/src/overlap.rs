//! Whether two compiled patterns meet, beside a product of two `regex-automata` dense DFAs.
//!
//! Both answer the same question: a path that is in both patterns, or none. The peer's DFAs are
//! built and minimised before the clock runs, its byte classes and accepting states are looked up
//! beforehand, its memory is kept from one question to the next, and it may take `.` and `..` for
//! names, which we may not.

use std::collections::BTreeSet;

use loom_core::path::{PathRules, Pattern, RepoPath};
use regex_automata::Anchored;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;

use crate::measure::side_by_side;
use crate::population::mix;
use crate::report::{Line, Promise, Report};
use crate::{Effort, Outcome};

const PEER: &str = "product of two dense DFAs";

const PAIRS: &[(&str, &str)] = &[
    ("src/auth/login.rs", "src/auth/login.rs"),
    ("src/auth", "src/**/*.rs"),
    ("src/**/*.{ts,tsx}", "**/auth/*.test.*"),
    (
        "services/*/handlers/*_test.go",
        "services/payments/**/refund_*.go",
    ),
    ("**/a/**/b/**/*.rs", "**/b/**/a/**/*.rs"),
    ("docs/**", "src/**"),
    ("src/**/*.rs", "src/**/*.toml"),
    ("apps/[a-m]*/pages/**", "apps/[n-z]*/pages/**"),
    ("packages/{core,ui}/**/*.test.ts", "packages/cli/**/*.ts"),
    ("**/a/**/b/**/c/*.rs", "**/c/**/b/**/a/*.go"),
];

pub(crate) fn measure(report: &mut Report, effort: &Effort) -> Outcome {
    let rounds = effort.of(101);
    let mut product = Product::default();
    for (left, right) in PAIRS {
        let (left, right) = (Both::compile(left)?, Both::compile(right)?);
        let meets = agreed(&left, &right, &mut product)?;
        let (ours, peer) = side_by_side(
            rounds,
            || left.ours.overlap(&right.ours),
            || product.witness(&left.peer, &right.peer),
        );
        let sign = if meets { "meets" } else { "misses" };
        let name = format!("{} {sign} {}", left.text(), right.text());
        report.add(
            Line::timed(name, 1, ours)
                .beside(PEER, peer)
                .promised(Promise::Ratio(10.0)),
        );
    }

    let pool = (0..64)
        .map(random_glob)
        .map(|glob| Both::compile(&glob))
        .collect::<Outcome<Vec<_>>>()?;
    let mut met = 0;
    for left in &pool {
        for right in &pool {
            met += u64::from(agreed(left, right, &mut product)?);
        }
    }
    let pairs = pool.len() * pool.len();
    let (ours, peer) = side_by_side(
        effort.of(31),
        || {
            each_pair(&pool, |left, right| {
                left.ours.overlap(&right.ours).is_some()
            })
        },
        || {
            each_pair(&pool, |left, right| {
                product.witness(&left.peer, &right.peer).is_some()
            })
        },
    );
    let name = format!(
        "overlap of random pairs, {}% meet",
        met * 100 / pairs as u64
    );
    let (ours, peer) = (ours / pairs as f64, peer / pairs as f64);
    report.add(
        Line::timed(name, pairs as u64, ours)
            .beside(PEER, peer)
            .promised(Promise::Ratio(10.0)),
    );
    Ok(())
}

/// Both must answer the same, and each witness must be in both patterns for both.
fn agreed(left: &Both, right: &Both, product: &mut Product) -> Outcome<bool> {
    let witness = left.ours.overlap(&right.ours);
    let peer = product.witness(&left.peer, &right.peer);
    let is_in_both = |path: &str| {
        [left, right]
            .iter()
            .all(|it| it.peer.holds(path) && it.holds(path))
    };
    let ours = witness.as_ref().map(RepoPath::as_str);
    let are_right = ours.into_iter().chain(peer.as_deref()).all(is_in_both);
    if ours.is_some() != peer.is_some() || !are_right {
        let (left, right) = (left.text(), right.text());
        return Err(format!("{left} and {right}: we say {ours:?}, the peer {peer:?}").into());
    }
    Ok(peer.is_some())
}

fn each_pair(pool: &[Both], mut meets: impl FnMut(&Both, &Both) -> bool) -> usize {
    pool.iter()
        .map(|left| pool.iter().filter(|right| meets(left, right)).count())
        .sum()
}

/// Globs as loops write them, over few names, so that many meet.
fn random_glob(nth: u64) -> String {
    const ROOTS: [&str; 6] = [
        "src",
        "src/auth",
        "services/*",
        "**",
        "packages/{core,ui}",
        "apps/web",
    ];
    const MIDDLES: [&str; 6] = ["", "/**", "/handlers", "/[a-m]*", "/**/auth", "/*/src"];
    const ENDS: [&str; 6] = ["", "/**", "/*.rs", "/*.{ts,tsx}", "/*_test.*", "/login.rs"];
    let pick = |from: &[&'static str; 6], salt: u64| from[(mix(nth * 3 + salt) % 6) as usize];
    let (root, middle, end) = (pick(&ROOTS, 0), pick(&MIDDLES, 1), pick(&ENDS, 2));
    format!("{root}{middle}{end}")
}

/// A pattern, compiled by us and by the peer.
struct Both {
    ours: Pattern,
    peer: Dfa,
}

impl Both {
    fn compile(glob: &str) -> Outcome<Both> {
        let ours = Pattern::glob(glob, PathRules::default())?;
        let peer = Dfa::compile(glob)?;
        Ok(Both { ours, peer })
    }

    fn holds(&self, path: &str) -> bool {
        RepoPath::parse(path, &self.ours.rules()).is_ok_and(|path| self.ours.matches(&path))
    }

    fn text(&self) -> &str {
        self.ours.source().text()
    }
}

/// A minimal DFA with what the product asks of it looked up beforehand.
struct Dfa {
    dfa: dense::DFA<Vec<u32>>,
    start: StateID,
    /// Whether a text may end in a state, by its number.
    accepts: Vec<bool>,
    /// The bytes that are of another class than the byte before.
    borders: Vec<u8>,
}

impl Dfa {
    fn compile(glob: &str) -> Outcome<Dfa> {
        let dfa = dense::Builder::new()
            .configure(
                dense::Config::new()
                    .start_kind(StartKind::Anchored)
                    .minimize(true),
            )
            .build(&regex_of(glob))?;
        let anchored = start::Config::new().anchored(Anchored::Yes);
        let start = dfa.start_state(&anchored)?;
        let class = |byte| dfa.byte_classes().get(byte);
        let borders = (0..=255)
            .filter(|byte| *byte == 0 || class(*byte) != class(byte - 1))
            .collect();
        let mut dfa = Dfa {
            dfa,
            start,
            accepts: Vec::new(),
            borders,
        };
        let mut known = BTreeSet::from([start]);
        let mut open = vec![start];
        while let Some(state) = open.pop() {
            let number = dfa.number(state);
            if dfa.accepts.len() <= number {
                dfa.accepts.resize(number + 1, false);
            }
            dfa.accepts[number] = dfa.dfa.is_match_state(dfa.dfa.next_eoi_state(state));
            for byte in 0..=255 {
                let next = dfa.dfa.next_state(state, byte);
                if known.insert(next) {
                    open.push(next);
                }
            }
        }
        Ok(dfa)
    }

    fn number(&self, state: StateID) -> usize {
        state.as_usize() >> self.dfa.stride2()
    }

    fn holds(&self, path: &str) -> bool {
        let end = path
            .bytes()
            .fold(self.start, |state, byte| self.dfa.next_state(state, byte));
        self.accepts[self.number(end)]
    }
}

/// Goes through the pairs of states that one text leads to, breadth first, until both accept.
/// Its memory is kept from one question to the next.
#[derive(Default)]
struct Product {
    question: u32,
    /// The last question that met a pair of states.
    seen: Vec<u32>,
    /// The last question that met a pair of byte classes.
    told_apart: Vec<u32>,
    letters: Vec<u8>,
    queue: Vec<Step>,
}

/// A pair of states, and how it was first come to.
#[derive(Clone, Copy)]
struct Step {
    left: StateID,
    right: StateID,
    from: usize,
    byte: u8,
}

impl Product {
    /// A text that both accept.
    fn witness(&mut self, left: &Dfa, right: &Dfa) -> Option<String> {
        self.question += 1;
        self.choose_letters(left, right);
        let width = right.accepts.len();
        let pairs = left.accepts.len() * width;
        if self.seen.len() < pairs {
            self.seen.resize(pairs, 0);
        }
        self.queue.clear();
        self.queue.push(Step {
            left: left.start,
            right: right.start,
            from: 0,
            byte: 0,
        });
        let mut from = 0;
        while let Some(step) = self.queue.get(from).copied() {
            for byte in self.letters.iter().copied() {
                let l = left.dfa.next_state(step.left, byte);
                if left.dfa.is_dead_state(l) {
                    continue;
                }
                let r = right.dfa.next_state(step.right, byte);
                if right.dfa.is_dead_state(r) {
                    continue;
                }
                let (a, b) = (left.number(l), right.number(r));
                let seen = &mut self.seen[a * width + b];
                if *seen != self.question {
                    *seen = self.question;
                    self.queue.push(Step {
                        left: l,
                        right: r,
                        from,
                        byte,
                    });
                    if left.accepts[a] && right.accepts[b] {
                        return self.text_of_last();
                    }
                }
            }
            from += 1;
        }
        None
    }

    fn text_of_last(&self) -> Option<String> {
        let mut at = self.queue.len() - 1;
        let mut text = Vec::new();
        while at != 0 {
            text.push(self.queue[at].byte);
            at = self.queue[at].from;
        }
        text.reverse();
        String::from_utf8(text).ok()
    }

    /// One byte for each pair of byte classes: what both DFAs together tell apart.
    fn choose_letters(&mut self, left: &Dfa, right: &Dfa) {
        let (classes, width) = (left.dfa.byte_classes(), right.dfa.alphabet_len());
        let pairs = left.dfa.alphabet_len() * width;
        if self.told_apart.len() < pairs {
            self.told_apart.resize(pairs, 0);
        }
        self.letters.clear();
        let (mut l, mut r) = (&left.borders[..], &right.borders[..]);
        while let Some(byte) = l.first().into_iter().chain(r.first()).min().copied() {
            l = &l[usize::from(l.first() == Some(&byte))..];
            r = &r[usize::from(r.first() == Some(&byte))..];
            let pair = usize::from(classes.get(byte)) * width
                + usize::from(right.dfa.byte_classes().get(byte));
            if self.told_apart[pair] != self.question {
                self.told_apart[pair] = self.question;
                self.letters.push(byte);
            }
        }
    }
}

const LETTER: &str = r"[^/\x00]";
const NAME: &str = r"[^/\x00]+";
const BELOW: &str = r"(?:/[^/\x00]+)*";

/// The regex of the same paths, for the part of the dialect that is measured here: no escapes, no
/// nested braces, no negated classes.
fn regex_of(glob: &str) -> String {
    let whole: Vec<String> = expanded(glob)
        .iter()
        .map(|glob| regex_of_one(glob))
        .collect();
    format!(r"\A(?:{})\z", whole.join("|"))
}

fn expanded(glob: &str) -> Vec<String> {
    let parts = glob.split_once('{').and_then(|(front, rest)| {
        let (inner, back) = rest.split_once('}')?;
        Some((front, inner, back))
    });
    let Some((front, inner, back)) = parts else {
        return vec![glob.to_owned()];
    };
    inner
        .split(',')
        .flat_map(|word| expanded(&format!("{front}{word}{back}")))
        .collect()
}

fn regex_of_one(glob: &str) -> String {
    let segments: Vec<&str> = glob.split('/').collect();
    let mut regex = String::new();
    let mut joined = true;
    for (nth, segment) in segments.iter().enumerate() {
        let is_last = nth + 1 == segments.len();
        match *segment {
            "**" if is_last && joined => regex.extend([NAME, BELOW]),
            "**" if is_last => regex.push_str(BELOW),
            "**" => {
                regex.push_str(if joined { "" } else { "/" });
                regex.extend(["(?:", NAME, "/)*"]);
                joined = true;
            }
            segment => {
                regex.push_str(if joined { "" } else { "/" });
                regex.push_str(&regex_of_segment(segment));
                joined = false;
                if is_last && !segment.contains(['*', '?', '[']) {
                    regex.push_str(BELOW);
                }
            }
        }
    }
    regex
}

fn regex_of_segment(segment: &str) -> String {
    if segment == "*" {
        return NAME.to_owned();
    }
    let mut in_class = false;
    let mut regex = String::new();
    for letter in segment.chars() {
        match letter {
            '*' if !in_class => regex.extend([LETTER, "*"]),
            '?' if !in_class => regex.push_str(LETTER),
            '[' | ']' => {
                in_class = letter == '[';
                regex.push(letter);
            }
            '.' | '+' | '(' | ')' | '|' | '^' | '$' => regex.extend(['\\', letter]),
            _ => regex.push(letter),
        }
    }
    regex
}
