//! Segment names as keys of ordered maps: sixteen bytes inline, so that a comparison stays in the
//! map's own node and does not go out to memory.
//!
//! The order is that of the bytes. Names hold no NUL (paths and patterns refuse it), so padding with
//! NUL keeps the order: a shorter name comes before a longer one that it begins.

use std::cmp::Ordering;

const INLINE_BYTES: usize = 16;

/// A name, or a name with its bytes in reverse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packed {
    head: [u8; INLINE_BYTES],
    /// The whole name, where it is longer than the head. Boxed twice: a thin pointer keeps every
    /// key eight bytes smaller, and names this long are few.
    whole: Option<Box<Box<[u8]>>>,
}

impl Packed {
    pub(super) fn new(name: &[u8]) -> Self {
        let mut head = [0; INLINE_BYTES];
        let taken = name.len().min(INLINE_BYTES);
        head[..taken].copy_from_slice(&name[..taken]);
        let whole = (name.len() > INLINE_BYTES).then(|| Box::new(Box::from(name)));
        Packed { head, whole }
    }

    pub(super) fn reversed(name: &[u8]) -> Self {
        if name.len() > INLINE_BYTES {
            return Packed::new(&reverse(name));
        }
        let mut head = [0; INLINE_BYTES];
        for (to, from) in head.iter_mut().zip(name.iter().rev()) {
            *to = *from;
        }
        Packed { head, whole: None }
    }

    /// The bytes eight by eight, for hashing.
    pub(super) fn words(&self) -> impl Iterator<Item = u64> + '_ {
        let word = |bytes: &[u8]| {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            u64::from_le_bytes(word)
        };
        let tail = self
            .whole
            .as_deref()
            .and_then(|whole| whole.get(INLINE_BYTES..));
        let tail = tail.unwrap_or_default();
        self.head.chunks(8).chain(tail.chunks(8)).map(word)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match &self.whole {
            Some(whole) => whole,
            None => {
                let padding = u128::from_be_bytes(self.head).trailing_zeros() / 8;
                &self.head[..INLINE_BYTES - padding as usize]
            }
        }
    }
}

impl Ord for Packed {
    fn cmp(&self, other: &Self) -> Ordering {
        u128::from_be_bytes(self.head)
            .cmp(&u128::from_be_bytes(other.head))
            .then_with(|| self.whole.cmp(&other.whole))
    }
}

impl PartialOrd for Packed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The bytes of a name, last one first.
pub(super) fn reverse(name: &[u8]) -> Vec<u8> {
    name.iter().rev().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_packed_names_is_that_of_their_bytes() {
        let names: [&[u8]; 9] = [
            b"",
            b"a",
            b"ab",
            b"a-very-long-name",
            b"a-very-long-name-1",
            b"a-very-long-name-2",
            b"a-very-long-nam",
            b"\xc3\xa9",
            b"z",
        ];
        for a in names {
            for b in names {
                assert_eq!(Packed::new(a).cmp(&Packed::new(b)), a.cmp(b));
                let (ra, rb) = (reverse(a), reverse(b));
                assert_eq!(Packed::reversed(a).cmp(&Packed::reversed(b)), ra.cmp(&rb));
            }
            assert_eq!(Packed::new(a).bytes(), a);
            assert_eq!(Packed::reversed(a).bytes(), reverse(a));
        }
    }
}
