//! Sets of states of one automaton as bit sets, and what becomes of them when something is read.
//!
//! What is read letter by letter has neighbouring numbers, so nearly every edge leads from a state to
//! the one below it: reading a character is one mask and one shift for 64 states at a time, as in the
//! bit-parallel matching of Baeza-Yates and Gonnet (1992). A star is a second mask; the few edges that
//! lead elsewhere (forks, the ends of `**`) are followed one by one.

use std::collections::BTreeMap;

use super::super::normal::{is_active, is_risky};
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
    /// A character that is not the dot. Where normal form is kept: one that combines with nothing.
    Name,
    /// A character that others combine with.
    Active,
    /// A character that combines with what is before it.
    Risky,
}

/// Which edges to the next state below read something, for one label of the other side.
pub(super) struct Reading {
    pub(super) label: Label,
    /// States whose edge reads more than the dot.
    name: Bits,
    /// States whose edge reads the dot alone.
    dot: Bits,
    /// States whose edge reads something active, and something risky.
    active: Bits,
    risky: Bits,
    /// What a star reads.
    star: Shared,
    /// Whether anything but names is read at all.
    mixed: bool,
    /// Per state that many others lead to: those from which something, or the dot alone, leads there.
    hubs: Vec<Hub>,
}

struct Hub {
    to: u32,
    name: Bits,
    dot: Bits,
    active: Bits,
    risky: Bits,
}

/// The states behind a character: by what it was, a name's, the dot, or one to be careful behind.
#[derive(Default)]
pub(super) struct Behind {
    pub(super) name: Bits,
    pub(super) dot: Bits,
    pub(super) bound: Bits,
}

impl Behind {
    pub(super) fn new(words: usize) -> Self {
        let empty = || vec![0; words];
        Behind {
            name: empty(),
            dot: empty(),
            bound: empty(),
        }
    }

    pub(super) fn clear(&mut self) {
        for bits in [&mut self.name, &mut self.dot, &mut self.bound] {
            bits.fill(0);
        }
    }

    /// Where what was read leads to, when what is before it was `free` to combine.
    fn of(&mut self, read: Shared, free: bool) -> Option<&mut Bits> {
        match read {
            Shared::Nothing => None,
            Shared::Name => Some(&mut self.name),
            Shared::Dot => Some(&mut self.dot),
            Shared::Active => Some(&mut self.bound),
            Shared::Risky => free.then_some(&mut self.bound),
        }
    }
}

