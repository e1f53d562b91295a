//! Whether two automata meet where normal form is at stake.
//!
//! As in [`rows`](super::rows), pairs of states are kept as rows of bits, one for each state of the
//! left; here also one for each place in normal form that a text may end at. Places are few, because
//! [`kinds`](super::kinds) tells apart only what the question can tell apart, and a pair that is
//! reached in a place is not followed from others that leave less open. So the answer is exact, and
//! its work is bounded by the product of the two patterns.

use std::collections::BTreeMap;

use super::super::canonical::canonical;
use super::super::repo_path::RepoPath;
use super::super::rules::PathRules;
use super::Found;
use super::alphabet::Alphabet;
use super::back::{Before, Ways, before, before_end, is_move, spell};
use super::columns::{Bits, Columns, holds, keep, set, shift};
use super::graph::{Edge, Graph, Label};
use super::kinds::{DOT, FREE, Kind, Kinds, NAME, Together};
use super::work::Work;

/// A path that both automata accept. Spends a step for each word of bits it looks at.
pub(super) fn meet(left: &Graph, right: &Graph, rules: PathRules, work: &mut Work) -> Found {
    // Edges of the left cost a row each, those of the right a bit.
    if left.len() < right.len() {
        return meet(right, left, rules, work);
    }
    work.spend(left.text() + right.text());
    work.spend(Alphabet::cost([left, right].into_iter()));
    if work.is_spent() {
        return Found::Unknown;
    }
    let kinds = Kinds::of(left, right, rules);
    work.spend(kinds.work());
    let mut rows = Rows {
        left,
        right,
        columns: Columns::plain(right),
        kinds,
        rows: vec![Vec::new(); left.len()],
        bits: Vec::new(),
        readings: BTreeMap::new(),
        falls: Vec::new(),
        done: None,
        work,
    };
    rows.falls = rows.falls();
    rows.fill();
    match rows.done {
        _ if rows.work.is_spent() => Found::Unknown,
        None => Found::Nothing,
        Some(last) => match rows.path(last) {
            Some(path) if *canonical(path.as_str(), rules) == *path.as_str() => Found::Path(path),
            _ => Found::Unknown,
        },
    }
}

/// Where the segment stands: not begun, one dot, two dots, or a name that ends at a place.
type Spot = u32;

const NOTHING: Spot = 0;
const DOT_DOT: Spot = 2;
const FIRST: Spot = 3;

/// A pair of states, and where the segment stands there.
type Pair = (u32, u32, Spot);

/// What is read together with one label of the left: per kind, the states of the right whose edge to
/// the next state below reads it.
struct Reading {
    label: Label,
    masks: Vec<(Kind, Bits)>,
    /// What a star reads.
    star: Together,
}

struct Rows<'a, 'w> {
    left: &'a Graph,
    right: &'a Graph,
    columns: Columns<'a>,
    kinds: Kinds<'a>,
    /// Per state of the left: where the row of each spot is.
    rows: Vec<Vec<(Spot, u32)>>,
    bits: Bits,
    readings: BTreeMap<(u8, u32), Reading>,
    /// Per state of the right: where any character leads, by kind.
    falls: Vec<Vec<(Kind, u32)>>,
    /// Where the last segment of a path in both ends.
    done: Option<Pair>,
    work: &'w mut Work,
}

