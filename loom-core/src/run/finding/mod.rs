//! Findings: what loops came upon and somebody should see to, in one list over all loops.
//!
//! A finding has a key that says what it is about. Whoever comes upon the same thing again names the same
//! key, and what they saw is attached to what is known. Runs take findings under a lease, and a lease has
//! one winner. What no loop may decide is escalated: it then waits in the inbox of exactly one person, with
//! the question, the choices and what was seen, and no loop can take it until that person answers.

mod cold;
mod event;
mod row;
mod table;

pub use event::{FindingEvent, FindingMoved, FindingReported, Move};
pub use row::{Escalation, FindingRow, FindingStanding, Report, Severity, Step, Taker};
pub use table::{Findings, NotTaken};

/// The most findings that are not resolved at once.
pub const FINDINGS_OPEN_MAX: usize = 10_000;
/// How long a resolved finding is remembered, in milliseconds: 30 days. Reported again within them, it is
/// opened again and keeps its history.
pub const FINDING_MEMORY_MS: u64 = 30 * 24 * 60 * 60 * 1_000;
/// The shortest lease of a taken finding, in milliseconds.
pub const FINDING_TTL_MS_MIN: u64 = 1_000;
/// The longest lease of a taken finding, in milliseconds: one day.
pub const FINDING_TTL_MS_MAX: u64 = 24 * 60 * 60 * 1_000;
/// The lease of a finding that is taken without naming one, in milliseconds: one hour.
pub const FINDING_TTL_MS_DEFAULT: u64 = 60 * 60 * 1_000;
/// For how long a finding is deferred at most, in milliseconds: 366 days.
pub const FINDING_DEFER_MS_MAX: u64 = 366 * 24 * 60 * 60 * 1_000;
/// How many of its latest reports a finding keeps, beside the first; all are counted.
pub const FINDING_REPORTS_KEPT: usize = 8;
/// How many of its latest steps a finding keeps.
pub const FINDING_STEPS_KEPT: usize = 32;
/// The most choices of an escalation.
pub const ESCALATION_CHOICES_MAX: usize = 8;
/// The most changes that an escalation, or the end of a finding, names.
pub const FINDING_CHANGES_MAX: usize = 64;
