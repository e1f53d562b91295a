//! When loops start, held against a calendar that walks every minute of a year in six zones.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod calendar;

use std::sync::LazyLock;

use loom_core::error::Code;
use loom_core::model::{Actor, ActorId, ActorKind, Digest, LoopId, Timestamp, Zone};
use loom_core::run::{Cron, Interval, LoopDefined, LoopDefinition, RunEvent, RunTable, Trigger};
use proptest::prelude::*;

use calendar::{Expression, Year};

/// Two hours of change and one of half an hour, one that changes south of the equator at midnight, one whose
/// change skips midnight, and one that never changes.
const ZONES: [&str; 6] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Santiago",
    "America/Nuuk",
    "Asia/Kolkata",
];
static YEARS: LazyLock<Vec<Year>> = LazyLock::new(|| ZONES.into_iter().map(Year::of).collect());
/// More starts than this of one expression tell nothing new.
const STARTS_MAX: usize = 4_000;

fn config(ordinary: u32) -> ProptestConfig {
    let asked = std::env::var("LOOM_CASES").ok();
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(asked.and_then(|n| n.parse().ok()).unwrap_or(ordinary))
    }
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn year_begins() -> Timestamp {
    time("2026-01-01T00:00:00Z")
}

fn year_ends() -> Timestamp {
    time("2027-01-01T00:00:00Z")
}

/// A field: any, one number, a range, a step, or a list of two.
fn field(least: u32, most: u32) -> impl Strategy<Value = String> {
    let number = least..=most;
    prop_oneof![
        2 => Just("*".to_owned()),
        4 => number.clone().prop_map(|it| it.to_string()),
        1 => (number.clone(), number.clone()).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        1 => (2..=most.max(2)).prop_map(|step| format!("*/{step}")),
        1 => (number.clone(), number).prop_map(|(a, b)| format!("{},{}", a.min(b), a.max(b))),
    ]
}

/// Hours at which clocks change are drawn more often than others.
fn hour() -> impl Strategy<Value = String> {
    prop_oneof![
        field(0, 23),
        (0_u32..=3).prop_map(|hour| hour.to_string()),
        (22_u32..=23).prop_map(|hour| hour.to_string()),
        Just("0-3".to_owned()),
    ]
}

fn expression() -> impl Strategy<Value = String> {
    let day = prop_oneof![3 => Just("*".to_owned()), 1 => field(1, 31)];
    let month = prop_oneof![3 => Just("*".to_owned()), 1 => field(1, 12)];
    let weekday = prop_oneof![3 => Just("*".to_owned()), 1 => field(0, 6)];
    (field(0, 59), hour(), day, month, weekday).prop_map(|(minute, hour, day, month, weekday)| {
        format!("{minute} {hour} {day} {month} {weekday}")
    })
}

/// Days of the year to look from: the first one, those before some clock changes, and any.
fn day() -> impl Strategy<Value = u64> {
    let changes = vec![
        65, 66, 85, 86, 87, 92, 93, 246, 247, 274, 275, 295, 296, 302, 303,
    ];
    prop_oneof![1 => Just(0), 4 => prop::sample::select(changes), 2 => 0_u64..365]
}

fn cron(expression: &str, zone: &str) -> Option<Trigger> {
    let zone = Zone::parse(zone).unwrap();
    Cron::new(expression, zone).ok().map(Trigger::Cron)
}

fn defined(table: &mut RunTable, id: &str, trigger: Trigger, at: Timestamp) {
    let owner = ActorId::new("ada").unwrap();
    let definition = LoopDefinition {
        trigger,
        ..LoopDefinition::new(LoopId::new(id).unwrap(), owner)
    };
    let card = definition
        .with_texts(|field, _: String| Err(field.to_owned()))
        .unwrap();
    let event = RunEvent::LoopDefined(Box::new(LoopDefined {
        card,
        digest: Digest::ZERO,
    }));
    table.apply(&event, at).unwrap();
}

