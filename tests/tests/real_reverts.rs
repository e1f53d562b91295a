//! Reverts of a real history, found without reading any declaration, against the declarations and
//! against judgements made by hand.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use loom_core::provenance::{Detector, Grade, Revert, RevertsAsked};
use loom_tests::real_history;
use serde::Deserialize;

/// How many findings are drawn, and by what seed.
const DRAWN: usize = 100;
const SEED: u64 = 20_261_123;

/// What somebody made of a finding, from the facts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Judgement {
    commit: String,
    reverts: String,
    grade: Grade,
    judged: bool,
    why: String,
}

#[test]
fn thirteen_of_fourteen_declared_reverts_are_found_without_the_declaration() {
    let history = real_history::gastown();
    let graph = real_history::graph(&history);
    let found: BTreeSet<(String, String)> = undeclared(&graph).iter().map(names).collect();
    let mut asked = asked();
    asked.detectors = BTreeSet::from([Detector::Explicit]);
    let declared = graph.reverts(&asked).unwrap().reverts;
    assert_eq!(declared.len(), 14, "every declaration names a commit");
    let seen = declared.iter().filter(|each| found.contains(&names(each)));
    assert!(seen.count() >= 13);
}

#[test]
fn four_of_five_strong_findings_are_judged_to_be_reverts() {
    let graph = real_history::graph(&real_history::gastown());
    let mut strong: Vec<(u64, Revert)> = undeclared(&graph)
        .into_iter()
        .filter(|revert| revert.grade >= Grade::Strong)
        .map(|revert| (lot(&names(&revert)), revert))
        .collect();
    strong.sort_by_key(|(lot, _)| *lot);
    assert!(strong.len() >= DRAWN, "{} strong findings", strong.len());
    let judgements = judgements();
    let mut good = 0;
    for (_, revert) in strong.iter().take(DRAWN) {
        let judgement = judgements.get(&names(revert));
        let judgement = judgement.unwrap_or_else(|| panic!("nobody judged {:?}", names(revert)));
        assert_eq!(judgement.grade, revert.grade, "{:?}", names(revert));
        assert!(!judgement.why.is_empty());
        good += usize::from(judgement.judged);
    }
    assert!(good * 10 >= DRAWN * 8, "{good} of {DRAWN}");
}

fn asked() -> RevertsAsked {
    let mut asked = RevertsAsked::on(real_history::repo(), real_history::branch());
    asked.least = Grade::Weak;
    asked
}

/// Whatever is found without what the commits say.
fn undeclared(graph: &loom_core::provenance::ProvenanceGraph) -> Vec<Revert> {
    let mut asked = asked();
    asked.least = Grade::Likely;
    asked.detectors.remove(&Detector::Explicit);
    let found = graph.reverts(&asked).unwrap();
    assert_eq!(found.more, 0);
    found.reverts
}

fn names(revert: &Revert) -> (String, String) {
    (revert.change.to_string(), revert.reverts.to_string())
}

/// A finding's place in the drawing: its names and the seed, mixed.
fn lot((commit, reverts): &(String, String)) -> u64 {
    let bytes = commit.bytes().chain(reverts.bytes());
    let mixed = bytes.fold(SEED, |lot, byte| {
        (lot ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    mixed ^ (mixed >> 29)
}

fn judgements() -> BTreeMap<(String, String), Judgement> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/revert-judgements.jsonl");
    let text = std::fs::read_to_string(path).expect("the judgements are part of the tree");
    let read = |line| serde_json::from_str::<Judgement>(line).expect("each line is a judgement");
    let named = |each: Judgement| ((each.commit.clone(), each.reverts.clone()), each);
    text.lines().map(read).map(named).collect()
}
