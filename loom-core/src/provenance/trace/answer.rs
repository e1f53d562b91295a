//! A chain as it is told: names, times, and of each node what a reader wants to see first.

use super::walk::{Step, Walk};
use super::{HOP_PATHS_MAX, Hop, HopReason, Tally, Trace};
use crate::model::{ActorId, Verdict};
use crate::provenance::entry::Fact;
use crate::provenance::graph::ProvenanceGraph;
use crate::provenance::graph::view::ChangeView;

pub(super) fn answer(graph: &ProvenanceGraph, walk: &Walk, limit: usize) -> Trace {
    let mut changes = Tally::default();
    for step in &walk.steps {
        if let Some(change) = graph.change(step.node) {
            changes.add(change.made_by());
        }
    }
    let told = walk.steps.iter().take(limit).zip(0..);
    Trace {
        since: walk.since,
        until: walk.until,
        hops: told
            .map(|(step, nth)| hop(graph, walk, step, nth))
            .collect(),
        more: walk.steps.len().saturating_sub(limit) as u64,
        changes,
    }
}

fn hop(graph: &ProvenanceGraph, walk: &Walk, step: &Step, nth: u64) -> Hop {
    let landed = graph.landed(step.node);
    let mut hop = Hop {
        nth,
        node: graph.name(step.node),
        at: landed.map(|(at, _)| at),
        from: step.from.map(u64::from),
        reason: step.reason,
        unknown: false,
        made_by: None,
        side: None,
        commit: None,
        words: None,
        label: None,
        verdict: None,
        rules: Vec::new(),
        paths: Vec::new(),
        more_paths: 0,
    };
    match (graph.change(step.node), graph.fact(step.node)) {
        (Some(change), _) => tell_change(&mut hop, &change, walk),
        (None, Some(fact)) => tell_fact(&mut hop, fact),
        (None, None) => hop.unknown = !graph.kind(step.node).is_actor(),
    }
    hop
}

fn tell_change(hop: &mut Hop, change: &ChangeView<'_>, walk: &Walk) {
    hop.made_by = Some(change.made_by());
    hop.side = change.side().cloned();
    hop.commit = change.commit_id();
    hop.words = change.intent().cloned();
    let by_paths = hop.reason == HopReason::OverlappingPaths;
    let files = change
        .files()
        .filter(|file| !by_paths || walk.overlapping.binary_search(&file.path_key()).is_ok());
    for file in files {
        match hop.paths.len() < HOP_PATHS_MAX {
            true => hop.paths.push(file.path()),
            false => hop.more_paths += 1,
        }
    }
}

fn tell_fact(hop: &mut Hop, fact: &Fact) {
    let word = |text: &str| ActorId::new(text).ok();
    match fact {
        Fact::Loop { goal, .. } => hop.words.clone_from(goal),
        Fact::Artifact { name, kind, .. } => {
            hop.label = Some(name.as_ref().unwrap_or(kind).clone());
        }
        Fact::Claim(claim) => {
            hop.words.clone_from(&claim.intent);
            hop.label = Some(claim.mode.clone());
        }
        Fact::Decision(decided) => {
            hop.label = Some(decided.verb.clone());
            hop.verdict = Some(decided.verdict.clone());
            hop.rules.clone_from(&decided.rules);
        }
        Fact::Approval(approval) => {
            hop.verdict = word(if approval.yes { "yes" } else { "no" });
            hop.words.clone_from(&approval.note);
        }
        Fact::Verification(check) => hop.verdict = word(of_verdict(check.verdict)),
        Fact::Review(review) => {
            hop.verdict = word(of_verdict(review.verdict));
            hop.words.clone_from(&review.note);
        }
        Fact::Deploy(deploy) => {
            hop.label = Some(deploy.environment.clone());
            hop.commit.clone_from(&deploy.commit);
        }
        Fact::Incident(incident) => {
            hop.label.clone_from(&incident.service);
            hop.words.clone_from(&incident.summary);
        }
        Fact::Repo { .. }
        | Fact::Run(_)
        | Fact::Ending { .. }
        | Fact::Change(_)
        | Fact::Resolution(_) => {}
    }
}

fn of_verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Failed => "failed",
    }
}
