//! The words that claims are spoken of with: what is asked, what is held, what met, what was
//! answered. All of them cross the borders of the library as JSON.

use serde::{Deserialize, Serialize};

use super::{Cell, MEETINGS_MAX, Mode};
use crate::model::{
    Actor, Branch, LoopId, RepoId, Resource, RunId, TextRef, Timestamp, Token, Words,
};
use crate::path::{PathSetSource, PatternSource};

/// One place that a claim asks for: paths and resources of a repository and a branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SpecRequest {
    /// The repository.
    pub repo: RepoId,
    /// The branch that the work will land on; the repository's default branch where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<Branch>,
    /// The paths.
    #[serde(default, skip_serializing_if = "PathSetSource::has_no_pattern")]
    pub paths: PathSetSource,
    /// Named things that are no files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
}

/// One place that a claim holds: a [`SpecRequest`] with its branch resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The repository.
    pub repo: RepoId,
    /// The branch that the work will land on.
    pub branch: Branch,
    /// The paths.
    pub paths: PathSetSource,
    /// Named things that are no files, sorted, each once.
    pub resources: Vec<Resource>,
}

/// What to do where a claim cannot be granted.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// Answer who is in the way.
    #[default]
    Refuse,
    /// Queue, and be granted when nobody is in the way.
    Wait,
    /// Grant a `plan` in place of what was asked, and say so.
    Advise,
}

/// A request for a claim: one grant under one token, atomic over all specs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRequest {
    /// 1 to [`super::SPECS_MAX`] places.
    pub specs: Vec<SpecRequest>,
    /// How strongly.
    pub mode: Mode,
    /// What for.
    pub intent: Option<TextRef>,
    /// The length of the lease in milliseconds.
    pub ttl_ms: u64,
    /// 0 to [`super::PRIORITY_MAX`]; more is served earlier.
    pub priority: u8,
    /// What to do where it cannot be granted.
    pub on_conflict: OnConflict,
    /// Leave out the patterns and resources that meet, and grant the rest.
    pub partial: bool,
}

/// What two claims share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Met {
    /// A path.
    Path {
        /// The pattern of the held claim.
        held: PatternSource,
        /// The pattern of the requested claim.
        requested: PatternSource,
        /// A path in both; absent where the search was given up and the safe answer assumed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        witness: Option<String>,
    },
    /// A resource.
    Resource {
        /// Its name.
        resource: Resource,
    },
}

/// A requested claim meets a held one, or one that waits in front of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Meeting {
    /// Conflict or notice.
    pub cell: Cell,
    /// The other claim; the name of the wait where `queued`.
    pub token: Token,
    /// The other claim's run.
    pub run: RunId,
    /// The other run's loop, its own or inherited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loop_id: Option<LoopId>,
    /// Who asked for the other claim.
    pub actor: Actor,
    /// The other claim's mode.
    pub mode: Mode,
    /// What the other claim is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Words>,
    /// When the other lease ends if nobody renews it; absent where `queued`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The other is not held yet: it waits in front of this request.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub queued: bool,
    /// Where they meet.
    pub repo: RepoId,
    /// Where they meet.
    pub branch: Branch,
    /// Which of the requested specs meets, from 0.
    pub spec: u16,
    /// What they share.
    pub met: Met,
}

/// The meetings of a request, conflicts first, then by token; at most [`super::MEETINGS_MAX`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Meetings {
    /// One for each other claim: the first place where they meet.
    pub list: Vec<Meeting>,
    /// How many more there are than are listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u64,
}

impl Meetings {
    /// As many of the meetings as a reply lists; the rest is counted.
    #[must_use]
    pub(crate) fn listed(mut self) -> Meetings {
        let beyond = self.list.len().saturating_sub(MEETINGS_MAX);
        self.list.truncate(MEETINGS_MAX);
        self.more += beyond as u64;
        self
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A pattern or resource that a partial claim went without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Which of the requested specs, from 0.
    pub spec: u16,
    /// The pattern, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<PatternSource>,
    /// The resource, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
    /// The claim in the way.
    pub token: Token,
}

/// What happened to a request, as the other side is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was granted beside the holder's claim.
    Granted,
    /// It was refused for the holder's claim.
    Refused,
    /// It waits for the holder's claim.
    Waiting,
    /// It was turned into a plan.
    Advised,
}

