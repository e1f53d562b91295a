//! History beside its peers: how fast it takes in what happened, what it answers a trace in, whose
//! work a change would undo, and what a change takes of memory.
//!
//! History is synthetic: a thousand events an hour, runs of twenty loops that claim, ask, change, are
//! checked and read, two edges to a node. The question is what changed the paths of four of twenty
//! services within the last hour, and why. The peers are given more than the graph has: edges in the
//! direction of the walk, the versions that a change was made from and the deploys that brought it out
//! as edges of their own, and the changes to begin with. All must find the same nodes. Ours answers
//! with the whole chain, each hop with its name, its reason and what a reader wants to see; the peers
//! with numbers.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::process::Command;

use loom_core::provenance::{Name, ProvenanceGraph, Trace, TraceAsked};
use serde_json::json;

use crate::measure::{on_core, single};
use crate::report::{Line, Promise, Report};
use crate::{Effort, Outcome};

mod history;
mod petgraph;
mod python;
mod sqlite;

use history::History;
use petgraph::Petgraph;
use sqlite::Sqlite;

/// Entries that stand ready at a time: few enough for the cache, as those are that were just read.
const READY: usize = 500;
/// The files of a change that is asked about before it lands.
const FILES: usize = 20;
/// The program beside this one that counts what is allocated.
const MEMORY: &str = "history_memory";

pub(crate) fn measure(report: &mut Report, effort: &Effort) -> Outcome {
    let sizes: &[(usize, f64)] = match effort.quick {
        true => &[(100_000, 100_000.0)],
        false => &[(1_000_000, 100_000.0), (10_000_000, 500_000.0)],
    };
    for (nodes, most_ns) in sizes {
        let (history, graph) = appended(report, *nodes)?;
        traces(report, effort, &history, &graph, *most_ns)?;
        would_revert(report, effort, &history, &graph)?;
    }
    memory(report, effort)
}

fn appended(report: &mut Report, nodes: usize) -> Outcome<(History, ProvenanceGraph)> {
    let mut history = History::default();
    let mut graph = ProvenanceGraph::new();
    let mut spent = 0.0;
    while history.events() < nodes {
        let entries = history.next(READY)?;
        let (entered, time) = on_core(|| {
            let mut entries = entries.iter();
            entries.try_for_each(|entry| graph.enter(black_box(entry)).map(|_| ()))
        });
        entered?;
        spent += time;
    }
    let edges = graph.edge_count() as f64;
    report.add(
        Line::timed("history: append, an edge", nodes as u64, spent / edges)
            .and_counted("edges", edges)
            .promised(Promise::Within(1_000.0)),
    );
    Ok((history, graph))
}

fn traces(
    report: &mut Report,
    effort: &Effort,
    history: &History,
    graph: &ProvenanceGraph,
    most_ns: f64,
) -> Outcome {
    let now = history.now();
    let nodes = history.events();
    let asked: TraceAsked = serde_json::from_value(json!({
        "from": {"type": "paths", "repo": "shop",
            "paths": ["src/s1/**", "src/s6/**", "src/s11/**", "src/s16/**"]},
        "window_ms": 3_600_000, "limit": 4_096,
    }))?;
    let trace = graph.trace(&asked, now)?;
    let (hops, since) = (trace.hops.len() as f64, trace.since);
    let begin = begin(history, &trace);
    let ours: BTreeSet<Name> = trace.hops.iter().map(|hop| hop.node.clone()).collect();
    let must_find = |peer: &str, found: Vec<u32>| -> Outcome {
        let found: BTreeSet<Name> = found.iter().map(|node| history.name(*node)).collect();
        match found == ours {
            true => Ok(()),
            false => Err(format!("{peer} found other nodes").into()),
        }
    };

    let peer = Petgraph::of(history);
    must_find("petgraph", peer.walk(&begin, since))?;
    let rounds = effort.of(400);
    let ours_ns = single(0..rounds, |_| {
        graph.trace(&asked, now).map(|trace| trace.hops.len())
    });
    let line = || {
        Line::timed("history: trace of an hour", nodes as u64, ours_ns).and_counted("hops", hops)
    };
    let peer_ns = single(0..rounds, |_| peer.walk(&begin, since).len());
    report.add(
        line()
            .beside("petgraph DiGraph, the walk alone", peer_ns)
            .promised(Promise::Within(most_ns)),
    );
    drop(peer);
    if nodes > 1_000_000 {
        return Ok(());
    }
    let sqlite = Sqlite::of(history)?;
    must_find("SQLite", sqlite.walk(&begin, since)?)?;
    let sqlite_ns = single(0..effort.of(40), |_| {
        sqlite.walk(&begin, since).map(|found| found.len())
    });
    report.add(line().beside("SQLite, recursive CTE, the walk alone", sqlite_ns));
    for walked in python::walks(history, &begin, since, effort)? {
        must_find(&walked.peer, walked.found)?;
        report.add(line().beside(walked.peer, walked.ns));
    }
    Ok(())
}

/// The changes that a trace began with.
fn begin(history: &History, trace: &Trace) -> Vec<u32> {
    let begins = trace.hops.iter().filter(|hop| hop.from.is_none());
    let number = |id: &str| id.trim_start_matches('c').parse::<usize>().unwrap_or(0);
    begins
        .map(|hop| history.changes[number(&hop.node.id)])
        .collect()
}

fn would_revert(
    report: &mut Report,
    effort: &Effort,
    history: &History,
    graph: &ProvenanceGraph,
) -> Outcome {
    let now = history.now();
    let changes = history.changes.len() as u64;
    for (name, undoes) in [
        ("history: would_revert of 20 files that undo nothing", false),
        ("history: would_revert of 20 files that undo 20", true),
    ] {
        let asked: Vec<_> = (0..effort.of(2_000))
            .map(|nth| history.proposed(nth, FILES, undoes))
            .collect::<Outcome<_>>()?;
        for proposed in &asked {
            let undone = graph.would_revert(proposed, now)?.undoes.len();
            if undone != if undoes { FILES } else { 0 } {
                return Err(format!("a change of {FILES} files undoes {undone}").into());
            }
        }
        let ours = single(&asked, |proposed| graph.would_revert(proposed, now));
        report.add(Line::timed(name, changes, ours).promised(Promise::Within(20_000.0)));
    }
    Ok(())
}

fn memory(report: &mut Report, effort: &Effort) -> Outcome {
    let changes = effort.of(1_000_000);
    let program = std::env::current_exe()?.with_file_name(MEMORY);
    let output = Command::new(&program)
        .arg(changes.to_string())
        .output()
        .map_err(|why| format!("{}: {why}; `make bench` builds it", program.display()))?;
    if !output.status.success() {
        return Err(format!("{MEMORY}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let bytes: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
    report.add(
        Line::counted(
            "history: memory of a change of three files",
            changes as u64,
            "bytes",
            bytes,
        )
        .promised(Promise::Counted(400.0)),
    );
    Ok(())
}
