//! The time within which an amount counts.

use serde::{Deserialize, Serialize};

use super::{BUCKETS_MAX, Per};
use crate::model::Timestamp;

const HOUR_MS: u64 = 60 * 60 * 1_000;

/// When a window, or a bucket of a rolling one, began and until when it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// Its first moment.
    pub start: Timestamp,
    /// The first moment at which it counts no more.
    pub until: Timestamp,
}

impl Span {
    /// What an amount of this moment falls into.
    pub(super) fn of(per: Per, now: Timestamp) -> Span {
        match per {
            Per::Hour => {
                let start = aligned(now, HOUR_MS);
                Span {
                    start,
                    until: start.plus_ms(HOUR_MS),
                }
            }
            Per::Day(zone) => Span {
                start: zone.start_of_day(now),
                until: zone.end_of_day(now),
            },
            Per::Week(zone) => Span {
                start: zone.start_of_week(now),
                until: zone.end_of_week(now),
            },
            Per::RollingMs(ms) => {
                // One bucket less than there may be: the window's ends lie in two of them.
                let bucket_ms = ms.div_ceil(BUCKETS_MAX - 1).max(1);
                let start = aligned(now, bucket_ms);
                Span {
                    start,
                    until: start.plus_ms(bucket_ms).plus_ms(ms),
                }
            }
            Per::Life => Span {
                start: Timestamp::EPOCH,
                until: Timestamp::MAX,
            },
        }
    }

    /// Does it count at this time?
    pub(super) fn counts(&self, at: Timestamp) -> bool {
        at < self.until
    }
}

fn aligned(at: Timestamp, ms: u64) -> Timestamp {
    at.minus_ms(at.since_ms(Timestamp::EPOCH) % ms)
}
