//! In-toto statements, spans and Agent Trace records: each reads back as the nodes that were selected, is
//! the same to the byte in whatever order history was told, and what is written as Agent Trace is read as
//! the changes that it was written from.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use loom_core::error::{Code, Error};
use loom_core::model::{Branch, MadeBy, RepoId};
use loom_core::provenance::{
    AGENT_TRACE_BYTES_MAX, AGENT_TRACE_RANGES_MAX, AGENT_TRACE_RECORDS_MAX, ENTRY_BYTES_MAX, Entry,
    FILES_MAX, Fact, Kind, Name, ProvenanceGraph, Relation, Selected, Selection,
    entries_from_agent_trace,
};
use loom_tests::reference::provenance::exported_names::{of_agent_trace, of_in_toto, of_otlp};
use loom_tests::reference::provenance::history::history;
use loom_tests::rich_history::{HOSTILE, rich_history};
use proptest::prelude::*;
use serde_json::{Value, json};

fn told<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> ProvenanceGraph {
    let mut graph = ProvenanceGraph::new();
    for entry in entries {
        graph.enter(entry).unwrap();
    }
    graph
}

fn exports(graph: &ProvenanceGraph, selection: &Selection) -> [String; 3] {
    [
        graph.in_toto(selection).unwrap(),
        graph.otlp(selection).unwrap(),
        graph.agent_trace(selection).unwrap(),
    ]
}

fn read_back([in_toto, otlp, agent_trace]: &[String; 3]) -> [BTreeSet<Name>; 3] {
    [
        of_in_toto(in_toto),
        of_otlp(otlp),
        of_agent_trace(agent_trace),
    ]
}

fn names(graph: &ProvenanceGraph, selection: &Selection) -> BTreeSet<Name> {
    selection.nodes().map(|node| graph.name(node)).collect()
}

fn imported(text: &str) -> Result<Vec<Entry>, Error> {
    let (repo, branch) = (RepoId::new("shop").unwrap(), Branch::new("main").unwrap());
    entries_from_agent_trace(text, &repo, &branch)
}

fn changes(graph: &ProvenanceGraph) -> Vec<Entry> {
    let entries = graph.entries().into_iter();
    entries
        .filter(|entry| entry.name().kind == Kind::Change)
        .collect()
}

