//! What the ledger promises, one sentence each.

use loom_core::error::Code;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn ledger(limits: Vec<Limit>) -> Ledger {
    let mut ledger = Ledger::default();
    let event = ledger.set_limits(limits).unwrap();
    fold(&mut ledger, &[event], start());
    ledger
}

fn reserve(ledger: &mut Ledger, ask: &Reserve, now: Timestamp) -> ReserveReply {
    let decision = ledger.reserve(ask, now).unwrap();
    fold(ledger, &decision.events, now);
    decision.reply
}

fn settle(ledger: &mut Ledger, name: &str, actual: u64, now: Timestamp) {
    let actual = Amounts::from([(Unit::Microdollars, actual)]);
    let events = ledger.settle(&id(name), &actual, now).unwrap();
    fold(ledger, &events, now);
}

fn is_granted(reply: &ReserveReply) -> bool {
    matches!(reply, ReserveReply::Granted { .. })
}

fn spent(ledger: &Ledger, limit: &str, now: Timestamp) -> (u64, u64, u64) {
    let spend = ledger.spend_of(&charge(limit, "x"), now);
    spend.map_or((0, 0, 0), |s| (s.settled, s.reserved, s.debt))
}

#[test]
fn a_level_without_room_refuses_all_levels() {
    let mut ledger = ledger(vec![
        limit("small", Level::Run, 10, Per::Hour),
        limit("large", Level::Workspace, 100, Per::Life),
    ]);
    let both = vec![charge("large", "w"), charge("small", "x")];
    let reply = reserve(&mut ledger, &ask("a", both, 11, HOUR_MS), start());
    let ReserveReply::Refused { short, room_at } = reply else {
        panic!("granted")
    };
    assert_eq!(short.len(), 1);
    assert_eq!((short[0].limit.as_str(), short[0].max), ("small", 10));
    assert_eq!(room_at, None, "it never fits");
    assert!(ledger.spend(start()).is_empty());
}

#[test]
fn an_estimate_that_nobody_gave_is_refused_or_takes_the_floor() {
    let floor = Limit {
        unknown: Unknown::Floor(7),
        ..limit("floor", Level::Run, 10, Per::Hour)
    };
    let mut ledger = ledger(vec![limit("strict", Level::Run, 10, Per::Hour), floor]);
    let mut ask = ask(
        "a",
        vec![charge("strict", "x"), charge("floor", "x")],
        0,
        HOUR_MS,
    );
    ask.estimate = Amounts::from([(Unit::OutputTokens, 1)]);
    let reply = reserve(&mut ledger, &ask, start());
    let expected = ReserveReply::UnknownEstimate {
        charge: charge("strict", "x"),
        unit: Unit::Microdollars,
    };
    assert_eq!(reply, expected);
    ask.charges.remove(0);
    assert!(is_granted(&reserve(&mut ledger, &ask, start())));
    assert_eq!(spent(&ledger, "floor", start()), (0, 7, 0));
}

#[test]
fn tokens_are_the_sum_of_their_classes_or_what_was_said_as_a_whole_if_that_is_more() {
    let tokens = Limit {
        unit: Unit::Tokens,
        ..limit("tokens", Level::Run, 100, Per::Hour)
    };
    for (estimate, reserved) in [
        (
            vec![(Unit::InputTokens, 20), (Unit::ReasoningTokens, 3)],
            23,
        ),
        (vec![(Unit::InputTokens, 20), (Unit::Tokens, 30)], 30),
        (vec![(Unit::InputTokens, 20), (Unit::Tokens, 10)], 20),
    ] {
        let mut ledger = ledger(vec![tokens.clone()]);
        let mut ask = ask("a", vec![charge("tokens", "x")], 0, HOUR_MS);
        ask.estimate = estimate.into_iter().collect();
        assert!(is_granted(&reserve(&mut ledger, &ask, start())));
        assert_eq!(spent(&ledger, "tokens", start()), (0, reserved, 0));
    }
}

