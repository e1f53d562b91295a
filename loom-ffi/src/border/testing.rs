//! What tests need and a released library does not have (feature `testing`).

use std::ffi::c_char;

use loom_core::error::{Code, Error};
use serde_json::Value;

use super::call::{self, Out, enter};
use super::journal::{JOURNALS, loom_handle};
use super::text::loom_string;
use crate::status::loom_status;

const JSON: (&str, usize) = ("JSON_BYTES_MAX", 64 * 1024 * 1024);

/// Panics inside a call on a journal, with the journal's lock held.
///
/// # Safety
/// `error` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_testing_panic(
    handle: loom_handle,
    error: *mut loom_string,
) -> loom_status {
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, || JOURNALS.get(handle)?.panic()) }
}

/// Are two JSON texts the same value? The order of keys does not count.
///
/// # Safety
/// `left` points to `left_len` bytes and `right` to `right_len`; `same` and `error` are NULL or may be
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_testing_json_same(
    left: *const c_char,
    left_len: usize,
    right: *const c_char,
    right_len: usize,
    same: *mut bool,
    error: *mut loom_string,
) -> loom_status {
    let body = || {
        // SAFETY: the caller's promises about `same`, `left` and `right`.
        let same = unsafe { Out::wanted(same, false, "same") }?;
        // SAFETY: as above.
        let left = value(unsafe { call::text(left, left_len, JSON, "left") }?, "left")?;
        // SAFETY: as above.
        let right = value(
            unsafe { call::text(right, right_len, JSON, "right") }?,
            "right",
        )?;
        same.put(left == right);
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, body) }
}

/// A part of a JSON text by its pointer (RFC 6901), as JSON.
///
/// # Safety
/// `json` points to `json_len` bytes and `pointer` to `pointer_len`; `part` and `error` are NULL or may
/// be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_testing_json_get(
    json: *const c_char,
    json_len: usize,
    pointer: *const c_char,
    pointer_len: usize,
    part: *mut loom_string,
    error: *mut loom_string,
) -> loom_status {
    let body = || {
        // SAFETY: the caller's promises about `part`, `json` and `pointer`.
        let part = unsafe { Out::wanted(part, loom_string::NONE, "part") }?;
        // SAFETY: as above.
        let json = value(unsafe { call::text(json, json_len, JSON, "json") }?, "json")?;
        // SAFETY: as above.
        let pointer = unsafe { call::text(pointer, pointer_len, JSON, "pointer") }?;
        let found = json
            .pointer(pointer)
            .ok_or_else(|| Error::at(Code::NotFound, "pointer", "the text has no such part"))?;
        part.put(found.to_string().into());
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, body) }
}

fn value(json: &str, field: &str) -> Result<Value, Error> {
    serde_json::from_str(json).map_err(|why| Error::at(Code::InvalidJson, field, why.to_string()))
}