/// The seeds of a history, and an order to tell it in.
fn seeds_and_order() -> impl Strategy<Value = (Vec<Entry>, Vec<Entry>)> {
    prop::collection::vec((any::<u8>(), any::<[u8; 4]>()), 1..40)
        .prop_map(|seeds| history(&seeds))
        .prop_flat_map(|entries| (Just(entries.clone()), Just(entries).prop_shuffle()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn every_order_of_telling_gives_the_same_bytes_and_they_read_back_as_the_selection(
        (entries, shuffled) in seeds_and_order(), pick in any::<prop::sample::Index>(),
    ) {
        let (graph, other) = (told(&entries), told(&shuffled));
        let one = entries[pick.index(entries.len())].name();
        for selected in [Selected::All {}, Selected::Names { names: vec![one] }] {
            let selection = graph.select(&selected).unwrap();
            let written = exports(&graph, &selection);
            let again = exports(&other, &other.select(&selected).unwrap());
            prop_assert_eq!(&written, &again);
            let names = names(&graph, &selection);
            for read in read_back(&written) {
                prop_assert_eq!(&read, &names);
            }
        }
    }

    #[test]
    fn agent_trace_reads_back_as_the_changes_that_were_written((entries, _) in seeds_and_order()) {
        let graph = told(&entries);
        let text = graph.agent_trace(&graph.select(&Selected::All {}).unwrap()).unwrap();
        let read = imported(&text).unwrap();
        prop_assert_eq!(changes(&told(&read)), changes(&graph));
    }
}

#[test]
fn a_history_of_every_kind_and_relation_with_hostile_names_reads_back() {
    let mut entries = rich_history();
    let graph = told(&entries);
    let kinds: BTreeSet<Kind> = graph.nodes().map(|node| graph.kind(node)).collect();
    assert_eq!(kinds.len(), Kind::ALL.len(), "{kinds:?}");
    let relations = entries.iter().flat_map(|entry| entry.related());
    let relations: BTreeSet<Relation> = relations.map(|(how, _)| how).collect();
    assert_eq!(relations.len(), Relation::ALL.len(), "{relations:?}");

    let selection = graph.select(&Selected::All {}).unwrap();
    let written = exports(&graph, &selection);
    for read in read_back(&written) {
        assert_eq!(read, names(&graph, &selection));
    }
    for text in &written {
        let control = |c: char| c.is_control() && c != '\n';
        assert!(!text.contains(control));
    }
    for name in HOSTILE {
        let name = Name::new(Kind::Change, name);
        assert!(of_in_toto(&written[0]).contains(&name), "{name}");
    }
    entries.reverse();
    let other = told(&entries);
    let again = exports(&other, &other.select(&Selected::All {}).unwrap());
    assert_eq!(written, again);
    assert_eq!(
        changes(&told(&imported(&written[2]).unwrap())),
        changes(&graph)
    );
}

#[test]
fn a_change_is_provenance_of_its_blobs_and_a_check_a_result_over_its_commits() {
    let graph = told(&rich_history());
    let text = graph
        .in_toto(&graph.select(&Selected::All {}).unwrap())
        .unwrap();
    let statements: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |at: &str, name: &str| {
        let found = statements
            .iter()
            .find(|statement| statement["predicate"].pointer(at) == Some(&json!(name)));
        found.unwrap()
    };
    let change = of("/buildDefinition/externalParameters/name", "change:aba-1");
    assert_eq!(
        change["subject"],
        json!([{"name": "src/pay.rs", "digest": {"gitBlob": "b".repeat(40)}}])
    );
    let builder = &change["predicate"]["runDetails"]["builder"]["id"];
    assert_eq!(builder, "urn:loomstack:run:r-child");
    let bare = of("/buildDefinition/externalParameters/name", "change:bare");
    assert_eq!(bare["subject"][0]["name"], "change:bare");
    let used = &bare["predicate"]["buildDefinition"]["resolvedDependencies"];
    let used: Vec<&Value> = used
        .as_array()
        .unwrap()
        .iter()
        .map(|each| &each["digest"])
        .collect();
    assert_eq!(
        used,
        [
            &json!({"gitCommit": format!("{:040x}", 256)}),
            &json!({"gitBlob": "c".repeat(40)})
        ]
    );
    let check = of("/configuration/0/name", "verification:check-1");
    assert_eq!(check["predicate"]["result"], "PASSED");
    assert_eq!(
        check["predicate"]["passedTests"],
        json!(["unit", "a \"b\""])
    );
    let subjects: BTreeMap<&str, &Value> = check["subject"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each| (each["name"].as_str().unwrap(), &each["digest"]))
        .collect();
    assert_eq!(subjects.len(), 3);
    assert_eq!(
        subjects["change:aba-1"],
        &json!({"gitCommit": format!("{:040x}", 257)})
    );
    let failed = of("/configuration/0/name", "verification:check-2");
    assert_eq!(failed["predicate"]["result"], "FAILED");
}

#[test]
fn a_run_is_a_span_within_the_run_it_works_for_and_lasts_until_its_end() {
    let graph = told(&rich_history());
    let text = graph
        .otlp(&graph.select(&Selected::All {}).unwrap())
        .unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let spans = &document["resourceSpans"][0]["scopeSpans"][0]["spans"];
    let span = |name: &str| {
        let mut spans = spans.as_array().unwrap().iter();
        spans.find(|span| span["name"] == name).unwrap()
    };
    let (top, child, change) = (span("run:r-top"), span("run:r-child"), span("change:aba-0"));
    assert_eq!(top.get("parentSpanId"), None);
    assert_eq!(child["parentSpanId"], top["spanId"]);
    assert_eq!(change["parentSpanId"], child["spanId"]);
    assert_eq!(change["traceId"], top["traceId"]);
    let nanos = |span: &Value, at: &str| span[at].as_str().unwrap().parse::<u64>().unwrap();
    assert_eq!(child["events"][0]["name"], "ending:r-child");
    assert_eq!(child["events"][0]["timeUnixNano"], child["endTimeUnixNano"]);
    assert!(nanos(child, "endTimeUnixNano") > nanos(child, "startTimeUnixNano"));
    assert_eq!(top["startTimeUnixNano"], top["endTimeUnixNano"]);
    let ring = ["run:ring-1", "run:ring-2", "run:ring-3"].map(|name| &span(name)["traceId"]);
    assert!(ring.iter().all(|id| *id == ring[0]), "{ring:?}");
    assert_eq!(span("verification:check-2")["status"]["code"], 2);
}

fn record(with: Value) -> String {
    let mut record = json!({
        "version": "0.1.0", "id": "550e8400-e29b-41d4-a716-446655440000",
        "timestamp": "2026-01-25T11:00:00+01:00", "files": [],
    });
    let with = with.as_object().unwrap().clone();
    record.as_object_mut().unwrap().extend(with);
    record.to_string()
}

fn file(path: &str, conversations: Value) -> Value {
    json!({"path": path, "conversations": conversations})
}

#[test]
fn a_record_of_another_tool_is_a_change_of_its_own() {
    let ai = json!({"type": "ai", "model_id": "maker/model-1"});
    let text = record(json!({
        "vcs": {"type": "git", "revision": "a".repeat(40)},
        "tool": {"name": "editor", "version": "2"}, "later": {"added": 0.5},
        "metadata": {"confidence": 0.95, "dev.editor": {"workspace": [1]}},
        "files": [
            file("src/a.rs", json!([
                {"contributor": ai, "ranges": [
                    {"start_line": 10, "end_line": 20, "content_hash": "murmur3:9f2e8a1b"},
                    {"start_line": 15, "end_line": 24}, {"start_line": 9, "end_line": 3},
                ]},
            ])),
        ],
    }));
    let entries = imported(&format!("\n{text}\n")).unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].at.to_string(), "2026-01-25T10:00:00.000Z");
    let Fact::Change(change) = &entries[0].fact else {
        panic!("a change");
    };
    assert_eq!(
        change.id.as_str(),
        "agent-trace:550e8400-e29b-41d4-a716-446655440000"
    );
    assert_eq!(
        (change.repo.as_str(), change.branch.as_str()),
        ("shop", "main")
    );
    assert_eq!(change.commit.as_ref().unwrap().as_str(), "a".repeat(40));
    assert_eq!(change.made_by, MadeBy::Loop);
    assert_eq!(change.by, [Name::new(Kind::Agent, "editor")]);
    assert_eq!(
        (change.files[0].path.as_str(), change.files[0].added),
        ("src/a.rs", 15)
    );
    told(&entries);
}

