//! Finds a path in some patterns and outside of others.
use super::{Containment, Overlap, PathSet, Pattern, RepoPath};
pub(crate) enum Found {
    Nothing,
    Path(RepoPath),
    Unknown,
}
pub(crate) fn sets_overlap(_: &PathSet, _: &PathSet) -> Overlap {
    Overlap::None
}
pub(crate) fn set_contains(_: &PathSet, _: &PathSet) -> Containment {
    Containment::Assumed
}
pub(crate) fn set_member(_: &PathSet) -> Found {
    Found::Unknown
}
pub(crate) fn patterns_overlap(_: &Pattern, _: &Pattern) -> Option<RepoPath> {
    None
}
pub(crate) fn pattern_contains(_: &Pattern, _: &Pattern) -> Containment {
    Containment::Assumed
}
