//! The published schema of policies, read by a library that is not ours, agrees with the loader: it takes
//! the policies that we ship, and refuses a key that no reader knows, wherever it stands.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::path::Path;

use loom_core::policy::{Format, PolicySet};
use serde_json::{Value, json};

/// The policies of `examples/policies`, by the name of the file.
fn policies() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/policies");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let name = |file: &Path| file.file_name().unwrap().to_str().unwrap().to_owned();
    let policy = |file: &Path| {
        let name = name(file);
        name.ends_with(".yaml") && !name.ends_with(".stories.yaml")
    };
    let mut all: Vec<(String, Value)> = files
        .filter(|file| policy(file))
        .map(|file| {
            let text = std::fs::read_to_string(&file).unwrap();
            let policy = PolicySet::load(&text, Format::Yaml).unwrap();
            (
                name(&file),
                serde_json::to_value(policy.document()).unwrap(),
            )
        })
        .collect();
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    all
}

fn published() -> jsonschema::Validator {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/policy.json");
    let schema = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

/// Every place of a document that holds keys, as a JSON pointer.
fn objects(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            found.push(at.clone());
            for (key, value) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                objects(value, format!("{at}/{key}"), found);
            }
        }
        Value::Array(list) => {
            for (place, value) in list.iter().enumerate() {
                objects(value, format!("{at}/{place}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn the_published_schema_takes_the_policies_that_we_ship() {
    let schema = published();
    let policies = policies();
    assert!(policies.len() >= 9, "{}", policies.len());
    for (name, policy) in policies {
        let faults: Vec<String> = schema
            .iter_errors(&policy)
            .map(|why| why.to_string())
            .collect();
        assert!(faults.is_empty(), "{name}: {faults:?}");
    }
}

#[test]
fn a_key_that_the_loader_refuses_is_refused_by_the_schema_wherever_it_stands() {
    let schema = published();
    let mut refused = 0;
    for (name, policy) in policies() {
        let mut places = Vec::new();
        objects(&policy, String::new(), &mut places);
        for place in places {
            let mut misspelt = policy.clone();
            let object = misspelt
                .pointer_mut(&place)
                .unwrap()
                .as_object_mut()
                .unwrap();
            object.insert("misspelt_key".to_owned(), json!(["x"]));
            let loads = PolicySet::load(&misspelt.to_string(), Format::Json).is_ok();
            let takes = schema.is_valid(&misspelt);
            assert_eq!(takes, loads, "{name} at {place:?}");
            refused += usize::from(!takes);
        }
    }
    assert!(refused > 50, "{refused}");
}

#[test]
fn a_value_of_another_kind_is_refused_by_the_schema() {
    let schema = published();
    let (_, policy) = policies().remove(0);
    for (place, value) in [
        ("/version", json!("one")),
        ("/default", json!("maybe")),
        ("/rules", json!({})),
        ("/rules/0/effect", json!("forbid")),
        ("/rules/0/id", json!("")),
    ] {
        let mut wrong = policy.clone();
        *wrong.pointer_mut(place).unwrap() = value;
        assert!(!schema.is_valid(&wrong), "{place}");
    }
}
