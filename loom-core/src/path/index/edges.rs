//! Literal edges: from a node by a segment's text to whatever stands there.
//!
//! Each node has its rows; beside them all edges of the trie stand once more under the reversed name,
//! which answers "who ends with `_test.rs`" and "who is called `mod.rs`, anywhere".

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::packed::{Packed, reverse};
use super::rows::Rows;
use crate::error::Error;

/// Where a literal edge starts, and its text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EdgeKey {
    pub(super) parent: u32,
    pub(super) name: Packed,
}

impl EdgeKey {
    pub(super) fn new(parent: u32, name: &[u8]) -> Self {
        EdgeKey {
            parent,
            name: Packed::new(name),
        }
    }
}

/// How a walk reads literal edges, live or frozen. Names come as bytes.
pub(super) trait Table<'t>: Copy + 't {
    /// What an edge leads to.
    type Target: Copy;

    fn get(self, key: &EdgeKey) -> Result<Option<Self::Target>, Error>;

    /// The edges of `parent` whose names begin with `prefix`, in the order of their names.
    fn starting(
        self,
        parent: u32,
        prefix: &[u8],
    ) -> impl Iterator<Item = Result<(Cow<'t, [u8]>, Self::Target), Error>>;

    /// All edges of the trie whose names end with `suffix`: first those called `suffix`.
    /// Each is a name and the node that the edge leaves.
    fn ending(
        self,
        suffix: &[u8],
    ) -> impl Iterator<Item = Result<(Cow<'t, [u8]>, u32), Error>> + use<'t, Self>;
}

/// Literal edges that can change.
#[derive(Clone)]
pub(super) struct Edges<T> {
    /// By the node that they leave.
    forward: Vec<Rows<T>>,
    reverse: BTreeSet<(Packed, u32)>,
}

impl<T> Edges<T> {
    pub(super) fn new() -> Self {
        Edges {
            forward: Vec::new(),
            reverse: BTreeSet::new(),
        }
    }

    /// What stands at `edge`; made by `make` where nothing does.
    pub(super) fn get_or_insert_with(&mut self, edge: EdgeKey, make: impl FnOnce() -> T) -> &mut T {
        let EdgeKey { parent, name } = edge;
        let at = parent as usize;
        if self.forward.len() <= at {
            self.forward.resize_with(at + 1, Rows::new);
        }
        let reversed = Packed::reversed(name.bytes());
        let (row, made) = self.forward[at].get_or_insert_with(name, make);
        if made {
            self.reverse.insert((reversed, parent));
        }
        row
    }

    pub(super) fn find(&self, edge: &EdgeKey) -> Option<&T> {
        self.forward.get(edge.parent as usize)?.get(&edge.name)
    }

    pub(super) fn find_mut(&mut self, edge: &EdgeKey) -> Option<&mut T> {
        self.forward
            .get_mut(edge.parent as usize)?
            .get_mut(&edge.name)
    }

    pub(super) fn remove(&mut self, edge: &EdgeKey) {
        let rows = self.forward.get_mut(edge.parent as usize);
        if rows.is_some_and(|rows| rows.remove(&edge.name)) {
            let reversed = Packed::reversed(edge.name.bytes());
            self.reverse.remove(&(reversed, edge.parent));
        }
    }
}

impl<'t, T> Table<'t> for &'t Edges<T> {
    type Target = &'t T;

    fn get(self, edge: &EdgeKey) -> Result<Option<&'t T>, Error> {
        Ok(self.find(edge))
    }

    fn starting(
        self,
        parent: u32,
        prefix: &[u8],
    ) -> impl Iterator<Item = Result<(Cow<'t, [u8]>, &'t T), Error>> {
        let rows = self.forward.get(parent as usize).into_iter();
        rows.flat_map(move |rows| rows.from(&Packed::new(prefix)))
            .map(|(name, target)| (name.bytes(), target))
            .take_while(move |(name, _)| name.starts_with(prefix))
            .map(|(name, target)| Ok((Cow::Borrowed(name), target)))
    }

    fn ending(
        self,
        suffix: &[u8],
    ) -> impl Iterator<Item = Result<(Cow<'t, [u8]>, u32), Error>> + use<'t, T> {
        let wanted: Box<[u8]> = reverse(suffix).into();
        self.reverse
            .range((Packed::new(&wanted), 0)..)
            .take_while(move |(name, _)| name.bytes().starts_with(&wanted))
            .map(|(name, parent)| Ok((Cow::Owned(reverse(name.bytes())), *parent)))
    }
}
