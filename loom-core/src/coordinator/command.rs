//! What callers ask the coordinator to do. One command is one record.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::bodies::{NewChange, NewDeploy, NewEscalation, NewFinding, NewIncident, NewNote};
use crate::claim::{Mode, OnConflict, SpecRequest};
use crate::error::{Code, Error};
use crate::model::{
    Actor, ActorId, ActorKind, Amounts, Branch, ChangeId, Digest, FindingKey, IncidentId, LoopId,
    Nonce, RepoId, ReservationId, RunId, SignalKey, Timestamp, Token, Ver, Verdict, WorkspaceId,
    json_depth,
};
use crate::path::PathRules;
use crate::policy::{Action, Format, WaiverScope};
use crate::run::{GateResult, LoopDefinition, RunOutcome, Slot};

/// The largest command in JSON, in bytes.
pub const COMMAND_BYTES_MAX: usize = 1024 * 1024;
/// How deep the JSON of a command may nest.
pub const COMMAND_DEPTH_MAX: usize = 32;

/// A command: who wants what, under an id that makes a retry harmless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Chosen by the caller, one for each intention. The same id and body again answers with the
    /// reply that landed; the same id with another body is `id_reused`.
    pub id: Uuid,
    /// Who sends it, as the caller has authenticated them.
    pub actor: Actor,
    /// 16 bytes that nobody can guess; needed where the body holds free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Nonce>,
    /// What to do.
    pub body: Body,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Body {
    /// Makes the journal: its first record, and its first human, the actor.
    CreateJournal {
        /// The name of the workspace.
        workspace: WorkspaceId,
    },
    /// Registers a repository, or adds origins to a registered one.
    RegisterRepo {
        /// Its name.
        id: RepoId,
        /// Addresses of its origins in any spelling; they are normalised.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        aliases: Vec<String>,
        /// The branch that work lands on where a command names none.
        default_branch: Branch,
        /// How its paths are compared.
        #[serde(default)]
        rules: PathRules,
    },
    /// Registers a loop. One that is registered with this very definition stays as it is.
    RegisterLoop(Box<LoopDefinition>),
    /// Replaces the definition of a loop, for whoever has read the one that holds.
    UpdateLoop {
        /// The digest of the definition that is replaced.
        was: Digest,
        /// The new one, under the same name.
        definition: Box<LoopDefinition>,
    },
    /// The loop starts nothing until it is resumed. Runs that work go on.
    PauseLoop {
        /// Which.
        id: LoopId,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The loop starts again when it is due. What was due while it was paused is over.
    ResumeLoop {
        /// Which.
        id: LoopId,
    },
    /// The loop starts nothing any more. A person says so, for good.
    RetireLoop {
        /// Which.
        id: LoopId,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Something happened that loops listen to: CI went green, a pull request was reviewed. The same
    /// name and key again change nothing.
    Signal {
        /// What happened.
        name: ActorId,
        /// To what: the number of a pull request, the digest of a build.
        key: SignalKey,
    },
    /// Starts a run. The actor's own `run`, if set, is the new run or its parent.
    StartRun {
        /// The new run's name.
        run: RunId,
        /// The loop it belongs to; its parent's where absent.
        #[serde(default, rename = "loop", skip_serializing_if = "Option::is_none")]
        loop_id: Option<LoopId>,
        /// The run that it works for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<RunId>,
        /// The slot of the loop that it starts for: one run wins it, over all machines.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slot: Option<Slot>,
        /// Prompts, skills and policies that it was given, by their digests; at most 64.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        artifacts: Vec<Digest>,
        /// The length of its lease in milliseconds; 15 minutes where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ttl_ms: Option<u64>,
    },
    /// The actor's run is alive: renews its lease and its claims, and brings its notices.
    Heartbeat {
        /// The last notice that was read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<u64>,
    },
    /// The actor's run begins an iteration. From then on it is held to its loop: it is done only once the
    /// gates of its goal hold and somebody independent has verified what it changed.
    BeginIteration {},
    /// The iteration under way ends; the reply says what comes next.
    FinishIteration {
        /// How its gates came out; at most 64.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        gates: Vec<GateResult>,
        /// What it used up.
        #[serde(default, skip_serializing_if = "Amounts::is_empty")]
        spent: Amounts,
        /// What was tried, in its own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        summary: Option<String>,
    },
    /// The actor's run asks that somebody else verify what it changed. The reply says what, and how far they
    /// have to stand apart.
    RequestVerification {},
    /// The actor's run begins nothing until a signal is given: CI went green on what it pushed.
    AwaitSignal {
        /// What happens.
        name: ActorId,
        /// To what.
        key: SignalKey,
    },
    /// The actor's run ends: its claims are released, its wait withdrawn.
    FinishRun {
        /// What it came to.
        outcome: RunOutcome,
        /// In its own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        summary: Option<String>,
        /// What it used up, for the mean cost of its loop.
        #[serde(default, skip_serializing_if = "Amounts::is_empty")]
        spent: Amounts,
    },
    /// Reports what somebody should see to. What is known under its key gets this report attached; what
    /// was resolved is opened again.
    ReportFinding(Box<NewFinding>),
    /// The actor's run sees to a finding, and nobody else does while it holds it. The holder's own command
    /// again lengthens its lease.
    TakeFinding {
        /// Which.
        key: FindingKey,
        /// The length of the lease in milliseconds; one hour where absent. It ends with the run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ttl_ms: Option<u64>,
    },
    /// The finding is for whoever takes it next: its holder gives it back, or a person has answered what
    /// they were asked.
    ReturnFinding {
        /// Which.
        key: FindingKey,
        /// What was tried, or the answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// The finding rests for a while: its holder or a person says so.
    DeferFinding {
        /// Which.
        key: FindingKey,
        /// Until when; at most 366 days from now.
        until: Timestamp,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// The finding waits for a person, with all that they need to decide. No loop takes it meanwhile.
    EscalateFinding(Box<NewEscalation>),
    /// The finding is over: its holder or a person says so.
    ResolveFinding {
        /// Which.
        key: FindingKey,
        /// The changes that mended it; at most 64.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        changes: Vec<ChangeId>,
        /// In their own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Writes down what was found out about a place, for whoever works there next. It outlives the run. A
    /// convention counts once a person has approved it; one that a person writes does at once.
    WriteNote(Box<NewNote>),
    /// A person approves a convention: it holds from now on, without end.
    ApproveNote {
        /// Which.
        note: Token,
    },
    /// A note does not hold any more: whoever wrote it says so, or a person.
    DropNote {
        /// Which.
        note: Token,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Asks for a claim for the actor's run.
    Claim {
        /// 1 to 64 places; atomic over all.
        specs: Vec<SpecRequest>,
        /// How strongly.
        mode: Mode,
        /// What for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        intent: Option<String>,
        /// The length of the lease in milliseconds.
        ttl_ms: u64,
        /// 0 to 9; more is served earlier.
        #[serde(default)]
        priority: u8,
        /// What to do where it cannot be granted.
        #[serde(default)]
        on_conflict: OnConflict,
        /// Leave out what meets, and grant the rest.
        #[serde(default)]
        partial: bool,
    },
    /// Renews claims of the actor's run now, however much of their leases is left.
    Renew {
        /// Which; all of the run where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tokens: Option<Vec<Token>>,
        /// A new length of lease; the claim's own where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ttl_ms: Option<u64>,
    },
    /// Makes a claim of the actor's run hold less.
    Narrow {
        /// Which.
        token: Token,
        /// All that it shall hold.
        specs: Vec<SpecRequest>,
    },
    /// Gives a claim of the actor's run to another run.
    HandOver {
        /// Which.
        token: Token,
        /// To whom.
        to: RunId,
    },
    /// Releases claims of the actor's run.
    Release {
        /// Which; all of the run where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tokens: Option<Vec<Token>>,
    },
    /// A person ends somebody's claim.
    Revoke {
        /// Which.
        token: Token,
        /// Why.
        reason: String,
    },
    /// Withdraws the pending wait of the actor's run.
    Withdraw {},
    /// Records a change that landed, or is about to.
    RecordChange(Box<NewChange>),
    /// Makes a prompt, skill or policy known by its digest, so that a run can say what it was given.
    RecordArtifact {
        /// What tells it from any other.
        digest: Digest,
        /// What it is: `prompt`, `skill`, `policy` or another word.
        kind: ActorId,
        /// What people call it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<ActorId>,
    },
    /// A person says that they read changes, and what they make of them.
    RecordReview {
        /// Which.
        changes: Vec<ChangeId>,
        /// What they make of them.
        verdict: Verdict,
        /// For how long they read, in milliseconds, where somebody knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        read_ms: Option<u64>,
        /// In their own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Records a deployment.
    RecordDeploy(Box<NewDeploy>),
    /// Records that something broke.
    RecordIncident(Box<NewIncident>),
    /// Records that an incident is over, and what is to blame for it.
    ResolveIncident {
        /// Which.
        incident: IncidentId,
        /// The changes that are to blame, where that is known.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        causes: Vec<ChangeId>,
        /// The changes that mended it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fixes: Vec<ChangeId>,
        /// In their own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Records what a check of changes came to.
    RecordVerification {
        /// Over exactly which changes.
        changes: Vec<ChangeId>,
        /// With what result.
        verdict: Verdict,
        /// Names of the checks that were run.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        checks: Vec<ActorId>,
        /// What was seen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<String>,
    },
    /// A person has texts forgotten.
    Erase {
        /// The digests of the texts.
        texts: Vec<Digest>,
    },
    /// A person declares a journal good that stands behind what was seen of it before.
    Recover {
        /// The highest incarnation that any client has seen.
        above: u32,
    },
    /// Says that a snapshot stands for all records up to a version, so that they may be archived.
    Checkpoint {
        /// The version.
        ver: Ver,
        /// The hash of the snapshot.
        snapshot: Digest,
    },
    /// A person sets the policy that holds from now on. Its text becomes part of the journal.
    SetPolicy {
        /// Its name, under which decisions point at its lines: a file name as a rule.
        name: String,
        /// The language that it is written in.
        format: Format,
        /// The document.
        text: String,
    },
    /// Asks whether the actor may do something, and records what was decided. Where a person has to
    /// say yes first, that is asked for.
    ProposeAction {
        /// What is to be done.
        action: Box<Action>,
        /// What for, for whoever is asked for a yes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        intent: Option<String>,
    },
    /// The action of a passed decision failed: the yeses that it used can be used again, and what it
    /// counted towards limits is taken back.
    GiveBack {
        /// The decision.
        decision: Token,
    },
    /// A person says yes to a request.
    Approve {
        /// Which.
        request: Token,
        /// In their own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        /// A signature that whoever carries the answer has checked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
    },
    /// A person says no to a request.
    Reject {
        /// Which.
        request: Token,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A person makes an exception from rules.
    Waive {
        /// From which.
        rules: BTreeSet<ActorId>,
        /// For what.
        #[serde(default)]
        scope: WaiverScope,
        /// For how many milliseconds.
        ttl_ms: u64,
        /// Why.
        reason: String,
    },
    /// A person lifts all rules that can be lifted, for a short while and for all to see.
    BreakGlass {
        /// For what.
        #[serde(default)]
        scope: WaiverScope,
        /// For how many milliseconds.
        ttl_ms: u64,
        /// Why.
        reason: String,
    },
    /// Reserves what the actor's run is about to use up, at every limit that applies or at none.
    Reserve {
        /// The name of the reservation, chosen by the caller.
        id: ReservationId,
        /// How much it will come to.
        estimate: Amounts,
        /// How long it holds, in milliseconds; then it counts in full.
        ttl_ms: u64,
    },
    /// Ends a reservation with what it came to. What is not named was used up in full.
    Settle {
        /// Which.
        id: ReservationId,
        /// How much it came to.
        actual: Amounts,
    },
    /// Ends a reservation of which nothing was used.
    CancelReservation {
        /// Which.
        id: ReservationId,
    },
    /// Does what is due (wakes waiters) and nothing else.
    Tick {},
}

impl Command {
    /// An id of a command that is made now: a UUID of version 7 (RFC 9562). Ids of one time lie beside
    /// each other in a state that starts cold, so a process that applies the last records touches few
    /// pages.
    pub fn id_at(now: Timestamp, random: [u8; 16]) -> Uuid {
        // An id has room for 74 bits: whatever tells two draws apart counts, wherever it stands.
        let mut bits = [0; 10];
        bits.copy_from_slice(&Digest::of(&[&random]).0[..10]);
        let ms = u64::try_from(now.as_ms()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(ms, &bits).into_uuid()
    }

    /// Reads a command from JSON.
    ///
    /// # Errors
    /// `limit_exceeded` over [`COMMAND_BYTES_MAX`] or [`COMMAND_DEPTH_MAX`], `invalid_json` for
    /// anything that is no command: the message gives line and column.
    pub fn from_json(json: &str) -> Result<Command, Error> {
        read_json(json, "command")
    }

    /// The digest that tells the same command from another one under the same id: over actor and
    /// body. The nonce stays out, so that a retry may salt anew.
    pub fn digest(&self) -> Result<Digest, Error> {
        let mut json = Vec::with_capacity(512);
        serde_json::to_writer(&mut json, &(&self.actor, &self.body))
            .map_err(|why| Error::at(Code::InvalidField, "command", why.to_string()))?;
        Ok(Digest::of(&[b"loomstack.command.v1\n", &json]))
    }
}

/// Reads what comes from outside, within the limits of a command. `field` names it in errors.
pub(crate) fn read_json<T: DeserializeOwned>(json: &str, field: &str) -> Result<T, Error> {
    if json.len() > COMMAND_BYTES_MAX {
        let (max, got) = (COMMAND_BYTES_MAX as u64, json.len() as u64);
        return Err(Error::limit(field, "COMMAND_BYTES_MAX", max, got));
    }
    // Few brackets cannot nest too deep, and they are quicker to count than to follow.
    let opened = json.bytes().filter(|byte| matches!(byte, b'[' | b'{'));
    let depth = match opened.count() {
        few @ 0..=COMMAND_DEPTH_MAX => few,
        _ => json_depth(json),
    };
    if depth > COMMAND_DEPTH_MAX {
        let (max, got) = (COMMAND_DEPTH_MAX as u64, depth as u64);
        return Err(Error::limit(field, "COMMAND_DEPTH_MAX", max, got));
    }
    serde_json::from_str(json).map_err(|why| Error::at(Code::InvalidJson, field, why.to_string()))
}

impl Body {
    /// The name of the command, as `type` has it in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Body::CreateJournal { .. } => "create_journal",
            Body::RegisterRepo { .. } => "register_repo",
            Body::RegisterLoop(_) => "register_loop",
            Body::UpdateLoop { .. } => "update_loop",
            Body::PauseLoop { .. } => "pause_loop",
            Body::ResumeLoop { .. } => "resume_loop",
            Body::RetireLoop { .. } => "retire_loop",
            Body::Signal { .. } => "signal",
            Body::StartRun { .. } => "start_run",
            Body::Heartbeat { .. } => "heartbeat",
            Body::BeginIteration {} => "begin_iteration",
            Body::FinishIteration { .. } => "finish_iteration",
            Body::RequestVerification {} => "request_verification",
            Body::AwaitSignal { .. } => "await_signal",
            Body::FinishRun { .. } => "finish_run",
            Body::ReportFinding(_) => "report_finding",
            Body::TakeFinding { .. } => "take_finding",
            Body::ReturnFinding { .. } => "return_finding",
            Body::DeferFinding { .. } => "defer_finding",
            Body::EscalateFinding(_) => "escalate_finding",
            Body::ResolveFinding { .. } => "resolve_finding",
            Body::WriteNote(_) => "write_note",
            Body::ApproveNote { .. } => "approve_note",
            Body::DropNote { .. } => "drop_note",
            Body::Claim { .. } => "claim",
            Body::Renew { .. } => "renew",
            Body::Narrow { .. } => "narrow",
            Body::HandOver { .. } => "hand_over",
            Body::Release { .. } => "release",
            Body::Revoke { .. } => "revoke",
            Body::Withdraw {} => "withdraw",
            Body::RecordChange(_) => "record_change",
            Body::RecordArtifact { .. } => "record_artifact",
            Body::RecordReview { .. } => "record_review",
            Body::RecordDeploy(_) => "record_deploy",
            Body::RecordIncident(_) => "record_incident",
            Body::ResolveIncident { .. } => "resolve_incident",
            Body::RecordVerification { .. } => "record_verification",
            Body::Erase { .. } => "erase",
            Body::Recover { .. } => "recover",
            Body::Checkpoint { .. } => "checkpoint",
            Body::SetPolicy { .. } => "set_policy",
            Body::ProposeAction { .. } => "propose_action",
            Body::GiveBack { .. } => "give_back",
            Body::Approve { .. } => "approve",
            Body::Reject { .. } => "reject",
            Body::Waive { .. } => "waive",
            Body::BreakGlass { .. } => "break_glass",
            Body::Reserve { .. } => "reserve",
            Body::Settle { .. } => "settle",
            Body::CancelReservation { .. } => "cancel_reservation",
            Body::Tick {} => "tick",
        }
    }

    /// The kinds of actor that may send this command. Whatever overrules somebody else, or the
    /// journal itself, is for humans.
    pub const fn may_be_sent_by(&self) -> &'static [ActorKind] {
        use ActorKind::{Human, Loop, Service};
        match self {
            Body::CreateJournal { .. }
            | Body::Revoke { .. }
            | Body::Erase { .. }
            | Body::Recover { .. }
            | Body::SetPolicy { .. }
            | Body::Approve { .. }
            | Body::Reject { .. }
            | Body::Waive { .. }
            | Body::BreakGlass { .. }
            | Body::RecordReview { .. }
            | Body::RetireLoop { .. }
            | Body::ApproveNote { .. } => &[Human],
            Body::RegisterRepo { .. }
            | Body::RegisterLoop(_)
            | Body::UpdateLoop { .. }
            | Body::PauseLoop { .. }
            | Body::ResumeLoop { .. }
            | Body::Checkpoint { .. }
            | Body::ResolveIncident { .. } => &[Human, Service],
            Body::Signal { .. }
            | Body::StartRun { .. }
            | Body::Heartbeat { .. }
            | Body::BeginIteration {}
            | Body::FinishIteration { .. }
            | Body::RequestVerification {}
            | Body::AwaitSignal { .. }
            | Body::FinishRun { .. }
            | Body::ReportFinding(_)
            | Body::TakeFinding { .. }
            | Body::ReturnFinding { .. }
            | Body::DeferFinding { .. }
            | Body::EscalateFinding(_)
            | Body::ResolveFinding { .. }
            | Body::WriteNote(_)
            | Body::DropNote { .. }
            | Body::Claim { .. }
            | Body::Renew { .. }
            | Body::Narrow { .. }
            | Body::HandOver { .. }
            | Body::Release { .. }
            | Body::Withdraw {}
            | Body::RecordChange(_)
            | Body::RecordArtifact { .. }
            | Body::RecordDeploy(_)
            | Body::RecordIncident(_)
            | Body::RecordVerification { .. }
            | Body::ProposeAction { .. }
            | Body::GiveBack { .. }
            | Body::Reserve { .. }
            | Body::Settle { .. }
            | Body::CancelReservation { .. }
            | Body::Tick {} => &[Human, Loop, Service],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_read_and_written_without_loss() {
        let json = r#"{"id":"6a1c3c1e-6c0b-4d0e-9d4e-0a4f6f9b1c11","actor":{"kind":"loop","id":"nightly","run":"r1"},"body":{"type":"claim","specs":[{"repo":"shop","paths":["src/**"]}],"mode":"write","ttl_ms":60000,"priority":0,"on_conflict":"refuse","partial":false}}"#;
        let command = Command::from_json(json).unwrap();
        assert_eq!(serde_json::to_string(&command).unwrap(), json);
        assert_eq!(command.body.name(), "claim");
    }

    #[test]
    fn what_is_unknown_twice_or_too_deep_is_refused() {
        let with_body = |body: &str| {
            let head = r#"{"id":"6a1c3c1e-6c0b-4d0e-9d4e-0a4f6f9b1c11","actor":{"kind":"human","id":"ada"},"body":"#;
            Command::from_json(&format!("{head}{body}}}"))
        };
        assert!(with_body(r#"{"type":"tick"}"#).is_ok());
        for body in [
            r#"{"type":"tock"}"#,
            r#"{"type":"tick","more":1}"#,
            r#"{"type":"renew","ttl_ms":1,"ttl_ms":2}"#,
            r#"{"type":"renew","ttl_ms":1.5}"#,
            r#"{"type":"renew","ttl_ms":-1}"#,
            r#"{"type":"renew","ttl_ms":1e400}"#,
            "[]",
            "",
        ] {
            assert_eq!(
                with_body(body).unwrap_err().code(),
                Code::InvalidJson,
                "{body}"
            );
        }
        let deep = |depth: usize| {
            Command::from_json(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)))
        };
        assert_eq!(
            deep(COMMAND_DEPTH_MAX).unwrap_err().code(),
            Code::InvalidJson
        );
        let wide = format!("[{}[]]", "[],".repeat(COMMAND_DEPTH_MAX));
        let error = Command::from_json(&wide).unwrap_err();
        assert_eq!(
            error.code(),
            Code::InvalidJson,
            "many brackets are not deep"
        );
        let error = deep(COMMAND_DEPTH_MAX + 1).unwrap_err();
        assert_eq!(error.limit_name(), Some("COMMAND_DEPTH_MAX"));
        let long = |len: usize| Command::from_json(&" ".repeat(len)).unwrap_err();
        assert_eq!(long(COMMAND_BYTES_MAX).code(), Code::InvalidJson);
        assert_eq!(
            long(COMMAND_BYTES_MAX + 1).limit_name(),
            Some("COMMAND_BYTES_MAX")
        );
    }

    #[test]
    fn ids_drawn_later_sort_later_and_no_bit_of_a_draw_is_lost() {
        let at = |ms| Timestamp::from_ms(ms).unwrap();
        let early = Command::id_at(at(1_000), [0xff; 16]);
        assert!(early < Command::id_at(at(1_001), [0; 16]));
        assert_eq!(early.get_version_num(), 7);
        let mut ids = vec![Command::id_at(at(1_000), [0; 16])];
        for bit in 0..128 {
            let random = (1u128 << bit).to_be_bytes();
            ids.push(Command::id_at(at(1_000), random));
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 129);
    }
}
