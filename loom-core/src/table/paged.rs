//! Bytes of a snapshot in pages of one length, each verified when it is first touched: for what has an
//! order of its own, such as a frozen index, and is never read whole.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::PAGE_BYTES;
use crate::model::Digest;

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
    bytes: Arc<[u8]>,
    /// Where they lie in `bytes`.
    place: Range<usize>,
    digests: Vec<Digest>,
    verified: Vec<OnceLock<bool>>,
}

impl PagedBytes {
    /// `None` where the entry does not fit the bytes.
    pub(super) fn new(bytes: Arc<[u8]>, entry: &PagedEntry) -> Option<PagedBytes> {
        let begin = usize::try_from(entry.offset).ok()?;
        let len = usize::try_from(entry.len).ok()?;
        let place = begin..begin.checked_add(len)?;
        let fits = place.end <= bytes.len() && entry.digests.len() == len.div_ceil(PAGE_BYTES);
        fits.then(|| PagedBytes {
            bytes,
            place,
            digests: entry.digests.clone(),
            verified: entry.digests.iter().map(|_| OnceLock::new()).collect(),
        })
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.place.len()
    }

    /// Is there no byte?
    pub fn is_empty(&self) -> bool {
        self.place.is_empty()
    }

    /// The bytes of a range; `None` where it is not in them, or a page that it touches was altered.
    pub fn get(&self, range: Range<usize>) -> Option<&[u8]> {
        let all = self.bytes.get(self.place.clone())?;
        let bytes = all.get(range.clone())?;
        let last = range.end.saturating_sub(1).max(range.start) / PAGE_BYTES;
        let is_good = |page: usize| {
            let (Some(verified), Some(digest)) = (self.verified.get(page), self.digests.get(page))
            else {
                return bytes.is_empty();
            };
            *verified.get_or_init(|| {
                let page = all.chunks(PAGE_BYTES).nth(page).unwrap_or_default();
                Digest::of(&[page]) == *digest
            })
        };
        (range.start / PAGE_BYTES..=last)
            .all(is_good)
            .then_some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paged(bytes: &[u8]) -> (Arc<[u8]>, PagedEntry) {
        let mut all = vec![7; 100];
        all.extend(bytes);
        (all.into(), PagedEntry::of(100, bytes))
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
            let read = PagedBytes::new(all, &entry).unwrap();
            assert_eq!(read.len(), len);
            let ends = [
                0,
                1,
                PAGE_BYTES - 1,
                PAGE_BYTES,
                PAGE_BYTES + 1,
                len,
                len + 1,
            ];
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

    #[test]
    fn an_altered_page_is_not_answered_and_its_neighbours_are() {
        let bytes = vec![1; 3 * PAGE_BYTES];
        let (all, entry) = paged(&bytes);
        let mut bad = all.to_vec();
        bad[100 + PAGE_BYTES + 5] = 2;
        let read = PagedBytes::new(bad.into(), &entry).unwrap();
        assert!(read.get(0..PAGE_BYTES).is_some());
        assert!(read.get(2 * PAGE_BYTES..3 * PAGE_BYTES).is_some());
        assert!(read.get(PAGE_BYTES - 1..PAGE_BYTES + 1).is_none());
        assert!(read.get(PAGE_BYTES..PAGE_BYTES + 1).is_none());
    }

    #[test]
    fn an_entry_that_does_not_fit_is_refused() {
        let bytes = vec![1; PAGE_BYTES + 1];
        let (all, entry) = paged(&bytes);
        let (mut long, mut few) = (entry.clone(), entry);
        long.offset += 1;
        few.digests.pop();
        assert!(PagedBytes::new(all.clone(), &long).is_none());
        assert!(PagedBytes::new(all, &few).is_none());
    }
}
