//! Recent changes: the hot part of what landed, so that a loop learns what others did on purpose
//! before it "fixes" it.
//!
//! Kept are the changes of the last [`HORIZON_MS`] and of each path the last [`VERSIONS_MAX`]; older
//! ones belong to the history projection.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::reply::RecentChange;
use crate::claim::RepoFacts;
use crate::error::{Code, Error};
use crate::model::{
    Actor, ActorId, Branch, ChangeId, ChangedFile, MadeBy, RepoId, RunId, Side, TextRef, Timestamp,
    Token, Ver, Verdict,
};
use crate::path::{PathIndex, PathRules, PathSet, Pattern, RepoPath};

/// How far back changes are kept hot, in milliseconds: 30 days.
pub const HORIZON_MS: u64 = 30 * 24 * 60 * 60 * 1_000;
/// How many versions of one path are kept hot.
pub const VERSIONS_MAX: usize = 8;
/// The most files in one change.
pub const CHANGED_FILES_MAX: usize = 4_096;
/// The most changes that one verification can be over.
pub const VERIFIED_CHANGES_MAX: usize = 256;
/// How many of those who passed a change are remembered, the latest.
const PASSED_BY_MAX: usize = 16;
/// The most recent changes in one answer; the rest is counted.
pub const RECENT_CHANGES_MAX: usize = 64;
/// The most paths listed with a recent change.
const PATHS_LISTED_MAX: usize = 16;

/// A recorded change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Its name.
    pub id: ChangeId,
    /// Where.
    pub repo: RepoId,
    /// The branch that it landed on.
    pub branch: Branch,
    /// The commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<ActorId>,
    /// Who made it.
    pub made_by: MadeBy,
    /// The run that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// On whose side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// The claim under which it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<TextRef>,
    /// Made so on purpose.
    pub deliberate: bool,
    /// The commit that it was made on top of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<ActorId>,
    /// The decision that let it pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Token>,
    /// What the whole patch is, whatever it is applied to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch_id: Option<ActorId>,
    /// The commits, or changes, that it says it reverts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reverts: Vec<ActorId>,
    /// The changes of other sides that it undid, as far as was seen when it was recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undoes: Vec<ChangeId>,
    /// What was changed; paths are in normal form.
    pub files: Vec<ChangedFile>,
}

impl Change {
    /// All paths that the change touched, where a file was moved from included.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files
            .iter()
            .flat_map(|file| std::iter::once(file.path.as_str()).chain(file.old_path.as_deref()))
    }
}

/// A change within the horizon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ChangeRow {
    pub(super) change: Arc<Change>,
    pub(super) at: Timestamp,
    pub(super) verdict: Option<Verdict>,
    /// Who passed it, since the last time that somebody who counts found fault with it.
    pub(super) passed_by: Vec<Actor>,
    /// What the last person made of it who read it.
    pub(super) review: Option<Verdict>,
    /// Checks that passed on it.
    pub(super) checks: BTreeSet<ActorId>,
    /// Paths of it that are still among the last versions; without any it is dropped.
    pub(super) paths_kept: u32,
}

type Place = (RepoId, Branch);

/// The changes within the horizon.
#[derive(Clone, Default)]
pub(super) struct Changes {
    rows: BTreeMap<Ver, ChangeRow>,
    by_id: BTreeMap<ChangeId, Ver>,
    by_path: BTreeMap<Place, Paths>,
}

#[derive(Clone)]
struct Paths {
    index: PathIndex<Ver>,
    versions: BTreeMap<Arc<str>, VecDeque<Ver>>,
}

impl Changes {
    pub(super) fn get(&self, id: &ChangeId) -> Option<&ChangeRow> {
        self.rows.get(self.by_id.get(id)?)
    }

    pub(super) fn rows(&self) -> impl DoubleEndedIterator<Item = (&Ver, &ChangeRow)> {
        self.rows.iter()
    }

