//! The reference harness of LoomStack: a command line over one shared journal, and the place to look
//! up how the library is embedded. A verb reads its arguments, sends one command through
//! [`loom_store::Loom`], and shows the answer; nothing is decided here.
//!
//! The verbs lie in `verb/`, one file for each group; `show/` turns answers into text for people;
//! [`audit`] re-reads a journal and checks from its records alone that claims kept their promise;
//! `guard/` holds a real diff against what the journal knows; `hook/` answers the hooks of programs that run agents;
//! `mcp/` serves the journal to agents as tools;
//! `runner/` runs a loop whole: maker, gates, checker, whatever programs these are;
//! `demo/` plays the story of two loops that fight over one repository, with real processes.
//!
//! ```no_run
//! # // What `src/main.rs` is.
//! let exit = loom_harness::main();
//! ```

#![forbid(unsafe_code)]

pub mod audit;
mod cli;
mod demo;
mod exit;
mod git;
mod guard;
mod history;
mod hook;
mod identity;
mod mcp;
mod runner;
mod session;
mod show;
mod store_at;
mod units;
mod verb;

pub use cli::main;
