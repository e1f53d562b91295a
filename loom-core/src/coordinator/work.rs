//! What each run claimed and changed, to be held against each other when it ends.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize, Serializer};

use super::changes::Change;
use super::reply::{PathAt, PatternAt, WorkReport};
use super::repos::Repos;
use crate::claim::{Granted, RepoFacts, Spec};
use crate::error::Error;
use crate::model::{Branch, Digest, Lineage, RepoId, Resource, RunId};
use crate::path::{PathSet, PathSetSource, PatternSource, RepoPath};
use crate::run::RunTable;
use crate::table::{SnapshotReader, SnapshotWriter, Table, json_rows};

/// How many different places claimed for writing are remembered of one run.
pub const CLAIMED_MAX: usize = 256;
/// How many different changed paths are remembered of one run.
pub const CHANGED_MAX: usize = 4_096;

/// What one run claimed for writing and what it changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RunWork {
    pub(super) claimed: Places,
    pub(super) changed: BTreeSet<PathAt>,
    /// More was claimed or changed than is remembered.
    pub(super) overflowed: bool,
}

/// Places in the order in which they were first claimed, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Vec<Spec>")]
pub(super) struct Places {
    list: Vec<Spec>,
    /// The fingerprint of each place and its position, in order: a run claims the same place again
    /// and again, and each time it has to be found.
    sorted: Vec<(u64, u16)>,
}

impl Places {
    fn insert(&mut self, spec: &Spec) {
        let print = fingerprint(spec);
        let from = self.sorted.partition_point(|(other, _)| *other < print);
        let alike = self.sorted[from..]
            .iter()
            .take_while(|(other, _)| *other == print);
        let mut alike = alike.filter_map(|(_, at)| self.list.get(usize::from(*at)));
        if alike.any(|known| known == spec) {
            return;
        }
        if let Ok(at) = u16::try_from(self.list.len()) {
            self.sorted.insert(from, (print, at));
            self.list.push(spec.clone());
        }
    }
}

