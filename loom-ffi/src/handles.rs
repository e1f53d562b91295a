//! Handles: numbers that stand for what lives in the library.
//!
//! C holds no pointer that it could use too late. A handle is an index into a table with the
//! generation of the slot, so one that was closed, or that nobody ever gave out, is told from a live
//! one and answered with `not_found`. (The form is that of generational arenas.)

use std::sync::{Arc, PoisonError, RwLock};

use loom_core::error::{Code, Error};

/// The most handles of one kind that are open at once.
pub(crate) const HANDLES_MAX: usize = 65_536;

const INDEX_BITS: u32 = 24;
const GENERATION_BITS: u32 = 32;

/// What a handle stands for. Each kind has numbers of its own, so that one cannot pass for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Journal = 1,
    Pattern = 2,
    PathSet = 3,
    Sink = 4,
}

/// The open handles of one kind.
pub(crate) struct Handles<T> {
    kind: Kind,
    slots: RwLock<Slots<T>>,
}

struct Slots<T> {
    all: Vec<Slot<T>>,
    free: Vec<usize>,
}

struct Slot<T> {
    generation: u32,
    held: Option<Arc<T>>,
}

impl<T> Handles<T> {
    pub(crate) const fn new(kind: Kind) -> Handles<T> {
        Handles {
            kind,
            slots: RwLock::new(Slots {
                all: Vec::new(),
                free: Vec::new(),
            }),
        }
    }

    /// Gives a handle out. `limit_exceeded` where [`HANDLES_MAX`] are open.
    pub(crate) fn open(&self, held: T) -> Result<u64, Error> {
        self.open_with(|| held)
    }

    /// Gives a handle out for what is made once it is sure that there is one.
    pub(crate) fn open_with(&self, make: impl FnOnce() -> T) -> Result<u64, Error> {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        let index = match slots.free.pop() {
            Some(index) => index,
            None if slots.all.len() < HANDLES_MAX => {
                slots.all.push(Slot {
                    generation: 0,
                    held: None,
                });
                slots.all.len() - 1
            }
            None => {
                let max = HANDLES_MAX as u64;
                return Err(Error::limit("handle", "HANDLES_MAX", max, max + 1));
            }
        };
        let slot = &mut slots.all[index];
        slot.held = Some(Arc::new(make()));
        Ok(number(self.kind, slot.generation, index))
    }

    /// What a handle stands for. `not_found` where it stands for nothing any more, or never did.
    pub(crate) fn get(&self, handle: u64) -> Result<Arc<T>, Error> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        let slot = self
            .place(handle)
            .and_then(|(index, generation)| Some((slots.all.get(index)?, generation)));
        match slot {
            Some((slot, generation)) if slot.generation == generation => slot.held.clone(),
            _ => None,
        }
        .ok_or_else(closed)
    }

    /// Takes a handle back. What it stood for lives until the calls that use it are over.
    pub(crate) fn close(&self, handle: u64) -> Result<Arc<T>, Error> {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        let (index, generation) = self.place(handle).ok_or_else(closed)?;
        let slot = slots.all.get_mut(index).ok_or_else(closed)?;
        if slot.generation != generation {
            return Err(closed());
        }
        let held = slot.held.take().ok_or_else(closed)?;
        // A slot whose generations are used up is never used again: its numbers would come back.
        if let Some(next) = slot.generation.checked_add(1) {
            slot.generation = next;
            slots.free.push(index);
        }
        Ok(held)
    }

    fn place(&self, handle: u64) -> Option<(usize, u32)> {
        if handle >> (GENERATION_BITS + INDEX_BITS) != self.kind as u64 {
            return None;
        }
        let index = usize::try_from(handle & ((1 << INDEX_BITS) - 1)).ok()?;
        let generation = (handle >> INDEX_BITS) & u64::from(u32::MAX);
        Some((index, u32::try_from(generation).ok()?))
    }
}

fn number(kind: Kind, generation: u32, index: usize) -> u64 {
    (kind as u64) << (GENERATION_BITS + INDEX_BITS)
        | u64::from(generation) << INDEX_BITS
        | index as u64
}

fn closed() -> Error {
    let message = "the handle is closed, of another kind, or was never given out";
    Error::at(Code::NotFound, "handle", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Handles<&'static str> {
        Handles::new(Kind::Pattern)
    }

    #[test]
    fn a_closed_handle_stands_for_nothing_although_its_slot_is_used_again() {
        let table = table();
        let first = table.open("first").unwrap();
        assert_eq!(*table.get(first).unwrap(), "first");
        assert_eq!(*table.close(first).unwrap(), "first");
        let second = table.open("second").unwrap();
        assert_ne!(first, second);
        assert_eq!(table.get(first).unwrap_err().code(), Code::NotFound);
        assert_eq!(table.close(first).unwrap_err().code(), Code::NotFound);
        assert_eq!(*table.get(second).unwrap(), "second");
    }

    #[test]
    fn no_number_that_was_not_given_out_is_a_handle() {
        let table = table();
        let real = table.open("real").unwrap();
        for forged in (0..64).map(|bit| real ^ (1 << bit)).chain([0, u64::MAX]) {
            assert_eq!(table.get(forged).unwrap_err().code(), Code::NotFound);
            assert_eq!(table.close(forged).unwrap_err().code(), Code::NotFound);
        }
        assert_eq!(*table.get(real).unwrap(), "real");
    }

    #[test]
    fn a_handle_of_one_kind_is_none_of_another() {
        let (patterns, sets) = (table(), Handles::new(Kind::PathSet));
        let (pattern, set) = (patterns.open("").unwrap(), sets.open("").unwrap());
        assert!(patterns.get(set).is_err() && sets.get(pattern).is_err());
    }

    #[test]
    fn the_last_handle_within_the_limit_opens_and_one_more_names_the_limit() {
        let table = table();
        let mut last = 0;
        for _ in 0..HANDLES_MAX {
            last = table.open("").unwrap();
        }
        let refused = table.open("").unwrap_err();
        assert_eq!(refused.limit_name(), Some("HANDLES_MAX"));
        table.close(last).unwrap();
        assert!(table.open("").is_ok());
    }

    #[test]
    fn a_slot_whose_generations_are_used_up_is_left_alone() {
        let table = table();
        table.open("").unwrap();
        table.slots.write().unwrap().all[0].generation = u32::MAX;
        let last = number(Kind::Pattern, u32::MAX, 0);
        table.close(last).unwrap();
        let next = table.open("").unwrap();
        assert_eq!(next, number(Kind::Pattern, 0, 1));
        assert!(table.get(last).is_err());
    }

    #[test]
    fn what_is_closed_lives_until_the_calls_that_use_it_are_over() {
        let table = table();
        let handle = table.open("held").unwrap();
        let in_use = table.get(handle).unwrap();
        table.close(handle).unwrap();
        assert_eq!(*in_use, "held");
    }
}
