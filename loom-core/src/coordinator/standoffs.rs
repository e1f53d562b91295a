//! Fights of two sides over one place: whose change undid whose, when that is about to happen in turn, and
//! the person who is asked then.
//!
//! A change undoes one of another side where it says so, where it brings back what a file held before, or
//! where it changes lines that the policy protects, however fresh its text. Whoever is about to change what
//! undid a change of their own side reverses for the second time: that is refused, one person is asked about
//! both, and until they have answered no loop changes the place.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Coordinator;
use super::changes::{Change, ChangeRow, HORIZON_MS};
use super::decide::Decision;
use super::event::Event;
use super::reply::RecentChange;
use super::state::State;
use crate::error::Error;
use crate::model::{
    Branch, ChangeId, ChangedFile, Digest, FindingKey, ID_BYTES_MAX, MadeBy, Nonce, RepoId, Side,
    StoredText, TextRef, Timestamp, Verdict,
};
use crate::path::{PathSet, PathSetSource, PatternSource, RepoPath};
use crate::policy::{self, Action, Effect, SECOND_REVERSAL, Targets};
use crate::run::{
    Escalation, FINDINGS_OPEN_MAX, FindingEvent, FindingMoved, FindingReported, Move, Severity,
    StopReason,
};

/// The most paths that a fight is remembered to be over.
const PATHS_MAX: usize = 64;
/// The most undone changes that one change is remembered to undo.
const UNDOES_MAX: usize = 64;
/// The most changes that a request is shown to be weighed against.
const WEIGHED_MAX: usize = 16;

/// A fight that a person is asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standoff {
    /// What the person is asked.
    pub finding: FindingKey,
    /// Where.
    pub repo: RepoId,
    /// The branch.
    pub branch: Branch,
    /// The paths that both changes touched, in normal form.
    pub paths: Vec<String>,
    /// The change that was undone, and the one that undid it.
    pub changes: [ChangeId; 2],
}

/// The fights that a person is asked about, and when such a place was last decided on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Standoffs {
    open: BTreeMap<FindingKey, Standoff>,
    /// The changes that undid others and of which a person has decided what becomes, and when.
    decided: BTreeMap<ChangeId, Timestamp>,
}

impl Standoffs {
    /// The fights on a branch that a person is asked about.
    pub(super) fn open_on(
        &self,
        repo: &RepoId,
        branch: &Branch,
    ) -> impl Iterator<Item = (&FindingKey, &Standoff)> {
        let open = self.open.iter();
        open.filter(move |(_, it)| it.repo == *repo && it.branch == *branch)
    }

    fn is_decided(&self, change: &ChangeId) -> bool {
        self.decided.contains_key(change)
    }

    pub(super) fn opened(&mut self, standoff: &Standoff) {
        self.open.insert(standoff.finding.clone(), standoff.clone());
    }

    /// A person has said what becomes of a finding.
    pub(super) fn moved(&mut self, moved: &FindingMoved, at: Timestamp) {
        if !matches!(moved.to, Move::Returned {} | Move::Resolved { .. }) {
            return;
        }
        if let Some(standoff) = self.open.remove(&moved.key) {
            let [_, undid] = standoff.changes;
            self.decided.insert(undid, at);
        }
    }

    /// Forgets decisions about changes that nobody remembers any more.
    pub(super) fn forget(&mut self, at: Timestamp) {
        let horizon = at.minus_ms(HORIZON_MS);
        self.decided.retain(|_, decided| *decided >= horizon);
    }
}

/// A change, and the one that undid it.
pub(super) struct Reversal<'a> {
    undone: Cow<'a, ChangeRow>,
    undid: Cow<'a, ChangeRow>,
}

impl State {
    /// The changes of other sides that a change undoes. What a person made themselves undoes nothing: they
    /// have decided.
    pub(super) fn undone_by(&self, change: &Change, at: Timestamp) -> Result<Vec<ChangeId>, Error> {
        let mut undone = Vec::new();
        let Some(repo) = self
            .repos
            .get(&change.repo)
            .filter(|_| change.made_by != MadeBy::Human)
        else {
            return Ok(undone);
        };
        let terms = self
            .policy
            .policy()?
            .map(|policy| &policy.document().protect);
        let lasts = |row: &ChangeRow, span: Option<policy::TimeSpan>| {
            span.is_some_and(|span| at.minus_ms(span.ms()) < row.at)
        };
        let is_protected = |row: &ChangeRow| {
            terms.is_some_and(|terms| {
                (row.change.deliberate && lasts(row, terms.deliberate))
                    || (row.verdict == Some(Verdict::Passed) && lasts(row, terms.verified))
            })
        };
        for file in &change.files {
            let one = PathSetSource::of([PatternSource::file(file.path.as_str())]);
            let one = PathSet::compile(&one, repo.rules)?;
            let rows = self.changes.touching(&repo.id, &change.branch, &one)?;
            let last = rows.last().map(|row| &row.change.id);
            for row in rows.iter().filter(|row| row.change.side != change.side) {
                let theirs = row.change.files.iter().find(|it| it.path == file.path);
                let says_so = change.reverts.iter().any(|it| {
                    it.as_str() == row.change.id.as_str() || Some(it) == row.change.commit.as_ref()
                });
                let brings_back = theirs.is_some_and(|theirs| {
                    theirs.before.is_some()
                        && theirs.before == file.after
                        && theirs.before != theirs.after
                });
                let is_last = last == Some(&row.change.id);
                let touches = is_protected(row)
                    && theirs.is_none_or(|theirs| !is_last || shares_lines(theirs, file));
                let known = undone.contains(&row.change.id);
                if (says_so || brings_back || touches) && !known && undone.len() < UNDOES_MAX {
                    undone.push(row.change.id.clone());
                }
            }
        }
        Ok(undone)
    }

