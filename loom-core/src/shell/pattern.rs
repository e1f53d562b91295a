//! Patterns over argument lists: `git push`, `rm -rf`, `npm run deploy*`.

use std::fmt;

use super::{Command, Word, git, last_component, program};
use crate::error::{Code, Error};
use crate::model::Truth;

/// The longest pattern, in bytes.
pub const COMMAND_PATTERN_BYTES_MAX: usize = 1024;
/// The most words in a pattern.
pub const COMMAND_PATTERN_WORDS_MAX: usize = 16;

/// The beginning of an argument list: words, with `*` and `?` inside a word.
///
/// Options between the words of a pattern must not let a command pass by. git's own are known and
/// passed over. Of other programs nobody here knows which options take a value, so that where the
/// words of the pattern follow behind options, with or without a value each, the answer is unknown;
/// it is a no only where no reading of the options leaves the words of the pattern in front.
/// An option *in* the pattern (`rm -rf`) is a certain yes where it stands exactly so, and unknown
/// where the same letters, or a long option that begins like it, stand anywhere: `rm -f -r`, `rm
/// --force --recursive`. Which short option is which long one, beyond the first letter, is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandPattern {
    words: Vec<String>,
}

impl CommandPattern {
    /// Reads words between spaces.
    ///
    /// # Errors
    /// `invalid_pattern` without a word, or where a quote or an operator of the shell stands in it;
    /// `limit_exceeded` over `COMMAND_PATTERN_BYTES_MAX` or `COMMAND_PATTERN_WORDS_MAX`.
    pub fn parse(text: &str) -> Result<CommandPattern, Error> {
        let over = |name, max: usize, got: usize| {
            Err(Error::limit("command", name, max as u64, got as u64))
        };
        if text.len() > COMMAND_PATTERN_BYTES_MAX {
            return over(
                "COMMAND_PATTERN_BYTES_MAX",
                COMMAND_PATTERN_BYTES_MAX,
                text.len(),
            );
        }
        let invalid = |message| Err(Error::at(Code::InvalidPattern, "command", message));
        if text.contains(|c: char| c.is_control() || "'\"`$;&|<>()\\".contains(c)) {
            return invalid(
                "a pattern is words between spaces; write them without quotes and operators",
            );
        }
        let words: Vec<String> = text
            .split(' ')
            .filter(|w| !w.is_empty())
            .map(str::to_owned)
            .collect();
        if words.is_empty() {
            return invalid("a pattern begins with the name of a program; name one");
        }
        if words.len() > COMMAND_PATTERN_WORDS_MAX {
            return over(
                "COMMAND_PATTERN_WORDS_MAX",
                COMMAND_PATTERN_WORDS_MAX,
                words.len(),
            );
        }
        Ok(CommandPattern { words })
    }

    /// The words.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether the command has this prefix, as a rule that forbids asks.
    pub(super) fn could_be(&self, command: &Command) -> Truth {
        let Some((first, arguments)) = command.argv.split_first() else {
            return Truth::False;
        };
        let Some((wanted, rest)) = self.words.split_first() else {
            return Truth::False;
        };
        let Some(path) = first.literal() else {
            return Truth::Unknown;
        };
        let named = names(wanted, path);
        let arguments_match = |arguments: &[Word]| match () {
            () if is_prefix(rest, arguments) => Truth::True,
            () => Truth::from(could_follow(rest, arguments)).and(Truth::Unknown),
        };
        // `/usr/lib/git-core/git-push` is `git push`.
        if let Some(subcommand) = program::plain_name(path).strip_prefix("git-") {
            let mut spelled = vec![Word {
                text: subcommand.to_owned(),
                literal: true,
            }];
            spelled.extend_from_slice(arguments);
            let dashed = names(wanted, "git").and(arguments_match(&spelled));
            return dashed.or(named.and(arguments_match(arguments)));
        }
        if program::plain_name(path) != "git" {
            return named.and(arguments_match(arguments));
        }
        let call = git::call(arguments);
        let as_written = arguments_match(call.rest);
        let alias = call
            .rest
            .first()
            .is_some_and(|word| git::may_be_alias(&word.text));
        let behind_options = match call.known {
            true if alias && !rest.is_empty() => as_written.or(Truth::Unknown),
            true => as_written,
            false => Truth::Unknown,
        };
        // The pattern may itself speak of the options: `git -c *`.
        let of_options = rest.first().is_some_and(|wanted| wanted.starts_with('-'));
        named.and(behind_options.or(match of_options {
            true => arguments_match(arguments),
            false => Truth::False,
        }))
    }

