//! Sets of states of one automaton as bit sets, and what becomes of them when something is read.
//!
//! What is read letter by letter has neighbouring numbers, so nearly every edge leads from a state to
//! the one below it: reading a character is one mask and one shift for 64 states at a time, as in the
//! bit-parallel matching of Baeza-Yates and Gonnet (1992). A star is a second mask; the few edges that
//! lead elsewhere (forks, the ends of `**`) are followed one by one.

use std::collections::BTreeMap;

use super::super::rules::PathRules;
use super::graph::{Edge, Graph, Label};
use super::work::Work;

/// One bit for each state, lowest first.
pub(super) type Bits = Vec<u64>;

/// What two labels read together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shared {
    /// Nothing.
    Nothing,
    /// The dot and nothing else.
    Dot,
    /// Some character that is not the dot.
    Name,
}

/// Which edges to the next state below read something, for one label of the other side.
pub(super) struct Reading {
    pub(super) label: Label,
    /// States whose edge reads more than the dot.
    name: Bits,
    /// States whose edge reads the dot alone.
    dot: Bits,
    /// What a star reads.
    star: Shared,
    reads_dot: bool,
    /// Per state that many others lead to: those from which something, or the dot alone, leads there.
    hubs: Vec<Hub>,
}

struct Hub {
    to: u32,
    name: Bits,
    dot: Bits,
}

/// An automaton taken apart for reading by bit sets.
pub(super) struct Columns<'g> {
    graph: &'g Graph,
    pub(super) words: usize,
    /// States with a loop that reads anything.
    loops: Bits,
    /// States with an edge that reads a character and is neither that loop nor leads to the next
    /// state below.
    odd: Bits,
    /// States from which the end of a segment leads elsewhere than to the next state below.
    odd_ends: Bits,
    /// States that so many odd edges lead to that a mask for each is cheaper than following them.
    hubs: Vec<u32>,
    /// Those edges: from where, what is read, and which hub.
    hub_edges: Vec<(u32, Label, usize)>,
    /// States from which the end of a segment leads to the next state below.
    ends: Bits,
    /// Where a path may end.
    accepts: Bits,
    /// States from which any character, or one of a class, leads to the next state below.
    any: Bits,
    classes: Vec<(u32, u32)>,
    /// The same for characters, sorted.
    chars: Vec<(char, u32)>,
}

impl<'g> Columns<'g> {
    pub(super) fn of(graph: &'g Graph) -> Self {
        let words = graph.len().div_ceil(64);
        let empty = || vec![0_u64; words];
        let mut columns = Columns {
            graph,
            words,
            loops: empty(),
            odd: empty(),
            odd_ends: empty(),
            hubs: Vec::new(),
            hub_edges: Vec::new(),
            ends: empty(),
            accepts: empty(),
            any: empty(),
            classes: Vec::new(),
            chars: Vec::new(),
        };
        let mut led_to = vec![0_usize; graph.len()];
        for (state, edge) in odd_edges(graph) {
            led_to[edge.to as usize] += usize::from(edge.label != Label::End && edge.to < state);
        }
        let hubs = (0_u32..)
            .zip(&led_to)
            .filter(|&(_, &edges)| edges >= words.max(HUB_EDGES));
        columns.hubs = hubs.map(|(state, _)| state).collect();
        for state in 0..graph.len() as u32 {
            if graph.accepts(state) {
                set(&mut columns.accepts, state);
            }
            for edge in graph.edges(state) {
                columns.enter(state, edge);
            }
        }
        columns.chars.sort_unstable();
        columns
    }

    fn enter(&mut self, state: u32, edge: &Edge) {
        if edge.to == state && edge.label == Label::Any {
            set(&mut self.loops, state);
        } else if edge.to.checked_add(1) != Some(state) {
            if edge.label == Label::End {
                set(&mut self.odd_ends, state);
            } else if let Ok(hub) = self.hubs.binary_search(&edge.to) {
                self.hub_edges.push((state, edge.label, hub));
            } else {
                set(&mut self.odd, state);
            }
        } else {
            match edge.label {
                Label::Char(c) => self.chars.push((c, state)),
                Label::Any => set(&mut self.any, state),
                Label::Class(class) => self.classes.push((class, state)),
                Label::End => set(&mut self.ends, state),
            }
        }
    }

