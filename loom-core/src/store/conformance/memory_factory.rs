//! The factory of [`MemoryStore`]: the pattern for an adapter's own.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Factory, Means};
use crate::error::Error;
use crate::model::{Digest, Record, Timestamp};
use crate::store::{MemoryStore, Store};

/// Opens journals in memory, whose clock the suite sets.
#[derive(Debug)]
pub struct MemoryFactory {
    journals: Mutex<BTreeMap<String, MemoryStore>>,
    clock_ms: Arc<AtomicI64>,
}

impl Default for MemoryFactory {
    fn default() -> Self {
        MemoryFactory {
            journals: Mutex::default(),
            clock_ms: Arc::new(AtomicI64::new(Timestamp::MAX.as_ms())),
        }
    }
}

impl MemoryFactory {
    /// The journal of this name, created where there is none.
    pub fn journal(&self, name: &str) -> MemoryStore {
        let clock_ms = Arc::clone(&self.clock_ms);
        let clock = move || Timestamp::from_ms(clock_ms.load(Ordering::SeqCst)).unwrap_or_default();
        let mut journals = self.journals.lock().unwrap_or_else(PoisonError::into_inner);
        let journal = journals.entry(name.to_owned());
        journal.or_insert_with(|| MemoryStore::new(clock)).clone()
    }
}

impl Factory for MemoryFactory {
    fn open(&self, journal: &str) -> Result<Box<dyn Store>, Error> {
        Ok(Box::new(self.journal(journal)))
    }

    fn set_clock(&self, now: Timestamp) -> Means {
        self.clock_ms.store(now.as_ms(), Ordering::SeqCst);
        Means::Done
    }

    fn tamper_text(&self, journal: &str, digest: &Digest) -> Means {
        match self.journal(journal).tamper_text(digest) {
            true => Means::Done,
            false => Means::None,
        }
    }

    fn restore(&self, journal: &str, records: &[Record]) -> Means {
        match self.journal(journal).restore(records) {
            Ok(()) => Means::Done,
            Err(_) => Means::None,
        }
    }
}
