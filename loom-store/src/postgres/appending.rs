//! Adding a record: compare and append in one trip, turns, and what to say when the line goes dead.

use std::sync::Arc;

use loom_core::error::{Code, Error};
use loom_core::model::Timestamp;
use loom_core::model::{Digest, Head, Header, Record, StoredText};
use loom_core::store::{Append, CLOCK_AHEAD_MS_MAX, check_clock, check_head};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::fault::{commit_fault, corrupt, fault, unknown};
use super::link::{Link, Value};
use super::schema::LOCKS;
use super::side_tables::columns;
use super::{Inner, digest, incarnation, signed, unsigned};
use crate::lock::lock;

/// The class of the locks that are turns to write.
const TURNS: i32 = LOCKS + 1;

/// What an append needs, for the thread that talks to the server.
struct Job {
    expected: Head,
    record: Record,
    header: Header,
    texts: Vec<StoredText>,
    own_clock_ms: Option<i64>,
    remembered: Option<Head>,
}

/// What the database made of it.
struct Said {
    outcome: String,
    head: Head,
    at_remembered: Option<Digest>,
    clock: Timestamp,
}

impl Inner {
    pub(super) fn append(
        &self,
        expected: &Head,
        record: &Record,
        header: &Header,
        texts: &[StoredText],
    ) -> Result<Append, Error> {
        // Before the head, as in `head`.
        let remembered = self.seen.remembered();
        let job = Arc::new(Job {
            expected: *expected,
            record: record.clone(),
            header: header.clone(),
            texts: texts.to_vec(),
            own_clock_ms: self.clock.as_ref().map(|clock| clock().as_ms()),
            remembered,
        });
        let said = match self.send(&job) {
            Err(why) if why.code() == Code::OutcomeUnknown => match self.landed(&job) {
                Some(true) => return Ok(Append::Committed),
                Some(false) => return Ok(Append::Conflict),
                None => return Err(why),
            },
            said => said?,
        };
        match said.outcome.as_str() {
            "committed" => {
                self.seen.remember(&said.head);
                Ok(Append::Committed)
            }
            "conflict" => Ok(Append::Conflict),
            "clock_ahead" => check_clock(header, said.clock).map(|()| Append::Conflict),
            "regressed" => {
                let remembered = remembered.as_ref().unwrap_or(expected);
                check_head(remembered, &said.head, |_| Ok(said.at_remembered))?;
                Ok(Append::Conflict)
            }
            other => Err(corrupt("loomstack.append", format!("it answers {other}"))),
        }
    }

    /// Threads of one process share a connection for appending, one after the other.
    fn send(&self, job: &Arc<Job>) -> Result<Said, Error> {
        let mut writer = lock(&self.writer);
        let kept = writer.take().or_else(|| lock(&self.idle).pop());
        let link = match kept.filter(|link| link.is_open()) {
            Some(link) => link,
            None => self.connect()?,
        };
        let said = {
            let (link, job) = (Arc::clone(&link), Arc::clone(job));
            self.worker
                .run(self.wait, async move { link.append(&job).await })
        };
        let said = said.unwrap_or_else(|| {
            link.give_up();
            Err(unknown(&format!(
                "the server did not answer within {} ms",
                self.wait.as_millis()
            )))
        });
        if link.is_open() {
            *writer = Some(link);
        }
        said
    }

    /// Did the record land, as far as a new connection can tell? While it is not there, it may still come.
    fn landed(&self, job: &Arc<Job>) -> Option<bool> {
        let (ver, hash) = (job.record.ver, job.record.hash);
        let found = self.repeatable(move |link| async move { link.head(ver).await });
        let (_, found) = found.ok()?;
        found.map(|found| found == hash)
    }

    /// The turn to write. Whoever waits for a lock of the database gets it in the order in which they came.
    pub(super) fn turn(&self) -> Result<TurnOf<'_>, Error> {
        let take = |link: Arc<Link>| async move {
            let sql = format!("SELECT pg_advisory_lock({TURNS}, {})", link.journal);
            let taken = link.run(&sql).await;
            taken.map_err(|why| fault("waiting for a turn to write", why))?;
            Ok(link)
        };
        self.owner.check()?;
        let kept = lock(&self.idle).pop().filter(|link| link.is_open());
        let link = kept.map_or_else(|| self.connect(), Ok)?;
        let link = self.work(&link, take)?;
        Ok(TurnOf { inner: self, link })
    }
}

/// A turn; dropping it lets the next one in.
pub(super) struct TurnOf<'a> {
    inner: &'a Inner,
    link: Arc<Link>,
}

impl Drop for TurnOf<'_> {
    fn drop(&mut self) {
        let give_back = |link: Arc<Link>| async move {
            let sql = format!("SELECT pg_advisory_unlock({TURNS}, {})", link.journal);
            let given = link.run(&sql).await;
            given.map_err(|why| fault("giving a turn back", why))
        };
        match self.inner.work(&self.link, give_back) {
            Ok(()) => self.inner.keep(Arc::clone(&self.link)),
            // The lock goes with the connection.
            Err(_) => self.link.give_up(),
        }
    }
}

impl Link {
    async fn append(&self, job: &Job) -> Result<Said, Error> {
        const APPEND: &str = "SELECT outcome, head_ver, head_hash, head_incarnation, hash_at_seen, clock_ms
            FROM loomstack.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
        let Job {
            expected,
            record,
            header,
            texts,
            own_clock_ms,
            remembered,
        } = job;
        let ahead_ms = signed(CLOCK_AHEAD_MS_MAX);
        let seen = remembered.as_ref();
        let [digests, nonces, words] = columns(texts);
        let values: [Value<'_>; 17] = [
            (&self.journal, Type::INT4),
            (&signed(expected.ver), Type::INT8),
            (&expected.hash.0.as_slice(), Type::BYTEA),
            (&signed(record.ver), Type::INT8),
            (&record.hash.0.as_slice(), Type::BYTEA),
            (&record.prev.0.as_slice(), Type::BYTEA),
            (&i64::from(header.incarnation), Type::INT8),
            (&&record.body[..], Type::BYTEA),
            (&header.at.as_ms(), Type::INT8),
            (&ahead_ms, Type::INT8),
            (own_clock_ms, Type::INT8),
            (&seen.map(|seen| signed(seen.ver)), Type::INT8),
            (&seen.map(|seen| seen.hash.0.as_slice()), Type::BYTEA),
            (&seen.map(|seen| i64::from(seen.incarnation)), Type::INT8),
            (&digests, Type::BYTEA_ARRAY),
            (&nonces, Type::BYTEA_ARRAY),
            (&words, Type::BYTEA_ARRAY),
        ];
        let rows = self.rows(APPEND, &values).await;
        let rows = rows.map_err(|why| commit_fault("appending a record", why))?;
        let row = rows
            .first()
            .ok_or_else(|| corrupt("loomstack.append", "it answers nothing"))?;
        said(row)
    }
}

fn said(row: &Row) -> Result<Said, Error> {
    let reading = |why| fault("reading what became of a record", why);
    let at_remembered: Option<&[u8]> = row.try_get(4).map_err(reading)?;
    Ok(Said {
        outcome: row.try_get(0).map_err(reading)?,
        head: Head {
            ver: unsigned(row, 1)?,
            hash: digest(row, 2)?,
            incarnation: incarnation(row, 3)?,
        },
        at_remembered: at_remembered.map(|_| digest(row, 4)).transpose()?,
        clock: Timestamp::from_ms(row.try_get(5).map_err(reading)?)?,
    })
}
