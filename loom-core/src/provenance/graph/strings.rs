//! Texts under numbers. What is written in lowercase hexadecimal, as most names of blobs and commits
//! are, takes half its length.

use foldhash::quality::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

use crate::error::{Code, Error};
use crate::model::hex_digit;

/// Bytes of one chunk of texts.
const CHUNK: usize = 1 << 16;
/// The longest text that is held, in bytes.
const TEXT_MAX: usize = 1 << 14;
/// The longest text that is packed, in bytes as it is held.
const PACKED_MAX: usize = 64;
/// The first byte of a text that is packed.
const PACKED: u8 = 1;
const PLAIN: u8 = 0;
/// Bytes before a text: two of length, and one that tells packed from plain.
const HEAD: usize = 3;

/// The number of a text.
pub(super) type Sym = u32;

/// A text as it is held.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Packed<'a> {
    kind: u8,
    bytes: &'a [u8],
}

/// Room to pack a text in.
pub(super) type Room = [u8; PACKED_MAX];
pub(super) const ROOM: Room = [0; PACKED_MAX];

impl<'a> Packed<'a> {
    pub(super) fn of(text: &'a str, room: &'a mut Room) -> Packed<'a> {
        let bytes = text.as_bytes();
        let plain = Packed { kind: PLAIN, bytes };
        let half = bytes.len() / 2;
        if bytes.len() % 2 == 1 || half < 4 || half > room.len() {
            return plain;
        }
        for (place, pair) in room.iter_mut().zip(bytes.chunks_exact(2)) {
            let (high, low) = (hex_digit(pair[0]), hex_digit(pair[1]));
            if (high | low) > 15 {
                return plain;
            }
            *place = high << 4 | low;
        }
        Packed {
            kind: PACKED,
            bytes: &room[..half],
        }
    }

    /// Its hash, beside whatever else tells two things of one text apart.
    pub(super) fn hash(self, beside: u8) -> u64 {
        FixedState::default().hash_one((beside, self.kind, self.bytes))
    }
}

/// Texts under numbers. Those that are entered stand once; those that are kept stand as often as they
/// are kept, for whoever has a table of their own.
#[derive(Debug, Clone, Default)]
pub(super) struct Strings {
    chunks: Vec<Vec<u8>>,
    /// Those that were entered.
    by_text: HashTable<Sym>,
}

impl Strings {
    /// The number of a text, which is held from now on.
    pub(super) fn enter(&mut self, text: &str) -> Result<Sym, Error> {
        let mut room = ROOM;
        let text = Packed::of(text, &mut room);
        let hash = text.hash(0);
        if let Some(sym) = self.by_text.find(hash, |sym| self.get(*sym) == text) {
            return Ok(*sym);
        }
        let sym = self.keep(text)?;
        let chunks = &self.chunks;
        self.by_text
            .insert_unique(hash, sym, |sym| read(chunks, *sym).hash(0));
        Ok(sym)
    }

    /// The number of a text that was entered.
    pub(super) fn find(&self, text: &str) -> Option<Sym> {
        let mut room = ROOM;
        let text = Packed::of(text, &mut room);
        let same = |sym: &Sym| self.get(*sym) == text;
        self.by_text.find(text.hash(0), same).copied()
    }

    /// Holds a text under a number of its own.
    pub(super) fn keep(&mut self, text: Packed<'_>) -> Result<Sym, Error> {
        let bytes = text.bytes;
        let len = match u16::try_from(bytes.len()) {
            Ok(len) if bytes.len() <= TEXT_MAX => len,
            _ => {
                let (max, got) = (TEXT_MAX as u64, bytes.len() as u64);
                return Err(Error::limit("text", "TEXT_MAX", max, got));
            }
        };
        let needs = bytes.len() + HEAD;
        let is_full = |last: &Vec<u8>| last.len() + needs > CHUNK;
        if self.chunks.last().is_none_or(is_full) {
            if self.chunks.len() > usize::from(u16::MAX) {
                return Err(Error::new(
                    Code::TooLarge,
                    "the texts of a graph are 4 GiB at most",
                ));
            }
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        let number = self.chunks.len() - 1;
        let chunk = &mut self.chunks[number];
        let sym = (number << 16) | chunk.len();
        chunk.extend(len.to_le_bytes());
        chunk.push(text.kind);
        chunk.extend(bytes);
        u32::try_from(sym).map_err(|_| Error::new(Code::TooLarge, "too many texts"))
    }

    /// The text of a number, as it is held.
    pub(super) fn get(&self, sym: Sym) -> Packed<'_> {
        read(&self.chunks, sym)
    }

    /// The text of a number.
    pub(super) fn text(&self, sym: Sym) -> String {
        self.with(sym, str::to_owned)
    }

    /// What somebody makes of the text of a number.
    pub(super) fn with<T>(&self, sym: Sym, make: impl FnOnce(&str) -> T) -> T {
        let Packed { kind, bytes } = self.get(sym);
        let mut digits = [0; 2 * PACKED_MAX];
        let bytes = match kind {
            PLAIN => bytes,
            _ => {
                let digit = |half: u8| b"0123456789abcdef"[usize::from(half)];
                for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
                    pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
                }
                &digits[..2 * bytes.len()]
            }
        };
        // Only texts went in.
        make(std::str::from_utf8(bytes).unwrap_or_default())
    }
}

fn read(chunks: &[Vec<u8>], sym: Sym) -> Packed<'_> {
    let chunk = &chunks[(sym >> 16) as usize];
    let at = (sym & 0xffff) as usize;
    let len = usize::from(u16::from_le_bytes([chunk[at], chunk[at + 1]]));
    Packed {
        kind: chunk[at + 2],
        bytes: &chunk[at + HEAD..at + HEAD + len],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_as_it_went_in_and_the_same_has_one_number() {
        let mut strings = Strings::default();
        let texts = [
            "",
            "a",
            "00ff00ff",
            "00FF00FF",
            "00ff00f",
            "src/pay.rs",
            "é",
            "deadbeef00",
            "\u{1}abc",
            "374adb8157abb470f74546e1fe5140f28a9ea66e",
        ];
        let syms: Vec<Sym> = texts
            .iter()
            .map(|text| strings.enter(text).unwrap())
            .collect();
        for (text, sym) in texts.iter().zip(&syms) {
            assert_eq!(strings.text(*sym), *text);
            assert_eq!(strings.enter(text).unwrap(), *sym);
            assert_eq!(strings.find(text), Some(*sym));
        }
        let mut distinct = syms.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), texts.len());
        assert_eq!(strings.find("nobody said this"), None);
    }

    #[test]
    fn a_text_that_is_too_long_is_refused_by_the_name_of_the_limit() {
        let error = Strings::default()
            .enter(&"x".repeat(TEXT_MAX + 1))
            .unwrap_err();
        assert_eq!(error.limit_name(), Some("TEXT_MAX"));
    }
}
