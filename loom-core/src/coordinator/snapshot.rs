//! The hot state as a snapshot, and back: what lets a process start cold whatever the age of the
//! journal.

use serde::{Deserialize, Serialize};

use super::Coordinator;
use super::changes::Changes;
use super::contents::Proposed;
use super::landed::LandedCommands;
use super::repos::{Repo, Repos};
use super::state::State;
use super::work::Work;
use crate::claim::ClaimTable;
use crate::error::{Code, Error};
use crate::ledger::Ledger;
use crate::model::{Actor, Digest, Head, SnapshotBytes, Timestamp, Ver, WorkspaceId};
use crate::policy::PolicyTable;
use crate::run::{Findings, Notes, RunTable};
use crate::table::{SnapshotReader, SnapshotWriter};

/// The name of the projection that a coordinator's snapshots are of.
pub const HOT_PROJECTION: &str = "hot";

/// What is needed of a journal besides its tables.
#[derive(Serialize, Deserialize)]
struct Front {
    head: Head,
    at: Timestamp,
    founded: Option<(WorkspaceId, Actor)>,
    checkpoint: Option<(Ver, Digest)>,
}

impl Coordinator {
    /// The hot state as bytes, for [`Coordinator::restore`]. O(state).
    ///
    /// # Errors
    /// `limit_exceeded` over [`crate::table::SNAPSHOT_BYTES_MAX`]; `corrupt` where the state was
    /// itself thawed and a page of it is bad.
    pub fn snapshot(&self) -> Result<Vec<u8>, Error> {
        self.check_usable()?;
        let State {
            head,
            at,
            founded,
            repos,
            runs,
            findings,
            notes,
            claims,
            policy,
            ledger,
            changes,
            standoffs,
            operations,
            work,
            landed,
            checkpoint,
        } = &self.state;
        let mut writer = SnapshotWriter::default();
        let front = Front {
            head: *head,
            at: *at,
            founded: founded.clone(),
            checkpoint: *checkpoint,
        };
        writer.value("front", &front)?;
        writer.value("repos", &repos.iter().collect::<Vec<_>>())?;
        runs.freeze(&mut writer)?;
        findings.freeze(&mut writer)?;
        notes.freeze(&mut writer)?;
        changes.freeze(&mut writer)?;
        writer.value("standoffs", standoffs)?;
        writer.value("operations", operations)?;
        work.freeze(&mut writer)?;
        claims.freeze(&mut writer)?;
        policy.freeze(&mut writer)?;
        ledger.freeze(&mut writer)?;
        landed.freeze(&mut writer)?;
        let bytes = writer.finish()?;
        self.check_faults()?;
        Ok(bytes)
    }

    /// The coordinator that a snapshot was taken of. Verifies the front and what is small; a page of
    /// a table is verified when it is first touched, and a bad one surfaces as `corrupt` of whatever
    /// call touched it. Whether the journal has the snapshot's head is for the caller to check.
    ///
    /// # Errors
    /// `corrupt` for bytes that are no snapshot, `newer_journal` for one of another format: replay
    /// the journal instead.
    pub fn restore(bytes: SnapshotBytes) -> Result<Coordinator, Error> {
        let reader = SnapshotReader::open(bytes)?;
        let front: Front = reader.value("front")?;
        let mut repos = Repos::default();
        for repo in reader.value::<Vec<Repo>>("repos")? {
            repos.apply(&repo);
        }
        let state = State {
            head: front.head,
            at: front.at,
            founded: front.founded,
            claims: ClaimTable::thaw(&reader, &repos)?,
            policy: PolicyTable::thaw(&reader)?,
            ledger: Ledger::thaw(&reader)?,
            changes: Changes::thaw(&reader)?,
            standoffs: reader.value("standoffs")?,
            operations: reader.value("operations")?,
            work: Work::thaw(&reader)?,
            landed: LandedCommands::thaw(&reader)?,
            checkpoint: front.checkpoint,
            repos,
            runs: RunTable::thaw(&reader)?,
            findings: Findings::thaw(&reader)?,
            notes: Notes::thaw(&reader)?,
        };
        Ok(Coordinator {
            state,
            redact: None,
            proposed: Proposed::default(),
            broken: None,
        })
    }

    /// The digest of the hot state: equal on any machine and in any language after the same records,
    /// whether they were folded here or came in a snapshot. Texts are not in it. O(state).
    ///
    /// # Errors
    /// `corrupt` where a page of a thawed state is bad.
    pub fn state_hash(&self) -> Result<Digest, Error> {
        self.check_usable()?;
        let state = &self.state;
        let json = |what: serde_json::Result<Vec<u8>>| {
            what.map_err(|why| Error::new(Code::Internal, why.to_string()))
        };
        let front = json(serde_json::to_vec(&(
            &state.head,
            &state.at,
            &state.founded,
            &state.checkpoint,
        )))?;
        let repos = json(serde_json::to_vec(&state.repos.iter().collect::<Vec<_>>()))?;
        let changes = json(serde_json::to_vec(
            &state.changes.rows().collect::<Vec<_>>(),
        ))?;
        let standoffs = json(serde_json::to_vec(&state.standoffs))?;
        let operations = json(serde_json::to_vec(&state.operations))?;
        let parts: Vec<Digest> = [&front, &repos, &changes, &standoffs, &operations]
            .map(|part| Digest::of(&[part]))
            .into();
        let mut bytes = b"loomstack.state.v5\n".to_vec();
        for digest in parts.iter().chain([
            &state.runs.digest()?,
            &state.findings.digest()?,
            &state.notes.digest()?,
            &state.work.digest()?,
            &state.claims.digest()?,
            &state.policy.digest()?,
            &state.ledger.digest()?,
            &state.landed.digest()?,
        ]) {
            bytes.extend(digest.0);
        }
        self.check_faults()?;
        Ok(Digest::of(&[&bytes]))
    }

    /// A bad page that some look-up met.
    pub(super) fn check_faults(&self) -> Result<(), Error> {
        let State {
            runs,
            findings,
            notes,
            claims,
            policy,
            ledger,
            landed,
            work,
            changes,
            ..
        } = &self.state;
        let fault = runs
            .fault()
            .or_else(|| findings.fault())
            .or_else(|| notes.fault())
            .or_else(|| claims.fault())
            .or_else(|| policy.fault())
            .or_else(|| ledger.fault())
            .or_else(|| landed.fault())
            .or_else(|| work.fault())
            .or_else(|| changes.fault());
        fault.map_or(Ok(()), Err)
    }
}
