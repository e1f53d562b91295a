//! The embedding that most callers want: a journal, its hot state, a clock and a source of random
//! bytes in one handle, to be shared by threads and opened by any number of processes.
//!
//! The core decides and does no I/O; a [`Store`] keeps and decides nothing. [`Loom`] is the loop
//! between the two, and only that: whoever needs another loop (async, batched, without a lock) writes
//! it over [`loom_core::coordinator::drive`] or [`Coordinator::propose`] and loses nothing.
//!
//! ```
//! use loom_core::coordinator::{Body, Reply};
//! use loom_core::model::{Actor, ActorKind, WorkspaceId};
//! use loom_store::Loom;
//!
//! # fn main() -> Result<(), loom_core::error::Error> {
//! # let folder = tempfile::tempdir().unwrap();
//! let loom = Loom::open(folder.path().join("journal.db"))?;
//! let ada = Actor::new(ActorKind::Human, "ada")?;
//! let workspace = WorkspaceId::new("shop")?;
//! let answer = loom.execute(&ada, Body::CreateJournal { workspace })?;
//! assert!(matches!(answer.reply, Reply::JournalCreated { .. }));
//! assert_eq!(loom.verify(|_, _| ())?.ver, 1);
//! # Ok(())
//! # }
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use loom_core::claim::{Mode, SpecRequest, Words};
use loom_core::coordinator::{
    Answer, Body, Command, Conflicts, Coordinator, HOT_PROJECTION, History, Redact, catch_up,
    drive, fill_texts,
};
use loom_core::error::{Code, Error};
use loom_core::model::{Actor, Digest, Head, Header, Nonce, Record, RunId, Timestamp, Ver};
use loom_core::store::{MemoryStore, Snapshot, Store, verify};
use loom_core::table::SNAPSHOT_FORMAT;
use loom_core::wire::{Query, QueryAnswer};

use crate::under_way::UnderWay;

/// How often a command whose outcome is unknown is sent again under the same id.
pub const OUTCOME_TRIES_MAX: u32 = 5;

/// After how many records a snapshot is kept, by whoever lands or first reads the one that fills it.
pub const SNAPSHOT_EVERY: u64 = 1_024;

/// How many bytes of records are read at once.
const READ_BYTES: usize = 4 * 1024 * 1024;

/// What time it is.
pub type Clock = dyn Fn() -> Timestamp + Send + Sync;
/// 16 bytes that nobody can guess.
pub type Entropy = dyn Fn() -> Result<[u8; 16], Error> + Send + Sync;

/// A journal, ready to work with. Threads share it behind an `Arc`; other processes open their own.
pub struct Loom {
    store: Arc<dyn Store>,
    state: Mutex<Option<Coordinator>>,
    /// Locked after the state, where both are needed.
    history: Mutex<History>,
    redact: Option<Arc<Redact>>,
    clock: Arc<Clock>,
    entropy: Arc<Entropy>,
    /// Whether anybody can start from a snapshot of this journal.
    can_be_reopened: bool,
}

impl Loom {
    /// Opens the SQLite journal at `path`, and creates the file where there is none, with the
    /// system's clock and random bytes. Nothing else is needed.
    ///
    /// # Errors
    /// Those of [`crate::SqliteStore::open`].
    #[cfg(feature = "sqlite")]
    pub fn open(path: impl AsRef<std::path::Path>) -> Result<Loom, Error> {
        let store = crate::SqliteStore::open(path)?;
        Ok(Loom::over(
            Arc::new(store),
            Arc::new(system_clock),
            Arc::new(system_entropy),
        ))
    }

    /// A journal in memory with the system's clock and random bytes, for tests and for loops that
    /// share nothing. It ends with the handle.
    pub fn in_memory() -> Loom {
        let store = Arc::new(MemoryStore::without_clock());
        Loom {
            can_be_reopened: false,
            ..Loom::over(store, Arc::new(system_clock), Arc::new(system_entropy))
        }
    }

