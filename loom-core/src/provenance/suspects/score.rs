//! The parts of a suspect's score.

use std::collections::BTreeMap;

use super::candidates::Candidates;
use super::places::{Nearness, Places, WHOLE, log2};
use super::{Part, ScorePart, Suspect, SuspectsAsked, Weights};
use crate::error::Error;
use crate::model::{ActorId, ChangeId, Side, Timestamp, Verdict};
use crate::provenance::entry::Fact;
use crate::provenance::graph::view::{ChangeView, FileView};
use crate::provenance::graph::{NodeId, ProvenanceGraph};
use crate::provenance::name::{Kind, Relation};

/// What each incident that was caused before adds, in thousandths.
const PAST_INCIDENT: u64 = 250;
/// What each doubling of the lines adds, in thousandths.
const DOUBLING: u64 = 100;
/// Where nobody but the makers themselves found it good, in thousandths.
const OWN_CHECK: u64 = 600;

pub(super) struct Scorer<'g> {
    graph: &'g ProvenanceGraph,
    weights: Weights,
    at: Timestamp,
    places: Option<Places>,
    /// How many incidents changes of a side caused.
    by_maker: BTreeMap<Maker<'g>, u64>,
    /// How many incidents changes of a path caused.
    by_path: BTreeMap<u32, u64>,
}

/// On whose side a change is: a side, else whoever is named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Maker<'g> {
    Side(&'g Side),
    Named(Vec<NodeId>),
}

