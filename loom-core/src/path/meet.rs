//! Answers about single names and single alternatives.
use super::segment::Token;
use super::{Pattern, RepoPath, SegmentGlob, SegmentPattern};
pub(crate) fn alternative_matches(_: &[SegmentPattern], _: &[&str]) -> bool {
    false
}
pub(crate) fn name_matches(_: &[Token], _: &str) -> bool {
    false
}
pub(crate) fn globs_meet(_: &SegmentGlob, _: &SegmentGlob) -> bool {
    false
}
pub(crate) fn pattern_matches(_: &Pattern, _: &RepoPath) -> bool {
    false
}
