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

pub mod audit;
pub mod fuzzing;
pub mod model;
pub mod vectors;
