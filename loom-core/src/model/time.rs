//! Points in time, in whole milliseconds since 1970-01-01T00:00:00Z.
//!
//! The core never asks what time it is: callers pass `now` in. On every border a point in time is
//! an RFC 3339 text, never a float. The civil-from-days arithmetic is Howard Hinnant's
//! ("chrono-Compatible Low-Level Date Algorithms").
//!
//! ```
//! use loom_core::model::Timestamp;
//!
//! let at: Timestamp = "2026-11-22T08:30:00+01:00".parse().unwrap();
//! assert_eq!(at.to_string(), "2026-11-22T07:30:00.000Z");
//! assert_eq!(at.plus_ms(1_500).to_string(), "2026-11-22T07:30:01.500Z");
//! ```

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Code, Error};

/// The last point in time that can be named: 9999-12-31T23:59:59.999Z.
pub const TIMESTAMP_MS_MAX: i64 = 253_402_300_799_999;

const DAY_MS: i64 = 86_400_000;

/// A point in time: milliseconds since the Unix epoch, from 0 to [`TIMESTAMP_MS_MAX`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00.000Z.
    pub const EPOCH: Timestamp = Timestamp(0);
    /// 9999-12-31T23:59:59.999Z.
    pub const MAX: Timestamp = Timestamp(TIMESTAMP_MS_MAX);

    /// The point `ms` milliseconds after the epoch.
    ///
    /// # Errors
    /// `invalid_field` before 1970 or after 9999.
    pub fn from_ms(ms: i64) -> Result<Self, Error> {
        if (0..=TIMESTAMP_MS_MAX).contains(&ms) {
            Ok(Timestamp(ms))
        } else {
            Err(Error::at(
                Code::InvalidField,
                "time",
                "a time lies between the years 1970 and 9999",
            ))
        }
    }

    /// Milliseconds since the epoch.
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    /// This point `ms` later; stops at [`Timestamp::MAX`].
    #[must_use]
    pub fn plus_ms(self, ms: u64) -> Self {
        let ms = i64::try_from(ms).unwrap_or(i64::MAX);
        Timestamp(self.0.saturating_add(ms).min(TIMESTAMP_MS_MAX))
    }

    /// This point `ms` earlier; stops at [`Timestamp::EPOCH`].
    #[must_use]
    pub fn minus_ms(self, ms: u64) -> Self {
        let ms = i64::try_from(ms).unwrap_or(i64::MAX);
        Timestamp(self.0.saturating_sub(ms).max(0))
    }

    /// Milliseconds from `earlier` to this point; 0 where `earlier` is later.
    pub fn since_ms(self, earlier: Timestamp) -> u64 {
        u64::try_from(self.0 - earlier.0).unwrap_or(0)
    }

    /// The RFC 3339 text, always 24 bytes in UTC with milliseconds.
    fn to_text(self) -> [u8; 24] {
        let days = self.0.div_euclid(DAY_MS);
        let ms_of_day = self.0.rem_euclid(DAY_MS);
        let (year, month, day) = civil_from_days(days);
        let mut text = *b"0000-00-00T00:00:00.000Z";
        put(&mut text, 0, 4, year);
        put(&mut text, 5, 2, month);
        put(&mut text, 8, 2, day);
        put(&mut text, 11, 2, ms_of_day / 3_600_000);
        put(&mut text, 14, 2, ms_of_day / 60_000 % 60);
        put(&mut text, 17, 2, ms_of_day / 1_000 % 60);
        put(&mut text, 20, 3, ms_of_day % 1_000);
        text
    }

    /// Reads the 24-byte form that [`Timestamp::to_text`] writes; anything else is `None`.
    fn from_own_text(text: &[u8]) -> Option<Self> {
        let shape_holds = text.len() == 24
            && text[4] == b'-'
            && text[7] == b'-'
            && text[10] == b'T'
            && text[13] == b':'
            && text[16] == b':'
            && text[19] == b'.'
            && text[23] == b'Z';
        if !shape_holds {
            return None;
        }
        let number = |from: usize, len: usize| {
            text[from..from + len].iter().try_fold(0i64, |sum, digit| {
                digit
                    .is_ascii_digit()
                    .then(|| sum * 10 + i64::from(digit - b'0'))
            })
        };
        let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
        let (hour, minute, second, ms) = (
            number(11, 2)?,
            number(14, 2)?,
            number(17, 2)?,
            number(20, 3)?,
        );
        let days = days_from_civil(year, month, day);
        let is_real = year >= 1970
            && civil_from_days(days) == (year, month, day)
            && hour < 24
            && minute < 60
            && second < 60;
        is_real.then(|| {
            Timestamp(days * DAY_MS + hour * 3_600_000 + minute * 60_000 + second * 1_000 + ms)
        })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.to_text()).unwrap_or(""))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    /// Reads an RFC 3339 text with any offset; what is finer than a millisecond is cut off.
    fn from_str(text: &str) -> Result<Self, Error> {
        if let Some(own) = Timestamp::from_own_text(text.as_bytes()) {
            return Ok(own);
        }
        let read = chrono::DateTime::parse_from_rfc3339(text).map_err(|_| {
            Error::at(
                Code::InvalidField,
                "time",
                "a time is written as RFC 3339, as in 2026-11-22T07:30:00Z",
            )
        })?;
        Timestamp::from_ms(read.timestamp_millis())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.to_text()).unwrap_or(""))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Timestamp;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an RFC 3339 time")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Timestamp, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

fn put(text: &mut [u8; 24], from: usize, len: usize, number: i64) {
    let mut rest = number;
    for place in text[from..from + len].iter_mut().rev() {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_number_agree_with_chrono_on_every_day_of_the_range() {
        for day in (0..TIMESTAMP_MS_MAX / DAY_MS).step_by(7) {
            let at = Timestamp::from_ms(day * DAY_MS + 12_345_678).unwrap();
            let peer = chrono::DateTime::from_timestamp_millis(at.as_ms()).unwrap();
            assert_eq!(
                at.to_string(),
                peer.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
            );
            assert_eq!(at.to_string().parse::<Timestamp>().unwrap(), at);
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "2026-02-29T00:00:00.000Z",
            "2026-13-01T00:00:00.000Z",
            "2026-00-10T00:00:00.000Z",
            "2026-01-01T24:00:00.000Z",
            "1969-12-31T23:59:59.999Z",
            "2026-01-01 00:00",
            "1e9",
            "",
        ] {
            assert_eq!(
                text.parse::<Timestamp>().unwrap_err().code(),
                Code::InvalidField,
                "{text}"
            );
        }
    }

    #[test]
    fn arithmetic_stops_at_the_ends() {
        assert_eq!(Timestamp::MAX.plus_ms(u64::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::EPOCH.minus_ms(1), Timestamp::EPOCH);
        assert_eq!(Timestamp::EPOCH.since_ms(Timestamp::MAX), 0);
    }
}
