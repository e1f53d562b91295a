//! What happened to findings, as the journal states it.

use serde::{Deserialize, Serialize};

use super::{Escalation, Severity};
use crate::model::{Actor, ChangeId, FindingKey, RepoId, RunId, TextRef, Timestamp};
use crate::path::PathSetSource;

/// Somebody came upon something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingReported {
    /// What it is about.
    pub key: FindingKey,
    /// What it is called. The first report's holds.
    pub title: TextRef,
    /// How bad it is.
    pub severity: Severity,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<RepoId>,
    /// On which paths.
    #[serde(default, skip_serializing_if = "PathSetSource::has_no_pattern")]
    pub paths: PathSetSource,
    /// What was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<TextRef>,
    /// Who reports it.
    pub by: Actor,
}

/// What was done with a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingMoved {
    /// Which.
    pub key: FindingKey,
    /// What.
    pub to: Move,
    /// By whom.
    pub by: Actor,
    /// In their own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<TextRef>,
}

/// Where a finding goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Move {
    /// A run sees to it.
    Taken {
        /// Which.
        run: RunId,
        /// Until when, as long as the run is alive.
        until: Timestamp,
    },
    /// It is back for whoever takes it next.
    Returned {},
    /// It rests.
    Deferred {
        /// Until when.
        until: Timestamp,
    },
    /// It waits for a person.
    Escalated(Box<Escalation>),
    /// It is over.
    Resolved {
        /// The changes that mended it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        changes: Vec<ChangeId>,
    },
}

/// What happened to findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingEvent {
    /// One was reported.
    Reported(Box<FindingReported>),
    /// Something was done with one.
    Moved(Box<FindingMoved>),
}
