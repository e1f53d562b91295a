//! Everything a frozen trie holds, as it was inserted; to freeze it again with what came since.

use std::sync::Arc;

use super::edges::Table;
use super::format::corrupt;
use super::frozen::FrozenTrie;
use super::keys::Key;
use super::layer::Layer;
use super::trie::ROOT;
use super::wild_edges::WildTable;
use crate::error::Error;
use crate::path::SegmentPattern;
use crate::path::limits::PATH_SEGMENTS_MAX;

/// What is called with the segments of a place, a key there, and how often it is left.
pub(super) type Visit<'v, K> = dyn FnMut(&[SegmentPattern], K, u32) -> Result<(), Error> + 'v;

/// Calls `visit` with the segments of every place, and each key there with how often it is left.
pub(super) fn visit<K: Key>(
    trie: FrozenTrie<'_, K>,
    visit: &mut Visit<'_, K>,
) -> Result<(), Error> {
    if trie.is_empty() {
        return Ok(());
    }
    for entry in trie.entries(trie.root()?)? {
        let (key, times) = entry?;
        visit(&[], key, times)?;
    }
    let mut way = Vec::new();
    // A node, the length of the way to its parent, and the segment that leads on to it.
    let mut waiting = vec![(ROOT, 0, None)];
    while let Some((id, length, last)) = waiting.pop() {
        way.truncate(length);
        way.extend(last);
        if way.len() >= PATH_SEGMENTS_MAX {
            return Err(corrupt());
        }
        let node = trie.node(id)?;
        if node.deep != ROOT {
            trie.check_child(node.deep, id, node.deeps + 1)?;
            waiting.push((node.deep, way.len(), Some(SegmentPattern::AnyDepth)));
        }
        for dir in trie.dirs().starting(id, b"") {
            let (name, child) = dir?;
            let child = trie.child(child);
            trie.check_child(child, id, node.deeps)?;
            waiting.push((child, way.len(), Some(literal(&name)?)));
        }
        for leaf in trie.leaves().starting(id, b"") {
            let (name, keys) = leaf?;
            way.push(literal(&name)?);
            for entry in trie.entries(keys)? {
                let (key, times) = entry?;
                visit(&way, key, times)?;
            }
            way.pop();
        }
        for leaf in trie.wild_leaves().starting(id, b"", b"") {
            let leaf = leaf?;
            way.push(SegmentPattern::Wild(leaf.glob.into_owned()));
            for entry in trie.entries(leaf.target)? {
                let (key, times) = entry?;
                visit(&way, key, times)?;
            }
            way.pop();
        }
        for dir in trie.wild_dirs().starting(id, b"", b"") {
            let dir = dir?;
            let child = trie.child(dir.target);
            trie.check_child(child, id, node.deeps)?;
            let segment = SegmentPattern::Wild(dir.glob.into_owned());
            waiting.push((child, way.len(), Some(segment)));
        }
    }
    Ok(())
}

fn literal(name: &[u8]) -> Result<SegmentPattern, Error> {
    let name = std::str::from_utf8(name).map_err(|_| corrupt())?;
    // Names that no path has would break the order that the maps rely on.
    match name.is_empty() || name.contains(['\0', '/']) {
        true => Err(corrupt()),
        false => Ok(SegmentPattern::Literal(Arc::from(name))),
    }
}
