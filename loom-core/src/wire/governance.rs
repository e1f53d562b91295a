//! Policy, requests and exceptions, as others see them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::claim::Words;
use crate::coordinator::{Coordinator, RecentChange};
use crate::model::{Actor, ActorId, Digest, TeamId, Timestamp, Token};
use crate::policy::{
    Action, Bound, Exception, Format, RequestRow, SetDocument, Standing, Terms, WaiverScope,
};

/// The policy that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PolicyView {
    /// Its name.
    pub name: String,
    /// The language that it is written in.
    pub format: Format,
    /// The document.
    pub text: String,
    /// What tells it from any other.
    pub digest: Digest,
    /// Who set it.
    pub by: Actor,
}

/// A request for a person's yes, with its answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RequestView {
    /// Its name.
    pub id: Token,
    /// How it stands.
    pub standing: Standing,
    /// What is to be done.
    pub action: Action,
    /// What a yes is bound to.
    pub bound: Bound,
    /// The rules that ask, and whom.
    pub rules: BTreeMap<ActorId, Terms>,
    /// Targets that the rules ask for: the first of them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub targets: BTreeSet<String>,
    /// The team that acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Words>,
    /// What others changed there on purpose, or had verified, and meant by it: the latest first. At most 16,
    /// and none once it was answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub against: Vec<RecentChange>,
    /// When it was made.
    pub at: Timestamp,
    /// Until when it waits, and a yes to it holds.
    pub until: Timestamp,
    /// Who said yes, and when.
    pub yes: BTreeMap<ActorId, Timestamp>,
    /// Who said no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no: Option<ActorId>,
    /// The words of the last answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Words>,
    /// The rules that have all the yeses they need.
    pub answered: BTreeSet<ActorId>,
    /// How often it was used.
    pub used: u64,
    /// How often it can be; without end where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
}

/// An exception that a person made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExceptionView {
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
    pub reason: Words,
}

impl From<&SetDocument> for PolicyView {
    fn from(document: &SetDocument) -> PolicyView {
        let SetDocument {
            name,
            format,
            text,
            digest,
            by,
        } = document.clone();
        PolicyView {
            name,
            format,
            text,
            digest,
            by,
        }
    }
}

impl RequestView {
    pub(super) fn of(row: &RequestRow, state: &Coordinator, at: Timestamp) -> RequestView {
        let request = &row.request;
        let standing = row.standing(at);
        RequestView {
            id: request.id,
            standing,
            action: request.action.clone(),
            bound: request.bound.clone(),
            rules: request.rules.clone(),
            targets: request.targets.clone(),
            team: request.team.clone(),
            intent: request.intent.map(Words::from),
            against: match standing {
                Standing::Open => state.weighed_against(&request.action),
                _ => Vec::new(),
            },
            at: request.at,
            until: request.until,
            yes: row.yes.clone(),
            no: row.no.clone(),
            note: row.note.map(Words::from),
            answered: row.answered.clone(),
            used: row.used.len() as u64,
            uses: request.uses,
        }
    }

    pub(super) fn texts(&mut self) -> impl Iterator<Item = &mut Words> {
        let against = self.against.iter_mut();
        let intents = against.filter_map(|change| change.intent.as_mut());
        self.intent.iter_mut().chain(&mut self.note).chain(intents)
    }
}

impl From<&Exception> for ExceptionView {
    fn from(exception: &Exception) -> ExceptionView {
        ExceptionView {
            id: exception.id,
            rules: exception.rules.clone(),
            scope: exception.scope.clone(),
            until: exception.until,
            by: exception.by.clone(),
            reason: exception.reason.into(),
        }
    }
}
