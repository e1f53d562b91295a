//! A history that was written down as JSON, one commit a line: facts only, no messages and no contents.
//!
//! `commit, parents, landed, commit_time (Unix seconds), author, agents?, patch_id?, explicit_reverts?,
//! files: [{status: A|M|D|R|T, path, old_path?, before?, after?, added?, removed?}]`. What else a line
//! holds is not read.
//!
//! ```
//! use loom_core::harness::{Place, history_lines::HistoryReader};
//! use loom_core::model::{Branch, RepoId};
//!
//! let place = Place { repo: RepoId::new("shop")?, branch: Branch::new("main")? };
//! let mut reader = HistoryReader::new(place);
//! let entry = reader.line(
//!     r#"{"commit":"c1","landed":0,"commit_time":1765845503,"author":"ada","agents":["claude"],"files":[]}"#,
//! )?;
//! assert_eq!(entry.unwrap().name().to_string(), "change:c1");
//! # Ok::<(), loom_core::error::Error>(())
//! ```

use serde::Deserialize;

use super::landing::{Clock, LeftOut, Place, id_of, object};
use crate::error::{Code, Error};
use crate::model::{ActorId, ChangeId, ChangedFile, MadeBy, json_depth};
use crate::provenance::{ChangeFact, Entry, Fact, Kind, Name};

/// The longest line, in bytes.
pub const LINE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How deep the JSON of a line may nest.
const LINE_DEPTH_MAX: usize = 16;

/// Reads a history line by line, in landing order.
#[derive(Debug)]
pub struct HistoryReader {
    place: Place,
    left_out: LeftOut,
    clock: Clock,
    /// The number of the line, from 1.
    number: u64,
}

#[derive(Deserialize)]
struct Line {
    commit: ChangeId,
    #[serde(default)]
    parents: Vec<String>,
    landed: u64,
    commit_time: i64,
    #[serde(default)]
    author: Option<String>,
    #[serde(default)]
    agents: Vec<String>,
    #[serde(default)]
    patch_id: Option<ActorId>,
    #[serde(default)]
    explicit_reverts: Vec<ActorId>,
    #[serde(default)]
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    path: String,
    #[serde(default)]
    old_path: Option<String>,
    #[serde(default)]
    before: Option<String>,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    added: Option<u32>,
    #[serde(default)]
    removed: Option<u32>,
}

impl HistoryReader {
    /// A reader of the history of one branch.
    pub fn new(place: Place) -> HistoryReader {
        HistoryReader {
            place,
            left_out: LeftOut::default(),
            clock: Clock::default(),
            number: 0,
        }
    }

    /// Reads the next line; nothing for an empty one.
    ///
    /// # Errors
    /// `limit_exceeded` over [`LINE_BYTES_MAX`] or too deep; `invalid_json` for anything else that is no
    /// line of a history. The field names the line.
    pub fn line(&mut self, line: &str) -> Result<Option<Entry>, Error> {
        self.number = self.number.saturating_add(1);
        let at = format!("line {}", self.number);
        if line.trim().is_empty() {
            return Ok(None);
        }
        if line.len() > LINE_BYTES_MAX {
            let (max, got) = (LINE_BYTES_MAX as u64, line.len() as u64);
            return Err(Error::limit(at, "LINE_BYTES_MAX", max, got));
        }
        let depth = json_depth(line);
        if depth > LINE_DEPTH_MAX {
            let (max, got) = (LINE_DEPTH_MAX as u64, depth as u64);
            return Err(Error::limit(at, "LINE_DEPTH_MAX", max, got));
        }
        let line: Line = serde_json::from_str(line)
            .map_err(|why| Error::at(Code::InvalidJson, &at, why.to_string()))?;
        self.entry(line).map(Some).map_err(|why| why.within(&at))
    }

    /// What could not be taken so far.
    pub fn left_out(&self) -> LeftOut {
        self.left_out
    }

