//! The search itself: the shortest path that some automata accept and others do not.
//!
//! A breadth-first walk, by bytes, over products: a state of each automaton that has to accept, the
//! set of states of those that must not, and what the path's own rules remember. Of two sets of
//! states at one place only the smaller can matter, so the larger is dropped (antichains; De Wulf,
//! Doyen, Henzinger and Raskin 2006). Without automata that must not accept, the walk is bounded by
//! the product of two patterns; with them, by a budget of steps.

use super::super::limits::{PATH_BYTES_MAX, PATH_SEGMENTS_MAX};
use super::super::normal::{Place, is_active};
use super::super::repo_path::RepoPath;
use super::super::rules::PathRules;
use super::Found;
use super::alphabet::Alphabet;
use super::graph::{Edge, Graph, Label};
use super::table::{Table, hash};
use super::work::Work;

/// A question: a path that `left` and `right` accept and none of `without` does.
pub(super) struct Question<'a> {
    pub(super) left: &'a Graph,
    pub(super) right: Option<&'a Graph>,
    pub(super) without: &'a [&'a Graph],
    pub(super) rules: PathRules,
}

/// Answers a question.
pub(super) fn walk(question: &Question<'_>, work: &mut Work) -> Found {
    let graphs = std::iter::once(question.left)
        .chain(question.right)
        .chain(question.without.iter().copied());
    work.spend(graphs.clone().map(Graph::text).sum());
    work.spend(Alphabet::cost(graphs.clone()));
    if work.is_spent() {
        return Found::Unknown;
    }
    let alphabet = Alphabet::of(graphs, question.rules);
    let mut walk = Walk {
        question,
        seen: Seen::of(question, alphabet.followed),
        places: alphabet.followed.then(Places::new),
        alphabet,
        states: Vec::new(),
        sets: Sets::new(question.without),
        rings: Default::default(),
        work,
        done: None,
    };
    walk.run()
}

/// What the path's own rules remember: how the segment began, and its end's place in normal form.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Spot {
    start: Start,
    place: Place,
}

/// How much of the segment there is, as far as `.` and `..` go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    Nothing,
    Dot,
    DotDot,
    Name,
}

impl Spot {
    const START: Spot = Spot {
        start: Start::Nothing,
        place: Place::NONE,
    };

    fn code(self) -> u32 {
        self.place.code() << 2 | self.start as u32
    }

    fn after(self, c: char, places: Option<&mut Places>) -> Option<Spot> {
        let start = match (self.start, c) {
            (Start::Nothing, '.') => Start::Dot,
            (Start::Dot, '.') => Start::DotDot,
            _ => Start::Name,
        };
        let place = match places {
            Some(places) => places.after(self.place, c)?,
            None => self.place,
        };
        Some(Spot { start, place })
    }

    /// Whether whatever may follow `other` may follow this.
    fn covers(self, other: Spot) -> bool {
        let start = self.start == other.start || self.start == Start::Name;
        start && self.place.covers(other.place)
    }
}

/// Steps of [`Place::after`] that were looked up before: a pattern has few characters, and few places
/// come of them.
struct Places {
    known: Vec<(Place, char, Option<Place>)>,
}

const PLACES: usize = 1 << 12;

impl Places {
    fn new() -> Self {
        let none = ('a', Place::NONE.after('a'));
        Places {
            known: vec![(Place::NONE, none.0, none.1); PLACES],
        }
    }

    fn after(&mut self, place: Place, c: char) -> Option<Place> {
        let at = hash([u64::from(place.code()) << 32 | u64::from(c)]) as usize % PLACES;
        let slot = &mut self.known[at];
        if (slot.0, slot.1) != (place, c) {
            *slot = (place, c, place.after(c));
        }
        slot.2
    }
}

struct State {
    left: u32,
    right: u32,
    set: u32,
    spot: Spot,
    /// The state before, and what was read: a character, or `None` for the end of a segment.
    before: u32,
    read: Option<char>,
    /// Another state of the same place with another set.
    beside: u32,
}

const NONE: u32 = u32::MAX;

struct Walk<'a, 'w> {
    question: &'a Question<'a>,
    alphabet: Alphabet,
    places: Option<Places>,
    states: Vec<State>,
    seen: Seen,
    sets: Sets<'a>,
    /// States to visit by bytes from here; a character has one to four.
    rings: [Vec<u32>; 5],
    work: &'w mut Work,
    done: Option<u32>,
}

