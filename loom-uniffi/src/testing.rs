//! What only tests may call: the feature `testing`, which no build for users has.

use crate::error::LoomError;
use crate::journal::Journal;

#[uniffi::export]
impl Journal {
    /// Panics in the middle of the library's work.
    #[allow(clippy::panic)]
    pub fn panic_inside(&self) -> Result<(), LoomError> {
        Ok(self.loom.look(|_, _| panic!("on purpose"))?)
    }
}
