//! What the worst questions cost: steps, and time on the processor where the system tells it.
//!
//! `cargo run --release -p loom-tests --example hostile_speed [-- LEAST_MS [NAME [OTHER]]]`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_arithmetic)]

use loom_core::path::{
    Case, PathRules, PathSet, PathSetSource, PatternSource, RepoPath, Unicode, cost,
};
use loom_tests::hostile;
use std::time::Instant;

fn main() {
    let least: f64 = std::env::args().nth(1).map_or(10.0, |n| n.parse().unwrap());
    let named =
        |at: usize, name: &str| std::env::args().nth(at).is_none_or(|wanted| wanted == name);
    let nfc = PathRules {
        unicode: Unicode::Nfc,
        case: Case::Insensitive,
        ..PathRules::default()
    };
    let single = |text: &String| PathSetSource::from(PatternSource::glob(&**text));
    let sources: Vec<(&str, PathSetSource)> = hostile::patterns()
        .iter()
        .map(|(name, text)| (*name, single(text)))
        .chain(hostile::sets())
        .collect();
    let singles = hostile::patterns().len();
    for (world, rules) in [("as is", PathRules::default()), ("nfc, folded", nfc)] {
        let mut worst: std::collections::BTreeMap<(&str, bool), (f64, u64, String)> =
            Default::default();
        let mut note =
            |op: &'static str, sets: bool, what: String, steps: u64, ms: f64, assumed: bool| {
                if ms >= least || (assumed && !sets && op != "contains") {
                    println!(
                        "{world}: {op} {what}: {ms:.1} ms, {steps} steps{}",
                        if assumed { ", assumed" } else { "" }
                    );
                }
                let entry = worst.entry((op, sets)).or_default();
                if ms > entry.0 {
                    *entry = (ms, steps, what);
                }
            };
        let mut compiled = Vec::new();
        for (at, (name, source)) in sources.iter().enumerate() {
            let (set, ms) = timed(|| PathSet::compile(source, rules));
            note("compile", at >= singles, (*name).to_owned(), 0, ms, false);
            compiled.push(set.map_err(|error| println!("{name}: {error}")).is_ok());
        }
        assert!(compiled.iter().all(|&legal| legal), "all are legal");
        // Every question builds its automata anew, as the first one does.
        let fresh = |at: usize| PathSet::compile(&sources[at].1, rules).unwrap();
        for (at, (a, _)) in sources.iter().enumerate().filter(|(_, (a, _))| named(2, a)) {
            for (path_name, path) in hostile::paths() {
                let path = RepoPath::parse(&path, &rules).unwrap();
                let set = fresh(at);
                let ((_, steps), ms) = timed(|| cost::matches(&set, &path));
                note(
                    "matches",
                    at >= singles,
                    format!("{a} | {path_name}"),
                    steps,
                    ms,
                    false,
                );
            }
            let set = fresh(at);
            let ((found, steps), ms) = timed(|| cost::is_empty(&set));
            note(
                "is_empty",
                at >= singles,
                (*a).to_owned(),
                steps,
                ms,
                found.assumed(),
            );
            for (other, (b, _)) in sources.iter().enumerate().filter(|(_, (b, _))| named(3, b)) {
                let sets = at >= singles || other >= singles;
                let (one, two) = (fresh(at), fresh(other));
                let ((found, steps), ms) = timed(|| cost::contains(&one, &two));
                note(
                    "contains",
                    sets,
                    format!("{a} | {b}"),
                    steps,
                    ms,
                    found.assumed(),
                );
                let (one, two) = (fresh(at), fresh(other));
                if let ([a], [b], false) = (one.include(), two.include(), sets) {
                    // Never assumed, so what it takes is worth knowing.
                    let ((_, steps), ms) = timed(|| cost::patterns_overlap(a, b));
                    let what = format!("{} | {}", sources[at].0, sources[other].0);
                    note("patterns_overlap", sets, what, steps, ms, false);
                }
                let (one, two) = (fresh(at), fresh(other));
                let ((found, steps), ms) = timed(|| cost::overlap(&one, &two));
                note(
                    "overlap",
                    sets,
                    format!("{a} | {b}"),
                    steps,
                    ms,
                    found.assumed(),
                );
                if let Some(witness) = found.witness() {
                    assert!(one.matches(witness) && two.matches(witness), "{a} | {b}");
                }
            }
        }
        for ((op, sets), (ms, steps, what)) in worst {
            println!(
                "{world}: worst {op}{}: {ms:.1} ms, {steps} steps: {what}",
                if sets { " of sets" } else { "" }
            );
        }
    }
}

/// Milliseconds on the processor, or of the clock where the system does not say.
fn timed<T>(question: impl FnOnce() -> T) -> (T, f64) {
    let on_cpu = || {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    };
    let (clock, before) = (Instant::now(), on_cpu());
    let answer = question();
    let wall = clock.elapsed().as_secs_f64() * 1e3;
    let ms = match (before, on_cpu()) {
        (Some(before), Some(after)) => (after - before) / 1e6,
        _ => wall,
    };
    (answer, ms)
}
