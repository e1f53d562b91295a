//! Loops and runs: who is at work, since when, and until when they are taken to be alive.
//!
//! A run is alive while its lease is: it is started with a length of lease, heartbeats renew it,
//! and a run whose lease ended is dead without anybody having to say so. Claims are held by runs,
//! and a run's place in the tree ([`Lineage`](crate::model::Lineage)) decides whose claims it meets.
//!
//! ```
//! use loom_core::model::{Actor, ActorKind, RunId, Timestamp};
//! use loom_core::run::{RunEvent, RunTable, Started};
//!
//! let run = RunId::new("r1").unwrap();
//! let now = Timestamp::from_ms(1_000).unwrap();
//! let mut runs = RunTable::default();
//! let started = Started {
//!     run: run.clone(),
//!     actor: Actor::new(ActorKind::Human, "ada").unwrap(),
//!     loop_id: None,
//!     parent: None,
//!     ttl_ms: 60_000,
//!     live_until: now.plus_ms(60_000),
//! };
//! runs.apply(&RunEvent::Started(Box::new(started)), now).unwrap();
//! assert!(runs.is_live(&run, now));
//! assert!(!runs.is_live(&run, now.plus_ms(60_000)));
//! ```

mod cold;
mod event;
mod table;

pub use event::{Finished, LoopCard, RunEvent, RunOutcome, Started};
pub use table::{RunRow, RunTable};

/// The shortest lease of a run, in milliseconds.
pub const RUN_TTL_MS_MIN: u64 = 1_000;
/// The longest lease of a run, in milliseconds: one day.
pub const RUN_TTL_MS_MAX: u64 = 24 * 60 * 60 * 1_000;
/// The lease of a run that asks for none, in milliseconds: 15 minutes.
pub const RUN_TTL_MS_DEFAULT: u64 = 15 * 60 * 1_000;
/// The most registered loops.
pub const LOOPS_MAX: usize = 10_000;
/// The most runs whose leases are live at once.
pub const LIVE_RUNS_MAX: usize = 10_000;
/// How long an ended run is remembered, in milliseconds: the journal's horizon of 30 days.
pub const RUN_MEMORY_MS: u64 = 30 * 24 * 60 * 60 * 1_000;
