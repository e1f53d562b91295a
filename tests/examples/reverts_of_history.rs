//! Which commits of the real history in `tests/data` took others back, counted.
//!
//! `cargo run --release -p loom-tests --example reverts_of_history`
#![allow(clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use loom_core::model::Timestamp;
use loom_core::provenance::{
    Detector, Evidence, Grade, Reason, Reverts, RevertsAsked, RewritesAsked, WarsAsked,
};
use loom_tests::real_history;

fn main() {
    let history = real_history::gastown();
    let start = Instant::now();
    let graph = real_history::graph(&history);
    println!(
        "{} commits told in {} ms",
        history.len(),
        start.elapsed().as_millis()
    );
    let mut asked = RevertsAsked::on(real_history::repo(), real_history::branch());
    asked.least = Grade::Weak;
    for detector in Detector::ALL {
        asked.detectors = BTreeSet::from([detector]);
        let found = graph.reverts(&asked).expect("within limits");
        print(&format!("{detector:?} alone"), &found);
    }
    asked.detectors = Detector::ALL.into_iter().collect();
    let start = Instant::now();
    let found = graph.reverts(&asked).expect("within limits");
    let took = start.elapsed().as_millis();
    print(&format!("the union ({took} ms)"), &found);
    asked.detectors.remove(&Detector::Explicit);
    let found = graph.reverts(&asked).expect("within limits");
    print("without the declared", &found);
    let now = history.iter().map(|commit| commit.commit_time).max();
    let now = Timestamp::from_ms(now.unwrap_or(0) * 1_000).expect("a time");
    let wars = graph.wars(
        &WarsAsked::on(real_history::repo(), real_history::branch()),
        now,
    );
    let mut reasons: BTreeMap<Reason, usize> = BTreeMap::new();
    for war in &wars.wars {
        *reasons.entry(war.reason).or_default() += 1;
    }
    println!("wars: {}, {reasons:?}", wars.wars.len() as u64 + wars.more);
    let asked = RewritesAsked {
        repo: real_history::repo(),
        since: None,
    };
    println!("landed anew: {}", graph.rewrites(&asked).rewrites.len());
    if std::env::args().any(|argument| argument == "--rows") {
        rows(&found, &history);
    }
}

fn print(title: &str, found: &Reverts) {
    let mut grades: BTreeMap<Grade, usize> = BTreeMap::new();
    let mut reasons: BTreeMap<Reason, usize> = BTreeMap::new();
    for revert in &found.reverts {
        *grades.entry(revert.grade).or_default() += 1;
        *reasons.entry(revert.reason).or_default() += 1;
    }
    let all = found.reverts.len() as u64 + found.more;
    println!(
        "{title}: {all} of {} changes, {grades:?}, {reasons:?}",
        found.changes
    );
}

fn rows(found: &Reverts, history: &[real_history::Commit]) {
    let place: BTreeMap<&str, &real_history::Commit> = history
        .iter()
        .map(|commit| (commit.commit.as_str(), commit))
        .collect();
    for revert in &found.reverts {
        let (by, of) = (
            place[revert.change.as_str()],
            place[revert.reverts.as_str()],
        );
        let evidence: Vec<&Evidence> = revert.evidence.iter().collect();
        println!(
            "{} {} {:?} {:?} {} min {} {} {evidence:?} {:?}",
            by.landed,
            of.landed,
            revert.grade,
            revert.reason,
            revert.after_ms / 60_000,
            by.author,
            of.author,
            revert.paths.iter().take(4).collect::<Vec<_>>(),
        );
    }
}
