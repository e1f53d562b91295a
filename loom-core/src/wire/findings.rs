//! Findings, as others see them.

use serde::{Deserialize, Serialize};

use crate::claim::Words;
use crate::model::{Actor, ActorId, ChangeId, FindingKey, RepoId, RunId, Timestamp};
use crate::path::PathSetSource;
use crate::run::{Escalation, FindingRow, FindingStanding, Report, RunTable, Severity, Step};

/// A finding as it stands, with how it came to stand so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FindingView {
    /// What it is about.
    pub key: FindingKey,
    /// What it is called.
    pub title: Words,
    /// How bad it is: the worst that anybody took it to be since it was last opened.
    pub severity: Severity,
    /// How it stands.
    pub standing: FindingStanding,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<RepoId>,
    /// On which paths.
    #[serde(default, skip_serializing_if = "PathSetSource::has_no_pattern")]
    pub paths: PathSetSource,
    /// The run that sees to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<RunId>,
    /// Until when it is held, or rests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What a person is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation: Option<EscalationView>,
    /// Its reports, the earliest first: the first of all, and the latest.
    pub reports: Vec<ReportView>,
    /// How many reports there were.
    pub reported: u64,
    /// How often it came back after it was resolved.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reopened: u32,
    /// What was done with it, the earliest first, as far as it is kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepView>,
}

/// What a person is asked to decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EscalationView {
    /// In whose inbox it waits.
    pub to: ActorId,
    /// What they are asked.
    pub question: Words,
    /// What they can choose between, where that is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Words>,
    /// The changes that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeId>,
    /// Who escalated it.
    pub by: Actor,
}

/// What somebody saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReportView {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
    /// How bad they took it to be.
    pub severity: Severity,
    /// What.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Words>,
}

/// Something that was done with a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StepView {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Actor,
    /// How it stood from then on.
    pub standing: FindingStanding,
    /// Until when, for what holds for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The changes that mended it, or that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeId>,
    /// In their own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Words>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl FindingView {
    pub(super) fn of(
        key: FindingKey,
        row: &FindingRow,
        runs: &RunTable,
        at: Timestamp,
    ) -> FindingView {
        let standing = row.standing(runs, at);
        let holder = row.holder(runs, at);
        let rests = row
            .rests_until
            .filter(|_| standing == FindingStanding::Deferred);
        FindingView {
            key,
            title: row.title.into(),
            severity: row.severity,
            standing,
            repo: row.repo.clone(),
            paths: row.paths.clone(),
            by: holder.map(|it| it.run.clone()),
            until: holder.map(|it| it.until).or(rests),
            escalation: row.escalation.as_ref().map(EscalationView::from),
            reports: row.reports().map(ReportView::from).collect(),
            reported: row.reported,
            reopened: row.reopened,
            steps: row.steps.iter().map(StepView::from).collect(),
        }
    }

    pub(super) fn texts(&mut self) -> impl Iterator<Item = &mut Words> {
        let asked = self.escalation.iter_mut().flat_map(|it| {
            let question = std::iter::once(&mut it.question);
            question.chain(&mut it.choices)
        });
        let seen = self
            .reports
            .iter_mut()
            .filter_map(|it| it.evidence.as_mut());
        let notes = self.steps.iter_mut().filter_map(|it| it.note.as_mut());
        std::iter::once(&mut self.title)
            .chain(asked)
            .chain(seen)
            .chain(notes)
    }
}

impl From<&Escalation> for EscalationView {
    fn from(escalation: &Escalation) -> EscalationView {
        EscalationView {
            to: escalation.to.clone(),
            question: escalation.question.into(),
            choices: escalation
                .choices
                .iter()
                .copied()
                .map(Words::from)
                .collect(),
            changes: escalation.changes.clone(),
            by: escalation.by.clone(),
        }
    }
}

impl From<&Report> for ReportView {
    fn from(report: &Report) -> ReportView {
        ReportView {
            at: report.at,
            by: report.by.clone(),
            severity: report.severity,
            evidence: report.evidence.map(Words::from),
        }
    }
}

impl From<&Step> for StepView {
    fn from(step: &Step) -> StepView {
        StepView {
            at: step.at,
            by: step.by.clone(),
            standing: step.standing,
            until: step.until,
            changes: step.changes.clone(),
            note: step.note.map(Words::from),
        }
    }
}