    /// A journal over any store, with the caller's clock and random bytes. Reads nothing yet.
    pub fn over(store: Arc<dyn Store>, clock: Arc<Clock>, entropy: Arc<Entropy>) -> Loom {
        Loom {
            state: Mutex::new(None),
            history: Mutex::new(History::new()),
            redact: None,
            store,
            clock,
            entropy,
            can_be_reopened: true,
        }
    }

    /// The same journal with a function that every free text goes through before it is stored.
    #[must_use]
    pub fn with_redaction(mut self, redact: Arc<Redact>) -> Loom {
        self.state = Mutex::new(None);
        self.redact = Some(redact);
        self
    }

    /// Carries out what `actor` wants, under a fresh id, and answers with the words of all texts
    /// that the answer speaks of. The caller has authenticated the actor.
    ///
    /// # Errors
    /// Those of the command ([`Coordinator::propose`]) and of the store. `outcome_unknown` after
    /// [`OUTCOME_TRIES_MAX`] tries: whether it landed is open; whoever has to know sends commands
    /// with ids of their own through [`Loom::submit`].
    pub fn execute(&self, actor: &Actor, body: Body) -> Result<Answer, Error> {
        let id = Command::id_at(self.now(), (self.entropy)()?);
        self.submit(&Command {
            id,
            actor: actor.clone(),
            nonce: Some(Nonce((self.entropy)()?)),
            body,
        })
    }

    /// Carries out a command under the caller's own id, so that sending it again is harmless.
    ///
    /// # Errors
    /// Those of [`Loom::execute`]; `id_reused` where the id stands for another command.
    pub fn submit(&self, command: &Command) -> Result<Answer, Error> {
        self.submit_by(&*self.clock, command)
    }

    /// Carries a command out as if it were `now`, for simulations and for loops that bring their own
    /// time. A time behind the journal is lifted; one ahead of the store's clock is for the store to
    /// refuse.
    ///
    /// # Errors
    /// Those of [`Loom::submit`].
    pub fn submit_at(&self, command: &Command, now: Timestamp) -> Result<Answer, Error> {
        self.submit_by(&move || now, command)
    }

    fn submit_by(&self, clock: &Clock, command: &Command) -> Result<Answer, Error> {
        let mut answer = self.following(|coordinator| self.land(coordinator, command, clock))?;
        self.fill(answer.texts())?;
        Ok(answer)
    }

    /// Answers a query over the newest state, with the words of all texts. Changes nothing.
    ///
    /// # Errors
    /// Those of [`Query::ask`] and of the store.
    pub fn query(&self, query: &Query) -> Result<QueryAnswer, Error> {
        self.query_at(query, (self.clock)())
    }

    /// Answers a query as if it were `now`.
    ///
    /// # Errors
    /// Those of [`Loom::query`].
    pub fn query_at(&self, query: &Query, now: Timestamp) -> Result<QueryAnswer, Error> {
        let mut answer = self.following(|coordinator| {
            catch_up(coordinator, &*self.store)?;
            match query.needs_history() {
                false => query.ask(coordinator, now),
                true => self.with_history(coordinator.version(), |history| {
                    query.ask_history(coordinator, history, now)
                }),
            }
        })?;
        let texts = answer.texts();
        if !texts.is_empty() {
            self.fill(texts)?;
            query.render(&mut answer);
        }
        Ok(answer)
    }

    /// What stands, stood, or will stand in the way of work on these places, with the words of all
    /// intents. Changes nothing.
    ///
    /// # Errors
    /// Those of [`Coordinator::conflicts`] and of the store.
    pub fn conflicts(
        &self,
        specs: &[SpecRequest],
        mode: Mode,
        run: Option<&RunId>,
    ) -> Result<Conflicts, Error> {
        let mut conflicts =
            self.look(|coordinator, now| coordinator.conflicts(specs, mode, run, now))?;
        self.fill(conflicts.texts())?;
        Ok(conflicts)
    }

    /// Asks the newest state a question. The lock is held meanwhile: copy out what is needed, and
    /// fill in words with [`Loom::fill`] afterwards.
    ///
    /// # Errors
    /// Those of the question and of the store.
    pub fn look<T>(
        &self,
        mut question: impl FnMut(&Coordinator, Timestamp) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.following(|coordinator| {
            catch_up(coordinator, &*self.store)?;
            let now = (self.clock)().max(coordinator.time());
            question(coordinator, now)
        })
    }