impl<'a> Rows<'a, '_> {
    fn fill(&mut self) {
        let mut first = vec![0; self.columns.words];
        set(&mut first, self.right.start());
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

    fn at(&self, state: u32, spot: Spot) -> Option<usize> {
        let rows = self.rows[state as usize].iter();
        let row = rows.rev().find(|&&(own, _)| own == spot)?;
        Some(row.1 as usize * self.columns.words)
    }

    fn row(&self, state: u32, spot: Spot) -> Option<&[u64]> {
        let at = self.at(state, spot)?;
        Some(&self.bits[at..at + self.columns.words])
    }

    /// Adds to a row.
    fn add(&mut self, state: u32, spot: Spot, more: &[u64]) {
        if more.iter().all(|&word| word == 0) {
            return;
        }
        let Some(at) = self.at(state, spot) else {
            let row = (self.bits.len() / self.columns.words) as u32;
            self.rows[state as usize].push((spot, row));
            self.bits.extend_from_slice(more);
            return;
        };
        let row = &mut self.bits[at..at + self.columns.words];
        for (word, more) in row.iter_mut().zip(more) {
            *word |= more;
        }
    }

    /// The spots inside a name where a state was reached.
    fn spots(&self, state: u32) -> Vec<Spot> {
        let spots = self.rows[state as usize].iter().map(|&(spot, _)| spot);
        spots.filter(|&spot| spot >= FIRST).collect()
    }

    /// The row of a spot inside a name, without what is reached at one that leaves more open.
    fn open_row(&mut self, state: u32, spot: Spot) -> Bits {
        let row = self.row(state, spot);
        let mut open = row.map_or_else(Vec::new, <[u64]>::to_vec);
        for other in self.spots(state) {
            let covers = other != spot && self.kinds.covers(other - FIRST, spot - FIRST);
            if let Some(row) = self.row(state, other).filter(|_| covers) {
                let pairs = open.iter_mut().zip(row);
                pairs.for_each(|(open, row)| *open &= !row);
                self.work.spend(self.columns.words as u64);
            }
        }
        open
    }

    /// Follows the edges of a state that are asked for, from each of its rows.
    fn leave(&mut self, state: u32, wanted: impl Fn(&Edge) -> bool) {
        let left: &'a Graph = self.left;
        let edges = || left.edges(state).iter().filter(|edge| wanted(edge));
        for spot in NOTHING..FIRST {
            if let Some(row) = self.row(state, spot).map(<[u64]>::to_vec) {
                for edge in edges().filter(|edge| edge.label != Label::End) {
                    self.read(&row, spot, edge);
                }
            }
        }
        if edges().any(|edge| edge.to == state) {
            self.close(state);
        }
        for spot in self.spots(state) {
            let row = self.open_row(state, spot);
            if row.iter().all(|&word| word == 0) {
                continue;
            }
            for edge in edges().filter(|edge| edge.to != state) {
                match edge.label {
                    Label::End => self.end((state, spot), edge.to, &row),
                    _ => self.read(&row, spot, edge),
                }
            }
        }
    }

    fn read(&mut self, row: &[u64], spot: Spot, edge: &Edge) {
        let mut behind: Vec<(Spot, Bits)> = Vec::new();
        let words = self.columns.words;
        let key = edge.label.key();
        let reading = match self.readings.remove(&key) {
            Some(reading) => reading,
            None => self.reading(edge.label),
        };
        for (kind, mask) in &reading.masks {
            self.work.spend(1);
            if row.iter().zip(mask).all(|(row, mask)| row & mask == 0) {
                continue;
            }
            if let Some(to) = self.after(spot, *kind) {
                self.work.spend(words as u64);
                shift(row, mask, row_of(&mut behind, to, words));
            }
        }
        for &(kind, _) in &reading.star {
            if let Some(to) = self.after(spot, kind) {
                self.work.spend(words as u64);
                keep(row, &self.columns.loops, row_of(&mut behind, to, words));
            }
        }
        let mut both = Together::new();
        for (at, &word) in row.iter().enumerate() {
            let mut open = word & self.columns.odd[at];
            while open != 0 {
                let state = at as u32 * 64 + open.trailing_zeros();
                open &= open - 1;
                for odd in self.columns.odd_edges(state) {
                    self.work.spend(1);
                    self.kinds.together(reading.label, odd.label, &mut both);
                    for &(kind, _) in &both {
                        let to = step(&mut self.kinds, spot, kind);
                        if let Some(to) = to {
                            set(row_of(&mut behind, to, words), odd.to);
                        }
                    }
                }
            }
        }
        self.readings.insert(key, reading);
        for (to, bits) in behind {
            self.add(edge.to, to, &bits);
        }
    }

    fn reading(&mut self, label: Label) -> Reading {
        let words = self.columns.words;
        let mut masks: Vec<(Kind, Bits)> = Vec::new();
        let mut both = Together::new();
        for state in 0..self.right.len() as u32 {
            for edge in self.right.edges(state) {
                if edge.to + 1 != state {
                    continue;
                }
                self.work.spend(1);
                self.kinds.together(label, edge.label, &mut both);
                for &(kind, _) in &both {
                    set(row_of(&mut masks, kind, words), state);
                }
            }
        }
        self.kinds.together(label, Label::Any, &mut both);
        Reading {
            label,
            masks,
            star: both,
        }
    }

    /// Where any character leads on the right.
    fn falls(&mut self) -> Vec<Vec<(Kind, u32)>> {
        let right: &'a Graph = self.right;
        let mut both = Together::new();
        let states = 0..right.len() as u32;
        states
            .map(|state| {
                let mut falls = Vec::new();
                for edge in right.edges(state) {
                    self.work.spend(1);
                    self.kinds.together(Label::Any, edge.label, &mut both);
                    falls.extend(both.iter().map(|&(kind, _)| (kind, edge.to)));
                }
                // A loop first: what it leads to is at the same state.
                falls.sort_by_key(|&(kind, to)| (to != state, kind));
                falls
            })
            .collect()
    }

    /// Rests in a star for any run of characters. All edges but loops lead down, so one pass from the
    /// top is enough.
    fn close(&mut self, state: u32) {
        let words = self.columns.words;
        let spots = self.spots(state);
        let row = |spot: &Spot| Some((*spot, self.row(state, *spot)?.to_vec()));
        let mut rows: Vec<(Spot, Bits)> = spots.iter().filter_map(row).collect();
        for at in (0..words).rev() {
            let mut below = u64::MAX;
            loop {
                let reached = rows.iter().fold(0, |all, (_, row)| all | row[at]) & below;
                self.work.spend(rows.len() as u64);
                if reached == 0 {
                    break;
                }
                let bit = 63 - reached.leading_zeros();
                below = (1 << bit) - 1;
                self.fall(at as u32 * 64 + bit, &mut rows);
            }
        }
        for (spot, row) in rows {
            self.add(state, spot, &row);
        }
    }

    /// Adds where any character leads from one state of the right.
    fn fall(&mut self, from: u32, rows: &mut Vec<(Spot, Bits)>) {
        let words = self.columns.words;
        let falls = &self.falls[from as usize];
        if falls.first() == Some(&(NAME, from)) && rows.iter().any(|(_, row)| holds(row, from)) {
            set(row_of(rows, FIRST + FREE, words), from);
        }
        for at in 0..rows.len() {
            let spot = rows[at].0;
            self.work.spend(1);
            let covered = |(other, row): &(Spot, Bits)| {
                let place = (*other - FIRST, spot - FIRST);
                *other != spot && holds(row, from) && self.kinds.covers(place.0, place.1)
            };
            if !holds(&rows[at].1, from) || rows.iter().any(covered) {
                continue;
            }
            for &(kind, to) in falls {
                self.work.spend(1);
                if let Some(next) = step(&mut self.kinds, spot, kind) {
                    set(row_of(rows, next, words), to);
                }
            }
        }
    }

    fn end(&mut self, (state, spot): (u32, Spot), to: u32, row: &[u64]) {
        let mut next = vec![0; self.columns.words];
        self.work.spend(self.columns.end(row, &mut next));
        if self.left.accepts(to)
            && let Some(right) = self.columns.accepted(&next)
        {
            let before = before_end(self.right, row, right);
            self.done = before.map(|before| (state, before, spot));
        }
        self.add(to, NOTHING, &next);
    }

    fn after(&mut self, spot: Spot, kind: Kind) -> Option<Spot> {
        step(&mut self.kinds, spot, kind)
    }

    fn path(&mut self, last: Pair) -> Option<RepoPath> {
        let (lefts, rights) = (before(self.left), before(self.right));
        let start = (self.left.start(), self.right.start(), NOTHING);
        spell(start, last, |pair| self.ways(pair, &lefts, &rights))
    }

    /// The pairs just before one, the best last, with what is read from there.
    fn ways(&mut self, (left, right, spot): Pair, lefts: &Before, rights: &Before) -> Ways<Pair> {
        let mut ways: Vec<(u32, Pair, char)> = Vec::new();
        let mut both = Together::new();
        for &(a, a_label) in &lefts[left as usize] {
            let mut froms: Vec<Spot> = self.rows[a as usize]
                .iter()
                .map(|&(from, _)| from)
                .collect();
            froms.sort_unstable_by_key(|&from| std::cmp::Reverse(from));
            for &(b, b_label) in &rights[right as usize] {
                let moves = u32::from(is_move(a, left)) + u32::from(is_move(b, right));
                let reached = |from: Spot| self.row(a, from).is_some_and(|row| holds(row, b));
                if (a_label, b_label) == (Label::End, Label::End) {
                    let names = froms.iter().filter(|&&from| from >= FIRST && reached(from));
                    if spot == NOTHING {
                        ways.extend(names.map(|&from| (moves, (a, b, from), '/')));
                    }
                    continue;
                }
                let froms: Vec<Spot> = froms.iter().copied().filter(|&f| reached(f)).collect();
                self.kinds.together(a_label, b_label, &mut both);
                for from in froms {
                    for &(kind, c) in &both {
                        if self.after(from, kind) == Some(spot) {
                            ways.push((moves, (a, b, from), c));
                        }
                    }
                }
            }
        }
        ways.sort_by_key(|&(moves, ..)| moves);
        ways.into_iter().map(|(_, pair, c)| (pair, c)).collect()
    }
}

