//! Every named limit of history, of the plane and of the commands that feed it: at the limit a thing is
//! taken, one past it is refused by an error that names the limit, or counted where a list is cut.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod coordinator {
    pub(crate) mod stage;
}

use coordinator::stage::Stage;
use loom_core::coordinator::{
    Body, INCIDENTS_OPEN_MAX, NAMED_CHANGES_MAX, NewChange, NewIncident, REVERTS_DECLARED_MAX,
    RUN_ARTIFACTS_MAX, Reply,
};
use loom_core::error::{Code, Error};
use loom_core::model::{
    ActorId, Branch, ChangeId, ChangedFile, DeployId, Digest, HUNKS_MAX, Hunk, IncidentId, RepoId,
    SIGNED_LINES_MAX, SignedLines, Timestamp,
};
use loom_core::provenance::{
    AGENT_TRACE_BYTES_MAX, AGENT_TRACE_RANGES_MAX, AGENT_TRACE_RECORDS_MAX, AREAS_MAX,
    CANDIDATES_MAX, ChangeFact, DIFF_BYTES_MAX, Deploy, Detector, ENTRY_BYTES_MAX,
    EXPORT_BYTES_MAX, Entry, FILES_MAX, Fact, HOP_PATHS_MAX, HOPS_MAX, INVERSE_PATCHES_MAX,
    InversePatch, NAMES_MAX, ProposedChange, ProposedFile, ProvenanceGraph, QUICK_READINGS_MAX,
    RELATED_MAX, REVERT_PATHS_MAX, REVERTS_LISTED_MAX, REWRITES_LISTED_MAX, RevertsAsked,
    RewritesAsked, SELECTED_MAX, SUSPECTS_MAX, Selected, UNDONE_LISTED_MAX, UNREAD_PATHS_MAX,
    VIOLATIONS_MAX, WAR_TURNS_MAX, WARS_LISTED_MAX, WEIGHT_MAX, WarsAsked, changed_files,
    check_prov_constraints, entries_from_agent_trace,
};
use loom_tests::world;

fn refused(stage: &mut Stage, body: Body) -> Error {
    let command = stage.commands.by_run("a", body);
    stage.send(&command).unwrap_err()
}

#[track_caller]
fn names(error: &Error, limit: &str, field: &str) {
    assert_eq!(
        (error.limit_name(), error.field()),
        (Some(limit), Some(field))
    );
}

fn change(with: impl FnOnce(&mut NewChange)) -> Body {
    let Body::RecordChange(mut change) = world::change("c", "x", None) else {
        panic!("a change");
    };
    with(&mut change);
    Body::RecordChange(change)
}

fn id(n: usize) -> ActorId {
    ActorId::new(&format!("it-{n}")).unwrap()
}

#[test]
fn what_a_change_says_it_reverts() {
    let reverts = |n: usize| change(|change| change.reverts = (0..n).map(id).collect());
    let mut stage = Stage::new();
    let error = refused(&mut stage, reverts(REVERTS_DECLARED_MAX + 1));
    names(&error, "REVERTS_DECLARED_MAX", "reverts");
    stage.by("a", reverts(REVERTS_DECLARED_MAX));
}

#[test]
fn hunks_and_signed_lines_of_a_file() {
    let hunk = Hunk {
        old_start: 1,
        old_lines: 1,
        new_start: 1,
        new_lines: 1,
    };
    let hunks = |n: usize| change(|change| change.files[0].hunks = vec![hunk; n]);
    let lines = |n: usize| {
        change(|change| {
            change.files[0].signed_lines = Some(SignedLines {
                added: vec![7; n / 2],
                removed: vec![7; n - n / 2],
            });
        })
    };
    let mut stage = Stage::new();
    let error = refused(&mut stage, hunks(HUNKS_MAX + 1));
    names(&error, "HUNKS_MAX", "files[0].hunks");
    let error = refused(&mut stage, lines(SIGNED_LINES_MAX + 1));
    names(&error, "SIGNED_LINES_MAX", "files[0].signed_lines");
    stage.by("a", hunks(HUNKS_MAX));
    let reply = Stage::new().later(1).reply("a", lines(SIGNED_LINES_MAX));
    assert!(matches!(reply, Reply::ChangeRecorded { .. }), "{reply:?}");
}