    /// The reversal that a side would take back by changing a place: one of these changes, by another side,
    /// undid one of this side that touched the place, and no person has decided about it.
    pub(super) fn second_reversal<'a>(
        &'a self,
        side: Option<&Side>,
        rows: Vec<Cow<'a, ChangeRow>>,
        reaches: &dyn Fn(&str) -> bool,
    ) -> Option<Reversal<'a>> {
        let side = side?;
        let theirs = rows.into_iter().rev();
        let mut theirs = theirs.filter(|row| {
            row.change.side.as_ref() != Some(side)
                && !row.change.undoes.is_empty()
                && !self.standoffs.is_decided(&row.change.id)
                && row.change.paths().any(reaches)
        });
        theirs.find_map(|undid| {
            let undone = undid.change.undoes.iter();
            let mut undone = undone.filter_map(|id| self.changes.get(id));
            let undone = undone.find(|row| {
                row.change.side.as_ref() == Some(side) && row.change.paths().any(reaches)
            })?;
            Some(Reversal { undone, undid })
        })
    }

    /// The reversal that an action would take back.
    fn reversal_of(&self, action: &Action) -> Option<Reversal<'_>> {
        let (repo, branch, set) = self.targets_of(action)?;
        let rules = set.rules();
        let reaches =
            |path: &str| RepoPath::parse(path, &rules).is_ok_and(|path| set.matches(&path));
        let rows = self.changes.touching(&repo, &branch, &set).ok()?;
        let side = action.run().map(|run| self.runs.lineage().side(run));
        self.second_reversal(side.as_ref(), rows, &reaches)
    }

    /// The targets of an action as a set, where it names any.
    fn targets_of(&self, action: &Action) -> Option<(RepoId, Branch, PathSet)> {
        let repo = self.repos.get(action.repo.as_ref()?)?;
        let branch = action.branch.as_ref().unwrap_or(&repo.default_branch);
        let set = match action.targets.as_ref()? {
            Targets::Set(set) => PathSet::compile(set, repo.rules).ok()?,
            Targets::Paths(paths) => PathSet::compile(&files(paths), repo.rules).ok()?,
        };
        Some((repo.id.clone(), branch.clone(), set))
    }
}

impl Coordinator {
    /// The changes of other sides that an action touches and that were made on purpose or verified, the
    /// latest first: what whoever is asked for a yes has to weigh it against. At most 16.
    pub fn weighed_against(&self, action: &Action) -> Vec<RecentChange> {
        let state = &self.state;
        let side = action.run().map(|run| state.runs.lineage().side(run));
        let Some((repo, branch, set)) = state.targets_of(action) else {
            return Vec::new();
        };
        let recent = state
            .changes
            .recent(&repo, &branch, &set, side.as_ref(), state.at);
        let mut recent = recent.unwrap_or_default();
        recent.retain(|change| change.deliberate || change.verdict == Some(Verdict::Passed));
        recent.sort_by_key(|change| std::cmp::Reverse(change.ver));
        recent.truncate(WEIGHED_MAX);
        recent
    }
}

