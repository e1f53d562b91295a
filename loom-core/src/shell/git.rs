//! git's own options, which stand in front of the subcommand, and the ways by which git runs what
//! its arguments say.

use super::Word;

/// Global options without a value.
const FLAGS: &[&str] = &[
    "-p",
    "-P",
    "--paginate",
    "--no-pager",
    "--bare",
    "--no-replace-objects",
    "--no-lazy-fetch",
    "--no-optional-locks",
    "--no-advice",
    "--literal-pathspecs",
    "--glob-pathspecs",
    "--noglob-pathspecs",
    "--icase-pathspecs",
];

/// Global options whose value is the next word, or stands behind `=`.
const VALUED: &[&str] = &[
    "--git-dir",
    "--work-tree",
    "--namespace",
    "--super-prefix",
    "--attr-source",
    "--config-env",
    "-C",
    "-c",
];

/// Configuration that `-c` may set without running anything, by how the key begins.
const QUIET_KEYS: &[&str] = &[
    "advice.",
    "author.",
    "color.",
    "commit.gpgsign=",
    "committer.",
    "core.autocrlf=",
    "core.quotepath=",
    "init.defaultbranch=",
    "push.default=",
    "tag.gpgsign=",
    "user.email=",
    "user.name=",
];

/// Commands that git has itself, so that no alias can stand for them.
const BUILTIN: &str = " add am annotate apply archive bisect blame branch bundle cat-file check-attr \
    check-ignore check-mailmap check-ref-format checkout checkout-index cherry cherry-pick clean \
    clone column commit commit-graph commit-tree config count-objects describe diff diff-files \
    diff-index diff-tree difftool fast-export fast-import fetch fetch-pack filter-branch fmt-merge-msg \
    for-each-ref for-each-repo format-patch fsck gc grep hash-object help index-pack init interpret-trailers \
    log ls-files ls-remote ls-tree maintenance merge merge-base merge-file merge-index merge-tree \
    mergetool mktag mktree multi-pack-index mv name-rev notes pack-objects pack-refs patch-id prune \
    pull push range-diff read-tree rebase reflog remote repack replace request-pull rerere reset restore \
    rev-list rev-parse revert rm send-email send-pack shortlog show show-branch show-index show-ref \
    sparse-checkout stash status stripspace submodule switch symbolic-ref tag unpack-file unpack-objects \
    update-index update-ref update-server-info var verify-commit verify-pack verify-tag version whatchanged \
    worktree write-tree ";

/// What git's arguments mean.
pub(super) struct Call<'a> {
    /// The subcommand and what follows it.
    pub rest: &'a [Word],
    /// The options in front of it were all known.
    pub known: bool,
    /// Something in them could run a program.
    pub runs: bool,
}

/// Passes over git's own options. `arguments` stand behind `git`.
pub(super) fn call(arguments: &[Word]) -> Call<'_> {
    let mut rest = arguments;
    let (mut known, mut runs) = (true, false);
    while let [first, after @ ..] = rest {
        let Some(text) = first.literal() else {
            known = false;
            break;
        };
        if !text.starts_with('-') {
            break;
        }
        let name = text.split('=').next().unwrap_or_default();
        if FLAGS.contains(&text) {
            rest = after;
        } else if text.starts_with("--") && text.contains('=') && VALUED.contains(&name) {
            runs |= name == "--config-env";
            rest = after;
        } else if VALUED.contains(&text) {
            let value = after.first();
            if value.is_some_and(|value| !value.literal) {
                // A word that is not literal may be none or two.
                known = false;
            }
            runs |= text == "--config-env" || (text == "-c" && !value.is_some_and(is_quiet));
            rest = after.get(1..).unwrap_or_default();
        } else {
            // `--exec-path=…` says where the subcommands come from.
            runs |= text.starts_with("--exec-path=");
            known &= text.starts_with("--exec-path=");
            if !known {
                break;
            }
            rest = after;
        }
    }
    Call { rest, known, runs }
}

/// Whether a subcommand could be an alias or a program of another origin.
pub(super) fn may_be_alias(subcommand: &str) -> bool {
    !BUILTIN.split_whitespace().any(|name| name == subcommand)
}

/// Whether the arguments make git run what they say: `git rebase --exec`, `git config alias.x`.
pub(super) fn launches(arguments: &[Word]) -> bool {
    let call = call(arguments);
    if call.runs {
        return true;
    }
    let Some((subcommand, rest)) = call.rest.split_first() else {
        return false;
    };
    let any = |begins: &[&str]| {
        let begin = |word: &Word| begins.iter().any(|begin| word.text.starts_with(begin));
        // `"feature/$X"` is one word that is no option.
        let one_operand = |word: &Word| {
            let inside = word.text.strip_prefix('"');
            inside.is_some_and(|text| text.starts_with(|c: char| c.is_ascii_alphanumeric()))
        };
        rest.iter()
            .any(|word| begin(word) || (!word.literal && !one_operand(word)))
    };
    match subcommand.text.as_str() {
        "bisect" => any(&["run", "vis"]),
        "clone" => any(&["-u", "-c", "--u", "--conf", "--templ", "ext::"]),
        "config" => {
            let sets = rest.iter().any(|word| {
                let key = word.text.to_ascii_lowercase();
                !word.literal
                    || key.starts_with("-e")
                    || key.starts_with("--e")
                    || key == "edit"
                    || (key.contains('.') && !is_quiet_key(&format!("{key}=")))
            });
            let reads = rest.first().is_some_and(|word| {
                matches!(
                    word.text.as_str(),
                    "--get" | "--get-all" | "--list" | "-l" | "get" | "list"
                )
            });
            sets && !reads
        }
        "difftool" | "mergetool" => true,
        "fetch" | "pull" | "ls-remote" | "push" | "archive" => {
            any(&["--up", "--exec", "--rec", "ext::"])
        }
        "filter-branch" | "for-each-repo" | "send-email" | "hook" => true,
        "grep" => any(&["-O", "--open"]),
        "rebase" => any(&["-x", "--e"]),
        "submodule" => any(&["foreach"]),
        _ => false,
    }
}

fn is_quiet(setting: &Word) -> bool {
    setting
        .literal()
        .is_some_and(|text| is_quiet_key(&text.to_ascii_lowercase()))
}

fn is_quiet_key(key: &str) -> bool {
    QUIET_KEYS.iter().any(|begin| key.starts_with(begin))
        || matches!(key, "core.pager=cat" | "core.pager=")
}