/// Where the segment stands behind a character of a kind.
fn step(kinds: &mut Kinds<'_>, spot: Spot, kind: Kind) -> Option<Spot> {
    match spot.checked_sub(FIRST) {
        None if kind == DOT && spot < DOT_DOT => Some(spot + 1),
        None => Some(FIRST + kinds.after(FREE, kind)?),
        Some(place) => Some(FIRST + kinds.after(place, kind)?),
    }
}

/// The bits of a key, made where there are none.
fn row_of(rows: &mut Vec<(u32, Bits)>, key: u32, words: usize) -> &mut Bits {
    let at = rows.iter().position(|&(own, _)| own == key);
    let at = at.unwrap_or_else(|| {
        rows.push((key, vec![0; words]));
        rows.len() - 1
    });
    &mut rows[at].1
}

#[cfg(test)]
mod tests {
    use super::super::super::pattern::Pattern;
    use super::super::super::rules::{Case, Unicode};
    use super::super::walk::{Question, walk};
    use super::*;

    /// Small globs over characters that combine in every way there is.
    fn random_glob(draw: &mut impl FnMut(usize) -> usize) -> String {
        const PARTS: &[&str] = &[
            "*",
            "?",
            "*",
            "?",
            "e",
            "a",
            "\u{301}",
            "\u{323}",
            "\u{327}",
            "\u{1ebf}",
            "\u{e9}",
            "q",
            ".",
            "[\u{300}-\u{36f}]",
            "[\u{301}\u{323}e]",
            "[a-z]",
            "[e\u{e9}]",
            "\u{1112}",
            "[\u{1161}-\u{1175}]",
            "[\u{11a8}-\u{11c2}]",
            "\u{ac00}",
            "/",
            "/**/",
            "{e,\u{301}}",
            "{*,a}",
            "{\u{323},?e}",
        ];
        (0..1 + draw(7)).map(|_| PARTS[draw(PARTS.len())]).collect()
    }

