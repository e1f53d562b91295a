//! What nobody read, and what was read too quickly.

use loom_core::provenance::{AreaRead, Comprehension, Entry, ProvenanceGraph};

use crate::world::{entry, minute, told};

/// A loop, a pair, a person and nobody knows who write below `src/pay`; ada reads one change of the loop.
fn written() -> Vec<Entry> {
    let change = |at: u64, id: &str, made_by: &str, files: &str, more: &str| {
        entry(
            at,
            &format!(
                r#"{{"type":"change","id":"{id}","repo":"shop","branch":"main","made_by":"{made_by}","files":[{files}]{more}}}"#
            ),
        )
    };
    let review = |at: u64, change: &str, by: &str, more: &str| {
        entry(
            at,
            &format!(
                r#"{{"type":"review","id":"read-{change}-{at}","changes":["{change}"],"by":{by},"verdict":"passed"{more}}}"#
            ),
        )
    };
    let ada = r#"{"kind":"human","id":"ada"}"#;
    vec![
        change(
            1,
            "c1",
            "loop",
            r#"{"path":"src/pay/a.rs","after":"1","added":100}"#,
            "",
        ),
        change(
            2,
            "c2",
            "loop",
            r#"{"path":"src/pay/b.rs","after":"2","added":30}"#,
            "",
        ),
        change(
            3,
            "c3",
            "mixed",
            r#"{"path":"src/pay/b.rs","before":"2","after":"3","added":7,"removed":3}"#,
            "",
        ),
        change(
            4,
            "c4",
            "human",
            r#"{"path":"src/pay/a.rs","before":"1","after":"4","added":5}"#,
            "",
        ),
        change(
            5,
            "c5",
            "unknown",
            r#"{"path":"src/pay/c.rs","after":"5","added":11}"#,
            "",
        ),
        change(
            6,
            "c6",
            "loop",
            r#"{"path":"src/pay/gone.rs","after":"6","added":50}"#,
            "",
        ),
        change(
            7,
            "c7",
            "loop",
            r#"{"path":"src/pay/gone.rs","before":"6","removed":50}"#,
            "",
        ),
        change(
            8,
            "c8",
            "loop",
            r#"{"path":"docs/a.md","after":"8","added":1000}"#,
            r#","decision":"q1""#,
        ),
        // A loop that reads is nobody who read.
        review(9, "c2", r#"{"kind":"loop","id":"reader"}"#, ""),
        review(31, "c1", ada, r#","read_ms":1200000"#),
        entry(
            40,
            &format!(
                r#"{{"type":"decision","id":"q1","verb":"merge","verdict":"require_approval","passes":true,"policy":"{:064x}"}}"#,
                1
            ),
        ),
        entry(
            42,
            &format!(r#"{{"type":"approval","id":"y1","decision":"q1","by":{ada},"yes":true}}"#),
        ),
    ]
}

fn ask(graph: &ProvenanceGraph, more: &str) -> Comprehension {
    let asked = format!(
        r#"{{"areas":[{{"owner":"pay","repo":"shop","paths":["src/pay/**"]}},{{"owner":"docs","repo":"shop","paths":["docs/**"]}}]{more}}}"#
    );
    graph
        .comprehension(&serde_json::from_str(&asked).unwrap(), minute(100))
        .unwrap()
}

fn figures(area: &AreaRead) -> [u64; 6] {
    [
        area.by_loops,
        area.unread,
        area.by_people,
        area.by_unknown,
        area.changes,
        area.unread_changes,
    ]
}

#[test]
fn lines_of_loops_that_no_person_reviewed_are_counted_by_area() {
    let graph = told(&written());
    let read = ask(&graph, "");
    // 100 of c1 were read; 30 and 7 of b.rs were not; what is gone counts for no lines.
    assert_eq!(figures(&read.areas[0]), [137, 37, 5, 11, 5, 4]);
    assert_eq!(figures(&read.areas[1]), [1000, 1000, 0, 0, 1, 1]);
    let paths: Vec<_> = read.areas[0]
        .paths
        .iter()
        .map(|path| (&*path.path, path.unread))
        .collect();
    assert_eq!(paths, [("src/pay/b.rs", 37)]);
}

#[test]
fn as_of_an_earlier_time_nothing_later_was_written_or_read() {
    let graph = told(&written());
    let at = |minute_of: u64, since: u64| {
        let (at, since) = (minute(minute_of), minute(since));
        figures(&ask(&graph, &format!(r#","until":"{at}","since":"{since}""#)).areas[0])
    };
    assert_eq!(at(2, 0), [130, 130, 0, 0, 2, 2]);
    assert_eq!(at(6, 0), [187, 187, 5, 11, 4, 4]);
    assert_eq!(at(31, 0)[1], 37);
    assert_eq!(at(31, 3), [7, 7, 5, 11, 3, 3]);
}

#[test]
fn a_review_or_approval_faster_than_the_reading_speed_is_flagged_with_what_is_known_of_its_length()
{
    let graph = told(&written());
    // A thousand lines were approved two minutes after they were asked about.
    let quick = ask(&graph, "").quick;
    assert_eq!(quick.len(), 1);
    let found = &quick[0];
    assert_eq!(found.reading.to_string(), "approval:y1");
    assert_eq!(
        (found.lines, found.read_ms, found.said),
        (1000, 120_000, false)
    );
    assert_eq!(found.lines_per_minute, 500);
    // Whoever sets the speed at 4 finds the review of a hundred lines in twenty minutes too.
    let quick = ask(&graph, r#","lines_per_minute":4"#).quick;
    let found: Vec<_> = quick
        .iter()
        .map(|one| (one.lines_per_minute, one.said))
        .collect();
    assert_eq!(found, [(500, false), (5, true)]);
    assert!(ask(&graph, r#","lines_per_minute":500"#).quick.is_empty());
}
