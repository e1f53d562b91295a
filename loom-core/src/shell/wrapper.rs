//! Programs whose arguments are the command that they run, and how to find it behind their options.

use super::Word;

/// How a wrapper's own options are read.
pub(super) struct Wrapper {
    name: &'static str,
    /// Letters of options without a value.
    flags: &'static str,
    /// Letters of options with a value, which may stand in the same word or in the next.
    valued: &'static str,
    long_flags: &'static [&'static str],
    long_valued: &'static [&'static str],
    /// Operands in front of the command, as the duration of `timeout`.
    operands: usize,
    /// Whether `NAME=value` may stand in front of the command.
    assigns: bool,
}

const fn plain(name: &'static str) -> Wrapper {
    Wrapper {
        name,
        flags: "",
        valued: "",
        long_flags: &[],
        long_valued: &[],
        operands: 0,
        assigns: false,
    }
}

/// What a wrapper runs.
pub(super) enum Inner<'a> {
    /// The command behind it; empty where none stands there.
    Command(&'a [Word]),
    /// It only looks the name up.
    Nothing,
    /// Its options could not be read.
    Unknown,
}

const WRAPPERS: &[Wrapper] = &[
    Wrapper {
        flags: "AbEeHiKklnPSsVv",
        valued: "CDghpRrTtUu",
        long_flags: &[
            "askpass",
            "background",
            "login",
            "non-interactive",
            "preserve-env",
            "preserve-groups",
            "reset-timestamp",
            "set-home",
            "shell",
            "stdin",
            "validate",
        ],
        long_valued: &[
            "chdir",
            "chroot",
            "close-from",
            "command-timeout",
            "group",
            "host",
            "other-user",
            "preserve-env",
            "prompt",
            "role",
            "type",
            "user",
        ],
        assigns: true,
        ..plain("sudo")
    },
    Wrapper {
        flags: "Lns",
        valued: "Cu",
        ..plain("doas")
    },
    Wrapper {
        flags: "i0v",
        valued: "uC",
        long_flags: &["ignore-environment", "null", "debug"],
        long_valued: &["unset", "chdir"],
        assigns: true,
        ..plain("env")
    },
    Wrapper {
        flags: "pvV",
        ..plain("command")
    },
    plain("builtin"),
    plain("nohup"),
    Wrapper {
        flags: "0123456789",
        valued: "n",
        long_valued: &["adjustment"],
        ..plain("nice")
    },
    Wrapper {
        flags: "t",
        valued: "cn",
        long_flags: &["ignore"],
        long_valued: &["class", "classdata"],
        ..plain("ionice")
    },
    Wrapper {
        flags: "fpv",
        valued: "ks",
        long_flags: &["foreground", "preserve-status", "verbose"],
        long_valued: &["kill-after", "signal"],
        operands: 1,
        ..plain("timeout")
    },
    Wrapper {
        flags: "fpv",
        valued: "ks",
        long_flags: &["foreground", "preserve-status", "verbose"],
        long_valued: &["kill-after", "signal"],
        operands: 1,
        ..plain("gtimeout")
    },
    Wrapper {
        flags: "cl",
        valued: "a",
        ..plain("exec")
    },
    Wrapper {
        valued: "ioe",
        long_valued: &["input", "output", "error"],
        ..plain("stdbuf")
    },
    Wrapper {
        flags: "cfw",
        long_flags: &["ctty", "fork", "wait"],
        ..plain("setsid")
    },
    Wrapper {
        flags: "pvaqlh",
        valued: "of",
        long_flags: &["portability", "verbose", "append", "quiet"],
        long_valued: &["output", "format"],
        ..plain("time")
    },
    Wrapper {
        flags: "dimsu",
        valued: "tw",
        ..plain("caffeinate")
    },
    Wrapper {
        flags: "acp",
        operands: 1,
        ..plain("taskset")
    },
    Wrapper {
        operands: 1,
        ..plain("repeat")
    },
    plain("-"),
    plain("busybox"),
    plain("chronic"),
    plain("eatmydata"),
    plain("nocorrect"),
    plain("noglob"),
    plain("toybox"),
    plain("unbuffer"),
    plain("winpty"),
];

