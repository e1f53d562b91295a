//! The examples of rules, asked when a document is loaded: a rule that does not do what its author
//! says it does is no policy.

use super::action::Action;
use super::compile::{Compiled, Plan, Verbs};
use super::decide::applies as speaks;
use super::document::{Document, Example};
use super::facts::{Facts, Known, Nothing, Who};
use super::selector::{Scene, Selector, Target, read_targets};
use crate::document::Fault;
use crate::error::{Code, Error};
use crate::model::{Timestamp, Truth};
use crate::path::PathRules;

/// Asks each rule about its examples: it applies to those under `match` for certain, and for certain
/// not to those under `not_match`.
pub(super) fn check(document: &Document, plan: &Plan, verbs: &Verbs) -> Result<(), Fault> {
    for (at, (rule, compiled)) in document.rules.iter().zip(&plan.rules).enumerate() {
        let matching = rule.examples.matching.iter().enumerate();
        let matching = matching.map(|(nth, example)| (example, "match", nth, Truth::True));
        let not_matching = rule.examples.not_matching.iter().enumerate();
        let not_matching =
            not_matching.map(|(nth, example)| (example, "not_match", nth, Truth::False));
        for (example, list, nth, wanted) in matching.chain(not_matching) {
            let field = format!("rules[{at}].examples.{list}[{nth}]");
            let answer = ask(compiled, plan, verbs, example);
            let answer = answer.map_err(|why| Fault::new(why.to_string()).or_about(&*field))?;
            if answer.truth == wanted {
                continue;
            }
            let message = answer.message(rule.id.as_str(), list);
            return Err(Fault::new(message).or_about(field));
        }
    }
    Ok(())
}

struct Answer {
    truth: Truth,
    missing: Vec<String>,
}

impl Answer {
    fn message(&self, rule: &str, list: &str) -> String {
        let said = match self.truth {
            Truth::True => "applies to it".to_owned(),
            Truth::False => "does not apply to it".to_owned(),
            Truth::Unknown => format!(
                "cannot say, since the example leaves out {}",
                self.missing.join(", ")
            ),
        };
        format!("this example stands under `{list}`, and rule `{rule}` {said}")
    }
}

fn ask(rule: &Compiled, plan: &Plan, verbs: &Verbs, example: &Example) -> Result<Answer, Error> {
    let Example {
        action,
        loop_id,
        team,
        now,
    } = example;
    let unknown_verb = || {
        let message = format!("no such verb is declared: {}", action.verb);
        Error::at(Code::InvalidField, "action.verb", message)
    };
    let verb: (u32, _) = verbs.get(&action.verb).ok_or_else(unknown_verb)?;
    action.check(verb.1).map_err(|why| why.within("action"))?;
    if rule.has_windows && now.is_none() {
        let message = "the rule asks for the time: say when, as in now: 2026-11-22T23:00:00Z";
        return Err(Error::at(Code::MissingField, "now", message));
    }
    let rules = PathRules::default();
    let targets = read_targets(action, rules).map_err(|why| why.within("action"))?;
    let targets = (targets.0.as_slice(), targets.1.as_ref());
    let who = Who {
        loop_id: loop_id.clone().map_or(Known::Unknown, Known::Is),
        team: team.clone().map_or(Known::Unknown, Known::Is),
    };
    let facts = Facts {
        who: &who,
        rules,
        approvals: &[],
        waivers: &[],
        history: &Nothing,
        spend: &Nothing,
    };
    let now = now.unwrap_or(Timestamp::EPOCH);
    let scene = Scene::new(action, &facts, [now, now], verb, &plan.places, targets);
    Ok(applies(rule, &scene))
}

/// To which rules of a plan, in order, does an action give cause to speak, whatever others say?
pub(super) fn applied(
    plan: &Plan,
    verbs: &Verbs,
    action: &Action,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Result<Vec<bool>, Error> {
    let Some(verb) = verbs.get(&action.verb) else {
        return Ok(Vec::new());
    };
    let targets = read_targets(action, facts.rules)?;
    let targets = (targets.0.as_slice(), targets.1.as_ref());
    let scene = Scene::new(action, facts, [now, now], verb, &plan.places, targets);
    let speaks = plan.rules.iter().map(|rule| {
        let carried = rule.verbs & (1 << verb.0) != 0;
        carried && speaks(rule.card.effect, applies(rule, &scene).truth)
    });
    Ok(speaks.collect())
}

/// Does the rule apply to any of the targets?
fn applies(rule: &Compiled, scene: &Scene<'_>) -> Answer {
    let mut targets: Vec<Target<'_>> = scene.targets().collect();
    if targets.is_empty() {
        targets.push(Target::None);
    }
    let selectors = || std::iter::once(&rule.when).chain(&rule.unless);
    let mut missing = Vec::new();
    let truths: Vec<Truth> = targets
        .into_iter()
        .map(|target| {
            let mut note = |name| missing.push(name);
            selectors().for_each(|selector: &Selector| selector.missing(scene, target, &mut note));
            let excepted = rule.unless.iter();
            let excepted = Truth::any(excepted.map(|except| except.holds(scene, target)));
            rule.when.holds(scene, target).and(!excepted)
        })
        .collect();
    missing.sort();
    missing.dedup();
    if missing.is_empty() {
        // Of a set, some paths may be among those of the rule and some not.
        missing.push("which paths of its set are meant".to_owned());
    }
    Answer {
        truth: Truth::any(truths),
        missing,
    }
}
