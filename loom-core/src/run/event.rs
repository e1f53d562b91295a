//! What happened to loops and runs, as the journal states it.

use serde::{Deserialize, Serialize};

use crate::model::{Actor, ActorId, LoopId, RunId, TeamId, TextRef, Timestamp};

/// A registered loop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoopCard {
    /// Its name.
    pub id: LoopId,
    /// Who answers for it.
    pub owner: ActorId,
    /// The team it works for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<TextRef>,
}

/// A run that started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Started {
    /// Its name.
    pub run: RunId,
    /// Who started it; its `run` field is the run's own.
    pub actor: Actor,
    /// The loop it belongs to, where that is not its parent's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loop_id: Option<LoopId>,
    /// The run that it works for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<RunId>,
    /// The length of its lease in milliseconds.
    pub ttl_ms: u64,
    /// Until when it is taken to be alive.
    pub live_until: Timestamp,
}

/// What a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// Its goal holds.
    Done,
    /// There was nothing to do.
    NothingFound,
    /// A person has to go on.
    HandedToHuman,
    /// It could not do what it should.
    Failed,
    /// It was stopped.
    Stopped,
}

/// A run that finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finished {
    /// Which.
    pub run: RunId,
    /// With what.
    pub outcome: RunOutcome,
    /// In its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<TextRef>,
}

/// What happened to loops and runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEvent {
    /// A loop was registered, or its card replaced.
    LoopRegistered(LoopCard),
    /// A run started.
    Started(Box<Started>),
    /// A run is alive until a new time.
    Beat {
        /// Which.
        run: RunId,
        /// Until when.
        live_until: Timestamp,
    },
    /// A run finished.
    Finished(Finished),
}
