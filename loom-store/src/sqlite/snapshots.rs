//! Snapshots, one file each beside the journal: `journal.db.hot-1.snapshot`.
//!
//! They are kept out of the database because a projection of 10 MB would go through the log twice
//! while every writer waits. The record at a snapshot's version has to have the hash it had when it was
//! saved, so a snapshot from before a recovery is never loaded after it.

use std::path::{Path, PathBuf};

use loom_core::error::{Code, Error};
use loom_core::model::{Digest, Ver};
use loom_core::store::{OpenSnapshot, Snapshot};

use super::beside;
use super::link::Link;
use crate::snapshot_file;

/// The longest name of a projection, in bytes.
const PROJECTION_BYTES_MAX: usize = 64;

/// Keeps a snapshot. Runs behind the gate, so that nobody else writes the same file.
pub(super) fn save(journal: &Path, link: &Link, snapshot: &Snapshot) -> Result<(), Error> {
    let path = path(journal, &snapshot.projection, snapshot.format)?;
    let hash = hash_at(link, snapshot.ver)?;
    let new = beside(&path, ".new");
    let written = snapshot_file::write(&path, &new, snapshot.ver, hash, &snapshot.bytes);
    written.map_err(|why| Error::new(Code::Unavailable, format!("saving a snapshot: {why}")))
}

/// The snapshot, if there is a whole one of this journal, to be read where it lies.
pub(super) fn open(
    journal: &Path,
    link: &Link,
    projection: &str,
    format: u32,
) -> Result<Option<OpenSnapshot>, Error> {
    let kept = snapshot_file::open(&path(journal, projection, format)?);
    let kept = kept.map_err(|why| {
        let message = format!("loading a snapshot: {why}");
        Error::new(Code::Unavailable, message)
    })?;
    let Some(kept) = kept else {
        return Ok(None);
    };
    let is_of_this_journal = kept.hash == hash_at(link, kept.ver)?;
    Ok(is_of_this_journal.then_some(OpenSnapshot {
        ver: kept.ver,
        bytes: kept.bytes,
    }))
}

/// The snapshot, whole, if there is one of this journal.
pub(super) fn load(
    journal: &Path,
    link: &Link,
    projection: &str,
    format: u32,
) -> Result<Option<Snapshot>, Error> {
    let Some(OpenSnapshot { ver, bytes }) = open(journal, link, projection, format)? else {
        return Ok(None);
    };
    Ok(bytes.whole().map(|bytes| Snapshot {
        projection: projection.to_owned(),
        format,
        ver,
        bytes,
    }))
}

/// The hash that names the journal's state at a version; zero where it has no such record.
fn hash_at(link: &Link, ver: Ver) -> Result<Digest, Error> {
    Ok(link.hash_at(ver)?.unwrap_or(Digest::ZERO))
}

fn path(journal: &Path, projection: &str, format: u32) -> Result<PathBuf, Error> {
    let is_plain = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    let is_name = (1..=PROJECTION_BYTES_MAX).contains(&projection.len());
    if !is_name || !projection.bytes().all(is_plain) {
        let message = "a projection's name is 1 to 64 of a-z, 0-9, - and _";
        return Err(Error::at(Code::InvalidField, "projection", message));
    }
    Ok(beside(journal, &format!(".{projection}-{format}.snapshot")))
}
