//! Time zones by their IANA names, and what the clock on the wall says in them.
//!
//! The zone data is built in (its version is [`ZONE_DATA_VERSION`]), so the same question has the same
//! answer on every machine, whatever zone files lie there. The data names changeovers up to 2099.
//!
//! A changeover makes wall times that never are (a gap) and wall times that are twice (an overlap).
//! "When does the clock read this" is therefore answered by the first moment at which it reads this *or
//! later*: inside a gap that is the changeover, inside an overlap the earlier of the two.
//!
//! ```
//! use loom_core::model::{Timestamp, Zone};
//!
//! let zone = Zone::parse("America/Santiago").unwrap();
//! let noon: Timestamp = "2026-09-06T16:00:00Z".parse().unwrap();
//! // Midnight was skipped on this day: it began at 01:00.
//! assert_eq!(zone.start_of_day(noon).to_string(), "2026-09-06T04:00:00.000Z");
//!
//! let error = Zone::parse("Europe/Berin").unwrap_err();
//! assert_eq!(error.message(), "there is no zone `Europe/Berin`; did you mean Europe/Berlin?");
//! ```

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Timestamp;
use crate::error::{Code, Error};

/// The version of the IANA time zone database that is built in.
pub const ZONE_DATA_VERSION: &str = chrono_tz::IANA_TZDB_VERSION;
/// The longest name that is looked up as a zone, in bytes.
pub const ZONE_BYTES_MAX: usize = 64;

const DAY_MS: i64 = 86_400_000;
/// No zone is further than this from UTC.
const OFFSET_MS_MOST: i64 = 26 * 3_600_000;
/// No zone has two changeovers within this time.
const STRIDE_MS: i64 = 3_600_000;

/// A time zone of the IANA database.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(Tz);

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// A day of the calendar: how many days it is after 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i64);

/// What calendar and clock on the wall say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime {
    /// The day.
    pub day: Day,
    /// What the clock reads, in milliseconds after 00:00: from 0 to 86,399,999.
    pub ms_of_day: i64,
}

impl Zone {
    /// The zone of an IANA name (`Europe/Berlin`, `UTC`), links included.
    ///
    /// # Errors
    /// `limit_exceeded` over [`ZONE_BYTES_MAX`]; `invalid_field` for a name that is none, with the
    /// nearest one that is.
    pub fn parse(name: &str) -> Result<Self, Error> {
        if name.len() > ZONE_BYTES_MAX {
            let (max, got) = (ZONE_BYTES_MAX as u64, name.len() as u64);
            return Err(Error::limit("tz", "ZONE_BYTES_MAX", max, got));
        }
        if let Ok(zone) = name.parse() {
            return Ok(Zone(zone));
        }
        Err(Error::at(
            Code::InvalidField,
            "tz",
            format!(
                "there is no zone `{}`; did you mean {}?",
                name.escape_default(),
                nearest(name)
            ),
        ))
    }

    /// The zone, for libraries of calendars.
    pub(crate) fn tz(self) -> Tz {
        self.0
    }