    /// Asks history a question, after it was fed every record that the journal holds. The lock is held
    /// meanwhile: copy out what is needed, and fill in words with [`Loom::fill`] afterwards.
    ///
    /// # Errors
    /// Those of the question, of the store and of [`History::feed`].
    pub fn history<T>(
        &self,
        question: impl FnOnce(&History) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let _inside = UnderWay::enter(self)?;
        self.with_history(self.store.head()?.ver, question)
    }

    /// Asks history a question, once it has read at least up to a version.
    fn with_history<T>(
        &self,
        ver: Ver,
        question: impl FnOnce(&History) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(why) = self.feed(&mut history, ver) {
            if !is_out_of_step(&why) {
                return Err(why);
            }
            // The journal was recovered behind this handle's back: read it anew.
            *history = History::new();
            self.feed(&mut history, ver)?;
        }
        question(&history)
    }

    fn feed(&self, history: &mut History, ver: Ver) -> Result<(), Error> {
        while history.version() < ver {
            let page = self.store.read(history.version(), READ_BYTES)?;
            if page.is_empty() {
                let message = "the store holds fewer records than its head says";
                return Err(Error::at(Code::Gap, "records", message));
            }
            history.feed(&page)?;
        }
        Ok(())
    }

    /// Puts words to texts. One that was erased stays without.
    ///
    /// # Errors
    /// Those of [`Store::get_texts`].
    pub fn fill(&self, words: Vec<&mut Words>) -> Result<(), Error> {
        if words.is_empty() {
            return Ok(());
        }
        let digests: Vec<Digest> = words.iter().map(|words| words.digest).collect();
        fill_texts(words, &self.store.get_texts(&digests)?);
        Ok(())
    }

    /// The words of texts by their digests, for callers that read records themselves.
    ///
    /// # Errors
    /// Those of [`Store::get_texts`].
    pub fn texts(&self, digests: &[Digest]) -> Result<BTreeMap<Digest, String>, Error> {
        let stored = self.store.get_texts(digests)?;
        let known = stored.into_iter().flatten();
        Ok(known.map(|text| (text.digest, text.text)).collect())
    }

