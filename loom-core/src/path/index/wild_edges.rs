//! Wildcard edges: from a node by a pattern for one segment to whatever stands there.
//!
//! Sorted by what is literal about them, so that a name is compared with the few wildcards that begin
//! and end as it does. Which lengths these beginnings and ends have at a node, its *shapes*, is kept
//! too: they are few even where wildcards are many.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::packed::Packed;
use super::rows::Rows;
use crate::error::Error;
use crate::path::SegmentGlob;

/// How many bytes of a wildcard are literal at its ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shape {
    pub(super) prefix: u32,
    pub(super) suffix: u32,
}

/// A wildcard edge.
pub(super) struct Wild<'t, T> {
    pub(super) prefix: &'t [u8],
    /// Reversed.
    pub(super) suffix: &'t [u8],
    pub(super) glob: Cow<'t, SegmentGlob>,
    pub(super) target: T,
}

impl<'t, T> Wild<'t, T> {
    /// The same edge with what `to` makes of its target.
    pub(super) fn leading_to<U>(self, to: impl FnOnce(T) -> U) -> Wild<'t, U> {
        Wild {
            prefix: self.prefix,
            suffix: self.suffix,
            glob: self.glob,
            target: to(self.target),
        }
    }
}

/// How a walk reads wildcard edges, live or frozen.
pub(super) trait WildTable<'t>: Copy + 't {
    /// What an edge leads to.
    type Target: Copy;

    /// The shapes of the edges of a node, in order.
    fn shapes(self, parent: u32) -> impl Iterator<Item = Result<Shape, Error>> + use<'t, Self>;

    /// The edges of `parent` from (`prefix`, `suffix` reversed) on, in that order.
    fn starting(
        self,
        parent: u32,
        prefix: &[u8],
        suffix: &[u8],
    ) -> impl Iterator<Item = Result<Wild<'t, Self::Target>, Error>>;

    /// All edges of `parent` where they are few and lie at hand: then a name is compared with each,
    /// which is less than looking for those of a shape.
    fn few(self, _parent: u32) -> Option<impl Iterator<Item = Wild<'t, Self::Target>>> {
        None::<std::iter::Empty<_>>
    }
}

/// The wildcard edges of a live node.
#[derive(Clone)]
pub(super) struct WildEdges<T> {
    rows: Rows<WildKey, T>,
    /// How many edges there are of each shape; kept where they are many. Few edges tell themselves.
    #[expect(clippy::box_collection, reason = "keeps the common case small")]
    shapes: Option<Box<BTreeMap<Shape, u32>>>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct WildKey {
    prefix: Packed,
    /// Reversed.
    suffix: Packed,
    /// `None` only in a bound of a range: before every wildcard.
    glob: Option<SegmentGlob>,
}

impl<T> WildEdges<T> {
    pub(super) fn new() -> Self {
        WildEdges {
            rows: Rows::new(),
            shapes: None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// What stands at `edge`; made by `make` where nothing does.
    pub(super) fn get_or_insert_with(&mut self, edge: WildKey, make: impl FnOnce() -> T) -> &mut T {
        if self.rows.are_many_with_another() && self.rows.get(&edge).is_none() {
            let shapes = self.shapes.get_or_insert_with(|| {
                let mut shapes = BTreeMap::new();
                for (edge, _) in self.rows.few().unwrap_or_default() {
                    *shapes.entry(edge.shape()).or_insert(0) += 1;
                }
                Box::new(shapes)
            });
            *shapes.entry(edge.shape()).or_insert(0) += 1;
        }
        self.rows.get_or_insert_with(edge, make).0
    }

    pub(super) fn find(&self, edge: &WildKey) -> Option<&T> {
        self.rows.get(edge)
    }

    pub(super) fn find_mut(&mut self, edge: &WildKey) -> Option<&mut T> {
        self.rows.get_mut(edge)
    }

    pub(super) fn remove(&mut self, edge: &WildKey) {
        if !self.rows.remove(edge) {
            return;
        }
        let Some(shapes) = &mut self.shapes else {
            return;
        };
        if self.rows.few().is_some() {
            self.shapes = None;
        } else if let Some(count) = shapes.get_mut(&edge.shape()) {
            *count -= 1;
            if *count == 0 {
                shapes.remove(&edge.shape());
            }
        }
    }

    /// The shapes of the edges, in order.
    pub(super) fn shapes(&self) -> impl Iterator<Item = Shape> + '_ {
        let few = self.rows.few().map(|rows| {
            let after = move |last: Option<Shape>| {
                let shapes = rows.iter().map(|(edge, _)| edge.shape());
                shapes.filter(|shape| Some(*shape) > last).min()
            };
            std::iter::successors(after(None), move |last| after(Some(*last)))
        });
        let many = self.shapes.iter().flat_map(|shapes| shapes.keys().copied());
        few.into_iter().flatten().chain(many)
    }

    /// The edges from (`prefix`, `suffix` reversed) on, in that order.
    pub(super) fn from(
        &self,
        prefix: &[u8],
        suffix: &[u8],
    ) -> impl Iterator<Item = Wild<'_, &T>> + use<'_, T> {
        let from = WildKey {
            prefix: Packed::new(prefix),
            suffix: Packed::new(suffix),
            glob: None,
        };
        let edges = self.rows.from(&from);
        edges.filter_map(|(edge, target)| edge.wild(target))
    }

    /// All edges, where they are few.
    pub(super) fn few(&self) -> Option<impl Iterator<Item = Wild<'_, &T>>> {
        let edges = self.rows.few()?.iter();
        Some(edges.filter_map(|(edge, target)| edge.wild(target)))
    }
}

impl WildKey {
    pub(super) fn new(glob: &SegmentGlob) -> Self {
        WildKey {
            prefix: Packed::new(glob.literal_prefix().as_bytes()),
            suffix: Packed::reversed(glob.literal_suffix().as_bytes()),
            glob: Some(glob.clone()),
        }
    }

    fn wild<T>(&self, target: T) -> Option<Wild<'_, T>> {
        Some(Wild {
            prefix: self.prefix.bytes(),
            suffix: self.suffix.bytes(),
            glob: Cow::Borrowed(self.glob.as_ref()?),
            target,
        })
    }

    fn shape(&self) -> Shape {
        Shape {
            prefix: self.prefix.bytes().len() as u32,
            suffix: self.suffix.bytes().len() as u32,
        }
    }
}
