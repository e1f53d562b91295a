//! Journals: opening, closing, and the JSON doors.

use std::ffi::c_char;

use loom_core::coordinator::COMMAND_BYTES_MAX;
use loom_core::error::Error;

use super::call::{self, Out, enter};
use super::text::loom_string;
use crate::handles::{Handles, Kind};
use crate::journal::Journal;
use crate::status::loom_status;

/// An open journal. 0 is none. Threads may share it.
pub type loom_handle = u64;

/// The longest URL, in bytes.
pub const LOOM_URL_BYTES_MAX: usize = 8192;

/// The longest command, query, actor or body in JSON, in bytes.
pub const LOOM_COMMAND_BYTES_MAX: usize = 1_048_576;

/// The longest point in time, in bytes.
pub const LOOM_TIME_BYTES_MAX: usize = 64;

const _: () = assert!(LOOM_COMMAND_BYTES_MAX == COMMAND_BYTES_MAX);

const JSON: (&str, usize) = ("COMMAND_BYTES_MAX", LOOM_COMMAND_BYTES_MAX);

pub(crate) static JOURNALS: Handles<Journal> = Handles::new(Kind::Journal);

/// Opens a journal and gives out a handle.
///
/// `url` is "sqlite:PATH", one file that any number of processes may open and that is created where
/// there is none, "postgres://USER@HOST/DATABASE?workspace=NAME", which machines share, or "memory:", a
/// journal that ends with its handle.
///
/// # Safety
/// `url` points to `url_len` bytes; `handle` and `error` are NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_open(
    url: *const c_char,
    url_len: usize,
    handle: *mut loom_handle,
    error: *mut loom_string,
) -> loom_status {
    let body = || {
        // SAFETY: the caller's promises about `url` and `handle`.
        let handle = unsafe { Out::wanted(handle, 0, "handle") }?;
        // SAFETY: as above.
        let url =
            unsafe { call::text(url, url_len, ("URL_BYTES_MAX", LOOM_URL_BYTES_MAX), "url") }?;
        handle.put(JOURNALS.open(Journal::open(url)?)?);
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, body) }
}

/// Closes a handle. Calls that other threads have under way on it finish; every later one answers
/// LOOM_NOT_FOUND, a second loom_close too.
///
/// # Safety
/// `error` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_close(handle: loom_handle, error: *mut loom_string) -> loom_status {
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, || JOURNALS.close(handle).map(drop)) }
}

/// Carries out a command: `{"id", "actor", "nonce"?, "body": {"type", …}}`. The answer is
/// `{"decided_at", "at", "reply": {"type", …}}`. Sending the same command again, its id included, does
/// nothing new and answers what landed.
///
/// `at` is a point in time as RFC 3339 ("2026-11-22T07:30:00Z"), for tests and simulations; with
/// `at_len` 0 it is now.
///
/// A refusal that belongs to the job (a conflict, a claim that lapsed) is an answer with LOOM_OK. After
/// LOOM_OUTCOME_UNKNOWN send the same command again.
///
/// # Safety
/// `command` points to `command_len` bytes and `at` to `at_len`; `answer` and `error` are NULL or may be
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_submit_json(
    handle: loom_handle,
    command: *const c_char,
    command_len: usize,
    at: *const c_char,
    at_len: usize,
    answer: *mut loom_string,
    error: *mut loom_string,
) -> loom_status {
    let body = || {
        // SAFETY: the caller's promises about `answer`, `command` and `at`.
        let answer = unsafe { Out::wanted(answer, loom_string::NONE, "answer") }?;
        // SAFETY: as above.
        let command = unsafe { call::text(command, command_len, JSON, "command") }?;
        // SAFETY: as above.
        let at = unsafe { time(at, at_len) }?;
        answer.put(JOURNALS.get(handle)?.submit(command, at)?.into());
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, body) }
}

/// Carries out what an actor wants, now, under a fresh id and nonce: `actor` is
/// `{"kind", "id", "run"?, …}` and `body` is the `{"type", …}` of a command.
///
/// # Safety
/// `actor` points to `actor_len` bytes and `body` to `body_len`; `answer` and `error` are NULL or may be
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_execute_json(
    handle: loom_handle,
    actor: *const c_char,
    actor_len: usize,
    body: *const c_char,
    body_len: usize,
    answer: *mut loom_string,
    error: *mut loom_string,
) -> loom_status {
    let body = || {
        // SAFETY: the caller's promises about `answer`, `actor` and `body`.
        let answer = unsafe { Out::wanted(answer, loom_string::NONE, "answer") }?;
        // SAFETY: as above.
        let actor = unsafe { call::text(actor, actor_len, JSON, "actor") }?;
        // SAFETY: as above.
        let body = unsafe { call::text(body, body_len, JSON, "body") }?;
        answer.put(JOURNALS.get(handle)?.execute(actor, body)?.into());
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, body) }
}

/// Answers a query, `{"type", …}`, over the newest state, and changes nothing. `at` as for
/// loom_submit_json.
///
/// # Safety
/// `query` points to `query_len` bytes and `at` to `at_len`; `answer` and `error` are NULL or may be
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_query_json(
    handle: loom_handle,
    query: *const c_char,
    query_len: usize,
    at: *const c_char,
    at_len: usize,
    answer: *mut loom_string,
    error: *mut loom_string,
) -> loom_status {
    let body = || {
        // SAFETY: the caller's promises about `answer`, `query` and `at`.
        let answer = unsafe { Out::wanted(answer, loom_string::NONE, "answer") }?;
        // SAFETY: as above.
        let query = unsafe { call::text(query, query_len, JSON, "query") }?;
        // SAFETY: as above.
        let at = unsafe { time(at, at_len) }?;
        answer.put(JOURNALS.get(handle)?.query(query, at)?.into());
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, body) }
}

/// Reads the whole journal and verifies its chain of hashes. Answers the head, `{"ver", "hash",
/// "incarnation"}`; the error names the first bad record in its field.
///
/// # Safety
/// `head` and `error` are NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_verify_json(
    handle: loom_handle,
    head: *mut loom_string,
    error: *mut loom_string,
) -> loom_status {
    let body = || {
        // SAFETY: the caller's promise about `head`.
        let head = unsafe { Out::wanted(head, loom_string::NONE, "head") }?;
        head.put(JOURNALS.get(handle)?.verify()?.into());
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, body) }
}

/// # Safety
/// As for [`call::text`].
unsafe fn time<'a>(at: *const c_char, at_len: usize) -> Result<Option<&'a str>, Error> {
    let limit = ("TIME_BYTES_MAX", LOOM_TIME_BYTES_MAX);
    // SAFETY: as this function's own.
    let at = unsafe { call::text(at, at_len, limit, "at") }?;
    Ok((!at.is_empty()).then_some(at))
}
