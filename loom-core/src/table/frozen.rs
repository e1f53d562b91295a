//! Rows as bytes in pages: found by binary search, verified when their page is first touched.
//!
//! A page is `count`, then `count` offsets, then the rows: a key's length in two bytes, the key, and
//! the value up to the next row. All numbers are 32 bits, little-endian.

use std::marker::PhantomData;
use std::sync::OnceLock;

use super::{Key, Row};
use crate::error::{Code, Error};
use crate::model::{Digest, Piece, SnapshotBytes};

/// Where a page lies, and what it must be.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct PageEntry {
    pub(super) first_key: Vec<u8>,
    pub(super) offset: u64,
    pub(super) len: u32,
    pub(super) rows: u32,
    pub(super) digest: Digest,
}

/// The frozen rows of one table.
#[derive(Debug)]
pub(super) struct Frozen {
    name: String,
    bytes: SnapshotBytes,
    pages: Vec<PageEntry>,
    /// The pages that were touched; none for one that is bad.
    touched: Vec<OnceLock<Option<Piece>>>,
    fault: OnceLock<Error>,
}

impl Frozen {
    pub(super) fn new(name: &str, bytes: SnapshotBytes, pages: Vec<PageEntry>) -> Frozen {
        let touched = pages.iter().map(|_| OnceLock::new()).collect();
        Frozen {
            name: name.to_owned(),
            bytes,
            pages,
            touched,
            fault: OnceLock::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.pages.iter().map(|page| page.rows as usize).sum()
    }

    pub(super) fn fault(&self) -> Option<Error> {
        self.fault.get().cloned()
    }

    pub(super) fn contains<K: Key>(&self, key: &K) -> bool {
        let mut wanted = Vec::with_capacity(64);
        key.encode(&mut wanted);
        self.find(&wanted).is_some()
    }

    pub(super) fn get<K: Key, V: Row>(&self, key: &K) -> Option<V> {
        let mut wanted = Vec::with_capacity(64);
        key.encode(&mut wanted);
        let value = self.find(&wanted)?;
        let row = V::decode(value);
        if row.is_none() {
            self.blame("a row cannot be read");
        }
        row
    }

    /// The rows from a key on, or all.
    pub(super) fn rows<K: Key, V: Row>(&self, from: Option<&K>) -> FrozenRows<'_, K, V> {
        let (mut page, mut row) = (0, 0);
        if let Some(from) = from {
            let mut wanted = Vec::with_capacity(64);
            from.encode(&mut wanted);
            page = self.page_of(&wanted).unwrap_or(0);
            row = self.rank(page, &wanted).unwrap_or_else(|rank| rank);
        }
        FrozenRows {
            frozen: self,
            page,
            row,
            types: PhantomData,
        }
    }

    /// All rows, the last key first.
    pub(super) fn rows_back<K: Key, V: Row>(&self) -> FrozenRowsBack<'_, K, V> {
        FrozenRowsBack {
            frozen: self,
            pages: self.pages.len(),
            rows: 0,
            types: PhantomData,
        }
    }

    fn find(&self, wanted: &[u8]) -> Option<&[u8]> {
        let page = self.page_of(wanted)?;
        let row = self.rank(page, wanted).ok()?;
        Some(self.row(page, row)?.1)
    }

    /// The page that would hold the key: the last one that does not begin behind it.
    fn page_of(&self, wanted: &[u8]) -> Option<usize> {
        self.pages
            .partition_point(|page| page.first_key.as_slice() <= wanted)
            .checked_sub(1)
    }

    /// The place of a key within a page, or where it would stand.
    fn rank(&self, page: usize, wanted: &[u8]) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.pages.get(page).map_or(0, |page| page.rows as usize));
        while low < high {
            let middle = low + (high - low) / 2;
            let Some((key, _)) = self.row(page, middle) else {
                return Err(low);
            };
            match key.cmp(wanted) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    fn decoded<K: Key, V: Row>(&self, page: usize, row: usize) -> Option<(K, V)> {
        let (key, value) = self.row(page, row)?;
        let read = K::decode(key).zip(V::decode(value));
        if read.is_none() {
            self.blame("a row cannot be read");
        }
        read
    }

    /// The bytes of key and value of a row.
    fn row(&self, page: usize, row: usize) -> Option<(&[u8], &[u8])> {
        let found = self.page(page).and_then(|bytes| {
            let begin = number(bytes, 4 + row * 4)?;
            let end = number(bytes, 8 + row * 4).unwrap_or(bytes.len());
            let count = number(bytes, 0)?;
            let end = if row + 1 < count { end } else { bytes.len() };
            let bytes = bytes.get(begin..end)?;
            let (len, rest) = bytes.split_first_chunk()?;
            rest.split_at_checked(usize::from(u16::from_le_bytes(*len)))
        });
        if found.is_none() {
            self.blame("a page does not hold its rows");
        }
        found
    }

    /// The bytes of a page, verified once.
    fn page(&self, page: usize) -> Option<&[u8]> {
        let entry = self.pages.get(page)?;
        let piece = self.touched.get(page)?.get_or_init(|| {
            let piece = self.bytes.piece(entry.offset, entry.len.into())?;
            let bytes = piece.of(&self.bytes)?;
            let is_good = Digest::of(&[bytes]) == entry.digest
                && number(bytes, 0) == Some(entry.rows as usize);
            is_good.then_some(piece)
        });
        piece.as_ref()?.of(&self.bytes)
    }

    fn blame(&self, why: &str) {
        let field = format!("snapshot.{}", self.name);
        self.fault
            .get_or_init(|| Error::at(Code::Corrupt, field, why));
    }
}

/// Frozen rows in order.
#[derive(Debug)]
pub(super) struct FrozenRows<'a, K, V> {
    frozen: &'a Frozen,
    page: usize,
    row: usize,
    types: PhantomData<(K, V)>,
}

impl<K: Key, V: Row> Iterator for FrozenRows<'_, K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        while self.row >= self.frozen.pages.get(self.page)?.rows as usize {
            self.page += 1;
            self.row = 0;
        }
        let row = self.row;
        self.row += 1;
        self.frozen.decoded(self.page, row)
    }
}

/// Frozen rows, the last key first.
#[derive(Debug)]
pub(super) struct FrozenRowsBack<'a, K, V> {
    frozen: &'a Frozen,
    /// How many pages are left, and how many rows of the page behind them.
    pages: usize,
    rows: usize,
    types: PhantomData<(K, V)>,
}

impl<K: Key, V: Row> Iterator for FrozenRowsBack<'_, K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        while self.rows == 0 {
            self.pages = self.pages.checked_sub(1)?;
            self.rows = self.frozen.pages.get(self.pages)?.rows as usize;
        }
        self.rows -= 1;
        self.frozen.decoded(self.pages, self.rows)
    }
}

/// Appends a row: the key's length, the key, the value.
pub(super) fn write_row<K: Key, V: Row>(
    bytes: &mut Vec<u8>,
    key: &K,
    row: &V,
) -> Result<(), Error> {
    let place = bytes.len();
    bytes.extend([0, 0]);
    key.encode(bytes);
    let len = u16::try_from(bytes.len() - place - 2).unwrap_or(u16::MAX);
    bytes[place..place + 2].copy_from_slice(&len.to_le_bytes());
    row.encode(bytes)
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let number = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(number.try_into().ok()?) as usize)
}
