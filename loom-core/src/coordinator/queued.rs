//! Loops that the policy lets change nothing for a while, and until when: a freeze, a night, a used-up
//! budget. They queue, and go on when that is over.

use super::Coordinator;
use super::loops::scope_of;
use super::state::State;
use crate::error::Error;
use crate::model::{Actor, ActorKind, Timestamp};
use crate::policy::{Action, Effect, Known, Targets, Verb, Who};
use crate::run::{DueLoop, LoopCard};

/// How many changes of what time alone makes of a decision are looked through for one that lets the loop
/// go on.
const CHANGES_LOOKED_THROUGH: usize = 16;

impl Coordinator {
    /// The loops that should start now, and until when the policy holds them. O(loops), and a decision for
    /// each area of those that are due.
    ///
    /// # Errors
    /// Those of [`crate::policy::PolicySet::decide`].
    pub fn due(&self, now: Timestamp) -> Result<Vec<DueLoop>, Error> {
        self.check_usable()?;
        let at = now.max(self.state.at);
        let mut due = self.state.runs.due(at);
        for it in &mut due {
            if let Some(card) = self.state.runs.loop_card(&it.id) {
                it.held_until = self.state.held_until(card, at)?;
            }
        }
        Ok(due)
    }
}

impl State {
    /// Until when the policy denies a loop to change something of its scope, where that ends by itself.
    /// What is denied for good holds nobody up: it is for a claim to say so.
    pub(super) fn held_until(
        &self,
        card: &LoopCard,
        at: Timestamp,
    ) -> Result<Option<Timestamp>, Error> {
        let Some(policy) = self.policy.policy()? else {
            return Ok(None);
        };
        let who = Who {
            loop_id: Known::Is(card.id.clone()),
            team: card.team.clone().map_or(Known::None, Known::Is),
        };
        let actor = Actor::new(ActorKind::Loop, card.id.as_str())?;
        let mut latest = None;
        for place in scope_of(card) {
            let mut action = Action::new(Verb::Edit);
            action.repo = Some(place.repo);
            action.branch = place.branch;
            action.targets = Some(Targets::Set(place.paths));
            action.resources = Some(place.resources);
            action.actor = Some(actor.clone());
            let mut when = at;
            for _ in 0..CHANGES_LOOKED_THROUGH {
                let decision = self.govern_as(policy, &action, &who, when)?.decision;
                if decision.verdict != Effect::Deny {
                    latest = latest.max(Some(when).filter(|when| *when > at));
                    break;
                }
                match decision.next_change_at.filter(|next| *next > when) {
                    Some(next) => when = next,
                    None => break,
                }
            }
        }
        Ok(latest)
    }
}