proptest! {
    #![proptest_config(config(32))]

    #[test]
    fn a_loop_starts_when_a_calendar_says_all_year_in_six_zones(
        text in expression(), zone in 0..ZONES.len(), day in day(),
    ) {
        let from = year_begins().plus_ms(day * 24 * 60 * 60_000);
        let expected = YEARS[zone].starts(&Expression::read(&text));
        let expected = expected.into_iter().filter(|start| *start >= from.as_ms());
        let Some(trigger) = cron(&text, ZONES[zone]) else {
            prop_assert_eq!(expected.count(), 0, "{} was refused", text);
            return Ok(());
        };
        let slots = trigger.slots(year_begins().minus_ms(1), from..year_ends(), STARTS_MAX);
        let slots: Vec<i64> = slots.iter().map(|slot| slot.as_ms()).collect();
        let expected: Vec<i64> = expected.take(STARTS_MAX).collect();
        prop_assert_eq!(slots, expected, "{} in {} from {}", text, ZONES[zone], from);
    }

    #[test]
    fn the_last_slot_is_the_latest_of_all(
        text in expression(), zone in 0..ZONES.len(), day in day(), minute in 0_u64..48 * 60, beside in 0_u64..60_000,
    ) {
        let minute = (day * 24 * 60 + minute).min(365 * 24 * 60 - 1);
        let expected = YEARS[zone].starts(&Expression::read(&text));
        let Some(trigger) = cron(&text, ZONES[zone]) else { return Ok(()) };
        let at = year_begins().plus_ms(minute * 60_000 + beside);
        let last = trigger.last_slot(year_begins().minus_ms(1), at).map(|slot| slot.as_ms());
        let wanted = expected.iter().copied().take_while(|start| *start <= at.as_ms()).last();
        prop_assert_eq!(last, wanted, "{} in {} at {}", text, ZONES[zone], at);
    }

    #[test]
    fn an_interval_counts_from_when_it_began(every in 1_u64..5_000, after in 0_u64..20_000_000, most in 0_usize..20) {
        let every = every * 60_000;
        let begin = time("2026-11-22T07:30:00.123Z");
        let trigger = Trigger::Interval(Interval::new(every).unwrap());
        let from = begin.plus_ms(after);
        let slots = trigger.slots(begin, from..year_ends().plus_ms(1 << 40), most);
        let all = (1..).map(|nth| begin.plus_ms(nth * every)).skip_while(|slot| *slot < from);
        prop_assert_eq!(slots, all.take(most).collect::<Vec<_>>());
        let last = (1..).map(|nth| begin.plus_ms(nth * every)).take_while(|slot| *slot <= from).last();
        prop_assert_eq!(trigger.last_slot(begin, from), last);
    }

    #[test]
    fn the_forecast_is_the_calendars_of_all_loops_in_order(
        texts in prop::collection::vec((expression(), 0..ZONES.len()), 1..4), day in 0_u64..358,
    ) {
        let mut table = RunTable::default();
        let (from, until) = (day * 24 * 60 * 60_000, (day + 7) * 24 * 60 * 60_000);
        let (from, until) = (year_begins().plus_ms(from), year_begins().plus_ms(until));
        let mut wanted = Vec::new();
        for (nth, (text, zone)) in texts.iter().enumerate() {
            let id = format!("loop-{nth}");
            let Some(trigger) = cron(text, ZONES[*zone]) else { continue };
            defined(&mut table, &id, trigger, year_begins().minus_ms(1));
            let starts = YEARS[*zone].starts(&Expression::read(text));
            let within = starts.into_iter().filter(|at| (from.as_ms()..until.as_ms()).contains(at));
            wanted.extend(within.map(|at| (at, id.clone())));
        }
        wanted.sort();
        let forecast = table.forecast(from..until);
        let end = forecast.complete_to.as_ms();
        wanted.retain(|(at, _)| *at < end);
        let starts = forecast.starts.iter().map(|start| (start.at.as_ms(), start.id.to_string()));
        let starts: Vec<(i64, String)> = starts.filter(|(at, _)| *at < end).collect();
        prop_assert_eq!(starts, wanted);
    }

    #[test]
    fn loops_collide_where_their_runs_overlap_more_than_once(
        loops in prop::collection::vec((1_u64..40, 1_u32..60), 2..6),
    ) {
        let mut table = RunTable::default();
        let begin = year_begins();
        for (nth, (every, minutes)) in loops.iter().enumerate() {
            let trigger = Trigger::Interval(Interval::new(every * 60_000).unwrap());
            let owner = ActorId::new("ada").unwrap();
            let mut definition = LoopDefinition::new(LoopId::new(&format!("l{nth}")).unwrap(), owner);
            definition.trigger = trigger;
            definition.exit.max_minutes = Some(*minutes);
            let card = definition.with_texts(|field, _: String| Err(field.to_owned())).unwrap();
            let event = RunEvent::LoopDefined(Box::new(LoopDefined { card, digest: Digest::ZERO }));
            table.apply(&event, begin).unwrap();
        }
        let forecast = table.forecast(begin..begin.plus_ms(6 * 60 * 60_000));
        let (found, partial) = table.collisions(&forecast);
        prop_assert!(!partial);
        // Every two starts of two loops, the later while the earlier still works.
        let length = |id: &LoopId| u64::from(loops[id.as_str()[1..].parse::<usize>().unwrap()].1) * 60_000;
        for a in 0..loops.len() {
            for b in a + 1..loops.len() {
                let (first, second) = (format!("l{a}"), format!("l{b}"));
                let mut count = 0;
                for (nth, early) in forecast.starts.iter().enumerate() {
                    for late in &forecast.starts[nth + 1..] {
                        let pair = [early.id.as_str(), late.id.as_str()];
                        let is_pair = pair == [&*first, &*second] || pair == [&*second, &*first];
                        // A loop that starts again while it works counts once: it has one end more.
                        let works = late.at < early.at.plus_ms(length(&early.id));
                        count += u64::from(is_pair && works);
                    }
                }
                let collision = found.iter().find(|it| (it.first.as_str(), it.second.as_str()) == (&*first, &*second));
                let told = collision.map(|it| it.count);
                prop_assert_eq!(told, (count > 1).then_some(count), "{} and {}", first, second);
            }
        }
    }

    #[test]
    fn no_text_breaks_the_reader_of_expressions(text in "\\PC{0,40}|[0-9*/,\\-LW#? @a-zA-Z]{0,300}") {
        let zone = Zone::parse("Europe/Berlin").unwrap();
        let read = Cron::new(&text, zone);
        if let Ok(cron) = &read {
            let trigger = Trigger::Cron(cron.clone());
            for at in [Timestamp::EPOCH, year_begins(), time("9999-12-31T23:59:59.999Z")] {
                let next = trigger.next_slot(Timestamp::EPOCH, at);
                prop_assert!(next.is_none_or(|it| it > at), "{} after {}", text, at);
                let last = trigger.last_slot(Timestamp::EPOCH, at);
                prop_assert!(last.is_none_or(|it| it <= at), "{} up to {}", text, at);
            }
        }
        if let Err(error) = read {
            prop_assert!(matches!(error.code(), Code::InvalidField | Code::LimitExceeded));
            prop_assert_eq!(error.field(), Some("trigger.cron"));
        }
    }
}

