//! Fencing tokens: they name a claim, and say which of two grants came later.
//!
//! A token is (incarnation, version, index): the journal's incarnation, the record that granted
//! it, and its place among the grants of that record. It rises strictly over the life of a
//! journal, also over a recovery, and its text sorts as it does. The idea is from Gray and
//! Cheriton's leases and Burrows's Chubby sequencers.
//!
//! ```
//! use loom_core::model::Token;
//!
//! let token = Token::new(0, 42, 0);
//! assert_eq!(token.to_string(), "00000000-000000000000002a-0000");
//! assert!(Token::new(0, 43, 0).to_string() > token.to_string());
//! assert!(Token::new(1, 1, 0) > token);
//! ```

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Ver;
use crate::error::{Code, Error};

/// A fencing token. It is the name of a claim, and of a pending wait.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token {
    /// The journal's incarnation when the record landed.
    pub incarnation: u32,
    /// The version of the record.
    pub ver: Ver,
    /// The place within the record.
    pub index: u16,
}

impl Token {
    /// A bound that sorts before every token. It is none itself.
    pub(crate) const LOWEST: Token = Token::new(0, 0, 0);

    /// The token of the `index`-th grant of record `ver`.
    pub const fn new(incarnation: u32, ver: Ver, index: u16) -> Token {
        Token {
            incarnation,
            ver,
            index,
        }
    }

    fn to_text(self) -> [u8; 30] {
        let mut text = [b'-'; 30];
        put_hex(&mut text[..8], u64::from(self.incarnation));
        put_hex(&mut text[9..25], self.ver);
        put_hex(&mut text[26..], u64::from(self.index));
        text
    }

    fn from_text(text: &[u8]) -> Option<Token> {
        if text.len() != 30 || text[8] != b'-' || text[25] != b'-' {
            return None;
        }
        Some(Token {
            incarnation: u32::try_from(read_hex(&text[..8])?).ok()?,
            ver: read_hex(&text[9..25])?,
            index: u16::try_from(read_hex(&text[26..])?).ok()?,
        })
    }
}

fn put_hex(place: &mut [u8], number: u64) {
    let mut rest = number;
    for digit in place.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(rest & 15) as usize];
        rest >>= 4;
    }
}

fn read_hex(text: &[u8]) -> Option<u64> {
    text.iter().try_fold(0u64, |sum, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(sum << 4 | u64::from(value))
    })
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.to_text()).unwrap_or(""))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Token {
    type Err = Error;

    fn from_str(text: &str) -> Result<Token, Error> {
        Token::from_text(text.as_bytes()).ok_or_else(|| {
            Error::at(
                Code::InvalidField,
                "token",
                "a token has the form 00000000-000000000000002a-0000, as a grant gave it",
            )
        })
    }
}

impl Serialize for Token {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.to_text()).unwrap_or(""))
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Token, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Token;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a fencing token")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Token, E> {
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
    fn text_order_is_token_order() {
        let mut tokens = [
            Token::new(0, 9, 0),
            Token::new(0, 10, 0),
            Token::new(0, 10, 1),
            Token::new(0, 10, u16::MAX),
            Token::new(0, u64::MAX, 0),
            Token::new(1, 0, 0),
            Token::new(u32::MAX, 0, 0),
        ];
        assert!(tokens.is_sorted());
        tokens.sort_by_key(Token::to_string);
        assert!(tokens.is_sorted());
        for token in tokens {
            assert_eq!(token.to_string().parse::<Token>().unwrap(), token);
        }
    }

    #[test]
    fn a_text_that_no_grant_gave_is_refused() {
        for text in [
            "",
            "00000000-000000000000002a-000",
            "00000000-000000000000002A-0000",
            "00000000+000000000000002a-0000",
            "é0000000-00000000000002a-0000",
        ] {
            assert!(text.parse::<Token>().is_err(), "{text}");
        }
    }
}
