//! Group commit: threads that append at the same time share one transaction, and one sync.
//!
//! Whoever comes first leads: takes the gate, then everything handed in by then, decides each
//! append in the order of versions against the head as it stands *within* the transaction, commits
//! once, and answers all. So an append that expects the record staged just before it succeeds.

use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};

use std::sync::atomic::Ordering;

use loom_core::error::{Code, Error};
use loom_core::model::{Head, Header, Record, StoredText};
use loom_core::store::{Append, check_clock, check_head};

use super::link::Link;
use super::{Inner, lock, texts};

/// The most records, and the most bytes of them, that one transaction takes.
const GROUP_RECORDS_MAX: usize = 256;
const GROUP_BYTES_MAX: usize = 4 * 1024 * 1024;

type Answer = Result<Append, Error>;

#[derive(Default)]
pub(super) struct Group {
    queue: Mutex<Queue>,
    turn: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Arc<Job>>,
    has_leader: bool,
}

/// One append that was handed in.
pub(super) struct Job {
    expected: Head,
    record: Record,
    header: Header,
    texts: Vec<StoredText>,
    answer: OnceLock<Answer>,
}

/// A record that was handed in and is not known to be on disk.
#[must_use = "the record is committed when somebody waits; dropped before, it may be withdrawn"]
pub struct Pending {
    store: Arc<Inner>,
    job: Arc<Job>,
}

impl Job {
    pub(super) fn new(
        expected: Head,
        record: Record,
        header: Header,
        texts: Vec<StoredText>,
    ) -> Job {
        let answer = OnceLock::new();
        Job {
            expected,
            record,
            header,
            texts,
            answer,
        }
    }
}

impl Pending {
    pub(super) fn new(store: Arc<Inner>, job: Job) -> Pending {
        let job = Arc::new(job);
        lock(&store.group.queue).waiting.push(Arc::clone(&job));
        Pending { store, job }
    }

    /// Waits until the record is committed or refused, and leads the group if nobody does.
    ///
    /// # Errors
    /// Those of [`loom_core::store::Store::append`].
    pub fn wait(self) -> Result<Append, Error> {
        let group = &self.store.group;
        let mut queue = lock(&group.queue);
        loop {
            if let Some(answer) = self.job.answer.get() {
                return answer.clone();
            }
            if queue.has_leader {
                queue = group
                    .turn
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            queue.has_leader = true;
            let queued = queue.waiting.len();
            drop(queue);
            let leading = Leading(group);
            self.store.lead(queued);
            drop(leading);
            queue = lock(&group.queue);
        }
    }
}

impl Drop for Pending {
    /// Withdraws the record if nobody has taken it into a transaction.
    fn drop(&mut self) {
        let mut queue = lock(&self.store.group.queue);
        queue.waiting.retain(|job| !Arc::ptr_eq(job, &self.job));
    }
}

/// Ends the leadership, even that of a thread that panics.
struct Leading<'a>(&'a Group);

impl Drop for Leading<'_> {
    fn drop(&mut self) {
        lock(&self.0.queue).has_leader = false;
        self.0.turn.notify_all();
    }
}

/// Jobs that a leader took. Whoever is left without an answer does not know what became of it.
struct Batch(Vec<Arc<Job>>);

impl Batch {
    fn answer(&self, answer: &Answer) {
        for job in &self.0 {
            let _ = job.answer.set(answer.clone());
        }
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        let message = "the thread that was committing the record stopped";
        self.answer(&Err(Error::new(Code::OutcomeUnknown, message)));
    }
}

impl Group {
    /// Takes the jobs that wait, at most `max` of them, in the order of their versions.
    fn take(&self, max: usize) -> Batch {
        let mut queue = lock(&self.queue);
        queue.waiting.sort_by_key(|job| job.record.ver);
        let mut bytes = 0;
        let fitting = queue.waiting.iter().take(max).take_while(|job| {
            let first = bytes == 0;
            bytes += job.record.body.len().max(1);
            first || bytes <= GROUP_BYTES_MAX
        });
        let count = fitting.count();
        Batch(queue.waiting.drain(..count).collect())
    }
}

impl Inner {
    /// Commits one group. `queued` jobs were waiting when the leader was found; where no
    /// transaction can be begun, they are the ones that have waited long enough.
    fn lead(&self, queued: usize) {
        let led = self.writing(|link| {
            let batch = self.group.take(GROUP_RECORDS_MAX);
            match self.commit(link, &batch) {
                Ok(answers) => {
                    for (job, answer) in batch.0.iter().zip(answers) {
                        let _ = job.answer.set(answer);
                    }
                }
                Err(error) => batch.answer(&Err(error)),
            }
            Ok(())
        });
        if let Err(error) = led {
            self.group.take(queued).answer(&Err(error));
        }
    }

    /// Decides and stages every job in one transaction; the answers count once it is committed.
    fn commit(&self, link: &Link, batch: &Batch) -> Result<Vec<Answer>, Error> {
        // Before the head, as in `head`.
        let remembered = self.seen.remembered();
        let (head, staged, answers) = link.transaction(|| {
            let head = link.head()?;
            let mut desk = Desk {
                link,
                store: self,
                head,
                staged: 0,
                refusal: None,
            };
            desk.look_back(remembered.as_ref())?;
            let jobs = batch.0.iter();
            let answers = jobs.map(|job| desk.decide(job, remembered.as_ref()));
            let answers = answers.collect::<Result<Vec<Answer>, Error>>()?;
            Ok((desk.head, desk.staged, answers))
        })?;
        if staged > 0 {
            self.seen.remember(&head);
            self.appended.fetch_add(staged, Ordering::Relaxed);
            self.transactions.fetch_add(1, Ordering::Relaxed);
        }
        Ok(answers)
    }
}

/// Where appends are decided within one transaction.
struct Desk<'a> {
    link: &'a Link,
    store: &'a Inner,
    head: Head,
    staged: u64,
    /// Why the journal takes nothing but a recovery, if it went back.
    refusal: Option<Error>,
}

impl Desk<'_> {
    fn look_back(&mut self, remembered: Option<&Head>) -> Result<(), Error> {
        let Some(remembered) = remembered else {
            return Ok(());
        };
        match check_head(remembered, &self.head, |ver| self.link.hash_at(ver)) {
            Err(error) if error.code() == Code::Regressed => {
                self.refusal = Some(error);
                Ok(())
            }
            other => other,
        }
    }

    fn decide(&mut self, job: &Job, remembered: Option<&Head>) -> Result<Answer, Error> {
        let Job {
            expected,
            record,
            header,
            ..
        } = job;
        let raises = remembered.is_none_or(|head| header.incarnation > head.incarnation);
        if let Some(refusal) = self.refusal.as_ref().filter(|_| !raises) {
            return Ok(Err(refusal.clone()));
        }
        if (expected.ver, expected.hash) != (self.head.ver, self.head.hash) {
            let again = self.link.hash_at(record.ver)? == Some(record.hash);
            return Ok(Ok(if again {
                Append::Committed
            } else {
                Append::Conflict
            }));
        }
        if let Err(ahead) = check_clock(header, (self.store.clock)()) {
            return Ok(Err(ahead));
        }
        self.link.insert(record, header.incarnation)?;
        texts::insert(self.link, &job.texts)?;
        self.head = record.head_after(header.incarnation);
        self.staged += 1;
        self.refusal = None;
        Ok(Ok(Append::Committed))
    }
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending")
            .field("ver", &self.job.record.ver)
            .finish_non_exhaustive()
    }
}