    /// The changes on paths of `set`, by sides other than `side`: deliberate ones first, then the
    /// newest; and how many more there are than are answered.
    pub(super) fn recent(
        &self,
        repo: &RepoId,
        branch: &Branch,
        set: &PathSet,
        side: Option<&Side>,
        at: Timestamp,
    ) -> Result<Vec<RecentChange>, Error> {
        let Some(paths) = self.by_path.get(&(repo.clone(), branch.clone())) else {
            return Ok(Vec::new());
        };
        let horizon = at.minus_ms(HORIZON_MS);
        let mut vers: BTreeSet<Ver> = BTreeSet::new();
        for pattern in set.include() {
            vers.extend(paths.index.by_pattern(pattern)?);
        }
        let rows = vers
            .into_iter()
            .filter_map(|ver| Some((ver, self.rows.get(&ver)?)));
        let recent = rows
            .filter(|(_, row)| row.at >= horizon)
            .filter(|(_, row)| side.is_none() || row.change.side.as_ref() != side)
            .filter_map(|(ver, row)| row.seen_through(ver, set));
        Ok(recent.collect())
    }

    /// The hot changes that touched any path of a set, oldest first.
    pub(super) fn touching(
        &self,
        repo: &RepoId,
        branch: &Branch,
        set: &PathSet,
    ) -> Result<Vec<&ChangeRow>, Error> {
        let Some(paths) = self.by_path.get(&(repo.clone(), branch.clone())) else {
            return Ok(Vec::new());
        };
        let mut vers: BTreeSet<Ver> = BTreeSet::new();
        for pattern in set.include() {
            vers.extend(paths.index.by_pattern(pattern)?);
        }
        let rows = vers.iter().filter_map(|ver| self.rows.get(ver));
        Ok(rows.filter(|row| row.touches(set)).collect())
    }

    pub(super) fn record(
        &mut self,
        ver: Ver,
        at: Timestamp,
        change: Arc<Change>,
        repos: &dyn RepoFacts,
    ) -> Result<(), Error> {
        let rules = repos
            .rules(&change.repo)
            .ok_or_else(|| corrupt("of an unknown repository"))?;
        if self.by_id.contains_key(&change.id) {
            return Err(corrupt("that was recorded before"));
        }
        let mut paths = Vec::new();
        for path in change.paths() {
            paths.push(RepoPath::parse(path, &rules).map_err(|_| corrupt("with a bad path"))?);
        }
        paths.sort();
        paths.dedup();
        let row = ChangeRow {
            change: Arc::clone(&change),
            at,
            verdict: None,
            passed_by: Vec::new(),
            review: None,
            checks: BTreeSet::new(),
            paths_kept: u32::try_from(paths.len()).unwrap_or(u32::MAX),
        };
        self.rows.insert(ver, row);
        self.by_id.insert(change.id.clone(), ver);
        let place = (change.repo.clone(), change.branch.clone());
        for path in paths {
            self.enter(&place, &path, rules, ver)?;
        }
        Ok(())
    }

    pub(super) fn verified(
        &mut self,
        id: &ChangeId,
        verdict: Verdict,
        by: &Actor,
        checks: &[ActorId],
    ) {
        let row = self.by_id.get(id).and_then(|ver| self.rows.get_mut(ver));
        let Some(row) = row else { return };
        row.verdict = Some(verdict);
        match verdict {
            Verdict::Failed => row.passed_by.clear(),
            Verdict::Passed if row.passed_by.contains(by) => {}
            Verdict::Passed => {
                if row.passed_by.len() >= PASSED_BY_MAX {
                    row.passed_by.remove(0);
                }
                row.passed_by.push(by.clone());
            }
        }
        for check in checks {
            match verdict {
                Verdict::Passed => drop(row.checks.insert(check.clone())),
                Verdict::Failed => drop(row.checks.remove(check)),
            }
        }
    }

    pub(super) fn reviewed(&mut self, id: &ChangeId, verdict: Verdict) {
        let row = self.by_id.get(id).and_then(|ver| self.rows.get_mut(ver));
        if let Some(row) = row {
            row.review = Some(verdict);
        }
    }

    /// Forgets what lies behind the horizon.
    pub(super) fn forget(&mut self, at: Timestamp, repos: &dyn RepoFacts) {
        let horizon = at.minus_ms(HORIZON_MS);
        while let Some((&ver, row)) = self.rows.first_key_value() {
            if row.at >= horizon {
                return;
            }
            let change = row.change.clone();
            if let Some(rules) = repos.rules(&change.repo) {
                let place = (change.repo.clone(), change.branch.clone());
                for path in change.paths() {
                    if let Ok(path) = RepoPath::parse(path, &rules) {
                        self.leave(&place, &path, rules, ver);
                    }
                }
            }
            self.drop_row(ver);
        }
    }

