//! What a decision is told beside the action: who acts, what happened before, what was spent.
//!
//! A policy does no looking up. Whoever asks for a decision brings these along; the coordinator does
//! from its hot state. Whatever nobody can say is unknown.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::approval::Approval;
use super::document::{Changer, LimitRule};
use super::verb::Verb;
use super::waiver::Waiver;
use super::words::TimeSpan;
use crate::model::{
    ActorId, Branch, Independence, Level, LoopId, RepoId, RunId, TeamId, Timestamp, Truth,
};
use crate::path::{PathRules, PathSet, PatternSource, RepoPath};

/// The most answers that are written down with one decision.
pub const ANSWERS_WRITTEN_MAX: usize = 1_024;

/// Something that is known, known to be nothing, or not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Known<T> {
    /// Nobody says.
    #[default]
    Unknown,
    /// There is none.
    None,
    /// It is this.
    Is(T),
}

impl<T> Known<T> {
    /// Known from an answer that is complete: nothing means that there is none.
    pub fn from_option(value: Option<T>) -> Known<T> {
        value.map_or(Known::None, Known::Is)
    }

    /// The value, where there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Known::Is(value) => Some(value),
            _ => None,
        }
    }

    /// Does the value hold? Unknown stays unknown, and of nothing nothing holds.
    pub fn holds(&self, test: impl FnOnce(&T) -> bool) -> Truth {
        match self {
            Known::Unknown => Truth::Unknown,
            Known::None => Truth::False,
            Known::Is(value) => Truth::from(test(value)),
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(self, Known::Unknown)
    }
}

impl<T: Serialize> Serialize for Known<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Known<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Known::from_option)
    }
}

#[cfg(feature = "schema")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Known<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Known{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Option::<T>::json_schema(generator)
    }
}

/// What a decision is told.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// Who acts.
    pub who: &'a Who,
    /// How the repository compares names.
    pub rules: PathRules,
    /// Yeses that people gave.
    pub approvals: &'a [Approval],
    /// Exceptions that people made.
    pub waivers: &'a [Waiver],
    /// What happened before.
    pub history: &'a dyn History,
    /// What was spent.
    pub spend: &'a dyn Spend,
}

/// On whose behalf something is done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Who {
    /// The run's loop; null for none, absent for nobody knows.
    #[serde(default, rename = "loop", skip_serializing_if = "Known::is_unknown")]
    pub loop_id: Known<LoopId>,
    /// The team that it works for; null for none, absent for nobody knows.
    #[serde(default, skip_serializing_if = "Known::is_unknown")]
    pub team: Known<TeamId>,
}

/// A path, or any path of a set, as history is asked about it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The repository, where the action names one.
    pub repo: Option<&'a RepoId>,
    /// The branch; the repository's default where absent.
    pub branch: Option<&'a Branch>,
    /// The target, as the action names it.
    pub target: Asking<'a>,
}

/// A path or a set.
#[derive(Debug, Clone, Copy)]
pub enum Asking<'a> {
    /// One path.
    Path(&'a RepoPath),
    /// Any path of a set.
    Set(&'a PathSet),
}

/// What happened before. Every answer may be unknown.
pub trait History {
    /// Did one of these change the target within this time before now?
    fn changed(&self, asked: Asked<'_>, who: Changer, within: TimeSpan, now: Timestamp) -> Truth {
        let _ = (asked, who, within, now);
        Truth::Unknown
    }

    /// Would the target hold again what it held before a change of another side, if it came to hold
    /// this blob?
    fn reverts(&self, asked: Asked<'_>, blob: Option<&ActorId>) -> Truth {
        let _ = (asked, blob);
        Truth::Unknown
    }

    /// Is there a change of another side on the target that is protected now, for so long after it
    /// was made on purpose or verified?
    fn is_protected(&self, asked: Asked<'_>, terms: ProtectedFor, now: Timestamp) -> Truth {
        let _ = (asked, terms, now);
        Truth::Unknown
    }

    /// Is the target fought over: would whoever acts undo what undid a change of their own side, or is a
    /// person asked which of two changes holds? It is never unknown: whoever keeps no such account has
    /// nobody who fights.
    fn is_contested(&self, asked: Asked<'_>) -> bool {
        let _ = asked;
        false
    }

    /// Have the run's changes been verified by somebody who stands apart so far?
    fn verified(&self, run: Option<&RunId>, by: Independence) -> Truth {
        let _ = (run, by);
        Truth::Unknown
    }

    /// Did a check of this name pass on the run's changes?
    fn check_passed(&self, run: Option<&RunId>, check: &ActorId) -> Truth {
        let _ = (run, check);
        Truth::Unknown
    }

    /// How often was this done within this time before now, counted over this level of whoever acts?
    fn done(&self, verb: &Verb, per: Level, within: TimeSpan, now: Timestamp) -> Option<u64> {
        let _ = (verb, per, within, now);
        None
    }
}

/// For how long changes are protected, in milliseconds; `None` for not at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProtectedFor {
    /// Deliberate ones.
    pub deliberate_ms: Option<u64>,
    /// Verified ones.
    pub verified_ms: Option<u64>,
}

