//! The state of findings and notes as a Markdown file, for whoever wants it beside the code.
//!
//! It is stable under diff: lines stand in the order of keys and names, times are absolute, and nothing in it
//! depends on when it was written.

use std::fmt::Write as _;

use serde::Serialize;

use super::{FindingHere, NoteView, named, quoted};
use crate::claim::Words;
use crate::coordinator::Coordinator;
use crate::model::Timestamp;
use crate::run::FindingStanding;

/// The most findings, and the most notes, that a state file has; the rest is counted.
pub const STATE_FILE_LISTED_MAX: usize = 1_000;
const WORDS_CHARS_MAX: usize = 400;

/// What is found and noted, and stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StateFile {
    /// The findings that are not resolved, by key.
    pub findings: Vec<FindingHere>,
    /// The notes, in the order in which they were written.
    pub notes: Vec<NoteView>,
    /// How many more there are of both.
    pub more: u64,
}

impl StateFile {
    /// Collects what stands. Fill in the words before rendering. O(findings + notes).
    pub fn collect(coordinator: &Coordinator, at: Timestamp) -> StateFile {
        let findings = coordinator.findings().iter();
        let mut findings: Vec<FindingHere> = findings
            .filter(|(_, row)| row.resolved_at.is_none())
            .map(|(key, row)| FindingHere::of(key, &row, coordinator, at))
            .collect();
        let notes = coordinator.notes().iter(at);
        let mut notes: Vec<NoteView> = notes.map(|(id, row)| NoteView::of(id, &row)).collect();
        let beyond = |len: usize| len.saturating_sub(STATE_FILE_LISTED_MAX) as u64;
        let more = beyond(findings.len()) + beyond(notes.len());
        findings.truncate(STATE_FILE_LISTED_MAX);
        notes.truncate(STATE_FILE_LISTED_MAX);
        StateFile {
            findings,
            notes,
            more,
        }
    }

    /// The texts that it speaks of.
    pub fn texts(&mut self) -> impl Iterator<Item = &mut Words> {
        let findings = self.findings.iter_mut().flat_map(FindingHere::texts);
        findings.chain(self.notes.iter_mut().map(|it| &mut it.text))
    }

    /// The file.
    pub fn render(&self) -> String {
        let mut text = "# Findings and notes\n".to_owned();
        for (heading, standing) in [
            ("Waiting for a person", FindingStanding::Escalated),
            ("Being seen to", FindingStanding::Taken),
            ("Open", FindingStanding::Open),
            ("Resting", FindingStanding::Deferred),
        ] {
            let these = self.findings.iter().filter(|it| it.standing == standing);
            section(&mut text, heading, these.map(finding));
        }
        section(&mut text, "Notes", self.notes.iter().map(note));
        if self.more > 0 {
            let _ = write!(text, "\nLeft out: {}.\n", self.more);
        }
        text
    }
}

fn section(text: &mut String, heading: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if !lines.is_empty() {
        let _ = write!(text, "\n## {heading}\n\n{}", lines.concat());
    }
}

fn finding(it: &FindingHere) -> String {
    let (key, severity) = (named(it.key.as_str()), it.severity.as_str());
    let mut line = format!(
        "- {key}, {severity}, since {}: {}",
        it.since,
        words(&it.title)
    );
    if let Some(run) = &it.by {
        let _ = write!(line, "; run {} sees to it", named(run.as_str()));
    }
    if let Some(to) = &it.to {
        let _ = write!(line, "; {} is asked", named(to.as_str()));
    }
    if let (Some(until), FindingStanding::Deferred) = (it.until, it.standing) {
        let _ = write!(line, "; until {until}");
    }
    if let Some(note) = &it.note {
        let _ = write!(line, "; last note {}", words(note));
    }
    line + "\n"
}

fn note(it: &NoteView) -> String {
    let by = named(&it.by.to_string());
    let waits = match it.until {
        Some(until) => format!(" until {until}"),
        None => String::new(),
    };
    let (kind, places) = (it.kind.as_str(), it.places());
    format!(
        "- {kind} on {places}, by {by}{waits}: {}\n",
        words(&it.text)
    )
}

fn words(words: &Words) -> String {
    match &words.text {
        Some(words) => quoted(words, WORDS_CHARS_MAX),
        None => "erased".to_owned(),
    }
}
