//! What happened to claims, as the journal states it. Folding an event evaluates no pattern,
//! priority or clock; a mixed fleet of versions agrees on the state.

use serde::{Deserialize, Serialize};

use super::{Mode, Notice, Spec};
use crate::model::{Actor, RunId, TextRef, Timestamp, Token};

/// A granted claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Granted {
    /// Its name and fence.
    pub token: Token,
    /// Who holds it.
    pub run: RunId,
    /// Who asked for it.
    pub actor: Actor,
    /// How strongly.
    pub mode: Mode,
    /// What it holds.
    pub specs: Vec<Spec>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<TextRef>,
    /// The length of its lease in milliseconds, also for renewals.
    pub ttl_ms: u64,
    /// Since when it is held. A hand-over keeps it, so that nobody holds longer by handing over.
    pub since: Timestamp,
    /// Until when, unless renewed.
    pub expires_at: Timestamp,
    /// 0 to 9.
    pub priority: u8,
    /// The wait that this grant serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Token>,
}

/// A request that queues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queued {
    /// The name of the wait.
    pub wait: Token,
    /// Who asks.
    pub run: RunId,
    /// Who asks.
    pub actor: Actor,
    /// How strongly.
    pub mode: Mode,
    /// For what.
    pub specs: Vec<Spec>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<TextRef>,
    /// The length of the lease to come.
    pub ttl_ms: u64,
    /// 0 to 9.
    pub priority: u8,
    /// Since when it waits.
    pub since: Timestamp,
    /// Claims, and waits in front, that are in the way; at most [`super::BLOCKERS_MAX`] of them. While
    /// one of these claims is live, nobody need look whether the wait is due.
    pub blocked_by: Vec<Token>,
}

/// Why a wait ended without a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitEnd {
    /// The run withdrew it.
    Withdrawn,
    /// The run ended or its lease did.
    RunEnded,
}

/// How a claim ended before its lease did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimEnd {
    /// Its own work released it, or its run finished.
    Released,
    /// A person revoked it.
    Revoked {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<TextRef>,
    },
}

/// What happened to claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimEvent {
    /// A claim was granted.
    Granted(Box<Granted>),
    /// Leases go on until new times.
    Renewed {
        /// Claim and new end of its lease.
        leases: Vec<(Token, Timestamp)>,
    },
    /// A claim holds less from now on.
    Narrowed {
        /// The claim.
        token: Token,
        /// All that it holds now.
        specs: Vec<Spec>,
    },
    /// A claim ended.
    Ended {
        /// The claim.
        token: Token,
        /// How.
        how: ClaimEnd,
    },
    /// A claim ended, and another run holds the same under a new token.
    HandedOver {
        /// The claim that ended.
        token: Token,
        /// The claim that began.
        to: Box<Granted>,
    },
    /// A request queues.
    Queued(Box<Queued>),
    /// All recorded blockers of a wait are gone, and others are in the way.
    Blocked {
        /// The wait.
        wait: Token,
        /// At most [`super::BLOCKERS_MAX`] of the claims, and waits in front, in the way now.
        by: Vec<Token>,
    },
    /// A wait ended without a grant.
    WaitEnded {
        /// The wait.
        wait: Token,
        /// Why.
        why: WaitEnd,
    },
    /// A notice was put into a run's box.
    Noticed {
        /// Whose box.
        run: RunId,
        /// The notice.
        notice: Box<Notice>,
    },
    /// A run has read its box up to here.
    Seen {
        /// Whose box.
        run: RunId,
        /// The last notice read.
        seq: u64,
    },
}
