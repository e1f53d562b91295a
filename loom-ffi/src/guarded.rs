//! The duties of a store that need no storage, done in front of one, so that its author writes a journal
//! and no more: every record and text is checked, and a journal that goes back under this client is
//! `regressed`.
//!
//! What was seen is remembered while the client lives. A store whose clients are short-lived keeps the
//! last head beside its journal and compares by itself.

use std::sync::{Mutex, PoisonError};

use loom_core::error::{Code, Error};
use loom_core::model::{Digest, Head, Record, StoredText, Ver};
use loom_core::store::{Append, Snapshot, Store, check_head, check_record, is_further};

/// A store with the checks in front of it.
pub(crate) struct Guarded<S> {
    store: S,
    remembered: Mutex<Option<Head>>,
}

impl<S: Store> Guarded<S> {
    pub(crate) fn new(store: S) -> Guarded<S> {
        Guarded {
            store,
            remembered: Mutex::new(None),
        }
    }

    fn remembered(&self) -> Option<Head> {
        *self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, head: &Head) {
        let mut remembered = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if remembered.is_none_or(|before| is_further(head, &before)) {
            *remembered = Some(*head);
        }
    }

    fn hash_at(&self, ver: Ver) -> Result<Option<Digest>, Error> {
        let Some(before) = ver.checked_sub(1) else {
            return Ok(None);
        };
        let records = self.store.read(before, 1)?;
        let found = records.first().filter(|record| record.ver == ver);
        Ok(found.map(|record| record.hash))
    }
}

impl<S: Store> Store for Guarded<S> {
    fn head(&self) -> Result<Head, Error> {
        // Before the head: what was remembered then is no further than the head that comes.
        let remembered = self.remembered();
        let head = self.store.head()?;
        if let Some(remembered) = &remembered {
            check_head(remembered, &head, |ver| self.hash_at(ver))?;
        }
        self.remember(&head);
        Ok(head)
    }

    fn read(&self, after: Ver, max_bytes: usize) -> Result<Vec<Record>, Error> {
        match self.store.read(after, max_bytes) {
            Err(why) if why.code() == Code::Gap => Err(self.head().err().unwrap_or(why)),
            answer => answer,
        }
    }

    fn append(&self, expected: &Head, record: &Record) -> Result<Append, Error> {
        let header = check_record(expected, record)?;
        let remembered = self.remembered();
        let raises = remembered.is_some_and(|it| header.incarnation > it.incarnation);
        // As long as this client alone writes, what it expects is what it remembers.
        if !raises && remembered != Some(*expected) {
            self.head()?;
        }
        let answer = self.store.append(expected, record)?;
        match answer {
            Append::Committed => self.remember(&record.head_after(header.incarnation)),
            Append::Conflict if !raises => drop(self.head()?),
            Append::Conflict => {}
        }
        Ok(answer)
    }

    fn save_snapshot(&self, snapshot: &Snapshot) -> Result<(), Error> {
        self.store.save_snapshot(snapshot)
    }

    fn load_snapshot(&self, projection: &str, format: u32) -> Result<Option<Snapshot>, Error> {
        self.store.load_snapshot(projection, format)
    }

    fn put_texts(&self, texts: &[StoredText]) -> Result<(), Error> {
        texts.iter().try_for_each(StoredText::check)?;
        self.store.put_texts(texts)
    }

    fn get_texts(&self, digests: &[Digest]) -> Result<Vec<Option<StoredText>>, Error> {
        let texts = self.store.get_texts(digests)?;
        texts.iter().flatten().try_for_each(StoredText::check)?;
        Ok(texts)
    }

