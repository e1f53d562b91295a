//! The words of callers: limits, what a reservation asks, and what it is answered.

use serde::{Deserialize, Serialize};

use super::{AMOUNT_MAX, ROLLING_MS_MAX, ROLLING_MS_MIN};
use crate::error::{Code, Error};
use crate::model::{Amounts, Holder, Level, LimitId, Per, ReservationId, RunId, Timestamp, Unit};

/// What is done about an estimate that nobody gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// It is refused.
    #[default]
    Refuse,
    /// It is taken to be this much.
    Floor(u64),
}

/// A limit of spend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Its name.
    pub id: LimitId,
    /// Over whom it is held.
    pub level: Level,
    /// What it counts.
    pub unit: Unit,
    /// How much of it there may be.
    pub max: u64,
    /// Within which window.
    pub per: Per,
    /// What is done about an estimate that nobody gave.
    #[serde(default)]
    pub unknown: Unknown,
    /// From which part of the maximum on a warning is given, 1 to 100, once a window.
    #[serde(default)]
    pub warn_at_percent: Option<u8>,
}

impl Limit {
    /// Is this a limit that can be held?
    pub(super) fn check(&self) -> Result<(), Error> {
        amount("max", self.max)?;
        if let Unknown::Floor(floor) = self.unknown {
            amount("unknown.floor", floor)?;
        }
        if self
            .warn_at_percent
            .is_some_and(|percent| !(1..=100).contains(&percent))
        {
            let why = "a warning is given from 1 to 100 percent on";
            return Err(Error::at(Code::InvalidField, "warn_at_percent", why));
        }
        match self.per {
            Per::RollingMs(ms) => within(
                "per.rolling_ms",
                ms,
                ("ROLLING_MS_MIN", ROLLING_MS_MIN),
                ("ROLLING_MS_MAX", ROLLING_MS_MAX),
            ),
            _ => Ok(()),
        }
    }

    /// Has so much been taken that a warning is due?
    pub(super) fn warns_at(&self, taken: u64) -> bool {
        self.warn_at_percent.is_some_and(|percent| {
            u128::from(taken) * 100 >= u128::from(self.max) * u128::from(percent)
        })
    }
}

/// A limit that applies to a reservation, and to whose account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// Which limit.
    pub limit: LimitId,
    /// The run, loop, team or workspace that spends.
    pub holder: Holder,
}

/// A request to reserve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Reserve {
    /// The name of the reservation.
    pub id: ReservationId,
    /// The run that spends.
    pub run: RunId,
    /// The limits that apply.
    pub charges: Vec<Charge>,
    /// How much it will come to. Classes of tokens do not overlap: what is cached is no input besides.
    pub estimate: Amounts,
    /// How long it holds, in milliseconds.
    pub ttl_ms: u64,
}

/// The answer to a request to reserve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ReserveReply {
    /// It is reserved.
    Granted {
        /// When it counts in full unless it was settled.
        lapses_at: Timestamp,
    },
    /// Some limits have no room; nothing is reserved.
    Refused {
        /// Each limit that has no room.
        short: Vec<Short>,
        /// When all would have room if nobody else spent anything; `None` for never.
        room_at: Option<Timestamp>,
    },
    /// A limit counts a unit that the estimate does not name; nothing is reserved.
    UnknownEstimate {
        /// The limit.
        charge: Charge,
        /// What it counts.
        unit: Unit,
    },
}

/// A limit without room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Short {
    /// Which limit.
    pub limit: LimitId,
    /// Whose account.
    pub holder: Holder,
    /// What it counts.
    pub unit: Unit,
    /// How much there may be.
    pub max: u64,
    /// How much was spent, or lapsed and counts in full.
    pub settled: u64,
    /// How much is reserved.
    pub reserved: u64,
    /// How much was spent beyond reservations.
    pub debt: u64,
    /// How much was asked for.
    pub asked: u64,
    /// When there would be room if nobody else spent anything; `None` for never.
    pub room_at: Option<Timestamp>,
}

/// An amount that can be counted.
pub(super) fn amount(field: &str, amount: u64) -> Result<(), Error> {
    if amount <= AMOUNT_MAX {
        return Ok(());
    }
    Err(Error::limit(field, "AMOUNT_MAX", AMOUNT_MAX, amount))
}

/// A number between two limits.
pub(super) fn within(
    field: &str,
    got: u64,
    (min_name, min): (&'static str, u64),
    (max_name, max): (&'static str, u64),
) -> Result<(), Error> {
    if got < min {
        return Err(Error::below(field, min_name, min, got));
    }
    if got > max {
        return Err(Error::limit(field, max_name, max, got));
    }
    Ok(())
}
