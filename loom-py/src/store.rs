//! A store that is written in Python, behind the storage contract.
//!
//! The adapter in `loomstack/_bridge.py` speaks in tuples of numbers, texts and bytes, so that what
//! a user's store answers is checked there, with names, and here, by type. Digests are hexadecimal.
//! The duties that need no storage are done around it, by [`loom_core::store::Dutiful`].

use std::cell::RefCell;
use std::str::FromStr;
use std::sync::Arc;

use loom_core::error::{Code, Error};
use loom_core::model::{Digest, Head, Nonce, Record, StoredText, Ver};
use loom_core::store::{Append, Snapshot, Store};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use crate::errors::meant;

thread_local! {
    /// The last exception that a store raised for this thread.
    static RAISED: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

/// Forgets what stores raised before.
pub(crate) fn forget_raised() {
    drop(take_raised());
}

/// The last exception that a store raised since [`forget_raised`].
pub(crate) fn take_raised() -> Option<PyErr> {
    RAISED.with_borrow_mut(Option::take)
}

/// Is it an error, rather than a wish to end the program?
pub(crate) fn is_ordinary(py: Python<'_>, raised: &PyErr) -> bool {
    raised.is_instance_of::<PyException>(py)
}

/// A store that is written in Python.
pub(crate) struct PythonStore {
    adapter: Py<PyAny>,
}

type HeadParts = (Ver, String, u32);
type RecordParts = (Ver, String, String, Vec<u8>);
type TextParts = (String, String, String);
type SnapshotParts = (String, u32, Ver, Vec<u8>);

impl PythonStore {
    pub(crate) fn new(adapter: Py<PyAny>) -> PythonStore {
        PythonStore { adapter }
    }

    /// Calls a method of the adapter. `lost` is what an exception means that is no `LoomError`.
    fn call<T>(
        &self,
        method: &str,
        lost: Code,
        arguments: impl FnOnce(Python<'_>) -> PyResult<Bound<'_, PyTuple>>,
        read: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>,
    ) -> Result<T, Error> {
        let answer = Python::try_attach(|py| {
            if interrupted(py) {
                return Err(Error::new(lost, "the program was interrupted"));
            }
            let answer = arguments(py)
                .and_then(|arguments| self.adapter.bind(py).call_method1(method, arguments))
                .and_then(|answer| read(&answer));
            answer.map_err(|why| {
                let error = meant(py, &why)
                    .unwrap_or_else(|| Error::at(lost, format!("store.{method}"), why.to_string()));
                RAISED.set(Some(why));
                error
            })
        });
        answer.unwrap_or_else(|| Err(Error::new(lost, "the interpreter is shutting down")))
    }
}

/// Did a store of this thread raise something that is to end the program?
fn interrupted(py: Python<'_>) -> bool {
    RAISED.with_borrow(|raised| raised.as_ref().is_some_and(|it| !is_ordinary(py, it)))
}

impl Store for PythonStore {
    fn head(&self) -> Result<Head, Error> {
        let (ver, hash, incarnation): HeadParts = self.call(
            "head",
            Code::Unavailable,
            |py| Ok(PyTuple::empty(py)),
            |answer| answer.extract(),
        )?;
        let hash = read_text(&hash)?;
        Ok(Head {
            ver,
            hash,
            incarnation,
        })
    }

    fn read(&self, after: Ver, max_bytes: usize) -> Result<Vec<Record>, Error> {
        let records: Vec<RecordParts> = self.call(
            "read",
            Code::Unavailable,
            |py| (after, max_bytes).into_pyobject(py),
            |answer| answer.extract(),
        )?;
        records.into_iter().map(record).collect()
    }

    fn append(&self, expected: &Head, record: &Record) -> Result<Append, Error> {
        let committed: bool = self.call(
            "append",
            Code::OutcomeUnknown,
            |py| {
                let head = (
                    expected.ver,
                    expected.hash.to_string(),
                    expected.incarnation,
                );
                let body = PyBytes::new(py, &record.body);
                let (prev, hash) = (record.prev.to_string(), record.hash.to_string());
                (head, (record.ver, prev, hash, body)).into_pyobject(py)
            },
            |answer| answer.extract(),
        )?;
        Ok(if committed {
            Append::Committed
        } else {
            Append::Conflict
        })
    }

    fn save_snapshot(&self, snapshot: &Snapshot) -> Result<(), Error> {
        self.call(
            "save_snapshot",
            Code::Unavailable,
            |py| {
                let bytes = PyBytes::new(py, &snapshot.bytes);
                let key = (&snapshot.projection, snapshot.format);
                (key.0, key.1, snapshot.ver, bytes).into_pyobject(py)
            },
            |_| Ok(()),
        )
    }

    fn load_snapshot(&self, projection: &str, format: u32) -> Result<Option<Snapshot>, Error> {
        let kept: Option<SnapshotParts> = self.call(
            "load_snapshot",
            Code::Unavailable,
            |py| (projection, format).into_pyobject(py),
            |answer| answer.extract(),
        )?;
        Ok(kept.map(|(projection, format, ver, bytes)| Snapshot {
            projection,
            format,
            ver,
            bytes: Arc::from(bytes),
        }))
    }

    fn put_texts(&self, texts: &[StoredText]) -> Result<(), Error> {
        let parts = |text: &StoredText| -> TextParts {
            let (digest, nonce) = (text.digest.to_string(), text.nonce.to_string());
            (digest, nonce, text.text.clone())
        };
        let texts: Vec<TextParts> = texts.iter().map(parts).collect();
        self.call(
            "put_texts",
            Code::Unavailable,
            |py| (texts,).into_pyobject(py),
            |_| Ok(()),
        )
    }

    fn get_texts(&self, digests: &[Digest]) -> Result<Vec<Option<StoredText>>, Error> {
        let kept: Vec<Option<TextParts>> = self.call(
            "get_texts",
            Code::Unavailable,
            |py| (hex(digests),).into_pyobject(py),
            |answer| answer.extract(),
        )?;
        kept.into_iter()
            .map(|text| text.map(stored).transpose())
            .collect()
    }

    fn erase_texts(&self, digests: &[Digest]) -> Result<(), Error> {
        self.call(
            "erase_texts",
            Code::Unavailable,
            |py| (hex(digests),).into_pyobject(py),
            |_| Ok(()),
        )
    }
}

fn hex(digests: &[Digest]) -> Vec<String> {
    digests.iter().map(Digest::to_string).collect()
}

fn record((ver, prev, hash, body): RecordParts) -> Result<Record, Error> {
    Ok(Record {
        ver,
        prev: read_text(&prev)?,
        hash: read_text(&hash)?,
        body: Arc::from(body),
    })
}

fn stored((digest, nonce, text): TextParts) -> Result<StoredText, Error> {
    let nonce: Nonce = read_text(&nonce)?;
    let digest = read_text(&digest)?;
    Ok(StoredText {
        digest,
        nonce,
        text,
    })
}

/// Reads a word of a store's answer; one that cannot be read is damage.
fn read_text<T: FromStr<Err = Error>>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|why: Error| {
        let field = format!("store.{}", why.field().unwrap_or("answer"));
        Error::at(Code::Corrupt, field, why.message())
    })
}
