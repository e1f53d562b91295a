//! Which part of history is told to others.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::graph::{NodeId, ProvenanceGraph};
use super::name::{Name, Relation};
use crate::error::{Code, Error};
use crate::model::{Branch, RepoId, Timestamp};
use crate::path::{PathSet, PathSetSource};

/// The most nodes of one selection.
pub const SELECTED_MAX: usize = 200_000;
/// The most names that a selection begins at.
pub const NAMES_MAX: usize = 10_000;

/// What is selected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Selected {
    /// Everything.
    All {},
    /// These, with all that stands behind them.
    Names {
        /// At most [`NAMES_MAX`].
        names: Vec<Name>,
    },
    /// Changes, with all that stands behind them.
    Changes {
        /// Of which repository.
        repo: RepoId,
        /// On which branch; on all where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        branch: Option<Branch>,
        /// That touch these paths; any where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        paths: Option<PathSetSource>,
        /// That landed then or later.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Timestamp>,
        /// That landed before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
}

/// Nodes of one graph, in the order of their names.
///
/// With a node comes all that stands behind it, checks and readings of a change, answers to a decision,
/// the end of a run and of an incident.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    nodes: Vec<NodeId>,
    held: BTreeSet<NodeId>,
}

impl Selection {
    /// The nodes, in the order of their names.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeId> {
        self.nodes.iter().copied()
    }

    /// Is it selected?
    pub fn holds(&self, node: NodeId) -> bool {
        self.held.contains(&node)
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Is nothing selected?
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}

impl ProvenanceGraph {
    /// Selects a part of history.
    ///
    /// # Errors
    /// `not_found` for a name that nobody told of or named; `limit_exceeded` (`NAMES_MAX`,
    /// `SELECTED_MAX`); those of reading paths.
    pub fn select(&self, selected: &Selected) -> Result<Selection, Error> {
        let first = match selected {
            Selected::All {} => self.nodes().collect(),
            Selected::Names { names } => self.named(names)?,
            Selected::Changes {
                repo,
                branch,
                paths,
                since,
                until,
            } => self.changed(
                repo,
                branch.as_ref(),
                paths.as_ref(),
                since.unwrap_or(Timestamp::EPOCH),
                until.unwrap_or(Timestamp::MAX),
            )?,
        };
        let mut held = BTreeSet::new();
        let mut open: Vec<NodeId> = first;
        while let Some(node) = open.pop() {
            if !held.insert(node) {
                continue;
            }
            if held.len() > SELECTED_MAX {
                let (max, got) = (SELECTED_MAX as u64, held.len() as u64);
                return Err(Error::limit("selected", "SELECTED_MAX", max, got));
            }
            open.extend(self.parents(node).map(|(_, parent)| parent));
            let beside = self.children(node).filter(|(how, _)| comes_along(*how));
            open.extend(beside.map(|(_, child)| child));
        }
        let mut nodes: Vec<(Name, NodeId)> =
            held.iter().map(|node| (self.name(*node), *node)).collect();
        nodes.sort_unstable();
        Ok(Selection {
            nodes: nodes.into_iter().map(|(_, node)| node).collect(),
            held,
        })
    }

    fn named(&self, names: &[Name]) -> Result<Vec<NodeId>, Error> {
        if names.len() > NAMES_MAX {
            let (max, got) = (NAMES_MAX as u64, names.len() as u64);
            return Err(Error::limit("names", "NAMES_MAX", max, got));
        }
        let nodes = names.iter().enumerate().map(|(nth, name)| {
            self.find(name).ok_or_else(|| {
                let message = format!("history does not know {name}");
                Error::at(Code::NotFound, format!("names[{nth}]"), message)
            })
        });
        nodes.collect()
    }

    fn changed(
        &self,
        repo: &RepoId,
        branch: Option<&Branch>,
        paths: Option<&PathSetSource>,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<NodeId>, Error> {
        let on_branch = |other: &Branch| branch.is_none_or(|branch| branch == other);
        if let Some(paths) = paths {
            let set =
                PathSet::compile(paths, self.rules(repo)).map_err(|why| why.within("paths"))?;
            let files = self.versions_within(repo, &set, since, until)?;
            let changes = files.into_iter().map(|file| file.change());
            let changes = changes.filter(|change| on_branch(change.branch()));
            return Ok(changes.map(|change| change.node()).collect());
        }
        let branches = self
            .branches()
            .filter(|(each, branch)| *each == repo && on_branch(branch));
        let landed =
            branches.flat_map(|(repo, branch)| self.landed_within(repo, branch, since, until));
        Ok(landed.map(|change| change.node()).collect())
    }
}

/// Does what stands on a node in this way come along with it?
fn comes_along(how: Relation) -> bool {
    matches!(
        how,
        Relation::Checked
            | Relation::Reviewed
            | Relation::Answers
            | Relation::Ended
            | Relation::Resolves
    )
}
