//! Entries of history, one JSON a line: never a panic, what is taken in is told again as it was, in any
//! order, and every export of it can be written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loom_core::provenance::{Entered, Entry, ProvenanceGraph, Selected};

fn exports(graph: &ProvenanceGraph) -> [String; 3] {
    let all = graph.select(&Selected::All {}).expect("it is small");
    [graph.in_toto(&all), graph.otlp(&all), graph.agent_trace(&all)].map(|text| text.expect("it is small"))
}

fuzz_target!(|text: &str| {
    let mut graph = ProvenanceGraph::new();
    for entry in text.lines().filter_map(|line| Entry::from_json(line).ok()) {
        if graph.enter(&entry).is_ok() {
            assert!(matches!(graph.enter(&entry), Ok(Entered::Known(_))), "{entry:?}");
        }
    }
    let entries = graph.entries();
    let mut other = ProvenanceGraph::new();
    for entry in entries.iter().rev() {
        other.enter(entry).expect("what was told can be told again");
    }
    assert_eq!(other.entries(), entries);
    assert_eq!(exports(&other), exports(&graph));
});
