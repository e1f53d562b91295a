//! A table from hashes to ids that is never asked for more than a few slots in a row.
//!
//! Slots are tried one after the other from where the hash points, and no further than a window of
//! them: names that somebody chose to collide fill their windows and are sent elsewhere, and the
//! look-ups of all others stay as short as they were. The home of a hash is made of its upper bits.

use super::trie::ROOT;

/// How many slots a look-up looks at, at most.
pub(super) const WINDOW: usize = 16;

/// A slot that nothing was ever put into. No edge leads to the root, so its id is free to say so.
const VACANT: Slot = Slot { hash: 0, id: ROOT };
/// A slot whose id was taken away. What was put behind it, or found its window full because of it,
/// must still be found; so it is not vacant until the table is made anew.
const GONE: Slot = Slot {
    hash: 0,
    id: u32::MAX,
};

#[derive(Clone, Default)]
pub(super) struct Slots {
    /// A power of two, and the rest of the window of the last; empty in a new table.
    slots: Vec<Slot>,
    /// How many slots are not vacant.
    used: usize,
    /// How many of them hold an id.
    held: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Slot {
    hash: u32,
    id: u32,
}

/// What a window of slots says about an id.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Here(u32),
    Nowhere,
    /// Not here; but as the window is full, it may have been refused.
    Refused,
}

impl Slots {
    /// The id under this hash of which `is_it` says so.
    pub(super) fn find(&self, hash: u32, is_it: impl Fn(u32) -> bool) -> Found {
        for slot in self.window(hash) {
            if slot.id == ROOT {
                return Found::Nowhere;
            }
            if slot.hash == hash && *slot != GONE && is_it(slot.id) {
                return Found::Here(slot.id);
            }
        }
        match self.slots.is_empty() {
            true => Found::Nowhere,
            false => Found::Refused,
        }
    }

    /// Puts an id under a hash that it is not under; `false` where the window is full.
    pub(super) fn insert(&mut self, hash: u32, id: u32) -> bool {
        let start = self.home(hash);
        let window = self.slots.get_mut(start..start + WINDOW);
        let mut free = window.into_iter().flatten();
        let Some(slot) = free.find(|slot| matches!(**slot, VACANT | GONE)) else {
            return false;
        };
        self.used += usize::from(*slot == VACANT);
        self.held += 1;
        *slot = Slot { hash, id };
        true
    }

    /// Takes an id away; `false` where it is not here.
    pub(super) fn remove(&mut self, hash: u32, id: u32) -> bool {
        let start = self.home(hash);
        let window = self.slots.get_mut(start..start + WINDOW);
        let mut here = window.into_iter().flatten();
        let Some(slot) = here.find(|slot| **slot == Slot { hash, id }) else {
            return false;
        };
        *slot = GONE;
        self.held -= 1;
        true
    }

    /// Whether it is time to [make room](Slots::make_room) before another id comes.
    pub(super) fn is_tight(&self) -> bool {
        self.used >= self.homes() / 4 * 3
    }

    /// Makes the table anew, at most half full with what it holds and so many `others`, and answers
    /// the ids that found their windows full.
    ///
    /// A quarter of the slots can be taken until the next time, so each of them pays for four.
    pub(super) fn make_room(&mut self, others: usize) -> Vec<u32> {
        let homes = ((self.held + others) * 2).next_power_of_two().max(WINDOW);
        let old = std::mem::take(self);
        self.slots = vec![VACANT; homes + WINDOW - 1];
        let held = old.slots.into_iter();
        held.filter(|slot| !matches!(*slot, VACANT | GONE))
            .filter(|slot| !self.insert(slot.hash, slot.id))
            .map(|slot| slot.id)
            .collect()
    }

    fn window(&self, hash: u32) -> &[Slot] {
        let start = self.home(hash);
        self.slots.get(start..start + WINDOW).unwrap_or_default()
    }

    /// How many slots a hash can point to.
    fn homes(&self) -> usize {
        self.slots.len().saturating_sub(WINDOW - 1)
    }

    fn home(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.homes() as u64) >> u32::BITS) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_window_refuses_and_its_neighbours_do_not_notice() {
        let mut slots = Slots::default();
        assert_eq!(slots.find(7, |_| true), Found::Nowhere);
        assert!(slots.make_room(100).is_empty());
        for id in 1..=WINDOW as u32 {
            assert!(slots.insert(7, id));
        }
        assert!(!slots.insert(7, 99));
        assert_eq!(slots.find(7, |id| id == 99), Found::Refused);
        assert_eq!(slots.find(7, |id| id == 16), Found::Here(16));
        // Far away, and right behind.
        assert_eq!(slots.find(u32::MAX, |_| true), Found::Nowhere);
        assert!(slots.insert(1 << 26, 20) && slots.insert(u32::MAX, 21));
        assert_eq!(slots.find(1 << 26, |_| true), Found::Here(20));
        assert_eq!(slots.find(u32::MAX, |_| true), Found::Here(21));
    }

    #[test]
    fn a_slot_that_is_free_again_does_not_end_a_window() {
        let mut slots = Slots::default();
        slots.make_room(100);
        for id in 1..=WINDOW as u32 {
            slots.insert(7, id);
        }
        assert!(slots.remove(7, 5) && !slots.remove(7, 5));
        assert_eq!(slots.find(7, |id| id == 5), Found::Refused);
        assert_eq!(slots.find(7, |id| id == 6), Found::Here(6));
        assert!(slots.insert(7, 30) && !slots.insert(7, 31));
        assert_eq!(slots.find(7, |id| id == 30), Found::Here(30));
    }

    #[test]
    fn what_comes_and_goes_leaves_the_table_as_small_as_it_was() {
        let mut slots = Slots::default();
        for id in 1..100_000_u32 {
            if slots.is_tight() {
                assert!(slots.make_room(0).is_empty());
            }
            let hash = id.wrapping_mul(0x9e37_79b9);
            assert!(slots.insert(hash, id) && slots.remove(hash, id));
        }
        assert_eq!(slots.homes(), WINDOW);
    }
}
