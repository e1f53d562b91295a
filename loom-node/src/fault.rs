//! How an error crosses into JavaScript: as JSON, in the message of what is thrown. A panic does not cross.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use loom_core::error::{Code, Error};
use loom_core::wire;

/// What is thrown for an error of the library.
pub(crate) fn thrown(error: &Error) -> napi::Error {
    napi::Error::from_reason(wire::error_json(error))
}

/// What is thrown where the other half of the package broke its word.
pub(crate) fn broken(what: &str) -> napi::Error {
    thrown(&Error::new(Code::Internal, what))
}

/// Does the work of a thread that is not the event loop's. A panic becomes an error with its words; what it
/// left half done is the library's to refuse.
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T, Error>) -> napi::Result<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(answer) => answer.map_err(|why| thrown(&why)),
        Err(panic) => Err(napi::Error::from_reason(words(&*panic))),
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("panic: {}", text.unwrap_or("without a word"))
}
