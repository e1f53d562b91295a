//! Wildcard edges, read from frozen bytes.

use std::borrow::Cow;

use super::format::{Bytes, Owner, SHAPE_BYTES, Sections, WILD_BYTES, WildListed, each, from};
use super::frozen_edges::Refers;
use super::glob_bytes;
use super::packed::reverse;
use super::wild_edges::{Shape, Wild, WildTable};
use crate::error::Error;
use crate::path::{PathRules, SegmentGlob};

/// The wildcard edges of a frozen trie.
#[derive(Clone, Copy)]
pub(super) struct FrozenWilds<'l> {
    pub(super) bytes: Bytes<'l>,
    pub(super) sections: &'l Sections,
    pub(super) listed: WildListed,
    /// The word of a node that says where its rows start; the one of the shapes follows.
    pub(super) starts: u32,
    pub(super) trie: usize,
    pub(super) rules: PathRules,
    /// What owns the wildcards here.
    pub(super) owner: Owner,
}

impl<'l> FrozenWilds<'l> {
    /// What the edge of this wildcard refers to.
    pub(super) fn find(self, parent: u32, glob: &SegmentGlob) -> Result<Option<Refers>, Error> {
        let prefix = glob.literal_prefix().as_bytes();
        let suffix = reverse(glob.literal_suffix().as_bytes());
        for wild in self.starting(parent, prefix, &suffix) {
            let wild = wild?;
            if wild.prefix != prefix || wild.suffix != suffix {
                break;
            }
            if *wild.glob == *glob {
                return Ok(Some(wild.target));
            }
        }
        Ok(None)
    }

    fn ends(self, row: u32) -> Result<(&'l [u8], &'l [u8]), Error> {
        let (bytes, at) = (self.bytes, self.row(row)?);
        Ok((
            bytes.slice(bytes.word(at, 1)?, bytes.word(at, 2)?)?,
            bytes.slice(bytes.word(at, 3)?, bytes.word(at, 4)?)?,
        ))
    }

    fn wild(self, row: u32) -> Result<Wild<'l, Refers>, Error> {
        let (bytes, at) = (self.bytes, self.row(row)?);
        let (prefix, suffix) = self.ends(row)?;
        let owner = self.owner.word(self.trie, row);
        let glob = glob_bytes::read(bytes, bytes.word(at, 5)?, owner, self.rules)?;
        Ok(Wild {
            prefix,
            suffix,
            glob: Cow::Owned(glob),
            target: Refers {
                to: bytes.word(at, 6)?,
                owner: Owner::WildLeaf.word(self.trie, row),
            },
        })
    }

    fn row(self, row: u32) -> Result<u32, Error> {
        let WildListed { rows, count, .. } = self.listed;
        self.bytes.row(rows, count, WILD_BYTES, row)
    }
}

impl<'l> WildTable<'l> for FrozenWilds<'l> {
    type Target = Refers;

    fn shapes(self, parent: u32) -> impl Iterator<Item = Result<Shape, Error>> + use<'l> {
        let WildListed {
            shapes,
            shape_count,
            ..
        } = self.listed;
        let bytes = self.bytes;
        let rows = self
            .sections
            .span(bytes, parent, self.starts + 1, shape_count);
        each(rows).map(move |row| {
            let at = bytes.row(shapes, shape_count, SHAPE_BYTES, row?)?;
            Ok(Shape {
                prefix: bytes.word(at, 0)?,
                suffix: bytes.word(at, 1)?,
            })
        })
    }

    fn starting(
        self,
        parent: u32,
        prefix: &[u8],
        suffix: &[u8],
    ) -> impl Iterator<Item = Result<Wild<'l, Refers>, Error>> {
        let rows = self
            .sections
            .span(self.bytes, parent, self.starts, self.listed.count);
        let rows = rows.and_then(|rows| from(rows, |row| Ok(self.ends(row)? < (prefix, suffix))));
        each(rows).map(move |row| self.wild(row?))
    }
}
