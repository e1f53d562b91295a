//! The peers beside ours: first that all say the same, then how long each takes.

use super::rules::{Request, Rules};
use super::{cedar, rego};
use crate::measure::single;
use crate::report::{Line, Promise, Report};
use crate::{Effort, Outcome};

/// So many decisions of a peer that asks every rule; `single` takes the median of them.
const ASKED: usize = 400;

/// More rules, written one by one, are a longer text than regorus takes.
const BY_RULE_MAX: u64 = 1_000;

pub(super) fn measure(
    report: &mut Report,
    effort: &Effort,
    rules: &Rules,
    asked: &[Request],
    verdicts: &[bool],
    ours: f64,
) -> Outcome {
    let few = &asked[..effort.of(ASKED)];
    let line = || Line::timed("policy: one decision, explained", rules.n, ours);

    let cedar = cedar::Peer::of(rules.all(), asked)?;
    let requests = few.iter().map(cedar::request);
    let requests = requests.collect::<Outcome<Vec<_>>>()?;
    same(
        "Cedar",
        verdicts,
        requests.iter().map(|request| Ok(cedar.allows(request))),
    )?;
    let peer = single(&requests, |request| cedar.answer(request));
    let promise = Promise::Ratio(100.0);
    report.add(line().beside("Cedar", peer).promised(promise));

    if rules.n <= BY_RULE_MAX {
        let inputs: Vec<_> = few.iter().map(rego::input).collect();
        let mut by_rule = rego::by_rule(rules.all())?;
        let says = inputs.iter().map(|input| by_rule.allows(input));
        same("Rego", verdicts, says)?;
        let peer = single(&inputs, |input| by_rule.answer(input));
        report.add(line().beside("Rego, a rule each (regorus)", peer));
    }

    let inputs: Vec<_> = asked.iter().map(rego::input).collect();
    let mut by_name = rego::by_name(rules.all())?;
    same(
        "Rego by name",
        verdicts,
        inputs.iter().map(|input| by_name.allows(input)),
    )?;
    let peer = single(&inputs, |input| by_name.answer(input));
    report.add(line().beside("Rego, looked up by name (regorus)", peer));
    Ok(())
}

/// Fails where a peer decides another way: then the times compare nothing.
fn same(peer: &str, ours: &[bool], theirs: impl Iterator<Item = Outcome<bool>>) -> Outcome {
    for (nth, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        let theirs = theirs?;
        if *ours != theirs {
            return Err(format!("action {nth}: we say {ours}, {peer} {theirs}").into());
        }
    }
    Ok(())
}
