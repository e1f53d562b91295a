//! Reverts that are seen by their lines: what one brought the other takes, and the other way round.

use std::collections::{BTreeMap, BTreeSet};

use super::steps::{BranchSteps, Step, Undo};
use super::{Evidence, Found, Grade, Pair};
use crate::provenance::graph::view::FileView;

/// How many versions of a path are compared with each, back from it.
const LINES_BACK_MAX: usize = 64;
/// Fewer lines than this prove nothing: an empty brace is in every patch.
const LINES_MIN: u32 = 4;
/// Fewer counted lines than this are turned around by chance.
const COUNTED_MIN: u32 = 20;
/// So many counted lines, some of them added and some removed, are hardly turned around by chance.
const COUNTED_LIKELY: u32 = 40;

/// How much of one change's lines another turned around.
#[derive(Default)]
struct Turned {
    lines: u32,
    own: u32,
    paths: Vec<u32>,
    /// By counts alone: how many paths, and whether each both lost and gained.
    counted: u32,
    both_ways: bool,
}

/// Looks for reverts among the versions of each path.
pub(super) fn find(steps: &BranchSteps<'_>, horizon_ms: u64, undone: &[Undo], found: &mut Found) {
    let by_blobs: BTreeSet<Pair> = undone.iter().map(|undo| (undo.by, undo.of)).collect();
    let mut versions: BTreeMap<u32, Vec<Step<'_>>> = BTreeMap::new();
    let asked: BTreeSet<usize> = steps.asked().collect();
    for by in steps.places() {
        let mut turned: BTreeMap<usize, Turned> = BTreeMap::new();
        for step in steps.steps(by) {
            let earlier = versions.entry(step.path).or_default();
            let recent = earlier.iter().rev().take(LINES_BACK_MAX);
            for old in recent.take_while(|old| steps.age_ms(by, old.change) <= horizon_ms) {
                if old.change != by && asked.contains(&by) {
                    compare(step, old, &mut turned);
                }
            }
            earlier.push(*step);
        }
        for (of, turned) in turned {
            let blobs = by_blobs.contains(&(by, of));
            if let Some(evidence) = turned.evidence(steps, of, blobs) {
                found.add((by, of), evidence, turned.paths);
            }
        }
    }
}

fn compare(step: &Step<'_>, old: &Step<'_>, turned: &mut BTreeMap<usize, Turned>) {
    let (Some(file), Some(other)) = (step.file, old.file) else {
        return;
    };
    let (Some(lines), Some(others)) = (file.signed_lines(), other.signed_lines()) else {
        return compare_counts(step.path, file, other, old.change, turned);
    };
    let common =
        in_common(&lines.added, &others.removed) + in_common(&lines.removed, &others.added);
    if common > 0 {
        let pair = turned.entry(old.change).or_default();
        pair.lines = pair.lines.saturating_add(common);
        let own = u32::try_from(lines.added.len() + lines.removed.len()).unwrap_or(u32::MAX);
        pair.own = pair.own.saturating_add(own);
        pair.paths.push(step.path);
    }
}

fn compare_counts(
    path: u32,
    file: FileView<'_>,
    other: FileView<'_>,
    of: usize,
    turned: &mut BTreeMap<usize, Turned>,
) {
    let (added, removed) = (other.added(), other.removed());
    let is_turned = (file.added(), file.removed()) == (removed, added);
    // As many out as in says nothing: turned around it is the same.
    if !is_turned || added == removed {
        return;
    }
    let pair = turned.entry(of).or_default();
    let sum = added.saturating_add(removed);
    pair.lines = pair.lines.saturating_add(sum);
    pair.own = pair.own.saturating_add(sum);
    pair.counted += 1;
    pair.both_ways |= added > 0 && removed > 0;
    pair.paths.push(path);
}

impl Turned {
    fn evidence(&self, steps: &BranchSteps<'_>, of: usize, blobs: bool) -> Option<Evidence> {
        let paths = steps.steps(of).iter();
        let lines = |file: FileView<'_>| match file.signed_lines() {
            Some(lines) => {
                u32::try_from(lines.added.len() + lines.removed.len()).unwrap_or(u32::MAX)
            }
            None => file.added().saturating_add(file.removed()),
        };
        let all = paths.filter_map(|step| step.file).map(lines);
        let all = all.fold(0_u32, u32::saturating_add);
        let evidence = |grade| Evidence::InverseLines {
            grade,
            lines: self.lines,
            of: all,
            own: self.own,
            counted: self.counted > 0,
        };
        let share = |part: u32, whole: u32| u64::from(part) * 1_000 / u64::from(whole.max(1));
        if self.counted > 0 {
            // Counts are told only where they are the whole of the other change, and blobs say nothing.
            let whole = self.lines == all && !blobs && all >= COUNTED_MIN;
            let likely = self.both_ways && all >= COUNTED_LIKELY;
            let grade = if likely { Grade::Likely } else { Grade::Weak };
            return whole.then(|| evidence(grade));
        }
        if self.lines < LINES_MIN {
            return None;
        }
        match (share(self.lines, all), share(self.lines, self.own)) {
            (1_000, 1_000) => Some(evidence(Grade::Strong)),
            (900.., 500..) => Some(evidence(Grade::Strong)),
            (600.., 250..) => Some(evidence(Grade::Likely)),
            (300.., _) => Some(evidence(Grade::Weak)),
            _ => None,
        }
    }
}

/// How many hashes two sorted lists have in common, each as often as both have it.
fn in_common(some: &[u32], others: &[u32]) -> u32 {
    let (mut some, mut others) = (some.iter().peekable(), others.iter().peekable());
    let mut common = 0;
    while let (Some(one), Some(other)) = (some.peek(), others.peek()) {
        match one.cmp(other) {
            std::cmp::Ordering::Less => {
                some.next();
            }
            std::cmp::Ordering::Greater => {
                others.next();
            }
            std::cmp::Ordering::Equal => {
                common += 1;
                some.next();
                others.next();
            }
        }
    }
    common
}
