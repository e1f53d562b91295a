//! Which paths a line writes, makes, moves or removes: redirections exactly, programs as far as they
//! are known here, and a flag that says whether that was all.

use super::reader::Found;
use super::{Command, Line, Why, Word, git, last_component, program};

/// The paths that a line touches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Touched {
    /// The paths, as written or with their quotes removed. Each stands for itself and for all below
    /// it (`cp x .git/hooks` writes inside), and some may be more than is touched: every operand of
    /// `chmod` is listed, its mode included. Relative ones are relative to where the line stands then.
    pub paths: Vec<Word>,
    /// Operands of programs that are not known here, folders that `cd` goes to included: what the line
    /// may touch besides, as far as it names it.
    pub named: Vec<Word>,
    /// Nothing else is touched: the line was read whole, every program in it is known here, every
    /// path is literal, and no `cd` moves what relative paths mean.
    pub complete: bool,
}

/// Programs that only read, or only touch what redirections say.
const READERS: &[&str] = &[
    "[",
    "[[",
    "basename",
    "cat",
    "cmp",
    "comm",
    "cut",
    "date",
    "df",
    "diff",
    "dirname",
    "du",
    "echo",
    "egrep",
    "exit",
    "false",
    "fgrep",
    "file",
    "grep",
    "head",
    "hostname",
    "id",
    "ls",
    "nl",
    "od",
    "printf",
    "ps",
    "pwd",
    "readlink",
    "realpath",
    "seq",
    "sha1sum",
    "sha256sum",
    "sleep",
    "stat",
    "tail",
    "test",
    "tr",
    "true",
    "type",
    "uname",
    "wait",
    "wc",
    "which",
    "whoami",
    ":",
];

/// Programs that touch each of their operands.
const EACH: &[&str] = &[
    "chgrp", "chmod", "chown", "link", "mkdir", "mkfifo", "mknod", "mv", "rm", "rmdir", "shred",
    "tee", "touch", "truncate", "unlink",
];

/// Programs that touch their last operand, or the folder that `-t` names.
const LAST: &[&str] = &["cp", "gcp", "install", "ln"];

/// Wrappers whose command stands in the line of its own, so that they touch nothing themselves.
const TRANSPARENT: &[&str] = &[
    "builtin", "command", "doas", "env", "nice", "nohup", "setsid", "stdbuf", "sudo", "timeout",
];

pub(super) fn of(line: &Line) -> Touched {
    let mut touched = Touched {
        complete: line.unknown.is_empty() && !line.names_rebound,
        ..Touched::default()
    };
    for command in &line.commands {
        collect(command, &mut touched);
    }
    touched.complete &= touched.paths.iter().all(Word::is_literal);
    touched
}

/// Notes commands that run what the line itself has just made: `cp /usr/bin/git g && ./g push`.
pub(super) fn note_programs_of_the_line(found: &mut Found) {
    let mut touched = Touched::default();
    for command in &found.commands {
        collect(command, &mut touched);
    }
    let made = touched.paths;
    let names: std::collections::BTreeSet<&str> = made
        .iter()
        .filter_map(Word::literal)
        .map(|path| last_component(path.trim_end_matches('/')))
        .collect();
    let any_open = made.iter().any(|path| !path.literal);
    let mut runs: Vec<String> = Vec::new();
    for command in &found.commands {
        let name = command.program().map(program::plain_name);
        let is_script_runner = name
            .as_deref()
            .is_some_and(|name| program::is_shell(name) || program::is_interpreter(name));
        let candidates = command
            .argv
            .iter()
            .take(if is_script_runner { 4 } else { 1 });
        for (place, word) in candidates.enumerate() {
            let is_path = word.text.contains('/') || place > 0;
            let Some(path) = word.literal().filter(|_| is_path) else {
                continue;
            };
            if path.starts_with("/dev/") {
                continue;
            }
            // What stands below a folder that was made or moved counts too.
            if any_open || path.split('/').any(|part| names.contains(part)) {
                runs.push(path.to_owned());
            }
        }
    }
    for path in runs {
        found.note(Why::Written, &path);
    }
}

