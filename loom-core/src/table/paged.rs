//! Bytes of a snapshot in pages of one length, each verified when it is first touched: for what has an
//! order of its own, such as a frozen index, and is never read whole.

use std::ops::Range;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::PAGE_BYTES;
use crate::model::{Digest, Piece, SnapshotBytes};

/// Where paged bytes lie, and what each page must be.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PagedEntry {
    pub(super) offset: u64,
    len: u64,
    digests: Vec<Digest>,
}

impl PagedEntry {
    pub(super) fn of(offset: u64, bytes: &[u8]) -> PagedEntry {
        PagedEntry {
            offset,
            len: bytes.len() as u64,
            digests: bytes
                .chunks(PAGE_BYTES)
                .map(|page| Digest::of(&[page]))
                .collect(),
        }
    }
}

/// Bytes of a snapshot that are verified page by page, as they are read.
#[derive(Debug)]
pub struct PagedBytes {
    all: SnapshotBytes,
    /// Where they begin in `all`, and how many they are.
    begin: u64,
    len: usize,
    digests: Vec<Digest>,
    /// The pages that were touched; none for one that is bad.
    touched: Vec<OnceLock<Option<Piece>>>,
    /// Each page together with the next, for what lies on both.
    joints: Vec<OnceLock<Option<Piece>>>,
    /// All of it, for what lies on more.
    whole: OnceLock<Option<Piece>>,
}

impl PagedBytes {
    /// `None` where the entry does not fit the bytes.
    pub(super) fn new(all: SnapshotBytes, entry: &PagedEntry) -> Option<PagedBytes> {
        let len = usize::try_from(entry.len).ok()?;
        let end = entry.offset.checked_add(entry.len)?;
        let fits = end <= all.len() && entry.digests.len() == len.div_ceil(PAGE_BYTES);
        let untouched = || entry.digests.iter().map(|_| OnceLock::new()).collect();
        fits.then(|| PagedBytes {
            all,
            begin: entry.offset,
            len,
            digests: entry.digests.clone(),
            touched: untouched(),
            joints: untouched(),
            whole: OnceLock::new(),
        })
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Is there no byte?
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes of a range; `None` where it is not in them, or a page that it touches was altered.
    pub fn get(&self, range: Range<usize>) -> Option<&[u8]> {
        if range.start > range.end || range.end > self.len {
            return None;
        }
        if range.is_empty() {
            return Some(&[]);
        }
        let (first, last) = (range.start / PAGE_BYTES, (range.end - 1) / PAGE_BYTES);
        let (from, bytes) = if first == last {
            (first, self.page(first)?)
        } else if last == first + 1 {
            let joint = self.joints.get(first)?;
            (first, self.run(joint, first..last + 1)?)
        } else {
            (0, self.run(&self.whole, 0..self.digests.len())?)
        };
        let from = from * PAGE_BYTES;
        bytes.get(range.start - from..range.end - from)
    }

    /// A page, verified once.
    fn page(&self, page: usize) -> Option<&[u8]> {
        let digest = self.digests.get(page)?;
        let piece = self.touched.get(page)?.get_or_init(|| {
            let piece = self.piece(page..page + 1)?;
            let is_good = Digest::of(&[piece.of(&self.all)?]) == *digest;
            is_good.then_some(piece)
        });
        piece.as_ref()?.of(&self.all)
    }

    /// Several pages in one run, each verified.
    fn run<'b>(
        &'b self,
        kept: &'b OnceLock<Option<Piece>>,
        pages: Range<usize>,
    ) -> Option<&'b [u8]> {
        let piece = kept.get_or_init(|| {
            let piece = self.piece(pages.clone())?;
            let mut found = piece.of(&self.all)?.chunks(PAGE_BYTES);
            let is_good = pages.clone().all(|page| self.page(page) == found.next());
            is_good.then_some(piece)
        });
        piece.as_ref()?.of(&self.all)
    }

    fn piece(&self, pages: Range<usize>) -> Option<Piece> {
        let (begin, end) = (pages.start * PAGE_BYTES, pages.end * PAGE_BYTES);
        let len = end.min(self.len).checked_sub(begin)?;
        self.all
            .piece(self.begin.checked_add(begin as u64)?, len as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn paged(bytes: &[u8]) -> (Vec<u8>, PagedEntry) {
        let mut all = vec![7; 100];
        all.extend(bytes);
        (all, PagedEntry::of(100, bytes))
    }

    /// The same bytes in memory and elsewhere.
    fn places(all: &[u8]) -> [SnapshotBytes; 2] {
        let here = SnapshotBytes::Here(all.into());
        [here, SnapshotBytes::Elsewhere(Arc::new(all.to_vec()))]
    }

    #[test]
    fn every_range_is_what_was_written_and_none_beyond_it_is_answered() {
        for len in [
            0,
            1,
            PAGE_BYTES - 1,
            PAGE_BYTES,
            PAGE_BYTES + 1,
            3 * PAGE_BYTES,
        ] {
            let bytes: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
            let (all, entry) = paged(&bytes);
            let ends = [
                0,
                1,
                PAGE_BYTES - 1,
                PAGE_BYTES,
                PAGE_BYTES + 1,
                len,
                len + 1,
            ];
            for place in places(&all) {
                let read = PagedBytes::new(place, &entry).unwrap();
                assert_eq!(read.len(), len);
                for begin in ends {
                    for end in ends {
                        let range = begin..end;
                        assert_eq!(
                            read.get(range.clone()),
                            bytes.get(range.clone()),
                            "{range:?} of {len}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn an_altered_page_is_not_answered_and_its_neighbours_are() {
        let bytes = vec![1; 3 * PAGE_BYTES];
        let (all, entry) = paged(&bytes);
        let mut bad = all;
        bad[100 + PAGE_BYTES + 5] = 2;
        for place in places(&bad) {
            let read = PagedBytes::new(place, &entry).unwrap();
            assert!(read.get(0..3 * PAGE_BYTES).is_none());
            assert!(read.get(0..PAGE_BYTES).is_some());
            assert!(read.get(2 * PAGE_BYTES..3 * PAGE_BYTES).is_some());
            assert!(read.get(PAGE_BYTES - 1..PAGE_BYTES + 1).is_none());
            assert!(read.get(PAGE_BYTES..PAGE_BYTES + 1).is_none());
        }
    }

    #[test]
    fn an_entry_that_does_not_fit_is_refused() {
        let bytes = vec![1; PAGE_BYTES + 1];
        let (all, entry) = paged(&bytes);
        let (mut long, mut few) = (entry.clone(), entry);
        long.offset += 1;
        few.digests.pop();
        for place in places(&all) {
            assert!(PagedBytes::new(place.clone(), &long).is_none());
            assert!(PagedBytes::new(place, &few).is_none());
        }
    }
}
