//! The graph as `petgraph` sees it, so that its algorithms run on it without a copy.
//!
//! Edges go from what came later to what it stands on, so a topological order tells what is newest
//! first.
//!
//! ```
//! use loom_core::provenance::{Entry, ProvenanceGraph};
//! use petgraph::algo::{dominators, is_cyclic_directed, toposort};
//!
//! let mut graph = ProvenanceGraph::new();
//! for line in [
//!     r#"{"at":"2026-11-22T08:00:00Z","seq":0,"fact":{"type":"run","id":"r1","actor":{"kind":"loop","id":"nightly"},"loop":"nightly"}}"#,
//!     r#"{"at":"2026-11-22T09:00:00Z","seq":1,"fact":{"type":"change","id":"c1","repo":"shop","branch":"main",
//!        "made_by":"loop","run":"r1","files":[]}}"#,
//! ] {
//!     graph.enter(&Entry::from_json(line)?)?;
//! }
//! assert!(!is_cyclic_directed(&graph));
//! let order = toposort(&graph, None).unwrap();
//! let order: Vec<String> = order.iter().map(|node| graph.name(*node).to_string()).collect();
//! assert_eq!(order, ["change:c1", "run:r1", "loop:nightly"]);
//! // Whatever the change owes to the loop, it owes by way of the run.
//! let [change, run, of_loop] = ["change:c1", "run:r1", "loop:nightly"]
//!     .map(|name| graph.find(&name.parse().unwrap()).unwrap());
//! let ways = dominators::simple_fast(&graph, change);
//! assert_eq!(ways.immediate_dominator(of_loop), Some(run));
//! # Ok::<(), loom_core::error::Error>(())
//! ```

use ::petgraph::visit::{
    GraphBase, GraphProp, IntoNeighbors, IntoNeighborsDirected, IntoNodeIdentifiers,
    NodeCompactIndexable, NodeCount, NodeIndexable, VisitMap, Visitable,
};
use ::petgraph::{Directed, Direction};

use super::graph::{NodeId, ProvenanceGraph};

/// Which nodes were visited, one bit each.
#[derive(Debug, Clone, Default)]
pub struct Visited(Vec<u64>);

impl Visited {
    fn place(node: NodeId) -> (usize, u64) {
        (node.0 as usize / 64, 1 << (node.0 % 64))
    }

    fn has_room(&mut self, word: usize) {
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
    }
}

impl VisitMap<NodeId> for Visited {
    fn visit(&mut self, node: NodeId) -> bool {
        let (word, bit) = Visited::place(node);
        self.has_room(word);
        let was = self.0[word];
        self.0[word] |= bit;
        was & bit == 0
    }

    fn is_visited(&self, node: &NodeId) -> bool {
        let (word, bit) = Visited::place(*node);
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }

    fn unvisit(&mut self, node: NodeId) -> bool {
        let was = self.is_visited(&node);
        let (word, bit) = Visited::place(node);
        if was {
            self.0[word] &= !bit;
        }
        was
    }
}

impl GraphBase for ProvenanceGraph {
    type NodeId = NodeId;
    type EdgeId = (NodeId, NodeId);
}

impl GraphProp for ProvenanceGraph {
    type EdgeType = Directed;
}

impl NodeCount for ProvenanceGraph {
    fn node_count(&self) -> usize {
        ProvenanceGraph::node_count(self)
    }
}

impl NodeIndexable for ProvenanceGraph {
    fn node_bound(&self) -> usize {
        ProvenanceGraph::node_count(self)
    }

    fn to_index(&self, node: NodeId) -> usize {
        node.0 as usize
    }

    fn from_index(&self, index: usize) -> NodeId {
        NodeId(u32::try_from(index).unwrap_or(u32::MAX))
    }
}

impl NodeCompactIndexable for ProvenanceGraph {}

impl Visitable for ProvenanceGraph {
    type Map = Visited;

    fn visit_map(&self) -> Visited {
        let mut visited = Visited::default();
        self.reset_map(&mut visited);
        visited
    }

    fn reset_map(&self, visited: &mut Visited) {
        visited.0.clear();
        visited
            .0
            .resize(ProvenanceGraph::node_count(self).div_ceil(64), 0);
    }
}

impl IntoNeighbors for &ProvenanceGraph {
    type Neighbors = std::vec::IntoIter<NodeId>;

    fn neighbors(self, node: NodeId) -> Self::Neighbors {
        self.neighbors_directed(node, Direction::Outgoing)
    }
}

impl IntoNeighborsDirected for &ProvenanceGraph {
    type NeighborsDirected = std::vec::IntoIter<NodeId>;

    fn neighbors_directed(self, node: NodeId, direction: Direction) -> Self::NeighborsDirected {
        let nodes: Vec<NodeId> = match direction {
            Direction::Outgoing => self.parents(node).map(|(_, node)| node).collect(),
            Direction::Incoming => self.children(node).map(|(_, node)| node).collect(),
        };
        nodes.into_iter()
    }
}

impl IntoNodeIdentifiers for &ProvenanceGraph {
    type NodeIdentifiers = std::vec::IntoIter<NodeId>;

    fn node_identifiers(self) -> Self::NodeIdentifiers {
        self.nodes().collect::<Vec<NodeId>>().into_iter()
    }
}
