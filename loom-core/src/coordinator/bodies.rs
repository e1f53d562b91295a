//! The bodies of commands that say more than a few words.

use serde::{Deserialize, Serialize};

use crate::model::{
    ActorId, Branch, ChangeId, ChangedFile, DeployId, FindingKey, IncidentId, MadeBy, RepoId,
    RunId, Token,
};
use crate::path::PathSetSource;
use crate::run::{NoteKind, Severity};

/// A change, as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewChange {
    /// Its name, chosen by the caller.
    pub id: ChangeId,
    /// Where.
    pub repo: RepoId,
    /// The branch that it lands on; the repository's default branch where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<Branch>,
    /// The commit, where there is one yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<ActorId>,
    /// Who made it. `unknown` is never guessed to be a human.
    pub made_by: MadeBy,
    /// The run that made it; the actor's own where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// The claim under which it was made. Given, it must still hold, or nothing is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<String>,
    /// Made so on purpose: others should not "fix" it.
    #[serde(default)]
    pub deliberate: bool,
    /// The commit that it was made on top of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<ActorId>,
    /// The decision of the policy that let it pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Token>,
    /// What the whole patch is, whatever it is applied to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch_id: Option<ActorId>,
    /// The commits, or changes, that it says it reverts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reverts: Vec<ActorId>,
    /// What was changed.
    pub files: Vec<ChangedFile>,
}

/// A deployment, as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewDeploy {
    /// Its name, chosen by the caller.
    pub id: DeployId,
    /// Where to.
    pub environment: ActorId,
    /// What, where it is one of several services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ActorId>,
    /// From which repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<RepoId>,
    /// From which branch; the repository's default branch where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<Branch>,
    /// The commit that was deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<ActorId>,
    /// The last change of the branch that is in it: it has that one and all that landed before. Told by
    /// the commit where absent, if that was recorded not long ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upto: Option<ChangeId>,
    /// Changes that are in it, where they are named one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeId>,
    /// The deploy that it took the place of; the last one of the same environment and service where
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<DeployId>,
    /// The decision of the policy that let it pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Token>,
}

/// An incident, as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewIncident {
    /// Its name, chosen by the caller.
    pub id: IncidentId,
    /// What broke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ActorId>,
    /// The repository to look in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<RepoId>,
    /// The paths to look on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paths: Option<PathSetSource>,
    /// The deploy that it was seen in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deploy: Option<DeployId>,
    /// What was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// Something that a loop or a person came upon, as it is reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewFinding {
    /// What it is about, chosen so that whoever comes upon the same thing chooses the same.
    pub key: FindingKey,
    /// What it is called. The first report's holds.
    pub title: String,
    /// How bad it is.
    #[serde(default = "medium")]
    pub severity: Severity,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<RepoId>,
    /// On which paths of the repository.
    #[serde(default, skip_serializing_if = "PathSetSource::has_no_pattern")]
    pub paths: PathSetSource,
    /// What was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

fn medium() -> Severity {
    Severity::Medium
}

/// What a person is asked to decide about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewEscalation {
    /// Which finding.
    pub key: FindingKey,
    /// What they are asked.
    pub question: String,
    /// What they can choose between, where that is known; at most 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// The changes that it is about; at most 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeId>,
    /// In whose inbox it waits. Where absent, the owner of the loop that the actor's run works for; else
    /// the person who made the journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<ActorId>,
}

/// What somebody found out about a place, as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    /// What it says of the place.
    pub kind: NoteKind,
    /// Where.
    pub repo: RepoId,
    /// On which paths; all of the repository where absent.
    #[serde(default, skip_serializing_if = "PathSetSource::has_no_pattern")]
    pub paths: PathSetSource,
    /// What it says.
    pub text: String,
    /// For how many milliseconds it holds; 14 days where absent. A convention has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<u64>,
}
