//! What a harness hears from the tools around it, read into the words of the core.
//!
//! Nothing here runs a tool or opens a file: the harness does, and hands over what came out. See
//! [`hook`] for what a program that runs agents asks before they do something, [`git`] for the history of
//! a repository, and [`history_lines`] for a history that somebody wrote down as JSON lines.

pub mod git;
pub mod history_lines;
pub mod hook;
mod landing;

pub use landing::{LeftOut, Place};
