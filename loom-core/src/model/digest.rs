//! SHA-256 digests, written as 64 lower-case hexadecimal characters.
//!
//! ```
//! use loom_core::model::Digest;
//!
//! let digest = Digest::of(&[b"a", b"bc"]);
//! assert_eq!(digest, Digest::of(&[b"abc"]));
//! assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
//! ```

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::error::{Code, Error};

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest before anything: all zeros. The first record of a journal has it as `prev`.
    pub const ZERO: Digest = Digest([0; 32]);

    /// The digest of the parts, one after the other without anything between.
    pub fn of(parts: &[&[u8]]) -> Digest {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Digest(hasher.finalize().into())
    }

    pub(crate) fn to_hex(self) -> [u8; 64] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut hex = [0; 64];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        hex
    }

    fn from_hex(text: &[u8]) -> Option<Digest> {
        if text.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        // Whether any digit was none is asked once, at the end.
        let mut digits = 0;
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            let (high, low) = (hex_digit(pair[0]), hex_digit(pair[1]));
            *byte = high << 4 | low & 15;
            digits |= high | low;
        }
        (digits < 16).then_some(Digest(bytes))
    }
}

/// The value of a lowercase hexadecimal digit; over 15 for what is none.
pub(crate) fn hex_digit(digit: u8) -> u8 {
    HEX[usize::from(digit)]
}

/// The value of each hexadecimal digit, by its character; [`NO_DIGIT`] for every other one.
const HEX: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value] as usize] = value as u8;
        value += 1;
    }
    values
};

const NO_DIGIT: u8 = 0x80;

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.to_hex()).unwrap_or(""))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Digest, Error> {
        Digest::from_hex(text.as_bytes()).ok_or_else(|| {
            Error::at(
                Code::InvalidField,
                "digest",
                "a digest is 64 lower-case hexadecimal digits",
            )
        })
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.to_hex()).unwrap_or(""))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Digest;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("64 lower-case hexadecimal digits")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Digest, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_abc_is_the_published_one() {
        // FIPS 180-2, appendix B.1
        assert_eq!(
            Digest::of(&[b"abc"]).to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn other_spellings_of_a_digest_are_refused() {
        for text in [
            "",
            "BA",
            &"g".repeat(64),
            &"A".repeat(64),
            &"0".repeat(63),
            &"0".repeat(65),
        ] {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
    }
}
