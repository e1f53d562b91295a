//! A snapshot: tables and blobs in one run of bytes, behind a directory that is verified at once
//! while the pages wait until they are touched.
//!
//! `magic ‖ format ‖ digest of the directory ‖ its length ‖ directory ‖ pages`. The directory's
//! digest stands for all of the content, since it holds the digest of every page.

use std::borrow::Cow;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::frozen::{Frozen, PageEntry, write_row};
use super::paged::{PagedBytes, PagedEntry};
use super::{Key, Row, Table};
use crate::error::{Code, Error};
use crate::model::{Digest, Piece, SnapshotBytes};

/// The size that a page grows to, in bytes, before the next one begins.
pub const PAGE_BYTES: usize = 16 * 1024;
/// The largest snapshot, in bytes.
pub const SNAPSHOT_BYTES_MAX: usize = 1 << 30;
/// The format that this version writes and reads.
pub const SNAPSHOT_FORMAT: u32 = 7;

const MAGIC: &[u8; 8] = b"loomsnap";
const FRONT: usize = 8 + 4 + 32 + 4;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Directory {
    tables: Vec<(String, Vec<PageEntry>)>,
    blobs: Vec<(String, PageEntry)>,
    paged: Vec<(String, PagedEntry)>,
}

/// Writes a snapshot.
#[derive(Debug, Default)]
pub struct SnapshotWriter {
    directory: Directory,
    pages: Vec<u8>,
}

impl SnapshotWriter {
    /// Adds a table under a name.
    ///
    /// # Errors
    /// `internal` for a row that cannot be written.
    pub fn table<K: Key, V: Row>(&mut self, name: &str, table: &Table<K, V>) -> Result<(), Error> {
        let mut entries = Vec::new();
        let mut page = Page::default();
        for (key, row) in table.iter() {
            page.push(&key, &*row)?;
            if page.rows.len() >= PAGE_BYTES {
                entries.push(std::mem::take(&mut page).close(&mut self.pages));
            }
        }
        if !page.offsets.is_empty() {
            entries.push(page.close(&mut self.pages));
        }
        if let Some(why) = table.fault() {
            return Err(why);
        }
        self.directory.tables.push((name.to_owned(), entries));
        Ok(())
    }

    /// Adds bytes under a name.
    pub fn bytes(&mut self, name: &str, bytes: &[u8]) {
        let entry = PageEntry {
            first_key: Vec::new(),
            offset: self.pages.len() as u64,
            len: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            rows: 0,
            digest: Digest::of(&[bytes]),
        };
        self.pages.extend(bytes);
        self.directory.blobs.push((name.to_owned(), entry));
    }

    /// Adds bytes under a name that [`SnapshotReader::paged`] reads in parts.
    pub fn paged(&mut self, name: &str, bytes: &[u8]) {
        let entry = PagedEntry::of(self.pages.len() as u64, bytes);
        self.pages.extend(bytes);
        self.directory.paged.push((name.to_owned(), entry));
    }

    /// Adds a value under a name.
    ///
    /// # Errors
    /// `internal` for a value that cannot be written.
    pub fn value(&mut self, name: &str, value: &impl Serialize) -> Result<(), Error> {
        let bytes = serde_json::to_vec(value)
            .map_err(|why| Error::new(Code::Internal, format!("{name}: {why}")))?;
        self.bytes(name, &bytes);
        Ok(())
    }

    /// The snapshot as bytes.
    ///
    /// # Errors
    /// `limit_exceeded` over [`SNAPSHOT_BYTES_MAX`].
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        let directory = postcard::to_allocvec(&self.directory)
            .map_err(|why| Error::new(Code::Internal, format!("directory: {why}")))?;
        let len = FRONT + directory.len() + self.pages.len();
        if len > SNAPSHOT_BYTES_MAX {
            let (max, got) = (SNAPSHOT_BYTES_MAX as u64, len as u64);
            return Err(Error::limit("snapshot", "SNAPSHOT_BYTES_MAX", max, got));
        }
        let mut bytes = Vec::with_capacity(len);
        bytes.extend(MAGIC);
        bytes.extend(SNAPSHOT_FORMAT.to_le_bytes());
        bytes.extend(Digest::of(&[&directory]).0);
        bytes.extend(
            u32::try_from(directory.len())
                .unwrap_or(u32::MAX)
                .to_le_bytes(),
        );
        bytes.extend(directory);
        bytes.extend(self.pages);
        Ok(bytes)
    }
}

/// Reads a snapshot. Bytes from a disk are hostile: every offset is checked, every page verified.
#[derive(Debug)]
pub struct SnapshotReader {
    bytes: SnapshotBytes,
    digest: Digest,
    directory: Directory,
    pages_at: u64,
}

