//! What only ever makes a decision stricter: limits of spend, and what guards the guards.

use loom_core::model::{ActorKind, Level, Unit};
use loom_core::policy::{Field, Known, LimitRule, Verb};

use super::selectors::{known, one_fits, share};
use super::{Judge, Maybe, Target, all};

impl Judge<'_> {
    /// "What becomes of an action that would go over it."
    pub(super) fn exceeded(&self, limit: &LimitRule) -> Maybe {
        let who = self.facts.who;
        let nobody = match limit.level {
            Level::Loop => who.loop_id == Known::None,
            Level::Team => who.team == Known::None,
            Level::Run => self.run().is_none() && self.action.actor.is_some(),
            Level::Workspace => false,
        };
        if nobody {
            return Some(false);
        }
        let of = &limit.when;
        let actor = self.action.actor.as_ref();
        let named = |any: &Option<loom_core::policy::AnyOf<_>>, text: &str| {
            any.as_ref().is_none_or(|any| one_fits(&any.0, text))
        };
        let of_loop = match of.loop_id {
            None => Some(true),
            Some(_) => known(&who.loop_id, |id| named(&of.loop_id, id.as_str())),
        };
        let of_team = match of.team {
            None => Some(true),
            Some(_) => known(&who.team, |id| named(&of.team, id.as_str())),
        };
        let of_actor = match &of.actor {
            None => Some(true),
            Some(kinds) => actor.map(|actor| kinds.0.contains(&actor.kind)),
        };
        let amount = match self.used(limit.unit) {
            Some(None) => limit.floor,
            Some(amount) => amount,
            None => return Some(false),
        };
        let room = self.facts.spend.room(limit, self.now);
        let over = amount.zip(room).map(|(amount, room)| amount > room.left);
        all([of_loop, of_team, of_actor, over])
    }

    /// How much the action uses: `None` for none, `Some(None)` where nobody says.
    fn used(&self, unit: Unit) -> Option<Option<u64>> {
        let estimate = self.action.estimate.as_ref();
        let said = |unit: Unit| estimate.and_then(|all| all.get(&unit)).copied();
        let classes = [
            Unit::InputTokens,
            Unit::CachedInputTokens,
            Unit::CacheWriteTokens,
            Unit::OutputTokens,
            Unit::ReasoningTokens,
        ];
        match (&self.action.verb, unit) {
            (Verb::Commit, Unit::Changes) | (Verb::Deploy, Unit::Deploys) => Some(Some(1)),
            (Verb::Merge, Unit::UnreviewedLines) => {
                Some(self.action.size.and_then(|size| size.lines))
            }
            (Verb::Spend, _) if estimate.is_none() => Some(None),
            (Verb::Spend, Unit::Changes | Unit::Runs | Unit::Deploys | Unit::UnreviewedLines) => {
                said(unit).map(Some)
            }
            (Verb::Spend, Unit::Tokens) => {
                let parts: Vec<u64> = classes.into_iter().filter_map(said).collect();
                let sum = (!parts.is_empty()).then(|| parts.iter().sum());
                Some(said(Unit::Tokens).max(sum))
            }
            (Verb::Spend, _) => Some(said(unit)),
            _ => None,
        }
    }

    /// "Adapters always deny writes to `.loom`": of the guarded files, the one of the universe. A set
    /// is denied where all of it is guarded.
    pub(super) fn guarded_file(&self, target: &Target) -> Maybe {
        let writes = matches!(self.action.verb, Verb::Edit | Verb::Create | Verb::Delete);
        let guarded = |path: &str| path.split('/').any(|name| name == ".loom");
        let there = match target {
            Target::Path(path) => Some(guarded(path.as_str())),
            Target::Set(_, members) => {
                Some(share(members.iter().map(|path| guarded(path))) == Some(true))
            }
            Target::Unsaid => None,
            Target::Nothing => Some(false),
        };
        all([Some(writes), self.by_no_person(), there])
    }

    /// "And the human-only commands through a shell."
    pub(super) fn guarded_line(&self) -> Maybe {
        let carries = self.carried.contains(&Field::Command);
        let line = self.action.command.as_deref();
        let guarded = line.map(|line| {
            let mut commands = line.split(" && ");
            commands.any(|command| command.starts_with("loom approve"))
        });
        all([Some(carries), self.by_no_person(), guarded])
    }

    fn by_no_person(&self) -> Maybe {
        let actor = self.action.actor.as_ref();
        actor.map(|actor| actor.kind != ActorKind::Human)
    }
}
