//! What happened, as the journal states it, and how a record's body is written and read.
//!
//! An event is a fact: folding it evaluates no zone, pattern, priority or score, so a fleet of mixed
//! versions agrees on the state. The kinds of events only ever grow; a kind that this version does
//! not know makes the journal `newer_journal`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::changes::Change;
use super::operations::{ArtifactKnown, Deployed, Reported, Resolved, Reviewed};
use super::reply::Answer;
use super::repos::Repo;
use super::standoffs::Standoff;
use crate::claim::ClaimEvent;
use crate::error::{Code, Error};
use crate::ledger::LedgerEvent;
use crate::model::{
    Actor, ActorId, ChangeId, Digest, Header, RECORD_BYTES_MAX, Record, RunId, TextRef, Ver,
    Verdict, WorkspaceId,
};
use crate::policy::PolicyEvent;
use crate::run::{FindingEvent, NoteEvent, RunEvent};

/// One fact of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The journal was made.
    JournalCreated {
        /// The name of the workspace.
        workspace: WorkspaceId,
        /// Its first human.
        human: Actor,
    },
    /// A repository was registered, or its origins grew.
    RepoRegistered(Repo),
    /// Loops and runs.
    Run(RunEvent),
    /// Findings.
    Finding(FindingEvent),
    /// Notes.
    Note(NoteEvent),
    /// Claims.
    Claim(ClaimEvent),
    /// The policy, and what was decided by it.
    Policy(PolicyEvent),
    /// What is spent.
    Ledger(LedgerEvent),
    /// A change was recorded.
    ChangeRecorded(Box<Change>),
    /// Changes were checked.
    VerificationRecorded(Verification),
    /// A prompt, skill or policy was made known.
    ArtifactRecorded(ArtifactKnown),
    /// A person read changes.
    ReviewRecorded(Box<Reviewed>),
    /// Something was deployed.
    Deployed(Box<Deployed>),
    /// Something broke.
    IncidentReported(Box<Reported>),
    /// An incident is over.
    IncidentResolved(Box<Resolved>),
    /// Two sides undo each other's changes, and a person is asked.
    StandoffOpened(Box<Standoff>),
    /// Texts were given up. The store forgets the words; the journal keeps their digests.
    TextsErased {
        /// The digests.
        texts: Vec<Digest>,
    },
    /// The journal was declared good; tokens of earlier incarnations are lower than all to come.
    Recovered {
        /// The new incarnation.
        incarnation: u32,
    },
    /// Records up to a version may be archived.
    Checkpointed {
        /// The version.
        ver: Ver,
        /// The hash of the snapshot that stands for them.
        snapshot: Digest,
    },
}

/// The kinds of [`Event`], as they are written.
const KINDS: [&str; 19] = [
    "journal_created",
    "repo_registered",
    "run",
    "finding",
    "note",
    "claim",
    "policy",
    "ledger",
    "change_recorded",
    "verification_recorded",
    "artifact_recorded",
    "review_recorded",
    "deployed",
    "incident_reported",
    "incident_resolved",
    "standoff_opened",
    "texts_erased",
    "recovered",
    "checkpointed",
];

/// What a check of changes came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// Over exactly which changes.
    pub changes: Vec<ChangeId>,
    /// With what result.
    pub verdict: Verdict,
    /// Who checked.
    pub by: Actor,
    /// The run that checked, where it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// Whether the checker stands apart from every maker: only then does the verdict count.
    pub independent: bool,
    /// Names of the checks that were run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<ActorId>,
    /// What was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<TextRef>,
}

/// Writes the body of a record: header, events and answer, a line each.
///
/// # Errors
/// `limit_exceeded` over [`RECORD_BYTES_MAX`].
pub(super) fn write_body(
    header: &Header,
    events: &[Event],
    answer: &Answer,
) -> Result<Arc<[u8]>, Error> {
    let internal = |why: serde_json::Error| Error::new(Code::Internal, why.to_string());
    // Room for nearly every record: growing would copy it.
    let mut body = Vec::with_capacity(2_048);
    serde_json::to_writer(&mut body, header).map_err(internal)?;
    body.push(b'\n');
    serde_json::to_writer(&mut body, events).map_err(internal)?;
    body.push(b'\n');
    serde_json::to_writer(&mut body, answer).map_err(internal)?;
    if body.len() > RECORD_BYTES_MAX {
        let (max, got) = (RECORD_BYTES_MAX as u64, body.len() as u64);
        return Err(Error::limit("record", "RECORD_BYTES_MAX", max, got));
    }
    Ok(body.into())
}