impl SnapshotReader {
    /// Verifies the directory and nothing else.
    ///
    /// # Errors
    /// `corrupt` for bytes that are no snapshot, `newer_journal` for another format.
    pub fn open(bytes: SnapshotBytes) -> Result<SnapshotReader, Error> {
        let corrupt = |why: &str| Error::at(Code::Corrupt, "snapshot", why);
        let max = SNAPSHOT_BYTES_MAX as u64;
        if bytes.len() > max {
            return Err(Error::limit(
                "snapshot",
                "SNAPSHOT_BYTES_MAX",
                max,
                bytes.len(),
            ));
        }
        let front = bytes.piece(0, FRONT as u64);
        let front = front.as_ref().and_then(|front| front.of(&bytes));
        let (magic, rest) = front.ok_or_else(|| corrupt("too short"))?.split_at(8);
        let (format, rest) = rest.split_at(4);
        let (digest, len) = rest.split_at(32);
        if magic != MAGIC {
            return Err(corrupt("not a snapshot"));
        }
        if format != SNAPSHOT_FORMAT.to_le_bytes() {
            return Err(Error::at(
                Code::NewerJournal,
                "snapshot.format",
                "of another version",
            ));
        }
        let digest = digest.try_into().map_or(Digest::ZERO, Digest);
        let len = len.try_into().map_or(0, u32::from_le_bytes);
        let directory = bytes.piece(FRONT as u64, len.into());
        let directory = directory.as_ref().and_then(|it| it.of(&bytes));
        let directory = directory.ok_or_else(|| corrupt("the directory is cut"))?;
        if Digest::of(&[directory]) != digest {
            return Err(corrupt("the directory was altered"));
        }
        let directory =
            postcard::from_bytes(directory).map_err(|_| corrupt("the directory is unreadable"))?;
        Ok(SnapshotReader {
            digest,
            directory,
            pages_at: FRONT as u64 + u64::from(len),
            bytes,
        })
    }

    /// The digest that stands for all of the content.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// A table, its pages unread.
    ///
    /// # Errors
    /// `corrupt` where the snapshot has no such table.
    pub fn table<K: Key, V: Row>(&self, name: &str) -> Result<Table<K, V>, Error> {
        let found = self
            .directory
            .tables
            .iter()
            .find(|(known, _)| known == name);
        let (_, pages) = found.ok_or_else(|| missing(name))?;
        let mut pages = pages.clone();
        for page in &mut pages {
            page.offset = page.offset.saturating_add(self.pages_at);
        }
        Ok(Table::thawed(Arc::new(Frozen::new(
            name,
            self.bytes.clone(),
            pages,
        ))))
    }

    /// Bytes, verified.
    ///
    /// # Errors
    /// `corrupt` where the snapshot does not have them, or has others.
    pub fn bytes(&self, name: &str) -> Result<Cow<'_, [u8]>, Error> {
        let found = self.directory.blobs.iter().find(|(known, _)| known == name);
        let (_, entry) = found.ok_or_else(|| missing(name))?;
        let begin = entry.offset.saturating_add(self.pages_at);
        let bytes = match (self.bytes.piece(begin, entry.len.into()), &self.bytes) {
            (Some(Piece::Fetched(bytes)), _) => Some(Cow::Owned(bytes.into())),
            (Some(Piece::Here(range)), SnapshotBytes::Here(bytes)) => {
                bytes.get(range).map(Cow::Borrowed)
            }
            _ => None,
        };
        bytes
            .filter(|bytes| Digest::of(&[bytes]) == entry.digest)
            .ok_or_else(|| {
                let field = format!("snapshot.{name}");
                Error::at(Code::Corrupt, field, "the bytes were altered")
            })
    }

    /// Bytes that are verified page by page, as they are read.
    ///
    /// # Errors
    /// `corrupt` where the snapshot does not have them.
    pub fn paged(&self, name: &str) -> Result<PagedBytes, Error> {
        let found = self.directory.paged.iter().find(|(known, _)| known == name);
        let (_, entry) = found.ok_or_else(|| missing(name))?;
        let mut entry = entry.clone();
        entry.offset = entry.offset.saturating_add(self.pages_at);
        PagedBytes::new(self.bytes.clone(), &entry).ok_or_else(|| missing(name))
    }

    /// A value, verified.
    ///
    /// # Errors
    /// `corrupt` where the snapshot does not have it, or it cannot be read.
    pub fn value<T: DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        serde_json::from_slice(&self.bytes(name)?)
            .map_err(|why| Error::at(Code::Corrupt, format!("snapshot.{name}"), why.to_string()))
    }
}

fn missing(name: &str) -> Error {
    Error::at(Code::Corrupt, format!("snapshot.{name}"), "missing")
}

#[derive(Default)]
struct Page {
    first_key: Vec<u8>,
    offsets: Vec<u32>,
    rows: Vec<u8>,
}

impl Page {
    fn push<K: Key, V: Row>(&mut self, key: &K, row: &V) -> Result<(), Error> {
        if self.offsets.is_empty() {
            key.encode(&mut self.first_key);
        }
        self.offsets
            .push(u32::try_from(self.rows.len()).unwrap_or(u32::MAX));
        write_row(&mut self.rows, key, row)
    }

