//! When a loop starts: by a calendar in a zone, after so much time, at a signal, or by hand.
//!
//! A calendar is a cron expression of five fields (minute, hour, day of the month, month, weekday), read by
//! the `croner` library. Where clocks change, it follows Vixie's cron. An expression whose minute and hour are
//! each one number is *fixed*: inside a gap it starts at the first moment after the gap, and what an overlap
//! reads twice it starts once, at the earlier reading. Any other starts at every moment at which the clock on
//! the wall reads what it says: never inside a gap, and twice inside an overlap.
//! The calendar ends with the year 5000.
//!
//! ```
//! use loom_core::model::Timestamp;
//! use loom_core::run::Trigger;
//!
//! let trigger: Trigger = serde_json::from_str(
//!     r#"{"type": "cron", "expression": "30 2 * * *", "tz": "Europe/Berlin"}"#,
//! )
//! .unwrap();
//! let [registered, night]: [Timestamp; 2] =
//!     ["2026-03-01T00:00:00Z", "2026-03-28T12:00:00Z"].map(|it| it.parse().unwrap());
//! // 02:30 is skipped on the night of the change: it starts at 03:00, an hour after 01:59.
//! let next = trigger.next_slot(registered, night).unwrap();
//! assert_eq!(next.to_string(), "2026-03-29T01:00:00.000Z");
//! ```

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::JobType;
use croner::parser::{CronParser, Seconds, Year};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Code, Error};
use crate::model::{ActorId, TIMESTAMP_MS_MAX, Timestamp, WallTime, Zone};

/// The longest cron expression, in bytes.
pub const CRON_BYTES_MAX: usize = 256;
/// The shortest interval, in milliseconds: one minute.
pub const EVERY_MS_MIN: u64 = 60_000;
/// The longest interval, in milliseconds: 366 days.
pub const EVERY_MS_MAX: u64 = 366 * 24 * 60 * 60 * 1_000;

/// How far a clock is set back at most, in milliseconds: one day, where a zone changed its side of the date
/// line.
const REPEATED_MS_MOST: i64 = 24 * 60 * 60 * 1_000;
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// When a loop starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Trigger {
    /// When somebody starts it.
    Manual {},
    /// By a calendar.
    Cron(Cron),
    /// Again and again after the same time, counted from when the loop was registered or resumed.
    Interval(Interval),
    /// At each signal of a name.
    Event(OnSignal),
}

/// A calendar in a zone.
#[derive(Clone)]
pub struct Cron {
    expression: Arc<str>,
    tz: Zone,
    /// Its minute and hour are each one number.
    fixed: bool,
    read: Arc<croner::Cron>,
}

/// A calendar as it is written.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Cron"))]
#[serde(deny_unknown_fields)]
struct Written {
    /// Minute, hour, day of the month, month, weekday: `0 6 * * mon`; or `@daily` and its like.
    expression: String,
    /// Whose clock.
    tz: Zone,
}

/// The same time again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// How long, in milliseconds: from one minute to 366 days.
    pub every_ms: u64,
}

/// A signal that a loop listens to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OnSignal {
    /// Its name.
    pub name: ActorId,
}

impl Default for Trigger {
    fn default() -> Trigger {
        Trigger::Manual {}
    }
}

impl Trigger {
    /// Is it started by hand alone?
    pub fn is_manual(&self) -> bool {
        matches!(self, Trigger::Manual {})
    }

    /// The first slot after a moment. `counts_from` is when the trigger began to count: nothing starts
    /// then or earlier. `None` for what has no schedule.
    pub fn next_slot(&self, counts_from: Timestamp, after: Timestamp) -> Option<Timestamp> {
        let after = after.max(counts_from);
        match self {
            Trigger::Manual {} | Trigger::Event(_) => None,
            Trigger::Cron(cron) => cron.next(after),
            Trigger::Interval(interval) => {
                let past = after.since_ms(counts_from) / interval.every_ms;
                interval.slot(counts_from, past + 1)
            }
        }
    }

