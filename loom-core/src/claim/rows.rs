//! The state of the plane as rows: what a snapshot keeps and a state hash covers. Indexes are derived
//! from rows and are never among them.

use serde::{Deserialize, Serialize};

use super::{Granted, Mode, NotDone, Notice, Queued};
use crate::model::{RunId, Timestamp, Token};

/// A claim that is held: as granted, with what renewals and narrowings made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimRow {
    /// The claim.
    pub claim: Granted,
    /// The runs whose requests its holder was told of, in the order of telling; at most
    /// [`super::TOLD_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<RunId>,
}

/// A claim that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndedRow {
    /// The claim.
    pub token: Token,
    /// Who held it.
    pub run: RunId,
    /// How strongly.
    pub mode: Mode,
    /// When it ended.
    pub at: Timestamp,
    /// How: `lapsed`, `released`, `revoked` or `handed_over`.
    pub why: NotDone,
    /// The claim that took it over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Token>,
}

/// What a run was told, and how far it has read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoxRow {
    /// Whose box.
    pub run: RunId,
    /// The number of the last notice put in.
    pub seq: u64,
    /// The number of the last notice read.
    pub seen: u64,
    /// The last notices, oldest first; at most [`super::NOTICES_MAX`].
    pub notices: Vec<Notice>,
}

/// One row of the plane's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Row {
    /// A claim that is held, by token.
    Claim(Box<ClaimRow>),
    /// A wait, by its name.
    Wait(Box<Queued>),
    /// A claim that ended, in the order of ending.
    Ended(Box<EndedRow>),
    /// A run's box, by run.
    Box(Box<BoxRow>),
}
