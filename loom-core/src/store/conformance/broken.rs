//! Stores that are broken on purpose, to show that the suite convicts.
//!
//! Each [`Flaw`] is a mistake that an adapter's author can make. A [`BrokenStore`] is a sound
//! [`MemoryStore`] with one of them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;

use super::{Factory, Means, MemoryFactory};
use crate::error::{Code, Error};
use crate::model::{Digest, Head, RECORD_BYTES_MAX, Record, StoredText, Timestamp, Ver};
use crate::store::{Append, CLOCK_AHEAD_MS_MAX, MemoryStore, Snapshot, Store};

macro_rules! flaws {
    ($($(#[$doc:meta])* $flaw:ident => $check:literal,)*) => {
        /// A mistake in a store, and the check that is there to find it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Flaw { $($(#[$doc])* $flaw,)* }

        impl Flaw {
            /// Every flaw.
            pub const ALL: [Flaw; [$(Flaw::$flaw),*].len()] = [$(Flaw::$flaw),*];

            /// The name of the check that is there to convict it. Others may convict it too.
            pub const fn convicted_by(self) -> &'static str {
                match self { $(Flaw::$flaw => $check,)* }
            }
        }
    };
}

flaws! {
    /// A new journal begins at version 1.
    BeginsAtOne => "a new journal has the empty head and no records",
    /// Bodies lose their last byte on the way back.
    AltersBytes => "what was appended is read back byte for byte",
    /// The head is that of the record before the last.
    LagsBehind => "the head is that of the last record appended",
    /// A page is the whole rest of the journal.
    IgnoresMaxBytes => "pages follow each other without gap and keep to max_bytes",
    /// A page ends before a record that is larger than it, even if that is the first.
    StallsAtLargeRecords => "a record larger than max_bytes is read alone",
    /// There is no compare-and-swap: an append cuts the journal at the expected head and writes.
    LastWriterWins => "an append with a stale head is a conflict",
    /// Versions are compared and hashes are not.
    ComparesVersionsOnly => "an append with a head of another journal is a conflict",
    /// An append that is sent again is a conflict.
    ConflictsWithItself => "the same record again is committed and adds nothing",
    /// An append at a version that is taken is acknowledged, whatever the record.
    AcknowledgesAnyRecordAgain => "another record at the same version is a conflict",
    /// A record is taken whatever head it follows.
    TrustsPrev => "a record that does not follow the expected head is refused",
    /// A record's hash is taken as given.
    TrustsHash => "a record whose hash is not that of its bytes is refused",
    /// Large bodies are cut.
    CutsLargeRecords => "a record of the largest size is taken",
    /// Records of any size are taken.
    TakesAnySize => "a record one byte over the largest size is too large",
    /// The head's incarnation is always 0.
    ForgetsIncarnation => "the head's incarnation is the one in the last header",
    /// A record may lower the incarnation.
    TrustsIncarnation => "a record with a lower incarnation is refused",
    /// Snapshots are cut at 64 KiB.
    CutsSnapshots => "a snapshot is loaded as it was saved",
    /// The first snapshot of a projection stays for ever.
    KeepsFirstSnapshot => "a snapshot replaces the one of its projection and format",
    /// A snapshot of another format is answered.
    IgnoresSnapshotFormat => "a snapshot that was never saved is none",
    /// Texts that are not kept are left out of the answer.
    LeavesOutUnknownTexts => "texts are answered in the order asked, and none for an unknown one",
    /// Putting a text that is kept is an error.
    RefusesTextTwice => "a text put twice is kept once",
    /// Erasing does nothing.
    KeepsErasedTexts => "an erased text is none for every client and the others stay",
    /// Texts are answered without a look at their digest.
    TrustsTextsRead => "a text that was tampered with is corrupt",
    /// Texts are kept without a look at their digest, as far as anybody can tell.
    TrustsTextsPut => "a text that is not genuine is not kept",
    /// The texts that come with a record are dropped.
    DropsTextsOfRecords => "texts that come with a record are there with it",
    /// The journal lives as long as its clients.
    ForgetsWhenClosed => "what was acknowledged is there after reopening",
    /// A clock that is 5,000 ms ahead is refused.
    StrictClock => "a record 5,000 ms ahead of the store's clock is taken",
    /// No clock is looked at.
    NoClock => "a record 5,001 ms ahead of the store's clock is clock_ahead",
    /// A head behind the one seen is followed.
    FollowsBack => "a head behind the one seen is regressed",
    /// Another head at the version seen is followed.
    FollowsBeside => "a head beside the one seen is regressed",
    /// A longer journal is followed, wherever it forked.
    FollowsForks => "a longer journal that forked before the head seen is regressed",
    /// What was seen is forgotten with the client.
    ForgetsHeadSeen => "a client opened anew remembers the head it saw",
    /// A journal that went back is written to.
    WritesAfterRegression => "a journal that went back takes no ordinary record",
    /// A journal that went back cannot be recovered.
    CannotRecover => "a journal that went back can be read and recovered",
    /// Reading behind the journal's end is an empty page.
    NothingBehindTheEnd => "reading behind a recovered journal's end is a gap",
    /// A client's head stands still until the client itself appends: a stale head.
    CachesHead => "a head includes what another client was acknowledged",
    /// Compares first and writes later.
    ChecksThenWrites => "of appends at the same head exactly one wins",
    /// Every tenth record is acknowledged and dropped: a lost acknowledgement.
    LosesAcknowledged => "nothing acknowledged to concurrent appenders is lost",
}

/// A client of a journal in memory that has one [`Flaw`].
#[derive(Debug)]
pub struct BrokenStore {
    flaw: Flaw,
    sound: MemoryStore,
    shared: Arc<Shared>,
    cached_head: Mutex<Option<Head>>,
    has_looked: AtomicBool,
}

/// What the clients of one journal share beside the journal.
#[derive(Debug, Default)]
struct Shared {
    writing: Mutex<()>,
    furthest: Mutex<Option<Head>>,
    appends: AtomicU64,
    clock_ms: AtomicU64,
}

impl BrokenStore {
    /// A client of a new journal of its own.
    pub fn new(flaw: Flaw) -> Self {
        BrokenStore::client(flaw, MemoryStore::without_clock(), Arc::default())
    }

    fn client(flaw: Flaw, sound: MemoryStore, shared: Arc<Shared>) -> Self {
        BrokenStore {
            flaw,
            sound,
            shared,
            cached_head: Mutex::default(),
            has_looked: AtomicBool::new(false),
        }
    }

    fn records(&self) -> Result<Vec<Record>, Error> {
        self.sound.read(0, usize::MAX)
    }

    /// The head as it stands, whatever was remembered.
    fn bare_head(&self) -> Result<Head, Error> {
        let records = self.records()?;
        records.last().map_or(Ok(Head::EMPTY), |last| {
            let incarnation = last.header().map_or(0, |header| header.incarnation);
            Ok(last.head_after(incarnation))
        })
    }

    /// Writes without any check: keeps `keep` records and puts `record` behind them.
    fn write(&self, keep: Ver, record: &Record) -> Result<Append, Error> {
        let _writing = lock(&self.shared.writing);
        let mut records = self.records()?;
        records.truncate(usize::try_from(keep).unwrap_or(usize::MAX));
        records.push(record.clone());
        self.sound.restore(&records)?;
        Ok(Append::Committed)
    }

    fn is_at(&self, expected: &Head) -> Result<bool, Error> {
        let head = self.bare_head()?;
        Ok((head.ver, head.hash) == (expected.ver, expected.hash))
    }

    fn broken_append(&self, expected: &Head, record: &Record) -> Result<Append, Error> {
        let incarnation = record.header().map_or(0, |header| header.incarnation);
        let write = || self.write(expected.ver, record);
        match self.flaw {
            Flaw::LastWriterWins => return write(),
            Flaw::ComparesVersionsOnly if self.bare_head()?.ver == expected.ver => return write(),
            Flaw::ConflictsWithItself if !self.is_at(expected)? => return Ok(Append::Conflict),
            Flaw::AcknowledgesAnyRecordAgain if record.ver <= self.bare_head()?.ver => {
                return Ok(Append::Committed);
            }
            Flaw::TrustsPrev if !record.follows(expected) => return write(),
            Flaw::TrustsHash if !record.is_genuine() => return write(),
            Flaw::TakesAnySize if record.body.len() > RECORD_BYTES_MAX => return write(),
            Flaw::TrustsIncarnation if incarnation < expected.incarnation => return write(),
            Flaw::StrictClock => self.check_strictly(record)?,
            Flaw::CannotRecover if incarnation > expected.incarnation => {
                return Err(Error::new(Code::Regressed, "there is no way back"));
            }
            Flaw::ChecksThenWrites if self.is_at(expected)? => {
                (0..200).for_each(|_| thread::yield_now());
                return write();
            }
            Flaw::LosesAcknowledged if self.is_at(expected)? && self.is_tenth() => {
                return Ok(Append::Committed);
            }
            _ => {}
        }
        match self.sound.append(expected, record) {
            Err(error) if self.flaw == Flaw::NoClock && error.code() == Code::ClockAhead => write(),
            Err(error)
                if self.flaw == Flaw::WritesAfterRegression
                    && error.code() == Code::Regressed
                    && self.is_at(expected)? =>
            {
                write()
            }
            answer => answer,
        }
    }

    fn is_tenth(&self) -> bool {
        self.shared.appends.fetch_add(1, Ordering::SeqCst) % 10 == 9
    }

    fn check_strictly(&self, record: &Record) -> Result<(), Error> {
        let at = u64::try_from(record.header()?.at.as_ms()).unwrap_or(0);
        let now = self.shared.clock_ms.load(Ordering::SeqCst);
        if at < now.saturating_add(CLOCK_AHEAD_MS_MAX) {
            return Ok(());
        }
        Err(Error::new(Code::ClockAhead, "no clock may be ahead"))
    }

    /// Follows a head that a sound store would not, where the flaw says so.
    fn follow(&self, regressed: Error) -> Result<Head, Error> {
        let bare = self.bare_head()?;
        let furthest = lock(&self.shared.furthest).unwrap_or(Head::EMPTY);
        let follows = match self.flaw {
            Flaw::FollowsBack => bare.ver < furthest.ver,
            Flaw::FollowsBeside => bare.ver == furthest.ver,
            Flaw::FollowsForks => bare.ver > furthest.ver,
            Flaw::ForgetsHeadSeen => !self.has_looked.load(Ordering::SeqCst),
            _ => false,
        };
        if follows { Ok(bare) } else { Err(regressed) }
    }

    fn looked(&self, head: Head) {
        self.has_looked.store(true, Ordering::SeqCst);
        let mut furthest = lock(&self.shared.furthest);
        if furthest.is_none_or(|before| head.ver > before.ver) {
            *furthest = Some(head);
        }
    }
}

impl Store for BrokenStore {
    fn head(&self) -> Result<Head, Error> {
        let head = self.sound.head().or_else(|error| self.follow(error))?;
        self.looked(head);
        Ok(match self.flaw {
            Flaw::BeginsAtOne if head.ver == 0 => Head { ver: 1, ..head },
            Flaw::LagsBehind => {
                let records = self.records()?;
                let before = records
                    .len()
                    .checked_sub(2)
                    .and_then(|index| records.get(index));
                before.map_or(Head::EMPTY, |record| record.head_after(head.incarnation))
            }
            Flaw::ForgetsIncarnation => Head {
                incarnation: 0,
                ..head
            },
            Flaw::CachesHead => *lock(&self.cached_head).get_or_insert(head),
            _ => head,
        })
    }

    fn read(&self, after: Ver, max_bytes: usize) -> Result<Vec<Record>, Error> {
        let max_bytes = match self.flaw {
            Flaw::IgnoresMaxBytes => usize::MAX,
            _ => max_bytes,
        };
        let mut records = match self.sound.read(after, max_bytes) {
            Err(error) if self.flaw == Flaw::NothingBehindTheEnd && error.code() == Code::Gap => {
                Vec::new()
            }
            answer => answer?,
        };
        let keep = |body: &[u8]| match self.flaw {
            Flaw::AltersBytes => body.len().saturating_sub(1),
            Flaw::CutsLargeRecords => body.len().min(RECORD_BYTES_MAX - 1),
            _ => body.len(),
        };
        for record in &mut records {
            record.body = record
                .body
                .get(..keep(&record.body))
                .unwrap_or_default()
                .into();
        }
        if self.flaw == Flaw::StallsAtLargeRecords {
            records.retain(|record| record.body.len() <= max_bytes);
        }
        Ok(records)
    }

    fn append(&self, expected: &Head, record: &Record) -> Result<Append, Error> {
        let answer = self.broken_append(expected, record)?;
        if answer == Append::Committed {
            let head = record.head_after(expected.incarnation);
            self.looked(head);
            *lock(&self.cached_head) = Some(head);
        }
        Ok(answer)
    }

    fn append_with_texts(
        &self,
        expected: &Head,
        record: &Record,
        texts: &[StoredText],
    ) -> Result<Append, Error> {
        if self.flaw != Flaw::DropsTextsOfRecords {
            self.put_texts(texts)?;
        }
        self.append(expected, record)
    }

    fn save_snapshot(&self, snapshot: &Snapshot) -> Result<(), Error> {
        let kept = self
            .sound
            .load_snapshot(&snapshot.projection, snapshot.format)?;
        if self.flaw == Flaw::KeepsFirstSnapshot && kept.is_some() {
            return Ok(());
        }
        self.sound.save_snapshot(snapshot)
    }

    fn load_snapshot(&self, projection: &str, format: u32) -> Result<Option<Snapshot>, Error> {
        let mut snapshot = self.sound.load_snapshot(projection, format)?;
        if let (Flaw::CutsSnapshots, Some(snapshot)) = (self.flaw, &mut snapshot) {
            let cut = snapshot.bytes.get(..65_536).map(Arc::from);
            snapshot.bytes = cut.unwrap_or_else(|| Arc::clone(&snapshot.bytes));
        }
        match self.flaw {
            Flaw::IgnoresSnapshotFormat if snapshot.is_none() => {
                self.sound.load_snapshot(projection, 1)
            }
            _ => Ok(snapshot),
        }
    }

    fn put_texts(&self, texts: &[StoredText]) -> Result<(), Error> {
        match self.flaw {
            Flaw::RefusesTextTwice => {
                let digests: Vec<Digest> = texts.iter().map(|text| text.digest).collect();
                if self.sound.get_texts(&digests)?.iter().any(Option::is_some) {
                    return Err(Error::new(Code::AlreadyExists, "the text is kept already"));
                }
            }
            Flaw::TrustsTextsPut => {
                let genuine = texts.iter().filter(|text| text.is_genuine());
                return self.sound.put_texts(&genuine.cloned().collect::<Vec<_>>());
            }
            _ => {}
        }
        self.sound.put_texts(texts)
    }

    fn get_texts(&self, digests: &[Digest]) -> Result<Vec<Option<StoredText>>, Error> {
        let mut texts = match self.sound.get_texts(digests) {
            Err(_) if self.flaw == Flaw::TrustsTextsRead => vec![None; digests.len()],
            answer => answer?,
        };
        if self.flaw == Flaw::LeavesOutUnknownTexts {
            texts.retain(Option::is_some);
        }
        Ok(texts)
    }

    fn erase_texts(&self, digests: &[Digest]) -> Result<(), Error> {
        match self.flaw {
            Flaw::KeepsErasedTexts => Ok(()),
            _ => self.sound.erase_texts(digests),
        }
    }
}

/// Opens journals whose clients all have one [`Flaw`].
#[derive(Debug)]
pub struct BrokenFactory {
    flaw: Flaw,
    sound: MemoryFactory,
    clients: Mutex<BTreeMap<String, Clients>>,
    clock_ms: AtomicU64,
}

/// The clients of one journal: gone when the last of them is closed.
#[derive(Debug)]
struct Clients {
    shared: Weak<Shared>,
    kept: Option<Arc<Shared>>,
    generation: u32,
}

impl BrokenFactory {
    /// A factory of stores with this flaw.
    pub fn new(flaw: Flaw) -> Self {
        BrokenFactory {
            flaw,
            sound: MemoryFactory::default(),
            clients: Mutex::default(),
            clock_ms: AtomicU64::new(u64::MAX),
        }
    }
}

impl Factory for BrokenFactory {
    fn open(&self, journal: &str) -> Result<Box<dyn Store>, Error> {
        let mut all = lock(&self.clients);
        let clients = all.entry(journal.to_owned()).or_insert(Clients {
            shared: Weak::new(),
            kept: None,
            generation: 0,
        });
        let shared = clients.shared.upgrade().unwrap_or_else(|| {
            clients.generation += 1;
            Arc::default()
        });
        shared
            .clock_ms
            .store(self.clock_ms.load(Ordering::SeqCst), Ordering::SeqCst);
        clients.shared = Arc::downgrade(&shared);
        let name = match self.flaw {
            Flaw::ForgetsWhenClosed => format!("{journal} {}", clients.generation),
            _ => {
                clients.kept = Some(Arc::clone(&shared));
                journal.to_owned()
            }
        };
        let sound = self.sound.journal(&name);
        Ok(Box::new(BrokenStore::client(self.flaw, sound, shared)))
    }

    fn set_clock(&self, now: Timestamp) -> Means {
        let now_ms = u64::try_from(now.as_ms()).unwrap_or(0);
        self.clock_ms.store(now_ms, Ordering::SeqCst);
        for clients in lock(&self.clients).values() {
            if let Some(shared) = clients.shared.upgrade() {
                shared.clock_ms.store(now_ms, Ordering::SeqCst);
            }
        }
        self.sound.set_clock(now)
    }

    fn tamper_text(&self, journal: &str, digest: &Digest) -> Means {
        self.sound.tamper_text(journal, digest)
    }

    fn restore(&self, journal: &str, records: &[Record]) -> Means {
        self.sound.restore(journal, records)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
