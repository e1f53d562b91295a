//! What the director of the demo and its loops say to each other: one line of JSON each, cues to a
//! loop's stdin, lines from its stdout. Cues only say whose turn it is. What comes of a turn is decided
//! by the journal, and each loop finds it out there.

use loom_core::claim::Mode;
use loom_core::model::{RunId, Token};
use serde::{Deserialize, Serialize};

/// A file's part in the story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    /// The test that one loop changes on purpose and another one wants to fix.
    Test,
    /// The file that two loops want, one after the other.
    Queued,
    /// The file whose holder is killed.
    Held,
    /// The file that is handed over.
    Handed,
}

/// Whose turn it is, and for what.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "cue", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Cue {
    /// Start a run.
    Start { ttl_ms: u64 },
    /// Claim a file, or for `area` everything around it.
    Claim {
        role: Role,
        area: bool,
        mode: Mode,
        intent: String,
        ttl_ms: u64,
        wait: bool,
    },
    /// Wait in the queue until served.
    AwaitTurn { role: Role },
    /// Edit the file, commit, and record the change under the claim.
    Change {
        role: Role,
        intent: String,
        deliberate: bool,
    },
    /// Begin to edit the file and leave it half done.
    HalfChange { role: Role },
    /// Release the file.
    Release { role: Role },
    /// Read what the run was told.
    Notices,
    /// Read the brief about a file, and decide whether to touch it.
    Brief { role: Role },
    /// Give the claim on a file to another run.
    HandOver { role: Role, to: RunId },
    /// Take over a claim that was handed over.
    Take { role: Role, token: Token },
    /// Come back after a crash, with what was written down before it.
    Resume { role: Role },
    /// Work through the free files, without any further cue.
    Rush,
    /// Finish the run.
    Finish,
}

/// What a loop says.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Line {
    /// Something for the transcript.
    Say { text: String },
    /// The cue is carried out.
    Done { outcome: Outcome },
    /// The cue could not be carried out.
    Failed { why: String },
}

/// What came of a cue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Outcome {
    /// It was done.
    Done,
    /// A claim was granted, served or handed over.
    Granted { token: Token },
    /// The request waits.
    Waiting,
    /// The claim was refused.
    Refused,
    /// The change was recorded.
    Recorded,
    /// The fence held.
    Fenced,
    /// The run was told so many things.
    Told { notices: usize },
    /// The brief speaks of a deliberate change, and the loop leaves the file alone.
    LeftAlone,
    /// The free files are done: how many changes, and how many claims were refused on the way.
    Rushed { changes: usize, refused: usize },
}