#[test]
fn who_made_a_record_is_never_guessed() {
    let made_by = |contributors: &[Value]| {
        let ranges: Vec<Value> = contributors
            .iter()
            .enumerate()
            .map(|(nth, who)| json!({"start_line": nth + 1, "end_line": nth + 1, "contributor": who}))
            .collect();
        let files = [file("a", json!([{"ranges": ranges}]))];
        let entries = imported(&record(json!({"files": files}))).unwrap();
        let Fact::Change(change) = &entries[0].fact else {
            panic!("a change");
        };
        change.made_by
    };
    let of = |kind: &str| json!({"type": kind});
    assert_eq!(made_by(&[of("human")]), MadeBy::Human);
    assert_eq!(made_by(&[of("ai")]), MadeBy::Loop);
    assert_eq!(made_by(&[of("ai"), of("human")]), MadeBy::Mixed);
    assert_eq!(made_by(&[of("mixed")]), MadeBy::Mixed);
    assert_eq!(made_by(&[of("human"), of("unknown")]), MadeBy::Unknown);
    assert_eq!(made_by(&[of("ai"), Value::Null]), MadeBy::Unknown);
    assert_eq!(made_by(&[]), MadeBy::Unknown);
}

#[test]
fn a_record_that_cannot_be_is_refused_with_its_line_and_field() {
    let refused = |text: &str| imported(text).unwrap_err();
    let error = refused("\n{\"version\":");
    assert_eq!(
        (error.code(), error.field()),
        (Code::InvalidJson, Some("records[1].record"))
    );
    let graph = told(&rich_history());
    let names = vec![Name::new(Kind::Change, "aba-0")];
    let selection = graph.select(&Selected::Names { names }).unwrap();
    let text = graph.agent_trace(&selection).unwrap();
    let ours = text.lines().next().unwrap();
    let mut other: Value = serde_json::from_str(ours).unwrap();
    other["files"][0]["path"] = json!("src/other.rs");
    let error = refused(&other.to_string());
    let field = Some("records[0].metadata.loomstack.entry");
    assert_eq!((error.code(), error.field()), (Code::InvalidField, field));
    let mut other: Value = serde_json::from_str(ours).unwrap();
    other["metadata"]["loomstack"]["entry"]["fact"] = json!({"type": "repo", "id": "shop"});
    let error = refused(&other.to_string());
    assert_eq!((error.code(), error.field()), (Code::InvalidField, field));
}

