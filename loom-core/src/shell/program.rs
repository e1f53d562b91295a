//! What a program runs in its turn: the command behind a wrapper, the line of `sh -c`, or something
//! that only its input or another language knows.

use super::reader::{Found, check_depth};
use super::wrapper::Inner;
use super::{Command, Why, Word, environment, git, list, sed, wrapper};
use crate::error::Error;

/// Programs that run others, which their arguments or their input name.
const LAUNCHERS: &[&str] = &[
    "apply",
    "at",
    "batch",
    "chroot",
    "crontab",
    "csh",
    "cmd",
    "ed",
    "elvish",
    "emacs",
    "emacsclient",
    "entr",
    "env_parallel",
    "ex",
    "expect",
    "faketime",
    "fish",
    "flock",
    "fnm",
    "gdb",
    "heroku",
    "ksh93",
    "lldb",
    "ltrace",
    "make-wrapper",
    "nix-shell",
    "nsenter",
    "nu",
    "nvim",
    "osascript",
    "parallel",
    "perf",
    "pkexec",
    "powershell",
    "pwsh",
    "rlwrap",
    "rsh",
    "run0",
    "runuser",
    "screen",
    "script",
    "setpriv",
    "socat",
    "ssh",
    "sshpass",
    "start-stop-daemon",
    "strace",
    "su",
    "systemd-run",
    "tclsh",
    "tcsh",
    "tmux",
    "unshare",
    "vagrant",
    "valgrind",
    "vi",
    "view",
    "vim",
    "vimdiff",
    "watch",
    "watchexec",
    "wsl",
    "xargs",
    "xonsh",
    "xvfb-run",
];

/// Shells whose `-c` lines are read.
const SHELLS: &[&str] = &[
    "ash", "bash", "dash", "ksh", "mksh", "rbash", "sh", "yash", "zsh",
];

/// Interpreters of other languages, by how their names begin (`python3.12`).
const INTERPRETERS: &[&str] = &[
    "bun", "deno", "guile", "julia", "lua", "luajit", "node", "nodejs", "perl", "php", "pypy",
    "python", "Rscript", "ruby", "ts-node", "tsx",
];

/// Options after which an interpreter shows or checks something and runs no code of the line.
const HARMLESS: &[&str] = &["--version", "--help", "-V", "-h", "--check", "--test"];

/// Programs with options that run others, and how those options begin.
const OPTIONS_THAT_RUN: &[(&str, &[&str])] = &[
    ("fd", &["-x", "-X", "--exec"]),
    ("fdfind", &["-x", "-X", "--exec"]),
    (
        "find",
        &["-exec", "-ok", "-delete", "-fprint", "-fls", "-files0-from"],
    ),
    ("man", &["-P", "--pager", "-H", "--html"]),
    ("rg", &["--pre", "--hostname-bin"]),
    ("rsync", &["-e", "--rsh", "--rsync-path"]),
    ("scp", &["-S", "-o"]),
    ("sort", &["--compress-program"]),
    (
        "tar",
        &[
            "-I",
            "-F",
            "--use-c",
            "--to-c",
            "--checkpoint-a",
            "--rsh",
            "--rmt",
            "--info",
            "--new-vol",
        ],
    ),
    ("zip", &["-T", "--unzip"]),
];

/// Takes a simple command into the answer, with all that it runs in its turn.
pub(super) fn examine(command: Command, depth: usize, found: &mut Found) -> Result<(), Error> {
    environment::examine(&command, depth, found)?;
    let mut argv = command.argv.clone();
    found.push(command)?;
    let mut depth = depth;
    while !argv.is_empty() {
        let Some(inner) = consequences(&argv, depth, found)? else {
            break;
        };
        depth += 1;
        check_depth(depth)?;
        if inner
            .first()
            .is_some_and(|word| list::is_reserved(&word.text))
        {
            // `time -p if …`: the words of a wrapper that bash knows as grammar.
            found.note(Why::Syntax, &inner[0].text);
        }
        let command = Command {
            argv: inner.clone(),
            ..Command::default()
        };
        environment::examine(&command, depth, found)?;
        found.push(command)?;
        argv = inner;
    }
    Ok(())
}

