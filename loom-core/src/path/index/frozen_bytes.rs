//! Where the bytes of a frozen index come from.

use std::ops::Range;
use std::sync::Arc;

/// Bytes that a frozen index is read from, wherever they lie. An index asks for a few at a time, so
/// what stands behind it may verify or fetch them piece by piece.
pub trait FrozenBytes: Send + Sync {
    /// How many bytes there are.
    fn len(&self) -> usize;

    /// Is there no byte?
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of a range; `None` where it reaches beyond them, or they cannot be had.
    fn get(&self, range: Range<usize>) -> Option<&[u8]>;
}

impl FrozenBytes for Vec<u8> {
    fn len(&self) -> usize {
        Vec::len(self)
    }

    fn get(&self, range: Range<usize>) -> Option<&[u8]> {
        self.as_slice().get(range)
    }
}

impl FrozenBytes for Arc<[u8]> {
    fn len(&self) -> usize {
        <[u8]>::len(self)
    }

    fn get(&self, range: Range<usize>) -> Option<&[u8]> {
        <[u8]>::get(self, range)
    }
}
