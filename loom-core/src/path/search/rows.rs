//! Whether two automata meet, when nothing has to be avoided and normal form is not at stake.
//!
//! A path in both is a walk through pairs of states. They are kept as one row of bits for each state
//! of the left: the states of the right that some text reaches together with it. But for their loops
//! both automata lead down only, so one pass over the rows from the top fills them all, 64 pairs at a
//! time; five thousand states against five thousand are some hundred thousand words of work. A
//! witness is found by walking back over what was reached.
//!
//! Where normal form is kept that can be asked in two ways. Without care, every character may follow
//! every other: then no is no. With care, nothing that combines is read behind anything that it might
//! combine with: then a path is one.

use std::collections::BTreeMap;

use super::super::repo_path::RepoPath;
use super::super::rules::PathRules;
use super::Found;
use super::back::{Before, Ways, before, before_end, is_move, spell};
use super::columns::{Behind, Bits, Classes, Columns, Reading, Shared, holds};
use super::graph::{Edge, Graph, Label};
use super::work::Work;

/// A path that both automata accept. Spends a step for each word of bits it looks at.
pub(super) fn meet(
    left: &Graph,
    right: &Graph,
    rules: PathRules,
    careful: bool,
    work: &mut Work,
) -> Found {
    // Edges of the left cost a row each, those of the right a bit.
    if left.len() < right.len() {
        return meet(right, left, rules, careful, work);
    }
    work.spend(left.text() + right.text());
    let shared = Classes::of(left, right, rules, careful);
    work.spend(shared.work());
    let mut rows = Rows {
        left,
        right,
        columns: Columns::of(right),
        shared,
        rows: vec![[NONE; 5]; left.len()],
        bits: Vec::new(),
        readings: BTreeMap::new(),
        behind: Behind::new(right.len().div_ceil(64)),
        done: None,
        work,
    };
    rows.fill();
    match rows.done {
        _ if rows.work.is_spent() => Found::Unknown,
        None => Found::Nothing,
        Some(last) => rows.path(last).map_or(Found::Unknown, Found::Path),
    }
}

/// How a segment began, as far as `.` and `..` go.
const NOTHING: usize = 0;
const DOT: usize = 1;
const DOT_DOT: usize = 2;
const NAME: usize = 3;
/// A name behind which nothing risky may follow, where that matters.
const BOUND: usize = 4;

const NONE: u32 = u32::MAX;

/// A pair of states, and how the segment began there.
type Pair = (u32, u32, usize);

struct Rows<'a, 'w> {
    left: &'a Graph,
    right: &'a Graph,
    columns: Columns<'a>,
    shared: Classes<'a>,
    /// Per state of the left and start of the segment: where its row is.
    rows: Vec<[u32; 5]>,
    bits: Bits,
    readings: BTreeMap<(u8, u32), Reading>,
    /// What a step came to; kept for its memory.
    behind: Behind,
    /// Where the last segment of a path in both ends.
    done: Option<Pair>,
    work: &'w mut Work,
}

