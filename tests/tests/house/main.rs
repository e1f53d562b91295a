//! The rules of the house, held by tests: who may know whom, what the core may not touch, what every
//! source file keeps to, and what the dependencies may be.
//!
//! `make lint` runs these. Each rule is also tried on samples that break it, so that a rule which
//! stopped firing is a failure and not a silence.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bans;
mod dependencies;
mod imports;
mod reader;
mod sources;
mod tree;
