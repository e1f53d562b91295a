//! Short words for the tests.

use loom_core::model::{Actor, ActorKind, LoopId, RunId, TeamId, Timestamp};
use loom_core::path::PathRules;
use loom_core::policy::{
    Action, Approval, Decision, Effect, Facts, Format, Known, PolicySet, Verb, Waiver, Who, Written,
};

pub(crate) struct World {
    pub(crate) policy: PolicySet,
    pub(crate) written: Written,
    pub(crate) approvals: Vec<Approval>,
    pub(crate) waivers: Vec<Waiver>,
    pub(crate) now: Timestamp,
}

/// A policy with a default and rules, at ten in the morning, acting as a loop of the team `web`.
pub(crate) fn world(default: &str, rest: &str) -> World {
    World {
        policy: yaml(&format!("version: 1\ndefault: {default}\n{rest}")),
        written: Written {
            who: Who {
                loop_id: Known::Is(LoopId::new("nightly").unwrap()),
                team: Known::Is(TeamId::new("web").unwrap()),
            },
            ..Written::default()
        },
        approvals: Vec::new(),
        waivers: Vec::new(),
        now: at("2026-11-22T10:00:00Z"),
    }
}

pub(crate) fn yaml(text: &str) -> PolicySet {
    PolicySet::load(text, Format::Yaml).unwrap_or_else(|why| panic!("{why}"))
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn action(verb: &str) -> Action {
    let actor = Actor::new(ActorKind::Loop, "nightly").unwrap();
    let actor = actor.in_run(RunId::new("r1").unwrap());
    Action::new(Verb::new(verb).unwrap()).by(actor)
}

pub(crate) fn edit(path: &str) -> Action {
    action("edit").on_paths([path])
}

impl World {
    pub(crate) fn decide(&self, action: &Action) -> Decision {
        let facts = Facts {
            who: &self.written.who,
            rules: PathRules::default(),
            approvals: &self.approvals,
            waivers: &self.waivers,
            history: &self.written,
            spend: &self.written,
        };
        self.policy.decide(action, &facts, self.now).unwrap()
    }

    pub(crate) fn verdict(&self, action: &Action) -> Effect {
        self.decide(action).verdict
    }
}

/// The names of the rules that decided.
pub(crate) fn rules(decision: &Decision) -> Vec<&str> {
    let rules = decision.reasons.iter();
    rules.map(|reason| reason.rule.id.as_str()).collect()
}
