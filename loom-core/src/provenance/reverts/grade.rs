//! How much of a change another took back, path by path, and how sure that makes it.

use std::collections::BTreeMap;

use super::steps::{BranchSteps, Undo};
use super::{Evidence, Grade, Pair};

/// Further back than this many changes of a path, an older version is a new start as well as a revert.
const OVER_STRONG: u32 = 3;
/// So many paths do not come back to the same earlier change by chance.
const PATHS_STRONG: u32 = 3;
/// What comes back within a day was hardly arrived at anew, in milliseconds.
const SOON_MS: u64 = 24 * 60 * 60 * 1_000;

/// What blobs say of one pair.
#[derive(Debug, Clone, Default)]
pub(super) struct Blobs {
    pub(super) paths: Vec<u32>,
    pub(super) restored: u32,
    pub(super) removed: u32,
    /// Paths of which the other was the last change.
    pub(super) last: u32,
    /// Of those, the ones whose earlier content is back.
    pub(super) last_restored: u32,
    /// Paths whose content is what it was before the other, not only older.
    pub(super) first: u32,
    pub(super) over: u32,
    /// How many paths the other changed.
    pub(super) of: u32,
    /// How many paths it changed itself.
    pub(super) own: u32,
    /// How long after, in milliseconds.
    pub(super) after_ms: u64,
}

/// What blobs say, pair by pair.
pub(super) fn by_pair(steps: &BranchSteps<'_>, undone: &[Undo]) -> BTreeMap<Pair, Blobs> {
    let count = |place: usize| u32::try_from(steps.steps(place).len()).unwrap_or(u32::MAX);
    let mut pairs: BTreeMap<Pair, Blobs> = BTreeMap::new();
    for undo in undone {
        let blobs = pairs.entry((undo.by, undo.of)).or_insert_with(|| Blobs {
            of: count(undo.of),
            own: count(undo.by),
            after_ms: steps.age_ms(undo.by, undo.of),
            ..Blobs::default()
        });
        blobs.paths.push(undo.path);
        let is_last = u32::from(undo.over == 1);
        blobs.last += is_last;
        blobs.first += u32::from(undo.first);
        match undo.removed {
            true => blobs.removed += 1,
            false => {
                blobs.restored += 1;
                blobs.last_restored += is_last;
            }
        }
        blobs.over = blobs.over.max(undo.over);
    }
    pairs
}

impl Blobs {
    /// Each is the other turned around, and nothing else.
    pub(super) fn is_mirror(&self) -> bool {
        self.last == self.of && self.last == self.own
    }

    /// Every path of the other is undone.
    pub(super) fn is_whole(&self) -> bool {
        self.restored + self.removed == self.of
    }

    /// Nothing came back: paths that the other added are gone, by a change that is about more.
    pub(super) fn is_removal(&self) -> bool {
        let undone = self.restored + self.removed;
        self.restored == 0 && undone.saturating_mul(2) < self.own
    }

    pub(super) fn evidence(&self) -> Evidence {
        Evidence::Blobs {
            grade: self.grade(),
            restored: self.restored,
            removed: self.removed,
            over: self.over,
            of: self.of,
            own: self.own,
        }
    }

    fn grade(&self) -> Grade {
        if self.is_mirror() {
            return Grade::Certain;
        }
        let all_last = self.last == self.restored + self.removed;
        if self.restored == 0 {
            // A file that was added and is deleted again has lived, unless all of them go at once.
            return match self.is_whole() && all_last {
                true if !self.is_removal() => Grade::Strong,
                true => Grade::Likely,
                false => Grade::Weak,
            };
        }
        if self.is_whole() {
            let near = all_last || self.over <= OVER_STRONG;
            return if near { Grade::Strong } else { Grade::Likely };
        }
        let back = self.last_restored;
        let most_of_it = back.saturating_mul(3) >= self.of.saturating_mul(2);
        let most_of_own = back.saturating_mul(2) >= self.own;
        let no_chance = back >= PATHS_STRONG || self.after_ms <= SOON_MS;
        match back {
            0 => Grade::Weak,
            _ if most_of_it || most_of_own || no_chance => Grade::Strong,
            _ => Grade::Likely,
        }
    }
}
