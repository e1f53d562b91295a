//! Stores that C brings: function pointers in, the storage contract out.

use std::ffi::{c_char, c_void};
use std::sync::{Arc, Mutex, PoisonError};

use loom_core::error::{Code, Error};
use loom_core::model::{
    Digest, Head, Nonce, RECORD_BYTES_MAX, Record, StoredText, TEXT_BYTES_MAX, Ver,
};
use loom_core::store::{Append, Dutiful, Snapshot, Store};
use loom_store::loom::system_clock;

use super::call::{self, Out, enter, missing};
use super::journal::{JOURNALS, loom_handle};
use super::text::loom_string;
use crate::handles::{Handles, Kind};
use crate::journal::Journal;
use crate::status::{self, loom_status};

/// A SHA-256 digest.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct loom_digest {
    /// Its bytes.
    pub bytes: [u8; 32],
}

/// Where a journal ends. All zeros for an empty one.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct loom_head {
    /// The version of the last record: how many there are.
    pub ver: u64,
    /// The hash of the last record.
    pub hash: loom_digest,
    /// The incarnation of the last record.
    pub incarnation: u32,
}

/// One record of a journal. The store keeps `ver`, `prev`, `hash` and the bytes of `body`, and gives
/// them back as they are.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct loom_record {
    /// The version that the journal has with this record. The first one is 1.
    pub ver: u64,
    /// The hash of the record before; zeros for the first.
    pub prev: loom_digest,
    /// The hash of this record.
    pub hash: loom_digest,
    /// The bytes.
    pub body: *const u8,
    /// How many; at most 1,048,576.
    pub body_len: usize,
    /// The record's time in milliseconds since 1970. Told to `append`; ignored in what is pushed.
    pub at_ms: i64,
    /// The journal's incarnation with this record. Told to `append`; ignored in what is pushed.
    pub incarnation: u32,
}

/// One row of the erasable table of texts. The store keeps all of it, and gives it back as it is.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct loom_text {
    /// The key.
    pub digest: loom_digest,
    /// The salt, erased with the text.
    pub nonce: [u8; 16],
    /// The words, in UTF-8, without a NUL at the end.
    pub text: *const c_char,
    /// How many bytes; at most 4,096.
    pub text_len: usize,
}

/// A snapshot: bytes that make a start quicker. Advisory; a store may drop it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct loom_snapshot {
    /// Which projection of the journal; with `format` the key.
    pub projection: *const c_char,
    /// How many bytes.
    pub projection_len: usize,
    /// The format of the bytes.
    pub format: u32,
    /// The version of the journal that it stands for.
    pub ver: u64,
    /// The bytes.
    pub bytes: *const u8,
    /// How many.
    pub bytes_len: usize,
}

/// Where a callback puts what it found. It lives as long as the callback that it was given to; used
/// later it is LOOM_NOT_FOUND.
pub type loom_sink = u64;

/// What `append` tells: the record is in the journal and survives a crash of the process.
pub const LOOM_APPEND_COMMITTED: i32 = 1;
/// What `append` tells: the journal's head is another one, and nothing was appended.
pub const LOOM_APPEND_CONFLICT: i32 = 2;

