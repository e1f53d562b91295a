//! Incidents planted over a real history, to see how often the change to blame is found.
//!
//! How they are planted: a change is drawn from the history, each with the same chance, and breaks
//! something. Half of the incidents strike within twelve hours, when the suspects are what landed in the
//! day before; half strike within two hours of the first deploy that has the change, when the suspects
//! are what that deploy has over the last one (a deploy goes out with every twenty-fifth change).
//!
//! An incident does not name the change's files. For up to three of them it names the folder, or another
//! file of that folder that the change did not touch; and it names one or two paths of other suspects,
//! which have nothing to do with it. The graph knows nothing that lands later.

use loom_core::model::{ChangeId, Timestamp};
use loom_core::path::{PathRules, PathSet, PathSetSource, PatternSource, RepoPath};
use loom_core::provenance::{Entry, ProvenanceGraph, SuspectsAsked, SuspectsOf, Weights};
use serde_json::json;

use crate::real_history::{Commit, branch, entries, repo};

/// A deploy goes out with each so many changes.
const DEPLOY_EVERY: usize = 25;
const HOUR_MS: u64 = 3_600_000;
/// The seed whose figures are kept. Weights were chosen on other seeds.
pub const SEED: u64 = 20_261_122;

/// An incident, and what caused it.
#[derive(Debug, Clone)]
pub struct Planted {
    /// The change that is to blame, by its place in the history.
    pub culprit: usize,
    /// How much of the history has landed.
    pub landed: usize,
    /// When it strikes.
    pub at: Timestamp,
    /// The deploy that it was seen in, by the place of its last change.
    pub deploy: Option<usize>,
    /// The paths that it names.
    pub paths: Vec<PatternSource>,
}

/// Ways to rank suspects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By `ProvenanceGraph::suspects`.
    Suspects,
    /// The latest change at the paths first, then the latest of the others.
    LatestToucher,
    /// The change with the most lines first.
    Largest,
    /// The change at the paths with the most lines first, then the largest of the others.
    LargestToucher,
}

/// All of them.
pub const WAYS: [Way; 4] = [
    Way::Suspects,
    Way::LatestToucher,
    Way::Largest,
    Way::LargestToucher,
];

/// How a way did, over all incidents, in thousandths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// How often the culprit came first.
    pub hit_at_1: u64,
    /// How often it was among the first five.
    pub hit_at_5: u64,
    /// The mean of one divided by its rank.
    pub mean_reciprocal_rank: u64,
}

/// Incidents, the same for the same seed, in the order in which they strike.
pub fn plant(history: &[Commit], seed: u64, count: usize) -> Vec<Planted> {
    let times: Vec<Timestamp> = entries(history).iter().map(|entry| entry.at).collect();
    let mut dice = Dice(seed);
    let mut planted: Vec<Planted> = (0..count)
        .map(|nth| incident(history, &times, &mut dice, nth % 2 == 1))
        .collect();
    planted.sort_by_key(|incident| (incident.at, incident.culprit));
    planted
}

/// How well each way does on planted incidents.
pub fn measure(history: &[Commit], planted: &[Planted], weights: Weights) -> Vec<(Way, Found)> {
    let all = entries(history);
    let mut graph = ProvenanceGraph::new();
    let mut told = 0;
    let mut ranks = vec![Vec::new(); WAYS.len()];
    for incident in planted {
        while told < incident.landed {
            graph
                .enter(&all[told])
                .expect("the history agrees with itself");
            if told % DEPLOY_EVERY == DEPLOY_EVERY - 1 {
                graph.enter(&deploy(&all, told)).expect("a deploy");
            }
            told += 1;
        }
        let mut graph = graph.clone();
        graph.enter(&incident.entry()).expect("an incident");
        let suspects = suspects(&graph, incident, weights);
        for (way, ranks) in WAYS.iter().zip(&mut ranks) {
            let order = ranked(*way, history, incident, &suspects);
            let culprit = order.iter().position(|place| *place == incident.culprit);
            ranks.push(culprit.map(|place| place as u64 + 1));
        }
    }
    let found = |ranks: &Vec<Option<u64>>| {
        let among = |most| ranks.iter().flatten().filter(|rank| **rank <= most).count() as u64;
        let count = ranks.len().max(1) as u64;
        let reciprocal: u64 = ranks.iter().flatten().map(|rank| 1_000_000 / rank).sum();
        Found {
            hit_at_1: 1_000 * among(1) / count,
            hit_at_5: 1_000 * among(5) / count,
            mean_reciprocal_rank: reciprocal / count / 1_000,
        }
    };
    WAYS.into_iter().zip(ranks.iter().map(found)).collect()
}

