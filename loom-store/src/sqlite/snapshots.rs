//! Snapshots, one file each beside the journal: `journal.db.hot-1.snapshot`.
//!
//! They are kept out of the database because a projection of 10 MB would go through the log twice
//! while every writer waits. They are advisory, so there is no sync; a file that is not whole is no
//! snapshot. The bytes are not hashed here: a projection verifies each page when it touches it, and
//! hashing all of them would cost more than loading them. What is checked is that the snapshot
//! belongs to this journal: the record at its version has to have the hash it had when it was
//! saved, so a snapshot from before a recovery is never loaded after it.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use loom_core::error::{Code, Error};
use loom_core::model::{Digest, ReadAt, SnapshotBytes, Ver};
use loom_core::store::{OpenSnapshot, Snapshot};

use super::beside;
use super::link::Link;

/// The longest name of a projection, in bytes.
const PROJECTION_BYTES_MAX: usize = 64;

const MAGIC: &[u8; 8] = b"loomsnap";
const HEADER_BYTES: usize = 56;

/// Writes the snapshot to a file of its own and puts it in place of the one before. Runs behind
/// the gate, so that nobody else writes the same file.
pub(super) fn save(journal: &Path, link: &Link, snapshot: &Snapshot) -> Result<(), Error> {
    let path = path(journal, &snapshot.projection, snapshot.format)?;
    let new = beside(&path, ".new");
    let hash = hash_at(link, snapshot.ver)?;
    let write = || {
        let mut file = File::create(&new)?;
        file.write_all(&header(snapshot, hash))?;
        file.write_all(&snapshot.bytes)?;
        drop(file);
        fs::rename(&new, &path)
    };
    write().map_err(|why| Error::new(Code::Unavailable, format!("saving a snapshot: {why}")))
}

/// The snapshot, if there is a whole one of this journal, to be read where it lies.
pub(super) fn open(
    journal: &Path,
    link: &Link,
    projection: &str,
    format: u32,
) -> Result<Option<OpenSnapshot>, Error> {
    let found = match InFile::open(&path(journal, projection, format)?) {
        Ok(found) => found,
        Err(why) if why.kind() == ErrorKind::NotFound => None,
        Err(why) => {
            let message = format!("loading a snapshot: {why}");
            return Err(Error::new(Code::Unavailable, message));
        }
    };
    let Some((ver, hash, bytes)) = found else {
        return Ok(None);
    };
    let is_of_this_journal = hash == hash_at(link, ver)?;
    Ok(is_of_this_journal.then(|| OpenSnapshot {
        ver,
        bytes: SnapshotBytes::Elsewhere(Arc::new(bytes)),
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

/// The bytes of a snapshot, left in its file. A snapshot that is saved later is another file in its place.
struct InFile {
    file: Mutex<File>,
    len: u64,
}

impl InFile {
    /// Version, hash and bytes; none where the file is not whole.
    fn open(path: &Path) -> std::io::Result<Option<(Ver, Digest, InFile)>> {
        let mut file = File::open(path)?;
        let Some(len) = file.metadata()?.len().checked_sub(HEADER_BYTES as u64) else {
            return Ok(None);
        };
        let mut head = [0; HEADER_BYTES];
        file.read_exact(&mut head)?;
        let number = |at: usize| head[at..at + 8].try_into().map_or(0, u64::from_le_bytes);
        let hash = head[24..].try_into().map_or(Digest::ZERO, Digest);
        let is_whole = head[..8] == *MAGIC && number(16) == len;
        let file = Mutex::new(file);
        Ok(is_whole.then_some((number(8), hash, InFile { file, len })))
    }
}

impl ReadAt for InFile {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> bool {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let place = SeekFrom::Start(at.saturating_add(HEADER_BYTES as u64));
        file.seek(place).is_ok() && file.read_exact(into).is_ok()
    }
}

/// Magic, version, length of the bytes, and the hash of the record at the version.
fn header(snapshot: &Snapshot, hash: Digest) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(MAGIC);
    header[8..16].copy_from_slice(&snapshot.ver.to_le_bytes());
    header[16..24].copy_from_slice(&(snapshot.bytes.len() as u64).to_le_bytes());
    header[24..].copy_from_slice(&hash.0);
    header
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
