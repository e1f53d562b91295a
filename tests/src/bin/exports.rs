//! Writes what history exports, of a small history with every kind of node and hostile names, into a folder:
//! for the validators of `tests/validators`, which were not written here.

#![forbid(unsafe_code)]

use std::path::Path;
use std::process::ExitCode;

use loom_core::provenance::{Entry, ExportFormat, ProvenanceGraph, Selected};

const EVERY_KIND: &str = include_str!("../../data/every-kind.jsonl");

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("exports FOLDER");
        return ExitCode::from(2);
    };
    match write(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut graph = ProvenanceGraph::new();
    for line in EVERY_KIND.lines() {
        graph.enter(&Entry::from_json(line)?)?;
    }
    let all = graph.select(&Selected::All {})?;
    std::fs::create_dir_all(folder)?;
    for (name, format) in [
        ("prov.json", ExportFormat::ProvJson),
        ("statements.jsonl", ExportFormat::InToto),
        ("spans.json", ExportFormat::Otlp),
        ("traces.jsonl", ExportFormat::AgentTrace),
        ("history.dot", ExportFormat::Dot),
        ("history.mmd", ExportFormat::Mermaid),
    ] {
        std::fs::write(folder.join(name), graph.export(&all, format)?)?;
    }
    std::fs::write(folder.join("names.json"), names(&graph).to_string())?;
    Ok(())
}

/// Every node by its name, and every edge by the names of its ends.
fn names(graph: &ProvenanceGraph) -> serde_json::Value {
    let name = |node| graph.name(node).to_string();
    let of = |node| {
        let parents = graph.parents(node);
        parents.map(move |(how, to)| [name(node), how.to_string(), name(to)])
    };
    let nodes: Vec<String> = graph.nodes().map(name).collect();
    let edges: Vec<[String; 3]> = graph.nodes().flat_map(of).collect();
    serde_json::json!({"nodes": nodes, "edges": edges})
}
