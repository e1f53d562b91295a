//! What the coordinator answers.

use serde::{Deserialize, Serialize};

use super::coming::ComingStart;
use crate::claim::{
    Admission, ClaimReply, ClaimView, HandOverReply, Meeting, Meetings, Notice, ReleaseReply,
    RenewReply, Spec, Words,
};
use crate::error::{Code, Error};
use crate::ledger::ReserveReply;
use crate::model::{
    ActorId, Branch, ChangeId, DeployId, Digest, FindingKey, IncidentId, LoopId, MadeBy, Record,
    RepoId, ReservationId, RunId, Side, SignalKey, StoredText, Timestamp, Token, Ver, Verdict,
    WorkspaceId,
};
use crate::path::PatternSource;
use crate::policy::{Decision, Standing};
use crate::run::{FindingStanding, LoopStanding, NextStep, NotStarted, NotTaken, Unverified};

/// A reply with the moment it was decided at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The version of the journal that the decision was made on. A refusal without a record is
    /// final only while the store's head still has this version.
    pub decided_at: Ver,
    /// The journal's time at the decision.
    pub at: Timestamp,
    /// The caller's clock was behind the journal, and was lifted to `at`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lifted: bool,
    /// Waits that were served with this record, by runs other than the asking one's command.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub woken: Vec<Woken>,
    /// The reply.
    pub reply: Reply,
}

/// A wait that was served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Woken {
    /// The wait.
    pub wait: Token,
    /// The claim that was granted for it.
    pub token: Token,
    /// Whose.
    pub run: RunId,
}

