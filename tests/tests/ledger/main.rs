//! The ledger: what it promises, and a property test that holds it against a naive one.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod limits;
mod promises;
mod reference;

use loom_core::ledger::{
    Amounts, BUCKETS_MAX, Charge, Ledger, LedgerEvent, Level, Limit, Per, Reserve, ReserveReply,
    Unit, Unknown,
};
use loom_core::model::{Holder, LimitId, ReservationId, RunId, Timestamp, Zone};
use loom_core::table::{SnapshotReader, SnapshotWriter};
use proptest::prelude::*;
use reference::{Entry, Reference, Sum, counts};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

fn id(text: &str) -> ReservationId {
    ReservationId::new(text).unwrap()
}

fn charge(limit: &str, holder: &str) -> Charge {
    Charge {
        limit: LimitId::new(limit).unwrap(),
        holder: Holder::new(holder).unwrap(),
    }
}

fn limit(id: &str, level: Level, max: u64, per: Per) -> Limit {
    Limit {
        id: LimitId::new(id).unwrap(),
        level,
        unit: Unit::Microdollars,
        max,
        per,
        unknown: Unknown::Refuse,
        warn_at_percent: None,
    }
}

fn ask(name: &str, charges: Vec<Charge>, amount: u64, ttl_ms: u64) -> Reserve {
    Reserve {
        id: id(name),
        run: RunId::new("r").unwrap(),
        charges,
        estimate: Amounts::from([(Unit::Microdollars, amount)]),
        ttl_ms,
    }
}

fn fold(ledger: &mut Ledger, events: &[LedgerEvent], now: Timestamp) {
    for event in events {
        // What is folded is what a journal holds.
        let line = serde_json::to_string(event).unwrap();
        let read: LedgerEvent = serde_json::from_str(&line).unwrap();
        assert_eq!(&read, event);
        ledger.apply(&read, now).unwrap();
    }
}

fn thawed(ledger: &Ledger) -> Ledger {
    let mut writer = SnapshotWriter::default();
    ledger.freeze(&mut writer).unwrap();
    let reader = SnapshotReader::open(writer.finish().unwrap().into()).unwrap();
    let thawed = Ledger::thaw(&reader).unwrap();
    assert_eq!(thawed.digest().unwrap(), ledger.digest().unwrap());
    thawed
}

/// The changeover of this night is inside the play, and so are ends of hours, days and a week.
fn start() -> Timestamp {
    "2026-10-24T20:50:00Z".parse().unwrap()
}

fn limits_of(maxima: &[u64]) -> Vec<Limit> {
    let berlin = Zone::parse("Europe/Berlin").unwrap();
    let pers = [
        ("hour", Level::Workspace, Per::Hour),
        ("day", Level::Loop, Per::Day(berlin)),
        ("week", Level::Team, Per::Week(berlin)),
        (
            "rolling",
            Level::Workspace,
            Per::RollingMs(2 * HOUR_MS + 17),
        ),
        ("life", Level::Run, Per::Life),
    ];
    let each = pers.into_iter().zip(maxima);
    each.map(|((id, level, per), max)| limit(id, level, *max, per))
        .collect()
}

#[derive(Debug, Clone)]
enum Step {
    Reserve {
        charged: u8,
        holder: bool,
        amount: u64,
        ttl_ms: u64,
    },
    Settle {
        nth: usize,
        actual: u64,
    },
    Cancel {
        nth: usize,
    },
    Wait {
        ms: u64,
    },
    Maxima {
        maxima: Vec<u64>,
    },
    Thaw,
}

fn maxima() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(0u64..150, 5)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (1u8..32, any::<bool>(), 0u64..60, 1_000u64..4 * HOUR_MS).prop_map(
            |(charged, holder, amount, ttl_ms)| Step::Reserve { charged, holder, amount, ttl_ms }
        ),
        4 => (any::<usize>(), 0u64..90).prop_map(|(nth, actual)| Step::Settle { nth, actual }),
        1 => any::<usize>().prop_map(|nth| Step::Cancel { nth }),
        4 => prop_oneof![0..5 * MINUTE_MS, 0..HOUR_MS, 0..30 * HOUR_MS].prop_map(|ms| Step::Wait { ms }),
        1 => maxima().prop_map(|maxima| Step::Maxima { maxima }),
        1 => Just(Step::Thaw),
    ]
}

struct Play {
    ledger: Ledger,
    reference: Reference,
    limits: Vec<Limit>,
    now: Timestamp,
    granted: usize,
    refused: usize,
}

impl Play {
    fn new(maxima: &[u64]) -> Self {
        let mut play = Play {
            ledger: Ledger::default(),
            reference: Reference::default(),
            limits: Vec::new(),
            now: start(),
            granted: 0,
            refused: 0,
        };
        play.set(maxima);
        play
    }

