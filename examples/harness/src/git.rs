//! What the harness asks git: where a repository is, what it is called, what a commit changed.

use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use loom_core::coordinator::ChangedFile;
use loom_core::error::{Code, Error};
use loom_core::model::ActorId;

/// What is staged, against the last commit.
const STAGED: [&str; 8] = [
    "diff",
    "--cached",
    "--raw",
    "-z",
    "--no-abbrev",
    "--no-renames",
    "--no-relative",
    "--no-ext-diff",
];
/// The tree without anything in it, which every repository has.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// A repository, seen from one folder.
#[derive(Debug, Clone)]
pub(crate) struct Checkout {
    /// The folder that was asked about.
    pub(crate) at: PathBuf,
    /// The folder that all worktrees of the clone share.
    pub(crate) common: PathBuf,
}

impl Checkout {
    /// The repository that a folder lies in, if it lies in one.
    pub(crate) fn at(folder: &Path) -> Result<Option<Checkout>, Error> {
        let mut command = Command::new("git");
        command
            .args(["rev-parse", "--git-common-dir"])
            .current_dir(folder);
        let output = run(&mut command)?;
        if !output.status.success() {
            return Ok(None);
        }
        let common = folder.join(text(output.stdout)?.trim_end());
        let common = std::fs::canonicalize(&common).unwrap_or(common);
        Ok(Some(Checkout {
            at: folder.to_owned(),
            common,
        }))
    }

    /// The name of the repository: that of its origin, else of its main folder.
    pub(crate) fn name(&self) -> String {
        let origin = self.origin();
        let of_origin = origin
            .as_deref()
            .map(|origin| origin.trim_end_matches('/').trim_end_matches(".git"))
            .and_then(|origin| origin.rsplit(['/', ':']).next());
        let folder = if self.common.ends_with(".git") {
            self.common.parent()
        } else {
            Some(&*self.common)
        };
        let of_folder = folder
            .and_then(Path::file_name)
            .map(|name| name.to_string_lossy().into_owned());
        let name = of_origin.map(str::to_owned).or(of_folder);
        crate::units::name_from(name.as_deref().unwrap_or(""))
    }

    /// The address of `origin`, if there is one.
    pub(crate) fn origin(&self) -> Option<String> {
        self.line(&["config", "--get", "remote.origin.url"])
    }

    /// The branch that work lands on: that of the origin, else `main` or `master` where they exist,
    /// else the one checked out.
    pub(crate) fn default_branch(&self) -> String {
        let of_origin = self.line(&["symbolic-ref", "--short", "refs/remotes/origin/HEAD"]);
        if let Some(branch) = of_origin
            .as_deref()
            .and_then(|it| it.strip_prefix("origin/"))
        {
            return branch.to_owned();
        }
        for branch in ["main", "master"] {
            let full = format!("refs/heads/{branch}");
            if self
                .line(&["rev-parse", "--verify", "--quiet", &full])
                .is_some()
            {
                return branch.to_owned();
            }
        }
        self.line(&["symbolic-ref", "--short", "HEAD"])
            .unwrap_or_else(|| "main".to_owned())
    }

    /// The full name of a commit.
    pub(crate) fn commit(&self, revision: &str) -> Result<String, Error> {
        let commit = format!("{revision}^{{commit}}");
        let found = self.line(&[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ]);
        found.ok_or_else(|| {
            let message = format!("git knows no commit {revision:?} here");
            Error::at(Code::NotFound, "--commit", message)
        })
    }

    /// The first line of a commit's message.
    pub(crate) fn subject(&self, commit: &str) -> Option<String> {
        self.line(&["log", "-1", "--format=%s", commit])
    }

    /// The whole message of a commit.
    pub(crate) fn message(&self, commit: &str) -> Option<String> {
        let message = self.bytes(&["log", "-1", "--format=%B", commit]).ok()?;
        Some(String::from_utf8_lossy(&message).into_owned())
    }

    /// What a revision stands on that no branch of a remote has yet: the parent of the first such commit.
    /// `None` where the remote has all of it.
    pub(crate) fn before_new(&self, revision: &str, remote: &str) -> Result<Option<String>, Error> {
        let remotes = format!("--remotes={remote}");
        let args = [
            "rev-list",
            "--reverse",
            "--topo-order",
            revision,
            "--not",
            &remotes,
            "--",
        ];
        let new = text(self.bytes(&args)?)?;
        let first = new.lines().next();
        Ok(first.map(|first| self.parent(first).unwrap_or_else(|| EMPTY_TREE.to_owned())))
    }