#[test]
fn prompts_of_a_run() {
    let start = |n: usize| match world::start("new", None, None) {
        Body::StartRun {
            run,
            loop_id,
            parent,
            ttl_ms,
            ..
        } => Body::StartRun {
            run,
            loop_id,
            parent,
            slot: None,
            artifacts: vec![Digest::ZERO; n],
            ttl_ms,
        },
        _ => panic!("a start"),
    };
    let mut stage = Stage::new();
    let command = stage.commands.by_run("new", start(RUN_ARTIFACTS_MAX + 1));
    let error = stage.send(&command).unwrap_err();
    names(&error, "RUN_ARTIFACTS_MAX", "artifacts");
    stage.by("new", start(RUN_ARTIFACTS_MAX));
}

fn incident(n: usize) -> Body {
    Body::RecordIncident(Box::new(NewIncident {
        id: IncidentId::new(&format!("i{n}")).unwrap(),
        service: None,
        repo: None,
        paths: None,
        deploy: None,
        summary: None,
    }))
}

#[test]
fn open_incidents_and_the_changes_that_an_end_names() {
    let mut stage = Stage::new();
    for n in 0..INCIDENTS_OPEN_MAX {
        stage.by("a", incident(n));
    }
    let error = refused(&mut stage, incident(INCIDENTS_OPEN_MAX));
    names(&error, "INCIDENTS_OPEN_MAX", "id");
    let end = |n: usize| Body::ResolveIncident {
        incident: IncidentId::new("i0").unwrap(),
        causes: (0..n)
            .map(|n| ChangeId::new(id(n).as_str()).unwrap())
            .collect(),
        fixes: Vec::new(),
        note: None,
    };
    let command = stage.commands.by_human(end(NAMED_CHANGES_MAX + 1));
    let error = stage.send(&command).unwrap_err();
    names(&error, "NAMED_CHANGES_MAX", "causes");
    let command = stage.commands.by_human(end(NAMED_CHANGES_MAX));
    stage.send(&command).unwrap();
}

fn entry(fact: Fact) -> Entry {
    Entry {
        at: Timestamp::EPOCH,
        seq: 0,
        fact,
    }
}

#[test]
fn what_one_entry_holds() {
    let change = |files: usize| {
        let Ok(Entry {
            fact: Fact::Change(mut change),
            ..
        }) = Entry::from_json(
            r#"{"at":"1970-01-01T00:00:00Z","seq":0,"fact":{"type":"change","id":"c","repo":"shop",
                "branch":"main","made_by":"loop","files":[]}}"#,
        )
        else {
            panic!("a change");
        };
        let file = |n: usize| ChangedFile {
            path: format!("f{n}"),
            ..ChangedFile::default()
        };
        let change: &mut ChangeFact = &mut change;
        change.files = (0..files).map(file).collect();
        entry(Fact::Change(Box::new(change.clone())))
    };
    let mut graph = ProvenanceGraph::new();
    let error = graph.enter(&change(FILES_MAX + 1)).unwrap_err();
    names(&error, "FILES_MAX", "fact.files");
    graph.enter(&change(FILES_MAX)).unwrap();

    let deploy = |changes: usize| {
        let of = |n: usize| ChangeId::new(id(n).as_str()).unwrap();
        entry(Fact::Deploy(Box::new(Deploy {
            id: DeployId::new("d").unwrap(),
            environment: id(0),
            service: None,
            repo: None::<RepoId>,
            branch: None,
            commit: None,
            upto: None,
            changes: (0..changes).map(of).collect(),
            follows: None,
            by: world::human(),
            decision: None,
        })))
    };
    let error = graph.enter(&deploy(RELATED_MAX + 1)).unwrap_err();
    names(&error, "RELATED_MAX", "fact.changes");
    graph.enter(&deploy(RELATED_MAX)).unwrap();

    let padded = |len: usize| {
        let json = r#"{"at":"1970-01-01T00:00:00Z","seq":0,"fact":{"type":"repo","id":"shop"}}"#;
        format!("{json}{}", " ".repeat(len - json.len()))
    };
    assert!(Entry::from_json(&padded(ENTRY_BYTES_MAX)).is_ok());
    let error = Entry::from_json(&padded(ENTRY_BYTES_MAX + 1)).unwrap_err();
    names(&error, "ENTRY_BYTES_MAX", "entry");
    let deep = format!("{}{}", "[".repeat(99), "]".repeat(99));
    assert_eq!(
        Entry::from_json(&deep).unwrap_err().code(),
        Code::LimitExceeded
    );
}

