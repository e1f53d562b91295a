//! Findings: who reports what, who sees to it, and what waits for a person.

use std::borrow::Cow;

use super::Coordinator;
use super::bodies::{NewEscalation, NewFinding};
use super::decide::Decision;
use super::event::Event;
use super::reply::Reply;
use crate::claim::{self, SpecRequest};
use crate::error::{Code, Error};
use crate::model::{ActorId, ActorKind, ChangeId, FindingKey, Timestamp};
use crate::path::PathSet;
use crate::run::{
    ESCALATION_CHOICES_MAX, Escalation, FINDING_CHANGES_MAX, FINDING_DEFER_MS_MAX,
    FINDING_TTL_MS_DEFAULT, FINDING_TTL_MS_MAX, FINDING_TTL_MS_MIN, FINDINGS_OPEN_MAX,
    FindingEvent, FindingMoved, FindingReported, FindingRow, FindingStanding, Findings, Move,
    NotTaken,
};

impl Decision<'_> {
    pub(super) fn report_finding(&mut self, new: &NewFinding) -> Result<Reply, Error> {
        let state = self.state;
        let repo = match &new.repo {
            Some(repo) => Some(state.repos.require(repo)?),
            None => None,
        };
        if !new.paths.has_no_pattern() {
            let Some(repo) = repo else {
                let message = "paths are of a repository; name it";
                return Err(Error::at(Code::MissingField, "repo", message));
            };
            PathSet::compile(&new.paths, repo.rules).map_err(|why| why.within("paths"))?;
        }
        let known = state.findings.get(&new.key);
        let stood = known.as_ref().map(|row| row.standing(&state.runs, self.at));
        let is_opened = matches!(stood, None | Some(FindingStanding::Resolved));
        if is_opened && !state.findings.has_room() {
            let max = FINDINGS_OPEN_MAX as u64;
            return Err(Error::limit("key", "FINDINGS_OPEN_MAX", max, max + 1));
        }
        let title = self.required_text("title", &new.title)?;
        let reported = FindingReported {
            key: new.key.clone(),
            title,
            severity: new.severity,
            repo: new.repo.clone(),
            paths: new.paths.clone(),
            evidence: self.text("evidence", new.evidence.as_deref())?,
            by: self.command.actor.clone(),
        };
        self.others
            .push(Event::Finding(FindingEvent::Reported(Box::new(reported))));
        let holder = known
            .as_ref()
            .and_then(|row| row.holder(&state.runs, self.at));
        Ok(Reply::FindingReported {
            key: new.key.clone(),
            attached: known.is_some(),
            reopened: stood == Some(FindingStanding::Resolved),
            standing: match is_opened {
                true => FindingStanding::Open,
                false => stood.unwrap_or(FindingStanding::Open),
            },
            by: holder.map(|holder| holder.run.clone()),
        })
    }

    pub(super) fn take_finding(
        &mut self,
        key: &FindingKey,
        ttl_ms: Option<u64>,
    ) -> Result<Reply, Error> {
        let run = self.live_run()?.clone();
        let ttl_ms = ttl_ms.unwrap_or(FINDING_TTL_MS_DEFAULT);
        if ttl_ms < FINDING_TTL_MS_MIN {
            let min = FINDING_TTL_MS_MIN;
            return Err(Error::below("ttl_ms", "FINDING_TTL_MS_MIN", min, ttl_ms));
        }
        if ttl_ms > FINDING_TTL_MS_MAX {
            let max = FINDING_TTL_MS_MAX;
            return Err(Error::limit("ttl_ms", "FINDING_TTL_MS_MAX", max, ttl_ms));
        }
        let row = self.require_finding(key)?;
        let runs = &self.state.runs;
        let is_person = self.command.actor.kind == ActorKind::Human;
        let holder = row.holder(runs, self.at).filter(|it| it.run != run);
        let why = match row.standing(runs, self.at) {
            FindingStanding::Open => None,
            FindingStanding::Taken => holder.map(|_| NotTaken::Taken),
            FindingStanding::Deferred => (!is_person).then_some(NotTaken::Deferred),
            FindingStanding::Escalated => (!is_person).then_some(NotTaken::Escalated),
            FindingStanding::Resolved => Some(NotTaken::Resolved),
        };
        if let Some(why) = why {
            return Ok(Reply::FindingNotTaken {
                key: key.clone(),
                why,
                by: holder.map(|it| it.run.clone()),
                until: match why {
                    NotTaken::Taken => holder.map(|it| it.until),
                    NotTaken::Deferred => row.rests_until,
                    NotTaken::Escalated | NotTaken::Resolved => None,
                },
            });
        }
        let until = self.at.plus_ms(ttl_ms);
        self.move_finding(key, Move::Taken { run, until }, None)?;
        let key = key.clone();
        Ok(Reply::FindingTaken { key, until })
    }

    pub(super) fn return_finding(
        &mut self,
        key: &FindingKey,
        note: Option<&str>,
    ) -> Result<Reply, Error> {
        self.require_say(key)?;
        self.move_finding(key, Move::Returned {}, note)?;
        Ok(stands(key, FindingStanding::Open))
    }

    pub(super) fn defer_finding(
        &mut self,
        key: &FindingKey,
        until: Timestamp,
        note: Option<&str>,
    ) -> Result<Reply, Error> {
        if until <= self.at {
            let message = format!("a finding rests until later than now, {}", self.at);
            return Err(Error::at(Code::InvalidField, "until", message));
        }
        let ms = until.since_ms(self.at);
        if ms > FINDING_DEFER_MS_MAX {
            let max = FINDING_DEFER_MS_MAX;
            return Err(Error::limit("until", "FINDING_DEFER_MS_MAX", max, ms));
        }
        self.require_say(key)?;
        self.move_finding(key, Move::Deferred { until }, note)?;
        Ok(stands(key, FindingStanding::Deferred))
    }

    pub(super) fn escalate_finding(&mut self, new: &NewEscalation) -> Result<Reply, Error> {
        if new.choices.len() > ESCALATION_CHOICES_MAX {
            let (max, got) = (ESCALATION_CHOICES_MAX as u64, new.choices.len() as u64);
            return Err(Error::limit("choices", "ESCALATION_CHOICES_MAX", max, got));
        }
        few(&new.changes)?;
        // Whoever sees that no loop may decide something need not hold it to say so.
        let row = self.require_finding(&new.key)?;
        if row.standing(&self.state.runs, self.at) != FindingStanding::Open {
            self.require_say(&new.key)?;
        }
        let to = match &new.to {
            Some(to) => to.clone(),
            None => self.whom_to_ask()?,
        };
        let question = self.required_text("question", &new.question)?;
        let mut choices = Vec::with_capacity(new.choices.len());
        for (at, choice) in new.choices.iter().enumerate() {
            choices.push(self.required_text(&format!("choices[{at}]"), choice)?);
        }
        let escalation = Escalation {
            to: to.clone(),
            question,
            choices,
            changes: new.changes.clone(),
            by: self.command.actor.clone(),
        };
        self.move_finding(&new.key, Move::Escalated(Box::new(escalation)), None)?;
        Ok(Reply::FindingStands {
            key: new.key.clone(),
            standing: FindingStanding::Escalated,
            to: Some(to),
        })
    }

    pub(super) fn resolve_finding(
        &mut self,
        key: &FindingKey,
        changes: &[ChangeId],
        note: Option<&str>,
    ) -> Result<Reply, Error> {
        few(changes)?;
        self.require_say(key)?;
        let changes = changes.to_vec();
        self.move_finding(key, Move::Resolved { changes }, note)?;
        Ok(stands(key, FindingStanding::Resolved))
    }

    fn move_finding(
        &mut self,
        key: &FindingKey,
        to: Move,
        note: Option<&str>,
    ) -> Result<(), Error> {
        let moved = FindingMoved {
            key: key.clone(),
            to,
            by: self.command.actor.clone(),
            note: self.text("note", note)?,
        };
        let event = FindingEvent::Moved(Box::new(moved));
        self.others.push(Event::Finding(event));
        Ok(())
    }

    /// Has the actor a say in what becomes of the finding: a person, or the run that holds it and those
    /// that work for it?
    fn require_say(&self, key: &FindingKey) -> Result<(), Error> {
        let row = self.require_finding(key)?;
        let actor = &self.command.actor;
        let refuse = |message: String| Err(Error::at(Code::NotPermitted, "key", message));
        match row.standing(&self.state.runs, self.at) {
            FindingStanding::Resolved => {
                let message = format!("finding {key} is resolved; report it again to open it");
                Err(Error::at(Code::AlreadyExists, "key", message))
            }
            _ if actor.kind == ActorKind::Human => Ok(()),
            FindingStanding::Taken => {
                let holder = row.holder(&self.state.runs, self.at);
                let lineage = self.state.runs.lineage();
                let works_for = |run| {
                    lineage
                        .ancestry(run)
                        .any(|it| Some(it) == holder.map(|it| &it.run))
                };
                if actor.run.as_ref().is_some_and(works_for) {
                    return Ok(());
                }
                let by = holder.map(|it| it.run.to_string()).unwrap_or_default();
                refuse(format!("run {by} sees to finding {key}"))
            }
            FindingStanding::Escalated => {
                let to = row.escalation.as_ref().map(|it| it.to.to_string());
                let to = to.unwrap_or_default();
                refuse(format!("finding {key} waits for {to}; a person decides"))
            }
            FindingStanding::Open | FindingStanding::Deferred => {
                refuse(format!("take finding {key} first"))
            }
        }
    }

    fn require_finding(&self, key: &FindingKey) -> Result<Cow<'_, FindingRow>, Error> {
        self.state.findings.get(key).ok_or_else(|| {
            let message = format!("there is no finding {key}; report it first");
            Error::at(Code::NotFound, "key", message)
        })
    }

    /// The person in whose inbox a question goes that names nobody.
    pub(super) fn whom_to_ask(&self) -> Result<ActorId, Error> {
        let runs = &self.state.runs;
        let run = self.command.actor.run.as_ref();
        let of_loop = run.and_then(|run| runs.lineage().loop_of(run));
        let owner = of_loop
            .and_then(|id| runs.loop_card(id))
            .map(|card| &card.owner);
        let founder = self.state.founded.as_ref().map(|(_, human)| &human.id);
        owner.or(founder).cloned().ok_or_else(|| {
            let message = "nobody is known who could be asked; name a person";
            Error::at(Code::MissingField, "to", message)
        })
    }
}

