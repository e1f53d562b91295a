//! Windows of time: hours of the day in a zone, or one-off freezes.
//!
//! The clock on the wall decides, moment by moment: a moment is inside where the clock then reads a
//! time from `from` on and before `to`. So a window that begins or ends inside a gap does so at the
//! changeover; one that lies in a gap as a whole is not on that day; and where the clock is set back,
//! a time that it reads twice is inside both times. Past midnight, the day that counts is the one before
//! the day that the calendar then shows.
//!
//! ```
//! use loom_core::model::Timestamp;
//! use loom_core::policy::Window;
//!
//! // Nobody deploys on a Friday night.
//! let window: Window = serde_json::from_str(
//!     r#"{"tz": "Europe/Berlin", "days": ["fri"], "from": "18:00", "to": "06:00"}"#,
//! )
//! .unwrap();
//! let night: Timestamp = "2026-10-24T01:00:00Z".parse().unwrap();
//! assert!(window.inside(night));
//! let morning: Timestamp = "2026-10-24T04:00:00Z".parse().unwrap();
//! assert_eq!(window.next_change_at(night), Some(morning));
//! assert!(!window.inside(morning));
//! ```

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Code, Error};
use crate::model::{Timestamp, Weekday, Zone};

/// The most freezes in one window.
pub const FREEZES_MAX: usize = 64;

const DAY_MS: i64 = 86_400_000;
/// How far ahead a change is looked for. A window of one hour on one day of the week stays out for a
/// week, for two where a gap has swallowed that hour or the date line that day, and no zone had three
/// such weeks in a row.
const AHEAD_MS: u64 = 32 * 86_400_000;

/// A window of time, half-open: its first moment is inside, its last is not.
///
/// In JSON `{tz, days?, from, to}` with times of the day, `{from, to}` with RFC 3339 times, or a list of
/// the latter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Window {
    /// Hours of the day.
    Hours(Hours),
    /// One freeze.
    Freeze(Freeze),
    /// Several freezes, which may overlap: what is inside one is inside.
    Freezes(Vec<Freeze>),
}

/// Hours of the day on days of the week, in a zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// Whose clock.
    pub tz: Zone,
    /// The days on which it begins; every day where none is named.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub days: BTreeSet<Weekday>,
    /// When it begins.
    pub from: TimeOfDay,
    /// When it ends: on the next day where that is before `from`, 24 hours later where it is the same.
    pub to: TimeOfDay,
}

/// One freeze, from a moment to a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
}

/// A time of the day to the minute, written `HH:MM`, from 00:00 to 23:59.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

impl Window {
    /// The window, where its parts make one.
    ///
    /// # Errors
    /// `invalid_field` for a freeze that does not end after it begins, and for an empty list of freezes;
    /// `limit_exceeded` over [`FREEZES_MAX`].
    pub fn checked(self) -> Result<Self, Error> {
        if let Window::Freezes(freezes) = &self {
            if freezes.is_empty() {
                let why = "name at least one freeze, or leave the window out";
                return Err(Error::at(Code::InvalidField, "window", why));
            }
            if freezes.len() > FREEZES_MAX {
                let (max, got) = (FREEZES_MAX as u64, freezes.len() as u64);
                return Err(Error::limit("window", "FREEZES_MAX", max, got));
            }
        }
        for (nth, freeze) in self.freezes().iter().enumerate() {
            if freeze.from >= freeze.to {
                let field = match &self {
                    Window::Freezes(_) => format!("window[{nth}].to"),
                    _ => "window.to".to_owned(),
                };
                let why = "a freeze ends after it begins: put `to` after `from`";
                return Err(Error::at(Code::InvalidField, field, why));
            }
        }
        Ok(self)
    }

    /// Is this time inside?
    pub fn inside(&self, now: Timestamp) -> bool {
        match self {
            Window::Hours(hours) => hours.inside(now),
            Window::Freeze(_) | Window::Freezes(_) => self
                .freezes()
                .iter()
                .any(|freeze| freeze.from <= now && now < freeze.to),
        }
    }

    /// The first time after `now` at which [`Window::inside`] answers differently than at `now`; `None`
    /// where it never does, or not before the end of what a [`Timestamp`] can name.
    pub fn next_change_at(&self, now: Timestamp) -> Option<Timestamp> {
        if let Window::Hours(hours) = self {
            return hours.next_change_at(now);
        }
        let inside = self.inside(now);
        let ends = self.freezes().iter().flat_map(|f| [f.from, f.to]);
        ends.filter(|&at| at > now && self.inside(at) != inside)
            .min()
    }

