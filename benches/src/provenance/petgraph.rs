//! The walk over a petgraph `DiGraph`, with a bitmap of what was seen.

use loom_core::model::Timestamp;
use petgraph::graph::{DiGraph, NodeIndex as AnyIndex};
use petgraph::visit::{EdgeRef, VisitMap, Visitable};

use super::history::History;

type NodeIndex = AnyIndex<u32>;

/// The graph as petgraph has it.
pub(super) struct Petgraph(DiGraph<i64, bool>);

impl Petgraph {
    pub(super) fn of(history: &History) -> Petgraph {
        let mut graph = DiGraph::with_capacity(history.times.len(), history.edges.len());
        for at in &history.times {
            graph.add_node(*at);
        }
        for (from, to, windowed) in &history.edges {
            graph.add_edge(
                NodeIndex::new(*from as usize),
                NodeIndex::new(*to as usize),
                *windowed,
            );
        }
        Petgraph(graph)
    }

    pub(super) fn walk(&self, begin: &[u32], since: Timestamp) -> Vec<u32> {
        let mut seen = self.0.visit_map();
        let mut found = Vec::new();
        let mut stack: Vec<NodeIndex> = Vec::new();
        for node in begin {
            if seen.visit(NodeIndex::new(*node as usize)) {
                stack.push(NodeIndex::new(*node as usize));
            }
        }
        while let Some(node) = stack.pop() {
            found.push(node.index() as u32);
            for edge in self.0.edges(node) {
                let next = edge.target();
                let outside = *edge.weight() && self.0[next] < since.as_ms();
                if !outside && seen.visit(next) {
                    stack.push(next);
                }
            }
        }
        found
    }
}