    /// The name that the zone was asked for by.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// All names, in the order of the database.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TZ_VARIANTS.iter().map(|zone| zone.name())
    }

    /// What the clock on the wall reads at this time.
    pub fn wall(self, at: Timestamp) -> WallTime {
        WallTime::of_local_ms(at.as_ms().saturating_add(self.offset_ms(at.as_ms())))
    }

    /// The first moment at which the wall reads this day and time or later; at the ends of what a
    /// [`Timestamp`] can name, the end.
    pub fn first_at(self, wall: WallTime) -> Timestamp {
        let wanted = wall.to_local_ms();
        let mut from = wanted.saturating_sub(OFFSET_MS_MOST);
        let last = wanted.saturating_add(OFFSET_MS_MOST);
        while from < last {
            // Until the next changeover the clock runs straight.
            let reads = from.saturating_add(self.offset_ms(from));
            let at = from.saturating_add(wanted.saturating_sub(reads).max(0));
            match self.changeover(from, at) {
                None => return clamped(at),
                Some(changeover) => from = changeover,
            }
        }
        clamped(from)
    }

    /// The first moment of the local day that `at` is in. A day begins once: where the clock is set
    /// back over midnight, the repeated minutes belong to the day that had begun.
    pub fn start_of_day(self, at: Timestamp) -> Timestamp {
        self.start_of(self.day_begun(at))
    }

    /// The first moment of the local day after the one that `at` is in.
    pub fn end_of_day(self, at: Timestamp) -> Timestamp {
        self.start_after(at, self.day_begun(at), 1)
    }

    /// The first moment of the local week, Monday to Sunday, that `at` is in.
    pub fn start_of_week(self, at: Timestamp) -> Timestamp {
        self.start_of(self.day_begun(at).monday())
    }

    /// The first moment of the local week after the one that `at` is in.
    pub fn end_of_week(self, at: Timestamp) -> Timestamp {
        self.start_after(at, self.day_begun(at).monday(), 7)
    }

    /// The first changeover after `after`, but not after `until`.
    pub fn next_changeover(self, after: Timestamp, until: Timestamp) -> Option<Timestamp> {
        self.changeover(after.as_ms(), until.as_ms()).map(clamped)
    }

    /// The latest day whose first moment is not after `at`.
    fn day_begun(self, at: Timestamp) -> Day {
        let reads = self.wall(at).day;
        if self.start_of(reads.plus(1)) <= at {
            reads.plus(1)
        } else {
            reads
        }
    }

    fn start_of(self, day: Day) -> Timestamp {
        self.first_at(WallTime { day, ms_of_day: 0 })
    }

    /// The first start after `at` of the days `step`, 2 × `step`, … after `day`: a zone that changed
    /// the side of the date line has skipped a day.
    fn start_after(self, at: Timestamp, day: Day, step: i64) -> Timestamp {
        let next = self.start_of(day.plus(step));
        if next > at {
            next
        } else {
            self.start_of(day.plus(2 * step))
        }
    }

    fn changeover(self, after: i64, until: i64) -> Option<i64> {
        let before = self.offset_ms(after);
        let mut low = after;
        while low < until {
            let high = low.saturating_add(STRIDE_MS).min(until);
            if self.offset_ms(high) != before {
                return Some(self.first_change(before, low, high));
            }
            low = high;
        }
        None
    }

    /// The first moment after `low`, where the offset is `before`, at which it is another; it is at
    /// `high`.
    fn first_change(self, before: i64, mut low: i64, mut high: i64) -> i64 {
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.offset_ms(middle) == before {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }

    /// How far the wall is ahead of UTC, in milliseconds.
    fn offset_ms(self, ms: i64) -> i64 {
        let utc = DateTime::from_timestamp_millis(ms).unwrap_or_default();
        let offset = self.0.offset_from_utc_datetime(&utc.naive_utc()).fix();
        i64::from(offset.local_minus_utc()) * 1_000
    }
}

impl Day {
    /// The day of the week.
    pub fn weekday(self) -> Weekday {
        // 1970-01-01 was a Thursday.
        match (self.0.rem_euclid(7) + 3) % 7 {
            0 => Weekday::Mon,
            1 => Weekday::Tue,
            2 => Weekday::Wed,
            3 => Weekday::Thu,
            4 => Weekday::Fri,
            5 => Weekday::Sat,
            _ => Weekday::Sun,
        }
    }

    /// The day so many days later, earlier for a negative number.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Day(self.0.saturating_add(days))
    }

    fn monday(self) -> Self {
        self.plus(-((self.0.rem_euclid(7) + 3) % 7))
    }
}

impl WallTime {
    pub(crate) fn of_local_ms(ms: i64) -> Self {
        WallTime {
            day: Day(ms.div_euclid(DAY_MS)),
            ms_of_day: ms.rem_euclid(DAY_MS),
        }
    }

    pub(crate) fn to_local_ms(self) -> i64 {
        let midnight = self.day.0.saturating_mul(DAY_MS);
        midnight.saturating_add(self.ms_of_day)
    }
}

impl Weekday {
    /// Monday to Sunday.
    pub const ALL: [Weekday; 7] = [
        Weekday::Mon,
        Weekday::Tue,
        Weekday::Wed,
        Weekday::Thu,
        Weekday::Fri,
        Weekday::Sat,
        Weekday::Sun,
    ];
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl PartialOrd for Zone {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Zone {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.name().cmp(other.name())
    }
}

impl FromStr for Zone {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Zone::parse(name)
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl serde::de::Visitor<'_> for Name {
            type Value = Zone;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the IANA name of a time zone, as in Europe/Berlin")
            }
            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Zone, E> {
                Zone::parse(name).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Name)
    }
}