/// What is left of a limit for whoever acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Room {
    /// How much of it is left.
    pub left: u64,
    /// When more of it will be, at the earliest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frees_at: Option<Timestamp>,
}

/// What was spent.
pub trait Spend {
    /// What is left of a limit for whoever acts; `None` where nobody can say.
    fn room(&self, limit: &LimitRule, now: Timestamp) -> Option<Room>;
}

/// Nobody knows anything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nothing;

impl History for Nothing {}

impl Spend for Nothing {
    fn room(&self, _: &LimitRule, _: Timestamp) -> Option<Room> {
        None
    }
}

/// What happened and what was spent, written down: for tests, for simulations and for deciding again
/// what was decided before. What is not written down is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Written {
    /// Who acts.
    pub who: Who,
    /// Answers of history by question.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub history: BTreeMap<String, Truth>,
    /// The targets that two sides fight over.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub contested: BTreeSet<String>,
    /// How often things were done, by question.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, u64>,
    /// What is left of limits, by their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub room: BTreeMap<String, Room>,
}

impl Written {
    /// The question whether somebody changed a target.
    pub fn changed_question(target: &Asking<'_>, who: Changer, within: TimeSpan) -> String {
        format!("changed by {} within {within}: {target}", who.as_str())
    }

    /// The question whether a target would be reverted.
    pub fn reverts_question(target: &Asking<'_>) -> String {
        format!("reverts: {target}")
    }

    /// The question whether a target is protected.
    pub fn protected_question(target: &Asking<'_>) -> String {
        format!("protected: {target}")
    }

    /// The question whether the run's changes were verified.
    pub fn verified_question(by: Independence) -> String {
        format!("verified: {}", by.as_str())
    }

    /// The question whether a check passed.
    pub fn check_question(check: &ActorId) -> String {
        format!("check passed: {check}")
    }

    /// The question how often something was done.
    pub fn done_question(verb: &Verb, per: Level, within: TimeSpan) -> String {
        format!("{verb} per {} within {within}", per.as_str())
    }

    fn answer(&self, question: &str) -> Truth {
        let answer = self.history.get(question);
        answer.copied().unwrap_or(Truth::Unknown)
    }
}

impl History for Written {
    fn changed(&self, asked: Asked<'_>, who: Changer, within: TimeSpan, _: Timestamp) -> Truth {
        self.answer(&Written::changed_question(&asked.target, who, within))
    }

    fn reverts(&self, asked: Asked<'_>, _: Option<&ActorId>) -> Truth {
        self.answer(&Written::reverts_question(&asked.target))
    }

    fn is_protected(&self, asked: Asked<'_>, _: ProtectedFor, _: Timestamp) -> Truth {
        self.answer(&Written::protected_question(&asked.target))
    }

    fn is_contested(&self, asked: Asked<'_>) -> bool {
        !self.contested.is_empty() && self.contested.contains(&asked.target.to_string())
    }

    fn verified(&self, _: Option<&RunId>, by: Independence) -> Truth {
        self.answer(&Written::verified_question(by))
    }

    fn check_passed(&self, _: Option<&RunId>, check: &ActorId) -> Truth {
        self.answer(&Written::check_question(check))
    }

