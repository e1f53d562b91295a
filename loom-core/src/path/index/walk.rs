//! The walk: a trie of patterns and a query, stepped through together.
//!
//! A state is a node and a position in the query; both may stand at a `**` and let the other side
//! move alone. States wait on a stack, and where more than one `**` is in play, so that a state could
//! be reached twice, a set remembers those that were seen: the work is bounded by nodes times
//! positions whatever the patterns look like.
//!
//! All tries are walked at once. Most of the time of a look-up goes into waiting for memory, and what
//! one trie waits for is independent of what the others do: where they take turns, they wait together.
//!
//! Where the query leaves a choice (`*` before a name, `**` before a name) the walk need not try every
//! child: it may [jump](super::jump) to the edges of the name that has to follow.

use std::collections::VecDeque;
use std::marker::PhantomData;

use super::edges::{EdgeKey, Table};
use super::jump::{Jump, Landed};
use super::keys::Key;
use super::layer::{Flow, Halt, Layer, Node, Sink};
use super::query::{Asked, Query, fits};
use super::seen::Seen;
use super::trie::ROOT;
use super::wilds;
use crate::path::SegmentGlob;

/// What all patterns of a trie have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class {
    /// Each holds everything below its last segment as well.
    pub(super) subtree: bool,
    /// None has a wildcard, or a `**` before its end.
    pub(super) literal: bool,
}

impl Class {
    pub(super) const fn new(subtree: bool, literal: bool) -> Self {
        Class { subtree, literal }
    }
}

/// Where a walk stands: a node of one of the tries, and a position in the query.
#[derive(Clone, Copy)]
struct State {
    node: u32,
    at: u16,
    trie: u8,
}

/// A path index has so many.
const TRIES: u32 = 4;

/// What a walk has before it. One value serves walk after walk.
pub(super) struct States {
    waiting: VecDeque<State>,
    /// Only filled where a state could come a second time.
    seen: Seen,
}

impl States {
    /// With room for what a path makes of it.
    pub(super) fn new() -> Self {
        States {
            waiting: VecDeque::with_capacity(16),
            seen: Seen::default(),
        }
    }

    /// Adds a state that has passed so many `**` in the pattern.
    fn push(&mut self, state: State, query: &Query<'_>, deeps: u16) {
        let place = u32::from(state.at) * TRIES + u32::from(state.trie);
        let places = (query.segments.len() as u32 + 1) * TRIES;
        if query.deeps + deeps < 2 || self.seen.insert(state.node, place, places) {
            self.waiting.push_back(state);
        }
    }

    /// A path has few states, and taking the oldest lets the tries take turns. A pattern may lead to
    /// all nodes there are; going down before going on keeps those short that wait.
    fn next(&mut self, query: &Query<'_>) -> Option<State> {
        match query.is_path {
            true => self.waiting.pop_front(),
            false => self.waiting.pop_back(),
        }
    }
}

/// Hands the keys of every pattern of `tries` that meets `query` to `sink`, some more than once.
/// Empty tries can be left out.
pub(super) fn walk<'l, K: Key, L: Layer<'l, K>>(
    tries: [Option<(L, Class)>; 4],
    query: &mut Query<'_>,
    states: &mut States,
    sink: &mut Sink<'_, K>,
) -> Flow {
    states.waiting.clear();
    states.seen.clear();
    for (trie, here) in (0..).zip(&tries) {
        let Some((layer, class)) = here else { continue };
        if class.subtree {
            layer.emit(layer.root()?, sink)?;
        }
        let root = State {
            node: ROOT,
            at: 0,
            trie,
        };
        states.push(root, query, 0);
    }
    while let Some(State { node, at, trie }) = states.next(query) {
        let Some((layer, class)) = tries[usize::from(trie)] else {
            continue;
        };
        sink.visits += 1;
        let mut walk = Walk {
            layer,
            class,
            trie,
            query,
            states,
            lent: PhantomData,
        };
        walk.visit(node, at, sink)?;
        sink.within()?;
    }
    Ok(())
}

/// The walk while it is in one of the tries.
struct Walk<'w, 'q, 'l, K, L> {
    layer: L,
    class: Class,
    trie: u8,
    query: &'w mut Query<'q>,
    states: &'w mut States,
    lent: PhantomData<(&'l (), K)>,
}

