//! Reading a frozen index where it lies: nothing is decoded before a walk comes to it.
//!
//! A process that lives for one tool call restores a snapshot with ten thousand claims and asks one
//! question. It reads some hundred bytes of the index for that, so thawing only looks at the header,
//! and each row is checked when it is read. A child has to name its parent and stand behind it, so
//! that whatever the bytes say, a walk sees a tree and ends.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::edges::{EdgeKey, Table};
use super::format::{
    Bytes, DIRS_START, EDGE_BYTES, HEADER_BYTES, IS_DEEP, LEAVES_START, Listed, MAGIC, NODE_BYTES,
    Owner, SECTION_WORDS, SHAPE_BYTES, SHAPES_START, Sections, WILD_BYTES, WILDS_START, corrupt,
};
use super::glob_bytes;
use super::keys::Key;
use super::layer::{Flow, Layer, Node, Shape, Sink, Wild};
use super::trie::ROOT;
use crate::error::{Code, Error};
use crate::path::limits::PATTERN_SEGMENTS_MAX;
use crate::path::{Case, PathRules, SegmentPattern, Unicode};

/// A frozen index, less what was removed since it was thawed.
#[derive(Clone)]
pub(super) struct Frozen<K> {
    bytes: Arc<[u8]>,
    pub(super) rules: PathRules,
    tries: [Sections; 4],
    /// How often each key was removed: by trie, and by where its keys stand.
    removed: BTreeMap<(usize, u32, K), u32>,
    removed_count: usize,
}

/// One trie of a frozen index.
pub(super) struct FrozenTrie<'l, K> {
    frozen: &'l Frozen<K>,
    sections: &'l Sections,
    trie: usize,
}

/// What a row refers to: keys, or a node.
#[derive(Clone, Copy)]
pub(super) struct Refers {
    /// The node, or where the keys stand; 0 where there is nothing.
    to: u32,
    owner: u32,
}

/// The literal edges of a frozen trie.
#[derive(Clone, Copy)]
pub(super) struct FrozenEdges<'l> {
    bytes: Bytes<'l>,
    sections: &'l Sections,
    listed: Listed,
    /// The word of a node that says where its rows start.
    starts: u32,
    trie: usize,
}

impl<K: Key> Frozen<K> {
    pub(super) fn thaw(bytes: Arc<[u8]>) -> Result<Self, Error> {
        let view = Bytes(&bytes);
        if view.slice(0, 8)? != MAGIC.as_slice() || bytes.len() > u32::MAX as usize {
            return Err(corrupt());
        }
        let rules = rules_of(view.word(8, 0)?)?;
        let mut tries = [Sections::default(); 4];
        for (sections, n) in tries.iter_mut().zip(0..) {
            *sections = Sections::read(view, 12 + n * SECTION_WORDS as u32 * 4)?;
        }
        view.slice(0, HEADER_BYTES as u32)?;
        Ok(Frozen {
            bytes,
            rules,
            tries,
            removed: BTreeMap::new(),
            removed_count: 0,
        })
    }

    pub(super) fn trie(&self, trie: usize) -> FrozenTrie<'_, K> {
        FrozenTrie {
            frozen: self,
            sections: &self.tries[trie & 3],
            trie,
        }
    }

    /// How many alternatives are left.
    pub(super) fn len(&self) -> usize {
        let below = |trie: usize| self.trie(trie).node(ROOT).map_or(0, |root| root.below);
        let held: usize = (0..4).map(|trie| below(trie) as usize).sum();
        held.saturating_sub(self.removed_count)
    }

    /// Removes `key` once from the end of `segments`; `false` where it is not there.
    pub(super) fn remove(
        &mut self,
        trie: usize,
        segments: &[SegmentPattern],
        key: K,
    ) -> Result<bool, Error> {
        let Some(keys) = self.trie(trie).find(segments)? else {
            return Ok(false);
        };
        if self.trie(trie).times(keys, key)? == 0 {
            return Ok(false);
        }
        *self.removed.entry((trie, keys.to, key)).or_insert(0) += 1;
        self.removed_count += 1;
        Ok(true)
    }
}

impl<K> Clone for FrozenTrie<'_, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for FrozenTrie<'_, K> {}

impl<'l, K: Key> FrozenTrie<'l, K> {
    pub(super) fn is_empty(self) -> bool {
        self.sections.node_count == 0
    }

