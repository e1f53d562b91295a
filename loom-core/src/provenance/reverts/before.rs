//! Asking before a change lands whose work it would undo.

use serde::{Deserialize, Serialize};

use super::REVERT_HORIZON_MS;
use super::party::Party;
use crate::error::Error;
use crate::model::{ActorId, Branch, ChangeId, MadeBy, RepoId, Side, Timestamp, Verdict, Words};
use crate::path::RepoPath;
use crate::provenance::entry::{FILES_MAX, Fact};
use crate::provenance::graph::ProvenanceGraph;
use crate::provenance::graph::view::{ChangeView, FileView};
use crate::provenance::name::{Name, Relation};

/// The most versions in one answer; the rest are counted.
pub const UNDONE_LISTED_MAX: usize = 1_000;
/// How many versions of a path are looked at for who added a file that goes.
const VERSIONS_BACK_MAX: usize = 1_024;

/// A change that has not landed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProposedChange {
    /// Where it is to land.
    pub repo: RepoId,
    /// On which branch.
    pub branch: Branch,
    /// On whose side it stands. What the same side did is its own to undo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// Who made it, where it has no side.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<Name>,
    /// Its patch turned around, where somebody has its diff: `provenance::inverse_patch_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inverse_patch_id: Option<ActorId>,
    /// How old what it undoes may be, in milliseconds.
    #[serde(default = "horizon")]
    pub horizon_ms: u64,
    /// Name what the same side did, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_too: bool,
    /// What it makes of its files.
    pub files: Vec<ProposedFile>,
}

fn horizon() -> u64 {
    REVERT_HORIZON_MS
}

/// A file of a change that has not landed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProposedFile {
    /// Its path.
    pub path: String,
    /// The blob that it takes the place of, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<ActorId>,
    /// The blob that comes; absent where the file goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ActorId>,
}

/// How a change would undo a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Undoing {
    /// It brings back what that version replaced.
    Restores,
    /// It deletes what that version added.
    Removes,
    /// Turned around, its patch is the patch of that change.
    TurnsAround,
}

/// A check that a change passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PassedCheck {
    /// The verification.
    pub id: ActorId,
    /// Did the checker stand apart from every maker?
    pub independent: bool,
}

/// A version that would be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WouldUndo {
    /// Where; nothing where the whole patch tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How.
    pub how: Undoing,
    /// Whose version.
    pub change: ChangeId,
    /// Its commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<ActorId>,
    /// When it landed.
    pub at: Timestamp,
    /// Whose work it is; nothing where nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<Party>,
    /// A person, a loop, both, or nobody knows.
    pub made_by: MadeBy,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Words>,
    /// It was made so on purpose.
    pub deliberate: bool,
    /// The latest check that it passed, one that counts before one that does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<PassedCheck>,
}

/// What a change would undo.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WouldRevert {
    /// Versions, in the order of the files; at most [`UNDONE_LISTED_MAX`].
    pub undoes: Vec<WouldUndo>,
    /// How many more.
    pub more: u64,
}

impl ProvenanceGraph {
    /// Whose versions a change would undo if it landed now: for each file, the latest version on the
    /// branch that replaced what comes, or that added what goes.
    ///
    /// A file that is already what the change would make of it undoes nothing.
    ///
    /// # Errors
    /// `limit_exceeded` over [`FILES_MAX`]; `invalid_path` for a path that the repository cannot hold.
    pub fn would_revert(
        &self,
        proposed: &ProposedChange,
        now: Timestamp,
    ) -> Result<WouldRevert, Error> {
        let (max, got) = (FILES_MAX, proposed.files.len());
        if got > max {
            return Err(Error::limit("files", "FILES_MAX", max as u64, got as u64));
        }
        let rules = self.rules(&proposed.repo);
        let own = match (&proposed.side, proposed.by.is_empty()) {
            (Some(side), _) => Some(Party::Side(side.clone())),
            (None, false) => Some(Party::of_makers(proposed.by.iter().cloned())),
            (None, true) => None,
        };
        let asking = Asking {
            graph: self,
            proposed,
            own,
            oldest: now.minus_ms(proposed.horizon_ms),
            now,
        };
        let mut answer = WouldRevert::default();
        if let Some(change) = asking.turned_around() {
            answer
                .undoes
                .extend(asking.told(change, None, Undoing::TurnsAround));
        }
        for (nth, file) in proposed.files.iter().enumerate() {
            let path = RepoPath::parse(&file.path, &rules)
                .map_err(|why| why.about(format!("files[{nth}].path")))?;
            let Some((undone, how)) = asking.undone(file, path.as_str()) else {
                continue;
            };
            if answer.undoes.len() >= UNDONE_LISTED_MAX {
                answer.more += 1;
                continue;
            }
            let path = Some(path.as_str().to_owned());
            answer
                .undoes
                .extend(asking.told(undone.change(), path, how));
        }
        Ok(answer)
    }
}

