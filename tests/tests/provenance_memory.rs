//! How much memory history takes, by an allocator that counts.
#![allow(clippy::unwrap_used)]

use std::alloc::System;

use loom_core::provenance::{Entry, ProvenanceGraph};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const CHANGES: usize = 100_000;
const PATHS: usize = 2_000;
/// What a change with three files may take, in bytes.
const BYTES_MAX: usize = 400;

/// A change with three files, each with the blob before and after, as git names them.
fn change(number: usize) -> Entry {
    let file = |nth: usize| {
        let file = (number * 3 + nth) % PATHS;
        let blob = |version: usize| format!("{:040x}", (file as u128) << 96 | version as u128);
        let version = (number * 3 + nth) / PATHS;
        format!(
            r#"{{"path":"src/part{}/file{file}.rs","before":"{}","after":"{}","added":9,"removed":4}}"#,
            file % 40,
            blob(version),
            blob(version + 1)
        )
    };
    let files: Vec<String> = (0..3).map(file).collect();
    let json = format!(
        r#"{{"at":{},"seq":{number},"fact":{{"type":"change","id":"c{number}","repo":"shop","branch":"main",
            "made_by":"loop","run":"r{}","side":{{"loop":"l{}"}},"commit":"{number:040x}","files":[{}]}}}}"#,
        serde_json::to_string(&loom_core::model::Timestamp::EPOCH.plus_ms(number as u64)).unwrap(),
        number / 8,
        number % 20,
        files.join(",")
    );
    Entry::from_json(&json).unwrap()
}

#[test]
fn a_change_with_three_files_takes_four_hundred_bytes_at_most() {
    let mut graph = ProvenanceGraph::new();
    let region = Region::new(COUNTING);
    for number in 0..CHANGES {
        graph.enter(&change(number)).unwrap();
    }
    let now = region.change();
    // What is reallocated is counted with the rest.
    let held = now.bytes_allocated - now.bytes_deallocated;
    let each = held / CHANGES;
    println!("{each} bytes a change");
    assert!(each <= BYTES_MAX, "{each} bytes a change");
    assert_eq!(graph.change_count(), CHANGES);
}
