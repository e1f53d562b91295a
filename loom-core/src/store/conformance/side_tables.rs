//! The checks of what stands beside the journal: snapshots and texts.

use std::sync::Arc;

use super::{Bench, Check, Draft, Proof, fails, refused, same};
use crate::error::Code;
use crate::model::{Digest, Head, Nonce, StoredText};
use crate::store::{Append, Snapshot, Store};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "a snapshot is loaded as it was saved",
        prove: snapshot_round_trip,
    },
    Check {
        name: "a snapshot replaces the one of its projection and format",
        prove: snapshot_replaces,
    },
    Check {
        name: "a snapshot that was never saved is none",
        prove: snapshot_missing,
    },
    Check {
        name: "texts are answered in the order asked, and none for an unknown one",
        prove: texts_in_order,
    },
    Check {
        name: "a text put twice is kept once",
        prove: text_twice,
    },
    Check {
        name: "an erased text is none for every client and the others stay",
        prove: erased,
    },
    Check {
        name: "a text that was tampered with is corrupt",
        prove: tampered,
    },
    Check {
        name: "a text that is not genuine is not kept",
        prove: forged,
    },
    Check {
        name: "texts that come with a record are there with it",
        prove: with_record,
    },
];

const PAYLOAD_BYTES: usize = 200_000;

fn snapshot(projection: &str, format: u32, ver: u64, byte: u8) -> Snapshot {
    Snapshot {
        projection: projection.to_owned(),
        format,
        ver,
        bytes: Arc::from(vec![byte; PAYLOAD_BYTES]),
    }
}

/// Some stores drop snapshots, which are advisory; what they do answer has to be the right one, whole and
/// in pieces.
fn loaded(store: &dyn Store, wanted: &Snapshot) -> Proof {
    if let Some(open) = store.open_snapshot(&wanted.projection, wanted.format)? {
        let half = wanted.bytes.len() / 2;
        let same = open.ver == wanted.ver
            && open.bytes.len() == wanted.bytes.len() as u64
            && open.bytes.is_at(0, &wanted.bytes[..half])
            && open.bytes.is_at(half as u64, &wanted.bytes[half..]);
        if !same {
            return fails("what is opened is not what was saved last".to_owned());
        }
    }
    match store.load_snapshot(&wanted.projection, wanted.format)? {
        Some(got) if got != *wanted => fails(format!(
            "loaded {} format {} of version {} with {} bytes, not what was saved last",
            got.projection,
            got.format,
            got.ver,
            got.bytes.len()
        )),
        _ => Ok(()),
    }
}

fn snapshot_round_trip(bench: &Bench<'_>) -> Proof {
    let (store, second) = (bench.open()?, bench.open()?);
    for bytes in [0, 1, 65_535, 65_536, 65_537, PAYLOAD_BYTES] {
        let bytes: Vec<u8> = (0..bytes).map(|at| (at % 251) as u8).collect();
        let saved = Snapshot {
            bytes: bytes.into(),
            ..snapshot("hot", 1, 7, 0)
        };
        store.save_snapshot(&saved)?;
        loaded(&*second, &saved)?;
    }
    Ok(())
}

fn snapshot_replaces(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let history = snapshot("history", 1, 3, 1);
    let newer_format = snapshot("hot", 2, 4, 2);
    let shorter = Snapshot {
        bytes: Arc::from([9].as_slice()),
        ..snapshot("hot", 1, 6, 4)
    };
    store.save_snapshot(&history)?;
    store.save_snapshot(&newer_format)?;
    for hot in [snapshot("hot", 1, 5, 3), shorter] {
        store.save_snapshot(&hot)?;
        loaded(&*store, &hot)?;
    }
    loaded(&*store, &history)?;
    loaded(&*store, &newer_format)
}

fn snapshot_missing(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    same(
        "an empty store's snapshot",
        store.load_snapshot("hot", 1)?,
        None,
    )?;
    store.save_snapshot(&snapshot("hot", 1, 5, 1))?;
    same("another format", store.load_snapshot("hot", 2)?, None)?;
    same(
        "another projection",
        store.load_snapshot("history", 1)?,
        None,
    )
}

fn texts(words: &[&str]) -> Result<Vec<StoredText>, crate::error::Error> {
    let nonce = Nonce(*b"conformance test");
    let numbered = (0..).zip(words);
    numbered
        .map(|(index, text)| StoredText::new(text, nonce, index))
        .collect()
}

fn texts_in_order(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let kept = texts(&["one", "", "drei\0 \u{1F9F5}"])?;
    store.put_texts(&kept)?;
    let unknown = Digest::of(&[b"unknown"]);
    let asked = [
        kept[2].digest,
        unknown,
        kept[0].digest,
        kept[1].digest,
        kept[2].digest,
    ];
    let wanted = [
        Some(&kept[2]),
        None,
        Some(&kept[0]),
        Some(&kept[1]),
        Some(&kept[2]),
    ];
    let got = bench.open()?.get_texts(&asked)?;
    same(
        "the texts",
        got,
        wanted.map(Option::<&StoredText>::cloned).to_vec(),
    )?;
    same("no texts", store.get_texts(&[])?, Vec::new())
}

fn text_twice(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let kept = texts(&["again"])?;
    store.put_texts(&kept)?;
    store.put_texts(&kept)?;
    same(
        "the text",
        store.get_texts(&[kept[0].digest])?,
        vec![Some(kept[0].clone())],
    )
}

fn erased(bench: &Bench<'_>) -> Proof {
    let (store, second) = (bench.open()?, bench.open()?);
    let kept = texts(&["stays", "goes", "stays too"])?;
    store.put_texts(&kept)?;
    let digests: Vec<Digest> = kept.iter().map(|text| text.digest).collect();
    store.erase_texts(&[digests[1], Digest::of(&[b"never kept"])])?;
    store.erase_texts(&[digests[1]])?;
    let wanted = vec![Some(kept[0].clone()), None, Some(kept[2].clone())];
    same("the texts", store.get_texts(&digests)?, wanted.clone())?;
    same(
        "the texts for another client",
        second.get_texts(&digests)?,
        wanted,
    )
}

fn tampered(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let kept = texts(&["the words as they were"])?;
    store.put_texts(&kept)?;
    bench.tamper_text(&kept[0].digest)?;
    refused(
        "the text",
        store.get_texts(&[kept[0].digest]),
        Code::Corrupt,
    )
}

fn forged(bench: &Bench<'_>) -> Proof {
    let store = bench.open()?;
    let mut forged = texts(&["genuine", "forged"])?;
    forged[1].text.push('!');
    refused("the put", store.put_texts(&forged), Code::Corrupt)?;
    same(
        "the texts",
        store.get_texts(&[forged[0].digest, forged[1].digest])?,
        vec![None, None],
    )
}

fn with_record(bench: &Bench<'_>) -> Proof {
    let (store, second) = (bench.open()?, bench.open()?);
    let kept = texts(&["an intent"])?;
    let record = Draft::new(1).after(&Head::EMPTY)?;
    for _ in 0..2 {
        let answer = store.append_with_texts(&Head::EMPTY, &record, &kept)?;
        same("the append", answer, Append::Committed)?;
    }
    same("the head", second.head()?, record.head_after(0))?;
    same(
        "the text",
        second.get_texts(&[kept[0].digest])?,
        vec![Some(kept[0].clone())],
    )
}
