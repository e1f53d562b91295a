//! Lengths of time in few words.

use crate::model::Timestamp;

/// A length of time in one unit, rounded down: `40 s`, `12 min`, `3 h`, `5 days`.
///
/// ```
/// use loom_core::view::span;
///
/// assert_eq!(span(999), "0 s");
/// assert_eq!(span(119_000), "119 s");
/// assert_eq!(span(120_000), "2 min");
/// assert_eq!(span(7_200_000), "2 h");
/// assert_eq!(span(172_800_000), "2 days");
/// ```
pub fn span(ms: u64) -> String {
    let seconds = ms / 1_000;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// A point in time not after `now`, seen from `now`: `just now`, `12 min ago`.
pub fn ago(then: Timestamp, now: Timestamp) -> String {
    match now.since_ms(then) {
        0..1_000 => "just now".to_owned(),
        ms => format!("{} ago", span(ms)),
    }
}

/// A point in time seen from `now`: `in 12 min`, or how long ago it was.
///
/// ```
/// use loom_core::model::Timestamp;
/// use loom_core::view::until;
///
/// let now = Timestamp::from_ms(10_000_000).unwrap();
/// assert_eq!(until(now.plus_ms(720_000), now), "in 12 min");
/// assert_eq!(until(now.minus_ms(3_000), now), "3 s ago");
/// ```
pub fn until(then: Timestamp, now: Timestamp) -> String {
    match then.since_ms(now) {
        0 => ago(then, now),
        ms => format!("in {}", span(ms)),
    }
}
