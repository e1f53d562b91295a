//! Algorithms of petgraph on the graph itself find what is true of it.
#![allow(clippy::unwrap_used)]

use loom_core::provenance::ProvenanceGraph;
use loom_tests::reference::provenance::history::{Seed, history};
use petgraph::algo::{is_cyclic_directed, toposort};
use petgraph::visit::{Bfs, Reversed};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_topological_order_names_each_node_once_and_before_what_it_stands_on(
        seeds in proptest::collection::vec(any::<Seed>(), 1..50),
    ) {
        let mut graph = ProvenanceGraph::new();
        for entry in history(&seeds) {
            graph.enter(&entry).unwrap();
        }
        let Ok(order) = toposort(&graph, None) else {
            // Runs may be told to work for each other.
            prop_assert!(is_cyclic_directed(&graph));
            return Ok(());
        };
        prop_assert!(!is_cyclic_directed(&graph));
        prop_assert_eq!(order.len(), graph.node_count());
        let place = |node| order.iter().position(|other| *other == node).unwrap();
        for node in graph.nodes() {
            for (_, other) in graph.parents(node) {
                prop_assert!(place(node) < place(other));
            }
        }
    }

    #[test]
    fn whoever_walks_back_from_a_node_meets_it_walking_forth(
        seeds in proptest::collection::vec(any::<Seed>(), 1..30),
    ) {
        let mut graph = ProvenanceGraph::new();
        for entry in history(&seeds) {
            graph.enter(&entry).unwrap();
        }
        let first = graph.nodes().next().unwrap();
        let mut back = Bfs::new(&graph, first);
        while let Some(node) = back.next(&graph) {
            let mut forth = Bfs::new(Reversed(&graph), node);
            let mut met = false;
            while let Some(node) = forth.next(Reversed(&graph)) {
                met |= node == first;
            }
            prop_assert!(met);
        }
    }
}