    /// What is read together with `label` of `other`.
    pub(super) fn reading(&self, label: Label, shared: &Classes<'_>, work: &mut Work) -> Reading {
        work.spend((self.words * (2 + self.hubs.len())) as u64);
        let (mut name, mut dot) = (self.any.clone(), vec![0; self.words]);
        let star = shared.both(label, Label::Any);
        if star == Shared::Dot {
            std::mem::swap(&mut name, &mut dot);
        }
        let mut note = |reads: Shared, state: u32| match reads {
            Shared::Nothing => {}
            Shared::Dot => set(&mut dot, state),
            Shared::Name => set(&mut name, state),
        };
        for &(class, state) in &self.classes {
            note(shared.both(label, Label::Class(class)), state);
        }
        let chars = match label {
            Label::Char(own) => {
                let from = self.chars.partition_point(|&(c, _)| c < own);
                let to = self.chars.partition_point(|&(c, _)| c <= own);
                &self.chars[from..to]
            }
            _ => &*self.chars,
        };
        work.spend((self.classes.len() + chars.len() + self.hub_edges.len()) as u64);
        for &(c, state) in chars {
            note(shared.both(label, Label::Char(c)), state);
        }
        let hubs = self.hubs.iter().map(|&to| Hub {
            to,
            name: vec![0; self.words],
            dot: vec![0; self.words],
        });
        let mut hubs: Vec<Hub> = hubs.collect();
        for &(state, with, at) in &self.hub_edges {
            match shared.both(label, with) {
                Shared::Nothing => {}
                Shared::Dot => set(&mut hubs[at].dot, state),
                Shared::Name => set(&mut hubs[at].name, state),
            }
        }
        let reads_dot = dot.iter().any(|&word| word != 0) || star == Shared::Dot;
        Reading {
            label,
            name,
            dot,
            star,
            reads_dot,
            hubs,
        }
    }

    fn is_hub(&self, state: u32) -> bool {
        self.hubs.binary_search(&state).is_ok()
    }

    /// Adds the states behind one character to `name`, and to `dot` where that was the dot. Returns
    /// the steps taken.
    pub(super) fn read(
        &self,
        from: &[u64],
        reading: &Reading,
        shared: &Classes<'_>,
        name: &mut [u64],
        mut dot: Option<&mut [u64]>,
    ) -> u64 {
        let mut steps = self.words as u64;
        shift(from, &reading.name, name);
        if reading.star == Shared::Name {
            keep(from, &self.loops, name);
        }
        if reading.reads_dot {
            let dot = dot.as_deref_mut().unwrap_or(&mut *name);
            shift(from, &reading.dot, dot);
            if reading.star == Shared::Dot {
                keep(from, &self.loops, dot);
            }
        }
        for hub in &reading.hubs {
            steps += self.words as u64;
            if meet(from, &hub.name) {
                set(name, hub.to);
            }
            if meet(from, &hub.dot) {
                set(dot.as_deref_mut().unwrap_or(&mut *name), hub.to);
            }
        }
        for (at, (&word, &odd)) in from.iter().zip(&self.odd).enumerate() {
            let mut open = word & odd;
            while open != 0 {
                let state = at as u32 * 64 + open.trailing_zeros();
                open &= open - 1;
                for edge in self.odd_edges(state) {
                    steps += 1;
                    match (shared.both(reading.label, edge.label), &mut dot) {
                        (Shared::Nothing, _) => {}
                        (Shared::Dot, Some(dot)) => set(dot, edge.to),
                        _ => set(name, edge.to),
                    }
                }
            }
        }
        steps
    }

    /// Adds to a set all that any run of characters leads to from it. Every such edge leads down, so
    /// one pass from the top is enough. Returns the steps taken.
    pub(super) fn close(&self, states: &mut [u64], any: &Reading, shared: &Classes<'_>) -> u64 {
        let mut steps = self.words as u64;
        let mut carry = 0;
        for at in (0..states.len()).rev() {
            let mut word = states[at] | carry;
            if word == 0 {
                continue;
            }
            let runs = any.name[at] | any.dot[at];
            let mut taken = 0;
            loop {
                word |= filled(word, runs >> 1);
                let open = word & self.odd[at] & !taken;
                if open == 0 {
                    let known = word;
                    for hub in &any.hubs {
                        steps += 1;
                        if word & (hub.name[at] | hub.dot[at]) == 0 {
                            continue;
                        }
                        if hub.to as usize / 64 == at {
                            word |= 1 << (hub.to % 64);
                        } else {
                            set(states, hub.to);
                        }
                    }
                    if word == known {
                        break;
                    }
                    continue;
                }
                let bit = 63 - open.leading_zeros();
                taken |= 1 << bit;
                for edge in self.odd_edges(at as u32 * 64 + bit) {
                    steps += 1;
                    if shared.both(any.label, edge.label) == Shared::Nothing {
                        continue;
                    }
                    if edge.to as usize / 64 == at {
                        word |= 1 << (edge.to % 64);
                    } else {
                        set(states, edge.to);
                    }
                }
            }
            states[at] = word;
            carry = (word & runs & 1) << 63;
        }
        steps
    }