/// The command behind this one, if there is one. Notes what else the program does.
fn consequences(
    argv: &[Word],
    depth: usize,
    found: &mut Found,
) -> Result<Option<Vec<Word>>, Error> {
    let Some((first, arguments)) = argv.split_first() else {
        return Ok(None);
    };
    let Some(path) = first.literal() else {
        found.note(Why::Program, &first.text);
        return Ok(None);
    };
    // macOS and Windows find `GIT` where `git` stands, and `git.exe` is `git` there.
    let name = plain_name(path);
    let name = name.as_str();
    if let Some(inner) = wrapper::inner(name, argv) {
        return Ok(match inner {
            Inner::Nothing => None,
            Inner::Unknown => {
                found.note(Why::Launcher, &first.text);
                None
            }
            Inner::Command([]) => {
                // `sudo -s` is a shell that reads its input.
                if matches!(name, "sudo" | "doas" | "npx" | "nix") {
                    found.note(Why::Input, &first.text);
                }
                None
            }
            Inner::Command(inner) => Some(inner.to_vec()),
        });
    }
    if LAUNCHERS.contains(&name) {
        found.note(Why::Launcher, &first.text);
    } else if SHELLS.contains(&name) {
        shell(first, arguments, depth, found)?;
    } else if is_interpreter(name) {
        interpreter(name, first, arguments, found);
    } else if let Some((_, begins)) = OPTIONS_THAT_RUN.iter().find(|(tool, _)| *tool == name) {
        let runs =
            |word: &Word| !word.literal || begins.iter().any(|begin| word.text.starts_with(begin));
        if arguments.iter().any(runs) {
            found.note(Why::Launcher, &first.text);
        }
    } else {
        other(name, first, arguments, depth, found)?;
    }
    Ok(None)
}

fn other(
    name: &str,
    first: &Word,
    arguments: &[Word],
    depth: usize,
    found: &mut Found,
) -> Result<(), Error> {
    match name {
        "eval" => match arguments {
            [dashes, line @ ..] if dashes.text == "--" => nested(line, depth, found)?,
            line => nested(line, depth, found)?,
        },
        "trap" => {
            let line = arguments.iter().position(|word| word.text != "--");
            if let Some(line) = line.and_then(|place| arguments.get(place..=place)) {
                nested(line, depth, found)?;
            }
        }
        "source" | "." => found.note(Why::Written, &first.text),
        "alias" | "enable" | "hash" | "bind" | "complete" | "compdef" | "autoload" | "zmodload"
        | "emulate" | "setopt" | "unsetopt" | "fc" | "history" => {
            found.note(Why::Settings, &first.text);
        }
        "mapfile" | "readarray"
            if arguments
                .iter()
                .any(|word| !word.literal || word.text.starts_with("-C")) =>
        {
            found.note(Why::NestedLine, &first.text);
        }
        "shopt" => {
            let harmless = [
                "-s",
                "-u",
                "-q",
                "-p",
                "globstar",
                "nullglob",
                "dotglob",
                "failglob",
                "inherit_errexit",
                "lastpipe",
                "nocaseglob",
            ];
            let harmless =
                |word: &Word| word.literal().is_some_and(|text| harmless.contains(&text));
            if !arguments.iter().all(harmless) {
                found.note(Why::Settings, &first.text);
            }
        }
        "set" if sets_unknown(arguments) => found.note(Why::Settings, &first.text),
        // Arithmetic runs the substitutions that stand in subscripts.
        "let" => found.note(Why::Arithmetic, &first.text),
        "test" | "[" | "[[" if test_evaluates(name == "[[", arguments) => {
            found.note(Why::Arithmetic, &first.text);
        }
        "declare" | "typeset" | "local" | "readonly" | "export"
            if arguments.iter().any(declares_arithmetic) =>
        {
            found.note(Why::Arithmetic, &first.text);
        }
        "awk" | "gawk" | "mawk" | "nawk" if !awk_only_prints(arguments) => {
            found.note(Why::InlineCode, &first.text);
        }
        "sed" | "gsed" if !sed_only_edits(arguments) => {
            found.note(Why::InlineCode, &first.text);
        }
        "git" if git::launches(arguments) => found.note(Why::Launcher, &first.text),
        _ => {}
    }
    Ok(())
}

