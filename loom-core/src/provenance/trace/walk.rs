//! The walk behind a trace: which nodes, in which order, led to by which, for what reason. No text is
//! made here.

use foldhash::quality::FixedState;
use hashbrown::HashSet;

use super::deployed::{Span, deploy_before, named_changes, span};
use super::{HopReason, TraceAsked, TraceFrom, places};
use crate::error::{Code, Error};
use crate::model::{RepoId, Timestamp};
use crate::path::{PathSet, PathSetSource};
use crate::provenance::entry::Fact;
use crate::provenance::graph::view::{ChangeView, FileView};
use crate::provenance::graph::{Landed, NodeId, ProvenanceGraph};
use crate::provenance::name::{Kind, Name, Relation};

/// Room for nodes that were seen, to begin with.
const SEEN_FIRST: usize = 400;

/// One node of a chain, and what led to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) node: NodeId,
    /// The place of the step that led here.
    pub(super) from: Option<u32>,
    pub(super) reason: HopReason,
}

/// A chain.
pub(super) struct Walk {
    pub(super) since: Timestamp,
    pub(super) until: Timestamp,
    pub(super) steps: Vec<Step>,
    /// The paths, by number and sorted, at which changes overlap what was asked.
    pub(super) overlapping: Vec<u32>,
}

/// A walk on its way.
struct Walker<'g> {
    graph: &'g ProvenanceGraph,
    walk: Walk,
    seen: HashSet<NodeId, FixedState>,
    /// What may still have to be followed behind a step, the next one last.
    behind: Vec<Step>,
    /// Of each deploy of the window what it brought out, where the question goes that way.
    brought: Vec<(NodeId, Option<Span<'g>>)>,
}

impl Walk {
    pub(super) fn of(
        graph: &ProvenanceGraph,
        asked: &TraceAsked,
        now: Timestamp,
    ) -> Result<Walk, Error> {
        let root = match asked.from.name() {
            Some(name) => Some(must_find(graph, &name, "from.id")?),
            None => None,
        };
        let landed = root.and_then(|root| graph.landed(root));
        let ends = match (&asked.from, landed) {
            (TraceFrom::Deploy { .. } | TraceFrom::Incident { .. }, Some((at, _))) => at,
            _ => now,
        };
        let until = asked.until.unwrap_or(ends);
        let begins = landed.map_or(until, |(at, _)| at.min(until));
        let mut walker = Walker {
            graph,
            walk: Walk {
                since: begins.minus_ms(asked.window_ms),
                until,
                steps: Vec::new(),
                overlapping: Vec::new(),
            },
            seen: HashSet::with_capacity_and_hasher(SEEN_FIRST, FixedState::default()),
            behind: Vec::new(),
            brought: Vec::new(),
        };
        if !matches!(
            asked.from,
            TraceFrom::Deploy { .. } | TraceFrom::Incident { .. }
        ) {
            walker.find_brought();
        }
        let mut layer = walker.first_layer(&asked.from, root)?;
        while !layer.is_empty() {
            let first = walker.walk.steps.len();
            walker.take_layer(layer);
            let last = walker.walk.steps.len();
            layer = Vec::new();
            for place in first..last {
                walker.lead_on(place, &mut layer)?;
            }
        }
        Ok(walker.walk)
    }
}

impl<'g> Walker<'g> {
    fn first_layer(&mut self, from: &TraceFrom, root: Option<NodeId>) -> Result<Vec<Step>, Error> {
        let mut layer = Vec::new();
        let asked = |node| Step {
            node,
            from: None,
            reason: HopReason::Asked,
        };
        layer.extend(root.map(asked));
        match from {
            TraceFrom::Paths { repo, paths } => {
                let found = self.overlapping(repo, paths, None, &mut layer);
                found.map_err(|why| why.within("from"))?;
            }
            TraceFrom::Service {
                service,
                repo,
                paths,
            } => {
                for kind in [Kind::Deploy, Kind::Incident] {
                    self.of_service(kind, service.as_str(), None, &mut layer);
                }
                if let Some((repo, paths)) = places(repo.as_ref(), paths.as_ref())? {
                    let found = self.overlapping(repo, paths, None, &mut layer);
                    found.map_err(|why| why.within("from"))?;
                }
            }
            _ => {}
        }
        Ok(layer)
    }