#[test]
fn one_past_each_limit_of_agent_trace_is_refused_by_name() {
    let limit = |text: &str| imported(text).unwrap_err().limit_name();
    let blank = |n: usize| " ".repeat(n);
    assert_eq!(
        limit(&blank(AGENT_TRACE_BYTES_MAX + 1)),
        Some("AGENT_TRACE_BYTES_MAX")
    );
    assert_eq!(imported(&blank(AGENT_TRACE_BYTES_MAX)).unwrap(), []);

    let one = record(json!({})) + "\n";
    let many = |n: usize| one.repeat(n);
    assert_eq!(imported(&many(AGENT_TRACE_RECORDS_MAX)).unwrap(), []);
    let error = limit(&many(AGENT_TRACE_RECORDS_MAX + 1));
    assert_eq!(error, Some("AGENT_TRACE_RECORDS_MAX"));

    let ranges = |n: usize| {
        let ranges = vec![json!({"start_line": 1, "end_line": 1}); n];
        record(json!({"files": [file("a", json!([{"ranges": ranges}]))]}))
    };
    assert_eq!(imported(&ranges(AGENT_TRACE_RANGES_MAX)).unwrap().len(), 1);
    assert_eq!(
        limit(&ranges(AGENT_TRACE_RANGES_MAX + 1)),
        Some("AGENT_TRACE_RANGES_MAX")
    );

    let files = |n: usize| record(json!({"files": vec![file("a", json!([])); n]}));
    assert_eq!(imported(&files(FILES_MAX)).unwrap().len(), 1);
    assert_eq!(limit(&files(FILES_MAX + 1)), Some("FILES_MAX"));

    let long = format!("{}{}", one.trim(), blank(ENTRY_BYTES_MAX));
    assert_eq!(limit(&long), Some("ENTRY_BYTES_MAX"));
    let deep = |n: usize| {
        record(json!({"metadata": {"x": "HERE"}}))
            .replace("\"HERE\"", &format!("{}{}", "[".repeat(n), "]".repeat(n)))
    };
    assert_eq!(imported(&deep(30)).unwrap(), []);
    assert_eq!(limit(&deep(31)), Some("AGENT_TRACE_DEPTH_MAX"));
}
