//! Free text (intents, notes, evidence) as it stands in the journal: a length and a digest.
//!
//! The words themselves live in an erasable side table, so that a journal whose records can never
//! change can still forget what somebody wrote. The digest is salted with a nonce that is erased
//! with the text; without it nobody can test guesses against the journal. The core draws no
//! randomness: the caller gives one nonce a command.
//!
//! ```
//! use loom_core::model::{Nonce, StoredText};
//!
//! let stored = StoredText::new("migrate to v2", Nonce([7; 16]), 0).unwrap();
//! assert_eq!(stored.reference().len, 13);
//! assert!(stored.is_genuine());
//! ```

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Digest;
use crate::error::{Code, Error};

/// The longest free text, in bytes.
pub const TEXT_BYTES_MAX: usize = 4_096;

/// 16 bytes that nobody can guess, given by the caller; written as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Nonce(pub [u8; 16]);

/// What the journal holds of a text: its length in bytes and its salted digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TextRef {
    /// The length of the text in bytes.
    pub len: u32,
    /// SHA-256 of the nonce followed by the text; the key of the side table.
    pub digest: Digest,
}

/// A text of the journal: its reference, and its words where they are known and not erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// The length of the text in bytes.
    pub len: u32,
    /// The key of the text.
    pub digest: Digest,
    /// The words; records leave them out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl From<TextRef> for Words {
    fn from(reference: TextRef) -> Words {
        Words {
            len: reference.len,
            digest: reference.digest,
            text: None,
        }
    }
}

/// A text with its nonce: one row of the erasable side table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredText {
    /// The key.
    pub digest: Digest,
    /// The salt, erased with the text.
    pub nonce: Nonce,
    /// The words.
    pub text: String,
}

impl StoredText {
    /// The `index`-th text of a command whose nonce is `nonce`.
    ///
    /// # Errors
    /// `limit_exceeded` over [`TEXT_BYTES_MAX`].
    pub fn new(text: &str, nonce: Nonce, index: u32) -> Result<Self, Error> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(Error::limit(
                "text",
                "TEXT_BYTES_MAX",
                TEXT_BYTES_MAX as u64,
                text.len() as u64,
            ));
        }
        let own = Digest::of(&[b"loomstack.nonce.v1\n", &nonce.0, &index.to_be_bytes()]);
        let mut nonce = Nonce::default();
        nonce.0.copy_from_slice(&own.0[..16]);
        let digest = Digest::of(&[&nonce.0, text.as_bytes()]);
        Ok(StoredText {
            digest,
            nonce,
            text: text.to_owned(),
        })
    }

    /// What the journal holds of this text.
    pub fn reference(&self) -> TextRef {
        TextRef {
            len: u32::try_from(self.text.len()).unwrap_or(u32::MAX),
            digest: self.digest,
        }
    }

    /// Is this the text that its digest stands for? A store checks what it reads back.
    pub fn is_genuine(&self) -> bool {
        Digest::of(&[&self.nonce.0, self.text.as_bytes()]) == self.digest
    }

    /// The same question as an error.
    ///
    /// # Errors
    /// `corrupt` where the text is not genuine.
    pub fn check(&self) -> Result<(), Error> {
        if self.is_genuine() {
            return Ok(());
        }
        let field = format!("texts[{}]", self.digest);
        Err(Error::at(
            Code::Corrupt,
            field,
            "the text is not the one that its digest stands for",
        ))
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(…)")
    }
}

impl FromStr for Nonce {
    type Err = Error;

    fn from_str(text: &str) -> Result<Nonce, Error> {
        let wrong = || {
            Error::at(
                Code::InvalidField,
                "nonce",
                "a nonce is 32 hexadecimal digits",
            )
        };
        let bytes = text.as_bytes();
        if bytes.len() != 32 || !bytes.iter().all(u8::is_ascii_hexdigit) {
            return Err(wrong());
        }
        let mut nonce = Nonce::default();
        for (byte, at) in nonce.0.iter_mut().zip((0..32).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| wrong())?;
        }
        Ok(nonce)
    }
}

impl Serialize for Nonce {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Nonce {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_the_longest_length_is_taken_and_one_byte_more_names_the_limit() {
        assert!(StoredText::new(&"x".repeat(TEXT_BYTES_MAX), Nonce::default(), 0).is_ok());
        let error =
            StoredText::new(&"x".repeat(TEXT_BYTES_MAX + 1), Nonce::default(), 0).unwrap_err();
        assert_eq!(error.limit_name(), Some("TEXT_BYTES_MAX"));
        assert_eq!(error.field(), Some("text"));
    }

    #[test]
    fn the_same_words_twice_in_one_command_have_different_digests() {
        let nonce = Nonce([1; 16]);
        let first = StoredText::new("same", nonce, 0).unwrap();
        let second = StoredText::new("same", nonce, 1).unwrap();
        assert_ne!(first.digest, second.digest);
        assert!(first.is_genuine() && second.is_genuine());
        assert!(
            !StoredText {
                text: "other".into(),
                ..first
            }
            .is_genuine()
        );
    }
}