    /// The records behind version `after`, in order, as they are read.
    pub fn records(&self, after: Ver) -> Records<'_> {
        Records {
            store: &*self.store,
            after,
            page: Vec::new().into_iter(),
            is_over: false,
        }
    }

    /// Reads the whole journal and verifies its chain; `each` sees every record. Answers the head.
    ///
    /// # Errors
    /// Those of [`verify`]: the first bad record is named in the error's field.
    pub fn verify(&self, each: impl FnMut(&Record, &Header)) -> Result<Head, Error> {
        verify(&*self.store, each)
    }

    /// The storage underneath.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// The time, as this handle's clock has it.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn land(
        &self,
        coordinator: &mut Coordinator,
        command: &Command,
        clock: &Clock,
    ) -> Result<Answer, Error> {
        let mut tries = 1;
        loop {
            let answer = drive(coordinator, &*self.store, command, clock());
            match answer {
                Err(why) if why.code() == Code::OutcomeUnknown && tries < OUTCOME_TRIES_MAX => {
                    tries += 1;
                }
                answer => return answer,
            }
        }
    }

    /// Works on the state with the lock held. Where the journal was recovered behind this handle's
    /// back, the state is read anew, once. A store that calls back is refused (`not_permitted`).
    fn following<T>(
        &self,
        mut work: impl FnMut(&mut Coordinator) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let _inside = UnderWay::enter(self)?;
        let mut state = self.lock();
        let coordinator = match &mut *state {
            Some(coordinator) => coordinator,
            empty => empty.insert(self.start()?),
        };
        let before = coordinator.version();
        match work(coordinator) {
            Err(why) if is_out_of_step(&why) => {
                *coordinator = self.replay()?;
                work(coordinator)
            }
            answer => {
                if answer.is_ok()
                    && before / SNAPSHOT_EVERY < coordinator.version() / SNAPSHOT_EVERY
                {
                    self.save(coordinator);
                }
                answer
            }
        }
    }

    /// The state to begin with: the last snapshot, if it is one of this journal, and the records
    /// behind it.
    fn start(&self) -> Result<Coordinator, Error> {
        let found = self.store.open_snapshot(HOT_PROJECTION, SNAPSHOT_FORMAT);
        let Some(snapshot) = found.ok().flatten() else {
            return self.replay();
        };
        let restored = Coordinator::restore(snapshot.bytes).and_then(|restored| {
            let mut restored = self.redacting(restored);
            if self.is_of_this_journal(&restored)? {
                catch_up(&mut restored, &*self.store)?;
                return Ok(Some(restored));
            }
            Ok(None)
        });
        match restored {
            Ok(Some(coordinator)) => Ok(coordinator),
            Ok(None) => self.replay(),
            Err(why) if is_out_of_step(&why) || why.code() == Code::NewerJournal => self.replay(),
            Err(why) => Err(why),
        }
    }

    /// Does the journal hold the record that the snapshot ends with?
    fn is_of_this_journal(&self, restored: &Coordinator) -> Result<bool, Error> {
        let Some(before) = restored.version().checked_sub(1) else {
            return Ok(false);
        };
        let records = self.store.read(before, 1)?;
        Ok(records
            .first()
            .is_some_and(|last| last.hash == restored.head().hash))
    }

    /// The state from the first record on.
    fn replay(&self) -> Result<Coordinator, Error> {
        let mut coordinator = self.redacting(Coordinator::default());
        catch_up(&mut coordinator, &*self.store)?;
        if coordinator.version() >= SNAPSHOT_EVERY {
            self.save(&coordinator);
        }
        Ok(coordinator)
    }

    /// A snapshot is advisory: where it cannot be kept, the next start is slower.
    fn save(&self, coordinator: &Coordinator) {
        if !self.can_be_reopened {
            return;
        }
        if let Ok(bytes) = coordinator.snapshot() {
            let _ = self.store.save_snapshot(&Snapshot {
                projection: HOT_PROJECTION.to_owned(),
                format: SNAPSHOT_FORMAT,
                ver: coordinator.version(),
                bytes: bytes.into(),
            });
        }
    }

    fn redacting(&self, coordinator: Coordinator) -> Coordinator {
        match &self.redact {
            Some(redact) => coordinator.with_redaction(Arc::clone(redact)),
            None => coordinator,
        }
    }

    /// A thread that panicked left a coordinator that is whole: `apply` is the only mutator, and
    /// refuses everything after it failed half way.
    fn lock(&self) -> MutexGuard<'_, Option<Coordinator>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Is the state in memory beside the journal, or damaged? Reading the journal anew then helps.
fn is_out_of_step(why: &Error) -> bool {
    matches!(why.code(), Code::Gap | Code::BrokenChain | Code::Corrupt)
}

/// The records of a journal, read page by page.
pub struct Records<'a> {
    store: &'a dyn Store,
    after: Ver,
    page: std::vec::IntoIter<Record>,
    is_over: bool,
}

impl Iterator for Records<'_> {
    type Item = Result<Record, Error>;

    /// The next record; after an error there is none.
    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        if self.page.as_slice().is_empty() {
            match self.store.read(self.after, READ_BYTES) {
                Ok(page) => self.page = page.into_iter(),
                Err(why) => {
                    self.is_over = true;
                    return Some(Err(why));
                }
            }
        }
        let record = self.page.next();
        match &record {
            Some(record) => self.after = record.ver,
            None => self.is_over = true,
        }
        record.map(Ok)
    }
}

impl fmt::Debug for Loom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loom")
            .field("head", &self.lock().as_ref().map(Coordinator::head))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Records<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records")
            .field("after", &self.after)
            .finish_non_exhaustive()
    }
}

/// The system's clock, in whole milliseconds.
pub fn system_clock() -> Timestamp {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let ms = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_ms(ms).unwrap_or(Timestamp::MAX)
}

