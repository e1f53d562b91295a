//! Simple commands out of tokens.
//!
//! Conditions are not weighed: each command of an `if`, a loop or a group is one that could run. So
//! the words that build those (`then`, `do`, `}`) are only passed over where a command may begin,
//! and no grammar is held. A line that a shell refuses for its grammar runs nothing, and what is
//! said about it errs to the safe side.

use super::lexeme::Lexeme;
use super::reader::{Found, Halt, Reader, Redirect, Token, check_depth};
use super::{Command, Why, program};
use crate::error::Error;

/// Words that stand in front of commands or behind them.
const PASSED_OVER: &[&str] = &[
    "!", "{", "}", "if", "then", "elif", "else", "fi", "while", "until", "do", "done",
];

/// Words of the grammar that are not read.
const UNREAD: &[(&str, Why)] = &[
    ("case", Why::Case),
    ("esac", Why::Case),
    ("function", Why::Function),
    ("coproc", Why::Launcher),
    ("foreach", Why::Syntax),
];

/// Reads a whole line that stands at a depth.
pub(super) fn read_into(line: &str, depth: usize, found: &mut Found) -> Result<(), Error> {
    check_depth(depth)?;
    if line
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
    {
        found.note(Why::ControlCharacter, line);
        return Ok(());
    }
    let mut reader = Reader {
        text: line,
        at: 0,
        depth,
        found,
        pending: Vec::new(),
    };
    match reader.list(false) {
        Ok(()) | Err(Halt::Unread) => Ok(()),
        Err(Halt::Limit(error)) => Err(error),
    }
}

/// Whether a word is of the grammar where a command may begin.
pub(super) fn is_reserved(word: &str) -> bool {
    PASSED_OVER.contains(&word)
        || UNREAD.iter().any(|(name, _)| *name == word)
        || matches!(word, "for" | "select" | "time" | "[[")
}

/// A simple command while it is read.
#[derive(Default)]
struct Simple {
    command: Command,
    /// `time` in front, which bash knows as a word of the grammar and dash as a program.
    timed: Option<super::Word>,
    /// `&>` stood in it, so that to dash what follows is another command.
    divided: bool,
}

impl Simple {
    fn is_begun(&self) -> bool {
        let command = &self.command;
        !(command.argv.is_empty()
            && command.assignments.is_empty()
            && command.writes.is_empty()
            && command.reads.is_empty())
    }
}

impl Reader<'_, '_> {
    /// What stands in brackets, up to the closing one.
    pub(super) fn bracketed(&mut self) -> Result<(), Halt> {
        self.depth += 1;
        check_depth(self.depth)?;
        self.list(true)?;
        self.depth -= 1;
        Ok(())
    }

    fn list(&mut self, in_brackets: bool) -> Result<(), Halt> {
        let mut simple = Simple::default();
        loop {
            let from = self.at;
            match self.token()? {
                Token::End => {
                    self.finish(&mut simple)?;
                    if in_brackets || !self.pending.is_empty() {
                        return self.unread(Why::Unbalanced, from);
                    }
                    return Ok(());
                }
                Token::Close => {
                    self.finish(&mut simple)?;
                    if !in_brackets {
                        return self.unread(Why::Unbalanced, from);
                    }
                    return Ok(());
                }
                Token::Newline | Token::Separator => self.finish(&mut simple)?,
                Token::CaseEnd => return self.unread(Why::Case, from),
                Token::Open if simple.is_begun() => return self.unread(Why::Function, from),
                Token::Open => {
                    self.finish(&mut simple)?;
                    match self.peek() {
                        Some('(') => return self.unread(Why::Arithmetic, from),
                        // zsh: a function without a name.
                        Some(')') => return self.unread(Why::Function, from),
                        _ => self.bracketed()?,
                    }
                }
                Token::Redirect(kind) => {
                    simple.divided |= kind == Redirect::WriteBoth;
                    self.redirected(&mut simple.command, kind)?;
                }
                Token::Word { lexeme, from } => self.worded(&mut simple, lexeme, from)?,
            }
        }
    }

