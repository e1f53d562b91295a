//! What nobody read: lines that loops made and no person reviewed, and readings too quick to be any.
//!
//! Lines are counted as they landed: those that each change added to files that are still there at the
//! time asked about, or were moved. What later changes took away of them again is not taken off, and
//! lines of a file that was moved stay with the area that they landed in. A change by both counts as a
//! loop's; one by nobody knows whom is counted beside.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::entry::Fact;
use super::graph::view::{ChangeView, FileView};
use super::graph::{NodeId, ProvenanceGraph};
use super::name::{Kind, Name, Relation};
use super::trace::{compile, is_zero};
use crate::error::Error;
use crate::model::{Actor, ActorId, ActorKind, MadeBy, RepoId, Timestamp};
use crate::path::{PathSet, PathSetSource};

/// The most areas in a question.
pub const AREAS_MAX: usize = 1_024;
/// The most paths that an area lists; the rest is counted.
pub const UNREAD_PATHS_MAX: usize = 16;
/// The most quick readings that are listed, the latest; the rest is counted.
pub const QUICK_READINGS_MAX: usize = 256;
/// How fast a person reads code where the question does not say, in lines a minute: a line a second. A
/// choice, and not a measurement.
pub const LINES_PER_MINUTE_DEFAULT: u32 = 60;

/// A question for what was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ComprehensionAsked {
    /// Whose paths are counted, at most [`AREAS_MAX`]. A path may be of several areas.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<Area>,
    /// As of when; else now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What landed before is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Who reads faster is flagged, in lines a minute.
    #[serde(default = "speed_default")]
    pub lines_per_minute: u32,
}

/// Paths, and who answers for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// Who answers for them, or what they are called.
    pub owner: ActorId,
    /// Where.
    pub repo: RepoId,
    /// Which.
    pub paths: PathSetSource,
}

/// What was read, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Comprehension {
    /// As of when.
    pub at: Timestamp,
    /// Each area, in the order of the question.
    pub areas: Vec<AreaRead>,
    /// Reviews and approvals that were quicker than anybody reads, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quick: Vec<QuickReading>,
    /// How many more there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_quick: u64,
}

/// How much of an area was read. All figures but `changes` and those of changes are lines added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AreaRead {
    /// Who answers for it.
    pub owner: ActorId,
    /// Lines that loops had a part in.
    pub by_loops: u64,
    /// Those of them that no person reviewed.
    pub unread: u64,
    /// Lines of people alone.
    pub by_people: u64,
    /// Lines of nobody knows whom; reviewed or not, they are in no other figure.
    pub by_unknown: u64,
    /// Changes that loops had a part in.
    pub changes: u64,
    /// Those of them that no person reviewed.
    pub unread_changes: u64,
    /// The paths with the most unread lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<UnreadPath>,
    /// How many more there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_paths: u64,
}

/// A path with unread lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UnreadPath {
    /// Which.
    pub path: String,
    /// How many.
    pub unread: u64,
}

/// A review or approval that was quicker than anybody reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct QuickReading {
    /// The review or approval.
    pub reading: Name,
    /// Whose.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Lines that there were to read: added and removed.
    pub lines: u64,
    /// For how long they read at most, in milliseconds.
    pub read_ms: u64,
    /// Was that said? Else it is the time from when there was something to read until the answer.
    pub said: bool,
    /// Lines a minute, at least.
    pub lines_per_minute: u64,
}

impl ProvenanceGraph {
    /// How much of what loops made people read.
    ///
    /// # Errors
    /// Those of reading paths; `limit_exceeded` (`AREAS_MAX`).
    pub fn comprehension(
        &self,
        asked: &ComprehensionAsked,
        now: Timestamp,
    ) -> Result<Comprehension, Error> {
        if asked.areas.len() > AREAS_MAX {
            let (max, got) = (AREAS_MAX as u64, asked.areas.len() as u64);
            return Err(Error::limit("areas", "AREAS_MAX", max, got));
        }
        let at = asked.until.unwrap_or(now);
        let since = asked.since.unwrap_or(Timestamp::EPOCH);
        let mut areas = Vec::with_capacity(asked.areas.len());
        for (nth, area) in asked.areas.iter().enumerate() {
            let set = compile(self, &area.repo, &area.paths)
                .map_err(|why| why.within(&format!("areas[{nth}]")))?;
            areas.push(self.area_read(area, &set, since, at)?);
        }
        let (quick, more_quick) = self.quick_readings(asked.lines_per_minute, since, at);
        Ok(Comprehension {
            at,
            areas,
            quick,
            more_quick,
        })
    }

