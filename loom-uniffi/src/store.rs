//! A store that is written on the other side.

use std::fmt;
use std::sync::Arc;

use loom_core::error::{Code, Error};
use loom_core::model::{self, Digest, Nonce, Record, StoredText, Ver};
use loom_core::store::{Append, Snapshot, Store};

/// Where a journal ends. Version 0 and a hash of 32 zeros for an empty one.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Head {
    /// How many records there are.
    pub ver: u64,
    /// The hash of the last record: 32 bytes.
    pub hash: Vec<u8>,
    /// The incarnation of the last record.
    pub incarnation: u32,
}

/// One record, to be kept and given back as it is.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct StoredRecord {
    /// The version that the journal has with it; the first one is 1.
    pub ver: u64,
    /// The hash of the record before: 32 bytes.
    pub prev: Vec<u8>,
    /// Its own hash: 32 bytes.
    pub hash: Vec<u8>,
    /// The bytes.
    pub body: Vec<u8>,
    /// The journal's incarnation with it.
    pub incarnation: u32,
}

/// One row of the erasable table of texts, to be kept and given back as it is.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Text {
    /// The key: 32 bytes.
    pub digest: Vec<u8>,
    /// The salt, erased with the text: 16 bytes.
    pub nonce: Vec<u8>,
    /// The words.
    pub text: String,
}

/// What an append answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Outcome {
    /// The record is in the journal and survives a crash of the process.
    Committed,
    /// The journal's head is another one, and nothing was appended.
    Conflict,
}

/// What a store may answer in place of an answer. Any other exception counts as `OutcomeUnknown` from
/// `append`, and as `Unavailable` from the others.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum StoreError {
    /// Nothing happened; try again.
    #[error("unavailable")]
    Unavailable,
    /// The stored bytes are not what was stored.
    #[error("corrupt")]
    Corrupt,
    /// The journal lies behind, or beside, what was seen of it before.
    #[error("regressed")]
    Regressed,
    /// The record is larger than the store takes.
    #[error("too large")]
    TooLarge,
    /// The record's time is too far ahead of the store's own clock.
    #[error("clock ahead")]
    ClockAhead,
    /// Nobody knows whether the append landed.
    #[error("outcome unknown")]
    OutcomeUnknown,
    /// An exception that is none of these.
    #[error("{reason}")]
    Unexpected {
        /// What it said.
        reason: String,
    },
}

/// A journal's storage. It stores and compares; records, heads, texts and clocks are checked for it.
/// Methods may be called from any thread that uses the journal, and must not use the journal that they
/// serve. Where threads of the other language share one lock, as in Ruby, one thread alone uses a journal
/// over such a store: two would wait for each other's lock.
#[uniffi::export(with_foreign)]
pub trait ForeignStore: Send + Sync {
    /// Where does the journal end?
    fn head(&self) -> Result<Head, StoreError>;
    /// The records behind version `after`, in order, of together at most `max_bytes` bytes of body, but
    /// at least one where there is one.
    fn read(&self, after: u64, max_bytes: u64) -> Result<Vec<StoredRecord>, StoreError>;
    /// Adds one record if the head has the version and hash of `expected`, in one step over all clients.
    /// The same record at its place again is committed and adds nothing.
    fn append(&self, expected: Head, record: StoredRecord) -> Result<Outcome, StoreError>;
    /// Keeps texts under their digests.
    fn put_texts(&self, texts: Vec<Text>) -> Result<(), StoreError>;
    /// The texts of these digests that are kept, in any order.
    fn get_texts(&self, digests: Vec<Vec<u8>>) -> Result<Vec<Text>, StoreError>;
    /// Forgets texts; a digest that is not kept is passed over.
    fn erase_texts(&self, digests: Vec<Vec<u8>>) -> Result<(), StoreError>;
}

/// A foreign store as the library uses it. It keeps no snapshots.
pub(crate) struct Adapter {
    store: Arc<dyn ForeignStore>,
}

impl Adapter {
    pub(crate) fn new(store: Arc<dyn ForeignStore>) -> Adapter {
        Adapter { store }
    }
}

impl Store for Adapter {
    fn head(&self) -> Result<model::Head, Error> {
        let head = self.store.head().map_err(other)?;
        Ok(model::Head {
            ver: head.ver,
            hash: digest(&head.hash, "head")?,
            incarnation: head.incarnation,
        })
    }

