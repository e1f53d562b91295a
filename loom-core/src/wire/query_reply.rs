//! What a query is answered with.

use serde::Serialize;

use super::findings::FindingView;
use super::governance::{ExceptionView, PolicyView, RequestView};
use super::loops::{DueView, LoopView};
use super::provenance::HistoryView;
use super::runs::{RunView, VerificationView};
use crate::claim::{Admission, ClaimView, Words};
use crate::coordinator::{Conflicts, ForecastAnswer, Handover, Repo, WorkReport};
use crate::ledger::Spend;
use crate::model::{Digest, Head, Timestamp, Ver};
use crate::policy::Decision;
use crate::provenance::{Comprehension, Reverts, Rewrites, Suspects, Trace, Wars, WouldRevert};
use crate::run::{LoopDefinition, NextStep};
use crate::view::{Brief, NoteView, Rendered, Skill, StateFile};

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
    /// To `next`.
    Next {
        /// What the run does next, and why.
        next: NextStep,
    },
    /// To `handover`.
    Handover {
        /// What the run leaves; absent where nobody remembers it.
        #[serde(skip_serializing_if = "Option::is_none")]
        handover: Option<Box<Handover>>,
    },
    /// To `verifications`.
    Verifications {
        /// Those that asked first in front.
        verifications: Vec<VerificationView>,
        /// More than are listed.
        more: u64,
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
    /// To `trace`.
    Trace {
        /// The chain.
        trace: Box<Trace>,
    },
    /// To `suspects`.
    Suspects {
        /// The likeliest first.
        suspects: Box<Suspects>,
    },
    /// To `reverts`.
    Reverts {
        /// In landing order.
        reverts: Box<Reverts>,
    },
    /// To `wars`.
    Wars {
        /// The hottest first.
        wars: Box<Wars>,
    },
    /// To `rewrites`.
    Rewrites {
        /// In landing order.
        rewrites: Box<Rewrites>,
    },
    /// To `would_revert`.
    WouldRevert {
        /// In the order of the files.
        would_revert: Box<WouldRevert>,
    },
    /// To `comprehension`.
    Comprehension {
        /// By area.
        comprehension: Box<Comprehension>,
    },
    /// To `export`.
    Export {
        /// The text; texts of the journal stand in it as far as they are known to history.
        text: String,
    },
    /// To `history`.
    History {
        /// How much there is.
        history: HistoryView,
    },
    /// To `loop`.
    Loop {
        /// The loop; absent for an unknown one.
        #[serde(rename = "loop", skip_serializing_if = "Option::is_none")]
        found: Option<Box<LoopView>>,
    },
    /// To `due`.
    Due {
        /// By the names of the loops.
        due: Vec<DueView>,
        /// When a loop next becomes due by its schedule: sleep until then, or until a signal.
        #[serde(skip_serializing_if = "Option::is_none")]
        next: Option<Timestamp>,
    },
    /// To `forecast`.
    Forecast {
        /// Starts, what they take, and collisions.
        forecast: Box<ForecastAnswer>,
    },
    /// To `read_loop`.
    LoopRead {
        /// What it says, for `register_loop`.
        definition: Box<LoopDefinition>,
        /// Its digest.
        digest: Digest,
    },
    /// To `findings`.
    Findings {
        /// The worst first.
        findings: Vec<FindingView>,
        /// More than are listed.
        more: u64,
    },
    /// To `finding`.
    Finding {
        /// The finding; absent where it is not known, or long resolved.
        #[serde(skip_serializing_if = "Option::is_none")]
        finding: Option<Box<FindingView>>,
    },
    /// To `inbox`.
    Inbox {
        /// The worst first.
        findings: Vec<FindingView>,
        /// More than are listed.
        more: u64,
    },
    /// To `notes`.
    Notes {
        /// Warnings first.
        notes: Vec<NoteView>,
        /// More than are listed.
        more: u64,
    },
    /// To `skill`.
    Skill {
        /// The conventions.
        skill: Box<Skill>,
        /// The same as the text of a `SKILL.md`.
        text: String,
    },
    /// To `state_file`.
    StateFile {
        /// What stands.
        state_file: Box<StateFile>,
        /// The same as Markdown.
        text: String,
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
            QueryReply::Findings { findings, .. } | QueryReply::Inbox { findings, .. } => {
                findings.iter_mut().flat_map(FindingView::texts).collect()
            }
            QueryReply::Finding { finding } => {
                finding.iter_mut().flat_map(|it| it.texts()).collect()
            }
            QueryReply::Notes { notes, .. } => notes.iter_mut().map(|it| &mut it.text).collect(),
            QueryReply::Skill { skill, .. } => skill.texts().collect(),
            QueryReply::StateFile { state_file, .. } => state_file.texts().collect(),
            QueryReply::Loops { loops } => loops.iter_mut().flat_map(LoopView::texts).collect(),
            QueryReply::Loop { found } => found.iter_mut().flat_map(|it| it.texts()).collect(),
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
            QueryReply::Trace { trace } => trace
                .hops
                .iter_mut()
                .filter_map(|hop| hop.words.as_mut())
                .collect(),
            QueryReply::Suspects { suspects } => suspects
                .suspects
                .iter_mut()
                .chain(&mut suspects.by_people)
                .filter_map(|suspect| suspect.intent.as_mut())
                .collect(),
            QueryReply::WouldRevert { would_revert } => would_revert
                .undoes
                .iter_mut()
                .filter_map(|undone| undone.intent.as_mut())
                .collect(),
            QueryReply::Handover { handover } => {
                handover.iter_mut().flat_map(|it| it.texts()).collect()
            }
            QueryReply::Next { .. }
            | QueryReply::Verifications { .. }
            | QueryReply::Reverts { .. }
            | QueryReply::Wars { .. }
            | QueryReply::Export { .. }
            | QueryReply::Rewrites { .. }
            | QueryReply::Comprehension { .. }
            | QueryReply::History { .. }
            | QueryReply::Checked { .. }
            | QueryReply::Policy { .. }
            | QueryReply::Spend { .. }
            | QueryReply::Admission { .. }
            | QueryReply::WorkReport { .. }
            | QueryReply::Repos { .. }
            | QueryReply::Due { .. }
            | QueryReply::Forecast { .. }
            | QueryReply::LoopRead { .. }
            | QueryReply::Head { .. }
            | QueryReply::StateHash { .. }
            | QueryReply::Deadline { .. } => Vec::new(),
        }
    }
}