    fn freezes(&self) -> &[Freeze] {
        match self {
            Window::Hours(_) => &[],
            Window::Freeze(freeze) => std::slice::from_ref(freeze),
            Window::Freezes(freezes) => freezes,
        }
    }
}

impl Hours {
    fn inside(&self, now: Timestamp) -> bool {
        let wall = self.tz.wall(now);
        let (from, to) = (self.from.ms(), self.to.ms());
        let today = self.begins_on(wall.day.weekday());
        if from < to {
            return today && (from..to).contains(&wall.ms_of_day);
        }
        let yesterday = self.begins_on(wall.day.plus(-1).weekday());
        (today && wall.ms_of_day >= from) || (yesterday && wall.ms_of_day < to)
    }

    fn begins_on(&self, day: Weekday) -> bool {
        self.days.is_empty() || self.days.contains(&day)
    }

    /// Between one look and the next the answer cannot change: a look is at each time that the clock
    /// reads `from`, `to` or midnight, and at each changeover.
    fn next_change_at(&self, now: Timestamp) -> Option<Timestamp> {
        let inside = self.inside(now);
        let last = now.plus_ms(AHEAD_MS);
        let mut at = now;
        while at < last {
            at = self.next_look(at)?;
            if self.inside(at) != inside {
                return Some(at);
            }
        }
        None
    }

    fn next_look(&self, at: Timestamp) -> Option<Timestamp> {
        let reads = self.tz.wall(at).ms_of_day;
        let until = |time: i64| match time - reads {
            ahead if ahead > 0 => ahead,
            behind => behind + DAY_MS,
        };
        let wait = until(self.from.ms()).min(until(self.to.ms())).min(until(0));
        let straight = Timestamp::from_ms(at.as_ms() + wait).ok();
        let changeover = self
            .tz
            .next_changeover(at, straight.unwrap_or(Timestamp::MAX));
        changeover.or(straight)
    }
}

impl TimeOfDay {
    /// The time of this hour and minute.
    ///
    /// # Errors
    /// `invalid_field` past 23:59.
    pub fn new(hour: u8, minute: u8) -> Result<Self, Error> {
        if hour < 24 && minute < 60 {
            return Ok(TimeOfDay(u16::from(hour) * 60 + u16::from(minute)));
        }
        Err(no_time())
    }

    fn ms(self) -> i64 {
        i64::from(self.0) * 60_000
    }
}

impl FromStr for TimeOfDay {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let &[h, hh, b':', m, mm] = text.as_bytes() else {
            return Err(no_time());
        };
        if ![h, hh, m, mm].iter().all(u8::is_ascii_digit) {
            return Err(no_time());
        }
        TimeOfDay::new((h - b'0') * 10 + (hh - b'0'), (m - b'0') * 10 + (mm - b'0'))
    }
}

fn no_time() -> Error {
    let why = "a time of the day is written HH:MM, from 00:00 to 23:59";
    Error::at(Code::InvalidField, "time", why)
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Debug for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = TimeOfDay;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time of the day, as in 09:30")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<TimeOfDay, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for TimeOfDay {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TimeOfDay".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A time of the day, HH:MM.",
            "type": "string",
            "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$",
        })
    }
}

/// Either form of an object, read in one go so that an error names the field that it is about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    tz: Option<Zone>,
    days: Option<BTreeSet<Weekday>>,
    from: String,
    to: String,
}

impl Fields {
    fn window(self) -> Result<Window, Error> {
        match (self.tz, self.days) {
            (Some(tz), days) => Ok(Window::Hours(Hours {
                tz,
                days: days.unwrap_or_default(),
                from: self.from.parse().map_err(|e: Error| e.about("from"))?,
                to: self.to.parse().map_err(|e: Error| e.about("to"))?,
            })),
            (None, None) => Ok(Window::Freeze(Freeze {
                from: self.from.parse().map_err(|e| hint(e, "from", &self.from))?,
                to: self.to.parse().map_err(|e| hint(e, "to", &self.to))?,
            })),
            (None, Some(_)) => Err(needs_zone("days")),
        }
    }
}

/// Whoever wrote a time of the day has only forgotten whose clock is meant.
fn hint(error: Error, field: &'static str, text: &str) -> Error {
    match text.parse::<TimeOfDay>() {
        Ok(_) => needs_zone(field),
        Err(_) => error.about(field),
    }
}