    /// Takes in what happened, the newest first, each followed by what stands behind it.
    fn take_layer(&mut self, layer: Vec<Step>) {
        let graph = self.graph;
        let until = self.walk.until;
        // What leads to a node first is what led to it. What happened in this layer is of it, even where
        // something of it leads there as well.
        let mut primaries: Vec<(Option<Landed>, Step)> = Vec::new();
        for step in layer {
            let landed = graph.landed(step.node);
            let in_time =
                step.reason == HopReason::Asked || landed.is_none_or(|(at, _)| at <= until);
            if in_time && self.seen.insert(step.node) {
                primaries.push((landed, step));
            }
        }
        // What is only named stands last.
        primaries.sort_unstable_by(|(one, a), (other, b)| {
            let by_name = || graph.name(a.node).cmp(&graph.name(b.node));
            other.cmp(one).then_with(by_name)
        });
        for (_, step) in primaries {
            self.take(step);
            while let Some(step) = self.behind.pop() {
                if self.seen.insert(step.node) {
                    self.take(step);
                }
            }
        }
    }

    fn take(&mut self, step: Step) {
        let place = u32::try_from(self.walk.steps.len()).unwrap_or(u32::MAX);
        self.walk.steps.push(step);
        let bottom = self.behind.len();
        self.look_behind(step, place);
        self.behind[bottom..].reverse();
    }

    /// What stands behind a node: who did it and on whose word, then who checked and read it.
    fn look_behind(&mut self, step: Step, place: u32) {
        let graph = self.graph;
        let kind = graph.kind(step.node);
        if step.reason == HopReason::Follows {
            return;
        }
        let bottom = self.behind.len();
        for (relation, node) in graph.parents(step.node) {
            if let Some(reason) = reason_of(relation) {
                let from = Some(place);
                self.behind.push(Step { node, from, reason });
            }
        }
        if kind == Kind::Loop {
            // A card that is told anew adds owners, in the order of telling.
            self.behind[bottom..].sort_by_cached_key(|step| graph.name(step.node));
        }
        if !matches!(kind, Kind::Change | Kind::Decision) {
            return;
        }
        let bottom = self.behind.len();
        for (relation, node) in graph.children(step.node) {
            let after = graph
                .landed(node)
                .is_none_or(|(at, _)| at > self.walk.until);
            if let Some(reason) = self.reason_of_child(relation, node)
                && !after
            {
                let from = Some(place);
                self.behind.push(Step { node, from, reason });
            }
        }
        if self.behind.len() > bottom + 1 {
            self.behind[bottom..].sort_by(|a, b| {
                let by_name = || graph.name(a.node).cmp(&graph.name(b.node));
                graph
                    .landed(a.node)
                    .cmp(&graph.landed(b.node))
                    .then_with(by_name)
            });
        }
    }

    fn reason_of_child(&self, relation: Relation, node: NodeId) -> Option<HopReason> {
        match relation {
            Relation::Checked => Some(HopReason::VerifiedBy),
            Relation::Reviewed => Some(HopReason::ReviewedBy),
            Relation::Answers => match self.graph.fact(node) {
                Some(Fact::Approval(answer)) if !answer.yes => Some(HopReason::RejectedBy),
                _ => Some(HopReason::ApprovedBy),
            },
            _ => None,
        }
    }

    /// What a step leads back to in the next layer.
    fn lead_on(&mut self, place: usize, next: &mut Vec<Step>) -> Result<(), Error> {
        let step = self.walk.steps[place];
        let from = u32::try_from(place).ok();
        match self.graph.kind(step.node) {
            Kind::Incident => self.lead_from_incident(step.node, from, next)?,
            Kind::Deploy => self.lead_from_deploy(step, from, next),
            Kind::Change => self.lead_from_change(step.node, from, next),
            _ => {}
        }
        Ok(())
    }