    /// The latest slot up to a moment, that moment included; `None` where there is none yet.
    pub fn last_slot(&self, counts_from: Timestamp, at: Timestamp) -> Option<Timestamp> {
        match self {
            Trigger::Manual {} | Trigger::Event(_) => None,
            Trigger::Cron(cron) => cron.last(at).filter(|slot| *slot > counts_from),
            Trigger::Interval(interval) => match at.since_ms(counts_from) / interval.every_ms {
                0 => None,
                past => interval.slot(counts_from, past),
            },
        }
    }

    /// The slots from a moment on and before another, in order, at most so many.
    pub fn slots(
        &self,
        counts_from: Timestamp,
        within: Range<Timestamp>,
        most: usize,
    ) -> Vec<Timestamp> {
        // A slot at the first moment itself counts.
        let mut after = within.start.minus_ms(1);
        let mut slots = Vec::new();
        while slots.len() < most {
            match self.next_slot(counts_from, after) {
                Some(slot) if slot < within.end => {
                    after = slot;
                    slots.push(slot);
                }
                _ => break,
            }
        }
        slots
    }
}

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// `limit_exceeded` over [`CRON_BYTES_MAX`]; `invalid_field` for what is no expression of five fields,
    /// and for one of a day that never comes.
    pub fn new(expression: &str, tz: Zone) -> Result<Cron, Error> {
        if expression.len() > CRON_BYTES_MAX {
            let (max, got) = (CRON_BYTES_MAX as u64, expression.len() as u64);
            return Err(Error::limit("trigger.cron", "CRON_BYTES_MAX", max, got));
        }
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let illegal = |why: &dyn fmt::Display| {
            let shown = expression.escape_debug();
            let message = format!(
                "`{shown}` is no cron expression ({why}); write minute, hour, day of the month, month and \
                 weekday, as in `0 6 * * mon`"
            );
            Error::at(Code::InvalidField, "trigger.cron", message)
        };
        let is_text = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
        if !expression.bytes().all(is_text) {
            return Err(illegal(&"characters that no expression has"));
        }
        // The library skips an empty place of a list; a field of nothing else would be searched for until
        // the end of its calendar.
        let has_empty_place = |field: &str| {
            let list = field.strip_prefix('+').unwrap_or(field);
            list.split(',').any(str::is_empty)
        };
        if expression.split_ascii_whitespace().any(has_empty_place) {
            return Err(illegal(&"a list with an empty place"));
        }
        if !words_stand_alone(expression) {
            return Err(illegal(&"a word that is no name of its field"));
        }
        let read = parser.parse(expression).map_err(|why| illegal(&why))?;
        let fixed = read.determine_job_type() == JobType::FixedTime;
        let cron = Cron {
            expression: expression.into(),
            tz,
            fixed,
            read: Arc::new(read),
        };
        match cron.next(Timestamp::EPOCH) {
            Some(_) => Ok(cron),
            None => Err(illegal(&"the day never comes")),
        }
    }

    /// The expression as it was written.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// Whose clock it is read by.
    pub fn zone(&self) -> Zone {
        self.tz
    }

    fn next(&self, after: Timestamp) -> Option<Timestamp> {
        if !self.fixed {
            // What is searched is whole seconds, and slots are whole minutes.
            let from = self.local(after)?;
            let found = self.read.find_next_occurrence(&from, false).ok()?;
            return Timestamp::from_ms(found.timestamp_millis()).ok();
        }
        // What the wall reads later is reached later, but for what an overlap reads again.
        let mut reading = self.reading(after, 0)?;
        loop {
            reading = self.read.find_next_occurrence(&reading, false).ok()?;
            let at = self.reached(reading)?;
            if at > after {
                return Some(at);
            }
        }
    }

    fn last(&self, at: Timestamp) -> Option<Timestamp> {
        if !self.fixed {
            let from = self.local(at)?;
            let found = self.read.find_previous_occurrence(&from, true).ok()?;
            return Timestamp::from_ms(found.timestamp_millis()).ok();
        }
        // Inside an overlap the wall has read more than it does now.
        let mut reading = self.reading(at, REPEATED_MS_MOST)?;
        let mut inclusive = true;
        loop {
            reading = self
                .read
                .find_previous_occurrence(&reading, inclusive)
                .ok()?;
            if let Some(reached) = self.reached(reading)
                && reached <= at
            {
                return Some(reached);
            }
            inclusive = false;
        }
    }

    fn local(&self, at: Timestamp) -> Option<DateTime<Tz>> {
        let utc = DateTime::from_timestamp(at.as_ms().div_euclid(1_000), 0)?;
        Some(utc.with_timezone(&self.tz.tz()))
    }

    /// What the wall reads so long after it reads what it does at this time, as if no clock ever changed.
    fn reading(&self, at: Timestamp, later_ms: i64) -> Option<DateTime<Utc>> {
        let ms = self.tz.wall(at).to_local_ms().saturating_add(later_ms);
        DateTime::from_timestamp(ms.div_euclid(1_000), 0)
    }

    /// The first moment at which the wall reads this or more.
    fn reached(&self, reading: DateTime<Utc>) -> Option<Timestamp> {
        let ms = reading.timestamp_millis();
        let at = self.tz.first_at(WallTime::of_local_ms(ms));
        // Past the last moment that can be named, nothing is reached.
        (at < Timestamp::from_ms(TIMESTAMP_MS_MAX).ok()?).then_some(at)
    }
}