/// The zone whose name is reached with the fewest edits, letter case aside; the city alone may do
/// (`Berlin`). The first in alphabetical order where several are as near.
fn nearest(name: &str) -> &'static str {
    let name = name.trim().to_lowercase().replace(' ', "_");
    let far = |zone: &&str| {
        let zone = zone.to_lowercase();
        let city = zone.rsplit('/').next().unwrap_or(&zone);
        let whole = strsim::osa_distance(&name, &zone);
        // A city alone is one step away, so that a whole name that is as near comes first.
        whole.min(strsim::osa_distance(&name, city).saturating_add(1))
    };
    Zone::names()
        .min_by_key(|zone| (far(zone), *zone))
        .unwrap_or("UTC")
}

fn clamped(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms).unwrap_or(if ms < 0 {
        Timestamp::EPOCH
    } else {
        Timestamp::MAX
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> Zone {
        Zone::parse(name).unwrap()
    }

    #[test]
    fn a_name_that_is_none_is_answered_with_the_nearest_one() {
        for (wrong, right) in [
            ("Europe/Berin", "Europe/Berlin"),
            ("europe/berlin", "Europe/Berlin"),
            ("America/New York", "America/New_York"),
            ("Tokio", "Asia/Tokyo"),
            ("utc", "UTC"),
            ("Europe/Kyiw", "Europe/Kyiv"),
        ] {
            let error = Zone::parse(wrong).unwrap_err();
            assert_eq!(error.code(), Code::InvalidField);
            let said = format!("did you mean {right}?");
            assert!(error.message().ends_with(&said), "{wrong}: {error}");
        }
    }

    #[test]
    fn a_day_begins_once_whatever_the_clock_does() {
        for (name, inside, start, end) in [
            // Midnight does not exist.
            (
                "America/Santiago",
                "2026-09-06T16:00:00Z",
                "2026-09-06T04:00:00Z",
                "2026-09-07T03:00:00Z",
            ),
            // The last hour of Saturday comes twice.
            (
                "America/Santiago",
                "2026-04-05T03:30:00Z",
                "2026-04-04T03:00:00Z",
                "2026-04-05T04:00:00Z",
            ),
            // 00:00 comes twice: at 00:01 the clock is set back to 23:01 of the day before.
            (
                "America/St_Johns",
                "2010-11-07T02:50:00Z",
                "2010-11-07T02:30:00Z",
                "2010-11-08T03:30:00Z",
            ),
            // A day that was skipped.
            (
                "Pacific/Apia",
                "2011-12-30T09:59:59Z",
                "2011-12-29T10:00:00Z",
                "2011-12-30T10:00:00Z",
            ),
            (
                "Pacific/Apia",
                "2011-12-30T10:00:00Z",
                "2011-12-30T10:00:00Z",
                "2011-12-31T10:00:00Z",
            ),
            (
                "UTC",
                "2026-01-01T00:00:00Z",
                "2026-01-01T00:00:00Z",
                "2026-01-02T00:00:00Z",
            ),
        ] {
            let zone = zone(name);
            assert_eq!(zone.start_of_day(at(inside)), at(start), "{name} {inside}");
            assert_eq!(zone.end_of_day(at(inside)), at(end), "{name} {inside}");
        }
    }

    #[test]
    fn a_week_begins_on_monday() {
        let berlin = zone("Europe/Berlin");
        let sunday = at("2026-10-25T22:59:59Z");
        assert_eq!(berlin.start_of_week(sunday), at("2026-10-18T22:00:00Z"));
        assert_eq!(berlin.end_of_week(sunday), at("2026-10-25T23:00:00Z"));
        let monday = at("2026-10-25T23:00:00Z");
        assert_eq!(berlin.start_of_week(monday), monday);
        assert_eq!(Day(0).weekday(), Weekday::Thu);
        assert_eq!(Day(-4).weekday(), Weekday::Sun);
    }

    #[test]
    fn the_ends_of_time_are_the_ends() {
        for name in ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"] {
            let zone = zone(name);
            assert!(zone.start_of_week(Timestamp::EPOCH) == Timestamp::EPOCH);
            assert!(zone.end_of_week(Timestamp::MAX) == Timestamp::MAX);
            for day in [i64::MIN, i64::MAX] {
                let wall = WallTime {
                    day: Day(day),
                    ms_of_day: 0,
                };
                zone.first_at(wall);
            }
        }
    }
}
