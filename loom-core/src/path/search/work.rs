//! What a question has cost, in steps: a word of bits looked at, a state, a try of a character.
//!
//! Steps depend on the question alone and on no machine, so every replica gives up at the same place,
//! and a test can hold the worst inputs to a bound without a clock.

/// Steps taken, and how many there may be.
#[derive(Debug)]
pub(crate) struct Work {
    steps: u64,
    max: u64,
}

impl Work {
    pub(crate) fn up_to(max: u64) -> Self {
        Work { steps: 0, max }
    }

    pub(crate) fn unbounded() -> Self {
        Work::up_to(u64::MAX)
    }

    pub(crate) fn spend(&mut self, steps: u64) {
        self.steps += steps;
    }

    /// Whether more was spent than there may be.
    pub(crate) fn is_spent(&self) -> bool {
        self.steps > self.max
    }

    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }
}
