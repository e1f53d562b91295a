//! Every limit of this plane by name, so that an error can say which one was passed.
//!
//! ```
//! use loom_core::path::{PathRules, Pattern, limits};
//!
//! let text = "a".repeat(limits::PATTERN_BYTES_MAX + 1);
//! let error = Pattern::glob(&text, PathRules::default()).unwrap_err();
//! assert_eq!(error.limit_name(), Some("PATTERN_BYTES_MAX"));
//! ```

/// Bytes of a path, after `.` and empty segments dropped out.
pub const PATH_BYTES_MAX: usize = 4_096;
/// Segments of a path.
pub const PATH_SEGMENTS_MAX: usize = 256;
/// Bytes of a glob as it is written. A `file` or `dir` is limited as a path.
pub const PATTERN_BYTES_MAX: usize = 1_024;
/// Segments in each alternative of a glob, `**` included.
pub const PATTERN_SEGMENTS_MAX: usize = 64;
/// Alternatives of one glob after brace expansion, duplicates included.
pub const PATTERN_ALTERNATIVES_MAX: usize = 256;
/// Patterns in a path set, `include` and `exclude` together.
pub const SET_PATTERNS_MAX: usize = 1_024;
/// Alternatives in a path set after brace expansion, duplicates included.
pub const SET_ALTERNATIVES_MAX: usize = 4_096;
/// Bytes of pattern text in a path set.
pub const SET_BYTES_MAX: usize = 65_536;
/// Characters of a path set after brace expansion, duplicates included. One pattern expands to at most
/// 262,144, so two of any kind fit; only sets of many wide braces before long text come near it, and
/// reading those would take longer than any question about them may.
pub const SET_CHARACTERS_MAX: usize = 524_288;
/// Steps of one search before it gives the safe answer, marked as assumed. A step is a word of bits, a
/// state or a character that is looked at; the unit is work, not time, so every machine and every
/// replica gives the same answer.
///
/// | question | held to it | what is assumed |
/// |---|---|---|
/// | [`Pattern::matches`], [`PathSet::matches`] | no | never |
/// | [`Pattern::overlap`], [`PathSet::overlap`] of two single patterns without excludes | no | never |
/// | [`PathSet::overlap`] of others | yes | that they meet |
/// | [`Pattern::contains`], [`PathSet::contains`] | yes | that it is not contained |
/// | [`PathSet::is_empty`] | yes | that it is not empty |
/// | look-ups in a [`PathIndex`] | no | never |
///
/// Whether a pattern holds another is a hard question (PSPACE-complete for such patterns), so even two
/// single ones can pass it: braces that put a star at several places in front of a long run of holes
/// (`{*a????a*,*b????b*}`) make the search remember every run of characters of that length. Where
/// nothing has to be avoided, as when two patterns overlap, the work is bounded by their product.
///
/// [`Pattern::matches`]: super::Pattern::matches
/// [`PathSet::matches`]: super::PathSet::matches
/// [`Pattern::overlap`]: super::Pattern::overlap
/// [`PathSet::overlap`]: super::PathSet::overlap
/// [`Pattern::contains`]: super::Pattern::contains
/// [`PathSet::contains`]: super::PathSet::contains
/// [`PathSet::is_empty`]: super::PathSet::is_empty
/// [`PathIndex`]: super::PathIndex
pub const SEARCH_STEPS_MAX: u64 = 2_000_000;
