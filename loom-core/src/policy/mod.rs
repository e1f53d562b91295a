//! Policy: what a loop may do, and when a person must say yes.
//!
//! A [`PolicySet`] is one document of rules, loaded from YAML, TOML or JSON and compiled. A decision is
//! a pure function of the action, the facts around it and the time: every rule that applies is asked,
//! the strictest wins, and what nobody knows never loosens it.
//!
//! ```
//! use loom_core::model::{Actor, ActorKind, Timestamp};
//! use loom_core::path::PathRules;
//! use loom_core::policy::{Action, Effect, Facts, Format, Nothing, PolicySet, Verb, Who};
//!
//! let policy = PolicySet::load(
//!     "
//! version: 1
//! default: allow
//! rules:
//!   - id: payments-need-a-human
//!     effect: require_approval
//!     when: { verb: [edit, create, delete], paths: services/payments/** }
//!     reason: money moves here
//! ",
//!     Format::Yaml,
//! )?;
//! let now: Timestamp = "2026-11-22T10:00:00Z".parse()?;
//! let (who, nothing) = (Who::default(), Nothing);
//! let facts = Facts {
//!     who: &who,
//!     rules: PathRules::default(),
//!     approvals: &[],
//!     waivers: &[],
//!     history: &nothing,
//!     spend: &nothing,
//! };
//! let nightly = Actor::new(ActorKind::Loop, "nightly")?;
//! let edit = Action::new(Verb::Edit).by(nightly).on_paths(["services/payments/charge.rs"]);
//! let decision = policy.decide(&edit, &facts, now)?;
//! assert_eq!(decision.verdict, Effect::RequireApproval);
//! assert_eq!(decision.reasons[0].rule.id.as_str(), "payments-need-a-human");
//! assert_eq!(decision.reasons[0].rule.line, 5);
//! # Ok::<(), loom_core::error::Error>(())
//! ```

mod action;
mod approval;
mod codeowners;
mod cold;
mod compile;
mod decide;
mod decision;
mod document;
mod event;
mod examples;
mod explain;
mod facts;
pub mod guard;
mod lint;
mod load;
mod places;
mod replay;
mod request;
#[cfg(feature = "schema")]
mod schema;
mod selector;
mod shelves;
mod spend;
mod story;
mod table;
mod verb;
mod waiver;
mod window;
mod words;

use std::fmt;
use std::sync::Arc;

pub use crate::document::{DOCUMENT_BYTES_MAX, DOCUMENT_DEPTH_MAX, DOCUMENT_VALUES_MAX, Format};
pub use crate::model::Independence;
pub use action::{
    ACTION_EDGES_MAX, ACTION_FACTS_MAX, ACTION_PATHS_MAX, ACTION_RESOURCES_MAX, Action, Edge,
    FACT_BYTES_MAX, Size, Targets,
};
pub use approval::{Approval, Bound};
pub use codeowners::{ImportedOwners, UnsupportedLine};
pub use compile::{SECOND_REVERSAL, VERBS_DECLARED_MAX};
pub use decision::{
    APPROVAL_MS_DEFAULT, Decision, Owed, REASON_TARGETS_MAX, REASONS_MAX, Reason, RuleCard, Terms,
    Way,
};
pub use document::{
    ApprovalTerms, Area, Changer, Condition, DeclaredVerb, Document, EdgeBetween, Effect, Example,
    Examples, LimitOf, LimitRule, Mode, Obligation, OwnerIs, Owners, Protect, Rate,
    RecentlyChanged, Rule, Service, SizeBounds, Spans, Team, VerifiedBy,
};
pub use event::{Answer, Decided, Exception, PolicyEvent, SetDocument};
pub use explain::AGENT_TEXT_CHARACTERS_MAX;
pub use facts::{
    ANSWERS_WRITTEN_MAX, Asked, Asking, Facts, History, Known, Nothing, ProtectedFor, Recording,
    Room, Spend, Who, Written,
};
pub use lint::{Finding, FindingCode, LINT_PAIRS_MAX};
pub use load::{LOOK_BACK_MS_MAX, RULES_MAX, UNREVIEWED_LINES};
pub use replay::{
    ChangedDecision, Coverage, REPLAY_LISTED_MAX, Recorded, Replay, ReplayFault, RuleCoverage,
};
pub use request::{Request, RequestRow, Standing};
#[cfg(feature = "schema")]
pub use schema::document_schema;
pub use story::{Expected, Played, Stories, Story, StoryWaiver};
pub use table::{
    BREAK_GLASS_MS_MAX, DEEDS_MAX, Doer, GOVERNANCE_MEMORY_MS, PolicyTable, REQUESTS_MAX,
    WAIVER_MS_MAX, WAIVERS_MAX,
};
pub use verb::{Field, Fields, Verb};
pub use waiver::{Waiver, WaiverScope};
pub use window::{FREEZES_MAX, Freeze, Hours, TimeOfDay, Window};
pub use words::{
    AnyOf, Bounds, Comparison, FactValue, NamePattern, SELECTOR_ITEMS_MAX, SPAN_MS_MAX, TimeSpan,
};

