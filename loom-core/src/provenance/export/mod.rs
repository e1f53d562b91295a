//! History in the words of others: pure functions from a graph and a selection to text.
//!
//! Each is stable to the byte: the same selection gives the same text, in whatever order the graph was
//! told of it. Each carries the name of every selected node, so that it can be read back.

mod agent_trace;
mod dot;
mod in_toto;
mod label;
mod mermaid;
mod otlp;
mod output;
mod prov_json;

use serde::{Deserialize, Serialize};

use super::graph::ProvenanceGraph;
use super::selection::Selection;
use crate::error::Error;

/// The longest export, in bytes.
pub const EXPORT_BYTES_MAX: usize = 256 * 1024 * 1024;

/// In whose words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// W3C PROV-JSON.
    ProvJson,
    /// in-toto statements, one a line: SLSA provenance v1 of changes, test results of verifications.
    InToto,
    /// Agent Trace records, one a line.
    AgentTrace,
    /// Spans of OpenTelemetry in OTLP/JSON.
    Otlp,
    /// A graph for Graphviz.
    Dot,
    /// A graph for Mermaid.
    Mermaid,
}

impl ProvenanceGraph {
    /// A selection in the words of others.
    ///
    /// # Errors
    /// `limit_exceeded` (`EXPORT_BYTES_MAX`).
    pub fn export(&self, selection: &Selection, format: ExportFormat) -> Result<String, Error> {
        match format {
            ExportFormat::ProvJson => self.prov_json(selection),
            ExportFormat::InToto => self.in_toto(selection),
            ExportFormat::AgentTrace => self.agent_trace(selection),
            ExportFormat::Otlp => self.otlp(selection),
            ExportFormat::Dot => self.dot(selection),
            ExportFormat::Mermaid => self.mermaid(selection),
        }
    }
}

fn bounded(text: String) -> Result<String, Error> {
    let (max, got) = (EXPORT_BYTES_MAX as u64, text.len() as u64);
    match got > max {
        true => Err(Error::limit("export", "EXPORT_BYTES_MAX", max, got)),
        false => Ok(text),
    }
}
