//! From a command to events to state: the only place where the planes meet.
//!
//! A [`Coordinator`] holds the hot state of one journal. [`Coordinator::propose`] looks at a command
//! and answers with a value, the [`Proposal`]; nothing has changed yet. The caller appends the
//! proposal's record to its storage, and [`Coordinator::apply`], the only mutator, folds the records
//! that are in the journal, whoever wrote them. There is nothing to drain or to advance in between,
//! and no wrong order: a proposal can be dropped, and a record applied twice is skipped.
//!
//! ```
//! use loom_core::coordinator::{Body, Command, Coordinator, Reply, drive};
//! use loom_core::model::{Actor, ActorKind, Timestamp, WorkspaceId};
//! use loom_core::store::MemoryStore;
//!
//! let store = MemoryStore::without_clock();
//! let mut coordinator = Coordinator::default();
//! let command = Command {
//!     id: "6a1c3c1e-6c0b-4d0e-9d4e-0a4f6f9b1c11".parse().unwrap(),
//!     actor: Actor::new(ActorKind::Human, "ada").unwrap(),
//!     nonce: None,
//!     body: Body::CreateJournal { workspace: WorkspaceId::new("shop").unwrap() },
//! };
//! let now: Timestamp = "2026-11-22T07:30:00Z".parse().unwrap();
//! let answer = drive(&mut coordinator, &store, &command, now).unwrap();
//! assert!(matches!(answer.reply, Reply::JournalCreated { .. }));
//! assert_eq!(coordinator.version(), 1);
//! ```

mod bodies;
mod changes;
mod coming;
mod command;
mod contents;
mod decide;
mod drive;
mod event;
mod findings;
mod govern;
mod handover;
mod history;
mod hot_facts;
mod iterations;
mod landed;
mod loops;
mod notes;
mod operate;
mod operations;
mod query;
mod queued;
mod reply;
mod repos;
mod runs;
mod snapshot;
mod standoffs;
mod state;
mod verification;
mod work;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

pub use bodies::{NewChange, NewDeploy, NewEscalation, NewFinding, NewIncident, NewNote};
pub use changes::{
    CHANGED_FILES_MAX, Change, HORIZON_MS, RECENT_CHANGES_MAX, VERIFIED_CHANGES_MAX, VERSIONS_MAX,
};
pub use coming::{
    COMING_AHEAD_MS, COMING_MAX, ComingStart, ForecastAnswer, ForecastStart, StandingCollision,
};
pub(crate) use command::read_json;
pub use command::{Body, COMMAND_BYTES_MAX, COMMAND_DEPTH_MAX, Command};
pub use decide::{ERASED_MAX, REVERTS_DECLARED_MAX};
pub use drive::{DRIVE_TRIES_MAX, catch_up, drive};
pub use event::{Event, Verification, read_events};
pub use govern::{POLICY_TEXT_BYTES_MAX, SIGNATURE_BYTES_MAX};
pub use handover::{HANDOVER_LISTED_MAX, HandedChange, Handover};
pub use history::History;
pub use landed::LANDED_MAX;
pub use operations::{
    ArtifactKnown, DEPLOYS_KEPT, Deployed, INCIDENTS_OPEN_MAX, NAMED_CHANGES_MAX, Reported,
    Resolved, Reviewed,
};
pub use reply::{
    Answer, Conflicts, PathAt, PatternAt, RecentChange, Reply, Woken, WorkReport, fill_texts,
};
pub use repos::{ALIASES_MAX, REPOS_MAX, Repo, Repos};
pub use runs::RUN_ARTIFACTS_MAX;
pub use snapshot::HOT_PROJECTION;
pub use standoffs::Standoff;
pub use work::{CHANGED_MAX, CLAIMED_MAX};

// Words of a command that other planes speak too.
pub use crate::model::{ChangedFile, MadeBy, Verdict};

use self::contents::{Contents, Proposed};
use self::decide::{Decided, Decision};
use self::state::State;
use crate::claim::ClaimTable;
use crate::error::{Code, Error};
use crate::ledger::Ledger;
use crate::model::{
    Actor, Digest, Head, Header, RECORD_FORMAT, Record, StoredText, Timestamp, Ver, WorkspaceId,
};
use crate::policy::PolicyTable;
use crate::run::RunTable;

/// Takes out of a free text what must not be stored, before anything else sees it.
pub type Redact = dyn for<'t> Fn(&'t str) -> Cow<'t, str> + Send + Sync;

/// The hot state of one journal.
#[derive(Clone)]
pub struct Coordinator {
    state: State,
    redact: Option<Arc<Redact>>,
    proposed: Proposed,
    /// Set when folding failed half way: the state is good for nothing from then on.
    broken: Option<Error>,
}

