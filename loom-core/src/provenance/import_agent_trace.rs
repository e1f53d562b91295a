//! Agent Trace records as history.
//!
//! A record that this library wrote holds its change as an entry, and that entry is what is read. Any
//! other record with files is a change of its own, named `agent-trace:ID`: made by a loop where its
//! contributors are AI, by a person where they are human, by both where it names both or says `mixed`,
//! and by nobody known as soon as one of them is not. The lines of its ranges count as added, each once.
//! The tool is who made it, else the models are, as `agent:NAME`. Where lines went is not in the format,
//! so hunks stay unknown; so are blobs. A record without files tells of no change and gives no entry.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::entry::{ChangeFact, ENTRY_BYTES_MAX, Entry, FILES_MAX, Fact};
use super::name::{Kind, Name};
use crate::error::{Code, Error};
use crate::model::{ActorId, Branch, ChangeId, ChangedFile, MadeBy, RepoId, Timestamp, json_depth};

/// The longest text of Agent Trace records, in bytes.
pub const AGENT_TRACE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The most records of one text.
pub const AGENT_TRACE_RECORDS_MAX: usize = 100_000;
/// The most ranges of one file in a record.
pub const AGENT_TRACE_RANGES_MAX: usize = 16_384;
/// How deep the JSON of a record may nest.
const AGENT_TRACE_DEPTH_MAX: usize = 32;

/// Reads Agent Trace records, one a line, as entries in the order of their lines. Empty lines are skipped.
/// The format names no repository and no branch, so the caller does; a record of our own keeps its own.
/// Where the clock of a foreign record goes back it is lifted.
///
/// # Errors
/// `limit_exceeded` with the limit, `invalid_json` for a line that is no record, `invalid_field` for an
/// entry of our own that is of no change or of other files; the field begins with `records[LINE]`, counted
/// from 0.
pub fn entries_from_agent_trace(
    text: &str,
    repo: &RepoId,
    branch: &Branch,
) -> Result<Vec<Entry>, Error> {
    within(
        "text",
        "AGENT_TRACE_BYTES_MAX",
        AGENT_TRACE_BYTES_MAX,
        text.len(),
    )?;
    let mut entries: Vec<Entry> = Vec::new();
    let lines = text.split('\n').enumerate();
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    let mut last = Timestamp::EPOCH;
    for (count, (nth, line)) in lines.enumerate() {
        let max = AGENT_TRACE_RECORDS_MAX;
        within("records", "AGENT_TRACE_RECORDS_MAX", max, count + 1)?;
        let record = read(line).map_err(|why| why.within(&format!("records[{nth}]")))?;
        let entry = match record.metadata.unwrap_or_default().loomstack {
            Some(Ours { entry: Some(entry) }) => Some(own(*entry, &record.files)),
            _ if record.files.is_empty() => None,
            _ => Some(foreign(&Foreign {
                id: &record.id,
                at: record.timestamp.max(last),
                seq: nth as u64,
                commit: record.vcs.as_ref().map(|vcs| &vcs.revision),
                tool: record.tool.as_ref(),
                files: &record.files,
                repo,
                branch,
            })),
        };
        if let Some(entry) = entry {
            let entry = entry.map_err(|why| why.within(&format!("records[{nth}]")))?;
            last = last.max(entry.at);
            entries.push(entry);
        }
    }
    Ok(entries)
}

fn read(line: &str) -> Result<Record, Error> {
    within("record", "ENTRY_BYTES_MAX", ENTRY_BYTES_MAX, line.len())?;
    let depth = json_depth(line);
    within(
        "record",
        "AGENT_TRACE_DEPTH_MAX",
        AGENT_TRACE_DEPTH_MAX,
        depth,
    )?;
    let record: Record = serde_json::from_str(line)
        .map_err(|why| Error::at(Code::InvalidJson, "record", why.to_string()))?;
    within("files", "FILES_MAX", FILES_MAX, record.files.len())?;
    Ok(record)
}

fn own(entry: Entry, files: &[File]) -> Result<Entry, Error> {
    let field = "metadata.loomstack.entry";
    entry.check().map_err(|why| why.within(field))?;
    let Fact::Change(change) = &entry.fact else {
        let message = format!("{} is no change", entry.name());
        return Err(Error::at(Code::InvalidField, field, message));
    };
    let told = change.files.iter().map(|file| file.path.as_str());
    if !told.eq(files.iter().map(|file| file.path.as_str())) {
        let message = "the entry is of other files than the record: leave one of them out";
        return Err(Error::at(Code::InvalidField, field, message));
    }
    Ok(entry)
}

struct Foreign<'r> {
    id: &'r ActorId,
    at: Timestamp,
    seq: u64,
    commit: Option<&'r ActorId>,
    tool: Option<&'r Tool>,
    files: &'r [File],
    repo: &'r RepoId,
    branch: &'r Branch,
}

