//! Exports say the same whatever the order of telling, name every selected node, and keep the rules of the
//! standard that they are written in.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeSet;

use loom_core::provenance::{
    Entry, ExportFormat, Kind, Name, ProvenanceGraph, Selected, check_prov_constraints,
};
use loom_tests::simulator::Random;
use serde_json::Value;

const EVERY_KIND: &str = include_str!("../data/every-kind.jsonl");

fn entries() -> Vec<Entry> {
    let lines = EVERY_KIND.lines();
    lines.map(|line| Entry::from_json(line).unwrap()).collect()
}

fn told(entries: &[Entry]) -> ProvenanceGraph {
    let mut graph = ProvenanceGraph::new();
    for entry in entries {
        graph.enter(entry).unwrap();
    }
    graph
}

fn export(graph: &ProvenanceGraph, selected: &Selected, format: ExportFormat) -> String {
    graph
        .export(&graph.select(selected).unwrap(), format)
        .unwrap()
}

const FORMATS: [ExportFormat; 3] = [
    ExportFormat::ProvJson,
    ExportFormat::Dot,
    ExportFormat::Mermaid,
];

#[test]
fn the_history_of_the_tests_has_every_kind_of_node() {
    let graph = told(&entries());
    let kinds: BTreeSet<Kind> = graph.nodes().map(|node| graph.kind(node)).collect();
    assert_eq!(kinds.len(), Kind::ALL.len());
}

#[test]
fn the_order_of_telling_changes_no_byte_of_an_export() {
    let entries = entries();
    let graph = told(&entries);
    let mut random = Random::new(3);
    for _ in 0..30 {
        let mut shuffled = entries.clone();
        for at in (1..shuffled.len()).rev() {
            shuffled.swap(at, random.below(at as u64 + 1) as usize);
        }
        let other = told(&shuffled);
        for format in FORMATS {
            let all = Selected::All {};
            assert_eq!(
                export(&other, &all, format),
                export(&graph, &all, format),
                "{format:?}"
            );
        }
    }
}

/// The names that an export carries, read back from its text.
fn read_back(format: ExportFormat, text: &str) -> BTreeSet<String> {
    let after = |mark: &str, end: &str| {
        let lines = text.lines().filter_map(|line| {
            let (_, rest) = line.split_once(mark)?;
            let name = match end.is_empty() {
                true => rest,
                false => rest.rsplit_once(end)?.0,
            };
            Some(name.to_owned())
        });
        lines.collect::<BTreeSet<String>>()
    };
    match format {
        ExportFormat::InToto | ExportFormat::AgentTrace | ExportFormat::Otlp => {
            panic!("provenance_statements.rs reads these back")
        }
        ExportFormat::ProvJson => {
            let document: Value = serde_json::from_str(text).unwrap();
            let parts = ["entity", "activity", "agent"].map(|part| document[part].as_object());
            let told = parts.into_iter().flatten().flatten();
            told.filter_map(|(_, told)| told["loom:name"].as_str().map(str::to_owned))
                .collect()
        }
        ExportFormat::Dot => after("tooltip=\"", "\"")
            .into_iter()
            .map(|name| name.trim_end_matches("\", style=dashed").to_owned())
            .map(|name| name.replace("\\\"", "\"").replace("\\\\", "\\"))
            .collect(),
        ExportFormat::Mermaid => after("%% n", "")
            .into_iter()
            .map(|line| line.split_once(' ').unwrap().1.to_owned())
            .map(|name| unescaped(&name))
            .collect(),
    }
}

/// `#34;` is a quotation mark, and so on.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('#');
    let mut read = parts.next().unwrap().to_owned();
    for part in parts {
        let (number, rest) = part.split_once(';').unwrap();
        read.push(char::from_u32(number.parse().unwrap()).unwrap());
        read.push_str(rest);
    }
    read
}

#[test]
fn an_export_is_read_back_to_the_names_that_were_selected() {
    let graph = told(&entries());
    let all: Vec<Name> = graph.nodes().map(|node| graph.name(node)).collect();
    let mut random = Random::new(5);
    let mut sizes = BTreeSet::new();
    for _ in 0..60 {
        let names = (0..1 + random.below(3)).map(|_| random.pick(&all).clone());
        let selected = Selected::Names {
            names: names.collect(),
        };
        let selection = graph.select(&selected).unwrap();
        let names: BTreeSet<String> = selection
            .nodes()
            .map(|node| graph.name(node).to_string())
            .collect();
        sizes.insert(names.len());
        for format in FORMATS {
            let text = export(&graph, &selected, format);
            assert_eq!(read_back(format, &text), names, "{format:?}:\n{text}");
        }
    }
    assert!(sizes.len() > 3, "one selection is as the other: {sizes:?}");
}

#[test]
fn what_stands_behind_a_node_is_selected_with_it_and_nothing_else() {
    let graph = told(&entries());
    let names = |of: &str| -> BTreeSet<String> {
        let selected = Selected::Names {
            names: vec![of.parse().unwrap()],
        };
        let selection = graph.select(&selected).unwrap();
        selection
            .nodes()
            .map(|node| graph.name(node).to_string())
            .collect()
    };
    let repo: BTreeSet<String> = ["repo:shop".to_owned()].into();
    assert_eq!(names("repo:shop"), repo);
    let change = names("change:c1");
    for behind in [
        "run:r1",
        "loop:nightly",
        "person:ada",
        "claim:k1",
        "decision:d1",
        "approval:a1",
    ] {
        assert!(change.contains(behind), "{behind}");
    }
    assert!(!change.contains("deploy:d1"), "a deploy stands before it");
}

#[test]
fn our_prov_json_keeps_the_constraints_of_prov() {
    let graph = told(&entries());
    let text = export(&graph, &Selected::All {}, ExportFormat::ProvJson);
    let findings = check_prov_constraints(&text).unwrap();
    assert!(findings.is_valid(), "{findings:?}");
    // The content of a file went from A to B to A: three versions, none derived from itself.
    let document: Value = serde_json::from_str(&text).unwrap();
    let blobs = document["entity"].as_object().unwrap().values();
    let there =
        blobs.filter(|it| it["loom:path"] == "src/a b\"c.rs" && it["loom:blob"].is_string());
    assert_eq!(there.count(), 3);
}

#[test]
fn a_document_that_breaks_a_constraint_is_found_out() {
    let graph = told(&entries());
    let text = export(&graph, &Selected::All {}, ExportFormat::ProvJson);
    let mut document: Value = serde_json::from_str(&text).unwrap();
    let derived = document["wasDerivedFrom"].as_object().unwrap().clone();
    let (_, first) = derived
        .iter()
        .find(|(_, it)| {
            it["prov:generatedEntity"]
                .as_str()
                .unwrap()
                .starts_with("loom:version/")
        })
        .unwrap();
    let back = serde_json::json!({"prov:generatedEntity": first["prov:usedEntity"],
        "prov:usedEntity": first["prov:generatedEntity"]});
    document["wasDerivedFrom"]["_:back"] = back;
    let findings = check_prov_constraints(&document.to_string()).unwrap();
    assert!(!findings.is_valid(), "a circle of derivations");
}