    fn bytes(self) -> Bytes<'l> {
        Bytes(&self.frozen.bytes)
    }

    /// The keys here, each with how often it is left.
    pub(super) fn entries(
        self,
        keys: Refers,
    ) -> Result<impl Iterator<Item = Result<(K, u32), Error>> + use<'l, K>, Error> {
        let count = self.count(keys)?;
        // After an error there is nothing to read.
        let mut broken = false;
        let entries = (0..count).map(move |n| self.entry(keys, n));
        Ok(entries.take_while(move |entry| {
            let goes_on = !broken;
            broken = entry.is_err();
            goes_on
        }))
    }

    /// How many keys there are.
    fn count(self, keys: Refers) -> Result<u32, Error> {
        let bytes = self.bytes();
        match keys.to {
            0 => Ok(0),
            at if bytes.word(at, 0)? == keys.owner => bytes.word(at, 1),
            _ => Err(corrupt()),
        }
    }

    /// The nth key, and how often it is left.
    fn entry(self, keys: Refers, n: u32) -> Result<(K, u32), Error> {
        let bytes = self.bytes();
        let at = u64::from(keys.to) + 8 + u64::from(n) * 12;
        let at = u32::try_from(at).map_err(|_| corrupt())?;
        let key = K::from_u64(bytes.double(at, 0)?).ok_or_else(corrupt)?;
        let removed = &self.frozen.removed;
        let gone = match removed.is_empty() {
            true => 0,
            false => *removed.get(&(self.trie, keys.to, key)).unwrap_or(&0),
        };
        Ok((key, bytes.word(at, 2)?.saturating_sub(gone)))
    }

    /// How often one key is left.
    fn times(self, keys: Refers, key: K) -> Result<u32, Error> {
        let count = self.count(keys)?;
        let found = from(0..count, |n| Ok(self.entry(keys, n)?.0 < key))?;
        if found.is_empty() {
            return Ok(0);
        }
        let (here, times) = self.entry(keys, found.start)?;
        Ok(if here == key { times } else { 0 })
    }

    /// The keys at the end of `segments`, if the trie has that end.
    fn find(self, segments: &[SegmentPattern]) -> Result<Option<Refers>, Error> {
        if self.is_empty() {
            return Ok(None);
        }
        let Some((last, way)) = segments.split_last() else {
            return self.root().map(Some);
        };
        let mut at = ROOT;
        for segment in way {
            let node = self.node(at)?;
            let child = match segment {
                SegmentPattern::Literal(name) => {
                    let found = self.dirs().get(&EdgeKey::new(at, name.as_bytes()))?;
                    found.map(|found| found.to)
                }
                SegmentPattern::Wild(_) => self.find_wild(at, segment)?.map(|wild| wild.child),
                SegmentPattern::AnyDepth => Some(node.deep),
            };
            let Some(child) = child.filter(|child| *child != ROOT) else {
                return Ok(None);
            };
            let deeper = u16::from(*segment == SegmentPattern::AnyDepth);
            self.check_child(child, at, node.deeps + deeper)?;
            at = child;
        }
        match last {
            SegmentPattern::Literal(name) => self.leaves().get(&EdgeKey::new(at, name.as_bytes())),
            _ => Ok(self.find_wild(at, last)?.map(|wild| wild.leaf)),
        }
    }

    fn find_wild(
        self,
        at: u32,
        segment: &SegmentPattern,
    ) -> Result<Option<Wild<'l, Refers>>, Error> {
        let SegmentPattern::Wild(glob) = segment else {
            return Ok(None);
        };
        let prefix = glob.literal_prefix().as_bytes();
        let suffix = super::packed::reverse(glob.literal_suffix().as_bytes());
        for wild in self.wilds(at, prefix, &suffix) {
            let wild = wild?;
            if wild.prefix != prefix || wild.suffix != suffix {
                break;
            }
            if *wild.glob == *glob {
                return Ok(Some(wild));
            }
        }
        Ok(None)
    }

    fn node_row(self, id: u32) -> Result<u32, Error> {
        let Sections {
            nodes, node_count, ..
        } = *self.sections;
        self.bytes()
            .row(nodes, node_count.saturating_add(1), NODE_BYTES, id)
    }

    /// The rows that a node has in a table of `count` rows; `word` of the node says where they start.
    fn span(self, id: u32, word: u32, count: u32) -> Result<std::ops::Range<u32>, Error> {
        span(self.bytes(), self.sections, id, word, count)
    }

    fn wild(self, row: u32) -> Result<Wild<'l, Refers>, Error> {
        let bytes = self.bytes();
        let Sections {
            wilds, wild_count, ..
        } = *self.sections;
        let at = bytes.row(wilds, wild_count, WILD_BYTES, row)?;
        let owner = Owner::Glob.word(self.trie, row);
        Ok(Wild {
            prefix: bytes.slice(bytes.word(at, 1)?, bytes.word(at, 2)?)?,
            suffix: bytes.slice(bytes.word(at, 3)?, bytes.word(at, 4)?)?,
            glob: Cow::Owned(glob_bytes::read(
                bytes,
                bytes.word(at, 5)?,
                owner,
                self.frozen.rules,
            )?),
            child: bytes.word(at, 6)?,
            leaf: Refers {
                to: bytes.word(at, 7)?,
                owner: Owner::Wild.word(self.trie, row),
            },
        })
    }
}

