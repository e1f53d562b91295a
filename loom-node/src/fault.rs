//! How an error crosses into JavaScript: as JSON, in the message of what is thrown.

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
