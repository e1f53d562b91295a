//! From the text of a document to a tree in which everything knows its line.
//!
//! YAML, TOML and JSON are read by a library each, into one tree; serde then reads the document out
//! of the tree, so that there is one model and one set of messages, and each says where.

mod error;
mod from_tree;
mod json;
mod toml;
mod tree;
mod yaml;

use serde::{Deserialize, Serialize};

pub(crate) use self::error::Fault;
pub(crate) use self::from_tree::from_tree;
pub(crate) use self::tree::Tree;

/// The largest document, in bytes.
pub const DOCUMENT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How deep a document may nest.
pub const DOCUMENT_DEPTH_MAX: usize = 32;
/// The most values in a document, those that YAML aliases repeat counted each time.
pub const DOCUMENT_VALUES_MAX: usize = 1_000_000;

/// The language that a document is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// YAML 1.2, one document without tags.
    Yaml,
    /// TOML.
    Toml,
    /// JSON as RFC 8259 has it, without comments.
    Json,
}

impl Format {
    /// The format that a file's name ends with, if it says one.
    pub fn of_file(name: &str) -> Option<Format> {
        let (_, end) = name.rsplit_once('.')?;
        match end {
            "yaml" | "yml" => Some(Format::Yaml),
            "toml" => Some(Format::Toml),
            "json" => Some(Format::Json),
            _ => None,
        }
    }
}

/// Reads a text into a tree.
pub(crate) fn tree(text: &str, format: Format) -> Result<Tree, Fault> {
    if text.len() > DOCUMENT_BYTES_MAX {
        let (max, got) = (DOCUMENT_BYTES_MAX as u64, text.len() as u64);
        return Err(Fault::limit("DOCUMENT_BYTES_MAX", max, got));
    }
    match format {
        Format::Yaml => yaml::read(text),
        Format::Toml => toml::read(text),
        Format::Json => json::read(text),
    }
}
