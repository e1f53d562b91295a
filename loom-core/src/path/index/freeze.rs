//! Writing the frozen bytes. What they are depends on the content alone: nodes are numbered breadth
//! first in the order of their edges, whatever numbers they had while they lived.

use std::collections::BTreeMap;

use super::edges::Table;
use super::format::{
    HEADER_BYTES, IS_DEEP, Listed, MAGIC, Owner, SECTION_WORDS, Sections, WildListed,
};
use super::glob_bytes;
use super::keys::{Key, Keys};
use super::layer::Layer;
use super::packed::reverse;
use super::trie::{ROOT, Trie};
use super::wild_edges::{Wild, WildTable};
use crate::error::{Code, Error};

/// The most bytes that offsets of four bytes reach.
const FROZEN_BYTES_MAX: u64 = u32::MAX as u64;

/// The frozen form of four tries under rules that are written as `rules`.
pub(super) fn freeze<K: Key>(tries: &[Trie<K>; 4], rules: u32) -> Result<Vec<u8>, Error> {
    let mut out = Out {
        bytes: vec![0; HEADER_BYTES],
        names: BTreeMap::new(),
    };
    out.bytes[..8].copy_from_slice(&MAGIC);
    out.bytes[8..12].copy_from_slice(&rules.to_le_bytes());
    for (number, trie) in tries.iter().enumerate() {
        let sections = write(trie, number, &mut out)?;
        let start = 12 + number * SECTION_WORDS * 4;
        for (word, slot) in sections
            .to_words()
            .iter()
            .zip(out.bytes[start..].chunks_exact_mut(4))
        {
            slot.copy_from_slice(&word.to_le_bytes());
        }
    }
    out.here()?;
    Ok(out.bytes)
}

struct Out {
    bytes: Vec<u8>,
    /// Where each name stands; equal names stand once.
    names: BTreeMap<Vec<u8>, u32>,
}

/// The tables of one trie while they grow. Rows are kept as words.
#[derive(Default)]
struct Tables {
    nodes: Vec<[u32; 12]>,
    dirs: Edges,
    leaves: Edges,
    wild_dirs: Wilds,
    wild_leaves: Wilds,
}

#[derive(Default)]
struct Wilds {
    rows: Vec<[u32; 7]>,
    shapes: Vec<[u32; 2]>,
}

#[derive(Default)]
struct Edges {
    rows: Vec<[u32; 4]>,
    /// Reversed name, parent and row.
    by_end: Vec<(Vec<u8>, u32, u32)>,
}

fn write<K: Key>(trie: &Trie<K>, number: usize, out: &mut Out) -> Result<Sections, Error> {
    if trie.is_empty() {
        return Ok(Sections::default());
    }
    let mut tables = Tables::default();
    let root = out.keys(trie.root()?, Owner::Root.word(number, 0))?;
    // The old number of each node, and its new parent and name.
    let mut order = vec![(ROOT, 0, Vec::new())];
    let mut next = 0;
    while let Some((old, parent, name)) = order.get(next).cloned() {
        let id = next as u32;
        next += 1;
        let node = trie.node(old)?;
        let deep = match node.deep {
            ROOT => 0,
            deep => {
                order.push((deep, id, Vec::new()));
                order.len() as u32 - 1
            }
        };
        tables.nodes.push([
            parent,
            deep,
            node.below,
            u32::from(node.deeps) | if node.is_deep { IS_DEEP } else { 0 },
            out.name(&name)?,
            name.len() as u32,
            tables.dirs.rows.len() as u32,
            tables.leaves.rows.len() as u32,
            tables.wild_dirs.rows.len() as u32,
            tables.wild_dirs.shapes.len() as u32,
            tables.wild_leaves.rows.len() as u32,
            tables.wild_leaves.shapes.len() as u32,
        ]);
        for dir in trie.dirs().starting(old, b"") {
            let (name, child) = dir?;
            let at = out.name(&name)?;
            tables.dirs.push(id, &name, at, order.len() as u32);
            order.push((child, id, name.into_owned()));
        }
        for leaf in trie.leaves().starting(old, b"") {
            let (name, keys) = leaf?;
            let row = tables.leaves.rows.len() as u32;
            let keys = out.keys(keys, Owner::Leaf.word(number, row))?;
            let at = out.name(&name)?;
            tables.leaves.push(id, &name, at, keys);
        }
        for dir in trie.wild_dirs().starting(old, b"", b"") {
            let dir = dir?;
            let child = order.len() as u32;
            let row = tables.wild_dirs.rows.len() as u32;
            let owner = Owner::GlobOfDir.word(number, row);
            tables.wild_dirs.push(id, &dir, child, owner, out)?;
            order.push((dir.target, id, Vec::new()));
        }
        for leaf in trie.wild_leaves().starting(old, b"", b"") {
            let leaf = leaf?;
            let row = tables.wild_leaves.rows.len() as u32;
            let keys = out.keys(leaf.target, Owner::WildLeaf.word(number, row))?;
            let owner = Owner::GlobOfLeaf.word(number, row);
            tables.wild_leaves.push(id, &leaf, keys, owner, out)?;
        }
        tables.wild_dirs.shapes(trie.wild_dirs(), old)?;
        tables.wild_leaves.shapes(trie.wild_leaves(), old)?;
    }
    tables.finish(root, out)
}

