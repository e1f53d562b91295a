//! Claims: who holds which paths and resources, until when, and who waits for them.
//!
//! Thirty loops on one repository undo each other's work unless each says what it is about to touch. A
//! claim says so, under a lease (Gray and Cheriton 1989), since a loop that died can release nothing,
//! and with a fencing token, since one that was only stopped does not know that its lease ended.
//!
//! The plane is usable alone: [`ClaimTable`] is the state, [`Draft`] is one decision over it, and
//! [`ClaimEvent`]s are what a decision comes to. A draft changes nothing; its events, applied, do.
//! Who lives, who descends from whom, and how names compare are [`Facts`] that the caller brings.
//!
//! ```
//! use loom_core::claim::{
//!     ClaimReply, ClaimRequest, ClaimTable, Facts, Met, Mode, OnConflict, RepoFacts, RunFacts, SpecRequest,
//! };
//! use loom_core::model::{Actor, ActorKind, Branch, Lineage, RepoId, RunId, Timestamp};
//! use loom_core::path::{PathRules, PatternSource};
//!
//! struct World;
//! impl RunFacts for World {
//!     fn is_live(&self, _: &RunId, _: Timestamp) -> bool { true }
//!     fn live_until(&self, _: &RunId) -> Option<Timestamp> { None }
//!     fn children(&self, _: &RunId) -> Vec<RunId> { Vec::new() }
//! }
//! impl RepoFacts for World {
//!     fn rules(&self, _: &RepoId) -> Option<PathRules> { Some(PathRules::default()) }
//!     fn default_branch(&self, _: &RepoId) -> Option<Branch> { Branch::new("main").ok() }
//! }
//!
//! let (mut table, lineage) = (ClaimTable::default(), Lineage::default());
//! let at: Timestamp = "2026-11-22T08:00:00Z".parse()?;
//! let facts = |ver| Facts { at, incarnation: 0, ver, lineage: &lineage, runs: &World, repos: &World };
//! let ask = |glob: &str| -> Result<ClaimRequest, loom_core::error::Error> {
//!     let paths = PatternSource::glob(glob).into();
//!     let spec = SpecRequest { repo: RepoId::new("shop")?, branch: None, paths, resources: Vec::new() };
//!     Ok(ClaimRequest {
//!         specs: vec![spec],
//!         mode: Mode::Write,
//!         intent: None,
//!         ttl_ms: 600_000,
//!         priority: 0,
//!         on_conflict: OnConflict::Refuse,
//!         partial: false,
//!     })
//! };
//! let (fixer, porter) = (RunId::new("fix-auth")?, RunId::new("port-to-ts")?);
//! let actor = Actor::new(ActorKind::Loop, "nightly")?;
//!
//! let mut draft = table.draft(facts(1));
//! assert!(matches!(draft.claim(&actor, &fixer, &ask("src/auth")?)?, ClaimReply::Granted { .. }));
//! for event in draft.into_events() {
//!     table.apply(event, at, &World)?;
//! }
//!
//! let mut draft = table.draft(facts(2));
//! let reply = draft.claim(&actor, &porter, &ask("src/**/*.ts")?)?;
//! let ClaimReply::Refused { meetings, .. } = reply else { return Err("these meet".into()) };
//! let Met::Path { witness: Some(path), .. } = &meetings.list[0].met else { return Err("in a path".into()) };
//! assert!(meetings.list[0].run == fixer && path.starts_with("src/auth/") && path.ends_with(".ts"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Driving order
//! For a record: one draft, [`Draft::wake`] first (and again behind what the command did), the command,
//! [`Draft::into_events`]; and when the record landed, [`ClaimTable::expire`] with its time, then
//! [`ClaimTable::apply`] for each event. The table is a function of the records so folded.

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
mod slots;
mod table;
mod words;

pub use area::{Places, resolve};
pub(crate) use draft::DecidedEvent;
pub use draft::Draft;
pub use event::{ClaimEnd, ClaimEvent, Granted, Queued, WaitEnd};
pub use facts::{Facts, RepoFacts, RunFacts};
pub(crate) use index::PathBytes;
pub use mode::{Cell, Mode};
pub use rows::{BoxRow, ClaimRow, EndedRow, Row};
pub use table::ClaimTable;
pub use words::{
    Admission, ClaimReply, ClaimRequest, ClaimView, HandOverReply, LeftOut, Meeting, Meetings, Met,
    NotDone, Notice, OnConflict, Outcome, RefusedFor, ReleaseReply, RenewReply, Renewal, Skipped,
    Spec, SpecRequest,
};
// A word that other planes speak too.
pub use crate::model::Words;

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
/// The most holders that one command tells; those beyond learn of the next one.
pub const HOLDERS_TOLD_MAX: usize = 256;
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
