//! Worktrees that a harness asks for: a hook on this event takes git's place, so it does what git would.

use std::path::Path;
use std::process::Command;

use loom_core::error::{Code, Error};
use loom_core::harness::hook::Say;

use crate::identity::{self, Tree};

/// Where worktrees are made, from the root of the main checkout.
const FOLDER: &str = ".claude/worktrees";
/// The longest name of one, in bytes.
const NAME_BYTES_MAX: usize = 100;

/// Makes a worktree on a branch of its own, and says where it is.
pub(super) fn make(tree: Option<&Tree>, name: &str) -> Result<Say, Error> {
    let tree = inside(tree)?;
    let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
    let is_plain = name.chars().all(plain) && !name.starts_with(['.', '-']);
    if !is_plain || name.len() > NAME_BYTES_MAX || name.contains("..") {
        let message =
            "a worktree's name is letters, digits, dots, dashes and underscores, at most 100";
        return Err(Error::at(Code::InvalidField, "name", message));
    }
    let path = tree.root.join(FOLDER).join(name);
    let branch = format!("worktree-{name}");
    let full = format!("refs/heads/{branch}");
    let known = git(tree, &["rev-parse", "--verify", "--quiet", &full]).is_ok();
    let at = path.to_string_lossy();
    match known {
        true => git(tree, &["worktree", "add", "--quiet", &at, &branch])?,
        false => git(tree, &["worktree", "add", "--quiet", "-b", &branch, &at])?,
    }
    Ok(Say::Facts(at.into_owned()))
}

/// Removes a worktree that holds nothing which is not committed, and leaves any other.
pub(super) fn remove(tree: Option<&Tree>, path: &Path) -> Result<Say, Error> {
    let tree = inside(tree)?;
    let real = identity::real(&path.to_string_lossy(), &tree.root)?;
    let of_clone = Tree::around(&real).filter(|it| it.common == tree.common && it.root == real);
    if of_clone.is_none() {
        let message = "there is no worktree of this repository";
        return Err(Error::at(Code::NotFound, "worktree_path", message));
    }
    git(tree, &["worktree", "remove", &real.to_string_lossy()])?;
    Ok(Say::Nothing)
}

fn inside(tree: Option<&Tree>) -> Result<&Tree, Error> {
    tree.ok_or_else(|| {
        let message = "this folder lies in no git repository";
        Error::at(Code::NotFound, "cwd", message)
    })
}

fn git(tree: &Tree, args: &[&str]) -> Result<(), Error> {
    let output = Command::new("git")
        .args(args)
        .current_dir(&tree.root)
        .output()
        .map_err(|why| Error::at(Code::Unavailable, "git", why.to_string()))?;
    match output.status.success() {
        true => Ok(()),
        false => {
            let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            Err(Error::at(
                Code::Unavailable,
                format!("git {}", args[0]),
                why,
            ))
        }
    }
}
