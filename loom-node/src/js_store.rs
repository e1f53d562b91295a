//! A store that is written in JavaScript: each method of the contract is a call into the event loop,
//! and the thread of the handle waits for the promise that comes of it.
//!
//! The duties that need no storage are those of [`Dutiful`](loom_core::store::Dutiful), around it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use loom_core::error::{Code, Error};
use loom_core::model::{Digest, Head, Record, StoredText, Timestamp, Ver};
use loom_core::store::{Append, Snapshot, Store};
use loom_core::wire::ErrorBody;
use napi::Status;
use napi::bindgen_prelude::Uint8Array;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What calls the store. Weak: the promise that somebody waits for keeps the process alive, not this.
pub(crate) type Dispatch = ThreadsafeFunction<StoreCall, (), StoreCall, Status, false, true>;

/// A call of the store, to be answered by `settle` under its id.
#[napi(object)]
pub struct StoreCall {
    /// What the answer is given under.
    pub id: u32,
    /// The method.
    pub method: String,
    /// Its arguments, as a list in JSON.
    pub json: String,
    /// The bytes of a snapshot.
    pub bytes: Option<Uint8Array>,
}

/// The calls that wait for their answers.
#[derive(Default)]
pub(crate) struct Calls {
    waiting: Mutex<Waiting>,
    last: AtomicU32,
}

#[derive(Default)]
struct Waiting {
    senders: BTreeMap<u32, SyncSender<Settled>>,
    ended: bool,
}

/// JSON and bytes, or the error of the store.
type Settled = Result<(String, Option<Vec<u8>>), Error>;

impl Calls {
    /// Hands the answer to whoever waits for it. One that nobody waits for is passed over.
    pub(crate) fn settle(&self, id: u32, kept: bool, json: String, bytes: Option<Vec<u8>>) {
        let sender = self.lock().senders.remove(&id);
        if let Some(sender) = sender {
            // Whoever waited is gone where this fails.
            let _ = sender.send(if kept {
                Ok((json, bytes))
            } else {
                Err(error(&json))
            });
        }
    }

    /// The event loop ends: nobody is answered any more.
    pub(crate) fn end(&self) {
        let mut waiting = self.lock();
        waiting.ended = true;
        waiting.senders.clear();
    }