impl Coordinator {
    /// Findings, and what waits for people.
    pub fn findings(&self) -> &Findings {
        &self.state.findings
    }

    /// The findings that are not resolved on these places, on whatever branch: the worst first, then those
    /// known for longest. O(findings).
    ///
    /// # Errors
    /// Those of [`claim::resolve`].
    pub fn findings_on(
        &self,
        places: &[SpecRequest],
        at: Timestamp,
    ) -> Result<Vec<(FindingKey, Cow<'_, FindingRow>)>, Error> {
        self.check_usable()?;
        let state = &self.state;
        let places = claim::resolve(places, &state.repos)?;
        let mut findings = state.findings.by_urgency(&state.runs, at, None);
        findings.retain(|(_, row)| {
            let named = row.repo.as_ref().filter(|_| !row.paths.has_no_pattern());
            row.resolved_at.is_none()
                && named.is_some_and(|repo| state.is_on(&places, repo, &row.paths))
        });
        Ok(findings)
    }
}

fn stands(key: &FindingKey, standing: FindingStanding) -> Reply {
    Reply::FindingStands {
        key: key.clone(),
        standing,
        to: None,
    }
}

fn few(changes: &[ChangeId]) -> Result<(), Error> {
    let (max, got) = (FINDING_CHANGES_MAX as u64, changes.len() as u64);
    match got > max {
        true => Err(Error::limit("changes", "FINDING_CHANGES_MAX", max, got)),
        false => Ok(()),
    }
}
