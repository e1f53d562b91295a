//! What is about to happen: loops whose schedules start them soon, where they will work.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Coordinator;
use crate::claim::{Met, Mode, Places, Words};
use crate::error::{Code, Error};
use crate::model::{
    AMOUNT_MAX, ActorId, Amounts, Branch, LoopId, RepoId, RunId, TeamId, Timestamp,
};
use crate::run::{LoopRow, LoopStanding};

/// How far ahead the answer about conflicts looks for starts, in milliseconds: one day.
pub const COMING_AHEAD_MS: u64 = 24 * 60 * 60 * 1_000;
/// The most coming starts that the answer about conflicts lists.
pub const COMING_MAX: usize = 64;

/// A loop that will start soon and whose scope meets the places that were asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ComingStart {
    /// Which.
    #[serde(rename = "loop")]
    pub loop_id: LoopId,
    /// Who answers for it.
    pub owner: ActorId,
    /// The team it works for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<Words>,
    /// When it starts next.
    pub start: Timestamp,
    /// How long its runs take in the mean, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_ms: Option<u64>,
    /// Where they meet.
    pub repo: RepoId,
    /// Where they meet.
    pub branch: Branch,
    /// Which of the places asked about meets, from 0.
    pub spec: u16,
    /// What they share.
    pub met: Met,
}

/// What all loops are about to start, and what it will take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ForecastAnswer {
    /// In order; at most 10,000.
    pub starts: Vec<ForecastStart>,
    /// Up to here no start is missing.
    pub complete_to: Timestamp,
    /// What these starts will use up, as far as earlier runs of their loops said what they did.
    #[serde(default, skip_serializing_if = "Amounts::is_empty")]
    pub spend: Amounts,
    /// Loops whose scopes meet and whose runs will overlap more than once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collisions: Vec<StandingCollision>,
    /// There were too many pairs of loops to look at all for collisions.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
}

/// A start that is coming.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ForecastStart {
    /// When.
    pub at: Timestamp,
    /// Of which loop.
    #[serde(rename = "loop")]
    pub loop_id: LoopId,
}

/// Two loops that will get into each other's way again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StandingCollision {
    /// Both, in the order of their names.
    pub loops: [LoopId; 2],
    /// Where they meet.
    pub repo: RepoId,
    /// Where they meet.
    pub branch: Branch,
    /// What they share.
    pub met: Met,
    /// How often within the forecast.
    pub count: u64,
    /// The first times at which one starts while the other works; at most 8.
    pub times: Vec<Timestamp>,
}

impl Coordinator {
    /// What all active loops start from a moment on and before another, and which of them collide.
    ///
    /// # Errors
    /// `invalid_field` where the end is not later than the beginning.
    pub fn forecast(&self, within: Range<Timestamp>) -> Result<ForecastAnswer, Error> {
        self.check_usable()?;
        if within.end <= within.start {
            let message = "a forecast ends later than it begins";
            return Err(Error::at(Code::InvalidField, "until", message));
        }
        let runs = &self.state.runs;
        let forecast = runs.forecast(within);
        let (found, partial) = runs.collisions(&forecast);
        let mut scopes: BTreeMap<LoopId, Option<Places>> = BTreeMap::new();
        let mut collisions = Vec::new();
        for collision in found {
            for id in [&collision.first, &collision.second] {
                let scope = || runs.loop_row(id).and_then(|row| self.state.scope(row));
                scopes.entry(id.clone()).or_insert_with(scope);
            }
            let scope = |id| scopes.get(id).and_then(Option::as_ref);
            let (Some(first), Some(second)) = (scope(&collision.first), scope(&collision.second))
            else {
                continue;
            };
            if let Some(place) = first.area().meet(second.area()) {
                collisions.push(StandingCollision {
                    repo: place.repo.clone(),
                    branch: place.branch.clone(),
                    met: place.met,
                    loops: [collision.first, collision.second],
                    count: collision.count,
                    times: collision.times,
                });
            }
        }
        let mut spend = Amounts::new();
        let mut means: BTreeMap<&LoopId, Amounts> = BTreeMap::new();
        for start in &forecast.starts {
            let mean = means.entry(&start.id).or_insert_with(|| {
                let row = runs.loop_row(&start.id);
                row.map(LoopRow::mean_spent).unwrap_or_default()
            });
            for (unit, amount) in mean {
                let sum = spend.entry(*unit).or_default();
                *sum = sum.saturating_add(*amount).min(AMOUNT_MAX);
            }
        }
        let starts = forecast.starts.into_iter();
        Ok(ForecastAnswer {
            starts: starts
                .map(|start| ForecastStart {
                    at: start.at,
                    loop_id: start.id,
                })
                .collect(),
            complete_to: forecast.complete_to,
            spend,
            collisions,
            partial,
        })
    }

    /// The loops that start within [`COMING_AHEAD_MS`] and whose scopes meet these places, the soonest
    /// first. The asking run's own loop is left out, and whoever only reads is in nobody's way.
    pub(super) fn coming(
        &self,
        places: &Places,
        mode: Mode,
        run: Option<&RunId>,
        at: Timestamp,
    ) -> Vec<ComingStart> {
        if mode == Mode::Read {
            return Vec::new();
        }
        let state = &self.state;
        let own = run.and_then(|run| state.runs.lineage().loop_of(run));
        let until = at.plus_ms(COMING_AHEAD_MS);
        let rows = state
            .runs
            .loop_rows()
            .filter(|row| row.standing == LoopStanding::Active && Some(&row.card.id) != own);
        let soon = rows.filter_map(|row| {
            let start = row.card.trigger.next_slot(row.counts_from, at)?;
            (start <= until).then_some((start, row))
        });
        let mut coming: Vec<ComingStart> = soon
            .filter_map(|(start, row)| {
                let scope = state.scope(row)?;
                let place = places.area().meet(scope.area())?;
                let card = &row.card;
                Some(ComingStart {
                    loop_id: card.id.clone(),
                    owner: card.owner.clone(),
                    team: card.team.clone(),
                    goal: card.goal.map(Words::from),
                    start,
                    mean_ms: row.mean_ms(),
                    repo: place.repo.clone(),
                    branch: place.branch.clone(),
                    spec: place.spec,
                    met: place.met,
                })
            })
            .collect();
        coming.sort_by(|a, b| (a.start, &a.loop_id).cmp(&(b.start, &b.loop_id)));
        coming.truncate(COMING_MAX);
        coming
    }
}
