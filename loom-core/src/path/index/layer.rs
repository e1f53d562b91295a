//! What a walk needs to read from a trie, so that one walk serves the live and the frozen form.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::edges::Table;
use super::keys::Key;
use crate::error::Error;
use crate::path::SegmentGlob;

/// A trie that can be walked. `'l` is how long what it lends stays.
pub(super) trait Layer<'l, K: Key>: Copy + 'l {
    type Dirs: Table<'l>;
    type Leaves: Table<'l, Target = Self::Leaf>;
    /// The keys at one place.
    type Leaf: Copy;

    /// Literal edges to nodes.
    fn dirs(self) -> Self::Dirs;
    /// Literal edges to keys.
    fn leaves(self) -> Self::Leaves;
    fn child(self, target: <Self::Dirs as Table<'l>>::Target) -> u32;
    /// The keys of `**`.
    fn root(self) -> Result<Self::Leaf, Error>;
    /// Refuses a child whose own words do not say that it hangs there; what makes hostile bytes a
    /// tree. Nothing to do for a live trie.
    fn check_child(self, child: u32, parent: u32, deeps: u16) -> Result<(), Error>;
    fn node(self, id: u32) -> Result<Node, Error>;
    /// The text of the literal edge that leads to a node.
    fn name(self, id: u32) -> Result<&'l [u8], Error>;
    /// The shapes of the wildcard edges of a node, in order.
    fn shapes(self, id: u32) -> impl Iterator<Item = Result<Shape, Error>> + use<'l, K, Self>;
    /// The wildcard edges of `parent` from (`prefix`, `suffix` reversed) on, in that order.
    fn wilds(
        self,
        parent: u32,
        prefix: &[u8],
        suffix: &[u8],
    ) -> impl Iterator<Item = Result<Wild<'l, Self::Leaf>, Error>>;
    /// Hands every key at a place to `sink`.
    fn emit(self, leaf: Self::Leaf, sink: &mut Sink<'_, K>) -> Flow;
}

/// A node, as a walk sees it.
#[derive(Clone, Copy)]
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
    pub(super) has_wilds: bool,
}

/// How many bytes of a wildcard are literal at its ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shape {
    pub(super) prefix: u32,
    pub(super) suffix: u32,
}

/// A wildcard edge.
pub(super) struct Wild<'l, L> {
    pub(super) prefix: &'l [u8],
    /// Reversed.
    pub(super) suffix: &'l [u8],
    pub(super) glob: Cow<'l, SegmentGlob>,
    /// 0 where no node follows.
    pub(super) child: u32,
    pub(super) leaf: L,
}

/// Why a walk ends before its end.
pub(super) enum Halt {
    /// The caller has enough.
    Enough,
    /// The bytes under the walk are corrupt.
    Broken(Error),
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
}

impl<'s, K> Sink<'s, K> {
    pub(super) fn new(visit: &'s mut dyn FnMut(K) -> ControlFlow<()>) -> Self {
        Sink { visit, visits: 0 }
    }

    pub(super) fn take(&mut self, key: K) -> Flow {
        match (self.visit)(key) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Halt::Enough),
        }
    }
}
