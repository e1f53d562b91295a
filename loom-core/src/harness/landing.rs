//! How the history of version control becomes history that the graph can hold: times that never go
//! back, names that are ids, paths that a repository can have.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::{
    ActorId, Branch, ChangedFile, Digest, ID_BYTES_MAX, RepoId, TEXT_BYTES_MAX, Timestamp, Words,
};
use crate::path::{PathRules, RepoPath};
use crate::provenance::FILES_MAX;

/// Where a history landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The repository.
    pub repo: RepoId,
    /// The branch whose first parents are read.
    pub branch: Branch,
}

/// How many files of a history could not be taken, by reason. Their changes are taken without them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Files whose path is no UTF-8.
    pub not_utf8: u64,
    /// Files whose path no repository can hold: too long, or with `..` in it.
    pub no_path: u64,
    /// Files of a change past [`FILES_MAX`].
    pub too_many: u64,
}

impl LeftOut {
    /// All of them.
    pub fn total(self) -> u64 {
        self.not_utf8
            .saturating_add(self.no_path)
            .saturating_add(self.too_many)
    }

    /// Takes a file into a change where it can be held, and counts it where it cannot.
    pub(super) fn take(&mut self, files: &mut Vec<ChangedFile>, file: ChangedFile) {
        let can_be_held = |path: &str| RepoPath::parse(path, &PathRules::default()).is_ok();
        if files.len() >= FILES_MAX {
            self.too_many = self.too_many.saturating_add(1);
        } else if can_be_held(&file.path) && file.old_path.as_deref().is_none_or(can_be_held) {
            files.push(file);
        } else {
            self.no_path = self.no_path.saturating_add(1);
        }
    }
}

/// The time at which each next commit landed: its own, or that of the one before where its clock was
/// behind. A time that nobody can mean is none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock {
    last: Option<Timestamp>,
}

impl Clock {
    pub(super) fn landed(&mut self, unix_s: i64) -> Timestamp {
        let told = unix_s.checked_mul(1_000).map(Timestamp::from_ms);
        let told = told.and_then(Result::ok);
        let last = self.last.unwrap_or(Timestamp::EPOCH);
        let at = told.map_or(last, |told| told.max(last));
        self.last = Some(at);
        at
    }
}

/// An id made of a name that somebody chose: without control characters, cut where it is too long.
/// Nothing where nothing is left.
pub(super) fn id_of(name: &str) -> Option<ActorId> {
    let plain: String = name.chars().filter(|it| !it.is_control()).collect();
    ActorId::new(cut(plain.trim(), ID_BYTES_MAX).trim_end()).ok()
}

/// Words that stand in a public history, under the digest of the text itself: there is nothing to
/// salt. Nothing where there are none.
pub(super) fn words(text: &str) -> Option<Words> {
    let text = cut(text.trim(), TEXT_BYTES_MAX);
    (!text.is_empty()).then(|| Words {
        len: u32::try_from(text.len()).unwrap_or(u32::MAX),
        digest: Digest::of(&[text.as_bytes()]),
        text: Some(text.to_owned()),
    })
}

/// The name of a blob or commit; nothing for the zeros that stand for none.
pub(super) fn object(id: &str) -> Result<Option<ActorId>, Error> {
    match id.bytes().all(|digit| digit == b'0') {
        true => Ok(None),
        false => ActorId::new(id).map(Some),
    }
}

fn cut(text: &str, bytes_max: usize) -> &str {
    let mut end = text.len().min(bytes_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_goes_back_or_means_nothing_stands_still() {
        let mut clock = Clock::default();
        let landed: Vec<i64> = [5, 3, 9, i64::MAX, -7, 10]
            .map(|unix_s| clock.landed(unix_s).as_ms())
            .to_vec();
        assert_eq!(landed, [5_000, 5_000, 9_000, 9_000, 9_000, 10_000]);
    }

    #[test]
    fn a_name_that_is_no_id_is_made_one() {
        assert_eq!(id_of(" Ada\u{1b}[1m \n").unwrap().as_str(), "Ada[1m");
        assert_eq!(id_of(&"é".repeat(100)).unwrap().as_str().len(), 128);
        assert_eq!(id_of("\u{7} "), None);
    }

    #[test]
    fn files_that_cannot_be_held_are_counted_by_reason() {
        let mut left = LeftOut::default();
        let mut files = Vec::new();
        let file = |path: &str| ChangedFile {
            path: path.to_owned(),
            ..ChangedFile::default()
        };
        left.take(&mut files, file("a/b"));
        left.take(&mut files, file("a/../b"));
        assert_eq!((files.len(), left.no_path, left.total()), (1, 1, 1));
        for number in 0..FILES_MAX {
            left.take(&mut files, file(&format!("f{number}")));
        }
        assert_eq!((files.len(), left.too_many), (FILES_MAX, 1));
    }
}
