//! The causal chain back in time: what was changed, by which run of which loop, on whose word.
//!
//! A trace begins at paths, a service, a change, a deploy or an incident, and goes back. Incidents lead
//! to deploys, deploys to the changes in them, changes to the versions that they were made from; behind
//! each stands who did it and on whose word, as far as people. Each hop says which hop led to it and by
//! what reason.
//!
//! What is found by paths or by time lies within the window. What stands behind it (runs, loops, claims,
//! decisions, prompts, people) is followed whatever its age, and nothing that landed after the end of
//! the window is told.

mod answer;
mod deployed;
mod walk;

use serde::{Deserialize, Serialize};

use self::walk::Walk;
use super::graph::ProvenanceGraph;
use super::name::{Kind, Name};
use crate::error::{Code, Error};
use crate::model::{
    ActorId, ChangeId, DeployId, IncidentId, MadeBy, RepoId, Side, Timestamp, Words,
};
use crate::path::PathSetSource;

pub(super) use self::deployed::{earlier_deploys, named_changes, span};
pub(super) use self::walk::{before_window, compile, must_find};

/// The most hops that an answer lists; the rest is counted.
pub const HOPS_MAX: usize = 4_096;
/// Hops in an answer where the question does not say.
pub const HOPS_DEFAULT: usize = 1_000;
/// The most paths that a hop lists; the rest is counted.
pub const HOP_PATHS_MAX: usize = 8;
/// How far back a trace looks where the question does not say: an hour.
pub const WINDOW_MS_DEFAULT: u64 = 3_600_000;

/// A question for a trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TraceAsked {
    /// Where to begin.
    pub from: TraceFrom,
    /// How far back to look for what is found by paths or by time, in milliseconds.
    #[serde(default = "window_default")]
    pub window_ms: u64,
    /// The time to look back from. Without it: when the incident or deploy landed, else now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The most hops to list, at most [`HOPS_MAX`].
    #[serde(default = "hops_default")]
    pub limit: usize,
}

/// Where a trace begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum TraceFrom {
    /// At what changed these paths within the window.
    Paths {
        /// Where.
        repo: RepoId,
        /// Which.
        paths: PathSetSource,
    },
    /// At the deploys and incidents of a service within the window, and at what changed its paths.
    Service {
        /// Which.
        service: ActorId,
        /// Where its paths are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repo: Option<RepoId>,
        /// Which paths are the service's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        paths: Option<PathSetSource>,
    },
    /// At a change. The window reaches from so long before it until `until`.
    Change {
        /// Which.
        id: ChangeId,
    },
    /// At a deploy.
    Deploy {
        /// Which.
        id: DeployId,
    },
    /// At an incident.
    Incident {
        /// Which.
        id: IncidentId,
    },
}

/// A causal chain.
///
/// What happened stands in layers: what was asked for, what that leads to, and so on, each layer from
/// the newest to the oldest; what stands behind each follows it. So a hop always stands after the one
/// that led to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// The first point in time of the window.
    pub since: Timestamp,
    /// The last one.
    pub until: Timestamp,
    /// The chain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hops: Vec<Hop>,
    /// How many hops more there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u64,
    /// Changes in the whole chain, by who made them.
    pub changes: Tally,
}

/// Changes, by who made them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// By people alone.
    pub human: u64,
    /// By loops alone.
    #[serde(rename = "loop")]
    pub by_loop: u64,
    /// By both.
    pub mixed: u64,
    /// By nobody knows whom.
    pub unknown: u64,
}

/// One thing in a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Hop {
    /// Its place in the chain, from 0.
    pub nth: u64,
    /// What it is.
    pub node: Name,
    /// When it landed; nothing where it was only named and nobody told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The place of the hop that led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// Why it is in the chain.
    pub reason: HopReason,
    /// Somebody named it, and nobody told of it: what it is stays unknown. Never for people, services,
    /// agents and authors, who are only ever named.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
    /// Who made it, for a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<MadeBy>,
    /// On whose side, for a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// The commit of a change or deploy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<ActorId>,
    /// The intent of a change or claim, the goal of a loop, the note of an answer or review, what was
    /// seen in an incident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Words>,
    /// What people call it: the verb of a decision, the mode of a claim, the environment of a deploy,
    /// the service of an incident, the name of a prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<ActorId>,
    /// How it came out: `allow`, `require_approval` or `deny` for a decision, `yes` or `no` for an
    /// approval, `passed` or `failed` for a verification or review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<ActorId>,
    /// The rules that decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<ActorId>,
    /// Paths of a change: those that led to it, where paths did, else its first ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// How many such paths more there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_paths: u64,
}

