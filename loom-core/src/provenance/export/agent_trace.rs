//! History as Agent Trace records, one a line: one for each change that was told of.
//!
//! The lines that a change brought are ranges of its files where its hunks are known, and its files have
//! no ranges else; who made it is the contributor. `metadata.loomstack` holds the name of the change and
//! the whole of it as an entry, so that `entries_from_agent_trace` reads back what was written.
//!
//! The format has no place for anything but changes: all other nodes of the selection stand by name in
//! `metadata.loomstack.nodes` of one last record without files.

use serde_json::{Value, json};

use super::output::{Output, is_git_name, name_uri};
use crate::error::Error;
use crate::model::{Digest, MadeBy, Timestamp};
use crate::provenance::{ChangeView, FileView, Kind, Name, NodeId, ProvenanceGraph, Selection};

/// The version of the format. Its text says `0.1.0`, its schema takes two numbers.
const VERSION: &str = "0.1";

impl ProvenanceGraph {
    /// A selection as Agent Trace records, one a line, in the order of names.
    ///
    /// # Errors
    /// `limit_exceeded` (`EXPORT_BYTES_MAX`).
    pub fn agent_trace(&self, selection: &Selection) -> Result<String, Error> {
        let mut output = Output::new();
        let mut others = Vec::new();
        let mut last = Timestamp::EPOCH;
        for node in selection.nodes() {
            let at = self.landed(node).map_or(Timestamp::EPOCH, |(at, _)| at);
            last = last.max(at);
            match self.change(node) {
                Some(change) => output.line(&self.trace_record(&change))?,
                None => others.push(self.name(node).to_string()),
            }
        }
        if !others.is_empty() {
            let id = uuid(&others.join("\n"));
            let metadata = json!({"loomstack": {"nodes": others}});
            output.line(&json!({
                "version": VERSION, "id": id, "timestamp": last, "files": [],
                "metadata": metadata,
            }))?;
        }
        Ok(output.into_text())
    }

    fn trace_record(&self, change: &ChangeView<'_>) -> Value {
        let name = self.name(change.node());
        let related: Vec<Value> = self
            .related_of(change.node())
            .iter()
            .map(|name| json!({"type": name.kind.as_str(), "url": name_uri(name)}))
            .collect();
        let contributor = match change.made_by() {
            MadeBy::Human => "human",
            MadeBy::Loop => "ai",
            MadeBy::Mixed => "mixed",
            MadeBy::Unknown => "unknown",
        };
        let file = |file: FileView<'_>| {
            let conversation = json!({
                "contributor": {"type": contributor},
                "ranges": ranges(&file), "related": related,
            });
            json!({"path": file.path(), "conversations": [conversation]})
        };
        let files: Vec<Value> = change.files().map(file).collect();
        let entry = self.entry(change.node());
        let mut record = json!({
            "version": VERSION, "id": uuid(&name.to_string()), "timestamp": change.at(),
            "files": files,
            "metadata": {"loomstack": {"name": name, "entry": entry}},
        });
        if let Some(commit) = change.commit().filter(|commit| is_git_name(commit)) {
            record["vcs"] = json!({"type": "git", "revision": commit});
        }
        record
    }

    /// The run, claim and decision behind a change.
    fn related_of(&self, change: NodeId) -> Vec<Name> {
        let behind = self.parents(change).map(|(_, to)| self.name(to));
        let is_thing = |name: &Name| matches!(name.kind, Kind::Run | Kind::Claim | Kind::Decision);
        let mut behind: Vec<Name> = behind.filter(is_thing).collect();
        behind.sort_unstable();
        behind
    }
}

fn ranges(file: &FileView<'_>) -> Vec<Value> {
    let came = file.hunks().iter().filter(|hunk| hunk.new_lines > 0);
    let range = came.map(|hunk| {
        let start = u64::from(hunk.new_start.max(1));
        json!({"start_line": start, "end_line": start + u64::from(hunk.new_lines) - 1})
    });
    range.collect()
}

/// An id that is always the same for the same text: a UUID of version 8.
fn uuid(text: &str) -> String {
    let Digest(digest) = Digest::of(&[b"agent-trace:", text.as_bytes()]);
    let mut bytes = [0; 16];
    for (byte, from) in bytes.iter_mut().zip(digest) {
        *byte = from;
    }
    uuid::Builder::from_custom_bytes(bytes)
        .into_uuid()
        .to_string()
}
