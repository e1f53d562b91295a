//! A journal in memory, for tests and for loops that share nothing but a process. It is also the
//! smallest complete adapter: read it before you write one.
//!
//! Clones are handles of the same journal. The journal remembers the furthest head that any handle
//! saw, as an adapter on disk keeps it beside the file.
//!
//! ```
//! use loom_core::model::{Head, Timestamp};
//! use loom_core::store::{MemoryStore, Store};
//!
//! let store = MemoryStore::new(|| Timestamp::EPOCH);
//! let same_journal = store.clone();
//! assert_eq!(same_journal.head().unwrap(), Head::EMPTY);
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Append, Snapshot, Store, check_clock, check_head, check_record, is_further};
use crate::error::{Code, Error};
use crate::model::{Digest, Head, Header, Record, StoredText, Timestamp, Ver};

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A journal in memory. Cheap to clone; clones share the journal.
#[derive(Clone)]
pub struct MemoryStore {
    journal: Arc<Mutex<Journal>>,
    clock: Option<Clock>,
}

#[derive(Default)]
struct Journal {
    records: Vec<Record>,
    incarnation: u32,
    remembered: Option<Head>,
    texts: BTreeMap<Digest, StoredText>,
    snapshots: BTreeMap<(String, u32), Snapshot>,
}

impl MemoryStore {
    /// An empty journal whose own clock is `clock`: a record more than 5 seconds ahead of it is
    /// refused with `clock_ahead`.
    pub fn new(clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        MemoryStore {
            journal: Arc::default(),
            clock: Some(Arc::new(clock)),
        }
    }

    /// An empty journal without a clock of its own: it never answers `clock_ahead`.
    pub fn without_clock() -> Self {
        MemoryStore {
            journal: Arc::default(),
            clock: None,
        }
    }

    /// Puts other records in place of the journal's, as somebody does who restores a backup. What
    /// was remembered stays.
    ///
    /// # Errors
    /// Those of [`Record::header`].
    #[cfg(any(test, feature = "testing"))]
    pub fn restore(&self, records: &[Record]) -> Result<(), Error> {
        let last = records.last().map(Record::header).transpose()?;
        let mut journal = self.lock();
        journal.incarnation = last.map_or(0, |header| header.incarnation);
        journal.records = records.to_vec();
        Ok(())
    }

    /// Changes the words of a kept text behind the store's back. Answers whether there was one.
    #[cfg(any(test, feature = "testing"))]
    pub fn tamper_text(&self, digest: &Digest) -> bool {
        let mut journal = self.lock();
        let Some(text) = journal.texts.get_mut(digest) else {
            return false;
        };
        text.text.push('!');
        true
    }

    /// A thread that panicked elsewhere cannot have left the journal half written: every change is
    /// one push or one insert, so a poisoned lock is taken over.
    fn lock(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn head(&self) -> Result<Head, Error> {
        let mut journal = self.lock();
        journal.check_remembered()?;
        journal.remember();
        Ok(journal.head())
    }

    fn read(&self, after: Ver, max_bytes: usize) -> Result<Vec<Record>, Error> {
        let journal = self.lock();
        let from = usize::try_from(after).unwrap_or(usize::MAX);
        let Some(behind) = journal.records.get(from..) else {
            journal.check_remembered()?;
            return Err(Error::at(
                Code::Gap,
                "after",
                "the journal was recovered and ends earlier; load it anew",
            ));
        };
        let mut bytes = 0usize;
        let fitting = behind.iter().enumerate().take_while(|(index, record)| {
            bytes = bytes.saturating_add(record.body.len());
            *index == 0 || bytes <= max_bytes
        });
        Ok(fitting.map(|(_, record)| record.clone()).collect())
    }

    fn append(&self, expected: &Head, record: &Record) -> Result<Append, Error> {
        let header = check_record(expected, record)?;
        let mut journal = self.lock();
        journal.check_raises(&header)?;
        let head = journal.head();
        if head.ver != expected.ver || head.hash != expected.hash {
            let again = journal.hash_at(record.ver) == Some(record.hash);
            return Ok(if again {
                Append::Committed
            } else {
                Append::Conflict
            });
        }
        if let Some(clock) = &self.clock {
            check_clock(&header, clock())?;
        }
        journal.records.push(record.clone());
        journal.incarnation = header.incarnation;
        journal.remember();
        Ok(Append::Committed)
    }

    fn save_snapshot(&self, snapshot: &Snapshot) -> Result<(), Error> {
        let key = (snapshot.projection.clone(), snapshot.format);
        self.lock().snapshots.insert(key, snapshot.clone());
        Ok(())
    }

    fn load_snapshot(&self, projection: &str, format: u32) -> Result<Option<Snapshot>, Error> {
        let key = (projection.to_owned(), format);
        Ok(self.lock().snapshots.get(&key).cloned())
    }

    fn put_texts(&self, texts: &[StoredText]) -> Result<(), Error> {
        texts.iter().try_for_each(StoredText::check)?;
        let mut journal = self.lock();
        for text in texts {
            journal.texts.insert(text.digest, text.clone());
        }
        Ok(())
    }

    fn get_texts(&self, digests: &[Digest]) -> Result<Vec<Option<StoredText>>, Error> {
        let journal = self.lock();
        let kept = |digest| -> Result<Option<StoredText>, Error> {
            let text = journal.texts.get(digest);
            text.map(StoredText::check).transpose()?;
            Ok(text.cloned())
        };
        digests.iter().map(kept).collect()
    }

    fn erase_texts(&self, digests: &[Digest]) -> Result<(), Error> {
        let mut journal = self.lock();
        for digest in digests {
            journal.texts.remove(digest);
        }
        Ok(())
    }
}

impl Journal {
    fn head(&self) -> Head {
        let last = self.records.last();
        last.map_or(Head::EMPTY, |record| record.head_after(self.incarnation))
    }

    fn hash_at(&self, ver: Ver) -> Option<Digest> {
        let index = usize::try_from(ver.checked_sub(1)?).ok()?;
        self.records.get(index).map(|record| record.hash)
    }

    fn check_remembered(&self) -> Result<(), Error> {
        let Some(remembered) = &self.remembered else {
            return Ok(());
        };
        check_head(remembered, &self.head(), |ver| Ok(self.hash_at(ver)))
    }

    /// A journal that went back takes nothing but the record that raises its incarnation.
    fn check_raises(&self, header: &Header) -> Result<(), Error> {
        match &self.remembered {
            Some(remembered) if header.incarnation > remembered.incarnation => Ok(()),
            _ => self.check_remembered(),
        }
    }

    fn remember(&mut self) {
        let head = self.head();
        if self
            .remembered
            .is_none_or(|before| is_further(&head, &before))
        {
            self.remembered = Some(head);
        }
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("records", &self.lock().records.len())
            .finish_non_exhaustive()
    }
}
