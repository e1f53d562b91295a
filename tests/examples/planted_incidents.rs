//! How often the change to blame is found among incidents planted over a real history.
//!
//! `cargo run --release -p loom-tests --example planted_incidents [SEED [COUNT [WEIGHTS]]]`
#![allow(clippy::expect_used)]

use loom_core::provenance::Weights;
use loom_tests::planted_incidents::{SEED, measure, plant};
use loom_tests::real_history::gastown;

fn main() {
    let mut words = std::env::args().skip(1);
    let seed = words
        .next()
        .and_then(|word| word.parse().ok())
        .unwrap_or(SEED);
    let count = words
        .next()
        .and_then(|word| word.parse().ok())
        .unwrap_or(200);
    let weights = words.next().map_or_else(Weights::default, |json| {
        serde_json::from_str(&json).expect("weights in JSON")
    });
    let history = gastown();
    let planted = plant(&history, seed, count);
    println!("{count} incidents, seed {seed}, thousandths\n");
    println!("{:<16} {:>6} {:>6} {:>6}", "", "hit@1", "hit@5", "MRR");
    for (way, found) in measure(&history, &planted, weights) {
        let (one, five, mean) = (found.hit_at_1, found.hit_at_5, found.mean_reciprocal_rank);
        println!("{:<16} {one:>6} {five:>6} {mean:>6}", format!("{way:?}"));
    }
}
