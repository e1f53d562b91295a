//! A reference model of the coordinator and its claims, so simple that it is obviously right.
//!
//! Plain vectors, linear scans, [`PathSet::overlap`](loom_core::path::PathSet::overlap) on
//! everything, no index and nothing remembered that could be computed. Each rule stands under the
//! sentence of the design that it reads; where the design is silent, the words of
//! `loom_core::claim` are quoted. It shares with the library the path algebra and the words, and
//! nothing that decides.
//!
//! ```
//! use loom_core::coordinator::{Body, Command};
//! use loom_core::model::{Actor, ActorKind, Timestamp, WorkspaceId};
//! use loom_tests::reference::Reference;
//!
//! let mut model = Reference::default();
//! let create = Command {
//!     id: "6a1c3c1e-6c0b-4d0e-9d4e-0a4f6f9b1c11".parse().unwrap(),
//!     actor: Actor::new(ActorKind::Human, "ada").unwrap(),
//!     nonce: None,
//!     body: Body::CreateJournal { workspace: WorkspaceId::new("shop").unwrap() },
//! };
//! let answer = model.send(&create, Timestamp::EPOCH);
//! assert!(answer.landed && answer.reply.is_ok());
//! ```

mod compare;
mod holding;
mod meeting;
pub mod policy;
pub mod provenance;
mod queue;
mod runs;

use std::cell::Cell;

use loom_core::claim::{Mode, NotDone, Notice, Spec};
use loom_core::coordinator::{Body, Command, Reply, Woken};
use loom_core::error::Code;
use loom_core::model::{
    Actor, ActorKind, Branch, ChangeId, Digest, LoopId, RepoId, RunId, StoredText, TextRef,
    Timestamp, Token, Ver,
};
use loom_core::path::PathRules;

pub use compare::{Difference, is_bookkeeping};

/// "Heartbeat and wakes: due wakes ride in front of the command's own events, … at most 256."
const WAKES_MAX: usize = 256;

/// Everything that a decision is made on, as lists.
#[derive(Debug, Clone, Default)]
pub struct Reference {
    /// The journal's time: that of the last record.
    pub journal_at: Timestamp,
    /// How many records the journal has.
    pub ver: Ver,
    incarnation: u32,
    founded: bool,
    repos: Vec<(RepoId, Branch, PathRules)>,
    loops: Vec<LoopId>,
    runs: Vec<Run>,
    /// All claims that were ever granted, in the order of their tokens.
    claims: Vec<Claim>,
    /// All waits that pend, in the order of their arrival.
    waits: Vec<Wait>,
    /// Waits that ended without a grant, and when: what stood in front, and no longer does.
    gone: Vec<(Wait, Timestamp)>,
    /// Waits that were served, and what they asked for.
    served: Vec<(Token, Vec<Spec>)>,
    notices: Vec<(RunId, Notice)>,
    /// How far each run has read its box.
    seen: Vec<(RunId, u64)>,
    changes: Vec<ChangeId>,
    /// What was ever claimed for writing, by whom.
    declared: Vec<(RunId, Spec)>,
    landed: Vec<(Command, Ver)>,
    /// How often somebody went past a waiter inside a claim of its own, over all decisions.
    passed: Cell<u64>,
    /// The decision that is being made.
    now: Now,
}

/// A decision in the making.
#[derive(Debug, Clone, Default)]
struct Now {
    at: Timestamp,
    tokens: u16,
    /// Something was changed, so there will be a record.
    touched: bool,
    woken: Vec<Woken>,
    /// Who waited for whom where a circle was found.
    edges: Vec<(RunId, RunId)>,
}

#[derive(Debug, Clone)]
struct Run {
    id: RunId,
    actor: Actor,
    loop_id: Option<LoopId>,
    parent: Option<RunId>,
    ttl_ms: u64,
    live_until: Timestamp,
    finished: bool,
}

#[derive(Debug, Clone)]
struct Claim {
    token: Token,
    run: RunId,
    actor: Actor,
    mode: Mode,
    specs: Vec<Spec>,
    /// Every place that it ever held, narrowed ones as well.
    granted: Vec<Spec>,
    /// What it held before it was narrowed, and until when.
    wider: Vec<(Vec<Spec>, Timestamp)>,
    intent: Option<TextRef>,
    ttl_ms: u64,
    priority: u8,
    since: Timestamp,
    expires_at: Timestamp,
    /// How and when it ended before its lease did.
    ended: Option<(NotDone, Timestamp)>,
    /// Requesting runs that its holder was told of.
    told: Vec<RunId>,
}

#[derive(Debug, Clone)]
struct Wait {
    name: Token,
    request: Request,
    since: Timestamp,
}

/// What is asked for, branches resolved.
#[derive(Debug, Clone)]
struct Request {
    run: RunId,
    actor: Actor,
    mode: Mode,
    specs: Vec<Spec>,
    intent: Option<TextRef>,
    ttl_ms: u64,
    priority: u8,
}

