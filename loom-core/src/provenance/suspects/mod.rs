//! Which change is to blame: candidates, each with an additive score whose parts are told.
//!
//! Candidates are what the bad deploy has over the last good one; where no deploy is known, what landed
//! within the window. Each part of the score is a share, in thousandths, of the weight of that part;
//! weights are points. Nothing is learnt and nothing hidden: who doubts a rank adds up its parts.

mod candidates;
mod places;
mod score;

use serde::{Deserialize, Serialize};

use self::candidates::Candidates;
use self::score::Scorer;
use super::graph::ProvenanceGraph;
use super::name::Name;
use super::trace::is_zero;
use crate::error::Error;
use crate::model::{
    ActorId, ChangeId, DeployId, IncidentId, MadeBy, RepoId, Side, Timestamp, Words,
};
use crate::path::PathSetSource;

/// The most suspects that each list of an answer has; the rest is counted.
pub const SUSPECTS_MAX: usize = 1_000;
/// Suspects in each list where the question does not say.
pub const SUSPECTS_DEFAULT: usize = 20;
/// The most candidates that are scored, the last to land; the rest is counted.
pub const CANDIDATES_MAX: usize = 20_000;
/// The most points that one part of a score can have.
pub const WEIGHT_MAX: u32 = 100_000;
/// How far back to look where no deploy is known: a day.
const WINDOW_MS_DEFAULT: u64 = 86_400_000;

/// A question for suspects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SuspectsAsked {
    /// Of what.
    pub of: SuspectsOf,
    /// How far back to look where no good deploy is known, in milliseconds.
    #[serde(default = "window_default")]
    pub window_ms: u64,
    /// The time to look back from. Without it: when the incident or deploy landed, else now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What each part of the score is worth.
    #[serde(default)]
    pub weights: Weights,
    /// The most suspects in each list, at most [`SUSPECTS_MAX`].
    #[serde(default = "suspects_default")]
    pub limit: usize,
}

/// What suspects are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum SuspectsOf {
    /// An incident. Its deploy, or else the last one of its service before it, is the bad one.
    Incident {
        /// Which.
        id: IncidentId,
    },
    /// A bad deploy.
    Deploy {
        /// Which.
        id: DeployId,
        /// Where its paths are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repo: Option<RepoId>,
        /// On which paths something is wrong, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        paths: Option<PathSetSource>,
    },
    /// Paths on which something is wrong.
    Paths {
        /// Where.
        repo: RepoId,
        /// Which.
        paths: PathSetSource,
    },
}

/// What each part of a score is worth, in points at most [`WEIGHT_MAX`].
///
/// A part gives its whole weight where its share is 1000 thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// It touches the paths. For each pattern the best of its files counts: whole on a path of the
    /// pattern, half in the folder, less further off in the tree; times how rare the path is in
    /// history. Patterns that few candidates touch count more.
    pub paths: u32,
    /// How much of it is at the paths: the share of its files.
    pub focus: u32,
    /// It is recent. The share halves with each half-life.
    pub recency: u32,
    /// The half-life of recency, in milliseconds.
    pub half_life_ms: u64,
    /// It is large: a tenth of the share for each doubling of its lines.
    pub size: u32,
    /// Nobody apart from its makers found it good: whole where a check failed or there was none, less
    /// where only a check of its own makers passed.
    pub verification: u32,
    /// Incidents that changes of the same side caused before, a quarter of the share each.
    pub maker: u32,
    /// Incidents that changes of the same paths caused before, a quarter of the share each.
    pub past_incidents: u32,
    /// It brings back what somebody had replaced: the share of its files.
    pub undoes: u32,
    /// It was undone since: the share of its files.
    pub undone: u32,
}

impl Default for Weights {
    fn default() -> Self {
        Weights {
            paths: 1_000,
            focus: 250,
            recency: 150,
            half_life_ms: 6 * 3_600_000,
            size: 25,
            verification: 150,
            maker: 100,
            past_incidents: 100,
            undoes: 50,
            undone: 200,
        }
    }
}

/// Suspects, the likeliest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Suspects {
    /// What the candidates were taken from.
    pub basis: SuspectsBasis,
    /// How many candidates there were.
    pub candidates: u64,
    /// Changes that loops had a part in, or nobody knows who made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspects: Vec<Suspect>,
    /// How many such suspects more there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u64,
    /// Changes that people made alone, set apart; their scores are of the same scale.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_people: Vec<Suspect>,
    /// How many such changes more there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_by_people: u64,
}

