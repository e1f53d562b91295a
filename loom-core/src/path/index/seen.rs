//! Which pairs of a node and a place there a walk has been at.

use std::collections::BTreeSet;

/// Pairs up to which there is a bit for each: 128 KiB, and next to nothing where few are come upon.
const BITS_MAX: u64 = 1 << 20;

/// A set of pairs; the memory serves walk after walk.
#[derive(Default)]
pub(super) struct Seen {
    bits: Vec<u64>,
    /// The pairs that have no bit.
    others: BTreeSet<(u32, u32)>,
}

impl Seen {
    pub(super) fn clear(&mut self) {
        self.bits.clear();
        self.others.clear();
    }

    /// Adds a node and one of so many places; `false` where it was there.
    pub(super) fn insert(&mut self, node: u32, place: u32, places: u32) -> bool {
        let bit = u64::from(node) * u64::from(places) + u64::from(place);
        if bit >= BITS_MAX {
            return self.others.insert((node, place));
        }
        let (word, bit) = ((bit / 64) as usize, 1 << (bit % 64));
        if word >= self.bits.len() {
            self.bits.resize(word + 1, 0);
        }
        let is_new = self.bits[word] & bit == 0;
        self.bits[word] |= bit;
        is_new
    }
}
