//! What history is told: one entry for each node, with when it entered and what it stands on.
//!
//! Entries come in any order. One that was told before changes nothing; one that contradicts what was
//! told is refused and named. A loop or repository may be told anew, since its card may change.

use std::convert::Infallible;

use serde::{Deserialize, Serialize};

use super::name::{Kind, Name, Relation};
use crate::error::{Code, Error};
use crate::model::{
    Actor, ActorId, ActorKind, Branch, ChangeId, ChangedFile, DeployId, Digest, IncidentId, LoopId,
    MadeBy, RepoId, RunId, Side, TeamId, Timestamp, Verdict, Words, json_depth,
};
use crate::path::{PathRules, PathSetSource};

/// The most things that one entry can stand on: changes of a verification or a deploy, prompts of a
/// run.
pub const RELATED_MAX: usize = 16_384;
/// The most files in one change.
pub const FILES_MAX: usize = 16_384;
/// The largest entry in JSON, in bytes.
pub const ENTRY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How deep the JSON of an entry may nest.
const ENTRY_DEPTH_MAX: usize = 16;

/// Something that happened: when, where it stands in the order of all that did, and what.
///
/// `at` never goes back as `seq` rises: whoever tells of a history whose clocks disagree lifts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// When it landed.
    pub at: Timestamp,
    /// Its place among what landed at the same time: the version of a record, the line of a log.
    pub seq: u64,
    /// What it was.
    pub fact: Fact,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fact {
    /// A repository is there.
    Repo {
        /// Its name.
        id: RepoId,
        /// How its paths are compared.
        #[serde(default)]
        rules: PathRules,
    },
    /// A loop is there.
    Loop {
        /// Its name.
        id: LoopId,
        /// Who answers for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<ActorId>,
        /// The team it works for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        team: Option<TeamId>,
        /// What it is for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        goal: Option<Words>,
    },
    /// A run started.
    Run(Box<RunFact>),
    /// A run ended.
    Ending {
        /// Which.
        run: RunId,
        /// With what.
        outcome: ActorId,
    },
    /// A prompt, skill or policy is there.
    Artifact {
        /// What tells it from any other.
        digest: Digest,
        /// What it is: `prompt`, `skill`, `policy` or another word.
        kind: ActorId,
        /// What people call it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<ActorId>,
    },
    /// A claim was granted.
    Claim(Box<Claimed>),
    /// An action was decided on.
    Decision(Box<Decided>),
    /// A request for a yes was answered.
    Approval(Box<Approval>),
    /// A change landed.
    Change(Box<ChangeFact>),
    /// Changes were checked.
    Verification(Box<Verification>),
    /// A person read changes.
    Review(Box<Review>),
    /// Something was deployed.
    Deploy(Box<Deploy>),
    /// Something broke.
    Incident(Box<Incident>),
    /// An incident is over.
    Resolution(Box<Resolution>),
}

/// A run that started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunFact {
    /// Its name.
    pub id: RunId,
    /// Who started it.
    pub actor: Actor,
    /// The loop that it belongs to.
    #[serde(default, rename = "loop", skip_serializing_if = "Option::is_none")]
    pub loop_id: Option<LoopId>,
    /// The run that it works for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<RunId>,
    /// Prompts, skills and policies that it was given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<Digest>,
}

/// A claim that was granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claimed {
    /// Its token.
    pub id: ActorId,
    /// Who held it.
    pub run: RunId,
    /// How strongly.
    pub mode: ActorId,
    /// Where, and on what paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<(RepoId, PathSetSource)>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Words>,
}

/// A decision of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// Its token.
    pub id: ActorId,
    /// What was to be done.
    pub verb: ActorId,
    /// Who was to do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// Who was to do it, where it was no run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
    /// `allow`, `require_approval` or `deny`.
    pub verdict: ActorId,
    /// Did it pass?
    pub passes: bool,
    /// The rules that decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<ActorId>,
    /// By which document.
    pub policy: Digest,
}

