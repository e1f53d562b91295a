//! One decision: from a command to events and a reply, over a state that is not touched.

use std::borrow::Cow;

use super::Redact;
use super::bodies::NewChange;
use super::changes::{CHANGED_FILES_MAX, Change};
use super::command::{Body, Command};
use super::event::Event;
use super::reply::{PathAt, Reply, Woken};
use super::state::State;
use crate::claim::{
    Admission, ClaimEvent, ClaimReply, ClaimRequest, Draft, Facts, Granted, RepoFacts, WAKES_MAX,
};
use crate::error::{Code, Error};
use crate::model::{
    ChangedFile, Digest, HUNKS_MAX, RunId, SIGNED_LINES_MAX, StoredText, TextRef, Timestamp, Token,
    Ver,
};
use crate::path::{PathRules, PathSet, RepoPath};
use crate::run::{LoopStanding, StopReason};

/// The most changes that one change says it reverts.
pub const REVERTS_DECLARED_MAX: usize = 256;
/// The most texts that one command erases.
pub const ERASED_MAX: usize = 1_024;

/// A decision in the making.
pub(super) struct Decision<'a> {
    pub(super) state: &'a State,
    pub(super) command: &'a Command,
    pub(super) at: Timestamp,
    redact: Option<&'a Redact>,
    pub(super) claims: Draft<'a>,
    pub(super) others: Vec<Event>,
    pub(super) texts: Vec<StoredText>,
    incarnation: u32,
    /// How many decisions, requests, exceptions and notes got a name in this record.
    pub(super) named: u16,
}

/// What a decision came to.
pub(super) struct Decided {
    pub(super) events: Vec<Event>,
    /// What was compiled for the events at these places.
    pub(super) sets: Vec<Option<Vec<PathSet>>>,
    pub(super) texts: Vec<StoredText>,
    pub(super) woken: Vec<Woken>,
    pub(super) incarnation: u32,
}

impl<'a> Decision<'a> {
    pub(super) fn new(
        state: &'a State,
        command: &'a Command,
        at: Timestamp,
        redact: Option<&'a Redact>,
    ) -> Self {
        let facts = state.facts(at);
        Decision {
            state,
            command,
            at,
            redact,
            claims: state.claims.draft(facts),
            others: Vec::new(),
            texts: Vec::new(),
            incarnation: state.head.incarnation,
            named: 0,
        }
    }

    /// Serves waits that are due; answers whether more are due than one record takes.
    pub(super) fn wake(&mut self) -> bool {
        self.claims.wake(WAKES_MAX)
    }

    pub(super) fn finish(self) -> Decided {
        let claims = self.claims.into_decided();
        let woken = claims
            .iter()
            .filter_map(|decided| match &decided.event {
                ClaimEvent::Granted(granted) => {
                    let Granted {
                        served, token, run, ..
                    } = &**granted;
                    let wait = (*served)?;
                    Some(Woken {
                        wait,
                        token: *token,
                        run: run.clone(),
                    })
                }
                _ => None,
            })
            .collect();
        let claims = claims.into_iter();
        let (mut events, sets): (Vec<Event>, _) = claims
            .map(|decided| (Event::Claim(decided.event), decided.sets))
            .unzip();
        events.extend(self.others);
        Decided {
            events,
            sets,
            texts: self.texts,
            woken,
            incarnation: self.incarnation,
        }
    }

