//! What is taken back, what would be, and who fights over what.

use loom_core::model::{ActorId, Timestamp};
use loom_core::provenance::{
    Detector, Entry, Grade, INVERSE_PATCHES_MAX, InversePatch, Party, ProposedChange,
    ProvenanceGraph, Reason, RevertsAsked, UNDONE_LISTED_MAX, Undoing, WAR_TURNS_MAX, WarsAsked,
};

/// A change by a loop at a minute: files as `path before after`, a dash for none.
fn told(graph: &mut ProvenanceGraph, minute: u32, id: &str, of: &str, files: &str) {
    let files: Vec<String> = files
        .split(',')
        .map(|file| {
            let words: Vec<&str> = file.split_whitespace().collect();
            let blob = |name: &str, blob: &str| match blob {
                "-" => String::new(),
                blob => format!(r#","{name}":"{blob}""#),
            };
            let (before, after) = (blob("before", words[1]), blob("after", words[2]));
            format!(r#"{{"path":"{}"{before}{after}}}"#, words[0])
        })
        .collect();
    let (hour, minute, files) = (8 + minute / 60, minute % 60, files.join(","));
    let json = format!(
        r#"{{"at":"2026-11-22T{hour:02}:{minute:02}:00Z","seq":0,"fact":{{"type":"change","id":"{id}",
        "repo":"shop","branch":"main","commit":"{id}0000000","made_by":"loop","side":{{"loop":"{of}"}},
        "deliberate":{},"files":[{files}]}}}}"#,
        of == "careful"
    );
    graph.enter(&Entry::from_json(&json).unwrap()).unwrap();
}

fn asked() -> RevertsAsked {
    let mut asked = RevertsAsked::on("shop".parse().unwrap(), "main".parse().unwrap());
    asked.least = Grade::Weak;
    asked
}

fn proposed(files: &str) -> ProposedChange {
    let json =
        format!(r#"{{"repo":"shop","branch":"main","side":{{"loop":"mine"}},"files":[{files}]}}"#);
    serde_json::from_str(&json).unwrap()
}

fn noon() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

#[test]
fn a_version_is_reverted_by_who_brings_back_what_stood_before_over_several_changes() {
    let mut graph = ProvenanceGraph::new();
    told(&mut graph, 0, "c0", "a", "x - 0,y - n");
    told(&mut graph, 1, "c1", "a", "x 0 1");
    told(&mut graph, 2, "c2", "b", "x 1 2");
    told(&mut graph, 3, "c3", "b", "x 2 0,y n m");
    let found = graph.reverts(&asked()).unwrap();
    let told: Vec<(&str, &str, Grade)> = found
        .reverts
        .iter()
        .map(|revert| {
            (
                revert.change.as_str(),
                revert.reverts.as_str(),
                revert.grade,
            )
        })
        .collect();
    assert_eq!(
        told,
        [("c3", "c1", Grade::Strong), ("c3", "c2", Grade::Strong)]
    );
    assert_eq!(found.reverts[0].paths, ["x"]);
}

#[test]
fn a_file_that_moves_is_not_taken_back_and_one_that_moves_back_is() {
    let mut graph = ProvenanceGraph::new();
    told(&mut graph, 1, "c1", "a", "x - 1");
    for (minute, id, of, from, to) in [(2, "c2", "b", "x", "y"), (3, "c3", "c", "y", "z")] {
        moved(&mut graph, minute, id, of, from, to);
    }
    assert_eq!(graph.reverts(&asked()).unwrap().reverts, []);
    moved(&mut graph, 4, "c4", "d", "z", "y");
    let found = graph.reverts(&asked()).unwrap().reverts;
    let pairs: Vec<(&str, &str, Grade)> = found
        .iter()
        .map(|each| (each.change.as_str(), each.reverts.as_str(), each.grade))
        .collect();
    assert_eq!(pairs, [("c4", "c3", Grade::Certain)]);
    assert_eq!(found[0].paths, ["y", "z"]);
}

/// A change by a loop that moves a file and leaves it as it was.
fn moved(graph: &mut ProvenanceGraph, minute: u32, id: &str, of: &str, from: &str, to: &str) {
    let json = format!(
        r#"{{"at":"2026-11-22T08:{minute:02}:00Z","seq":0,"fact":{{"type":"change","id":"{id}","repo":"shop",
        "branch":"main","made_by":"loop","side":{{"loop":"{of}"}},
        "files":[{{"path":"{to}","old_path":"{from}","before":"1","after":"1"}}]}}}}"#
    );
    graph.enter(&Entry::from_json(&json).unwrap()).unwrap();
}