/// An answer to a request for a yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Its name.
    pub id: ActorId,
    /// The decision that asked.
    pub decision: ActorId,
    /// Whose.
    pub by: Actor,
    /// Yes or no.
    pub yes: bool,
    /// In their own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Words>,
}

/// A change that landed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeFact {
    /// Its name.
    pub id: ChangeId,
    /// Where.
    pub repo: RepoId,
    /// The branch that it landed on.
    pub branch: Branch,
    /// The commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<ActorId>,
    /// Who made it; `unknown` is never guessed to be a human.
    pub made_by: MadeBy,
    /// Who is named to have made it: people, services, agents, authors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<Name>,
    /// The run that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// On whose side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// The claim under which it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<ActorId>,
    /// The decision that let it pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<ActorId>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Words>,
    /// Made so on purpose.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deliberate: bool,
    /// The commit that it was made on top of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<ActorId>,
    /// What the whole patch is, whatever it is applied to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch_id: Option<ActorId>,
    /// The commits, or beginnings of their names, or changes, that it says it reverts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reverts: Vec<ActorId>,
    /// What was changed.
    pub files: Vec<ChangedFile>,
}

/// A check of changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// Its name.
    pub id: ActorId,
    /// Over exactly which changes.
    pub changes: Vec<ChangeId>,
    /// With what result.
    pub verdict: Verdict,
    /// Who checked.
    pub by: Actor,
    /// The run that checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// Does the checker stand apart from every maker? Only then the verdict counts.
    pub independent: bool,
    /// Names of the checks that were run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<ActorId>,
}

/// A reading of changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// Its name.
    pub id: ActorId,
    /// Which changes were read.
    pub changes: Vec<ChangeId>,
    /// Who read them.
    pub by: Actor,
    /// What the reader made of it.
    pub verdict: Verdict,
    /// For how long they read, in milliseconds, where somebody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_ms: Option<u64>,
    /// In their own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Words>,
}

/// A deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deploy {
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
    /// The commit that was deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<ActorId>,
    /// The last change of the branch that is in it: it has that one and all that landed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upto: Option<ChangeId>,
    /// Changes that are in it, where they are named one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeId>,
    /// The deploy that it took the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<DeployId>,
    /// Who deployed.
    pub by: Actor,
    /// The decision that let it pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<ActorId>,
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
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
    pub summary: Option<Words>,
}

/// The end of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    /// Which incident.
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
    pub note: Option<Words>,
}

impl Entry {
    /// Reads an entry from JSON.
    ///
    /// # Errors
    /// `limit_exceeded` over [`ENTRY_BYTES_MAX`] or too deep; `invalid_json` for anything else that is
    /// no entry.
    pub fn from_json(json: &str) -> Result<Entry, Error> {
        if json.len() > ENTRY_BYTES_MAX {
            let (max, got) = (ENTRY_BYTES_MAX as u64, json.len() as u64);
            return Err(Error::limit("entry", "ENTRY_BYTES_MAX", max, got));
        }
        let depth = json_depth(json);
        if depth > ENTRY_DEPTH_MAX {
            let (max, got) = (ENTRY_DEPTH_MAX as u64, depth as u64);
            return Err(Error::limit("entry", "ENTRY_DEPTH_MAX", max, got));
        }
        serde_json::from_str(json)
            .map_err(|why| Error::at(Code::InvalidJson, "entry", why.to_string()))
    }

    /// The name of the node that it tells of.
    pub fn name(&self) -> Name {
        match &self.fact {
            Fact::Repo { id, .. } => Name::new(Kind::Repo, id.as_str()),
            Fact::Loop { id, .. } => Name::new(Kind::Loop, id.as_str()),
            Fact::Run(run) => Name::new(Kind::Run, run.id.as_str()),
            Fact::Ending { run, .. } => Name::new(Kind::Ending, run.as_str()),
            Fact::Artifact { digest, .. } => Name::new(Kind::Artifact, digest.to_string()),
            Fact::Claim(claim) => Name::new(Kind::Claim, claim.id.as_str()),
            Fact::Decision(decided) => Name::new(Kind::Decision, decided.id.as_str()),
            Fact::Approval(approval) => Name::new(Kind::Approval, approval.id.as_str()),
            Fact::Change(change) => Name::new(Kind::Change, change.id.as_str()),
            Fact::Verification(check) => Name::new(Kind::Verification, check.id.as_str()),
            Fact::Review(review) => Name::new(Kind::Review, review.id.as_str()),
            Fact::Deploy(deploy) => Name::new(Kind::Deploy, deploy.id.as_str()),
            Fact::Incident(incident) => Name::new(Kind::Incident, incident.id.as_str()),
            Fact::Resolution(end) => Name::new(Kind::Resolution, end.incident.as_str()),
        }
    }

