//! Texts that the library gives out, and what it says about itself.

use std::ffi::c_char;

use crate::status::{self, loom_next};

/// A text that the library gave out: UTF-8, followed by a NUL that `len` does not count. It belongs to
/// the caller, who gives it back with loom_free, unchanged. `data` is NULL where there is no text.
#[repr(C)]
#[derive(Debug)]
pub struct loom_string {
    /// The bytes. No text of the library holds a NUL but the one at its end.
    pub data: *mut c_char,
    /// How many bytes, the NUL at the end not counted.
    pub len: usize,
}

impl loom_string {
    pub(crate) const NONE: loom_string = loom_string {
        data: std::ptr::null_mut(),
        len: 0,
    };
}

impl Drop for loom_string {
    /// Takes the text back. One that C has is not dropped here: it was moved out by a write.
    fn drop(&mut self) {
        if self.data.is_null() {
            return;
        }
        let bytes = std::ptr::slice_from_raw_parts_mut(self.data.cast::<u8>(), self.len + 1);
        // SAFETY: made by `from` below out of a box of this length, and taken back once: loom_free
        // empties what it takes.
        drop(unsafe { Box::from_raw(bytes) });
    }
}

impl From<String> for loom_string {
    fn from(text: String) -> loom_string {
        let len = text.len();
        let mut bytes = text.into_bytes();
        bytes.push(0);
        loom_string {
            data: Box::into_raw(bytes.into_boxed_slice()).cast(),
            len,
        }
    }
}

/// Gives a text back and empties it, so that a second call with the same variable does nothing. NULL
/// and an empty text are passed over.
///
/// # Safety
/// `text` is NULL or may be written; what it holds came from this library and was not given back.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_free(text: *mut loom_string) {
    // SAFETY: the caller promises that `text` is NULL or may be written.
    if let Some(text) = unsafe { text.as_mut() } {
        drop(std::mem::replace(text, loom_string::NONE));
    }
}

/// The version of the library, as "0.1.0". Never given back.
#[unsafe(no_mangle)]
pub extern "C" fn loom_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The name of a status, as it stands in JSON: "not_found" for LOOM_NOT_FOUND, "ok" for LOOM_OK, and
/// "unknown" for a number that is no status. Never given back.
#[unsafe(no_mangle)]
pub extern "C" fn loom_status_name(status: i32) -> *const c_char {
    status::name(status).as_ptr()
}

/// What the caller should do next about a status. LOOM_NEXT_STOP for a number that is no status.
#[unsafe(no_mangle)]
pub extern "C" fn loom_status_next(status: i32) -> loom_next {
    status::next(status)
}
