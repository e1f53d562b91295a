//! The shared words: ids, actors, the run tree and its relations, time, digests, texts, tokens,
//! records. Every plane speaks them; they know nobody but [`crate::error`].
//!
//! ```
//! use loom_core::model::{Actor, ActorKind, RunId, Timestamp};
//!
//! let run = RunId::new("fix-auth-7").unwrap();
//! let actor = Actor::new(ActorKind::Loop, "fix-auth").unwrap().in_run(run);
//! let now: Timestamp = "2026-11-22T07:30:00Z".parse().unwrap();
//! assert_eq!(format!("{actor} at {now}"), "loop:fix-auth at 2026-11-22T07:30:00.000Z");
//! ```

mod actor;
mod change;
mod digest;
mod id;
mod independence;
mod json_depth;
mod lineage;
mod quote;
mod record;
mod repository;
mod snapshot_bytes;
mod spend;
mod text;
mod time;
mod token;
mod truth;
mod zone;

pub use actor::{Actor, ActorKind};
pub use change::{ChangedFile, HUNKS_MAX, Hunk, MadeBy, SIGNED_LINES_MAX, SignedLines, Verdict};
pub use digest::Digest;
pub(crate) use digest::hex_digit;
pub use id::{
    ActorId, Branch, ChangeId, DeployId, FindingKey, Holder, ID_BYTES_MAX, IncidentId, LimitId,
    LoopId, RepoId, ReservationId, Resource, RunId, SignalKey, TeamId, WorkspaceId,
};
pub use independence::Independence;
pub(crate) use json_depth::json_depth;
pub use lineage::{Lineage, RUN_DEPTH_MAX, Side};
pub use quote::{named, quoted};
pub use record::{
    ChainFault, ChainFaultKind, Head, Header, RECORD_BYTES_MAX, RECORD_FORMAT, Record, Ver,
    verify_chain,
};
pub use repository::normalise_origin;
pub(crate) use snapshot_bytes::Piece;
pub use snapshot_bytes::{ReadAt, SnapshotBytes};
pub use spend::{AMOUNT_MAX, Amounts, Level, Per, Unit};
pub use text::{Nonce, StoredText, TEXT_BYTES_MAX, TextRef, Words};
pub use time::{TIMESTAMP_MS_MAX, Timestamp};
pub use token::Token;
pub use truth::Truth;
pub use zone::{Day, WallTime, Weekday, ZONE_BYTES_MAX, ZONE_DATA_VERSION, Zone};
