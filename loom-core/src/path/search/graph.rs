//! Alternatives as one automaton over characters, shared front and back.
//!
//! A brace pattern can come to 256 alternatives of a thousand characters each that differ in a few.
//! Comparing them pair by pair would take minutes; the minimal acyclic automaton of the alternatives
//! taken as words (Daciuk, Mihov, Watson and Watson 2000, for sorted input) is about as large as the
//! pattern itself. The words are over tokens, not characters, so `*` and `**` are letters here and
//! become loops when the automaton is written out for the search.
//!
//! Words that differ in front but could still be one another (`{*,a}{*,a}…` before a wall of `*a`)
//! stay apart for long when they are read forwards, and fall together at once when they are read
//! backwards. Nothing in the search needs the automaton to be deterministic, so where the one read
//! forwards is large the other is built as well, turned round, and the smaller is kept.

use super::super::class::CharSet;
use super::super::segment::{Alternative, SegmentPattern, Token};
use super::table::{Table, hash};

/// What an edge reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    /// This character.
    Char(char),
    /// Any character within a segment.
    Any,
    /// A character of the class with this number.
    Class(u32),
    /// The end of a segment.
    End,
}

impl Label {
    /// Labels of one graph are equal when their keys are.
    pub(super) fn key(self) -> (u8, u32) {
        match self {
            Label::End => (0, 0),
            Label::Any => (1, 0),
            Label::Char(c) => (2, u32::from(c)),
            Label::Class(class) => (3, class),
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub(super) label: Label,
    pub(super) to: u32,
}

#[derive(Debug, Clone, Copy)]
struct State {
    from: u32,
    to: u32,
    accepts: bool,
    accepts_all: bool,
    has_class: bool,
}

/// An automaton for a union of alternatives. A path is read as its segments, each with an end.
#[derive(Debug)]
pub(crate) struct Graph {
    states: Vec<State>,
    edges: Vec<Edge>,
    classes: Vec<CharSet>,
    literals: Vec<char>,
    start: u32,
    /// Letters that it was built from.
    text: u64,
}

/// States of an automaton read forwards, for each letter of its longest word, from which it is
/// worth reading the words backwards as well.
const FORWARDS_SHARE_MAX: usize = 2;

impl Graph {
    /// The automaton of some alternatives. Costs time linear in their text.
    pub(crate) fn of<'a>(alternatives: impl IntoIterator<Item = &'a Alternative>) -> Graph {
        let mut letters = Letters::default();
        let mut words: Vec<Vec<u32>> = alternatives
            .into_iter()
            .map(|alternative| letters.word(alternative))
            .collect();
        words.sort_unstable();
        words.dedup();
        let text = words.iter().map(|word| word.len() as u64).sum();
        let longest = words.iter().map(Vec::len).max().unwrap_or_default();
        let forwards = WordGraph::of(&words);
        let (nodes, edges) = (forwards.nodes.len(), forwards.edges.len());
        let mut graph = write_out(&forwards, &letters);
        if words.len() > 1 && nodes > 64 + longest * FORWARDS_SHARE_MAX {
            words.iter_mut().for_each(|word| word.reverse());
            words.sort_unstable();
            let backwards = WordGraph::of(&words).turned();
            if backwards.edges.len() < edges {
                graph = write_out(&backwards, &letters);
            }
        }
        graph.text = text;
        graph
    }

    /// Letters that it was built from: what building it cost.
    pub(super) fn text(&self) -> u64 {
        self.text
    }

    pub(super) fn start(&self) -> u32 {
        self.start
    }

    pub(super) fn len(&self) -> usize {
        self.states.len()
    }

    pub(super) fn edges(&self, state: u32) -> &[Edge] {
        let state = &self.states[state as usize];
        &self.edges[state.from as usize..state.to as usize]
    }

    /// The state inside a segment of a `**` that stands here: it is two states that lead to each other,
    /// one between segments and one inside.
    pub(super) fn inside(&self, between: u32) -> Option<u32> {
        let leads_back = |edge: &Edge| edge.label == Label::End && edge.to == between;
        between
            .checked_sub(1)
            .filter(|&inside| self.edges(inside).iter().any(leads_back))
    }

    /// Whether a path may end here, behind the end of a segment.
    pub(super) fn accepts(&self, state: u32) -> bool {
        self.states[state as usize].accepts
    }

    /// Whether every continuation from here is accepted.
    pub(super) fn accepts_all(&self, state: u32) -> bool {
        self.states[state as usize].accepts_all
    }

    /// Whether an edge from here reads a class.
    pub(super) fn has_class(&self, state: u32) -> bool {
        self.states[state as usize].has_class
    }

    pub(super) fn classes(&self) -> &[CharSet] {
        &self.classes
    }

    /// The characters that stand in it as themselves, sorted, each once.
    pub(super) fn literals(&self) -> &[char] {
        &self.literals
    }

    pub(super) fn reads(&self, label: Label, c: char) -> bool {
        match label {
            Label::Char(own) => own == c,
            Label::Any => true,
            Label::Class(class) => self.classes[class as usize].holds(c),
            Label::End => false,
        }
    }
}

const ANY: u32 = 0x11_0000;
const STAR: u32 = 0x11_0001;
const END: u32 = 0x11_0002;
const DEPTH: u32 = 0x11_0003;
const CLASS: u32 = 0x20_0000;

#[derive(Default)]
struct Letters<'a> {
    classes: std::collections::BTreeMap<&'a CharSet, u32>,
}

