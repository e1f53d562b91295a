//! Claims: who holds which paths and resources, until when, and who waits for them.
//!
//! The plane is usable alone: [`ClaimTable`] is the state, [`Draft`] is one decision over it, and
//! [`ClaimEvent`]s are what a decision comes to. A draft changes nothing; its events, applied, do.

mod admit;
mod area;
mod circle;
mod cold;
mod draft;
mod event;
mod facts;
mod index;
mod layer;
mod mode;
mod rows;
mod scene;
mod table;
mod words;

pub use area::resolve;
pub use draft::Draft;
pub use event::{ClaimEnd, ClaimEvent, Granted, Queued, WaitEnd};
pub use facts::{Facts, RepoFacts, RunFacts};
pub use mode::{Cell, Mode};
pub use rows::{BoxRow, ClaimRow, EndedRow, Row};
pub use table::ClaimTable;
pub use words::{
    Admission, ClaimReply, ClaimRequest, ClaimView, HandOverReply, LeftOut, Meeting, Meetings, Met,
    NotDone, Notice, OnConflict, Outcome, RefusedFor, ReleaseReply, RenewReply, Renewal, Skipped,
    Spec, SpecRequest, Words,
};

/// The most specs in one claim.
pub const SPECS_MAX: usize = 64;
/// The most resources in one spec.
pub const RESOURCES_MAX: usize = 64;
/// The shortest lease, in milliseconds.
pub const TTL_MS_MIN: u64 = 1_000;
/// The longest lease, in milliseconds: one day.
pub const TTL_MS_MAX: u64 = 24 * 60 * 60 * 1_000;
/// How long a claim may be renewed after its grant while somebody waits for it, in milliseconds.
pub const HOLD_MS_MAX: u64 = 4 * 60 * 60 * 1_000;
/// The highest priority.
pub const PRIORITY_MAX: u8 = 9;
/// How long a waiter must wait to rise by one priority, in milliseconds.
pub const AGEING_MS: u64 = 60_000;
/// The most meetings listed in a reply; the rest is counted.
pub const MEETINGS_MAX: usize = 64;
/// The most notices in a run's box; older ones fall out.
pub const NOTICES_MAX: usize = 64;
/// The most live claims of one run.
pub const CLAIMS_OF_RUN_MAX: usize = 1_024;
/// The most pending waits of a journal.
pub const WAITS_MAX: usize = 1_024;
/// The most waiters woken by one record.
pub const WAKES_MAX: usize = 256;
/// How many ended claims are remembered, to say how they ended.
pub const ENDED_MAX: usize = 4_096;
/// The most blockers that are recorded of one wait. The rest is looked up when these are gone.
pub const BLOCKERS_MAX: usize = 64;
/// How many requesting runs a claim remembers as told of; the oldest is forgotten, and would be told of
/// again.
pub const TOLD_MAX: usize = 256;
