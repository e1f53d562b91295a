//! The storage contract: what a caller's storage must do so that the coordinator's promises hold.
//!
//! The core does no I/O. An adapter implements [`Store`]; the duties of each method are written on
//! it and tested by the conformance suite (feature `testing`), which also convicts stores that are
//! broken on purpose. One command is one record, so any engine with a single-record
//! compare-and-append is a store. (The form, a published contract with a suite for implementers, is
//! openraft's.)
//!
//! The duties that need no storage are functions here, so that every adapter refuses the same
//! things with the same codes: [`check_record`], [`check_clock`], [`check_head`], [`verify`].
//!
//! ```
//! use loom_core::model::{Actor, ActorKind, Digest, Head, Header, RECORD_FORMAT, Record, Timestamp};
//! use loom_core::store::{Append, MemoryStore, Store, verify};
//!
//! let header = Header {
//!     format: RECORD_FORMAT,
//!     at: "2026-11-22T07:30:00Z".parse().unwrap(),
//!     incarnation: 1,
//!     id: Default::default(),
//!     digest: Digest::of(&[b"the command"]),
//!     actor: Actor::new(ActorKind::Human, "ada").unwrap(),
//! };
//! let body = format!("{}\n[]\nnull", serde_json::to_string(&header).unwrap());
//! let record = Record::chained(&Head::EMPTY, body.into_bytes().into());
//!
//! let store = MemoryStore::without_clock();
//! assert_eq!(store.append(&Head::EMPTY, &record).unwrap(), Append::Committed);
//! assert_eq!(store.append(&Head::EMPTY, &record).unwrap(), Append::Committed, "once, not twice");
//! assert_eq!(store.read(0, 64 * 1024).unwrap(), [record]);
//! assert_eq!(verify(&store, |_, _| ()).unwrap(), store.head().unwrap());
//! ```

#[cfg(any(test, feature = "testing"))]
pub mod conformance;
mod duties;
mod dutiful;
mod memory;

use std::sync::Arc;

pub use duties::{CLOCK_AHEAD_MS_MAX, check_clock, check_head, check_record, is_further, verify};
pub use dutiful::Dutiful;
pub use memory::MemoryStore;

use crate::error::Error;
use crate::model::{Digest, Head, Record, SnapshotBytes, StoredText, Ver};

/// The turn to write; dropping it lets the next one in.
pub type Turn<'a> = Box<dyn Send + 'a>;

/// What an append answers when the store could be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Append {
    /// The record is in the journal and survives a crash of the process.
    Committed,
    /// The journal's head is another one; read what is new and propose again.
    Conflict,
}

/// A snapshot of one projection, as bytes that only the projection can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Which projection (`hot`, `history`) this is.
    pub projection: String,
    /// The format of the bytes; another format is another key.
    pub format: u32,
    /// The version of the journal that the snapshot stands for.
    pub ver: Ver,
    /// The bytes.
    pub bytes: Arc<[u8]>,
}

/// A snapshot that is read where it lies, as far as it is needed.
#[derive(Debug, Clone)]
pub struct OpenSnapshot {
    /// The version of the journal that the snapshot stands for.
    pub ver: Ver,
    /// The bytes.
    pub bytes: SnapshotBytes,
}

/// A journal, its texts and its snapshots. Methods take `&self`: an adapter locks for itself and may
/// be shared by threads.
///
/// Every method may answer `unavailable` (nothing happened, try again) and `corrupt` (the stored
/// bytes are not what was stored).
pub trait Store: Send + Sync {
    /// Where the journal ends.
    ///
    /// Duty: linearizable. A head answered after an append was acknowledged includes that append.
    ///
    /// # Errors
    /// `regressed` where the head lies behind, or beside, one that this client saw before within
    /// the same incarnation ([`check_head`]).
    fn head(&self) -> Result<Head, Error>;