fn incident(history: &[Commit], times: &[Timestamp], dice: &mut Dice, deployed: bool) -> Planted {
    // Enough of the history lies before, and enough after for a deploy.
    let culprit = loop {
        let place = 500 + dice.below(history.len() - 500 - DEPLOY_EVERY);
        if !history[place].files.is_empty() {
            break place;
        }
    };
    let (at, deploy) = match deployed {
        true => {
            let last = culprit / DEPLOY_EVERY * DEPLOY_EVERY + DEPLOY_EVERY - 1;
            let delay = dice.below(2 * HOUR_MS as usize) as u64;
            (times[last].plus_ms(delay + 1), Some(last))
        }
        false => {
            let delay = dice.below(12 * HOUR_MS as usize) as u64;
            (times[culprit].plus_ms(delay + 1), None)
        }
    };
    let landed = times.partition_point(|time| *time <= at);
    let suspects: Vec<usize> = match deploy {
        Some(last) => (last + 1 - DEPLOY_EVERY..=last).collect(),
        None => {
            let since = at.minus_ms(24 * HOUR_MS);
            (times.partition_point(|time| *time < since)..landed).collect()
        }
    };
    Planted {
        culprit,
        landed,
        at,
        deploy,
        paths: named_paths(history, culprit, landed, &suspects, dice),
    }
}

fn named_paths(
    history: &[Commit],
    culprit: usize,
    landed: usize,
    suspects: &[usize],
    dice: &mut Dice,
) -> Vec<PatternSource> {
    let mut paths = Vec::new();
    let own = &history[culprit].files;
    for _ in 0..own.len().min(3) {
        let file = &own[dice.below(own.len())].path;
        let neighbours: Vec<&str> = history[..landed]
            .iter()
            .flat_map(|commit| &commit.files)
            .map(|file| file.path.as_str())
            .filter(|path| folder(path) == folder(file))
            .filter(|path| own.iter().all(|file| file.path != *path))
            .collect();
        let neighbour = match neighbours.len() {
            0 => None,
            many => Some(neighbours[dice.below(many)]),
        };
        paths.push(match (neighbour, dice.below(2), folder(file)) {
            (Some(neighbour), 0, _) | (Some(neighbour), _, "") => PatternSource::file(neighbour),
            (None, _, "") => PatternSource::file(file.as_str()),
            (_, _, folder) => PatternSource::dir(folder),
        });
    }
    for _ in 0..=dice.below(2) {
        let other = &history[suspects[dice.below(suspects.len())]].files;
        if other.is_empty() {
            continue;
        }
        let path = other[dice.below(other.len())].path.as_str();
        paths.push(match folder(path) {
            "" => PatternSource::file(path),
            folder => PatternSource::dir(folder),
        });
    }
    paths.sort();
    paths.dedup();
    paths
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

impl Planted {
    fn set(&self) -> PathSetSource {
        PathSetSource::of(self.paths.iter().cloned())
    }

    fn entry(&self) -> Entry {
        let deploy = self.deploy.map(|last| format!("deploy-{last}"));
        let fact = json!({
            "type": "incident", "id": "planted", "repo": repo(), "paths": self.set(),
            "deploy": deploy, "by": {"kind": "service", "id": "pager"},
        });
        let entry = json!({"at": self.at, "seq": u64::MAX, "fact": fact});
        serde_json::from_value(entry).expect("an entry")
    }
}

fn deploy(all: &[Entry], last: usize) -> Entry {
    let fact = json!({
        "type": "deploy", "id": format!("deploy-{last}"), "environment": "prod", "repo": repo(),
        "branch": branch(), "upto": all[last].name().id.as_str(),
        "by": {"kind": "service", "id": "shipper"},
    });
    let entry = json!({"at": all[last].at, "seq": last, "fact": fact});
    serde_json::from_value(entry).expect("an entry")
}

/// The places of all suspects, the likeliest first.
fn suspects(graph: &ProvenanceGraph, incident: &Planted, weights: Weights) -> Vec<usize> {
    let id = "planted".parse().expect("a name");
    let mut asked = SuspectsAsked::of(SuspectsOf::Incident { id });
    asked.weights = weights;
    asked.limit = 1_000;
    let answer = graph.suspects(&asked, incident.at).expect("an answer");
    assert_eq!(answer.more + answer.more_by_people, 0, "all of them");
    let place = |change: &ChangeId| {
        let node = loom_core::provenance::Name::new(loom_core::provenance::Kind::Change, change);
        let change = graph.find(&node).and_then(|node| graph.change(node));
        change.map_or(0, |change| change.landed().1 as usize)
    };
    answer
        .suspects
        .iter()
        .map(|suspect| place(&suspect.change))
        .collect()
}

fn ranked(way: Way, history: &[Commit], incident: &Planted, suspects: &[usize]) -> Vec<usize> {
    if way == Way::Suspects {
        return suspects.to_vec();
    }
    let rules = PathRules::default();
    let set = PathSet::compile(&incident.set(), rules).expect("a set of paths");
    let touches = |place: usize| {
        let mut files = history[place].files.iter();
        files.any(|file| RepoPath::parse(&file.path, &rules).is_ok_and(|path| set.matches(&path)))
    };
    let lines = |place: usize| {
        let files = history[place].files.iter();
        files
            .map(|file| u64::from(file.added) + u64::from(file.removed))
            .sum::<u64>()
    };
    let mut order = suspects.to_vec();
    order.sort_by_key(|place| match way {
        Way::Largest => (false, lines(*place), *place),
        Way::LargestToucher => (touches(*place), lines(*place), *place),
        Way::LatestToucher | Way::Suspects => (touches(*place), 0, *place),
    });
    order.reverse();
    order
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((word ^ (word >> 31)) % most.max(1) as u64) as usize
    }
}
