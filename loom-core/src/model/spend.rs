//! What is counted against limits, over whom, and in which stretch of time.

use serde::{Deserialize, Serialize};

use super::Zone;

/// Over whom something is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// One run.
    Run,
    /// All runs of one loop.
    Loop,
    /// All loops of one team.
    Team,
    /// Everybody.
    Workspace,
}

impl Level {
    /// The level as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::Run => "run",
            Level::Loop => "loop",
            Level::Team => "team",
            Level::Workspace => "workspace",
        }
    }
}

/// What is counted. All of it in whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Tokens that went into a model and were not cached.
    InputTokens,
    /// Tokens that went into a model out of its cache.
    CachedInputTokens,
    /// Tokens that were written into a model's cache.
    CacheWriteTokens,
    /// Tokens that came out of a model.
    OutputTokens,
    /// Tokens that a model spent on thinking.
    ReasoningTokens,
    /// Tokens of all classes together.
    Tokens,
    /// Millionths of a dollar.
    Microdollars,
    /// Changes that were committed.
    Changes,
    /// Runs that were started.
    Runs,
    /// Deploys.
    Deploys,
    /// Lines that landed and that no person has reviewed.
    UnreviewedLines,
}

/// The stretch of time in which a limit counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Since the beginning: the whole life of a run, or of the journal.
    Life,
    /// Each full hour.
    Hour,
    /// Each day of a zone.
    Day(Zone),
    /// Each week of a zone, from Monday.
    Week(Zone),
    /// The last so many milliseconds.
    RollingMs(u64),
}

impl Unit {
    /// The unit as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Unit::InputTokens => "input_tokens",
            Unit::CachedInputTokens => "cached_input_tokens",
            Unit::CacheWriteTokens => "cache_write_tokens",
            Unit::OutputTokens => "output_tokens",
            Unit::ReasoningTokens => "reasoning_tokens",
            Unit::Tokens => "tokens",
            Unit::Microdollars => "microdollars",
            Unit::Changes => "changes",
            Unit::Runs => "runs",
            Unit::Deploys => "deploys",
            Unit::UnreviewedLines => "unreviewed_lines",
        }
    }
}