    /// What it stands on, each with how, in the order of its fields.
    pub fn related(&self) -> Vec<(Relation, Name)> {
        let mut related = Vec::new();
        let told: Result<(), Infallible> = self.each_related(|relation, kind, id| {
            related.push((relation, Name::new(kind, id)));
            Ok(())
        });
        match told {
            Ok(()) => related,
        }
    }

    /// Tells what it stands on without making names of it, until somebody has enough.
    pub(super) fn each_related<E>(
        &self,
        tell: impl FnMut(Relation, Kind, &str) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut links = Links(tell);
        match &self.fact {
            Fact::Repo { .. } | Fact::Artifact { .. } => Ok(()),
            Fact::Loop { owner, .. } => links.one(Relation::OwnedBy, Kind::Person, owner),
            Fact::Run(run) => {
                links.one(Relation::RunOf, Kind::Loop, &run.loop_id)?;
                links.one(Relation::ChildOf, Kind::Run, &run.parent)?;
                // The loop itself stands for the actor that it is.
                let itself = run.actor.kind == ActorKind::Loop
                    && run
                        .loop_id
                        .as_ref()
                        .is_some_and(|id| id.as_str() == run.actor.id.as_str());
                if !itself {
                    links.actor(Relation::StartedBy, &run.actor)?;
                }
                let mut prompts = run.artifacts.iter();
                prompts.try_for_each(|prompt| links.artifact(Relation::PromptedBy, prompt))
            }
            Fact::Ending { run, .. } => links.add(Relation::Ended, Kind::Run, run.as_str()),
            Fact::Claim(claim) => links.add(Relation::HeldBy, Kind::Run, claim.run.as_str()),
            Fact::Decision(decided) => {
                match (&decided.run, &decided.actor) {
                    (Some(run), _) => links.add(Relation::AskedBy, Kind::Run, run.as_str())?,
                    (None, Some(actor)) => links.actor(Relation::AskedBy, actor)?,
                    (None, None) => {}
                }
                links.artifact(Relation::DecidedBy, &decided.policy)
            }
            Fact::Approval(approval) => {
                let decision = approval.decision.as_str();
                links.add(Relation::Answers, Kind::Decision, decision)?;
                links.actor(Relation::GivenBy, &approval.by)
            }
            Fact::Change(change) => {
                links.one(Relation::MadeBy, Kind::Run, &change.run)?;
                for name in &change.by {
                    links.add(Relation::MadeBy, name.kind, &name.id)?;
                }
                links.one(Relation::Under, Kind::Claim, &change.claim)?;
                links.one(Relation::AllowedBy, Kind::Decision, &change.decision)
            }
            Fact::Verification(check) => {
                links.changes(Relation::Checked, &check.changes)?;
                match &check.run {
                    Some(run) => links.add(Relation::CheckedBy, Kind::Run, run.as_str()),
                    None => links.actor(Relation::CheckedBy, &check.by),
                }
            }
            Fact::Review(review) => {
                links.changes(Relation::Reviewed, &review.changes)?;
                links.actor(Relation::ReviewedBy, &review.by)
            }
            Fact::Deploy(deploy) => {
                links.changes(Relation::Contains, &deploy.changes)?;
                links.one(Relation::Contains, Kind::Change, &deploy.upto)?;
                links.one(Relation::Follows, Kind::Deploy, &deploy.follows)?;
                links.doer(Relation::MadeBy, &deploy.by)?;
                links.one(Relation::AllowedBy, Kind::Decision, &deploy.decision)
            }
            Fact::Incident(incident) => {
                links.one(Relation::SeenIn, Kind::Deploy, &incident.deploy)?;
                links.doer(Relation::ReportedBy, &incident.by)
            }
            Fact::Resolution(end) => {
                links.add(Relation::Resolves, Kind::Incident, end.incident.as_str())?;
                links.changes(Relation::CausedBy, &end.causes)?;
                links.changes(Relation::FixedBy, &end.fixes)?;
                links.doer(Relation::ResolvedBy, &end.by)
            }
        }
    }

