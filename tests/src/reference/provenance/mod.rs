//! Reference models of the plane of provenance: plain lists of entries, walked from end to end.

pub mod exported_names;
pub mod history;
pub mod reverts;
pub mod trace;
