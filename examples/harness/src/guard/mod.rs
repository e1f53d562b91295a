//! `loom guard`: a real diff held against claims, fences, the policy, and what others did on purpose. Hooks
//! of harnesses see what an agent says it does; this sees what it did.
//!
//! Who made the diff is who is named (`--as`, `--run`); an agent's session brings both along. Nobody named is
//! the service `git`, which is no person: claims of others are in its way, and the policy decides it as one.
//! A person says so, as everywhere: `LOOM_ACTOR=human:NAME`.

mod diff;
mod git_hooks;
mod record;

pub(crate) use diff::{Diff, What, pushed};
pub(crate) use git_hooks::GitHooks;

use std::collections::BTreeSet;

use loom_core::claim::{Admission, Mode, SpecRequest};
use loom_core::coordinator::{Body, Reply};
use loom_core::error::{Code, Error};
use loom_core::model::{Actor, ActorKind, Branch, RepoId, RunId, Token};
use loom_core::path::{PathSet, PathSetSource, PatternSource, RepoPath};
use loom_core::policy::{Action, Decision, Effect, Verb, guard};
use loom_core::provenance::{ProposedChange, ProposedFile, WouldUndo};
use loom_core::view::until;
use serde::Serialize;

use crate::exit::Failure;
use crate::history::History;
use crate::session::Session;
use crate::show;
use crate::store_at::StoreAt;

/// How many paths one question to the claims is about.
const PATHS_ASKED: usize = 256;

/// What a guard found.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Report {
    /// May it go on?
    pub(crate) passes: bool,
    /// How many files the diff has.
    pub(crate) files: usize,
    /// What tells this diff from any other: approvals are bound to it.
    pub(crate) digest: String,
    pub(crate) findings: Vec<Finding>,
    /// The changes that were recorded because nobody had announced them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) unobserved: Vec<String>,
}

/// One thing that a guard found.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Finding {
    pub(crate) kind: Kind,
    /// It stops the diff; else it is for whoever reads it.
    pub(crate) stops: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    pub(crate) why: String,
    pub(crate) remedy: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The policy, or what stands above every policy, denies it.
    Denied,
    /// The claim that the work was done under does not hold any more.
    Fenced,
    /// Somebody else holds it.
    Claimed,
    /// A person's yes is missing.
    Held,
    /// It would take back what another side did.
    Undoes,
    /// No claim of its run holds it.
    Unclaimed,
}

impl Kind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Kind::Denied => "denied",
            Kind::Fenced => "fenced",
            Kind::Claimed => "claimed",
            Kind::Held => "held",
            Kind::Undoes => "undoes",
            Kind::Unclaimed => "unclaimed",
        }
    }
}

/// What a guard knows of who made a diff, and what is to be done with it.
pub(crate) struct Guard<'a> {
    pub(crate) session: &'a Session,
    pub(crate) history: &'a History,
    pub(crate) actor: Actor,
    pub(crate) repo: RepoId,
    pub(crate) verb: Verb,
    pub(crate) token: Option<Token>,
}

/// Who made the diff: who is named, else git, which is nobody in particular.
pub(crate) fn actor(session: &Session) -> Result<Actor, Failure> {
    let mut actor = match session.is_named() {
        true => session.actor_outside()?,
        false => Actor::new(ActorKind::Service, "git")?,
    };
    let Some(run) = session.run_if_any()? else {
        return Ok(actor);
    };
    // A session that slept too long goes on as the next life of its run.
    let live = session.loom.look(|coordinator, at| {
        let lives = (2..100).map(|life| RunId::new(&format!("{run}.{life}")));
        let mut lives = std::iter::once(Ok(run.clone())).chain(lives);
        lives
            .find(|run| {
                run.as_ref()
                    .is_ok_and(|run| coordinator.runs().is_live(run, at))
            })
            .transpose()
    })?;
    actor.run = Some(live.unwrap_or(run));
    Ok(actor)
}

