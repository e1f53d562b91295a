//! What is asked: one alternative of a pattern, or a path, in the form that a walk steps through.

use super::edges::EdgeKey;
use super::packed::Packed;
use crate::path::{SegmentGlob, SegmentPattern};

/// A query: segments, and whether everything below them counts too.
pub(super) struct Query<'q> {
    pub(super) segments: Vec<Asked<'q>>,
    /// `**` follows the last segment.
    pub(super) subtree: bool,
    /// How many `**` there are, that one included.
    pub(super) deeps: u16,
    /// Nothing but names: the query holds one path.
    pub(super) is_path: bool,
}

/// One segment of a query.
pub(super) enum Asked<'q> {
    Literal(Name<'q>),
    Wild(&'q SegmentGlob),
    AnyDepth,
}

/// A literal segment with all that look-ups need of it.
pub(super) struct Name<'q> {
    pub(super) text: &'q str,
    /// The key of the edge of this name; each look-up sets the node that it leaves.
    pub(super) edge: EdgeKey,
    /// The bytes in reverse, made when a wildcard is first compared with them.
    reversed: Option<Packed>,
}

impl<'q> Query<'q> {
    /// A path is a query of literals alone.
    pub(super) fn path(names: impl Iterator<Item = &'q str>) -> Self {
        Query {
            segments: names.map(|name| Asked::Literal(Name::new(name))).collect(),
            subtree: false,
            deeps: 0,
            is_path: true,
        }
    }

    pub(super) fn pattern(segments: &'q [SegmentPattern], subtree: bool) -> Self {
        let segments: Vec<_> = segments.iter().map(Asked::new).collect();
        let inner = segments
            .iter()
            .filter(|segment| matches!(segment, Asked::AnyDepth));
        let deeps = inner.count() as u16 + u16::from(subtree);
        let mut rest = segments.iter();
        let is_path = !subtree && rest.all(|segment| matches!(segment, Asked::Literal(_)));
        Query {
            segments,
            subtree,
            deeps,
            is_path,
        }
    }

    /// Whether position `at` is behind the last segment.
    pub(super) fn is_end(&self, at: u16) -> bool {
        usize::from(at) == self.segments.len()
    }

    /// Whether the segment at `at` may stand for any run of names.
    pub(super) fn is_any_depth(&self, at: u16) -> bool {
        match self.segments.get(usize::from(at)) {
            Some(segment) => matches!(segment, Asked::AnyDepth),
            None => self.subtree,
        }
    }
}

impl<'q> Asked<'q> {
    pub(super) fn new(segment: &'q SegmentPattern) -> Self {
        match segment {
            SegmentPattern::Literal(name) => Asked::Literal(Name::new(name)),
            SegmentPattern::Wild(glob) => Asked::Wild(glob),
            SegmentPattern::AnyDepth => Asked::AnyDepth,
        }
    }

    /// Whether a literal name fits.
    pub(super) fn fits(&self, name: &[u8]) -> bool {
        match self {
            Asked::Literal(literal) => literal.text.as_bytes() == name,
            Asked::Wild(glob) => fits(glob, name),
            Asked::AnyDepth => true,
        }
    }

    /// The text that a name must end with to fit; with nothing to go by, `None`.
    pub(super) fn ending(&self) -> Option<&'q str> {
        match self {
            Asked::Literal(literal) => Some(literal.text),
            Asked::Wild(glob) => Some(glob.literal_suffix()).filter(|suffix| !suffix.is_empty()),
            Asked::AnyDepth => None,
        }
    }
}

impl<'q> Name<'q> {
    fn new(text: &'q str) -> Self {
        Name {
            text,
            edge: EdgeKey::new(0, text.as_bytes()),
            reversed: None,
        }
    }

    pub(super) fn reversed(&mut self) -> &[u8] {
        self.reversed
            .get_or_insert_with(|| Packed::reversed(self.text.as_bytes()))
            .bytes()
    }
}

/// Whether a name, as bytes of a table, fits a wildcard.
pub(super) fn fits(glob: &SegmentGlob, name: &[u8]) -> bool {
    std::str::from_utf8(name).is_ok_and(|name| glob.matches(name))
}
