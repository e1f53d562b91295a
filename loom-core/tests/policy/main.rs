//! Policies, from document to decision, through the public API alone.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod codeowners;
mod decisions;
mod documents;
mod explanations;
mod findings;
mod hostile;
mod missing;
mod replays;
mod shelves;
mod world;