    fn lead_from_incident(
        &mut self,
        node: NodeId,
        from: Option<u32>,
        next: &mut Vec<Step>,
    ) -> Result<(), Error> {
        let graph = self.graph;
        let Some(Fact::Incident(incident)) = graph.fact(node) else {
            return Ok(());
        };
        let seen_in = graph.parents(node);
        let mut deploys =
            seen_in.filter_map(|(relation, node)| (relation == Relation::SeenIn).then_some(node));
        match (deploys.next(), &incident.service) {
            (Some(node), _) => next.push(Step {
                node,
                from,
                reason: HopReason::SeenIn,
            }),
            (None, Some(service)) => {
                self.of_service(Kind::Deploy, service.as_str(), from, next);
            }
            (None, None) => {}
        }
        match (&incident.repo, &incident.paths) {
            (Some(repo), Some(paths)) => self.overlapping(repo, paths, from, next),
            _ => Ok(()),
        }
    }

    fn lead_from_deploy(&self, step: Step, from: Option<u32>, next: &mut Vec<Step>) {
        let graph = self.graph;
        if matches!(step.reason, HopReason::BroughtOutBy | HopReason::Follows) {
            return;
        }
        let Some(Fact::Deploy(deploy)) = graph.fact(step.node) else {
            return;
        };
        let reason = HopReason::DeployedIn;
        let named = named_changes(graph, step.node);
        next.extend(named.map(|node| Step { node, from, reason }));
        let before = deploy_before(graph, step.node);
        let had = before.map(|(_, deploy)| deploy);
        if let Some(span) = span(graph, deploy, had, before_window(self.walk.since)) {
            let changes = span.changes(graph).map(|change| change.node());
            next.extend(changes.map(|node| Step { node, from, reason }));
        }
        let follows = graph.parents(step.node);
        let follows =
            follows.filter_map(|(relation, node)| (relation == Relation::Follows).then_some(node));
        next.extend(follows.map(|node| Step {
            node,
            from,
            reason: HopReason::Follows,
        }));
    }

    fn lead_from_change(&self, node: NodeId, from: Option<u32>, next: &mut Vec<Step>) {
        let graph = self.graph;
        let Some(change) = graph.change(node) else {
            return;
        };
        for file in change.files() {
            if let Some(older) = made_from(&change, &file, self.walk.since) {
                let (node, reason) = (older.node(), HopReason::Derived);
                next.push(Step { node, from, reason });
            }
        }
        for (deploy, span) in &self.brought {
            if span.as_ref().is_some_and(|span| span.holds(&change))
                || named_changes(graph, *deploy).any(|named| named == node)
            {
                next.push(Step {
                    node: *deploy,
                    from,
                    reason: HopReason::BroughtOutBy,
                });
            }
        }
    }

    /// The changes of the window that touch a set of paths.
    fn overlapping(
        &mut self,
        repo: &RepoId,
        paths: &PathSetSource,
        from: Option<u32>,
        next: &mut Vec<Step>,
    ) -> Result<(), Error> {
        let set = compile(self.graph, repo, paths)?;
        let until = self.walk.until.plus_ms(1);
        let files = self
            .graph
            .versions_within(repo, &set, self.walk.since, until)?;
        let overlapping = &mut self.walk.overlapping;
        overlapping.extend(files.iter().map(|file| file.path_key()));
        overlapping.sort_unstable();
        overlapping.dedup();
        let reason = HopReason::OverlappingPaths;
        next.extend(files.iter().map(|file| Step {
            node: file.node(),
            from,
            reason,
        }));
        Ok(())
    }