impl Decision<'_> {
    /// Where an action was refused as the second reversal: asks a person, once, and stops the run.
    pub(super) fn refuse_reversal(
        &mut self,
        action: &Action,
        decision: &policy::Decision,
    ) -> Result<(), Error> {
        let mut rules = decision.reasons.iter().map(|reason| &reason.rule);
        let refused = rules.any(|rule| rule.id.as_str() == SECOND_REVERSAL);
        let (true, Effect::Deny, Some(run)) = (refused, decision.verdict, action.run()) else {
            return Ok(());
        };
        let state = self.state;
        // Where a person is asked already, whoever comes along meanwhile only waits.
        let Some(Reversal { undone, undid }) = state.reversal_of(action) else {
            return Ok(());
        };
        let finding = key_of(&undid.change.id)?;
        let opens = self.others.iter().any(
            |event| matches!(event, Event::StandoffOpened(standoff) if standoff.finding == finding),
        );
        let asked = state.standoffs.open.contains_key(&finding);
        if !asked && !opens && state.findings.has_room() {
            self.ask_about(finding.clone(), &undone, &undid)?;
        }
        if asked || opens || state.findings.open_len() < FINDINGS_OPEN_MAX {
            self.halt(run, StopReason::SecondReversal { finding });
        }
        Ok(())
    }

    /// One person is asked which of two changes holds.
    fn ask_about(
        &mut self,
        finding: FindingKey,
        undone: &ChangeRow,
        undid: &ChangeRow,
    ) -> Result<(), Error> {
        let touched = |row: &ChangeRow, path: &str| row.change.paths().any(|it| it == path);
        let mut paths: Vec<String> = undid
            .change
            .paths()
            .filter(|path| touched(undone, path))
            .map(str::to_owned)
            .collect();
        paths.sort();
        paths.dedup();
        paths.truncate(PATHS_MAX);
        let places = files(&paths);
        let [first, second] = [undone, undid].map(|row| name_of(row.change.side.as_ref()));
        let [was, now] = [&undone.change.id, &undid.change.id].map(ToString::to_string);
        let title = self.own_text(&format!("{first} and {second} undo each other's changes"))?;
        let question = self.own_text(&format!(
            "{first} made change {was}, {second} undid it with change {now}, and {first} was about to undo \
             that. Which of the two holds?"
        ))?;
        let mut choices = Vec::new();
        for (change, side) in [(&was, &first), (&now, &second)] {
            choices.push(self.own_text(&format!("change {change} of {side} holds"))?);
        }
        let by = self.command.actor.clone();
        let reported = FindingReported {
            key: finding.clone(),
            title,
            severity: Severity::High,
            repo: Some(undid.change.repo.clone()),
            paths: places,
            evidence: None,
            by: by.clone(),
        };
        let changes = [undone.change.id.clone(), undid.change.id.clone()];
        let escalation = Escalation {
            to: self.whom_to_ask()?,
            question,
            choices,
            changes: changes.to_vec(),
            by: by.clone(),
        };
        let moved = FindingMoved {
            key: finding.clone(),
            to: Move::Escalated(Box::new(escalation)),
            by,
            note: None,
        };
        let standoff = Standoff {
            finding,
            repo: undid.change.repo.clone(),
            branch: undid.change.branch.clone(),
            paths,
            changes,
        };
        self.others.extend([
            Event::Finding(FindingEvent::Reported(Box::new(reported))),
            Event::Finding(FindingEvent::Moved(Box::new(moved))),
            Event::StandoffOpened(Box::new(standoff)),
        ]);
        Ok(())
    }

    /// A text that the journal itself says. It holds nothing that anybody wrote, so the command's id salts
    /// it as well as what nobody can guess would.
    fn own_text(&mut self, text: &str) -> Result<TextRef, Error> {
        let nonce = Nonce(*self.command.id.as_bytes());
        let index = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let stored = StoredText::new(text, nonce, index)?;
        let reference = stored.reference();
        self.texts.push(stored);
        Ok(reference)
    }
}

/// Do two changes of one file share lines, as far as their hunks tell? The second was made on top of the
/// first.
fn shares_lines(first: &ChangedFile, second: &ChangedFile) -> bool {
    if first.hunks.is_empty() || second.hunks.is_empty() {
        return true;
    }
    second.hunks.iter().any(|later| {
        first.hunks.iter().any(|earlier| {
            let after = earlier.new_start..=earlier.new_start.saturating_add(earlier.new_lines);
            let before = later.old_start..=later.old_start.saturating_add(later.old_lines);
            after.start() <= before.end() && before.start() <= after.end()
        })
    })
}

fn files(paths: &[String]) -> PathSetSource {
    let files = paths.iter().map(|path| PatternSource::file(path.as_str()));
    PathSetSource {
        include: files.collect(),
        exclude: Vec::new(),
    }
}

fn name_of(side: Option<&Side>) -> String {
    match side {
        Some(Side::Loop(id)) => format!("loop {id}"),
        Some(Side::Root(run)) => format!("run {run}"),
        None => "somebody outside the loops".to_owned(),
    }
}

fn key_of(undid: &ChangeId) -> Result<FindingKey, Error> {
    let key = format!("reversal of {undid}");
    match key.len() <= ID_BYTES_MAX {
        true => FindingKey::new(&key),
        false => FindingKey::new(&Digest::of(&[key.as_bytes()]).to_string()),
    }
}