impl<'l, K: Key> Layer<'l, K> for FrozenTrie<'l, K> {
    type Dirs = FrozenEdges<'l>;
    type Leaves = FrozenEdges<'l>;
    type Leaf = Refers;

    fn dirs(self) -> Self::Dirs {
        FrozenEdges {
            bytes: self.bytes(),
            sections: self.sections,
            listed: self.sections.dirs,
            starts: DIRS_START,
            trie: self.trie,
        }
    }

    fn leaves(self) -> Self::Leaves {
        FrozenEdges {
            bytes: self.bytes(),
            sections: self.sections,
            listed: self.sections.leaves,
            starts: LEAVES_START,
            trie: self.trie,
        }
    }

    fn child(self, target: Refers) -> u32 {
        target.to
    }

    fn root(self) -> Result<Refers, Error> {
        Ok(Refers {
            to: self.sections.root,
            owner: Owner::Root.word(self.trie, 0),
        })
    }

    fn check_child(self, child: u32, parent: u32, deeps: u16) -> Result<(), Error> {
        let node = self.node(child)?;
        match child > parent && node.parent == parent && node.deeps == deeps {
            true => Ok(()),
            false => Err(corrupt()),
        }
    }

    fn node(self, id: u32) -> Result<Node, Error> {
        let bytes = self.bytes();
        if id >= self.sections.node_count {
            return Err(corrupt());
        }
        let at = self.node_row(id)?;
        let flags = bytes.word(at, 3)?;
        let node = Node {
            parent: bytes.word(at, 0)?,
            deep: bytes.word(at, 1)?,
            below: bytes.word(at, 2)?,
            deeps: flags as u16,
            is_deep: flags & IS_DEEP != 0,
            has_wilds: !self
                .span(id, WILDS_START, self.sections.wild_count)?
                .is_empty(),
        };
        let rises = node.parent < id || id == ROOT;
        match rises && usize::from(node.deeps) <= PATTERN_SEGMENTS_MAX {
            true => Ok(node),
            false => Err(corrupt()),
        }
    }

    fn name(self, id: u32) -> Result<&'l [u8], Error> {
        let (bytes, at) = (self.bytes(), self.node_row(id)?);
        bytes.slice(bytes.word(at, 4)?, bytes.word(at, 5)?)
    }

    fn shapes(self, id: u32) -> impl Iterator<Item = Result<Shape, Error>> + use<'l, K> {
        let Sections {
            shapes,
            shape_count,
            ..
        } = *self.sections;
        let rows = self.span(id, SHAPES_START, shape_count);
        let bytes = self.bytes();
        rows_or_error(rows).map(move |row| {
            let at = bytes.row(shapes, shape_count, SHAPE_BYTES, row?)?;
            Ok(Shape {
                prefix: bytes.word(at, 0)?,
                suffix: bytes.word(at, 1)?,
            })
        })
    }

    fn wilds(
        self,
        parent: u32,
        prefix: &[u8],
        suffix: &[u8],
    ) -> impl Iterator<Item = Result<Wild<'l, Refers>, Error>> {
        let bytes = self.bytes();
        let Sections {
            wilds, wild_count, ..
        } = *self.sections;
        let before = |row| {
            let at = bytes.row(wilds, wild_count, WILD_BYTES, row)?;
            let start = bytes.slice(bytes.word(at, 1)?, bytes.word(at, 2)?)?;
            let end = bytes.slice(bytes.word(at, 3)?, bytes.word(at, 4)?)?;
            Ok((start, end) < (prefix, suffix))
        };
        let rows = self
            .span(parent, WILDS_START, wild_count)
            .and_then(|rows| from(rows, before));
        rows_or_error(rows).map(move |row| self.wild(row?))
    }

    fn emit(self, keys: Refers, sink: &mut Sink<'_, K>) -> Flow {
        for entry in self.entries(keys)? {
            let (key, times) = entry?;
            if times > 0 {
                sink.take(key)?;
            }
        }
        Ok(())
    }
}

/// A row of literal edges.
struct Edge<'l> {
    parent: u32,
    name: &'l [u8],
    target: u32,
}