    /// Decides the command's body.
    pub(super) fn decide(&mut self) -> Result<Reply, Error> {
        match &self.command.body {
            Body::CreateJournal { workspace } => {
                if self.state.founded.is_some() {
                    let message = "this journal was made before";
                    return Err(Error::at(Code::AlreadyExists, "workspace", message));
                }
                self.others.push(Event::JournalCreated {
                    workspace: workspace.clone(),
                    human: self.command.actor.clone(),
                });
                Ok(Reply::JournalCreated {
                    workspace: workspace.clone(),
                })
            }
            Body::RegisterRepo {
                id,
                aliases,
                default_branch,
                rules,
            } => {
                let repo = self
                    .state
                    .repos
                    .register(id, aliases, default_branch, *rules)?;
                let aliases = repo.aliases.clone();
                if self.state.repos.get(id) != Some(&repo) {
                    self.others.push(Event::RepoRegistered(repo));
                }
                Ok(Reply::RepoRegistered {
                    id: id.clone(),
                    aliases,
                })
            }
            Body::RegisterLoop(definition) => self.register_loop(definition),
            Body::UpdateLoop { was, definition } => self.update_loop(*was, definition),
            Body::PauseLoop { id, reason } => {
                self.stand_loop(id, LoopStanding::Paused, reason.as_deref())
            }
            Body::ResumeLoop { id } => self.stand_loop(id, LoopStanding::Active, None),
            Body::RetireLoop { id, reason } => {
                self.stand_loop(id, LoopStanding::Retired, reason.as_deref())
            }
            Body::Signal { name, key } => self.signal(name, key),
            Body::StartRun {
                run,
                loop_id,
                parent,
                slot,
                artifacts,
                ttl_ms,
            } => {
                let (loop_id, parent, slot) = (loop_id.as_ref(), parent.as_ref(), slot.as_ref());
                match self.refuse_start(loop_id, parent, slot)? {
                    Some(refused) => Ok(refused),
                    None => self.start_run(run, loop_id, parent, slot, artifacts, *ttl_ms),
                }
            }
            Body::Heartbeat { seen } => self.heartbeat(*seen),
            Body::BeginIteration {} => self.begin_iteration(),
            Body::FinishIteration {
                gates,
                spent,
                summary,
            } => self.finish_iteration(gates, spent, summary.as_deref()),
            Body::RequestVerification {} => self.request_verification(),
            Body::AwaitSignal { name, key } => self.await_signal(name, key),
            Body::FinishRun {
                outcome,
                summary,
                spent,
            } => self.finish_run(*outcome, summary.as_deref(), spent),
            Body::ReportFinding(new) => self.report_finding(new),
            Body::TakeFinding { key, ttl_ms } => self.take_finding(key, *ttl_ms),
            Body::ReturnFinding { key, note } => self.return_finding(key, note.as_deref()),
            Body::DeferFinding { key, until, note } => {
                self.defer_finding(key, *until, note.as_deref())
            }
            Body::EscalateFinding(new) => self.escalate_finding(new),
            Body::ResolveFinding { key, changes, note } => {
                self.resolve_finding(key, changes, note.as_deref())
            }
            Body::WriteNote(new) => self.write_note(new),
            Body::ApproveNote { note } => self.approve_note(*note),
            Body::DropNote { note, reason } => self.drop_note(*note, reason.as_deref()),
            Body::Claim {
                specs,
                mode,
                intent,
                ttl_ms,
                priority,
                on_conflict,
                partial,
            } => {
                let run = self.live_run()?;
                let intent = self.text("intent", intent.as_deref())?;
                let allowed = match self.govern_claim(run, specs, *mode, intent)? {
                    Ok(allowed) => allowed,
                    Err(stopped) => return Ok(stopped),
                };
                let request = ClaimRequest {
                    specs: specs.clone(),
                    mode: *mode,
                    intent,
                    ttl_ms: *ttl_ms,
                    priority: *priority,
                    on_conflict: *on_conflict,
                    partial: *partial,
                };
                let claim = self.claims.claim(&self.command.actor, run, &request)?;
                let governed = allowed.governed;
                if !matches!(claim, ClaimReply::Refused { .. }) {
                    self.used_by_claim(allowed);
                }
                Ok(Reply::Claim { claim, governed })
            }
            Body::Renew { tokens, ttl_ms } => {
                let run = self.live_run()?;
                let claims = self.claims.renew(run, tokens.as_deref(), *ttl_ms)?;
                Ok(Reply::Renewed { claims })
            }
            Body::Narrow { token, specs } => {
                let run = self.live_run()?;
                Ok(Reply::Narrowed {
                    claim: self.claims.narrow(run, *token, specs)?,
                })
            }
            Body::HandOver { token, to } => self.hand_over(*token, to),
            Body::Release { tokens } => {
                let run = self.command.actor.require_run()?;
                let claims = self.claims.release(run, tokens.as_deref())?;
                Ok(Reply::Released { claims })
            }
            Body::Revoke { token, reason } => {
                let reason = self.text("reason", Some(reason))?;
                let claim = self.claims.revoke(*token, reason)?;
                self.halt(&claim.run, StopReason::ClaimRevoked { token: *token });
                Ok(Reply::Revoked { claim })
            }
            Body::Withdraw {} => {
                let run = self.command.actor.require_run()?;
                Ok(Reply::Withdrawn {
                    wait: self.claims.withdraw(run)?,
                })
            }
            Body::RecordChange(change) => self.record_change(change),
            Body::RecordArtifact { digest, kind, name } => {
                self.record_artifact(*digest, kind, name.as_ref())
            }
            Body::RecordReview {
                changes,
                verdict,
                read_ms,
                note,
            } => self.record_review(changes, *verdict, *read_ms, note.as_deref()),
            Body::RecordDeploy(deploy) => self.record_deploy(deploy),
            Body::RecordIncident(incident) => self.record_incident(incident),
            Body::ResolveIncident {
                incident,
                causes,
                fixes,
                note,
            } => self.resolve_incident(incident, causes, fixes, note.as_deref()),
            Body::RecordVerification {
                changes,
                verdict,
                checks,
                evidence,
            } => self.record_verification(changes, *verdict, checks, evidence.as_deref()),
            Body::Erase { texts } => self.erase(texts),
            Body::Recover { above } => self.recover(*above),
            Body::Checkpoint { ver, snapshot } => self.checkpoint(*ver, *snapshot),
            Body::SetPolicy { name, format, text } => self.set_policy(name, *format, text),
            Body::ProposeAction { action, intent } => {
                self.propose_action(action, intent.as_deref())
            }
            Body::GiveBack { decision } => self.give_back(*decision),
            Body::Approve {
                request,
                note,
                signature,
            } => self.answer_request(*request, true, note.as_deref(), signature.as_deref()),
            Body::Reject { request, reason } => {
                self.answer_request(*request, false, reason.as_deref(), None)
            }
            Body::Waive {
                rules,
                scope,
                ttl_ms,
                reason,
            } => self.waive(Some(rules), scope, *ttl_ms, reason),
            Body::BreakGlass {
                scope,
                ttl_ms,
                reason,
            } => self.waive(None, scope, *ttl_ms, reason),
            Body::Reserve {
                id,
                estimate,
                ttl_ms,
            } => self.reserve(id, estimate, *ttl_ms),
            Body::Settle { id, actual } => self.settle(id, actual),
            Body::CancelReservation { id } => self.cancel_reservation(id),
            Body::Tick {} => Ok(Reply::Settled { more: false }),
        }
    }

