//! The frozen bytes: where everything stands, and reading them without trust.
//!
//! All numbers are little-endian `u32`, all references offsets from the first byte. After the header
//! stand, for each of the four tries, the names, keys and wildcards that it refers to and then its
//! tables, whose rows have one length each:
//!
//! | table | row | order |
//! |---|---|---|
//! | nodes | parent, deep, below, deeps + flags, name, name length, and where its dirs, leaves, wilds and shapes start; one row more than nodes, for the ends | breadth first |
//! | dirs, leaves | parent, name, name length, child node or keys | parent, name |
//! | dirs, leaves by end | row of the table before | reversed name, parent |
//! | wilds | parent, prefix, its length, reversed suffix, its length, wildcard, child node, keys | parent, prefix, suffix, wildcard |
//! | shapes | prefix length, suffix length | parent, lengths |
//!
//! Keys are `owner, count, count × (key: u64, times)`, a wildcard is `owner, length, tokens`. The owner
//! says which row refers here, so that rows cannot share and a few bytes cannot stand for much work.

use crate::error::{Code, Error};

pub(super) const MAGIC: [u8; 8] = *b"loomidx1";
/// Magic, rules, and the sections of the tries.
pub(super) const HEADER_BYTES: usize = 12 + 4 * SECTION_WORDS * 4;
pub(super) const SECTION_WORDS: usize = 13;
pub(super) const NODE_BYTES: u32 = 40;
pub(super) const EDGE_BYTES: u32 = 16;
pub(super) const WILD_BYTES: u32 = 32;
pub(super) const SHAPE_BYTES: u32 = 8;

/// The words of a node that say where its rows start in the other tables.
pub(super) const DIRS_START: u32 = 6;
pub(super) const LEAVES_START: u32 = 7;
pub(super) const WILDS_START: u32 = 8;
pub(super) const SHAPES_START: u32 = 9;

/// The flag of a node that stands behind `**`.
pub(super) const IS_DEEP: u32 = 1 << 16;

/// What refers to keys or to a wildcard.
#[derive(Clone, Copy)]
pub(super) enum Owner {
    Root = 0,
    Leaf = 1,
    Wild = 2,
    Glob = 3,
}

impl Owner {
    /// The owner's word: what it is, in which trie, and which row.
    pub(super) fn word(self, trie: usize, row: u32) -> u32 {
        row << 4 | (trie as u32 & 3) << 2 | self as u32
    }
}

/// Where the tables of one trie stand. The order of the fields is that of the bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sections {
    pub(super) nodes: u32,
    pub(super) node_count: u32,
    pub(super) dirs: Listed,
    pub(super) leaves: Listed,
    pub(super) wilds: u32,
    pub(super) wild_count: u32,
    pub(super) shapes: u32,
    pub(super) shape_count: u32,
    pub(super) root: u32,
}

/// A table of literal edges and its second order.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Listed {
    pub(super) rows: u32,
    pub(super) count: u32,
    pub(super) by_end: u32,
}

impl Sections {
    pub(super) fn to_words(self) -> [u32; SECTION_WORDS] {
        [
            self.nodes,
            self.node_count,
            self.dirs.rows,
            self.dirs.count,
            self.dirs.by_end,
            self.leaves.rows,
            self.leaves.count,
            self.leaves.by_end,
            self.wilds,
            self.wild_count,
            self.shapes,
            self.shape_count,
            self.root,
        ]
    }

    pub(super) fn read(bytes: Bytes<'_>, at: u32) -> Result<Self, Error> {
        let mut words = [0; SECTION_WORDS];
        for (word, n) in words.iter_mut().zip(0..) {
            *word = bytes.word(at, n)?;
        }
        let [
            nodes,
            node_count,
            dirs,
            dir_count,
            dirs_by_end,
            leaves,
            leaf_count,
            leaves_by_end,
            wilds,
            wild_count,
            shapes,
            shape_count,
            root,
        ] = words;
        Ok(Sections {
            nodes,
            node_count,
            dirs: Listed {
                rows: dirs,
                count: dir_count,
                by_end: dirs_by_end,
            },
            leaves: Listed {
                rows: leaves,
                count: leaf_count,
                by_end: leaves_by_end,
            },
            wilds,
            wild_count,
            shapes,
            shape_count,
            root,
        })
    }
}

/// Bytes that may say anything.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'l>(pub(super) &'l [u8]);

impl<'l> Bytes<'l> {
    /// The word `n` words behind `at`.
    pub(super) fn word(self, at: u32, n: u32) -> Result<u32, Error> {
        let start = at as usize + n as usize * 4;
        let word = self.0.get(start..).and_then(<[u8]>::first_chunk);
        word.map(|word| u32::from_le_bytes(*word))
            .ok_or_else(corrupt)
    }

    /// The double word that starts `n` words behind `at`.
    pub(super) fn double(self, at: u32, n: u32) -> Result<u64, Error> {
        let (low, high) = (self.word(at, n)?, self.word(at, n + 1)?);
        Ok(u64::from(high) << 32 | u64::from(low))
    }

    pub(super) fn slice(self, at: u32, length: u32) -> Result<&'l [u8], Error> {
        let start = at as usize;
        self.0
            .get(start..start + length as usize)
            .ok_or_else(corrupt)
    }

    /// Where row `n` of a table stands that holds `count` rows of `length` bytes.
    pub(super) fn row(self, table: u32, count: u32, length: u32, n: u32) -> Result<u32, Error> {
        if n >= count {
            return Err(corrupt());
        }
        let offset = n.checked_mul(length).and_then(|at| at.checked_add(table));
        offset.ok_or_else(corrupt)
    }
}

/// The bytes are not what freezing makes.
pub(super) fn corrupt() -> Error {
    Error::at(
        Code::Corrupt,
        "path_index",
        "the frozen path index is corrupt; restore the state from the records instead",
    )
}
