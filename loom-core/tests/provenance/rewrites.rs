//! What keeps its identity when history is rewritten.

use loom_core::provenance::{Entry, Grade, ProvenanceGraph, RewritesAsked, SQUASHED_MAX, SameWork};

fn told(graph: &mut ProvenanceGraph, nth: u64, branch: &str, patch: &str, files: &[(&str, &str)]) {
    let files: Vec<String> = files
        .iter()
        .map(|(path, blobs)| match blobs.split_once('>') {
            Some((before, after)) => {
                format!(r#"{{"path":"{path}","before":"{before}","after":"{after}"}}"#)
            }
            None => format!(r#"{{"path":"{path}","after":"{blobs}"}}"#),
        })
        .collect();
    let patch = match patch {
        "" => String::new(),
        patch => format!(r#""patch_id":"{patch}","#),
    };
    let (at, files) = (1_000 + nth, files.join(","));
    let json = format!(
        r#"{{"at":"2026-11-22T09:00:0{}Z","seq":{at},"fact":{{"type":"change","id":"{branch}{nth}",
        "repo":"shop","branch":"{branch}","made_by":"loop",{patch}"files":[{files}]}}}}"#,
        nth / 1_000
    );
    graph.enter(&Entry::from_json(&json).unwrap()).unwrap();
}

fn found(graph: &ProvenanceGraph) -> Vec<(Vec<String>, String, SameWork, Grade)> {
    let asked = RewritesAsked {
        repo: "shop".parse().unwrap(),
        since: None,
    };
    let rewrites = graph.rewrites(&asked).rewrites.into_iter();
    rewrites
        .map(|link| {
            let from = link.from.iter().map(ToString::to_string).collect();
            (from, link.to.to_string(), link.same, link.grade)
        })
        .collect()
}

#[test]
fn a_cherry_pick_is_seen_by_its_patch_and_surer_where_the_result_is_the_same_too() {
    let mut graph = ProvenanceGraph::new();
    told(&mut graph, 1, "topic", "p1", &[("x", "1")]);
    told(&mut graph, 2, "main", "p1", &[("x", "2")]);
    told(&mut graph, 3, "topic", "p3", &[("y", "1")]);
    told(&mut graph, 4, "main", "p3", &[("y", "1")]);
    let expected = [
        (
            vec!["topic1".into()],
            "main2".into(),
            SameWork::Patch,
            Grade::Strong,
        ),
        (
            vec!["topic3".into()],
            "main4".into(),
            SameWork::Patch,
            Grade::Certain,
        ),
    ];
    assert_eq!(found(&graph), expected);
}

#[test]
fn a_rebase_without_a_patch_is_seen_by_its_result_on_another_branch_alone() {
    let mut graph = ProvenanceGraph::new();
    told(&mut graph, 1, "topic", "", &[("x", "1"), ("y", "1")]);
    told(&mut graph, 2, "main", "", &[("x", "1"), ("y", "1")]);
    told(&mut graph, 3, "main", "", &[("x", "2"), ("y", "2")]);
    told(&mut graph, 4, "main", "", &[("x", "2"), ("y", "2")]);
    let expected = [(
        vec!["topic1".into()],
        "main2".into(),
        SameWork::Result,
        Grade::Strong,
    )];
    assert_eq!(found(&graph), expected);
}

#[test]
fn a_squash_is_all_of_its_parts_and_nothing_that_they_did_not_leave() {
    let mut graph = ProvenanceGraph::new();
    told(&mut graph, 1, "topic", "", &[("x", "0>1")]);
    told(&mut graph, 2, "topic", "", &[("y", "1")]);
    told(&mut graph, 3, "topic", "", &[("x", "1>2")]);
    told(&mut graph, 4, "main", "", &[("x", "0>2"), ("y", "1")]);
    told(
        &mut graph,
        5,
        "other",
        "",
        &[("x", "0>2"), ("y", "1"), ("z", "1")],
    );
    let expected = [(
        vec!["topic1".into(), "topic2".into(), "topic3".into()],
        "main4".into(),
        SameWork::Squash,
        Grade::Strong,
    )];
    assert_eq!(found(&graph), expected);
}

#[test]
fn a_squash_of_more_changes_than_the_limit_is_not_looked_for() {
    for (parts, links) in [(SQUASHED_MAX, 1), (SQUASHED_MAX + 1, 0)] {
        let mut graph = ProvenanceGraph::new();
        let files: Vec<String> = (0..parts).map(|nth| format!("p{nth:04}")).collect();
        for (nth, path) in (1..).zip(&files) {
            told(&mut graph, nth, "topic", "", &[(path, "1")]);
        }
        let all: Vec<(&str, &str)> = files.iter().map(|path| (path.as_str(), "1")).collect();
        told(&mut graph, 2_000, "main", "", &all);
        assert_eq!(found(&graph).len(), links, "{parts}");
    }
}
