//! The journal's unit: one command is one record, chained to the one before it.
//!
//! `hash = SHA-256(domain ‖ prev ‖ body bytes as stored)`. The bytes are hashed as written and never
//! serialised again, so a record that was accepted once verifies for ever, whatever later versions
//! of the library write.
//!
//! A body is three lines of JSON: the [`Header`], the events, and the reply. Replay reads the first
//! two, a retried command reads the third, and a store reads no more than the header.
//!
//! ```
//! use loom_core::model::{Head, Record, verify_chain};
//!
//! let first = Record::chained(&Head::EMPTY, b"one".as_slice().into());
//! let second = Record::chained(&first.head_after(Head::EMPTY.incarnation), b"two".as_slice().into());
//! assert!(verify_chain(Head::EMPTY, &[first.clone(), second.clone()]).is_ok());
//!
//! let mut forged = first;
//! forged.body = b"One".as_slice().into();
//! let fault = verify_chain(Head::EMPTY, &[forged, second]).unwrap_err();
//! assert_eq!(fault.ver, 1);
//! ```

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Actor, Digest, Timestamp};
use crate::error::{Code, Error};

/// The version of a journal: the number of records in it. The first record is version 1.
pub type Ver = u64;

/// The largest record body, in bytes. A store may take less (`too_large`), never more.
pub const RECORD_BYTES_MAX: usize = 1024 * 1024;

/// The format of record bodies that this version writes, and the newest that it reads.
pub const RECORD_FORMAT: u32 = 1;

const DOMAIN: &[u8] = b"loomstack.record.v1\n";

/// One record of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The version that the journal has with this record: the one before, plus 1.
    pub ver: Ver,
    /// The hash of the record before; [`Digest::ZERO`] for the first.
    pub prev: Digest,
    /// SHA-256 over the domain, `prev` and `body`.
    pub hash: Digest,
    /// The bytes, as stored.
    pub body: Arc<[u8]>,
}

/// The first line of a body: what a store, a log or an index needs without knowing any event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The format of the body.
    pub format: u32,
    /// The journal's time at this record; never before that of an earlier record.
    pub at: Timestamp,
    /// The journal's incarnation after this record.
    pub incarnation: u32,
    /// The id of the command.
    pub id: Uuid,
    /// The digest of the command's actor and body.
    pub digest: Digest,
    /// Who sent the command.
    pub actor: Actor,
}

/// Where a journal ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The version of the last record; 0 for an empty journal.
    pub ver: Ver,
    /// The hash of the last record; [`Digest::ZERO`] for an empty journal.
    pub hash: Digest,
    /// How many times the journal was declared recovered; rises only by a `recover` record.
    pub incarnation: u32,
}

impl Head {
    /// The head of a journal without records.
    pub const EMPTY: Head = Head {
        ver: 0,
        hash: Digest::ZERO,
        incarnation: 0,
    };
}

impl Record {
    /// The record that follows `head` with this body.
    pub fn chained(head: &Head, body: Arc<[u8]>) -> Record {
        let hash = Digest::of(&[DOMAIN, &head.hash.0, &body]);
        Record {
            ver: head.ver + 1,
            prev: head.hash,
            hash,
            body,
        }
    }

    /// The head of the journal after this record.
    pub fn head_after(&self, incarnation: u32) -> Head {
        Head {
            ver: self.ver,
            hash: self.hash,
            incarnation,
        }
    }

    /// The three lines of the body: header, events and reply.
    ///
    /// # Errors
    /// `corrupt` where the body is not three lines of UTF-8.
    pub fn lines(&self) -> Result<[&str; 3], Error> {
        let corrupt = || {
            Error::at(
                Code::Corrupt,
                format!("records[ver={}]", self.ver),
                "a body has three lines",
            )
        };
        let text = std::str::from_utf8(&self.body).map_err(|_| corrupt())?;
        let mut lines = text.split('\n');
        let (Some(header), Some(events), Some(reply), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(corrupt());
        };
        Ok([header, events, reply])
    }

    /// The first line of the body, read.
    ///
    /// # Errors
    /// `corrupt` for bytes that are no header, `newer_journal` for a later format.
    pub fn header(&self) -> Result<Header, Error> {
        let [line, ..] = self.lines()?;
        self.read_header(line)
    }

