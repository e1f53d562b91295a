//! A hash table of dense ids whose keys live elsewhere: how the search knows what it has seen.
//!
//! The hash is fixed, so the table behaves alike everywhere; nothing is ever read from it in table
//! order, so no order of it can reach an answer.

/// Ids by the hash of what they stand for.
pub(super) struct Table {
    slots: Vec<u32>,
    held: usize,
}

const FREE: u32 = u32::MAX;

impl Table {
    pub(super) fn new() -> Self {
        Table {
            slots: vec![FREE; 64],
            held: 0,
        }
    }

    /// The id under `hash` for which `same` holds.
    pub(super) fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            match self.slots[at] {
                FREE => return None,
                id if same(id) => return Some(id),
                _ => at = (at + 1) & mask,
            }
        }
    }

    /// Adds an id that [`Table::find`] did not find. `hash_of` gives the hash of any id held.
    pub(super) fn add(&mut self, hash: u64, id: u32, hash_of: impl Fn(u32) -> u64) {
        if self.held * 4 >= self.slots.len() * 3 {
            let size = self.slots.len() * 2;
            let old = std::mem::replace(&mut self.slots, vec![FREE; size]);
            for id in old.into_iter().filter(|&id| id != FREE) {
                self.place(hash_of(id), id);
            }
        }
        self.place(hash, id);
        self.held += 1;
    }

    fn place(&mut self, hash: u64, id: u32) {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at] != FREE {
            at = (at + 1) & mask;
        }
        self.slots[at] = id;
    }
}

/// A fixed hash of some words: multiply, then fold the high half in.
pub(super) fn hash(words: impl IntoIterator<Item = u64>) -> u64 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for word in words {
        let wide = u128::from(state ^ word) * 0xd6e8_feb8_6659_fd93_u128;
        state = (wide as u64) ^ ((wide >> 64) as u64);
    }
    state ^ (state >> 29)
}