/// What the model answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The reply, or the code and the field of the error.
    pub reply: Result<Reply, (Code, Option<String>)>,
    /// Waits that were served with the record.
    pub woken: Vec<Woken>,
    /// The time of the decision.
    pub at: Timestamp,
    /// The caller's clock was behind.
    pub lifted: bool,
    /// There is a record.
    pub landed: bool,
    /// The record only settles what was due.
    pub again: bool,
    /// Who waits for whom, where the reply names a circle.
    pub edges: Vec<(RunId, RunId)>,
}

type Refused = (Code, Option<String>);

fn refused<T>(code: Code, field: &str) -> Result<T, Refused> {
    let field = (!field.is_empty()).then(|| field.to_owned());
    Err((code, field))
}

impl Reference {
    /// One command is one record. What it is answered, and what it comes to, now.
    pub fn send(&mut self, command: &Command, now: Timestamp) -> Answered {
        let before = self.clone();
        // "`at` never goes back (a clock behind is lifted to the journal's time, and the reply
        // says so)."
        let at = now.max(self.journal_at);
        self.now = Now {
            at,
            ..Now::default()
        };
        let (reply, again) = self.decide(command);
        let failed = reply.is_err();
        let landed = self.now.touched && !failed;
        let woken = std::mem::take(&mut self.now.woken);
        let edges = std::mem::take(&mut self.now.edges);
        if landed {
            self.ver += 1;
            self.journal_at = at;
            if !again {
                self.landed.push((command.clone(), self.ver));
            }
        } else {
            // "A proposal without events has no record (a pure refusal or a query)."
            *self = before;
        }
        Answered {
            reply,
            woken: if failed { Vec::new() } else { woken },
            at,
            lifted: now < at,
            landed,
            again,
            edges,
        }
    }

    fn decide(&mut self, command: &Command) -> (Result<Reply, Refused>, bool) {
        // "The same id and body answers with the reply that landed and makes nothing new; the same
        // id with another body is `id_reused`."
        if let Some((first, ver)) = self.landed.iter().find(|(first, _)| first.id == command.id) {
            if (&first.actor, &first.body) == (&command.actor, &command.body) {
                return (Ok(Reply::AlreadyLanded { ver: *ver }), false);
            }
            return (refused(Code::IdReused, "id"), false);
        }
        // "setting policy, approving, …, revoking, erasing, recovering, … are for humans".
        let for_humans = matches!(
            command.body,
            Body::CreateJournal { .. }
                | Body::Revoke { .. }
                | Body::Erase { .. }
                | Body::Recover { .. }
        );
        if for_humans && command.actor.kind != ActorKind::Human {
            return (refused(Code::NotPermitted, "actor.kind"), false);
        }
        if !self.founded && !matches!(command.body, Body::CreateJournal { .. }) {
            return (refused(Code::NoJournal, ""), false);
        }
        // "due wakes ride in front of the command's own events, …, at most 256; when more are due,
        // the proposal is that settlement and the caller proposes again."
        if self.wake() {
            return (Ok(Reply::Settled { more: true }), true);
        }
        let reply = self.carry_out(command);
        if reply.is_err() {
            return (reply, false);
        }
        let more = self.wake();
        match reply {
            Ok(Reply::Settled { .. }) => (Ok(Reply::Settled { more }), false),
            reply => (reply, false),
        }
    }

