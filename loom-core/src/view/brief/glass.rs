//! Broken glass: while it is broken nothing is stopped, so everybody who starts is told first.

use serde::Serialize;

use super::entries::with_words;
use crate::claim::Words;
use crate::model::{Actor, Timestamp, Token};
use crate::policy::Exception;
use crate::view::{named, until};

/// An exception from all rules that can be lifted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BrokenGlass {
    /// Its name.
    pub id: Token,
    /// Who broke it.
    pub by: Actor,
    /// Until when it stays broken.
    pub until: Timestamp,
    /// Why.
    pub reason: Words,
}

impl BrokenGlass {
    /// The exception as broken glass, if it lifts all rules and not some.
    pub(super) fn of(exception: &Exception) -> Option<BrokenGlass> {
        exception.rules.is_none().then(|| BrokenGlass {
            id: exception.id,
            by: exception.by.clone(),
            until: exception.until,
            reason: exception.reason.into(),
        })
    }

    /// The entry of a brief.
    pub(super) fn entry(&self, at: Timestamp) -> String {
        let by = named(&self.by.to_string());
        let text = format!(
            "- exception {} by {by}: every rule that can be lifted is lifted; ends {}",
            self.id,
            until(self.until, at)
        );
        with_words(text, "reason", Some(&self.reason))
    }
}