/// Reads words that the shell puts together and runs.
fn nested(words: &[Word], depth: usize, found: &mut Found) -> Result<(), Error> {
    let mut line = String::new();
    for word in words {
        let Some(text) = word.literal() else {
            found.note(Why::NestedLine, &word.text);
            return Ok(());
        };
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(text);
    }
    list::read_into(&line, depth + 1, found)
}

/// `sh -c LINE`, `sh FILE`, or `sh` that reads its input.
fn shell(first: &Word, arguments: &[Word], depth: usize, found: &mut Found) -> Result<(), Error> {
    let mut rest = arguments;
    let mut reads_line = false;
    while let [option, after @ ..] = rest {
        let Some(text) = option.literal() else {
            found.note(Why::NestedLine, &option.text);
            return Ok(());
        };
        if !text.starts_with(['-', '+']) || text == "-" {
            break;
        }
        rest = after;
        if text == "--" {
            break;
        }
        if let Some(long) = text.strip_prefix("--") {
            match long {
                "version" | "help" => return Ok(()),
                "login" | "noprofile" | "norc" | "posix" | "verbose" | "restricted" => continue,
                _ => {
                    found.note(Why::Settings, text);
                    return Ok(());
                }
            }
        }
        for letter in text.chars().skip(1) {
            match letter {
                'c' if text.starts_with('-') => reads_line = true,
                'o' => {
                    let setting = rest.first().and_then(Word::literal).unwrap_or_default();
                    if !SETTINGS.contains(&setting) {
                        found.note(Why::Settings, text);
                        return Ok(());
                    }
                    rest = rest.get(1..).unwrap_or_default();
                }
                'a' | 'b' | 'e' | 'f' | 'h' | 'l' | 'm' | 'n' | 'u' | 'v' | 'x' | 'C' | 'E'
                | 'p' => {}
                _ => {
                    found.note(Why::Settings, text);
                    return Ok(());
                }
            }
        }
    }
    match rest.first() {
        Some(line) if reads_line => nested(std::slice::from_ref(line), depth, found),
        Some(file) if !file.literal || is_an_input(&file.text) => {
            found.note(Why::Input, &file.text);
            Ok(())
        }
        Some(_) => Ok(()),
        None => {
            found.note(Why::Input, &first.text);
            Ok(())
        }
    }
}

/// An interpreter of another language: a script file is no part of the line, all else is unknown.
fn interpreter(name: &str, first: &Word, arguments: &[Word], found: &mut Found) {
    let mut rest = arguments;
    while let [option, after @ ..] = rest {
        match option.literal() {
            Some(text) if name.starts_with("py") && text == "-m" => {
                let runs_code = [
                    "timeit", "pdb", "code", "trace", "cProfile", "profile", "IPython",
                ];
                let module = after.first().and_then(Word::literal);
                if module.is_none_or(|module| runs_code.contains(&module)) {
                    found.note(Why::InlineCode, &first.text);
                }
                return;
            }
            Some("-u" | "-B" | "-s" | "-E" | "-I" | "-O" | "-OO") if name.starts_with("py") => {
                rest = after
            }
            Some(text) if HARMLESS.contains(&text) => return,
            Some("-v") if name.starts_with("node") => return,
            _ => break,
        }
    }
    match rest.first() {
        None => found.note(Why::Input, &first.text),
        Some(script) if is_an_input(&script.text) => found.note(Why::Input, &script.text),
        Some(script)
            if !script.literal || script.text.starts_with('-') || script.text == "eval" =>
        {
            found.note(Why::InlineCode, &script.text);
        }
        Some(_) => {}
    }
}

/// Whether it is a shell whose lines are read.
pub(super) fn is_shell(name: &str) -> bool {
    SHELLS.contains(&name)
}

/// The name that a program is found by: without folders, letter case and the endings of Windows.
pub(super) fn plain_name(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    let known = [".exe", ".cmd", ".bat", ".com"];
    match known.iter().find_map(|ending| lower.strip_suffix(ending)) {
        Some(stem) => stem.to_owned(),
        None => lower,
    }
}

