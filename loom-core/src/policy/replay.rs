//! What another policy would have said of what was decided before, and which rules did the deciding.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::PolicySet;
use super::action::Action;
use super::compile::Compiled;
use super::decision::Decision;
use super::document::Effect;
use super::event::Decided;
use super::examples;
use super::facts::{Facts, Written};
use crate::error::Error;
use crate::model::{ActorId, Timestamp};
use crate::path::PathRules;

/// The most changed decisions and faults that a replay lists each; the rest is counted.
pub const REPLAY_LISTED_MAX: usize = 1_000;

/// A decision as it was made, with what it was made from but the yeses and exceptions of people: those
/// belong to the policy that asked for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// What was about to be done.
    pub action: Action,
    /// What was known.
    #[serde(default)]
    pub facts: Written,
    /// When.
    pub now: Timestamp,
    /// What was decided.
    pub verdict: Effect,
    /// The rules that decided.
    #[serde(default)]
    pub rules: BTreeSet<ActorId>,
    /// Was it a person's yes or exception that let it through?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_a_person: bool,
}

impl Recorded {
    /// What is kept of a decision.
    pub fn of(action: Action, facts: Written, now: Timestamp, decision: &Decision) -> Recorded {
        let Decision {
            approved_by,
            waived_by,
            broken_glass,
            ..
        } = decision;
        let answers = !approved_by.is_empty() || !waived_by.is_empty();
        Recorded {
            action,
            facts,
            now,
            verdict: decision.verdict,
            rules: determining(decision),
            by_a_person: answers || broken_glass.is_some(),
        }
    }

    /// What a journal holds of a decision; `at` is the time of its record. A journal does not say here
    /// whether a person let it through.
    pub fn of_event(decided: &Decided, at: Timestamp) -> Recorded {
        Recorded {
            action: decided.action.clone(),
            facts: decided.facts.clone(),
            now: at,
            verdict: decided.verdict,
            rules: decided.rules.clone(),
            by_a_person: false,
        }
    }
}

/// What another policy would have made of recorded decisions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// How many were decided again.
    pub decided: u64,
    /// How many came out stricter.
    pub stricter: u64,
    /// How many came out looser.
    pub looser: u64,
    /// Those that came out otherwise, in order.
    pub changed: Vec<ChangedDecision>,
    /// By rule of the other policy, or of the recorded one where it came out looser: how many it changed.
    pub by_rule: BTreeMap<ActorId, u64>,
    /// Those that the other policy cannot decide.
    pub faults: Vec<ReplayFault>,
    /// How many it cannot decide.
    pub faulty: u64,
}

/// A decision that another policy would have made otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangedDecision {
    /// Its place among the recorded ones, from 0.
    pub place: u64,
    /// What was decided.
    pub was: Effect,
    /// What would have been.
    pub would_be: Effect,
    /// The rules that decided.
    pub by: BTreeSet<ActorId>,
    /// The rules that would have.
    pub would_by: BTreeSet<ActorId>,
    /// Was it a person's yes or exception that let it through? The other policy is asked without.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_a_person: bool,
}

/// A recorded action that a policy cannot decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReplayFault {
    /// Its place among the recorded ones, from 0.
    pub place: u64,
    /// Why not.
    pub message: String,
}

/// Which rules speak, over recorded actions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// How many actions were decided.
    pub decided: u64,
    /// Of how many the default was what determined the verdict.
    pub by_default: u64,
    /// Every rule of the document, in its order.
    pub rules: Vec<RuleCoverage>,
    /// How many actions the policy cannot decide.
    pub faulty: u64,
}

/// How often a rule spoke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RuleCoverage {
    /// The rule.
    pub rule: ActorId,
    /// Its file.
    pub file: Arc<str>,
    /// Its line.
    pub line: u32,
    /// To how many actions it applied, or may have: a fact was missing.
    pub applied: u64,
    /// Of how many verdicts it was a reason.
    pub determined: u64,
}

/// Decides recorded actions again.
pub(super) fn replay<'r>(
    policy: &PolicySet,
    rules: PathRules,
    recorded: impl IntoIterator<Item = &'r Recorded>,
) -> Replay {
    let mut replay = Replay::default();
    for (place, before) in (0_u64..).zip(recorded) {
        let after = match again(policy, rules, before) {
            Ok(after) => after,
            Err(why) => {
                replay.faulty += 1;
                if replay.faults.len() < REPLAY_LISTED_MAX {
                    let message = why.to_string();
                    replay.faults.push(ReplayFault { place, message });
                }
                continue;
            }
        };
        replay.decided += 1;
        let (was, would_be) = (before.verdict, after.verdict);
        let (by, would_by) = (before.rules.clone(), determining(&after));
        let cause = match was.cmp(&would_be) {
            std::cmp::Ordering::Equal => continue,
            std::cmp::Ordering::Less => {
                replay.stricter += 1;
                &would_by
            }
            std::cmp::Ordering::Greater => {
                replay.looser += 1;
                &by
            }
        };
        for rule in cause {
            *replay.by_rule.entry(rule.clone()).or_default() += 1;
        }
        if replay.changed.len() < REPLAY_LISTED_MAX {
            replay.changed.push(ChangedDecision {
                place,
                was,
                would_be,
                by,
                would_by,
                by_a_person: before.by_a_person,
            });
        }
    }
    replay
}

/// Counts how often each rule speaks over recorded actions.
pub(super) fn coverage<'r>(
    policy: &PolicySet,
    rules: PathRules,
    recorded: impl IntoIterator<Item = &'r Recorded>,
) -> Result<Coverage, Error> {
    let plan = policy.loaded.plan(rules)?;
    let count = policy.document().rules.len();
    let row = |rule: &Compiled| RuleCoverage {
        rule: rule.card.id.clone(),
        file: Arc::clone(&rule.card.file),
        line: rule.card.line,
        applied: 0,
        determined: 0,
    };
    let mut coverage = Coverage {
        rules: plan.rules.iter().take(count).map(row).collect(),
        ..Coverage::default()
    };
    let places = coverage
        .rules
        .iter()
        .map(|row| row.rule.clone())
        .zip(0_usize..);
    let places: BTreeMap<ActorId, usize> = places.collect();
    for before in recorded {
        let Ok(decision) = again(policy, rules, before) else {
            coverage.faulty += 1;
            continue;
        };
        coverage.decided += 1;
        let determining = determining(&decision);
        // An allow by nothing but the default has no reasons.
        coverage.by_default += u64::from(determining.iter().all(|rule| rule.as_str() == "default"));
        for rule in determining {
            let row = places.get(&rule).and_then(|at| coverage.rules.get_mut(*at));
            row.into_iter().for_each(|row| row.determined += 1);
        }
        let facts = facts(&before.facts, rules);
        let verbs = &policy.loaded.verbs;
        let applied = examples::applied(plan, verbs, &before.action, &facts, before.now)?;
        for (row, applied) in coverage.rules.iter_mut().zip(applied) {
            row.applied += u64::from(applied);
        }
    }
    Ok(coverage)
}

fn again(policy: &PolicySet, rules: PathRules, before: &Recorded) -> Result<Decision, Error> {
    let facts = facts(&before.facts, rules);
    policy.decide(&before.action, &facts, before.now)
}

fn facts(written: &Written, rules: PathRules) -> Facts<'_> {
    Facts {
        who: &written.who,
        rules,
        approvals: &[],
        waivers: &[],
        history: written,
        spend: written,
    }
}

fn determining(decision: &Decision) -> BTreeSet<ActorId> {
    let reasons = decision.reasons.iter();
    reasons.map(|reason| reason.rule.id.clone()).collect()
}
