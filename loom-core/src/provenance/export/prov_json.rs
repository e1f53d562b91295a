//! W3C PROV-JSON: runs, checks, readings, deploys and incidents are activities; people, programs and loops
//! are agents; all else is an entity. A version of a file is an entity of its own, `path@change`, and
//! specialises its path; its blob is an attribute, so content that comes back is no circle.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::bounded;
use crate::error::{Code, Error};
use crate::provenance::graph::view::{ChangeView, FileView};
use crate::provenance::graph::{NodeId, ProvenanceGraph};
use crate::provenance::name::{Kind, Name, Relation};
use crate::provenance::selection::Selection;

/// The namespace of our own names.
const NAMESPACE: &str = "urn:loomstack:";

/// What a node is to PROV.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Entity,
    Activity,
    Agent,
}

impl ProvenanceGraph {
    /// A selection as PROV-JSON.
    ///
    /// # Errors
    /// `limit_exceeded` (`EXPORT_BYTES_MAX`).
    pub fn prov_json(&self, selection: &Selection) -> Result<String, Error> {
        let mut document = Document::default();
        for node in selection.nodes() {
            document.node(self, node);
            let mut related: Vec<(Relation, NodeId)> = self.parents(node).collect();
            related.sort_by_key(|(relation, to)| (*relation, self.name(*to)));
            for (relation, to) in related {
                document.relation(&self.name(node), relation, &self.name(to));
            }
            if let Some(change) = self.change(node) {
                document.versions(self, selection, change);
            }
        }
        let text = serde_json::to_string_pretty(&document.finish())
            .map_err(|why| Error::new(Code::Internal, why.to_string()))?;
        bounded(text)
    }
}

fn class(kind: Kind) -> Class {
    match kind {
        Kind::Person | Kind::Service | Kind::Agent | Kind::Author | Kind::Loop => Class::Agent,
        Kind::Run | Kind::Verification | Kind::Review | Kind::Deploy | Kind::Incident => {
            Class::Activity
        }
        Kind::Repo
        | Kind::Ending
        | Kind::Artifact
        | Kind::Claim
        | Kind::Decision
        | Kind::Approval
        | Kind::Change
        | Kind::Resolution => Class::Entity,
    }
}

/// The document in the making: what PROV calls it, then by id.
#[derive(Default)]
struct Document {
    parts: BTreeMap<&'static str, BTreeMap<String, Value>>,
    relations: u64,
    paths: BTreeSet<String>,
}

impl Document {
    fn node(&mut self, graph: &ProvenanceGraph, node: NodeId) {
        let name = graph.name(node);
        let mut told = Map::new();
        told.insert("loom:name".into(), json!(name.to_string()));
        told.insert("loom:kind".into(), json!(name.kind.as_str()));
        let class = class(name.kind);
        match graph.landed(node) {
            Some((at, _)) if class == Class::Activity => {
                told.insert("prov:startTime".into(), json!(at.to_string()));
            }
            Some((at, _)) => {
                told.insert("loom:at".into(), json!(at.to_string()));
            }
            None if !name.kind.is_actor() => {
                told.insert("loom:unknown".into(), json!("true"));
            }
            None => {}
        }
        match class {
            Class::Agent => {
                let kind = match name.kind {
                    Kind::Person => "prov:Person",
                    Kind::Author => "prov:Agent",
                    _ => "prov:SoftwareAgent",
                };
                told.insert("prov:type".into(), qualified(kind));
            }
            Class::Entity if name.kind == Kind::Change => {
                told.insert("prov:type".into(), qualified("prov:Collection"));
            }
            _ => {}
        }
        if let Some(change) = graph.change(node) {
            told.insert("loom:repo".into(), json!(change.repo().as_str()));
            told.insert("loom:branch".into(), json!(change.branch().as_str()));
            told.insert("loom:made_by".into(), json!(change.made_by()));
            if let Some(commit) = change.commit() {
                told.insert("loom:commit".into(), json!(commit));
            }
            if let Some(intent) = change.intent().and_then(|intent| intent.text.as_ref()) {
                told.insert("loom:intent".into(), json!(intent));
            }
        }
        let part = match class {
            Class::Entity => "entity",
            Class::Activity => "activity",
            Class::Agent => "agent",
        };
        self.put(part, id(&name), Value::Object(told));
    }

