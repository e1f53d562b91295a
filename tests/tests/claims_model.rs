//! The claim table and the coordinator against a model that is obviously right: the same commands,
//! the same answers, the same state after each step.
//!
//! `LOOM_CASES` asks for more cases than an ordinary run takes.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod claims {
    pub(crate) mod coverage;
    pub(crate) mod play;
    pub(crate) mod steps;
}

use claims::coverage::Coverage;
use claims::play::play;
use claims::steps::{Step, steps};
use proptest::strategy::Strategy;
use proptest::test_runner::{
    Config, FileFailurePersistence, RngAlgorithm, TestCaseError, TestRng, TestRunner,
};

fn cases(ordinary: u32) -> u32 {
    std::env::var("LOOM_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(ordinary)
}

fn config(cases: u32) -> Config {
    let regressions = concat!(env!("CARGO_MANIFEST_DIR"), "/regressions/claims_model.txt");
    Config {
        cases,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(regressions))),
        max_shrink_iters: 20_000,
        ..Config::default()
    }
}

fn held_to_the_model(runner: &mut TestRunner) -> Coverage {
    let coverage = std::cell::RefCell::new(Coverage::default());
    let outcome = runner.run(&steps(), |steps: Vec<Step>| {
        play(&steps, &mut coverage.borrow_mut()).map_err(TestCaseError::fail)
    });
    if let Err(why) = outcome {
        panic!("{why}");
    }
    coverage.into_inner()
}

#[test]
fn the_library_answers_as_the_model_on_a_fixed_set_of_sequences_that_reaches_every_promise() {
    let seed = [42; 32];
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(config(600), rng);
    let coverage = held_to_the_model(&mut runner);
    coverage.assert_that_all_was_reached();
}

#[test]
fn the_library_answers_as_the_model_on_any_sequence() {
    let mut runner = TestRunner::new(config(cases(200)));
    held_to_the_model(&mut runner);
}

#[test]
#[ignore = "ten thousand sequences take minutes"]
fn the_library_answers_as_the_model_on_many_sequences() {
    let mut runner = TestRunner::new(config(cases(10_000)));
    held_to_the_model(&mut runner);
}

#[test]
fn every_sequence_can_be_shrunk_to_nothing() {
    let mut runner = TestRunner::deterministic();
    let tree = steps().new_tree(&mut runner).unwrap();
    drop(tree);
    play(&[], &mut Coverage::default()).unwrap();
}
