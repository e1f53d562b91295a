//! What git prints, or a file of commits holds, as a history: never a panic, the same in pieces as whole,
//! and what is read enters a graph or is refused by name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loom_core::harness::Place;
use loom_core::harness::git::{AgentIdentity, DiffReader, LogReader, add_diff};
use loom_core::harness::history_lines::HistoryReader;
use loom_core::provenance::{Entry, Fact, ProvenanceGraph};

fn place() -> Place {
    Place { repo: "shop".parse().expect("an id"), branch: "main".parse().expect("an id") }
}

fn logged(pieces: &[&[u8]]) -> Result<Vec<Entry>, String> {
    let mut reader = LogReader::new(place(), AgentIdentity::known());
    let mut entries = Vec::new();
    for piece in pieces {
        entries.extend(reader.push(piece).map_err(|why| why.to_string())?);
    }
    entries.extend(reader.finish().map_err(|why| why.to_string())?);
    Ok(entries)
}

fn enter(entries: &[Entry]) {
    let mut graph = ProvenanceGraph::new();
    let mut last = None;
    for entry in entries {
        assert!(last <= Some((entry.at, entry.seq)), "time goes back");
        last = Some((entry.at, entry.seq));
        let json = serde_json::to_string(entry).expect("an entry can be written");
        assert_eq!(&Entry::from_json(&json).expect("and read again"), entry);
        let _ = graph.enter(entry);
    }
    assert!(graph.entries().len() <= entries.len());
}

fuzz_target!(|bytes: &[u8]| {
    let whole = logged(&[bytes]);
    let (one, other) = bytes.split_at(bytes.len() / 3);
    assert_eq!(logged(&[one, other]), whole);
    let mut entries = whole.unwrap_or_default();

    let mut diffs = DiffReader::new();
    let mut read = diffs.push(one);
    read.extend(diffs.push(other));
    read.extend(diffs.finish());
    for diff in &read {
        for entry in &mut entries {
            if let Fact::Change(change) = &mut entry.fact {
                let _ = add_diff(change, &diff.diff);
            }
        }
    }
    enter(&entries);

    let mut reader = HistoryReader::new(place());
    for line in String::from_utf8_lossy(bytes).lines() {
        if let Ok(Some(entry)) = reader.line(line) {
            enter(&[entry]);
        }
    }
});
