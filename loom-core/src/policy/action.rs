//! What somebody is about to do, as a policy sees it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::verb::{Field, Fields, Verb};
use super::words::FactValue;
use crate::error::{Code, Error};
use crate::model::{Actor, ActorId, Branch, Digest, RepoId, Resource, RunId, Unit};
use crate::path::PathSetSource;

/// The most paths in one action.
pub const ACTION_PATHS_MAX: usize = 65_536;
/// The most resources in one action.
pub const ACTION_RESOURCES_MAX: usize = 64;
/// The most dependency edges in one action.
pub const ACTION_EDGES_MAX: usize = 4_096;
/// The most facts in one action.
pub const ACTION_FACTS_MAX: usize = 256;
/// The longest name of a fact, and the longest text that is the value of one, in bytes.
pub const FACT_BYTES_MAX: usize = 1_024;

/// Something that is about to be done. What is not given is unknown, and what is unknown never
/// loosens a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// What is done.
    pub verb: Verb,
    /// In which repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<RepoId>,
    /// On which branch it lands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<Branch>,
    /// On which paths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<Targets>,
    /// The blobs that paths would hold afterwards, by path: what tells a revert before it lands.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub blobs: BTreeMap<String, ActorId>,
    /// On which named things that are no files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<Resource>>,
    /// In which environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<ActorId>,
    /// On which service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ActorId>,
    /// With which tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<ActorId>,
    /// The shell line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The dependencies that it adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edges: Option<Vec<Edge>>,
    /// How much it changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// What it is expected to use up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<BTreeMap<Unit, u64>>,
    /// For which run; the actor's own where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// By whom; the sender of the command where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
    /// Facts that the caller knows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, FactValue>,
    /// The digest of the patch or tree that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// What an action is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Targets {
    /// These paths and no others.
    Paths(Vec<String>),
    /// Any paths out of this set.
    Set(PathSetSource),
}

/// A dependency: code at one path comes to depend on code at another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// The path that comes to depend.
    pub from: String,
    /// The path that it depends on.
    pub to: String,
}

/// How much is changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<u64>,
    /// Lines added and removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<u64>,
}

impl Action {
    /// An action of which nothing is known but the verb.
    pub fn new(verb: Verb) -> Action {
        Action {
            verb,
            repo: None,
            branch: None,
            targets: None,
            blobs: BTreeMap::new(),
            resources: None,
            environment: None,
            service: None,
            tool: None,
            command: None,
            edges: None,
            size: None,
            estimate: None,
            run: None,
            actor: None,
            facts: BTreeMap::new(),
            digest: None,
        }
    }

    /// The same action on these paths.
    #[must_use]
    pub fn on_paths(mut self, paths: impl IntoIterator<Item = impl Into<String>>) -> Action {
        let paths = paths.into_iter().map(Into::into);
        self.targets = Some(Targets::Paths(paths.collect()));
        self
    }

    /// The same action by an actor.
    #[must_use]
    pub fn by(mut self, actor: Actor) -> Action {
        self.actor = Some(actor);
        self
    }

    /// The run that it is done for.
    pub fn run(&self) -> Option<&RunId> {
        let actors = || self.actor.as_ref().and_then(|actor| actor.run.as_ref());
        self.run.as_ref().or_else(actors)
    }

    /// The fields that are given.
    pub(super) fn given(&self) -> Fields {
        let mut fields = Fields::default();
        let mut give = |field, given: bool| {
            if given {
                fields = fields.with(field);
            }
        };
        give(Field::Repo, self.repo.is_some());
        give(Field::Branch, self.branch.is_some());
        give(
            Field::Targets,
            self.targets.is_some() || !self.blobs.is_empty(),
        );
        give(Field::Resources, self.resources.is_some());
        give(Field::Environment, self.environment.is_some());
        give(Field::Service, self.service.is_some());
        give(Field::Tool, self.tool.is_some());
        give(Field::Command, self.command.is_some());
        give(Field::Edges, self.edges.is_some());
        give(Field::Size, self.size.is_some());
        give(Field::Estimate, self.estimate.is_some());
        fields
    }

    /// Checks the action against its limits, and against what its verb can carry.
    pub(super) fn check(&self, carries: Fields) -> Result<(), Error> {
        let too_much = self.given().without(carries);
        if let Some(field) = too_much.iter().next() {
            let message = format!("an action of the verb {} cannot carry this", self.verb);
            return Err(Error::at(Code::InvalidField, field.as_str(), message));
        }
        let most = |name: &'static str, field: &str, max: usize, got: usize| {
            if got <= max {
                return Ok(());
            }
            Err(Error::limit(field, name, max as u64, got as u64))
        };
        if let Some(Targets::Paths(paths)) = &self.targets {
            most(
                "ACTION_PATHS_MAX",
                "targets.paths",
                ACTION_PATHS_MAX,
                paths.len(),
            )?;
        }
        most(
            "ACTION_PATHS_MAX",
            "blobs",
            ACTION_PATHS_MAX,
            self.blobs.len(),
        )?;
        let resources = self.resources.as_ref().map_or(0, Vec::len);
        most(
            "ACTION_RESOURCES_MAX",
            "resources",
            ACTION_RESOURCES_MAX,
            resources,
        )?;
        let edges = self.edges.as_ref().map_or(0, Vec::len);
        most("ACTION_EDGES_MAX", "edges", ACTION_EDGES_MAX, edges)?;
        most(
            "ACTION_FACTS_MAX",
            "facts",
            ACTION_FACTS_MAX,
            self.facts.len(),
        )?;
        for (name, value) in &self.facts {
            let length = match value {
                FactValue::Text(text) => name.len().max(text.len()),
                _ => name.len(),
            };
            most("FACT_BYTES_MAX", "facts", FACT_BYTES_MAX, length)?;
        }
        Ok(())
    }
}