/// A graph in which change after change touched `files` files of one folder.
fn history(changes: usize, files: usize) -> ProvenanceGraph {
    let mut graph = ProvenanceGraph::new();
    for number in 0..changes {
        let file = |nth: usize| format!(r#"{{"path":"src/f{nth}","after":"b{number}","added":1}}"#);
        let files: Vec<String> = (0..files).map(file).collect();
        let change = format!(
            r#"{{"at":"1970-01-01T00:00:01Z","seq":{number},"fact":{{"type":"change","id":"c{number:06}",
                "repo":"shop","branch":"main","made_by":"loop","files":[{}]}}}}"#,
            files.join(",")
        );
        graph.enter(&Entry::from_json(&change).unwrap()).unwrap();
    }
    graph
}

fn at(second: u64) -> Timestamp {
    Timestamp::EPOCH.plus_ms(second * 1_000)
}

#[test]
fn hops_of_a_trace_and_their_paths() {
    let trace = |graph: &ProvenanceGraph, limit: usize| {
        let asked = format!(
            r#"{{"from":{{"type":"paths","repo":"shop","paths":["src/**"]}},"limit":{limit}}}"#
        );
        graph.trace(&serde_json::from_str(&asked).unwrap(), at(2))
    };
    let graph = history(HOPS_MAX + 1, 1);
    names(
        &trace(&graph, HOPS_MAX + 1).unwrap_err(),
        "HOPS_MAX",
        "limit",
    );
    let whole = trace(&graph, HOPS_MAX).unwrap();
    assert_eq!((whole.hops.len(), whole.more), (HOPS_MAX, 1));
    let hop = &trace(&history(1, HOP_PATHS_MAX + 1), 1).unwrap().hops[0];
    assert_eq!((hop.paths.len(), hop.more_paths), (HOP_PATHS_MAX, 1));
}

#[test]
fn suspects_candidates_and_weights() {
    let suspects = |graph: &ProvenanceGraph, limit: usize, weight: u32| {
        let asked = format!(
            r#"{{"of":{{"type":"paths","repo":"shop","paths":["src/**"]}},"limit":{limit},"weights":{{"size":{weight}}}}}"#
        );
        graph.suspects(&serde_json::from_str(&asked).unwrap(), at(2))
    };
    let graph = history(CANDIDATES_MAX + 1, 1);
    let error = suspects(&graph, SUSPECTS_MAX + 1, 0).unwrap_err();
    names(&error, "SUSPECTS_MAX", "limit");
    let error = suspects(&graph, 0, WEIGHT_MAX + 1).unwrap_err();
    names(&error, "WEIGHT_MAX", "weights.size");
    let answer = suspects(&graph, SUSPECTS_MAX, WEIGHT_MAX).unwrap();
    assert_eq!(answer.suspects.len(), SUSPECTS_MAX);
    assert_eq!(answer.candidates, CANDIDATES_MAX as u64 + 1);
    assert_eq!(answer.more, answer.candidates - SUSPECTS_MAX as u64);
    // The first to land is the one that was not scored.
    assert_eq!(graph.change_count(), CANDIDATES_MAX + 1);
    assert_eq!(
        answer.suspects[0].change.as_str(),
        format!("c{CANDIDATES_MAX:06}")
    );
}

