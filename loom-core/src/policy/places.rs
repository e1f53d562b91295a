//! Which service and which owner a path has, by the document.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Area, Document, OwnerIs, Service};
use super::facts::{Asking, Known, ProtectedFor};
use super::selector::set_within;
use crate::error::Error;
use crate::model::{ActorId, RepoId, TeamId, Truth};
use crate::path::{PathIndex, PathRules, PathSet};

/// Services, areas and terms of protection, compiled.
pub(super) struct Places {
    services: BTreeMap<ActorId, (Option<RepoId>, PathSet)>,
    areas: Vec<(Area, PathSet)>,
    by_path: PathIndex<u32>,
    pub(super) protected_for: ProtectedFor,
}

/// Who owns a target.
pub(super) enum Owner<'a> {
    /// These teams; none of them, where nobody does.
    Teams(Option<&'a BTreeSet<TeamId>>),
    /// That depends on what nobody said.
    Unknown,
}

impl Places {
    pub(super) fn compile(document: &Document, rules: PathRules) -> Result<Places, Error> {
        let mut services = BTreeMap::new();
        for (name, Service { repo, paths, .. }) in &document.services {
            let paths = PathSet::compile(paths, rules)
                .map_err(|why| why.within(&format!("services.{name}.paths")))?;
            services.insert(name.clone(), (repo.clone(), paths));
        }
        let mut areas = Vec::new();
        let mut by_path = PathIndex::new(rules);
        for (at, area) in document.owners.areas.iter().enumerate() {
            let paths = PathSet::compile(&area.paths, rules)
                .map_err(|why| why.within(&format!("owners.areas[{at}].paths")))?;
            for pattern in paths.include() {
                by_path.insert(pattern, u32::try_from(at).unwrap_or(u32::MAX));
            }
            areas.push((area.clone(), paths));
        }
        Ok(Places {
            services,
            areas,
            by_path,
            protected_for: ProtectedFor {
                deliberate_ms: document.protect.deliberate.map(|span| span.ms()),
                verified_ms: document.protect.verified.map(|span| span.ms()),
            },
        })
    }

    /// Is the target part of a service?
    pub(super) fn in_service(
        &self,
        name: &ActorId,
        repo: Option<&RepoId>,
        target: Asking<'_>,
    ) -> Truth {
        let Some((home, paths)) = self.services.get(name) else {
            return Truth::False;
        };
        let there = same_repo(home.as_ref(), repo);
        there.and(match target {
            Asking::Path(path) => Truth::from(paths.matches(path)),
            Asking::Set(set) => set_within(paths, set),
        })
    }

    /// Who owns the target: the last area that holds it says.
    pub(super) fn owner(&self, repo: Option<&RepoId>, target: Asking<'_>) -> Owner<'_> {
        let candidates = match target {
            Asking::Path(path) => self.by_path.by_path(path).unwrap_or_default(),
            Asking::Set(set) => {
                let meeting = set.include().iter();
                let meeting = meeting.flat_map(|p| self.by_path.by_pattern(p).unwrap_or_default());
                let meeting: BTreeSet<u32> = meeting.collect();
                meeting.into_iter().collect()
            }
        };
        for at in candidates.into_iter().rev() {
            let Some((area, paths)) = self.areas.get(at as usize) else {
                continue;
            };
            let holds = match target {
                Asking::Path(path) => Truth::from(paths.matches(path)),
                Asking::Set(set) => set_within(paths, set),
            };
            match same_repo(area.repo.as_ref(), repo).and(holds) {
                Truth::False => {}
                Truth::Unknown => return Owner::Unknown,
                Truth::True => {
                    let teams = Some(&area.teams).filter(|teams| !teams.is_empty());
                    return Owner::Teams(teams);
                }
            }
        }
        Owner::Teams(None)
    }
}

impl Owner<'_> {
    pub(super) fn is(&self, wanted: &OwnerIs, acting: &Known<TeamId>) -> Truth {
        let Owner::Teams(teams) = self else {
            return Truth::Unknown;
        };
        let Some(teams) = teams else {
            return Truth::from(*wanted == OwnerIs::None);
        };
        let own = acting.holds(|team| teams.contains(team));
        match wanted {
            OwnerIs::None => Truth::False,
            OwnerIs::Own => own,
            OwnerIs::Other => !own,
            OwnerIs::Team(team) => Truth::from(teams.contains(team)),
        }
    }

    /// The teams, where they are known.
    pub(super) fn teams(&self) -> impl Iterator<Item = TeamId> {
        let teams = match self {
            Owner::Teams(Some(teams)) => Some(teams.iter().cloned()),
            _ => None,
        };
        teams.into_iter().flatten()
    }
}

/// Is it the repository that the document means, if it means one?
fn same_repo(meant: Option<&RepoId>, repo: Option<&RepoId>) -> Truth {
    match (meant, repo) {
        (None, _) => Truth::True,
        (Some(_), None) => Truth::Unknown,
        (Some(meant), Some(repo)) => Truth::from(meant == repo),
    }
}
