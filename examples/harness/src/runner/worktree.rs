//! The git side of a run: its worktree and branch, what the maker left there, and that no commit is lost.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::folder::Place;
use super::process::{Children, Job, Kind, words};
use super::{Cut, tail};
use crate::exit::Failure;
use crate::git::Checkout;

/// Where a run works.
pub(super) struct Worktree<'r> {
    /// The clone, seen from where its owner stands.
    pub(super) main: &'r Checkout,
    /// The same, seen from where the run works.
    pub(super) here: Checkout,
    pub(super) git: Git<'r>,
}

/// How git is run where it writes.
#[derive(Clone, Copy)]
pub(super) struct Git<'r> {
    pub(super) children: &'r Children,
    /// Where what git says is kept.
    pub(super) logs: &'r Path,
    /// Who commits, where nobody is configured.
    pub(super) identity: &'r [(&'static str, OsString)],
}

impl Git<'_> {
    /// Runs git in a folder; answers whether it succeeded.
    fn tries(&self, folder: &Path, args: &[&str]) -> Result<bool, Cut> {
        let log = self.log();
        self.children.run(&Job {
            kind: Kind::Git,
            words: words("git", args),
            folder,
            env: self.identity.to_vec(),
            log: &log,
        })
    }

    fn does(&self, folder: &Path, args: &[&str]) -> Result<(), Cut> {
        match self.tries(folder, args)? {
            true => Ok(()),
            false => {
                let field = format!("git {}", args.first().unwrap_or(&""));
                Err(Failure::outside(&field, tail(&self.log(), 1_000)).into())
            }
        }
    }

    fn log(&self) -> PathBuf {
        self.logs.join("git.log")
    }
}

impl<'r> Worktree<'r> {
    /// The run works where its owner stands.
    pub(super) fn shared(main: &'r Checkout, git: Git<'r>) -> Result<Worktree<'r>, Cut> {
        let top = main.top()?;
        let here = Checkout {
            at: top,
            common: main.common.clone(),
        };
        Ok(Worktree { main, here, git })
    }

    /// Makes the worktree and its branch, or what is missing of both.
    pub(super) fn make(
        main: &'r Checkout,
        git: Git<'r>,
        place: &Place,
        base: &str,
    ) -> Result<Worktree<'r>, Cut> {
        let worktree = Worktree::at_place(main, git, place);
        if worktree.is_whole() {
            return Ok(worktree);
        }
        worktree.remove()?;
        let path = place.worktree.to_string_lossy().into_owned();
        let branch = place.branch.as_str();
        let args = match main.commit(&format!("refs/heads/{branch}")) {
            Ok(_) => vec!["worktree", "add", "--quiet", &path, branch],
            Err(_) => vec!["worktree", "add", "--quiet", "-b", branch, &path, base],
        };
        git.does(&main.at, &args)?;
        Ok(worktree)
    }

    /// The worktree as it is, whole or not.
    pub(super) fn at_place(main: &'r Checkout, git: Git<'r>, place: &Place) -> Worktree<'r> {
        let (at, common) = (place.worktree.clone(), main.common.clone());
        let here = Checkout { at, common };
        Worktree { main, here, git }
    }

    /// Is there a worktree, and no folder where one was to be?
    pub(super) fn is_whole(&self) -> bool {
        self.at().join(".git").is_file() && self.head().is_ok()
    }

    pub(super) fn at(&self) -> &PathBuf {
        &self.here.at
    }

    pub(super) fn head(&self) -> Result<String, Cut> {
        Ok(self.here.commit("HEAD")?)
    }

    pub(super) fn is_dirty(&self) -> Result<bool, Cut> {
        Ok(self.here.is_dirty()?)
    }

    /// Everything that lies in the tree is what the next commit brings.
    pub(super) fn stage(&self) -> Result<(), Cut> {
        self.git.does(self.at(), &["add", "--all"])
    }

    /// Commits what is staged, if anything is; answers whether git, and its hooks, let it.
    pub(super) fn commit(&self, message: &str) -> Result<bool, Cut> {
        if self.here.staged()?.is_empty() {
            return Ok(true);
        }
        self.git
            .tries(self.at(), &["commit", "--quiet", "-m", message])
    }

    /// Commits what lies there as it is, so that it outlives the worktree.
    pub(super) fn salvage(&self, message: &str) -> Result<(), Cut> {
        if !self.is_dirty()? {
            return Ok(());
        }
        self.stage()?;
        if self.here.staged()?.is_empty() {
            return Ok(());
        }
        let args = ["commit", "--quiet", "--no-verify", "-m", message];
        self.git.does(self.at(), &args)
    }

    /// Leaves the tree as it was on a commit, and the branch on that; answers whether anything was otherwise.
    pub(super) fn restore_if_changed(&self, branch: Option<&str>, tip: &str) -> Result<bool, Cut> {
        let is_off = branch.is_some() && self.here.branch().as_deref() != branch;
        if !is_off && self.head()? == tip && !self.is_dirty()? {
            return Ok(false);
        }
        if let Some(branch) = branch.filter(|_| is_off) {
            self.git
                .does(self.at(), &["checkout", "--quiet", "--force", branch])?;
        }
        self.git
            .does(self.at(), &["reset", "--quiet", "--hard", tip])?;
        self.git
            .does(self.at(), &["clean", "--quiet", "--force", "-d"])?;
        Ok(true)
    }

    /// Removes the worktree, whatever is left of it.
    fn remove(&self) -> Result<(), Cut> {
        let path = self.at().to_string_lossy().into_owned();
        let args = ["worktree", "remove", "--force", "--force", &path];
        if self.at().exists() && !self.git.tries(&self.main.at, &args)? && self.at().exists() {
            let outside = |why| Failure::outside(&path, why);
            std::fs::remove_dir_all(self.at()).map_err(outside)?;
        }
        self.git.does(&self.main.at, &["worktree", "prune"])
    }

    /// Removes the worktree, after what lay there was committed, and the branch where it has no commit of
    /// its own. Answers whether it could: one that was moved off its branch stays.
    pub(super) fn close(&self, place: &Place, base: &str, message: &str) -> Result<bool, Cut> {
        if self.is_whole() {
            self.salvage(message)?;
            if self.here.branch().as_ref() != Some(&place.branch) {
                return Ok(false);
            }
        }
        self.remove()?;
        let tip = self.main.commit(&format!("refs/heads/{}", place.branch));
        if tip.is_ok_and(|tip| tip == base) {
            self.git
                .does(&self.main.at, &["branch", "--quiet", "-D", &place.branch])?;
        }
        Ok(true)
    }
}