    /// [`Record::header`] of a record whose lines were told apart before.
    pub(crate) fn read_header(&self, line: &str) -> Result<Header, Error> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        serde_json::from_str(line)
            .map_err(|why| match serde_json::from_str::<Format>(line) {
                Ok(Format { format }) if format > RECORD_FORMAT => Error::at(
                    Code::NewerJournal,
                    format!("records[ver={}].format", self.ver),
                    format!("format {format} is newer than {RECORD_FORMAT}; update the library"),
                ),
                _ => Error::at(
                    Code::Corrupt,
                    format!("records[ver={}]", self.ver),
                    why.to_string(),
                ),
            })
            .and_then(|header: Header| {
                if header.format == RECORD_FORMAT {
                    return Ok(header);
                }
                Err(Error::at(
                    Code::NewerJournal,
                    format!("records[ver={}].format", self.ver),
                    format!(
                        "format {} is not {RECORD_FORMAT}; update the library",
                        header.format
                    ),
                ))
            })
    }

    /// Is the hash that of the bytes?
    pub fn is_genuine(&self) -> bool {
        Digest::of(&[DOMAIN, &self.prev.0, &self.body]) == self.hash
    }

    /// Does this record stand directly behind `head`? Looks at versions and `prev`, not at bytes.
    pub fn follows(&self, head: &Head) -> bool {
        self.ver == head.ver + 1 && self.prev == head.hash
    }
}

/// What is wrong with the first record that does not verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainFaultKind {
    /// The bytes are not those that were hashed.
    Altered,
    /// One or more records before this one are missing.
    Dropped,
    /// The record stands at another place than it was written for.
    Moved,
    /// The record follows another predecessor than the one that stands before it.
    Forked,
}

/// The first record of a chain that does not verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainFault {
    /// The version at which the chain first fails.
    pub ver: Ver,
    /// In which way.
    pub kind: ChainFaultKind,
}

impl fmt::Display for ChainFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ChainFaultKind::Altered => "was altered: its bytes do not have its hash",
            ChainFaultKind::Dropped => "is missing: the next one found has a later version",
            ChainFaultKind::Moved => "stands at the wrong place: its version was used before",
            ChainFaultKind::Forked => "does not follow the record before it: the journal forked",
        };
        write!(f, "record {} {what}", self.ver)
    }
}

impl From<ChainFault> for Error {
    fn from(fault: ChainFault) -> Error {
        let code = match fault.kind {
            ChainFaultKind::Dropped => Code::Gap,
            _ => Code::BrokenChain,
        };
        Error::at(
            code,
            format!("records[ver={}]", fault.ver),
            fault.to_string(),
        )
    }
}

/// Verifies records against the head they should follow; answers the head after the last one.
///
/// Time O(bytes). The incarnation is carried through unchanged.
///
/// # Errors
/// The first record that was altered, dropped, moved or forked.
pub fn verify_chain(after: Head, records: &[Record]) -> Result<Head, ChainFault> {
    let mut head = after;
    for record in records {
        let due = head.ver + 1;
        let kind = if record.ver > due {
            Some((due, ChainFaultKind::Dropped))
        } else if record.ver < due {
            Some((due, ChainFaultKind::Moved))
        } else if !record.is_genuine() {
            Some((due, ChainFaultKind::Altered))
        } else if record.prev != head.hash {
            Some((due, ChainFaultKind::Forked))
        } else {
            None
        };
        if let Some((ver, kind)) = kind {
            return Err(ChainFault { ver, kind });
        }
        head = record.head_after(head.incarnation);
    }
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(bodies: &[&str]) -> Vec<Record> {
        let mut head = Head::EMPTY;
        bodies
            .iter()
            .map(|body| {
                let record = Record::chained(&head, body.as_bytes().into());
                head = record.head_after(0);
                record
            })
            .collect()
    }

    fn fault(records: &[Record]) -> (Ver, ChainFaultKind) {
        let fault = verify_chain(Head::EMPTY, records).unwrap_err();
        (fault.ver, fault.kind)
    }

    #[test]
    fn the_first_record_altered_dropped_moved_or_forked_is_named() {
        let whole = chain(&["a", "b", "c", "d"]);
        assert_eq!(verify_chain(Head::EMPTY, &whole).unwrap().ver, 4);

        let mut altered = whole.clone();
        altered[1].body = b"B".as_slice().into();
        assert_eq!(fault(&altered), (2, ChainFaultKind::Altered));

        let mut dropped = whole.clone();
        dropped.remove(2);
        assert_eq!(fault(&dropped), (3, ChainFaultKind::Dropped));

        let mut moved = whole.clone();
        moved.swap(1, 2);
        assert_eq!(fault(&moved), (2, ChainFaultKind::Dropped));
        let repeated = [whole[0].clone(), whole[0].clone()];
        assert_eq!(fault(&repeated), (2, ChainFaultKind::Moved));

        let other = chain(&["x", "b"]);
        let forked = [whole[0].clone(), other[1].clone()];
        assert_eq!(fault(&forked), (2, ChainFaultKind::Forked));
    }
}
