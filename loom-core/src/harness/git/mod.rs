//! The history of a git repository, from what `git log` prints.
//!
//! The harness runs git with [`LOG_ARGS`] and hands over the bytes as they come; a [`LogReader`] turns
//! them into entries for the graph. A commit is a change under its own name. It lands when its
//! committer's clock says, or with the commit before it where that clock was behind.
//!
//! ```
//! use loom_core::harness::git::{AgentIdentity, LogReader};
//! use loom_core::harness::Place;
//! use loom_core::model::{Branch, RepoId};
//! use loom_core::provenance::Fact;
//!
//! let place = Place { repo: RepoId::new("shop")?, branch: Branch::new("main")? };
//! let mut reader = LogReader::new(place, AgentIdentity::known());
//! let commit = "0ef1c6cd2cf6bba4d90ad62b0f3f1d4b6b1a0dce";
//! let printed = format!(
//!     "{commit}\0\0Ada\0ada@example.org\x001795394947\0Add a cap\n\0\n\
//!      :000000 100644 {} 93718801eb0f889ddb79fb0b88367ee2cf0646ed A\0src/cap.rs\x003\t0\tsrc/cap.rs\0",
//!     "0".repeat(40),
//! );
//! let mut entries = reader.push(printed.as_bytes())?;
//! entries.extend(reader.finish()?);
//! let Fact::Change(change) = &entries[0].fact else { panic!() };
//! assert_eq!(change.id.as_str(), commit);
//! assert_eq!(change.files[0].added, 3);
//! # Ok::<(), loom_core::error::Error>(())
//! ```

mod diffs;
mod message;

pub use diffs::{COMMIT_LINES_MAX, CommitDiff, DIFF_ARGS, DiffReader, add_diff};
pub use message::AgentIdentity;

use std::collections::BTreeMap;

use self::message::Signature;
use super::landing::{Clock, LeftOut, Place, object, words};
use crate::error::{Code, Error};
use crate::model::{ActorId, ChangeId, ChangedFile};
use crate::provenance::{ChangeFact, Entry, Fact};

/// The longest single field of a log, such as a commit's message, in bytes.
pub const LOG_FIELD_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The most makers that are read from one commit; co-authors past it are left out.
pub const MAKERS_MAX: usize = 256;
/// The most commits that one commit is read to revert; those named past it are left out.
pub const REVERTS_MAX: usize = 256;

/// What git is run with; a revision, and what narrows the history, come behind. Settings of the user
/// that would change what is printed are overruled.
pub const LOG_ARGS: &[&str] = &[
    "--no-replace-objects",
    "log",
    "--first-parent",
    "--diff-merges=first-parent",
    "--reverse",
    "--raw",
    "--numstat",
    "-z",
    "--no-abbrev",
    "--find-renames",
    "--no-relative",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-show-signature",
    "--no-notes",
    "--encoding=UTF-8",
    "--format=tformat:%H%x00%P%x00%an%x00%ae%x00%ct%x00%B",
];

/// Reads what git prints under [`LOG_ARGS`], in pieces of any size.
#[derive(Debug)]
pub struct LogReader {
    place: Place,
    agents: Vec<AgentIdentity>,
    left_out: LeftOut,
    clock: Clock,
    /// The place of the next commit.
    seq: u64,
    /// The beginning of a field whose end has not come.
    begun: Vec<u8>,
    next: Next,
    commit: Commit,
}

/// What the next field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The name of a commit, or files of the one that is being read.
    CommitOrFile,
    Parents,
    Author,
    Email,
    Time,
    Message,
    /// The path of a file, the old one where it was moved.
    Path,
    NewPath,
    /// The paths of a moved file whose lines were counted.
    CountedOld,
    CountedNew,
}

/// The commit that is being read.
#[derive(Debug, Default)]
struct Commit {
    id: String,
    parents: String,
    author: String,
    email: String,
    time: i64,
    message: String,
    files: Vec<ChangedFile>,
    /// Where each path stands among the files.
    places: BTreeMap<String, usize>,
    file: ChangedFile,
    is_moved: bool,
    /// A path of the file that is being read is no UTF-8.
    is_unreadable: bool,
    counts: (u32, u32),
}

impl LogReader {
    /// A reader of the history of one branch, which knows these agents.
    pub fn new(place: Place, agents: Vec<AgentIdentity>) -> LogReader {
        LogReader {
            place,
            agents,
            left_out: LeftOut::default(),
            clock: Clock::default(),
            seq: 0,
            begun: Vec::new(),
            next: Next::CommitOrFile,
            commit: Commit::default(),
        }
    }