    #[test]
    fn the_walk_by_pairs_and_the_rows_agree() {
        // A fixed generator: every run sees the same patterns.
        let mut state = 7_u64;
        let mut draw = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % below
        };
        let (mut met, mut missed) = (0, 0);
        for round in 0..20_000 {
            let rules = PathRules {
                unicode: Unicode::Nfc,
                case: [Case::Sensitive, Case::Insensitive][round % 2],
                ..PathRules::default()
            };
            let mut pattern = || Pattern::glob(&random_glob(&mut draw), rules).ok();
            let (Some(left), Some(right)) = (pattern(), pattern()) else {
                continue;
            };
            let rows = meet(left.graph(), right.graph(), rules, &mut Work::unbounded());
            let question = Question {
                left: left.graph(),
                right: Some(right.graph()),
                without: &[],
                rules,
            };
            let walked = walk(&question, &mut Work::unbounded());
            let what = format!("{:?} and {:?}", left.source().text(), right.source().text());
            match (rows, walked) {
                (Found::Nothing, Found::Nothing) => missed += 1,
                (Found::Path(path), Found::Path(_)) => {
                    met += 1;
                    assert!(
                        left.matches(&path) && right.matches(&path),
                        "{what}: {path}"
                    );
                    assert_eq!(*canonical(path.as_str(), rules), *path.as_str(), "{what}");
                }
                answers => panic!("{what}: {answers:?}"),
            }
        }
        assert!(met > 2_000 && missed > 2_000, "{met} met, {missed} missed");
    }
}
