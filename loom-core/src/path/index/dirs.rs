//! The literal edges of a live trie that lead to nodes.
//!
//! They stand here three times: in a table for the walk that knows the name, by their beginnings for
//! one that knows the node and a prefix, and by their ends.

use super::by_end::ByEnd;
use super::edges::EdgeKey;
use super::exact::Exact;
use super::nodes::Nodes;
use super::packed::Packed;
use super::rows::Rows;

#[derive(Clone)]
pub(super) struct Dirs {
    exact: Exact,
    /// By the node that they leave.
    rows: Vec<Rows<Packed, u32>>,
    by_end: ByEnd,
}

impl Dirs {
    pub(super) fn new() -> Self {
        Dirs {
            exact: Exact::new(),
            rows: Vec::new(),
            by_end: ByEnd::new(),
        }
    }

    /// The node that `edge` leads to.
    pub(super) fn find<K>(&self, edge: &EdgeKey, nodes: &Nodes<K>) -> Option<u32> {
        // The node is at hand; where nothing leaves it, that spares a miss of the cache.
        match nodes[edge.parent].has_dirs {
            true => self.exact.find(edge, |id| nodes.edge(id)),
            false => None,
        }
    }

    /// Lets `edge`, which leads nowhere, lead to the node `child`.
    pub(super) fn insert<K>(&mut self, edge: EdgeKey, child: u32, nodes: &mut Nodes<K>) {
        let at = edge.parent as usize;
        if self.rows.len() <= at {
            self.rows.resize_with(at + 1, Rows::new);
        }
        self.rows[at].get_or_insert_with(edge.name.clone(), || child);
        self.by_end.insert(edge.name.bytes(), edge.parent);
        nodes[edge.parent].has_dirs = true;
        self.exact.insert(edge, child, |id| nodes.edge(id));
    }

    /// Takes `edge` away, which leads to `child`.
    pub(super) fn remove<K>(&mut self, edge: &EdgeKey, child: u32, nodes: &mut Nodes<K>) {
        let rows = &mut self.rows[edge.parent as usize];
        rows.remove(&edge.name);
        nodes[edge.parent].has_dirs = !rows.is_empty();
        self.by_end.remove(edge.name.bytes(), edge.parent);
        self.exact.remove(edge, child);
    }

    /// The edges of `parent`, in order.
    pub(super) fn rows(&self, parent: u32) -> Option<&Rows<Packed, u32>> {
        self.rows.get(parent as usize)
    }

    pub(super) fn by_end(&self) -> &ByEnd {
        &self.by_end
    }
}
