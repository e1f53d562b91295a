//! Recent changes: the hot part of what landed, so that a loop learns what others did on purpose
//! before it "fixes" it.
//!
//! Kept are the changes of the last [`HORIZON_MS`] and of each path the last [`VERSIONS_MAX`]; older
//! ones belong to the history projection.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::reply::RecentChange;
use crate::claim::{PathBytes, RepoFacts};
use crate::error::{Code, Error};
use crate::model::{
    Actor, ActorId, Branch, ChangeId, ChangedFile, MadeBy, RepoId, RunId, Side, TextRef, Timestamp,
    Token, Ver, Verdict,
};
use crate::path::{PathIndex, PathRules, PathSet, Pattern, RepoPath};
use crate::table::{Key, SnapshotReader, SnapshotWriter, Table, json_rows};

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

json_rows!(ChangeRow);

type Place = (RepoId, Branch);

/// A path of a branch.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Spot {
    place: Place,
    path: Arc<str>,
}

/// The changes within the horizon.
#[derive(Clone, Default)]
pub(super) struct Changes {
    rows: Table<Ver, ChangeRow>,
    /// No row stands below this one, and none is older; none where there is no row.
    oldest: Option<(Ver, Timestamp)>,
    by_id: Table<ChangeId, Ver>,
    by_path: BTreeMap<Place, PathIndex<Ver>>,
    /// The last changes of each path, the oldest first.
    versions: Table<Spot, Vec<Ver>>,
}

impl Changes {
    pub(super) fn get(&self, id: &ChangeId) -> Option<Cow<'_, ChangeRow>> {
        self.rows.get(&*self.by_id.get(id)?)
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = (Ver, Cow<'_, ChangeRow>)> {
        self.rows.iter()
    }