    /// The state that has these rows.
    pub(super) fn from_rows(
        rows: Vec<(Ver, ChangeRow)>,
        repos: &dyn RepoFacts,
    ) -> Result<Changes, Error> {
        let mut changes = Changes::default();
        for (ver, row) in rows {
            changes.record(ver, row.at, row.change, repos)?;
            if let Some(kept) = changes.rows.get_mut(&ver) {
                kept.verdict = row.verdict;
                kept.passed_by = row.passed_by;
                kept.review = row.review;
                kept.checks = row.checks;
            }
        }
        Ok(changes)
    }

    fn enter(
        &mut self,
        place: &Place,
        path: &RepoPath,
        rules: PathRules,
        ver: Ver,
    ) -> Result<(), Error> {
        let pattern = exactly(path, rules)?;
        let paths = self.by_path.entry(place.clone()).or_insert_with(|| Paths {
            index: PathIndex::new(rules),
            versions: BTreeMap::new(),
        });
        paths.index.insert(&pattern, ver);
        let versions = paths.versions.entry(path.canonical().into()).or_default();
        versions.push_back(ver);
        if versions.len() > VERSIONS_MAX
            && let Some(oldest) = versions.pop_front()
        {
            let _ = paths.index.remove(&pattern, oldest);
            if let Some(row) = self.rows.get_mut(&oldest) {
                row.paths_kept = row.paths_kept.saturating_sub(1);
                if row.paths_kept == 0 {
                    self.drop_row(oldest);
                }
            }
        }
        Ok(())
    }

    fn leave(&mut self, place: &Place, path: &RepoPath, rules: PathRules, ver: Ver) {
        let Some(paths) = self.by_path.get_mut(place) else {
            return;
        };
        if let Ok(pattern) = exactly(path, rules) {
            let _ = paths.index.remove(&pattern, ver);
        }
        if let Some(versions) = paths.versions.get_mut(path.canonical()) {
            versions.retain(|kept| *kept != ver);
            if versions.is_empty() {
                paths.versions.remove(path.canonical());
            }
        }
        if paths.versions.is_empty() {
            self.by_path.remove(place);
        }
    }

    fn drop_row(&mut self, ver: Ver) {
        if let Some(row) = self.rows.remove(&ver) {
            self.by_id.remove(&row.change.id);
        }
    }
}

impl ChangeRow {
    fn touches(&self, set: &PathSet) -> bool {
        let rules = set.rules();
        let mut paths = self.change.paths();
        paths.any(|path| RepoPath::parse(path, &rules).is_ok_and(|path| set.matches(&path)))
    }

    /// The change as somebody sees it who asks for a set of paths; `None` if it touched none.
    fn seen_through(&self, ver: Ver, set: &PathSet) -> Option<RecentChange> {
        let rules = set.rules();
        let touched =
            |path: &&str| RepoPath::parse(path, &rules).is_ok_and(|path| set.matches(&path));
        let mut paths: Vec<String> = self
            .change
            .paths()
            .filter(touched)
            .take(PATHS_LISTED_MAX)
            .map(str::to_owned)
            .collect();
        paths.dedup();
        let change = &self.change;
        (!paths.is_empty()).then(|| RecentChange {
            id: change.id.clone(),
            ver,
            at: self.at,
            made_by: change.made_by,
            side: change.side.clone(),
            run: change.run.clone(),
            intent: change.intent.map(Into::into),
            deliberate: change.deliberate,
            verdict: self.verdict,
            repo: change.repo.clone(),
            branch: change.branch.clone(),
            paths,
        })
    }
}

fn exactly(path: &RepoPath, rules: PathRules) -> Result<Pattern, Error> {
    Pattern::file(path.as_str(), rules).map_err(|_| corrupt("with a path that is too long"))
}

fn corrupt(what: &str) -> Error {
    Error::at(
        Code::Corrupt,
        "events.change_recorded",
        format!("a change {what}"),
    )
}
