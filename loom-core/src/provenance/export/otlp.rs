//! History as spans of OpenTelemetry, in OTLP/JSON: one document.
//!
//! A run is a span, with the run that it works for as its parent; all that was done in a run and told of
//! (claims, decisions, changes, checks, deploys, incidents) is a span within it, and a trace is a run of
//! nobody's with all that hangs on it. What happened at one moment has a span without length; a run or an
//! incident lasts until its end, which is an event of the span, and is without length while it has none.
//! What else a span stands on is a link where it is a span, and an attribute in any case.
//!
//! The name of the node is the attribute `loomstack.name`, on spans and events. Nodes that are no spans
//! (people, loops, repositories, artifacts, and whatever nobody told of) stand in the attribute
//! `loomstack.nodes` of the resource. Trace and span ids are the first bytes of SHA-256 of names.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::output::{Output, end_of, hex, relations};
use crate::error::Error;
use crate::model::{Digest, Timestamp, Verdict};
use crate::provenance::{Fact, Kind, Name, NodeId, ProvenanceGraph, Relation, Selection};

/// What is at the top of each node that was asked about, so that no way is walked twice.
type Tops = BTreeMap<NodeId, Name>;

impl ProvenanceGraph {
    /// A selection as spans, in OTLP/JSON, in the order of names. Times are nanoseconds, as text, at most
    /// `u64::MAX` (a moment of the year 2554).
    ///
    /// # Errors
    /// `limit_exceeded` (`EXPORT_BYTES_MAX`).
    pub fn otlp(&self, selection: &Selection) -> Result<String, Error> {
        let mut output = Output::new();
        let others: Vec<Value> = selection
            .nodes()
            .filter(|node| !self.is_span(*node) && !self.is_event(*node, selection))
            .map(|node| json!({"stringValue": self.name(node)}))
            .collect();
        let resource = json!({"attributes": [
            text("service.name", "loomstack"),
            {"key": "loomstack.nodes", "value": {"arrayValue": {"values": others}}},
        ]});
        output.push(&format!(
            "{{\"resourceSpans\":[{{\"resource\":{resource},\
             \"scopeSpans\":[{{\"scope\":{{\"name\":\"loomstack.provenance\"}},\"spans\":["
        ))?;
        let mut tops = Tops::new();
        let spans = selection.nodes().filter(|node| self.is_span(*node));
        for (nth, node) in spans.enumerate() {
            output.push(if nth == 0 { "\n" } else { ",\n" })?;
            output.push(&self.span(node, selection, &mut tops).to_string())?;
        }
        output.push("\n]}]}]}\n")?;
        Ok(output.into_text())
    }

    fn span(&self, node: NodeId, selection: &Selection, tops: &mut Tops) -> Value {
        let name = self.name(node);
        let start = self
            .landed(node)
            .map_or(Timestamp::EPOCH, |(start, _)| start);
        let end = end_of(self, node).filter(|end| selection.holds(*end));
        let ended = end.and_then(|end| self.landed(end)).map(|(at, _)| at);
        let related = relations(self, node);
        let parent = self.run_around(node);
        let mut attributes = vec![text("loomstack.name", &name.to_string())];
        for (how, to) in &related {
            attributes.push(text(&format!("loomstack.{how}"), &to.to_string()));
        }
        attributes.extend(self.particulars(node));
        let links: Vec<Value> = related
            .iter()
            .filter_map(|(how, to)| Some((how, to, self.find(to)?)))
            .filter(|(_, _, other)| Some(*other) != parent && self.is_span(*other))
            .map(|(how, to, other)| {
                json!({
                    "traceId": trace_id(&self.top(other, tops)), "spanId": span_id(to),
                    "attributes": [text("loomstack.relation", how.as_str())],
                })
            })
            .collect();
        let events: Vec<Value> = end
            .map(|end| {
                let name = self.name(end).to_string();
                let (at, mut of_end) =
                    (ended.unwrap_or(start), vec![text("loomstack.name", &name)]);
                of_end.extend(self.particulars(end));
                for (how, to) in relations(self, end) {
                    of_end.push(text(&format!("loomstack.{how}"), &to.to_string()));
                }
                json!({"timeUnixNano": nanos(at), "name": name, "attributes": merged(of_end)})
            })
            .into_iter()
            .collect();
        let mut span = json!({
            "traceId": trace_id(&self.top(node, tops)), "spanId": span_id(&name),
            "name": name, "kind": 1,
            "startTimeUnixNano": nanos(start),
            "endTimeUnixNano": nanos(ended.unwrap_or(start).max(start)),
            "attributes": merged(attributes), "events": events, "links": links,
            "status": self.status(node),
        });
        if let Some(parent) = parent {
            span["parentSpanId"] = json!(span_id(&self.name(parent)));
        }
        span
    }

