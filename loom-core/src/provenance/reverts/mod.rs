//! Which changes took others back: four detectors, each with graded evidence, and their union.
//!
//! - **explicit**: the change names what it reverts.
//! - **inverse patch**: its patch is the other's, turned around.
//! - **inverse lines**: it takes away the lines that the other brought, and brings those it took.
//! - **blobs**: a file is again exactly what it was before the other change.
//!
//! Which pairs are found, and on what evidence, depends on the versions of the paths that both touched
//! and on nothing that landed elsewhere. Why it happened is a [`Reason`]: what looks like routine is
//! set aside, which lowers its grade and never hides it.

mod before;
mod explicit;
mod grade;
mod lines;
mod party;
mod reasons;
mod steps;
mod wars;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use self::explicit::Declared;

use self::steps::{BranchSteps, Undo};
use super::graph::ProvenanceGraph;
use crate::error::Error;
use crate::model::{ActorId, Branch, ChangeId, RepoId, Timestamp};

pub use self::before::{
    PassedCheck, ProposedChange, ProposedFile, UNDONE_LISTED_MAX, Undoing, WouldRevert, WouldUndo,
};
pub use self::party::Party;
pub use self::reasons::Reason;
pub use self::wars::{
    WAR_HALF_LIFE_MS, WAR_TURNS_MAX, WARS_LISTED_MAX, War, WarTurn, Wars, WarsAsked,
};

/// The most reverts in one answer; the rest are counted.
pub const REVERTS_LISTED_MAX: usize = 10_000;
/// The most paths of one revert that are listed; the rest are counted.
pub const REVERT_PATHS_MAX: usize = 64;
/// The most inverse patches that one question can tell.
pub const INVERSE_PATCHES_MAX: usize = 1_000_000;
/// How long after a change it counts as reverted, where nobody says: 30 days, in milliseconds.
pub const REVERT_HORIZON_MS: u64 = 30 * 24 * 60 * 60 * 1_000;

/// What is asked of reverts: on one branch, landed within a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RevertsAsked {
    /// Of which repository.
    pub repo: RepoId,
    /// On which branch.
    pub branch: Branch,
    /// Only what landed then or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Only what landed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// How much older the reverted change may be, in milliseconds. Who names what they revert is
    /// believed whatever its age.
    #[serde(default = "horizon")]
    pub horizon_ms: u64,
    /// By which detectors.
    #[serde(default = "all")]
    pub detectors: BTreeSet<Detector>,
    /// The weakest grade that is listed; what is weaker is counted.
    #[serde(default = "likely")]
    pub least: Grade,
    /// What patches are when they are turned around, where somebody has the diffs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inverse_patches: Vec<InversePatch>,
}

impl RevertsAsked {
    /// Everything on a branch, by all detectors, with the horizon of 30 days.
    pub fn on(repo: RepoId, branch: Branch) -> RevertsAsked {
        RevertsAsked {
            repo,
            branch,
            since: None,
            until: None,
            horizon_ms: REVERT_HORIZON_MS,
            detectors: all(),
            least: Grade::Likely,
            inverse_patches: Vec::new(),
        }
    }
}

fn horizon() -> u64 {
    REVERT_HORIZON_MS
}

fn likely() -> Grade {
    Grade::Likely
}

fn all() -> BTreeSet<Detector> {
    Detector::ALL.into_iter().collect()
}

/// The patch of a change, turned around.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InversePatch {
    /// Of which change.
    pub change: ChangeId,
    /// As `provenance::inverse_patch_id` says.
    pub patch_id: ActorId,
}

/// How a revert can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Detector {
    /// It says so.
    Explicit,
    /// Its patch is the other's, turned around.
    InversePatch,
    /// Its lines are the other's, turned around.
    InverseLines,
    /// Its files are what they were before the other.
    Blobs,
}

impl Detector {
    /// All of them.
    pub const ALL: [Detector; 4] = [
        Detector::Explicit,
        Detector::InversePatch,
        Detector::InverseLines,
        Detector::Blobs,
    ];
}

/// How sure it is that one change took the other back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// A part of it, or long after, or by counts alone.
    Weak,
    /// A good part of it, with room for another reading.
    Likely,
    /// All or most of it.
    Strong,
    /// It says so, or is the other turned around and nothing else.
    Certain,
}

