//! The diff that a guard looks at: what is staged, what lies in the tree, what a range brings, what is
//! about to be pushed.

use std::collections::BTreeMap;

use loom_core::coordinator::ChangedFile;
use loom_core::error::{Code, Error};
use loom_core::model::{ActorId, Digest};

use crate::git::Checkout;

/// The most bytes of what git says is about to be pushed.
const PUSHED_BYTES_MAX: u64 = 1024 * 1024;

/// Which diff.
#[derive(Debug, Clone)]
pub(crate) enum What {
    Staged,
    /// All that differs from the last commit, new files included.
    Worktree,
    /// What `A..B` brings to where it left `A`.
    Range(String),
}

/// What a diff makes of each file; a move is one that goes and one that comes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Diff {
    pub(crate) files: Vec<ChangedFile>,
}

impl Diff {
    pub(crate) fn read(checkout: &Checkout, what: &What) -> Result<Diff, Error> {
        let files = match what {
            What::Staged => checkout.staged()?,
            What::Worktree => checkout.unstaged_too()?,
            What::Range(range) => checkout.range(range)?,
        };
        Ok(Diff { files })
    }

    /// Its paths, each once.
    pub(crate) fn paths(&self) -> Vec<&str> {
        let mut paths: Vec<&str> = self.files.iter().map(|file| file.path.as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
        paths
    }

    /// The blobs that paths would hold afterwards.
    pub(crate) fn blobs(&self) -> BTreeMap<String, ActorId> {
        let blobs = self.files.iter().filter_map(|file| {
            let after = file.after.clone()?;
            Some((file.path.clone(), after))
        });
        blobs.collect()
    }

    /// What tells the diff from any other: path, blob before and blob after of each file. Who brings it and
    /// how it is described stay out of it, so that a yes to it holds for the same patch again.
    pub(crate) fn digest(&self) -> Digest {
        let mut lines: Vec<String> = self
            .files
            .iter()
            .map(|file| {
                let blob =
                    |it: &Option<ActorId>| it.as_ref().map_or("-", ActorId::as_str).to_owned();
                format!(
                    "{}\0{}\0{}",
                    file.path,
                    blob(&file.before),
                    blob(&file.after)
                )
            })
            .collect();
        lines.sort();
        let text = lines.join("\0\0");
        Digest::of(&[b"loomstack guard diff", text.as_bytes()])
    }
}

/// The ranges that are about to be pushed to a remote, as git tells its hook: `LOCAL-REF LOCAL REMOTE-REF
/// REMOTE` on each line. What is deleted brings nothing.
pub(crate) fn pushed(checkout: &Checkout, remote: &str) -> Result<Vec<What>, Error> {
    use std::io::Read as _;
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(PUSHED_BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(|why| Error::at(Code::Unavailable, "standard input", why.to_string()))?;
    let mut ranges = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split(' ').collect();
        let [_, local, _, there] = words.as_slice() else {
            let message = "each line is LOCAL-REF LOCAL REMOTE-REF REMOTE, as git tells its hook";
            return Err(Error::at(Code::InvalidField, "standard input", message));
        };
        let is_none = |commit: &str| commit.bytes().all(|digit| digit == b'0');
        if is_none(local) {
            continue;
        }
        // What was there may never have been fetched, and a new branch has nothing there.
        let known = !is_none(there) && checkout.commit(there).is_ok();
        let from = match known {
            true => Some((*there).to_owned()),
            false => checkout.before_new(local, remote)?,
        };
        match from {
            Some(from) if from == *local => {}
            Some(from) => ranges.push(What::Range(format!("{from}..{local}"))),
            None => {}
        }
    }
    Ok(ranges)
}
