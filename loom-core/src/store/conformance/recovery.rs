//! The checks of what a journal remembers: after reopening, after a backup came back, and against
//! a clock that runs ahead.

use super::journal::{append_chain, append_draft};
use super::{Bench, Check, Draft, Proof, chain, refused, same};
use crate::error::{Code, Error};
use crate::model::{Head, Nonce, Record, StoredText, Timestamp};
use crate::store::{Append, CLOCK_AHEAD_MS_MAX};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "what was acknowledged is there after reopening",
        prove: reopened,
    },
    Check {
        name: "a record 5,000 ms ahead of the store's clock is taken",
        prove: clock_within,
    },
    Check {
        name: "a record 5,001 ms ahead of the store's clock is clock_ahead",
        prove: clock_ahead,
    },
    Check {
        name: "a head behind the one seen is regressed",
        prove: behind,
    },
    Check {
        name: "a head beside the one seen is regressed",
        prove: beside,
    },
    Check {
        name: "a longer journal that forked before the head seen is regressed",
        prove: forked,
    },
    Check {
        name: "a client opened anew remembers the head it saw",
        prove: remembers,
    },
    Check {
        name: "a journal that went back takes no ordinary record",
        prove: takes_nothing,
    },
    Check {
        name: "a journal that went back can be read and recovered",
        prove: recovered,
    },
    Check {
        name: "reading behind a recovered journal's end is a gap",
        prove: reload,
    },
];

fn reopened(bench: &Bench<'_>) -> Proof {
    bench.outlives_its_clients()?;
    let text = StoredText::new("kept", Nonce([3; 16]), 0)?;
    let store = bench.open()?;
    let records = append_chain(&*store, 5)?;
    store.put_texts(std::slice::from_ref(&text))?;
    let head = store.head()?;
    drop(store);

    let store = bench.open()?;
    same("the head", store.head()?, head)?;
    same("the journal", store.read(0, usize::MAX)?, records)?;
    same(
        "the text",
        store.get_texts(&[text.digest])?,
        vec![Some(text)],
    )?;
    append_draft(&*store, &head, &Draft::new(6)).map(drop)
}

const NOON_MS: i64 = 1_800_000_000_000;

fn clock_within(bench: &Bench<'_>) -> Proof {
    let noon = Timestamp::from_ms(NOON_MS)?;
    let store = bench.open()?;
    bench.set_clock(noon)?;
    let limit = noon.plus_ms(CLOCK_AHEAD_MS_MAX);
    let head = append_draft(&*store, &Head::EMPTY, &Draft::new(1).at(limit))?;
    same("the head", store.head()?, head)
}

fn clock_ahead(bench: &Bench<'_>) -> Proof {
    let noon = Timestamp::from_ms(NOON_MS)?;
    let store = bench.open()?;
    bench.set_clock(noon)?;
    let late = noon.plus_ms(CLOCK_AHEAD_MS_MAX + 1);
    let record = Draft::new(1).at(late).after(&Head::EMPTY)?;
    refused(
        "the append",
        store.append(&Head::EMPTY, &record),
        Code::ClockAhead,
    )?;
    same("the head", store.head()?, Head::EMPTY)?;
    bench.set_clock(noon.plus_ms(1))?;
    same(
        "the append",
        store.append(&Head::EMPTY, &record)?,
        Append::Committed,
    )?;
    bench.set_clock(Timestamp::MAX)
}

fn behind(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let records = append_chain(&*store, 4)?;
    same("the head", store.head()?, records[3].head_after(0))?;
    bench.restore(&records[..2])?;
    refused("the head", store.head(), Code::Regressed)?;
    refused("reading behind the end", store.read(4, 1), Code::Regressed)?;
    bench.restore(&[])?;
    refused(
        "the head of the emptied journal",
        store.head(),
        Code::Regressed,
    )?;
    bench.restore(&records)?;
    same(
        "the head of the newest copy",
        store.head()?,
        records[3].head_after(0),
    )
}

/// A journal of `len` records that shares the first `shared` with `records`.
fn fork(records: &[Record], shared: usize, len: usize) -> Result<Vec<Record>, Error> {
    let mut forked = records[..shared].to_vec();
    let mut head = forked.last().map_or(Head::EMPTY, |last| last.head_after(0));
    for number in shared..len {
        let record = Draft::new(1_000 + number as u128).after(&head)?;
        head = record.head_after(0);
        forked.push(record);
    }
    Ok(forked)
}

fn beside(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let records = append_chain(&*store, 4)?;
    bench.restore(&fork(&records, 3, 4)?)?;
    refused("the head", store.head(), Code::Regressed)
}

fn forked(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let records = append_chain(&*store, 4)?;
    bench.restore(&fork(&records, 2, 9)?)?;
    refused("the head", store.head(), Code::Regressed)?;
    let longer = [records.clone(), chain(&records[3].head_after(0), 3)?].concat();
    bench.restore(&longer)?;
    same(
        "the head of the same journal, longer",
        store.head()?,
        longer[6].head_after(0),
    )
}

fn remembers(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let records = append_chain(&*store, 4)?;
    drop(store);
    bench.restore(&records[..2])?;
    refused("the head", bench.open()?.head(), Code::Regressed)
}

fn takes_nothing(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let records = append_chain(&*store, 4)?;
    bench.restore(&records[..2])?;
    let end = records[1].head_after(0);
    let ordinary = Draft::new(99).after(&end)?;
    refused("the append", store.append(&end, &ordinary), Code::Regressed)?;
    same(
        "the journal",
        store.read(0, usize::MAX)?,
        records[..2].to_vec(),
    )
}

fn recovered(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let records = append_chain(&*store, 4)?;
    bench.restore(&records[..2])?;
    same(
        "what is left",
        store.read(0, usize::MAX)?,
        records[..2].to_vec(),
    )?;
    let end = records[1].head_after(0);
    let head = append_draft(&*store, &end, &Draft::new(50).incarnation(1))?;
    same("the head", store.head()?, head)?;
    same("the head of a new client", bench.open()?.head()?, head)?;
    let head = append_draft(&*store, &head, &Draft::new(51))?;
    bench.restore(&records)?;
    refused(
        "the head of the incarnation before",
        store.head(),
        Code::Regressed,
    )?;
    same("the incarnation", head.incarnation, 1)
}

fn reload(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let records = append_chain(&*store, 4)?;
    bench.restore(&records[..1])?;
    let recovery = Draft::new(50).incarnation(1);
    append_draft(&*store, &records[0].head_after(0), &recovery)?;
    refused("reading behind the end", store.read(4, 1), Code::Gap)
}
