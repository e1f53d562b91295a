//! May this be done? The same rules and the same actions for ours, for Cedar and for Rego.
//!
//! Every rule lets one loop do one thing under one folder, or keeps it from that; where none applies
//! the answer is no, and a no beats a yes. That is what the three languages share. Ours answers with
//! the whole decision: verdict, rules with their lines, targets, what would make it allowed. The peers
//! answer as their fastest documented use does: policies parsed, entities and inputs built before.
//! Times are medians of single decisions, each on another path.

#[cfg(all(test, feature = "policy-peers"))]
mod agrees;
#[cfg(feature = "policy-peers")]
mod cedar;
#[cfg(feature = "policy-peers")]
mod peers;
#[cfg(feature = "policy-peers")]
mod rego;
mod rules;

use loom_core::model::Timestamp;
use loom_core::path::PathRules;
use loom_core::policy::{
    Action, Decision, Effect, Facts, Format, Known, Nothing, PolicySet, Verb, Who,
};

use self::rules::{Request, Rules};
use crate::measure::single;
use crate::population::mix;
use crate::report::{Line, Promise, Report};
use crate::{Effort, Outcome};

/// The numbers of rules of a document.
const SIZES: [u64; 2] = [1_000, 10_000];
/// The paths of a merge.
const MERGED: u64 = 5_000;

pub(crate) fn measure(report: &mut Report, effort: &Effort) -> Outcome {
    let mut few = None;
    for n in SIZES {
        let rules = Rules { n };
        let policy = PolicySet::load(&rules.document(), Format::Json)?;
        let asked: Vec<Request> = (0..effort.of(20_000) as u64)
            .map(|nth| rules.request(nth))
            .collect();
        let verdicts = verdicts(&policy, &asked)?;
        let allowed = verdicts.iter().filter(|yes| **yes).count() * 100 / verdicts.len();
        if !(20..=80).contains(&allowed) {
            return Err(format!("{allowed} of 100 actions are allowed: no mixture").into());
        }
        let ours = time(&policy, &asked)?;
        let promise = match few {
            None => Promise::Within(2_000.0),
            Some(few) => Promise::Within(1.5 * few),
        };
        few = few.or(Some(ours));
        report.add(Line::timed("policy: one decision, explained", n, ours).promised(promise));
        #[cfg(feature = "policy-peers")]
        peers::measure(report, effort, &rules, &asked, &verdicts, ours)?;
    }
    let few = other_loops(10, effort)?;
    let many = other_loops(10_000, effort)?;
    let line = |n, ours| Line::timed("policy: a rule for each of n loops", n, ours);
    report.add(line(10, few));
    report.add(line(10_000, many).promised(Promise::Within(1.5 * few)));
    merge(report, effort)
}

/// The time of a decision under a document whose rules name no paths, each for another loop: one of
/// them applies.
fn other_loops(n: u64, effort: &Effort) -> Outcome<f64> {
    let policy = PolicySet::load(&rules::by_loop(n), Format::Json)?;
    let asked: Vec<Request> = (0..effort.of(20_000) as u64)
        .map(|nth| Request {
            of_loop: mix(nth) % n,
            verb: "edit",
            path: format!("src/module_{}/file.rs", mix(nth) % 100),
        })
        .collect();
    let decided = decide_one(&policy, &asked[0])?;
    if decided.reasons.len() != 1 {
        return Err(format!("{} rules applied, not one", decided.reasons.len()).into());
    }
    time(&policy, &asked)
}

/// A merge of many paths under many rules.
fn merge(report: &mut Report, effort: &Effort) -> Outcome {
    let rules = Rules { n: 10_000 };
    let policy = PolicySet::load(&rules.document(), Format::Json)?;
    let who = who(7)?;
    let paths = (0..MERGED).map(|nth| rules.path_in(mix(nth) % rules.n, nth));
    let action = Action::new(Verb::Merge).on_paths(paths);
    let facts = facts(&who);
    let now = now()?;
    let decided = policy.decide(&action, &facts, now)?;
    if decided.reasons.len() < 2 {
        return Err("a merge that no rules stop shows nothing".into());
    }
    let ours = single(0..effort.of(100).max(10), |_| {
        policy.decide(&action, &facts, now)
    });
    let line = Line::timed("policy: a merge of 5000 paths, explained", rules.n, ours);
    report.add(line.promised(Promise::Within(10e6)));
    Ok(())
}

/// The median time of one decision.
fn time(policy: &PolicySet, asked: &[Request]) -> Outcome<f64> {
    let cases = asked.iter().map(|request| {
        let action = request.action()?;
        Ok((who(request.of_loop)?, action))
    });
    let cases = cases.collect::<Outcome<Vec<(Who, Action)>>>()?;
    let now = now()?;
    Ok(single(&cases, |(who, action)| {
        policy.decide(action, &facts(who), now)
    }))
}

/// Which actions are allowed.
fn verdicts(policy: &PolicySet, asked: &[Request]) -> Outcome<Vec<bool>> {
    let decided = asked.iter().map(|request| {
        let decision = decide_one(policy, request)?;
        Ok(decision.verdict == Effect::Allow)
    });
    decided.collect()
}

fn decide_one(policy: &PolicySet, request: &Request) -> Outcome<Decision> {
    let who = who(request.of_loop)?;
    Ok(policy.decide(&request.action()?, &facts(&who), now()?)?)
}

fn facts(who: &Who) -> Facts<'_> {
    Facts {
        who,
        rules: PathRules::default(),
        approvals: &[],
        waivers: &[],
        history: &Nothing,
        spend: &Nothing,
    }
}

fn who(of_loop: u64) -> Outcome<Who> {
    Ok(Who {
        loop_id: Known::Is(rules::loop_name(of_loop).parse()?),
        team: Known::None,
    })
}

fn now() -> Outcome<Timestamp> {
    Ok("2026-11-22T10:00:00Z".parse()?)
}
