//! The vectors of the wire contract, as every language runs them.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use loom_core::error::Code;
use loom_tests::scenarios::books;
use loom_tests::wire_vectors::{Expect, Vector, run_file};

fn files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/wire");
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path.display().to_string(), text)
        })
        .collect();
    files.sort();
    files
}

fn vectors() -> Vec<Vector> {
    let read = |(_, text): &(String, String)| serde_json::from_str::<Vec<Vector>>(text).unwrap();
    files().iter().flat_map(read).collect()
}

#[test]
fn the_library_answers_every_vector() {
    for (file, text) in files() {
        let outcome = run_file(&text);
        assert!(
            outcome.failures.is_empty(),
            "{file}: {:#?}",
            outcome.failures
        );
        assert!(outcome.passed > 0, "{file} holds no vector");
    }
}

#[test]
fn there_are_enough_of_them_and_no_two_promise_the_same() {
    let all = vectors();
    let names: BTreeSet<&str> = all.iter().map(|vector| vector.name.as_str()).collect();
    assert_eq!(names.len(), all.len(), "two vectors have one name");
    assert!(all.len() >= 300, "{}", all.len());
    let hashed = all.iter().filter(|vector| vector.state_hash.is_some());
    assert!(hashed.count() >= 20);
}

#[test]
fn every_kind_of_command_query_and_reply_stands_in_a_vector() {
    let schema = |name: &str| -> serde_json::Value {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("schema")
            .join(name);
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let kinds = |document: &serde_json::Value, of: &str| -> BTreeSet<String> {
        let variants = document["$defs"][of]["oneOf"].as_array().unwrap();
        let name = |variant: &serde_json::Value| variant["properties"]["type"]["const"].clone();
        variants
            .iter()
            .map(|variant| name(variant).as_str().unwrap().to_owned())
            .collect()
    };
    let mut seen = [const { BTreeSet::new() }; 4];
    for vector in vectors() {
        let given = vector.given.iter().map(|given| &given.command);
        for command in given.chain(&vector.command) {
            seen[0].extend(command["body"]["type"].as_str().map(str::to_owned));
        }
        let asked = vector
            .query
            .as_ref()
            .and_then(|query| query["type"].as_str());
        seen[1].extend(asked.map(str::to_owned));
        if let Expect::Reply(reply) = &vector.expect {
            let place = if vector.query.is_some() { 3 } else { 2 };
            seen[place].extend(reply["type"].as_str().map(str::to_owned));
        }
    }
    let (requests, answers) = (schema("requests.json"), schema("answers.json"));
    for (place, (document, of)) in [
        (&requests, "Body"),
        (&requests, "Query"),
        (&answers, "Reply"),
        (&answers, "QueryReply"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut missing = kinds(document, of);
        // A command that landed answers with what it answered then, so this one never leaves a handle.
        missing.remove("already_landed");
        missing.retain(|kind| !seen[place].contains(kind));
        assert!(missing.is_empty(), "{of} without a vector: {missing:?}");
    }
}

#[test]
fn every_error_that_a_caller_can_cause_stands_in_a_vector() {
    let codes: BTreeSet<String> = vectors()
        .into_iter()
        .filter_map(|vector| match vector.expect {
            Expect::Error { code, .. } => Some(code),
            Expect::Reply(_) => None,
        })
        .collect();
    for code in [
        Code::InvalidPath,
        Code::InvalidPattern,
        Code::InvalidField,
        Code::MissingField,
        Code::InvalidJson,
        Code::LimitExceeded,
        Code::NotFound,
        Code::AlreadyExists,
        Code::NotPermitted,
        Code::IdReused,
        Code::RunNotLive,
        Code::ClaimNotLive,
        Code::AlreadyWaiting,
        Code::NotNarrower,
        Code::NoJournal,
    ] {
        assert!(codes.contains(code.as_str()), "{}", code.as_str());
    }
}

#[test]
fn the_files_are_what_the_stories_say() {
    let known = files();
    for book in books() {
        let file = format!("{}.json", book.name);
        let text = known.iter().find(|(path, _)| path.ends_with(&file));
        let (_, text) = text.unwrap_or_else(|| panic!("{file} is missing: run `make vectors`"));
        let vectors: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
        assert_eq!(
            vectors.len(),
            book.vectors.len(),
            "{file}: run `make vectors`"
        );
        for (vector, told) in vectors.into_iter().zip(book.vectors) {
            let name = told.name.clone();
            assert_eq!(
                vector,
                serde_json::to_value(told).unwrap(),
                "{file}: {name}"
            );
        }
    }
}

#[test]
fn a_vector_that_is_wrong_fails() {
    let mut vector = vectors()
        .into_iter()
        .find(|vector| vector.state_hash.is_some())
        .unwrap();
    assert_eq!(vector.run(), Ok(()));
    let hash = vector.state_hash.replace("0".repeat(64));
    assert!(vector.run().unwrap_err().contains("digest"));
    vector.state_hash = hash;
    let expect = std::mem::replace(&mut vector.expect, Expect::error("not_found", None));
    assert!(vector.run().unwrap_err().starts_with("answered"));
    vector.expect = expect;
    vector.given.clear();
    assert!(vector.run().is_err());
}
