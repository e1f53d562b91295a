//! What a shell line would do: the simple commands it runs, the files it writes, and what could not
//! be read safely.
//!
//! A policy matches parsed argument lists, never substrings: `echo git push` does not push, and
//! `g"i"t -C x push` does. The reader knows POSIX sh and bash as coding agents write them and runs
//! nothing. What it cannot read exactly, or what only the running shell knows, it says so: an
//! [`Unknown`] in the answer turns every *no* of [`Line::matches`] into *nobody knows*. So the
//! promise is one-sided: **a line is never a no where the shell would run the program**.
//!
//! The promise ends where the line ends. A script file, a Makefile, an alias of the user's start-up
//! files or of git's configuration is not of the line, and a program may run others by ways of its own.
//!
//! ```
//! use loom_core::model::Truth;
//! use loom_core::shell::{self, CommandPattern};
//!
//! let push = CommandPattern::parse("git push").unwrap();
//! let asked = |line| shell::read(line).unwrap().matches(&push);
//! assert_eq!(asked("cd x && FOO=1 sudo -u me g'i't -C y push 2>log"), Truth::True);
//! assert_eq!(asked("echo git push  # git push"), Truth::False);
//! assert_eq!(asked("echo 'git push' | sh"), Truth::Unknown);
//! ```
//!
//! Why the words are split here and not by a crate: `shlex` and `shell-words` know neither operators
//! nor whether a word was quoted, `yash-syntax` is GPL, and `brush-parser` brings `getrandom` under a
//! core that draws no random number, and recurses without bound on `$($($(`.

mod environment;
mod git;
mod lexeme;
mod list;
mod pattern;
mod program;
mod reader;
mod sed;
mod touched;
mod wrapper;

pub use pattern::{COMMAND_PATTERN_BYTES_MAX, COMMAND_PATTERN_WORDS_MAX, CommandPattern};
pub use touched::Touched;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::Truth;
use reader::Found;

/// The longest line that is read, in bytes.
pub const SHELL_LINE_BYTES_MAX: usize = 64 * 1024;
/// The most simple commands in a line, those inside wrappers and nested lines included.
pub const SHELL_COMMANDS_MAX: usize = 1024;
/// The most words in a line; a word counts again for each wrapper that it is seen through.
pub const SHELL_WORDS_MAX: usize = 16_384;
/// How deep subshells, substitutions, nested lines and wrappers go, all together.
pub const SHELL_DEPTH_MAX: usize = 24;

/// Reads one line (or a script of many) and answers what it would do.
///
/// # Errors
/// `limit_exceeded` past one of the limits of this module. Nothing else is an error: what cannot be
/// read is an [`Unknown`] of the answer.
pub fn read(line: &str) -> Result<Line, Error> {
    if line.len() > SHELL_LINE_BYTES_MAX {
        let (max, got) = (SHELL_LINE_BYTES_MAX as u64, line.len() as u64);
        return Err(Error::limit("line", "SHELL_LINE_BYTES_MAX", max, got));
    }
    let mut found = Found::default();
    list::read_into(line, 0, &mut found)?;
    touched::note_programs_of_the_line(&mut found);
    Ok(Line {
        commands: found.commands,
        unknown: found.unknown,
        names_rebound: found.names_rebound,
    })
}

/// What a line would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    commands: Vec<Command>,
    unknown: Vec<Unknown>,
    /// The line changes where programs are looked for.
    names_rebound: bool,
}

impl Line {
    /// Every simple command that the line could run, whatever its conditions say, in the order of
    /// the text. A command behind a wrapper stands here twice: with the wrapper and without.
    pub fn commands(&self) -> &[Command] {
        &self.commands
    }

    /// What could not be read. While this is not empty, the commands are not all there are.
    pub fn unknown(&self) -> &[Unknown] {
        &self.unknown
    }