impl<'g> Scorer<'g> {
    pub(super) fn new(
        graph: &'g ProvenanceGraph,
        asked: &SuspectsAsked,
        candidates: &Candidates<'g>,
    ) -> Result<Scorer<'g>, Error> {
        let places = match &candidates.place {
            Some((repo, paths)) => Some(Places::new(graph, repo, paths, &candidates.changes)?),
            None => None,
        };
        let mut scorer = Scorer {
            graph,
            weights: asked.weights,
            at: candidates.at,
            places,
            by_maker: BTreeMap::new(),
            by_path: BTreeMap::new(),
        };
        scorer.count_past_incidents();
        Ok(scorer)
    }

    fn count_past_incidents(&mut self) {
        let graph = self.graph;
        let by_then = |node: &NodeId| graph.landed(*node).is_some_and(|(at, _)| at <= self.at);
        for end in graph.of_kind(Kind::Resolution).take_while(by_then) {
            let causes = graph.parents(end);
            let causes = causes.filter(|(relation, _)| *relation == Relation::CausedBy);
            for change in causes.filter_map(|(_, node)| graph.change(node)) {
                if let Some(maker) = maker(&change) {
                    *self.by_maker.entry(maker).or_default() += 1;
                }
                for file in change.files() {
                    *self.by_path.entry(file.path_key()).or_default() += 1;
                }
            }
        }
    }

    pub(super) fn points(&self, change: &ChangeView<'g>) -> u64 {
        let parts = self.shares(change);
        parts.map(|(part, share, _)| self.worth(part, share)).sum()
    }

    /// A change with its parts; nothing where its name is no name.
    pub(super) fn suspect(&self, change: &ChangeView<'g>) -> Option<Suspect> {
        let parts: Vec<ScorePart> = self
            .shares(change)
            .map(|(part, share, why)| ScorePart {
                part,
                points: self.worth(part, share),
                share,
                because: why.words(change),
            })
            .filter(|part| part.points > 0)
            .collect();
        let commit = change.commit();
        let run = change.run().into_iter();
        Some(Suspect {
            change: ChangeId::new(&change.id()).ok()?,
            commit: commit.and_then(|commit| ActorId::new(&commit).ok()),
            at: change.at(),
            made_by: change.made_by(),
            side: change.side().cloned(),
            by: run
                .chain(change.makers())
                .map(|node| self.graph.name(node))
                .collect(),
            intent: change.intent().cloned(),
            score: parts.iter().map(|part| part.points).sum(),
            parts,
        })
    }

    fn worth(&self, part: Part, share: u64) -> u64 {
        let weights = &self.weights;
        let weight = match part {
            Part::Paths => weights.paths,
            Part::Focus => weights.focus,
            Part::Recency => weights.recency,
            Part::Size => weights.size,
            Part::Verification => weights.verification,
            Part::Maker => weights.maker,
            Part::PastIncidents => weights.past_incidents,
            Part::Undoes => weights.undoes,
            Part::Undone => weights.undone,
        };
        u64::from(weight) * share / WHOLE
    }

    fn shares(&self, change: &ChangeView<'g>) -> impl Iterator<Item = (Part, u64, Why)> + use<'g> {
        let near = self.places.as_ref().map(|places| places.nearness(change));
        let count = change.file_count() as u64;
        let of_files = |some: u64| WHOLE * some / count.max(1);
        let (path_share, focus, here) = match near {
            Some(near) => {
                let focus = of_files(near.on_path) + of_files(near.in_folder) / 2;
                (near.share, focus, near)
            }
            None => (0, 0, Nearness::NOWHERE),
        };
        let age = self.at.since_ms(change.at());
        let lines = change
            .files()
            .map(|file| u64::from(file.added()) + u64::from(file.removed()));
        let lines: u64 = lines.sum();
        let (unverified, check) = self.verification(change);
        let caused = maker(change).and_then(|maker| self.by_maker.get(&maker));
        let caused = caused.copied().unwrap_or(0);
        let at_paths = change
            .files()
            .filter_map(|file| self.by_path.get(&file.path_key()));
        let at_paths = at_paths.max().copied().unwrap_or(0);
        let undoes = change.files().filter(|file| self.brings_back(file)).count() as u64;
        let undone = change.files().filter(|file| self.was_undone(file)).count() as u64;
        let declared = !change.declared_reverts().is_empty();
        let on_path = here.on_path;
        [
            (Part::Paths, path_share, Why::Paths(here)),
            (Part::Focus, focus, Why::Focus { on_path, count }),
            (
                Part::Recency,
                halved(age, self.weights.half_life_ms),
                Why::Age(age),
            ),
            (
                Part::Size,
                (log2(lines + 1) * DOUBLING / 1_000).min(WHOLE),
                Why::Lines(lines),
            ),
            (Part::Verification, unverified, Why::Check(check)),
            (
                Part::Maker,
                (caused * PAST_INCIDENT).min(WHOLE),
                Why::CausedByMaker(caused),
            ),
            (
                Part::PastIncidents,
                (at_paths * PAST_INCIDENT).min(WHOLE),
                Why::CausedHere(at_paths),
            ),
            (
                Part::Undoes,
                if declared { WHOLE } else { of_files(undoes) },
                Why::Undoes { undoes, declared },
            ),
            (Part::Undone, of_files(undone), Why::Undone(undone)),
        ]
        .into_iter()
    }

    /// How little it was found good by others, and what was found: by the last who stands apart from
    /// its makers, else by the last of its makers.
    fn verification(&self, change: &ChangeView<'g>) -> (u64, Check) {
        let graph = self.graph;
        let checks = graph.children(change.node());
        let checks = checks.filter(|(relation, _)| *relation == Relation::Checked);
        let last = checks
            .filter_map(|(_, node)| match (graph.fact(node), graph.landed(node)) {
                (Some(Fact::Verification(check)), Some((at, seq))) if at <= self.at => {
                    Some((check.independent, at, seq, check.verdict))
                }
                _ => None,
            })
            .max();
        match last {
            None => (WHOLE, Check::Missing),
            Some((.., Verdict::Failed)) => (WHOLE, Check::Failed),
            Some((false, .., Verdict::Passed)) => (OWN_CHECK, Check::OwnOnly),
            Some((true, .., Verdict::Passed)) => (0, Check::Passed),
        }
    }

    /// Does it bring back a blob that a change before it replaced?
    fn brings_back(&self, file: &FileView<'g>) -> bool {
        let change = file.change();
        let Some(after) = file.after_key() else {
            return false;
        };
        file.versions_before()
            .rev()
            .take(LOOK_BACK_VERSIONS)
            .any(|older| {
                older.before_key() == Some(after)
                    && older.after_key() != Some(after)
                    && older.change().is_beside(&change)
            })
    }

    /// Did a later change bring back the blob that this one replaced?
    fn was_undone(&self, file: &FileView<'g>) -> bool {
        let change = file.change();
        let Some(before) = file.before_key() else {
            return false;
        };
        file.after_key() != Some(before)
            && file
                .versions_after()
                .take(LOOK_BACK_VERSIONS)
                .take_while(|later| later.change().at() <= self.at)
                .any(|later| later.after_key() == Some(before) && later.change().is_beside(&change))
    }
}