impl Walk<'_, '_> {
    fn run(&mut self) -> Found {
        let set = self.sets.start();
        let right = self.question.right.map_or(0, Graph::start);
        self.arrive(
            self.question.left.start(),
            right,
            set,
            Spot::START,
            NONE,
            None,
            0,
        );
        for bytes in 0..=PATH_BYTES_MAX {
            let ring = bytes % 5;
            let mut at = 0;
            while let Some(&state) = self.rings[ring].get(at) {
                at += 1;
                self.leave(state, ring);
                if let Some(done) = self.done {
                    return self.path(done).map_or(Found::Unknown, Found::Path);
                }
                if self.work.is_spent() {
                    return Found::Unknown;
                }
            }
            self.rings[ring].clear();
            if self.rings.iter().all(Vec::is_empty) {
                return Found::Nothing;
            }
        }
        // What is left is longer than any path.
        if self.question.without.is_empty() {
            Found::Nothing
        } else {
            Found::Unknown
        }
    }

    fn leave(&mut self, at: u32, ring: usize) {
        let State {
            left,
            right,
            set,
            spot,
            ..
        } = self.states[at as usize];
        let question = self.question;
        const ANYTHING: &[Edge] = &[];
        let lefts = question.left.edges(left);
        let rights = question.right.map_or(ANYTHING, |graph| graph.edges(right));
        let plain = !self.sets.reads_class(set);
        for a in lefts {
            if self.work.is_spent() {
                return;
            }
            let Some(graph) = question.right else {
                self.try_edges(at, (a.label, a.to), (Label::Any, 0), plain, ring, set, spot);
                continue;
            };
            for b in rights {
                self.work.spend(1);
                match (a.label, b.label) {
                    (Label::Char(a), Label::Char(b)) if a != b => continue,
                    (Label::End, Label::End) => {}
                    (Label::End, _) | (_, Label::End) => continue,
                    (Label::Char(c), label) if !graph.reads(label, c) => continue,
                    (label, Label::Char(c)) if !question.left.reads(label, c) => continue,
                    _ => {}
                }
                self.try_edges(at, (a.label, a.to), (b.label, b.to), plain, ring, set, spot);
            }
        }
    }