/// Reads the events of a record.
///
/// # Errors
/// `newer_journal` for a kind of event that this version does not know, `corrupt` for bytes that
/// are no events.
pub fn read_events(record: &Record) -> Result<Vec<Event>, Error> {
    let [_, line, _] = record.lines()?;
    read_line(record, line)
}

/// [`read_events`] of a record whose lines were told apart before.
pub(super) fn read_line(record: &Record, line: &str) -> Result<Vec<Event>, Error> {
    serde_json::from_str(line).map_err(|why| {
        let field = format!("records[ver={}].events", record.ver);
        match unknown_kind(line) {
            Some(kind) => Error::at(
                Code::NewerJournal,
                field,
                format!("an event of kind {kind:?} was written by a later version; update"),
            ),
            None => Error::at(Code::Corrupt, field, why.to_string()),
        }
    })
}

/// The first kind in a line of events that this version does not know. Kinds within claims and runs
/// are told apart by the message of their own reader.
fn unknown_kind(line: &str) -> Option<String> {
    let kinds: Vec<BTreeMap<String, IgnoredAny>> = serde_json::from_str(line).ok()?;
    let top = kinds
        .iter()
        .flat_map(BTreeMap::keys)
        .find(|kind| !KINDS.contains(&kind.as_str()));
    if let Some(kind) = top {
        return Some(kind.clone());
    }
    let nested: Vec<BTreeMap<String, serde_json::Value>> = serde_json::from_str(line).ok()?;
    nested.into_iter().flatten().find_map(|(kind, body)| {
        let inner = body.as_object()?.keys().next()?.clone();
        let known: &[&str] = match kind.as_str() {
            "claim" => &CLAIM_KINDS,
            "run" => &RUN_KINDS,
            "finding" => &FINDING_KINDS,
            "note" => &NOTE_KINDS,
            "policy" => &POLICY_KINDS,
            "ledger" => &LEDGER_KINDS,
            _ => return None,
        };
        (!known.contains(&inner.as_str())).then(|| format!("{kind}.{inner}"))
    })
}

const CLAIM_KINDS: [&str; 10] = [
    "granted",
    "renewed",
    "narrowed",
    "ended",
    "handed_over",
    "queued",
    "blocked",
    "wait_ended",
    "noticed",
    "seen",
];

const RUN_KINDS: [&str; 12] = [
    "loop_defined",
    "loop_stood",
    "signalled",
    "started",
    "beat",
    "iteration_begun",
    "iteration_ended",
    "verification_asked",
    "sent_back",
    "awaited",
    "halted",
    "finished",
];

const FINDING_KINDS: [&str; 2] = ["reported", "moved"];

const NOTE_KINDS: [&str; 3] = ["written", "approved", "dropped"];

const POLICY_KINDS: [&str; 7] = [
    "set",
    "decided",
    "asked",
    "answered",
    "used",
    "given_back",
    "waived",
];

const LEDGER_KINDS: [&str; 5] = ["limits_set", "reserved", "settled", "cancelled", "warned"];

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;

    use super::*;

    /// The kinds that a reader of events knows, as it names them itself.
    fn known_to<T: DeserializeOwned + std::fmt::Debug>() -> Vec<String> {
        let why = serde_json::from_str::<T>(r#"{"no such kind": null}"#).unwrap_err();
        let why = why.to_string();
        let (_, list) = why.split_once(", expected ").unwrap();
        let names = list.split('`').skip(1).step_by(2);
        names.map(str::to_owned).collect()
    }

    #[test]
    fn the_lists_of_kinds_are_those_that_the_readers_know() {
        assert_eq!(known_to::<Event>(), KINDS);
        assert_eq!(known_to::<ClaimEvent>(), CLAIM_KINDS);
        assert_eq!(known_to::<RunEvent>(), RUN_KINDS);
        assert_eq!(known_to::<FindingEvent>(), FINDING_KINDS);
        assert_eq!(known_to::<NoteEvent>(), NOTE_KINDS);
        assert_eq!(known_to::<PolicyEvent>(), POLICY_KINDS);
        assert_eq!(known_to::<LedgerEvent>(), LEDGER_KINDS);
    }
}