    /// Where this clone has its hooks.
    pub(crate) fn hooks_folder(&self) -> Result<PathBuf, Error> {
        let folder = self.line(&["rev-parse", "--git-path", "hooks"]);
        let folder = folder.ok_or_else(|| {
            let message = "git does not say where its hooks are";
            Error::at(Code::NotFound, "repository", message)
        })?;
        Ok(self.at.join(folder))
    }

    /// The first parent of a commit.
    pub(crate) fn parent(&self, commit: &str) -> Option<String> {
        let parent = format!("{commit}^1");
        self.line(&["rev-parse", "--verify", "--quiet", &parent])
    }

    /// What a commit changed against its first parent: paths, moves, blobs, and counts of lines.
    pub(crate) fn changed_files(&self, commit: &str) -> Result<Vec<ChangedFile>, Error> {
        let mut between = vec!["diff-tree", "-r", "-M", "-z", "--no-commit-id"];
        let parent = self.parent(commit);
        let ends = match &parent {
            Some(parent) => vec![parent.as_str(), commit],
            None => vec!["--root", commit],
        };
        between.extend(["--raw", "--no-abbrev"]);
        between.extend(&ends);
        let mut files = raw(&self.bytes(&between)?)?;
        between.retain(|it| !["--raw", "--no-abbrev"].contains(it));
        between.insert(1, "--numstat");
        count_lines(&mut files, &self.bytes(&between)?)?;
        Ok(files)
    }

    /// What is staged, path by path: a move is a file that goes and one that comes.
    pub(crate) fn staged(&self) -> Result<Vec<ChangedFile>, Error> {
        raw(&self.bytes(&STAGED)?)
    }

    /// All that differs from the last commit, new files included, path by path.
    pub(crate) fn unstaged_too(&self) -> Result<Vec<ChangedFile>, Error> {
        // In an index of its own, so that what is staged stays what is staged.
        let broken = |why: std::io::Error| Error::at(Code::Unavailable, "index", why.to_string());
        let folder = tempfile::tempdir().map_err(broken)?;
        let index = folder.path().join("index");
        if let Some(known) = self.line(&["rev-parse", "--git-path", "index"]) {
            let known = self.at.join(known);
            if known.exists() {
                std::fs::copy(known, &index).map_err(broken)?;
            }
        }
        let of_index = |args: &[&str]| {
            let mut git = Command::new("git");
            git.args(args)
                .current_dir(&self.at)
                .env("GIT_INDEX_FILE", &index);
            let output = run(&mut git)?;
            match output.status.success() {
                true => Ok(output.stdout),
                false => {
                    let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
                    Err(Error::at(
                        Code::Unavailable,
                        format!("git {}", args[0]),
                        why,
                    ))
                }
            }
        };
        of_index(&["add", "--all", ":/"])?;
        raw(&of_index(&STAGED)?)
    }

    /// The text of what is staged.
    pub(crate) fn staged_diff(&self) -> Result<String, Error> {
        let args = [
            "diff",
            "--cached",
            "--full-index",
            "--find-renames",
            "--no-relative",
            "--no-ext-diff",
            "--no-textconv",
            "--no-color",
            "--submodule=short",
            "--src-prefix=a/",
            "--dst-prefix=b/",
            "--unified=3",
        ];
        Ok(String::from_utf8_lossy(&self.bytes(&args)?).into_owned())
    }

    /// What a range `A..B` brings to where it left `A`, path by path.
    pub(crate) fn range(&self, range: &str) -> Result<Vec<ChangedFile>, Error> {
        let (from, to) = match range.split_once("..") {
            Some((from, to)) => (from, to.trim_start_matches('.')),
            None => {
                let message = format!("{range:?} is no range; write A..B");
                return Err(Error::at(Code::InvalidField, "--range", message));
            }
        };
        let head = |name: &str| {
            if name.is_empty() {
                "HEAD".to_owned()
            } else {
                name.to_owned()
            }
        };
        let commit = |name: &str| self.commit(&head(name)).map_err(|why| why.about("--range"));
        let to = commit(to)?;
        let left = match from {
            EMPTY_TREE => EMPTY_TREE.to_owned(),
            from => {
                let from = commit(from)?;
                self.line(&["merge-base", &from, &to]).unwrap_or(from)
            }
        };
        let args = [
            "diff-tree",
            "-r",
            "--raw",
            "-z",
            "--no-abbrev",
            "--no-renames",
            &left,
            &to,
        ];
        raw(&self.bytes(&args)?)
    }

