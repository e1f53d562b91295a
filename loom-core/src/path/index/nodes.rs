//! The nodes of a live trie, under dense ids.

use std::ops::{Index, IndexMut};

use super::keys::Keys;
use super::packed::Packed;
use super::rows::Rows;
use super::trie::ROOT;
use super::wild_edges::WildEdges;

/// An arena with a free list.
#[derive(Clone)]
pub(super) struct Nodes<K> {
    list: Vec<LiveNode<K>>,
    free: Vec<u32>,
}

/// A node, and all that a walk by names asks of it: one line of the cache.
#[derive(Clone)]
#[repr(align(64))]
pub(super) struct LiveNode<K> {
    pub(super) parent: u32,
    /// The node behind `**` here, or [`ROOT`].
    pub(super) deep: u32,
    /// How many alternatives pass through or end below.
    pub(super) below: u32,
    /// How many `**` stand on the way here.
    pub(super) deeps: u16,
    pub(super) is_deep: bool,
    /// Whether literal edges to nodes leave here.
    pub(super) has_dirs: bool,
    /// The text of the literal edge that leads here; empty for the others.
    pub(super) name: Packed,
    /// The literal edges to keys.
    pub(super) leaves: Rows<Packed, Keys<K>>,
    /// Few nodes have any.
    pub(super) wilds: Option<Box<Wilds<K>>>,
}

/// The wildcard edges of a node.
#[derive(Clone)]
pub(super) struct Wilds<K> {
    pub(super) dirs: WildEdges<u32>,
    pub(super) leaves: WildEdges<Keys<K>>,
}

impl<K> Nodes<K> {
    /// The root alone.
    pub(super) fn new() -> Self {
        Nodes {
            list: vec![LiveNode::new(ROOT, 0, false, Packed::new(b""))],
            free: Vec::new(),
        }
    }

    /// A new node that hangs at `parent` by the edge of this name, or by an edge without one.
    pub(super) fn add(&mut self, parent: u32, is_deep: bool, name: Packed) -> u32 {
        let deeps = self[parent].deeps + u16::from(is_deep);
        let node = LiveNode::new(parent, deeps, is_deep, name);
        if let Some(id) = self.free.pop() {
            self[id] = node;
            return id;
        }
        self.list.push(node);
        (self.list.len() - 1) as u32
    }

    /// Gives the id of a node back that nothing leads to and nothing leaves.
    pub(super) fn free(&mut self, id: u32) {
        self.free.push(id);
    }

    /// The literal edge that leads to a node.
    pub(super) fn edge(&self, id: u32) -> (u32, &Packed) {
        let node = &self[id];
        (node.parent, &node.name)
    }
}

impl<K> LiveNode<K> {
    fn new(parent: u32, deeps: u16, is_deep: bool, name: Packed) -> Self {
        LiveNode {
            parent,
            deep: ROOT,
            below: 0,
            deeps,
            is_deep,
            has_dirs: false,
            name,
            leaves: Rows::new(),
            wilds: None,
        }
    }

    /// The wildcard edges here, to add to.
    pub(super) fn wilds_mut(&mut self) -> &mut Wilds<K> {
        self.wilds.get_or_insert_with(|| {
            Box::new(Wilds {
                dirs: WildEdges::new(),
                leaves: WildEdges::new(),
            })
        })
    }

    /// Gives back what holds wildcard edges where there are none left.
    pub(super) fn trim(&mut self) {
        let empty = |wilds: &Wilds<K>| wilds.dirs.is_empty() && wilds.leaves.is_empty();
        if self.wilds.as_deref().is_some_and(empty) {
            self.wilds = None;
        }
    }
}

impl<K> Index<u32> for Nodes<K> {
    type Output = LiveNode<K>;

    fn index(&self, id: u32) -> &LiveNode<K> {
        &self.list[id as usize]
    }
}

impl<K> IndexMut<u32> for Nodes<K> {
    fn index_mut(&mut self, id: u32) -> &mut LiveNode<K> {
        &mut self.list[id as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_one_line_of_the_cache() {
        assert_eq!(size_of::<LiveNode<u64>>(), 64);
    }
}