    /// What else is known of a node.
    fn particulars(&self, node: NodeId) -> Vec<Value> {
        if let Some(change) = self.change(node) {
            let mut known = vec![
                text("vcs.repository.name", change.repo().as_str()),
                text("vcs.ref.head.name", change.branch().as_str()),
                number("loomstack.files", change.file_count()),
            ];
            if let Some(commit) = change.commit() {
                known.push(text("vcs.ref.head.revision", &commit));
            }
            for file in change.files() {
                known.push(text("loomstack.path", &file.path()));
            }
            return known;
        }
        match self.fact(node) {
            Some(Fact::Ending { outcome, .. }) => {
                vec![text("loomstack.outcome", outcome.as_str())]
            }
            Some(Fact::Decision(decided)) => vec![
                text("loomstack.verb", decided.verb.as_str()),
                text("loomstack.verdict", decided.verdict.as_str()),
            ],
            Some(Fact::Claim(claim)) => vec![text("loomstack.mode", claim.mode.as_str())],
            Some(Fact::Deploy(deploy)) => {
                vec![text(
                    "deployment.environment.name",
                    deploy.environment.as_str(),
                )]
            }
            _ => Vec::new(),
        }
    }

    fn status(&self, node: NodeId) -> Value {
        match self.fact(node) {
            Some(Fact::Verification(check)) => match check.verdict {
                Verdict::Passed => json!({"code": 1}),
                Verdict::Failed => json!({"code": 2}),
            },
            _ => json!({}),
        }
    }

    fn is_span(&self, node: NodeId) -> bool {
        let is_kind = matches!(
            self.kind(node),
            Kind::Run
                | Kind::Claim
                | Kind::Decision
                | Kind::Approval
                | Kind::Change
                | Kind::Verification
                | Kind::Review
                | Kind::Deploy
                | Kind::Incident
        );
        is_kind && self.landed(node).is_some()
    }

    /// Is it the end of a span that is selected?
    fn is_event(&self, node: NodeId, selection: &Selection) -> bool {
        let kind = match self.kind(node) {
            Kind::Ending => Kind::Run,
            Kind::Resolution => Kind::Incident,
            _ => return false,
        };
        let of = self.find(&Name::new(kind, self.name(node).id));
        self.landed(node).is_some() && of.is_some_and(|of| self.is_span(of) && selection.holds(of))
    }

    /// The run that something was done in; of a run, the one that it works for.
    fn run_around(&self, node: NodeId) -> Option<NodeId> {
        let mut runs = self.parents(node).filter(|(how, to)| {
            let is_around = matches!(
                how,
                Relation::ChildOf
                    | Relation::HeldBy
                    | Relation::AskedBy
                    | Relation::MadeBy
                    | Relation::CheckedBy
                    | Relation::ReportedBy
            );
            is_around && self.kind(*to) == Kind::Run && *to != node
        });
        runs.next().map(|(_, run)| run)
    }

    /// The run at the top of a node, else the node; its trace is named after it. Of runs that work for
    /// each other in a circle it is the one whose name comes first.
    fn top(&self, node: NodeId, tops: &mut Tops) -> Name {
        let (mut way, mut seen, mut at) = (Vec::new(), BTreeSet::new(), node);
        let top = loop {
            if let Some(known) = tops.get(&at) {
                break known.clone();
            }
            if !seen.insert(at) {
                break self.first_of_circle(at);
            }
            way.push(at);
            match self.run_around(at) {
                Some(above) => at = above,
                None => break self.name(at),
            }
        };
        tops.extend(way.into_iter().map(|node| (node, top.clone())));
        top
    }

    fn first_of_circle(&self, of: NodeId) -> Name {
        let (mut first, mut node) = (self.name(of), of);
        while let Some(above) = self.run_around(node).filter(|above| *above != of) {
            node = above;
            first = first.min(self.name(node));
        }
        first
    }
}

fn trace_id(name: &Name) -> String {
    hex(Digest::of(&[b"trace:", name.to_string().as_bytes()]), 16)
}

fn span_id(name: &Name) -> String {
    hex(Digest::of(&[b"span:", name.to_string().as_bytes()]), 8)
}

fn nanos(at: Timestamp) -> String {
    let ms = u64::try_from(at.as_ms()).unwrap_or(0);
    ms.saturating_mul(1_000_000).to_string()
}

fn text(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

fn number(key: &str, value: usize) -> Value {
    json!({"key": key, "value": {"intValue": value.to_string()}})
}

/// A key stands once in a list of attributes: what came more than once becomes a list of values.
fn merged(attributes: Vec<Value>) -> Vec<Value> {
    let mut by_key: Vec<(Value, Vec<Value>)> = Vec::new();
    for mut attribute in attributes {
        let (key, value) = (attribute["key"].take(), attribute["value"].take());
        match by_key.iter_mut().find(|(known, _)| *known == key) {
            Some((_, values)) => values.push(value),
            None => by_key.push((key, vec![value])),
        }
    }
    let one = |(key, mut values): (Value, Vec<Value>)| match values.len() {
        1 => json!({"key": key, "value": values.pop()}),
        _ => json!({"key": key, "value": {"arrayValue": {"values": values}}}),
    };
    by_key.into_iter().map(one).collect()
}
