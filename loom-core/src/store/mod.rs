//! The storage contract: what a caller's storage must do so that the coordinator's promises hold.
//!
//! The core does no I/O. An adapter implements [`Store`]; the duties of each method are written on
//! it and tested by the conformance suite (feature `testing`), which also convicts stores that are
//! broken on purpose. One command is one record, so any engine with a single-record
//! compare-and-append is a store. (The form, a published contract with a suite for implementers, is
//! openraft's.)

mod memory;

use std::sync::Arc;

pub use memory::MemoryStore;

use crate::error::Error;
use crate::model::{Digest, Head, Record, StoredText, Ver};

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
    /// the same incarnation.
    fn head(&self) -> Result<Head, Error>;

    /// The records behind version `after`, in order and without gap, of together at most
    /// `max_bytes` bytes of body, but at least one where there is one. Empty at the head.
    fn read(&self, after: Ver, max_bytes: usize) -> Result<Vec<Record>, Error>;

    /// Adds one record if the journal's head is `expected`.
    ///
    /// Duties: compare and append are one atomic step over all clients. Appending the same record
    /// (same hash) at `expected + 1` again answers `Committed` and adds nothing. What was
    /// acknowledged survives `kill -9` and, where the engine syncs, power loss. The new head's
    /// incarnation is the one in the record's header.
    ///
    /// # Errors
    /// `clock_ahead` where the header's time is more than 5 seconds ahead of the store's clock;
    /// `too_large` over the store's record size; `broken_chain` where the record does not follow
    /// `expected`; `outcome_unknown` where nobody knows whether it landed.
    fn append(&self, expected: &Head, record: &Record) -> Result<Append, Error>;

    /// Keeps a snapshot in place of an earlier one of the same projection and format. Advisory: a
    /// store may drop it.
    fn save_snapshot(&self, snapshot: &Snapshot) -> Result<(), Error>;

    /// The snapshot kept for a projection and format, if there is one.
    fn load_snapshot(&self, projection: &str, format: u32) -> Result<Option<Snapshot>, Error>;

    /// Keeps texts under their digests. Texts are put before the record that speaks of them; a text
    /// that no record speaks of is harmless.
    fn put_texts(&self, texts: &[StoredText]) -> Result<(), Error>;

    /// The texts of these digests that are kept, in the same order; `None` for one that is not.
    ///
    /// Duty: what is answered is genuine ([`StoredText::is_genuine`]), else `corrupt`.
    fn get_texts(&self, digests: &[Digest]) -> Result<Vec<Option<StoredText>>, Error>;

    /// Forgets texts, nonce included, so that nothing of them can be read from the storage again.
    fn erase_texts(&self, digests: &[Digest]) -> Result<(), Error>;
}
