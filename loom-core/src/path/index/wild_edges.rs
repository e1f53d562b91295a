//! Wildcard edges: from a node by a pattern for one segment to whatever stands there.
//!
//! Sorted by what is literal about them, so that a name is compared with the few wildcards that begin
//! and end as it does. Which lengths these beginnings and ends have at a node, its *shapes*, is kept
//! too: they are few even where wildcards are many.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::packed::Packed;
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
}

/// Wildcard edges that can change.
#[derive(Clone)]
pub(super) struct WildEdges<T> {
    rows: BTreeMap<WildKey, T>,
    /// How many edges of each shape leave a node.
    shapes: BTreeMap<(u32, Shape), u32>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct WildKey {
    parent: u32,
    prefix: Packed,
    /// Reversed.
    suffix: Packed,
    /// `None` only in a bound of a range: before every wildcard.
    glob: Option<SegmentGlob>,
}

impl<T> WildEdges<T> {
    pub(super) fn new() -> Self {
        WildEdges {
            rows: BTreeMap::new(),
            shapes: BTreeMap::new(),
        }
    }

    /// What stands at `edge`; made by `make` where nothing does.
    pub(super) fn get_or_insert_with(&mut self, edge: WildKey, make: impl FnOnce() -> T) -> &mut T {
        use std::collections::btree_map::Entry;
        match self.rows.entry(edge) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let shape = (entry.key().parent, entry.key().shape());
                *self.shapes.entry(shape).or_insert(0) += 1;
                entry.insert(make())
            }
        }
    }

    pub(super) fn find(&self, edge: &WildKey) -> Option<&T> {
        self.rows.get(edge)
    }

    pub(super) fn find_mut(&mut self, edge: &WildKey) -> Option<&mut T> {
        self.rows.get_mut(edge)
    }

    pub(super) fn remove(&mut self, edge: &WildKey) {
        if self.rows.remove(edge).is_none() {
            return;
        }
        let shape = (edge.parent, edge.shape());
        if let Some(count) = self.shapes.get_mut(&shape) {
            *count -= 1;
            if *count == 0 {
                self.shapes.remove(&shape);
            }
        }
    }
}

impl WildKey {
    pub(super) fn new(parent: u32, glob: &SegmentGlob) -> Self {
        WildKey {
            parent,
            prefix: Packed::new(glob.literal_prefix().as_bytes()),
            suffix: Packed::reversed(glob.literal_suffix().as_bytes()),
            glob: Some(glob.clone()),
        }
    }

    fn shape(&self) -> Shape {
        Shape {
            prefix: self.prefix.bytes().len() as u32,
            suffix: self.suffix.bytes().len() as u32,
        }
    }
}

impl<'t, T> WildTable<'t> for &'t WildEdges<T> {
    type Target = &'t T;

    fn shapes(self, parent: u32) -> impl Iterator<Item = Result<Shape, Error>> + use<'t, T> {
        const LEAST: Shape = Shape {
            prefix: 0,
            suffix: 0,
        };
        self.shapes
            .range((parent, LEAST)..)
            .take_while(move |((of, _), _)| *of == parent)
            .map(|((_, shape), _)| Ok(*shape))
    }

    fn starting(
        self,
        parent: u32,
        prefix: &[u8],
        suffix: &[u8],
    ) -> impl Iterator<Item = Result<Wild<'t, &'t T>, Error>> {
        let from = WildKey {
            parent,
            prefix: Packed::new(prefix),
            suffix: Packed::new(suffix),
            glob: None,
        };
        self.rows
            .range(from..)
            .take_while(move |(edge, _)| edge.parent == parent)
            .filter_map(|(edge, target)| {
                Some(Ok(Wild {
                    prefix: edge.prefix.bytes(),
                    suffix: edge.suffix.bytes(),
                    glob: Cow::Borrowed(edge.glob.as_ref()?),
                    target,
                }))
            })
    }
}
