//! The real binary, run as its users run it: what it prints, and how it ends.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod audit;
mod claims;
mod demo;
mod export;
mod findings;
mod governance;
mod guard;
mod history;
mod hooks;
mod journal;
mod killed;
mod loops;
mod notes;
mod policy;
mod record;
mod runner;
#[path = "../../../../loom-store/tests/support/server.rs"]
mod server;
mod team;
mod world;