    fn set(&mut self, maxima: &[u64]) {
        self.limits = limits_of(maxima);
        let event = self.ledger.set_limits(self.limits.clone()).unwrap();
        fold(&mut self.ledger, &[event], self.now);
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Reserve {
                charged,
                holder,
                amount,
                ttl_ms,
            } => {
                self.reserve(*charged, *holder, *amount, *ttl_ms);
            }
            Step::Settle { nth, actual } => self.end(*nth, *actual, true),
            Step::Cancel { nth } => self.end(*nth, 0, false),
            Step::Wait { ms } => self.now = self.now.plus_ms(*ms),
            Step::Maxima { maxima } => self.set(maxima),
            Step::Thaw => self.ledger = thawed(&self.ledger),
        }
        self.compare();
    }

    fn reserve(&mut self, charged: u8, holder: bool, amount: u64, ttl_ms: u64) {
        let holder = if holder { "a" } else { "b" };
        let chosen = self.limits.iter().enumerate();
        let chosen: Vec<Limit> = chosen
            .filter(|(nth, _)| charged >> nth & 1 == 1)
            .map(|(_, limit)| limit.clone())
            .collect();
        let charges: Vec<Charge> = chosen
            .iter()
            .map(|limit| charge(limit.id.as_str(), holder))
            .collect();
        let name = format!("n{}", self.reference.entries.len());
        let ask = ask(&name, charges.clone(), amount, ttl_ms);
        let decision = self.ledger.reserve(&ask, self.now).unwrap();
        let fits = |longer: bool| {
            let each = chosen.iter().zip(&charges);
            each.filter(|(limit, charge)| {
                self.sum(limit, charge, longer).taken() + amount > limit.max
            })
            .count()
        };
        match &decision.reply {
            ReserveReply::Granted { .. } => {
                assert_eq!(fits(false), 0, "granted beyond a limit");
                self.granted += 1;
            }
            ReserveReply::Refused { short, .. } => {
                assert!(decision.events.is_empty());
                let (least, most) = (fits(false), fits(true));
                assert!(
                    (least..=most).contains(&short.len()),
                    "refused for {short:?}"
                );
                assert!(!short.is_empty());
                self.refused += 1;
                self.holds_room(&ask, &decision.reply);
                return;
            }
            other => panic!("{other:?}"),
        }
        fold(&mut self.ledger, &decision.events, self.now);
        self.reference.entries.push(Entry {
            id: id(&name),
            made_at: self.now,
            lapses_at: self.now.plus_ms(ttl_ms),
            charges,
            amount,
            ended: None,
        });
    }

    /// What is promised to have room has it then, and not a millisecond earlier.
    fn holds_room(&self, ask: &Reserve, reply: &ReserveReply) {
        let ReserveReply::Refused { room_at, .. } = reply else {
            return;
        };
        let is_granted = |at: Timestamp| {
            let reply = self.ledger.reserve(ask, at).unwrap().reply;
            matches!(reply, ReserveReply::Granted { .. })
        };
        match room_at {
            Some(at) => {
                assert!(*at > self.now && is_granted(*at), "no room at {at}");
                assert!(!is_granted(at.minus_ms(1)), "room before {at}");
            }
            None => assert!(!is_granted(Timestamp::MAX.minus_ms(10 * HOUR_MS))),
        }
    }

    fn end(&mut self, nth: usize, actual: u64, settle: bool) {
        if self.reference.entries.is_empty() {
            return;
        }
        let nth = nth % self.reference.entries.len();
        let now = self.now;
        let entry = &mut self.reference.entries[nth];
        let amounts = Amounts::from([(Unit::Microdollars, actual)]);
        let events = if settle {
            self.ledger.settle(&entry.id, &amounts, now)
        } else {
            self.ledger.cancel(&entry.id)
        };
        if now.since_ms(entry.made_at) > 29 * 24 * HOUR_MS {
            // It may be forgotten; either way nothing changes here.
            return;
        }
        assert_eq!(events.is_ok(), entry.ended.is_none(), "{events:?}");
        if let Ok(events) = events {
            entry.ended = Some((actual, now));
            fold(&mut self.ledger, &events, now);
        }
    }

    fn sum(&self, limit: &Limit, charge: &Charge, longer: bool) -> Sum {
        let bucket_ms = match limit.per {
            Per::RollingMs(ms) if longer => ms.div_ceil(BUCKETS_MAX - 1),
            _ => 0,
        };
        let in_window = |then| counts(limit.per, then, self.now, bucket_ms);
        self.reference.sum(charge, self.now, in_window)
    }

    fn compare(&self) {
        for limit in &self.limits {
            for holder in ["a", "b"] {
                let charge = charge(limit.id.as_str(), holder);
                let spend = self.ledger.spend_of(&charge, self.now);
                let got = spend.map_or(Sum::default(), |spend| Sum {
                    settled: spend.settled,
                    reserved: spend.reserved,
                    debt: spend.debt,
                });
                let (least, most) = (
                    self.sum(limit, &charge, false),
                    self.sum(limit, &charge, true),
                );
                let between =
                    |part: fn(Sum) -> u64| (part(least)..=part(most)).contains(&part(got));
                assert!(
                    between(|sum| sum.settled)
                        && between(|sum| sum.reserved)
                        && between(|sum| sum.debt),
                    "{} of {holder} at {}: {got:?}, not {least:?} to {most:?}",
                    limit.id,
                    self.now
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn no_order_of_reserving_settling_lapsing_and_waiting_grants_beyond_a_limit(
        maxima in maxima(),
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let mut play = Play::new(&maxima);
        steps.iter().for_each(|step| play.step(step));
    }
}
