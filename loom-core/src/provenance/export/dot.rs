//! A graph for Graphviz: from the past on the left to the present on the right, a shape for each kind.

use std::fmt::Write as _;

use super::bounded;
use super::label::{label, ordered};
use crate::error::Error;
use crate::provenance::graph::ProvenanceGraph;
use crate::provenance::name::Kind;
use crate::provenance::selection::Selection;

impl ProvenanceGraph {
    /// A selection as a graph for Graphviz.
    ///
    /// # Errors
    /// `limit_exceeded` (`EXPORT_BYTES_MAX`).
    pub fn dot(&self, selection: &Selection) -> Result<String, Error> {
        let mut text = String::from(
            "digraph provenance {\n  rankdir=RL;\n  node [fontname=\"sans-serif\", fontsize=10];\n  \
             edge [fontname=\"sans-serif\", fontsize=8];\n",
        );
        let (nodes, edges) = ordered(self, selection);
        for (number, node) in nodes {
            let name = self.name(node);
            let told = escaped(&label(self, node));
            let shape = shape(name.kind);
            let style = match self.landed(node).is_some() || name.kind.is_actor() {
                true => "",
                false => ", style=dashed",
            };
            let name = escaped(&name.to_string());
            let _ = writeln!(
                text,
                "  n{number} [label=\"{told}\", shape={shape}, tooltip=\"{name}\"{style}];"
            );
        }
        for (from, relation, to) in edges {
            let _ = writeln!(text, "  n{from} -> n{to} [label=\"{relation}\"];");
        }
        text.push_str("}\n");
        bounded(text)
    }
}

fn shape(kind: Kind) -> &'static str {
    match kind {
        Kind::Person | Kind::Author => "oval",
        Kind::Service | Kind::Agent | Kind::Loop => "hexagon",
        Kind::Run | Kind::Ending => "cds",
        Kind::Change => "box",
        Kind::Repo => "folder",
        Kind::Artifact | Kind::Claim => "note",
        Kind::Decision | Kind::Approval => "diamond",
        Kind::Verification | Kind::Review => "parallelogram",
        Kind::Deploy => "house",
        Kind::Incident | Kind::Resolution => "octagon",
    }
}

/// A text within double quotes.
fn escaped(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            letter if letter.is_control() => quoted.push('\u{fffd}'),
            letter => quoted.push(letter),
        }
    }
    quoted
}