use self::load::Loaded;
use crate::error::Error;
use crate::model::{ActorId, Amounts, Digest, Timestamp};
use crate::path::PathRules;

/// A loaded policy. Cheap to clone.
#[derive(Clone)]
pub struct PolicySet {
    loaded: Arc<Loaded>,
}

impl PolicySet {
    /// Loads a document that has no name of its own.
    ///
    /// # Errors
    /// `invalid_policy` with line and column for anything that is wrong with it, and
    /// `limit_exceeded` over a limit.
    pub fn load(text: &str, format: Format) -> Result<PolicySet, Error> {
        PolicySet::load_named("policy", text, format)
    }

    /// Loads a document. Decisions name the lines of rules in it under `name`.
    ///
    /// # Errors
    /// Those of [`PolicySet::load`].
    pub fn load_named(name: &str, text: &str, format: Format) -> Result<PolicySet, Error> {
        let loaded = Arc::new(Loaded::load(name, text, format)?);
        Ok(PolicySet { loaded })
    }

    /// Decides whether an action may be done.
    ///
    /// The work grows with the rules that can apply, not with those of the document: rules that name
    /// paths are found by an index, and rules that ask for loops, teams, actors, repositories, branches,
    /// environments, tools or services by name, without wildcards, are only met where the action has
    /// that name or nobody knows it. Under a verb, rules that ask for none of this are all asked. Where
    /// an action is not allowed and rules look at the time of day, it is decided again for each of their
    /// next changes, 63 times at most.
    ///
    /// # Errors
    /// `invalid_field` for a verb that the document does not know and for a field that the verb cannot
    /// carry, `invalid_path` and `invalid_pattern` for targets that are none, `limit_exceeded` over a
    /// limit. An error is never a yes.
    pub fn decide(
        &self,
        action: &Action,
        facts: &Facts<'_>,
        now: Timestamp,
    ) -> Result<Decision, Error> {
        let Loaded { verbs, digest, .. } = &*self.loaded;
        let plan = self.loaded.plan(facts.rules)?;
        decide::decide(plan, verbs, *digest, action, facts, now)
    }

    /// The limits that count what an action uses up.
    ///
    /// # Errors
    /// Those of [`PolicySet::decide`].
    pub fn limits_on(&self, action: &Action, who: &Who) -> Result<Vec<&LimitRule>, Error> {
        let plan = self.loaded.plan(PathRules::default())?;
        decide::limits_on(plan, &self.loaded.verbs, action, who)
    }

    /// What an action uses up by being done, as far as somebody says.
    pub fn uses(&self, action: &Action) -> Amounts {
        let limits = self.loaded.document.limits.iter();
        let used = limits.filter_map(|limit| match spend::used(action, limit.unit) {
            spend::Used::Amount(amount) => Some((limit.unit, amount)),
            _ => None,
        });
        used.collect()
    }

    /// Has the document a rule or limit of this name, or one built in that can be waived?
    pub fn has_rule(&self, name: &ActorId) -> bool {
        self.loaded.cards.waivable(name)
    }

    /// Looks the document over for what is probably not meant. `now` tells which freezes are over.
    pub fn lint(&self, now: Timestamp) -> Vec<Finding> {
        match self.loaded.plan(PathRules::default()) {
            Ok(plan) => lint::lint(&self.loaded, plan, now),
            // It was compiled under these rules when it was loaded.
            Err(_) => Vec::new(),
        }
    }

    /// Plays stories against this policy, in order.
    pub fn play(&self, stories: &Stories) -> Vec<Played> {
        story::play(self, stories)
    }

    /// What this policy would have made of decisions that another made. `rules` are those of the
    /// repository.
    pub fn replay<'r>(
        &self,
        rules: PathRules,
        recorded: impl IntoIterator<Item = &'r Recorded>,
    ) -> Replay {
        replay::replay(self, rules, recorded)
    }

    /// How often each rule of this policy speaks over recorded actions. `rules` are those of the
    /// repository.
    ///
    /// # Errors
    /// `invalid_pattern` where the document cannot be compiled under these rules.
    pub fn coverage<'r>(
        &self,
        rules: PathRules,
        recorded: impl IntoIterator<Item = &'r Recorded>,
    ) -> Result<Coverage, Error> {
        replay::coverage(self, rules, recorded)
    }

    /// The document as it was read.
    pub fn document(&self) -> &Document {
        &self.loaded.document
    }

    /// Does a rule compare the fact [`UNREVIEWED_LINES`]? Whoever holds the state then brings it.
    pub fn asks_unreviewed(&self) -> bool {
        self.loaded.asks_unreviewed
    }

    /// What tells this document from any other: the same for the same document in another language.
    pub fn digest(&self) -> Digest {
        self.loaded.digest
    }
}

impl fmt::Debug for PolicySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicySet")
            .field("digest", &self.loaded.digest)
            .field("rules", &self.loaded.document.rules.len())
            .finish_non_exhaustive()
    }
}
