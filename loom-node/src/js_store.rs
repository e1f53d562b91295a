//! A store that is written in JavaScript: each method of the contract is a call into the event loop.
//!
//! The duties that need no storage are those of [`Dutiful`](loom_core::store::Dutiful), around it.

use std::sync::Arc;

use loom_core::error::{Code, Error};
use loom_core::model::{Digest, Head, Record, StoredText, Timestamp, Ver};
use loom_core::store::{Append, Snapshot, Store};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::event_loop::{EventLoop, Settled, gone};

/// The adapter: how the store is called, and what its answers are.
pub(crate) struct JsStore {
    event_loop: Arc<EventLoop>,
    client: u32,
}

impl JsStore {
    pub(crate) fn new(event_loop: Arc<EventLoop>, client: u32) -> JsStore {
        JsStore { event_loop, client }
    }

    fn call(&self, method: &str, args: serde_json::Value, bytes: Option<&[u8]>) -> Settled {
        self.event_loop.call(self.client, method, &args, bytes)
    }

    fn ask<T: DeserializeOwned>(&self, method: &str, args: serde_json::Value) -> Result<T, Error> {
        read(method, &self.call(method, args, None)?.0)
    }
}

impl Drop for JsStore {
    /// A store of many is closed; the one of a handle belongs to whoever gave it.
    fn drop(&mut self) {
        if self.client != 0 {
            // One that cannot be closed is nothing that a drop could tell anybody.
            let _ = self.call("close", json!([]), None);
        }
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
pub(crate) struct ShownRecord<'a> {
    ver: Ver,
    prev: Digest,
    hash: Digest,
    body: &'a str,
    at: Timestamp,
    incarnation: u32,
}

impl<'a> ShownRecord<'a> {
    pub(crate) fn of(record: &'a Record) -> Result<ShownRecord<'a>, Error> {
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
