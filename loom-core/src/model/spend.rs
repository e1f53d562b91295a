//! What is counted against limits, over whom, and in which stretch of time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Zone;

/// The largest amount of a limit, an estimate or an actual: what every language reads as an integer.
pub const AMOUNT_MAX: u64 = (1 << 53) - 1;

/// How much of each unit.
pub type Amounts = BTreeMap<Unit, u64>;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Tokens that a model read and had not cached.
    InputTokens,
    /// Tokens that a model read from its cache.
    CachedInputTokens,
    /// Tokens that were written to a model's cache.
    CacheWriteTokens,
    /// Tokens that a model wrote for others to read.
    OutputTokens,
    /// Tokens that a model wrote for itself.
    ReasoningTokens,
    /// Tokens of all classes together.
    Tokens,
    /// Millionths of a dollar.
    Microdollars,
    /// Changes that landed.
    Changes,
    /// Runs that started.
    Runs,
    /// Deploys.
    Deploys,
    /// Lines made by loops that no person has reviewed.
    UnreviewedLines,
}

impl Unit {
    const TOKEN_CLASSES: [Unit; 5] = [
        Unit::InputTokens,
        Unit::CachedInputTokens,
        Unit::CacheWriteTokens,
        Unit::OutputTokens,
        Unit::ReasoningTokens,
    ];

    /// How much of this unit is meant; `None` where nobody said. Tokens are the sum of their classes, or
    /// what was said of them as a whole where that is more.
    pub(crate) fn of(self, amounts: &Amounts) -> Option<u64> {
        let said = amounts.get(&self).copied();
        if self != Unit::Tokens {
            return said;
        }
        let classes = Unit::TOKEN_CLASSES
            .iter()
            .filter_map(|class| amounts.get(class));
        let sum = classes.copied().reduce(u64::saturating_add);
        said.max(sum).map(|amount| amount.min(AMOUNT_MAX))
    }
}

/// Over whom a limit is held. Limits of several levels hold at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Each run.
    Run,
    /// Each loop.
    Loop,
    /// Each team.
    Team,
    /// All together.
    Workspace,
}

/// The window within which a limit is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Each hour, as UTC counts them.
    Hour,
    /// Each day of a zone.
    Day(Zone),
    /// Each week of a zone, Monday to Sunday.
    Week(Zone),
    /// Any time of so many milliseconds. It is counted in buckets of a 63rd of it, rounded up to whole
    /// milliseconds, and a bucket counts until all of it is that long ago. So a window never lets more
    /// through than its maximum, and holds an amount for up to one bucket longer than need be.
    RollingMs(u64),
    /// The holder's whole life.
    Life,
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
