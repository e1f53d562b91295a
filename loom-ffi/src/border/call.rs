//! What every exported function does: read the arguments, catch panics, write the results.

use std::ffi::c_char;
use std::panic::{AssertUnwindSafe, catch_unwind};

use loom_core::error::{Code, Error};
use loom_core::wire;

use super::text::loom_string;
use crate::status::{self, loom_status};

/// Runs the body of an exported function. Its error goes to `error` as JSON and comes back as a status;
/// a panic that nothing inside has caught is `internal`.
///
/// # Safety
/// `error` is NULL or may be written.
pub(crate) unsafe fn enter(
    error: *mut loom_string,
    body: impl FnOnce() -> Result<(), Error>,
) -> loom_status {
    let done = catch_unwind(AssertUnwindSafe(body))
        .unwrap_or_else(|_| Err(Error::new(Code::Internal, "the call panicked")));
    let (status, json) = match done {
        Ok(()) => (loom_status::LOOM_OK, loom_string::NONE),
        Err(why) => (status::of(why.code()), wire::error_json(&why).into()),
    };
    // SAFETY: the caller promises that `error` is NULL or may be written.
    unsafe { Out::welcome(error, json) };
    status
}

/// The bytes that C lends, as text. `max` and its name bound the length before a byte is read.
///
/// # Safety
/// `data` is NULL or points to `len` bytes that do not change until the call is over.
pub(crate) unsafe fn text<'a>(
    data: *const c_char,
    len: usize,
    (limit, max): (&'static str, usize),
    field: &'static str,
) -> Result<&'a str, Error> {
    if len > max {
        return Err(Error::limit(field, limit, max as u64, len as u64));
    }
    // SAFETY: as this function's own; `len` is at most `max`.
    let bytes = unsafe { bytes(data.cast(), len, field) }?;
    std::str::from_utf8(bytes).map_err(|why| {
        let message = format!("no UTF-8 from byte {} on", why.valid_up_to());
        Error::at(Code::InvalidField, field, message)
    })
}

/// The bytes that C lends.
///
/// # Safety
/// `data` is NULL or points to `len` bytes that do not change until the call is over.
pub(crate) unsafe fn bytes<'a>(
    data: *const u8,
    len: usize,
    field: &'static str,
) -> Result<&'a [u8], Error> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(missing(field));
    }
    if isize::try_from(len).is_err() {
        let max = isize::MAX as u64;
        return Err(Error::limit(field, "PTRDIFF_MAX", max, len as u64));
    }
    // SAFETY: not NULL, `len` bytes by the caller's promise, and no more than a slice may have.
    Ok(unsafe { std::slice::from_raw_parts(data, len) })
}

/// Where C wants a result. No reference: C may give one place for two results, and then keeps the one
/// that was written last.
pub(crate) struct Out<T>(*mut T);

impl<T> Out<T> {
    /// A place that C has to give, emptied at once so that it holds something whatever happens.
    /// `missing_field` where it is NULL.
    ///
    /// # Safety
    /// `out` is NULL or may be written until the call is over.
    pub(crate) unsafe fn wanted(out: *mut T, empty: T, field: &str) -> Result<Out<T>, Error> {
        // SAFETY: as this function's own.
        let place = unsafe { Out::welcome(out, empty) };
        if out.is_null() {
            return Err(missing(field));
        }
        Ok(place)
    }

    /// The same for a result that C may do without.
    ///
    /// # Safety
    /// `out` is NULL or may be written until the call is over.
    pub(crate) unsafe fn welcome(out: *mut T, empty: T) -> Out<T> {
        let place = Out(out);
        place.put(empty);
        place
    }

    /// Writes a result. What was there is not dropped: C need not have set it.
    pub(crate) fn put(&self, value: T) {
        if !self.0.is_null() {
            // SAFETY: not NULL, and may be written by the promise that this place was made under.
            unsafe { self.0.write(value) };
        }
    }
}

pub(crate) fn missing(field: &str) -> Error {
    Error::at(Code::MissingField, field, "NULL, and it is needed")
}
