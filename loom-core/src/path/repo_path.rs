//! One path of a repository, as git would store it, and its canonical form.
//!
//! A path is read strictly, once: whatever holds a [`RepoPath`] never asks again whether it is
//! absolute, climbs out with `..`, or hides a backslash. The spelling is kept for people and for the
//! disk, and everything that compares uses [`RepoPath::canonical`].
//!
//! ```
//! use loom_core::path::{PathRules, RepoPath};
//!
//! let path = RepoPath::parse("./src//main.rs", &PathRules::default())?;
//! assert_eq!(path.as_str(), "src/main.rs");
//! assert!(RepoPath::parse("../secrets", &PathRules::default()).is_err());
//! # Ok::<(), loom_core::error::Error>(())
//! ```

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::canonical::canonical;
use super::limits::{PATH_BYTES_MAX, PATH_SEGMENTS_MAX};
use super::rules::PathRules;
use crate::error::{Code, Error};

/// A repository path. Cheap to clone; equal and ordered by its canonical form.
#[derive(Debug, Clone)]
pub struct RepoPath {
    text: Arc<str>,
    canonical: Arc<str>,
}

impl RepoPath {
    /// Reads a path relative to the repository root: empty and `.` segments and a final `/` drop out,
    /// and `\` is `/` where the rules say `windows`.
    ///
    /// # Errors
    /// `invalid_path` for an absolute path, `..`, NUL, a backslash (unless `windows`), or nothing left;
    /// `limit_exceeded` naming `PATH_BYTES_MAX` or `PATH_SEGMENTS_MAX`. The field is `path`.
    pub fn parse(text: &str, rules: &PathRules) -> Result<RepoPath, Error> {
        let text = RepoPath::read(text, *rules, "path")?;
        let canonical = match canonical(&text, *rules) {
            Cow::Borrowed(_) => None,
            Cow::Owned(other) => Some(Arc::from(other)),
        };
        let text: Arc<str> = Arc::from(text);
        let canonical = canonical.unwrap_or_else(|| Arc::clone(&text));
        Ok(RepoPath { text, canonical })
    }

    /// The text of a path without what drops out. Errors as [`RepoPath::parse`], about `field`.
    pub(crate) fn read(text: &str, rules: PathRules, field: &str) -> Result<String, Error> {
        let refuse = |message: &str| Error::at(Code::InvalidPath, field, message);
        if text.contains('\0') {
            return Err(refuse("a path cannot hold NUL"));
        }
        let text = if !text.contains('\\') {
            Cow::Borrowed(text)
        } else if rules.windows {
            Cow::Owned(text.replace('\\', "/"))
        } else {
            return Err(refuse(
                "a backslash is no separator here; write /, or set the repository's rules to windows",
            ));
        };
        if text.starts_with('/') {
            return Err(refuse(
                "an absolute path; give it relative to the repository root",
            ));
        }
        let mut kept = String::with_capacity(text.len().min(PATH_BYTES_MAX + 1));
        let (mut bytes, mut segments) = (0_usize, 0_usize);
        for segment in text.split('/').filter(|s| !matches!(*s, "" | ".")) {
            if segment == ".." {
                return Err(refuse(
                    "a path cannot hold `..`; resolve it first, inside the repository",
                ));
            }
            bytes += segment.len() + usize::from(segments > 0);
            if bytes <= PATH_BYTES_MAX {
                if segments > 0 {
                    kept.push('/');
                }
                kept.push_str(segment);
            }
            segments += 1;
        }
        if segments == 0 {
            return Err(refuse(
                "an empty path; the repository as a whole is the pattern **",
            ));
        }
        let over =
            |name, max: usize, got: usize| Err(Error::limit(field, name, max as u64, got as u64));
        if bytes > PATH_BYTES_MAX {
            return over("PATH_BYTES_MAX", PATH_BYTES_MAX, bytes);
        }
        if segments > PATH_SEGMENTS_MAX {
            return over("PATH_SEGMENTS_MAX", PATH_SEGMENTS_MAX, segments);
        }
        Ok(kept)
    }

    /// A path that a search found. The text must be canonical and legal.
    pub(crate) fn from_canonical(text: String) -> RepoPath {
        let text: Arc<str> = Arc::from(text);
        let canonical = Arc::clone(&text);
        RepoPath { text, canonical }
    }

    /// The path in its own spelling, segments joined by `/`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The folded text that comparisons see.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The segments of the canonical form; at least one, and none is empty, `.` or `..`.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.canonical.split('/')
    }
}

impl PartialEq for RepoPath {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for RepoPath {}

impl PartialOrd for RepoPath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RepoPath {
    fn cmp(&self, other: &Self) -> Ordering {
        self.canonical.cmp(&other.canonical)
    }
}

impl Hash for RepoPath {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical.hash(state);
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for RepoPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}