/// The reply to a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Reply {
    /// To `create_journal`.
    JournalCreated {
        /// The name of the workspace.
        workspace: WorkspaceId,
    },
    /// To `register_repo`.
    RepoRegistered {
        /// Its name.
        id: RepoId,
        /// All its origins, normalised.
        aliases: Vec<String>,
    },
    /// To `register_loop` and `update_loop`.
    LoopRegistered {
        /// Its name.
        id: LoopId,
        /// The digest of its definition, for `update_loop`.
        digest: Digest,
    },
    /// To `pause_loop`, `resume_loop` and `retire_loop`.
    LoopStands {
        /// Which.
        id: LoopId,
        /// How it stands now.
        standing: LoopStanding,
    },
    /// To `signal`.
    Signalled {
        /// What happened.
        name: ActorId,
        /// To what.
        key: SignalKey,
        /// It was known, and nothing changed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        known: bool,
        /// The runs that waited for it, and go on.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        wakes: Vec<RunId>,
    },
    /// To `start_run`, where the loop does not start. Nothing was done.
    RunNotStarted {
        /// Of which loop.
        #[serde(rename = "loop")]
        loop_id: LoopId,
        /// Why not.
        why: NotStarted,
        /// The run in the way, where one is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<RunId>,
        /// Until when the policy lets the loop change nothing, where that is why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// To `start_run`.
    RunStarted {
        /// Its name.
        run: RunId,
        /// Until when it is taken to be alive.
        live_until: Timestamp,
        /// The last run of its loop, which died and whose work it takes over: `handover` says what that left.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        succeeds: Option<RunId>,
    },
    /// To `heartbeat`.
    Beaten {
        /// Until when the run is taken to be alive.
        live_until: Timestamp,
        /// Its claims.
        claims: RenewReply,
        /// Its pending wait.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waiting: Option<Token>,
        /// Its unread notices.
        notices: Vec<Notice>,
        /// Unread notices that fell out of the full box before they were read.
        #[serde(default)]
        missed: u64,
    },
    /// To `begin_iteration`.
    IterationBegun {
        /// Its number, from 1.
        number: u32,
    },
    /// To `begin_iteration`, where another one must not begin. Nothing was done.
    IterationNotBegun {
        /// Of which run.
        run: RunId,
        /// What the run does in its place.
        next: NextStep,
    },
    /// To `finish_iteration`.
    IterationFinished {
        /// Its number.
        number: u32,
        /// What the run does next.
        next: NextStep,
    },
    /// To `request_verification`.
    VerificationRequested {
        /// Of which run.
        run: RunId,
        /// What is to be verified.
        of: Unverified,
    },
    /// To `request_verification`, where there is nothing to verify now. Nothing was done.
    VerificationNotRequested {
        /// Of which run.
        run: RunId,
        /// What the run does in its place.
        next: NextStep,
    },
    /// To `await_signal`.
    SignalAwaited {
        /// Which run.
        run: RunId,
        /// It was given before: the run waits for nothing.
        given: bool,
    },
    /// To `finish_run`, where the run is not done yet. Nothing was done.
    RunNotDone {
        /// Which.
        run: RunId,
        /// What the run does in its place.
        next: NextStep,
    },
    /// To `finish_run`.
    RunFinished {
        /// What its claims became.
        claims: ReleaseReply,
        /// What it claimed against what it changed.
        work: WorkReport,
    },
    /// To `report_finding`.
    FindingReported {
        /// What it is about.
        key: FindingKey,
        /// It was known before, and this report is attached to it.
        attached: bool,
        /// It was resolved, and is open again.
        reopened: bool,
        /// How it stands.
        standing: FindingStanding,
        /// The run that sees to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<RunId>,
    },
    /// To `take_finding`.
    FindingTaken {
        /// Which.
        key: FindingKey,
        /// Until when the actor's run holds it, as long as it is alive.
        until: Timestamp,
    },
    /// To `take_finding`, where the actor's run does not get it. Nothing was done.
    FindingNotTaken {
        /// Which.
        key: FindingKey,
        /// Why not.
        why: NotTaken,
        /// The run that sees to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<RunId>,
        /// Until when, where it is for a while.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// To `return_finding`, `defer_finding`, `escalate_finding` and `resolve_finding`.
    FindingStands {
        /// Which.
        key: FindingKey,
        /// How it stands now.
        standing: FindingStanding,
        /// In whose inbox it waits, where it waits for a person.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<ActorId>,
    },
    /// To `write_note`.
    NoteWritten {
        /// Its name.
        note: Token,
        /// Until when it holds, or waits for a person; without end where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        /// It is a convention that counts once a person has approved it.
        waits: bool,
    },
    /// To `approve_note`.
    NoteApproved {
        /// Which.
        note: Token,
    },
    /// To `drop_note`.
    NoteDropped {
        /// Which.
        note: Token,
    },
    /// To `claim`.
    Claim {
        /// Granted, waiting or refused.
        claim: ClaimReply,
        /// A policy holds, and it allows the claim.
        #[serde(default)]
        governed: bool,
    },
    /// To `claim`, `reserve` and `finish_run`, where the policy does not let it pass. Nothing of it was done.
    NotAllowed {
        /// Why, and what would make it pass.
        decision: Box<Decision>,
        /// The name of the decision.
        id: Token,
        /// The requests for a yes that wait for a person.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        requests: Vec<Token>,
    },
    /// To `renew`.
    Renewed {
        /// Claim by claim.
        claims: RenewReply,
    },
    /// To `narrow`.
    Narrowed {
        /// The claim as it is now.
        claim: ClaimView,
    },
    /// To `hand_over`.
    HandOver {
        /// Handed over or refused.
        claim: HandOverReply,
    },
    /// To `release`.
    Released {
        /// Claim by claim.
        claims: ReleaseReply,
    },
    /// To `revoke`.
    Revoked {
        /// The claim as it was.
        claim: ClaimView,
    },
    /// To `withdraw`.
    Withdrawn {
        /// The wait, where there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wait: Option<Token>,
    },
    /// To `record_change`.
    ChangeRecorded {
        /// Its name.
        id: ChangeId,
        /// Paths of it that the run's claims did not cover.
        undeclared: Vec<String>,
    },
    /// To `record_change`, where its token does not hold any more. Nothing was recorded.
    ChangeFenced {
        /// Its name.
        id: ChangeId,
        /// Why.
        admission: Admission,
    },
    /// To `record_verification`.
    VerificationRecorded {
        /// Over which changes.
        changes: Vec<ChangeId>,
        /// With what result.
        verdict: Verdict,
        /// Whether the checker stands apart from every maker: only then does the verdict count.
        independent: bool,
    },
    /// To `record_artifact`.
    ArtifactRecorded {
        /// Its digest.
        digest: Digest,
    },
    /// To `record_review`.
    ReviewRecorded {
        /// Of which changes.
        changes: Vec<ChangeId>,
        /// What the reader made of them.
        verdict: Verdict,
    },
    /// To `record_deploy`.
    DeployRecorded {
        /// Its name.
        id: DeployId,
        /// The last change of the branch that is in it, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        upto: Option<ChangeId>,
        /// The deploy that it took the place of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        follows: Option<DeployId>,
    },
    /// To `record_incident`.
    IncidentRecorded {
        /// Its name.
        id: IncidentId,
    },
    /// To `resolve_incident`.
    IncidentResolved {
        /// Which.
        incident: IncidentId,
    },
    /// To `erase`: the caller now erases these texts in its store.
    Erased {
        /// The digests of the texts.
        texts: Vec<Digest>,
    },
    /// To `recover`.
    Recovered {
        /// The incarnation from now on.
        incarnation: u32,
    },
    /// To `checkpoint`.
    Checkpointed {
        /// Up to which version records may be archived.
        ver: Ver,
    },
    /// To `set_policy`.
    PolicySet {
        /// What tells it from any other.
        digest: Digest,
        /// How many rules it has.
        rules: u64,
        /// How many limits it has.
        limits: u64,
    },
    /// To `propose_action`.
    ActionDecided {
        /// What was decided, and why.
        decision: Box<Decision>,
        /// The name of the decision, for `give_back`.
        id: Token,
        /// The request for a yes that waits for a person.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<Token>,
    },
    /// To `give_back`.
    GivenBack {
        /// The requests whose yeses can be used again.
        requests: Vec<Token>,
    },
    /// To `approve` and `reject`.
    RequestAnswered {
        /// The request.
        request: Token,
        /// How it stands now.
        standing: Standing,
        /// The rules that have all the yeses they need.
        answered: Vec<ActorId>,
    },
    /// To `waive` and `break_glass`.
    Waived {
        /// The name of the exception.
        id: Token,
        /// Until when it holds.
        until: Timestamp,
    },
    /// To `reserve`.
    Reservation {
        /// Granted, or which limits have no room.
        reservation: ReserveReply,
        /// A policy holds, and its limits were counted.
        governed: bool,
    },
    /// To `settle` and `cancel_reservation`.
    ReservationEnded {
        /// Which.
        id: ReservationId,
    },
    /// To `tick`, or to any command while more than one record's worth is due: propose it again
    /// once this has landed.
    Settled {
        /// More is due.
        more: bool,
    },
    /// The command landed before, in this record; [`Answer::landed`] reads its answer.
    AlreadyLanded {
        /// The version of the record.
        ver: Ver,
    },
}

/// What a run claimed against what it changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WorkReport {
    /// Paths that the run changed without a claim of its own work that covers them.
    pub undeclared: Vec<PathAt>,
    /// Patterns that the run claimed for writing, and under which it changed nothing.
    pub unused: Vec<PatternAt>,
    /// The narrowest claim that would have been enough.
    pub enough: Vec<Spec>,
    /// The run claimed or changed more than is remembered, so the report covers part of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
}