impl<'a> Letters<'a> {
    fn word(&mut self, alternative: &'a Alternative) -> Vec<u32> {
        let mut word = Vec::new();
        for segment in alternative.segments() {
            match segment {
                SegmentPattern::AnyDepth => {
                    word.push(DEPTH);
                    continue;
                }
                SegmentPattern::Literal(name) => word.extend(name.chars().map(u32::from)),
                SegmentPattern::Wild(glob) => {
                    word.extend(glob.tokens().iter().map(|token| self.letter(token)));
                }
            }
            word.push(END);
        }
        word
    }

    fn letter(&mut self, token: &'a Token) -> u32 {
        match token {
            Token::Char(c) => u32::from(*c),
            Token::Any => ANY,
            Token::Star => STAR,
            Token::Class(class) => {
                let next = self.classes.len() as u32;
                CLASS + *self.classes.entry(class).or_insert(next)
            }
        }
    }
}

/// The minimal acyclic automaton of some words; a node's number is above those of its targets.
struct WordGraph<'a> {
    /// Per node: its edges' range, and whether a word ends there.
    nodes: Vec<(u32, u32, bool)>,
    edges: Vec<(u32, u32)>,
    root: u32,
    table: Table,
    /// The nodes of the last closed word's end, by letters left, as far as it is a mere chain.
    chain: Vec<u32>,
    chain_word: &'a [u32],
}

#[derive(Default)]
struct Pending {
    edges: Vec<(u32, u32)>,
    ends: bool,
}

impl<'a> WordGraph<'a> {
    fn of(words: &'a [Vec<u32>]) -> WordGraph<'a> {
        let mut graph = WordGraph {
            nodes: Vec::new(),
            edges: Vec::new(),
            root: 0,
            table: Table::new(),
            chain: Vec::new(),
            chain_word: &[],
        };
        let mut open: Vec<Pending> = vec![Pending::default()];
        let mut spare: Vec<Pending> = Vec::new();
        let mut last: &'a [u32] = &[];
        for word in words {
            let shared = word.iter().zip(last).take_while(|(a, b)| a == b).count();
            graph.close(&mut open, &mut spare, last, shared);
            for _ in shared..word.len() {
                open.push(spare.pop().unwrap_or_default());
            }
            if let Some(node) = open.last_mut() {
                node.ends = true;
            }
            last = word;
        }
        graph.close(&mut open, &mut spare, last, 0);
        let root = open.pop().unwrap_or_default();
        graph.root = graph.node(&root);
        graph
    }

    /// The automaton of the words read the other way.
    fn turned(&self) -> WordGraph<'a> {
        let count = self.nodes.len() as u32;
        let turned = |node: u32| count - 1 - node;
        let mut from: Vec<(u32, u32, u32)> = Vec::with_capacity(self.edges.len());
        for (node, &(first, last, _)) in (0_u32..).zip(&self.nodes) {
            for &(letter, to) in &self.edges[first as usize..last as usize] {
                from.push((turned(to), letter, turned(node)));
            }
        }
        from.sort_unstable();
        let mut start: Vec<(u32, u32)> = Vec::new();
        let (mut nodes, mut edges) = (Vec::with_capacity(self.nodes.len() + 1), Vec::new());
        let mut rest = &*from;
        for node in 0..count {
            let own = rest.partition_point(|&(at, ..)| at == node);
            let first = edges.len() as u32;
            edges.extend(rest[..own].iter().map(|&(_, letter, to)| (letter, to)));
            rest = &rest[own..];
            let begins = self.nodes[turned(node) as usize].2;
            if begins {
                start.extend_from_slice(&edges[first as usize..]);
            }
            nodes.push((first, edges.len() as u32, turned(node) == self.root));
        }
        start.sort_unstable();
        start.dedup();
        let first = edges.len() as u32;
        edges.append(&mut start);
        nodes.push((first, edges.len() as u32, false));
        WordGraph {
            nodes,
            edges,
            root: count,
            table: Table::new(),
            chain: Vec::new(),
            chain_word: &[],
        }
    }