    /// The deploys, or incidents, of a service within the window.
    fn of_service(&self, kind: Kind, service: &str, from: Option<u32>, next: &mut Vec<Step>) {
        let graph = self.graph;
        let of_it = self.within(kind).filter(|node| {
            let named = match graph.fact(*node) {
                Some(Fact::Deploy(deploy)) => &deploy.service,
                Some(Fact::Incident(incident)) => &incident.service,
                _ => return false,
            };
            named
                .as_ref()
                .is_some_and(|named| named.as_str() == service)
        });
        let reason = HopReason::OfService;
        next.extend(of_it.map(|node| Step { node, from, reason }));
    }

    fn find_brought(&mut self) {
        let graph = self.graph;
        let since = before_window(self.walk.since);
        let deploys = self.within(Kind::Deploy).filter_map(|node| {
            let Some(Fact::Deploy(deploy)) = graph.fact(node) else {
                return None;
            };
            let before = deploy_before(graph, node).map(|(_, deploy)| deploy);
            Some((node, span(graph, deploy, before, since)))
        });
        self.brought = deploys.collect();
    }

    /// What landed of a kind within the window, the newest first.
    fn within(&self, kind: Kind) -> impl Iterator<Item = NodeId> + use<'g> {
        let graph = self.graph;
        let (since, until) = (self.walk.since, self.walk.until);
        let at = move |node: &NodeId| graph.landed(*node).map(|(at, _)| at);
        graph
            .of_kind(kind)
            .rev()
            .skip_while(move |node| at(node).is_some_and(|at| at > until))
            .take_while(move |node| at(node).is_some_and(|at| at >= since))
    }
}

/// The relations that lead from a node to what stands behind it.
fn reason_of(relation: Relation) -> Option<HopReason> {
    Some(match relation {
        Relation::OwnedBy => HopReason::OwnedBy,
        Relation::RunOf => HopReason::RunOfLoop,
        Relation::ChildOf => HopReason::ChildOf,
        Relation::StartedBy => HopReason::StartedBy,
        Relation::PromptedBy => HopReason::PromptedBy,
        Relation::HeldBy => HopReason::HeldBy,
        Relation::AskedBy => HopReason::AskedBy,
        Relation::DecidedBy => HopReason::ByPolicy,
        Relation::GivenBy => HopReason::GivenBy,
        Relation::MadeBy => HopReason::MadeBy,
        Relation::Under => HopReason::UnderClaim,
        Relation::AllowedBy => HopReason::DecidedByRule,
        Relation::CheckedBy => HopReason::CheckedBy,
        Relation::ReviewedBy => HopReason::ReadBy,
        Relation::ReportedBy => HopReason::ReportedBy,
        _ => return None,
    })
}

/// A node that a question names.
pub(in crate::provenance) fn must_find(
    graph: &ProvenanceGraph,
    name: &Name,
    field: &str,
) -> Result<NodeId, Error> {
    graph
        .find(name)
        .ok_or_else(|| Error::at(Code::NotFound, field, format!("nobody told of {name}")))
}

/// Paths of a question, under the repository's rules.
pub(in crate::provenance) fn compile(
    graph: &ProvenanceGraph,
    repo: &RepoId,
    paths: &PathSetSource,
) -> Result<PathSet, Error> {
    PathSet::compile(paths, graph.rules(repo)).map_err(|why| why.within("paths"))
}

/// The last place before a time, if there is one.
pub(in crate::provenance) fn before_window(since: Timestamp) -> Option<Landed> {
    (since > Timestamp::EPOCH).then(|| (since.minus_ms(1), u64::MAX))
}

/// The version that a file was made from: the last one before it on the same branch, not older than
/// `since`, that left the blob which this one found.
fn made_from<'g>(
    change: &ChangeView<'g>,
    file: &FileView<'g>,
    since: Timestamp,
) -> Option<FileView<'g>> {
    let before = file.before_key()?;
    let older = file.versions_before().rev();
    older
        .take_while(|older| older.at() >= since)
        .find(|older| older.after_key() == Some(before) && older.change().is_beside(change))
}
