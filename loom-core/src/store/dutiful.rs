//! The duties that need no storage, done around a store that only stores.
//!
//! A store that somebody writes in another language, or in an afternoon, keeps records, texts and
//! snapshots and compares heads; whether a record is genuine, its time possible, the journal the one
//! that was seen before, and a text what its digest says, is checked here, for all of them alike.
//!
//! ```
//! use loom_core::model::{Head, Timestamp};
//! use loom_core::store::{Dutiful, MemoryStore, Store};
//!
//! let store = Dutiful::new(MemoryStore::without_clock(), || Timestamp::EPOCH);
//! assert_eq!(store.head().unwrap(), Head::EMPTY);
//! ```

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Append, Snapshot, Store, Turn, check_clock, check_head, check_record, is_further};
use crate::error::{Code, Error};
use crate::model::{Digest, Head, Record, StoredText, Timestamp, Ver};

type Clock = Box<dyn Fn() -> Timestamp + Send + Sync>;

/// A store around another one. What was seen of the journal is remembered as long as this value
/// lives.
///
/// The inner store still compares and appends in one step, answers `committed` to the record that
/// stands at the head's next place already, and survives what it says it survives.
pub struct Dutiful<S> {
    inner: S,
    clock: Clock,
    remembered: Mutex<Option<Head>>,
}

impl<S: Store> Dutiful<S> {
    /// Around `inner`, whose own clock is `clock`.
    pub fn new(inner: S, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Dutiful<S> {
        Dutiful {
            inner,
            clock: Box::new(clock),
            remembered: Mutex::new(None),
        }
    }

    /// The same, for a client that kept what it saw last in some place of its own: a journal that
    /// went back while nobody looked is found out too.
    #[must_use]
    pub fn with_remembered(self, head: Head) -> Dutiful<S> {
        self.remember(head);
        self
    }

    /// The furthest head that was seen, to be kept for [`Dutiful::with_remembered`].
    pub fn remembered(&self) -> Option<Head> {
        *self.lock()
    }

    /// The store inside.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    fn hash_at(&self, ver: Ver) -> Result<Option<Digest>, Error> {
        let Some(before) = ver.checked_sub(1) else {
            return Ok(None);
        };
        let records = self.inner.read(before, 1)?;
        let record = records.first().filter(|record| record.ver == ver);
        Ok(record.map(|record| record.hash))
    }