/// What a command would come to: a value that changes nothing and can be dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The head of the journal that the decision was made on.
    pub expected: Head,
    /// What to append at `expected`; `None` for a refusal or a repetition, which is not recorded.
    pub record: Option<Record>,
    /// The answer, once the record is in the journal. Final without a record only while the head
    /// is still `expected`.
    pub reply: Answer,
    /// Texts to put into the side table before the record is appended.
    pub texts: Vec<StoredText>,
    /// Texts to erase from the side table after the record was appended.
    pub erased: Vec<Digest>,
    /// The record only settles what was due; propose the command again once it has landed.
    pub again: bool,
}

impl Coordinator {
    /// The same coordinator with a function that every free text goes through first.
    #[must_use]
    pub fn with_redaction(mut self, redact: Arc<Redact>) -> Self {
        self.redact = Some(redact);
        self
    }

    /// Decides a command over the state as it is. `now` is the caller's clock; a clock behind the
    /// journal is lifted to the journal's time, and the answer says so.
    ///
    /// # Errors
    /// `id_reused`, `not_permitted`, `no_journal`, and whatever is wrong with the command's fields.
    /// Refusals that belong to the job are replies.
    pub fn propose(&self, command: &Command, now: Timestamp) -> Result<Proposal, Error> {
        self.check_usable()?;
        let state = &self.state;
        let digest = command.digest()?;
        let at = now.max(state.at);
        let answer = |reply| Answer {
            decided_at: state.head.ver,
            at,
            lifted: now < at,
            woken: Vec::new(),
            reply,
        };
        if let Some(landed) = state.landed.get(&command.id) {
            if !landed.is_of(&digest) {
                let message = "another command landed under this id; use a new one";
                return Err(Error::at(Code::IdReused, "id", message));
            }
            return Ok(Proposal {
                expected: state.head,
                record: None,
                reply: answer(Reply::AlreadyLanded { ver: landed.ver }),
                texts: Vec::new(),
                erased: Vec::new(),
                again: false,
            });
        }
        self.check_permitted(command)?;

        let mut decision = Decision::new(state, command, at, self.redact.as_deref());
        let again = decision.wake();
        let reply = if again {
            Reply::Settled { more: true }
        } else {
            decision.decide()?
        };
        let erased = match &reply {
            Reply::Erased { texts } => texts.clone(),
            _ => Vec::new(),
        };
        let more = !again && decision.wake();
        self.check_faults()?;
        let Decided {
            events,
            sets,
            texts,
            woken,
            incarnation,
        } = decision.finish();
        let reply = match reply {
            Reply::Settled { .. } => Reply::Settled {
                more: again || more,
            },
            reply => reply,
        };
        let reply = Answer {
            woken,
            ..answer(reply)
        };
        let record = if events.is_empty() {
            None
        } else {
            let (id, digest) = if again {
                self.settlement()
            } else {
                (command.id, digest)
            };
            let actor = command.actor.clone();
            let header = Header {
                format: RECORD_FORMAT,
                at,
                incarnation,
                id,
                digest,
                actor,
            };
            let body = event::write_body(&header, &events, &reply)?;
            let record = Record::chained(&state.head, body);
            let contents = Contents {
                header,
                events,
                sets,
            };
            self.proposed.keep(&record, contents);
            Some(record)
        };
        Ok(Proposal {
            expected: state.head,
            record,
            reply,
            texts,
            erased,
            again,
        })
    }

    /// Folds records that are in the journal, verifying each: its bytes, its place in the chain and
    /// its events. Records up to [`Coordinator::version`] are skipped.
    ///
    /// # Errors
    /// `gap`, `broken_chain`, `newer_journal` and `corrupt` name the first bad record; those before it
    /// are applied. After `newer_journal` and `corrupt` the coordinator answers nothing else.
    pub fn apply(&mut self, records: &[Record]) -> Result<(), Error> {
        self.apply_all(records, true)
    }

    /// Folds records whose bytes somebody verified before, such as a store that checks its pages.
    /// Their place in the chain is verified all the same.
    ///
    /// # Errors
    /// Those of [`Coordinator::apply`].
    pub fn apply_trusted(&mut self, records: &[Record]) -> Result<(), Error> {
        self.apply_all(records, false)
    }

    /// The version of the last record applied.
    pub fn version(&self) -> Ver {
        self.state.head.ver
    }

    /// The head of the journal as far as it was applied.
    pub fn head(&self) -> Head {
        self.state.head
    }

    /// The journal's time: that of the last record applied.
    pub fn time(&self) -> Timestamp {
        self.state.at
    }

    /// The workspace and the first human, once the journal was made.
    pub fn founded(&self) -> Option<(&WorkspaceId, &Actor)> {
        self.state
            .founded
            .as_ref()
            .map(|(workspace, human)| (workspace, human))
    }

