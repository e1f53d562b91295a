//! `loom init git`: git's own hooks that call the guard, in front of which the hooks that are there go on as
//! they were.

use std::path::Path;

use clap::Args;

use crate::exit::{Ended, Exit, Failure};
use crate::session;

/// Puts `loom guard` into git's hooks. Hooks that are there run first, as before.
#[derive(Debug, Clone, Args)]
pub(crate) struct GitHooks {
    /// Take the hooks out again, and put back what was there
    #[arg(long)]
    remove: bool,
}

/// What our hooks are told by.
const MARK: &str = "# loom guard";
/// What a hook that was there is called meanwhile.
const BEFORE: &str = ".before-loom";

const HOOKS: [(&str, &str); 2] = [
    ("pre-commit", r#"loom guard --staged"#),
    (
        "pre-push",
        r#"printf '%s\n' "$told" | loom guard --pushed "$1""#,
    ),
];

impl GitHooks {
    pub(crate) fn carry_out(&self) -> Ended {
        let checkout = session::here()?.ok_or_else(|| {
            Failure::absent("repository", "this folder lies in no git repository")
        })?;
        let folder = checkout.hooks_folder()?;
        for (name, line) in HOOKS {
            let hook = folder.join(name);
            let before = folder.join(format!("{name}{BEFORE}"));
            match self.remove {
                true => remove(&hook, &before)?,
                false => install(&hook, &before, line)?,
            }
        }
        let done = match self.remove {
            true => "hooks taken out of",
            false => "hooks put into",
        };
        println!("{done} {}", folder.display());
        Ok(Exit::Done)
    }
}

fn is_ours(hook: &Path) -> bool {
    std::fs::read(hook).is_ok_and(|text| String::from_utf8_lossy(&text).contains(MARK))
}

fn install(hook: &Path, before: &Path, line: &str) -> Result<(), Failure> {
    let outside = |why: std::io::Error| Failure::outside("hook", why);
    if let Some(folder) = hook.parent() {
        std::fs::create_dir_all(folder).map_err(outside)?;
    }
    let is_there = std::fs::symlink_metadata(hook).is_ok();
    if is_there && !is_ours(hook) {
        if std::fs::symlink_metadata(before).is_ok() {
            let message = format!("{} is in the way", before.display());
            return Err(Failure::broken("hook", message));
        }
        std::fs::rename(hook, before).map_err(outside)?;
    }
    let program = std::env::current_exe().map_err(outside)?;
    std::fs::write(hook, script(&program, line)).map_err(outside)?;
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(hook, std::fs::Permissions::from_mode(0o755)).map_err(outside)
}

fn remove(hook: &Path, before: &Path) -> Result<(), Failure> {
    let outside = |why: std::io::Error| Failure::outside("hook", why);
    if !is_ours(hook) {
        return Ok(());
    }
    match std::fs::symlink_metadata(before).is_ok() {
        true => std::fs::rename(before, hook).map_err(outside),
        false => std::fs::remove_file(hook).map_err(outside),
    }
}

/// The hook: what was there first, then the guard. Without `loom` nothing passes.
fn script(program: &Path, line: &str) -> String {
    let program = program.to_string_lossy().replace('\'', r"'\''");
    format!(
        r#"#!/bin/sh
{MARK}: holds this against claims, the policy, and what others did on purpose.
# `loom init git --remove` takes it out; a person gets past it once with --no-verify.
told=
case "$0" in *pre-push) told=$(cat) ;; esac
if [ -x "$0{BEFORE}" ]; then
  printf '%s\n' "$told" | "$0{BEFORE}" "$@" || exit $?
fi
if ! command -v loom >/dev/null 2>&1; then
  PATH="$PATH:$(dirname '{program}')"
  command -v loom >/dev/null 2>&1 || {{
    echo 'loom guard: there is no loom on PATH, so nothing passes; a person can use --no-verify' >&2
    exit 1
  }}
fi
{line}
"#
    )
}
