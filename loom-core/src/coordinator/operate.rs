//! What happens around changes: prompts and skills, reviews, deploys, incidents.

use super::bodies::{NewDeploy, NewIncident};
use super::decide::Decision;
use super::event::Event;
use super::operations::{
    ArtifactKnown, Deployed, INCIDENTS_OPEN_MAX, NAMED_CHANGES_MAX, Reported, Resolved, Reviewed,
};
use super::reply::Reply;
use crate::error::{Code, Error};
use crate::model::{ActorId, ChangeId, Digest, IncidentId, Verdict};
use crate::path::PathSet;

impl Decision<'_> {
    pub(super) fn record_artifact(
        &mut self,
        digest: Digest,
        kind: &ActorId,
        name: Option<&ActorId>,
    ) -> Result<Reply, Error> {
        self.others.push(Event::ArtifactRecorded(ArtifactKnown {
            digest,
            kind: kind.clone(),
            name: name.cloned(),
        }));
        Ok(Reply::ArtifactRecorded { digest })
    }

    pub(super) fn record_review(
        &mut self,
        changes: &[ChangeId],
        verdict: Verdict,
        read_ms: Option<u64>,
        note: Option<&str>,
    ) -> Result<Reply, Error> {
        if changes.is_empty() {
            let message = "a review is of at least one change";
            return Err(Error::at(Code::InvalidField, "changes", message));
        }
        few("changes", changes)?;
        let actor = &self.command.actor;
        for (place, id) in changes.iter().enumerate() {
            let row = self.state.changes.get(id).ok_or_else(|| {
                let message = format!("change {id} is not among the recent ones");
                Error::at(Code::NotFound, format!("changes[{place}]"), message)
            })?;
            // Whoever sits in the maker's run tree reads their own work.
            let own = match (&actor.run, &row.change.run) {
                (Some(reader), Some(maker)) => {
                    self.state.root_of(reader) == self.state.root_of(maker)
                }
                _ => false,
            };
            if own {
                let message = format!("change {id} was made in this tree of runs");
                return Err(Error::at(Code::NotPermitted, "actor.run", message));
            }
        }
        let note = self.text("note", note)?;
        self.others.push(Event::ReviewRecorded(Box::new(Reviewed {
            changes: changes.to_vec(),
            verdict,
            read_ms,
            by: actor.clone(),
            note,
        })));
        Ok(Reply::ReviewRecorded {
            changes: changes.to_vec(),
            verdict,
        })
    }

    pub(super) fn record_deploy(&mut self, new: &NewDeploy) -> Result<Reply, Error> {
        let state = self.state;
        if state.operations.deploy(&new.id).is_some() {
            let message = format!("deploy {} was recorded before", new.id);
            return Err(Error::at(Code::AlreadyExists, "id", message));
        }
        few("changes", &new.changes)?;
        let repo = match &new.repo {
            Some(repo) => Some(state.repos.require(repo)?),
            None => None,
        };
        let needs_repo = new.branch.is_some() || new.commit.is_some();
        if needs_repo && repo.is_none() {
            let message = "a branch or a commit is of a repository; name it";
            return Err(Error::at(Code::MissingField, "repo", message));
        }
        let branch = new
            .branch
            .clone()
            .or_else(|| Some(repo?.default_branch.clone()));
        // A commit that was recorded as a change of this branch says up to where the deploy goes.
        let of_commit = || {
            let (commit, repo) = (new.commit.as_ref()?, repo?);
            let mut changes = state.changes.newest().map(|row| row.change.clone());
            changes
                .find(|change| {
                    change.commit.as_ref() == Some(commit)
                        && change.repo == repo.id
                        && Some(&change.branch) == branch.as_ref()
                })
                .map(|change| change.id.clone())
        };
        let last = state
            .operations
            .last_deploy(&new.environment, new.service.as_ref());
        let deploy = Deployed {
            id: new.id.clone(),
            environment: new.environment.clone(),
            service: new.service.clone(),
            repo: new.repo.clone(),
            branch: branch.clone(),
            commit: new.commit.clone(),
            upto: new.upto.clone().or_else(of_commit),
            changes: new.changes.clone(),
            follows: new
                .follows
                .clone()
                .or_else(|| last.map(|last| last.id.clone())),
            decision: new.decision,
            by: self.command.actor.clone(),
        };
        let reply = Reply::DeployRecorded {
            id: deploy.id.clone(),
            upto: deploy.upto.clone(),
            follows: deploy.follows.clone(),
        };
        self.others.push(Event::Deployed(Box::new(deploy)));
        Ok(reply)
    }

    pub(super) fn record_incident(&mut self, new: &NewIncident) -> Result<Reply, Error> {
        let state = self.state;
        if state.operations.is_open(&new.id).is_some() {
            let message = format!("incident {} was recorded before", new.id);
            return Err(Error::at(Code::AlreadyExists, "id", message));
        }
        if state.operations.open().count() >= INCIDENTS_OPEN_MAX {
            let max = INCIDENTS_OPEN_MAX as u64;
            return Err(Error::limit("id", "INCIDENTS_OPEN_MAX", max, max + 1));
        }
        // Where the code of the service is, as the policy has it, is stated: a later policy changes
        // nothing of it.
        let known = match (&new.paths, &new.service) {
            (None, Some(service)) => state.paths_of_service(service),
            _ => None,
        };
        let known = known.filter(|(repo, _)| new.repo.as_ref().is_none_or(|named| named == repo));
        let repo = match &new.repo {
            Some(repo) => Some(state.repos.require(repo)?),
            None => None,
        };
        if let Some(paths) = &new.paths {
            let Some(repo) = repo else {
                let message = "paths are of a repository; name it";
                return Err(Error::at(Code::MissingField, "repo", message));
            };
            PathSet::compile(paths, repo.rules).map_err(|why| why.within("paths"))?;
        }
        let summary = self.text("summary", new.summary.as_deref())?;
        self.others.push(Event::IncidentReported(Box::new(Reported {
            id: new.id.clone(),
            service: new.service.clone(),
            repo: new.repo.clone().or_else(|| Some(known.as_ref()?.0.clone())),
            paths: new
                .paths
                .clone()
                .or_else(|| Some(known.as_ref()?.1.clone())),
            deploy: new.deploy.clone(),
            by: self.command.actor.clone(),
            summary,
        })));
        Ok(Reply::IncidentRecorded { id: new.id.clone() })
    }

    pub(super) fn resolve_incident(
        &mut self,
        incident: &IncidentId,
        causes: &[ChangeId],
        fixes: &[ChangeId],
        note: Option<&str>,
    ) -> Result<Reply, Error> {
        match self.state.operations.is_open(incident) {
            Some(true) => {}
            Some(false) => {
                let message = format!("incident {incident} is over already");
                return Err(Error::at(Code::AlreadyExists, "incident", message));
            }
            None => {
                let message = format!("there is no incident {incident}");
                return Err(Error::at(Code::NotFound, "incident", message));
            }
        }
        few("causes", causes)?;
        few("fixes", fixes)?;
        let note = self.text("note", note)?;
        self.others.push(Event::IncidentResolved(Box::new(Resolved {
            incident: incident.clone(),
            causes: causes.to_vec(),
            fixes: fixes.to_vec(),
            by: self.command.actor.clone(),
            note,
        })));
        Ok(Reply::IncidentResolved {
            incident: incident.clone(),
        })
    }
}

fn few(field: &str, changes: &[ChangeId]) -> Result<(), Error> {
    let (max, got) = (NAMED_CHANGES_MAX as u64, changes.len() as u64);
    match got > max {
        true => Err(Error::limit(field, "NAMED_CHANGES_MAX", max, got)),
        false => Ok(()),
    }
}
