//! What the text of a diff tells: files, hunks, signed lines, and what the patch is whatever it is
//! applied to.
//!
//! ```
//! use loom_core::provenance::{changed_files, inverse_patch_id, patch_id};
//!
//! let diff = "diff --git a/pay.rs b/pay.rs\n--- a/pay.rs\n+++ b/pay.rs\n@@ -1 +1 @@\n-let cap = 3;\n+let cap = 5;\n";
//! let back = "diff --git a/pay.rs b/pay.rs\n--- a/pay.rs\n+++ b/pay.rs\n@@ -7 +7 @@\n-let cap = 5;\n+let cap = 3;\n";
//! assert_eq!(patch_id(back)?, inverse_patch_id(diff)?);
//! assert_eq!(changed_files(diff)?[0].path, "pay.rs");
//! # Ok::<(), loom_core::error::Error>(())
//! ```

mod read;

use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use self::read::{FileDiff, Line};
use crate::error::{Code, Error};
use crate::model::{ActorId, ChangedFile, HUNKS_MAX, Hunk, SIGNED_LINES_MAX, SignedLines};

/// The longest diff that is read, in bytes.
pub const DIFF_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The files of a diff as a change names them: paths, blobs where they stand in full, counts, hunks,
/// each file's patch and signed lines.
///
/// Hunks and signed lines of a file that has more than [`HUNKS_MAX`] or [`SIGNED_LINES_MAX`] are left
/// out: a part of them would say something else.
///
/// # Errors
/// `limit_exceeded` over [`DIFF_BYTES_MAX`]; `invalid_field` for a hunk that is cut off.
pub fn changed_files(diff: &str) -> Result<Vec<ChangedFile>, Error> {
    let files = read(diff)?;
    let changed = files.iter().map(|file| {
        let count = |sign: u8| file.lines().filter(|line| line.sign == sign).count();
        let hunks: Vec<Hunk> = file.hunks.iter().map(|(hunk, _)| *hunk).collect();
        ChangedFile {
            path: file.path(),
            old_path: file.old_path(),
            before: file.before.clone(),
            after: file.after.clone(),
            added: u32::try_from(count(b'+')).unwrap_or(u32::MAX),
            removed: u32::try_from(count(b'-')).unwrap_or(u32::MAX),
            hunks: if hunks.len() > HUNKS_MAX {
                Vec::new()
            } else {
                hunks
            },
            patch_id: named(std::slice::from_ref(file), false),
            signed_lines: signed(file),
        }
    });
    Ok(changed.collect())
}

/// What `git patch-id --stable` says of a diff; nothing where it holds no change.
///
/// # Errors
/// Those of [`changed_files`].
pub fn patch_id(diff: &str) -> Result<Option<ActorId>, Error> {
    Ok(named(&read(diff)?, false))
}

/// What [`patch_id`] says of the diff that takes this one back: a change with that patch undoes this
/// one. Where git aligns lines another way when both sides are swapped, it says something else.
///
/// # Errors
/// Those of [`changed_files`].
pub fn inverse_patch_id(diff: &str) -> Result<Option<ActorId>, Error> {
    Ok(named(&read(diff)?, true))
}

/// The lines that came and went, for each path, as [`changed_files`] has them.
///
/// # Errors
/// Those of [`changed_files`].
pub fn signed_lines(diff: &str) -> Result<Vec<(String, Option<SignedLines>)>, Error> {
    let files = read(diff)?;
    Ok(files
        .iter()
        .map(|file| (file.path(), signed(file)))
        .collect())
}

/// Where lines came and went, for each path. All of them: a change holds at most [`HUNKS_MAX`] of a
/// file.
///
/// # Errors
/// Those of [`changed_files`].
pub fn hunks(diff: &str) -> Result<Vec<(String, Vec<Hunk>)>, Error> {
    let files = read(diff)?;
    let hunks = |file: &FileDiff<'_>| file.hunks.iter().map(|(hunk, _)| *hunk).collect();
    Ok(files
        .iter()
        .map(|file| (file.path(), hunks(file)))
        .collect())
}

