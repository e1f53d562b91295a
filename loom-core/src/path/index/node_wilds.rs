//! The wildcard edges of one node, read once to be compared with many segments.
//!
//! A frozen wildcard is decoded each time it is compared. One segment need not decode those that it
//! does not come upon; where many segments are asked for at a node, decoding is most of the work.

use std::borrow::Cow;

use super::wild_edges::{Shape, Wild, WildTable};
use crate::error::Error;

/// The wildcard edges of one node, and their shapes, in order.
pub(super) struct NodeWilds<'l, T> {
    edges: Vec<Wild<'l, T>>,
    shapes: Vec<Shape>,
}

impl<'l, T: Copy> NodeWilds<'l, T> {
    pub(super) fn read<W: WildTable<'l, Target = T>>(
        table: W,
        id: u32,
        visits: &mut u64,
    ) -> Result<Self, Error> {
        let edges: Vec<_> = table.starting(id, b"", b"").collect::<Result<_, _>>()?;
        *visits += edges.len() as u64;
        Ok(NodeWilds {
            edges,
            shapes: table.shapes(id).collect::<Result<_, _>>()?,
        })
    }
}

impl<'t, 'l: 't, T: Copy + 't> WildTable<'t> for &'t NodeWilds<'l, T> {
    type Target = T;

    fn shapes(self, _: u32) -> impl Iterator<Item = Result<Shape, Error>> + use<'t, 'l, T> {
        self.shapes.iter().copied().map(Ok)
    }

    fn starting(
        self,
        _: u32,
        prefix: &[u8],
        suffix: &[u8],
    ) -> impl Iterator<Item = Result<Wild<'t, T>, Error>> {
        let before = |edge: &Wild<'_, T>| (edge.prefix, edge.suffix) < (prefix, suffix);
        let from = self.edges.partition_point(before);
        self.edges[from..].iter().map(|edge| {
            Ok(Wild {
                prefix: edge.prefix,
                suffix: edge.suffix,
                glob: Cow::Borrowed(&*edge.glob),
                target: edge.target,
            })
        })
    }
}