    fn hand_over(&mut self, token: Token, to: &RunId) -> Result<Reply, Error> {
        let run = self.live_run()?;
        let receiver = self
            .state
            .runs
            .require_live(to, self.at)
            .map_err(|why| why.about("to"))?;
        let claim = self.claims.hand_over(run, token, to, &receiver.actor)?;
        Ok(Reply::HandOver { claim })
    }

    fn record_change(&mut self, new: &NewChange) -> Result<Reply, Error> {
        let state = self.state;
        if state.changes.get(&new.id).is_some() {
            let message = format!("change {} was recorded before", new.id);
            return Err(Error::at(Code::AlreadyExists, "id", message));
        }
        let repo = state.repos.require(&new.repo)?;
        let branch = new
            .branch
            .clone()
            .unwrap_or_else(|| repo.default_branch.clone());
        let run = new.run.as_ref().or(self.command.actor.run.as_ref());
        if let Some(run) = run
            && state.runs.get(run).is_none()
        {
            return Err(Error::at(
                Code::NotFound,
                "run",
                format!("there is no run {run}"),
            ));
        }
        let files = normalised_files(&new.files, &repo.rules)?;
        if new.reverts.len() > REVERTS_DECLARED_MAX {
            let got = new.reverts.len();
            return Err(over(
                "reverts",
                "REVERTS_DECLARED_MAX",
                REVERTS_DECLARED_MAX,
                got,
            ));
        }
        if let Some(token) = new.token {
            let Some(run) = run else {
                let message = "a change under a token names the run that made it";
                return Err(Error::at(Code::MissingField, "run", message));
            };
            let paths = files
                .iter()
                .flat_map(|file| std::iter::once(&file.path).chain(&file.old_path))
                .map(|path| RepoPath::parse(path, &repo.rules))
                .collect::<Result<Vec<_>, _>>()?;
            let admission = self.claims.admit(token, run, &new.repo, &branch, &paths)?;
            if admission != Admission::Admitted {
                return Ok(Reply::ChangeFenced {
                    id: new.id.clone(),
                    admission,
                });
            }
        }
        let intent = self.text("intent", new.intent.as_deref())?;
        let change = Change {
            id: new.id.clone(),
            repo: new.repo.clone(),
            branch: branch.clone(),
            commit: new.commit.clone(),
            made_by: new.made_by,
            run: run.cloned(),
            side: run.map(|run| state.runs.lineage().side(run)),
            token: new.token,
            intent,
            deliberate: new.deliberate,
            base: new.base.clone(),
            decision: new.decision,
            patch_id: new.patch_id.clone(),
            reverts: new.reverts.clone(),
            undoes: Vec::new(),
            files,
        };
        let change = Change {
            undoes: state.undone_by(&change, self.at)?,
            ..change
        };
        let undeclared = match run {
            None => Vec::new(),
            Some(run) => {
                let paths = change.paths().map(|path| PathAt {
                    repo: new.repo.clone(),
                    branch: branch.clone(),
                    path: path.to_owned(),
                });
                let lineage = state.runs.lineage();
                let fresh: Vec<&Granted> = self.claims.granted().collect();
                let work = &state.work;
                let undeclared = work.undeclared(run, paths, &fresh, lineage, &state.repos)?;
                undeclared.into_iter().map(|at| at.path).collect()
            }
        };
        self.others.push(Event::ChangeRecorded(Box::new(change)));
        Ok(Reply::ChangeRecorded {
            id: new.id.clone(),
            undeclared,
        })
    }