fn read(diff: &str) -> Result<Vec<FileDiff<'_>>, Error> {
    if diff.len() > DIFF_BYTES_MAX {
        let (max, got) = (DIFF_BYTES_MAX as u64, diff.len() as u64);
        return Err(Error::limit("diff", "DIFF_BYTES_MAX", max, got));
    }
    read::files(diff).map_err(|why| Error::at(Code::InvalidField, "diff", why))
}

/// The first 32 bits of the SHA-256 of each trimmed line that is not blank.
fn signed(file: &FileDiff<'_>) -> Option<SignedLines> {
    let of = |sign: u8| {
        let lines = file.lines().filter(|line| line.sign == sign);
        let mut hashes: Vec<u32> = lines
            .map(|line| line.text.trim())
            .filter(|text| !text.is_empty())
            .map(|text| {
                let hash = Sha256::digest(text.as_bytes());
                hash.iter()
                    .take(4)
                    .fold(0, |all, byte| (all << 8) | u32::from(*byte))
            })
            .collect();
        hashes.sort_unstable();
        hashes
    };
    let lines = SignedLines {
        added: of(b'+'),
        removed: of(b'-'),
    };
    (lines.added.len() + lines.removed.len() <= SIGNED_LINES_MAX).then_some(lines)
}

/// What git says of a patch: the sum of what its parts hash to, so that their order does not matter.
///
/// A part is a file with its headers. As git has it, headers without hunks belong to the next part, and
/// the first line after a binary file to none.
fn named(files: &[FileDiff<'_>], turned: bool) -> Option<ActorId> {
    let mut patch = Patch::default();
    let mut after_binary = false;
    for file in files {
        let headers = match turned {
            true => file.headers_turned(),
            false => file.headers.iter().map(|line| (*line).to_owned()).collect(),
        };
        headers
            .iter()
            .skip(usize::from(after_binary))
            .for_each(|line| patch.take(line));
        if file.is_binary {
            let (before, after) = (&file.blobs.0, &file.blobs.1);
            patch.take(if turned { after } else { before });
            patch.take(if turned { before } else { after });
        }
        for (_, lines) in &file.hunks {
            match turned {
                true => turned_lines(lines, &mut patch),
                false => lines
                    .iter()
                    .for_each(|each| patch.line(each.sign, each.text)),
            }
        }
        after_binary = file.is_binary;
        if file.is_binary || !file.hunks.is_empty() {
            patch.end_part();
        }
    }
    // The last part ends with the patch, and git counts an end after a binary file once more.
    let is_open = files
        .last()
        .is_some_and(|file| file.is_binary || file.hunks.is_empty());
    if is_open {
        patch.end_part();
    }
    let hex: String = patch.sum.iter().map(|byte| format!("{byte:02x}")).collect();
    let any = !files.is_empty();
    any.then(|| ActorId::new(&hex).ok()).flatten()
}

/// A patch as it is hashed, without any space.
#[derive(Default)]
struct Patch {
    part: Sha1,
    sum: [u8; 20],
}

impl Patch {
    fn take(&mut self, text: &str) {
        for word in text.split([' ', '\t', '\n', '\r']) {
            self.part.update(word.as_bytes());
        }
    }

    fn line(&mut self, sign: u8, text: &str) {
        match sign {
            b'+' => self.take("+"),
            b'-' => self.take("-"),
            _ => {}
        }
        self.take(text);
    }

    fn end_part(&mut self) {
        let part = std::mem::take(&mut self.part).finalize();
        let mut carry = 0_u16;
        for (byte, other) in self.sum.iter_mut().zip(part) {
            carry += u16::from(*byte) + u16::from(other);
            let [low, high] = carry.to_le_bytes();
            *byte = low;
            carry = u16::from(high);
        }
    }
}

/// Where both go and come, what goes stands first, so a run of such lines changes its order too.
fn turned_lines(lines: &[Line<'_>], patch: &mut Patch) {
    for run in lines.chunk_by(|one, next| (one.sign == b' ') == (next.sign == b' ')) {
        if run.iter().any(|each| each.sign == b' ') {
            run.iter().for_each(|each| patch.line(b' ', each.text));
            continue;
        }
        for (from, to) in [(b'+', b'-'), (b'-', b'+')] {
            let own = run.iter().filter(|each| each.sign == from);
            own.for_each(|each| patch.line(to, each.text));
        }
    }
}
