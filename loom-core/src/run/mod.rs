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
//!     slot: None,
//!     succeeds: None,
//!     artifacts: Vec::new(),
//!     ttl_ms: 60_000,
//!     live_until: now.plus_ms(60_000),
//! };
//! runs.apply(&RunEvent::Started(Box::new(started)), now).unwrap();
//! assert!(runs.is_live(&run, now));
//! assert!(!runs.is_live(&run, now.plus_ms(60_000)));
//! ```

mod cold;
mod definition;
mod due;
mod event;
mod finding;
mod forecast;
mod iteration;
mod next;
mod note;
mod registry;
mod slot;
mod table;
mod trigger;

pub use crate::document::Format;
pub use definition::{
    ExitConditions, Gate, Isolation, LOOP_AREAS_MAX, LOOP_GATES_MAX, LOOP_ITERATIONS_MAX,
    LOOP_MINUTES_MAX, LOOP_SKILLS_MAX, LOOP_TOOLS_MAX, LoopCard, LoopDefinition,
    NO_PROGRESS_AFTER_MAX, ScopeArea, Worker,
};
pub use due::{DueLoop, MISSED_COUNTED_MAX, NotStarted};
pub use event::{
    Awaited, Finished, Halted, LoopDefined, LoopStood, RunEvent, RunOutcome, Signalled, Started,
};
pub use finding::{
    ESCALATION_CHOICES_MAX, Escalation, FINDING_CHANGES_MAX, FINDING_DEFER_MS_MAX,
    FINDING_MEMORY_MS, FINDING_REPORTS_KEPT, FINDING_STEPS_KEPT, FINDING_TTL_MS_DEFAULT,
    FINDING_TTL_MS_MAX, FINDING_TTL_MS_MIN, FINDINGS_OPEN_MAX, FindingEvent, FindingMoved,
    FindingReported, FindingRow, FindingStanding, Findings, Move, NotTaken, Report, Severity, Step,
    Taker,
};
pub use forecast::{
    COLLISION_TIMES_MAX, Collision, ComingSlot, FORECAST_PAIRS_MAX, FORECAST_STARTS_MAX, Forecast,
    RUN_LENGTH_MS_ASSUMED,
};
pub use iteration::{
    Failing, GateResult, ITERATION_GATES_MAX, IterationEnded, Iterations, check_gates,
};
pub use next::{NextStep, StopReason, UNVERIFIED_LISTED_MAX, Unverified, WaitsFor};
pub use note::{
    CONVENTION_WAITS_MS, NOTE_TTL_MS_DEFAULT, NOTE_TTL_MS_MAX, NOTE_TTL_MS_MIN, NOTES_MAX,
    NoteEvent, NoteKind, NoteRow, NoteWritten, Notes,
};
pub use registry::{FOUND_NOTHING_ADVICE, LoopRow, LoopStanding, PAST_RUNS_MAX, PastRun};
pub use slot::{SIGNAL_MEMORY_MS, SIGNAL_NAMES_MAX, SIGNALS_KEPT_MAX, SignalRow, Signals, Slot};
pub use table::{RunPhase, RunRow, RunTable};
pub use trigger::{CRON_BYTES_MAX, Cron, EVERY_MS_MAX, EVERY_MS_MIN, Interval, OnSignal, Trigger};

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
