//! Where the files lie that a payload names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use loom_core::coordinator::Repos;
use loom_core::error::Error;
use loom_core::harness::hook::{Place, Told};
use loom_core::model::RepoId;
use loom_store::Loom;

use crate::identity::{self, Tree};

/// Finds repositories of the journal by the trees that files lie in.
pub(super) struct Finder<'a> {
    loom: &'a Loom,
    /// The git folder of the clone that the journal is of, where it is of one.
    home: Option<PathBuf>,
    known: BTreeMap<PathBuf, Option<RepoId>>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(loom: &'a Loom, home: Option<PathBuf>) -> Finder<'a> {
        Finder {
            loom,
            home: home.and_then(|home| std::fs::canonicalize(home).ok()),
            known: BTreeMap::new(),
        }
    }

    /// Where each path of the payload lies.
    pub(super) fn places(
        &mut self,
        told: &Told,
        cwd: &Path,
    ) -> Result<BTreeMap<String, Place>, Error> {
        let mut places = BTreeMap::new();
        for path in told.paths() {
            let real = identity::real(path, cwd)?;
            let mut place = Place {
                real: real.to_string_lossy().into_owned(),
                ..Place::default()
            };
            if let Some(tree) = Tree::around(&real)
                && let Some(inside) = tree.inside(&real)
            {
                place.repo = self.repo(&tree)?;
                place.path = inside;
            }
            places.insert(path.to_owned(), place);
        }
        Ok(places)
    }

    /// The repository of a tree: the one that has its origin, else its name; else, in the clone that the
    /// journal is of, the only one there is.
    pub(super) fn repo(&mut self, tree: &Tree) -> Result<Option<RepoId>, Error> {
        if let Some(known) = self.known.get(&tree.common) {
            return Ok(known.clone());
        }
        let is_home = self.home.as_ref() == Some(&tree.common);
        let found = self.loom.look(|coordinator, _| {
            let repos: &Repos = coordinator.repos();
            let only = repos.iter().next().filter(|_| repos.iter().len() == 1);
            if let Some(only) = only.filter(|_| is_home) {
                return Ok(Some(only.id.clone()));
            }
            // Asking git takes time, and is needed only where a journal serves several repositories.
            let checkout = tree.checkout();
            if let Some(origin) = checkout.origin()
                && let Some(repo) = repos.by_origin(&origin)
            {
                return Ok(Some(repo.id.clone()));
            }
            let name = RepoId::new(&checkout.name()).ok();
            let named = name.and_then(|name| repos.get(&name));
            Ok(named.filter(|_| is_home).map(|repo| repo.id.clone()))
        })?;
        self.known.insert(tree.common.clone(), found.clone());
        Ok(found)
    }
}