    /// The rows, the newest first.
    pub(super) fn newest(&self) -> impl Iterator<Item = Cow<'_, ChangeRow>> {
        self.rows.iter_back().map(|(_, row)| row)
    }

    /// The bad page that a look-up met, if one did.
    pub(super) fn fault(&self) -> Option<Error> {
        let rows = self.rows.fault().or_else(|| self.by_id.fault());
        rows.or_else(|| self.versions.fault())
    }

    pub(super) fn freeze(&self, writer: &mut SnapshotWriter) -> Result<(), Error> {
        let oldest = self.rows.iter().next().map(|(ver, row)| (ver, row.at));
        writer.value("changes.oldest", &oldest)?;
        writer.table("changes", &self.rows)?;
        writer.table("changes.by_id", &self.by_id)?;
        writer.table("changes.versions", &self.versions)?;
        writer.value("changes.places", &self.by_path.keys().collect::<Vec<_>>())?;
        for (number, index) in self.by_path.values().enumerate() {
            writer.paged(&format!("changes.paths.{number}"), &index.freeze()?);
        }
        Ok(())
    }

    pub(super) fn thaw(reader: &SnapshotReader) -> Result<Changes, Error> {
        let mut by_path = BTreeMap::new();
        let places: Vec<Place> = reader.value("changes.places")?;
        for (number, place) in places.into_iter().enumerate() {
            let bytes = reader.paged(&format!("changes.paths.{number}"))?;
            by_path.insert(place, PathIndex::thaw(PathBytes(bytes))?);
        }
        Ok(Changes {
            rows: reader.table("changes")?,
            oldest: reader.value("changes.oldest")?,
            by_id: reader.table("changes.by_id")?,
            by_path,
            versions: reader.table("changes.versions")?,
        })
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
        let horizon = at.minus_ms(HORIZON_MS);
        let vers = self.near(repo, branch, set)?.into_iter();
        let rows = vers.filter_map(|ver| Some((ver, self.rows.get(&ver)?)));
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
    ) -> Result<Vec<Cow<'_, ChangeRow>>, Error> {
        let vers = self.near(repo, branch, set)?;
        let rows = vers.iter().filter_map(|ver| self.rows.get(ver));
        Ok(rows.filter(|row| row.touches(set)).collect())
    }

    /// The hot changes that touched any of these paths, oldest first.
    pub(super) fn touching_any_of(
        &self,
        repo: &RepoId,
        branch: &Branch,
        paths: &BTreeSet<RepoPath>,
    ) -> Result<Vec<Cow<'_, ChangeRow>>, Error> {
        let mut vers: BTreeSet<Ver> = BTreeSet::new();
        if let Some(index) = self.by_path.get(&(repo.clone(), branch.clone())) {
            for path in paths {
                vers.extend(index.by_path(path)?);
            }
        }
        Ok(vers.iter().filter_map(|ver| self.rows.get(ver)).collect())
    }

    /// The versions of changes that a set may meet, excludes left aside.
    fn near(&self, repo: &RepoId, branch: &Branch, set: &PathSet) -> Result<BTreeSet<Ver>, Error> {
        let mut vers: BTreeSet<Ver> = BTreeSet::new();
        if let Some(index) = self.by_path.get(&(repo.clone(), branch.clone())) {
            for pattern in set.include() {
                vers.extend(index.by_pattern(pattern)?);
            }
        }
        Ok(vers)
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
        if self.by_id.contains(&change.id) {
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
        self.oldest.get_or_insert((ver, at));
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
        self.update(id, |row| {
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
        });
    }

    pub(super) fn reviewed(&mut self, id: &ChangeId, verdict: Verdict) {
        self.update(id, |row| row.review = Some(verdict));
    }

    fn update(&mut self, id: &ChangeId, change: impl FnOnce(&mut ChangeRow)) {
        if let Some(ver) = self.by_id.get(id).map(Cow::into_owned) {
            self.rows.update(&ver, change);
        }
    }

    /// Forgets what lies behind the horizon.
    pub(super) fn forget(&mut self, at: Timestamp, repos: &dyn RepoFacts) {
        let horizon = at.minus_ms(HORIZON_MS);
        while let Some((first, since)) = self.oldest
            && since < horizon
        {
            let next = self.rows.range_from(&first).next();
            self.oldest = next.as_ref().map(|(ver, row)| (*ver, row.at));
            let Some((ver, row)) = next.filter(|(_, row)| row.at < horizon) else {
                return;
            };
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

    fn enter(
        &mut self,
        place: &Place,
        path: &RepoPath,
        rules: PathRules,
        ver: Ver,
    ) -> Result<(), Error> {
        let pattern = exactly(path, rules)?;
        let index = self.by_path.entry(place.clone());
        let index = index.or_insert_with(|| PathIndex::new(rules));
        index.insert(&pattern, ver);
        let spot = Spot::new(place, path);
        let mut versions = self.versions.get(&spot).map(Cow::into_owned);
        let versions = versions.get_or_insert_default();
        versions.push(ver);
        if versions.len() > VERSIONS_MAX {
            let oldest = versions.remove(0);
            index.remove(&pattern, oldest)?;
            let mut kept = None;
            self.rows.update(&oldest, |row| {
                row.paths_kept = row.paths_kept.saturating_sub(1);
                kept = Some(row.paths_kept);
            });
            if kept == Some(0) {
                self.drop_row(oldest);
            }
        }
        self.versions.insert(spot, std::mem::take(versions));
        Ok(())
    }

    fn leave(&mut self, place: &Place, path: &RepoPath, rules: PathRules, ver: Ver) {
        let Some(index) = self.by_path.get_mut(place) else {
            return;
        };
        if let Ok(pattern) = exactly(path, rules) {
            let _ = index.remove(&pattern, ver);
        }
        let is_empty = index.is_empty();
        let spot = Spot::new(place, path);
        let mut is_forgotten = false;
        self.versions.update(&spot, |versions| {
            versions.retain(|kept| *kept != ver);
            is_forgotten = versions.is_empty();
        });
        if is_forgotten {
            self.versions.remove(&spot);
        }
        if is_empty {
            self.by_path.remove(place);
        }
    }

    fn drop_row(&mut self, ver: Ver) {
        if let Some(row) = self.rows.remove(&ver) {
            self.by_id.remove(&row.change.id);
        }
    }
}

impl Spot {
    fn new(place: &Place, path: &RepoPath) -> Spot {
        Spot {
            place: place.clone(),
            path: path.canonical().into(),
        }
    }
}

impl Key for Spot {
    /// Neither an id nor a branch holds a NUL, so one behind each keeps shorter ones in front.
    fn encode(&self, bytes: &mut Vec<u8>) {
        for part in [self.place.0.as_str(), self.place.1.as_str()] {
            bytes.extend(part.as_bytes());
            bytes.push(0);
        }
        bytes.extend(self.path.as_bytes());
    }

    fn decode(bytes: &[u8]) -> Option<Spot> {
        let mut parts = std::str::from_utf8(bytes).ok()?.splitn(3, '\0');
        let repo = RepoId::new(parts.next()?).ok()?;
        let branch = Branch::new(parts.next()?).ok()?;
        Some(Spot {
            place: (repo, branch),
            path: parts.next()?.into(),
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spot_sorts_as_its_bytes_do() {
        let mut spots = Vec::new();
        for repo in ["a", "a!", "b"] {
            for branch in ["main", "main/x"] {
                for path in ["", "src", "src/a", "z"] {
                    let place = (RepoId::new(repo).unwrap(), Branch::new(branch).unwrap());
                    let path = path.into();
                    spots.push(Spot { place, path });
                }
            }
        }
        spots.sort();
        let encoded = |spot: &Spot| {
            let mut bytes = Vec::new();
            spot.encode(&mut bytes);
            bytes
        };
        assert!(spots.is_sorted_by_key(encoded));
        for spot in &spots {
            assert!(Spot::decode(&encoded(spot)).as_ref() == Some(spot));
        }
    }
}
