//! A graph for Mermaid, which hosts of repositories draw in their pages.

use std::fmt::Write as _;

use super::bounded;
use super::label::{label, ordered};
use crate::error::Error;
use crate::provenance::graph::ProvenanceGraph;
use crate::provenance::name::Kind;
use crate::provenance::selection::Selection;

impl ProvenanceGraph {
    /// A selection as a flowchart for Mermaid.
    ///
    /// # Errors
    /// `limit_exceeded` (`EXPORT_BYTES_MAX`).
    pub fn mermaid(&self, selection: &Selection) -> Result<String, Error> {
        let mut text = String::from("flowchart RL\n");
        let (nodes, edges) = ordered(self, selection);
        for (number, node) in nodes {
            let name = self.name(node);
            let (open, close) = brackets(name.kind);
            let told = escaped(&label(self, node));
            let name = escaped(&name.to_string());
            let _ = writeln!(text, "  n{number}{open}\"{told}\"{close}");
            let _ = writeln!(text, "  %% n{number} {name}");
        }
        for (from, relation, to) in edges {
            let _ = writeln!(text, "  n{from} -->|{relation}| n{to}");
        }
        bounded(text)
    }
}

fn brackets(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Person | Kind::Author => ("([", "])"),
        Kind::Service | Kind::Agent | Kind::Loop => ("{{", "}}"),
        Kind::Decision | Kind::Approval => ("{", "}"),
        Kind::Incident | Kind::Resolution => ("[[", "]]"),
        _ => ("[", "]"),
    }
}

/// A text within double quotes: what means something to Mermaid or to HTML is written as an entity.
fn escaped(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => quoted.push_str("<br/>"),
            letter if letter.is_control() => quoted.push('\u{fffd}'),
            '"' | '#' | '<' | '>' | '&' | '`' | '%' | ';' | '\\' | '{' | '}' => {
                let _ = write!(quoted, "#{};", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted
}
