//! What the coordinator promises whatever happens around it: replay, retries, interleavings, clocks,
//! tampered records, hostile commands.
//!
//! `LOOM_SEEDS` asks for more histories than an ordinary run plays.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod coordinator {
    pub(crate) mod clocks;
    pub(crate) mod hostile;
    pub(crate) mod replay;
    pub(crate) mod stage;
    pub(crate) mod waiting;
}

use loom_tests::simulator::{Outcome, Simulation};

fn seeds(ordinary: u64) -> u64 {
    std::env::var("LOOM_SEEDS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(ordinary)
}

fn play(seeds: std::ops::Range<u64>, steps: u64) -> Outcome {
    let mut sum = Outcome::default();
    for seed in seeds {
        let one = Simulation::new(seed).run(steps);
        sum.landed += one.landed;
        sum.granted += one.granted;
        sum.woken += one.woken;
        sum.conflicts += one.conflicts;
        sum.lost += one.lost;
        sum.landed_before += one.landed_before;
        sum.restarts += one.restarts;
        sum.thawed += one.thawed;
        sum.clock_ahead += one.clock_ahead;
        sum.lifted += one.lifted;
    }
    sum
}

#[test]
fn no_two_conflicting_grants_of_different_work_ever_live_together_under_any_interleaving() {
    let sum = play(0..seeds(150), 250);
    // A simulation in which nothing goes wrong proves nothing.
    for (what, count) in [
        ("grants", sum.granted),
        ("wakes", sum.woken),
        ("conflicts", sum.conflicts),
        ("lost acknowledgements", sum.lost),
        ("commands that had landed", sum.landed_before),
        ("restarts", sum.restarts),
        ("restarts from a snapshot", sum.thawed),
        ("clocks ahead", sum.clock_ahead),
        ("clocks behind", sum.lifted),
    ] {
        assert!(count > 0, "no {what}: {sum:?}");
    }
}

#[test]
#[ignore = "ten thousand histories take minutes"]
fn no_two_conflicting_grants_of_different_work_live_together_in_many_histories() {
    play(1_000..1_000 + seeds(10_000), 400);
}

#[test]
fn a_seed_makes_the_same_history_again() {
    for seed in 0..5 {
        let (first, second) = (
            Simulation::new(seed).run(200),
            Simulation::new(seed).run(200),
        );
        assert_eq!(first.state, second.state, "seed {seed}");
    }
}
