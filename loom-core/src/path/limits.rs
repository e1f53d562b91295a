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
/// 262,144, so two of any kind fit.
pub const SET_CHARACTERS_MAX: usize = 524_288;
/// Steps of one search before it gives the safe answer, marked as assumed. A step is a word of bits, a
/// state or a character that is looked at; the unit is work, not time, so every machine and every
/// replica gives the same answer.
pub const SEARCH_STEPS_MAX: u64 = 2_000_000;
