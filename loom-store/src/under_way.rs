//! Who is inside a handle: a store that calls the journal that it serves would wait for itself for ever.

use std::cell::RefCell;

use loom_core::error::{Code, Error};

thread_local! {
    /// The handles that this thread is inside of, by address.
    static INSIDE: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// This thread is inside a handle until this is dropped.
pub(crate) struct UnderWay;

impl UnderWay {
    /// Enters the handle.
    ///
    /// # Errors
    /// `not_permitted` where this thread is inside it already: its store called back.
    pub(crate) fn enter<T>(handle: &T) -> Result<UnderWay, Error> {
        let address = std::ptr::from_ref(handle).addr();
        INSIDE.with_borrow_mut(|inside| {
            if inside.contains(&address) {
                let message = "a store cannot use the journal that it serves";
                return Err(Error::at(Code::NotPermitted, "store", message));
            }
            inside.push(address);
            Ok(UnderWay)
        })
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        INSIDE.with_borrow_mut(|inside| inside.pop());
    }
}
