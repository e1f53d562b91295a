//! Agent Trace records: never a panic, an error says where, and what was read enters a graph whose own
//! records read back as the same changes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loom_core::error::Code;
use loom_core::model::{Branch, RepoId};
use loom_core::provenance::{Entry, ProvenanceGraph, Selected, entries_from_agent_trace};

fn read(text: &str) -> Result<Vec<Entry>, loom_core::error::Error> {
    let (repo, branch) = (RepoId::new("shop").expect("an id"), Branch::new("main").expect("an id"));
    entries_from_agent_trace(text, &repo, &branch)
}

fuzz_target!(|text: &str| {
    let entries = match read(text) {
        Ok(entries) => entries,
        Err(error) => {
            assert!(error.field().is_some(), "{error:?}");
            assert!(
                matches!(error.code(), Code::InvalidJson | Code::InvalidField | Code::LimitExceeded),
                "{error:?}"
            );
            return;
        }
    };
    let mut graph = ProvenanceGraph::new();
    for entry in &entries {
        let _ = graph.enter(entry);
    }
    let all = graph.select(&Selected::All {}).expect("it is small");
    let written = graph.agent_trace(&all).expect("it is small");
    let mut again = ProvenanceGraph::new();
    for entry in read(&written).expect("our own is read") {
        again.enter(&entry).expect("and is consistent");
    }
    assert_eq!(again.entries(), graph.entries());
});
