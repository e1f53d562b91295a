//! A trie of patterns of one class, over segments, that takes inserts and removals.
//!
//! Nodes are dense ids in an arena. The last segment of a pattern is no node but a *leaf*, a row that
//! holds keys: a claim on a file costs a row, and a look-up that asks for the keys at one level does
//! not wade through the directories of that level.
//!
//! A walk reads each node from memory that it has most likely never seen, and waits for it. So what
//! the next step of a walk needs stands in the node, with nothing to read where nothing is.

use super::by_end::ByEnd;
use super::dirs::Dirs;
use super::edges::EdgeKey;
use super::keys::{Key, Keys};
use super::nodes::Nodes;
use super::packed::Packed;
use super::wild_edges::WildKey;
use crate::path::SegmentPattern;

/// The id of the root; as a child it means that there is none.
pub(super) const ROOT: u32 = 0;

#[derive(Clone)]
pub(super) struct Trie<K> {
    pub(super) nodes: Nodes<K>,
    /// Keys of the pattern `**`, which ends at the root.
    pub(super) root: Keys<K>,
    /// The literal edges to nodes; all others stand in the nodes that they leave.
    pub(super) dirs: Dirs,
    /// The literal edges to keys once more.
    pub(super) leaves_by_end: ByEnd,
}

impl<K: Key> Trie<K> {
    pub(super) fn new() -> Self {
        Trie {
            nodes: Nodes::new(),
            root: Keys::None,
            dirs: Dirs::new(),
            leaves_by_end: ByEnd::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.nodes[ROOT].below == 0
    }

    /// How many alternatives are held, each as often as it was inserted.
    pub(super) fn len(&self) -> u32 {
        self.nodes[ROOT].below
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
            SegmentPattern::Literal(name) => {
                let leaves = &mut self.nodes[at].leaves;
                let (keys, made) =
                    leaves.get_or_insert_with(Packed::new(name.as_bytes()), || Keys::None);
                keys.insert(key, times);
                if made {
                    self.leaves_by_end.insert(name.as_bytes(), at);
                }
            }
            SegmentPattern::Wild(glob) => {
                let leaves = &mut self.nodes[at].wilds_mut().leaves;
                leaves
                    .get_or_insert_with(WildKey::new(glob), || Keys::None)
                    .insert(key, times);
            }
            SegmentPattern::AnyDepth => debug_assert!(false, "a trailing ** is no segment here"),
        }
    }

    /// Takes `key` away from the end of `segments` once; `false` where it is not there.
    pub(super) fn remove(&mut self, segments: &[SegmentPattern], key: K) -> bool {
        let Some((last, way)) = segments.split_last() else {
            let found = self.root.remove(key);
            self.nodes[ROOT].below -= u32::from(found);
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
            self.nodes[node].below -= 1;
        }
        for (pair, segment) in nodes.windows(2).zip(way).rev() {
            if self.nodes[pair[1]].below > 0 {
                break;
            }
            self.unlink(pair[0], segment, pair[1]);
            self.nodes.free(pair[1]);
        }
        true
    }

    fn count(&mut self, node: u32, times: u32) {
        let below = &mut self.nodes[node].below;
        *below = below.saturating_add(times);
    }

    fn remove_key(&mut self, at: u32, last: &SegmentPattern, key: K) -> bool {
        let node = &mut self.nodes[at];
        match last {
            SegmentPattern::Literal(name) => {
                let packed = Packed::new(name.as_bytes());
                let Some(keys) = node.leaves.get_mut(&packed) else {
                    return false;
                };
                let found = keys.remove(key);
                if keys.is_empty() {
                    node.leaves.remove(&packed);
                    self.leaves_by_end.remove(name.as_bytes(), at);
                }
                found
            }
            SegmentPattern::Wild(glob) => {
                let edge = WildKey::new(glob);
                let Some(wilds) = &mut node.wilds else {
                    return false;
                };
                let Some(keys) = wilds.leaves.find_mut(&edge) else {
                    return false;
                };
                let found = keys.remove(key);
                if keys.is_empty() {
                    wilds.leaves.remove(&edge);
                    node.trim();
                }
                found
            }
            SegmentPattern::AnyDepth => false,
        }
    }

    fn child(&self, at: u32, segment: &SegmentPattern) -> Option<u32> {
        let node = &self.nodes[at];
        match segment {
            SegmentPattern::Literal(name) => {
                let edge = EdgeKey::new(at, name.as_bytes());
                self.dirs.find(&edge, &self.nodes)
            }
            SegmentPattern::Wild(glob) => {
                let wilds = node.wilds.as_ref()?;
                wilds.dirs.find(&WildKey::new(glob)).copied()
            }
            SegmentPattern::AnyDepth => Some(node.deep).filter(|deep| *deep != ROOT),
        }
    }

    fn child_or_new(&mut self, at: u32, segment: &SegmentPattern) -> u32 {
        if let Some(child) = self.child(at, segment) {
            return child;
        }
        match segment {
            SegmentPattern::Literal(name) => {
                let edge = EdgeKey::new(at, name.as_bytes());
                let child = self.nodes.add(at, false, edge.name.clone());
                self.dirs.insert(edge, child, &mut self.nodes);
                child
            }
            SegmentPattern::Wild(glob) => {
                let child = self.nodes.add(at, false, Packed::new(b""));
                let dirs = &mut self.nodes[at].wilds_mut().dirs;
                *dirs.get_or_insert_with(WildKey::new(glob), || child)
            }
            SegmentPattern::AnyDepth => {
                let deep = self.nodes.add(at, true, Packed::new(b""));
                self.nodes[at].deep = deep;
                deep
            }
        }
    }

    fn unlink(&mut self, at: u32, segment: &SegmentPattern, child: u32) {
        let node = &mut self.nodes[at];
        match segment {
            SegmentPattern::Literal(name) => {
                let edge = EdgeKey::new(at, name.as_bytes());
                self.dirs.remove(&edge, child, &mut self.nodes);
            }
            SegmentPattern::Wild(glob) => {
                if let Some(wilds) = &mut node.wilds {
                    wilds.dirs.remove(&WildKey::new(glob));
                }
                node.trim();
            }
            SegmentPattern::AnyDepth => node.deep = ROOT,
        }
    }
}
