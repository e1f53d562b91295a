//! The demo's own clone. Git is run without the user's settings, without hooks, identity, signing or
//! network, so that the demo behaves the same everywhere and touches nothing but its folder.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::exit::Failure;

/// Above this many files, worktrees hold only the files that the demo plays with.
const FULL_CHECKOUT_FILES_MAX: usize = 5_000;

/// A clone in the demo's folder.
#[derive(Debug)]
pub(super) struct Scratch {
    /// The clone, without a checkout of its own.
    pub(super) clone: PathBuf,
    /// How many files the commit has.
    pub(super) files: usize,
}

impl Scratch {
    /// Clones `from` into `folder`, or makes a small repository there where `from` is none or empty.
    /// The second answer is what was cloned.
    pub(super) fn make(
        from: Option<&Path>,
        folder: &Path,
    ) -> Result<(Scratch, Option<PathBuf>), Failure> {
        let clone = folder.join("clone");
        let cloned = match from {
            Some(from) => copy(from, &clone)?,
            None => None,
        };
        if cloned.is_none() {
            ok(git(folder)
                .args(["init", "--quiet", "--template=", "-b", "main"])
                .arg(&clone))?;
        }
        let files = match cloned {
            Some(_) => tree(&clone)?.len(),
            None => 0,
        };
        Ok((Scratch { clone, files }, cloned))
    }

    /// Commits further files under `prefix` on top, without touching any checkout.
    pub(super) fn add_files(&mut self, prefix: &str) -> Result<(), Failure> {
        let parent = line(git(&self.clone).args(["rev-parse", "--verify", "--quiet", "HEAD"])).ok();
        if parent.is_some() {
            ok(git(&self.clone).args(["read-tree", "HEAD"]))?;
        }
        for (path, text) in SMALL_REPOSITORY {
            let blob = stored(&self.clone, text)?;
            let entry = format!("100644,{blob},{prefix}{path}");
            ok(git(&self.clone).args(["update-index", "--add", "--cacheinfo", &entry]))?;
        }
        let tree = line(git(&self.clone).args(["write-tree"]))?;
        let mut commit = git(&self.clone);
        commit.args(["commit-tree", "-m", "A few files to play with", &tree]);
        if let Some(parent) = &parent {
            commit.args(["-p", parent]);
        }
        let commit = line(&mut commit)?;
        ok(git(&self.clone).args(["update-ref", "HEAD", &commit]))?;
        self.files += SMALL_REPOSITORY.len();
        Ok(())
    }

    /// Adds a worktree with a branch of its own. `only` are the files that it needs at least.
    pub(super) fn add_worktree(&self, name: &str, only: &[&str]) -> Result<PathBuf, Failure> {
        let Some(parent) = self.clone.parent() else {
            return Err(Failure::outside("worktree", "the clone lies in no folder"));
        };
        let path = parent.join(name);
        let branch = format!("loom-demo/{name}");
        let is_large = self.files > FULL_CHECKOUT_FILES_MAX;
        let mut add = git(&self.clone);
        add.args(["worktree", "add", "--quiet", "-b", &branch]);
        if is_large {
            add.arg("--no-checkout");
        }
        ok(add.arg(&path).arg("HEAD"))?;
        if is_large {
            let escaped = only.iter().map(|path| {
                let special = |it: char| "\\*?[]!#".contains(it);
                let escape = |it: char| special(it).then_some('\\').into_iter().chain([it]);
                format!("/{}", path.chars().flat_map(escape).collect::<String>())
            });
            ok(git(&path)
                .args(["sparse-checkout", "set", "--no-cone"])
                .args(escaped))?;
            ok(git(&path).args(["checkout", "--quiet"]))?;
        }
        Ok(path)
    }
}

/// The files of the commit that is checked out: path and size in bytes. Links, submodules and paths
/// that are no UTF-8 are left out.
pub(super) fn tree(folder: &Path) -> Result<Vec<(String, u64)>, Failure> {
    let listed = printed(git(folder).args(["ls-tree", "-r", "-l", "-z", "HEAD"]))?;
    let entries = listed.split(|byte| *byte == 0);
    let files = entries.filter_map(|entry| {
        let entry = std::str::from_utf8(entry).ok()?;
        let (meta, path) = entry.split_once('\t')?;
        let mut meta = meta.split_ascii_whitespace();
        let is_file = meta.next()?.starts_with("100");
        let bytes = meta.nth(2)?.parse().ok()?;
        is_file.then(|| (path.to_owned(), bytes))
    });
    Ok(files.collect())
}