    fn erase(&mut self, texts: &[Digest]) -> Result<Reply, Error> {
        if texts.len() > ERASED_MAX {
            return Err(over("texts", "ERASED_MAX", ERASED_MAX, texts.len()));
        }
        if texts.is_empty() {
            return Err(Error::at(
                Code::InvalidField,
                "texts",
                "name at least one text",
            ));
        }
        self.others.push(Event::TextsErased {
            texts: texts.to_vec(),
        });
        Ok(Reply::Erased {
            texts: texts.to_vec(),
        })
    }

    fn recover(&mut self, above: u32) -> Result<Reply, Error> {
        let highest = above.max(self.state.head.incarnation);
        let incarnation = highest.checked_add(1).ok_or_else(|| {
            let max = u64::from(u32::MAX);
            Error::limit("above", "INCARNATION_MAX", max, max + 1)
        })?;
        self.incarnation = incarnation;
        self.others.push(Event::Recovered { incarnation });
        Ok(Reply::Recovered { incarnation })
    }

    fn checkpoint(&mut self, ver: Ver, snapshot: Digest) -> Result<Reply, Error> {
        if ver > self.state.head.ver {
            let message = format!("the journal ends at version {}", self.state.head.ver);
            return Err(Error::at(Code::InvalidField, "ver", message));
        }
        self.others.push(Event::Checkpointed { ver, snapshot });
        Ok(Reply::Checkpointed { ver })
    }

