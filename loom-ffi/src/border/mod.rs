//! The exported functions, and the only place with `unsafe`.
//!
//! Everything here is thin: read what C lends into values that Rust can check, call what is safe, write
//! the result where C asked for it. Each function is one `call::enter`, so a panic becomes a status.

// The names as C writes them.
#![allow(non_camel_case_types)]

pub(crate) mod call;
pub mod journal;
pub mod path;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;
