//! What happened to limits and reservations, as the journal states it. Folding an event evaluates no
//! zone, maximum or clock; a mixed fleet of versions agrees on the state.

use serde::{Deserialize, Serialize};

use super::{Charge, Limit, Span};
use crate::model::{ReservationId, RunId, Timestamp};

/// One limit's part of a reservation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Which limit, and whose account.
    pub charge: Charge,
    /// The window that it was made in.
    pub span: Span,
    /// How much is reserved.
    pub amount: u64,
}

/// One limit's part of a settlement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    /// Which limit, and whose account.
    pub charge: Charge,
    /// What was spent of the amount reserved; counts in the window of the reservation.
    pub settled: u64,
    /// What was spent beyond it.
    pub debt: u64,
    /// The window that the debt counts in.
    pub span: Span,
}

/// What happened to limits and reservations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LedgerEvent {
    /// These are the limits from now on. The account of one whose unit or window is another begins anew.
    LimitsSet {
        /// All of them.
        limits: Vec<Limit>,
    },
    /// An amount was reserved.
    Reserved {
        /// The name of the reservation.
        id: ReservationId,
        /// For whom.
        run: RunId,
        /// When it counts in full unless it was settled.
        lapses_at: Timestamp,
        /// Where it counts.
        lines: Vec<Line>,
    },
    /// A reservation ended with what it came to.
    Settled {
        /// Which.
        id: ReservationId,
        /// One for each line of the reservation.
        lines: Vec<Settlement>,
    },
    /// A reservation ended, and nothing was spent.
    Cancelled {
        /// Which.
        id: ReservationId,
    },
    /// So much of a limit is taken that somebody should know. Once a window.
    Warned {
        /// Which limit, and whose account.
        charge: Charge,
        /// The window.
        span: Span,
        /// How much is taken.
        taken: u64,
        /// How much there may be.
        max: u64,
    },
}