/// 16 bytes from the system's source of randomness.
///
/// # Errors
/// `unavailable` where the system gives none.
pub fn system_entropy() -> Result<[u8; 16], Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|why| {
        let message = format!("the system gives no random bytes: {why}");
        Error::new(Code::Unavailable, message)
    })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use loom_core::coordinator::Reply;
    use loom_core::model::{ActorKind, StoredText, WorkspaceId};
    use loom_core::store::Append;

    use super::*;

    /// Keeps what it is given, and says for a number of appends that it does not know.
    struct Forgetful {
        inner: MemoryStore,
        unknown: AtomicU32,
    }

    impl Store for Forgetful {
        fn head(&self) -> Result<Head, Error> {
            self.inner.head()
        }
        fn read(&self, after: Ver, max_bytes: usize) -> Result<Vec<Record>, Error> {
            self.inner.read(after, max_bytes)
        }
        fn append(&self, expected: &Head, record: &Record) -> Result<Append, Error> {
            let appended = self.inner.append(expected, record)?;
            if self.unknown.load(Ordering::Relaxed) == 0 {
                return Ok(appended);
            }
            self.unknown.fetch_sub(1, Ordering::Relaxed);
            Err(Error::new(Code::OutcomeUnknown, "the line went dead"))
        }
        fn save_snapshot(&self, snapshot: &Snapshot) -> Result<(), Error> {
            self.inner.save_snapshot(snapshot)
        }
        fn load_snapshot(&self, projection: &str, format: u32) -> Result<Option<Snapshot>, Error> {
            self.inner.load_snapshot(projection, format)
        }
        fn put_texts(&self, texts: &[StoredText]) -> Result<(), Error> {
            self.inner.put_texts(texts)
        }
        fn get_texts(&self, digests: &[Digest]) -> Result<Vec<Option<StoredText>>, Error> {
            self.inner.get_texts(digests)
        }
        fn erase_texts(&self, digests: &[Digest]) -> Result<(), Error> {
            self.inner.erase_texts(digests)
        }
    }

    fn loom(store: impl Store + 'static) -> Loom {
        let clock = || Timestamp::from_ms(1_000_000).unwrap();
        Loom::over(Arc::new(store), Arc::new(clock), Arc::new(system_entropy))
    }

    fn ada() -> Actor {
        Actor::new(ActorKind::Human, "ada").unwrap()
    }

    fn create() -> Body {
        Body::CreateJournal {
            workspace: WorkspaceId::new("shop").unwrap(),
        }
    }

    #[test]
    fn an_append_of_unknown_outcome_that_landed_answers_as_if_it_had_been_known() {
        let loom = loom(Forgetful {
            inner: MemoryStore::without_clock(),
            unknown: AtomicU32::new(1),
        });
        let answer = loom.execute(&ada(), create()).unwrap();
        assert!(matches!(answer.reply, Reply::JournalCreated { .. }));
        assert_eq!(loom.records(0).count(), 1);
    }

    #[test]
    fn an_outcome_that_stays_unknown_is_said_after_a_bounded_number_of_tries() {
        /// Never says what became of an append, and keeps none.
        struct Dead(MemoryStore);
        impl Store for Dead {
            fn head(&self) -> Result<Head, Error> {
                self.0.head()
            }
            fn read(&self, after: Ver, max_bytes: usize) -> Result<Vec<Record>, Error> {
                self.0.read(after, max_bytes)
            }
            fn append(&self, _: &Head, _: &Record) -> Result<Append, Error> {
                Err(Error::new(Code::OutcomeUnknown, "the line is dead"))
            }
            fn save_snapshot(&self, _: &Snapshot) -> Result<(), Error> {
                Ok(())
            }
            fn load_snapshot(&self, _: &str, _: u32) -> Result<Option<Snapshot>, Error> {
                Ok(None)
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
        let loom = loom(Dead(MemoryStore::without_clock()));
        let error = loom.execute(&ada(), create()).unwrap_err();
        assert_eq!(error.code(), Code::OutcomeUnknown);
    }

    #[test]
    fn a_store_that_calls_the_journal_it_serves_is_refused_and_does_not_wait_for_itself() {
        /// Asks its own journal for the head whenever it is asked.
        struct Curious {
            inner: MemoryStore,
            journal: std::sync::OnceLock<std::sync::Weak<Loom>>,
        }
        impl Store for Curious {
            fn head(&self) -> Result<Head, Error> {
                let journal = self.journal.get().and_then(std::sync::Weak::upgrade);
                journal.map_or(Ok(()), |it| it.query(&Query::Head {}).map(drop))?;
                self.inner.head()
            }
            fn read(&self, after: Ver, max_bytes: usize) -> Result<Vec<Record>, Error> {
                self.inner.read(after, max_bytes)
            }
            fn append(&self, expected: &Head, record: &Record) -> Result<Append, Error> {
                self.head()?;
                self.inner.append(expected, record)
            }
            fn save_snapshot(&self, snapshot: &Snapshot) -> Result<(), Error> {
                self.inner.save_snapshot(snapshot)
            }
            fn load_snapshot(&self, _: &str, _: u32) -> Result<Option<Snapshot>, Error> {
                Ok(None)
            }
            fn put_texts(&self, texts: &[StoredText]) -> Result<(), Error> {
                self.inner.put_texts(texts)
            }
            fn get_texts(&self, digests: &[Digest]) -> Result<Vec<Option<StoredText>>, Error> {
                self.inner.get_texts(digests)
            }
            fn erase_texts(&self, digests: &[Digest]) -> Result<(), Error> {
                self.inner.erase_texts(digests)
            }
        }
        let store = Arc::new(Curious {
            inner: MemoryStore::without_clock(),
            journal: std::sync::OnceLock::new(),
        });
        let clock = || Timestamp::from_ms(1_000_000).unwrap();
        let (kept, entropy) = (Arc::clone(&store), Arc::new(system_entropy));
        let loom = Arc::new(Loom::over(kept, Arc::new(clock), entropy));
        store.journal.set(Arc::downgrade(&loom)).unwrap();
        let error = loom.execute(&ada(), create()).unwrap_err();
        assert_eq!(error.code(), Code::NotPermitted);
        assert_eq!(loom.records(0).count(), 0);
        // The handle lives on for whoever asks from outside.
        assert!(loom.query(&Query::Head {}).is_ok());
    }

    #[test]
    fn threads_that_share_a_handle_lose_no_command() {
        let loom = loom(MemoryStore::without_clock());
        loom.execute(&ada(), create()).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let loom = &loom;
                scope.spawn(move || {
                    for nth in 0..10 {
                        let run = RunId::new(&format!("{thread}-{nth}")).unwrap();
                        let body = Body::StartRun {
                            run,
                            loop_id: None,
                            parent: None,
                            slot: None,
                            artifacts: Vec::new(),
                            ttl_ms: None,
                        };
                        loom.execute(&ada(), body).unwrap();
                    }
                });
            }
        });
        let runs = loom.look(|coordinator, _| Ok(coordinator.runs().len()));
        assert_eq!(runs.unwrap(), 40);
        assert_eq!(loom.verify(|_, _| ()).unwrap().ver, 41);
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn handles_on_one_file_see_each_other_and_lose_no_command() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        Loom::open(&path)
            .unwrap()
            .execute(&ada(), create())
            .unwrap();
        std::thread::scope(|scope| {
            for handle in 0..3 {
                let path = &path;
                scope.spawn(move || {
                    let loom = Loom::open(path).unwrap();
                    for nth in 0..5 {
                        let run = RunId::new(&format!("{handle}-{nth}")).unwrap();
                        let body = Body::StartRun {
                            run: run.clone(),
                            loop_id: None,
                            parent: None,
                            slot: None,
                            artifacts: Vec::new(),
                            ttl_ms: None,
                        };
                        loom.execute(&ada(), body).unwrap();
                        let known =
                            loom.look(|coordinator, _| Ok(coordinator.runs().get(&run).is_some()));
                        assert!(known.unwrap());
                    }
                });
            }
        });
        let loom = Loom::open(&path).unwrap();
        assert_eq!(loom.verify(|_, _| ()).unwrap().ver, 16);
    }
}