    fn entry(&mut self, line: Line) -> Result<Entry, Error> {
        let agents = line.agents.iter().filter_map(|agent| id_of(agent));
        let mut by: Vec<Name> = Vec::new();
        let author = line.author.as_deref().and_then(id_of);
        by.extend(author.map(|author| Name::new(Kind::Author, author)));
        for agent in agents {
            let name = Name::new(Kind::Agent, agent);
            if !by.contains(&name) {
                by.push(name);
            }
        }
        let mut files = Vec::with_capacity(line.files.len());
        for file in line.files {
            let blob = |id: Option<String>| match id {
                Some(id) => object(&id),
                None => Ok(None),
            };
            let file = ChangedFile {
                path: file.path,
                old_path: file.old_path,
                before: blob(file.before)?,
                after: blob(file.after)?,
                added: file.added.unwrap_or(0),
                removed: file.removed.unwrap_or(0),
                ..ChangedFile::default()
            };
            self.left_out.take(&mut files, file);
        }
        let base = line.parents.first().map(|base| object(base)).transpose()?;
        Ok(Entry {
            at: self.clock.landed(line.commit_time),
            seq: line.landed,
            fact: Fact::Change(Box::new(ChangeFact {
                commit: Some(ActorId::new(line.commit.as_str())?),
                id: line.commit,
                repo: self.place.repo.clone(),
                branch: self.place.branch.clone(),
                made_by: match by.iter().any(|name| name.kind == Kind::Agent) {
                    true => MadeBy::Mixed,
                    false => MadeBy::Unknown,
                },
                by,
                run: None,
                side: None,
                claim: None,
                decision: None,
                intent: None,
                deliberate: false,
                base: base.flatten(),
                patch_id: line.patch_id,
                reverts: line.explicit_reverts,
                files,
            })),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Branch, RepoId};

    fn reader() -> HistoryReader {
        HistoryReader::new(Place {
            repo: RepoId::new("shop").unwrap(),
            branch: Branch::new("main").unwrap(),
        })
    }

    #[test]
    fn a_line_says_who_what_and_what_it_reverts() {
        let line = r#"{"commit":"c2","parents":["c1"],"landed":7,"author_time":1,"commit_time":9,"author":"author-001",
            "files":[{"status":"R","path":"b","old_path":"a","before":"x","after":"y","added":2}],
            "agents":["claude","claude"],"patch_id":"p","explicit_reverts":["c1"]}"#;
        let entry = reader().line(line).unwrap().unwrap();
        assert_eq!((entry.at.as_ms(), entry.seq), (9_000, 7));
        let Fact::Change(change) = entry.fact else {
            panic!()
        };
        let by: Vec<String> = change.by.iter().map(Name::to_string).collect();
        assert_eq!(by, ["author:author-001", "agent:claude"]);
        assert_eq!(change.made_by, MadeBy::Mixed);
        assert_eq!(change.base.unwrap().as_str(), "c1");
        assert_eq!(change.reverts[0].as_str(), "c1");
        assert_eq!(change.files[0].old_path.as_deref(), Some("a"));
        assert_eq!((change.files[0].added, change.files[0].removed), (2, 0));
    }

    #[test]
    fn a_line_that_is_none_is_refused_by_its_number() {
        let mut reader = reader();
        assert_eq!(reader.line("").unwrap(), None);
        for (line, number) in [
            ("{", "line 2"),
            ("[]", "line 3"),
            ("{\"commit\":\"\"}", "line 4"),
        ] {
            assert_eq!(
                reader.line(line).unwrap_err().field(),
                Some(number),
                "{line}"
            );
        }
        let deep = "[".repeat(LINE_DEPTH_MAX + 1);
        assert_eq!(
            reader.line(&deep).unwrap_err().limit_name(),
            Some("LINE_DEPTH_MAX")
        );
    }

    #[test]
    fn a_line_of_the_longest_length_is_taken_and_one_byte_more_names_the_limit() {
        let line = r#"{"commit":"c","landed":0,"commit_time":1}"#;
        let longest = format!("{line}{}", " ".repeat(LINE_BYTES_MAX - line.len()));
        assert!(reader().line(&longest).unwrap().is_some());
        let error = reader().line(&format!("{longest} ")).unwrap_err();
        assert_eq!(error.limit_name(), Some("LINE_BYTES_MAX"));
    }
}