fn needs_zone(field: &'static str) -> Error {
    let why = "hours of the day need the zone they are in: name it in `tz`";
    Error::at(Code::MissingField, field, why)
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms;
        impl<'de> serde::de::Visitor<'de> for Forms {
            type Value = Window;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("{tz, days, from, to}, {from, to}, or a list of the latter")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Window, A::Error> {
                let fields = Fields::deserialize(MapAccessDeserializer::new(map))?;
                fields.window().map_err(serde::de::Error::custom)
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, seq: A) -> Result<Window, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Window::Freezes)
            }
        }
        let window = deserializer.deserialize_any(Forms)?;
        window.checked().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Window, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_no_window_is_refused_by_a_sentence_that_names_the_field() {
        for (json, said) in [
            (
                r#"{"tz":"Mars","from":"00:00","to":"01:00"}"#,
                "there is no zone `Mars`",
            ),
            (
                r#"{"tz":"UTC","from":"24:00","to":"01:00"}"#,
                "from: a time of the day",
            ),
            (
                r#"{"tz":"UTC","from":"00:00","to":"1:00"}"#,
                "to: a time of the day",
            ),
            (
                r#"{"tz":"UTC","from":"00:00","to":"+1:00"}"#,
                "to: a time of the day",
            ),
            (
                r#"{"from":"00:00","to":"01:00"}"#,
                "from: hours of the day need the zone",
            ),
            (
                r#"{"days":["mon"],"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"}"#,
                "days: hours of the day need the zone",
            ),
            (
                r#"{"tz":"UTC","day":["mon"],"from":"00:00","to":"01:00"}"#,
                "unknown field `day`",
            ),
            (
                r#"{"tz":"UTC","days":["monday"],"from":"00:00","to":"01:00"}"#,
                "unknown variant",
            ),
            (
                r#"{"tz":"UTC","tz":"UTC","from":"00:00","to":"01:00"}"#,
                "duplicate field `tz`",
            ),
            (r#"{"tz":"UTC","from":"00:00"}"#, "missing field `to`"),
            (
                r#"[{"from":"2026-01-01T00:00:00Z","to":"2026-01-01T00:00:00Z"}]"#,
                "window[0].to: a freeze ends after it begins",
            ),
            ("[]", "window: name at least one freeze"),
            ("7", "invalid type"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.contains(said), "{json}: {error}");
        }
    }

    #[test]
    fn a_window_is_written_as_it_is_read() {
        for json in [
            r#"{"tz":"Europe/Berlin","days":["mon","sun"],"from":"22:00","to":"06:05"}"#,
            r#"{"tz":"UTC","from":"00:00","to":"00:00"}"#,
            r#"{"from":"2026-12-23T00:00:00.000Z","to":"2027-01-02T00:00:00.000Z"}"#,
            r#"[{"from":"2026-12-23T00:00:00.000Z","to":"2027-01-02T00:00:00.000Z"}]"#,
        ] {
            assert_eq!(serde_json::to_string(&read(json).unwrap()).unwrap(), json);
        }
    }

    #[test]
    fn freezes_that_touch_or_overlap_are_one() {
        let day = |n: u8| format!("2026-12-{n:02}T00:00:00Z");
        let freeze = |from, to| Freeze {
            from: at(&day(from)),
            to: at(&day(to)),
        };
        let window = Window::Freezes(vec![
            freeze(9, 12),
            freeze(3, 5),
            freeze(5, 7),
            freeze(4, 6),
        ]);
        for (now, inside, next) in [
            (1, false, Some(3)),
            (3, true, Some(7)),
            (5, true, Some(7)),
            (7, false, Some(9)),
            (9, true, Some(12)),
            (12, false, None),
        ] {
            assert_eq!(window.inside(at(&day(now))), inside, "{now}");
            let next = next.map(|next| at(&day(next)));
            assert_eq!(window.next_change_at(at(&day(now))), next, "{now}");
        }
    }

    #[test]
    fn one_freeze_more_than_the_limit_names_it() {
        let freeze = Freeze {
            from: Timestamp::EPOCH,
            to: Timestamp::MAX,
        };
        assert!(Window::Freezes(vec![freeze; FREEZES_MAX]).checked().is_ok());
        let error = Window::Freezes(vec![freeze; FREEZES_MAX + 1]).checked();
        assert_eq!(error.unwrap_err().limit_name(), Some("FREEZES_MAX"));
    }

    #[test]
    fn at_the_end_of_time_nothing_changes_any_more() {
        let window = read(r#"{"tz":"Asia/Tokyo","from":"09:00","to":"08:00"}"#).unwrap();
        assert_eq!(window.next_change_at(Timestamp::MAX), None);
    }
}