    /// The registered repositories.
    pub fn repos(&self) -> &Repos {
        &self.state.repos
    }

    /// Loops and runs.
    pub fn runs(&self) -> &RunTable {
        &self.state.runs
    }

    /// Claims, waits and notices.
    pub fn claims(&self) -> &ClaimTable {
        &self.state.claims
    }

    /// The policy, requests for a yes, and exceptions.
    pub fn policy(&self) -> &PolicyTable {
        &self.state.policy
    }

    /// Limits and what is spent.
    pub fn ledger(&self) -> &Ledger {
        &self.state.ledger
    }

    /// The last checkpoint: records up to its version may be archived.
    pub fn checkpoint(&self) -> Option<(Ver, Digest)> {
        self.state.checkpoint
    }

    /// When a lease, the run of a wait, a request, an exception or a reservation next ends by itself:
    /// sleep until then, and send `tick`. `None` while nothing is running.
    pub fn next_deadline(&self, now: Timestamp) -> Option<Timestamp> {
        let at = now.max(self.state.at);
        let claims = self.state.claims.next_deadline(at);
        let waiting = self.state.claims.waits().filter_map(|wait| {
            let until = self.state.runs.live_until(&wait.run)?;
            Some(until).filter(|until| *until > at)
        });
        let governance = self.state.policy.next_end(at);
        let reservations = self.state.ledger.next_lapse(at);
        let ends = governance.into_iter().chain(reservations);
        claims.into_iter().chain(waiting).chain(ends).min()
    }

    fn apply_all(&mut self, records: &[Record], verify: bool) -> Result<(), Error> {
        if let [record] = records {
            return self.apply_one(record, verify);
        }
        self.state.claims.put_off();
        let applied = records
            .iter()
            .try_for_each(|record| self.apply_one(record, verify));
        self.state.claims.settle();
        applied
    }

    fn apply_one(&mut self, record: &Record, verify: bool) -> Result<(), Error> {
        self.check_usable()?;
        let head = self.state.head;
        let fault =
            |code, why: &str| Err(Error::at(code, format!("records[ver={}]", record.ver), why));
        if record.ver <= head.ver {
            if record.ver == head.ver && record.hash != head.hash {
                return fault(
                    Code::BrokenChain,
                    "another record stands here: the journal forked",
                );
            }
            return Ok(());
        }
        if record.ver > head.ver + 1 {
            return fault(Code::Gap, "records before this one are missing");
        }
        if !record.follows(&head) {
            return fault(Code::BrokenChain, "it does not follow the record before it");
        }
        if verify && !record.is_genuine() {
            return fault(Code::BrokenChain, "its bytes do not have its hash");
        }
        let contents = match self.proposed.take(record) {
            Some(contents) => Ok(contents),
            None => Contents::read(record),
        };
        let folded = contents.and_then(|contents| {
            let head = record.head_after(head.incarnation);
            self.state.fold(head, contents)
        });
        let folded = folded.and_then(|()| self.check_faults());
        if let Err(why) = &folded {
            self.broken = Some(why.clone());
        }
        folded
    }

    fn check_usable(&self) -> Result<(), Error> {
        self.broken.clone().map_or(Ok(()), Err)
    }

    fn check_permitted(&self, command: &Command) -> Result<(), Error> {
        let allowed = command.body.may_be_sent_by();
        if !allowed.contains(&command.actor.kind) {
            let kinds: Vec<&str> = allowed.iter().map(|kind| kind.as_str()).collect();
            let message = format!("{} is for: {}", command.body.name(), kinds.join(", "));
            return Err(Error::at(Code::NotPermitted, "actor.kind", message));
        }
        if self.state.founded.is_none() && !matches!(command.body, Body::CreateJournal { .. }) {
            let message = "this journal has no first record; a human creates it";
            return Err(Error::new(Code::NoJournal, message));
        }
        Ok(())
    }

    /// The id and digest of a record that only settles what was due at this head. Everybody who
    /// proposes it proposes the same one.
    fn settlement(&self) -> (Uuid, Digest) {
        let digest = Digest::of(&[b"loomstack.settlement.v1\n", &self.state.head.hash.0]);
        let mut id = [0; 16];
        id.copy_from_slice(&digest.0[..16]);
        (uuid::Builder::from_custom_bytes(id).into_uuid(), digest)
    }
}

impl Default for Coordinator {
    /// The coordinator of an empty journal.
    fn default() -> Self {
        Coordinator {
            state: State::empty(),
            redact: None,
            proposed: Proposed::default(),
            broken: None,
        }
    }
}

impl fmt::Debug for Coordinator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Coordinator")
            .field("head", &self.state.head)
            .field("at", &self.state.at)
            .field("broken", &self.broken)
            .finish_non_exhaustive()
    }
}
