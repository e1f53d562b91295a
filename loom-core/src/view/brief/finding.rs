//! Findings on the places of a brief: what others came upon there, and who sees to it.

use std::fmt::Write as _;

use serde::Serialize;

use super::entries::{some_of, with_words};
use crate::claim::Words;
use crate::coordinator::Coordinator;
use crate::model::{ActorId, FindingKey, RepoId, RunId, Timestamp};
use crate::path::PathSetSource;
use crate::run::{FindingRow, FindingStanding, Severity};
use crate::view::{ago, named, until};

/// The most findings that a brief collects.
pub const BRIEF_FINDINGS_MAX: usize = 16;

/// A finding that is not resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FindingHere {
    /// What it is about.
    pub key: FindingKey,
    /// What it is called.
    pub title: Words,
    /// How bad it is.
    pub severity: Severity,
    /// How it stands.
    pub standing: FindingStanding,
    /// Since when it is known.
    pub since: Timestamp,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repo: Option<RepoId>,
    /// On which paths.
    #[serde(skip_serializing_if = "PathSetSource::has_no_pattern")]
    pub paths: PathSetSource,
    /// The run that sees to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<RunId>,
    /// In whose inbox it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<ActorId>,
    /// Until when it is held, or rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// How often it came back after it was resolved.
    pub reopened: u32,
    /// What was last said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Words>,
}

impl FindingHere {
    pub(in crate::view) fn of(
        key: FindingKey,
        row: &FindingRow,
        coordinator: &Coordinator,
        at: Timestamp,
    ) -> FindingHere {
        let runs = coordinator.runs();
        let standing = row.standing(runs, at);
        let holder = row.holder(runs, at);
        let rests = row
            .rests_until
            .filter(|_| standing == FindingStanding::Deferred);
        FindingHere {
            key,
            title: row.title.into(),
            severity: row.severity,
            standing,
            since: row.first.at,
            repo: row.repo.clone(),
            paths: row.paths.clone(),
            by: holder.map(|it| it.run.clone()),
            to: row.escalation.as_ref().map(|it| it.to.clone()),
            until: holder.map(|it| it.until).or(rests),
            reopened: row.reopened,
            note: row
                .steps
                .iter()
                .rev()
                .find_map(|step| step.note)
                .map(Words::from),
        }
    }

    pub(in crate::view) fn texts(&mut self) -> impl Iterator<Item = &mut Words> {
        std::iter::once(&mut self.title).chain(&mut self.note)
    }

    /// The entry of a brief.
    pub(super) fn entry(&self, at: Timestamp) -> String {
        let mut text = format!(
            "- finding {}: {}, first seen {}",
            named(self.key.as_str()),
            self.severity.as_str(),
            ago(self.since, at)
        );
        let paths: Vec<String> = self
            .paths
            .include
            .iter()
            .map(|it| named(&it.to_string()))
            .collect();
        if let (Some(repo), false) = (&self.repo, paths.is_empty()) {
            let _ = write!(
                text,
                ", on {} in {}",
                some_of(&paths, ", "),
                named(repo.as_str())
            );
        }
        match (self.standing, &self.by, &self.to) {
            (FindingStanding::Taken, Some(run), _) => {
                let _ = write!(text, "; run {} sees to it", named(run.as_str()));
            }
            (FindingStanding::Escalated, _, Some(to)) => {
                let _ = write!(
                    text,
                    "; {} is asked, and no loop takes it",
                    named(to.as_str())
                );
            }
            (FindingStanding::Deferred, ..) => text.push_str("; it rests"),
            _ => text.push_str("; nobody sees to it"),
        }
        if let Some(end) = self.until {
            let _ = write!(text, " (ends {})", until(end, at));
        }
        if self.reopened > 0 {
            let times = match self.reopened {
                1 => "once".to_owned(),
                times => format!("{times} times"),
            };
            let _ = write!(text, "; it came back {times}");
        }
        let mut text = with_words(text, "title", Some(&self.title));
        if self.note.is_some() {
            text.pop();
            text = with_words(text, "last note", self.note.as_ref());
        }
        text
    }
}
