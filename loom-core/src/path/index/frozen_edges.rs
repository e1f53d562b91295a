//! Literal edges, read from frozen bytes.

use std::borrow::Cow;
use std::ops::Range;

use super::edges::{EdgeKey, Table};
use super::format::{Bytes, EDGE_BYTES, Listed, Owner, Sections, each, from};
use crate::error::Error;

/// What a row refers to: keys, or a node.
#[derive(Clone, Copy)]
pub(super) struct Refers {
    /// The node, or where the keys stand; 0 where there is nothing.
    pub(super) to: u32,
    pub(super) owner: u32,
}

/// The literal edges of a frozen trie.
#[derive(Clone, Copy)]
pub(super) struct FrozenEdges<'l> {
    pub(super) bytes: Bytes<'l>,
    pub(super) sections: &'l Sections,
    pub(super) listed: Listed,
    /// The word of a node that says where its rows start.
    pub(super) starts: u32,
    pub(super) trie: usize,
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
    fn rows(self, parent: u32, name: &[u8]) -> Result<Range<u32>, Error> {
        let Listed { count, .. } = self.listed;
        let rows = self.sections.span(self.bytes, parent, self.starts, count)?;
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
        each(self.rows(parent, prefix))
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
        each(from(0..self.listed.count, before))
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
