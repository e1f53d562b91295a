//! The bytes of a snapshot, wherever they lie. A process that lives for one tool call touches some pages of
//! many, so a store may leave the rest where they are.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Bytes that can be read from any place: a file, a row of a database.
pub trait ReadAt: Send + Sync {
    /// How many bytes there are.
    fn len(&self) -> u64;

    /// Is there no byte?
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `into` with the bytes from `at` on; `false` where they cannot be had. Equal calls give equal
    /// bytes: what is written later is other bytes.
    fn read_at(&self, at: u64, into: &mut [u8]) -> bool;
}

/// The bytes of a snapshot.
#[derive(Clone)]
pub enum SnapshotBytes {
    /// In memory.
    Here(Arc<[u8]>),
    /// Read piece by piece, when they are first needed.
    Elsewhere(Arc<dyn ReadAt>),
}

impl SnapshotBytes {
    /// How many bytes there are.
    pub fn len(&self) -> u64 {
        match self {
            SnapshotBytes::Here(bytes) => bytes.len() as u64,
            SnapshotBytes::Elsewhere(bytes) => bytes.len(),
        }
    }

    /// Is there no byte?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, in memory; `None` where they cannot be had.
    pub fn whole(&self) -> Option<Arc<[u8]>> {
        match (self, self.piece(0, self.len())?) {
            (SnapshotBytes::Here(bytes), _) => Some(Arc::clone(bytes)),
            (_, Piece::Fetched(bytes)) => Some(bytes.into()),
            (SnapshotBytes::Elsewhere(_), Piece::Here(_)) => None,
        }
    }

    /// Do these bytes stand at this place?
    pub fn is_at(&self, begin: u64, bytes: &[u8]) -> bool {
        let piece = self.piece(begin, bytes.len() as u64);
        piece.is_some_and(|piece| piece.of(self) == Some(bytes))
    }

    /// A run of bytes; `None` where it is not in them, or cannot be had.
    pub(crate) fn piece(&self, begin: u64, len: u64) -> Option<Piece> {
        let end = begin.checked_add(len).filter(|end| *end <= self.len())?;
        match self {
            SnapshotBytes::Here(_) => {
                let range = usize::try_from(begin).ok()?..usize::try_from(end).ok()?;
                Some(Piece::Here(range))
            }
            SnapshotBytes::Elsewhere(bytes) => {
                let mut fetched = vec![0; usize::try_from(len).ok()?];
                let is_read = bytes.read_at(begin, &mut fetched);
                is_read.then(|| Piece::Fetched(fetched.into()))
            }
        }
    }
}

impl From<Arc<[u8]>> for SnapshotBytes {
    fn from(bytes: Arc<[u8]>) -> SnapshotBytes {
        SnapshotBytes::Here(bytes)
    }
}

impl From<Vec<u8>> for SnapshotBytes {
    fn from(bytes: Vec<u8>) -> SnapshotBytes {
        SnapshotBytes::Here(bytes.into())
    }
}

impl fmt::Debug for SnapshotBytes {
    /// How many there are, and where.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self {
            SnapshotBytes::Here(_) => "Here",
            SnapshotBytes::Elsewhere(_) => "Elsewhere",
        };
        f.debug_tuple(place).field(&self.len()).finish()
    }
}

#[cfg(test)]
impl ReadAt for Vec<u8> {
    fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> bool {
        let begin = usize::try_from(at).unwrap();
        let found = self.get(begin..begin + into.len());
        found.is_some_and(|found| {
            into.copy_from_slice(found);
            true
        })
    }
}

/// A run of a snapshot's bytes that somebody asked for.
#[derive(Debug, Clone)]
pub(crate) enum Piece {
    Here(Range<usize>),
    Fetched(Box<[u8]>),
}

impl Piece {
    /// Its bytes; `all` are those that it was taken of.
    pub(crate) fn of<'b>(&'b self, all: &'b SnapshotBytes) -> Option<&'b [u8]> {
        match (self, all) {
            (Piece::Fetched(bytes), _) => Some(bytes),
            (Piece::Here(range), SnapshotBytes::Here(bytes)) => bytes.get(range.clone()),
            (Piece::Here(_), SnapshotBytes::Elsewhere(_)) => None,
        }
    }
}