    /// How one node stands on another, in the words of PROV; ours ride along.
    fn relation(&mut self, from: &Name, relation: Relation, to: &Name) {
        use Class::{Activity, Agent, Entity};
        let (part, from_role, to_role) = match (class(from.kind), class(to.kind)) {
            (Agent, Agent) => ("actedOnBehalfOf", "prov:delegate", "prov:responsible"),
            (Activity, Agent) => ("wasAssociatedWith", "prov:activity", "prov:agent"),
            (Activity, Activity) => ("wasInformedBy", "prov:informed", "prov:informant"),
            (Activity, Entity) => ("used", "prov:activity", "prov:entity"),
            (Entity, Agent) => ("wasAttributedTo", "prov:entity", "prov:agent"),
            (Entity, Activity) if relation != Relation::ResolvedBy => {
                ("wasGeneratedBy", "prov:entity", "prov:activity")
            }
            (Entity, Entity) if relation != Relation::Under && relation != Relation::AllowedBy => {
                ("wasDerivedFrom", "prov:generatedEntity", "prov:usedEntity")
            }
            _ => ("wasInfluencedBy", "prov:influencee", "prov:influencer"),
        };
        self.link(
            part,
            json!({from_role: id(from), to_role: id(to), "loom:relation": relation}),
        );
    }

    /// The versions of files that a change made, each derived from the one before it.
    fn versions(&mut self, graph: &ProvenanceGraph, selection: &Selection, change: ChangeView<'_>) {
        let of = graph.name(change.node());
        for file in change.files() {
            let Some(blob) = file.after() else {
                continue;
            };
            let version = version_id(&of, &file.path());
            let told = json!({"loom:path": file.path(), "loom:blob": blob,
                "loom:change": of.to_string()});
            self.put("entity", version.clone(), told);
            let path = format!(
                "loom:path/{}/{}",
                escaped(change.repo().as_str()),
                escaped(&file.path())
            );
            if self.paths.insert(path.clone()) {
                self.put("entity", path.clone(), json!({"loom:path": file.path()}));
            }
            self.link(
                "specializationOf",
                json!({"prov:specificEntity": version, "prov:generalEntity": path}),
            );
            self.link(
                "hadMember",
                json!({"prov:collection": id(&of), "prov:entity": version}),
            );
            if let Some(before) = before(graph, selection, change, file) {
                self.link(
                    "wasDerivedFrom",
                    json!({"prov:generatedEntity": version, "prov:usedEntity": before}),
                );
            }
        }
    }

    fn link(&mut self, part: &'static str, told: Value) {
        self.relations += 1;
        self.put(part, format!("_:r{:08}", self.relations), told);
    }

    fn put(&mut self, part: &'static str, id: String, told: Value) {
        self.parts.entry(part).or_default().insert(id, told);
    }

    fn finish(self) -> Value {
        let mut document = Map::new();
        document.insert("prefix".into(), json!({"loom": NAMESPACE}));
        for (part, told) in self.parts {
            document.insert(part.into(), json!(told));
        }
        Value::Object(document)
    }
}

/// The last selected version of a file's path that landed on the same branch before the change.
fn before(
    graph: &ProvenanceGraph,
    selection: &Selection,
    change: ChangeView<'_>,
    file: FileView<'_>,
) -> Option<String> {
    let path = file.old_path().unwrap_or_else(|| file.path());
    let versions = graph.versions(change.repo(), &path);
    let before = versions.rev().find(|version| {
        let other = version.change();
        other.landed() < change.landed()
            && other.is_beside(&change)
            && version.after_key().is_some()
            && selection.holds(other.node())
    })?;
    Some(version_id(
        &graph.name(before.change().node()),
        &before.path(),
    ))
}

fn version_id(change: &Name, path: &str) -> String {
    format!("loom:version/{}/{}", escaped(&change.id), escaped(path))
}

fn id(name: &Name) -> String {
    format!("loom:{}/{}", name.kind, escaped(&name.id))
}

/// A text as a part of an id: what is no letter, digit, `.`, `-` or `_` is written as `%` and two digits.
fn escaped(text: &str) -> String {
    let mut id = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
                id.push(char::from(byte))
            }
            _ => id.push_str(&format!("%{byte:02X}")),
        }
    }
    id
}

fn qualified(name: &str) -> Value {
    json!({"$": name, "type": "prov:QUALIFIED_NAME"})
}
