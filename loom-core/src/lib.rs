//! The pure coordination core of LoomStack: no I/O, no clock, no randomness.

#![forbid(unsafe_code)]

pub mod claim;
pub mod error;
pub mod model;
pub mod path;