/// A store written by the caller: what a journal's storage has to do.
///
/// Every callback gets the `context` of loom_open_store. It answers LOOM_OK, or one of
/// LOOM_UNAVAILABLE (nothing happened, try again), LOOM_CORRUPT, LOOM_REGRESSED, LOOM_GAP,
/// LOOM_BROKEN_CHAIN, LOOM_NEWER_JOURNAL, LOOM_TOO_LARGE, LOOM_CLOCK_AHEAD and LOOM_OUTCOME_UNKNOWN.
/// Any other number counts as LOOM_OUTCOME_UNKNOWN from `append`, and as LOOM_UNAVAILABLE from the
/// others.
///
/// Threads: callbacks are called from any thread that uses the journal, and several at once. What
/// `context` points to locks for itself, and is not bound to a thread.
///
/// Ownership: what a callback is given is lent until it answers, and copied by a store that keeps it.
/// What it finds it pushes into its sink (loom_push_record, loom_push_text, loom_push_snapshot), which
/// copies. A callback throws no exception, does not longjmp, and does not use the journal that it
/// serves: that is answered with LOOM_NOT_PERMITTED.
///
/// The library does the duties that need no storage: it checks records, texts and heads before and after
/// every callback, and refuses a record that is more than 5 seconds ahead of the system's clock. So a
/// store need not know hashes or JSON, and what was altered in storage is noticed.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct loom_store_vtable {
    /// sizeof(loom_store_vtable), so that a later library knows which version this is.
    pub size: usize,
    /// Where does the journal end? Linearizable: a head answered after an append was acknowledged
    /// includes that append. `head` is zeros, as for an empty journal, until it is set.
    pub head: Option<unsafe extern "C" fn(context: *mut c_void, head: *mut loom_head) -> i32>,
    /// Pushes the records behind version `after`, in order and without gap, of together at most
    /// `max_bytes` bytes of body, but at least one where there is one. Nothing where the journal ends at
    /// `after` or before.
    pub read: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            after: u64,
            max_bytes: usize,
            sink: loom_sink,
        ) -> i32,
    >,
    /// Adds one record if the journal's head has the version and hash of `expected`, as one atomic step
    /// over all clients, and sets `outcome` to LOOM_APPEND_COMMITTED, else to LOOM_APPEND_CONFLICT. The
    /// same record (same hash) at its place again is committed and adds nothing. What is acknowledged
    /// survives a crash. LOOM_OK without an outcome counts as LOOM_OUTCOME_UNKNOWN. A store with a clock
    /// of its own answers LOOM_CLOCK_AHEAD where `at_ms` of a new record is more than 5,000 ahead of it.
    pub append: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            expected: *const loom_head,
            record: *const loom_record,
            outcome: *mut i32,
        ) -> i32,
    >,
    /// Keeps texts under their digests; in place of the same ones. Texts come before the record that
    /// speaks of them.
    pub put_texts: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            texts: *const loom_text,
            texts_len: usize,
        ) -> i32,
    >,
    /// Pushes the texts of these digests that are kept, in any order.
    pub get_texts: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            digests: *const loom_digest,
            digests_len: usize,
            sink: loom_sink,
        ) -> i32,
    >,
    /// Forgets texts, nonces included, so that nothing of them can be read from the storage again. A
    /// digest that is not kept is passed over.
    pub erase_texts: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            digests: *const loom_digest,
            digests_len: usize,
        ) -> i32,
    >,
    /// Keeps a snapshot in place of an earlier one of the same key. May be NULL: none is kept.
    pub save_snapshot:
        Option<unsafe extern "C" fn(context: *mut c_void, snapshot: *const loom_snapshot) -> i32>,
    /// Pushes the snapshot of a key, if there is one. May be NULL.
    pub load_snapshot: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            projection: *const c_char,
            projection_len: usize,
            format: u32,
            sink: loom_sink,
        ) -> i32,
    >,
    /// The journal is closed and its last call over: nobody uses `context` any more. Called once, on the
    /// thread that let go last. May be NULL.
    pub close: Option<unsafe extern "C" fn(context: *mut c_void)>,
}

/// Opens a journal in the caller's own store. The table is copied. On LOOM_OK the library uses
/// `context` until it calls `close`; otherwise it uses it no more, and does not call `close`.
///
/// # Safety
/// `vtable` is NULL or points to a table of its `size`, whose callbacks do what is written on them;
/// `handle` and `error` are NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_open_store(
    vtable: *const loom_store_vtable,
    context: *mut c_void,
    handle: *mut loom_handle,
    error: *mut loom_string,
) -> loom_status {
    let body = || {
        // SAFETY: the caller's promises about `handle` and `vtable`.
        let handle = unsafe { Out::wanted(handle, 0, "handle") }?;
        // SAFETY: as above.
        let callbacks = unsafe { Callbacks::of(vtable) }?;
        let opened = JOURNALS.open_with(|| {
            let store = ForeignStore { callbacks, context };
            Journal::over(Arc::new(Dutiful::new(store, system_clock)))
        })?;
        handle.put(opened);
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, body) }
}

/// Hands a record to the library, inside `read`.
///
/// # Safety
/// `record` is NULL or points to a record whose `body` points to `body_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_push_record(
    sink: loom_sink,
    record: *const loom_record,
) -> loom_status {
    let body = || {
        push(sink, || {
            // SAFETY: the caller's promise about `record`.
            let record = unsafe { record.as_ref() }.ok_or_else(|| missing("record"))?;
            let (len, max) = (record.body_len, RECORD_BYTES_MAX);
            if len > max {
                let limit = "RECORD_BYTES_MAX";
                return Err(Error::limit("record", limit, max as u64, len as u64));
            }
            // SAFETY: as above; `len` is bounded.
            let body = unsafe { call::bytes(record.body, len, "record.body") }?;
            Ok(Found::Record(Record {
                ver: record.ver,
                prev: Digest(record.prev.bytes),
                hash: Digest(record.hash.bytes),
                body: body.into(),
            }))
        })
    };
    // SAFETY: NULL is no place for an error.
    unsafe { enter(std::ptr::null_mut(), body) }
}

