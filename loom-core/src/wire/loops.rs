//! Loops as others see them.

use serde::{Deserialize, Serialize};

use crate::claim::Words;
use crate::model::{Actor, ActorId, Amounts, Digest, LoopId, RunId, TeamId, TextRef, Timestamp};
use crate::run::{
    DueLoop, ExitConditions, Gate, Isolation, LoopRow, LoopStanding, ScopeArea, Slot, Trigger,
    Worker,
};

/// A loop as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LoopView {
    /// Its name.
    pub id: LoopId,
    /// Who answers for it.
    pub owner: ActorId,
    /// The team it works for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<Words>,
    /// The digest of its definition, for `update_loop`.
    pub digest: Digest,
    /// What it may change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<ScopeArea>,
    /// When it starts.
    pub trigger: Trigger,
    /// What each iteration is measured by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GateView>,
    /// When its runs end.
    pub exit: ExitConditions,
    /// Who does the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maker: Option<WorkerView>,
    /// Who checks the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checker: Option<WorkerView>,
    /// The skills that its runs are given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<Digest>,
    /// The tools that its runs may use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ActorId>,
    /// Where its runs work.
    pub isolation: Isolation,
    /// Whether it may start.
    pub standing: LoopStanding,
    /// Who last said whether it may start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stood: Option<StoodView>,
    /// Since when its trigger counts.
    pub counts_from: Timestamp,
    /// When it starts next by its schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_start: Option<Timestamp>,
    /// The last slot at which it started, and the run that won it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_start: Option<StartView>,
    /// How many of its last runs are remembered.
    pub past_runs: u64,
    /// The mean length of these in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_ms: Option<u64>,
    /// The mean of what these used up, as far as they said so.
    #[serde(default, skip_serializing_if = "Amounts::is_empty")]
    pub mean_spent: Amounts,
    /// Its last three runs found nothing: it might start less often.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub finds_nothing: bool,
}

/// What an iteration is measured by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GateView {
    /// Its name.
    pub name: ActorId,
    /// The command line that measures it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Words>,
}

/// Who works in a loop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WorkerView {
    /// The command line that starts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Words>,
    /// The model that it prompts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ActorId>,
    /// The account that it works under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<ActorId>,
}

/// Who said whether a loop may start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StoodView {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Words>,
}

/// A start of a loop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StartView {
    /// For what.
    pub slot: Slot,
    /// The run that won it.
    pub run: RunId,
}

/// A loop that should start now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DueView {
    /// Which.
    #[serde(rename = "loop")]
    pub loop_id: LoopId,
    /// For what, for `start_run`.
    pub slot: Slot,
    /// How many slots or signals besides this one nobody took; at most 100 are counted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub missed: u64,
    /// Its run that still works for an earlier slot: it starts once that has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<RunId>,
    /// Until when the policy lets it change nothing: it starts once that is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Timestamp>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl LoopView {
    pub(super) fn of(row: &LoopRow, at: Timestamp) -> LoopView {
        let card = &row.card;
        let next = match row.standing {
            LoopStanding::Active => card.trigger.next_slot(row.counts_from, at),
            LoopStanding::Paused | LoopStanding::Retired => None,
        };
        LoopView {
            id: card.id.clone(),
            owner: card.owner.clone(),
            team: card.team.clone(),
            goal: card.goal.map(Words::from),
            digest: row.digest,
            scope: card.scope.clone(),
            trigger: card.trigger.clone(),
            gates: card.gates.iter().map(GateView::from).collect(),
            exit: card.exit.clone(),
            maker: card.maker.as_ref().map(WorkerView::from),
            checker: card.checker.as_ref().map(WorkerView::from),
            skills: card.skills.clone(),
            tools: card.tools.iter().cloned().collect(),
            isolation: card.isolation,
            standing: row.standing,
            stood: row.stood.as_ref().map(|(at, by, reason)| StoodView {
                at: *at,
                by: by.clone(),
                reason: reason.map(Words::from),
            }),
            counts_from: row.counts_from,
            next_start: next,
            last_start: row.last_start.as_ref().map(|(slot, run)| StartView {
                slot: slot.clone(),
                run: run.clone(),
            }),
            past_runs: row.past.len() as u64,
            mean_ms: row.mean_ms(),
            mean_spent: row.mean_spent(),
            finds_nothing: row.finds_nothing(),
        }
    }

    pub(super) fn texts(&mut self) -> impl Iterator<Item = &mut Words> {
        let reason = self.stood.iter_mut().filter_map(|it| it.reason.as_mut());
        let gates = self.gates.iter_mut().filter_map(|gate| gate.run.as_mut());
        let workers = self.maker.iter_mut().chain(&mut self.checker);
        let workers = workers.filter_map(|worker| worker.run.as_mut());
        self.goal
            .iter_mut()
            .chain(reason)
            .chain(gates)
            .chain(workers)
    }
}

impl From<&Gate<TextRef>> for GateView {
    fn from(gate: &Gate<TextRef>) -> GateView {
        GateView {
            name: gate.name.clone(),
            run: gate.run.map(Words::from),
        }
    }
}

impl From<&Worker<TextRef>> for WorkerView {
    fn from(worker: &Worker<TextRef>) -> WorkerView {
        WorkerView {
            run: worker.run.map(Words::from),
            model: worker.model.clone(),
            account: worker.account.clone(),
        }
    }
}

impl From<DueLoop> for DueView {
    fn from(due: DueLoop) -> DueView {
        DueView {
            loop_id: due.id,
            slot: due.slot,
            missed: due.missed,
            running: due.running,
            held_until: due.held_until,
        }
    }
}
