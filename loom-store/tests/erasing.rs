//! Erased texts are gone from the disk, not only from the answers.

#![allow(clippy::unwrap_used)]
#![cfg(unix)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use loom_core::model::{Digest, Nonce, StoredText};
use loom_core::store::Store;
use loom_store::SqliteStore;
use support::{append, bytes_on_disk, contains};

/// The length of `<secret 0000>`.
const WORDS_BYTES: usize = 13;

/// Words that stand nowhere else, of many sizes, so that they share, fill and overflow pages.
fn texts(count: u32) -> Vec<StoredText> {
    let text = |index: u32| {
        let words = format!("<secret {index:04}>").repeat(1 + (index as usize * 37) % 250);
        StoredText::new(&words, Nonce([5; 16]), index).unwrap()
    };
    (0..count).map(text).collect()
}

#[test]
fn nothing_of_an_erased_text_is_in_the_file_or_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let store = SqliteStore::open(&path).unwrap();
    let other_client = SqliteStore::open(&path).unwrap();
    let texts = texts(400);
    for some in texts.chunks(7) {
        store.put_texts(some).unwrap();
        append(&other_client, 1);
    }
    let before = bytes_on_disk(&path);
    assert!(
        contains(&before, "<secret 0399>"),
        "the test looks at the right bytes"
    );

    // In an order that leaves pages half full, so that SQLite moves what is left about.
    let mut gone = vec![false; texts.len()];
    for start in 0..10 {
        let some: Vec<usize> = (0..texts.len())
            .filter(|at| (at * 7) % 10 == start)
            .collect();
        let digests: Vec<Digest> = some.iter().map(|at| texts[*at].digest).collect();
        store.erase_texts(&digests).unwrap();
        some.iter().for_each(|at| gone[*at] = true);
        let found = found_in(&bytes_on_disk(&path), &texts);
        for (at, gone) in gone.iter().enumerate() {
            assert_eq!(found.contains(&at), !gone, "text {at} after step {start}");
        }
    }
    assert_eq!(append(&store, 1).ver, 59);
}

/// The texts of which the words or the nonce stand in `bytes`.
fn found_in(bytes: &[u8], texts: &[StoredText]) -> BTreeSet<usize> {
    let numbered = || texts.iter().enumerate();
    let nonces: BTreeMap<[u8; 16], usize> =
        numbered().map(|(at, text)| (text.nonce.0, at)).collect();
    let words: BTreeMap<&[u8], usize> = numbered()
        .map(|(at, text)| (&text.text.as_bytes()[..WORDS_BYTES], at))
        .collect();
    let nonce_found = |at: usize| nonces.get(bytes.get(at..at + 16)?).copied();
    let words_found = |at: usize| words.get(bytes.get(at..at + WORDS_BYTES)?).copied();
    (0..bytes.len())
        .flat_map(|at| [nonce_found(at), words_found(at)])
        .flatten()
        .collect()
}
