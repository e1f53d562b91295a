//! Entries as a test tells them: a time in minutes, and the fact as JSON.

use loom_core::model::Timestamp;
use loom_core::provenance::{Entry, ProvenanceGraph};

/// So many minutes into the day.
pub(crate) fn minute(minute: u64) -> Timestamp {
    let day: Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();
    day.plus_ms(minute * 60_000)
}

/// What happened at a minute; the minute is its place in the order as well.
pub(crate) fn entry(at: u64, fact: &str) -> Entry {
    let at_text = minute(at).to_string();
    Entry::from_json(&format!(r#"{{"at":"{at_text}","seq":{at},"fact":{fact}}}"#)).unwrap()
}

/// A graph that was told all of it.
pub(crate) fn told(entries: &[Entry]) -> ProvenanceGraph {
    let mut graph = ProvenanceGraph::new();
    for entry in entries {
        graph.enter(entry).unwrap();
    }
    graph
}

/// Words, by how many there are and a digest of one digit.
pub(crate) fn words(text: &str) -> String {
    let digest = format!("{:064x}", text.len());
    format!(
        r#"{{"len":{},"digest":"{digest}","text":"{text}"}}"#,
        text.len()
    )
}