    fn remember(&self, head: Head) {
        let mut remembered = self.lock();
        if remembered.is_none_or(|before| is_further(&head, &before)) {
            *remembered = Some(head);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Head>> {
        self.remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Store> Store for Dutiful<S> {
    fn head(&self) -> Result<Head, Error> {
        // Before the head is read: what was seen then is no further than that.
        let remembered = *self.lock();
        let head = self.inner.head()?;
        if let Some(remembered) = remembered {
            check_head(&remembered, &head, |ver| self.hash_at(ver))?;
        }
        self.remember(head);
        Ok(head)
    }

    fn read(&self, after: Ver, max_bytes: usize) -> Result<Vec<Record>, Error> {
        let records = self.inner.read(after, max_bytes)?;
        for (record, ver) in records.iter().zip(after.saturating_add(1)..) {
            if record.ver != ver {
                let message = format!("the store answers record {} in place of {ver}", record.ver);
                return Err(Error::at(Code::Corrupt, "store.read", message));
            }
        }
        if records.is_empty() && self.head()?.ver < after {
            let message = "the journal was recovered and ends earlier; load it anew";
            return Err(Error::at(Code::Gap, "after", message));
        }
        Ok(records)
    }

    fn append(&self, expected: &Head, record: &Record) -> Result<Append, Error> {
        let header = check_record(expected, record)?;
        check_clock(&header, (self.clock)())?;
        let raises = self
            .lock()
            .is_none_or(|remembered| header.incarnation > remembered.incarnation);
        if !raises && Some(*expected) != *self.lock() {
            self.head()?;
        }
        let appended = self.inner.append(expected, record)?;
        if appended == Append::Committed {
            self.remember(record.head_after(header.incarnation));
        }
        Ok(appended)
    }

    fn append_with_texts(
        &self,
        expected: &Head,
        record: &Record,
        texts: &[StoredText],
    ) -> Result<Append, Error> {
        if !texts.is_empty() {
            self.put_texts(texts)?;
        }
        self.append(expected, record)
    }

    fn turn(&self) -> Result<Option<Turn<'_>>, Error> {
        self.inner.turn()
    }

    fn save_snapshot(&self, snapshot: &Snapshot) -> Result<(), Error> {
        self.inner.save_snapshot(snapshot)
    }

    fn load_snapshot(&self, projection: &str, format: u32) -> Result<Option<Snapshot>, Error> {
        let kept = self.inner.load_snapshot(projection, format)?;
        Ok(kept.filter(|kept| kept.projection == projection && kept.format == format))
    }

    fn put_texts(&self, texts: &[StoredText]) -> Result<(), Error> {
        texts.iter().try_for_each(StoredText::check)?;
        self.inner.put_texts(texts)
    }

    fn get_texts(&self, digests: &[Digest]) -> Result<Vec<Option<StoredText>>, Error> {
        let kept = self.inner.get_texts(digests)?;
        let is_asked_for = kept.len() == digests.len()
            && kept
                .iter()
                .zip(digests)
                .all(|(text, digest)| text.as_ref().is_none_or(|text| text.digest == *digest));
        if !is_asked_for {
            let message = "the store answers other texts than were asked for";
            return Err(Error::at(Code::Corrupt, "store.get_texts", message));
        }
        kept.iter().flatten().try_for_each(StoredText::check)?;
        Ok(kept)
    }

    fn erase_texts(&self, digests: &[Digest]) -> Result<(), Error> {
        self.inner.erase_texts(digests)
    }
}

impl<S> fmt::Debug for Dutiful<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dutiful").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;
    use crate::store::conformance::{Draft, Factory, Means, run};

    /// What somebody writes in an afternoon: it keeps what it is given and compares heads.
    #[derive(Clone, Default)]
    struct Naive(Arc<Mutex<Kept>>);

    #[derive(Default)]
    struct Kept {
        records: Vec<Record>,
        texts: BTreeMap<Digest, StoredText>,
        snapshots: BTreeMap<(String, u32), Snapshot>,
    }

    impl Kept {
        fn head(&self) -> Result<Head, Error> {
            self.records.last().map_or(Ok(Head::EMPTY), |last| {
                Ok(last.head_after(last.header()?.incarnation))
            })
        }
    }

    impl Store for Naive {
        fn head(&self) -> Result<Head, Error> {
            self.0.lock().unwrap().head()
        }
        fn read(&self, after: Ver, max_bytes: usize) -> Result<Vec<Record>, Error> {
            let mut bytes = 0;
            let kept = self.0.lock().unwrap();
            let behind = kept.records.iter().skip(after as usize);
            let fitting = behind.enumerate().take_while(|(at, record)| {
                bytes += record.body.len();
                *at == 0 || bytes <= max_bytes
            });
            Ok(fitting.map(|(_, record)| record.clone()).collect())
        }
        fn append(&self, expected: &Head, record: &Record) -> Result<Append, Error> {
            let mut kept = self.0.lock().unwrap();
            let head = kept.head()?;
            if (head.ver, head.hash) == (expected.ver, expected.hash) {
                kept.records.push(record.clone());
                return Ok(Append::Committed);
            }
            let place = kept.records.get(expected.ver as usize);
            Ok(match place.is_some_and(|there| there.hash == record.hash) {
                true => Append::Committed,
                false => Append::Conflict,
            })
        }
        fn save_snapshot(&self, snapshot: &Snapshot) -> Result<(), Error> {
            let key = (snapshot.projection.clone(), snapshot.format);
            self.0
                .lock()
                .unwrap()
                .snapshots
                .insert(key, snapshot.clone());
            Ok(())
        }
        fn load_snapshot(&self, projection: &str, format: u32) -> Result<Option<Snapshot>, Error> {
            let key = (projection.to_owned(), format);
            Ok(self.0.lock().unwrap().snapshots.get(&key).cloned())
        }
        fn put_texts(&self, texts: &[StoredText]) -> Result<(), Error> {
            let new = texts.iter().map(|text| (text.digest, text.clone()));
            self.0.lock().unwrap().texts.extend(new);
            Ok(())
        }
        fn get_texts(&self, digests: &[Digest]) -> Result<Vec<Option<StoredText>>, Error> {
            let kept = self.0.lock().unwrap();
            Ok(digests
                .iter()
                .map(|digest| kept.texts.get(digest).cloned())
                .collect())
        }
        fn erase_texts(&self, digests: &[Digest]) -> Result<(), Error> {
            let mut kept = self.0.lock().unwrap();
            kept.texts.retain(|digest, _| !digests.contains(digest));
            Ok(())
        }
    }

    #[derive(Default)]
    struct NaiveFactory {
        journals: Mutex<BTreeMap<String, Naive>>,
        clock_ms: Arc<AtomicI64>,
    }

    impl NaiveFactory {
        fn journal(&self, name: &str) -> Naive {
            let mut journals = self.journals.lock().unwrap();
            journals.entry(name.to_owned()).or_default().clone()
        }
    }

    impl Factory for NaiveFactory {
        fn open(&self, journal: &str) -> Result<Box<dyn Store>, Error> {
            let clock_ms = Arc::clone(&self.clock_ms);
            let clock = move || match clock_ms.load(Ordering::SeqCst) {
                0 => Timestamp::MAX,
                ms => Timestamp::from_ms(ms).unwrap(),
            };
            Ok(Box::new(Dutiful::new(self.journal(journal), clock)))
        }
        fn set_clock(&self, now: Timestamp) -> Means {
            self.clock_ms.store(now.as_ms(), Ordering::SeqCst);
            Means::Done
        }
        fn tamper_text(&self, journal: &str, digest: &Digest) -> Means {
            let journal = self.journal(journal);
            let mut kept = journal.0.lock().unwrap();
            match kept.texts.get_mut(digest) {
                Some(text) => {
                    text.text.push('!');
                    Means::Done
                }
                None => Means::None,
            }
        }
        fn restore(&self, journal: &str, records: &[Record]) -> Means {
            self.journal(journal).0.lock().unwrap().records = records.to_vec();
            Means::Done
        }
    }

    #[test]
    fn a_store_that_only_stores_conforms_once_its_duties_are_done_for_it() {
        let report = run(&NaiveFactory::default());
        // Where to keep that is for whoever opens the client to say.
        let beyond = "a client opened anew remembers the head it saw";
        let failed: Vec<_> = report.failed.iter().map(|(check, _)| *check).collect();
        assert_eq!(failed, [beyond], "{report}");
        assert_eq!(report.skipped, [], "{report}");
    }

    #[test]
    fn a_client_that_is_told_what_was_seen_before_finds_a_journal_that_went_back() {
        let journal = Naive::default();
        let store = Dutiful::new(journal.clone(), || Timestamp::MAX);
        let record = Draft::new(1).after(&Head::EMPTY).unwrap();
        store.append(&Head::EMPTY, &record).unwrap();
        let seen = store.remembered().unwrap();
        journal.0.lock().unwrap().records.clear();
        let anew = Dutiful::new(journal, || Timestamp::MAX).with_remembered(seen);
        assert_eq!(anew.head().unwrap_err().code(), Code::Regressed);
        assert_eq!(
            anew.append(&Head::EMPTY, &record).unwrap_err().code(),
            Code::Regressed
        );
    }

    #[test]
    fn a_store_that_answers_something_else_is_found_out() {
        /// Answers records from the wrong place, and a text that nobody asked for.
        struct Astray(Naive);
        impl Store for Astray {
            fn head(&self) -> Result<Head, Error> {
                self.0.head()
            }
            fn read(&self, _: Ver, max_bytes: usize) -> Result<Vec<Record>, Error> {
                self.0.read(1, max_bytes)
            }
            fn append(&self, expected: &Head, record: &Record) -> Result<Append, Error> {
                self.0.append(expected, record)
            }
            fn save_snapshot(&self, snapshot: &Snapshot) -> Result<(), Error> {
                self.0.save_snapshot(snapshot)
            }
            fn load_snapshot(&self, _: &str, format: u32) -> Result<Option<Snapshot>, Error> {
                self.0.load_snapshot("other", format)
            }
            fn put_texts(&self, _: &[StoredText]) -> Result<(), Error> {
                Ok(())
            }
            fn get_texts(&self, _: &[Digest]) -> Result<Vec<Option<StoredText>>, Error> {
                Ok(Vec::new())
            }
            fn erase_texts(&self, _: &[Digest]) -> Result<(), Error> {
                Ok(())
            }
        }
        let store = Dutiful::new(Astray(Naive::default()), || Timestamp::MAX);
        let mut head = Head::EMPTY;
        for number in 1..=2 {
            let record = Draft::new(number).after(&head).unwrap();
            assert_eq!(store.append(&head, &record).unwrap(), Append::Committed);
            head = store.head().unwrap();
        }
        assert_eq!(store.read(0, 1).unwrap_err().code(), Code::Corrupt);
        assert_eq!(
            store.get_texts(&[Digest::ZERO]).unwrap_err().code(),
            Code::Corrupt
        );
        let snapshot = Snapshot {
            projection: "other".to_owned(),
            format: 1,
            ver: 2,
            bytes: Arc::from([]),
        };
        store.save_snapshot(&snapshot).unwrap();
        assert_eq!(store.load_snapshot("hot", 1).unwrap(), None);
    }
}
