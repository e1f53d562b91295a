//! Prints how many bytes a change of three files takes in history, by an allocator that counts: a
//! program of its own, so that nothing else is measured under that allocator.
//!
//! `history_memory CHANGES`

#![forbid(unsafe_code)]
// Figures are for people to read; no state is made of them.
#![allow(clippy::float_arithmetic)]

use std::alloc::System;
use std::error::Error;

use loom_core::provenance::{Fact, ProvenanceGraph};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[path = "../provenance/history.rs"]
#[allow(dead_code)]
mod history;

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Outcome {
    let changes: usize = std::env::args()
        .nth(1)
        .ok_or("how many changes?")?
        .parse()?;
    let mut history = history::History::default();
    let mut graph = ProvenanceGraph::new();
    let mut held = 0;
    while graph.change_count() < changes {
        for entry in history.next(1_000)? {
            let region = Region::new(COUNTING);
            graph.enter(&entry)?;
            let now = region.change();
            if matches!(entry.fact, Fact::Change(_)) {
                held += now.bytes_allocated as i64 - now.bytes_deallocated as i64;
            }
        }
    }
    println!("{:.1}", held as f64 / graph.change_count() as f64);
    Ok(())
}