    fn area_read(
        &self,
        area: &Area,
        set: &PathSet,
        since: Timestamp,
        at: Timestamp,
    ) -> Result<AreaRead, Error> {
        let mut read = AreaRead {
            owner: area.owner.clone(),
            by_loops: 0,
            unread: 0,
            by_people: 0,
            by_unknown: 0,
            changes: 0,
            unread_changes: 0,
            paths: Vec::new(),
            more_paths: 0,
        };
        let mut changes: BTreeMap<NodeId, bool> = BTreeMap::new();
        let mut unread: Vec<UnreadPath> = Vec::new();
        for (path, versions) in self.versions_by_path(&area.repo, set)? {
            // A file that was moved away stands among the versions of where it was.
            let here = versions.iter().filter(|file| file.path_key() == path);
            let here = here.filter(|file| file.change().at() <= at);
            let Some(last) = here.clone().next_back() else {
                continue;
            };
            let mut unread_here = 0;
            for file in here.filter(|file| file.change().at() >= since) {
                let change = file.change();
                let lines = match is_gone(last) {
                    true => 0,
                    false => u64::from(file.added()),
                };
                match change.made_by() {
                    MadeBy::Human => read.by_people += lines,
                    MadeBy::Unknown => read.by_unknown += lines,
                    MadeBy::Loop | MadeBy::Mixed => {
                        let is_read = *changes
                            .entry(change.node())
                            .or_insert_with(|| self.is_read(&change, at));
                        read.by_loops += lines;
                        if !is_read {
                            unread_here += lines;
                        }
                    }
                }
            }
            read.unread += unread_here;
            if unread_here > 0 {
                unread.push(UnreadPath {
                    path: last.path(),
                    unread: unread_here,
                });
            }
        }
        read.changes = changes.len() as u64;
        read.unread_changes = changes.values().filter(|is_read| !**is_read).count() as u64;
        unread.sort_by(|a, b| b.unread.cmp(&a.unread).then_with(|| a.path.cmp(&b.path)));
        read.more_paths = unread.len().saturating_sub(UNREAD_PATHS_MAX) as u64;
        unread.truncate(UNREAD_PATHS_MAX);
        read.paths = unread;
        Ok(read)
    }

    /// Did a person review it by then?
    fn is_read(&self, change: &ChangeView<'_>, at: Timestamp) -> bool {
        self.children(change.node()).any(|(relation, node)| {
            relation == Relation::Reviewed
                && self.landed(node).is_some_and(|(when, _)| when <= at)
                && matches!(self.fact(node), Some(Fact::Review(review)) if review.by.kind == ActorKind::Human)
        })
    }

    fn quick_readings(
        &self,
        lines_per_minute: u32,
        since: Timestamp,
        at: Timestamp,
    ) -> (Vec<QuickReading>, u64) {
        let reviews = self.of_kind(Kind::Review);
        let approvals = self.of_kind(Kind::Approval);
        let mut quick: Vec<QuickReading> = reviews
            .chain(approvals)
            .filter(|node| {
                let landed = self.landed(*node);
                landed.is_some_and(|(when, _)| since <= when && when <= at)
            })
            .filter_map(|node| self.reading(node))
            .filter(|reading| reading.lines_per_minute > u64::from(lines_per_minute))
            .collect();
        quick.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.reading.cmp(&b.reading)));
        let more = quick.len().saturating_sub(QUICK_READINGS_MAX) as u64;
        quick.truncate(QUICK_READINGS_MAX);
        (quick, more)
    }

    /// How fast a person read, at least; nothing for what is no reading of a known length.
    fn reading(&self, node: NodeId) -> Option<QuickReading> {
        let (at, _) = self.landed(node)?;
        let of = |relation: Relation, changes: &mut dyn Iterator<Item = (Relation, NodeId)>| {
            let related = changes.filter(|(each, _)| *each == relation);
            related.map(|(_, node)| node).collect::<BTreeSet<NodeId>>()
        };
        let (by, changes, said, begins) = match self.fact(node)? {
            Fact::Review(review) => {
                let changes = of(Relation::Reviewed, &mut self.parents(node));
                let told = changes.iter().filter_map(|node| self.change(*node));
                let begins = told.map(|change| change.at()).max();
                (&review.by, changes, review.read_ms, begins)
            }
            // What was approved is what the decision let pass; it may have landed after the answer.
            Fact::Approval(approval) if approval.yes => {
                let decisions = of(Relation::Answers, &mut self.parents(node));
                let decision = *decisions.first()?;
                let changes = of(Relation::AllowedBy, &mut self.children(decision));
                let begins = self.landed(decision).map(|(at, _)| at);
                (&approval.by, changes, None, begins)
            }
            _ => return None,
        };
        if by.kind != ActorKind::Human {
            return None;
        }
        let read_ms = match said {
            Some(ms) => ms,
            None => at.since_ms(begins?),
        };
        let changes = changes.iter().filter_map(|node| self.change(*node));
        let lines = |change: ChangeView<'_>| {
            let files = change.files();
            files
                .map(|file| u64::from(file.added()) + u64::from(file.removed()))
                .sum::<u64>()
        };
        let lines: u64 = changes.map(lines).sum();
        let speed = u128::from(lines) * 60_000 / u128::from(read_ms.max(1));
        Some(QuickReading {
            reading: self.name(node),
            by: by.clone(),
            at,
            lines,
            read_ms,
            said: said.is_some(),
            lines_per_minute: u64::try_from(speed).unwrap_or(u64::MAX),
        })
    }
}

/// Was the path taken away by its last version? Where no blobs are known, nobody knows.
fn is_gone(last: &FileView<'_>) -> bool {
    last.before_key().is_some() && last.after_key().is_none()
}

fn speed_default() -> u32 {
    LINES_PER_MINUTE_DEFAULT
}