impl<'l> FrozenEdges<'l> {
    fn edge(self, row: u32) -> Result<Edge<'l>, Error> {
        let bytes = self.bytes;
        let at = bytes.row(self.listed.rows, self.listed.count, EDGE_BYTES, row)?;
        Ok(Edge {
            parent: bytes.word(at, 0)?,
            name: bytes.slice(bytes.word(at, 1)?, bytes.word(at, 2)?)?,
            target: bytes.word(at, 3)?,
        })
    }

    /// The rows of `parent` from `name` on.
    fn rows(self, parent: u32, name: &[u8]) -> Result<std::ops::Range<u32>, Error> {
        let Listed { count, .. } = self.listed;
        let rows = span(self.bytes, self.sections, parent, self.starts, count)?;
        from(rows, |row| Ok(self.edge(row)?.name < name))
    }

    fn refers(self, row: u32, to: u32) -> Refers {
        let owner = Owner::Leaf.word(self.trie, row);
        Refers { to, owner }
    }

    fn by_end(self, n: u32) -> Result<Edge<'l>, Error> {
        let at = self
            .bytes
            .row(self.listed.by_end, self.listed.count, 4, n)?;
        self.edge(self.bytes.word(at, 0)?)
    }
}

impl<'l> Table<'l> for FrozenEdges<'l> {
    type Target = Refers;

    fn get(self, edge: &EdgeKey) -> Result<Option<Self::Target>, Error> {
        let name = edge.name.bytes();
        let rows = self.rows(edge.parent, name)?;
        if rows.is_empty() {
            return Ok(None);
        }
        let found = self.edge(rows.start)?;
        Ok((found.name == name).then(|| self.refers(rows.start, found.target)))
    }

    fn starting(
        self,
        parent: u32,
        prefix: &[u8],
    ) -> impl Iterator<Item = Result<(Cow<'l, [u8]>, Self::Target), Error>> {
        rows_or_error(self.rows(parent, prefix))
            .map(move |row| {
                let row = row?;
                let edge = self.edge(row)?;
                Ok((Cow::Borrowed(edge.name), self.refers(row, edge.target)))
            })
            .take_while(move |edge: &Result<(Cow<'l, [u8]>, _), Error>| match edge {
                Ok((name, _)) => name.starts_with(prefix),
                Err(_) => true,
            })
    }

    fn ending(
        self,
        suffix: &[u8],
    ) -> impl Iterator<Item = Result<(Cow<'l, [u8]>, u32), Error>> + use<'l> {
        let suffix: Box<[u8]> = suffix.into();
        let before = |n| Ok(self.by_end(n)?.name.iter().rev().lt(suffix.iter().rev()));
        rows_or_error(from(0..self.listed.count, before))
            .map(move |n| {
                let edge = self.by_end(n?)?;
                Ok((Cow::Borrowed(edge.name), edge.parent))
            })
            .take_while(
                move |edge: &Result<(Cow<'l, [u8]>, u32), Error>| match edge {
                    Ok((name, _)) => name.ends_with(&suffix),
                    Err(_) => true,
                },
            )
    }
}

/// The rows of node `id` in a table of `count` rows, from where this node's start to the next one's.
fn span(
    bytes: Bytes<'_>,
    sections: &Sections,
    id: u32,
    word: u32,
    count: u32,
) -> Result<std::ops::Range<u32>, Error> {
    let rows = sections.node_count.saturating_add(1);
    let here = bytes.row(sections.nodes, rows, NODE_BYTES, id)?;
    let next = bytes.row(sections.nodes, rows, NODE_BYTES, id.saturating_add(1))?;
    let span = bytes.word(here, word)?..bytes.word(next, word)?;
    match span.start <= span.end && span.end <= count {
        true => Ok(span),
        false => Err(corrupt()),
    }
}

/// The rows from the first one that is not `before`.
fn from(
    rows: std::ops::Range<u32>,
    before: impl Fn(u32) -> Result<bool, Error>,
) -> Result<std::ops::Range<u32>, Error> {
    let (mut low, mut high) = (rows.start, rows.end);
    while low < high {
        let middle = low + (high - low) / 2;
        match before(middle)? {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    Ok(low..rows.end)
}

fn rows_or_error(
    rows: Result<std::ops::Range<u32>, Error>,
) -> impl Iterator<Item = Result<u32, Error>> {
    let (rows, error) = match rows {
        Ok(rows) => (rows, None),
        Err(error) => (0..0, Some(error)),
    };
    error.into_iter().map(Err).chain(rows.map(Ok))
}

/// The rules as a word.
pub(super) fn rules_word(rules: PathRules) -> u32 {
    u32::from(rules.case == Case::Insensitive)
        | u32::from(rules.unicode == Unicode::Nfc) << 1
        | u32::from(rules.windows) << 2
}

fn rules_of(word: u32) -> Result<PathRules, Error> {
    if word > 7 {
        return Err(Error::at(
            Code::Corrupt,
            "path_index",
            "the frozen path index names rules that there are not",
        ));
    }
    Ok(PathRules {
        case: match word & 1 {
            0 => Case::Sensitive,
            _ => Case::Insensitive,
        },
        unicode: match word & 2 {
            0 => Unicode::AsIs,
            _ => Unicode::Nfc,
        },
        windows: word & 4 != 0,
    })
}