#[test]
fn areas_of_a_question_their_paths_and_quick_readings() {
    let ask = |graph: &ProvenanceGraph, areas: usize| {
        let area = r#"{"owner":"ada","repo":"shop","paths":["src/**"]}"#;
        let asked = format!(r#"{{"areas":[{}]}}"#, vec![area; areas].join(","));
        graph.comprehension(&serde_json::from_str(&asked).unwrap(), at(9))
    };
    let mut graph = history(1, UNREAD_PATHS_MAX + 1);
    names(
        &ask(&graph, AREAS_MAX + 1).unwrap_err(),
        "AREAS_MAX",
        "areas",
    );
    let area = &ask(&graph, AREAS_MAX).unwrap().areas[AREAS_MAX - 1];
    assert_eq!((area.paths.len(), area.more_paths), (UNREAD_PATHS_MAX, 1));
    for number in 0..=QUICK_READINGS_MAX {
        let review = format!(
            r#"{{"at":"1970-01-01T00:00:02Z","seq":{number},"fact":{{"type":"review","id":"r{number}",
                "changes":["c000000"],"by":{{"kind":"human","id":"ada"}},"verdict":"passed","read_ms":1}}}}"#
        );
        graph.enter(&Entry::from_json(&review).unwrap()).unwrap();
    }
    let answer = ask(&graph, 1).unwrap();
    assert_eq!(
        (answer.quick.len(), answer.more_quick),
        (QUICK_READINGS_MAX, 1)
    );
}

/// Files as path, before and after.
type Files = Vec<(String, &'static str, &'static str)>;

/// A graph of changes on one branch, a minute apart: whose, and files as path, before and after.
fn landed(changes: &[(&str, Files)]) -> ProvenanceGraph {
    let mut graph = ProvenanceGraph::new();
    for (nth, (loop_id, files)) in changes.iter().enumerate() {
        let json = format!(
            r#"{{"at":"1970-01-01T00:00:00Z","seq":{nth},"fact":{{"type":"change","id":"c{nth}","repo":"shop",
            "branch":"main","made_by":"loop","side":{{"loop":"{loop_id}"}},"files":[]}}}}"#
        );
        let mut entry = Entry::from_json(&json).unwrap();
        entry.at = Timestamp::from_ms(i64::try_from(nth).unwrap() * 60_000).unwrap();
        let Fact::Change(change) = &mut entry.fact else {
            panic!("a change");
        };
        let file = |(path, before, after): &(String, &str, &str)| ChangedFile {
            path: path.clone(),
            before: Some(ActorId::new(before).unwrap()),
            after: Some(ActorId::new(after).unwrap()),
            ..ChangedFile::default()
        };
        change.files = files.iter().map(file).collect();
        graph.enter(&entry).unwrap();
    }
    graph
}

fn all(count: usize, before: &'static str, after: &'static str) -> Files {
    (0..count)
        .map(|nth| (format!("p{nth}"), before, after))
        .collect()
}

#[test]
fn reverts_and_their_paths_that_are_listed() {
    let asked = RevertsAsked::on(RepoId::new("shop").unwrap(), Branch::new("main").unwrap());
    for more in [0, 1] {
        let there = all(REVERT_PATHS_MAX + more, "a", "b");
        let back = all(REVERT_PATHS_MAX + more, "b", "a");
        let found = landed(&[("x", there), ("x", back)])
            .reverts(&asked)
            .unwrap();
        let revert = &found.reverts[0];
        let expected = (REVERT_PATHS_MAX, more as u64);
        assert_eq!((revert.paths.len(), revert.more_paths), expected);
    }
    for more in [0, 1] {
        let flips: Vec<_> = (0..=REVERTS_LISTED_MAX + more)
            .map(|nth| {
                let path = format!("p{}", nth / 20_000);
                let (before, after) = if nth % 2 == 0 { ("a", "b") } else { ("b", "a") };
                ("x", vec![(path, before, after)])
            })
            .collect();
        let mut asked = asked.clone();
        asked.detectors = [Detector::Blobs].into();
        let found = landed(&flips).reverts(&asked).unwrap();
        assert_eq!(
            (found.reverts.len(), found.more),
            (REVERTS_LISTED_MAX, more as u64)
        );
    }
}

