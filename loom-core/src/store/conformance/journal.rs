//! The checks of the journal itself: head, read, append.

use super::{Bench, Check, Draft, Objection, Proof, chain, fails, refused, same};
use crate::error::{Code, Error};
use crate::model::{Head, RECORD_BYTES_MAX, Record, Ver, verify_chain};
use crate::store::{Append, Store};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "a new journal has the empty head and no records",
        prove: new_journal,
    },
    Check {
        name: "what was appended is read back byte for byte",
        prove: round_trip,
    },
    Check {
        name: "the head is that of the last record appended",
        prove: head_follows,
    },
    Check {
        name: "pages follow each other without gap and keep to max_bytes",
        prove: pages,
    },
    Check {
        name: "a record larger than max_bytes is read alone",
        prove: large_record_alone,
    },
    Check {
        name: "an append with a stale head is a conflict",
        prove: stale_head,
    },
    Check {
        name: "an append with a head of another journal is a conflict",
        prove: foreign_head,
    },
    Check {
        name: "the same record again is committed and adds nothing",
        prove: same_again,
    },
    Check {
        name: "another record at the same version is a conflict",
        prove: other_record,
    },
    Check {
        name: "a record that does not follow the expected head is refused",
        prove: unchained,
    },
    Check {
        name: "a record whose hash is not that of its bytes is refused",
        prove: not_genuine,
    },
    Check {
        name: "a record of the largest size is taken",
        prove: largest,
    },
    Check {
        name: "a record one byte over the largest size is too large",
        prove: too_large,
    },
    Check {
        name: "the head's incarnation is the one in the last header",
        prove: incarnation,
    },
    Check {
        name: "a record with a lower incarnation is refused",
        prove: lower_incarnation,
    },
];

fn new_journal(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    same("the head", store.head()?, Head::EMPTY)?;
    same("the number of records", store.read(0, usize::MAX)?.len(), 0)
}

fn round_trip(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let records = append_chain(&*store, 5)?;
    same("the journal", store.read(0, usize::MAX)?, records.clone())?;
    same(
        "the tail",
        store.read(3, usize::MAX)?,
        records[3..].to_vec(),
    )
}

fn head_follows(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    for record in chain(&Head::EMPTY, 3)? {
        let head = store.head()?;
        same(
            "the append",
            store.append(&head, &record)?,
            Append::Committed,
        )?;
        same("the head", store.head()?, record.head_after(0))?;
    }
    Ok(())
}

fn pages(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let records = append_chain(&*store, 10)?;
    for max_bytes in [0, 1, 300, 301, 700, 3_000, usize::MAX] {
        let mut read: Vec<Record> = Vec::new();
        loop {
            let page = store.read(read.len() as Ver, max_bytes)?;
            let bytes: usize = page.iter().map(|record| record.body.len()).sum();
            if page.len() > 1 && bytes > max_bytes {
                return fails(format!(
                    "a page of {bytes} bytes for max_bytes = {max_bytes}"
                ));
            }
            if page.is_empty() {
                break;
            }
            read.extend(page);
        }
        same(
            &format!("the journal in pages of {max_bytes}"),
            &read,
            &records,
        )?;
        verify_chain(Head::EMPTY, &read).map_err(Error::from)?;
    }
    Ok(())
}

fn large_record_alone(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let mut head = Head::EMPTY;
    for (number, bytes) in [(1, 300), (2, 100_000), (3, 300)] {
        head = append_draft(&*store, &head, &Draft::new(number).bytes(bytes))?;
    }
    for after in 0..3 {
        let page: Vec<Ver> = store
            .read(after, 299)?
            .iter()
            .map(|record| record.ver)
            .collect();
        same(
            &format!("the page behind version {after}"),
            page,
            vec![after + 1],
        )?;
    }
    Ok(())
}

fn stale_head(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let records = append_chain(&*store, 3)?;
    let stale = records[0].head_after(0);
    let late = Draft::new(99).after(&stale)?;
    same("the append", store.append(&stale, &late)?, Append::Conflict)?;
    let first = Draft::new(99).after(&Head::EMPTY)?;
    same(
        "the append",
        store.append(&Head::EMPTY, &first)?,
        Append::Conflict,
    )?;
    same("the journal", store.read(0, usize::MAX)?, records)
}