#[test]
fn a_horizon_ends_what_blobs_say_and_not_what_a_change_says() {
    let mut graph = ProvenanceGraph::new();
    told(&mut graph, 0, "c1", "a", "x 0 1");
    told(&mut graph, 30, "c2", "a", "x 1 0");
    let mut asked = asked();
    asked.horizon_ms = 29 * 60_000;
    assert!(graph.reverts(&asked).unwrap().reverts.is_empty());
    asked.horizon_ms = 30 * 60_000;
    assert_eq!(graph.reverts(&asked).unwrap().reverts.len(), 1);
    let json = r#"{"at":"2026-11-22T11:00:00Z","seq":0,"fact":{"type":"change","id":"c3","repo":"shop",
        "branch":"main","made_by":"loop","reverts":["c100000"],"files":[{"path":"z","after":"1"}]}}"#;
    graph.enter(&Entry::from_json(json).unwrap()).unwrap();
    asked.horizon_ms = 1;
    let found = graph.reverts(&asked).unwrap().reverts;
    assert_eq!((found.len(), found[0].reverts.as_str()), (1, "c1"));
    assert_eq!(found[0].grade, Grade::Certain);
}

#[test]
fn a_branch_from_before_others_that_lands_over_them_is_set_aside() {
    let mut graph = ProvenanceGraph::new();
    told(&mut graph, 1, "c1", "a", "x 0 1");
    told(&mut graph, 2, "c2", "b", "y 0 1");
    told(&mut graph, 3, "c3", "c", "z 0 1");
    told(&mut graph, 4, "c4", "d", "x 1 0,y 1 0,z 1 0,w - 1");
    let found = graph.reverts(&asked()).unwrap().reverts;
    assert_eq!(found.len(), 3);
    for revert in found {
        assert_eq!(
            (revert.reason, revert.grade),
            (Reason::ParallelBranch, Grade::Likely)
        );
    }
}

#[test]
fn inverse_patches_are_refused_by_name_past_their_limit() {
    let one = InversePatch {
        change: "c1".parse().unwrap(),
        patch_id: ActorId::new("p").unwrap(),
    };
    let mut asked = asked();
    asked.inverse_patches = vec![one; INVERSE_PATCHES_MAX];
    let graph = ProvenanceGraph::new();
    assert!(graph.reverts(&asked).is_ok());
    asked.inverse_patches.push(asked.inverse_patches[0].clone());
    let refused = graph.reverts(&asked).unwrap_err();
    assert_eq!(refused.limit_name(), Some("INVERSE_PATCHES_MAX"));
}

#[test]
fn who_would_undo_anothers_version_is_told_whose_it_is_and_that_it_was_checked() {
    let mut graph = ProvenanceGraph::new();
    told(&mut graph, 1, "c1", "careful", "x 0 1,gone - 1");
    for (id, verdict, independent) in [
        ("v1", "passed", true),
        ("v2", "failed", true),
        ("v3", "passed", false),
    ] {
        let json = format!(
            r#"{{"at":"2026-11-22T09:00:00Z","seq":5,"fact":{{"type":"verification","id":"{id}",
            "changes":["c1"],"verdict":"{verdict}","by":{{"kind":"service","id":"ci"}},
            "independent":{independent}}}}}"#
        );
        graph.enter(&Entry::from_json(&json).unwrap()).unwrap();
    }
    let files = r#"{"path":"x","after":"0"},{"path":"gone"},{"path":"new","after":"7"}"#;
    let answer = graph.would_revert(&proposed(files), noon()).unwrap();
    let told: Vec<_> = answer
        .undoes
        .iter()
        .map(|undone| (undone.path.as_deref(), undone.how, undone.change.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (Some("x"), Undoing::Restores, "c1"),
            (Some("gone"), Undoing::Removes, "c1"),
        ]
    );
    let first = &answer.undoes[0];
    assert!(first.deliberate);
    assert_eq!(
        first.party,
        Some(Party::Side(
            serde_json::from_str(r#"{"loop":"careful"}"#).unwrap()
        ))
    );
    let passed = first.passed.as_ref().unwrap();
    assert_eq!((passed.id.as_str(), passed.independent), ("v1", true));
}