impl<'q, 'l, K: Key, L: Layer<'l, K>> Walk<'_, 'q, 'l, K, L> {
    fn visit(&mut self, id: u32, at: u16, sink: &mut Sink<'_, K>) -> Flow {
        if self.query.is_end(at) && !self.query.subtree {
            return Ok(());
        }
        // Without `**` in any pattern there is nothing to read: one miss of the cache less.
        let node = match self.class.literal {
            true => Node::default(),
            false => self.layer.node(id)?,
        };
        if node.deep != ROOT {
            self.layer.check_child(node.deep, id, node.deeps + 1)?;
            self.push(node.deep, node.deeps + 1, at);
        }
        if self.query.is_any_depth(at) {
            return self.at_any_depth(id, node, at, sink);
        }
        if node.is_deep {
            self.push(id, node.deeps, at + 1);
        }
        match self.query.segments[usize::from(at)] {
            Asked::Wild(glob) => self.at_wild(id, node, at, glob, sink)?,
            _ => self.at_literal(id, node, at, sink)?,
        }
        self.wild_edges(id, node, at, at + 1, sink)
    }

    fn at_literal(&mut self, id: u32, node: Node, at: u16, sink: &mut Sink<'_, K>) -> Flow {
        let accepts = self.accepts(at + 1);
        let goes_on = self.goes_on(at + 1);
        let Some(Asked::Literal(name)) = self.query.segments.get_mut(usize::from(at)) else {
            return Ok(());
        };
        name.edge.parent = id;
        if accepts {
            sink.visits += 1;
            if let Some(leaf) = self.layer.leaves().get(&name.edge)? {
                self.layer.emit(leaf, sink)?;
            }
        }
        if goes_on {
            sink.visits += 1;
            if let Some(child) = self.layer.dirs().get(&name.edge)? {
                self.enter(id, node, self.layer.child(child), at + 1)?;
            }
        }
        Ok(())
    }

    /// The literal edges whose names fit a wildcard of the query.
    fn at_wild(
        &mut self,
        id: u32,
        node: Node,
        at: u16,
        glob: &SegmentGlob,
        sink: &mut Sink<'_, K>,
    ) -> Flow {
        if self.accepts(at + 1) {
            let leaves = fitting(
                self.layer.leaves(),
                id,
                glob,
                None::<&mut Jump<'_, 'l, K, L>>,
                sink,
            )?;
            for leaf in leaves.unwrap_or_default() {
                self.layer.emit(leaf, sink)?;
            }
        }
        if !self.goes_on(at + 1) {
            return Ok(());
        }
        let mut jump = Jump::new(
            self.layer,
            self.class,
            &self.query.segments,
            self.query.subtree,
            id,
            at,
        );
        let dirs = self.layer.dirs();
        match fitting(dirs, id, glob, jump.as_mut(), sink)? {
            Some(children) => {
                drop(jump);
                for child in children {
                    self.enter(id, node, self.layer.child(child), at + 1)?;
                }
                Ok(())
            }
            None => {
                let landed = jump.map(Jump::landed);
                self.land(landed.unwrap_or_default(), sink)
            }
        }
    }

    /// The query stands at `**`: it takes any edge and stays, or moves on alone.
    fn at_any_depth(&mut self, id: u32, node: Node, at: u16, sink: &mut Sink<'_, K>) -> Flow {
        // A pattern that covers a subtree meets whatever may still come: all below are answers.
        let all_below = self.query.is_end(at) || self.class.subtree;
        if all_below {
            for leaf in self.layer.leaves().starting(id, b"") {
                sink.visits += 1;
                self.layer.emit(leaf?.1, sink)?;
            }
        } else {
            let below = self.layer.node(id)?.below;
            let jump = Jump::new(
                self.layer,
                self.class,
                &self.query.segments,
                self.query.subtree,
                id,
                at,
            );
            if let Some(landed) = jump.and_then(|jump| jump.within(below, sink).transpose()) {
                return self.land(landed?, sink);
            }
            self.push(id, node.deeps, at + 1);
        }
        for dir in self.layer.dirs().starting(id, b"") {
            sink.visits += 1;
            self.enter(id, node, self.layer.child(dir?.1), at)?;
        }
        self.wild_edges(id, node, at, at, sink)
    }