/// An automaton taken apart for reading by bit sets.
pub(super) struct Columns<'g> {
    graph: &'g Graph,
    pub(super) words: usize,
    /// States with a loop that reads anything.
    pub(super) loops: Bits,
    /// States with an edge that reads a character and is neither that loop nor leads to the next
    /// state below.
    pub(super) odd: Bits,
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
        Columns::with_hubs(graph, graph.len().div_ceil(64).max(HUB_EDGES))
    }

    /// Without hubs: what leads to one is followed edge by edge.
    pub(super) fn plain(graph: &'g Graph) -> Self {
        Columns::with_hubs(graph, usize::MAX)
    }

    fn with_hubs(graph: &'g Graph, least: usize) -> Self {
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
        let hubs = (0_u32..).zip(&led_to).filter(|&(_, &edges)| edges >= least);
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
        let empty = || vec![0; self.words];
        let (mut name, mut dot, mut active, mut risky) = (empty(), empty(), empty(), empty());
        let star = shared.both(label, Label::Any);
        match star {
            Shared::Nothing => {}
            Shared::Name => name.clone_from(&self.any),
            Shared::Dot => dot.clone_from(&self.any),
            Shared::Active => active.clone_from(&self.any),
            Shared::Risky => risky.clone_from(&self.any),
        }
        let mut note = |reads: Shared, state: u32| match reads {
            Shared::Nothing => {}
            Shared::Dot => set(&mut dot, state),
            Shared::Name => set(&mut name, state),
            Shared::Active => set(&mut active, state),
            Shared::Risky => set(&mut risky, state),
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
            name: empty(),
            dot: empty(),
            active: empty(),
            risky: empty(),
        });
        let mut hubs: Vec<Hub> = hubs.collect();
        for &(state, with, at) in &self.hub_edges {
            match shared.both(label, with) {
                Shared::Nothing => {}
                Shared::Dot => set(&mut hubs[at].dot, state),
                Shared::Name => set(&mut hubs[at].name, state),
                Shared::Active => set(&mut hubs[at].active, state),
                Shared::Risky => set(&mut hubs[at].risky, state),
            }
        }
        let some = |bits: &Bits| bits.iter().any(|&word| word != 0);
        let mixed = star != Shared::Name || some(&dot) || some(&active) || some(&risky);
        Reading {
            label,
            name,
            dot,
            active,
            risky,
            star,
            mixed,
            hubs,
        }
    }

    /// Adds the states behind one character. `free` says whether what is before it lets a risky one
    /// follow. Returns the steps taken.
    pub(super) fn read(
        &self,
        from: &[u64],
        free: bool,
        reading: &Reading,
        shared: &Classes<'_>,
        behind: &mut Behind,
    ) -> u64 {
        let mut steps = self.words as u64;
        shift(from, &reading.name, &mut behind.name);
        if reading.mixed {
            shift(from, &reading.dot, &mut behind.dot);
            shift(from, &reading.active, &mut behind.bound);
            if free {
                shift(from, &reading.risky, &mut behind.bound);
            }
        }
        if let Some(to) = behind.of(reading.star, free) {
            keep(from, &self.loops, to);
        }
        for hub in &reading.hubs {
            steps += self.words as u64;
            for (mask, read) in [
                (&hub.name, Shared::Name),
                (&hub.dot, Shared::Dot),
                (&hub.active, Shared::Active),
                (&hub.risky, Shared::Risky),
            ] {
                if meet(from, mask)
                    && let Some(to) = behind.of(read, free)
                {
                    set(to, hub.to);
                }
            }
        }
        for (at, (&word, &odd)) in from.iter().zip(&self.odd).enumerate() {
            let mut open = word & odd;
            while open != 0 {
                let state = at as u32 * 64 + open.trailing_zeros();
                open &= open - 1;
                for edge in self.odd_edges(state) {
                    steps += 1;
                    let read = shared.both(reading.label, edge.label);
                    if let Some(to) = behind.of(read, free) {
                        set(to, edge.to);
                    }
                }
            }
        }
        steps
    }

    /// Adds to two sets all that any run of characters leads to from them: `free`, where anything may
    /// follow, and `bound`, where nothing risky may. Every such edge leads down, so one pass from the
    /// top is enough. Returns the steps taken.
    pub(super) fn close(
        &self,
        free: &mut [u64],
        bound: &mut [u64],
        any: &Reading,
        shared: &Classes<'_>,
    ) -> u64 {
        let mut steps = self.words as u64;
        let mut carry = (0, 0);
        for at in (0..free.len()).rev() {
            let (mut f, mut b) = (free[at] | carry.0, bound[at] | carry.1);
            carry = (0, 0);
            if f | b == 0 {
                continue;
            }
            let names = any.name[at] | any.dot[at];
            let (active, risky) = (any.active[at], any.risky[at]);
            let (mut f_taken, mut b_taken) = (0, 0);
            loop {
                let known = (f, b);
                steps += 1;
                f |= filled(f, names >> 1);
                if b | active | risky != 0 {
                    b |= (f & (active | risky)) >> 1;
                    b |= filled(b, active >> 1);
                    f |= (b & names) >> 1;
                }
                match any.star {
                    Shared::Name | Shared::Dot => f |= b & self.loops[at],
                    Shared::Active => b |= f & self.loops[at],
                    Shared::Nothing | Shared::Risky => {}
                }
                let odd = self.odd[at];
                let open = (f & odd & !f_taken, b & odd & !b_taken);
                for (mut open, is_free) in [(open.0, true), (open.1, false)] {
                    while open != 0 {
                        let bit = open.trailing_zeros();
                        open &= open - 1;
                        for edge in self.odd_edges(at as u32 * 64 + bit) {
                            steps += 1;
                            let read = shared.both(any.label, edge.label);
                            let (word, bits) = match read {
                                Shared::Nothing => continue,
                                Shared::Risky if !is_free => continue,
                                Shared::Name | Shared::Dot => (&mut f, &mut *free),
                                Shared::Active | Shared::Risky => (&mut b, &mut *bound),
                            };
                            lead(edge.to, at, word, bits);
                        }
                    }
                }
                (f_taken, b_taken) = (f_taken | open.0, b_taken | open.1);
                for hub in &any.hubs {
                    steps += 1;
                    if (f | b) & (hub.name[at] | hub.dot[at]) != 0 {
                        lead(hub.to, at, &mut f, free);
                    }
                    if (f | b) & hub.active[at] != 0 || f & hub.risky[at] != 0 {
                        lead(hub.to, at, &mut b, bound);
                    }
                }
                if (f, b) == known {
                    break;
                }
            }
            (free[at], bound[at]) = (f, b);
            let to_bound = (f | b) & active | f & risky;
            carry = (((f | b) & names & 1) << 63, (to_bound & 1) << 63);
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
    pub(super) fn odd_edges(&self, state: u32) -> impl Iterator<Item = &'g Edge> {
        let edges = self.graph.edges(state).iter();
        edges.filter(move |edge| {
            let odd = edge.to + 1 != state && edge.to != state;
            odd && (edge.label == Label::End
                || self.hubs.is_empty()
                || self.hubs.binary_search(&edge.to).is_err())
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
    /// Whether active and risky characters are told from others.
    careful: bool,
    /// A character that neither mentions, under `nfc` one that combines with nothing.
    other: char,
    pairs: Vec<Shared>,
    /// Per class of the left: what it reads at all.
    lefts: Vec<Shared>,
    rights: Vec<Shared>,
}

impl<'g> Classes<'g> {
    pub(super) fn of(left: &'g Graph, right: &'g Graph, rules: PathRules, careful: bool) -> Self {
        let shared = |common: Option<char>| common.map_or(Shared::Nothing, |c| kind(c, careful));
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
            careful,
            other: other(left, right, rules),
            pairs,
            lefts: own(left),
            rights: own(right),
        }
    }

    /// What a character is, as far as it matters here.
    pub(super) fn kind(&self, c: char) -> Shared {
        kind(c, self.careful)
    }

    /// Pairs of classes that were looked at.
    pub(super) fn work(&self) -> u64 {
        self.pairs.len() as u64
    }

    /// What a label of the left and one of the right read together. Ends are not asked about.
    pub(super) fn both(&self, left: Label, right: Label) -> Shared {
        let char = |c: char, reads: bool| {
            if reads {
                kind(c, self.careful)
            } else {
                Shared::Nothing
            }
        };
        match (left, right) {
            (Label::End, _) | (_, Label::End) => Shared::Nothing,
            (Label::Char(c), Label::Char(d)) => char(c, c == d),
            (Label::Char(c), label) => char(c, self.right.reads(label, c)),
            (label, Label::Char(c)) => char(c, self.left.reads(label, c)),
            (Label::Any, Label::Any) => kind(self.other, self.careful),
            (Label::Class(class), Label::Any) => self.lefts[class as usize],
            (Label::Any, Label::Class(class)) => self.rights[class as usize],
            (Label::Class(a), Label::Class(b)) => {
                self.pairs[a as usize * self.right.classes().len() + b as usize]
            }
        }
    }

    /// A character that both read, the one that [`Classes::both`] speaks of.
    pub(super) fn character(&self, left: Label, right: Label) -> Option<char> {
        match (left, right) {
            (Label::Any, Label::Any) => Some(self.other),
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

fn kind(c: char, careful: bool) -> Shared {
    match c {
        '.' => Shared::Dot,
        _ if !careful || !is_active(c) => Shared::Name,
        _ if is_risky(c) => Shared::Risky,
        _ => Shared::Active,
    }
}

/// A character that neither mentions. Under `nfc` those that combine with nothing come first.
fn other(left: &Graph, right: &Graph, rules: PathRules) -> char {
    let free = |c: &char| {
        [left, right]
            .iter()
            .all(|graph| graph.literals().binary_search(c).is_err())
    };
    let inert = |c: &char| !rules.normalises() || !is_active(*c);
    let tries = || {
        ('x'..='z')
            .chain('a'..='w')
            .chain('0'..='9')
            .chain('\u{4e00}'..='\u{9fff}')
    };
    let found = tries().find(|c| inert(c) && free(c));
    found.or_else(|| tries().find(free)).unwrap_or('x')
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
        let nothing = Graph::of([]);
        let shared = Classes::of(&nothing, self.graph, PathRules::default(), false);
        let mut readings: BTreeMap<char, Reading> = BTreeMap::new();
        let (mut now, mut next) = (vec![0; self.words], Behind::new(self.words));
        work.spend(self.graph.text());
        set(&mut now, self.graph.start());
        for segment in path {
            for c in segment.chars() {
                let reading = readings
                    .entry(c)
                    .or_insert_with(|| self.reading(Label::Char(c), &shared, work));
                next.clear();
                work.spend(self.read(&now, true, reading, &shared, &mut next));
                let read = if c == '.' {
                    &mut next.dot
                } else {
                    &mut next.name
                };
                std::mem::swap(&mut now, read);
            }
            next.clear();
            work.spend(self.end(&now, &mut next.name));
            std::mem::swap(&mut now, &mut next.name);
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

/// Adds a state to the word at `at` that is being worked on, or to the rest.
fn lead(to: u32, at: usize, word: &mut u64, rest: &mut [u64]) {
    if to as usize / 64 == at {
        *word |= 1 << (to % 64);
    } else {
        set(rest, to);
    }
}

/// Whether some state is in both.
fn meet(some: &[u64], others: &[u64]) -> bool {
    some.iter().zip(others).any(|(a, b)| a & b != 0)
}

/// Adds to `to` the states below those of `from` that are in `mask`.
pub(super) fn shift(from: &[u64], mask: &[u64], to: &mut [u64]) {
    let mut carry = 0;
    for ((from, mask), to) in from.iter().zip(mask).zip(to).rev() {
        let moved = from & mask;
        *to |= moved >> 1 | carry;
        carry = moved << 63;
    }
}

/// Adds to `to` the states of `from` that are in `mask`.
pub(super) fn keep(from: &[u64], mask: &[u64], to: &mut [u64]) {
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
