//! Reading a frozen index where it lies: nothing is decoded before a walk comes to it.
//!
//! A process that lives for one tool call restores a snapshot with ten thousand claims and asks one
//! question. It reads some hundred bytes of the index for that, so thawing only looks at the header,
//! and each row is checked when it is read. A child has to name its parent and stand behind it, so
//! that whatever the bytes say, a walk sees a tree and ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::edges::{EdgeKey, Table};
use super::format::{
    Bytes, DIRS_START, HEADER_BYTES, IS_DEEP, LEAVES_START, MAGIC, NODE_BYTES, Owner,
    SECTION_WORDS, Sections, WILD_DIRS_START, WILD_LEAVES_START, corrupt, from,
};
use super::frozen_bytes::FrozenBytes;
use super::frozen_edges::{FrozenEdges, Refers};
use super::frozen_wilds::FrozenWilds;
use super::keys::Key;
use super::layer::{Flow, Layer, Node, Sink};
use super::trie::ROOT;
use crate::error::{Code, Error};
use crate::path::limits::PATTERN_SEGMENTS_MAX;
use crate::path::{Case, PathRules, SegmentPattern, Unicode};

/// A frozen index, less what was removed since it was thawed.
#[derive(Clone)]
pub(super) struct Frozen<K> {
    bytes: Arc<dyn FrozenBytes>,
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

impl<K: Key> Frozen<K> {
    pub(super) fn thaw(bytes: Arc<dyn FrozenBytes>) -> Result<Self, Error> {
        let view = Bytes(&*bytes);
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
        Bytes(&*self.frozen.bytes)
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
                SegmentPattern::Wild(glob) => {
                    self.wild_dirs().find(at, glob)?.map(|found| found.to)
                }
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
            SegmentPattern::Wild(glob) => self.wild_leaves().find(at, glob),
            SegmentPattern::AnyDepth => Ok(None),
        }
    }

    fn node_row(self, id: u32) -> Result<u32, Error> {
        let Sections {
            nodes, node_count, ..
        } = *self.sections;
        self.bytes()
            .row(nodes, node_count.saturating_add(1), NODE_BYTES, id)
    }
}

impl<'l, K: Key> Layer<'l, K> for FrozenTrie<'l, K> {
    type Dirs = FrozenEdges<'l>;
    type Leaves = FrozenEdges<'l>;
    type WildDirs = FrozenWilds<'l>;
    type WildLeaves = FrozenWilds<'l>;
    type To = Refers;
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

    fn wild_dirs(self) -> Self::WildDirs {
        FrozenWilds {
            bytes: self.bytes(),
            sections: self.sections,
            listed: self.sections.wild_dirs,
            starts: WILD_DIRS_START,
            trie: self.trie,
            rules: self.frozen.rules,
            owner: Owner::GlobOfDir,
        }
    }

    fn wild_leaves(self) -> Self::WildLeaves {
        FrozenWilds {
            bytes: self.bytes(),
            sections: self.sections,
            listed: self.sections.wild_leaves,
            starts: WILD_LEAVES_START,
            trie: self.trie,
            rules: self.frozen.rules,
            owner: Owner::GlobOfLeaf,
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
