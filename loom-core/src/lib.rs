//! The pure coordination core of LoomStack: no I/O, no clock, no randomness.
//!
//! A harness that runs coding agents links this library to learn who is changing, has changed and is
//! about to change what. Begin with [`coordinator`]; each plane ([`path`], [`claim`], [`run`]) is
//! usable alone. With SQLite, clocks and ids brought along, see the crate `loom-store`.
//!
//! The tour of the house follows.
#![doc = include_str!("../../ARCHITECTURE.md")]
#![forbid(unsafe_code)]
// The bans of `clippy.toml` are on the library, not on its tests.
#![cfg_attr(
    test,
    allow(
        clippy::disallowed_macros,
        clippy::disallowed_methods,
        clippy::disallowed_types,
        clippy::float_arithmetic
    )
)]

pub mod claim;
pub mod coordinator;
mod document;
pub mod error;
pub mod harness;
pub mod ledger;
pub mod model;
pub mod path;
pub mod policy;
pub mod provenance;
pub mod run;
pub mod shell;
pub mod store;
pub mod table;
pub mod view;
pub mod wire;