impl Tables {
    fn finish(mut self, root: u32, out: &mut Out) -> Result<Sections, Error> {
        let node_count = self.nodes.len() as u32;
        let mut ends = [0; 12];
        ends[6] = self.dirs.rows.len() as u32;
        ends[7] = self.leaves.rows.len() as u32;
        ends[8] = self.wild_dirs.rows.len() as u32;
        ends[9] = self.wild_dirs.shapes.len() as u32;
        ends[10] = self.wild_leaves.rows.len() as u32;
        ends[11] = self.wild_leaves.shapes.len() as u32;
        self.nodes.push(ends);
        Ok(Sections {
            nodes: out.rows(&self.nodes)?,
            node_count,
            dirs: self.dirs.finish(out)?,
            leaves: self.leaves.finish(out)?,
            wild_dirs: self.wild_dirs.finish(out)?,
            wild_leaves: self.wild_leaves.finish(out)?,
            root,
        })
    }
}

impl Edges {
    fn push(&mut self, parent: u32, name: &[u8], at: u32, target: u32) {
        let row = self.rows.len() as u32;
        self.rows.push([parent, at, name.len() as u32, target]);
        self.by_end.push((reverse(name), parent, row));
    }

    fn finish(mut self, out: &mut Out) -> Result<Listed, Error> {
        self.by_end.sort_unstable();
        let by_end: Vec<_> = self.by_end.iter().map(|(_, _, row)| [*row]).collect();
        Ok(Listed {
            rows: out.rows(&self.rows)?,
            count: self.rows.len() as u32,
            by_end: out.rows(&by_end)?,
        })
    }
}

impl Wilds {
    fn push<T>(
        &mut self,
        parent: u32,
        wild: &Wild<'_, T>,
        target: u32,
        owner: u32,
        out: &mut Out,
    ) -> Result<(), Error> {
        let glob = out.here()?;
        glob_bytes::write(&wild.glob, owner, &mut out.bytes);
        self.rows.push([
            parent,
            out.name(wild.prefix)?,
            wild.prefix.len() as u32,
            out.name(wild.suffix)?,
            wild.suffix.len() as u32,
            glob,
            target,
        ]);
        Ok(())
    }

    fn shapes<'t>(&mut self, table: impl WildTable<'t>, node: u32) -> Result<(), Error> {
        for shape in table.shapes(node) {
            let shape = shape?;
            self.shapes.push([shape.prefix, shape.suffix]);
        }
        Ok(())
    }

    fn finish(self, out: &mut Out) -> Result<WildListed, Error> {
        Ok(WildListed {
            rows: out.rows(&self.rows)?,
            count: self.rows.len() as u32,
            shapes: out.rows(&self.shapes)?,
            shape_count: self.shapes.len() as u32,
        })
    }
}

impl Out {
    /// The offset of what is written next.
    fn here(&self) -> Result<u32, Error> {
        let length = self.bytes.len() as u64;
        u32::try_from(length)
            .map_err(|_| Error::limit("path_index", "FROZEN_BYTES_MAX", FROZEN_BYTES_MAX, length))
    }

    fn name(&mut self, name: &[u8]) -> Result<u32, Error> {
        if let Some(at) = self.names.get(name) {
            return Ok(*at);
        }
        let at = self.here()?;
        self.bytes.extend(name);
        self.names.insert(name.to_vec(), at);
        Ok(at)
    }

    fn keys<K: Key>(&mut self, keys: &Keys<K>, owner: u32) -> Result<u32, Error> {
        if keys.is_empty() {
            return Ok(0);
        }
        let at = self.here()?;
        self.bytes.extend(owner.to_le_bytes());
        self.bytes.extend([0; 4]);
        let mut count = 0_u32;
        for (key, times) in keys.iter() {
            self.bytes.extend(key.to_u64().to_le_bytes());
            self.bytes.extend(times.to_le_bytes());
            count += 1;
        }
        let slot = at as usize + 4;
        self.bytes[slot..slot + 4].copy_from_slice(&count.to_le_bytes());
        Ok(at)
    }

    fn rows<const WORDS: usize>(&mut self, rows: &[[u32; WORDS]]) -> Result<u32, Error> {
        let at = self.here()?;
        self.bytes
            .extend(rows.iter().flatten().flat_map(|word| word.to_le_bytes()));
        Ok(at)
    }
}

/// The bytes do not hold what they must, found while they were being frozen again.
pub(super) fn too_many() -> Error {
    Error::at(
        Code::Corrupt,
        "path_index",
        "the frozen path index counts more entries than there can be",
    )
}