/// Programs that run a command which stands behind a word of theirs: `uv run pytest`.
const RUNNERS: &[(&str, &[&str])] = &[
    ("bundle", &["exec"]),
    ("bun", &["x"]),
    ("cargo", &["watch"]),
    ("conda", &["run"]),
    ("direnv", &["exec"]),
    ("docker", &["exec", "run"]),
    ("hatch", &["run"]),
    ("kubectl", &["exec", "run"]),
    ("mise", &["exec", "x"]),
    ("nix", &["develop", "run", "shell"]),
    ("npm", &["exec", "x"]),
    ("pipenv", &["run"]),
    ("pnpm", &["dlx", "exec"]),
    ("podman", &["exec", "run"]),
    ("poetry", &["run"]),
    ("rye", &["run"]),
    ("uv", &["run"]),
    ("yarn", &["dlx", "exec"]),
];

/// Runners that look a command up by its name before anything else, without a word of their own.
const DIRECT: &[&str] = &["npx", "bunx", "pnpx", "uvx"];

/// What the command behind a wrapper is; `None` where the program is no wrapper.
pub(super) fn inner<'a>(program: &str, argv: &'a [Word]) -> Option<Inner<'a>> {
    let arguments = argv.get(1..).unwrap_or_default();
    if let Some(wrapper) = WRAPPERS.iter().find(|wrapper| wrapper.name == program) {
        return Some(wrapper.inner(arguments));
    }
    if DIRECT.contains(&program) {
        return Some(behind(arguments));
    }
    let (_, subcommands) = RUNNERS.iter().find(|(name, _)| *name == program)?;
    let first = arguments.first()?;
    let is_runner = |word: &Word| {
        word.literal()
            .is_none_or(|text| subcommands.contains(&text))
    };
    let option_first = first.text.starts_with(['-', '+']);
    match () {
        () if !option_first && !is_runner(first) => None,
        () if option_first && !arguments.iter().any(is_runner) => None,
        // Where the command begins behind options is each runner's own affair.
        () if option_first || !first.literal || program == "cargo" => Some(Inner::Unknown),
        () => Some(behind(arguments.get(1..).unwrap_or_default())),
    }
}

/// A command that begins at once, or behind `--`.
fn behind(arguments: &[Word]) -> Inner<'_> {
    match arguments {
        [dashes, rest @ ..] if dashes.literal() == Some("--") => Inner::Command(rest),
        [first, ..] if !first.literal || first.text.starts_with('-') => Inner::Unknown,
        _ => Inner::Command(arguments),
    }
}

impl Wrapper {
    fn inner<'a>(&self, mut rest: &'a [Word]) -> Inner<'a> {
        let mut looks_up = false;
        while let [first, after @ ..] = rest {
            let Some(text) = first.literal() else {
                return Inner::Unknown;
            };
            if text == "--" {
                rest = after;
                break;
            }
            // `env -` is `env -i`.
            if text == "-" && self.name == "env" {
                rest = after;
                continue;
            }
            if !text.starts_with('-') || text == "-" {
                break;
            }
            looks_up |= self.name == "command" && text.contains(['v', 'V']);
            match self.takes(text) {
                None => return Inner::Unknown,
                Some(words) => rest = rest.get(words..).unwrap_or_default(),
            }
        }
        if looks_up {
            return Inner::Nothing;
        }
        let operands = self.operands.min(rest.len());
        if rest.iter().take(operands).any(|word| !word.literal) {
            return Inner::Unknown;
        }
        rest = rest.get(operands..).unwrap_or_default();
        if self.assigns {
            while let [first, after @ ..] = rest {
                match first.literal() {
                    None => return Inner::Unknown,
                    // `env` takes any name that has a `=` behind it.
                    Some(text) if text.contains('=') => rest = after,
                    Some(_) => break,
                }
            }
        }
        Inner::Command(rest)
    }

    /// How many words an option takes, itself included; `None` where it is not known.
    fn takes(&self, option: &str) -> Option<usize> {
        if let Some(long) = option.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, _)) => (name, true),
                None => (long, false),
            };
            return match () {
                () if value => self.long_valued.contains(&name).then_some(1),
                () if self.long_flags.contains(&name) => Some(1),
                () => self.long_valued.contains(&name).then_some(2),
            };
        }
        let letters = option.strip_prefix('-')?;
        for (place, letter) in letters.char_indices() {
            if self.valued.contains(letter) {
                let rest = letters.get(place + letter.len_utf8()..).unwrap_or_default();
                return Some(if rest.is_empty() { 2 } else { 1 });
            }
            if !self.flags.contains(letter) {
                return None;
            }
        }
        Some(1)
    }
}