    fn worded(&mut self, simple: &mut Simple, lexeme: Lexeme, from: usize) -> Result<(), Halt> {
        self.found.words(1)?;
        if !simple.is_begun() && lexeme.plain {
            let text = lexeme.text.as_str();
            if PASSED_OVER.contains(&text) {
                return Ok(self.finish(simple)?);
            }
            if let Some((_, why)) = UNREAD.iter().find(|(name, _)| *name == text) {
                return self.unread(*why, from);
            }
            match text {
                "for" | "select" => {
                    self.finish(simple)?;
                    return self.for_names(from);
                }
                "time" => {
                    self.finish(simple)?;
                    simple.timed = Some(self.finished(lexeme, from));
                    return Ok(());
                }
                _ => {}
            }
        }
        let assigns = lexeme.assigns().is_some();
        let opens_group = lexeme.is("{");
        let matches_regex = lexeme.is("=~");
        let word = self.finished(lexeme, from);
        if simple.divided {
            let text = self.text.get(from..).unwrap_or_default();
            self.found.note(Why::Syntax, text);
        }
        let argv = &mut simple.command.argv;
        if argv.is_empty() && assigns {
            simple.command.assignments.push(word);
            return Ok(());
        }
        // zsh: `if [[ x ]] { … }`; and a regular expression is cut by rules of its own.
        if !argv.is_empty() && (opens_group || (matches_regex && argv[0].text == "[[")) {
            let text = self.text.get(from..).unwrap_or_default();
            self.found.note(Why::Syntax, text);
        }
        argv.push(word);
        Ok(())
    }

    /// `NAME in words…` up to the separator, or `NAME` alone.
    fn for_names(&mut self, from: usize) -> Result<(), Halt> {
        let Token::Word { .. } = self.token()? else {
            return self.unread(Why::Syntax, from);
        };
        match self.token()? {
            Token::Newline | Token::Separator => return Ok(()),
            Token::Word { lexeme, .. } if lexeme.is("do") => return Ok(()),
            Token::Word { lexeme, .. } if lexeme.is("in") => {}
            _ => return self.unread(Why::Syntax, from),
        }
        loop {
            match self.token()? {
                Token::Word { .. } => self.found.words(1)?,
                Token::Newline | Token::Separator => return Ok(()),
                _ => return self.unread(Why::Syntax, from),
            }
        }
    }

    fn redirected(&mut self, command: &mut Command, kind: Redirect) -> Result<(), Halt> {
        if let Redirect::HereDocument { tabs } = kind {
            return self.here_document(tabs);
        }
        let from = self.at;
        let Token::Word { lexeme, from } = self.token()? else {
            return self.unread(Why::Syntax, from);
        };
        let word = self.finished(lexeme, from);
        match kind {
            Redirect::Read => command.reads.push(word),
            Redirect::Write | Redirect::WriteBoth => command.writes.push(word),
            Redirect::Both => {
                command.reads.push(word.clone());
                command.writes.push(word);
            }
            Redirect::Duplicate => {
                let descriptor = |text: &str| {
                    let digits = text.strip_suffix('-').unwrap_or(text);
                    digits.bytes().all(|b| b.is_ascii_digit())
                };
                if !word.literal().is_some_and(descriptor) {
                    command.writes.push(word);
                }
            }
            Redirect::HereString | Redirect::HereDocument { .. } => {}
        }
        Ok(())
    }

    fn finish(&mut self, simple: &mut Simple) -> Result<(), Error> {
        let Simple {
            mut command, timed, ..
        } = std::mem::take(simple);
        if let Some(time) = timed {
            command.argv.insert(0, time);
        } else if command.argv.is_empty()
            && command.assignments.is_empty()
            && command.writes.is_empty()
            && command.reads.is_empty()
        {
            return Ok(());
        }
        program::examine(command, self.depth, self.found)
    }
}
