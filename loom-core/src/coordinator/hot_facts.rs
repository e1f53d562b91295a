//! What a policy is told from the hot state: who acts, what was changed and verified not long ago,
//! what is left of limits.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::changes::ChangeRow;
use super::state::State;
use crate::error::{Code, Error};
use crate::ledger::Charge;
use crate::model::{
    Actor, ActorId, ActorKind, Holder, Level, LimitId, MadeBy, RunId, Side, TeamId, Timestamp,
    Truth, Verdict,
};
use crate::path::{PathRules, PathSet, PathSetSource, PatternSource, RepoPath};
use crate::policy::{
    Action, Asked, Asking, Changer, Doer, Effect, FactValue, History, Independence, Known,
    LimitRule, Mode, PolicySet, ProtectedFor, Room, Spend, Targets, TimeSpan, Verb, Who,
};

/// The hot state, as a policy asks it.
pub(super) struct HotHistory<'a> {
    state: &'a State,
    who: &'a Who,
    run: Option<&'a RunId>,
    side: Option<Side>,
    /// A person acts, and nobody in their place.
    by_a_person: bool,
    rules: PathRules,
    /// The changes of the run; looked for when they are first asked for.
    own: OnceCell<Vec<Cow<'a, ChangeRow>>>,
}

impl<'a> HotHistory<'a> {
    pub(super) fn of(
        state: &'a State,
        action: &'a Action,
        who: &'a Who,
        rules: PathRules,
    ) -> HotHistory<'a> {
        let run = action.run();
        HotHistory {
            state,
            who,
            run,
            side: run.map(|run| state.runs.lineage().side(run)),
            by_a_person: action
                .actor
                .as_ref()
                .is_some_and(|actor| actor.kind == ActorKind::Human),
            rules,
            own: OnceCell::new(),
        }
    }

    /// The hot changes that touched a target; `None` where nobody can say.
    fn touching(&self, asked: Asked<'_>) -> Option<Vec<Cow<'a, ChangeRow>>> {
        let repo = self.state.repos.get(asked.repo?)?;
        let branch = asked.branch.unwrap_or(&repo.default_branch);
        let one;
        let set = match asked.target {
            Asking::Set(set) => set,
            Asking::Path(path) => {
                let file = PathSetSource::of([PatternSource::file(path.as_str())]);
                one = PathSet::compile(&file, self.rules).ok()?;
                &one
            }
        };
        self.state.changes.touching(&repo.id, branch, set).ok()
    }

    fn is_of_other_side(&self, row: &ChangeRow) -> bool {
        self.side.is_none() || row.change.side != self.side
    }

    /// The changes of the run, and of those below it, that are still hot.
    fn own(&self) -> &[Cow<'a, ChangeRow>] {
        self.own.get_or_init(|| {
            let family = |run| self.state.made_by_and_below(run);
            self.run.map(family).unwrap_or_default()
        })
    }
}

