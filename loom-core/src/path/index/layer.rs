//! What a walk needs to read from a trie, so that one walk serves the live and the frozen form.

use std::ops::ControlFlow;

use super::edges::Table;
use super::keys::Key;
use super::wild_edges::WildTable;
use crate::error::Error;

/// A trie that can be walked. `'l` is how long what it lends stays.
pub(super) trait Layer<'l, K: Key>: Copy + 'l {
    type Dirs: Table<'l, Target = Self::To>;
    type Leaves: Table<'l, Target = Self::Leaf>;
    type WildDirs: WildTable<'l, Target = Self::To>;
    type WildLeaves: WildTable<'l, Target = Self::Leaf>;
    /// A reference to a node.
    type To: Copy;
    /// The keys at one place.
    type Leaf: Copy;

    /// Literal edges to nodes.
    fn dirs(self) -> Self::Dirs;
    /// Literal edges to keys.
    fn leaves(self) -> Self::Leaves;
    /// Wildcard edges to nodes.
    fn wild_dirs(self) -> Self::WildDirs;
    /// Wildcard edges to keys.
    fn wild_leaves(self) -> Self::WildLeaves;
    fn child(self, to: Self::To) -> u32;
    /// The keys of `**`.
    fn root(self) -> Result<Self::Leaf, Error>;
    /// Refuses a child whose own words do not say that it hangs there; what makes hostile bytes a
    /// tree. Nothing to do for a live trie.
    fn check_child(self, child: u32, parent: u32, deeps: u16) -> Result<(), Error>;
    fn node(self, id: u32) -> Result<Node, Error>;
    /// The text of the literal edge that leads to a node.
    fn name(self, id: u32) -> Result<&'l [u8], Error>;
    /// Hands every key at a place to `sink`.
    fn emit(self, leaf: Self::Leaf, sink: &mut Sink<'_, K>) -> Flow;
}

/// A node, as a walk sees it.
#[derive(Clone, Copy, Default)]
pub(super) struct Node {
    pub(super) parent: u32,
    /// The node behind `**` here; 0 where there is none.
    pub(super) deep: u32,
    /// How many alternatives pass through or end below. Only ever chooses between two right ways.
    pub(super) below: u32,
    /// How many `**` stand on the way here.
    pub(super) deeps: u16,
    /// This node stands behind `**`: it may take any segment and stay.
    pub(super) is_deep: bool,
}

/// Why a walk ends before its end.
pub(super) enum Halt {
    /// The caller has enough.
    Enough,
    /// The bytes under the walk are corrupt.
    Broken(Error),
    /// This way of looking costs more than it was given.
    Spent,
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Halt::Broken(error)
    }
}

pub(super) type Flow = Result<(), Halt>;

/// Where answers go.
pub(super) struct Sink<'s, K> {
    visit: &'s mut dyn FnMut(K) -> ControlFlow<()>,
    /// Nodes and edges looked at so far.
    pub(super) visits: u64,
    /// Keys handed over so far.
    taken: u64,
    /// Visits and keys from which on another way of looking is better.
    budget: u64,
}

impl<'s, K> Sink<'s, K> {
    pub(super) fn new(visit: &'s mut dyn FnMut(K) -> ControlFlow<()>) -> Self {
        Sink {
            visit,
            visits: 0,
            taken: 0,
            budget: u64::MAX,
        }
    }

    pub(super) fn up_to(self, budget: u64) -> Self {
        Sink { budget, ..self }
    }

    pub(super) fn take(&mut self, key: K) -> Flow {
        self.taken += 1;
        match (self.visit)(key) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Halt::Enough),
        }
    }

    /// Halts a walk that has spent what it was given.
    pub(super) fn within(&self) -> Flow {
        match self.visits + self.taken > self.budget {
            true => Err(Halt::Spent),
            false => Ok(()),
        }
    }
}
