//! The hot state, and the folding of records into it.
//!
//! Nothing here decides. Folding a record states what its events state, moves what time has ended,
//! and forgets what lies behind the horizon; all of it is a function of the records alone.

use std::sync::Arc;

use super::changes::Changes;
use super::contents::Contents;
use super::event::{Event, Verification};
use super::landed::LandedCommands;
use super::operations::Operations;
use super::repos::Repos;
use super::standoffs::Standoffs;
use super::work::Work;
use crate::claim::{ClaimEvent, ClaimTable, DecidedEvent, RunFacts};
use crate::error::{Code, Error};
use crate::ledger::Ledger;
use crate::model::{Actor, Digest, Head, RunId, Timestamp, Ver, WorkspaceId};
use crate::path::PathSet;
use crate::policy::PolicyTable;
use crate::run::{FindingEvent, Findings, Notes, RunTable};

/// Everything that a decision is made on.
#[derive(Clone)]
pub(super) struct State {
    pub(super) head: Head,
    pub(super) at: Timestamp,
    pub(super) founded: Option<(WorkspaceId, Actor)>,
    pub(super) repos: Repos,
    pub(super) runs: RunTable,
    pub(super) findings: Findings,
    pub(super) notes: Notes,
    pub(super) claims: ClaimTable,
    pub(super) policy: PolicyTable,
    pub(super) ledger: Ledger,
    pub(super) changes: Changes,
    pub(super) standoffs: Standoffs,
    pub(super) operations: Operations,
    pub(super) work: Work,
    pub(super) landed: LandedCommands,
    pub(super) checkpoint: Option<(Ver, Digest)>,
}

impl State {
    pub(super) fn empty() -> State {
        State {
            head: Head::EMPTY,
            at: Timestamp::EPOCH,
            founded: None,
            repos: Repos::default(),
            runs: RunTable::default(),
            findings: Findings::default(),
            notes: Notes::default(),
            claims: ClaimTable::default(),
            policy: PolicyTable::default(),
            ledger: Ledger::default(),
            changes: Changes::default(),
            standoffs: Standoffs::default(),
            operations: Operations::default(),
            work: Work::default(),
            landed: LandedCommands::default(),
            checkpoint: None,
        }
    }

    /// Folds a record that was read whole and chains.
    ///
    /// # Errors
    /// `corrupt` for events that cannot have happened. The state is then good for nothing.
    pub(super) fn fold(&mut self, head: Head, contents: Contents) -> Result<(), Error> {
        let Contents {
            header,
            events,
            sets,
        } = contents;
        if header.at < self.at {
            return Err(corrupt("at", "the journal's time went back"));
        }
        self.at = header.at;
        self.claims.expire(self.at);
        self.changes.forget(self.at, &self.repos);
        self.standoffs.forget(self.at);
        self.policy.forget(self.at);
        self.findings.forget(self.at);
        self.notes.forget(self.at);
        for run in self.runs.forget(self.at) {
            self.work.forget(&run);
            self.claims.forget_run(&run);
            self.ledger.forget_run(&run);
        }
        let sets = sets.into_iter().chain(std::iter::repeat(None));
        for (event, sets) in events.into_iter().zip(sets) {
            self.fold_event(head.ver, event, sets)?;
        }
        if header.incarnation != self.head.incarnation {
            return Err(corrupt(
                "incarnation",
                "only a recovery changes the incarnation",
            ));
        }
        self.landed.insert(header.id, head.ver, &header.digest);
        self.head = Head {
            incarnation: header.incarnation,
            ..head
        };
        Ok(())
    }

    fn fold_event(
        &mut self,
        ver: Ver,
        event: Event,
        sets: Option<Vec<PathSet>>,
    ) -> Result<(), Error> {
        match event {
            Event::JournalCreated { workspace, human } => {
                self.founded = Some((workspace, human));
            }
            Event::RepoRegistered(repo) => self.repos.apply(&repo),
            Event::Run(event) => self.runs.apply(&event, self.at)?,
            Event::Finding(event) => {
                if let FindingEvent::Moved(moved) = &event {
                    self.standoffs.moved(moved, self.at);
                }
                self.findings.apply(&event, self.at)?;
            }
            Event::StandoffOpened(standoff) => self.standoffs.opened(&standoff),
            Event::Note(event) => self.notes.apply(&event, self.at)?,
            Event::Claim(event) => self.fold_claim(DecidedEvent { event, sets })?,
            Event::Policy(event) => self.policy.apply(&event, self.at)?,
            Event::Ledger(event) => self.ledger.apply(&event, self.at)?,
            Event::ChangeRecorded(change) => {
                let change = Arc::new(*change);
                self.changes
                    .record(ver, self.at, Arc::clone(&change), &self.repos)?;
                if let Some(run) = &change.run {
                    self.work.changed(run, &change);
                }
            }
            Event::VerificationRecorded(Verification {
                changes,
                verdict,
                by,
                independent,
                checks,
                ..
            }) => {
                for id in changes.iter().filter(|_| independent) {
                    self.changes.verified(id, verdict, &by, &checks);
                }
            }
            Event::ReviewRecorded(review) => {
                for id in &review.changes {
                    self.changes.reviewed(id, review.verdict);
                }
            }
            Event::Deployed(deploy) => self.operations.deployed(*deploy),
            Event::IncidentReported(incident) => self.operations.reported(*incident)?,
            Event::IncidentResolved(end) => self.operations.resolved(&end)?,
            Event::ArtifactRecorded(_) | Event::TextsErased { .. } => {}
            Event::Recovered { incarnation } => {
                if incarnation <= self.head.incarnation {
                    return Err(corrupt("recovered", "the incarnation did not rise"));
                }
                self.head.incarnation = incarnation;
            }
            Event::Checkpointed { ver, snapshot } => self.checkpoint = Some((ver, snapshot)),
        }
        Ok(())
    }

    fn fold_claim(&mut self, decided: DecidedEvent) -> Result<(), Error> {
        if let ClaimEvent::Granted(granted) | ClaimEvent::HandedOver { to: granted, .. } =
            &decided.event
        {
            self.work.claimed(granted);
        }
        self.claims.apply_decided(decided, self.at, &self.repos)
    }
}

impl RunFacts for RunTable {
    fn is_live(&self, run: &RunId, at: Timestamp) -> bool {
        RunTable::is_live(self, run, at)
    }

    fn live_until(&self, run: &RunId) -> Option<Timestamp> {
        RunTable::live_until(self, run)
    }

    fn children(&self, run: &RunId) -> Vec<RunId> {
        RunTable::children(self, run).cloned().collect()
    }
}

fn corrupt(field: &str, why: &str) -> Error {
    Error::at(Code::Corrupt, format!("record.{field}"), why)
}