    /// Reads what both edges read. The right one is `Any` when there is no right automaton.
    #[allow(clippy::too_many_arguments)]
    fn try_edges(
        &mut self,
        before: u32,
        (a, left): (Label, u32),
        (b, right): (Label, u32),
        plain: bool,
        ring: usize,
        set: u32,
        spot: Spot,
    ) {
        let Question {
            left: left_graph,
            right: right_graph,
            ..
        } = *self.question;
        match (a, b) {
            (Label::End, _) => {
                if spot.start != Start::Name {
                    return;
                }
                let Some(set) = self.sets.step(set, None, self.work) else {
                    return;
                };
                let accepted = left_graph.accepts(left)
                    && right_graph.is_none_or(|graph| graph.accepts(right))
                    && !self.sets.accepts(set);
                if !accepted {
                    let ring = (ring + 1) % 5;
                    self.arrive(left, right, set, Spot::START, before, None, ring);
                } else if self.done.is_none() {
                    // Even where the walk began: the empty path led there, and that is no path.
                    self.done = Some(self.states.len() as u32);
                    self.states.push(State {
                        left,
                        right,
                        set,
                        spot: Spot::START,
                        before,
                        read: None,
                        beside: NONE,
                    });
                }
            }
            (Label::Char(c), _) | (_, Label::Char(c)) => {
                self.read(c, left, right, before, ring, set, spot);
            }
            (Label::Any, Label::Any) if plain && self.alphabet.other.is_some() => {
                if let Some(c) = self.alphabet.other {
                    self.read(c, left, right, before, ring, set, spot);
                }
            }
            _ => {
                // A character that combines with nothing leaves more open than one that does.
                let one = self.sets.is_empty(set);
                for at in 0..self.alphabet.all.len() {
                    let c = self.alphabet.all[at];
                    self.work.spend(1);
                    if self.work.is_spent() {
                        return;
                    }
                    let both =
                        left_graph.reads(a, c) && right_graph.is_none_or(|graph| graph.reads(b, c));
                    if both {
                        self.read(c, left, right, before, ring, set, spot);
                        if one && (!self.alphabet.followed || !is_active(c)) {
                            break;
                        }
                    }
                }
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn read(
        &mut self,
        c: char,
        left: u32,
        right: u32,
        before: u32,
        ring: usize,
        set: u32,
        spot: Spot,
    ) {
        self.work.spend(1);
        let Some(spot) = spot.after(c, self.places.as_mut()) else {
            return;
        };
        let Some(set) = self.sets.step(set, Some(c), self.work) else {
            return;
        };
        let ring = (ring + c.len_utf8()) % 5;
        self.arrive(left, right, set, spot, before, Some(c), ring);
    }

    /// Notes a state unless one that can do as much was seen.
    #[allow(clippy::too_many_arguments)]
    fn arrive(
        &mut self,
        left: u32,
        right: u32,
        set: u32,
        spot: Spot,
        before: u32,
        read: Option<char>,
        ring: usize,
    ) {
        let id = self.states.len() as u32;
        let mut beside = NONE;
        match &mut self.seen {
            Seen::Dense { bits, rights } => {
                let place = (left as usize * *rights + right as usize) * 4 + spot.start as usize;
                let (word, bit) = (place / 64, 1_u64 << (place % 64));
                if bits[word] & bit != 0 {
                    return;
                }
                bits[word] |= bit;
            }
            Seen::Pairs { heads, rights } => {
                let head = &mut heads[left as usize * *rights + right as usize];
                beside = *head;
                let mut at = *head;
                while at != NONE {
                    self.work.spend(1);
                    let state = &self.states[at as usize];
                    if state.spot.covers(spot) {
                        return;
                    }
                    at = state.beside;
                }
                *head = id;
            }
            Seen::Sparse { table, heads } => {
                let states = &self.states;
                let key = |left: u32, right: u32, spot: Spot| {
                    hash([
                        u64::from(left) << 32 | u64::from(right),
                        u64::from(spot.code()),
                    ])
                };
                let own = key(left, right, spot);
                let same = |group: u32| {
                    let state = &states[heads[group as usize] as usize];
                    (state.left, state.right) == (left, right) && state.spot == spot
                };
                if let Some(group) = table.find(own, same) {
                    let mut at = heads[group as usize];
                    beside = at;
                    while at != NONE {
                        self.work.spend(self.sets.weight(set));
                        if self.sets.within(states[at as usize].set, set) {
                            return;
                        }
                        at = states[at as usize].beside;
                    }
                    heads[group as usize] = id;
                } else {
                    let group = heads.len() as u32;
                    table.add(own, group, |group| {
                        let state = &states[heads[group as usize] as usize];
                        key(state.left, state.right, state.spot)
                    });
                    heads.push(id);
                }
            }
        }
        self.states.push(State {
            left,
            right,
            set,
            spot,
            before,
            read,
            beside,
        });
        self.rings[ring].push(id);
    }

    /// The path that leads to a state, or `None` when it has more segments than a path may have.
    fn path(&self, done: u32) -> Option<RepoPath> {
        let mut read: Vec<char> = Vec::new();
        let mut at = &self.states[done as usize];
        while at.before != NONE {
            read.push(at.read.unwrap_or('/'));
            at = &self.states[at.before as usize];
        }
        let text: String = read.iter().rev().collect();
        let text = text.strip_suffix('/').unwrap_or(&text);
        let segments = text.split('/').count();
        (segments <= PATH_SEGMENTS_MAX && text.len() <= PATH_BYTES_MAX)
            .then(|| RepoPath::from_canonical(text.to_owned()))
    }
}

/// What was seen: one bit for each state where that is small enough, and else a table.
enum Seen {
    Dense {
        bits: Vec<u64>,
        rights: usize,
    },
    /// Per pair the last state seen there: where normal form is followed, and nothing to avoid.
    Pairs {
        heads: Vec<u32>,
        rights: usize,
    },
    Sparse {
        table: Table,
        heads: Vec<u32>,
    },
}

/// Bits up to which the dense form is taken: 2 MiB.
const DENSE_BITS_MAX: usize = 1 << 24;

impl Seen {
    fn of(question: &Question<'_>, followed: bool) -> Seen {
        let rights = question.right.map_or(1, Graph::len);
        let bits = question.left.len() * rights * 4;
        let free = question.without.is_empty();
        if free && followed && bits <= DENSE_BITS_MAX {
            let heads = vec![NONE; bits / 4];
            return Seen::Pairs { heads, rights };
        }
        if free && !followed && bits <= DENSE_BITS_MAX {
            let bits = vec![0; bits.div_ceil(64)];
            return Seen::Dense { bits, rights };
        }
        Seen::Sparse {
            table: Table::new(),
            heads: Vec::new(),
        }
    }
}

/// Sets of states of the automata that must not accept, each kept once.
struct Sets<'a> {
    graphs: &'a [&'a Graph],
    /// Where the states of each automaton start in the common numbering.
    offsets: Vec<u32>,
    members: Vec<u32>,
    /// Per set: its range of members, whether a class is read from it, and whether it accepts.
    sets: Vec<SetState>,
    table: Table,
    scratch: Vec<u32>,
}

struct SetState {
    from: u32,
    to: u32,
    reads_class: bool,
    accepts: bool,
}

impl<'a> Sets<'a> {
    fn new(graphs: &'a [&'a Graph]) -> Self {
        let mut offsets = vec![0];
        let mut total = 0;
        for graph in graphs {
            total += graph.len() as u32;
            offsets.push(total);
        }
        Sets {
            graphs,
            offsets,
            members: Vec::new(),
            sets: Vec::new(),
            table: Table::new(),
            scratch: Vec::new(),
        }
    }

