//! The policy that holds, the requests that wait for a person, the exceptions that were made, and what
//! was done of late.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::event::{Exception, PolicyEvent, SetDocument};
use super::load::LOOK_BACK_MS_MAX;
use super::request::{RequestRow, Standing};
use super::verb::Verb;
use super::{Action, Approval, Bound, PolicySet, Targets, Waiver};
use crate::error::{Code, Error};
use crate::model::{Level, LoopId, RunId, TeamId, Timestamp, Token};
use crate::path::{PathRules, PathSet, PathSetSource, PatternSource};
use crate::table::Table;

/// The most requests that are open or usable at once.
pub const REQUESTS_MAX: usize = 10_000;
/// The most exceptions that hold at once.
pub const WAIVERS_MAX: usize = 1_024;
/// How long an exception may hold, in milliseconds: 30 days.
pub const WAIVER_MS_MAX: u64 = 30 * 24 * 60 * 60 * 1_000;
/// How long the glass may stay broken, in milliseconds: one day.
pub const BREAK_GLASS_MS_MAX: u64 = 24 * 60 * 60 * 1_000;
/// How long an ended request or exception is remembered, in milliseconds: 30 days.
pub const GOVERNANCE_MEMORY_MS: u64 = 30 * 24 * 60 * 60 * 1_000;
/// The most deeds that are counted for rates; older ones are forgotten, and what looks back further
/// than they reach is unknown.
pub const DEEDS_MAX: usize = 16_384;

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Deed {
    pub(super) at: Timestamp,
    pub(super) verb: Verb,
    pub(super) run: Option<RunId>,
    pub(super) loop_id: Option<LoopId>,
    pub(super) team: Option<TeamId>,
}

/// Whose deeds are counted.
#[derive(Debug, Clone, Copy)]
pub struct Doer<'a> {
    /// Which verb.
    pub verb: &'a Verb,
    /// Counted over what.
    pub per: Level,
    /// The run that asks.
    pub run: Option<&'a RunId>,
    /// Its loop.
    pub loop_id: Option<&'a LoopId>,
    /// Its team.
    pub team: Option<&'a TeamId>,
}

/// The state of governance.
#[derive(Debug, Clone, Default)]
pub struct PolicyTable {
    pub(super) document: Option<SetDocument>,
    /// The document, compiled when it is first needed.
    compiled: OnceLock<Result<PolicySet, Error>>,
    pub(super) requests: Table<Token, RequestRow>,
    /// Requests by when they are forgotten.
    pub(super) by_until: BTreeMap<(Timestamp, Token), ()>,
    pub(super) exceptions: BTreeMap<Token, Exception>,
    pub(super) deeds: VecDeque<Deed>,
    /// Deeds before this time are not all here.
    pub(super) deeds_from: Timestamp,
}

impl PolicyTable {
    /// The document that holds, as it was set.
    pub fn document(&self) -> Option<&SetDocument> {
        self.document.as_ref()
    }

    /// The policy that holds; `None` before one was set.
    ///
    /// # Errors
    /// `invalid_policy` where this version of the library cannot read what another one set.
    pub fn policy(&self) -> Result<Option<&PolicySet>, Error> {
        let Some(SetDocument {
            name, format, text, ..
        }) = &self.document
        else {
            return Ok(None);
        };
        let load = || PolicySet::load_named(name, text, *format);
        let compiled = self.compiled.get_or_init(load);
        compiled.as_ref().map(Some).map_err(Clone::clone)
    }

