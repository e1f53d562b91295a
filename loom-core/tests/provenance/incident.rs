//! An hour in which three loops changed things and something broke.

use loom_core::model::MadeBy;
use loom_core::provenance::{
    Entry, HopReason, Part, ProvenanceGraph, SuspectsAsked, SuspectsOf, Trace, TraceAsked,
};

use crate::world::{entry, minute, told, words};

/// Three loops: `bumper` raises a dependency, `retrier` caps retries, `shipper` deploys. A person lands
/// a hotfix in the same hour. The cap is the true cause: checkout fails.
fn the_hour() -> Vec<Entry> {
    let policy = format!("{:064x}", 7);
    let prompt = format!("{:064x}", 8);
    let mut entries = Vec::new();
    for (at, name, owner) in [
        (1, "bumper", "ada"),
        (2, "retrier", "ben"),
        (3, "shipper", "cleo"),
    ] {
        let goal = words(&format!("what {name} is for"));
        entries.push(entry(
            at,
            &format!(r#"{{"type":"loop","id":"{name}","owner":"{owner}","goal":{goal}}}"#),
        ));
        entries.push(entry(
            at + 500,
            &format!(
                r#"{{"type":"run","id":"{name}-1","actor":{{"kind":"loop","id":"{name}"}},"loop":"{name}","artifacts":["{prompt}"]}}"#
            ),
        ));
    }
    entries.push(entry(
        4,
        &format!(r#"{{"type":"artifact","digest":"{prompt}","kind":"prompt","name":"house"}}"#),
    ));
    // A deploy of the evening before that nothing bad was seen in.
    entries.push(entry(
        20,
        r#"{"type":"change","id":"c0","repo":"shop","branch":"main","made_by":"unknown","commit":"aa00",
            "files":[{"path":"src/checkout/retry.rs","after":"r0","added":40},{"path":"Cargo.lock","after":"l0","added":900}]}"#,
    ));
    entries.push(entry(
        30,
        r#"{"type":"deploy","id":"d1","environment":"prod","service":"checkout","repo":"shop","branch":"main","upto":"c0","by":{"kind":"human","id":"ada"}}"#,
    ));
    entries.push(entry(
        601,
        &format!(
            r#"{{"type":"claim","id":"k1","run":"bumper-1","mode":"write","places":[["shop",["Cargo.lock"]]],"intent":{}}}"#,
            words("bump serde")
        ),
    ));
    entries.push(entry(
        605,
        &format!(
            r#"{{"type":"change","id":"bump","repo":"shop","branch":"main","made_by":"loop","run":"bumper-1","commit":"aa01",
               "claim":"k1","side":{{"loop":"bumper"}},"intent":{},
               "files":[{{"path":"Cargo.lock","before":"l0","after":"l1","added":12,"removed":9}},{{"path":"Cargo.toml","before":"t0","after":"t1","added":1,"removed":1}}]}}"#,
            words("bump serde")
        ),
    ));
    for (at, change, by, independent) in [(606, "bump", "ci", true), (616, "cap", "retrier", false)]
    {
        entries.push(entry(
            at,
            &format!(
                r#"{{"type":"verification","id":"v-{change}","changes":["{change}"],"verdict":"passed","by":{{"kind":"service","id":"{by}"}},"independent":{independent},"checks":["test"]}}"#
            ),
        ));
    }
    entries.push(entry(
        612,
        &format!(
            r#"{{"type":"decision","id":"q1","verb":"merge","run":"retrier-1","verdict":"require_approval","passes":true,"rules":["checkout-needs-a-yes"],"policy":"{policy}"}}"#
        ),
    ));
    entries.push(entry(
        613,
        r#"{"type":"approval","id":"y1","decision":"q1","by":{"kind":"human","id":"ben"},"yes":true}"#,
    ));
    entries.push(entry(
        615,
        &format!(
            r#"{{"type":"change","id":"cap","repo":"shop","branch":"main","made_by":"loop","run":"retrier-1","commit":"aa02",
               "decision":"q1","side":{{"loop":"retrier"}},"intent":{},
               "files":[{{"path":"src/checkout/retry.rs","before":"r0","after":"r1","added":6,"removed":2}}]}}"#,
            words("cap retries at one")
        ),
    ));
    entries.push(entry(
        620,
        &format!(
            r#"{{"type":"decision","id":"q2","verb":"deploy","run":"shipper-1","verdict":"allow","passes":true,"rules":["working-hours"],"policy":"{policy}"}}"#
        ),
    ));
    entries.push(entry(
        625,
        r#"{"type":"change","id":"hotfix","repo":"shop","branch":"main","made_by":"human","by":["person:dora"],"commit":"aa03",
            "files":[{"path":"src/checkout/label.rs","before":"x0","after":"x1","added":1,"removed":1}]}"#,
    ));
    entries.push(entry(
        630,
        r#"{"type":"deploy","id":"d2","environment":"prod","service":"checkout","repo":"shop","branch":"main","upto":"hotfix","commit":"aa03",
            "by":{"kind":"loop","id":"shipper","run":"shipper-1"},"decision":"q2","follows":"d1"}"#,
    ));
    entries.push(entry(
        640,
        r#"{"type":"incident","id":"i1","service":"checkout","repo":"shop","paths":["src/checkout/**"],"deploy":"d2","by":{"kind":"service","id":"pager"}}"#,
    ));
    entries
}