#[test]
fn patches_turned_around_that_are_told() {
    let mut asked = RevertsAsked::on(RepoId::new("shop").unwrap(), Branch::new("main").unwrap());
    let one = InversePatch {
        change: ChangeId::new("c").unwrap(),
        patch_id: id(0),
    };
    asked.inverse_patches = vec![one.clone(); INVERSE_PATCHES_MAX];
    let graph = ProvenanceGraph::new();
    graph.reverts(&asked).unwrap();
    asked.inverse_patches.push(one);
    let error = graph.reverts(&asked).unwrap_err();
    names(&error, "INVERSE_PATCHES_MAX", "inverse_patches");
}

#[test]
fn versions_that_would_be_undone_and_are_listed() {
    for more in [0, 1] {
        let count = UNDONE_LISTED_MAX + more;
        let file = |(path, before, _): (String, &str, &str)| ProposedFile {
            path,
            before: None,
            after: Some(ActorId::new(before).unwrap()),
        };
        let json = r#"{"repo":"shop","branch":"main","files":[]}"#;
        let mut proposed: ProposedChange = serde_json::from_str(json).unwrap();
        proposed.files = all(count, "a", "b").into_iter().map(file).collect();
        let graph = landed(&[("x", all(count, "a", "b"))]);
        let answer = graph.would_revert(&proposed, Timestamp::EPOCH).unwrap();
        let told = (answer.undoes.len(), answer.more);
        assert_eq!(told, (UNDONE_LISTED_MAX, more as u64));
    }
}

#[test]
fn wars_and_their_turns_that_are_listed() {
    let asked = WarsAsked::on(RepoId::new("shop").unwrap(), Branch::new("main").unwrap());
    for more in [0, 1] {
        let count = WARS_LISTED_MAX + more;
        let graph = landed(&[
            ("x", all(count, "a", "b")),
            ("y", all(count, "b", "a")),
            ("x", all(count, "a", "b")),
        ]);
        let found = graph.wars(&asked, Timestamp::EPOCH);
        assert_eq!(
            (found.wars.len(), found.more),
            (WARS_LISTED_MAX, more as u64)
        );
    }
    for more in [0, 1] {
        let turns: Vec<_> = (0..=WAR_TURNS_MAX + more)
            .map(|nth| match nth % 2 {
                0 => ("x", all(1, "a", "b")),
                _ => ("y", all(1, "b", "a")),
            })
            .collect();
        let war = &landed(&turns).wars(&asked, Timestamp::EPOCH).wars[0];
        assert_eq!(
            (war.turns.len(), war.more_turns),
            (WAR_TURNS_MAX, more as u64)
        );
    }
}

#[test]
fn bytes_of_a_diff() {
    let mut diff = " ".repeat(DIFF_BYTES_MAX);
    changed_files(&diff).unwrap();
    diff.push(' ');
    names(&changed_files(&diff).unwrap_err(), "DIFF_BYTES_MAX", "diff");
}

#[test]
fn changes_that_landed_anew_and_are_listed_and_the_parts_of_one_that_was_squashed() {
    for more in [0, 1] {
        let mut graph = ProvenanceGraph::new();
        for nth in 0..=REWRITES_LISTED_MAX + more {
            let json = format!(
                r#"{{"at":"1970-01-01T00:00:00Z","seq":{nth},"fact":{{"type":"change","id":"c{nth}",
                "repo":"shop","branch":"main","made_by":"loop","patch_id":"p",
                "files":[{{"path":"p","after":"b{nth}"}}]}}}}"#
            );
            graph.enter(&Entry::from_json(&json).unwrap()).unwrap();
        }
        let asked = RewritesAsked {
            repo: RepoId::new("shop").unwrap(),
            since: None,
        };
        let found = graph.rewrites(&asked);
        let told = (found.rewrites.len(), found.more);
        assert_eq!(told, (REWRITES_LISTED_MAX, more as u64));
    }
    // SQUASHED_MAX: loom-core/tests/provenance/rewrites.rs, which has the branches for it.
}