    fn carry_out(&mut self, command: &Command) -> Result<Reply, Refused> {
        let actor = &command.actor;
        match &command.body {
            Body::CreateJournal { workspace } => {
                if self.founded {
                    return refused(Code::AlreadyExists, "workspace");
                }
                self.founded = true;
                self.now.touched = true;
                let workspace = workspace.clone();
                Ok(Reply::JournalCreated { workspace })
            }
            Body::RegisterRepo {
                id,
                default_branch,
                rules,
                ..
            } => {
                if self.repos.iter().all(|(known, ..)| known != id) {
                    self.repos
                        .push((id.clone(), default_branch.clone(), *rules));
                    self.now.touched = true;
                }
                let (id, aliases) = (id.clone(), Vec::new());
                Ok(Reply::RepoRegistered { id, aliases })
            }
            Body::RegisterLoop(definition) => {
                self.loops.push(definition.id.clone());
                self.now.touched = true;
                let digest = definition.digest().unwrap_or(Digest::ZERO);
                let id = definition.id.clone();
                Ok(Reply::LoopRegistered { id, digest })
            }
            Body::StartRun {
                run,
                loop_id,
                parent,
                ttl_ms,
                ..
            } => self.start_run(actor, run, loop_id.as_ref(), parent.as_ref(), *ttl_ms),
            Body::Heartbeat { seen } => self.heartbeat(actor, *seen),
            Body::FinishRun { .. } => self.finish_run(actor),
            Body::Claim {
                specs,
                mode,
                intent,
                ttl_ms,
                priority,
                on_conflict,
                partial,
            } => {
                let run = self.live_run(actor)?;
                let request = Request {
                    specs: self.resolve(specs)?,
                    run,
                    actor: actor.clone(),
                    mode: *mode,
                    intent: text(command, intent.as_deref()),
                    ttl_ms: *ttl_ms,
                    priority: *priority,
                };
                let claim = self.claim(request, *on_conflict, *partial)?;
                Ok(Reply::Claim {
                    claim,
                    governed: false,
                })
            }
            Body::Renew { tokens, ttl_ms } => {
                let run = self.live_run(actor)?;
                let claims = self.renew(&run, tokens.as_deref(), *ttl_ms);
                Ok(Reply::Renewed { claims })
            }
            Body::Narrow { token, specs } => {
                let run = self.live_run(actor)?;
                let claim = self.narrow(&run, *token, specs)?;
                Ok(Reply::Narrowed { claim })
            }
            Body::HandOver { token, to } => {
                let run = self.live_run(actor)?;
                let claim = self.hand_over(&run, *token, to)?;
                Ok(Reply::HandOver { claim })
            }
            Body::Release { tokens } => {
                let run = own_run(actor)?;
                let claims = self.release(&run, tokens.as_deref());
                Ok(Reply::Released { claims })
            }
            Body::Revoke { token, .. } => {
                let claim = self.revoke(*token)?;
                Ok(Reply::Revoked { claim })
            }
            Body::Withdraw {} => {
                let run = own_run(actor)?;
                let wait = self.withdraw(&run);
                Ok(Reply::Withdrawn { wait })
            }
            Body::RecordChange(change) => self.record_change(command, change),
            Body::Recover { above } => {
                self.incarnation = self.incarnation.max(*above) + 1;
                self.now.touched = true;
                let incarnation = self.incarnation;
                Ok(Reply::Recovered { incarnation })
            }
            Body::Tick {} => Ok(Reply::Settled { more: false }),
            // These have no part in claims; tests of their own hold them.
            Body::UpdateLoop { .. }
            | Body::PauseLoop { .. }
            | Body::ResumeLoop { .. }
            | Body::RetireLoop { .. }
            | Body::Signal { .. }
            | Body::BeginIteration {}
            | Body::FinishIteration { .. }
            | Body::RequestVerification {}
            | Body::AwaitSignal { .. }
            | Body::RecordVerification { .. }
            | Body::RecordArtifact { .. }
            | Body::RecordReview { .. }
            | Body::RecordDeploy(_)
            | Body::RecordIncident(_)
            | Body::ResolveIncident { .. }
            | Body::Erase { .. }
            | Body::Checkpoint { .. }
            | Body::SetPolicy { .. }
            | Body::ProposeAction { .. }
            | Body::GiveBack { .. }
            | Body::Approve { .. }
            | Body::Reject { .. }
            | Body::Waive { .. }
            | Body::BreakGlass { .. }
            | Body::Reserve { .. }
            | Body::Settle { .. }
            | Body::WriteNote(_)
            | Body::ApproveNote { .. }
            | Body::DropNote { .. }
            | Body::ReportFinding(_)
            | Body::TakeFinding { .. }
            | Body::ReturnFinding { .. }
            | Body::DeferFinding { .. }
            | Body::EscalateFinding(_)
            | Body::ResolveFinding { .. }
            | Body::CancelReservation { .. } => refused(Code::Internal, "not modelled"),
        }
    }

    /// The library wrote down who is in the way of a wait, which anybody can work out, and nothing
    /// else: a record that changes no answer.
    pub fn note_bookkeeping(&mut self, command: &Command, at: Timestamp) {
        self.ver += 1;
        self.journal_at = at;
        self.landed.push((command.clone(), self.ver));
    }

    /// How often somebody went past a waiter because it asked inside a claim of its own work.
    pub fn passed(&self) -> u64 {
        self.passed.get()
    }

    /// All claims and waits that ever were.
    pub fn tokens(&self) -> Vec<Token> {
        let claims = self.claims.iter().map(|claim| claim.token);
        claims
            .chain(self.waits.iter().map(|wait| wait.name))
            .collect()
    }

    /// "token = (incarnation, ver, index), strictly rising": "its place among the grants of that
    /// record".
    fn next_token(&mut self) -> Token {
        let token = Token::new(self.incarnation, self.ver + 1, self.now.tokens);
        self.now.tokens += 1;
        self.now.touched = true;
        token
    }
}

/// "Free text stands in events as `{len, SHA-256(nonce ‖ text)}`".
fn text(command: &Command, text: Option<&str>) -> Option<TextRef> {
    let stored = StoredText::new(text?, command.nonce?, 0).ok()?;
    Some(stored.reference())
}

fn own_run(actor: &Actor) -> Result<RunId, Refused> {
    actor
        .run
        .clone()
        .ok_or_else(|| (Code::MissingField, Some("actor.run".to_owned())))
}
