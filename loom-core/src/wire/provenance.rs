//! History, as bindings see it.

use serde::{Deserialize, Serialize};

use std::borrow::Cow;

use super::query::Query;
use super::query_reply::QueryReply;
use crate::coordinator::{Coordinator, History};
use crate::error::Error;
use crate::model::{Timestamp, Ver};
use crate::provenance::{AREAS_MAX, Area, ComprehensionAsked, TraceAsked, TraceFrom};

/// The answer to a question to history; `None` for any other question.
pub(super) fn reply(
    query: &Query,
    state: &Coordinator,
    history: &History,
    at: Timestamp,
) -> Result<Option<QueryReply>, Error> {
    let graph = history.graph();
    Ok(Some(match query {
        Query::Trace(asked) => QueryReply::Trace {
            trace: Box::new(graph.trace(&of_service(asked, state), at)?),
        },
        Query::Suspects(asked) => QueryReply::Suspects {
            suspects: Box::new(graph.suspects(asked, at)?),
        },
        Query::Reverts(asked) => QueryReply::Reverts {
            reverts: Box::new(graph.reverts(asked)?),
        },
        Query::Wars(asked) => QueryReply::Wars {
            wars: Box::new(graph.wars(asked, at)),
        },
        Query::Rewrites(asked) => QueryReply::Rewrites {
            rewrites: Box::new(graph.rewrites(asked)),
        },
        Query::WouldRevert(proposed) => QueryReply::WouldRevert {
            would_revert: Box::new(graph.would_revert(proposed, at)?),
        },
        Query::Comprehension(asked) => QueryReply::Comprehension {
            comprehension: Box::new(graph.comprehension(&of_areas(asked, state), at)?),
        },
        Query::Export { of, format } => QueryReply::Export {
            text: graph.export(&graph.select(of)?, *format)?,
        },
        Query::History {} => QueryReply::History {
            history: HistoryView::of(history),
        },
        _ => return Ok(None),
    }))
}

/// Which paths are a service's, where the question does not say and the policy does.
fn of_service<'a>(asked: &'a TraceAsked, state: &Coordinator) -> Cow<'a, TraceAsked> {
    let TraceFrom::Service {
        service,
        paths: None,
        ..
    } = &asked.from
    else {
        return Cow::Borrowed(asked);
    };
    let Some((repo, paths)) = state.paths_of_service(service) else {
        return Cow::Borrowed(asked);
    };
    Cow::Owned(TraceAsked {
        from: TraceFrom::Service {
            service: service.clone(),
            repo: Some(repo),
            paths: Some(paths),
        },
        ..asked.clone()
    })
}

/// The areas of the policy, where the question names none: its services, and what its owners own.
fn of_areas<'a>(asked: &'a ComprehensionAsked, state: &Coordinator) -> Cow<'a, ComprehensionAsked> {
    let areas = match asked.areas.is_empty() {
        true => state.areas(),
        false => return Cow::Borrowed(asked),
    };
    let areas = areas
        .into_iter()
        .map(|(owner, repo, paths)| Area { owner, repo, paths });
    Cow::Owned(ComprehensionAsked {
        areas: areas.take(AREAS_MAX).collect(),
        ..asked.clone()
    })
}

/// How much history there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HistoryView {
    /// The version of the journal up to which it was read.
    pub version: Ver,
    /// Nodes of the graph, those included that were only named.
    pub nodes: u64,
    /// Nodes that were only named, actors apart: nobody told of them.
    pub unknown: u64,
    /// Edges of the graph.
    pub edges: u64,
    /// Facts that were left out, since they contradict what was told before.
    pub left_out: u64,
}

impl HistoryView {
    pub(super) fn of(history: &History) -> HistoryView {
        let graph = history.graph();
        let named = graph.nodes().filter(|node| graph.landed(*node).is_none());
        let unknown = named.filter(|node| !graph.kind(*node).is_actor());
        HistoryView {
            version: history.version(),
            nodes: graph.node_count() as u64,
            unknown: unknown.count() as u64,
            edges: graph.edge_count() as u64,
            left_out: history.left_out(),
        }
    }
}
