//! Literal edges: from a node by a segment's text to whatever stands there.
//!
//! One ordered map for the whole trie rather than one per node: a node with a single child then
//! costs one row and not a container, and a node with a million is a range. The rows stand a second
//! time under the reversed name, which answers "who ends with `_test.rs`" and "who is called
//! `mod.rs`, anywhere".

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::packed::{Packed, reverse};
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
    forward: BTreeMap<EdgeKey, T>,
    reverse: BTreeSet<(Packed, u32)>,
}

impl<T> Default for Edges<T> {
    fn default() -> Self {
        Edges {
            forward: BTreeMap::new(),
            reverse: BTreeSet::new(),
        }
    }
}

impl<T> Edges<T> {
    /// What stands at `key`; made by `make` where nothing does.
    pub(super) fn get_or_insert_with(&mut self, key: EdgeKey, make: impl FnOnce() -> T) -> &mut T {
        use std::collections::btree_map::Entry;
        match self.forward.entry(key) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let EdgeKey { parent, name } = entry.key();
                self.reverse
                    .insert((Packed::reversed(name.bytes()), *parent));
                entry.insert(make())
            }
        }
    }

    pub(super) fn find(&self, key: &EdgeKey) -> Option<&T> {
        self.forward.get(key)
    }

    pub(super) fn find_mut(&mut self, key: &EdgeKey) -> Option<&mut T> {
        self.forward.get_mut(key)
    }

    pub(super) fn remove(&mut self, key: &EdgeKey) {
        if self.forward.remove(key).is_some() {
            self.reverse
                .remove(&(Packed::reversed(key.name.bytes()), key.parent));
        }
    }

    /// Every edge, ordered by node and then by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&EdgeKey, &T)> {
        self.forward.iter()
    }

    /// The edges of one node, in the order of their names.
    pub(super) fn of(&self, parent: u32) -> impl Iterator<Item = (&EdgeKey, &T)> {
        self.forward
            .range(EdgeKey::new(parent, b"")..)
            .take_while(move |(key, _)| key.parent == parent)
    }
}

impl<'t, T> Table<'t> for &'t Edges<T> {
    type Target = &'t T;

    fn get(self, key: &EdgeKey) -> Result<Option<&'t T>, Error> {
        Ok(self.forward.get(key))
    }

    fn starting(
        self,
        parent: u32,
        prefix: &[u8],
    ) -> impl Iterator<Item = Result<(Cow<'t, [u8]>, &'t T), Error>> {
        let prefix: Box<[u8]> = prefix.into();
        self.forward
            .range(EdgeKey::new(parent, &prefix)..)
            .map(|(key, target)| (key.parent, key.name.bytes(), target))
            .take_while(move |(of, name, _)| *of == parent && name.starts_with(&prefix))
            .map(|(_, name, target)| Ok((Cow::Borrowed(name), target)))
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
