//! The live trie, as a walk reads it.

use std::borrow::Cow;

use super::edges::{EdgeKey, Table};
use super::keys::{Key, Keys};
use super::layer::{Flow, Layer, Node, Sink};
use super::packed::Packed;
use super::rows::Rows;
use super::trie::Trie;
use super::wild_edges::{Shape, Wild, WildTable};
use crate::error::Error;

/// The literal edges of a live trie that lead to nodes.
#[derive(Clone, Copy)]
pub(super) struct LiveDirs<'l, K>(&'l Trie<K>);

/// Those that lead to keys.
#[derive(Clone, Copy)]
pub(super) struct LiveLeaves<'l, K>(&'l Trie<K>);

/// The wildcard edges of a live trie that lead to nodes.
#[derive(Clone, Copy)]
pub(super) struct LiveWildDirs<'l, K>(&'l Trie<K>);

/// Those that lead to keys.
#[derive(Clone, Copy)]
pub(super) struct LiveWildLeaves<'l, K>(&'l Trie<K>);

impl<'l, K: Key> Layer<'l, K> for &'l Trie<K> {
    type Dirs = LiveDirs<'l, K>;
    type Leaves = LiveLeaves<'l, K>;
    type WildDirs = LiveWildDirs<'l, K>;
    type WildLeaves = LiveWildLeaves<'l, K>;
    type To = u32;
    type Leaf = &'l Keys<K>;

    fn dirs(self) -> Self::Dirs {
        LiveDirs(self)
    }

    fn leaves(self) -> Self::Leaves {
        LiveLeaves(self)
    }

    fn wild_dirs(self) -> Self::WildDirs {
        LiveWildDirs(self)
    }

    fn wild_leaves(self) -> Self::WildLeaves {
        LiveWildLeaves(self)
    }

    fn child(self, child: u32) -> u32 {
        child
    }

    fn root(self) -> Result<Self::Leaf, Error> {
        Ok(&self.root)
    }

    fn check_child(self, _: u32, _: u32, _: u16) -> Result<(), Error> {
        Ok(())
    }

    fn node(self, id: u32) -> Result<Node, Error> {
        let node = &self.nodes[id];
        Ok(Node {
            parent: node.parent,
            deep: node.deep,
            below: node.below,
            deeps: node.deeps,
            is_deep: node.is_deep,
        })
    }

    fn name(self, id: u32) -> Result<&'l [u8], Error> {
        Ok(self.nodes[id].name.bytes())
    }

    fn emit(self, leaf: &'l Keys<K>, sink: &mut Sink<'_, K>) -> Flow {
        for (key, _) in leaf.iter() {
            sink.take(key)?;
        }
        Ok(())
    }
}

impl<'l, K: Key> Table<'l> for LiveDirs<'l, K> {
    type Target = u32;

    fn get(self, edge: &EdgeKey) -> Result<Option<u32>, Error> {
        Ok(self.0.dirs.find(edge, &self.0.nodes))
    }

    fn starting(
        self,
        parent: u32,
        prefix: &[u8],
    ) -> impl Iterator<Item = Result<(Cow<'l, [u8]>, u32), Error>> {
        let rows = self.0.dirs.rows(parent);
        rows.into_iter()
            .flat_map(move |rows| named(rows, prefix))
            .map(|(name, child)| Ok((Cow::Borrowed(name), *child)))
    }

    fn ending(
        self,
        suffix: &[u8],
    ) -> impl Iterator<Item = Result<(Cow<'l, [u8]>, u32), Error>> + use<'l, K> {
        self.0.dirs.by_end().ending(suffix)
    }
}

impl<'l, K: Key> Table<'l> for LiveLeaves<'l, K> {
    type Target = &'l Keys<K>;

    fn get(self, edge: &EdgeKey) -> Result<Option<&'l Keys<K>>, Error> {
        Ok(self.0.nodes[edge.parent].leaves.get(&edge.name))
    }

    fn starting(
        self,
        parent: u32,
        prefix: &[u8],
    ) -> impl Iterator<Item = Result<(Cow<'l, [u8]>, &'l Keys<K>), Error>> {
        named(&self.0.nodes[parent].leaves, prefix)
            .map(|(name, keys)| Ok((Cow::Borrowed(name), keys)))
    }

    fn ending(
        self,
        suffix: &[u8],
    ) -> impl Iterator<Item = Result<(Cow<'l, [u8]>, u32), Error>> + use<'l, K> {
        self.0.leaves_by_end.ending(suffix)
    }
}

impl<'l, K: Key> WildTable<'l> for LiveWildDirs<'l, K> {
    type Target = u32;

    fn shapes(self, parent: u32) -> impl Iterator<Item = Result<Shape, Error>> + use<'l, K> {
        let wilds = self.0.nodes[parent].wilds.iter();
        wilds.flat_map(|wilds| wilds.dirs.shapes()).map(Ok)
    }

    fn starting(
        self,
        parent: u32,
        prefix: &[u8],
        suffix: &[u8],
    ) -> impl Iterator<Item = Result<Wild<'l, u32>, Error>> {
        let wilds = self.0.nodes[parent].wilds.iter();
        let edges = wilds.flat_map(|wilds| wilds.dirs.from(prefix, suffix));
        edges.map(|edge| Ok(edge.leading_to(|child| *child)))
    }

    fn few(self, parent: u32) -> Option<impl Iterator<Item = Wild<'l, u32>>> {
        let few = match &self.0.nodes[parent].wilds {
            Some(wilds) => Some(wilds.dirs.few()?),
            None => None,
        };
        let edges = few.into_iter().flatten();
        Some(edges.map(|edge| edge.leading_to(|child| *child)))
    }
}

impl<'l, K: Key> WildTable<'l> for LiveWildLeaves<'l, K> {
    type Target = &'l Keys<K>;

    fn shapes(self, parent: u32) -> impl Iterator<Item = Result<Shape, Error>> + use<'l, K> {
        let wilds = self.0.nodes[parent].wilds.iter();
        wilds.flat_map(|wilds| wilds.leaves.shapes()).map(Ok)
    }

    fn starting(
        self,
        parent: u32,
        prefix: &[u8],
        suffix: &[u8],
    ) -> impl Iterator<Item = Result<Wild<'l, &'l Keys<K>>, Error>> {
        let wilds = self.0.nodes[parent].wilds.iter();
        wilds
            .flat_map(|wilds| wilds.leaves.from(prefix, suffix))
            .map(Ok)
    }

    fn few(self, parent: u32) -> Option<impl Iterator<Item = Wild<'l, &'l Keys<K>>>> {
        let few = match &self.0.nodes[parent].wilds {
            Some(wilds) => Some(wilds.leaves.few()?),
            None => None,
        };
        Some(few.into_iter().flatten())
    }
}

/// The rows whose names begin with `prefix`.
fn named<'l, T>(
    rows: &'l Rows<Packed, T>,
    prefix: &[u8],
) -> impl Iterator<Item = (&'l [u8], &'l T)> {
    rows.from(&Packed::new(prefix))
        .map(|(name, target)| (name.bytes(), target))
        .take_while(move |(name, _)| name.starts_with(prefix))
}