#[test]
fn what_is_selected_for_an_export() {
    let mut graph = ProvenanceGraph::new();
    let change = |number: usize| {
        let json = format!(
            r#"{{"at":"1970-01-01T00:00:01Z","seq":{number},"fact":{{"type":"change","id":"c{number}",
                "repo":"shop","branch":"main","made_by":"loop","files":[]}}}}"#
        );
        Entry::from_json(&json).unwrap()
    };
    for number in 0..SELECTED_MAX {
        graph.enter(&change(number)).unwrap();
    }
    let all = Selected::All {};
    assert_eq!(graph.select(&all).unwrap().len(), SELECTED_MAX);
    graph.enter(&change(SELECTED_MAX)).unwrap();
    names(&graph.select(&all).unwrap_err(), "SELECTED_MAX", "selected");

    let named = |count: usize| Selected::Names {
        names: vec!["change:c0".parse().unwrap(); count],
    };
    assert_eq!(graph.select(&named(NAMES_MAX)).unwrap().len(), 1);
    let error = graph.select(&named(NAMES_MAX + 1)).unwrap_err();
    names(&error, "NAMES_MAX", "names");
}

#[test]
fn bytes_of_a_document_that_is_checked_and_violations_that_are_listed() {
    // An export over EXPORT_BYTES_MAX needs more memory than a test should take; who reads one back is
    // held to the same limit.
    let error = check_prov_constraints(&" ".repeat(EXPORT_BYTES_MAX + 1)).unwrap_err();
    assert_eq!(error.limit_name(), Some("EXPORT_BYTES_MAX"));
    let twice = |number: usize| {
        format!(
            r#""_:a{number}":{{"prov:entity":"x:e{number}","prov:activity":"x:a"}},
            "_:b{number}":{{"prov:entity":"x:e{number}","prov:activity":"x:b"}}"#
        )
    };
    let twice: Vec<String> = (0..=VIOLATIONS_MAX).map(twice).collect();
    let document = format!(
        r#"{{"prefix":{{"x":"urn:x:"}},"wasGeneratedBy":{{{}}}}}"#,
        twice.join(",")
    );
    let findings = check_prov_constraints(&document).unwrap();
    assert_eq!(findings.violations.len(), VIOLATIONS_MAX);
    assert!(findings.more > 0);
}

#[test]
fn bytes_records_and_ranges_of_agent_trace() {
    let read = |text: &str| {
        let (repo, branch) = ("shop".parse().unwrap(), "main".parse().unwrap());
        entries_from_agent_trace(text, &repo, &branch)
    };
    let limit = |text: &str| read(text).unwrap_err().limit_name();
    assert!(read(&"\n".repeat(AGENT_TRACE_BYTES_MAX)).is_ok());
    assert_eq!(
        limit(&" ".repeat(AGENT_TRACE_BYTES_MAX + 1)),
        Some("AGENT_TRACE_BYTES_MAX")
    );
    let record = |number: usize, files: &str| {
        format!(
            r#"{{"version":"0.1","id":"550e8400-e29b-41d4-a716-{number:012}","timestamp":"2026-01-25T10:00:00Z","files":[{files}]}}"#
        )
    };
    let file = r#"{"path":"a.rs","conversations":[]}"#;
    let records = |count: usize| {
        let records: Vec<String> = (0..count).map(|number| record(number, file)).collect();
        records.join("\n")
    };
    let most = read(&records(AGENT_TRACE_RECORDS_MAX)).unwrap();
    assert_eq!(most.len(), AGENT_TRACE_RECORDS_MAX);
    let over = records(AGENT_TRACE_RECORDS_MAX + 1);
    assert_eq!(limit(&over), Some("AGENT_TRACE_RECORDS_MAX"));
    let ranges = |count: usize| {
        let ranges = vec![r#"{"start_line":1,"end_line":2}"#; count].join(",");
        record(
            0,
            &format!(r#"{{"path":"a.rs","conversations":[{{"ranges":[{ranges}]}}]}}"#),
        )
    };
    assert!(read(&ranges(AGENT_TRACE_RANGES_MAX)).is_ok());
    let over = ranges(AGENT_TRACE_RANGES_MAX + 1);
    assert_eq!(limit(&over), Some("AGENT_TRACE_RANGES_MAX"));
}