    /// Adds the states behind the end of a segment. Returns the steps taken.
    pub(super) fn end(&self, from: &[u64], to: &mut [u64]) -> u64 {
        let mut steps = self.words as u64;
        shift(from, &self.ends, to);
        for (at, (&word, &odd)) in from.iter().zip(&self.odd_ends).enumerate() {
            let mut open = word & odd;
            while open != 0 {
                let state = at as u32 * 64 + open.trailing_zeros();
                open &= open - 1;
                for edge in self.odd_edges(state) {
                    steps += 1;
                    if edge.label == Label::End {
                        set(to, edge.to);
                    }
                }
            }
        }
        steps
    }

    /// A state of these where a path may end.
    pub(super) fn accepted(&self, states: &[u64]) -> Option<u32> {
        let mut both = states.iter().zip(&self.accepts).map(|(a, b)| a & b);
        let at = both.position(|word| word != 0)?;
        Some(at as u32 * 64 + (states[at] & self.accepts[at]).trailing_zeros())
    }

    /// The edges that no mask stands for.
    fn odd_edges(&self, state: u32) -> impl Iterator<Item = &'g Edge> {
        let edges = self.graph.edges(state).iter();
        edges.filter(move |edge| {
            let odd = edge.to + 1 != state && edge.to != state;
            odd && (edge.label == Label::End || self.hubs.is_empty() || !self.is_hub(edge.to))
        })
    }
}

/// Odd edges from which a state that they lead to may be a hub.
const HUB_EDGES: usize = 16;

/// All edges but those to the next state below and the loops.
fn odd_edges(graph: &Graph) -> impl Iterator<Item = (u32, &Edge)> {
    (0..graph.len() as u32)
        .flat_map(|state| graph.edges(state).iter().map(move |edge| (state, edge)))
        .filter(|&(state, edge)| edge.to + 1 != state && edge.to != state)
}

/// Which labels of two automata read a character together, each pair of classes looked at once.
pub(super) struct Classes<'g> {
    left: &'g Graph,
    right: &'g Graph,
    rules: PathRules,
    pairs: Vec<Shared>,
    /// Per class of the left: what it reads at all.
    lefts: Vec<Shared>,
    rights: Vec<Shared>,
}

impl<'g> Classes<'g> {
    pub(super) fn of(left: &'g Graph, right: &'g Graph, rules: PathRules) -> Self {
        let shared = |common: Option<char>| match common {
            None => Shared::Nothing,
            Some('.') => Shared::Dot,
            Some(_) => Shared::Name,
        };
        let own = |graph: &Graph| {
            let classes = graph.classes().iter();
            classes.map(|class| shared(class.member(rules))).collect()
        };
        let rights = right.classes();
        let pairs = left
            .classes()
            .iter()
            .flat_map(|a| rights.iter().map(|b| shared(a.common(b, rules))))
            .collect();
        Classes {
            left,
            right,
            rules,
            pairs,
            lefts: own(left),
            rights: own(right),
        }
    }

    pub(super) fn rules(&self) -> PathRules {
        self.rules
    }

    /// Pairs of classes that were looked at.
    pub(super) fn work(&self) -> u64 {
        self.pairs.len() as u64
    }