/// Hands a text to the library, inside `get_texts`.
///
/// # Safety
/// `text` is NULL or points to a text whose `text` points to `text_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_push_text(sink: loom_sink, text: *const loom_text) -> loom_status {
    let body = || {
        push(sink, || {
            // SAFETY: the caller's promise about `text`.
            let row = unsafe { text.as_ref() }.ok_or_else(|| missing("text"))?;
            let limit = ("TEXT_BYTES_MAX", TEXT_BYTES_MAX);
            // SAFETY: as above.
            let text = unsafe { call::text(row.text, row.text_len, limit, "text.text") }?;
            Ok(Found::Text(StoredText {
                digest: Digest(row.digest.bytes),
                nonce: Nonce(row.nonce),
                text: text.to_owned(),
            }))
        })
    };
    // SAFETY: NULL is no place for an error.
    unsafe { enter(std::ptr::null_mut(), body) }
}

/// Hands a snapshot to the library, inside `load_snapshot`.
///
/// # Safety
/// `bytes` points to `bytes_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_push_snapshot(
    sink: loom_sink,
    ver: u64,
    bytes: *const u8,
    bytes_len: usize,
) -> loom_status {
    let body = || {
        push(sink, || {
            // SAFETY: the caller's promise about `bytes`.
            let bytes = unsafe { call::bytes(bytes, bytes_len, "bytes") }?;
            Ok(Found::Snapshot(ver, bytes.into()))
        })
    };
    // SAFETY: NULL is no place for an error.
    unsafe { enter(std::ptr::null_mut(), body) }
}

/// The callbacks of a table, each there that has to be.
#[derive(Clone, Copy)]
pub(crate) struct Callbacks {
    head: unsafe extern "C" fn(*mut c_void, *mut loom_head) -> i32,
    read: unsafe extern "C" fn(*mut c_void, u64, usize, loom_sink) -> i32,
    append:
        unsafe extern "C" fn(*mut c_void, *const loom_head, *const loom_record, *mut i32) -> i32,
    put_texts: unsafe extern "C" fn(*mut c_void, *const loom_text, usize) -> i32,
    get_texts: unsafe extern "C" fn(*mut c_void, *const loom_digest, usize, loom_sink) -> i32,
    erase_texts: unsafe extern "C" fn(*mut c_void, *const loom_digest, usize) -> i32,
    save_snapshot: Option<unsafe extern "C" fn(*mut c_void, *const loom_snapshot) -> i32>,
    load_snapshot:
        Option<unsafe extern "C" fn(*mut c_void, *const c_char, usize, u32, loom_sink) -> i32>,
    close: Option<unsafe extern "C" fn(*mut c_void)>,
}

impl Callbacks {
    /// # Safety
    /// `vtable` is NULL or points to a table of its `size`.
    pub(crate) unsafe fn of(vtable: *const loom_store_vtable) -> Result<Callbacks, Error> {
        if vtable.is_null() {
            return Err(missing("vtable"));
        }
        // SAFETY: not NULL; every version of the table begins with its size.
        let size = unsafe { (&raw const (*vtable).size).read() };
        if size < size_of::<loom_store_vtable>() {
            let message = format!("{size} bytes are no table; set it to sizeof(loom_store_vtable)");
            return Err(Error::at(Code::InvalidField, "vtable.size", message));
        }
        // SAFETY: not NULL, and as long as this version of the table.
        let table = unsafe { vtable.read() };
        Ok(Callbacks {
            head: table.head.ok_or_else(|| missing("vtable.head"))?,
            read: table.read.ok_or_else(|| missing("vtable.read"))?,
            append: table.append.ok_or_else(|| missing("vtable.append"))?,
            put_texts: table.put_texts.ok_or_else(|| missing("vtable.put_texts"))?,
            get_texts: table.get_texts.ok_or_else(|| missing("vtable.get_texts"))?,
            erase_texts: table
                .erase_texts
                .ok_or_else(|| missing("vtable.erase_texts"))?,
            save_snapshot: table.save_snapshot,
            load_snapshot: table.load_snapshot,
            close: table.close,
        })
    }
}

/// A store behind callbacks, which only stores.
pub(crate) struct ForeignStore {
    pub(crate) callbacks: Callbacks,
    pub(crate) context: *mut c_void,
}