/// Why something is in a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HopReason {
    /// It was asked for.
    Asked,
    /// The change touches a path of the question or of the incident.
    OverlappingPaths,
    /// The deploy or incident is of the service.
    OfService,
    /// The incident was seen in the deploy.
    SeenIn,
    /// The change is in the deploy, and was not in the one before.
    DeployedIn,
    /// The deploy is the one that brought the change out.
    BroughtOutBy,
    /// The deploy took this one's place.
    Follows,
    /// The change was made from a version that this one left.
    Derived,
    /// It made the change or deploy.
    MadeBy,
    /// The run is one of this loop's.
    RunOfLoop,
    /// The run works for this one.
    ChildOf,
    /// It started the run.
    StartedBy,
    /// The run was given this prompt, skill or policy.
    PromptedBy,
    /// They answer for the loop.
    OwnedBy,
    /// The change was made under this claim.
    UnderClaim,
    /// The run held the claim.
    HeldBy,
    /// The decision let it pass, by these rules.
    DecidedByRule,
    /// It asked for the decision.
    AskedBy,
    /// The decision was made by this policy.
    ByPolicy,
    /// Somebody said yes.
    ApprovedBy,
    /// Somebody said no.
    RejectedBy,
    /// They gave the answer.
    GivenBy,
    /// The change was checked.
    VerifiedBy,
    /// It did the check.
    CheckedBy,
    /// The change was read.
    ReviewedBy,
    /// They read it.
    ReadBy,
    /// It reported the incident.
    ReportedBy,
}

impl ProvenanceGraph {
    /// The causal chain back from where the question says.
    ///
    /// # Errors
    /// `not_found` where it begins at something that nobody told of or named; those of reading paths;
    /// `limit_exceeded` (`HOPS_MAX`).
    pub fn trace(&self, asked: &TraceAsked, now: Timestamp) -> Result<Trace, Error> {
        if asked.limit > HOPS_MAX {
            let (max, got) = (HOPS_MAX as u64, asked.limit as u64);
            return Err(Error::limit("limit", "HOPS_MAX", max, got));
        }
        let walk = Walk::of(self, asked, now)?;
        Ok(answer::answer(self, &walk, asked.limit))
    }
}

impl TraceFrom {
    /// What it begins at, where that is one thing.
    fn name(&self) -> Option<Name> {
        match self {
            TraceFrom::Paths { .. } | TraceFrom::Service { .. } => None,
            TraceFrom::Change { id } => Some(Name::new(Kind::Change, id)),
            TraceFrom::Deploy { id } => Some(Name::new(Kind::Deploy, id)),
            TraceFrom::Incident { id } => Some(Name::new(Kind::Incident, id)),
        }
    }
}

impl Tally {
    pub(super) fn add(&mut self, made_by: MadeBy) {
        match made_by {
            MadeBy::Human => self.human += 1,
            MadeBy::Loop => self.by_loop += 1,
            MadeBy::Mixed => self.mixed += 1,
            MadeBy::Unknown => self.unknown += 1,
        }
    }
}

/// A service that a question names without its repository cannot have paths.
fn places<'a>(
    repo: Option<&'a RepoId>,
    paths: Option<&'a PathSetSource>,
) -> Result<Option<(&'a RepoId, &'a PathSetSource)>, Error> {
    match (repo, paths) {
        (Some(repo), Some(paths)) => Ok(Some((repo, paths))),
        (None, Some(_)) => Err(Error::at(
            Code::MissingField,
            "from.repo",
            "paths are of a repository; name it",
        )),
        _ => Ok(None),
    }
}

fn window_default() -> u64 {
    WINDOW_MS_DEFAULT
}

fn hops_default() -> usize {
    HOPS_DEFAULT
}

#[allow(clippy::trivially_copy_pass_by_ref)]
pub(super) fn is_zero(number: &u64) -> bool {
    *number == 0
}