/// Does each word of the fields stand alone, and in the field whose name it is? The library puts numbers in
/// place of names wherever it sees them: `1jan` would be read as 11, and `janfeb` as 12.
fn words_stand_alone(expression: &str) -> bool {
    let fields: Vec<&str> = expression.split_ascii_whitespace().collect();
    if fields.len() != 5 {
        // A nickname, or nothing that can be read: for the library to say.
        return true;
    }
    fields.iter().enumerate().all(|(nth, field)| {
        let words = field.split(|it: char| !it.is_ascii_alphanumeric());
        words.filter(|word| !word.is_empty()).all(|word| {
            let word = word.to_ascii_lowercase();
            let letters = word.trim_start_matches(|it: char| it.is_ascii_digit());
            let names: &[&str] = match nth {
                3 => &MONTHS,
                4 => &WEEKDAYS,
                _ => &[],
            };
            let is_name = |it: &str| letters.len() == word.len() && names.contains(&it);
            let last = letters.strip_suffix('l').filter(|_| nth == 4);
            matches!(letters, "" | "l" | "w" | "lw")
                || is_name(letters)
                || last.is_some_and(is_name)
        })
    })
}

impl PartialEq for Cron {
    fn eq(&self, other: &Cron) -> bool {
        (&self.expression, self.tz) == (&other.expression, other.tz)
    }
}

impl Eq for Cron {}

impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cron({self})")
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.expression, self.tz.name())
    }
}

impl Serialize for Cron {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let expression = self.expression.as_ref().to_owned();
        let tz = self.tz;
        Written { expression, tz }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Cron {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cron, D::Error> {
        let Written { expression, tz } = Written::deserialize(deserializer)?;
        Cron::new(&expression, tz).map_err(|why| serde::de::Error::custom(why.message()))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Cron {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Written::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Written::json_schema(generator)
    }
}

impl Interval {
    /// Starts again and again after so many milliseconds.
    ///
    /// # Errors
    /// `limit_exceeded` under [`EVERY_MS_MIN`] and over [`EVERY_MS_MAX`].
    pub fn new(every_ms: u64) -> Result<Interval, Error> {
        let field = "trigger.interval.every_ms";
        match every_ms {
            EVERY_MS_MIN..=EVERY_MS_MAX => Ok(Interval { every_ms }),
            less if less < EVERY_MS_MIN => {
                Err(Error::below(field, "EVERY_MS_MIN", EVERY_MS_MIN, less))
            }
            more => Err(Error::limit(field, "EVERY_MS_MAX", EVERY_MS_MAX, more)),
        }
    }

    fn slot(self, counts_from: Timestamp, nth: u64) -> Option<Timestamp> {
        let ms = i64::try_from(nth.checked_mul(self.every_ms)?).ok()?;
        Timestamp::from_ms(counts_from.as_ms().checked_add(ms)?).ok()
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Interval, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "Interval", deny_unknown_fields)]
        struct Written {
            every_ms: u64,
        }
        let Written { every_ms } = Written::deserialize(deserializer)?;
        Interval::new(every_ms).map_err(|why| serde::de::Error::custom(why.message()))
    }
}
