//! What the tests of LoomStack share: running vectors, one JSON line a case.
//!
//! Vectors are the part of the tests that every language runs. They say what the library answers
//! and nothing about how, so they are read here through the public API alone.
//!
//! ```
//! let outcome = loom_tests::vectors::run_text(
//!     r#"{"op":"matches","set":"src/*","path":"src/a","expect":true}"#,
//!     None,
//! );
//! assert_eq!((outcome.passed, outcome.failures.len()), (1, 0));
//! ```

#![forbid(unsafe_code)]

pub mod audit;
#[allow(clippy::expect_used)]
pub mod fuzzing;
pub mod hostile;
pub mod model;
#[allow(clippy::expect_used, clippy::indexing_slicing)]
pub mod planted_incidents;
#[allow(clippy::expect_used, clippy::indexing_slicing)]
pub mod policy_cases;
#[allow(clippy::expect_used)]
pub mod real_history;
#[allow(clippy::expect_used)]
pub mod rich_history;
// A model, a story or a simulator that is wrong stops.
#[allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]
pub mod reference;
#[allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]
pub mod scenarios;
#[allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]
pub mod simulator;
pub mod vectors;
pub mod wire_vectors;
#[allow(clippy::expect_used)]
pub mod world;