    fn close(self, pages: &mut Vec<u8>) -> PageEntry {
        let offset = pages.len();
        let count = u32::try_from(self.offsets.len()).unwrap_or(u32::MAX);
        let front = 4 + 4 * count;
        pages.extend(count.to_le_bytes());
        for row in self.offsets {
            pages.extend((row + front).to_le_bytes());
        }
        pages.extend(self.rows);
        let bytes = &pages[offset..];
        PageEntry {
            first_key: self.first_key,
            offset: offset as u64,
            len: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            rows: count,
            digest: Digest::of(&[bytes]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(rows: u64) -> Arc<[u8]> {
        let mut table: Table<u64, String> = Table::default();
        for key in 0..rows {
            table.insert(key * 2, format!("row {key}"));
        }
        let mut writer = SnapshotWriter::default();
        writer.table("numbers", &table).unwrap();
        writer.value("note", &"hello").unwrap();
        writer.finish().unwrap().into()
    }

    #[test]
    fn a_thawed_table_answers_as_the_one_that_was_frozen() {
        let places = |rows| {
            let here = written(rows);
            let elsewhere = SnapshotBytes::Elsewhere(Arc::new(here.to_vec()));
            [(rows, SnapshotBytes::Here(here)), (rows, elsewhere)]
        };
        for (rows, place) in [0, 1, 2, 5_000].into_iter().flat_map(places) {
            let reader = SnapshotReader::open(place).unwrap();
            let mut table: Table<u64, String> = reader.table("numbers").unwrap();
            assert_eq!(reader.value::<String>("note").unwrap(), "hello");
            assert_eq!(table.len() as u64, rows);
            assert_eq!(table.iter().count() as u64, rows);
            for key in 0..rows * 2 + 2 {
                let expected = (key % 2 == 0 && key < rows * 2).then(|| format!("row {}", key / 2));
                assert_eq!(table.get(&key).map(|row| (*row).clone()), expected);
                assert_eq!(table.contains(&key), expected.is_some());
                let next = table.range_from(&key).next().map(|(key, _)| key);
                let due = key.next_multiple_of(2);
                assert_eq!(
                    next,
                    (due < rows * 2).then_some(due),
                    "from {key} of {rows}"
                );
            }
            if rows == 5_000 {
                table.remove(&4);
                table.insert(5, "five".into());
                assert!(table.update(&6, |row| row.push('!')));
                let front: Vec<_> = table
                    .range_from(&3)
                    .take(3)
                    .map(|(k, v)| (k, (*v).clone()))
                    .collect();
                let due =
                    [(5, "five"), (6, "row 3!"), (8, "row 4")].map(|(k, v)| (k, v.to_owned()));
                assert_eq!(front, due);
                assert_eq!(table.len(), 5_000);
            }
            let mut back: Vec<u64> = table.iter_back().map(|(key, _)| key).collect();
            back.reverse();
            assert_eq!(back, table.iter().map(|(key, _)| key).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_altered_byte_goes_unnoticed_and_none_makes_it_panic() {
        let good = written(1_000);
        let whole: Vec<(u64, String)> = {
            let reader = SnapshotReader::open(good.clone().into()).unwrap();
            let table: Table<u64, String> = reader.table("numbers").unwrap();
            table.iter().map(|(k, v)| (k, (*v).clone())).collect()
        };
        for at in (0..good.len()).step_by(41).chain(0..100) {
            let mut bad = good.to_vec();
            bad[at] ^= 0x41;
            let Ok(reader) = SnapshotReader::open(bad.into()) else {
                continue;
            };
            let note = reader.value::<String>("note");
            let table: Table<u64, String> = reader.table("numbers").unwrap();
            let read: Vec<_> = table.iter().map(|(k, v)| (k, (*v).clone())).collect();
            let noticed = note.is_err() || table.fault().is_some();
            assert!(
                noticed || (read == whole && note.is_ok_and(|note| note == "hello")),
                "byte {at}"
            );
        }
        for len in (0..good.len()).step_by(97) {
            if let Ok(reader) = SnapshotReader::open(good[..len].to_vec().into()) {
                let table: Table<u64, String> = reader.table("numbers").unwrap();
                assert!(table.iter().count() < 1_000 || reader.value::<String>("note").is_err());
                assert!(table.fault().is_some() || reader.value::<String>("note").is_err());
            }
        }
    }

    #[test]
    fn equal_content_has_an_equal_digest_however_it_came_about() {
        let reader = SnapshotReader::open(written(100).into()).unwrap();
        let mut thawed: Table<u64, String> = reader.table("numbers").unwrap();
        let mut fresh: Table<u64, String> = Table::default();
        for key in (0..100).rev() {
            fresh.insert(key * 2, format!("row {key}"));
        }
        assert_eq!(thawed.digest().unwrap(), fresh.digest().unwrap());
        thawed.remove(&0);
        assert_ne!(thawed.digest().unwrap(), fresh.digest().unwrap());
        fresh.remove(&0);
        assert_eq!(thawed.digest().unwrap(), fresh.digest().unwrap());
    }
}
