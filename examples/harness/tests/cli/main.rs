//! The real binary, run as its users run it: what it prints, and how it ends.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod audit;
mod claims;
mod demo;
mod governance;
mod journal;
mod policy;
mod world;