#[test]
fn what_lapsed_counts_in_full_and_a_late_settlement_corrects_it() {
    let mut ledger = ledger(vec![limit("l", Level::Run, 10, Per::Life)]);
    reserve(
        &mut ledger,
        &ask("a", vec![charge("l", "x")], 8, MINUTE_MS),
        start(),
    );
    let before = start().plus_ms(MINUTE_MS - 1);
    assert_eq!(spent(&ledger, "l", before), (0, 8, 0));
    let lapsed = start().plus_ms(MINUTE_MS);
    assert_eq!(spent(&ledger, "l", lapsed), (8, 0, 0));
    let more = ask("b", vec![charge("l", "x")], 3, MINUTE_MS);
    assert!(!is_granted(&reserve(&mut ledger, &more, lapsed)));
    settle(&mut ledger, "a", 5, lapsed);
    assert_eq!(spent(&ledger, "l", lapsed), (5, 0, 0));
    assert!(is_granted(&reserve(&mut ledger, &more, lapsed)));
}

#[test]
fn what_was_spent_beyond_a_reservation_counts_in_the_window_in_which_that_is_said() {
    let mut ledger = ledger(vec![limit("l", Level::Run, 10, Per::Hour)]);
    let (first, next) = (at("2026-11-01T10:59:00Z"), at("2026-11-01T11:01:00Z"));
    reserve(
        &mut ledger,
        &ask("a", vec![charge("l", "x")], 8, HOUR_MS),
        first,
    );
    assert_eq!(spent(&ledger, "l", next), (0, 0, 0), "made an hour ago");
    settle(&mut ledger, "a", 15, next);
    assert_eq!(spent(&ledger, "l", next), (0, 0, 7));
    let more = ask("b", vec![charge("l", "x")], 4, HOUR_MS);
    let ReserveReply::Refused { short, room_at } = reserve(&mut ledger, &more, next) else {
        panic!("granted beyond a debt")
    };
    assert_eq!(
        (short[0].debt, room_at),
        (7, Some(at("2026-11-01T12:00:00Z")))
    );
}

#[test]
fn a_reservation_ends_once() {
    let mut ledger = ledger(vec![limit("l", Level::Run, 10, Per::Hour)]);
    let ask = ask("a", vec![charge("l", "x")], 8, HOUR_MS);
    reserve(&mut ledger, &ask, start());
    assert_eq!(
        ledger.reserve(&ask, start()).unwrap_err().code(),
        Code::AlreadyExists
    );
    settle(&mut ledger, "a", 3, start());
    let again = ledger.settle(&id("a"), &Amounts::new(), start());
    assert_eq!(again.unwrap_err().code(), Code::AlreadyExists);
    assert_eq!(
        ledger.cancel(&id("a")).unwrap_err().code(),
        Code::AlreadyExists
    );
    assert_eq!(ledger.cancel(&id("b")).unwrap_err().code(), Code::NotFound);
    let unknown = super::ask("c", vec![charge("m", "x")], 1, HOUR_MS);
    assert_eq!(
        ledger.reserve(&unknown, start()).unwrap_err().code(),
        Code::NotFound
    );
}

#[test]
fn a_warning_is_given_once_a_window() {
    let warns = Limit {
        warn_at_percent: Some(80),
        ..limit("l", Level::Run, 10, Per::Hour)
    };
    let mut ledger = ledger(vec![warns]);
    let mut warned = Vec::new();
    for (name, amount, minutes) in [("a", 7, 0), ("b", 1, 1), ("c", 1, 2), ("d", 9, 60)] {
        let now = at("2026-11-01T10:00:00Z").plus_ms(minutes * MINUTE_MS);
        let ask = ask(name, vec![charge("l", "x")], amount, HOUR_MS);
        let decision = ledger.reserve(&ask, now).unwrap();
        fold(&mut ledger, &decision.events, now);
        let is_warning = |event: &LedgerEvent| matches!(event, LedgerEvent::Warned { .. });
        if decision.events.iter().any(is_warning) {
            warned.push(name);
        }
    }
    assert_eq!(warned, ["b", "d"]);
}