pub(super) fn is_interpreter(name: &str) -> bool {
    INTERPRETERS.iter().any(|known| {
        let rest = name.strip_prefix(&known.to_ascii_lowercase());
        rest.is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
    })
}

fn is_an_input(path: &str) -> bool {
    path == "-" || path.starts_with("/dev/") || path.starts_with("/proc/")
}

const SETTINGS: &[&str] = &[
    "errexit",
    "nounset",
    "xtrace",
    "pipefail",
    "noglob",
    "noclobber",
    "verbose",
    "posix",
    "allexport",
];

fn is_known_setting(word: &Word) -> bool {
    let Some(text) = word.literal() else {
        return false;
    };
    match text.strip_prefix(['-', '+']) {
        Some(letters) => letters.chars().all(|c| "abefhmnuvxCEo".contains(c)),
        None => SETTINGS.contains(&text),
    }
}

fn sets_unknown(arguments: &[Word]) -> bool {
    let mut settings = arguments.iter().take_while(|word| word.text != "--");
    !settings.all(is_known_setting)
}

/// Whether a test evaluates arithmetic: `[[ $x -eq 1 ]]`, or the subscript of `-v a[…]`.
fn test_evaluates(extended: bool, arguments: &[Word]) -> bool {
    let number = |word: Option<&Word>| {
        let digits = word.map_or("", |word| word.text.trim_start_matches('-'));
        digits.bytes().all(|b| b.is_ascii_digit())
    };
    arguments.iter().enumerate().any(|(place, word)| {
        let before = place.checked_sub(1).and_then(|place| arguments.get(place));
        let plain = number(before) && number(arguments.get(place + 1));
        matches!(word.text.as_str(), "-v" | "-R")
            || (extended && is_comparison(&word.text) && !plain)
    })
}

fn declares_arithmetic(word: &Word) -> bool {
    let is_option = word.text.starts_with(['-', '+']);
    word.text.contains('[') || (is_option && word.text.contains(['i', 'n', 'f', 'a', 'A']))
}

fn is_comparison(text: &str) -> bool {
    matches!(text, "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge")
}

/// `awk '{print $1}' files`: no `system`, no pipe, no file written, no program from elsewhere.
fn awk_only_prints(arguments: &[Word]) -> bool {
    let mut rest = arguments;
    loop {
        match rest {
            [option, _, after @ ..] if matches!(option.text.as_str(), "-F" | "-v") => rest = after,
            [option, after @ ..] if option.literal && option.text.starts_with("-F") => rest = after,
            [program, ..] => {
                let text = program.literal().unwrap_or("-");
                let runs = ["system", "|", ">", "getline", "@", "close"];
                return !text.starts_with('-') && !runs.iter().any(|word| text.contains(word));
            }
            [] => return true,
        }
    }
}

fn sed_only_edits(arguments: &[Word]) -> bool {
    let mut scripts: Vec<&Word> = Vec::new();
    let mut operands: Vec<&Word> = Vec::new();
    let mut rest = arguments;
    while let [word, after @ ..] = rest {
        rest = after;
        match word.literal() {
            None => operands.push(word),
            Some("-e") => {
                scripts.extend(rest.first());
                rest = rest.get(1..).unwrap_or_default();
            }
            Some("-n" | "-E" | "-r" | "-s" | "-u" | "-z" | "-nE" | "-En" | "-nr") => {}
            // The suffix of a backup; BSD takes the next word for one.
            Some(text) if text.starts_with("-i") && !text.contains(['e', 'f']) => {}
            Some(text) if text.starts_with('-') => return false,
            Some(_) => operands.push(word),
        }
    }
    if scripts.is_empty() {
        // BSD's `sed -i '' SCRIPT`: where the script may be either, both have to be harmless.
        let skips = arguments.iter().any(|word| word.text.starts_with("-i"));
        scripts.extend(operands.iter().take(if skips { 2 } else { 1 }));
        let first_is_file = |script: &&Word| script.literal().is_some_and(sed::only_edits);
        if skips && scripts.len() == 2 && scripts.first().is_some_and(|s| !s.text.is_empty()) {
            return scripts.first().is_some_and(first_is_file);
        }
    }
    scripts
        .iter()
        .all(|script| script.literal().is_some_and(sed::only_edits))
}
