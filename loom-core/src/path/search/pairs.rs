//! Whether two automata meet, when nothing has to be avoided and normal form is not at stake.
//!
//! The same walk as [`walk`](super::walk) over pairs of states alone, where what was seen is one
//! table of parents: large products (a thousand stars against a thousand stars) come down to a few
//! nanoseconds a pair. What a step read is found again from its two ends when the witness is written.

use super::super::class::CharSet;
use super::super::limits::{PATH_BYTES_MAX, PATH_SEGMENTS_MAX};
use super::super::repo_path::RepoPath;
use super::super::rules::PathRules;
use super::Found;
use super::graph::{Graph, Label};

/// A path that both automata accept.
pub(super) fn meet(left: &Graph, right: &Graph, rules: PathRules) -> Found {
    let mut pairs = Pairs {
        left,
        right,
        rules,
        other: other(left, right),
        parents: vec![0; left.len() * right.len() * 4],
        rings: Default::default(),
    };
    pairs.run()
}

/// How a segment began, as far as `.` and `..` go.
const NOTHING: u32 = 0;
const DOT: u32 = 1;
const DOT_DOT: u32 = 2;
const NAME: u32 = 3;

/// A parent that is no pair: the start.
const START: u32 = u32::MAX;

struct Pairs<'a> {
    left: &'a Graph,
    right: &'a Graph,
    rules: PathRules,
    /// A character that neither mentions.
    other: char,
    /// Per pair and start of the segment: one more than where it was first reached from; 0 is never.
    parents: Vec<u32>,
    rings: [Vec<u32>; 5],
}

/// What two labels read together.
enum Common {
    Nothing,
    End,
    Char(char),
}

impl Pairs<'_> {
    fn run(&mut self) -> Found {
        let start = self.index(self.left.start(), self.right.start(), NOTHING);
        self.parents[start as usize] = START;
        self.rings[0].push(start);
        for bytes in 0..=PATH_BYTES_MAX {
            let ring = bytes % 5;
            let mut at = 0;
            while let Some(&pair) = self.rings[ring].get(at) {
                at += 1;
                if let Some(last) = self.leave(pair, ring) {
                    return self.path(pair, last).map_or(Found::Nothing, Found::Path);
                }
            }
            self.rings[ring].clear();
            if self.rings.iter().all(Vec::is_empty) {
                break;
            }
        }
        // Nothing, or nothing but what is longer than any path.
        Found::Nothing
    }

    fn index(&self, left: u32, right: u32, start: u32) -> u32 {
        // One plane for each start, because nearly all pairs are within a name.
        start * self.plane() + left * self.right.len() as u32 + right
    }

    fn plane(&self) -> u32 {
        (self.left.len() * self.right.len()) as u32
    }

    fn split(&self, pair: u32) -> (u32, u32, u32) {
        let rights = self.right.len() as u32;
        let (start, pair) = (pair / self.plane(), pair % self.plane());
        (pair / rights, pair % rights, start)
    }

    /// Takes every step from a pair; the accepting pair, when one of them accepts.
    fn leave(&mut self, pair: u32, ring: usize) -> Option<u32> {
        let (left, right, start) = self.split(pair);
        let (a_graph, b_graph) = (self.left, self.right);
        for a in a_graph.edges(left) {
            for b in b_graph.edges(right) {
                let (next, bytes) = match self.common(a.label, b.label) {
                    Common::Nothing => continue,
                    Common::End if start != NAME => continue,
                    Common::End => {
                        if a_graph.accepts(a.to) && b_graph.accepts(b.to) {
                            return Some(self.index(a.to, b.to, NOTHING));
                        }
                        (NOTHING, 1)
                    }
                    Common::Char(c) => (after(start, c), c.len_utf8()),
                };
                let index = self.index(a.to, b.to, next);
                let parent = &mut self.parents[index as usize];
                if *parent == 0 {
                    *parent = pair + 1;
                    self.rings[(ring + bytes) % 5].push(index);
                }
            }
        }
        None
    }

    fn common(&self, a: Label, b: Label) -> Common {
        match (a, b) {
            (Label::Any, Label::Any) => Common::Char(self.other),
            (Label::Char(c), Label::Char(d)) if c == d => Common::Char(c),
            (Label::Char(c), Label::Any) | (Label::Any, Label::Char(c)) => Common::Char(c),
            (Label::End, Label::End) => Common::End,
            (Label::Char(c), label) if self.right.reads(label, c) => Common::Char(c),
            (label, Label::Char(c)) if self.left.reads(label, c) => Common::Char(c),
            (Label::Class(_), Label::Class(_) | Label::Any) | (Label::Any, Label::Class(_)) => {
                fn class(graph: &Graph, label: Label) -> Option<&CharSet> {
                    match label {
                        Label::Class(at) => graph.classes().get(at as usize),
                        _ => None,
                    }
                }
                let (a, b) = (class(self.left, a), class(self.right, b));
                match (a.or(b), b.or(a)) {
                    (Some(one), Some(two)) => one
                        .common(two, self.rules)
                        .map_or(Common::Nothing, Common::Char),
                    _ => Common::Nothing,
                }
            }
            _ => Common::Nothing,
        }
    }

    /// The path to a pair and on to the accepting one, unless it has more segments than a path may.
    fn path(&self, pair: u32, last: u32) -> Option<RepoPath> {
        let mut read: Vec<char> = Vec::new();
        let (mut at, mut next) = (pair, last);
        loop {
            let c = self.read_between(at, next)?;
            if next != last || c != '/' || !read.is_empty() {
                read.push(c);
            }
            match self.parents[at as usize] {
                START => break,
                parent => (at, next) = (parent - 1, at),
            }
        }
        let text: String = read.iter().rev().collect();
        let fits = text.len() <= PATH_BYTES_MAX && text.split('/').count() <= PATH_SEGMENTS_MAX;
        fits.then(|| RepoPath::from_canonical(text))
    }

    fn read_between(&self, from: u32, to: u32) -> Option<char> {
        let (left, right, start) = self.split(from);
        let (next_left, next_right, next_start) = self.split(to);
        let lefts = self.left.edges(left).iter().filter(|a| a.to == next_left);
        lefts
            .flat_map(|a| self.right.edges(right).iter().map(move |b| (a, b)))
            .filter(|(_, b)| b.to == next_right)
            .find_map(|(a, b)| match self.common(a.label, b.label) {
                Common::Char(c) if after(start, c) == next_start => Some(c),
                Common::End if next_start == NOTHING && start == NAME => Some('/'),
                _ => None,
            })
    }
}

fn after(start: u32, c: char) -> u32 {
    match (start, c) {
        (NOTHING, '.') => DOT,
        (DOT, '.') => DOT_DOT,
        _ => NAME,
    }
}

fn other(left: &Graph, right: &Graph) -> char {
    let taken = |c: &char| {
        [left, right]
            .iter()
            .any(|g| g.literals().binary_search(c).is_ok())
    };
    ('x'..='z')
        .chain('a'..='w')
        .chain('0'..='9')
        .find(|c| !taken(c))
        .unwrap_or('x')
}