    /// The root of the tree that the folder lies in.
    pub(crate) fn top(&self) -> Result<PathBuf, Error> {
        let top = self.line(&["rev-parse", "--show-toplevel"]);
        top.map(PathBuf::from).ok_or_else(|| {
            let message = "this folder lies in no work tree";
            Error::at(Code::NotFound, "repository", message)
        })
    }

    /// The branch that is checked out.
    pub(crate) fn branch(&self) -> Option<String> {
        self.line(&["symbolic-ref", "--short", "--quiet", "HEAD"])
    }

    /// Does the tree differ from its last commit, in files that git does not ignore?
    pub(crate) fn is_dirty(&self) -> Result<bool, Error> {
        let args = [
            "--no-optional-locks",
            "status",
            "--porcelain",
            "--untracked-files=all",
        ];
        Ok(!self.bytes(&args)?.is_empty())
    }

    /// The commits that a revision has and none of `without`, the earliest first.
    pub(crate) fn commits_without(
        &self,
        revision: &str,
        without: &[&str],
    ) -> Result<Vec<String>, Error> {
        let mut args = vec!["rev-list", "--reverse", "--topo-order", revision, "--not"];
        args.extend(without);
        args.push("--");
        let commits = text(self.bytes(&args)?)?;
        Ok(commits.lines().map(str::to_owned).collect())
    }

    /// Has the commit more than one parent?
    pub(crate) fn is_merge(&self, commit: &str) -> bool {
        let parent = format!("{commit}^2");
        self.line(&["rev-parse", "--verify", "--quiet", &parent])
            .is_some()
    }

    /// The paths in which a merge differs from all its parents.
    pub(crate) fn merged_paths(&self, commit: &str) -> Result<Vec<String>, Error> {
        let args = [
            "diff-tree",
            "-c",
            "-r",
            "-z",
            "--name-only",
            "--no-commit-id",
            commit,
        ];
        let paths = text(self.bytes(&args)?)?;
        Ok(paths.split_terminator('\0').map(str::to_owned).collect())
    }

    /// The value of a setting, if it is set.
    pub(crate) fn setting(&self, name: &str) -> Option<String> {
        self.line(&["config", "--get", name])
    }

    /// How many commits `git log` tells of, under what narrows the history.
    pub(crate) fn commits(&self, revision: &str, narrowed: &[String]) -> Result<u64, Error> {
        let mut args = vec![
            "--no-replace-objects",
            "rev-list",
            "--first-parent",
            "--count",
        ];
        args.extend(narrowed.iter().map(String::as_str));
        args.extend(["--end-of-options", revision, "--"]);
        let count = text(self.bytes(&args)?)?;
        count.trim().parse().map_err(|_| {
            let message = format!("git counts {count:?} commits");
            Error::at(Code::Unavailable, "git rev-list", message)
        })
    }

    /// Runs `git log` as a reader of histories wants it (`LOG_ARGS`, `DIFF_ARGS`), and hands over what
    /// it prints as it comes.
    pub(crate) fn log<E: From<Error>>(
        &self,
        args: &[&str],
        revision: &str,
        narrowed: &[String],
        mut each: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let broken = |why: std::io::Error| Error::at(Code::Unavailable, "git log", why.to_string());
        let mut complaint = tempfile::tempfile().map_err(broken)?;
        let mut git = Command::new("git")
            .args(args)
            .args(narrowed)
            .args(["--end-of-options", revision, "--"])
            .current_dir(&self.at)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(complaint.try_clone().map_err(broken)?)
            .spawn()
            .map_err(broken)?;
        let mut outcome = Ok(());
        if let Some(mut printed) = git.stdout.take() {
            let mut piece = vec![0; 1 << 16];
            outcome = loop {
                match printed.read(&mut piece).map_err(broken) {
                    Ok(0) => break Ok(()),
                    Ok(len) => {
                        if let Err(why) = each(&piece[..len]) {
                            break Err(why);
                        }
                    }
                    Err(why) => break Err(why.into()),
                }
            };
            // Closed here, so that git does not wait for a reader who has had enough.
        }
        let status = git.wait().map_err(broken)?;
        outcome?;
        if status.success() {
            return Ok(());
        }
        let mut why = String::new();
        let read = complaint
            .rewind()
            .and_then(|()| complaint.read_to_string(&mut why));
        read.map_err(broken)?;
        Err(Error::at(Code::Unavailable, "git log", why.trim()).into())
    }

