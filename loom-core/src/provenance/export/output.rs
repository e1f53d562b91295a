//! What the exports in JSON share: text that grows as far as a limit, and names as URIs.

use serde_json::{Value, json};

use super::EXPORT_BYTES_MAX;
use crate::error::Error;
use crate::model::Digest;
use crate::provenance::{Kind, Name, NodeId, ProvenanceGraph, Relation};

/// Text that is refused once it is too long.
pub(super) struct Output {
    text: String,
    max: usize,
}

impl Output {
    pub(super) fn new() -> Output {
        Output::up_to(EXPORT_BYTES_MAX)
    }

    fn up_to(max: usize) -> Output {
        let text = String::new();
        Output { text, max }
    }

    /// Adds a piece of text.
    pub(super) fn push(&mut self, piece: &str) -> Result<(), Error> {
        let got = self.text.len().saturating_add(piece.len());
        if got > self.max {
            let (max, got) = (self.max as u64, got as u64);
            return Err(Error::limit("selection", "EXPORT_BYTES_MAX", max, got));
        }
        self.text.push_str(piece);
        Ok(())
    }

    /// Adds a value, on a line of its own.
    pub(super) fn line(&mut self, value: &Value) -> Result<(), Error> {
        self.push(&value.to_string())?;
        self.push("\n")
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// What a word of the library is called where a URI is asked for.
pub(super) fn uri(word: &str) -> String {
    format!("urn:loomstack:{word}")
}

/// The name of a node where a URI is asked for: what is no plain character is written as `%` and two
/// hexadecimal digits for each of its bytes.
pub(super) fn name_uri(name: &Name) -> String {
    let mut text = uri(name.kind.as_str());
    text.push(':');
    for byte in name.id.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// The first bytes of a digest, in lower-case hexadecimal digits.
pub(super) fn hex(digest: Digest, bytes: usize) -> String {
    let all = digest.to_string();
    let digits = all.rsplit(':').next().unwrap_or(&all);
    digits.chars().take(bytes * 2).collect()
}

/// What a node stands on, in an order that does not depend on that of telling.
pub(super) fn relations(graph: &ProvenanceGraph, node: NodeId) -> Vec<(Relation, Name)> {
    let parents = graph.parents(node);
    let mut parents: Vec<_> = parents.map(|(how, to)| (how, graph.name(to))).collect();
    parents.sort_unstable();
    parents
}

/// The same in JSON: `{"relation":"made_by","to":"run:r1"}` each.
pub(super) fn relations_json(graph: &ProvenanceGraph, node: NodeId) -> Value {
    let relations = relations(graph, node).into_iter();
    relations
        .map(|(how, to)| json!({"relation": how.as_str(), "to": to.to_string()}))
        .collect()
}

/// Is it the name of an object of git: 40 or 64 hexadecimal digits?
pub(super) fn is_git_name(text: &str) -> bool {
    matches!(text.len(), 40 | 64)
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The end of a run or an incident, where somebody told of it.
pub(super) fn end_of(graph: &ProvenanceGraph, node: NodeId) -> Option<NodeId> {
    let kind = match graph.kind(node) {
        Kind::Run => Kind::Ending,
        Kind::Incident => Kind::Resolution,
        _ => return None,
    };
    let end = graph.find(&Name::new(kind, graph.name(node).id))?;
    graph.landed(end).map(|_| end)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn text_is_taken_as_far_as_the_limit_and_one_byte_more_names_it() {
        let mut output = Output::up_to(4);
        output.push("1234").unwrap();
        let error = output.push("5").unwrap_err();
        assert_eq!(error.limit_name(), Some("EXPORT_BYTES_MAX"));
        assert_eq!(output.into_text(), "1234");
    }

    #[test]
    fn a_name_as_a_uri_has_plain_characters_alone() {
        let name = Name::new(Kind::Run, "a b\"<ü>%");
        assert_eq!(name_uri(&name), "urn:loomstack:run:a%20b%22%3C%C3%BC%3E%25");
    }
}