    /// The records behind version `after`, in order and without gap, of together at most
    /// `max_bytes` bytes of body, but at least one where there is one. Empty at the head.
    ///
    /// A journal that went back can still be read, so that a person can look at it and recover it;
    /// ask [`Store::head`] first. Whether the records chain is for the reader to check, as `apply`
    /// and [`verify`] do.
    ///
    /// # Errors
    /// Where the journal ends before `after`: `regressed` as for [`Store::head`], or `gap` where it
    /// was recovered since and the caller has to load it anew.
    fn read(&self, after: Ver, max_bytes: usize) -> Result<Vec<Record>, Error>;

    /// Adds one record if the journal's head is `expected` (the same version and hash).
    ///
    /// Duties: compare and append are one atomic step over all clients. Appending the same record
    /// (same hash) at `expected + 1` again answers `Committed` and adds nothing. What was
    /// acknowledged survives `kill -9` and, where the engine syncs, power loss. The new head's
    /// incarnation is the one in the record's header.
    ///
    /// # Errors
    /// `clock_ahead` where the header's time is more than 5 seconds ahead of the store's clock;
    /// `too_large` over the store's record size; `broken_chain` where the record does not follow
    /// `expected`; `outcome_unknown` where nobody knows whether it landed; `regressed` as for
    /// [`Store::head`], unless the record raises the incarnation above the remembered one.
    fn append(&self, expected: &Head, record: &Record) -> Result<Append, Error>;

    /// Adds one record with the texts that it speaks of. Whoever can read the record can get the
    /// texts.
    ///
    /// The provided method puts the texts first. An engine with transactions does both in one, and
    /// keeps no text of a record that did not land.
    ///
    /// # Errors
    /// Those of [`Store::append`] and [`Store::put_texts`].
    fn append_with_texts(
        &self,
        expected: &Head,
        record: &Record,
        texts: &[StoredText],
    ) -> Result<Append, Error> {
        if !texts.is_empty() {
            self.put_texts(texts)?;
        }
        self.append(expected, record)
    }

    /// Waits until it is this client's turn to write, and keeps the turn until the answer is dropped.
    /// [`crate::coordinator::drive`] takes one after somebody else was faster, so that under
    /// contention writers are served in the order in which they came and nobody starves. `None` where
    /// the store knows no turns; a turn is a courtesy, and `append` compares all the same.
    ///
    /// # Errors
    /// `unavailable` where no turn came within the store's time.
    fn turn(&self) -> Result<Option<Turn<'_>>, Error> {
        Ok(None)
    }

    /// Keeps a snapshot in place of an earlier one of the same projection and format. Advisory: a
    /// store may drop it.
    fn save_snapshot(&self, snapshot: &Snapshot) -> Result<(), Error>;

    /// The snapshot kept for a projection and format, if there is one.
    fn load_snapshot(&self, projection: &str, format: u32) -> Result<Option<Snapshot>, Error>;

    /// The snapshot kept for a projection and format, to be read where it lies: what a process that lives
    /// for one tool call touches is little of it. The provided method loads it whole.
    ///
    /// Duty: a snapshot saved meanwhile does not change what is answered here.
    ///
    /// # Errors
    /// Those of [`Store::load_snapshot`].
    fn open_snapshot(&self, projection: &str, format: u32) -> Result<Option<OpenSnapshot>, Error> {
        let kept = self.load_snapshot(projection, format)?;
        Ok(kept.map(|kept| OpenSnapshot {
            ver: kept.ver,
            bytes: kept.bytes.into(),
        }))
    }

    /// Keeps texts under their digests. Texts are put before the record that speaks of them; a text
    /// that no record speaks of is harmless.
    ///
    /// # Errors
    /// `corrupt` for a text that is not genuine; nothing is kept then.
    fn put_texts(&self, texts: &[StoredText]) -> Result<(), Error>;

    /// The texts of these digests that are kept, in the same order; `None` for one that is not.
    ///
    /// Duty: what is answered is genuine ([`StoredText::is_genuine`]), else `corrupt`.
    fn get_texts(&self, digests: &[Digest]) -> Result<Vec<Option<StoredText>>, Error>;

    /// Forgets texts, nonce included, so that nothing of them can be read from the storage again.
    /// A digest that is not kept is passed over.
    fn erase_texts(&self, digests: &[Digest]) -> Result<(), Error>;
}
