//! All findings that the journal remembers.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{FINDING_MEMORY_MS, FINDINGS_OPEN_MAX, FindingEvent, FindingRow, FindingStanding};
use crate::error::{Code, Error};
use crate::model::{ActorId, FindingKey, Timestamp};
use crate::run::RunTable;
use crate::table::Table;

/// Why a run does not get a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NotTaken {
    /// Another run sees to it.
    Taken,
    /// It rests for a while.
    Deferred,
    /// It waits for a person.
    Escalated,
    /// It is over.
    Resolved,
}

/// All findings.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    pub(super) rows: Table<FindingKey, FindingRow>,
    /// Those that are resolved, by when they were.
    pub(super) resolved: BTreeSet<(Timestamp, FindingKey)>,
}

impl Findings {
    /// A finding.
    pub fn get(&self, key: &FindingKey) -> Option<Cow<'_, FindingRow>> {
        self.rows.get(key)
    }

    /// All remembered findings in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (FindingKey, Cow<'_, FindingRow>)> {
        self.rows.iter()
    }

    /// How many findings are not resolved.
    pub fn open_len(&self) -> usize {
        self.rows.len().saturating_sub(self.resolved.len())
    }

    /// May one more be opened?
    pub fn has_room(&self) -> bool {
        self.open_len() < FINDINGS_OPEN_MAX
    }

    /// The findings in the order in which somebody should see to them: the worst first, then those known
    /// for longest. O(findings).
    pub fn by_urgency(
        &self,
        runs: &RunTable,
        at: Timestamp,
        standing: Option<FindingStanding>,
    ) -> Vec<(FindingKey, Cow<'_, FindingRow>)> {
        let stands = |row: &FindingRow| standing.is_none_or(|it| row.standing(runs, at) == it);
        self.urgent_first(|row| stands(row))
    }

    /// What waits for a person, or for anybody where none is named. O(findings).
    pub fn inbox(&self, of: Option<&ActorId>) -> Vec<(FindingKey, Cow<'_, FindingRow>)> {
        self.urgent_first(|row| {
            let escalation = row.escalation.as_ref();
            escalation.is_some_and(|it| of.is_none_or(|of| it.to == *of))
        })
    }

    fn urgent_first(
        &self,
        is_asked: impl Fn(&FindingRow) -> bool,
    ) -> Vec<(FindingKey, Cow<'_, FindingRow>)> {
        let rows = self.rows.iter();
        let mut found: Vec<_> = rows.filter(|(_, row)| is_asked(row)).collect();
        found.sort_by(|(a, a_row), (b, b_row)| {
            let by_severity = b_row.severity.cmp(&a_row.severity);
            let by_age = a_row.first.at.cmp(&b_row.first.at);
            by_severity.then(by_age).then_with(|| a.cmp(b))
        });
        found
    }

    /// Folds one event.
    ///
    /// # Errors
    /// `corrupt` for an event that cannot have happened; the state is as before.
    pub fn apply(&mut self, event: &FindingEvent, at: Timestamp) -> Result<(), Error> {
        match event {
            FindingEvent::Reported(reported) => {
                let key = &reported.key;
                if !self.change(key, |row| row.attach(reported, at)) {
                    let row = FindingRow::new(reported, at);
                    self.rows.insert(key.clone(), row);
                }
                Ok(())
            }
            FindingEvent::Moved(moved) => {
                if self.change(&moved.key, |row| row.moved(moved, at)) {
                    return Ok(());
                }
                let key = &moved.key;
                let why = format!("an event speaks of finding {key}, which was never reported");
                Err(Error::at(Code::Corrupt, "events.finding", why))
            }
        }
    }

    /// Forgets findings that were resolved longer ago than [`FINDING_MEMORY_MS`].
    pub fn forget(&mut self, at: Timestamp) {
        let horizon = at.minus_ms(FINDING_MEMORY_MS);
        while let Some((resolved_at, key)) = self.resolved.first() {
            if *resolved_at >= horizon {
                break;
            }
            self.rows.remove(key);
            self.resolved.pop_first();
        }
    }

    fn change(&mut self, key: &FindingKey, change: impl FnOnce(&mut FindingRow)) -> bool {
        let resolved = &mut self.resolved;
        self.rows.update(key, |row| {
            if let Some(at) = row.resolved_at {
                resolved.remove(&(at, key.clone()));
            }
            change(row);
            if let Some(at) = row.resolved_at {
                resolved.insert((at, key.clone()));
            }
        })
    }
}
