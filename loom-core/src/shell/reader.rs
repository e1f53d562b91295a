//! Tokens out of characters, as bash and dash cut them. Where the two disagree, or where finding the
//! end needs more than this file knows, the rest of the line is unknown.
//!
//! One pass: every character is looked at a bounded number of times per level of nesting.

use super::lexeme::Lexeme;
use super::{
    Command, SHELL_COMMANDS_MAX, SHELL_DEPTH_MAX, SHELL_WORDS_MAX, Unknown, Why, Word, beginning,
    over,
};
use crate::error::Error;

/// What a reading has found so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub commands: Vec<Command>,
    pub unknown: Vec<Unknown>,
    pub names_rebound: bool,
    words: usize,
}

impl Found {
    pub(super) fn note(&mut self, why: Why, text: &str) {
        let unknown = Unknown {
            why,
            text: beginning(text),
        };
        if self.unknown.len() < SHELL_COMMANDS_MAX && self.unknown.last() != Some(&unknown) {
            self.unknown.push(unknown);
        }
    }

    pub(super) fn push(&mut self, command: Command) -> Result<(), Error> {
        self.words(command.argv.len() + command.assignments.len())?;
        self.words(command.writes.len() + command.reads.len())?;
        if self.commands.len() == SHELL_COMMANDS_MAX {
            return Err(over("SHELL_COMMANDS_MAX", SHELL_COMMANDS_MAX));
        }
        self.commands.push(command);
        Ok(())
    }

    pub(super) fn words(&mut self, more: usize) -> Result<(), Error> {
        self.words = self.words.saturating_add(more);
        if self.words > SHELL_WORDS_MAX {
            return Err(over("SHELL_WORDS_MAX", SHELL_WORDS_MAX));
        }
        Ok(())
    }
}

/// An error where a thing stands deeper than is read.
pub(super) fn check_depth(depth: usize) -> Result<(), Error> {
    if depth > SHELL_DEPTH_MAX {
        return Err(over("SHELL_DEPTH_MAX", SHELL_DEPTH_MAX));
    }
    Ok(())
}

/// Why reading ended early.
pub(super) enum Halt {
    /// The rest is unknown and noted as such.
    Unread,
    /// A limit was passed.
    Limit(Error),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Halt {
        Halt::Limit(error)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Redirect {
    Read,
    Write,
    /// `&>`, which dash reads as `&`, then `>` in front of the next command.
    WriteBoth,
    Both,
    /// `<&` and `>&`: a descriptor, or, for `>&`, perhaps a file.
    Duplicate,
    HereDocument {
        tabs: bool,
    },
    HereString,
}

pub(super) enum Token {
    Word {
        lexeme: Lexeme,
        from: usize,
    },
    /// `;` `&` `&&` `||` `|` `|&`: one command ends and another may begin.
    Separator,
    /// `;;` and its kin.
    CaseEnd,
    Open,
    Close,
    Redirect(Redirect),
    Newline,
    End,
}

pub(super) struct HereDocument {
    end: String,
    quoted: bool,
    tabs: bool,
}

pub(super) struct Reader<'l, 'f> {
    pub text: &'l str,
    pub at: usize,
    pub depth: usize,
    pub found: &'f mut Found,
    pub pending: Vec<HereDocument>,
}

impl<'l> Reader<'l, '_> {
    /// Notes the text from `from` on as unknown.
    pub(super) fn unread<T>(&mut self, why: Why, from: usize) -> Result<T, Halt> {
        self.found
            .note(why, self.text.get(from..).unwrap_or_default());
        Err(Halt::Unread)
    }

    pub(super) fn token(&mut self) -> Result<Token, Halt> {
        loop {
            let Some(c) = self.peek() else {
                return Ok(Token::End);
            };
            let from = self.at;
            match c {
                ' ' | '\t' => self.bump(),
                '#' => self.comment(),
                '\n' => {
                    self.bump();
                    self.bodies()?;
                    return Ok(Token::Newline);
                }
                ';' | '&' | '|' | '(' | ')' => return Ok(self.operator(c)),
                '<' | '>' if !self.opens_process(c) => return self.redirect(c),
                _ => {
                    let mut lexeme = self.word(from)?;
                    let number = lexeme.plain
                        && !lexeme.text.is_empty()
                        && lexeme.text.bytes().all(|b| b.is_ascii_digit());
                    match self.peek() {
                        Some(c @ ('<' | '>')) if self.opens_process(c) => {
                            return self.unread(Why::Syntax, from);
                        }
                        // To dash a descriptor has one digit, and `22>x` is a word and `>x`.
                        Some('<' | '>') if number && lexeme.text.len() > 1 => {
                            lexeme.literal = false;
                            return Ok(Token::Word { lexeme, from });
                        }
                        Some(c @ ('<' | '>')) if number => return self.redirect(c),
                        _ => return Ok(Token::Word { lexeme, from }),
                    }
                }
            }
        }
    }

    /// The word of a lexeme that began at `from` and ended here.
    pub(super) fn finished(&self, lexeme: Lexeme, from: usize) -> Word {
        lexeme.into_word(self.text.get(from..self.at).unwrap_or_default())
    }

    /// The next character, backslash-newline pairs passed over, as a shell does everywhere but in
    /// single quotes and comments.
    pub(super) fn peek(&mut self) -> Option<char> {
        while self.rest().starts_with("\\\n") {
            self.at += 2;
        }
        self.rest().chars().next()
    }

    fn peek_raw(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) {
        self.at += self.peek_raw().map_or(0, char::len_utf8);
    }

    fn rest(&self) -> &'l str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn comment(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    fn operator(&mut self, first: char) -> Token {
        self.bump();
        let second = self.peek();
        match (first, second) {
            ('(', _) => Token::Open,
            (')', _) => Token::Close,
            (';', Some(';' | '&')) => Token::CaseEnd,
            ('&', Some('>')) => {
                self.bump();
                if self.peek() == Some('>') {
                    self.bump();
                }
                Token::Redirect(Redirect::WriteBoth)
            }
            ('&', Some('&')) | ('|', Some('|' | '&')) => {
                self.bump();
                Token::Separator
            }
            _ => Token::Separator,
        }
    }

