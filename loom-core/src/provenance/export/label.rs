//! What pictures of a selection share: short labels, and an order of nodes and edges.

use std::collections::BTreeMap;

use crate::provenance::graph::{NodeId, ProvenanceGraph};
use crate::provenance::name::{Kind, Relation};
use crate::provenance::selection::Selection;

/// The most characters of an id in a label.
const ID_CHARS: usize = 24;
/// The most characters of an intent in a label.
const INTENT_CHARS: usize = 40;

/// What stands in a node: its kind, the beginning of its id, and of its intent.
pub(super) fn label(graph: &ProvenanceGraph, node: NodeId) -> String {
    let name = graph.name(node);
    let id = match name.kind {
        Kind::Change => {
            let commit = graph.change(node).and_then(|change| change.commit());
            commit.map_or_else(|| name.id.to_string(), |commit| first(&commit, 12))
        }
        _ => name.id.to_string(),
    };
    let mut label = format!("{}\n{}", name.kind, first(&id, ID_CHARS));
    let change = graph.change(node);
    let intent = change.and_then(|change| change.intent()?.text.clone());
    if let Some(intent) = intent {
        label.push('\n');
        label.push_str(&first(&intent.replace('\n', " "), INTENT_CHARS));
    }
    label
}

fn first(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Nodes by their numbers in a picture.
pub(super) type Numbered = Vec<(u32, NodeId)>;

/// The nodes of a selection, numbered in the order of their names, and the edges between them.
pub(super) fn ordered(
    graph: &ProvenanceGraph,
    selection: &Selection,
) -> (Numbered, Vec<(u32, Relation, u32)>) {
    let nodes: Numbered = (0..).zip(selection.nodes()).collect();
    let numbers: BTreeMap<NodeId, u32> = nodes
        .iter()
        .map(|(number, node)| (*node, *number))
        .collect();
    let mut edges = Vec::new();
    for (number, node) in &nodes {
        let related = graph.parents(*node);
        let related =
            related.filter_map(|(relation, to)| Some((*number, relation, *numbers.get(&to)?)));
        edges.extend(related);
    }
    edges.sort_unstable();
    (nodes, edges)
}
