//! What happened to notes, as the journal states it.

use serde::{Deserialize, Serialize};

use crate::model::{Actor, RepoId, TextRef, Timestamp, Token};
use crate::path::PathSetSource;

/// What a note says of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// Take care.
    Warning,
    /// This was tried, and did not work.
    Failed,
    /// This was decided.
    Decided,
    /// How things are done here, for good.
    Convention,
    /// This was tried.
    Tried,
}

impl NoteKind {
    /// The word as it stands in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            NoteKind::Warning => "warning",
            NoteKind::Failed => "failed",
            NoteKind::Decided => "decided",
            NoteKind::Convention => "convention",
            NoteKind::Tried => "tried",
        }
    }
}

/// A note that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteWritten {
    /// Its name.
    pub id: Token,
    /// What it says of the place.
    pub kind: NoteKind,
    /// Where.
    pub repo: RepoId,
    /// On which paths; all of the repository where there is no pattern.
    #[serde(default, skip_serializing_if = "PathSetSource::has_no_pattern")]
    pub paths: PathSetSource,
    /// What it says.
    pub text: TextRef,
    /// Who wrote it.
    pub by: Actor,
    /// Until when it holds, or waits for a person; without end where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What happened to notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteEvent {
    /// One was written.
    Written(Box<NoteWritten>),
    /// A person approved a convention: it has no end from now on.
    Approved {
        /// Which.
        note: Token,
        /// Who.
        by: Actor,
    },
    /// One was taken back.
    Dropped {
        /// Which.
        note: Token,
        /// Who.
        by: Actor,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<TextRef>,
    },
}
