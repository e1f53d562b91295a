//! Small numbers that stand for tokens, since a path index takes small numbers as keys.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::error::{Code, Error};
use crate::model::Token;
use crate::table::{Key, PagedBytes, SnapshotReader, SnapshotWriter};

/// The bytes of a slot in a snapshot: a token and two zeros, so that none lies on two pages. A free one is
/// all zeros, which no token is.
const SLOT_BYTES: usize = 16;
/// The bytes of a token as the key of a table.
pub(super) const TOKEN_BYTES: usize = 14;
const PAGES: &str = "claims.slot_tokens";

/// Which token has which slot. Slots are given again.
#[derive(Clone, Default)]
pub(super) struct Slots {
    base: Option<Arc<Base>>,
    /// Slots of the base that were given or freed since.
    changed: BTreeMap<u32, Option<Token>>,
    /// Slots behind those of the base.
    own: Vec<Option<Token>>,
    free: Vec<u32>,
}

/// The slots of a snapshot, unread.
struct Base {
    bytes: PagedBytes,
    fault: OnceLock<Error>,
}

impl Slots {
    pub(super) fn len(&self) -> usize {
        self.base_len() + self.own.len()
    }

    pub(super) fn get(&self, slot: u32) -> Option<Token> {
        match (slot as usize).checked_sub(self.base_len()) {
            Some(own) => *self.own.get(own)?,
            None => match self.changed.get(&slot) {
                Some(token) => *token,
                None => self.base.as_ref()?.get(slot as usize),
            },
        }
    }

    pub(super) fn take(&mut self, token: Token) -> u32 {
        match self.free.pop() {
            Some(slot) => {
                self.set(slot, Some(token));
                slot
            }
            None => {
                self.own.push(Some(token));
                u32::try_from(self.len() - 1).unwrap_or(u32::MAX)
            }
        }
    }

    pub(super) fn free(&mut self, slot: u32) {
        if (slot as usize) < self.len() {
            self.set(slot, None);
            self.free.push(slot);
        }
    }

    /// Adds the tokens to a snapshot, and answers the slots that are free.
    pub(super) fn freeze(&self, writer: &mut SnapshotWriter) -> Result<Vec<u32>, Error> {
        let mut bytes = Vec::with_capacity(self.len() * SLOT_BYTES);
        for slot in (0u32..).take(self.len()) {
            self.get(slot).unwrap_or(Token::LOWEST).encode(&mut bytes);
            bytes.extend([0; SLOT_BYTES - TOKEN_BYTES]);
        }
        writer.paged(PAGES, &bytes);
        self.fault().map_or(Ok(self.free.clone()), Err)
    }

    pub(super) fn thaw(free: Vec<u32>, reader: &SnapshotReader) -> Result<Slots, Error> {
        let bytes = reader.paged(PAGES)?;
        let len = bytes.len() / SLOT_BYTES;
        let is_whole = bytes.len().is_multiple_of(SLOT_BYTES);
        if !is_whole || free.iter().any(|slot| *slot as usize >= len) {
            return Err(corrupt());
        }
        let fault = OnceLock::new();
        Ok(Slots {
            base: Some(Arc::new(Base { bytes, fault })),
            free,
            ..Slots::default()
        })
    }

    /// A bad page that a look-up met, if one did.
    pub(super) fn fault(&self) -> Option<Error> {
        self.base.as_ref()?.fault.get().cloned()
    }

    fn base_len(&self) -> usize {
        let base = self.base.as_ref();
        base.map_or(0, |base| base.bytes.len() / SLOT_BYTES)
    }

    fn set(&mut self, slot: u32, token: Option<Token>) {
        match (slot as usize).checked_sub(self.base_len()) {
            Some(own) => {
                if let Some(place) = self.own.get_mut(own) {
                    *place = token;
                }
            }
            None => drop(self.changed.insert(slot, token)),
        }
    }
}

impl Base {
    fn get(&self, slot: usize) -> Option<Token> {
        let begin = slot * SLOT_BYTES;
        let bytes = self.bytes.get(begin..begin + TOKEN_BYTES);
        let token = bytes.and_then(<Token as Key>::decode);
        if token.is_none() {
            self.fault.get_or_init(corrupt);
        }
        token.filter(|token| *token != Token::LOWEST)
    }
}

fn corrupt() -> Error {
    let field = format!("snapshot.{PAGES}");
    Error::at(Code::Corrupt, field, "it does not hold together")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(ver: u64) -> Token {
        Token::new(0, ver, 0)
    }

    #[test]
    fn slots_that_were_thawed_answer_and_are_given_as_those_that_were_frozen() {
        let mut slots = Slots::default();
        for ver in 1..=5_000 {
            assert_eq!(u64::from(slots.take(token(ver))), ver - 1);
        }
        slots.free(7);
        slots.free(4_999);
        let mut writer = SnapshotWriter::default();
        let free = slots.freeze(&mut writer).unwrap();
        let reader = SnapshotReader::open(writer.finish().unwrap().into()).unwrap();
        let mut thawed = Slots::thaw(free, &reader).unwrap();
        for _ in 0..4 {
            for slot in 0..5_010 {
                assert_eq!(thawed.get(slot), slots.get(slot), "{slot}");
            }
            assert_eq!(thawed.take(token(9_000)), slots.take(token(9_000)));
            thawed.free(3);
            slots.free(3);
        }
        assert_eq!(thawed.fault(), None);
        assert!(
            Slots::thaw(vec![5_000], &reader).is_err(),
            "a free slot that there is not"
        );
    }
}
