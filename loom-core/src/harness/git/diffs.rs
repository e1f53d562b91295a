//! What the diffs of a history add to it: what each patch is, and which lines came and went.

use crate::error::Error;
use crate::model::SignedLines;
use crate::provenance::{ChangeFact, DIFF_BYTES_MAX, patch_id, signed_lines};

/// The most lines of one commit that are kept as they came and went. Of a commit with more, such as one
/// that brings in the code of others, whole files tell.
pub const COMMIT_LINES_MAX: usize = 262_144;

/// What git is run with for the diffs of the commits that [`super::LOG_ARGS`] tell of; the same
/// revision, and the same that narrows the history, come behind.
pub const DIFF_ARGS: &[&str] = &[
    "--no-replace-objects",
    "log",
    "--first-parent",
    "--diff-merges=first-parent",
    "--reverse",
    "--patch",
    "--unified=3",
    "--full-index",
    "--find-renames",
    "--no-relative",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-show-signature",
    "--no-notes",
    "--submodule=short",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--format=tformat:commit %H",
];

/// The beginning of the line that names a commit. No line of a diff begins so: those of its text begin
/// with a sign.
const NAMES: &[u8] = b"commit ";

/// Takes apart what git prints under [`DIFF_ARGS`], in pieces of any size.
#[derive(Debug, Default)]
pub struct DiffReader {
    commit: Option<String>,
    diff: Vec<u8>,
    /// The beginning of a line whose end has not come.
    begun: Vec<u8>,
    is_too_long: bool,
    left_out: u64,
}

/// The diff of one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitDiff {
    /// Which.
    pub commit: String,
    /// The text; bytes that are no UTF-8 are replaced.
    pub diff: String,
}

impl DiffReader {
    /// A reader of which nothing was read.
    pub fn new() -> DiffReader {
        DiffReader::default()
    }

    /// Takes the next piece of what git printed; answers the diffs that are read to their end.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<CommitDiff> {
        let mut diffs = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let is_whole = piece.ends_with(b"\n");
            if self.begun.is_empty() && is_whole {
                diffs.extend(self.line(piece));
                continue;
            }
            // A line that is longer than any diff may be is not kept while it comes.
            if self.begun.len() <= DIFF_BYTES_MAX {
                self.begun.extend_from_slice(piece);
            }
            if is_whole {
                let line = std::mem::take(&mut self.begun);
                diffs.extend(self.line(&line));
            }
        }
        diffs
    }

    /// Ends the reading; answers the last diff.
    pub fn finish(&mut self) -> Option<CommitDiff> {
        let rest = std::mem::take(&mut self.begun);
        self.diff.extend_from_slice(&rest);
        self.done()
    }

    /// How many diffs were too long to be read.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    fn line(&mut self, line: &[u8]) -> Option<CommitDiff> {
        if let Some(name) = line.strip_prefix(NAMES) {
            let done = self.done();
            self.commit = Some(String::from_utf8_lossy(name).trim_end().to_owned());
            return done;
        }
        if self.diff.len().saturating_add(line.len()) > DIFF_BYTES_MAX {
            self.is_too_long = true;
            self.diff = Vec::new();
        }
        if !self.is_too_long {
            self.diff.extend_from_slice(line);
        }
        None
    }

    fn done(&mut self) -> Option<CommitDiff> {
        let diff = std::mem::take(&mut self.diff);
        let commit = self.commit.take()?;
        if std::mem::take(&mut self.is_too_long) {
            self.left_out = self.left_out.saturating_add(1);
            return None;
        }
        Some(CommitDiff {
            commit,
            diff: String::from_utf8_lossy(&diff).into_owned(),
        })
    }
}

/// Adds to a change what its diff says: what the patch is, and the lines that came and went.
///
/// # Errors
/// Those of reading the diff. The change is then as it was.
pub fn add_diff(change: &mut ChangeFact, diff: &str) -> Result<(), Error> {
    let patch = patch_id(diff)?;
    let mut lines = signed_lines(diff)?;
    lines.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    let count = |lines: &Option<SignedLines>| {
        let lines = lines.as_ref();
        lines.map_or(0, |lines| lines.added.len() + lines.removed.len())
    };
    change.patch_id = patch;
    if lines.iter().map(|(_, lines)| count(lines)).sum::<usize>() > COMMIT_LINES_MAX {
        return Ok(());
    }
    for file in &mut change.files {
        let place = lines.binary_search_by(|(path, _)| path.as_str().cmp(&file.path));
        let found = place.ok().and_then(|place| lines.get_mut(place));
        file.signed_lines = found.and_then(|(_, lines)| lines.take());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ChangedFile;

    const LOG: &str = "commit 11\n\ndiff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-commit 22\n+two\n commit 33\ncommit 44\n";

    #[test]
    fn a_line_of_a_diff_that_looks_like_a_commit_is_none_in_pieces_of_any_size() {
        for size in [1, 3, 7, LOG.len()] {
            let mut reader = DiffReader::new();
            let mut diffs = Vec::new();
            for piece in LOG.as_bytes().chunks(size) {
                diffs.extend(reader.push(piece));
            }
            diffs.extend(reader.finish());
            let commits: Vec<&str> = diffs.iter().map(|it| it.commit.as_str()).collect();
            assert_eq!(commits, ["11", "44"], "{size}");
            assert!(diffs[0].diff.ends_with("+two\n commit 33\n"), "{size}");
            assert_eq!(diffs[1].diff, "");
        }
    }

    #[test]
    fn lines_of_a_commit_are_kept_up_to_the_limit_and_none_of_one_with_more() {
        let kept = |count: usize| {
            let lines_of_file = 4_096;
            let mut change = ChangeFact {
                files: Vec::new(),
                ..change()
            };
            let mut diff = String::new();
            for file in 0..count.div_ceil(lines_of_file) {
                let lines = lines_of_file.min(count - file * lines_of_file);
                diff.push_str(&format!(
                    "diff --git a/f{file} b/f{file}\n--- a/f{file}\n+++ b/f{file}\n@@ -0,0 +1,{lines} @@\n"
                ));
                diff.push_str(&"+x\n".repeat(lines));
                change.files.push(ChangedFile {
                    path: format!("f{file}"),
                    ..ChangedFile::default()
                });
            }
            add_diff(&mut change, &diff).unwrap();
            assert!(change.patch_id.is_some());
            let lines = change
                .files
                .iter()
                .filter_map(|file| file.signed_lines.as_ref());
            lines.map(|lines| lines.added.len()).sum::<usize>()
        };
        assert_eq!(kept(COMMIT_LINES_MAX), COMMIT_LINES_MAX);
        assert_eq!(kept(COMMIT_LINES_MAX + 1), 0);
    }

    fn change() -> ChangeFact {
        let json = r#"{"id":"c","repo":"shop","branch":"main","made_by":"unknown","files":[]}"#;
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_diff_that_is_too_long_is_left_out_and_the_next_is_read() {
        let mut reader = DiffReader::new();
        let line = vec![b'+'; DIFF_BYTES_MAX / 2];
        let mut diffs = reader.push(b"commit 11\n");
        for _ in 0..3 {
            diffs.extend(reader.push(&line));
            diffs.extend(reader.push(b"\n"));
        }
        diffs.extend(reader.push(b"commit 22\n+x\n"));
        diffs.extend(reader.finish());
        assert_eq!(diffs.len(), 1);
        assert_eq!((diffs[0].diff.as_str(), reader.left_out()), ("+x\n", 1));
    }
}
