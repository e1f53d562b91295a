//! The C binding: `libloomstack` and `loom.h`.
//!
//! C programs, and languages that speak the C ABI, get the two JSON doors of a journal, the algebra of
//! paths, and the means to bring a store of their own. Nothing is decided here. What this crate adds
//! is the border: handles that can be stale or forged without harm, texts with lengths, a status for
//! every error, and no panic that crosses.
//!
//! | module | what it is | may say `unsafe` |
//! |---|---|---|
//! | `border` | the exported functions: reads what C lends, writes what C takes | yes |
//! | `status` | the numbers of the error codes | no |
//! | `handles` | numbers that stand for what lives in the library | no |
//! | `journal` | a journal behind a handle, and its end by a panic | no |
//!
//! The functions are documented in `include/loom.h`, which is made from them.

#![deny(unsafe_code)]

#[cfg(not(panic = "unwind"))]
compile_error!("a panic must not end the host's process: build with panic = \"unwind\"");

#[allow(unsafe_code)]
pub mod border;
mod handles;
mod journal;
pub mod status;