/// How many versions of a path are looked at for one that was brought back.
const LOOK_BACK_VERSIONS: usize = 64;

/// What checks found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    Missing,
    OwnOnly,
    Passed,
    Failed,
}

/// Why a part has its share; words are made of it where it is told.
enum Why {
    Paths(Nearness),
    Focus { on_path: u64, count: u64 },
    Age(u64),
    Lines(u64),
    Check(Check),
    CausedByMaker(u64),
    CausedHere(u64),
    Undoes { undoes: u64, declared: bool },
    Undone(u64),
}

impl Why {
    fn words(&self, change: &ChangeView<'_>) -> String {
        let files = change.file_count();
        match self {
            Why::Paths(near) => match &near.best {
                Some((path, often)) => {
                    format!("{path} is at or near the paths, and changed {often} times")
                }
                None => String::new(),
            },
            Why::Focus { on_path, count } => {
                format!("{on_path} of {count} files are on the paths")
            }
            Why::Age(ms) => format!("landed {} minutes before", ms / 60_000),
            Why::Lines(lines) => format!("{lines} lines in {files} files"),
            Why::Check(check) => match check {
                Check::Missing => "nobody verified it".to_owned(),
                Check::OwnOnly => "only its own makers verified it".to_owned(),
                Check::Passed => "others verified it".to_owned(),
                Check::Failed => "a verification failed".to_owned(),
            },
            Why::CausedByMaker(count) => format!("its makers caused {count} incidents before"),
            Why::CausedHere(count) => format!("changes of a path of it caused {count} before"),
            Why::Undoes { declared: true, .. } => "it says that it reverts".to_owned(),
            Why::Undoes { undoes, .. } => {
                format!("{undoes} of {files} files are what they were before another change")
            }
            Why::Undone(undone) => format!("{undone} of {files} files were put back since"),
        }
    }
}

fn maker<'g>(change: &ChangeView<'g>) -> Option<Maker<'g>> {
    if let Some(side) = change.side() {
        return Some(Maker::Side(side));
    }
    let mut named: Vec<NodeId> = change.makers().collect();
    named.sort_unstable();
    (!named.is_empty()).then_some(Maker::Named(named))
}

/// What is left of a thousand after a time, halved with each half-life and along a straight line
/// between.
fn halved(age: u64, half_life: u64) -> u64 {
    if half_life == 0 {
        return if age == 0 { WHOLE } else { 0 };
    }
    let halvings = age / half_life;
    if halvings >= 10 {
        return 0;
    }
    let (from, rest) = (WHOLE >> halvings, age % half_life);
    let falls = u128::from(from) * u128::from(rest) / (2 * u128::from(half_life));
    from - u64::try_from(falls).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recency_halves_with_each_half_life_and_never_rises() {
        let shares = [0, 50, 100, 150, 200, 300, 1_000, u64::MAX].map(|age| halved(age, 100));
        assert_eq!(shares, [1_000, 750, 500, 375, 250, 125, 0, 0]);
        assert!((0..3_000).all(|age| halved(age, 100) >= halved(age + 1, 100)));
        assert_eq!((halved(0, 0), halved(1, 0)), (1_000, 0));
        assert_eq!(halved(u64::MAX / 2, u64::MAX), 751);
    }
}