    /// Numbers the nodes of `word` deeper than `depth`, from the end.
    fn close(
        &mut self,
        open: &mut Vec<Pending>,
        spare: &mut Vec<Pending>,
        word: &'a [u32],
        depth: usize,
    ) {
        // Words that differ in front only end in the same chain; most of it is known already.
        let pure = open[depth + 1..]
            .iter()
            .rev()
            .enumerate()
            .take_while(|&(at, node)| node.edges.is_empty() && (at == 0 || !node.ends))
            .count();
        let known = word
            .iter()
            .rev()
            .zip(self.chain_word.iter().rev())
            .take_while(|(a, b)| a == b)
            .count();
        let known = (known + 1).min(pure).min(self.chain.len());
        self.chain_word = word;
        self.chain.truncate(known);
        while open.len() > depth + 1 {
            let Some(mut node) = open.pop() else { return };
            let left = word.len() - open.len();
            let id = match self.chain.get(left) {
                Some(&id) => id,
                None => {
                    let id = self.node(&node);
                    if left < pure {
                        self.chain.push(id);
                    }
                    id
                }
            };
            node.edges.clear();
            node.ends = false;
            spare.push(node);
            let letter = word[open.len() - 1];
            if let Some(parent) = open.last_mut() {
                parent.edges.push((letter, id));
            }
        }
    }

    fn node(&mut self, node: &Pending) -> u32 {
        let key = |edges: &[(u32, u32)], ends: bool| {
            let words = edges
                .iter()
                .map(|&(a, b)| u64::from(a) << 32 | u64::from(b));
            hash(std::iter::once(u64::from(ends)).chain(words))
        };
        let own = key(&node.edges, node.ends);
        let (nodes, edges) = (&self.nodes, &self.edges);
        let at = |id: u32| {
            let (from, to, ends) = nodes[id as usize];
            (&edges[from as usize..to as usize], ends)
        };
        if let Some(id) = self
            .table
            .find(own, |id| at(id) == (&*node.edges, node.ends))
        {
            return id;
        }
        let id = nodes.len() as u32;
        self.table.add(own, id, |id| {
            let (edges, ends) = at(id);
            key(edges, ends)
        });
        let from = self.edges.len() as u32;
        self.edges.extend_from_slice(&node.edges);
        self.nodes.push((from, self.edges.len() as u32, node.ends));
        id
    }
}