fn foreign(record: &Foreign<'_>) -> Result<Entry, Error> {
    let mut makers = Makers::default();
    let mut files: BTreeMap<&str, Vec<(u64, u64)>> = BTreeMap::new();
    for (nth, file) in record.files.iter().enumerate() {
        let lines = files.entry(file.path.as_str()).or_default();
        if file.conversations.is_empty() {
            makers.add(None);
        }
        for conversation in &file.conversations {
            if conversation.ranges.is_empty() {
                makers.add(conversation.contributor.as_ref());
            }
            for range in &conversation.ranges {
                makers.add(
                    range
                        .contributor
                        .as_ref()
                        .or(conversation.contributor.as_ref()),
                );
                lines.push((range.start_line, range.end_line));
            }
        }
        let field = format!("files[{nth}].ranges");
        within(
            &field,
            "AGENT_TRACE_RANGES_MAX",
            AGENT_TRACE_RANGES_MAX,
            lines.len(),
        )?;
    }
    let files = files.into_iter().map(|(path, lines)| ChangedFile {
        path: path.to_owned(),
        added: lines_in(lines),
        ..ChangedFile::default()
    });
    let agents: Vec<&str> = match (record.tool.and_then(|tool| tool.name.as_deref()), makers.ai) {
        (_, false) => Vec::new(),
        (Some(tool), true) => vec![tool],
        (None, true) => makers.models.iter().copied().collect(),
    };
    // Names that no actor can have are left out: who it was stays unknown.
    let agents = agents
        .into_iter()
        .filter_map(|agent| ActorId::new(agent).ok());
    let mut by: Vec<Name> = agents.map(|agent| Name::new(Kind::Agent, agent)).collect();
    by.sort_unstable();
    by.dedup();
    let id = format!("agent-trace:{}", record.id.as_str());
    let entry = Entry {
        at: record.at,
        seq: record.seq,
        fact: Fact::Change(Box::new(ChangeFact {
            id: ChangeId::new(&id).map_err(|why| why.about("id"))?,
            repo: record.repo.clone(),
            branch: record.branch.clone(),
            commit: record.commit.cloned(),
            made_by: makers.made_by(),
            by,
            run: None,
            side: None,
            claim: None,
            decision: None,
            intent: None,
            deliberate: false,
            base: None,
            patch_id: None,
            reverts: Vec::new(),
            files: files.collect(),
        })),
    };
    entry.check()?;
    Ok(entry)
}

#[derive(Default)]
struct Makers<'r> {
    human: bool,
    ai: bool,
    unknown: bool,
    models: BTreeSet<&'r str>,
}

impl<'r> Makers<'r> {
    fn add(&mut self, contributor: Option<&'r Contributor>) {
        match contributor.map(|contributor| contributor.kind) {
            Some(Contribution::Human) => self.human = true,
            Some(Contribution::Ai) => self.ai = true,
            Some(Contribution::Mixed) => (self.human, self.ai) = (true, true),
            Some(Contribution::Unknown) | None => self.unknown = true,
        }
        let model = contributor.and_then(|contributor| contributor.model_id.as_deref());
        self.models.extend(model);
    }

    fn made_by(&self) -> MadeBy {
        match (self.human, self.ai, self.unknown) {
            (true, true, _) => MadeBy::Mixed,
            (true, false, false) => MadeBy::Human,
            (false, true, false) => MadeBy::Loop,
            _ => MadeBy::Unknown,
        }
    }
}

/// How many lines are in ranges, each once; a range that ends before it starts has none.
fn lines_in(mut ranges: Vec<(u64, u64)>) -> u32 {
    ranges.sort_unstable();
    let (mut lines, mut upto) = (0_u64, 0_u64);
    for (start, end) in ranges {
        let start = start.max(upto.saturating_add(1));
        if end >= start {
            lines = lines.saturating_add(end - start).saturating_add(1);
            upto = end;
        }
    }
    u32::try_from(lines).unwrap_or(u32::MAX)
}

fn within(field: &str, name: &'static str, max: usize, got: usize) -> Result<(), Error> {
    match got > max {
        true => Err(Error::limit(field, name, max as u64, got as u64)),
        false => Ok(()),
    }
}

// What is read of a record; a later version of the format may add to it.

#[derive(Deserialize)]
struct Record {
    #[serde(rename = "version")]
    _version: String,
    id: ActorId,
    timestamp: Timestamp,
    vcs: Option<Vcs>,
    tool: Option<Tool>,
    files: Vec<File>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Vcs {
    revision: ActorId,
}

#[derive(Deserialize)]
struct Tool {
    name: Option<String>,
}

#[derive(Deserialize)]
struct File {
    path: String,
    conversations: Vec<Conversation>,
}

#[derive(Deserialize)]
struct Conversation {
    contributor: Option<Contributor>,
    ranges: Vec<Range>,
}

#[derive(Deserialize)]
struct Range {
    start_line: u64,
    end_line: u64,
    contributor: Option<Contributor>,
}

#[derive(Deserialize)]
struct Contributor {
    #[serde(rename = "type")]
    kind: Contribution,
    model_id: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Contribution {
    Human,
    Ai,
    Mixed,
    Unknown,
}

#[derive(Default, Deserialize)]
struct Metadata {
    loomstack: Option<Ours>,
}

#[derive(Deserialize)]
struct Ours {
    entry: Option<Box<Entry>>,
}
