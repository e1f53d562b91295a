//! Keys whose bytes sort as they do, so that a frozen page is searched without reading its rows.

use crate::model::{ChangeId, FindingKey, RunId, Timestamp, Token};

/// A key of a [`super::Table`].
pub trait Key: Ord + Clone {
    /// Appends bytes that compare as the keys do.
    fn encode(&self, bytes: &mut Vec<u8>);

    /// The key of these bytes; `None` where no key has them.
    fn decode(bytes: &[u8]) -> Option<Self>;
}

impl Key for u32 {
    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_be_bytes());
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    }
}

impl Key for u64 {
    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_be_bytes());
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(u64::from_be_bytes(bytes.try_into().ok()?))
    }
}

impl Key for u128 {
    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_be_bytes());
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(u128::from_be_bytes(bytes.try_into().ok()?))
    }
}

impl Key for Timestamp {
    /// A time is never negative, so its big-endian bytes sort as it does.
    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.as_ms().to_be_bytes());
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Timestamp::from_ms(i64::from_be_bytes(bytes.try_into().ok()?)).ok()
    }
}

impl Key for Token {
    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.incarnation.to_be_bytes());
        bytes.extend(self.ver.to_be_bytes());
        bytes.extend(self.index.to_be_bytes());
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (incarnation, rest) = bytes.split_first_chunk()?;
        let (ver, index) = rest.split_first_chunk()?;
        Some(Token {
            incarnation: u32::from_be_bytes(*incarnation),
            ver: u64::from_be_bytes(*ver),
            index: u16::from_be_bytes(index.try_into().ok()?),
        })
    }
}

/// Makes ids into keys: their own bytes.
macro_rules! id_keys {
    ($($id:ty),*) => {$(
        impl Key for $id {
            fn encode(&self, bytes: &mut Vec<u8>) {
                bytes.extend(self.as_str().as_bytes());
            }

            fn decode(bytes: &[u8]) -> Option<Self> {
                Self::new(std::str::from_utf8(bytes).ok()?).ok()
            }
        }
    )*};
}

id_keys!(RunId, FindingKey, ChangeId);

impl Key for (Timestamp, Token) {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.0.encode(bytes);
        self.1.encode(bytes);
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (at, token) = bytes.split_at_checked(8)?;
        Some((Timestamp::decode(at)?, Token::decode(token)?))
    }
}

impl Key for (RunId, Token) {
    /// An id holds no control character, so a NUL behind it keeps shorter ids in front. The lowest
    /// bound is the empty id, which decodes to nothing and is never stored.
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.0.encode(bytes);
        bytes.push(0);
        self.1.encode(bytes);
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == 0)?;
        Some((
            RunId::decode(&bytes[..end])?,
            Token::decode(&bytes[end + 1..])?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorts_as_it_encodes<K: Key + std::fmt::Debug>(keys: Vec<K>) {
        let encoded = |key: &K| {
            let mut bytes = Vec::new();
            key.encode(&mut bytes);
            bytes
        };
        for a in &keys {
            assert_eq!(K::decode(&encoded(a)).as_ref(), Some(a));
            for b in &keys {
                assert_eq!(a.cmp(b), encoded(a).cmp(&encoded(b)), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn every_key_sorts_as_its_bytes_do() {
        let ids = ["a", "a!", "ab", "b", "é"].map(|id| RunId::new(id).unwrap());
        let tokens = [
            Token::new(0, 1, 9),
            Token::new(0, 256, 0),
            Token::new(2, 0, 1),
        ];
        let times = [0, 1, 255, 256, 1 << 40].map(|ms| Timestamp::from_ms(ms).unwrap());
        sorts_as_it_encodes(ids.to_vec());
        sorts_as_it_encodes(tokens.to_vec());
        sorts_as_it_encodes(times.to_vec());
        let pairs = |ids: &[RunId]| {
            ids.iter()
                .flat_map(|id| tokens.map(|token| (id.clone(), token)))
                .collect::<Vec<_>>()
        };
        sorts_as_it_encodes(pairs(&ids));
        sorts_as_it_encodes(
            times
                .iter()
                .flat_map(|at| tokens.map(|t| (*at, t)))
                .collect(),
        );
        sorts_as_it_encodes(vec![0u64, 1, 256, u64::MAX]);
    }
}