impl Guard<'_> {
    /// Holds a diff against all that there is.
    pub(crate) fn check(&self, diff: &Diff) -> Result<Report, Failure> {
        let mut findings = self.watched(diff);
        if findings.is_empty() && !diff.files.is_empty() {
            self.fences(diff, &mut findings)?;
            self.claims(diff, &mut findings)?;
            self.policy(diff, &mut findings)?;
            self.undoes(diff, &mut findings)?;
        }
        findings.sort_by(|a, b| (!a.stops, a.kind, &a.path).cmp(&(!b.stops, b.kind, &b.path)));
        Ok(Report {
            passes: !findings.iter().any(|finding| finding.stops),
            files: diff.files.len(),
            digest: diff.digest().to_string(),
            findings,
            unobserved: Vec::new(),
        })
    }

    fn is_person(&self) -> bool {
        self.actor.kind == ActorKind::Human
    }

    /// Files that watch over agents, which only people change.
    fn watched(&self, diff: &Diff) -> Vec<Finding> {
        let watched = diff.paths().into_iter().filter(|path| guard::watches(path));
        let watched = watched.filter(|_| !self.is_person());
        let findings = watched.map(|path| Finding {
            kind: Kind::Denied,
            stops: true,
            path: Some(path.to_owned()),
            why: "this watches over agents, and only people change it".to_owned(),
            remedy: "a person commits it, as LOOM_ACTOR=human:NAME".to_owned(),
        });
        findings.collect()
    }

    /// Whether the claim that was named, or the run, still holds.
    fn fences(&self, diff: &Diff, findings: &mut Vec<Finding>) -> Result<(), Failure> {
        let Some(run) = &self.actor.run else {
            return Ok(());
        };
        let is_live = self
            .session
            .loom
            .look(|coordinator, at| Ok(coordinator.runs().is_live(run, at)))?;
        if !is_live {
            findings.push(Finding {
                kind: Kind::Fenced,
                stops: true,
                path: None,
                why: format!("the run {run} is over, and its claims with it"),
                remedy: "start a new run, and claim what it changes: loom run start".to_owned(),
            });
        }
        let Some(token) = self.token else {
            return Ok(());
        };
        let paths = diff.paths();
        let admission = self
            .session
            .loom
            .look(|it, at| it.admit(token, run, &self.repo, None, &paths, at))?;
        if admission != Admission::Admitted {
            findings.push(Finding {
                kind: Kind::Fenced,
                stops: true,
                path: None,
                why: show::admitted(&admission),
                remedy: "claim it anew, and look at what others did meanwhile".to_owned(),
            });
        }
        Ok(())
    }

    /// Claims of others on what is changed, and what no claim of its own run holds.
    fn claims(&self, diff: &Diff, findings: &mut Vec<Finding>) -> Result<(), Failure> {
        let paths = diff.paths();
        let mut met: BTreeSet<Token> = BTreeSet::new();
        for some in paths.chunks(PATHS_ASKED) {
            let specs = [SpecRequest {
                repo: self.repo.clone(),
                branch: None,
                paths: PathSetSource::of(some.iter().map(|path| PatternSource::file(*path))),
                resources: Vec::new(),
            }];
            let run = self.actor.run.as_ref();
            let found = self.session.loom.conflicts(&specs, Mode::Write, run)?;
            for meeting in &found.claims.list {
                let is_held = meeting.mode.changes() && !meeting.queued;
                if !is_held || !met.insert(meeting.token) {
                    continue;
                }
                let until = meeting
                    .expires_at
                    .map(|end| format!(" until {end} ({})", until(end, found.at)));
                let intent = meeting.intent.as_ref().and_then(|it| it.text.as_deref());
                let what_for = intent
                    .map(|text| format!(", for: {}", loom_core::view::quoted(text, 300)))
                    .unwrap_or_default();
                findings.push(Finding {
                    kind: Kind::Claimed,
                    stops: true,
                    path: witness(meeting),
                    why: format!(
                        "{} (run {}) holds it{}{what_for}",
                        meeting.actor,
                        meeting.run,
                        until.unwrap_or_default()
                    ),
                    remedy: format!(
                        "wait for the end of that claim; if this is that run's own work: LOOM_RUN={}",
                        meeting.run
                    ),
                });
            }
        }
        let Some(run) = &self.actor.run else {
            return Ok(());
        };
        for path in self.unclaimed(run, &paths)? {
            findings.push(Finding {
                kind: Kind::Unclaimed,
                stops: !self.is_person(),
                path: Some(path.to_owned()),
                why: format!("no live claim of run {run} holds it: nobody was told of this change"),
                remedy: format!("loom claim {} --run {run}", shell_word(path)),
            });
        }
        Ok(())
    }

    /// The paths that no live claim for changing holds, of the run or of one that it works for.
    fn unclaimed<'p>(&self, run: &RunId, paths: &[&'p str]) -> Result<Vec<&'p str>, Failure> {
        let sets = self.session.loom.look(|coordinator, at| {
            let rules = coordinator.repos().require(&self.repo)?.rules;
            let mut sets = Vec::new();
            for run in coordinator.runs().lineage().ancestry(run) {
                for claim in coordinator.claims().claims_of(run, at) {
                    let specs = claim.specs.iter().filter(|_| claim.mode.changes());
                    for spec in specs.filter(|spec| spec.repo == self.repo) {
                        sets.push(PathSet::compile(&spec.paths, rules)?);
                    }
                }
            }
            Ok(sets)
        })?;
        let holds = |set: &PathSet, path: &str| {
            RepoPath::parse(path, &set.rules()).is_ok_and(|path| set.matches(&path))
        };
        let free = paths
            .iter()
            .copied()
            .filter(|path| !sets.iter().any(|set| holds(set, path)));
        Ok(free.collect())
    }

    /// The policy on the edits, and on what is done with them.
    fn policy(&self, diff: &Diff, findings: &mut Vec<Finding>) -> Result<(), Failure> {
        let mut edit = Action::new(Verb::Edit).on_paths(diff.paths());
        edit.blobs = diff.blobs();
        let mut landing = Action::new(self.verb.clone()).on_paths(diff.paths());
        landing.digest = Some(diff.digest());
        for (action, done) in [(edit, "edit"), (landing, self.verb.as_str())] {
            let action = Action {
                repo: Some(self.repo.clone()),
                run: self.actor.run.clone(),
                actor: Some(self.actor.clone()),
                ..action
            };
            let checked = self
                .session
                .loom
                .look(|coordinator, at| coordinator.check(&action, at));
            let decision = match checked {
                Err(why) if why.code() == Code::NoPolicy => return Ok(()),
                decision => decision?,
            };
            if decision.passes {
                continue;
            }
            // What a claim was granted for was decided then, and its yes used up.
            if done == "edit"
                && decision.verdict != Effect::Deny
                && self.actor.run.is_some()
                && !findings.iter().any(|it| it.kind == Kind::Unclaimed)
            {
                continue;
            }
            findings.push(self.stopped(action, &decision)?);
        }
        Ok(())
    }

    /// What a decision that does not pass comes to. Where a yes is missing, somebody is asked.
    fn stopped(&self, action: Action, decision: &Decision) -> Result<Finding, Failure> {
        let reason = decision.reasons.first();
        let path = reason.and_then(|reason| reason.targets.first()).cloned();
        let mut remedy = String::new();
        let is_held = decision.verdict == Effect::RequireApproval;
        if is_held && !self.is_person() {
            let body = Body::ProposeAction {
                action: Box::new(action),
                intent: None,
            };
            let answer = self.session.loom.execute(&self.actor, body)?;
            if let Reply::ActionDecided {
                request: Some(request),
                ..
            } = answer.reply
            {
                remedy =
                    format!("a person answers: loom approve {request}; then do the same again");
            }
        }
        if remedy.is_empty() {
            let said = reason.and_then(|reason| reason.rule.remedy.as_deref());
            remedy = said.unwrap_or("ask a person").to_owned();
        }
        Ok(Finding {
            kind: if is_held { Kind::Held } else { Kind::Denied },
            stops: true,
            path,
            why: one_line(&decision.for_agent()),
            remedy,
        })
    }

    /// Whose work the diff would take back.
    fn undoes(&self, diff: &Diff, findings: &mut Vec<Finding>) -> Result<(), Failure> {
        let branch = self.session.loom.look(|coordinator, _| {
            Ok(coordinator
                .repos()
                .require(&self.repo)?
                .default_branch
                .clone())
        })?;
        let branch: Branch = branch;
        let run = self.actor.run.as_ref().map(RunId::as_str);
        let proposed = ProposedChange {
            repo: self.repo.clone(),
            branch,
            side: crate::verb::would_revert::side(self.history, run)?,
            by: Vec::new(),
            inverse_patch_id: None,
            horizon_ms: loom_core::provenance::REVERT_HORIZON_MS,
            own_too: false,
            files: diff
                .files
                .iter()
                .map(|file| ProposedFile {
                    path: file.path.clone(),
                    before: file.before.clone(),
                    after: file.after.clone(),
                })
                .collect(),
        };
        let mut found = self
            .history
            .graph
            .would_revert(&proposed, self.history.now)?;
        let intents = found.undoes.iter_mut().filter_map(|it| it.intent.as_mut());
        self.history.fill(intents.collect())?;
        findings.extend(found.undoes.iter().map(|undone| self.undone(undone)));
        Ok(())
    }

    fn undone(&self, undone: &WouldUndo) -> Finding {
        let on_purpose = undone.deliberate || undone.passed.is_some();
        let intent = undone.intent.as_ref().and_then(|it| it.text.as_deref());
        let what_for = intent
            .map(|text| format!(", for: {}", loom_core::view::quoted(text, 300)))
            .unwrap_or_default();
        let how = match (undone.deliberate, &undone.passed) {
            (true, _) => ", made so on purpose",
            (false, Some(_)) => ", which passed verification",
            (false, None) => "",
        };
        Finding {
            kind: Kind::Undoes,
            stops: on_purpose && !self.is_person(),
            path: undone.path.clone(),
            why: format!(
                "this takes back change {} of {}{how}{what_for}",
                undone.change,
                show::party_of(undone),
            ),
            remedy: "ask whoever made it, or leave it; a person may decide otherwise".to_owned(),
        }
    }
}

fn witness(meeting: &loom_core::claim::Meeting) -> Option<String> {
    match &meeting.met {
        loom_core::claim::Met::Path { witness, .. } => witness.clone(),
        loom_core::claim::Met::Resource { .. } => None,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A path as a word that a shell reads as itself.
fn shell_word(path: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || "-_./".contains(it);
    if path.chars().all(plain) && !path.starts_with('-') {
        return path.to_owned();
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}

/// An error of a guard, for whoever reads a hook's output.
pub(crate) fn no_journal(at: &StoreAt) -> Error {
    let message = format!("there is no journal at {at}");
    Error::at(Code::NoJournal, "--store", message)
}