// SAFETY: the context is only ever handed to the callbacks, which promise to be callable from any
// thread, several at once.
unsafe impl Send for ForeignStore {}
// SAFETY: as above.
unsafe impl Sync for ForeignStore {}

impl Drop for ForeignStore {
    fn drop(&mut self) {
        if let Some(close) = self.callbacks.close {
            // SAFETY: the callback's promise; this is its one call, and the last of all.
            unsafe { close(self.context) };
        }
    }
}

impl Store for ForeignStore {
    fn head(&self) -> Result<Head, Error> {
        let mut head = loom_head::from(&Head::EMPTY);
        // SAFETY: the callback's promise; `head` may be written while it runs.
        answered("head", unsafe {
            (self.callbacks.head)(self.context, &raw mut head)
        })?;
        Ok(Head {
            ver: head.ver,
            hash: Digest(head.hash.bytes),
            incarnation: head.incarnation,
        })
    }

    fn read(&self, after: Ver, max_bytes: usize) -> Result<Vec<Record>, Error> {
        let found = gather("read", |sink| {
            // SAFETY: the callback's promise.
            unsafe { (self.callbacks.read)(self.context, after, max_bytes, sink) }
        })?;
        found
            .into_iter()
            .map(|found| match found {
                Found::Record(record) => Ok(record),
                _ => Err(misplaced("read", "records")),
            })
            .collect()
    }

    fn append(&self, expected: &Head, record: &Record) -> Result<Append, Error> {
        let expected = loom_head::from(expected);
        let lent = loom_record::lent(record)?;
        let mut outcome = 0;
        // SAFETY: the callback's promise; what is lent lives until it answers.
        let status = unsafe {
            (self.callbacks.append)(
                self.context,
                &raw const expected,
                &raw const lent,
                &raw mut outcome,
            )
        };
        let unknown = |why: String| Error::new(Code::OutcomeUnknown, why);
        match (status, outcome) {
            (0, LOOM_APPEND_COMMITTED) => Ok(Append::Committed),
            (0, LOOM_APPEND_CONFLICT) => Ok(Append::Conflict),
            (0, _) => Err(unknown(format!("append answered the outcome {outcome}"))),
            _ => match store_code(status) {
                Some(code) => Err(refused("append", code)),
                None => Err(unknown(format!("append answered {status}"))),
            },
        }
    }

    fn save_snapshot(&self, snapshot: &Snapshot) -> Result<(), Error> {
        let Some(save) = self.callbacks.save_snapshot else {
            return Ok(());
        };
        let lent = loom_snapshot {
            projection: snapshot.projection.as_ptr().cast(),
            projection_len: snapshot.projection.len(),
            format: snapshot.format,
            ver: snapshot.ver,
            bytes: snapshot.bytes.as_ptr(),
            bytes_len: snapshot.bytes.len(),
        };
        // SAFETY: the callback's promise; what is lent lives until it answers.
        answered("save_snapshot", unsafe {
            save(self.context, &raw const lent)
        })
    }

    fn load_snapshot(&self, projection: &str, format: u32) -> Result<Option<Snapshot>, Error> {
        let Some(load) = self.callbacks.load_snapshot else {
            return Ok(None);
        };
        let (name, len) = (projection.as_ptr().cast(), projection.len());
        let mut found = gather("load_snapshot", |sink| {
            // SAFETY: the callback's promise; the name lives until it answers.
            unsafe { load(self.context, name, len, format, sink) }
        })?;
        match found.pop() {
            None => Ok(None),
            Some(Found::Snapshot(ver, bytes)) => Ok(Some(Snapshot {
                projection: projection.to_owned(),
                format,
                ver,
                bytes,
            })),
            Some(_) => Err(misplaced("load_snapshot", "a snapshot")),
        }
    }

    fn put_texts(&self, texts: &[StoredText]) -> Result<(), Error> {
        let lent: Vec<loom_text> = texts.iter().map(loom_text::from).collect();
        // SAFETY: the callback's promise; what is lent lives until it answers.
        answered("put_texts", unsafe {
            (self.callbacks.put_texts)(self.context, lent.as_ptr(), lent.len())
        })
    }

    fn get_texts(&self, digests: &[Digest]) -> Result<Vec<Option<StoredText>>, Error> {
        let lent: Vec<loom_digest> = digests.iter().map(|it| (*it).into()).collect();
        let found = gather("get_texts", |sink| {
            // SAFETY: the callback's promise; what is lent lives until it answers.
            unsafe { (self.callbacks.get_texts)(self.context, lent.as_ptr(), lent.len(), sink) }
        })?;
        let mut texts = vec![None; digests.len()];
        for found in found {
            let Found::Text(text) = found else {
                return Err(misplaced("get_texts", "texts"));
            };
            for (slot, _) in texts
                .iter_mut()
                .zip(digests)
                .filter(|(_, digest)| **digest == text.digest)
            {
                *slot = Some(text.clone());
            }
        }
        Ok(texts)
    }