/// What the holder of a claim is told: somebody else asked for what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Rises by one with each notice of the run's box; `heartbeat {seen}` names the last one read.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The holder's claim.
    pub token: Token,
    /// The requesting run.
    pub from_run: RunId,
    /// The requesting actor.
    pub from: Actor,
    /// What it asked for.
    pub mode: Mode,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Words>,
    /// What became of it.
    pub outcome: Outcome,
    /// Where they meet.
    pub repo: RepoId,
    /// Where they meet.
    pub branch: Branch,
    /// What they share; `held` is the pattern of the box's owner.
    pub met: Met,
}

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RefusedFor {
    /// Live claims, or requests that wait in front, are in the way.
    Conflict,
    /// Waiting, or handing over, would close a circle of runs that wait for each other.
    Deadlock {
        /// The runs of the circle, each waiting for the next, the last for the first.
        cycle: Vec<RunId>,
    },
}

/// The answer to a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClaimReply {
    /// Granted.
    Granted {
        /// The claim's name and fence.
        token: Token,
        /// What was granted: `plan` where `advised`.
        mode: Mode,
        /// What is held.
        specs: Vec<Spec>,
        /// Until when, unless renewed.
        expires_at: Timestamp,
        /// Others that are told, and that the requester should know of. Where `advised` or with
        /// something `left_out`: with the conflicts that stood in the way.
        meetings: Meetings,
        /// What a partial claim went without.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left_out: Vec<LeftOut>,
        /// A plan was granted in place of what was asked.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        advised: bool,
    },
    /// Queued.
    Waiting {
        /// The name of the wait; the claim's token is known when it is granted.
        wait: Token,
        /// How many requests wait in front that this one meets.
        ahead: u32,
        /// Who is in the way, waiting requests included.
        meetings: Meetings,
    },
    /// Not granted.
    Refused {
        /// Why.
        why: RefusedFor,
        /// Who is in the way.
        meetings: Meetings,
    },
}

impl ClaimReply {
    /// The reply with as many meetings as one lists.
    #[must_use]
    pub(crate) fn listed(mut self) -> ClaimReply {
        let (ClaimReply::Granted { meetings, .. }
        | ClaimReply::Waiting { meetings, .. }
        | ClaimReply::Refused { meetings, .. }) = &mut self;
        *meetings = std::mem::take(meetings).listed();
        self
    }
}

/// A claim as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClaimView {
    /// Its name and fence; of a wait, the name of the wait.
    pub token: Token,
    /// Who holds it.
    pub run: RunId,
    /// Who asked for it.
    pub actor: Actor,
    /// How strongly.
    pub mode: Mode,
    /// What it holds.
    pub specs: Vec<Spec>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Words>,
    /// 0 to [`super::PRIORITY_MAX`].
    pub priority: u8,
    /// Since when it is held, or waits.
    pub since: Timestamp,
    /// When the lease ends; absent for a wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// A claim whose lease goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// The claim.
    pub token: Token,
    /// The new end of its lease.
    pub expires_at: Timestamp,
    /// Somebody waits for this claim, so it ends at `HOLD_MS_MAX` after its grant at the latest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub capped: bool,
}

/// Why something was not done to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NotDone {
    /// No claim of this name was ever granted here, or it is long gone.
    Unknown,
    /// Its lease ended.
    Lapsed,
    /// It was released before.
    Released,
    /// A person revoked it.
    Revoked,
    /// It was handed over to another run.
    HandedOver,
    /// It belongs to other work.
    OtherWork,
}

/// A claim that something was not done to, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Skipped {
    /// The claim.
    pub token: Token,
    /// Why.
    pub why: NotDone,
}

/// The answer to `renew`, and part of the answer to `heartbeat`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RenewReply {
    /// The live claims with the ends of their leases, renewed or still long enough.
    pub renewed: Vec<Renewal>,
    /// The claims that could not be renewed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
}

/// The answer to `release`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReleaseReply {
    /// What is free now.
    pub released: Vec<ClaimView>,
    /// What is not, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
}

/// The answer to `hand_over`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum HandOverReply {
    /// Done: the old token no longer lets anything land.
    HandedOver {
        /// The token of the new holder.
        token: Token,
        /// The new holder.
        run: RunId,
        /// Until when.
        expires_at: Timestamp,
    },
    /// Not done.
    Refused {
        /// Why.
        why: RefusedFor,
        /// Who is in the new holder's way.
        meetings: Meetings,
    },
}

/// May work done under a token still land?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Admission {
    /// Yes: the claim is live and holds these paths.
    Admitted,
    /// The claim is live but does not hold these paths.
    Outside {
        /// The first path, as given, that it does not hold.
        path: String,
    },
    /// No: the claim ended and nobody else holds these paths, or it is another work's claim.
    Lapsed {
        /// How it ended; `other_work` for a live claim that the asking run does not work inside.
        why: NotDone,
    },
    /// No: the claim ended and somebody else holds, or took over, what it held.
    Superseded {
        /// The later claim.
        by: Token,
    },
}
