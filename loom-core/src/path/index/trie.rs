//! A trie of patterns of one class, over segments, that takes inserts and removals.
//!
//! Nodes are dense ids in an arena with a free list; the edges of all nodes stand in a few ordered
//! maps beside it. The last segment of a pattern is no node but a *leaf*, a row that holds keys: a
//! claim on a file costs a row, and a look-up that asks for the keys at one level does not wade
//! through the directories of that level.

use super::edges::{EdgeKey, Edges};
use super::keys::{Key, Keys};
use super::layer::{Flow, Layer, Node, Sink};
use super::packed::Packed;
use super::wild_edges::{WildEdges, WildKey};
use crate::error::Error;
use crate::path::SegmentPattern;

/// The id of the root; as a child it means that there is none.
pub(super) const ROOT: u32 = 0;

#[derive(Clone)]
pub(super) struct Trie<K> {
    nodes: Vec<LiveNode>,
    free: Vec<u32>,
    /// Keys of the pattern `**`, which ends at the root.
    root: Keys<K>,
    dirs: Edges<u32>,
    leaves: Edges<Keys<K>>,
    wild_dirs: WildEdges<u32>,
    wild_leaves: WildEdges<Keys<K>>,
}

#[derive(Clone)]
struct LiveNode {
    parent: u32,
    /// The node behind `**` here, or [`ROOT`].
    deep: u32,
    /// How many alternatives pass through or end below.
    below: u32,
    /// How many `**` stand on the way here.
    deeps: u16,
    is_deep: bool,
    /// The text of the literal edge that leads here; empty for the others.
    name: Packed,
}