#[test]
fn a_day_that_never_comes_is_refused_and_a_leap_day_is_found() {
    let zone = Zone::parse("UTC").unwrap();
    let error = Cron::new("0 0 30 2 *", zone).unwrap_err();
    assert!(
        error.message().contains("the day never comes"),
        "{}",
        error.message()
    );
    let leap = Trigger::Cron(Cron::new("0 0 29 2 *", zone).unwrap());
    let next = leap.next_slot(year_begins(), year_begins()).unwrap();
    assert_eq!(next, time("2028-02-29T00:00:00Z"));
    let last = leap.last_slot(Timestamp::EPOCH, year_begins()).unwrap();
    assert_eq!(last, time("2024-02-29T00:00:00Z"));
}

#[test]
fn an_expression_has_five_fields_and_nothing_else() {
    let zone = Zone::parse("UTC").unwrap();
    for text in [
        "",
        "* * * *",
        "0 * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * * 13 *",
        "0 6 * * mon 2027",
        ", * * * *",
        "0 , * * *",
        "0 0 , * mon",
        "0 0 1,, * *",
        "0 0 1 * +",
        "0 0 * 1jan *",
        "0 0 * jan1 *",
        "0 0 * janfeb *",
        "0 0 * mon *",
        "mon 0 * * *",
        "0 0 * * mon1",
    ] {
        assert_eq!(
            Cron::new(text, zone).unwrap_err().code(),
            Code::InvalidField,
            "{text}"
        );
    }
    let long = format!("0 6 * * {}", "1,".repeat(200));
    assert_eq!(
        Cron::new(&long, zone).unwrap_err().limit_name(),
        Some("CRON_BYTES_MAX")
    );
    for (every, name) in [
        (59_999, "EVERY_MS_MIN"),
        (366 * 24 * 60 * 60 * 1_000 + 1, "EVERY_MS_MAX"),
    ] {
        assert_eq!(Interval::new(every).unwrap_err().limit_name(), Some(name));
    }
}

