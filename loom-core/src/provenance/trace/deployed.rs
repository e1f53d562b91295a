//! What a deploy brought out that the one before had not.

use crate::provenance::entry::{Deploy, Fact};
use crate::provenance::graph::view::ChangeView;
use crate::provenance::graph::{Landed, NodeId, ProvenanceGraph};
use crate::provenance::name::{Kind, Name, Relation};

/// A stretch of a branch: what landed after one place, as far as a change.
pub(in crate::provenance) struct Span<'g> {
    pub(in crate::provenance) after: Option<Landed>,
    pub(in crate::provenance) upto: ChangeView<'g>,
}

impl<'g> Span<'g> {
    pub(in crate::provenance) fn holds(&self, change: &ChangeView<'_>) -> bool {
        let landed = change.landed();
        self.upto.is_beside(change)
            && landed <= self.upto.landed()
            && self.after.is_none_or(|after| landed > after)
    }

    /// Its changes, in landing order.
    pub(in crate::provenance) fn changes(
        &self,
        graph: &'g ProvenanceGraph,
    ) -> impl DoubleEndedIterator<Item = ChangeView<'g>> + use<'g> {
        graph.landed_beside(&self.upto, self.after)
    }
}

/// The stretch of its branch that a deploy has over another; without another, after `since`.
pub(in crate::provenance) fn span<'g>(
    graph: &'g ProvenanceGraph,
    deploy: &Deploy,
    before: Option<&Deploy>,
    since: Option<Landed>,
) -> Option<Span<'g>> {
    let upto = last_change(graph, deploy)?;
    let had = before.and_then(|before| last_change(graph, before));
    let after = match had {
        Some(had) if had.is_beside(&upto) => Some(had.landed()),
        _ => since,
    };
    Some(Span { after, upto })
}

/// The deploy that another took the place of: the one it says, else the last one before it of the same
/// service to the same environment.
pub(in crate::provenance) fn deploy_before(
    graph: &ProvenanceGraph,
    node: NodeId,
) -> Option<(NodeId, &Deploy)> {
    let Some(Fact::Deploy(deploy)) = graph.fact(node) else {
        return None;
    };
    let told = |node: NodeId| match graph.fact(node) {
        Some(Fact::Deploy(deploy)) => Some((node, &**deploy)),
        _ => None,
    };
    if let Some(follows) = &deploy.follows {
        let follows = graph.find(&Name::new(Kind::Deploy, follows));
        if let Some(found) = follows.and_then(told) {
            return Some(found);
        }
    }
    earlier_deploys(graph, node, deploy).next()
}

/// The deploys of the same service to the same environment that landed before, the last first.
pub(in crate::provenance) fn earlier_deploys<'g>(
    graph: &'g ProvenanceGraph,
    node: NodeId,
    deploy: &'g Deploy,
) -> impl Iterator<Item = (NodeId, &'g Deploy)> {
    let landed = graph.landed(node);
    let all = graph.of_kind(Kind::Deploy);
    let before = all
        .rev()
        .skip_while(move |other| graph.landed(*other) >= landed);
    before.filter_map(move |other| match graph.fact(other) {
        Some(Fact::Deploy(earlier)) if is_in_line(earlier, deploy) => Some((other, &**earlier)),
        _ => None,
    })
}

fn is_in_line(earlier: &Deploy, deploy: &Deploy) -> bool {
    (&earlier.environment, &earlier.service, &earlier.repo)
        == (&deploy.environment, &deploy.service, &deploy.repo)
}

/// The last change of its branch that is in a deploy: the one that it names, else that of its commit.
pub(in crate::provenance) fn last_change<'g>(
    graph: &'g ProvenanceGraph,
    deploy: &Deploy,
) -> Option<ChangeView<'g>> {
    if let Some(upto) = &deploy.upto {
        let node = graph.find(&Name::new(Kind::Change, upto))?;
        return graph.change(node);
    }
    let of_commit = graph.changes_of_commit(deploy.commit.as_ref()?.as_str());
    of_commit
        .filter(|change| {
            deploy
                .repo
                .as_ref()
                .is_none_or(|repo| repo == change.repo())
                && deploy
                    .branch
                    .as_ref()
                    .is_none_or(|branch| branch == change.branch())
        })
        .min_by_key(|change| (change.landed(), change.id()))
}

/// The changes that a deploy names one by one, its last one among them; told of or not.
pub(in crate::provenance) fn named_changes(
    graph: &ProvenanceGraph,
    deploy: NodeId,
) -> impl Iterator<Item = NodeId> {
    let parents = graph.parents(deploy);
    parents.filter_map(|(relation, node)| (relation == Relation::Contains).then_some(node))
}