/// Tells most places apart without looking at them (FNV-1a over patterns and resources). Places of
/// one print are compared, so a bad print costs time and nothing else.
fn fingerprint(spec: &Spec) -> u64 {
    let patterns = spec.paths.include.iter().chain(&spec.paths.exclude);
    let texts = patterns.map(PatternSource::text);
    let bytes = texts
        .chain(spec.resources.iter().map(Resource::as_str))
        .flat_map(str::bytes);
    bytes.fold(0xcbf2_9ce4_8422_2325, |print, byte| {
        (print ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

impl Serialize for Places {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.list.serialize(serializer)
    }
}

impl From<Vec<Spec>> for Places {
    fn from(list: Vec<Spec>) -> Self {
        let mut places = Places::default();
        list.iter().for_each(|spec| places.insert(spec));
        places
    }
}

impl RunWork {
    fn claim(&mut self, specs: &[Spec]) {
        for spec in specs {
            if self.claimed.list.len() >= CLAIMED_MAX {
                self.overflowed = true;
                return;
            }
            self.claimed.insert(spec);
        }
    }
}

json_rows!(RunWork);

/// The work of all runs that have any.
#[derive(Clone, Default)]
pub(super) struct Work {
    by_run: Table<RunId, RunWork>,
}

impl Work {
    pub(super) fn freeze(&self, writer: &mut SnapshotWriter) -> Result<(), Error> {
        writer.table("work", &self.by_run)
    }

    pub(super) fn thaw(reader: &SnapshotReader) -> Result<Work, Error> {
        let by_run = reader.table("work")?;
        Ok(Work { by_run })
    }

    pub(super) fn digest(&self) -> Result<Digest, Error> {
        self.by_run.digest()
    }

    pub(super) fn fault(&self) -> Option<Error> {
        self.by_run.fault()
    }

    /// What a run claimed for writing, in the order in which it first did.
    pub(super) fn claimed_by(&self, run: &RunId) -> Vec<Spec> {
        let work = self.by_run.get(run);
        work.map(|work| work.claimed.list.clone())
            .unwrap_or_default()
    }

    /// A claim was granted. Only what is claimed for changing counts as work.
    pub(super) fn claimed(&mut self, claim: &Granted) {
        if claim.mode.changes() {
            self.update(&claim.run, |work| work.claim(&claim.specs));
        }
    }

    pub(super) fn changed(&mut self, run: &RunId, change: &Change) {
        self.update(run, |work| {
            for path in change.paths() {
                if work.changed.len() >= CHANGED_MAX {
                    work.overflowed = true;
                    return;
                }
                work.changed.insert(PathAt {
                    repo: change.repo.clone(),
                    branch: change.branch.clone(),
                    path: path.to_owned(),
                });
            }
        });
    }

    pub(super) fn forget(&mut self, run: &RunId) {
        self.by_run.remove(run);
    }

    fn update(&mut self, run: &RunId, change: impl Fn(&mut RunWork)) {
        if !self.by_run.update(run, &change) {
            let mut work = RunWork::default();
            change(&mut work);
            self.by_run.insert(run.clone(), work);
        }
    }

    /// Paths among these that no claim of the run or of its ancestors, past or present, covered. `fresh`
    /// are claims that are granted with the record to come, and not folded yet.
    pub(super) fn undeclared(
        &self,
        run: &RunId,
        paths: impl Iterator<Item = PathAt>,
        fresh: &[&Granted],
        lineage: &Lineage,
        repos: &Repos,
    ) -> Result<Vec<PathAt>, Error> {
        let covers = self.covers(run, fresh, lineage, repos)?;
        Ok(paths
            .filter(|at| !covers.iter().any(|cover| cover.holds(at)))
            .collect())
    }

    /// What a run claimed against what it, and the runs below it, changed. `fresh` as in
    /// [`Work::undeclared`].
    pub(super) fn report(
        &self,
        run: &RunId,
        fresh: &[&Granted],
        runs: &RunTable,
        repos: &Repos,
    ) -> Result<WorkReport, Error> {
        let own = self.with_fresh(run, fresh).unwrap_or_default();
        let family = self.at_and_below(run, runs);
        let all: BTreeSet<&PathAt> = family.iter().flat_map(|work| &work.changed).collect();

        let mut unused = Vec::new();
        for spec in &own.claimed.list {
            for pattern in &spec.paths.include {
                let alone = PathSetSource {
                    include: vec![pattern.clone()],
                    exclude: spec.paths.exclude.clone(),
                };
                let cover = Cover::of(&spec.repo, &spec.branch, &alone, repos)?;
                if !all.iter().any(|at| cover.holds(at)) {
                    unused.push(PatternAt {
                        repo: spec.repo.clone(),
                        branch: spec.branch.clone(),
                        pattern: pattern.clone(),
                    });
                }
            }
        }

        let mut enough: BTreeMap<(RepoId, Branch), Vec<PatternSource>> = BTreeMap::new();
        for at in &own.changed {
            let place = (at.repo.clone(), at.branch.clone());
            enough
                .entry(place)
                .or_default()
                .push(PatternSource::file(at.path.as_str()));
        }
        let enough = enough.into_iter().map(|((repo, branch), include)| Spec {
            repo,
            branch,
            paths: PathSetSource {
                include,
                exclude: Vec::new(),
            },
            resources: Vec::new(),
        });
        let changed = own.changed.iter().cloned();
        Ok(WorkReport {
            undeclared: self.undeclared(run, changed, fresh, runs.lineage(), repos)?,
            unused,
            enough: enough.collect(),
            partial: own.overflowed,
        })
    }

    /// The work of a run and of all runs below it.
    fn at_and_below(&self, run: &RunId, runs: &RunTable) -> Vec<Cow<'_, RunWork>> {
        let mut family = Vec::new();
        let mut open = vec![run];
        while let Some(run) = open.pop() {
            family.extend(self.by_run.get(run));
            open.extend(runs.children(run));
        }
        family
    }

    /// The work of a run, with what is granted to it just now.
    fn with_fresh(&self, run: &RunId, fresh: &[&Granted]) -> Option<Cow<'_, RunWork>> {
        let known = self.by_run.get(run);
        let counts = |claim: &&&Granted| claim.run == *run && claim.mode.changes();
        let mut fresh = fresh.iter().filter(counts).peekable();
        if fresh.peek().is_none() {
            return known;
        }
        let mut work = known.unwrap_or_default().into_owned();
        fresh.for_each(|claim| work.claim(&claim.specs));
        Some(Cow::Owned(work))
    }

    fn covers(
        &self,
        run: &RunId,
        fresh: &[&Granted],
        lineage: &Lineage,
        repos: &Repos,
    ) -> Result<Vec<Cover>, Error> {
        let mut covers = Vec::new();
        let family = std::iter::once(run).chain(lineage.ancestry(run).skip(1));
        for work in family.filter_map(|run| self.with_fresh(run, fresh)) {
            for spec in &work.claimed.list {
                covers.push(Cover::of(&spec.repo, &spec.branch, &spec.paths, repos)?);
            }
        }
        Ok(covers)
    }
}

/// A set of paths in one place.
struct Cover {
    repo: RepoId,
    branch: Branch,
    set: PathSet,
}

impl Cover {
    fn of(
        repo: &RepoId,
        branch: &Branch,
        paths: &PathSetSource,
        repos: &Repos,
    ) -> Result<Cover, Error> {
        let rules = repos.rules(repo).unwrap_or_default();
        let set = PathSet::compile(paths, rules)?;
        Ok(Cover {
            repo: repo.clone(),
            branch: branch.clone(),
            set,
        })
    }

    fn holds(&self, at: &PathAt) -> bool {
        self.repo == at.repo
            && self.branch == at.branch
            && RepoPath::parse(&at.path, &self.set.rules())
                .is_ok_and(|path| self.set.matches(&path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_claimed_again_is_remembered_once_in_the_order_of_first_claims() {
        let spec = |branch: &str, glob: &str| Spec {
            repo: RepoId::new("shop").unwrap(),
            branch: Branch::new(branch).unwrap(),
            paths: PathSetSource::of([PatternSource::glob(glob)]),
            resources: Vec::new(),
        };
        let claimed = ["src", "docs", "src", "app", "docs", "src"].map(|glob| spec("main", glob));
        let mut work = RunWork::default();
        work.claim(&claimed);
        work.claim(&[spec("next", "src")]);
        let due = vec![
            spec("main", "src"),
            spec("main", "docs"),
            spec("main", "app"),
            spec("next", "src"),
        ];
        let Places { list, .. } = &work.claimed;
        assert_eq!(*list, due);
        let json = serde_json::to_string(&work).unwrap();
        let read: RunWork = serde_json::from_str(&json).unwrap();
        assert_eq!(read, work);
    }
}
