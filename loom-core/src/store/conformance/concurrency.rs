//! The checks that need clients at work at the same time.

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use super::{Bench, Check, Draft, Objection, Proof, fails, same};
use crate::error::{Code, Error};
use crate::model::{Digest, Head, Record, Ver, verify_chain};
use crate::store::{Append, Store};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "a head includes what another client was acknowledged",
        prove: linearizable,
    },
    Check {
        name: "of appends at the same head exactly one wins",
        prove: one_winner,
    },
    Check {
        name: "nothing acknowledged to concurrent appenders is lost",
        prove: nothing_lost,
    },
];

const CLIENTS: u64 = 4;
const ROUNDS: u64 = 40;
const APPENDS_EACH: u64 = 20;
const ATTEMPTS_MAX: u32 = 1_000;

fn linearizable(bench: &Bench<'_>) -> Proof {
    let (writer, reader) = (bench.open()?, bench.open()?);
    // Before anything is written, so that a head which is remembered instead of read stays behind.
    same("the head of an empty journal", reader.head()?.ver, 0)?;
    let acknowledged = AtomicU64::new(0);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let watching = scope.spawn(|| -> Proof {
            loop {
                let last_look = done.load(Ordering::SeqCst);
                let known = acknowledged.load(Ordering::SeqCst);
                let seen = reader.head()?.ver;
                if seen < known {
                    return fails(format!(
                        "version {known} was acknowledged, the head is {seen}"
                    ));
                }
                if last_look {
                    return Ok(());
                }
            }
        });
        let mut head = Head::EMPTY;
        let written = (0..ROUNDS).try_for_each(|number| {
            head = commit(&*writer, &head, number)?;
            acknowledged.store(head.ver, Ordering::SeqCst);
            Ok(())
        });
        done.store(true, Ordering::SeqCst);
        let watched = join(watching);
        written.and(watched)
    })
}

fn one_winner(bench: &Bench<'_>) -> Proof {
    let clients = open_clients(bench)?;
    let start = Barrier::new(clients.len());
    let mut head = Head::EMPTY;
    for round in 0..ROUNDS {
        let answers: Vec<Result<(Record, Append), Objection>> = thread::scope(|scope| {
            let contenders: Vec<_> = (0..)
                .zip(&clients)
                .map(|(client, store)| {
                    let (start, head) = (&start, &head);
                    scope.spawn(move || {
                        let record = Draft::new(u128::from(round * CLIENTS + client)).after(head);
                        start.wait();
                        let record = record?;
                        let answer = settled(&**store, head, &record)?;
                        Ok((record, answer))
                    })
                })
                .collect();
            contenders.into_iter().map(join).collect()
        });
        let mut winners = Vec::new();
        for answer in answers {
            match answer? {
                (record, Append::Committed) => winners.push(record),
                (_, Append::Conflict) => {}
            }
        }
        same(
            &format!("the number of winners of round {round}"),
            winners.len(),
            1,
        )?;
        head = winners[0].head_after(0);
        same("the head", clients[0].head()?, head)?;
    }
    Ok(())
}

fn nothing_lost(bench: &Bench<'_>) -> Proof {
    let clients = open_clients(bench)?;
    let acknowledged: Vec<Result<Vec<(Ver, Digest)>, Objection>> = thread::scope(|scope| {
        let appenders: Vec<_> = (0..)
            .zip(&clients)
            .map(|(client, store)| scope.spawn(move || append_own(&**store, client)))
            .collect();
        appenders.into_iter().map(join).collect()
    });
    let records = clients[0].read(0, usize::MAX)?;
    verify_chain(Head::EMPTY, &records).map_err(Error::from)?;
    let kept: BTreeMap<Ver, Digest> = records
        .iter()
        .map(|record| (record.ver, record.hash))
        .collect();
    let mut count = 0;
    for own in acknowledged {
        for (ver, hash) in own? {
            same(
                &format!("the hash of record {ver}"),
                kept.get(&ver),
                Some(&hash),
            )?;
            count += 1;
        }
    }
    same("the number of records", kept.len(), count)
}

/// Appends until [`APPENDS_EACH`] records of this client were acknowledged.
fn append_own(store: &dyn Store, client: u64) -> Result<Vec<(Ver, Digest)>, Objection> {
    let mut own = Vec::new();
    for _ in 0..ATTEMPTS_MAX {
        if own.len() as u64 == APPENDS_EACH {
            return Ok(own);
        }
        let head = store.head()?;
        let number = (client << 32) | own.len() as u64;
        let record = Draft::new(u128::from(number)).after(&head)?;
        if settled(store, &head, &record)? == Append::Committed {
            own.push((record.ver, record.hash));
        }
    }
    fails(format!(
        "{} of {APPENDS_EACH} appends in {ATTEMPTS_MAX} attempts",
        own.len()
    ))
}

/// Appends and, as the contract wants it, sends the same record again while nobody knows.
fn settled(store: &dyn Store, head: &Head, record: &Record) -> Result<Append, Objection> {
    for _ in 0..ATTEMPTS_MAX {
        match store.append(head, record) {
            Err(error) if matches!(error.code(), Code::OutcomeUnknown | Code::Unavailable) => {}
            other => return Ok(other?),
        }
    }
    fails(format!(
        "the append was not settled in {ATTEMPTS_MAX} attempts"
    ))
}

fn commit(store: &dyn Store, head: &Head, number: u64) -> Result<Head, Objection> {
    let record = Draft::new(u128::from(number)).after(head)?;
    same(
        "the append",
        settled(store, head, &record)?,
        Append::Committed,
    )?;
    Ok(record.head_after(0))
}

fn open_clients(bench: &Bench<'_>) -> Result<Vec<Box<dyn Store>>, Error> {
    (0..CLIENTS).map(|_| bench.open()).collect()
}

fn join<T>(thread: thread::ScopedJoinHandle<'_, Result<T, Objection>>) -> Result<T, Objection> {
    thread.join().unwrap_or_else(|_| fails("a thread panicked"))
}