    /// What a label of the left and one of the right read together. Ends are not asked about.
    pub(super) fn both(&self, left: Label, right: Label) -> Shared {
        let char = |c: char, reads: bool| match (reads, c) {
            (false, _) => Shared::Nothing,
            (true, '.') => Shared::Dot,
            (true, _) => Shared::Name,
        };
        match (left, right) {
            (Label::End, _) | (_, Label::End) => Shared::Nothing,
            (Label::Char(c), Label::Char(d)) => char(c, c == d),
            (Label::Char(c), label) => char(c, self.right.reads(label, c)),
            (label, Label::Char(c)) => char(c, self.left.reads(label, c)),
            (Label::Any, Label::Any) => Shared::Name,
            (Label::Class(class), Label::Any) => self.lefts[class as usize],
            (Label::Any, Label::Class(class)) => self.rights[class as usize],
            (Label::Class(a), Label::Class(b)) => {
                self.pairs[a as usize * self.right.classes().len() + b as usize]
            }
        }
    }

    /// A character that both read, the dot only where there is no other; `other` is one that no
    /// label names.
    pub(super) fn character(&self, left: Label, right: Label, other: char) -> Option<char> {
        match (left, right) {
            (Label::Any, Label::Any) => Some(other),
            (Label::Char(c), _) | (_, Label::Char(c)) => {
                (self.both(left, right) != Shared::Nothing).then_some(c)
            }
            (Label::Class(class), Label::Any) => {
                self.left.classes()[class as usize].member(self.rules)
            }
            (Label::Any, Label::Class(class)) => {
                self.right.classes()[class as usize].member(self.rules)
            }
            (Label::Class(a), Label::Class(b)) => {
                let (a, b) = (
                    &self.left.classes()[a as usize],
                    &self.right.classes()[b as usize],
                );
                a.common(b, self.rules)
            }
            _ => None,
        }
    }
}

/// Whether the automaton accepts a path of these segments.
pub(super) fn accepts_path<'a>(
    graph: &Graph,
    path: impl Iterator<Item = &'a str>,
    work: &mut Work,
) -> bool {
    let columns = Columns::of(graph);
    let states = columns.behind(path, work);
    columns.accepted(&states).is_some()
}

impl Columns<'_> {
    /// The states behind a path of these segments.
    pub(super) fn behind<'a>(&self, path: impl Iterator<Item = &'a str>, work: &mut Work) -> Bits {
        let columns = self;
        let nothing = Graph::of([]);
        let shared = Classes::of(&nothing, self.graph, PathRules::default());
        let mut readings: BTreeMap<char, Reading> = BTreeMap::new();
        let (mut now, mut next) = (vec![0; columns.words], vec![0; columns.words]);
        work.spend(self.graph.text());
        set(&mut now, self.graph.start());
        for segment in path {
            for c in segment.chars() {
                let reading = readings
                    .entry(c)
                    .or_insert_with(|| columns.reading(Label::Char(c), &shared, work));
                next.fill(0);
                work.spend(columns.read(&now, reading, &shared, &mut next, None));
                std::mem::swap(&mut now, &mut next);
            }
            next.fill(0);
            work.spend(columns.end(&now, &mut next));
            std::mem::swap(&mut now, &mut next);
            if now.iter().all(|&word| word == 0) {
                break;
            }
        }
        now
    }
}

pub(super) fn set(bits: &mut [u64], at: u32) {
    bits[at as usize / 64] |= 1 << (at % 64);
}

pub(super) fn holds(bits: &[u64], at: u32) -> bool {
    bits[at as usize / 64] >> (at % 64) & 1 == 1
}

/// Whether some state is in both.
fn meet(some: &[u64], others: &[u64]) -> bool {
    some.iter().zip(others).any(|(a, b)| a & b != 0)
}

/// Adds to `to` the states below those of `from` that are in `mask`.
fn shift(from: &[u64], mask: &[u64], to: &mut [u64]) {
    let mut carry = 0;
    for ((from, mask), to) in from.iter().zip(mask).zip(to).rev() {
        let moved = from & mask;
        *to |= moved >> 1 | carry;
        carry = moved << 63;
    }
}

/// Adds to `to` the states of `from` that are in `mask`.
fn keep(from: &[u64], mask: &[u64], to: &mut [u64]) {
    for ((from, mask), to) in from.iter().zip(mask).zip(to) {
        *to |= from & mask;
    }
}

/// The bits that a bit reaches going down, as long as `open` has the next one.
fn filled(mut bits: u64, mut open: u64) -> u64 {
    for by in [1, 2, 4, 8, 16, 32] {
        bits |= open & (bits >> by);
        open &= open >> by;
    }
    bits
}
