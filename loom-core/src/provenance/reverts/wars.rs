//! Wars: two parties that take each other's changes of one path back.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::party::Party;
use super::reasons::{Reason, Reasons};
use super::steps::BranchSteps;
use super::{REVERT_HORIZON_MS, RevertsAsked};
use crate::model::{ActorId, Branch, ChangeId, RepoId, Timestamp};
use crate::provenance::graph::ProvenanceGraph;

/// The most wars in one answer; the rest are counted.
pub const WARS_LISTED_MAX: usize = 1_000;
/// The most turns of one war that are listed, the latest; the rest are counted.
pub const WAR_TURNS_MAX: usize = 64;
/// What a turn counts on the day it happened.
const TURN_SCORE: u64 = 1_000;
/// After so many milliseconds a turn counts half, where nobody says: a week.
pub const WAR_HALF_LIFE_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

/// What is asked of wars: on one branch, within a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WarsAsked {
    /// Of which repository.
    pub repo: RepoId,
    /// On which branch.
    pub branch: Branch,
    /// Only turns that landed then or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// How much older what a turn takes back may be, in milliseconds.
    #[serde(default = "horizon")]
    pub horizon_ms: u64,
    /// After how long a turn counts half, in milliseconds; 0 counts as 1.
    #[serde(default = "half_life")]
    pub half_life_ms: u64,
}

impl WarsAsked {
    /// All wars of a branch, by the settings that hold where nobody says.
    pub fn on(repo: RepoId, branch: Branch) -> WarsAsked {
        WarsAsked {
            repo,
            branch,
            since: None,
            horizon_ms: REVERT_HORIZON_MS,
            half_life_ms: WAR_HALF_LIFE_MS,
        }
    }
}

fn horizon() -> u64 {
    REVERT_HORIZON_MS
}

fn half_life() -> u64 {
    WAR_HALF_LIFE_MS
}

/// One party takes back what the other did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WarTurn {
    /// The change that took back.
    pub change: ChangeId,
    /// Its commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<ActorId>,
    /// The change that was taken back.
    pub reverts: ChangeId,
    /// Was it the first of the two parties?
    pub by_first: bool,
    /// When.
    pub at: Timestamp,
    /// Why, as far as the history tells.
    pub reason: Reason,
}

/// Two parties that took each other's changes of a path back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct War {
    /// Where.
    pub path: String,
    /// Who, in order; neither is to blame more than the other.
    pub parties: [Party; 2],
    /// How hot it is: 1,000 for each turn, half of it after each half-life.
    pub score: u64,
    /// What it is: real where both took the other back for real, else what most turns are.
    pub reason: Reason,
    /// The turns, in landing order; the latest [`WAR_TURNS_MAX`].
    pub turns: Vec<WarTurn>,
    /// How many came before those.
    pub more_turns: u64,
}

/// The wars of a branch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Wars {
    /// The hottest first; at most [`WARS_LISTED_MAX`].
    pub wars: Vec<War>,
    /// How many more.
    pub more: u64,
}

impl ProvenanceGraph {
    /// Which parties take each other's changes back, path by path: each at least once, by the blobs of a
    /// path along the branch's landing order.
    pub fn wars(&self, asked: &WarsAsked, now: Timestamp) -> Wars {
        let mut window = RevertsAsked::on(asked.repo.clone(), asked.branch.clone());
        (window.since, window.horizon_ms) = (asked.since, asked.horizon_ms);
        let steps = BranchSteps::read(self, &window);
        let undone = steps.undone(asked.horizon_ms);
        let reasons = Reasons::of(self, &steps, &undone);
        let mut fights: BTreeMap<(u32, Party, Party), Vec<WarTurn>> = BTreeMap::new();
        for undo in undone.iter().filter(|undo| undo.first) {
            let (by, of) = (steps.change(undo.by), steps.change(undo.of));
            let (Some(one), Some(other)) = (Party::of(self, by), Party::of(self, of)) else {
                continue;
            };
            let ids = ChangeId::new(&by.id())
                .ok()
                .zip(ChangeId::new(&of.id()).ok());
            let Some((change, reverts)) = ids.filter(|_| one.is_against(&other)) else {
                continue;
            };
            let by_first = one < other;
            let turn = WarTurn {
                change,
                commit: by.commit().and_then(|id| ActorId::new(&id).ok()),
                reverts,
                by_first,
                at: by.at(),
                reason: reasons.of_pair(undo.by, undo.of),
            };
            let (first, second) = if by_first { (one, other) } else { (other, one) };
            fights
                .entry((undo.path, first, second))
                .or_default()
                .push(turn);
        }
        let mut wars: Vec<War> = fights
            .into_iter()
            .filter_map(|((path, first, second), turns)| {
                let sides: BTreeSet<bool> = turns.iter().map(|turn| turn.by_first).collect();
                let path = steps.path(path).filter(|_| sides.len() == 2)?;
                Some(war(path, [first, second], turns, asked.half_life_ms, now))
            })
            .collect();
        let key = |war: &War| (std::cmp::Reverse(war.score), war.path.clone());
        wars.sort_by_cached_key(|war| (key(war), war.parties.clone()));
        let more = wars.len().saturating_sub(WARS_LISTED_MAX) as u64;
        wars.truncate(WARS_LISTED_MAX);
        Wars { wars, more }
    }
}

fn war(
    path: String,
    parties: [Party; 2],
    mut turns: Vec<WarTurn>,
    half_life_ms: u64,
    now: Timestamp,
) -> War {
    let score = turns
        .iter()
        .map(|turn| decayed(now.since_ms(turn.at), half_life_ms))
        .fold(0_u64, u64::saturating_add);
    let reason = reason(&turns);
    let more = turns.len().saturating_sub(WAR_TURNS_MAX);
    turns.drain(..more);
    War {
        path,
        parties,
        score,
        reason,
        turns,
        more_turns: more as u64,
    }
}

/// Real where both parties have a real turn; else what most turns are that are not.
fn reason(turns: &[WarTurn]) -> Reason {
    let real = |first: bool| {
        let own = |turn: &&WarTurn| turn.by_first == first;
        turns
            .iter()
            .filter(own)
            .any(|turn| turn.reason == Reason::Real)
    };
    if real(true) && real(false) {
        return Reason::Real;
    }
    let mut counts: BTreeMap<Reason, usize> = BTreeMap::new();
    for turn in turns.iter().filter(|turn| turn.reason != Reason::Real) {
        *counts.entry(turn.reason).or_default() += 1;
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.map_or(Reason::Real, |(reason, _)| reason)
}

/// What a turn still counts: half after each half-life, and in a straight line between.
fn decayed(age_ms: u64, half_life_ms: u64) -> u64 {
    let half_life = half_life_ms.max(1);
    let halves = u32::try_from(age_ms / half_life).unwrap_or(u32::MAX);
    let from = TURN_SCORE.checked_shr(halves).unwrap_or(0);
    let part = u128::from(from - from / 2) * u128::from(age_ms % half_life);
    let lost = part / u128::from(half_life);
    from - u64::try_from(lost).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use super::decayed;

    #[test]
    fn a_turn_counts_half_after_each_half_life_and_never_more_with_age() {
        assert_eq!(decayed(0, 100), 1_000);
        assert_eq!(decayed(100, 100), 500);
        assert_eq!(decayed(200, 100), 250);
        assert_eq!(decayed(u64::MAX, 1), 0);
        let all: Vec<u64> = (0..2_000).map(|age| decayed(age, 100)).collect();
        assert!(all.windows(2).all(|two| two[0] >= two[1]));
    }
}
