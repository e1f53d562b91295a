//! A trie of patterns of one class, over segments, that takes inserts and removals.
//!
//! Nodes are dense ids in an arena with a free list; the edges of all nodes stand in a few ordered
//! maps beside it. The last segment of a pattern is no node but a *leaf*, a row that holds keys: a
//! claim on a file costs a row, and a look-up that asks for the keys at one level does not wade
//! through the directories of that level.

use std::collections::BTreeMap;

use super::edges::{EdgeKey, Edges};
use super::keys::{Key, Keys};
use super::layer::{Flow, Layer, Node, Shape, Sink, Wild};
use super::packed::Packed;
use crate::error::Error;
use crate::path::{SegmentGlob, SegmentPattern};
use std::borrow::Cow;

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
    wilds: BTreeMap<WildKey, Place<K>>,
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
    /// How many wildcard edges of each shape leave here.
    shapes: Option<Box<BTreeMap<Shape, u32>>>,
}

/// A wildcard edge. Sorted by what is literal about it, so that a name is compared with the few
/// wildcards that begin and end as it does.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct WildKey {
    parent: u32,
    prefix: Packed,
    /// Reversed.
    suffix: Packed,
    /// `None` only in a bound of a range: before every wildcard.
    glob: Option<SegmentGlob>,
}

/// What a wildcard edge leads to: a node, keys, or both.
#[derive(Clone)]
struct Place<K> {
    child: u32,
    keys: Keys<K>,
}

impl<K: Key> Trie<K> {
    pub(super) fn new() -> Self {
        Trie {
            nodes: vec![LiveNode::new(ROOT, 0, false, Packed::new(b""))],
            free: Vec::new(),
            root: Keys::None,
            dirs: Edges::new(),
            leaves: Edges::new(),
            wilds: BTreeMap::new(),
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
            SegmentPattern::Wild(glob) => self.wild_or_new(at, glob).keys.insert(key, times),
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
                let Some(place) = self.wilds.get_mut(&edge) else {
                    return false;
                };
                let found = place.keys.remove(key);
                self.drop_wild_if_empty(&edge);
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
            SegmentPattern::Wild(glob) => {
                let place = self.wilds.get(&WildKey::new(at, glob));
                place.map(|place| place.child)
            }
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
                let child = self.wild_or_new(at, glob).child;
                if child != ROOT {
                    return child;
                }
                let child = self.add(at, false);
                self.wild_or_new(at, glob).child = child;
                child
            }
            SegmentPattern::AnyDepth => {
                if self.nodes[at as usize].deep == ROOT {
                    self.nodes[at as usize].deep = self.add(at, true);
                }
                self.nodes[at as usize].deep
            }
        }
    }

    fn wild_or_new(&mut self, at: u32, glob: &SegmentGlob) -> &mut Place<K> {
        let edge = WildKey::new(at, glob);
        let shape = edge.shape();
        let node = &mut self.nodes[at as usize];
        self.wilds.entry(edge).or_insert_with(|| {
            *node
                .shapes
                .get_or_insert_default()
                .entry(shape)
                .or_insert(0) += 1;
            Place {
                child: ROOT,
                keys: Keys::None,
            }
        })
    }

    fn unlink(&mut self, at: u32, segment: &SegmentPattern) {
        match segment {
            SegmentPattern::Literal(name) => {
                self.dirs.remove(&EdgeKey::new(at, name.as_bytes()));
            }
            SegmentPattern::Wild(glob) => {
                let edge = WildKey::new(at, glob);
                if let Some(place) = self.wilds.get_mut(&edge) {
                    place.child = ROOT;
                }
                self.drop_wild_if_empty(&edge);
            }
            SegmentPattern::AnyDepth => self.nodes[at as usize].deep = ROOT,
        }
    }

    fn drop_wild_if_empty(&mut self, edge: &WildKey) {
        let empty = |place: &Place<K>| place.child == ROOT && place.keys.is_empty();
        if !self.wilds.get(edge).is_some_and(empty) {
            return;
        }
        self.wilds.remove(edge);
        let shapes = &mut self.nodes[edge.parent as usize].shapes;
        if let Some(counts) = shapes {
            if let Some(count) = counts.get_mut(&edge.shape()) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(&edge.shape());
                }
            }
            if counts.is_empty() {
                *shapes = None;
            }
        }
    }

    fn add(&mut self, parent: u32, is_deep: bool) -> u32 {
        let name = Packed::new(b"");
        add(&mut self.nodes, &mut self.free, parent, is_deep, name)
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
            shapes: None,
        }
    }
}

impl WildKey {
    fn new(parent: u32, glob: &SegmentGlob) -> Self {
        WildKey {
            parent,
            prefix: Packed::new(glob.literal_prefix().as_bytes()),
            suffix: Packed::reversed(glob.literal_suffix().as_bytes()),
            glob: Some(glob.clone()),
        }
    }

    fn shape(&self) -> Shape {
        Shape {
            prefix: self.prefix.bytes().len() as u32,
            suffix: self.suffix.bytes().len() as u32,
        }
    }
}

impl<'l, K: Key> Layer<'l, K> for &'l Trie<K> {
    type Dirs = &'l Edges<u32>;
    type Leaves = &'l Edges<Keys<K>>;
    type Leaf = &'l Keys<K>;

    fn dirs(self) -> Self::Dirs {
        &self.dirs
    }

    fn leaves(self) -> Self::Leaves {
        &self.leaves
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
            has_wilds: node.shapes.is_some(),
        })
    }

    fn name(self, id: u32) -> Result<&'l [u8], Error> {
        Ok(self.nodes[id as usize].name.bytes())
    }

    fn shapes(self, id: u32) -> impl Iterator<Item = Result<Shape, Error>> + use<'l, K> {
        let shapes = self.nodes[id as usize].shapes.iter();
        shapes.flat_map(|shapes| shapes.keys().map(|shape| Ok(*shape)))
    }

    fn wilds(
        self,
        parent: u32,
        prefix: &[u8],
        suffix: &[u8],
    ) -> impl Iterator<Item = Result<Wild<'l, Self::Leaf>, Error>> {
        let from = WildKey {
            parent,
            prefix: Packed::new(prefix),
            suffix: Packed::new(suffix),
            glob: None,
        };
        self.wilds
            .range(from..)
            .take_while(move |(key, _)| key.parent == parent)
            .filter_map(|(key, place)| {
                Some(Ok(Wild {
                    prefix: key.prefix.bytes(),
                    suffix: key.suffix.bytes(),
                    glob: Cow::Borrowed(key.glob.as_ref()?),
                    child: place.child,
                    leaf: &place.keys,
                }))
            })
    }

    fn emit(self, leaf: &'l Keys<K>, sink: &mut Sink<'_, K>) -> Flow {
        for (key, _) in leaf.iter() {
            sink.take(key)?;
        }
        Ok(())
    }
}