/// Writes the loops out and the empty steps away.
fn write_out(words: &WordGraph<'_>, letters: &Letters<'_>) -> Graph {
    let mut classes = vec![None; letters.classes.len()];
    for (&class, &at) in &letters.classes {
        classes[at as usize] = Some(class.clone());
    }
    let mut graph = Graph {
        states: Vec::with_capacity(words.nodes.len() + 1),
        edges: Vec::with_capacity(words.edges.len() * 2),
        classes: classes.into_iter().flatten().collect(),
        literals: Vec::new(),
        start: 0,
        text: 0,
    };
    let mut state_of: Vec<u32> = Vec::with_capacity(words.nodes.len());
    // The loop states for `*` and `**` in front of a node, made when first needed.
    let mut star_of: Vec<Option<u32>> = vec![None; words.nodes.len()];
    let mut depth_of: Vec<Option<u32>> = vec![None; words.nodes.len()];
    for &(from, to, ends) in &words.nodes {
        let edges = &words.edges[from as usize..to as usize];
        let mut loops = Vec::new();
        for &(letter, to) in edges {
            if letter == STAR {
                let known = &mut star_of[to as usize];
                loops.push(*known.get_or_insert_with(|| graph.star(state_of[to as usize])));
            } else if letter == DEPTH {
                let known = &mut depth_of[to as usize];
                loops.push(*known.get_or_insert_with(|| graph.depth(state_of[to as usize])));
            }
        }
        if let ([only], 1, false) = (&*loops, edges.len(), ends) {
            state_of.push(*only);
            continue;
        }
        let first = graph.edges.len() as u32;
        for &(letter, to) in edges {
            let label = match letter {
                STAR | DEPTH => continue,
                ANY => Label::Any,
                END => Label::End,
                class if class >= CLASS => Label::Class(class - CLASS),
                c => match char::from_u32(c) {
                    Some(c) => {
                        graph.literals.push(c);
                        Label::Char(c)
                    }
                    None => continue,
                },
            };
            let to = state_of[to as usize];
            graph.edges.push(Edge { label, to });
        }
        let (mut accepts, mut accepts_all) = (ends, false);
        for state in loops {
            accepts |= graph.accepts(state);
            accepts_all |= graph.accepts_all(state);
            graph.copy_edges(state);
        }
        state_of.push(graph.state(first, accepts, accepts_all));
    }
    graph.start = state_of[words.root as usize];
    graph.literals.sort_unstable();
    graph.literals.dedup();
    graph.prune();
    graph
}

impl Graph {
    fn state(&mut self, from: u32, accepts: bool, accepts_all: bool) -> u32 {
        let has_class = self.edges[from as usize..]
            .iter()
            .any(|edge| matches!(edge.label, Label::Class(_)));
        self.states.push(State {
            from,
            to: self.edges.len() as u32,
            accepts,
            accepts_all,
            has_class,
        });
        self.states.len() as u32 - 1
    }

    /// Drops the states that nothing leads to and numbers the rest without gaps, in the same order:
    /// what is read letter by letter then has neighbouring numbers.
    fn prune(&mut self) {
        let mut number = vec![u32::MAX; self.states.len()];
        number[self.start as usize] = 0;
        let mut open = vec![self.start];
        while let Some(state) = open.pop() {
            for edge in self.edges(state) {
                if std::mem::replace(&mut number[edge.to as usize], 0) == u32::MAX {
                    open.push(edge.to);
                }
            }
        }
        let kept = number.iter_mut().filter(|number| **number == 0);
        kept.zip(0..).for_each(|(number, next)| *number = next);
        let mut edges = Vec::with_capacity(self.edges.len());
        let mut states = Vec::with_capacity(self.states.len());
        for (old, state) in self.states.iter().enumerate() {
            if number[old] == u32::MAX {
                continue;
            }
            let from = edges.len() as u32;
            let own = &self.edges[state.from as usize..state.to as usize];
            edges.extend(own.iter().map(|edge| Edge {
                label: edge.label,
                to: number[edge.to as usize],
            }));
            let to = edges.len() as u32;
            states.push(State { from, to, ..*state });
        }
        self.start = number[self.start as usize];
        (self.states, self.edges) = (states, edges);
    }

    fn copy_edges(&mut self, state: u32) {
        let State { from, to, .. } = self.states[state as usize];
        self.edges.extend_from_within(from as usize..to as usize);
    }

    /// A state that reads any run of characters and goes on as `next`.
    fn star(&mut self, next: u32) -> u32 {
        let (id, from) = (self.states.len() as u32, self.edges.len() as u32);
        self.edges.push(Edge {
            label: Label::Any,
            to: id,
        });
        self.copy_edges(next);
        self.state(from, false, false)
    }

    /// A state that reads any number of whole segments and goes on as `next`.
    fn depth(&mut self, next: u32) -> u32 {
        let accepts = self.accepts(next);
        let (inside, between) = (self.states.len() as u32, self.states.len() as u32 + 1);
        let from = self.edges.len() as u32;
        self.edges.push(Edge {
            label: Label::Any,
            to: inside,
        });
        self.edges.push(Edge {
            label: Label::End,
            to: between,
        });
        self.state(from, false, accepts);
        let from = self.edges.len() as u32;
        self.edges.push(Edge {
            label: Label::Any,
            to: inside,
        });
        self.copy_edges(next);
        self.state(from, accepts, accepts)
    }
}
