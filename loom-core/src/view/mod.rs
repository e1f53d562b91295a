//! What people and agents are shown: read-only, made from the state of a coordinator.
//!
//! A view is collected as a value, its texts are filled in from the store's side table, and then it is
//! rendered. Nothing here is stored, and nothing that a view says binds anybody.
//!
//! ```
//! use loom_core::coordinator::Coordinator;
//! use loom_core::model::{RunId, Timestamp};
//! use loom_core::view::Brief;
//!
//! let run = RunId::new("r1").unwrap();
//! let coordinator = Coordinator::default();
//! let brief = Brief::collect(&coordinator, &run, &[], Timestamp::EPOCH).unwrap();
//! assert_eq!(brief.render(0).text, "");
//! assert!(brief.render(2_000).text.starts_with("# Brief for run r1"));
//! ```

mod brief;
mod note;
mod span;
mod state_file;

pub use crate::model::{named, quoted};
pub use brief::{
    BRIEF_FIELD_CHARS_MAX, BRIEF_FINDINGS_MAX, BRIEF_NOTES_MAX, BRIEF_PATHS_MAX, Brief,
    BrokenGlass, FindingHere, Rendered, Waiting,
};
pub use note::{NoteView, Skill};
pub use span::{ago, span, until};
pub use state_file::{STATE_FILE_LISTED_MAX, StateFile};