/// A path in a repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PathAt {
    /// Where.
    pub repo: RepoId,
    /// The branch that it lands on.
    pub branch: Branch,
    /// The path.
    pub path: String,
}

/// A pattern in a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PatternAt {
    /// Where.
    pub repo: RepoId,
    /// The branch that it lands on.
    pub branch: Branch,
    /// The pattern.
    pub pattern: PatternSource,
}

/// What stands, stood, or will stand in the way of work on some paths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Conflicts {
    /// The version and time that the answer is for.
    pub decided_at: Ver,
    /// The journal's time.
    pub at: Timestamp,
    /// Live claims that meet, conflicts first.
    pub claims: Meetings,
    /// Announced plans that meet.
    pub plans: Vec<Meeting>,
    /// Loops that their schedules start within a day where this work is, the soonest first; at most 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coming: Vec<ComingStart>,
    /// Recent changes by other sides, deliberate ones first, then the newest.
    pub changes: Vec<RecentChange>,
    /// More changes than are listed.
    #[serde(default)]
    pub more_changes: u64,
    /// Changes before this time were not looked at.
    pub looked_back_to: Timestamp,
}

/// A recent change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RecentChange {
    /// Its name.
    pub id: ChangeId,
    /// The version of its record.
    pub ver: Ver,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who made it.
    pub made_by: MadeBy,
    /// On whose side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// The run that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Words>,
    /// Made so on purpose.
    pub deliberate: bool,
    /// What the last verification over it came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Where.
    pub repo: RepoId,
    /// The branch that it landed on.
    pub branch: Branch,
    /// The paths of it that were asked about, at most 16.
    pub paths: Vec<String>,
}

