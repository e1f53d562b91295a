//! The promises of the plane of provenance, through its public interface alone.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod world;

mod comprehension;
mod constraints;
mod incident;
mod reverts;
mod rewrites;
