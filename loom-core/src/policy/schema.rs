//! The JSON schema of a document, for editors that complete and check while somebody writes.

use schemars::generate::SchemaSettings;

use super::document::Document;

/// The schema of a [`Document`], in draft 2020-12.
pub fn document_schema() -> serde_json::Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    generator.into_root_schema_for::<Document>().to_value()
}