/// What a detector saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "RevertEvidence"))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Evidence {
    /// It names the other.
    Explicit {
        /// How: a change, a commit, or the beginning of a commit's name.
        named: ActorId,
    },
    /// Turned around, its patch is the other's.
    InversePatch {
        /// The other's patch.
        patch_id: ActorId,
    },
    /// Lines that the other brought went, and lines that it took came back.
    InverseLines {
        /// How sure that makes it.
        grade: Grade,
        /// How many lines were turned around.
        lines: u32,
        /// How many the other changed, in all its files.
        of: u32,
        /// How many it changed itself, in the paths of both.
        own: u32,
        /// Only the counts of lines are known, and they are turned around.
        counted: bool,
    },
    /// Paths are again exactly what they were.
    Blobs {
        /// How sure that makes it.
        grade: Grade,
        /// Paths whose earlier content is back.
        restored: u32,
        /// Paths that the other added, and that are gone.
        removed: u32,
        /// The most changes of one path that were taken back at once: 1 where the other was the last.
        over: u32,
        /// How many paths the other changed.
        of: u32,
        /// How many paths it changed itself.
        own: u32,
    },
}

impl Evidence {
    /// Which detector saw it.
    pub fn detector(&self) -> Detector {
        match self {
            Evidence::Explicit { .. } => Detector::Explicit,
            Evidence::InversePatch { .. } => Detector::InversePatch,
            Evidence::InverseLines { .. } => Detector::InverseLines,
            Evidence::Blobs { .. } => Detector::Blobs,
        }
    }

    /// How sure it makes it.
    pub fn grade(&self) -> Grade {
        match self {
            Evidence::Explicit { .. } | Evidence::InversePatch { .. } => Grade::Certain,
            Evidence::InverseLines { grade, .. } | Evidence::Blobs { grade, .. } => *grade,
        }
    }
}

/// A change that took another back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Revert {
    /// The one that took back.
    pub change: ChangeId,
    /// Its commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<ActorId>,
    /// The one that was taken back.
    pub reverts: ChangeId,
    /// Its commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverts_commit: Option<ActorId>,
    /// How long after, in milliseconds.
    pub after_ms: u64,
    /// How sure.
    pub grade: Grade,
    /// What was seen, one by each detector that saw something.
    pub evidence: Vec<Evidence>,
    /// Where, at most [`REVERT_PATHS_MAX`]. Empty where only words or whole patches tell.
    pub paths: Vec<String>,
    /// How many more.
    pub more_paths: u64,
    /// Why, as far as the history tells.
    pub reason: Reason,
}

/// What was asked of reverts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Reverts {
    /// The reverts, in landing order of those that took back, then of those taken back; at most
    /// [`REVERTS_LISTED_MAX`].
    pub reverts: Vec<Revert>,
    /// How many more of the grade asked for.
    pub more: u64,
    /// How many were weaker than asked for.
    pub weaker: u64,
    /// How many changes were looked at.
    pub changes: u64,
}

impl ProvenanceGraph {
    /// Which changes of a branch took others of it back, with what evidence.
    ///
    /// ```
    /// use loom_core::provenance::{Entry, Grade, ProvenanceGraph, RevertsAsked};
    ///
    /// let mut graph = ProvenanceGraph::new();
    /// for line in [
    ///     r#"{"at":"2026-11-22T09:00:00Z","seq":1,"fact":{"type":"change","id":"c1","repo":"shop","branch":"main",
    ///        "made_by":"loop","files":[{"path":"src/pay.rs","before":"b0","after":"b1"}]}}"#,
    ///     r#"{"at":"2026-11-22T10:00:00Z","seq":2,"fact":{"type":"change","id":"c2","repo":"shop","branch":"main",
    ///        "made_by":"loop","files":[{"path":"src/pay.rs","before":"b1","after":"b0"}]}}"#,
    /// ] {
    ///     graph.enter(&Entry::from_json(line)?)?;
    /// }
    /// let found = graph.reverts(&RevertsAsked::on("shop".parse()?, "main".parse()?))?;
    /// assert_eq!(found.reverts[0].reverts.as_str(), "c1");
    /// assert_eq!(found.reverts[0].grade, Grade::Certain);
    /// # Ok::<(), loom_core::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// `limit_exceeded` over [`INVERSE_PATCHES_MAX`].
    pub fn reverts(&self, asked: &RevertsAsked) -> Result<Reverts, Error> {
        let (max, got) = (INVERSE_PATCHES_MAX, asked.inverse_patches.len());
        if got > max {
            let (field, name) = ("inverse_patches", "INVERSE_PATCHES_MAX");
            return Err(Error::limit(field, name, max as u64, got as u64));
        }
        let steps = BranchSteps::read(self, asked);
        let undone = steps.undone(asked.horizon_ms);
        let mut found = Found::default();
        let uses = |detector| asked.detectors.contains(&detector);
        if uses(Detector::Blobs) {
            for (pair, blobs) in grade::by_pair(&steps, &undone) {
                found.add(pair, blobs.evidence(), blobs.paths);
            }
        }
        if uses(Detector::InverseLines) {
            lines::find(&steps, asked.horizon_ms, &undone, &mut found);
        }
        let declared = Declared::new(self, &steps);
        if uses(Detector::InversePatch) {
            declared.by_patch(&asked.inverse_patches, &mut found);
        }
        if uses(Detector::Explicit) {
            declared.by_name(&mut found);
        }
        Ok(self.told_of(asked, &steps, &undone, found))
    }

