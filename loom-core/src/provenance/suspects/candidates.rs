//! Which changes come into question at all.

use std::collections::BTreeSet;

use super::{CANDIDATES_MAX, SuspectsAsked, SuspectsBasis, SuspectsOf};
use crate::error::Error;
use crate::model::{DeployId, RepoId, Timestamp};
use crate::path::PathSetSource;
use crate::provenance::entry::{Deploy, Fact, Incident};
use crate::provenance::graph::view::ChangeView;
use crate::provenance::graph::{NodeId, ProvenanceGraph};
use crate::provenance::name::{Kind, Name, Relation};
use crate::provenance::trace::{before_window, earlier_deploys, must_find, named_changes, span};

/// The changes that come into question, and where to look.
pub(super) struct Candidates<'g> {
    pub(super) basis: SuspectsBasis,
    pub(super) changes: Vec<ChangeView<'g>>,
    pub(super) count: u64,
    /// How many were not scored.
    pub(super) left_out: u64,
    /// The time from which recency counts back.
    pub(super) at: Timestamp,
    /// Where something is wrong, if that was said.
    pub(super) place: Option<(RepoId, PathSetSource)>,
}

impl<'g> Candidates<'g> {
    pub(super) fn of(
        graph: &'g ProvenanceGraph,
        asked: &SuspectsAsked,
        now: Timestamp,
    ) -> Result<Candidates<'g>, Error> {
        let (incident, bad, place, ends) = match &asked.of {
            SuspectsOf::Incident { id } => {
                let node = must_find(graph, &Name::new(Kind::Incident, id), "of.id")?;
                let ends = graph.landed(node).map_or(now, |(at, _)| at);
                match graph.fact(node) {
                    Some(Fact::Incident(incident)) => {
                        let place = incident.repo.clone().zip(incident.paths.clone());
                        let at = asked.until.unwrap_or(ends);
                        let bad = bad_deploy(graph, incident, at);
                        (Some((node, &**incident)), bad, place, ends)
                    }
                    _ => (None, None, None, ends),
                }
            }
            SuspectsOf::Deploy { id, repo, paths } => {
                let node = must_find(graph, &Name::new(Kind::Deploy, id), "of.id")?;
                let ends = graph.landed(node).map_or(now, |(at, _)| at);
                (
                    None,
                    told(graph, node),
                    repo.clone().zip(paths.clone()),
                    ends,
                )
            }
            SuspectsOf::Paths { repo, paths } => {
                (None, None, Some((repo.clone(), paths.clone())), now)
            }
        };
        let at = asked.until.unwrap_or(ends);
        let since = at.minus_ms(asked.window_ms);
        let (basis, mut changes) = match bad {
            Some((node, deploy)) => over_the_last_good(graph, node, deploy, since),
            None => {
                let repo = match &place {
                    Some((repo, _)) => Some(repo),
                    None => incident.and_then(|(_, incident)| incident.repo.as_ref()),
                };
                let basis = SuspectsBasis::Window { since, until: at };
                (basis, landed_within(graph, repo, since, at))
            }
        };
        let mended = incident.map_or_else(BTreeSet::new, |(node, _)| mended_by(graph, node));
        changes.retain(|change| change.at() <= at && !mended.contains(&change.node()));
        changes.sort_by_cached_key(|change| (std::cmp::Reverse(change.landed()), change.id()));
        changes.dedup();
        let count = changes.len() as u64;
        changes.truncate(CANDIDATES_MAX);
        Ok(Candidates {
            basis,
            left_out: count - changes.len() as u64,
            changes,
            count,
            at,
            place,
        })
    }
}

/// The deploy that an incident was seen in, else the last one of its service by then.
fn bad_deploy<'g>(
    graph: &'g ProvenanceGraph,
    incident: &Incident,
    at: Timestamp,
) -> Option<(NodeId, &'g Deploy)> {
    if let Some(deploy) = &incident.deploy {
        let node = graph.find(&Name::new(Kind::Deploy, deploy))?;
        return told(graph, node);
    }
    let service = incident.service.as_ref()?;
    let by_then = graph.of_kind(Kind::Deploy).rev();
    by_then
        .filter(|node| graph.landed(*node).is_some_and(|(when, _)| when <= at))
        .filter_map(|node| told(graph, node))
        .find(|(_, deploy)| deploy.service.as_ref() == Some(service))
}

fn told(graph: &ProvenanceGraph, node: NodeId) -> Option<(NodeId, &Deploy)> {
    match graph.fact(node) {
        Some(Fact::Deploy(deploy)) => Some((node, deploy)),
        _ => None,
    }
}

/// What a deploy has over the last one before it that no incident was seen in. What a bad one between
/// them names comes into question too.
fn over_the_last_good<'g>(
    graph: &'g ProvenanceGraph,
    node: NodeId,
    bad: &'g Deploy,
    since: Timestamp,
) -> (SuspectsBasis, Vec<ChangeView<'g>>) {
    let mut good = None;
    let mut deploys = vec![node];
    for (earlier, deploy) in earlier_deploys(graph, node, bad) {
        let is_bad = graph
            .children(earlier)
            .any(|(relation, _)| relation == Relation::SeenIn);
        if !is_bad {
            good = Some((earlier, deploy));
            break;
        }
        deploys.push(earlier);
    }
    let mut changes: Vec<ChangeView<'g>> = deploys
        .iter()
        .flat_map(|deploy| named_changes(graph, *deploy))
        .filter_map(|change| graph.change(change))
        .collect();
    if let Some((good, _)) = good {
        let had: BTreeSet<NodeId> = named_changes(graph, good).collect();
        changes.retain(|change| !had.contains(&change.node()));
    }
    let had = good.map(|(_, deploy)| deploy);
    if let Some(span) = span(graph, bad, had, before_window(since)) {
        changes.extend(span.changes(graph));
    }
    let id = |node: NodeId| DeployId::new(&graph.name(node).id).ok();
    let basis = SuspectsBasis::Deploys {
        bad: bad.id.clone(),
        good: good.and_then(|(good, _)| id(good)),
    };
    (basis, changes)
}

fn landed_within<'g>(
    graph: &'g ProvenanceGraph,
    repo: Option<&RepoId>,
    since: Timestamp,
    until: Timestamp,
) -> Vec<ChangeView<'g>> {
    let branches = graph.branches();
    let branches = branches.filter(|(of, _)| repo.is_none_or(|repo| repo == *of));
    let until = until.plus_ms(1);
    branches
        .flat_map(|(repo, branch)| graph.landed_within(repo, branch, since, until))
        .collect()
}

/// The changes that are said to have mended an incident.
fn mended_by(graph: &ProvenanceGraph, incident: NodeId) -> BTreeSet<NodeId> {
    let ends = graph.children(incident);
    let ends = ends.filter(|(relation, _)| *relation == Relation::Resolves);
    ends.flat_map(|(_, end)| graph.parents(end))
        .filter_map(|(relation, node)| (relation == Relation::FixedBy).then_some(node))
        .collect()
}