fn foreign_head(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let records = append_chain(&*store, 2)?;
    let beside = Draft::new(98)
        .after(&records[0].head_after(0))?
        .head_after(0);
    let ahead = Head { ver: 9, ..beside };
    for foreign in [beside, ahead] {
        let record = Draft::new(99).after(&foreign)?;
        same(
            "the append",
            store.append(&foreign, &record)?,
            Append::Conflict,
        )?;
    }
    same("the journal", store.read(0, usize::MAX)?, records)
}

fn same_again(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let records = append_chain(&*store, 3)?;
    let second = bench.open()?;
    let mut expected = Head::EMPTY;
    for record in &records {
        for client in [&store, &second] {
            same(
                "the append",
                client.append(&expected, record)?,
                Append::Committed,
            )?;
        }
        expected = record.head_after(0);
    }
    same("the journal", store.read(0, usize::MAX)?, records)
}

fn other_record(bench: &Bench<'_>) -> Proof {
    let (store, second) = (bench.open()?, bench.open()?);
    let won = Draft::new(1).after(&Head::EMPTY)?;
    let lost = Draft::new(2).after(&Head::EMPTY)?;
    same(
        "the first append",
        store.append(&Head::EMPTY, &won)?,
        Append::Committed,
    )?;
    same(
        "the second append",
        second.append(&Head::EMPTY, &lost)?,
        Append::Conflict,
    )?;
    same("the journal", second.read(0, usize::MAX)?, vec![won])
}

fn unchained(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let head = append_draft(&*store, &Head::EMPTY, &Draft::new(1))?;
    let elsewhere = Draft::new(2).after(&Head::EMPTY)?;
    refused(
        "the append",
        store.append(&head, &elsewhere),
        Code::BrokenChain,
    )?;
    let skipped = Draft::new(3).after(&Head { ver: 5, ..head })?;
    refused(
        "the append",
        store.append(&head, &skipped),
        Code::BrokenChain,
    )?;
    same("the head", store.head()?, head)
}

fn not_genuine(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let mut forged = Draft::new(1).after(&Head::EMPTY)?;
    forged.body = Draft::new(2).after(&Head::EMPTY)?.body;
    refused(
        "the append",
        store.append(&Head::EMPTY, &forged),
        Code::BrokenChain,
    )?;
    same("the head", store.head()?, Head::EMPTY)
}

/// A store may take less than the largest record, if it says so.
fn largest(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let record = Draft::new(1).bytes(RECORD_BYTES_MAX).after(&Head::EMPTY)?;
    match store.append(&Head::EMPTY, &record) {
        Err(error) if error.code() == Code::TooLarge => {
            return Err(Objection::NoMeans("the store takes smaller records only"));
        }
        answer => same("the append", answer?, Append::Committed)?,
    }
    same("the journal", store.read(0, 1)? == [record], true)
}

fn too_large(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let record = Draft::new(1)
        .bytes(RECORD_BYTES_MAX + 1)
        .after(&Head::EMPTY)?;
    refused(
        "the append",
        store.append(&Head::EMPTY, &record),
        Code::TooLarge,
    )?;
    same("the head", store.head()?, Head::EMPTY)
}

fn incarnation(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let mut head = Head::EMPTY;
    for (number, incarnation) in [(1, 1), (2, 1), (3, 7)] {
        head = append_draft(&*store, &head, &Draft::new(number).incarnation(incarnation))?;
        same(
            "the incarnation",
            bench.open()?.head()?.incarnation,
            incarnation,
        )?;
    }
    Ok(())
}

fn lower_incarnation(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let head = append_draft(&*store, &Head::EMPTY, &Draft::new(1).incarnation(3))?;
    let lower = Draft::new(2).incarnation(2).after(&head)?;
    refused("the append", store.append(&head, &lower), Code::BrokenChain)?;
    same("the head", store.head()?, head)
}

/// Appends `count` records to an empty journal.
pub(super) fn append_chain(store: &dyn Store, count: u128) -> Result<Vec<Record>, Objection> {
    let records = chain(&Head::EMPTY, count)?;
    let mut head = Head::EMPTY;
    for record in &records {
        same(
            "the append",
            store.append(&head, record)?,
            Append::Committed,
        )?;
        head = record.head_after(0);
    }
    Ok(records)
}

/// Appends one record; answers the head that the journal should have then.
pub(super) fn append_draft(
    store: &dyn Store,
    head: &Head,
    draft: &Draft,
) -> Result<Head, Objection> {
    let record = draft.after(head)?;
    same(
        "the append",
        store.append(head, &record)?,
        Append::Committed,
    )?;
    Ok(record.head_after(record.header()?.incarnation))
}