struct Asking<'g, 'p> {
    graph: &'g ProvenanceGraph,
    proposed: &'p ProposedChange,
    own: Option<Party>,
    oldest: Timestamp,
    now: Timestamp,
}

impl<'g> Asking<'g, '_> {
    fn undone(&self, file: &ProposedFile, path: &str) -> Option<(FileView<'g>, Undoing)> {
        if file.before.is_some() && file.before == file.after {
            return None;
        }
        let versions = self.graph.versions(&self.proposed.repo, path);
        let mut here = versions
            .rev()
            .take(VERSIONS_BACK_MAX)
            .filter(|version| self.is_here(&version.change()))
            .peekable();
        // What the branch holds already is nothing new.
        let after = |version: &FileView<'_>| ends_as(version, path);
        let held = here.peek().map(after)?;
        if held.as_deref() == file.after.as_ref().map(ActorId::as_str) {
            return None;
        }
        let (version, how) = match &file.after {
            Some(blob) => {
                let replaced = self
                    .graph
                    .replaced(&self.proposed.repo, path, blob.as_str());
                let here = replaced.filter(|version| self.is_here(&version.change()));
                let latest = here.max_by_key(|version| version.change().landed())?;
                (latest, Undoing::Restores)
            }
            None => {
                let adds = |version: &FileView<'_>| {
                    version.before().is_none() || version.old_path().is_some()
                };
                (here.find(adds)?, Undoing::Removes)
            }
        };
        let change = version.change();
        let is_told = change.at() >= self.oldest && self.is_others(&change);
        is_told.then_some((version, how))
    }

    fn turned_around(&self) -> Option<ChangeView<'g>> {
        let patch_id = self.proposed.inverse_patch_id.as_ref()?;
        let same = self.graph.changes_of_patch(patch_id.as_str());
        let here = same.filter(|change| {
            change.repo() == &self.proposed.repo && self.is_here(change) && self.is_others(change)
        });
        let latest = here.max_by_key(ChangeView::landed)?;
        (latest.at() >= self.oldest).then_some(latest)
    }

    fn is_here(&self, change: &ChangeView<'_>) -> bool {
        change.branch() == &self.proposed.branch && change.at() <= self.now
    }

    /// Whose side is not known may be another's.
    fn is_others(&self, change: &ChangeView<'_>) -> bool {
        let party = Party::of(self.graph, *change);
        let others = match (&self.own, &party) {
            (Some(own), Some(party)) => own.is_against(party),
            _ => true,
        };
        others || self.proposed.own_too
    }

    fn told(
        &self,
        change: ChangeView<'g>,
        path: Option<String>,
        how: Undoing,
    ) -> Option<WouldUndo> {
        Some(WouldUndo {
            path,
            how,
            change: ChangeId::new(&change.id()).ok()?,
            commit: change.commit_id(),
            at: change.at(),
            party: Party::of(self.graph, change),
            made_by: change.made_by(),
            intent: change.intent().cloned(),
            deliberate: change.is_deliberate(),
            passed: self.passed(change),
        })
    }

    fn passed(&self, change: ChangeView<'g>) -> Option<PassedCheck> {
        let checks = self.graph.children(change.node());
        let checks = checks.filter(|(relation, _)| *relation == Relation::Checked);
        let passed = checks.filter_map(|(_, node)| match self.graph.fact(node) {
            Some(Fact::Verification(check)) if check.verdict == Verdict::Passed => {
                Some(((check.independent, self.graph.landed(node)), check))
            }
            _ => None,
        });
        let (_, check) = passed.max_by_key(|(key, _)| *key)?;
        Some(PassedCheck {
            id: check.id.clone(),
            independent: check.independent,
        })
    }
}

/// What a version leaves at a path: nothing where it moved the file away.
fn ends_as(version: &FileView<'_>, path: &str) -> Option<String> {
    match version.old_path() {
        Some(old) if old == path && version.path() != path => None,
        _ => version.after(),
    }
}
