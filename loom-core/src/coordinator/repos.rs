//! The repositories of a workspace: when two clones are one, and how paths are compared.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::claim::RepoFacts;
use crate::error::{Code, Error};
use crate::model::{Branch, RepoId, normalise_origin};
use crate::path::PathRules;

/// The most repositories of a workspace.
pub const REPOS_MAX: usize = 10_000;
/// The most origins of one repository.
pub const ALIASES_MAX: usize = 64;

/// A registered repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Repo {
    /// Its name.
    pub id: RepoId,
    /// Its origins, normalised and sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The branch that work lands on where a command names none.
    pub default_branch: Branch,
    /// How its paths are compared; fixed once registered.
    #[serde(default)]
    pub rules: PathRules,
}

/// All registered repositories.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repos {
    by_id: BTreeMap<RepoId, Repo>,
    by_alias: BTreeMap<String, RepoId>,
}

impl Repos {
    /// A repository.
    pub fn get(&self, id: &RepoId) -> Option<&Repo> {
        self.by_id.get(id)
    }

    /// The repository that has this origin, in any spelling.
    pub fn by_origin(&self, address: &str) -> Option<&Repo> {
        let alias = normalise_origin(address).ok()?;
        self.by_id.get(self.by_alias.get(&alias)?)
    }

    /// All repositories in the order of their names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Repo> {
        self.by_id.values()
    }

    /// A repository, for a command that needs one.
    ///
    /// # Errors
    /// `not_found` (`repo`).
    pub fn require(&self, id: &RepoId) -> Result<&Repo, Error> {
        self.get(id).ok_or_else(|| {
            let message = format!("repository {id} is not registered; register it first");
            Error::at(Code::NotFound, "repo", message)
        })
    }

    /// The repository as it is after registering it (again) with these origins.
    ///
    /// # Errors
    /// `already_exists` where an origin belongs to another repository, or where the repository is
    /// registered with other rules or another default branch; `limit_exceeded` over [`REPOS_MAX`] or
    /// [`ALIASES_MAX`].
    pub(super) fn register(
        &self,
        id: &RepoId,
        aliases: &[String],
        default_branch: &Branch,
        rules: PathRules,
    ) -> Result<Repo, Error> {
        let mut repo = match self.get(id) {
            Some(repo) if repo.rules == rules && repo.default_branch == *default_branch => {
                repo.clone()
            }
            Some(_) => {
                let message = format!("repository {id} has other rules or another default branch");
                return Err(Error::at(Code::AlreadyExists, "id", message));
            }
            None if self.by_id.len() >= REPOS_MAX => {
                let (max, got) = (REPOS_MAX as u64, self.by_id.len() as u64 + 1);
                return Err(Error::limit("id", "REPOS_MAX", max, got));
            }
            None => Repo {
                id: id.clone(),
                aliases: Vec::new(),
                default_branch: default_branch.clone(),
                rules,
            },
        };
        for (place, address) in aliases.iter().enumerate() {
            let field = || format!("aliases[{place}]");
            let alias = normalise_origin(address).map_err(|why| why.about(field()))?;
            match self.by_alias.get(&alias) {
                Some(owner) if owner != id => {
                    let message = format!("{alias} is an origin of repository {owner}");
                    return Err(Error::at(Code::AlreadyExists, field(), message));
                }
                _ => repo.aliases.push(alias),
            }
        }
        repo.aliases.sort();
        repo.aliases.dedup();
        if repo.aliases.len() > ALIASES_MAX {
            let (max, got) = (ALIASES_MAX as u64, repo.aliases.len() as u64);
            return Err(Error::limit("aliases", "ALIASES_MAX", max, got));
        }
        Ok(repo)
    }

    pub(super) fn apply(&mut self, repo: &Repo) {
        for alias in &repo.aliases {
            self.by_alias.insert(alias.clone(), repo.id.clone());
        }
        self.by_id.insert(repo.id.clone(), repo.clone());
    }
}

impl RepoFacts for Repos {
    fn rules(&self, repo: &RepoId) -> Option<PathRules> {
        self.get(repo).map(|repo| repo.rules)
    }

    fn default_branch(&self, repo: &RepoId) -> Option<Branch> {
        self.get(repo).map(|repo| repo.default_branch.clone())
    }
}
