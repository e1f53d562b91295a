//! Whether an automaton meets a single long path, or what is below it.
//!
//! A glob has a thousand bytes, so a path in two globs is never too long. A `file` or `dir` has up to
//! four thousand: there it matters how many bytes and segments the rest takes, and only the shortest
//! rest will do. The long front is one text and is read as such.

use super::super::limits::{PATH_BYTES_MAX, PATH_SEGMENTS_MAX};
use super::super::pattern::Pattern;
use super::super::repo_path::RepoPath;
use super::super::rules::PathRules;
use super::super::segment::SegmentPattern;
use super::Found;
use super::columns::{Bits, Columns, holds};
use super::graph::{Graph, Label};
use super::work::Work;

/// Bytes and segments from which what follows a path has to be watched.
const LONG_BYTES: usize = 512;
const LONG_SEGMENTS: usize = 100;

/// A pattern that is one long path, or that and everything below it.
pub(super) struct Lone<'a> {
    names: Vec<&'a str>,
    below: bool,
    rules: PathRules,
}

impl<'a> Lone<'a> {
    pub(super) fn of(pattern: &'a Pattern) -> Option<Self> {
        let [alternative] = pattern.alternatives() else {
            return None;
        };
        let segments = alternative.segments();
        if pattern.weight() < LONG_BYTES && segments.len() < LONG_SEGMENTS {
            return None;
        }
        let below = segments.last() == Some(&SegmentPattern::AnyDepth);
        let names = segments[..segments.len() - usize::from(below)]
            .iter()
            .map(|segment| match segment {
                SegmentPattern::Literal(name) => Some(&**name),
                _ => None,
            })
            .collect::<Option<_>>()?;
        Some(Lone {
            names,
            below,
            rules: pattern.rules(),
        })
    }
}

/// A path in both. Nothing in the automaton may combine with what is before it.
pub(super) fn meet(lone: &Lone<'_>, graph: &Graph, work: &mut Work) -> Found {
    let columns = Columns::of(graph);
    let behind = columns.behind(lone.names.iter().copied(), work);
    let front = lone.names.join("/");
    if !front.is_empty() && columns.accepted(&behind).is_some() {
        return Found::Path(RepoPath::from_canonical(front));
    }
    if !lone.below {
        return Found::Nothing;
    }
    let segments = PATH_SEGMENTS_MAX - lone.names.len();
    let bytes = PATH_BYTES_MAX - front.len();
    match Rest::of(graph, lone.rules, segments).shortest(&behind, bytes, work) {
        Some(rest) => Found::Path(RepoPath::from_canonical(format!("{front}/{rest}"))),
        None if work.is_spent() => Found::Unknown,
        None => Found::Nothing,
    }
}

const START: u32 = u32::MAX;
const NEVER: u32 = u32::MAX - 1;

/// The shortest text that an automaton accepts from some states, by bytes, within some segments.
struct Rest<'g> {
    graph: &'g Graph,
    rules: PathRules,
    segments: usize,
    other: char,
    /// Per segments used, start of the segment and state: the place before.
    before: Vec<u32>,
    rings: [Vec<u32>; 5],
}

impl<'g> Rest<'g> {
    fn of(graph: &'g Graph, rules: PathRules, segments: usize) -> Self {
        let taken = |c: &char| graph.literals().binary_search(c).is_ok();
        Rest {
            graph,
            rules,
            segments,
            other: ('x'..='z')
                .chain('a'..='w')
                .find(|c| !taken(c))
                .unwrap_or('x'),
            before: Vec::new(),
            rings: Default::default(),
        }
    }

    /// The rest without its leading slash, when it and that slash have at most so many bytes.
    fn shortest(&mut self, from: &Bits, bytes: usize, work: &mut Work) -> Option<String> {
        for state in (0..self.graph.len() as u32).filter(|&state| holds(from, state)) {
            self.arrive(self.place(0, 0, state), START, 0);
        }
        // The slash in front is a byte too, and the end of the last segment is none.
        for spent in 0..bytes {
            let ring = spent % 5;
            let mut at = 0;
            while let Some(&place) = self.rings[ring].get(at) {
                at += 1;
                if let Some(last) = self.leave(place, ring, work) {
                    return self.text(last);
                }
                if work.is_spent() {
                    return None;
                }
            }
            self.rings[ring].clear();
        }
        None
    }

    fn place(&self, segment: usize, start: u32, state: u32) -> u32 {
        ((segment as u32 * 4) + start) * self.graph.len() as u32 + state
    }

    fn split(&self, place: u32) -> (usize, u32, u32) {
        let states = self.graph.len() as u32;
        let (rest, state) = (place / states, place % states);
        (rest as usize / 4, rest % 4, state)
    }

    fn arrive(&mut self, place: u32, before: u32, ring: usize) {
        let at = place as usize;
        if at >= self.before.len() {
            self.before.resize(at + self.graph.len() * 4, NEVER);
        }
        if self.before[at] == NEVER {
            self.before[at] = before;
            self.rings[ring % 5].push(place);
        }
    }

    /// Takes every step from a place; the place itself when one of them ends a path.
    fn leave(&mut self, place: u32, ring: usize, work: &mut Work) -> Option<u32> {
        let (segment, start, state) = self.split(place);
        let graph = self.graph;
        for edge in graph.edges(state) {
            work.spend(1);
            if edge.label == Label::End {
                if start != 3 || segment >= self.segments {
                    continue;
                }
                if graph.accepts(edge.to) {
                    return Some(place);
                }
                if segment + 1 < self.segments {
                    self.arrive(self.place(segment + 1, 0, edge.to), place, ring + 1);
                }
            } else if let Some(c) = self.character(edge.label) {
                let next = self.place(segment, after(start, c), edge.to);
                self.arrive(next, place, ring + c.len_utf8());
            }
        }
        None
    }

    fn character(&self, label: Label) -> Option<char> {
        match label {
            Label::Char(c) => Some(c),
            Label::Any => Some(self.other),
            Label::Class(class) => self.graph.classes()[class as usize].member(self.rules),
            Label::End => None,
        }
    }

    fn text(&self, last: u32) -> Option<String> {
        let mut read: Vec<char> = Vec::new();
        let mut at = last;
        while self.before[at as usize] != START {
            let before = self.before[at as usize];
            read.push(self.between(before, at)?);
            at = before;
        }
        Some(read.iter().rev().collect())
    }

    fn between(&self, from: u32, to: u32) -> Option<char> {
        let ((from_segment, from_start, state), (segment, start, next)) =
            (self.split(from), self.split(to));
        let mut edges = self.graph.edges(state).iter();
        edges.find_map(|edge| match self.character(edge.label) {
            _ if edge.to != next => None,
            None => (segment == from_segment + 1).then_some('/'),
            Some(c) => (segment == from_segment && after(from_start, c) == start).then_some(c),
        })
    }
}

fn after(start: u32, c: char) -> u32 {
    match (start, c) {
        (0 | 1, '.') => start + 1,
        _ => 3,
    }
}