    fn redirect(&mut self, first: char) -> Result<Token, Halt> {
        let from = self.at;
        self.bump();
        let second = self.peek();
        let kind = match (first, second) {
            ('<', Some('<')) => {
                self.bump();
                match self.peek() {
                    Some('<') => {
                        self.bump();
                        Redirect::HereString
                    }
                    Some('-') => {
                        self.bump();
                        Redirect::HereDocument { tabs: true }
                    }
                    _ => Redirect::HereDocument { tabs: false },
                }
            }
            ('<' | '>', Some('&')) => {
                self.bump();
                Redirect::Duplicate
            }
            ('<', Some('>')) => {
                self.bump();
                Redirect::Both
            }
            ('>', Some('>' | '|')) => {
                self.bump();
                Redirect::Write
            }
            ('<', _) => Redirect::Read,
            _ => Redirect::Write,
        };
        // `>>(`, `<<(`: no shell agrees with another.
        if self.peek() == Some('(') {
            return self.unread(Why::Syntax, from);
        }
        Ok(Token::Redirect(kind))
    }

    /// Whether `<(` or `>(` stands here.
    fn opens_process(&mut self, c: char) -> bool {
        let at = self.at;
        self.bump();
        let opens = self.peek() == Some('(');
        self.at = at;
        opens && matches!(c, '<' | '>')
    }

