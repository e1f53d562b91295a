//! A word while it is read: what it says so far, and which of it was written plainly.

use super::Word;

/// A word as the lexer found it, quotes removed.
#[derive(Debug, Default)]
pub(super) struct Lexeme {
    pub text: String,
    pub literal: bool,
    /// Nothing was quoted or expanded, so that it can be a reserved word or a descriptor's number.
    pub plain: bool,
    /// How many bytes of `text` stand in front of the first quote or expansion.
    pub plain_bytes: usize,
}

impl Lexeme {
    pub(super) fn new() -> Lexeme {
        Lexeme {
            text: String::new(),
            literal: true,
            plain: true,
            plain_bytes: 0,
        }
    }

    /// A character that stood there without quotes.
    pub(super) fn push_plain(&mut self, c: char) {
        self.text.push(c);
        if self.plain {
            self.plain_bytes = self.text.len();
        }
    }

    /// A quote or an expansion begins.
    pub(super) fn ends_plain(&mut self) {
        self.plain = false;
    }

    /// Whether it is this word without any quotes, as reserved words are.
    pub(super) fn is(&self, word: &str) -> bool {
        self.plain && self.text == word
    }

    /// The name that it assigns to, where it stands in front of a program.
    pub(super) fn assigns(&self) -> Option<&str> {
        assigned(self.text.get(..self.plain_bytes)?)
    }

    /// The word for the answer. `source` is how it was written.
    pub(super) fn into_word(self, source: &str) -> Word {
        let visible = !self.text.chars().any(is_invisible);
        let shell_expands = self.plain_bytes > 0
            && (self.text.starts_with('~')
                // zsh: `=git` is the path of git.
                || (self.text.starts_with('=') && self.text.len() > 1)
                || self.text.contains("=~")
                || self.text.contains(":~"));
        if self.literal && visible && !shell_expands {
            Word {
                text: self.text,
                literal: true,
            }
        } else {
            Word {
                text: source.to_owned(),
                literal: false,
            }
        }
    }
}

/// The name in front of `=` or `+=`, if it is one.
pub(super) fn assigned(text: &str) -> Option<&str> {
    let (name, _) = text.split_once('=')?;
    let name = name.strip_suffix('+').unwrap_or(name);
    let mut chars = name.chars();
    let first = chars.next()?;
    let is_name = (first.is_ascii_alphabetic() || first == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then_some(name)
}

/// Characters that a file system or a shell may ignore or take for a blank: HFS+ finds `.git` under
/// `.g\u{200c}it`, and some builds of bash split at the byte 0xA0.
fn is_invisible(c: char) -> bool {
    (c.is_whitespace() && !matches!(c, ' ' | '\t' | '\n'))
        || (c.is_control() && !matches!(c, '\t' | '\n'))
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}
