//! Literal edges: from a node by a segment's text to whatever stands there.

use std::borrow::Cow;

use super::packed::Packed;
use crate::error::Error;

/// Where a literal edge starts, and its text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EdgeKey {
    pub(super) parent: u32,
    pub(super) name: Packed,
}

impl EdgeKey {
    pub(super) fn new(parent: u32, name: &[u8]) -> Self {
        EdgeKey {
            parent,
            name: Packed::new(name),
        }
    }
}

/// How a walk reads literal edges, live or frozen. Names come as bytes.
pub(super) trait Table<'t>: Copy + 't {
    /// What an edge leads to.
    type Target: Copy;

    fn get(self, key: &EdgeKey) -> Result<Option<Self::Target>, Error>;

    /// The edges of `parent` whose names begin with `prefix`, in the order of their names.
    fn starting(
        self,
        parent: u32,
        prefix: &[u8],
    ) -> impl Iterator<Item = Result<(Cow<'t, [u8]>, Self::Target), Error>>;

    /// All edges of the trie whose names end with `suffix`: first those called `suffix`.
    /// Each is a name and the node that the edge leaves.
    fn ending(
        self,
        suffix: &[u8],
    ) -> impl Iterator<Item = Result<(Cow<'t, [u8]>, u32), Error>> + use<'t, Self>;
}