    fn done(&self, verb: &Verb, per: Level, within: TimeSpan, _: Timestamp) -> Option<u64> {
        let question = Written::done_question(verb, per, within);
        self.counts.get(&question).copied()
    }
}

impl Spend for Written {
    fn room(&self, limit: &LimitRule, _: Timestamp) -> Option<Room> {
        self.room.get(limit.id.as_str()).copied()
    }
}

/// Writes down every answer that a decision asked for, so that it can be decided again.
pub struct Recording<'a> {
    history: &'a dyn History,
    spend: &'a dyn Spend,
    written: RefCell<Written>,
}

impl<'a> Recording<'a> {
    /// Nothing is written down yet.
    pub fn of(who: &Who, history: &'a dyn History, spend: &'a dyn Spend) -> Recording<'a> {
        Recording {
            history,
            spend,
            written: RefCell::new(Written {
                who: who.clone(),
                ..Written::default()
            }),
        }
    }

    /// What was asked and answered. Questions over [`ANSWERS_WRITTEN_MAX`] are left out, and are
    /// unknown to whoever decides again.
    pub fn into_written(self) -> Written {
        self.written.into_inner()
    }

    fn keep(&self, question: String, answer: Truth) -> Truth {
        let history = &mut self.written.borrow_mut().history;
        if answer != Truth::Unknown && history.len() < ANSWERS_WRITTEN_MAX {
            history.insert(question, answer);
        }
        answer
    }
}

impl History for Recording<'_> {
    fn changed(&self, asked: Asked<'_>, who: Changer, within: TimeSpan, now: Timestamp) -> Truth {
        let answer = self.history.changed(asked, who, within, now);
        self.keep(
            Written::changed_question(&asked.target, who, within),
            answer,
        )
    }

    fn reverts(&self, asked: Asked<'_>, blob: Option<&ActorId>) -> Truth {
        let answer = self.history.reverts(asked, blob);
        self.keep(Written::reverts_question(&asked.target), answer)
    }

    fn is_protected(&self, asked: Asked<'_>, terms: ProtectedFor, now: Timestamp) -> Truth {
        let answer = self.history.is_protected(asked, terms, now);
        self.keep(Written::protected_question(&asked.target), answer)
    }

    fn is_contested(&self, asked: Asked<'_>) -> bool {
        let contested = self.history.is_contested(asked);
        if contested {
            let targets = &mut self.written.borrow_mut().contested;
            if targets.len() < ANSWERS_WRITTEN_MAX {
                targets.insert(asked.target.to_string());
            }
        }
        contested
    }

    fn verified(&self, run: Option<&RunId>, by: Independence) -> Truth {
        let answer = self.history.verified(run, by);
        self.keep(Written::verified_question(by), answer)
    }

    fn check_passed(&self, run: Option<&RunId>, check: &ActorId) -> Truth {
        let answer = self.history.check_passed(run, check);
        self.keep(Written::check_question(check), answer)
    }

    fn done(&self, verb: &Verb, per: Level, within: TimeSpan, now: Timestamp) -> Option<u64> {
        let count = self.history.done(verb, per, within, now)?;
        let question = Written::done_question(verb, per, within);
        let counts = &mut self.written.borrow_mut().counts;
        if counts.len() < ANSWERS_WRITTEN_MAX {
            counts.insert(question, count);
        }
        Some(count)
    }
}

impl Spend for Recording<'_> {
    fn room(&self, limit: &LimitRule, now: Timestamp) -> Option<Room> {
        let room = self.spend.room(limit, now)?;
        let rooms = &mut self.written.borrow_mut().room;
        rooms.insert(limit.id.as_str().to_owned(), room);
        Some(room)
    }
}

impl fmt::Display for Asking<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Asking::Path(path) => f.write_str(path.as_str()),
            Asking::Set(set) => {
                let list = |f: &mut fmt::Formatter<'_>, patterns: &[PatternSource]| {
                    patterns.iter().enumerate().try_for_each(|(at, pattern)| {
                        let between = if at > 0 { ", " } else { "" };
                        write!(f, "{between}{pattern}")
                    })
                };
                let source = set.source();
                list(f, &source.include)?;
                if !source.exclude.is_empty() {
                    f.write_str(" less ")?;
                    list(f, &source.exclude)?;
                }
                Ok(())
            }
        }
    }
}