impl History for HotHistory<'_> {
    fn changed(&self, asked: Asked<'_>, who: Changer, within: TimeSpan, now: Timestamp) -> Truth {
        let Some(rows) = self.touching(asked) else {
            return Truth::Unknown;
        };
        let since = now.minus_ms(within.ms());
        let mut recent = rows.iter().filter(|row| row.at >= since);
        Truth::from(recent.any(|row| match who {
            Changer::Anybody => true,
            Changer::Own => !self.is_of_other_side(row),
            Changer::Other => self.is_of_other_side(row),
            Changer::Human => matches!(row.change.made_by, MadeBy::Human | MadeBy::Mixed),
            Changer::Loop => matches!(row.change.made_by, MadeBy::Loop | MadeBy::Mixed),
        }))
    }

    fn reverts(&self, asked: Asked<'_>, blob: Option<&ActorId>) -> Truth {
        let Some(rows) = self.touching(asked) else {
            return Truth::Unknown;
        };
        let mut others = rows
            .iter()
            .filter(|row| self.is_of_other_side(row))
            .peekable();
        if others.peek().is_none() {
            return Truth::False;
        }
        let (Asking::Path(path), Some(blob)) = (asked.target, blob) else {
            return Truth::Unknown;
        };
        let here = |row: &ChangeRow| {
            let files = row.change.files.iter();
            let mut files = files.filter(|file| file.path == path.as_str());
            files.next().cloned()
        };
        Truth::any(others.map(|row| match here(row) {
            // It was moved away, or from here: what it held before is not told.
            None => Truth::Unknown,
            Some(file) => match (&file.before, &file.after) {
                (Some(before), after) => {
                    Truth::from(before == blob && after.as_ref() != Some(blob))
                }
                (None, _) => Truth::False,
            },
        }))
    }

    fn is_protected(&self, asked: Asked<'_>, terms: ProtectedFor, now: Timestamp) -> Truth {
        let Some(rows) = self.touching(asked) else {
            return Truth::Unknown;
        };
        let lasts =
            |row: &ChangeRow, ms: Option<u64>| ms.is_some_and(|ms| now.minus_ms(ms) < row.at);
        let mut others = rows.iter().filter(|row| self.is_of_other_side(row));
        Truth::from(others.any(|row| {
            let deliberate = row.change.deliberate && lasts(row, terms.deliberate_ms);
            let verified = row.verdict == Some(Verdict::Passed) && lasts(row, terms.verified_ms);
            deliberate || verified
        }))
    }

    fn is_contested(&self, asked: Asked<'_>) -> bool {
        if self.by_a_person {
            return false;
        }
        let Some(repo) = asked.repo.and_then(|repo| self.state.repos.get(repo)) else {
            return false;
        };
        let branch = asked.branch.unwrap_or(&repo.default_branch);
        let held = self.state.standoffs.open_on(&repo.id, branch);
        let mut held = held.flat_map(|(_, it)| &it.paths);
        let reaches = |path: &str| {
            RepoPath::parse(path, &self.rules).is_ok_and(|path| match asked.target {
                Asking::Path(asked) => *asked == path,
                Asking::Set(set) => set.matches(&path),
            })
        };
        if held.any(|path| reaches(path)) {
            return true;
        }
        let rows = self.touching(asked).unwrap_or_default();
        let reversal = self
            .state
            .second_reversal(self.side.as_ref(), rows, &reaches);
        reversal.is_some()
    }

    fn verified(&self, run: Option<&RunId>, by: Independence) -> Truth {
        if run.is_none() {
            return Truth::Unknown;
        }
        match self.own() {
            [] => Truth::False,
            rows => Truth::all(rows.iter().map(|row| self.state.passed_apart(row, by))),
        }
    }

    fn check_passed(&self, run: Option<&RunId>, check: &ActorId) -> Truth {
        if run.is_none() {
            return Truth::Unknown;
        }
        match self.own() {
            [] => Truth::False,
            rows => Truth::from(rows.iter().all(|row| row.checks.contains(check))),
        }
    }

    fn done(&self, verb: &Verb, per: Level, within: TimeSpan, now: Timestamp) -> Option<u64> {
        let doer = Doer {
            verb,
            per,
            run: self.run,
            loop_id: self.who.loop_id.value(),
            team: self.who.team.value(),
        };
        let since = now.minus_ms(within.ms());
        self.state.policy.done_since(&doer, since)
    }
}

impl Spend for HotHistory<'_> {
    fn room(&self, limit: &LimitRule, now: Timestamp) -> Option<Room> {
        let charge = self.state.charge(limit, self.who, self.run)?;
        let spend = self.state.ledger.spend_of(&charge, now);
        let taken = spend.as_ref().map_or(0, |spend| {
            let settled = spend.settled.saturating_add(spend.reserved);
            settled.saturating_add(spend.debt)
        });
        let ends_at = spend.map(|spend| spend.ends_at);
        Some(Room {
            left: limit.max.saturating_sub(taken),
            frees_at: ends_at.filter(|ends_at| *ends_at < Timestamp::MAX),
        })
    }
}

