//! The pure coordination core of LoomStack: no I/O, no clock, no randomness.

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
pub mod error;
pub mod model;
pub mod path;
pub mod run;
pub mod store;
pub mod table;
pub mod view;
