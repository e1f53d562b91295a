//! Who sends a command. The caller authenticates; the core only holds what kind may send what.
//!
//! ```
//! use loom_core::model::{Actor, ActorKind};
//!
//! let actor: Actor = serde_json::from_str(r#"{"kind":"loop","id":"nightly","run":"r1"}"#).unwrap();
//! assert_eq!(actor.kind, ActorKind::Loop);
//! assert_eq!(actor.to_string(), "loop:nightly");
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ActorId, RunId, TeamId};
use crate::error::{Code, Error};

/// The three kinds of actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A person.
    Human,
    /// An unattended program that prompts agents, or one of its agents.
    Loop,
    /// A program that is no loop: a CI server, a deployer, a notifier.
    Service,
}

impl ActorKind {
    /// The kind as it stands in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            ActorKind::Human => "human",
            ActorKind::Loop => "loop",
            ActorKind::Service => "service",
        }
    }
}

/// Who sends a command, as the caller has authenticated them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// Person, loop or service.
    pub kind: ActorKind,
    /// The name within the kind.
    pub id: ActorId,
    /// The account that pays or is logged in, where that differs from `id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<ActorId>,
    /// The team that the actor speaks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// The run that the command belongs to. Claims are held by runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// The model behind the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ActorId>,
}

impl Actor {
    /// An actor of a kind with nothing but a name.
    ///
    /// # Errors
    /// Those of [`ActorId::new`].
    pub fn new(kind: ActorKind, id: &str) -> Result<Self, Error> {
        let id = ActorId::new(id)?;
        Ok(Actor {
            kind,
            id,
            account: None,
            team: None,
            run: None,
            model: None,
        })
    }

    /// The same actor within a run.
    #[must_use]
    pub fn in_run(mut self, run: RunId) -> Self {
        self.run = Some(run);
        self
    }

    /// The run that this actor's claims belong to.
    ///
    /// # Errors
    /// `missing_field` (`actor.run`) where the actor is in no run.
    pub fn require_run(&self) -> Result<&RunId, Error> {
        self.run.as_ref().ok_or_else(|| {
            Error::at(
                Code::MissingField,
                "actor.run",
                "this command belongs to a run; start one and name it in the actor",
            )
        })
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.as_str(), self.id)
    }
}
