//! A yes that a person gave: what it covers, and how long it holds.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::action::Action;
use super::verb::Verb;
use crate::model::{Actor, ActorId, Branch, Digest, RepoId, RunId, Timestamp, Token};
use crate::path::PathSet;

/// What an approval is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Bound {
    /// To what a run may do where.
    Scope {
        /// The run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run: Option<RunId>,
        /// The actor, where that is in no run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<Actor>,
        /// What it may do.
        verb: Verb,
        /// In which repository.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repo: Option<RepoId>,
        /// On which branch.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        branch: Option<Branch>,
        /// On which paths: those that were asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        targets: Option<super::action::Targets>,
        /// The shell line or tool that was asked for, word for word.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<String>,
    },
    /// To what was looked at: the digest of a patch or tree. Who brings it, and how it is described,
    /// stay out of it.
    Change {
        /// What may be done with it.
        verb: Verb,
        /// The digest.
        digest: Digest,
        /// In which repository.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repo: Option<RepoId>,
        /// On which branch.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        branch: Option<Branch>,
        /// In which environment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        environment: Option<ActorId>,
        /// Of which service.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service: Option<ActorId>,
    },
}

/// A yes that holds.
#[derive(Debug, Clone)]
pub struct Approval {
    /// Its name.
    pub id: Token,
    /// The rules that had asked, and that it answers.
    pub rules: BTreeSet<ActorId>,
    /// What it is bound to.
    pub bound: Bound,
    /// The paths of its scope, compiled; `None` for no paths, or bound to a change.
    pub paths: Option<PathSet>,
    /// Until when it holds.
    pub until: Timestamp,
}

impl Approval {
    /// Does it speak of this action at all? Its paths are looked at one by one later.
    pub(super) fn is_about(&self, action: &Action, now: Timestamp) -> bool {
        if now >= self.until {
            return false;
        }
        match &self.bound {
            Bound::Scope {
                run,
                actor,
                verb,
                repo,
                branch,
                line,
                ..
            } => {
                let word = action.command.as_deref();
                let word = word.or(action.tool.as_ref().map(ActorId::as_str));
                action.run() == run.as_ref()
                    && (run.is_some() || action.actor == *actor)
                    && action.verb == *verb
                    && action.repo == *repo
                    && action.branch == *branch
                    && word == line.as_deref()
            }
            Bound::Change {
                verb,
                digest,
                repo,
                branch,
                environment,
                service,
            } => {
                action.digest == Some(*digest)
                    && action.verb == *verb
                    && action.repo == *repo
                    && action.branch == *branch
                    && action.environment == *environment
                    && action.service == *service
            }
        }
    }
}

impl Bound {
    /// What an approval of this action would be bound to; `None` where the action leaves out what it
    /// takes: the digest, or who acts.
    pub fn of(action: &Action) -> Option<Bound> {
        if action.verb.binds_to_change() {
            return Some(Bound::Change {
                verb: action.verb.clone(),
                digest: action.digest?,
                repo: action.repo.clone(),
                branch: action.branch.clone(),
                environment: action.environment.clone(),
                service: action.service.clone(),
            });
        }
        let run = action.run().cloned();
        let line = action.command.clone();
        Some(Bound::Scope {
            actor: match &run {
                Some(_) => None,
                None => Some(action.actor.clone()?),
            },
            run,
            verb: action.verb.clone(),
            repo: action.repo.clone(),
            branch: action.branch.clone(),
            targets: action.targets.clone(),
            line: line.or_else(|| action.tool.as_ref().map(|tool| tool.as_str().to_owned())),
        })
    }
}
