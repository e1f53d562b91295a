//! A request for a person's yes: what is asked, who may answer, and what the answers came to.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::action::Action;
use super::approval::Bound;
use super::decision::Terms;
use crate::error::{Code, Error};
use crate::model::{Actor, ActorId, ActorKind, TeamId, TextRef, Timestamp, Token};

/// A request for a yes. It carries what a person needs to answer it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Its name.
    pub id: Token,
    /// What is to be done, with run and actor filled in.
    pub action: Action,
    /// What a yes would be bound to.
    pub bound: Bound,
    /// The rules that ask, and whom.
    pub rules: BTreeMap<ActorId, Terms>,
    /// Targets that the rules ask for: the first of them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub targets: BTreeSet<String>,
    /// The team that acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// The people of that team, who may not answer where a rule says so.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub own: BTreeSet<ActorId>,
    /// What the run is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<TextRef>,
    /// When it was made.
    pub at: Timestamp,
    /// Until when it waits, and a yes to it holds.
    pub until: Timestamp,
    /// How often a yes can be used; without end where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
}

/// How a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It waits for answers.
    Open,
    /// Every rule has all the yeses it needs.
    Approved,
    /// A person said no.
    Rejected,
    /// Its time is over.
    Expired,
}

/// A request with its answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestRow {
    /// What is asked.
    pub request: Request,
    /// Who said yes, and when.
    pub yes: BTreeMap<ActorId, Timestamp>,
    /// Who said no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no: Option<ActorId>,
    /// The words of the last answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<TextRef>,
    /// The rules that have all the yeses they need.
    pub answered: BTreeSet<ActorId>,
    /// The decisions that used it and did not give it back.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub used: BTreeSet<Token>,
}

impl RequestRow {
    /// How it stands at a time.
    pub fn standing(&self, at: Timestamp) -> Standing {
        if self.no.is_some() {
            return Standing::Rejected;
        }
        if at >= self.request.until {
            return Standing::Expired;
        }
        let all = self.request.rules.keys();
        match all.clone().all(|rule| self.answered.contains(rule)) {
            true => Standing::Approved,
            false => Standing::Open,
        }
    }

    /// Can a yes to it still be used?
    pub(super) fn is_usable(&self, at: Timestamp) -> bool {
        let used = self.used.len() as u64;
        let left = self.request.uses.is_none_or(|uses| used < u64::from(uses));
        left && self.no.is_none() && at < self.request.until && !self.answered.is_empty()
    }

    /// Which rules would have all the yeses they need if this person said yes too.
    ///
    /// # Errors
    /// `request_not_open` for one that was answered, rejected or has expired; `not_permitted` for
    /// somebody who may not answer any of its rules, and for the maker.
    pub fn with_yes(&self, by: &Actor, at: Timestamp) -> Result<BTreeSet<ActorId>, Error> {
        self.check_open(at)?;
        let may = self.may_answer(by)?;
        if self.yes.contains_key(&by.id) {
            let message = format!("{} said yes already", by.id);
            return Err(Error::at(Code::AlreadyExists, "actor", message));
        }
        let rules = self.request.rules.iter();
        let answered = rules.filter(|(rule, terms)| {
            let eligible = self.yes.keys().filter(|person| self.counts(terms, person));
            let with = usize::from(may.contains(*rule));
            eligible.count() + with >= terms.count as usize
        });
        Ok(answered.map(|(rule, _)| rule.clone()).collect())
    }

    /// Checks that this person may say no.
    ///
    /// # Errors
    /// Those of [`RequestRow::with_yes`].
    pub fn check_no(&self, by: &Actor, at: Timestamp) -> Result<(), Error> {
        self.check_open(at)?;
        self.may_answer(by).map(drop)
    }

    /// The rules that this person may answer.
    fn may_answer(&self, by: &Actor) -> Result<BTreeSet<ActorId>, Error> {
        let refuse = |message: &str| Err(Error::at(Code::NotPermitted, "actor", message));
        if by.kind != ActorKind::Human {
            return refuse("only people answer a request");
        }
        let maker = self.request.action.actor.as_ref();
        if maker.is_some_and(|maker| maker.kind == ActorKind::Human && maker.id == by.id) {
            return refuse("nobody approves what they do themselves");
        }
        let rules = self.request.rules.iter();
        let may: BTreeSet<ActorId> = rules
            .filter(|(_, terms)| self.counts(terms, &by.id))
            .map(|(rule, _)| rule.clone())
            .collect();
        if may.is_empty() {
            return refuse("the rules that ask name others");
        }
        Ok(may)
    }

    fn counts(&self, terms: &Terms, person: &ActorId) -> bool {
        let named = terms.people.is_empty() || terms.people.contains(person);
        named && !(terms.not_owner && self.request.own.contains(person))
    }

    fn check_open(&self, at: Timestamp) -> Result<(), Error> {
        let how = match self.standing(at) {
            Standing::Open => return Ok(()),
            Standing::Approved => "has all the yeses it needs",
            Standing::Rejected => "was rejected",
            Standing::Expired => "has expired",
        };
        let message = format!(
            "request {} {how}; ask again if it is still needed",
            self.request.id
        );
        Err(Error::at(Code::RequestNotOpen, "request", message))
    }
}
