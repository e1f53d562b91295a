//! What was decided, and why: everything that a person, an agent or a program needs to go on.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::document::{ApprovalTerms, Effect, Mode, Obligation};
use super::verb::Verb;
use crate::model::{ActorId, Digest, TeamId, Timestamp, Token};

/// The most reasons that a decision lists; the rest is counted.
pub const REASONS_MAX: usize = 32;
/// The most targets that a reason lists; the rest is counted.
pub const REASON_TARGETS_MAX: usize = 8;

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// What was decided.
    pub verdict: Effect,
    /// May it be done now? The verdict is to allow it, and no obligation is open.
    pub passes: bool,
    /// What the rules that only advise would have made of it, where that is stricter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advised: Option<Effect>,
    /// The rules that made it so.
    pub reasons: Vec<Reason>,
    /// More such rules than are listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_reasons: u64,
    /// Rules that only advise, and apply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advice: Vec<Reason>,
    /// Facts that nobody gave, and whose absence made a rule apply.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub missing: BTreeSet<String>,
    /// What would make it pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub would_allow: Vec<Way>,
    /// What has to be done beside, with what is still open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obligations: Vec<Owed>,
    /// The approvals without which it would not be allowed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub approved_by: BTreeSet<Token>,
    /// The waivers that lifted a rule.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub waived_by: BTreeSet<Token>,
    /// The glass that was broken for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken_glass: Option<Token>,
    /// When the same action would be allowed, if nothing but the time changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
    /// When time alone may next change the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_change_at: Option<Timestamp>,
    /// The document that decided.
    pub policy: Digest,
    /// The version of the zone data, where the time of day was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<Arc<str>>,
}

/// A rule that applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The rule.
    pub rule: Arc<RuleCard>,
    /// Did it apply for certain, or because a fact is missing?
    pub certain: bool,
    /// The targets that it applied to; none for the action as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
    /// More targets than are listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_targets: u64,
    /// Whose the listed targets are, where the rule asks for that.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub owners: BTreeSet<TeamId>,
}

/// A rule, as a decision names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RuleCard {
    /// Its name. `default` is what holds where no rule applies; `loomstack.…` are built in.
    pub id: ActorId,
    /// What it says.
    pub effect: Effect,
    /// Whether it binds.
    pub mode: Mode,
    /// The file that it stands in.
    pub file: Arc<str>,
    /// The line that it begins at; 0 for what is built in.
    pub line: u32,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
    /// What to do instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Arc<str>>,
}

/// Something that would make an action pass.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Way {
    /// A person's yes.
    Approval {
        /// The rule that asks.
        rule: ActorId,
        /// Who, how many, for how long.
        terms: Terms,
    },
    /// A waiver of a rule, by a person.
    Waiver {
        /// The rule.
        rule: ActorId,
    },
    /// A fact that is missing.
    Fact {
        /// Its name.
        fact: String,
    },
    /// Leaving a target out: no rule allows it.
    LeaveOut {
        /// A path that no rule allows.
        path: String,
    },
    /// A rule that allows it: there is none.
    AllowRule {
        /// The verb.
        verb: Verb,
    },
    /// Waiting.
    Wait {
        /// Until when.
        until: Timestamp,
    },
    /// Something that has to be done first.
    Oblige {
        /// What.
        obligation: Obligation,
    },
}

/// Who may approve, spelt out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The people who may; anybody where empty.
    pub people: BTreeSet<ActorId>,
    /// How many have to.
    pub count: u32,
    /// Nobody of the acting team.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_owner: bool,
    /// For how long the request and the approval hold, in milliseconds.
    pub expires_ms: u64,
    /// How often an approval of a scope can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
}

/// An obligation, and whether it was met.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Owed {
    /// The rule that it comes from.
    pub rule: ActorId,
    /// What is owed.
    pub obligation: Obligation,
    /// Is it still open?
    pub open: bool,
}

/// How long a request for approval waits, and its approval holds, where a rule says nothing: 4 hours.
pub const APPROVAL_MS_DEFAULT: u64 = 4 * 60 * 60 * 1_000;

impl Terms {
    /// The terms of a rule, with the people of its teams.
    pub(super) fn of(
        terms: Option<&ApprovalTerms>,
        members: impl Fn(&TeamId) -> BTreeSet<ActorId>,
    ) -> Terms {
        let terms = terms.cloned().unwrap_or_default();
        let of_teams = terms.teams.iter().flat_map(members);
        Terms {
            people: of_teams.chain(terms.people.iter().cloned()).collect(),
            count: terms.count.unwrap_or(1),
            not_owner: terms.not_owner,
            expires_ms: terms.expires.map_or(APPROVAL_MS_DEFAULT, |span| span.ms()),
            uses: terms.uses,
        }
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