    /// The single line that a git command prints; `None` where it fails or prints nothing.
    fn line(&self, args: &[&str]) -> Option<String> {
        let output = Command::new("git")
            .args(args)
            .current_dir(&self.at)
            .output()
            .ok()?;
        let line = String::from_utf8(output.stdout).ok()?;
        let line = line.trim_end_matches('\n');
        (output.status.success() && !line.is_empty()).then(|| line.to_owned())
    }

    fn bytes(&self, args: &[&str]) -> Result<Vec<u8>, Error> {
        let output = run(Command::new("git").args(args).current_dir(&self.at))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(Error::at(
            Code::Unavailable,
            format!("git {}", args[0]),
            why,
        ))
    }
}

fn run(command: &mut Command) -> Result<Output, Error> {
    command.output().map_err(|why| {
        Error::at(
            Code::Unavailable,
            "git",
            format!("git cannot be run: {why}"),
        )
    })
}

fn text(bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|_| {
        let message = "git names a path that is no UTF-8, and the journal's paths are";
        Error::at(Code::InvalidPath, "path", message)
    })
}

/// Reads `diff-tree --raw -z`: `:mode mode before after status\0path\0`, for a move with both paths.
fn raw(bytes: &[u8]) -> Result<Vec<ChangedFile>, Error> {
    let text = text(bytes.to_vec())?;
    let mut fields = text.split_terminator('\0');
    let mut files = Vec::new();
    while let Some(meta) = fields.next() {
        let mut meta = meta.split(' ').skip(2);
        let (before, after) = (blob(meta.next()), blob(meta.next()));
        let status = meta.next().unwrap_or_default();
        let first = fields.next().unwrap_or_default().to_owned();
        let moved = status.starts_with(['R', 'C']);
        let (path, old_path) = if moved {
            (fields.next().unwrap_or_default().to_owned(), Some(first))
        } else {
            (first, None)
        };
        files.push(ChangedFile {
            path,
            old_path: old_path.filter(|_| status.starts_with('R')),
            before,
            after,
            added: 0,
            removed: 0,
            ..ChangedFile::default()
        });
    }
    Ok(files)
}

fn blob(id: Option<&str>) -> Option<ActorId> {
    id.filter(|id| id.bytes().any(|digit| digit != b'0'))
        .and_then(|id| ActorId::new(id).ok())
}

/// Reads `diff-tree --numstat -z`: `added\tremoved\tpath\0`, for a move `added\tremoved\t\0old\0new\0`.
fn count_lines(files: &mut [ChangedFile], bytes: &[u8]) -> Result<(), Error> {
    let text = text(bytes.to_vec())?;
    let mut fields = text.split_terminator('\0');
    while let Some(field) = fields.next() {
        let mut parts = field.splitn(3, '\t');
        let (added, removed) = (parts.next(), parts.next());
        let path = match parts.next().unwrap_or_default() {
            "" => fields.nth(1).unwrap_or_default(),
            path => path,
        };
        if let Some(file) = files.iter_mut().find(|file| file.path == path) {
            // A binary file has `-` for both.
            file.added = added.and_then(|it| it.parse().ok()).unwrap_or(0);
            file.removed = removed.and_then(|it| it.parse().ok()).unwrap_or(0);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_an_added_and_a_binary_file_are_read() {
        let (old, new, none) = ("1".repeat(40), "2".repeat(40), "0".repeat(40));
        let text = format!(
            ":100644 100644 {old} {new} R090\0a.rs\0b.rs\0:000000 100644 {none} {new} A\0c d.png\0"
        );
        let mut files = raw(text.as_bytes()).unwrap();
        count_lines(&mut files, b"3\t1\t\0a.rs\0b.rs\0-\t-\tc d.png\0").unwrap();
        assert_eq!(files[0].path, "b.rs");
        assert_eq!(files[0].old_path.as_deref(), Some("a.rs"));
        assert_eq!((files[0].added, files[0].removed), (3, 1));
        assert_eq!(files[1].path, "c d.png");
        assert!(files[1].before.is_none() && files[1].after.is_some());
        assert_eq!((files[1].added, files[1].removed), (0, 0));
    }
}