    fn told_of(
        &self,
        asked: &RevertsAsked,
        steps: &BranchSteps<'_>,
        undone: &[Undo],
        found: Found,
    ) -> Reverts {
        let reasons = reasons::Reasons::of(self, steps, undone);
        let mut answer = Reverts {
            changes: steps.asked().count() as u64,
            ..Reverts::default()
        };
        for ((by, of), pair) in found.pairs {
            let (change, reverted) = (steps.change(by), steps.change(of));
            let said = pair.evidence.iter().map(Evidence::grade).max();
            let mut grade = said.unwrap_or(Grade::Weak);
            let reason = match pair.is_told() {
                true => Reason::Real,
                false => reasons.of_pair(by, of),
            };
            if reason != Reason::Real {
                grade = grade.min(Grade::Likely);
            }
            if grade < asked.least {
                answer.weaker += 1;
                continue;
            }
            if answer.reverts.len() >= REVERTS_LISTED_MAX {
                answer.more += 1;
                continue;
            }
            let id = |text: String| ChangeId::new(&text).ok();
            let commit = |text: Option<String>| text.and_then(|text| ActorId::new(&text).ok());
            let (Some(name), Some(other)) = (id(change.id()), id(reverted.id())) else {
                continue;
            };
            let mut paths: Vec<String> = pair
                .paths
                .iter()
                .filter_map(|path| steps.path(*path))
                .collect();
            paths.sort_unstable();
            let more_paths = paths.len().saturating_sub(REVERT_PATHS_MAX) as u64;
            paths.truncate(REVERT_PATHS_MAX);
            answer.reverts.push(Revert {
                change: name,
                commit: commit(change.commit()),
                reverts: other,
                reverts_commit: commit(reverted.commit()),
                after_ms: change.at().since_ms(reverted.at()),
                grade,
                evidence: pair.evidence,
                paths,
                more_paths,
                reason,
            });
        }
        answer
    }
}

/// Who took back, and who was taken back: their places on the branch.
type Pair = (usize, usize);

/// What all detectors saw of one pair.
#[derive(Default)]
struct Seen {
    evidence: Vec<Evidence>,
    paths: BTreeSet<u32>,
}

impl Seen {
    /// Did somebody say so, or hand over a patch that says so?
    fn is_told(&self) -> bool {
        let told = |each: &Evidence| {
            matches!(each.detector(), Detector::Explicit | Detector::InversePatch)
        };
        self.evidence.iter().any(told)
    }
}

/// What all detectors saw.
#[derive(Default)]
struct Found {
    pairs: BTreeMap<Pair, Seen>,
}

impl Found {
    fn add(&mut self, pair: Pair, evidence: Evidence, paths: impl IntoIterator<Item = u32>) {
        let seen = self.pairs.entry(pair).or_default();
        let place = |each: &Evidence| each.detector();
        if seen
            .evidence
            .iter()
            .all(|each| place(each) != place(&evidence))
        {
            seen.evidence.push(evidence);
            seen.evidence.sort_by_key(Evidence::detector);
        }
        seen.paths.extend(paths);
    }
}