    fn start(&mut self) -> u32 {
        self.scratch.clear();
        for (graph, offset) in self.graphs.iter().zip(&self.offsets) {
            self.scratch.push(offset + graph.start());
        }
        self.intern()
    }

    fn members(&self, set: u32) -> &[u32] {
        let set = &self.sets[set as usize];
        &self.members[set.from as usize..set.to as usize]
    }

    fn is_empty(&self, set: u32) -> bool {
        self.members(set).is_empty()
    }

    fn reads_class(&self, set: u32) -> bool {
        self.sets[set as usize].reads_class
    }

    fn accepts(&self, set: u32) -> bool {
        self.sets[set as usize].accepts
    }

    /// What comparing with a set costs, in steps.
    fn weight(&self, set: u32) -> u64 {
        let SetState { from, to, .. } = self.sets[set as usize];
        1 + u64::from(to - from) / 4
    }

    fn within(&self, small: u32, large: u32) -> bool {
        if small == large {
            return true;
        }
        let (small, large) = (self.members(small), self.members(large));
        if small.len() > large.len() {
            return false;
        }
        let mut rest = large.iter();
        small
            .iter()
            .all(|state| rest.by_ref().any(|other| other == state))
    }

    fn locate(&self, state: u32) -> (&'a Graph, u32, u32) {
        let at = if self.graphs.len() == 1 {
            0
        } else {
            self.offsets.partition_point(|&offset| offset <= state) - 1
        };
        let offset = self.offsets[at];
        (self.graphs[at], offset, state - offset)
    }

    /// The set behind a character, or behind the end of a segment. `None` when everything from there
    /// on is accepted by what must not accept.
    fn step(&mut self, set: u32, read: Option<char>, work: &mut Work) -> Option<u32> {
        if self.is_empty(set) {
            return Some(set);
        }
        let mut next = std::mem::take(&mut self.scratch);
        next.clear();
        let mut all = false;
        for &state in self.members(set) {
            let (graph, offset, state) = self.locate(state);
            for edge in graph.edges(state) {
                work.spend(1);
                let reads = match (edge.label, read) {
                    (Label::End, None) => true,
                    (label, Some(c)) => graph.reads(label, c),
                    _ => false,
                };
                if reads {
                    all |= graph.accepts_all(edge.to);
                    next.push(offset + edge.to);
                }
            }
        }
        self.scratch = next;
        if all {
            return None;
        }
        self.scratch.sort_unstable();
        self.scratch.dedup();
        work.spend(self.scratch.len() as u64);
        Some(self.intern())
    }

    fn intern(&mut self) -> u32 {
        let key = |members: &[u32]| hash(members.iter().map(|&state| u64::from(state)));
        let own = key(&self.scratch);
        let (members, sets) = (&self.members, &self.sets);
        let members_of = |id: u32| {
            let SetState { from, to, .. } = sets[id as usize];
            &members[from as usize..to as usize]
        };
        if let Some(id) = self.table.find(own, |id| members_of(id) == self.scratch) {
            return id;
        }
        let id = sets.len() as u32;
        self.table.add(own, id, |id| key(members_of(id)));
        let at = |&state: &u32| self.locate(state);
        let (reads_class, accepts) = self.scratch.iter().map(at).fold(
            (false, false),
            |(class, accepts), (graph, _, state)| {
                (
                    class || graph.has_class(state),
                    accepts || graph.accepts(state),
                )
            },
        );
        let from = self.members.len() as u32;
        self.members.extend_from_slice(&self.scratch);
        self.sets.push(SetState {
            from,
            to: self.members.len() as u32,
            reads_class,
            accepts,
        });
        id
    }
}
