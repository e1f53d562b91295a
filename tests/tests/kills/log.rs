//! What a worker writes down: each command before it is sent and each answer after it came, one line
//! each and one `write` a line, so that a kill loses at most the line being written.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use loom_core::coordinator::Answer;
use loom_core::model::{Digest, Ver};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    /// The worker has the state in memory.
    Ready { us: u64 },
    /// A command is about to be sent.
    Asked { id: Uuid },
    /// It was answered.
    Answered(Box<Answered>),
    /// It came to an error.
    Failed { id: Uuid, code: String, us: u64 },
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Answered {
    pub(crate) id: Uuid,
    /// The answer, without the words of its texts: those are not in the record.
    pub(crate) answer: Answer,
    /// The records that the store acknowledged on the way.
    pub(crate) acknowledged: Vec<(Ver, Digest)>,
    /// How often it was decided: each time a record was offered to the store, or its head asked
    /// whether a refusal is final.
    pub(crate) tries: u64,
    /// How many records of others landed between the question and its decision.
    pub(crate) passed: u64,
    /// How long it took, in microseconds.
    pub(crate) us: u64,
}

pub(crate) struct Writer(File);

impl Writer {
    pub(crate) fn create(path: &Path) -> Writer {
        let mut options = OpenOptions::new();
        Writer(options.append(true).create_new(true).open(path).unwrap())
    }

    pub(crate) fn write(&mut self, line: &Line) {
        let mut text = serde_json::to_vec(line).unwrap();
        text.push(b'\n');
        self.0.write_all(&text).unwrap();
        self.0.flush().unwrap();
    }
}

/// The whole lines of a log. One that does not exist is of a worker that never got so far.
pub(crate) fn read(path: &Path) -> Vec<Line> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let lines = whole.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Counts the whole lines of a log that grows.
pub(crate) struct Tail {
    path: PathBuf,
    file: Option<File>,
    lines: usize,
}

impl Tail {
    pub(crate) fn of(path: PathBuf) -> Tail {
        Tail {
            path,
            file: None,
            lines: 0,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn lines(&mut self) -> usize {
        if self.file.is_none() {
            self.file = File::open(&self.path).ok();
        }
        if let Some(file) = &mut self.file {
            let mut new = Vec::new();
            file.read_to_end(&mut new).unwrap();
            self.lines += new.iter().filter(|byte| **byte == b'\n').count();
        }
        self.lines
    }
}

pub(crate) fn path(folder: &Path, slot: usize, generation: usize) -> PathBuf {
    folder.join(format!("{slot}-{generation}.log"))
}