    fn erase_texts(&self, digests: &[Digest]) -> Result<(), Error> {
        let lent: Vec<loom_digest> = digests.iter().map(|it| (*it).into()).collect();
        // SAFETY: the callback's promise; what is lent lives until it answers.
        answered("erase_texts", unsafe {
            (self.callbacks.erase_texts)(self.context, lent.as_ptr(), lent.len())
        })
    }
}

/// What a callback pushed.
enum Found {
    Record(Record),
    Text(StoredText),
    Snapshot(Ver, Arc<[u8]>),
}

static SINKS: Handles<Mutex<Result<Vec<Found>, Error>>> = Handles::new(Kind::Sink);

/// Puts something into a sink. What cannot be read spoils the whole answer, whether or not the callback
/// looks at the status.
fn push(sink: loom_sink, read: impl FnOnce() -> Result<Found, Error>) -> Result<(), Error> {
    let sink = SINKS
        .get(sink)
        .map_err(|_| Error::at(Code::NotFound, "sink", "its callback is over"))?;
    let found = read();
    let mut all = sink.lock().unwrap_or_else(PoisonError::into_inner);
    match (found, all.as_mut()) {
        (Ok(found), Ok(all)) => all.push(found),
        (Ok(_), Err(_)) => {}
        (Err(why), _) => *all = Err(why),
    }
    match &*all {
        Ok(_) => Ok(()),
        Err(why) => Err(why.clone()),
    }
}

/// Runs a callback with a sink, and answers what it pushed.
fn gather(name: &str, callback: impl FnOnce(loom_sink) -> i32) -> Result<Vec<Found>, Error> {
    let sink = SINKS.open(Mutex::new(Ok(Vec::new())))?;
    let status = callback(sink);
    let all = SINKS.close(sink)?;
    answered(name, status)?;
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::replace(&mut *all, Ok(Vec::new())).map_err(|why| {
        let message = format!("{name} pushed what cannot be read: {why}");
        Error::at(Code::Corrupt, "store", message)
    })
}

/// What a status means that came from any callback but `append`.
fn answered(name: &str, status: i32) -> Result<(), Error> {
    match status {
        0 => Ok(()),
        _ => Err(store_code(status).map_or_else(
            || Error::new(Code::Unavailable, format!("{name} answered {status}")),
            |code| refused(name, code),
        )),
    }
}

/// The codes that a store may answer with.
fn store_code(status: i32) -> Option<Code> {
    status::code(status).filter(|code| {
        matches!(
            code,
            Code::Unavailable
                | Code::Corrupt
                | Code::Regressed
                | Code::Gap
                | Code::BrokenChain
                | Code::NewerJournal
                | Code::TooLarge
                | Code::ClockAhead
                | Code::OutcomeUnknown
        )
    })
}

fn refused(name: &str, code: Code) -> Error {
    Error::at(code, "store", format!("{name} answered {}", code.as_str()))
}

fn misplaced(name: &str, wanted: &str) -> Error {
    let message = format!("{name} pushed something else than {wanted}");
    Error::at(Code::Corrupt, "store", message)
}

impl loom_record {
    /// The record as C reads it, for as long as it lives.
    pub(crate) fn lent(record: &Record) -> Result<loom_record, Error> {
        let header = record.header()?;
        Ok(loom_record {
            ver: record.ver,
            prev: record.prev.into(),
            hash: record.hash.into(),
            body: record.body.as_ptr(),
            body_len: record.body.len(),
            at_ms: header.at.as_ms(),
            incarnation: header.incarnation,
        })
    }
}

impl From<Digest> for loom_digest {
    fn from(digest: Digest) -> loom_digest {
        loom_digest { bytes: digest.0 }
    }
}

impl From<&Head> for loom_head {
    fn from(head: &Head) -> loom_head {
        loom_head {
            ver: head.ver,
            hash: head.hash.into(),
            incarnation: head.incarnation,
        }
    }
}

impl From<&StoredText> for loom_text {
    fn from(text: &StoredText) -> loom_text {
        loom_text {
            digest: text.digest.into(),
            nonce: text.nonce.0,
            text: text.text.as_ptr().cast(),
            text_len: text.text.len(),
        }
    }
}
