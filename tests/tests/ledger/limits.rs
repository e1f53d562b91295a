//! The named limits of the ledger: at the limit a thing is taken, one past it is refused by an error that
//! names the limit.

use loom_core::error::Error;
use loom_core::ledger::{
    ACCOUNTS_MAX, AMOUNT_MAX, CHARGES_MAX, LIMITS_MAX, RESERVATION_TTL_MS_MAX,
    RESERVATION_TTL_MS_MIN, RESERVATIONS_MAX, ROLLING_MS_MAX, ROLLING_MS_MIN, Span,
};

use super::*;

fn names(error: &Error, name: &str) {
    assert_eq!(error.limit_name(), Some(name), "{error}");
}

fn set(limits: Vec<Limit>) -> Result<LedgerEvent, Error> {
    Ledger::default().set_limits(limits)
}

fn ledger(limits: Vec<Limit>) -> Ledger {
    let mut ledger = Ledger::default();
    ledger.apply(&set(limits).unwrap(), start()).unwrap();
    ledger
}

fn many(n: usize) -> Vec<Limit> {
    let each = (0..n).map(|n| limit(&format!("l{n}"), Level::Run, AMOUNT_MAX, Per::Hour));
    each.collect()
}

#[test]
fn limits_of_a_ledger() {
    assert!(set(many(LIMITS_MAX)).is_ok());
    names(&set(many(LIMITS_MAX + 1)).unwrap_err(), "LIMITS_MAX");
}

#[test]
fn amounts() {
    let with = |max| set(vec![limit("l", Level::Run, max, Per::Life)]);
    assert!(with(AMOUNT_MAX).is_ok());
    names(&with(AMOUNT_MAX + 1).unwrap_err(), "AMOUNT_MAX");
    let ledger = ledger(many(1));
    let asked =
        |amount| ledger.reserve(&ask("a", vec![charge("l0", "x")], amount, HOUR_MS), start());
    assert!(asked(AMOUNT_MAX).is_ok());
    names(&asked(AMOUNT_MAX + 1).unwrap_err(), "AMOUNT_MAX");
}

#[test]
fn rolling_windows() {
    let with = |ms| set(vec![limit("l", Level::Run, 1, Per::RollingMs(ms))]);
    assert!(with(ROLLING_MS_MIN).is_ok() && with(ROLLING_MS_MAX).is_ok());
    names(&with(ROLLING_MS_MIN - 1).unwrap_err(), "ROLLING_MS_MIN");
    names(&with(ROLLING_MS_MAX + 1).unwrap_err(), "ROLLING_MS_MAX");
}

#[test]
fn charges_and_time_of_a_reservation() {
    let ledger = ledger(many(CHARGES_MAX + 1));
    let asked = |n: usize, ttl_ms| {
        let charges = (0..n).map(|n| charge(&format!("l{n}"), "x")).collect();
        ledger.reserve(&ask("a", charges, 1, ttl_ms), start())
    };
    assert!(asked(CHARGES_MAX, RESERVATION_TTL_MS_MIN).is_ok());
    assert!(asked(CHARGES_MAX, RESERVATION_TTL_MS_MAX).is_ok());
    names(&asked(CHARGES_MAX + 1, HOUR_MS).unwrap_err(), "CHARGES_MAX");
    let short = asked(1, RESERVATION_TTL_MS_MIN - 1).unwrap_err();
    names(&short, "RESERVATION_TTL_MS_MIN");
    let long = asked(1, RESERVATION_TTL_MS_MAX + 1).unwrap_err();
    names(&long, "RESERVATION_TTL_MS_MAX");
}

#[test]
fn buckets_of_a_rolling_window() {
    for ms in [ROLLING_MS_MIN, 7_200_017, ROLLING_MS_MAX] {
        let mut ledger = ledger(vec![limit("l", Level::Run, AMOUNT_MAX, Per::RollingMs(ms))]);
        let step_ms = ms.div_ceil(BUCKETS_MAX - 1) / 2;
        for nth in 0..3 * BUCKETS_MAX {
            let now = start().plus_ms(nth * step_ms);
            let ask = ask(&format!("n{nth}"), vec![charge("l", "x")], 1, HOUR_MS);
            let events = ledger.reserve(&ask, now).unwrap().events;
            fold(&mut ledger, &events, now);
            assert!(ledger.accounts_len() as u64 <= BUCKETS_MAX);
        }
        assert_eq!(ledger.accounts_len() as u64, BUCKETS_MAX);
    }
}

#[test]
fn live_reservations() {
    let mut ledger = ledger(Vec::new());
    for nth in 0..RESERVATIONS_MAX {
        let ask = ask(&format!("n{nth}"), vec![], 0, HOUR_MS);
        let events = ledger.reserve(&ask, start()).unwrap().events;
        ledger.apply(&events[0], start()).unwrap();
    }
    let more = ask("more", vec![], 0, HOUR_MS);
    names(
        &ledger.reserve(&more, start()).unwrap_err(),
        "RESERVATIONS_MAX",
    );
    let lapsed = start().plus_ms(HOUR_MS);
    assert!(
        ledger.reserve(&more, lapsed).is_ok(),
        "what lapsed makes room"
    );
}

#[test]
fn accounts() {
    let mut ledger = ledger(many(1));
    let span = |hours: u64| Span {
        start: start(),
        until: start().plus_ms(hours * HOUR_MS),
    };
    for nth in 0..ACCOUNTS_MAX {
        let event = LedgerEvent::Warned {
            charge: charge("l0", &format!("h{nth}")),
            span: span(1 + (nth as u64 % 2)),
            taken: 0,
            max: 0,
        };
        ledger.apply(&event, start()).unwrap();
    }
    let more = ask("more", vec![charge("l0", "more")], 1, HOUR_MS);
    names(&ledger.reserve(&more, start()).unwrap_err(), "ACCOUNTS_MAX");
    let over = start().plus_ms(HOUR_MS);
    assert!(
        ledger.reserve(&more, over).is_ok(),
        "windows that are over make room"
    );
}
