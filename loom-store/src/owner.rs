//! A store belongs to the process that opened it: connections, locks and threads do not live through a `fork`.

use loom_core::error::{Code, Error};

/// The process that opened a store.
#[derive(Clone, Copy)]
pub(crate) struct Owner(u32);

impl Owner {
    pub(crate) fn this_process() -> Owner {
        Owner(std::process::id())
    }

    /// Is it the process that asks?
    pub(crate) fn asks(self) -> bool {
        self.0 == std::process::id()
    }

    /// Refuses every other process.
    pub(crate) fn check(self) -> Result<(), Error> {
        if self.asks() {
            return Ok(());
        }
        let message = "the store was opened by another process, before a fork; open it again here";
        Err(Error::new(Code::Unavailable, message))
    }
}
