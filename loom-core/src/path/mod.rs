//! Paths, patterns and path sets: the one algebra for everything that names files.
//!
//! A wrong "no conflict" loses somebody's work, a wrong "conflict" stops somebody for nothing. So
//! the algebra is exact in both directions: it compares the sets of paths that patterns denote, and
//! an answer that can carry a proof carries one, a concrete path that anybody can check with
//! `matches`. The only way out is [`limits::SEARCH_STEPS_MAX`], and then the answer says so.
//!
//! ```
//! use loom_core::path::{PathRules, Pattern};
//!
//! let rules = PathRules::default();
//! let mine = Pattern::glob("src/**/*.{ts,tsx}", rules)?;
//! let theirs = Pattern::glob("**/auth/*.test.*", rules)?;
//! let witness = mine.overlap(&theirs).ok_or("these meet")?;
//! assert!(mine.matches(&witness) && theirs.matches(&witness));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod canonical;
mod class;
#[doc(hidden)]
pub mod cost;
mod import;
pub mod index;
pub mod limits;
mod meet;
mod normal;
mod parse;
mod pattern;
mod repo_path;
mod rules;
mod search;
mod segment;
mod set;
mod source;

pub use index::{FrozenBytes, PathIndex};
pub use pattern::{Containment, Pattern};
pub use repo_path::RepoPath;
pub use rules::{Case, PathRules, Unicode};
pub use segment::{Alternative, SegmentGlob, SegmentPattern};
pub use set::{Emptiness, Overlap, PathSet};
pub use source::{PathSetSource, PatternSource};