    fn word(&mut self, from: usize) -> Result<Lexeme, Halt> {
        let mut word = Lexeme::new();
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\n' | ';' | '&' | '|' | '(' | ')' => break,
                '<' | '>' => {
                    if self.at != from || !self.opens_process(c) {
                        break;
                    }
                    self.bump();
                    self.peek();
                    self.bump();
                    word.ends_plain();
                    word.literal = false;
                    self.substitution(from)?;
                }
                '\'' => {
                    self.bump();
                    word.ends_plain();
                    self.single_quoted(&mut word, from)?;
                }
                '"' => {
                    self.bump();
                    word.ends_plain();
                    self.double_quoted(&mut word, from)?;
                }
                '\\' => {
                    self.bump();
                    word.ends_plain();
                    let Some(escaped) = self.peek_raw() else {
                        return self.unread(Why::Unbalanced, from);
                    };
                    self.bump();
                    word.text.push(escaped);
                }
                '$' => self.dollar(&mut word, false)?,
                '`' => self.backquoted(&mut word, from)?,
                _ => {
                    self.bump();
                    word.push_plain(c);
                    let alone = word.is("[") || word.is("{") || word.is("}") || word.is("{}");
                    let expands = matches!(c, '*' | '?' | '[' | '{' | '}');
                    if word.is("{}") || (word.is("[[") && self.ends_word()) {
                        word.literal = true;
                    } else if expands && !(alone && self.ends_word()) {
                        word.literal = false;
                    }
                }
            }
        }
        Ok(word)
    }

    fn ends_word(&mut self) -> bool {
        matches!(
            self.peek(),
            None | Some(' ' | '\t' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>')
        )
    }

    fn single_quoted(&mut self, word: &mut Lexeme, from: usize) -> Result<(), Halt> {
        let Some(length) = self.rest().find('\'') else {
            return self.unread(Why::Unbalanced, from);
        };
        let inside = self.rest().get(..length).unwrap_or_default();
        self.at += length + 1;
        word.text.push_str(inside);
        if inside.contains('\n') {
            self.newline_inside(from)?;
        }
        Ok(())
    }

    fn double_quoted(&mut self, word: &mut Lexeme, from: usize) -> Result<(), Halt> {
        loop {
            let Some(c) = self.peek() else {
                return self.unread(Why::Unbalanced, from);
            };
            match c {
                '"' => {
                    self.bump();
                    return Ok(());
                }
                '\\' => {
                    self.bump();
                    match self.peek_raw() {
                        None => return self.unread(Why::Unbalanced, from),
                        Some(c @ ('$' | '`' | '"' | '\\')) => {
                            self.bump();
                            word.text.push(c);
                        }
                        Some(_) => word.text.push('\\'),
                    }
                }
                '$' => self.dollar(word, true)?,
                '`' => self.backquoted(word, from)?,
                _ => {
                    if c == '\n' {
                        self.newline_inside(from)?;
                    }
                    self.bump();
                    word.text.push(c);
                }
            }
        }
    }

    /// A newline inside a word, while a here-document waits for its body: whose newline is it?
    fn newline_inside(&mut self, from: usize) -> Result<(), Halt> {
        if self.pending.is_empty() {
            Ok(())
        } else {
            self.unread(Why::HereDocument, from)
        }
    }

    fn dollar(&mut self, word: &mut Lexeme, quoted: bool) -> Result<(), Halt> {
        let from = self.at;
        self.bump();
        word.ends_plain();
        match self.peek() {
            Some('(') => {
                self.bump();
                word.literal = false;
                if self.peek() == Some('(') {
                    return self.unread(Why::Arithmetic, from);
                }
                self.substitution(from)?;
            }
            Some('[') => return self.unread(Why::Arithmetic, from),
            Some('{') => {
                self.bump();
                word.literal = false;
                self.parameter(from)?;
            }
            Some('\'') if !quoted => {
                self.bump();
                word.literal = false;
                let before = self.at;
                let mut ansi = Lexeme::new();
                self.single_quoted(&mut ansi, from)?;
                // A quote behind a backslash ends the word for dash and goes on for bash.
                if ansi.text.ends_with('\\') {
                    return self.unread(Why::Expansion, before);
                }
            }
            // Translated by the locale in bash, a `$` and a string in dash; it ends alike in both.
            Some('"') if !quoted => word.literal = false,
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                word.literal = false;
                while let Some(c) = self.peek() {
                    if !(c.is_ascii_alphanumeric() || c == '_') {
                        break;
                    }
                    self.bump();
                }
                // `$a[…]` is a subscript to zsh.
                if self.peek() == Some('[') {
                    return self.unread(Why::Expansion, from);
                }
            }
            Some(c) if c.is_ascii_digit() || "@*#?-$!".contains(c) => {
                self.bump();
                word.literal = false;
            }
            _ => word.text.push('$'),
        }
        Ok(())
    }

    /// `${name}` and `${name:-plain text}`. What can hold more, a substitution or a subscript that
    /// is evaluated, is not read.
    fn parameter(&mut self, from: usize) -> Result<(), Halt> {
        let rest = self.rest();
        let Some(length) = rest.find('}') else {
            return self.unread(Why::Unbalanced, from);
        };
        let inside = rest.get(..length).unwrap_or_default();
        let name = inside.strip_prefix('#').unwrap_or(inside);
        let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let (name, tail) = name.split_at(end.unwrap_or(name.len()));
        let special = matches!(inside, "@" | "*" | "#" | "?" | "-" | "$" | "!");
        let operator = [":-", ":+", ":=", ":?", "-", "+", "=", "?", "#", "%", "/"]
            .iter()
            .find_map(|operator| tail.strip_prefix(operator));
        let plain = |c: char| c.is_ascii_alphanumeric() || "_./,:=+*?~%# -".contains(c);
        let simple = !name.is_empty()
            && (tail.is_empty() || operator.is_some_and(|text| text.chars().all(plain)));
        if !simple && !special {
            return self.unread(Why::Expansion, from);
        }
        self.at += length + 1;
        Ok(())
    }

    /// What stands behind `$(`, `<(` or `>(`, up to its bracket.
    fn substitution(&mut self, from: usize) -> Result<(), Halt> {
        if !self.pending.is_empty() {
            return self.unread(Why::HereDocument, from);
        }
        self.bracketed()?;
        if !self.pending.is_empty() {
            return self.unread(Why::HereDocument, from);
        }
        Ok(())
    }

    /// What stands between backquotes is a line of its own. A backslash inside means different
    /// things inside and outside of double quotes, so that it is not read.
    fn backquoted(&mut self, word: &mut Lexeme, from: usize) -> Result<(), Halt> {
        self.bump();
        word.ends_plain();
        word.literal = false;
        let rest = self.rest();
        let Some(length) = rest.find('`') else {
            return self.unread(Why::Unbalanced, from);
        };
        let inside = rest.get(..length).unwrap_or_default();
        if inside.contains('\\') {
            return self.unread(Why::Expansion, from);
        }
        if inside.contains('\n') {
            self.newline_inside(from)?;
        }
        self.at += length + 1;
        super::list::read_into(inside, self.depth + 1, self.found)?;
        Ok(())
    }

    /// Remembers a here-document whose delimiter is read next.
    pub(super) fn here_document(&mut self, tabs: bool) -> Result<(), Halt> {
        let from = self.at;
        let Token::Word { lexeme, from } = self.token()? else {
            return self.unread(Why::HereDocument, from);
        };
        let written = self.text.get(from..self.at).unwrap_or_default();
        let odd = |c: char| !(c.is_ascii_alphanumeric() || "_-.!+'\"\\".contains(c));
        if lexeme.text.is_empty() || written.contains(odd) || written.contains("\\\n") {
            return self.unread(Why::HereDocument, from);
        }
        let quoted = written.contains(['\'', '"', '\\']);
        self.pending.push(HereDocument {
            end: lexeme.text,
            quoted,
            tabs,
        });
        Ok(())
    }

    /// Passes over the bodies of the here-documents that this newline begins.
    fn bodies(&mut self) -> Result<(), Halt> {
        for document in std::mem::take(&mut self.pending) {
            let from = self.at;
            loop {
                let rest = self.rest();
                if rest.is_empty() {
                    return self.unread(Why::HereDocument, from);
                }
                let (line, length) = match rest.find('\n') {
                    Some(length) => (rest.get(..length).unwrap_or_default(), length + 1),
                    None => (rest, rest.len()),
                };
                self.at += length;
                let line = match document.tabs {
                    true => line.trim_start_matches('\t'),
                    false => line,
                };
                if line == document.end {
                    break;
                }
                // Some shells end a body at `EOF)`; and an unquoted body is expanded, continued
                // lines included.
                let expands = line.contains(['`']) || line.ends_with('\\');
                let expands = expands
                    || ["$(", "${", "$["]
                        .iter()
                        .any(|opening| line.contains(opening));
                if line.starts_with(&document.end) || (expands && !document.quoted) {
                    return self.unread(Why::HereDocument, from);
                }
            }
        }
        Ok(())
    }
}