    /// The wildcard edges that meet the query's segment at `at`, which is then at `next`.
    fn wild_edges(
        &mut self,
        id: u32,
        node: Node,
        at: u16,
        next: u16,
        sink: &mut Sink<'_, K>,
    ) -> Flow {
        if self.class.literal {
            return Ok(());
        }
        let (accepts, goes_on) = (self.accepts(next), self.goes_on(next));
        let asked = match self.query.segments.get_mut(usize::from(at)) {
            Some(asked) => asked,
            None => &mut Asked::AnyDepth,
        };
        let mut dirs = Vec::new();
        if goes_on {
            dirs = wilds::meeting(self.layer.wild_dirs(), id, asked, &mut sink.visits)?;
        }
        if accepts {
            let leaves = self.layer.wild_leaves();
            for leaf in wilds::meeting(leaves, id, asked, &mut sink.visits)? {
                self.layer.emit(leaf, sink)?;
            }
        }
        for dir in dirs {
            self.enter(id, node, self.layer.child(dir), next)?;
        }
        Ok(())
    }

    /// Goes on where a jump has led.
    fn land(&mut self, landed: Landed, sink: &mut Sink<'_, K>) -> Flow {
        let next = landed.at + 1;
        for edge in landed.leaves {
            sink.visits += 1;
            if let Some(leaf) = self.layer.leaves().get(&edge)? {
                self.layer.emit(leaf, sink)?;
            }
        }
        for edge in landed.dirs {
            sink.visits += 1;
            if let Some(child) = self.layer.dirs().get(&edge)? {
                let parent = self.layer.node(edge.parent)?;
                self.enter(edge.parent, parent, self.layer.child(child), next)?;
            }
        }
        Ok(())
    }

    /// Whether a pattern that ends here is an answer, the query being at `at`.
    fn accepts(&self, at: u16) -> bool {
        self.class.subtree || self.query.is_end(at)
    }

    /// Whether the query can still take a segment at `at`.
    fn goes_on(&self, at: u16) -> bool {
        !self.query.is_end(at) || self.query.subtree
    }

    fn enter(&mut self, parent: u32, node: Node, child: u32, at: u16) -> Flow {
        self.layer.check_child(child, parent, node.deeps)?;
        self.push(child, node.deeps, at);
        Ok(())
    }

    fn push(&mut self, id: u32, deeps: u16, at: u16) {
        let state = State {
            node: id,
            at,
            trie: self.trie,
        };
        self.states.push(state, self.query, deeps);
    }
}

/// The edges of `id` whose names fit `glob`: found by the names' beginnings or by their ends,
/// whichever list is shorter. `None` where `jump` came to its end before both.
pub(super) fn fitting<'l, K: Key, L: Layer<'l, K>, T: Table<'l>>(
    table: T,
    id: u32,
    glob: &SegmentGlob,
    mut jump: Option<&mut Jump<'_, 'l, K, L>>,
    sink: &mut Sink<'_, K>,
) -> Result<Option<Vec<T::Target>>, Halt> {
    let (prefix, suffix) = (glob.literal_prefix(), glob.literal_suffix());
    let mut by_start = table.starting(id, prefix.as_bytes());
    let mut by_end = (!suffix.is_empty()).then(|| table.ending(suffix.as_bytes()));
    let (mut started, mut ended) = (Vec::new(), Vec::new());
    loop {
        sink.visits += 1;
        let Some((name, target)) = by_start.next().transpose()? else {
            return Ok(Some(started));
        };
        if fits(glob, &name) {
            started.push(target);
        }
        if let Some(by_end) = &mut by_end {
            sink.visits += 1;
            let Some((name, parent)) = by_end.next().transpose()? else {
                break;
            };
            if parent == id && fits(glob, &name) {
                ended.push(EdgeKey::new(id, &name));
            }
        }
        if let Some(jump) = &mut jump
            && !jump.step(&mut sink.visits)?
        {
            return Ok(None);
        }
    }
    let mut targets = Vec::with_capacity(ended.len());
    for edge in ended {
        targets.extend(table.get(&edge)?);
    }
    Ok(Some(targets))
}
