//! What a query is answered with.

use serde::{Deserialize, Serialize};

use super::governance::{ExceptionView, PolicyView, RequestView};
use crate::claim::{Admission, ClaimView, Words};
use crate::coordinator::{Conflicts, Repo, WorkReport};
use crate::ledger::Spend;
use crate::model::{Actor, ActorId, Digest, Head, LoopId, RunId, TeamId, Timestamp, Ver};
use crate::policy::Decision;
use crate::run::{LoopCard, RunOutcome, RunRow};
use crate::view::{Brief, Rendered};

/// A reply with the moment that it speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QueryAnswer {
    /// The version of the journal that was asked.
    pub decided_at: Ver,
    /// The journal's time, or the caller's where that is later.
    pub at: Timestamp,
    /// The caller's clock was behind the journal, and was lifted to `at`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub lifted: bool,
    /// The reply.
    pub reply: QueryReply,
}

/// The reply to a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum QueryReply {
    /// To `conflicts`.
    Conflicts {
        /// Live claims, plans and recent changes.
        conflicts: Conflicts,
    },
    /// To `admit`.
    Admission {
        /// Yes, or why not.
        admission: Admission,
    },
    /// To `work_report`.
    WorkReport {
        /// Claimed against changed.
        work: WorkReport,
    },
    /// To `brief`.
    Brief {
        /// What the run should know.
        brief: Box<Brief>,
        /// The same as text.
        rendered: Rendered,
    },
    /// To `claim`.
    Claim {
        /// The claim or wait; absent where it is neither live nor pending.
        #[serde(skip_serializing_if = "Option::is_none")]
        claim: Option<ClaimView>,
    },
    /// To `claims`.
    Claims {
        /// By token.
        claims: Vec<ClaimView>,
        /// More than are listed.
        more: u64,
    },
    /// To `waits`.
    Waits {
        /// In the order in which they are asked.
        waits: Vec<ClaimView>,
        /// More than are listed.
        more: u64,
    },
    /// To `run`.
    Run {
        /// The run; absent where it is not known, or long forgotten.
        #[serde(skip_serializing_if = "Option::is_none")]
        run: Option<RunView>,
    },
    /// To `runs`.
    Runs {
        /// By name.
        runs: Vec<RunView>,
        /// More than are listed.
        more: u64,
    },
    /// To `repos`.
    Repos {
        /// By name.
        repos: Vec<Repo>,
    },
    /// To `loops`.
    Loops {
        /// By name.
        loops: Vec<LoopView>,
    },
    /// To `check`.
    Checked {
        /// What would be decided, and why.
        decision: Box<Decision>,
    },
    /// To `policy`.
    Policy {
        /// The policy; absent before one was set.
        #[serde(skip_serializing_if = "Option::is_none")]
        policy: Option<PolicyView>,
    },
    /// To `requests`.
    Requests {
        /// The latest first.
        requests: Vec<RequestView>,
        /// More than are listed.
        more: u64,
    },
    /// To `request`.
    Request {
        /// The request; absent where it is not known, or long forgotten.
        #[serde(skip_serializing_if = "Option::is_none")]
        request: Option<Box<RequestView>>,
    },
    /// To `exceptions`.
    Exceptions {
        /// By name.
        exceptions: Vec<ExceptionView>,
    },
    /// To `spend`.
    Spend {
        /// By limit and holder.
        spend: Vec<Spend>,
        /// More than are listed.
        more: u64,
    },
    /// To `head`.
    Head {
        /// The last record read.
        head: Head,
    },
    /// To `state_hash`.
    StateHash {
        /// The digest.
        hash: Digest,
    },
    /// To `next_deadline`.
    Deadline {
        /// When; absent while nothing is running.
        #[serde(skip_serializing_if = "Option::is_none")]
        deadline: Option<Timestamp>,
    },
}

/// A loop as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LoopView {
    /// Its name.
    pub id: LoopId,
    /// Who answers for it.
    pub owner: ActorId,
    /// The team it works for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<Words>,
}

/// A run as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RunView {
    /// Its name.
    pub run: RunId,
    /// Who started it.
    pub actor: Actor,
    /// The loop it was started for, where that is not its parent's.
    #[serde(default, rename = "loop", skip_serializing_if = "Option::is_none")]
    pub loop_id: Option<LoopId>,
    /// The run that it works for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<RunId>,
    /// When it started.
    pub started_at: Timestamp,
    /// Until when it is, or was, taken to be alive.
    pub live_until: Timestamp,
    /// It has not finished, and its lease is not over.
    pub live: bool,
    /// What it came to, once it finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Finish>,
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Finish {
    /// What it came to.
    pub outcome: RunOutcome,
    /// When.
    pub at: Timestamp,
    /// In its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Words>,
}

impl From<&LoopCard> for LoopView {
    fn from(card: &LoopCard) -> LoopView {
        LoopView {
            id: card.id.clone(),
            owner: card.owner.clone(),
            team: card.team.clone(),
            goal: card.goal.map(Words::from),
        }
    }
}

impl RunView {
    pub(super) fn of(run: &RunId, row: &RunRow, at: Timestamp) -> RunView {
        RunView {
            run: run.clone(),
            actor: row.actor.clone(),
            loop_id: row.loop_id.clone(),
            parent: row.parent.clone(),
            started_at: row.started_at,
            live_until: row.live_until,
            live: row.is_live(at),
            finished: row.finished.map(|(outcome, at, summary)| Finish {
                outcome,
                at,
                summary: summary.map(Words::from),
            }),
        }
    }
}

impl QueryAnswer {
    /// The texts that this answer speaks of, to be fetched from the store's side table.
    pub fn texts(&mut self) -> Vec<&mut Words> {
        match &mut self.reply {
            QueryReply::Conflicts { conflicts } => conflicts.texts(),
            QueryReply::Brief { brief, .. } => brief.texts(),
            QueryReply::Claim { claim } => claim
                .iter_mut()
                .filter_map(|it| it.intent.as_mut())
                .collect(),
            QueryReply::Claims { claims: views, .. } | QueryReply::Waits { waits: views, .. } => {
                views
                    .iter_mut()
                    .filter_map(|it| it.intent.as_mut())
                    .collect()
            }
            QueryReply::Loops { loops } => {
                loops.iter_mut().filter_map(|it| it.goal.as_mut()).collect()
            }
            QueryReply::Run { run } => run.iter_mut().filter_map(RunView::summary).collect(),
            QueryReply::Runs { runs, .. } => runs.iter_mut().filter_map(RunView::summary).collect(),
            QueryReply::Requests { requests, .. } => {
                requests.iter_mut().flat_map(RequestView::texts).collect()
            }
            QueryReply::Request { request } => request
                .iter_mut()
                .flat_map(|request| request.texts())
                .collect(),
            QueryReply::Exceptions { exceptions } => {
                exceptions.iter_mut().map(|it| &mut it.reason).collect()
            }
            QueryReply::Checked { .. }
            | QueryReply::Policy { .. }
            | QueryReply::Spend { .. }
            | QueryReply::Admission { .. }
            | QueryReply::WorkReport { .. }
            | QueryReply::Repos { .. }
            | QueryReply::Head { .. }
            | QueryReply::StateHash { .. }
            | QueryReply::Deadline { .. } => Vec::new(),
        }
    }
}

impl RunView {
    fn summary(&mut self) -> Option<&mut Words> {
        self.finished.as_mut()?.summary.as_mut()
    }
}
