//! What tests need and a released library does not have (feature `testing`).

use std::ffi::{c_char, c_void};

use loom_core::error::{Code, Error};
use loom_core::model::{Digest, Record, Timestamp};
use loom_core::store::conformance::{self, Factory, Means};
use loom_core::store::{Dutiful, Store};
use serde_json::Value;

use super::call::{self, Out, enter, missing};
use super::journal::{JOURNALS, loom_handle};
use super::store::{Callbacks, ForeignStore, loom_digest, loom_record, loom_store_vtable};
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

/// How the conformance suite gets at the journals of a store written in C. A journal that is named for
/// the first time is an empty one.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct loom_testing_factory {
    /// Given to each of these callbacks.
    pub context: *mut c_void,
    /// Opens a new client of a journal: fills in its table and its context. Two calls give two clients,
    /// as two processes would have. Answers a loom_status.
    pub open: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            journal: *const c_char,
            journal_len: usize,
            vtable: *mut loom_store_vtable,
            client: *mut *mut c_void,
        ) -> i32,
    >,
    /// Sets the stores' own clock, in milliseconds since 1970. May be NULL.
    pub set_clock: Option<unsafe extern "C" fn(context: *mut c_void, now_ms: i64)>,
    /// Changes the words of a kept text behind the store's back; answers whether there was one. May be
    /// NULL.
    pub tamper_text: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            journal: *const c_char,
            journal_len: usize,
            digest: *const loom_digest,
        ) -> bool,
    >,
    /// Makes the journal hold exactly these records, as restoring a backup does. May be NULL.
    pub restore: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            journal: *const c_char,
            journal_len: usize,
            records: *const loom_record,
            records_len: usize,
        ),
    >,
}

impl Factory for loom_testing_factory {
    fn open(&self, journal: &str) -> Result<Box<dyn Store>, Error> {
        let open = self.open.ok_or_else(|| missing("factory.open"))?;
        let (name, len) = (journal.as_ptr().cast(), journal.len());
        // SAFETY: a table of zeros is one without callbacks.
        let mut vtable: loom_store_vtable = unsafe { std::mem::zeroed() };
        let mut client = std::ptr::null_mut();
        // SAFETY: the callback's promise; both places may be written while it runs.
        let status = unsafe { open(self.context, name, len, &raw mut vtable, &raw mut client) };
        if status != 0 {
            let message = format!("open answered {status}");
            return Err(Error::new(Code::Unavailable, message));
        }
        // SAFETY: the table is there.
        let callbacks = unsafe { Callbacks::of(&raw const vtable) }?;
        let store = ForeignStore {
            callbacks,
            context: client,
        };
        // The clock that the suite sets is the store's own.
        Ok(Box::new(Dutiful::new(store, || Timestamp::MAX)))
    }

    fn set_clock(&self, now: Timestamp) -> Means {
        let Some(set_clock) = self.set_clock else {
            return Means::None;
        };
        // SAFETY: the callback's promise.
        unsafe { set_clock(self.context, now.as_ms()) };
        Means::Done
    }

    fn tamper_text(&self, journal: &str, digest: &Digest) -> Means {
        let Some(tamper) = self.tamper_text else {
            return Means::None;
        };
        let digest = loom_digest::from(*digest);
        let (name, len) = (journal.as_ptr().cast(), journal.len());
        // SAFETY: the callback's promise; what is lent lives until it answers.
        match unsafe { tamper(self.context, name, len, &raw const digest) } {
            true => Means::Done,
            false => Means::None,
        }
    }

    fn restore(&self, journal: &str, records: &[Record]) -> Means {
        let Some(restore) = self.restore else {
            return Means::None;
        };
        let Ok(lent) = records
            .iter()
            .map(loom_record::lent)
            .collect::<Result<Vec<_>, _>>()
        else {
            return Means::None;
        };
        let (name, len) = (journal.as_ptr().cast(), journal.len());
        // SAFETY: the callback's promise; what is lent lives until it answers.
        unsafe { restore(self.context, name, len, lent.as_ptr(), lent.len()) };
        Means::Done
    }
}

/// Runs the conformance suite over a store written in C. `report` says what failed, and why; LOOM_OK says
/// that the suite ran, `failed` how many checks did not hold.
///
/// # Safety
/// `factory` is NULL or points to callbacks that do what is written on them; `passed`, `failed`,
/// `skipped`, `report` and `error` are NULL or may be written; `passed`, `skipped` and `report` may be
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_testing_conformance(
    factory: *const loom_testing_factory,
    passed: *mut usize,
    failed: *mut usize,
    skipped: *mut usize,
    report: *mut loom_string,
    error: *mut loom_string,
) -> loom_status {
    let body = || {
        // SAFETY: the caller's promises about the places and `factory`.
        let (passed, skipped) = unsafe { (Out::welcome(passed, 0), Out::welcome(skipped, 0)) };
        // SAFETY: as above.
        let report = unsafe { Out::welcome(report, loom_string::NONE) };
        // SAFETY: as above.
        let failed = unsafe { Out::wanted(failed, 0, "failed") }?;
        // SAFETY: as above.
        let factory = *unsafe { factory.as_ref() }.ok_or_else(|| missing("factory"))?;
        let found = conformance::run(&factory);
        passed.put(found.passed.len());
        failed.put(found.failed.len());
        skipped.put(found.skipped.len());
        report.put(found.to_string().into());
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, body) }
}

fn value(json: &str, field: &str) -> Result<Value, Error> {
    serde_json::from_str(json).map_err(|why| Error::at(Code::InvalidJson, field, why.to_string()))
}