impl<'a> Rows<'a, '_> {
    fn fill(&mut self) {
        let mut first = vec![0; self.columns.words];
        super::columns::set(&mut first, self.right.start());
        self.add(self.left.start(), NOTHING, &first);
        let mut followed = None;
        for state in (0..self.left.len() as u32).rev() {
            if self.done.is_some() || self.work.is_spent() {
                return;
            }
            if followed.take() == Some(state) {
                continue;
            }
            let inside = self.left.inside(state);
            if let Some(inside) = inside {
                self.rest(state, inside);
                followed = Some(inside);
            }
            self.leave(state, |edge| Some(edge.to) != inside);
        }
    }

    /// Goes around a `**` until nothing is new: once for each segment of the right at most.
    fn rest(&mut self, between: u32, inside: u32) {
        loop {
            let known = self.count(between);
            self.leave(between, |edge| edge.to == inside);
            self.leave(inside, |_| true);
            let over = self.done.is_some() || self.work.is_spent();
            if over || self.count(between) == known {
                return;
            }
        }
    }

    fn count(&self, state: u32) -> u32 {
        self.row(state, NOTHING)
            .map_or(0, |row| row.iter().map(|word| word.count_ones()).sum())
    }

    fn row(&self, state: u32, start: usize) -> Option<&[u64]> {
        let at = self.rows[state as usize][start];
        let at = at as usize * self.columns.words;
        (self.rows[state as usize][start] != NONE).then(|| &self.bits[at..at + self.columns.words])
    }

    /// Adds to a row.
    fn add(&mut self, state: u32, start: usize, more: &[u64]) {
        if more.iter().all(|&word| word == 0) {
            return;
        }
        let words = self.columns.words;
        let row = &mut self.rows[state as usize][start];
        if *row == NONE {
            *row = (self.bits.len() / words) as u32;
            self.bits.extend_from_slice(more);
            return;
        }
        let at = *row as usize * words;
        for (word, more) in self.bits[at..at + words].iter_mut().zip(more) {
            *word |= more;
        }
    }

    /// Follows the edges of a state that are asked for, from each of its rows.
    fn leave(&mut self, state: u32, wanted: impl Fn(&Edge) -> bool) {
        let left: &'a Graph = self.left;
        let edges = || left.edges(state).iter().filter(|edge| wanted(edge));
        for start in [NOTHING, DOT, DOT_DOT] {
            if let Some(row) = self.row(state, start).map(<[u64]>::to_vec) {
                for edge in edges().filter(|edge| edge.label != Label::End) {
                    self.read(&row, start, edge);
                }
            }
        }
        if edges().any(|edge| edge.to == state) {
            self.close(state);
        }
        for start in [NAME, BOUND] {
            if let Some(row) = self.row(state, start).map(<[u64]>::to_vec) {
                for edge in edges().filter(|edge| edge.to != state) {
                    match edge.label {
                        Label::End => self.end((state, start), edge.to, &row),
                        _ => self.read(&row, start, edge),
                    }
                }
            }
        }
    }

    fn read(&mut self, row: &[u64], start: usize, edge: &Edge) {
        let (columns, shared) = (&self.columns, &self.shared);
        let reading = reading(&mut self.readings, columns, shared, edge.label, self.work);
        let mut behind = std::mem::take(&mut self.behind);
        behind.clear();
        let steps = columns.read(row, start != BOUND, reading, shared, &mut behind);
        self.work.spend(steps);
        self.add(edge.to, NAME, &behind.name);
        self.add(edge.to, after_dot(start), &behind.dot);
        self.add(edge.to, BOUND, &behind.bound);
        self.behind = behind;
    }

    /// Rests in a star for any run of characters.
    fn close(&mut self, state: u32) {
        let row = |start| self.row(state, start).map(<[u64]>::to_vec);
        let (free, bound) = (row(NAME), row(BOUND));
        if free.is_none() && bound.is_none() {
            return;
        }
        let empty = || vec![0; self.columns.words];
        let (mut free, mut bound) = (free.unwrap_or_else(empty), bound.unwrap_or_else(empty));
        let (columns, shared) = (&self.columns, &self.shared);
        let any = reading(&mut self.readings, columns, shared, Label::Any, self.work);
        let steps = columns.close(&mut free, &mut bound, any, shared);
        self.work.spend(steps);
        self.add(state, NAME, &free);
        self.add(state, BOUND, &bound);
    }

    fn end(&mut self, (state, start): (u32, usize), to: u32, row: &[u64]) {
        let mut next = vec![0; self.columns.words];
        self.work.spend(self.columns.end(row, &mut next));
        if self.left.accepts(to)
            && let Some(right) = self.columns.accepted(&next)
        {
            let before = before_end(self.right, row, right);
            self.done = before.map(|before| (state, before, start));
        }
        self.add(to, NOTHING, &next);
    }

    fn path(&self, last: Pair) -> Option<RepoPath> {
        let (lefts, rights) = (before(self.left), before(self.right));
        let start = (self.left.start(), self.right.start(), NOTHING);
        spell(start, last, |pair| self.ways(pair, &lefts, &rights))
    }

    /// How the segment has begun behind a character, or before the first when that is the end of one.
    fn after(&self, start: usize, c: char) -> Option<usize> {
        if c == '/' {
            return (start >= NAME).then_some(NOTHING);
        }
        match self.shared.kind(c) {
            Shared::Nothing => None,
            Shared::Dot => Some(after_dot(start)),
            Shared::Name => Some(NAME),
            Shared::Active => Some(BOUND),
            Shared::Risky => (start != BOUND).then_some(BOUND),
        }
    }

    /// The pairs just before one, the best last, with what is read from there.
    fn ways(&self, (left, right, start): Pair, lefts: &Before, rights: &Before) -> Ways<Pair> {
        let mut ways: Vec<(u32, Pair, char)> = Vec::new();
        for &(a, a_label) in &lefts[left as usize] {
            for &(b, b_label) in &rights[right as usize] {
                let c = match (a_label, b_label) {
                    (Label::End, Label::End) => '/',
                    _ => match self.shared.character(a_label, b_label) {
                        Some(c) => c,
                        None => continue,
                    },
                };
                for from in [BOUND, NAME, DOT_DOT, DOT, NOTHING] {
                    let reached = self.row(a, from).is_some_and(|row| holds(row, b));
                    if reached && self.after(from, c) == Some(start) {
                        let moves = u32::from(is_move(a, left)) + u32::from(is_move(b, right));
                        ways.push((moves, (a, b, from), c));
                    }
                }
            }
        }
        ways.sort_by_key(|&(moves, ..)| moves);
        ways.into_iter().map(|(_, pair, c)| (pair, c)).collect()
    }
}

fn reading<'r>(
    readings: &'r mut BTreeMap<(u8, u32), Reading>,
    columns: &Columns<'_>,
    shared: &Classes<'_>,
    label: Label,
    work: &mut Work,
) -> &'r Reading {
    readings
        .entry(label.key())
        .or_insert_with(|| columns.reading(label, shared, work))
}

/// How the segment has begun behind a dot.
fn after_dot(start: usize) -> usize {
    (start + 1).min(NAME)
}
