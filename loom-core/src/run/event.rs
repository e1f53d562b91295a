//! What happened to loops and runs, as the journal states it.

use serde::{Deserialize, Serialize};

use super::{IterationEnded, LoopCard, LoopStanding, Slot, StopReason};
use crate::model::{Actor, ActorId, Amounts, Digest, LoopId, RunId, SignalKey, TextRef, Timestamp};

/// A loop that was registered, or whose definition was replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoopDefined {
    /// What it is.
    pub card: LoopCard,
    /// The digest of its definition, texts included.
    pub digest: Digest,
}

/// Somebody said whether a loop may start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoopStood {
    /// Which.
    pub id: LoopId,
    /// How it stands from now on.
    pub standing: LoopStanding,
    /// Who said so.
    pub by: Actor,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<TextRef>,
}

/// A signal that was given: loops that listen to its name start for its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signalled {
    /// Its name.
    pub name: ActorId,
    /// Which of its name.
    pub key: SignalKey,
    /// Who gave it.
    pub by: Actor,
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
    /// The slot of the loop that it won.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Slot>,
    /// The run that died, and whose work it takes over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeds: Option<RunId>,
    /// Prompts, skills and policies that it was given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<Digest>,
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

impl RunOutcome {
    /// The outcome as it stands in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            RunOutcome::Done => "done",
            RunOutcome::NothingFound => "nothing_found",
            RunOutcome::HandedToHuman => "handed_to_human",
            RunOutcome::Failed => "failed",
            RunOutcome::Stopped => "stopped",
        }
    }
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
    /// What it used up, as far as it said so.
    #[serde(default, skip_serializing_if = "Amounts::is_empty")]
    pub spent: Amounts,
}

/// A run that waits for a signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Awaited {
    /// Which.
    pub run: RunId,
    /// The name of the signal.
    pub name: ActorId,
    /// Which of its name.
    pub key: SignalKey,
}

/// A run that somebody outside ended the iterations of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Halted {
    /// Which.
    pub run: RunId,
    /// Why.
    pub why: StopReason,
}

/// What happened to loops and runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEvent {
    /// A loop was registered, or its definition replaced.
    LoopDefined(Box<LoopDefined>),
    /// Somebody said whether a loop may start.
    LoopStood(Box<LoopStood>),
    /// A signal was given.
    Signalled(Box<Signalled>),
    /// A run started.
    Started(Box<Started>),
    /// A run is alive until a new time.
    Beat {
        /// Which.
        run: RunId,
        /// Until when.
        live_until: Timestamp,
    },
    /// An iteration of a run began.
    IterationBegun {
        /// Of which.
        run: RunId,
    },
    /// An iteration of a run ended.
    IterationEnded(Box<IterationEnded>),
    /// A run asked to be verified.
    VerificationAsked {
        /// Which.
        run: RunId,
    },
    /// Whoever verified what a run changed found fault with it.
    SentBack {
        /// Which.
        run: RunId,
    },
    /// A run waits for a signal.
    Awaited(Box<Awaited>),
    /// A run begins no iteration any more.
    Halted(Box<Halted>),
    /// A run finished.
    Finished(Finished),
}
