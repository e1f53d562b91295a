//! A snapshot in a file: of the journal beside it, or of one on a server, as a machine last had it.
//!
//! It is advisory, so there is no sync; a file that is not whole is no snapshot. The bytes are not hashed
//! here: a projection verifies each page when it touches it, and hashing all of them would cost more than
//! loading them. What is kept is the hash of the record at the snapshot's version, so that whoever opens it
//! can tell whether it is of the journal as it is now.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use loom_core::model::{Digest, ReadAt, SnapshotBytes, Ver};

use crate::lock::lock;

const MAGIC: &[u8; 8] = b"loomsnap";
const HEADER_BYTES: usize = 56;

/// A snapshot in a file, unread.
pub(crate) struct Kept {
    pub(crate) ver: Ver,
    /// The hash of the record at the version.
    pub(crate) hash: Digest,
    pub(crate) bytes: SnapshotBytes,
}

/// Writes a snapshot to a new file and puts it in place of the one before. Whoever has that one open goes
/// on with it.
pub(crate) fn write(
    path: &Path,
    new: &Path,
    ver: Ver,
    hash: Digest,
    bytes: &[u8],
) -> io::Result<()> {
    let mut file = File::create(new)?;
    file.write_all(&header(ver, hash, bytes.len()))?;
    file.write_all(bytes)?;
    drop(file);
    fs::rename(new, path)
}

/// Opens a snapshot; none where there is no file, or none that is whole.
pub(crate) fn open(path: &Path) -> io::Result<Option<Kept>> {
    let mut file = match File::open(path) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let Some(len) = file.metadata()?.len().checked_sub(HEADER_BYTES as u64) else {
        return Ok(None);
    };
    let mut head = [0; HEADER_BYTES];
    file.read_exact(&mut head)?;
    let number = |at: usize| head[at..at + 8].try_into().map_or(0, u64::from_le_bytes);
    let is_whole = head[..8] == *MAGIC && number(16) == len;
    let file = Mutex::new(file);
    Ok(is_whole.then(|| Kept {
        ver: number(8),
        hash: head[24..].try_into().map_or(Digest::ZERO, Digest),
        bytes: SnapshotBytes::Elsewhere(Arc::new(InFile { file, len })),
    }))
}

/// Magic, version, length of the bytes, and the hash of the record at the version.
fn header(ver: Ver, hash: Digest, len: usize) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(MAGIC);
    header[8..16].copy_from_slice(&ver.to_le_bytes());
    header[16..24].copy_from_slice(&(len as u64).to_le_bytes());
    header[24..].copy_from_slice(&hash.0);
    header
}

/// The bytes of a snapshot, left in its file.
struct InFile {
    file: Mutex<File>,
    len: u64,
}

impl ReadAt for InFile {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> bool {
        let mut file = lock(&self.file);
        let place = SeekFrom::Start(at.saturating_add(HEADER_BYTES as u64));
        file.seek(place).is_ok() && file.read_exact(into).is_ok()
    }
}