    fn erase_texts(&self, digests: &[Digest]) -> Result<(), Error> {
        self.store.erase_texts(digests)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use loom_core::store::conformance::{Draft, chain};

    use super::*;

    /// A journal that keeps what it is given and checks nothing but the compare of an append.
    #[derive(Clone, Default)]
    struct Careless(Arc<Mutex<Vec<Record>>>);

    impl Careless {
        fn put(&self, records: &[Record]) {
            *self.0.lock().unwrap() = records.to_vec();
        }
    }

    fn head_of(records: &[Record]) -> Head {
        records.last().map_or(Head::EMPTY, |last| {
            last.head_after(last.header().unwrap().incarnation)
        })
    }

    impl Store for Careless {
        fn head(&self) -> Result<Head, Error> {
            Ok(head_of(&self.0.lock().unwrap()))
        }

        fn read(&self, after: Ver, _max_bytes: usize) -> Result<Vec<Record>, Error> {
            let records = self.0.lock().unwrap();
            let gap = || Error::new(Code::Gap, "the journal ends earlier");
            Ok(records.get(after as usize..).ok_or_else(gap)?.to_vec())
        }

        fn append(&self, expected: &Head, record: &Record) -> Result<Append, Error> {
            let mut records = self.0.lock().unwrap();
            if head_of(&records) != *expected {
                return Ok(Append::Conflict);
            }
            records.push(record.clone());
            Ok(Append::Committed)
        }

        fn save_snapshot(&self, _snapshot: &Snapshot) -> Result<(), Error> {
            Ok(())
        }

        fn load_snapshot(
            &self,
            _projection: &str,
            _format: u32,
        ) -> Result<Option<Snapshot>, Error> {
            Ok(None)
        }

        fn put_texts(&self, _texts: &[StoredText]) -> Result<(), Error> {
            Ok(())
        }

        fn get_texts(&self, digests: &[Digest]) -> Result<Vec<Option<StoredText>>, Error> {
            let forged = StoredText {
                digest: Digest::ZERO,
                nonce: Default::default(),
                text: "forged".into(),
            };
            Ok(digests.iter().map(|_| Some(forged.clone())).collect())
        }

        fn erase_texts(&self, _digests: &[Digest]) -> Result<(), Error> {
            Ok(())
        }
    }

    #[test]
    fn a_journal_that_goes_back_is_regressed_for_whoever_saw_it_further() {
        let records = chain(&Head::EMPTY, 3).unwrap();
        let journal = Careless::default();
        journal.put(&records);
        let client = Guarded::new(journal.clone());
        let three = client.head().unwrap();
        assert_eq!(three.ver, 3);

        journal.put(&records[..2]);
        let two = journal.head().unwrap();
        let next = Draft::new(9).after(&two).unwrap();
        let again = Draft::new(9).after(&three).unwrap();
        for refused in [
            client.head().map(drop),
            client.read(3, 1).map(drop),
            client.append(&two, &next).map(drop),
            client.append(&three, &again).map(drop),
        ] {
            assert_eq!(refused.unwrap_err().code(), Code::Regressed);
        }
        assert_eq!(journal.head().unwrap().ver, 2, "nothing was appended");
        assert_eq!(
            Guarded::new(journal).head().unwrap().ver,
            2,
            "a client that saw no more follows"
        );
    }

    #[test]
    fn another_client_that_was_faster_is_a_conflict_and_no_regress() {
        let journal = Careless::default();
        let (ada, bob) = (Guarded::new(journal.clone()), Guarded::new(journal));
        let empty = ada.head().unwrap();
        let first = Draft::new(1).after(&empty).unwrap();
        let second = Draft::new(2).after(&empty).unwrap();
        assert_eq!(ada.append(&empty, &first).unwrap(), Append::Committed);
        assert_eq!(bob.append(&empty, &second).unwrap(), Append::Conflict);
        assert_eq!(ada.append(&empty, &second).unwrap(), Append::Conflict);
    }

    #[test]
    fn a_record_that_does_not_follow_and_a_text_that_is_not_genuine_are_refused() {
        let client = Guarded::new(Careless::default());
        let record = chain(&Head::EMPTY, 2).unwrap().pop().unwrap();
        let refused = client.append(&Head::EMPTY, &record).unwrap_err();
        assert_eq!(refused.code(), Code::BrokenChain);
        let refused = client.get_texts(&[Digest::ZERO]).unwrap_err();
        assert_eq!(refused.code(), Code::Corrupt);
    }
}