#[test]
fn a_start_in_a_gap_over_midnight_comes_at_its_end_whatever_day_that_is() {
    // In Nuuk the clock goes from 23:00 on Saturday, 28 March 2026, to 00:00 on Sunday.
    let saturdays = cron("30 23 * * sat", "America/Nuuk").unwrap();
    let noon = time("2026-03-28T12:00:00Z");
    let next = saturdays.next_slot(Timestamp::EPOCH, noon).unwrap();
    assert_eq!(next, time("2026-03-29T01:00:00Z"));
    let last = saturdays.last_slot(Timestamp::EPOCH, time("2026-03-30T00:00:00Z"));
    assert_eq!(last, Some(next));
    // The library's calendar ends long before the last moment that can be named.
    let last = saturdays.last_slot(Timestamp::EPOCH, time("9999-12-31T23:59:59.999Z"));
    assert_eq!(last, Some(time("5000-12-28T01:30:00Z")));
}

#[test]
fn names_are_read_in_their_own_fields() {
    for (text, next) in [
        ("0 6 * * MON", "2026-01-05T06:00:00Z"),
        ("0 6 1 feb-mar *", "2026-02-01T06:00:00Z"),
        ("0 6 * * 5L", "2026-01-30T06:00:00Z"),
        ("0 6 * * friL", "2026-01-30T06:00:00Z"),
        ("0 6 L * *", "2026-01-31T06:00:00Z"),
        ("0 6 15W * *", "2026-01-15T06:00:00Z"),
        ("0 6 * * mon#2", "2026-01-12T06:00:00Z"),
        ("@monthly", "2026-02-01T00:00:00Z"),
    ] {
        let trigger = cron(text, "UTC").unwrap_or_else(|| panic!("{text} was refused"));
        let slot = trigger.next_slot(Timestamp::EPOCH, time("2026-01-01T12:00:00Z"));
        assert_eq!(slot, Some(time(next)), "{text}");
    }
}

#[test]
fn a_pause_starts_the_count_anew() {
    let mut table = RunTable::default();
    let begin = year_begins();
    let trigger = Trigger::Interval(Interval::new(60_000).unwrap());
    defined(&mut table, "l", trigger, begin);
    let ada = Actor::new(ActorKind::Human, "ada").unwrap();
    for (standing, minute) in [("paused", 10), ("active", 20)] {
        let event = serde_json::json!({"loop_stood": {"id": "l", "standing": standing, "by": ada}});
        let event: RunEvent = serde_json::from_value(event).unwrap();
        let at = begin.plus_ms(minute * 60_000);
        assert_eq!(
            table.due(at).is_empty(),
            standing == "active",
            "at {minute}"
        );
        table.apply(&event, at).unwrap();
        assert!(table.due(at).is_empty());
    }
    let due = table.due(begin.plus_ms(21 * 60_000));
    assert_eq!((due.len(), due[0].missed), (1, 0));
}
