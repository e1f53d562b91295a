//! Who changed what, why, on whose word, and what broke: an append-only graph of typed nodes.
//!
//! What happened is told as [`Entry`]s, in any order, more than once if need be; a [`ProvenanceGraph`]
//! holds them and answers. Nodes and edges follow W3C PROV; a file version is `path@change`, and its
//! blob is an attribute of it, never its identity.
//!
//! ```
//! use loom_core::provenance::{Entry, Kind, Name, ProvenanceGraph};
//!
//! let mut graph = ProvenanceGraph::new();
//! for line in [
//!     r#"{"at":"2026-11-22T09:00:00Z","seq":1,"fact":{"type":"change","id":"c1","repo":"shop","branch":"main",
//!        "made_by":"loop","run":"r1","files":[{"path":"src/pay.rs","after":"b1"}]}}"#,
//!     r#"{"at":"2026-11-22T08:00:00Z","seq":0,"fact":{"type":"run","id":"r1","actor":{"kind":"loop","id":"nightly"},"loop":"nightly"}}"#,
//! ] {
//!     graph.enter(&Entry::from_json(line)?)?;
//! }
//! let change = graph.find(&Name::new(Kind::Change, "c1")).unwrap();
//! let (_, run) = graph.parents(change).next().unwrap();
//! assert_eq!(graph.name(run).to_string(), "run:r1");
//! # Ok::<(), loom_core::error::Error>(())
//! ```

mod comprehension;
mod constraints;
mod diff;
mod entry;
mod export;
mod graph;
mod import_agent_trace;
mod name;
#[cfg(feature = "petgraph")]
mod petgraph;
mod reverts;
mod rewrites;
mod selection;
mod suspects;
mod trace;

pub use comprehension::{
    AREAS_MAX, Area, AreaRead, Comprehension, ComprehensionAsked, LINES_PER_MINUTE_DEFAULT,
    QUICK_READINGS_MAX, QuickReading, UNREAD_PATHS_MAX, UnreadPath,
};
pub use constraints::{
    ProvConstraint, ProvFindings, ProvViolation, VIOLATIONS_MAX, check_prov_constraints,
};
pub use diff::{DIFF_BYTES_MAX, changed_files, hunks, inverse_patch_id, patch_id, signed_lines};
pub use entry::{
    Approval, ChangeFact, Claimed, Decided, Deploy, ENTRY_BYTES_MAX, Entry, FILES_MAX, Fact,
    Incident, RELATED_MAX, Resolution, Review, RunFact, Verification, actor_name,
};
pub use export::{EXPORT_BYTES_MAX, ExportFormat};
pub use graph::view::{ChangeView, FileView, NodeView};
pub use graph::{Entered, NodeId, ProvenanceGraph};
pub use import_agent_trace::{
    AGENT_TRACE_BYTES_MAX, AGENT_TRACE_RANGES_MAX, AGENT_TRACE_RECORDS_MAX,
    entries_from_agent_trace,
};
pub use name::{Kind, Name, Relation};
#[cfg(feature = "petgraph")]
pub use petgraph::Visited;
pub use reverts::{
    Detector, Evidence, Grade, INVERSE_PATCHES_MAX, InversePatch, Party, PassedCheck,
    ProposedChange, ProposedFile, REVERT_HORIZON_MS, REVERT_PATHS_MAX, REVERTS_LISTED_MAX, Reason,
    Revert, Reverts, RevertsAsked, UNDONE_LISTED_MAX, Undoing, WAR_HALF_LIFE_MS, WAR_TURNS_MAX,
    WARS_LISTED_MAX, War, WarTurn, Wars, WarsAsked, WouldRevert, WouldUndo,
};
pub use rewrites::{REWRITES_LISTED_MAX, Rewrite, Rewrites, RewritesAsked, SQUASHED_MAX, SameWork};
pub use selection::{NAMES_MAX, SELECTED_MAX, Selected, Selection};
pub use suspects::{
    CANDIDATES_MAX, Part, SUSPECTS_DEFAULT, SUSPECTS_MAX, ScorePart, Suspect, Suspects,
    SuspectsAsked, SuspectsBasis, SuspectsOf, WEIGHT_MAX, Weights,
};
pub use trace::{
    HOP_PATHS_MAX, HOPS_DEFAULT, HOPS_MAX, Hop, HopReason, Tally, Trace, TraceAsked, TraceFrom,
    WINDOW_MS_DEFAULT,
};