fn collect(command: &Command, touched: &mut Touched) {
    touched.paths.extend(
        command
            .writes
            .iter()
            .filter(|word| word.text != "/dev/null")
            .cloned(),
    );
    let Some(first) = command.argv.first() else {
        return;
    };
    let Some(path) = first.literal() else {
        touched.complete = false;
        return;
    };
    let name = program::plain_name(path);
    let name = name.as_str();
    let arguments = command.argv.get(1..).unwrap_or_default();
    if EACH.contains(&name) {
        touched.paths.extend(operands(arguments));
    } else if LAST.contains(&name) {
        let targets: Vec<Word> = arguments.iter().filter_map(target_option).collect();
        let all: Vec<Word> = operands(arguments).collect();
        let names_folder =
            !targets.is_empty() || arguments.iter().any(|word| is_short_t(&word.text));
        // A single operand of `ln` lands here under its own name.
        let from = if names_folder || name == "install" {
            0
        } else {
            all.len().saturating_sub(1)
        };
        touched.paths.extend(targets);
        touched.paths.extend(all.into_iter().skip(from));
    } else if name == "dd" {
        let outputs = arguments.iter().filter_map(|word| {
            Some(Word {
                text: word.text.strip_prefix("of=")?.to_owned(),
                literal: word.literal,
            })
        });
        touched.paths.extend(outputs);
        touched.complete &= arguments.iter().all(Word::is_literal);
    } else if matches!(name, "sed" | "gsed") {
        if arguments
            .iter()
            .any(|word| !word.literal || is_in_place(&word.text))
        {
            let all: Vec<Word> = operands(arguments).collect();
            touched
                .paths
                .extend(all.into_iter().skip(script_words(arguments)));
        }
    } else if name == "git" {
        touched.complete = false;
        let call = git::call(arguments);
        touched.paths.extend(git_paths(call.rest));
    } else if !READERS.contains(&name) && !TRANSPARENT.contains(&name) {
        touched.complete = false;
        // What `loom` may do to a journal that a line names is for those who know its commands.
        if name != "loom" {
            touched.named.extend(operands(arguments));
        }
    }
}

/// How many operands of `sed` are its script: one, unless an option brings it.
fn script_words(arguments: &[Word]) -> usize {
    let brings = |word: &Word| match word.text.strip_prefix("--") {
        Some(long) => long.starts_with('e') || long.starts_with('f'),
        None => word.text.starts_with('-') && word.text.contains(['e', 'f']),
    };
    usize::from(arguments.iter().all(|word| word.literal && !brings(word)))
}

/// The files that git takes back, moves or removes because the line names them. What a whole branch, patch
/// or stash brings, no line says.
fn git_paths(rest: &[Word]) -> Vec<Word> {
    let Some((subcommand, rest)) = rest.split_first() else {
        return Vec::new();
    };
    let behind_dashes = || {
        let mut words = rest.iter();
        let found = words.any(|word| word.text == "--");
        found.then(|| words.cloned().collect::<Vec<Word>>())
    };
    match subcommand.text.as_str() {
        "mv" | "restore" | "rm" => behind_dashes().unwrap_or_else(|| operands(rest).collect()),
        "checkout" | "clean" | "reset" | "stash" => behind_dashes().unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// Words that are no options; all of them behind `--`.
fn operands(arguments: &[Word]) -> impl Iterator<Item = Word> + '_ {
    let mut only_operands = false;
    arguments.iter().filter_map(move |word| {
        if !only_operands && word.literal() == Some("--") {
            only_operands = true;
            return None;
        }
        let is_option = !only_operands && word.text.len() > 1 && word.text.starts_with('-');
        (!is_option).then(|| word.clone())
    })
}

/// The folder in `--target-directory=DIR` or `-tDIR`.
fn target_option(word: &Word) -> Option<Word> {
    let text = match word.text.strip_prefix("--") {
        Some(long) if long.starts_with('t') => long.split_once('=')?.1,
        Some(_) => return None,
        None => {
            let letters = word.text.strip_prefix('-')?;
            let (_, folder) = letters.split_once('t')?;
            folder
        }
    };
    (!text.is_empty()).then(|| Word {
        text: text.to_owned(),
        literal: word.literal,
    })
}

/// Whether the next word names the folder: `-t DIR`, `-at DIR`, `--target-directory DIR`.
fn is_short_t(text: &str) -> bool {
    match text.strip_prefix("--") {
        Some(long) => long.starts_with('t'),
        None => text.starts_with('-') && text.ends_with('t'),
    }
}

fn is_in_place(text: &str) -> bool {
    match text.strip_prefix("--") {
        Some(long) => long.starts_with('i'),
        None => text.starts_with('-') && text.contains('i'),
    }
}