    /// Whether some command of the line has the pattern as its prefix: what a rule that forbids asks.
    ///
    /// Unknown where something was not read, or a word that only the shell knows leaves it open, or
    /// options stand between the words of the pattern (see [`CommandPattern`]).
    pub fn matches(&self, pattern: &CommandPattern) -> Truth {
        let known = Truth::any(
            self.commands
                .iter()
                .map(|command| pattern.could_be(command)),
        );
        known.or(if self.unknown.is_empty() {
            Truth::False
        } else {
            Truth::Unknown
        })
    }

    /// Whether every command of the line has one of the patterns as its prefix: what a rule that
    /// allows asks. Nothing is skipped here and a path is no name: `./git log` is not `git log`.
    ///
    /// True of a line without commands. Redirections are no commands: see [`Line::paths_touched`].
    pub fn matches_only(&self, patterns: &[CommandPattern]) -> Truth {
        let known = Truth::all(
            self.commands
                .iter()
                .filter(|c| !c.argv.is_empty())
                .map(|command| {
                    Truth::any(patterns.iter().map(|pattern| pattern.is_exactly(command)))
                }),
        );
        known.and(if self.unknown.is_empty() && !self.names_rebound {
            Truth::True
        } else {
            Truth::Unknown
        })
    }

    /// The paths that the line writes, makes, moves or removes, best effort.
    pub fn paths_touched(&self) -> Touched {
        touched::of(self)
    }
}

/// One simple command, its quotes removed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Command {
    /// The program and its arguments. Empty where a line only redirects or assigns.
    pub argv: Vec<Word>,
    /// Assignments in front of the program, as written: `FOO=1`.
    pub assignments: Vec<Word>,
    /// Files that redirections write.
    pub writes: Vec<Word>,
    /// Files that redirections read.
    pub reads: Vec<Word>,
}

impl Command {
    /// The last component of the program's path, if the line says which program it is.
    pub fn program(&self) -> Option<&str> {
        self.argv
            .first()
            .and_then(Word::literal)
            .map(last_component)
    }
}

/// One word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    text: String,
    literal: bool,
}

impl Word {
    /// What the program gets, or, where only the shell knows that, the word as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the word is certainly one word that says exactly [`Word::text`]: no variable, no
    /// substitution, no `*`, no `{a,b}`, no `~`, no invisible character.
    pub fn is_literal(&self) -> bool {
        self.literal
    }

    /// What the program gets, if the line says it.
    pub fn literal(&self) -> Option<&str> {
        self.literal.then_some(self.text.as_str())
    }
}

/// A part of the line that was not read, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unknown {
    /// Why it was not read.
    pub why: Why,
    /// Where: the beginning of the text in question.
    pub text: String,
}

/// Why a part of a line could not be read safely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Why {
    /// A control character, a carriage return included: shells and terminals disagree about them.
    ControlCharacter,
    /// A quote, bracket or substitution that does not end.
    Unbalanced,
    /// Nothing that the reader knows as a shell's syntax.
    Syntax,
    /// Arithmetic, which can run substitutions that stand in variables.
    Arithmetic,
    /// An expansion with more inside than a name and plain text.
    Expansion,
    /// A here-document that could hold substitutions or whose end shells see differently.
    HereDocument,
    /// A `case`.
    Case,
    /// A function, an array, or an extended pattern: a bracket right behind a word.
    Function,
    /// The program is not literal: `$CMD push`.
    Program,
    /// A line that is run by `eval`, `sh -c`, `trap` or the like, and is not literal.
    NestedLine,
    /// An interpreter reads its program from its input.
    Input,
    /// Code of another language.
    InlineCode,
    /// A program that runs others, named by its arguments or its input.
    Launcher,
    /// A variable that makes programs run other programs.
    Environment,
    /// `source`, or a file that the line itself writes and then runs.
    Written,
    /// Aliases and settings that change how what follows is read.
    Settings,
}

/// The beginning of a text, for [`Unknown::text`].
fn beginning(text: &str) -> String {
    text.chars().take(80).collect()
}

fn last_component(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn over(name: &'static str, max: usize) -> Error {
    Error::limit("line", name, max as u64, max as u64 + 1)
}
