//! The frozen bytes: where everything stands, and reading them without trust.
//!
//! All numbers are little-endian `u32`, all references offsets from the first byte. After the header
//! stand, for each of the four tries, the names, keys and wildcards that it refers to and then its
//! tables, whose rows have one length each:
//!
//! | table | row | order |
//! |---|---|---|
//! | nodes | parent, deep, below, deeps + flags, name, name length, and where its rows start in each of the six tables below; one row more than nodes, for the ends | breadth first |
//! | dirs, leaves | parent, name, name length, child node or keys | parent, name |
//! | dirs, leaves by end | row of the table before | reversed name, parent |
//! | wild dirs, wild leaves | parent, prefix, its length, reversed suffix, its length, wildcard, child node or keys | parent, prefix, suffix, wildcard |
//! | shapes of either | prefix length, suffix length | parent, lengths |
//!
//! Keys are `owner, count, count × (key: u64, times)`, a wildcard is `owner, length, tokens`. The owner
//! says which row refers here, so that rows cannot share and a few bytes cannot stand for much work.

use std::ops::Range;

use super::frozen_bytes::FrozenBytes;
use crate::error::{Code, Error};

pub(super) const MAGIC: [u8; 8] = *b"loomidx1";
/// Magic, rules, and the sections of the tries.
pub(super) const HEADER_BYTES: usize = 12 + 4 * SECTION_WORDS * 4;
pub(super) const SECTION_WORDS: usize = 17;
pub(super) const NODE_BYTES: u32 = 48;
pub(super) const EDGE_BYTES: u32 = 16;
pub(super) const WILD_BYTES: u32 = 28;
pub(super) const SHAPE_BYTES: u32 = 8;

/// The words of a node that say where its rows start in the other tables.
pub(super) const DIRS_START: u32 = 6;
pub(super) const LEAVES_START: u32 = 7;
/// Its wild dirs; their shapes follow.
pub(super) const WILD_DIRS_START: u32 = 8;
/// Its wild leaves; their shapes follow.
pub(super) const WILD_LEAVES_START: u32 = 10;

/// The flag of a node that stands behind `**`.
pub(super) const IS_DEEP: u32 = 1 << 16;

/// What refers to keys or to a wildcard.
#[derive(Clone, Copy)]
pub(super) enum Owner {
    Root = 0,
    Leaf = 1,
    WildLeaf = 2,
    GlobOfDir = 3,
    GlobOfLeaf = 4,
}

impl Owner {
    /// The owner's word: what it is, in which trie, and which row.
    pub(super) fn word(self, trie: usize, row: u32) -> u32 {
        row << 5 | (trie as u32 & 3) << 3 | self as u32
    }
}

/// Where the tables of one trie stand. The order of the fields is that of the bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sections {
    pub(super) nodes: u32,
    pub(super) node_count: u32,
    pub(super) dirs: Listed,
    pub(super) leaves: Listed,
    pub(super) wild_dirs: WildListed,
    pub(super) wild_leaves: WildListed,
    pub(super) root: u32,
}

/// A table of literal edges and its second order.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Listed {
    pub(super) rows: u32,
    pub(super) count: u32,
    pub(super) by_end: u32,
}

/// A table of wildcard edges and their shapes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct WildListed {
    pub(super) rows: u32,
    pub(super) count: u32,
    pub(super) shapes: u32,
    pub(super) shape_count: u32,
}

impl Sections {
    pub(super) fn to_words(self) -> [u32; SECTION_WORDS] {
        let Sections {
            dirs,
            leaves,
            wild_dirs,
            wild_leaves,
            ..
        } = self;
        [
            self.nodes,
            self.node_count,
            dirs.rows,
            dirs.count,
            dirs.by_end,
            leaves.rows,
            leaves.count,
            leaves.by_end,
            wild_dirs.rows,
            wild_dirs.count,
            wild_dirs.shapes,
            wild_dirs.shape_count,
            wild_leaves.rows,
            wild_leaves.count,
            wild_leaves.shapes,
            wild_leaves.shape_count,
            self.root,
        ]
    }

    pub(super) fn read(bytes: Bytes<'_>, at: u32) -> Result<Self, Error> {
        let word = |n| bytes.word(at, n);
        let listed = |n| -> Result<Listed, Error> {
            Ok(Listed {
                rows: word(n)?,
                count: word(n + 1)?,
                by_end: word(n + 2)?,
            })
        };
        let wild = |n| -> Result<WildListed, Error> {
            Ok(WildListed {
                rows: word(n)?,
                count: word(n + 1)?,
                shapes: word(n + 2)?,
                shape_count: word(n + 3)?,
            })
        };
        Ok(Sections {
            nodes: word(0)?,
            node_count: word(1)?,
            dirs: listed(2)?,
            leaves: listed(5)?,
            wild_dirs: wild(8)?,
            wild_leaves: wild(12)?,
            root: word(16)?,
        })
    }

    /// The rows of node `id` in a table of `count` rows: from where its own start, which is what
    /// `word` of a node says, to where those of the next node do.
    pub(super) fn span(
        &self,
        bytes: Bytes<'_>,
        id: u32,
        word: u32,
        count: u32,
    ) -> Result<Range<u32>, Error> {
        let rows = self.node_count.saturating_add(1);
        let here = bytes.row(self.nodes, rows, NODE_BYTES, id)?;
        let next = bytes.row(self.nodes, rows, NODE_BYTES, id.saturating_add(1))?;
        let span = bytes.word(here, word)?..bytes.word(next, word)?;
        match span.start <= span.end && span.end <= count {
            true => Ok(span),
            false => Err(corrupt()),
        }
    }
}

/// Bytes that may say anything.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'l>(pub(super) &'l dyn FrozenBytes);

impl<'l> Bytes<'l> {
    /// The word `n` words behind `at`.
    pub(super) fn word(self, at: u32, n: u32) -> Result<u32, Error> {
        let start = u64::from(at) + u64::from(n) * 4;
        let start = usize::try_from(start).map_err(|_| corrupt())?;
        let word = self.range(start, 4)?.first_chunk();
        word.map(|word| u32::from_le_bytes(*word))
            .ok_or_else(corrupt)
    }

    /// The double word that starts `n` words behind `at`.
    pub(super) fn double(self, at: u32, n: u32) -> Result<u64, Error> {
        let (low, high) = (self.word(at, n)?, self.word(at, n + 1)?);
        Ok(u64::from(high) << 32 | u64::from(low))
    }

    pub(super) fn slice(self, at: u32, length: u32) -> Result<&'l [u8], Error> {
        self.range(at as usize, length as usize)
    }

    fn range(self, start: usize, length: usize) -> Result<&'l [u8], Error> {
        let end = start.checked_add(length).ok_or_else(corrupt)?;
        self.0.get(start..end).ok_or_else(corrupt)
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

/// The rows from the first one that is not `before`.
pub(super) fn from(
    rows: Range<u32>,
    before: impl Fn(u32) -> Result<bool, Error>,
) -> Result<Range<u32>, Error> {
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

/// The rows one by one, or the error.
pub(super) fn each(rows: Result<Range<u32>, Error>) -> impl Iterator<Item = Result<u32, Error>> {
    let (rows, error) = match rows {
        Ok(rows) => (rows, None),
        Err(error) => (0..0, Some(error)),
    };
    error.into_iter().map(Err).chain(rows.map(Ok))
}