/// What candidates were taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum SuspectsBasis {
    /// What one deploy has over another. Without a good one: what is in the bad one of the window.
    Deploys {
        /// The one that is bad.
        bad: DeployId,
        /// The last one before that no incident was seen in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        good: Option<DeployId>,
    },
    /// What landed within a time.
    Window {
        /// Its first point.
        since: Timestamp,
        /// Its last point.
        until: Timestamp,
    },
}

/// A change that may be to blame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Suspect {
    /// Which.
    pub change: ChangeId,
    /// Its commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<ActorId>,
    /// When it landed.
    pub at: Timestamp,
    /// Who made it.
    pub made_by: MadeBy,
    /// On whose side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// The run and whoever else is named to have made it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<Name>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Words>,
    /// Its points: those of its parts, added up.
    pub score: u64,
    /// What it has points for, in the order of [`Part`]; parts without points are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<ScorePart>,
}

/// A part of a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScorePart {
    /// Which.
    pub part: Part,
    /// How many points: the weight times the share.
    pub points: u64,
    /// How much of it holds, in thousandths.
    pub share: u64,
    /// Why, for people.
    pub because: String,
}

/// The parts of a score; see [`Weights`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// It touches the paths.
    Paths,
    /// Much of it is at the paths.
    Focus,
    /// It is recent.
    Recency,
    /// It is large.
    Size,
    /// Nobody apart from its makers found it good.
    Verification,
    /// Its side caused incidents before.
    Maker,
    /// Changes of its paths caused incidents before.
    PastIncidents,
    /// It brings back what somebody had replaced.
    Undoes,
    /// It was undone since.
    Undone,
}

impl ProvenanceGraph {
    /// The changes that may be to blame, the likeliest first; of two with as many points the later one.
    /// Changes that are said to have mended the incident are none.
    ///
    /// # Errors
    /// `not_found` where nobody told of the incident or deploy; those of reading paths;
    /// `limit_exceeded` (`SUSPECTS_MAX`, `WEIGHT_MAX`).
    pub fn suspects(&self, asked: &SuspectsAsked, now: Timestamp) -> Result<Suspects, Error> {
        asked.check()?;
        let candidates = Candidates::of(self, asked, now)?;
        let scorer = Scorer::new(self, asked, &candidates)?;
        let mut scored: Vec<_> = candidates
            .changes
            .iter()
            .map(|change| (scorer.points(change), *change))
            .collect();
        scored.sort_by_cached_key(|(points, change)| {
            (std::cmp::Reverse((*points, change.landed())), change.id())
        });
        let mut answer = Suspects {
            basis: candidates.basis.clone(),
            candidates: candidates.count,
            suspects: Vec::new(),
            more: 0,
            by_people: Vec::new(),
            more_by_people: 0,
        };
        for (_, change) in scored {
            let (list, more) = match change.made_by() {
                MadeBy::Human => (&mut answer.by_people, &mut answer.more_by_people),
                _ => (&mut answer.suspects, &mut answer.more),
            };
            match list.len() < asked.limit {
                true => list.extend(scorer.suspect(&change)),
                false => *more += 1,
            }
        }
        answer.more += candidates.left_out;
        Ok(answer)
    }
}

impl SuspectsAsked {
    /// The suspects of something, by the default weights.
    pub fn of(of: SuspectsOf) -> SuspectsAsked {
        SuspectsAsked {
            of,
            window_ms: WINDOW_MS_DEFAULT,
            until: None,
            weights: Weights::default(),
            limit: SUSPECTS_DEFAULT,
        }
    }

    fn check(&self) -> Result<(), Error> {
        if self.limit > SUSPECTS_MAX {
            let (max, got) = (SUSPECTS_MAX as u64, self.limit as u64);
            return Err(Error::limit("limit", "SUSPECTS_MAX", max, got));
        }
        for (name, weight) in self.weights.named() {
            if weight > WEIGHT_MAX {
                let (max, got) = (u64::from(WEIGHT_MAX), u64::from(weight));
                return Err(Error::limit(
                    format!("weights.{name}"),
                    "WEIGHT_MAX",
                    max,
                    got,
                ));
            }
        }
        Ok(())
    }
}

impl Weights {
    fn named(&self) -> [(&'static str, u32); 9] {
        [
            ("paths", self.paths),
            ("focus", self.focus),
            ("recency", self.recency),
            ("size", self.size),
            ("verification", self.verification),
            ("maker", self.maker),
            ("past_incidents", self.past_incidents),
            ("undoes", self.undoes),
            ("undone", self.undone),
        ]
    }
}

fn window_default() -> u64 {
    WINDOW_MS_DEFAULT
}

fn suspects_default() -> usize {
    SUSPECTS_DEFAULT
}