impl<K: Key> Trie<K> {
    pub(super) fn new() -> Self {
        Trie {
            nodes: vec![LiveNode::new(ROOT, 0, false, Packed::new(b""))],
            free: Vec::new(),
            root: Keys::None,
            dirs: Edges::new(),
            leaves: Edges::new(),
            wild_dirs: WildEdges::new(),
            wild_leaves: WildEdges::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.nodes[ROOT as usize].below == 0
    }

    /// How many alternatives are held, each as often as it was inserted.
    pub(super) fn len(&self) -> u32 {
        self.nodes[ROOT as usize].below
    }

    /// Adds `key` so many times at the end of `segments`, which neither end in `**` nor hold two in a row.
    pub(super) fn insert(&mut self, segments: &[SegmentPattern], key: K, times: u32) {
        let mut at = ROOT;
        self.count(ROOT, times);
        let Some((last, way)) = segments.split_last() else {
            return self.root.insert(key, times);
        };
        for segment in way {
            at = self.child_or_new(at, segment);
            self.count(at, times);
        }
        match last {
            SegmentPattern::Literal(name) => self
                .leaves
                .get_or_insert_with(EdgeKey::new(at, name.as_bytes()), || Keys::None)
                .insert(key, times),
            SegmentPattern::Wild(glob) => self
                .wild_leaves
                .get_or_insert_with(WildKey::new(at, glob), || Keys::None)
                .insert(key, times),
            SegmentPattern::AnyDepth => debug_assert!(false, "a trailing ** is no segment here"),
        }
    }

    /// Takes `key` away from the end of `segments` once; `false` where it is not there.
    pub(super) fn remove(&mut self, segments: &[SegmentPattern], key: K) -> bool {
        let Some((last, way)) = segments.split_last() else {
            let found = self.root.remove(key);
            self.nodes[ROOT as usize].below -= u32::from(found);
            return found;
        };
        let mut nodes = Vec::with_capacity(segments.len());
        nodes.push(ROOT);
        let mut at = ROOT;
        for segment in way {
            match self.child(at, segment) {
                Some(child) => at = child,
                None => return false,
            }
            nodes.push(at);
        }
        if !self.remove_key(at, last, key) {
            return false;
        }
        for &node in &nodes {
            self.nodes[node as usize].below -= 1;
        }
        for (pair, segment) in nodes.windows(2).zip(way).rev() {
            if self.nodes[pair[1] as usize].below > 0 {
                break;
            }
            self.unlink(pair[0], segment);
            self.free.push(pair[1]);
        }
        true
    }

    fn count(&mut self, node: u32, times: u32) {
        let below = &mut self.nodes[node as usize].below;
        *below = below.saturating_add(times);
    }

    fn remove_key(&mut self, at: u32, last: &SegmentPattern, key: K) -> bool {
        match last {
            SegmentPattern::Literal(name) => {
                let edge = EdgeKey::new(at, name.as_bytes());
                let Some(keys) = self.leaves.find_mut(&edge) else {
                    return false;
                };
                let found = keys.remove(key);
                if keys.is_empty() {
                    self.leaves.remove(&edge);
                }
                found
            }
            SegmentPattern::Wild(glob) => {
                let edge = WildKey::new(at, glob);
                let Some(keys) = self.wild_leaves.find_mut(&edge) else {
                    return false;
                };
                let found = keys.remove(key);
                if keys.is_empty() {
                    self.wild_leaves.remove(&edge);
                }
                found
            }
            SegmentPattern::AnyDepth => false,
        }
    }

    fn child(&self, at: u32, segment: &SegmentPattern) -> Option<u32> {
        let child = match segment {
            SegmentPattern::Literal(name) => {
                self.dirs.find(&EdgeKey::new(at, name.as_bytes())).copied()
            }
            SegmentPattern::Wild(glob) => self.wild_dirs.find(&WildKey::new(at, glob)).copied(),
            SegmentPattern::AnyDepth => Some(self.nodes[at as usize].deep),
        };
        child.filter(|child| *child != ROOT)
    }

    fn child_or_new(&mut self, at: u32, segment: &SegmentPattern) -> u32 {
        match segment {
            SegmentPattern::Literal(name) => {
                let edge = EdgeKey::new(at, name.as_bytes());
                let (nodes, free) = (&mut self.nodes, &mut self.free);
                *self.dirs.get_or_insert_with(edge, || {
                    add(nodes, free, at, false, Packed::new(name.as_bytes()))
                })
            }
            SegmentPattern::Wild(glob) => {
                let edge = WildKey::new(at, glob);
                let (nodes, free) = (&mut self.nodes, &mut self.free);
                *self
                    .wild_dirs
                    .get_or_insert_with(edge, || add(nodes, free, at, false, Packed::new(b"")))
            }
            SegmentPattern::AnyDepth => {
                if self.nodes[at as usize].deep == ROOT {
                    let (nodes, free) = (&mut self.nodes, &mut self.free);
                    let deep = add(nodes, free, at, true, Packed::new(b""));
                    self.nodes[at as usize].deep = deep;
                }
                self.nodes[at as usize].deep
            }
        }
    }

    fn unlink(&mut self, at: u32, segment: &SegmentPattern) {
        match segment {
            SegmentPattern::Literal(name) => {
                self.dirs.remove(&EdgeKey::new(at, name.as_bytes()));
            }
            SegmentPattern::Wild(glob) => {
                self.wild_dirs.remove(&WildKey::new(at, glob));
            }
            SegmentPattern::AnyDepth => self.nodes[at as usize].deep = ROOT,
        }
    }
}

fn add(
    nodes: &mut Vec<LiveNode>,
    free: &mut Vec<u32>,
    parent: u32,
    is_deep: bool,
    name: Packed,
) -> u32 {
    let deeps = nodes[parent as usize].deeps + u16::from(is_deep);
    let node = LiveNode::new(parent, deeps, is_deep, name);
    if let Some(id) = free.pop() {
        nodes[id as usize] = node;
        return id;
    }
    nodes.push(node);
    (nodes.len() - 1) as u32
}

impl LiveNode {
    fn new(parent: u32, deeps: u16, is_deep: bool, name: Packed) -> Self {
        LiveNode {
            parent,
            deep: ROOT,
            below: 0,
            deeps,
            is_deep,
            name,
        }
    }
}

impl<'l, K: Key> Layer<'l, K> for &'l Trie<K> {
    type Dirs = &'l Edges<u32>;
    type Leaves = &'l Edges<Keys<K>>;
    type WildDirs = &'l WildEdges<u32>;
    type WildLeaves = &'l WildEdges<Keys<K>>;
    type To = &'l u32;
    type Leaf = &'l Keys<K>;

    fn dirs(self) -> Self::Dirs {
        &self.dirs
    }

    fn leaves(self) -> Self::Leaves {
        &self.leaves
    }

    fn wild_dirs(self) -> Self::WildDirs {
        &self.wild_dirs
    }

    fn wild_leaves(self) -> Self::WildLeaves {
        &self.wild_leaves
    }

    fn child(self, target: &'l u32) -> u32 {
        *target
    }

    fn root(self) -> Result<Self::Leaf, Error> {
        Ok(&self.root)
    }

    fn check_child(self, _: u32, _: u32, _: u16) -> Result<(), Error> {
        Ok(())
    }

    fn node(self, id: u32) -> Result<Node, Error> {
        let node = &self.nodes[id as usize];
        Ok(Node {
            parent: node.parent,
            deep: node.deep,
            below: node.below,
            deeps: node.deeps,
            is_deep: node.is_deep,
        })
    }

    fn name(self, id: u32) -> Result<&'l [u8], Error> {
        Ok(self.nodes[id as usize].name.bytes())
    }

    fn emit(self, leaf: &'l Keys<K>, sink: &mut Sink<'_, K>) -> Flow {
        for (key, _) in leaf.iter() {
            sink.take(key)?;
        }
        Ok(())
    }
}