    /// A request.
    pub fn request(&self, id: Token) -> Option<Cow<'_, RequestRow>> {
        self.requests.get(&id)
    }

    /// All remembered requests, by name.
    pub fn requests(&self) -> impl Iterator<Item = (Token, Cow<'_, RequestRow>)> {
        self.requests.iter()
    }

    /// May one more request be made?
    pub fn has_room(&self, at: Timestamp) -> bool {
        self.requests.len() < REQUESTS_MAX
            || self.waiting_from(at).take(REQUESTS_MAX).count() < REQUESTS_MAX
    }

    /// The exceptions that hold at a time.
    pub fn exceptions(&self, at: Timestamp) -> impl Iterator<Item = &Exception> {
        let all = self.exceptions.values();
        all.filter(move |exception| at < exception.until)
    }

    /// When a request or an exception next ends by itself.
    pub fn next_end(&self, at: Timestamp) -> Option<Timestamp> {
        let requests = self.waiting_from(at).map(|(until, _)| until).next();
        let exceptions = self.exceptions(at).map(|exception| exception.until);
        requests.into_iter().chain(exceptions).min()
    }

    /// The yeses that could answer rules about an action, compiled under the rules of its repository.
    ///
    /// # Errors
    /// `internal` only: the patterns were valid when they were asked for.
    pub fn approvals(
        &self,
        action: &Action,
        rules: PathRules,
        at: Timestamp,
    ) -> Result<Vec<Approval>, Error> {
        let mut approvals = Vec::new();
        for (_, id) in self.waiting_from(at) {
            let Some(row) = self.requests.get(&id) else {
                continue;
            };
            if !row.is_usable(at) {
                continue;
            }
            let request = &row.request;
            let approval = Approval {
                id,
                rules: row.answered.clone(),
                bound: request.bound.clone(),
                paths: None,
                until: request.until,
            };
            if approval.is_about(action, at) {
                let paths = scope_of(&request.bound);
                approvals.push(Approval {
                    paths: compile(paths, rules)?,
                    ..approval
                });
            }
        }
        Ok(approvals)
    }

    /// The exceptions that hold, compiled under the rules of a repository.
    ///
    /// # Errors
    /// As [`PolicyTable::approvals`].
    pub fn waivers(&self, rules: PathRules, at: Timestamp) -> Result<Vec<Waiver>, Error> {
        let waivers = self.exceptions(at).map(|exception| {
            Ok(Waiver {
                id: exception.id,
                rules: exception.rules.clone(),
                scope: exception.scope.clone(),
                paths: compile(exception.scope.paths.clone(), rules)?,
                until: exception.until,
            })
        });
        waivers.collect()
    }

    /// The open request for the same yes, if there is one.
    pub fn open_request(&self, bound: &Bound, at: Timestamp) -> Option<Token> {
        let mut waiting = self.waiting_from(at);
        waiting.find_map(|(_, id)| {
            let row = self.requests.get(&id)?;
            let same = row.request.bound == *bound && row.standing(at) == Standing::Open;
            same.then_some(id)
        })
    }

    /// The requests of a run that nobody has answered, by name.
    pub fn open_requests_of(&self, run: &RunId, at: Timestamp) -> Vec<Token> {
        let waiting = self.waiting_from(at);
        let of_run = waiting.filter(|(_, id)| {
            self.requests.get(id).is_some_and(|row| {
                row.request.action.run() == Some(run) && row.standing(at) == Standing::Open
            })
        });
        let mut requests: Vec<Token> = of_run.map(|(_, id)| id).collect();
        requests.sort();
        requests
    }

    /// How often something was done since a time; `None` where that is further back than is known.
    pub fn done_since(&self, doer: &Doer<'_>, since: Timestamp) -> Option<u64> {
        if since < self.deeds_from {
            return None;
        }
        let by = |deed: &&Deed| match doer.per {
            Level::Run => doer.run.is_some() && deed.run.as_ref() == doer.run,
            Level::Loop => doer.loop_id.is_some() && deed.loop_id.as_ref() == doer.loop_id,
            Level::Team => doer.team.is_some() && deed.team.as_ref() == doer.team,
            Level::Workspace => true,
        };
        let recent = self.deeds.iter().rev().take_while(|deed| deed.at >= since);
        let count = recent
            .filter(|deed| deed.verb == *doer.verb)
            .filter(by)
            .count();
        Some(count as u64)
    }

    /// Folds one event.
    ///
    /// # Errors
    /// `corrupt` for an event that cannot have happened.
    pub fn apply(&mut self, event: &PolicyEvent, at: Timestamp) -> Result<(), Error> {
        match event {
            PolicyEvent::Set(document) => {
                self.document = Some((**document).clone());
                self.compiled = OnceLock::new();
            }
            PolicyEvent::Decided(decided) if decided.passes => {
                self.deeds.push_back(Deed {
                    at,
                    verb: decided.action.verb.clone(),
                    run: decided.action.run().cloned(),
                    loop_id: decided.facts.who.loop_id.value().cloned(),
                    team: decided.facts.who.team.value().cloned(),
                });
                if self.deeds.len() > DEEDS_MAX
                    && let Some(oldest) = self.deeds.pop_front()
                {
                    self.deeds_from = oldest.at.plus_ms(1);
                }
            }
            PolicyEvent::Decided(_) => {}
            PolicyEvent::Asked(request) => {
                self.by_until.insert((request.until, request.id), ());
                let row = RequestRow {
                    request: (**request).clone(),
                    yes: BTreeMap::new(),
                    no: None,
                    note: None,
                    answered: Default::default(),
                    used: Default::default(),
                };
                self.requests.insert(request.id, row);
            }
            PolicyEvent::Answered(answer) => self.change(answer.request, |row| {
                let by = answer.by.id.clone();
                row.note = answer.note.or(row.note);
                match answer.yes {
                    true => {
                        row.yes.insert(by, at);
                        row.answered.extend(answer.answers.iter().cloned());
                    }
                    false => row.no = Some(by),
                }
            })?,
            PolicyEvent::Used { decision, requests } => {
                for request in requests {
                    self.change(*request, |row| {
                        row.used.insert(*decision);
                    })?;
                }
            }
            PolicyEvent::GivenBack { decision, requests } => {
                for request in requests {
                    self.change(*request, |row| {
                        row.used.remove(decision);
                    })?;
                }
            }
            PolicyEvent::Waived(exception) => {
                self.exceptions.insert(exception.id, (**exception).clone());
            }
        }
        Ok(())
    }

    /// Forgets what ended long ago.
    pub fn forget(&mut self, at: Timestamp) {
        let memory = at.minus_ms(GOVERNANCE_MEMORY_MS);
        while let Some((&(until, id), ())) = self.by_until.first_key_value() {
            if until >= memory {
                break;
            }
            self.by_until.remove(&(until, id));
            self.requests.remove(&id);
        }
        if self
            .exceptions
            .values()
            .any(|exception| exception.until < memory)
        {
            self.exceptions
                .retain(|_, exception| exception.until >= memory);
        }
        let horizon = at.minus_ms(LOOK_BACK_MS_MAX);
        while self.deeds.front().is_some_and(|deed| deed.at < horizon) {
            self.deeds.pop_front();
        }
    }

    /// The requests whose time is not over, by when it will be.
    fn waiting_from(&self, at: Timestamp) -> impl Iterator<Item = (Timestamp, Token)> {
        let later = self.by_until.range((at.plus_ms(1), Token::new(0, 0, 0))..);
        later.map(|(key, ())| *key)
    }

    fn change(&mut self, id: Token, change: impl FnOnce(&mut RequestRow)) -> Result<(), Error> {
        if self.requests.update(&id, change) {
            return Ok(());
        }
        let message = format!("an event speaks of request {id}, which nobody made");
        Err(Error::at(Code::Corrupt, "events.policy", message))
    }
}

fn scope_of(bound: &Bound) -> Option<PathSetSource> {
    match bound {
        Bound::Change { .. } => None,
        Bound::Scope { targets, .. } => match targets.as_ref()? {
            Targets::Set(set) => Some(set.clone()),
            Targets::Paths(paths) => {
                let files = paths.iter().map(|path| PatternSource::file(path.as_str()));
                Some(PathSetSource::of(files))
            }
        },
    }
}

fn compile(paths: Option<PathSetSource>, rules: PathRules) -> Result<Option<PathSet>, Error> {
    let paths = paths.map(|source| PathSet::compile(&source, rules));
    paths.transpose()
}