    /// How many things it names, for the limits.
    pub(super) fn check(&self) -> Result<(), Error> {
        let within = |field: &str, name, max: usize, got: usize| match got > max {
            true => Err(Error::limit(field, name, max as u64, got as u64)),
            false => Ok(()),
        };
        let related = |field: &str, got| within(field, "RELATED_MAX", RELATED_MAX, got);
        match &self.fact {
            Fact::Run(run) => related("fact.artifacts", run.artifacts.len()),
            Fact::Change(change) => {
                within("fact.files", "FILES_MAX", FILES_MAX, change.files.len())?;
                if let Some(name) = change.by.iter().find(|name| !name.kind.is_actor()) {
                    let message = format!("{name} is no person, service, agent or author");
                    return Err(Error::at(Code::InvalidField, "fact.by", message));
                }
                related("fact.by", change.by.len())?;
                related("fact.reverts", change.reverts.len())
            }
            Fact::Verification(check) => related("fact.changes", check.changes.len()),
            Fact::Review(review) => related("fact.changes", review.changes.len()),
            Fact::Deploy(deploy) => related("fact.changes", deploy.changes.len()),
            Fact::Resolution(end) => {
                related("fact.causes", end.causes.len())?;
                related("fact.fixes", end.fixes.len())
            }
            Fact::Claim(claim) => related("fact.places", claim.places.len()),
            Fact::Decision(decided) => related("fact.rules", decided.rules.len()),
            _ => Ok(()),
        }
    }
}

/// The name of an actor as a node.
pub fn actor_name(actor: &Actor) -> Name {
    Name::new(actor_kind(actor), actor.id.as_str())
}

fn actor_kind(actor: &Actor) -> Kind {
    match actor.kind {
        ActorKind::Human => Kind::Person,
        ActorKind::Service => Kind::Service,
        ActorKind::Loop => Kind::Agent,
    }
}

/// Whom to tell.
struct Links<F>(F);

impl<E, F: FnMut(Relation, Kind, &str) -> Result<(), E>> Links<F> {
    fn add(&mut self, relation: Relation, kind: Kind, id: &str) -> Result<(), E> {
        (self.0)(relation, kind, id)
    }

    fn one<T: AsRef<str>>(
        &mut self,
        relation: Relation,
        kind: Kind,
        id: &Option<T>,
    ) -> Result<(), E> {
        match id {
            Some(id) => self.add(relation, kind, id.as_ref()),
            None => Ok(()),
        }
    }

    fn artifact(&mut self, relation: Relation, digest: &Digest) -> Result<(), E> {
        let hex = digest.to_hex();
        self.add(
            relation,
            Kind::Artifact,
            std::str::from_utf8(&hex).unwrap_or(""),
        )
    }

    fn actor(&mut self, relation: Relation, actor: &Actor) -> Result<(), E> {
        self.add(relation, actor_kind(actor), actor.id.as_str())
    }

    /// The run that an actor is in, else the actor.
    fn doer(&mut self, relation: Relation, actor: &Actor) -> Result<(), E> {
        match &actor.run {
            Some(run) => self.add(relation, Kind::Run, run.as_str()),
            None => self.actor(relation, actor),
        }
    }

    fn changes(&mut self, relation: Relation, changes: &[ChangeId]) -> Result<(), E> {
        let mut changes = changes.iter();
        changes.try_for_each(|change| self.add(relation, Kind::Change, change.as_str()))
    }
}
