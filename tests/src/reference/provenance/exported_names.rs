//! Which nodes an export is of, read back from its text: what a reader needs to know of each format, and
//! no more.

use std::collections::BTreeSet;

use loom_core::provenance::Name;
use serde_json::Value;

fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect()
}

fn name(value: &Value) -> Name {
    let text = value.as_str().expect("a name");
    text.parse().expect("a name")
}

/// Puts a name among others; none is told twice.
fn put(names: &mut BTreeSet<Name>, value: &Value) {
    let name = name(value);
    assert!(names.insert(name.clone()), "{name} is told twice");
}

/// Of in-toto statements.
pub fn of_in_toto(text: &str) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    for statement in lines(text) {
        let predicate = &statement["predicate"];
        let at = match statement["predicateType"].as_str() {
            Some("https://slsa.dev/provenance/v1") => "/buildDefinition/externalParameters/name",
            Some("https://in-toto.io/attestation/test-result/v0.1") => "/configuration/0/name",
            Some("urn:loomstack:node:v1") => "/name",
            other => panic!("{other:?}"),
        };
        put(&mut names, predicate.pointer(at).expect("a name"));
    }
    names
}

/// Of spans.
pub fn of_otlp(text: &str) -> BTreeSet<Name> {
    let document: Value = serde_json::from_str(text).expect("JSON");
    let attribute = |of: &Value, key: &str| {
        let attributes = of["attributes"].as_array().expect("attributes");
        let found = attributes.iter().find(|each| each["key"] == key);
        found.expect("the attribute")["value"].clone()
    };
    let mut names = BTreeSet::new();
    let resource = &document["resourceSpans"][0];
    let others = attribute(&resource["resource"], "loomstack.nodes");
    for other in others["arrayValue"]["values"].as_array().expect("a list") {
        put(&mut names, &other["stringValue"]);
    }
    let spans = resource["scopeSpans"][0]["spans"].as_array();
    for span in spans.expect("spans") {
        let events = span["events"].as_array().expect("events");
        for each in events.iter().chain([span]) {
            let name = attribute(each, "loomstack.name");
            put(&mut names, &name["stringValue"]);
        }
    }
    names
}

/// Of Agent Trace records.
pub fn of_agent_trace(text: &str) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    for record in lines(text) {
        let ours = &record["metadata"]["loomstack"];
        match ours["nodes"].as_array() {
            Some(others) => others.iter().for_each(|other| put(&mut names, other)),
            None => put(&mut names, &ours["name"]),
        }
    }
    names
}
