//! A tally told as a decision: the reasons, what is owed, and what would make the action pass.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::approval::{Approval, Bound};
use super::super::compile::{Compiled, Plan};
use super::super::decision::{Decision, Owed, REASONS_MAX, Reason, Way};
use super::super::document::{Effect, Mode, Obligation};
use super::super::facts::Asking;
use super::super::selector::Each;
use super::{Hit, Tally, earlier};
use crate::model::{Digest, Truth, ZONE_DATA_VERSION};

impl Tally<'_, '_, '_> {
    pub(super) fn into_decision(self, plan: &Plan, policy: Digest) -> Decision {
        let [verdict, of_all] = self.verdicts;
        let mut reasons = Vec::new();
        let mut more_reasons = 0;
        let mut advice = Vec::new();
        let owing = self.owing.iter();
        let mut obligations: Vec<Owed> = owing.flat_map(|rule| self.owed(rule)).collect();
        let mut ways = BTreeSet::new();
        for hit in &self.hits {
            let binds = hit.card.mode == Mode::Enforce;
            if let Some(rule) = hit.rule
                && binds
            {
                obligations.extend(self.owed(rule));
            }
            if !binds && hit.card.effect != Effect::Allow {
                if advice.len() < REASONS_MAX {
                    advice.push(self.reason(hit, plan));
                }
                continue;
            }
            let shows = match verdict {
                Effect::Allow => binds && (hit.card.effect == Effect::Allow || hit.answered),
                strict => binds && hit.card.effect == strict && !hit.answered,
            };
            if shows {
                match reasons.len() < REASONS_MAX {
                    true => reasons.push(self.reason(hit, plan)),
                    false => more_reasons += 1,
                }
            }
            if verdict != Effect::Allow
                && binds
                && hit.card.effect != Effect::Allow
                && !hit.answered
            {
                self.ways(hit, plan, &mut ways);
            }
        }
        if verdict != Effect::Allow {
            for fact in &self.missing {
                let fact = fact.clone();
                ways.insert(Way::Fact { fact });
            }
            for path in &self.escapes {
                let path = path.clone();
                ways.insert(Way::LeaveOut { path });
            }
        }
        let action = self.scene.action;
        if verdict == Effect::RequireApproval && Bound::of(action).is_none() {
            // Nobody can be asked for a yes to what does not say what it would be bound to.
            let fact = match action.verb.binds_to_change() {
                true => "digest",
                false => "actor",
            };
            ways.insert(Way::Fact {
                fact: fact.to_owned(),
            });
        }
        obligations.sort();
        obligations.dedup();
        let open = obligations.iter().filter(|owed| owed.open);
        for owed in open.clone() {
            let obligation = owed.obligation.clone();
            ways.insert(Way::Oblige { obligation });
        }
        let until = |list: &[&Approval]| list.iter().map(|approval| approval.until).min();
        let lifted = self.waivers.iter().map(|waiver| waiver.until).min();
        let next_change_at = [
            self.next_window,
            self.frees_at,
            until(&self.approvals),
            lifted,
        ];
        let only_limits = self
            .hits
            .iter()
            .all(|hit| hit.rule.is_none() || hit.card.effect == Effect::Allow || hit.answered);
        let retry_at = self.frees_at.filter(|_| {
            verdict != Effect::Allow && only_limits && !self.no_rule && self.missing.is_empty()
        });
        if let Some(until) = retry_at {
            ways.insert(Way::Wait { until });
        }
        let passes = verdict == Effect::Allow && open.count() == 0;
        Decision {
            verdict,
            passes,
            advised: Some(of_all).filter(|advised| *advised > verdict),
            reasons,
            more_reasons,
            advice,
            missing: self.missing,
            would_allow: ways.into_iter().collect(),
            obligations,
            approved_by: self.approved_by,
            waived_by: self.waived_by,
            broken_glass: self.broken_glass,
            retry_at,
            next_change_at: next_change_at.into_iter().fold(None, earlier),
            policy,
            zones: self.saw_windows.then(|| Arc::from(ZONE_DATA_VERSION)),
        }
    }

    fn reason(&self, hit: &Hit<'_>, plan: &Plan) -> Reason {
        let mut owners = BTreeSet::new();
        let asks_owner = hit.rule.is_some_and(|rule| {
            let tests = rule.when.each.iter();
            tests.clone().any(|test| matches!(test, Each::Owner(_)))
        });
        let targets = hit.targets.places().iter().filter_map(|place| {
            let path = self.scene.paths.get(*place as usize);
            let asking = match (path, self.scene.set) {
                (Some(path), _) => Asking::Path(path),
                (None, Some(set)) => Asking::Set(set),
                (None, None) => return None,
            };
            if asks_owner {
                let repo = self.scene.action.repo.as_ref();
                owners.extend(plan.places.owner(repo, asking).teams());
            }
            Some(asking.to_string())
        });
        Reason {
            targets: targets.collect(),
            owners,
            rule: Arc::clone(hit.card),
            certain: hit.certain,
            more_targets: hit.targets.more(),
        }
    }

    /// What would take a rule out of the way.
    fn ways(&self, hit: &Hit<'_>, plan: &Plan, ways: &mut BTreeSet<Way>) {
        let rule = hit.card.id.clone();
        if let Some(terms) = hit.terms {
            let terms = terms.clone();
            ways.insert(Way::Approval { rule, terms });
            return;
        }
        if Arc::ptr_eq(hit.card, &plan.default) {
            let verb = self.scene.action.verb.clone();
            ways.insert(Way::AllowRule { verb });
            return;
        }
        if !hit.rule.is_some_and(|rule| rule.is_guard) && hit.card.line > 0 {
            ways.insert(Way::Waiver { rule });
        }
    }

    fn owed<'r>(&'r self, rule: &'r Compiled) -> impl Iterator<Item = Owed> + 'r {
        let scene = self.scene;
        rule.obligations.iter().map(move |obligation| {
            let history = scene.facts.history;
            let run = scene.action.run();
            let met = match obligation {
                Obligation::Notify { .. } => Truth::True,
                Obligation::Checker { by } => history.verified(run, *by),
                Obligation::RunCheck { check } => history.check_passed(run, check),
                Obligation::Evidence { fact } => Truth::from(scene.action.facts.contains_key(fact)),
            };
            Owed {
                rule: rule.card.id.clone(),
                obligation: obligation.clone(),
                open: !met.is_true(),
            }
        })
    }
}
