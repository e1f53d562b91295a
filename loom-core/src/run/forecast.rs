//! What is coming: the starts of all loops, and which loops get into each other's way again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::{LoopRow, LoopStanding, RunTable};
use crate::model::{LoopId, Timestamp};

/// The most starts that are forecast at once.
pub const FORECAST_STARTS_MAX: usize = 10_000;
/// The most times at which one loop works while another starts that are looked at for collisions.
pub const FORECAST_PAIRS_MAX: usize = 100_000;
/// How many of the times at which two loops meet are named.
pub const COLLISION_TIMES_MAX: usize = 8;
/// How long a run is taken to last where neither earlier runs nor the loop say so, in milliseconds: 15
/// minutes.
pub const RUN_LENGTH_MS_ASSUMED: u64 = 15 * 60 * 1_000;

/// A start to come.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ComingSlot {
    /// When.
    pub at: Timestamp,
    /// Of which loop.
    pub id: LoopId,
}

/// The starts of all loops within a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// In order, at most [`FORECAST_STARTS_MAX`].
    pub starts: Vec<ComingSlot>,
    /// Up to here nothing is missing.
    pub complete_to: Timestamp,
}

/// Two loops whose runs overlap in time more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision {
    /// One of them.
    pub first: LoopId,
    /// The other, later by name.
    pub second: LoopId,
    /// How often within the forecast.
    pub count: u64,
    /// The first times at which the later of the two starts while the earlier works.
    pub times: Vec<Timestamp>,
}

impl LoopRow {
    /// How long a run of it is taken to last: as long as its last ones did in the mean, else as long as
    /// they may.
    pub fn run_length_ms(&self) -> u64 {
        let limit = self.card.exit.max_minutes;
        let limit = limit.map(|minutes| u64::from(minutes) * 60_000);
        self.mean_ms().or(limit).unwrap_or(RUN_LENGTH_MS_ASSUMED)
    }
}

impl RunTable {
    /// The starts of all active loops from a moment on and before another.
    pub fn forecast(&self, within: Range<Timestamp>) -> Forecast {
        let rows = self.loop_rows();
        let active = rows.filter(|row| row.standing == LoopStanding::Active);
        let next = |row: &LoopRow, after| {
            let slot = row.card.trigger.next_slot(row.counts_from, after)?;
            (slot < within.end).then_some(slot)
        };
        let before = within.start.minus_ms(1);
        let mut coming: BTreeMap<(Timestamp, &LoopId), &LoopRow> = active
            .filter_map(|row| Some(((next(row, before)?, &row.card.id), row)))
            .collect();
        let mut starts = Vec::new();
        while let Some(((at, id), row)) = coming.pop_first() {
            if starts.len() >= FORECAST_STARTS_MAX {
                let complete_to = at;
                return Forecast {
                    starts,
                    complete_to,
                };
            }
            if let Some(later) = next(row, at) {
                coming.insert((later, id), row);
            }
            let id = id.clone();
            starts.push(ComingSlot { at, id });
        }
        Forecast {
            starts,
            complete_to: within.end,
        }
    }

    /// The pairs of loops that work at the same time more than once, by their names, and whether there
    /// were too many pairs to look at all.
    pub fn collisions(&self, forecast: &Forecast) -> (Vec<Collision>, bool) {
        let mut working: BTreeSet<(Timestamp, &LoopId)> = BTreeSet::new();
        let mut pairs: BTreeMap<(&LoopId, &LoopId), (u64, Vec<Timestamp>)> = BTreeMap::new();
        let mut looked_at = 0_usize;
        for ComingSlot { at, id } in &forecast.starts {
            while let Some((end, other)) = working.first().copied()
                && end <= *at
            {
                working.remove(&(end, other));
            }
            for (_, other) in working.iter().filter(|(_, other)| *other != id) {
                looked_at += 1;
                if looked_at > FORECAST_PAIRS_MAX {
                    return (repeated(pairs), true);
                }
                let pair = (id.min(other), id.max(other));
                let (count, times) = pairs.entry(pair).or_default();
                *count += 1;
                if times.len() < COLLISION_TIMES_MAX {
                    times.push(*at);
                }
            }
            let length = self.loop_row(id).map_or(0, LoopRow::run_length_ms);
            working.insert((at.plus_ms(length), id));
        }
        (repeated(pairs), false)
    }
}

fn repeated(pairs: BTreeMap<(&LoopId, &LoopId), (u64, Vec<Timestamp>)>) -> Vec<Collision> {
    let pairs = pairs.into_iter().filter(|(_, (count, _))| *count > 1);
    pairs
        .map(|((first, second), (count, times))| Collision {
            first: first.clone(),
            second: second.clone(),
            count,
            times,
        })
        .collect()
}