/// Commits one file of a worktree; answers the commit and the commit before it.
pub(super) fn commit(
    worktree: &Path,
    path: &str,
    message: &str,
) -> Result<(String, String), Failure> {
    let base = line(git(worktree).args(["rev-parse", "HEAD"]))?;
    let mut command = git(worktree);
    command.args([
        "--literal-pathspecs",
        "commit",
        "--quiet",
        "--no-verify",
        "--only",
    ]);
    ok(command.args(["-m", message, "--", path]))?;
    Ok((line(git(worktree).args(["rev-parse", "HEAD"]))?, base))
}

/// Clones the repository that a folder lies in; `None` where it lies in none, or in one without a
/// commit.
fn copy(from: &Path, to: &Path) -> Result<Option<PathBuf>, Failure> {
    // With the user's settings: whether this folder may be trusted is for them to say.
    if !from.is_dir() {
        return Ok(None);
    }
    let mut look = with_settings(from);
    if line(look.args(["rev-parse", "--verify", "--quiet", "HEAD"])).is_err() {
        return Ok(None);
    }
    let top = line(with_settings(from).args(["rev-parse", "--show-toplevel"]));
    let from = top.map_or_else(|_| from.to_owned(), PathBuf::from);
    let clone = |how: &[&str]| {
        let mut clone = with_settings(&from);
        clone.args([
            "clone",
            "--quiet",
            "--no-checkout",
            "--no-tags",
            "--template=",
        ]);
        ok(clone.args(how).arg("--").arg(&from).arg(to))
    };
    // Some object stores cannot be linked to; they can still be read.
    clone(&[]).or_else(|_| clone(&["--no-local"]))?;
    Ok(Some(from))
}

fn stored(folder: &Path, text: &str) -> Result<String, Failure> {
    let mut command = git(folder);
    command.args(["hash-object", "-w", "--stdin"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|why| Failure::outside("git", why))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin
            .write_all(text.as_bytes())
            .map_err(|why| Failure::outside("git", why))?;
    }
    let output = child
        .wait_with_output()
        .map_err(|why| Failure::outside("git", why))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Git in a folder of the demo's own.
pub(super) fn git(folder: &Path) -> Command {
    let mut git = with_settings(folder);
    git.args([
        "-c",
        "user.name=loom demo",
        "-c",
        "user.email=demo@loom.invalid",
    ]);
    git.args(["-c", "commit.gpgSign=false", "-c", "core.autocrlf=false"]);
    git.env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    git
}

fn with_settings(folder: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(folder).stdin(Stdio::null());
    git.args([
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "gc.auto=0",
        "-c",
        "maintenance.auto=false",
    ]);
    // What a surrounding hook or shell set for its own repository is not about this one.
    for name in [
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_COMMON_DIR",
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_NAMESPACE",
        "GIT_PREFIX",
        "GIT_CONFIG_PARAMETERS",
        "GIT_CONFIG_COUNT",
        "GIT_AUTHOR_DATE",
        "GIT_COMMITTER_DATE",
    ] {
        git.env_remove(name);
    }
    git.env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_LFS_SKIP_SMUDGE", "1")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_OPTIONAL_LOCKS", "0");
    git
}

fn ok(command: &mut Command) -> Result<(), Failure> {
    printed(command).map(|_| ())
}

fn line(command: &mut Command) -> Result<String, Failure> {
    let printed = printed(command)?;
    Ok(String::from_utf8_lossy(&printed)
        .trim_end_matches('\n')
        .to_owned())
}

fn printed(command: &mut Command) -> Result<Vec<u8>, Failure> {
    let output = command
        .output()
        .map_err(|why| Failure::outside("git", format!("git cannot be run: {why}")))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Failure::outside(
        "git",
        if why.is_empty() {
            output.status.to_string()
        } else {
            why
        },
    ))
}

/// What the demo plays with where there is nothing else.
const SMALL_REPOSITORY: &[(&str, &str)] = &[
    ("README.md", "# shop\n\nA client that tries again.\n"),
    (
        "docs/usage.md",
        "# Usage\n\nCreate a `Client`, call `get`.\n",
    ),
    (
        "src/backoff.py",
        "def pause(attempt):\n    return 0.1 * 2**attempt\n",
    ),
    (
        "src/client.py",
        "from limits import RETRIES\n\n\nclass Client:\n    retries = RETRIES\n",
    ),
    ("src/errors.py", "class GaveUp(Exception):\n    pass\n"),
    ("src/limits.py", "RETRIES = 5\n"),
    ("src/session.py", "class Session:\n    pass\n"),
    ("src/trace.py", "def note(text):\n    print(text)\n"),
    ("src/urls.py", "BASE = \"https://shop.invalid\"\n"),
    (
        "tests/test_backoff.py",
        "from backoff import pause\n\n\ndef test_grows():\n    assert pause(2) > pause(1)\n",
    ),
    (
        "tests/test_limits.py",
        "from limits import RETRIES\n\n\ndef test_retries():\n    assert RETRIES == 3\n",
    ),
];