#[test]
fn ones_own_version_and_what_stands_there_already_are_nobodys_loss() {
    let mut graph = ProvenanceGraph::new();
    told(&mut graph, 1, "c1", "mine", "x 0 1");
    told(&mut graph, 2, "c2", "theirs", "y 0 1");
    told(&mut graph, 3, "c3", "theirs", "y 1 0");
    let files = r#"{"path":"x","after":"0"},{"path":"y","after":"0"}"#;
    let mut change = proposed(files);
    assert!(
        graph
            .would_revert(&change, noon())
            .unwrap()
            .undoes
            .is_empty()
    );
    change.own_too = true;
    assert_eq!(graph.would_revert(&change, noon()).unwrap().undoes.len(), 1);
}

#[test]
fn a_patch_turned_around_names_the_change_it_undoes() {
    let mut graph = ProvenanceGraph::new();
    let json = r#"{"at":"2026-11-22T09:00:00Z","seq":1,"fact":{"type":"change","id":"c1","repo":"shop",
        "branch":"main","made_by":"loop","patch_id":"p1","files":[{"path":"x","before":"0","after":"1"}]}}"#;
    graph.enter(&Entry::from_json(json).unwrap()).unwrap();
    let mut change = proposed(r#"{"path":"x","after":"9"}"#);
    change.inverse_patch_id = Some(ActorId::new("p1").unwrap());
    let answer = graph.would_revert(&change, noon()).unwrap();
    assert_eq!(answer.undoes[0].how, Undoing::TurnsAround);
    assert_eq!(answer.undoes[0].change.as_str(), "c1");
    // The same is seen once it has landed, where the patch is told.
    told(&mut graph, 90, "c2", "b", "x 1 9");
    let mut asked = asked();
    asked.inverse_patches = vec![InversePatch {
        change: "c2".parse().unwrap(),
        patch_id: ActorId::new("p1").unwrap(),
    }];
    let found = graph.reverts(&asked).unwrap().reverts;
    assert_eq!(found[0].evidence[0].detector(), Detector::InversePatch);
}

#[test]
fn more_versions_than_are_listed_are_counted() {
    let mut graph = ProvenanceGraph::new();
    let many = UNDONE_LISTED_MAX + 3;
    let files: Vec<String> = (0..many).map(|nth| format!("p{nth} 0 1")).collect();
    told(&mut graph, 1, "c1", "theirs", &files.join(","));
    let back: Vec<String> = (0..many)
        .map(|nth| format!(r#"{{"path":"p{nth}","after":"0"}}"#))
        .collect();
    let answer = graph
        .would_revert(&proposed(&back.join(",")), noon())
        .unwrap();
    assert_eq!((answer.undoes.len(), answer.more), (UNDONE_LISTED_MAX, 3));
}

#[test]
fn a_war_needs_both_to_take_the_other_back_and_cools_with_age() {
    let mut graph = ProvenanceGraph::new();
    let wars = WarsAsked::on("shop".parse().unwrap(), "main".parse().unwrap());
    told(&mut graph, 1, "c1", "a", "x 0 1");
    told(&mut graph, 2, "c2", "b", "x 1 0");
    assert!(
        graph.wars(&wars, noon()).wars.is_empty(),
        "one revert is no war"
    );
    told(&mut graph, 3, "c3", "a", "x 0 1");
    let found = graph.wars(&wars, "2026-11-22T08:03:00Z".parse().unwrap());
    let war = &found.wars[0];
    assert_eq!(
        (war.path.as_str(), war.turns.len(), war.reason),
        ("x", 2, Reason::Real)
    );
    assert_eq!(war.turns[0].change.as_str(), "c2");
    assert!(!war.turns[0].by_first && war.turns[1].by_first);
    assert_eq!(war.score, 2_000);
    let later = graph.wars(&wars, "2026-11-29T08:03:00Z".parse().unwrap());
    assert_eq!(later.wars[0].score, 1_000);
}

#[test]
fn a_long_war_lists_its_latest_turns_and_counts_the_rest() {
    let mut graph = ProvenanceGraph::new();
    for turn in 0..u32::try_from(WAR_TURNS_MAX).unwrap() + 6 {
        let (of, files) = if turn % 2 == 0 {
            ("a", "x 0 1")
        } else {
            ("b", "x 1 0")
        };
        told(&mut graph, turn, &format!("c{turn:03}"), of, files);
    }
    let wars = WarsAsked::on("shop".parse().unwrap(), "main".parse().unwrap());
    let war = &graph.wars(&wars, noon()).wars[0];
    assert_eq!((war.turns.len(), war.more_turns), (WAR_TURNS_MAX, 5));
    assert_eq!(war.turns.last().unwrap().change.as_str(), "c069");
}