    /// Whether the command has this prefix exactly, as a rule that allows asks.
    pub(super) fn is_exactly(&self, command: &Command) -> Truth {
        let mut argv = command.argv.iter();
        let mut truth = Truth::True;
        for wanted in &self.words {
            truth = truth.and(match argv.next() {
                None => Truth::False,
                Some(word) => match word.literal() {
                    None => Truth::Unknown,
                    Some(text) => Truth::from(wild(wanted, text)),
                },
            });
        }
        truth
    }
}

impl fmt::Display for CommandPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words.join(" "))
    }
}

/// Whether the path of a program is what the pattern names: whole, or by its last component.
fn names(wanted: &str, path: &str) -> Truth {
    if wild(wanted, path) || wild(wanted, last_component(path)) {
        return Truth::True;
    }
    // Another place or another spelling of the same name may be the same file.
    let wanted = program::plain_name(wanted);
    Truth::from(wild(&wanted, &program::plain_name(path))).and(Truth::Unknown)
}

fn is_prefix(wanted: &[String], words: &[Word]) -> bool {
    wanted.len() <= words.len()
        && wanted
            .iter()
            .zip(words)
            .all(|(wanted, word)| word.literal().is_some_and(|text| wild(wanted, text)))
}

/// Whether some reading of the options leaves the wanted words in front, in their order.
fn could_follow(wanted: &[String], words: &[Word]) -> bool {
    let is_option = |text: &str| text.len() > 1 && text.starts_with('-');
    let options = wanted.iter().filter(|wanted| is_option(wanted));
    if !options.into_iter().all(|option| could_have(option, words)) {
        return false;
    }
    let operands: Vec<&String> = wanted.iter().filter(|wanted| !is_option(wanted)).collect();
    // Which counts of operands could have been met so far, and for which the next word may be the
    // value of an option.
    let mut met = vec![false; operands.len() + 1];
    met[0] = true;
    let mut after_option = vec![false; operands.len() + 1];
    for word in words {
        if met.last() == Some(&true) {
            return true;
        }
        let Some(text) = word.literal() else {
            // It may be any number of any words.
            return met.contains(&true);
        };
        let mut next = vec![false; met.len()];
        let mut next_after = vec![false; met.len()];
        for count in 0..met.len() {
            let here = met.get(count) == Some(&true);
            let as_value = after_option.get(count) == Some(&true);
            if here && text.starts_with(['-', '+']) {
                next[count] = true;
                next_after[count] = !text.contains('=');
            }
            next[count] |= as_value;
            let meets = operands.get(count).is_some_and(|wanted| wild(wanted, text));
            if here && meets {
                next[count + 1] = true;
            }
        }
        (met, after_option) = (next, next_after);
    }
    met.last() == Some(&true)
}

/// Whether the options of a command could say what an option of a pattern says.
fn could_have(option: &str, words: &[Word]) -> bool {
    if words
        .iter()
        .any(|word| !word.literal || wild(option, &word.text))
    {
        return true;
    }
    let texts = words.iter().map(|word| word.text.as_str());
    let given: Vec<&str> = texts
        .filter(|text| text.len() > 1 && text.starts_with('-'))
        .collect();
    let short = |letter: char| {
        given.iter().any(|text| match text.strip_prefix("--") {
            Some(long) => long.starts_with(letter),
            None => text.contains(letter),
        })
    };
    match option.strip_prefix("--") {
        None => option
            .chars()
            .skip(1)
            .all(|c| matches!(c, '*' | '?') || short(c)),
        Some(wanted) => given.iter().any(|text| match text.strip_prefix("--") {
            Some(long) => {
                let name = long.split('=').next().unwrap_or_default();
                let stem = wanted.split(['*', '?', '=']).next().unwrap_or_default();
                !name.is_empty() && (stem.starts_with(name) || name.starts_with(stem))
            }
            None => wanted
                .chars()
                .next()
                .is_some_and(|first| text.contains(first)),
        }),
    }
}

/// `*` is any text and `?` any character. One step back at most per character of the text.
fn wild(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(c) = text.get(t) {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == c => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((star_p, star_t)) = star else {
                    return false;
                };
                star = Some((star_p, star_t + 1));
                p = star_p + 1;
                t = star_t + 1;
            }
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}