    /// The actor's run, which must be alive.
    pub(super) fn live_run(&self) -> Result<&'a RunId, Error> {
        let run = self.command.actor.require_run()?;
        self.state.runs.require_live(run, self.at)?;
        Ok(run)
    }

    /// [`Decision::text`] of a text that is there.
    pub(super) fn required_text(&mut self, field: &str, text: &str) -> Result<TextRef, Error> {
        self.text(field, Some(text))?
            .ok_or_else(|| Error::at(Code::Internal, field, "a text was lost"))
    }

    /// Takes a free text out of the command: redacted, salted, and put aside for the side table.
    pub(super) fn text(
        &mut self,
        field: &str,
        text: Option<&str>,
    ) -> Result<Option<TextRef>, Error> {
        let Some(text) = text else { return Ok(None) };
        let nonce = self.command.nonce.ok_or_else(|| {
            let message = "a command that holds free text brings 16 random bytes to salt it";
            Error::at(Code::MissingField, "nonce", message)
        })?;
        let text = self
            .redact
            .map_or(Cow::Borrowed(text), |redact| redact(text));
        let index = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let stored = StoredText::new(&text, nonce, index).map_err(|why| why.about(field))?;
        let reference = stored.reference();
        self.texts.push(stored);
        Ok(Some(reference))
    }
}

impl State {
    /// What the claim plane is told.
    pub(super) fn facts(&self, at: Timestamp) -> Facts<'_> {
        Facts {
            at,
            incarnation: self.head.incarnation,
            ver: self.head.ver + 1,
            lineage: self.runs.lineage(),
            runs: &self.runs,
            repos: &self.repos as &dyn RepoFacts,
        }
    }
}

fn normalised_files(files: &[ChangedFile], rules: &PathRules) -> Result<Vec<ChangedFile>, Error> {
    if files.is_empty() {
        return Err(Error::at(
            Code::InvalidField,
            "files",
            "a change touches at least one file",
        ));
    }
    if files.len() > CHANGED_FILES_MAX {
        return Err(over(
            "files",
            "CHANGED_FILES_MAX",
            CHANGED_FILES_MAX,
            files.len(),
        ));
    }
    let normal = |path: &str, place: usize, name: &str| {
        let path = RepoPath::parse(path, rules);
        path.map(|path| path.as_str().to_owned())
            .map_err(|why| why.about(format!("files[{place}].{name}")))
    };
    let each = files.iter().enumerate().map(|(place, file)| {
        if file.hunks.len() > HUNKS_MAX {
            let field = format!("files[{place}].hunks");
            return Err(over(&field, "HUNKS_MAX", HUNKS_MAX, file.hunks.len()));
        }
        let lines = file.signed_lines.as_ref();
        let lines = lines.map_or(0, |lines| lines.added.len() + lines.removed.len());
        if lines > SIGNED_LINES_MAX {
            let field = format!("files[{place}].signed_lines");
            return Err(over(&field, "SIGNED_LINES_MAX", SIGNED_LINES_MAX, lines));
        }
        Ok(ChangedFile {
            path: normal(&file.path, place, "path")?,
            old_path: match &file.old_path {
                Some(path) => Some(normal(path, place, "old_path")?),
                None => None,
            },
            ..file.clone()
        })
    });
    each.collect()
}

pub(super) fn over(field: &str, name: &'static str, max: usize, got: usize) -> Error {
    Error::limit(field, name, max as u64, got as u64)
}