    fn expect(&self) -> Result<(u32, Receiver<Settled>), Error> {
        let id = self.last.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = sync_channel(1);
        let mut waiting = self.lock();
        if waiting.ended {
            return Err(gone());
        }
        waiting.senders.insert(id, sender);
        Ok((id, receiver))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The adapter: how the store is called, and what its answers are.
pub(crate) struct JsStore {
    dispatch: Dispatch,
    calls: Arc<Calls>,
}

impl JsStore {
    pub(crate) fn new(dispatch: Dispatch, calls: Arc<Calls>) -> JsStore {
        JsStore { dispatch, calls }
    }

    /// Calls a method and waits for its answer.
    fn call(
        &self,
        method: &str,
        args: serde_json::Value,
        bytes: Option<&[u8]>,
    ) -> Result<(String, Option<Vec<u8>>), Error> {
        let (id, answer) = self.calls.expect()?;
        let call = StoreCall {
            id,
            method: method.to_owned(),
            json: args.to_string(),
            bytes: bytes.map(Uint8Array::from),
        };
        let status = self
            .dispatch
            .call(call, ThreadsafeFunctionCallMode::NonBlocking);
        if status != Status::Ok {
            self.calls.lock().senders.remove(&id);
            return Err(gone());
        }
        answer.recv().unwrap_or_else(|_| Err(gone()))
    }

    fn ask<T: DeserializeOwned>(&self, method: &str, args: serde_json::Value) -> Result<T, Error> {
        read(method, &self.call(method, args, None)?.0)
    }
}

impl Store for JsStore {
    fn head(&self) -> Result<Head, Error> {
        self.ask("head", json!([]))
    }

    fn read(&self, after: Ver, max_bytes: usize) -> Result<Vec<Record>, Error> {
        let records: Vec<JsRecord> = self.ask("read", json!([after, max_bytes]))?;
        Ok(records.into_iter().map(Record::from).collect())
    }

    fn append(&self, expected: &Head, record: &Record) -> Result<Append, Error> {
        let shown = ShownRecord::of(record)?;
        let answer = self.ask("append", json!([expected, shown]));
        Ok(match answer.map_err(unless_it_says)? {
            Answered::Committed => Append::Committed,
            Answered::Conflict => Append::Conflict,
        })
    }

    fn save_snapshot(&self, snapshot: &Snapshot) -> Result<(), Error> {
        let Snapshot {
            projection,
            format,
            ver,
            bytes,
        } = snapshot;
        let args = json!([{"projection": projection, "format": format, "ver": ver}]);
        self.call("saveSnapshot", args, Some(bytes)).map(drop)
    }

    fn load_snapshot(&self, projection: &str, format: u32) -> Result<Option<Snapshot>, Error> {
        let (json, bytes) = self.call("loadSnapshot", json!([projection, format]), None)?;
        let found: Option<FoundSnapshot> = read("loadSnapshot", &json)?;
        Ok(found.zip(bytes).map(|(found, bytes)| Snapshot {
            projection: projection.to_owned(),
            format,
            ver: found.ver,
            bytes: bytes.into(),
        }))
    }

    fn put_texts(&self, texts: &[StoredText]) -> Result<(), Error> {
        self.call("putTexts", json!([texts]), None).map(drop)
    }

    fn get_texts(&self, digests: &[Digest]) -> Result<Vec<Option<StoredText>>, Error> {
        self.ask("getTexts", json!([digests]))
    }

    fn erase_texts(&self, digests: &[Digest]) -> Result<(), Error> {
        self.call("eraseTexts", json!([digests]), None).map(drop)
    }
}

/// A record as a store in JavaScript gives it back.
#[derive(Deserialize)]
struct JsRecord {
    ver: Ver,
    prev: Digest,
    hash: Digest,
    body: String,
}

impl From<JsRecord> for Record {
    fn from(record: JsRecord) -> Record {
        Record {
            ver: record.ver,
            prev: record.prev,
            hash: record.hash,
            body: record.body.into_bytes().into(),
        }
    }
}

/// A record as a store in JavaScript is shown it: with what of its header a store needs.
#[derive(Serialize)]
struct ShownRecord<'a> {
    ver: Ver,
    prev: Digest,
    hash: Digest,
    body: &'a str,
    at: Timestamp,
    incarnation: u32,
}

impl<'a> ShownRecord<'a> {
    fn of(record: &'a Record) -> Result<ShownRecord<'a>, Error> {
        let header = record.header()?;
        let body = std::str::from_utf8(&record.body)
            .map_err(|why| Error::new(Code::Corrupt, why.to_string()))?;
        Ok(ShownRecord {
            ver: record.ver,
            prev: record.prev,
            hash: record.hash,
            body,
            at: header.at,
            incarnation: header.incarnation,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answered {
    Committed,
    Conflict,
}

#[derive(Deserialize)]
struct FoundSnapshot {
    ver: Ver,
}

fn read<T: DeserializeOwned>(method: &str, json: &str) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|why| unreadable(method, &why.to_string()))
}

fn unreadable(method: &str, why: &str) -> Error {
    let field = format!("store.{method}");
    Error::at(
        Code::Corrupt,
        field,
        format!("the answer cannot be read: {why}"),
    )
}

/// Nobody knows whether a record landed, unless the store itself said so.
fn unless_it_says(why: Error) -> Error {
    let is_unreadable = why.code() == Code::Corrupt && why.field() == Some("store.append");
    if is_unreadable || why == gone() {
        return Error::at(Code::OutcomeUnknown, "store.append", why.message());
    }
    why
}

fn gone() -> Error {
    Error::at(
        Code::Unavailable,
        "store",
        "the event loop of the store ended",
    )
}

fn error(json: &str) -> Error {
    match serde_json::from_str::<ErrorBody>(json) {
        Ok(body) => match body.field {
            Some(field) => Error::at(body.code, field, body.message),
            None => Error::new(body.code, body.message),
        },
        Err(why) => Error::new(Code::Internal, why.to_string()),
    }
}