    /// The same for a log that begins in the middle: so many commits come before its first.
    #[must_use]
    pub fn after(mut self, commits: u64) -> LogReader {
        self.seq = commits;
        self
    }

    /// Takes the next piece of what git printed; answers the commits that are read to their end.
    ///
    /// # Errors
    /// `invalid_field` for what git does not print, with the number of the commit; `limit_exceeded`
    /// over [`LOG_FIELD_BYTES_MAX`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Entry>, Error> {
        let mut entries = Vec::new();
        let mut fields = bytes.split(|byte| *byte == 0).peekable();
        while let Some(field) = fields.next() {
            let got = self.begun.len() + field.len();
            if got > LOG_FIELD_BYTES_MAX {
                let (max, got) = (LOG_FIELD_BYTES_MAX as u64, got as u64);
                return Err(Error::limit(self.at(), "LOG_FIELD_BYTES_MAX", max, got));
            }
            if fields.peek().is_none() {
                self.begun.extend_from_slice(field);
            } else if self.begun.is_empty() {
                self.field(field, &mut entries)?;
            } else {
                let mut whole = std::mem::take(&mut self.begun);
                whole.extend_from_slice(field);
                self.field(&whole, &mut entries)?;
            }
        }
        Ok(entries)
    }

    /// Ends the reading; answers the last commit.
    ///
    /// # Errors
    /// `invalid_field` where the log ends in the middle of a commit.
    pub fn finish(&mut self) -> Result<Option<Entry>, Error> {
        if self.next != Next::CommitOrFile || !self.begun.is_empty() {
            return Err(self.wrong("the log ends in the middle of a commit"));
        }
        self.done()
    }

    /// What could not be taken so far.
    pub fn left_out(&self) -> LeftOut {
        self.left_out
    }

    fn field(&mut self, field: &[u8], entries: &mut Vec<Entry>) -> Result<(), Error> {
        let lossy = || String::from_utf8_lossy(field).into_owned();
        self.next = match self.next {
            Next::CommitOrFile => return self.commit_or_file(field, entries),
            Next::Parents => {
                self.commit.parents = lossy();
                Next::Author
            }
            Next::Author => {
                self.commit.author = lossy();
                Next::Email
            }
            Next::Email => {
                self.commit.email = lossy();
                Next::Time
            }
            Next::Time => {
                // A time that cannot be read is one that nobody can mean.
                self.commit.time = lossy().parse().unwrap_or(i64::MAX);
                Next::Message
            }
            Next::Message => {
                self.commit.message = lossy();
                Next::CommitOrFile
            }
            Next::Path => {
                let path = self.path(field);
                if self.commit.is_moved {
                    self.commit.file.old_path = Some(path);
                    Next::NewPath
                } else {
                    self.commit.file.path = path;
                    self.take_file();
                    Next::CommitOrFile
                }
            }
            Next::NewPath => {
                self.commit.file.path = self.path(field);
                self.take_file();
                Next::CommitOrFile
            }
            Next::CountedOld => Next::CountedNew,
            Next::CountedNew => {
                self.count(&lossy());
                Next::CommitOrFile
            }
        };
        Ok(())
    }

    fn commit_or_file(&mut self, field: &[u8], entries: &mut Vec<Entry>) -> Result<(), Error> {
        let field = field.strip_prefix(b"\n").unwrap_or(field);
        if let Some(meta) = field.strip_prefix(b":") {
            return self.file(meta);
        }
        if field.contains(&b'\t') {
            return self.counted(field);
        }
        let is_name = matches!(field.len(), 40 | 64) && field.iter().all(u8::is_ascii_hexdigit);
        if !is_name {
            return Err(self.wrong("this is neither a commit nor a file of one"));
        }
        entries.extend(self.done()?);
        self.commit.id = String::from_utf8_lossy(field).into_owned();
        self.next = Next::Parents;
        Ok(())
    }

    /// `mode mode before after status`.
    fn file(&mut self, meta: &[u8]) -> Result<(), Error> {
        let meta = String::from_utf8_lossy(meta);
        let mut parts = meta.split(' ').skip(2);
        let [before, after, status] = [(); 3].map(|()| parts.next().unwrap_or_default());
        if self.commit.id.is_empty() || status.is_empty() {
            return Err(self.wrong("a file stands where no commit is, or without a status"));
        }
        let at = self.at();
        let blob = |id: &str| object(id).map_err(|why| why.within(&at));
        self.commit.is_moved = status.starts_with(['R', 'C']);
        self.commit.is_unreadable = false;
        self.commit.file = ChangedFile {
            before: blob(before)?,
            after: blob(after)?,
            ..ChangedFile::default()
        };
        if status.starts_with('C') {
            // What was copied stays where it was, and this file had nothing before.
            self.commit.file.before = None;
        }
        self.next = Next::Path;
        Ok(())
    }

    fn path(&mut self, field: &[u8]) -> String {
        self.commit.is_unreadable |= std::str::from_utf8(field).is_err();
        String::from_utf8_lossy(field).into_owned()
    }

    fn take_file(&mut self) {
        let mut file = std::mem::take(&mut self.commit.file);
        if self.commit.is_unreadable {
            self.left_out.not_utf8 = self.left_out.not_utf8.saturating_add(1);
            return;
        }
        if file.before.is_none() {
            file.old_path = None;
        }
        let (path, place) = (file.path.clone(), self.commit.files.len());
        self.left_out.take(&mut self.commit.files, file);
        if self.commit.files.len() > place {
            self.commit.places.insert(path, place);
        }
    }

    /// `added\tremoved\tpath`, without the path where it was moved.
    fn counted(&mut self, field: &[u8]) -> Result<(), Error> {
        let text = String::from_utf8_lossy(field);
        let mut parts = text.splitn(3, '\t');
        // A binary file has `-` for both.
        let mut count = || parts.next().and_then(|it| it.parse().ok()).unwrap_or(0);
        self.commit.counts = (count(), count());
        match parts.next() {
            None => return Err(self.wrong("lines were counted of no file")),
            Some("") => self.next = Next::CountedOld,
            Some(path) => self.count(path),
        }
        Ok(())
    }

    fn count(&mut self, path: &str) {
        let place = self.commit.places.get(path);
        if let Some(file) = place.and_then(|place| self.commit.files.get_mut(*place)) {
            (file.added, file.removed) = self.commit.counts;
        }
    }

    /// The commit that was being read.
    fn done(&mut self) -> Result<Option<Entry>, Error> {
        let at = self.at();
        let commit = std::mem::take(&mut self.commit);
        if commit.id.is_empty() {
            return Ok(None);
        }
        let author = Signature {
            name: &commit.author,
            email: &commit.email,
        };
        let makers = message::makers(author, &commit.message, &self.agents, MAKERS_MAX);
        let base = commit.parents.split(' ').next().unwrap_or_default();
        let entry = Entry {
            at: self.clock.landed(commit.time),
            seq: self.seq,
            fact: Fact::Change(Box::new(ChangeFact {
                id: ChangeId::new(&commit.id).map_err(|why| why.within(&at))?,
                repo: self.place.repo.clone(),
                branch: self.place.branch.clone(),
                commit: Some(ActorId::new(&commit.id).map_err(|why| why.within(&at))?),
                made_by: makers.made_by,
                by: makers.by,
                run: makers.run,
                side: None,
                claim: None,
                decision: None,
                intent: words(commit.message.trim().lines().next().unwrap_or_default()),
                deliberate: false,
                base: object(base).map_err(|why| why.within(&at))?,
                patch_id: None,
                reverts: message::reverts(&commit.message, REVERTS_MAX),
                files: commit.files,
            })),
        };
        self.seq = self.seq.saturating_add(1);
        Ok(Some(entry))
    }

    fn at(&self) -> String {
        format!("log[{}]", self.seq)
    }

    fn wrong(&self, why: &str) -> Error {
        Error::at(Code::InvalidField, self.at(), why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Branch, RepoId};

    const OLD: &str = "1111111111111111111111111111111111111111";
    const NEW: &str = "2222222222222222222222222222222222222222";
    const NONE: &str = "0000000000000000000000000000000000000000";

    fn reader() -> LogReader {
        let place = Place {
            repo: RepoId::new("shop").unwrap(),
            branch: Branch::new("main").unwrap(),
        };
        LogReader::new(place, AgentIdentity::known())
    }

    fn log() -> Vec<u8> {
        let one = format!("{OLD}\0\0Ada\0a@x\x005\0One\n\0");
        let two = format!(
            "{NEW}\0{OLD} {NONE}\0Ada\0a@x\x003\0Two\n\nThis reverts commit {OLD}.\n\0\n\
             :100644 100644 {OLD} {NEW} R090\0a.rs\0b\tc.rs\0:000000 100644 {NONE} {NEW} A\0d.png\0\
             :100644 000000 {OLD} {NONE} D\0e.rs\0\
             3\t1\t\0a.rs\0b\tc.rs\0-\t-\td.png\x000\t9\te.rs\0"
        );
        let mut bytes = [one, two].concat().into_bytes();
        let bad = format!(":100644 100644 {OLD} {NEW} M\0");
        bytes.extend([bad.as_bytes(), b"\xff.rs\0", b"1\t1\t\xff.rs\0"].concat());
        bytes
    }

    fn changes(entries: &[Entry]) -> Vec<&ChangeFact> {
        let change = |entry| match entry {
            &Entry {
                fact: Fact::Change(ref change),
                ..
            } => Some(&**change),
            _ => None,
        };
        entries.iter().filter_map(change).collect()
    }

    #[test]
    fn moves_deletions_binaries_and_unreadable_paths_are_read() {
        let mut reader = reader();
        let mut entries = reader.push(&log()).unwrap();
        entries.extend(reader.finish().unwrap());
        let at: Vec<_> = entries.iter().map(|it| (it.at.as_ms(), it.seq)).collect();
        assert_eq!(at, [(5_000, 0), (5_000, 1)]);
        let changes = changes(&entries);
        assert!(changes[0].files.is_empty() && changes[0].base.is_none());
        let two = changes[1];
        assert_eq!(two.base.as_ref().unwrap().as_str(), OLD);
        assert_eq!(two.reverts[0].as_str(), OLD);
        assert_eq!(two.intent.as_ref().unwrap().text.as_deref(), Some("Two"));
        let [moved, binary, gone] = &*two.files else {
            panic!("{:?}", two.files)
        };
        assert_eq!(
            (&*moved.path, moved.old_path.as_deref()),
            ("b\tc.rs", Some("a.rs"))
        );
        assert_eq!((moved.added, moved.removed), (3, 1));
        assert_eq!((binary.added, binary.before.is_none()), (0, true));
        assert_eq!((gone.removed, gone.after.is_none()), (9, true));
        assert_eq!(reader.left_out().not_utf8, 1);
    }

    #[test]
    fn pieces_of_any_size_read_as_the_whole() {
        let log = log();
        let mut whole = reader();
        let mut expected = whole.push(&log).unwrap();
        expected.extend(whole.finish().unwrap());
        for size in [1, 2, 7, 41, 100] {
            let mut reader = reader();
            let mut entries = Vec::new();
            for piece in log.chunks(size) {
                entries.extend(reader.push(piece).unwrap());
            }
            entries.extend(reader.finish().unwrap());
            assert_eq!(entries, expected, "{size}");
        }
    }

    #[test]
    fn what_git_does_not_print_is_refused_with_the_number_of_the_commit() {
        for wrong in ["x\0", "\0", ":1 2 3 4\0", "3\t4\0"] {
            let mut reader = reader();
            reader
                .push(format!("{OLD}\0\0A\0a\x005\0One\0").as_bytes())
                .unwrap();
            let error = reader.push(wrong.as_bytes()).unwrap_err();
            assert_eq!(error.field(), Some("log[0]"), "{wrong:?}");
        }
        let mut reader = reader();
        reader.push(OLD.as_bytes()).unwrap();
        assert!(reader.finish().is_err());
    }

    #[test]
    fn makers_and_reverts_are_read_up_to_their_limits_and_no_further() {
        let many = |count: usize, line: &dyn Fn(usize) -> String| {
            let lines: String = (0..count).map(line).collect();
            let mut reader = reader();
            let log = format!("{OLD}\0\0Ada\0a@x\x005\0One\n\n{lines}\0");
            reader.push(log.as_bytes()).unwrap();
            let entry = reader.finish().unwrap().unwrap();
            let change = changes(&[entry])[0].clone();
            (change.by.len(), change.reverts.len())
        };
        let co_author = |nth| format!("Co-authored-by: A{nth} <a@x>\n");
        assert_eq!(many(MAKERS_MAX - 1, &co_author).0, MAKERS_MAX);
        assert_eq!(many(MAKERS_MAX, &co_author).0, MAKERS_MAX);
        let revert = |nth| format!("This reverts commit {nth:040x}.\n");
        assert_eq!(many(REVERTS_MAX, &revert).1, REVERTS_MAX);
        assert_eq!(many(REVERTS_MAX + 1, &revert).1, REVERTS_MAX);
    }

    #[test]
    fn a_field_of_the_longest_length_is_taken_and_one_byte_more_names_the_limit() {
        let mut reader = reader();
        reader.push(format!("{OLD}\0\0").as_bytes()).unwrap();
        assert!(reader.push(&vec![b'x'; LOG_FIELD_BYTES_MAX]).is_ok());
        let error = reader.push(b"x").unwrap_err();
        assert_eq!(error.limit_name(), Some("LOG_FIELD_BYTES_MAX"));
    }
}