#[test]
fn a_limit_whose_unit_or_window_is_another_begins_anew_and_its_old_reservations_end_quietly() {
    let mut ledger = ledger(vec![limit("l", Level::Run, 10, Per::Life)]);
    reserve(
        &mut ledger,
        &ask("a", vec![charge("l", "x")], 8, HOUR_MS),
        start(),
    );
    let event = ledger
        .set_limits(vec![limit("l", Level::Run, 5, Per::Life)])
        .unwrap();
    fold(&mut ledger, &[event], start());
    assert_eq!(
        spent(&ledger, "l", start()),
        (0, 8, 0),
        "only the maximum is another"
    );
    let event = ledger
        .set_limits(vec![limit("l", Level::Run, 5, Per::Hour)])
        .unwrap();
    fold(&mut ledger, &[event], start());
    assert_eq!(spent(&ledger, "l", start()), (0, 0, 0));
    reserve(
        &mut ledger,
        &ask("b", vec![charge("l", "x")], 5, HOUR_MS),
        start(),
    );
    settle(&mut ledger, "a", 20, start());
    assert_eq!(spent(&ledger, "l", start()), (0, 5, 0));
}

#[test]
fn an_event_that_cannot_have_happened_changes_nothing() {
    let mut ledger = ledger(vec![limit("l", Level::Run, 10, Per::Hour)]);
    reserve(
        &mut ledger,
        &ask("a", vec![charge("l", "x")], 8, HOUR_MS),
        start(),
    );
    let before = ledger.digest().unwrap();
    let decision = ledger.reserve(&ask("b", vec![charge("l", "x")], 1, HOUR_MS), start());
    let Some(LedgerEvent::Reserved {
        run,
        lapses_at,
        lines,
        ..
    }) = decision.unwrap().events.pop()
    else {
        panic!("nothing reserved")
    };
    let reserved = |name: &str, lines| LedgerEvent::Reserved {
        id: id(name),
        run: run.clone(),
        lapses_at,
        lines,
    };
    let mut huge = lines.clone();
    huge[0].amount = u64::MAX;
    let mut stray = lines.clone();
    stray[0].charge = charge("m", "x");
    for event in [
        reserved("a", lines.clone()),
        reserved("b", huge),
        reserved("b", stray),
        LedgerEvent::Cancelled { id: id("b") },
        LedgerEvent::Settled {
            id: id("a"),
            lines: Vec::new(),
        },
    ] {
        assert_eq!(
            ledger.apply(&event, start()).unwrap_err().code(),
            Code::Corrupt,
            "{event:?}"
        );
        assert_eq!(ledger.digest().unwrap(), before);
    }
}

#[test]
fn windows_that_are_over_and_runs_that_are_forgotten_leave_nothing_behind() {
    let mut ledger = ledger(vec![
        limit("h", Level::Run, 10, Per::Hour),
        limit("l", Level::Run, 10, Per::Life),
    ]);
    for nth in 0..50 {
        let now = start().plus_ms(nth * HOUR_MS);
        let (name, both) = (format!("n{nth}"), vec![charge("h", "x"), charge("l", "r")]);
        reserve(&mut ledger, &ask(&name, both, 1, HOUR_MS), now);
        settle(&mut ledger, &name, 0, now);
        assert_eq!(ledger.accounts_len(), 2);
    }
    ledger.forget_run(&RunId::new("r").unwrap());
    assert_eq!(ledger.accounts_len(), 1);
    let later = start().plus_ms(33 * 24 * HOUR_MS);
    reserve(&mut ledger, &ask("last", vec![], 1, HOUR_MS), later);
    assert_eq!((ledger.accounts_len(), ledger.reservations_len()), (0, 1));
}

#[test]
fn a_clock_that_goes_back_finds_no_room_in_a_window_that_is_over() {
    let mut ledger = ledger(vec![limit("l", Level::Run, 10, Per::Hour)]);
    let (ten, eleven) = (at("2026-11-01T10:30:00Z"), at("2026-11-01T11:30:00Z"));
    reserve(
        &mut ledger,
        &ask("a", vec![charge("l", "x")], 9, HOUR_MS),
        eleven,
    );
    assert!(!is_granted(&reserve(
        &mut ledger,
        &ask("b", vec![charge("l", "x")], 9, HOUR_MS),
        ten
    )));
}
