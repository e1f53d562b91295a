//! What may be spent: limits, reservations, and windows of spend.
//!
//! Whoever is about to spend reserves an estimate against every limit that applies, at all of them or at
//! none, and later settles what it came to. At every grant, what is settled, reserved and owed within a
//! limit's window stays within the limit. A reservation whose time is up counts in full, without anybody
//! having to say so; a late settlement corrects it. What was spent beyond a reservation is debt: it counts
//! in the window in which the settlement comes.
//!
//! Events state the windows that amounts fall into, so folding them evaluates no zone. The time of the
//! ledger never goes back: an earlier `now` is taken for the latest that was folded.
//!
//! ```
//! use loom_core::ledger::{Charge, Ledger, Limit, Reserve, ReserveReply, Unknown};
//! use loom_core::model::{
//!     Amounts, Holder, Level, LimitId, Per, ReservationId, RunId, Timestamp, Unit,
//! };
//!
//! let mut ledger = Ledger::default();
//! let now: Timestamp = "2026-11-22T07:30:00Z".parse().unwrap();
//! let limit = Limit {
//!     id: LimitId::new("nightly").unwrap(),
//!     level: Level::Loop,
//!     unit: Unit::Microdollars,
//!     max: 5_000_000,
//!     per: Per::Hour,
//!     unknown: Unknown::Refuse,
//!     warn_at_percent: None,
//! };
//! ledger.apply(&ledger.set_limits(vec![limit]).unwrap(), now).unwrap();
//!
//! let ask = |id: &str, dollars: u64| Reserve {
//!     id: ReservationId::new(id).unwrap(),
//!     run: RunId::new("r1").unwrap(),
//!     charges: vec![Charge {
//!         limit: LimitId::new("nightly").unwrap(),
//!         holder: Holder::new("fix-auth").unwrap(),
//!     }],
//!     estimate: Amounts::from([(Unit::Microdollars, dollars * 1_000_000)]),
//!     ttl_ms: 60_000,
//! };
//! let first = ledger.reserve(&ask("a", 4), now).unwrap();
//! for event in &first.events {
//!     ledger.apply(event, now).unwrap();
//! }
//! let ReserveReply::Refused { short, room_at } = ledger.reserve(&ask("b", 2), now).unwrap().reply else {
//!     panic!("granted 6 dollars of 5")
//! };
//! assert_eq!((short[0].reserved, short[0].asked), (4_000_000, 2_000_000));
//! assert_eq!(room_at, Some("2026-11-22T08:00:00Z".parse().unwrap()));
//!
//! // It came to one dollar only, which makes room.
//! let actual = Amounts::from([(Unit::Microdollars, 1_000_000)]);
//! for event in ledger.settle(&ReservationId::new("a").unwrap(), &actual, now).unwrap() {
//!     ledger.apply(&event, now).unwrap();
//! }
//! assert!(matches!(ledger.reserve(&ask("b", 2), now).unwrap().reply, ReserveReply::Granted { .. }));
//! ```

mod cold;
mod draft;
mod event;
mod fold;
mod span;
mod spend;
mod words;

pub use crate::model::{AMOUNT_MAX, Amounts, Level, Per, Unit};
pub use draft::Decision;
pub use event::{LedgerEvent, Line, Settlement};
pub use fold::{Account, Ledger, Reservation};
pub use span::Span;
pub use spend::Spend;
pub use words::{Charge, Limit, Reserve, ReserveReply, Short, Unknown};

/// The most limits.
pub const LIMITS_MAX: usize = 1_024;
/// The most limits that one reservation is charged to.
pub const CHARGES_MAX: usize = 64;
/// The most reservations that are live at once. As many again that lapsed await a late settlement, and
/// as many that ended are remembered; beyond that the oldest are forgotten.
pub const RESERVATIONS_MAX: usize = 10_000;
/// The most accounts, each of one limit, holder and window.
pub const ACCOUNTS_MAX: usize = 100_000;
/// The shortest time that a reservation holds, in milliseconds.
pub const RESERVATION_TTL_MS_MIN: u64 = 1_000;
/// The longest time that a reservation holds, in milliseconds: one day.
pub const RESERVATION_TTL_MS_MAX: u64 = 24 * 60 * 60 * 1_000;
/// How long a reservation is remembered after it lapsed or ended, in milliseconds: 30 days.
pub const RESERVATION_MEMORY_MS: u64 = 30 * 24 * 60 * 60 * 1_000;
/// The shortest rolling window, in milliseconds: one minute.
pub const ROLLING_MS_MIN: u64 = 60_000;
/// The longest rolling window, in milliseconds: 366 days.
pub const ROLLING_MS_MAX: u64 = 366 * 24 * 60 * 60 * 1_000;
/// The most buckets that a rolling window is made of.
pub const BUCKETS_MAX: u64 = 64;
