//! Deploys and incidents of late: what a new one is held against. The whole of them is history.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::model::{
    Actor, ActorId, Branch, ChangeId, DeployId, Digest, IncidentId, RepoId, TextRef, Token, Verdict,
};
use crate::path::PathSetSource;

/// How many deploys are remembered hot.
pub const DEPLOYS_KEPT: usize = 1_024;
/// The most incidents that are open at once.
pub const INCIDENTS_OPEN_MAX: usize = 1_024;
/// How many incidents are remembered hot, once they are over.
const INCIDENTS_KEPT: usize = 1_024;
/// The most changes that a deploy, a review or the end of an incident names.
pub const NAMED_CHANGES_MAX: usize = 4_096;

/// A deployment, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployed {
    /// Its name.
    pub id: DeployId,
    /// Where to.
    pub environment: ActorId,
    /// What, where it is one of several services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ActorId>,
    /// From which repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<RepoId>,
    /// From which branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<Branch>,
    /// The commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<ActorId>,
    /// The last change of the branch that is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upto: Option<ChangeId>,
    /// Changes in it, where they are named one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeId>,
    /// The deploy that it took the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<DeployId>,
    /// The decision that let it pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Token>,
    /// Who deployed.
    pub by: Actor,
}

/// An incident, as it was reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reported {
    /// Its name.
    pub id: IncidentId,
    /// What broke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ActorId>,
    /// Where to look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<RepoId>,
    /// On which paths to look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paths: Option<PathSetSource>,
    /// The deploy that it was seen in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deploy: Option<DeployId>,
    /// Who reported it.
    pub by: Actor,
    /// What was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<TextRef>,
}

/// The end of an incident, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolved {
    /// Which.
    pub incident: IncidentId,
    /// The changes that are to blame.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<ChangeId>,
    /// The changes that mended it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixes: Vec<ChangeId>,
    /// Who says so.
    pub by: Actor,
    /// In their own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<TextRef>,
}

/// A reading of changes, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reviewed {
    /// Which changes were read.
    pub changes: Vec<ChangeId>,
    /// What the reader made of it.
    pub verdict: Verdict,
    /// For how long they read, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_ms: Option<u64>,
    /// Who read them.
    pub by: Actor,
    /// In their own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<TextRef>,
}

/// A prompt, skill or policy, as it was made known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArtifactKnown {
    /// What tells it from any other.
    pub digest: Digest,
    /// What it is: `prompt`, `skill`, `policy` or another word.
    pub kind: ActorId,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<ActorId>,
}

/// What deployed and broke of late.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Operations {
    /// Oldest first.
    deploys: Vec<Deployed>,
    open: BTreeMap<IncidentId, Reported>,
    /// Incidents that are over, oldest first.
    over: Vec<IncidentId>,
}

impl Operations {
    pub(super) fn deploy(&self, id: &DeployId) -> Option<&Deployed> {
        self.deploys.iter().find(|deploy| &deploy.id == id)
    }

    /// The last deploy to an environment, of a service or of all there is.
    pub(super) fn last_deploy(
        &self,
        environment: &ActorId,
        service: Option<&ActorId>,
    ) -> Option<&Deployed> {
        let mut same = self.deploys.iter().rev();
        same.find(|deploy| deploy.environment == *environment && deploy.service.as_ref() == service)
    }

    /// Is the incident open (`Some(true)`), over (`Some(false)`), or not known here?
    pub(super) fn is_open(&self, id: &IncidentId) -> Option<bool> {
        match self.open.contains_key(id) {
            true => Some(true),
            false => self.over.contains(id).then_some(false),
        }
    }

    /// The open incidents, by name.
    pub(super) fn open(&self) -> impl Iterator<Item = &Reported> {
        self.open.values()
    }

    pub(super) fn deployed(&mut self, deploy: Deployed) {
        self.deploys.push(deploy);
        if self.deploys.len() > DEPLOYS_KEPT {
            self.deploys.remove(0);
        }
    }

    pub(super) fn reported(&mut self, incident: Reported) -> Result<(), Error> {
        match self.open.insert(incident.id.clone(), incident) {
            None => Ok(()),
            Some(_) => Err(corrupt("incident_reported", "an open incident came again")),
        }
    }

    pub(super) fn resolved(&mut self, end: &Resolved) -> Result<(), Error> {
        if self.open.remove(&end.incident).is_none() {
            let why = "an incident ended that was not open";
            return Err(corrupt("incident_resolved", why));
        }
        self.over.push(end.incident.clone());
        if self.over.len() > INCIDENTS_KEPT {
            self.over.remove(0);
        }
        Ok(())
    }
}

fn corrupt(event: &str, why: &str) -> Error {
    Error::at(Code::Corrupt, format!("events.{event}"), why)
}
