//! What an action uses up of what limits count.

use super::action::Action;
use super::facts::{Known, Who};
use super::verb::Verb;
use crate::model::{Level, Unit};

/// How much of a unit an action uses up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Used {
    /// Its verb uses none of it.
    Nothing,
    /// So much.
    Amount(u64),
    /// Some, and nobody says how much.
    Unknown,
}

/// How much an action uses up: what it estimates where it spends, one change for a commit, one deploy
/// for a deploy, and for a merge the lines that it lands.
pub(super) fn used(action: &Action, unit: Unit) -> Used {
    let given = |unit: Unit| unit.of(action.estimate.as_ref()?);
    match (&action.verb, unit) {
        (Verb::Commit, Unit::Changes) | (Verb::Deploy, Unit::Deploys) => Used::Amount(1),
        (Verb::Merge, Unit::UnreviewedLines) => {
            let lines = action.size.and_then(|size| size.lines);
            lines.map_or(Used::Unknown, Used::Amount)
        }
        (Verb::Spend, unit) => match given(unit) {
            Some(amount) => Used::Amount(amount),
            // An estimate that leaves a count out says that it is none; no estimate says nothing.
            None if counts_things(unit) && action.estimate.is_some() => Used::Nothing,
            None => Used::Unknown,
        },
        _ => Used::Nothing,
    }
}

/// Is it a count of things that are done, and not something that every call of a model uses?
fn counts_things(unit: Unit) -> bool {
    matches!(
        unit,
        Unit::Changes | Unit::Runs | Unit::Deploys | Unit::UnreviewedLines
    )
}

/// Can whoever acts have spent anything at this level? Somebody in no loop spends nothing of loops.
pub(super) fn has_holder(level: Level, action: &Action, who: &Who) -> bool {
    match level {
        Level::Run => action.run().is_some() || action.actor.is_none(),
        Level::Loop => who.loop_id != Known::None,
        Level::Team => who.team != Known::None,
        Level::Workspace => true,
    }
}