    fn read(&self, after: Ver, max_bytes: usize) -> Result<Vec<Record>, Error> {
        let records = self.store.read(after, max_bytes as u64).map_err(other)?;
        let read = |record: StoredRecord| {
            Ok(Record {
                ver: record.ver,
                prev: digest(&record.prev, "read")?,
                hash: digest(&record.hash, "read")?,
                body: record.body.into(),
            })
        };
        records.into_iter().map(read).collect()
    }

    fn append(&self, expected: &model::Head, record: &Record) -> Result<Append, Error> {
        let expected = Head {
            ver: expected.ver,
            hash: expected.hash.0.to_vec(),
            incarnation: expected.incarnation,
        };
        let record = StoredRecord {
            ver: record.ver,
            prev: record.prev.0.to_vec(),
            hash: record.hash.0.to_vec(),
            body: record.body.to_vec(),
            incarnation: record.header()?.incarnation,
        };
        match self.store.append(expected, record) {
            Ok(Outcome::Committed) => Ok(Append::Committed),
            Ok(Outcome::Conflict) => Ok(Append::Conflict),
            Err(why) => Err(meant(why, Code::OutcomeUnknown)),
        }
    }

    fn save_snapshot(&self, _snapshot: &Snapshot) -> Result<(), Error> {
        Ok(())
    }

    fn load_snapshot(&self, _projection: &str, _format: u32) -> Result<Option<Snapshot>, Error> {
        Ok(None)
    }

    fn put_texts(&self, texts: &[StoredText]) -> Result<(), Error> {
        let row = |text: &StoredText| Text {
            digest: text.digest.0.to_vec(),
            nonce: text.nonce.0.to_vec(),
            text: text.text.clone(),
        };
        let rows = texts.iter().map(row).collect();
        self.store.put_texts(rows).map_err(other)
    }

    fn get_texts(&self, digests: &[Digest]) -> Result<Vec<Option<StoredText>>, Error> {
        let keys = digests.iter().map(|it| it.0.to_vec()).collect();
        let mut texts = vec![None; digests.len()];
        for row in self.store.get_texts(keys).map_err(other)? {
            let nonce = row.nonce.as_slice().try_into();
            let text = StoredText {
                digest: digest(&row.digest, "get_texts")?,
                nonce: Nonce(nonce.map_err(|_| corrupt("get_texts"))?),
                text: row.text,
            };
            for (slot, _) in texts
                .iter_mut()
                .zip(digests)
                .filter(|(_, it)| **it == text.digest)
            {
                *slot = Some(text.clone());
            }
        }
        Ok(texts)
    }

    fn erase_texts(&self, digests: &[Digest]) -> Result<(), Error> {
        let keys = digests.iter().map(|it| it.0.to_vec()).collect();
        self.store.erase_texts(keys).map_err(other)
    }
}

fn digest(bytes: &[u8], name: &str) -> Result<Digest, Error> {
    let bytes = bytes.try_into().map_err(|_| corrupt(name))?;
    Ok(Digest(bytes))
}

fn corrupt(name: &str) -> Error {
    let message = format!("{name} answered a hash or nonce of another length");
    Error::at(Code::Corrupt, "store", message)
}

fn other(why: StoreError) -> Error {
    meant(why, Code::Unavailable)
}

/// What an answer means; `otherwise` where it is none.
fn meant(why: StoreError, otherwise: Code) -> Error {
    let code = match &why {
        StoreError::Unavailable => Code::Unavailable,
        StoreError::Corrupt => Code::Corrupt,
        StoreError::Regressed => Code::Regressed,
        StoreError::TooLarge => Code::TooLarge,
        StoreError::ClockAhead => Code::ClockAhead,
        StoreError::OutcomeUnknown => Code::OutcomeUnknown,
        StoreError::Unexpected { .. } => otherwise,
    };
    Error::at(code, "store", why.to_string())
}

impl From<uniffi::UnexpectedUniFFICallbackError> for StoreError {
    fn from(unexpected: uniffi::UnexpectedUniFFICallbackError) -> StoreError {
        StoreError::Unexpected {
            reason: unexpected.reason,
        }
    }
}

impl fmt::Debug for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adapter").finish_non_exhaustive()
    }
}
