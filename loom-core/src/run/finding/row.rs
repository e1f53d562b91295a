//! A finding as it stands, with how it came to stand so.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{FINDING_REPORTS_KEPT, FINDING_STEPS_KEPT, FindingMoved, FindingReported, Move};
use crate::model::{Actor, ActorId, ChangeId, RepoId, RunId, TextRef, Timestamp};
use crate::path::PathSetSource;
use crate::run::RunTable;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It can wait.
    Low,
    /// It should be seen to.
    Medium,
    /// It should be seen to soon.
    High,
    /// It should be seen to now.
    Critical,
}

impl Severity {
    /// The word as it stands in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

/// How a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FindingStanding {
    /// Whoever takes it sees to it.
    Open,
    /// A run sees to it.
    Taken,
    /// It rests for a while.
    Deferred,
    /// It waits for a person.
    Escalated,
    /// It is over.
    Resolved,
}

impl FindingStanding {
    /// The word as it stands in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            FindingStanding::Open => "open",
            FindingStanding::Taken => "taken",
            FindingStanding::Deferred => "deferred",
            FindingStanding::Escalated => "escalated",
            FindingStanding::Resolved => "resolved",
        }
    }
}

/// What a person is asked to decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// In whose inbox it waits.
    pub to: ActorId,
    /// What they are asked.
    pub question: TextRef,
    /// What they can choose between, where that is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<TextRef>,
    /// The changes that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeId>,
    /// Who escalated it.
    pub by: Actor,
}

/// Who sees to a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taker {
    /// The run.
    pub run: RunId,
    /// Until when, as long as the run is alive.
    pub until: Timestamp,
}

/// What somebody saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
    /// How bad they took it to be.
    pub severity: Severity,
    /// What.
    pub evidence: Option<TextRef>,
}

/// Something that was done with a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Actor,
    /// What it was from then on. Open once more after it was resolved means that it came back.
    pub standing: FindingStanding,
    /// Until when, for what holds for a while.
    pub until: Option<Timestamp>,
    /// The changes that mended it, or that it is about.
    pub changes: Vec<ChangeId>,
    /// In their own words.
    pub note: Option<TextRef>,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingRow {
    /// What it is called.
    pub title: TextRef,
    /// How bad it is: the worst that anybody took it to be since it was last opened.
    pub severity: Severity,
    /// Where it is.
    pub repo: Option<RepoId>,
    /// On which paths.
    pub paths: PathSetSource,
    /// How it stood when something was last done with it. Time may have ended that since:
    /// [`FindingRow::standing`] says how it stands.
    pub stood: FindingStanding,
    /// Who took it last, while it stands as taken.
    pub holder: Option<Taker>,
    /// Until when it rests, while it is deferred.
    pub rests_until: Option<Timestamp>,
    /// What a person is asked, while it is escalated.
    pub escalation: Option<Escalation>,
    /// When it was last resolved, while it is.
    pub resolved_at: Option<Timestamp>,
    /// The first report of it.
    pub first: Report,
    /// Its latest reports but for the first, the latest last.
    pub later: VecDeque<Report>,
    /// How many reports there were.
    pub reported: u64,
    /// How often it came back after it was resolved.
    pub reopened: u32,
    /// What was done with it, the latest last.
    pub steps: VecDeque<Step>,
}

impl FindingRow {
    /// A finding that was reported for the first time.
    pub(super) fn new(reported: &FindingReported, at: Timestamp) -> FindingRow {
        FindingRow {
            title: reported.title,
            severity: reported.severity,
            repo: reported.repo.clone(),
            paths: reported.paths.clone(),
            stood: FindingStanding::Open,
            holder: None,
            rests_until: None,
            escalation: None,
            resolved_at: None,
            first: report(reported, at),
            later: VecDeque::new(),
            reported: 1,
            reopened: 0,
            steps: VecDeque::new(),
        }
    }

    /// How it stands: a lease that ended, a holder that died and a rest that is over leave it open.
    pub fn standing(&self, runs: &RunTable, at: Timestamp) -> FindingStanding {
        let is_over = match self.stood {
            FindingStanding::Taken => self.holder(runs, at).is_none(),
            FindingStanding::Deferred => self.rests_until.is_none_or(|until| until <= at),
            FindingStanding::Open | FindingStanding::Escalated | FindingStanding::Resolved => false,
        };
        match is_over {
            true => FindingStanding::Open,
            false => self.stood,
        }
    }

    /// The run that sees to it, and until when.
    pub fn holder(&self, runs: &RunTable, at: Timestamp) -> Option<&Taker> {
        let holder = self.holder.as_ref();
        holder.filter(|it| at < it.until && runs.is_live(&it.run, at))
    }

    /// Takes in that somebody came upon it again.
    pub(super) fn attach(&mut self, reported: &FindingReported, at: Timestamp) {
        self.reported = self.reported.saturating_add(1);
        if self.stood == FindingStanding::Resolved {
            self.reopened = self.reopened.saturating_add(1);
            self.severity = reported.severity;
            self.stand(FindingStanding::Open);
            self.step(Step {
                at,
                by: reported.by.clone(),
                standing: FindingStanding::Open,
                until: None,
                changes: Vec::new(),
                note: None,
            });
        } else {
            self.severity = self.severity.max(reported.severity);
        }
        if self.repo.is_none() {
            self.repo.clone_from(&reported.repo);
            self.paths = reported.paths.clone();
        }
        if self.later.len() >= FINDING_REPORTS_KEPT {
            self.later.pop_front();
        }
        self.later.push_back(report(reported, at));
    }

    /// Takes in what was done with it.
    pub(super) fn moved(&mut self, moved: &FindingMoved, at: Timestamp) {
        let mut until = None;
        let mut changed = Vec::new();
        let standing = match &moved.to {
            Move::Taken { run, until: end } => {
                self.stand(FindingStanding::Taken);
                let run = run.clone();
                self.holder = Some(Taker { run, until: *end });
                until = Some(*end);
                FindingStanding::Taken
            }
            Move::Returned {} => {
                self.stand(FindingStanding::Open);
                FindingStanding::Open
            }
            Move::Deferred { until: end } => {
                self.stand(FindingStanding::Deferred);
                self.rests_until = Some(*end);
                until = Some(*end);
                FindingStanding::Deferred
            }
            Move::Escalated(escalation) => {
                self.stand(FindingStanding::Escalated);
                changed.clone_from(&escalation.changes);
                self.escalation = Some((**escalation).clone());
                FindingStanding::Escalated
            }
            Move::Resolved { changes } => {
                self.stand(FindingStanding::Resolved);
                self.resolved_at = Some(at);
                changed.clone_from(changes);
                FindingStanding::Resolved
            }
        };
        self.step(Step {
            at,
            by: moved.by.clone(),
            standing,
            until,
            changes: changed,
            note: moved.note,
        });
    }

    /// Its reports, the earliest first, as far as they are kept.
    pub fn reports(&self) -> impl Iterator<Item = &Report> {
        std::iter::once(&self.first).chain(&self.later)
    }

    fn stand(&mut self, standing: FindingStanding) {
        self.stood = standing;
        self.holder = None;
        self.rests_until = None;
        self.escalation = None;
        self.resolved_at = None;
    }

    fn step(&mut self, step: Step) {
        if self.steps.len() >= FINDING_STEPS_KEPT {
            self.steps.pop_front();
        }
        self.steps.push_back(step);
    }
}

fn report(reported: &FindingReported, at: Timestamp) -> Report {
    Report {
        at,
        by: reported.by.clone(),
        severity: reported.severity,
        evidence: reported.evidence,
    }
}
