//! An exception that a person made: from which rules, for what, and until when.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::action::Action;
use super::verb::Verb;
use crate::model::{ActorId, Branch, RepoId, RunId, Timestamp, Token};
use crate::path::{PathSet, PathSetSource};

/// What a waiver reaches. What is absent is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WaiverScope {
    /// These verbs.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub verbs: BTreeSet<Verb>,
    /// This repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<RepoId>,
    /// This branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<Branch>,
    /// These paths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paths: Option<PathSetSource>,
    /// This environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<ActorId>,
    /// This run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

/// An exception that holds.
#[derive(Debug, Clone)]
pub struct Waiver {
    /// Its name.
    pub id: Token,
    /// The rules that it lifts; `None` lifts all that can be lifted: the glass was broken.
    pub rules: Option<BTreeSet<ActorId>>,
    /// What it reaches.
    pub scope: WaiverScope,
    /// The paths of its scope, compiled.
    pub paths: Option<PathSet>,
    /// Until when it holds.
    pub until: Timestamp,
}

impl Waiver {
    /// Does it reach this action? Its paths are looked at one by one later. What the action does not
    /// say, a scope that asks for it does not reach.
    pub(super) fn is_about(&self, action: &Action, now: Timestamp) -> bool {
        let scope = &self.scope;
        now < self.until
            && (scope.verbs.is_empty() || scope.verbs.contains(&action.verb))
            && (scope.repo.is_none() || scope.repo == action.repo)
            && (scope.branch.is_none() || scope.branch == action.branch)
            && (scope.environment.is_none() || scope.environment == action.environment)
            && (scope.run.is_none() || scope.run.as_ref() == action.run())
    }

    /// Does it lift this rule?
    pub(super) fn lifts(&self, rule: &ActorId) -> bool {
        self.rules.as_ref().is_none_or(|rules| rules.contains(rule))
    }
}
