//! What happened to the policy and by it, as the journal states it. Folding evaluates no rule, pattern
//! or window; a mixed fleet of versions agrees on the state.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::action::Action;
use super::document::Effect;
use super::facts::Written;
use super::request::Request;
use super::waiver::WaiverScope;
use crate::document::Format;
use crate::model::{Actor, ActorId, Digest, TextRef, Timestamp, Token};

/// What happened to the policy, or by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyEvent {
    /// A document holds from now on.
    Set(Box<SetDocument>),
    /// An action was decided on.
    Decided(Box<Decided>),
    /// A person is asked for a yes.
    Asked(Box<Request>),
    /// A person answered.
    Answered(Box<Answer>),
    /// An action used yeses that were given.
    Used {
        /// The decision that used them.
        decision: Token,
        /// The requests that the yeses were given to.
        requests: BTreeSet<Token>,
    },
    /// The action failed, and its yeses can be used again.
    GivenBack {
        /// The decision that had used them.
        decision: Token,
        /// The requests that the yeses were given to.
        requests: BTreeSet<Token>,
    },
    /// A person made an exception, or broke the glass.
    Waived(Box<Exception>),
}

/// A document, as it was set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetDocument {
    /// Its name, under which decisions point at its lines.
    pub name: String,
    /// The language that it is written in.
    pub format: Format,
    /// Its text.
    pub text: String,
    /// What tells it from any other.
    pub digest: Digest,
    /// Who set it.
    pub by: Actor,
}

/// A decision with everything that it was made on, so that it can be made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// Its name.
    pub id: Token,
    /// What was to be done, with run and actor filled in.
    pub action: Action,
    /// What was known.
    pub facts: Written,
    /// What was decided.
    pub verdict: Effect,
    /// Might it be done?
    pub passes: bool,
    /// The rules that decided.
    pub rules: BTreeSet<ActorId>,
    /// By which document.
    pub policy: Digest,
}

/// A person's answer to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// To which request.
    pub request: Token,
    /// Whose.
    pub by: Actor,
    /// Yes or no.
    pub yes: bool,
    /// In their own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<TextRef>,
    /// A signature that whoever carries the answer has checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// The rules that have all the yeses they need, with this one.
    pub answers: BTreeSet<ActorId>,
}

/// An exception that a person made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Its name.
    pub id: Token,
    /// The rules that it lifts; absent where the glass was broken, which lifts all that can be lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<BTreeSet<ActorId>>,
    /// What it reaches.
    pub scope: WaiverScope,
    /// Until when.
    pub until: Timestamp,
    /// Who made it.
    pub by: Actor,
    /// Why.
    pub reason: TextRef,
}
