//! Whether two automata meet, when nothing has to be avoided and normal form is not at stake.
//!
//! A path in both is a walk through pairs of states. They are kept as one row of bits for each state
//! of the left: the states of the right that some text reaches together with it. But for their loops
//! both automata lead down only, so one pass over the rows from the top fills them all, 64 pairs at a
//! time; five thousand states against five thousand are some hundred thousand words of work. A
//! witness is found by walking back over what was reached.

use std::collections::{BTreeMap, BTreeSet};

use super::super::limits::{PATH_BYTES_MAX, PATH_SEGMENTS_MAX};
use super::super::normal::is_risky;
use super::super::repo_path::RepoPath;
use super::super::rules::PathRules;
use super::Found;
use super::columns::{Bits, Classes, Columns, Reading, holds};
use super::graph::{Edge, Graph, Label};
use super::work::Work;

/// A path that both automata accept. Spends a step for each word of bits it looks at.
pub(super) fn meet(left: &Graph, right: &Graph, rules: PathRules, work: &mut Work) -> Found {
    // Edges of the left cost a row each, those of the right a bit.
    if left.len() < right.len() {
        return meet(right, left, rules, work);
    }
    work.spend(left.text() + right.text());
    let shared = Classes::of(left, right, rules);
    work.spend(shared.work());
    let mut rows = Rows {
        left,
        right,
        columns: Columns::of(right),
        shared,
        rows: vec![[NONE; 4]; left.len()],
        bits: Vec::new(),
        readings: BTreeMap::new(),
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

const NONE: u32 = u32::MAX;

/// A pair of states, and how the segment began there.
type Pair = (u32, u32, usize);

struct Rows<'a, 'w> {
    left: &'a Graph,
    right: &'a Graph,
    columns: Columns<'a>,
    shared: Classes<'a>,
    /// Per state of the left and start of the segment: where its row is.
    rows: Vec<[u32; 4]>,
    bits: Bits,
    readings: BTreeMap<(u8, u32), Reading>,
    /// Where the last segment of a path in both ends.
    done: Option<Pair>,
    work: &'w mut Work,
}

/// The ways back from a pair that are left to try: where to, and what is read on the way.
type Ways = Vec<(Pair, char)>;

impl<'a> Rows<'a, '_> {
    fn fill(&mut self) {
        let words = self.columns.words;
        let mut first = vec![0; words];
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
            // `**` is two states that lead to each other, between segments and inside one.
            let inside = state.checked_sub(1).filter(|&inside| {
                self.left
                    .edges(inside)
                    .iter()
                    .any(|edge| edge.label == Label::End && edge.to == state)
            });
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
        let words = self.columns.words;
        for start in [NOTHING, DOT, DOT_DOT, NAME] {
            let edges = || left.edges(state).iter().filter(|edge| wanted(edge));
            let rests = edges().any(|edge| edge.to == state);
            let Some(row) = self.row(state, start) else {
                continue;
            };
            let mut row = row.to_vec();
            if start == NAME && rests {
                let reading = reading(
                    &mut self.readings,
                    &self.columns,
                    &self.shared,
                    Label::Any,
                    self.work,
                );
                let steps = self.columns.close(&mut row, reading, &self.shared);
                self.work.spend(steps);
                self.add(state, NAME, &row);
            }
            for edge in edges().filter(|edge| start != NAME || edge.to != state) {
                if edge.label == Label::End {
                    if start == NAME {
                        self.end(state, edge.to, &row);
                    }
                    continue;
                }
                let reading = reading(
                    &mut self.readings,
                    &self.columns,
                    &self.shared,
                    edge.label,
                    self.work,
                );
                let (mut name, mut dot) = (vec![0; words], vec![0; words]);
                let dots = (start != NAME).then_some(&mut *dot);
                let shared = &self.shared;
                let steps = self.columns.read(&row, reading, shared, &mut name, dots);
                self.work.spend(steps);
                self.add(edge.to, NAME, &name);
                self.add(edge.to, after_dot(start), &dot);
            }
        }
    }

    fn end(&mut self, state: u32, to: u32, row: &[u64]) {
        let mut next = vec![0; self.columns.words];
        self.work.spend(self.columns.end(row, &mut next));
        if self.left.accepts(to)
            && let Some(right) = self.columns.accepted(&next)
        {
            // The state of the right before: one of the row that an end leads there from.
            let before = (0..self.right.len() as u32).rev().find(|&before| {
                let mut edges = self.right.edges(before).iter();
                holds(row, before) && edges.any(|edge| edge.label == Label::End && edge.to == right)
            });
            self.done = before.map(|before| (state, before, NAME));
        }
        self.add(to, NOTHING, &next);
    }

    /// Walks back to the start, depth first. Steps that rest in a loop on both sides come last, so
    /// the path is about as short as its patterns.
    fn path(&self, last: Pair) -> Option<RepoPath> {
        let (lefts, rights) = (before(self.left), before(self.right));
        let other = other(self.left, self.right, self.shared.rules());
        let start = (self.left.start(), self.right.start(), NOTHING);
        let mut seen = BTreeSet::from([last]);
        // Each pair of the path so far, what was read behind it, and the ways back that are left.
        let mut path: Vec<(Pair, Option<char>, Ways)> = Vec::new();
        let (mut at, mut read) = (last, None);
        while at != start {
            path.push((at, read, self.ways(at, &lefts, &rights, other)));
            loop {
                let (.., ways) = path.last_mut()?;
                match ways.pop() {
                    Some((pair, c)) if seen.insert(pair) => {
                        (at, read) = (pair, Some(c));
                        break;
                    }
                    Some(_) => {}
                    None => {
                        path.pop();
                    }
                }
            }
        }
        let mut text = String::new();
        let behind = path.iter().rev().map(|&(pair, read, _)| (pair, read));
        for (pair, read) in std::iter::once((at, read)).chain(behind) {
            let Some(c) = read else { break };
            // Where both rest in a star, a mark need not combine with what is before it.
            if self.shared.rules().normalises() && is_risky(c) && self.rests(pair) {
                text.push(other);
            }
            text.push(c);
        }
        let fits = text.len() <= PATH_BYTES_MAX && text.split('/').count() <= PATH_SEGMENTS_MAX;
        fits.then(|| RepoPath::from_canonical(text))
    }

    fn rests(&self, (left, right, _): Pair) -> bool {
        [(self.left, left), (self.right, right)]
            .iter()
            .all(|(graph, state)| graph.edges(*state).iter().any(|edge| edge.to == *state))
    }

    /// The pairs just before one, the best last, with what is read from there.
    fn ways(
        &self,
        (left, right, start): Pair,
        lefts: &Before,
        rights: &Before,
        other: char,
    ) -> Vec<(Pair, char)> {
        let mut ways: Vec<(u32, Pair, char)> = Vec::new();
        for &(a, a_label) in &lefts[left as usize] {
            for &(b, b_label) in &rights[right as usize] {
                let c = match (a_label, b_label) {
                    (Label::End, Label::End) => '/',
                    _ => match self.shared.character(a_label, b_label, other) {
                        Some(c) => c,
                        None => continue,
                    },
                };
                for from in [NAME, DOT_DOT, DOT, NOTHING] {
                    let reached = self.row(a, from).is_some_and(|row| holds(row, b));
                    if reached && after(from, c) == Some(start) {
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

/// Per state: the states that lead to it, and what is read from there.
type Before = Vec<Vec<(u32, Label)>>;

fn before(graph: &Graph) -> Before {
    let mut before = vec![Vec::new(); graph.len()];
    for state in 0..graph.len() as u32 {
        for edge in graph.edges(state) {
            before[edge.to as usize].push((state, edge.label));
        }
    }
    before
}

/// Whether a step leads on and does not rest in a star or in `**`.
fn is_move(from: u32, to: u32) -> bool {
    to < from
}

fn reading<'r>(
    readings: &'r mut BTreeMap<(u8, u32), Reading>,
    columns: &Columns<'_>,
    shared: &Classes<'_>,
    label: Label,
    work: &mut Work,
) -> &'r Reading {
    let key = match label {
        Label::End => (0, 0),
        Label::Any => (1, 0),
        Label::Char(c) => (2, u32::from(c)),
        Label::Class(class) => (3, class),
    };
    readings
        .entry(key)
        .or_insert_with(|| columns.reading(label, shared, work))
}

/// How the segment has begun behind a dot.
fn after_dot(start: usize) -> usize {
    (start + 1).min(NAME)
}

/// How the segment has begun behind a character, or before the first when that is the end of one.
fn after(start: usize, c: char) -> Option<usize> {
    match (start, c) {
        (NAME, '/') => Some(NOTHING),
        (_, '/') => None,
        (_, '.') => Some(after_dot(start)),
        _ => Some(NAME),
    }
}

/// A character that neither mentions.
fn other(left: &Graph, right: &Graph, rules: PathRules) -> char {
    let taken = |c: &char| {
        [left, right]
            .iter()
            .any(|g| g.literals().binary_search(c).is_ok())
    };
    // Under `nfc` the one letter that nothing composes with comes first.
    let first = if rules.normalises() { 'q' } else { 'x' };
    std::iter::once(first)
        .chain('x'..='z')
        .chain('a'..='w')
        .chain('0'..='9')
        .find(|c| !taken(c))
        .unwrap_or('x')
}