fn ask(graph: &ProvenanceGraph, json: &str) -> Trace {
    let asked: TraceAsked = serde_json::from_str(json).unwrap();
    graph.trace(&asked, minute(700)).unwrap()
}

fn shown(trace: &Trace) -> Vec<String> {
    let hops = trace.hops.iter().map(|hop| {
        let from = hop.from.map_or_else(String::new, |from| {
            format!(" of {}", trace.hops[usize::try_from(from).unwrap()].node)
        });
        let reason = serde_json::to_string(&hop.reason).unwrap();
        format!("{} {}{from}", hop.node, reason.trim_matches('"'))
    });
    hops.collect()
}

#[test]
fn a_trace_of_an_incident_tells_the_hour_with_run_intent_decision_and_commit() {
    let graph = told(&the_hour());
    let trace = ask(&graph, r#"{"from":{"type":"incident","id":"i1"}}"#);
    let policy = format!("artifact:{:064x}", 7);
    let prompt = format!("artifact:{:064x}", 8);
    let expected = [
        "incident:i1 asked".to_owned(),
        "service:pager reported_by of incident:i1".to_owned(),
        "deploy:d2 seen_in of incident:i1".to_owned(),
        "run:shipper-1 made_by of deploy:d2".to_owned(),
        "loop:shipper run_of_loop of run:shipper-1".to_owned(),
        "person:cleo owned_by of loop:shipper".to_owned(),
        format!("{prompt} prompted_by of run:shipper-1"),
        "decision:q2 decided_by_rule of deploy:d2".to_owned(),
        format!("{policy} by_policy of decision:q2"),
        "change:hotfix overlapping_paths of incident:i1".to_owned(),
        "person:dora made_by of change:hotfix".to_owned(),
        "change:cap overlapping_paths of incident:i1".to_owned(),
        "run:retrier-1 made_by of change:cap".to_owned(),
        "loop:retrier run_of_loop of run:retrier-1".to_owned(),
        "person:ben owned_by of loop:retrier".to_owned(),
        "decision:q1 decided_by_rule of change:cap".to_owned(),
        "approval:y1 approved_by of decision:q1".to_owned(),
        "verification:v-cap verified_by of change:cap".to_owned(),
        "service:retrier checked_by of verification:v-cap".to_owned(),
        "change:bump deployed_in of deploy:d2".to_owned(),
        "run:bumper-1 made_by of change:bump".to_owned(),
        "loop:bumper run_of_loop of run:bumper-1".to_owned(),
        "person:ada owned_by of loop:bumper".to_owned(),
        "claim:k1 under_claim of change:bump".to_owned(),
        "verification:v-bump verified_by of change:bump".to_owned(),
        "service:ci checked_by of verification:v-bump".to_owned(),
        "deploy:d1 follows of deploy:d2".to_owned(),
    ];
    assert_eq!(shown(&trace), expected);
    let cap = &trace.hops[11];
    assert_eq!(cap.commit.as_ref().unwrap().as_str(), "aa02");
    assert_eq!(
        cap.words.as_ref().unwrap().text.as_deref(),
        Some("cap retries at one")
    );
    assert_eq!((cap.at, cap.paths.len()), (Some(minute(615)), 1));
    let decision = &trace.hops[15];
    assert_eq!(decision.rules[0].as_str(), "checkout-needs-a-yes");
    assert_eq!(
        decision.verdict.as_ref().unwrap().as_str(),
        "require_approval"
    );
    // Nobody put the policy down: what it is stays unknown. A person is all name.
    assert!(trace.hops[8].unknown && !trace.hops[5].unknown);
    // The person's change stays distinct.
    let human = |hop: &&loom_core::provenance::Hop| hop.made_by == Some(MadeBy::Human);
    assert_eq!(trace.hops.iter().filter(human).count(), 1);
    assert_eq!(
        (
            trace.changes.human,
            trace.changes.by_loop,
            trace.changes.unknown
        ),
        (1, 2, 0)
    );
}

#[test]
fn the_true_cause_is_the_first_suspect_and_the_hotfix_of_a_person_stands_apart() {
    let graph = told(&the_hour());
    let of = serde_json::from_str(r#"{"type":"incident","id":"i1"}"#).unwrap();
    let suspects = graph.suspects(&SuspectsAsked::of(of), minute(700)).unwrap();
    let names = |list: &[loom_core::provenance::Suspect]| -> Vec<String> {
        list.iter()
            .map(|suspect| suspect.change.to_string())
            .collect()
    };
    assert_eq!(names(&suspects.suspects), ["cap", "bump"]);
    assert_eq!(names(&suspects.by_people), ["hotfix"]);
    assert_eq!(suspects.candidates, 3);
    let cap = &suspects.suspects[0];
    assert_eq!(
        cap.score,
        cap.parts.iter().map(|part| part.points).sum::<u64>()
    );
    let parts: Vec<Part> = cap.parts.iter().map(|part| part.part).collect();
    assert!(
        parts.contains(&Part::Paths) && parts.contains(&Part::Verification),
        "{parts:?}"
    );
    let check = cap
        .parts
        .iter()
        .find(|part| part.part == Part::Verification)
        .unwrap();
    assert_eq!(check.because, "only its own makers verified it");
}

#[test]
fn the_good_deploy_is_the_last_that_no_incident_was_seen_in() {
    let mut entries = the_hour();
    entries.push(entry(
        650,
        r#"{"type":"change","id":"later","repo":"shop","branch":"main","made_by":"loop","files":[{"path":"src/other.rs","after":"o1"}]}"#,
    ));
    entries.push(entry(
        655,
        r#"{"type":"deploy","id":"d3","environment":"prod","service":"checkout","repo":"shop","branch":"main","upto":"later","by":{"kind":"human","id":"ada"}}"#,
    ));
    let graph = told(&entries);
    let of: SuspectsOf = serde_json::from_str(r#"{"type":"deploy","id":"d3"}"#).unwrap();
    let suspects = graph.suspects(&SuspectsAsked::of(of), minute(700)).unwrap();
    let basis = serde_json::to_string(&suspects.basis).unwrap();
    assert_eq!(basis, r#"{"type":"deploys","bad":"d3","good":"d1"}"#);
    assert_eq!(suspects.candidates, 4);
}

#[test]
fn a_trace_of_paths_names_the_deploy_that_brought_a_change_out_and_versions_it_was_made_from() {
    let graph = told(&the_hour());
    let trace = ask(
        &graph,
        r#"{"from":{"type":"paths","repo":"shop","paths":["src/checkout/retry.rs"]},"window_ms":5400000,"until":"2026-11-22T11:00:00Z"}"#,
    );
    let hops = shown(&trace);
    assert!(
        hops.contains(&"deploy:d2 brought_out_by of change:cap".to_owned()),
        "{hops:#?}"
    );
    assert!(
        !hops.iter().any(|hop| hop.starts_with("change:bump")),
        "{hops:#?}"
    );
    // A day back, the version that the cap was made from is in the window.
    let trace = ask(
        &graph,
        r#"{"from":{"type":"change","id":"cap"},"window_ms":86400000}"#,
    );
    let derived = trace
        .hops
        .iter()
        .find(|hop| hop.reason == HopReason::Derived)
        .unwrap();
    assert_eq!(derived.node.to_string(), "change:c0");
    assert_eq!(derived.made_by, Some(MadeBy::Unknown));
}

#[test]
fn a_list_is_cut_at_its_limit_and_the_rest_is_counted() {
    let graph = told(&the_hour());
    let whole = ask(&graph, r#"{"from":{"type":"incident","id":"i1"}}"#);
    let cut = ask(
        &graph,
        r#"{"from":{"type":"incident","id":"i1"},"limit":5}"#,
    );
    assert_eq!(cut.hops, whole.hops[..5]);
    assert_eq!((cut.more, cut.changes), (22, whole.changes));
    let asked = r#"{"from":{"type":"incident","id":"nobody"}}"#;
    let error = graph
        .trace(&serde_json::from_str(asked).unwrap(), minute(700))
        .unwrap_err();
    assert!(error.to_string().contains("incident:nobody"), "{error}");
}