impl State {
    /// How many lines on the targets of an action loops added within the horizon, and no person has read
    /// with a good word. Who made a change that nobody knows of is not guessed to be a person. `None`
    /// where the targets are not known.
    pub(super) fn unreviewed_lines(&self, action: &Action, rules: PathRules) -> Option<FactValue> {
        let repo = self.repos.get(action.repo.as_ref()?)?;
        let branch = action.branch.as_ref().unwrap_or(&repo.default_branch);
        let touched: Box<dyn Fn(&RepoPath) -> bool>;
        let rows = match action.targets.as_ref()? {
            Targets::Set(set) if set.has_no_pattern() => return Some(FactValue::Int(0)),
            Targets::Set(set) => {
                let set = PathSet::compile(set, rules).ok()?;
                let rows = self.changes.touching(&repo.id, branch, &set).ok()?;
                touched = Box::new(move |path| set.matches(path));
                rows
            }
            Targets::Paths(paths) => {
                let paths = paths.iter().map(|path| RepoPath::parse(path, &rules));
                let paths: BTreeSet<RepoPath> = paths.collect::<Result<_, _>>().ok()?;
                let rows = self.changes.touching_any_of(&repo.id, branch, &paths);
                let rows = rows.ok()?;
                touched = Box::new(move |path| paths.contains(path));
                rows
            }
        };
        let unread = rows.iter().filter(|row| {
            row.change.made_by != MadeBy::Human && row.review != Some(Verdict::Passed)
        });
        let files = unread.flat_map(|row| &row.change.files);
        let here = files
            .filter(|file| RepoPath::parse(&file.path, &rules).is_ok_and(|path| touched(&path)));
        let lines = here.fold(0i64, |sum, file| sum.saturating_add(file.added.into()));
        Some(FactValue::Int(lines))
    }

    /// The root of the tree that a run is in.
    pub(super) fn root_of(&self, run: &RunId) -> RunId {
        let ancestry = self.runs.lineage().ancestry(run);
        ancestry.last().unwrap_or(run).clone()
    }

    /// Whose account a limit counts; `None` where nobody can say.
    pub(super) fn charge(
        &self,
        limit: &LimitRule,
        who: &Who,
        run: Option<&RunId>,
    ) -> Option<Charge> {
        let holder = match limit.level {
            Level::Run => run?.as_str().to_owned(),
            Level::Loop => who.loop_id.value()?.as_str().to_owned(),
            Level::Team => who.team.value()?.as_str().to_owned(),
            Level::Workspace => self.founded.as_ref()?.0.as_str().to_owned(),
        };
        Some(Charge {
            limit: LimitId::new(limit.id.as_str()).ok()?,
            holder: Holder::new(&holder).ok()?,
        })
    }

    /// On whose behalf an action is done.
    ///
    /// # Errors
    /// `not_found` for a run that nobody started.
    pub(super) fn who(&self, action: &Action, policy: &PolicySet) -> Result<Who, Error> {
        let actor = action.actor.as_ref();
        let Some(run) = action.run() else {
            let team = actor.and_then(|actor| actor.team.clone());
            let team = team.or_else(|| actor.and_then(|actor| team_of(actor, policy)));
            return Ok(match actor {
                None => Who::default(),
                // Which loop it is, and for whom it works, is told by its run.
                Some(actor) if actor.kind == ActorKind::Loop => Who {
                    loop_id: Known::Unknown,
                    team: team.map_or(Known::Unknown, Known::Is),
                },
                Some(_) => Who {
                    loop_id: Known::None,
                    team: Known::from_option(team),
                },
            });
        };
        let row = self.runs.get(run).ok_or_else(|| {
            let message = format!("there is no run {run}; start it first");
            Error::at(Code::NotFound, "action.run", message)
        })?;
        let loop_id = self.runs.lineage().loop_of(run);
        let card = loop_id.and_then(|id| self.runs.loop_card(id));
        let team = card.and_then(|card| card.team.clone());
        let team = team.or_else(|| row.actor.team.clone());
        let team = team.or_else(|| team_of(&row.actor, policy));
        Ok(Who {
            loop_id: Known::from_option(loop_id.cloned()),
            team: Known::from_option(team),
        })
    }
}

/// The team of a person, by the document.
fn team_of(actor: &Actor, policy: &PolicySet) -> Option<TeamId> {
    let teams = policy.document().owners.teams.iter();
    let mut theirs = teams.filter(|(_, team)| team.members.contains(&actor.id));
    let person = actor.kind == ActorKind::Human;
    theirs
        .next()
        .filter(|_| person)
        .map(|(team, _)| team.clone())
}

/// Does the ledger itself hold this limit, or does it only count for a rule that asks or advises?
pub(super) fn holds_hard(limit: &LimitRule, policy: &PolicySet) -> bool {
    let mode = limit.mode.unwrap_or(policy.document().mode);
    mode == Mode::Enforce && limit.on_exceed == Effect::Deny
}