impl Answer {
    /// The answer that landed with a record.
    ///
    /// # Errors
    /// `corrupt` where the record's third line is no answer.
    pub fn landed(record: &Record) -> Result<Answer, Error> {
        let [_, _, reply] = record.lines()?;
        serde_json::from_str(reply).map_err(|why| {
            Error::at(
                Code::Corrupt,
                format!("records[ver={}].reply", record.ver),
                why.to_string(),
            )
        })
    }

    /// The texts that this answer speaks of, to be fetched from the store's side table.
    pub fn texts(&mut self) -> Vec<&mut Words> {
        self.reply.texts()
    }
}

impl Reply {
    fn texts(&mut self) -> Vec<&mut Words> {
        fn of_meetings(meetings: &mut Meetings) -> Vec<&mut Words> {
            meetings
                .list
                .iter_mut()
                .filter_map(|meeting| meeting.intent.as_mut())
                .collect()
        }
        match self {
            Reply::Claim { claim, .. } => match claim {
                ClaimReply::Granted { meetings, .. }
                | ClaimReply::Waiting { meetings, .. }
                | ClaimReply::Refused { meetings, .. } => of_meetings(meetings),
            },
            Reply::HandOver {
                claim: HandOverReply::Refused { meetings, .. },
            } => of_meetings(meetings),
            Reply::Beaten { notices, .. } => notices
                .iter_mut()
                .filter_map(|notice| notice.intent.as_mut())
                .collect(),
            Reply::Released { claims } | Reply::RunFinished { claims, .. } => claims
                .released
                .iter_mut()
                .filter_map(|claim| claim.intent.as_mut())
                .collect(),
            Reply::Narrowed { claim } | Reply::Revoked { claim } => {
                claim.intent.iter_mut().collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Conflicts {
    /// The texts that this answer speaks of, to be fetched from the store's side table.
    pub fn texts(&mut self) -> Vec<&mut Words> {
        let claims = self
            .claims
            .list
            .iter_mut()
            .filter_map(|meeting| meeting.intent.as_mut());
        let plans = self
            .plans
            .iter_mut()
            .filter_map(|meeting| meeting.intent.as_mut());
        let changes = self
            .changes
            .iter_mut()
            .filter_map(|change| change.intent.as_mut());
        let coming = self
            .coming
            .iter_mut()
            .filter_map(|start| start.goal.as_mut());
        claims.chain(plans).chain(coming).chain(changes).collect()
    }
}

/// Puts words into an answer: `words` come from [`Answer::texts`] or [`Conflicts::texts`], `stored`
/// from the store's side table. A text that was erased stays without words.
pub fn fill_texts(words: Vec<&mut Words>, stored: &[Option<StoredText>]) {
    for slot in words {
        let found = stored
            .iter()
            .flatten()
            .find(|text| text.digest == slot.digest);
        // What was told from outside the journal brings its words along.
        if let Some(found) = found {
            slot.text = Some(found.text.clone());
        }
    }
}
