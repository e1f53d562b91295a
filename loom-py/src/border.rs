//! The one way from Python into the core: without the interpreter, and with no panic let out.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use loom_core::error::{Code, Error};
use pyo3::prelude::*;

/// Lets other Python threads run while the core works, and makes an `internal` error of a panic.
/// What was panicked in stays usable: the core's only state is whole between two records.
pub(crate) fn outside_python<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Error> + Send,
) -> Result<T, Error> {
    py.detach(|| caught(work))
}

/// The same for work that is over sooner than other threads could be let in.
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let message = format!(
            "a panic in the library, please report it: {}",
            said(&*panic)
        );
        Err(Error::new(Code::Internal, message))
    })
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message")
}
