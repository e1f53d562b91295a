//! All literal edges of a trie by their names in reverse, which answers "who ends with `_test.rs`" and
//! "who is called `mod.rs`, anywhere".

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::packed::{Packed, reverse};
use crate::error::Error;

/// Reversed names, each with the node that the edge leaves.
#[derive(Clone)]
pub(super) struct ByEnd(BTreeSet<(Packed, u32)>);

impl ByEnd {
    pub(super) fn new() -> Self {
        ByEnd(BTreeSet::new())
    }

    pub(super) fn insert(&mut self, name: &[u8], parent: u32) {
        self.0.insert((Packed::reversed(name), parent));
    }

    pub(super) fn remove(&mut self, name: &[u8], parent: u32) {
        self.0.remove(&(Packed::reversed(name), parent));
    }

    /// The names that end with `suffix`, and the nodes that their edges leave.
    pub(super) fn ending(
        &self,
        suffix: &[u8],
    ) -> impl Iterator<Item = Result<(Cow<'_, [u8]>, u32), Error>> + use<'_> {
        let wanted: Box<[u8]> = reverse(suffix).into();
        self.0
            .range((Packed::new(&wanted), 0)..)
            .take_while(move |(name, _)| name.bytes().starts_with(&wanted))
            .map(|(name, parent)| Ok((Cow::Owned(reverse(name.bytes())), *parent)))
    }
}
