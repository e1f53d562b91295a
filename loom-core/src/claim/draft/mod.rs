//! One decision: a command's part in claims, as events. Nothing is copied; what is decided lies in a
//! thin layer over the table, so that the next decision of the same command sees it.

mod grant;
mod lease;
mod pass_on;
mod wake;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::area::Area;
use super::layer::{Holding, Layer, Waiting};
use super::rows::ClaimRow;
use super::scene::{Request, Scene};
use super::table::ClaimTable;
use super::{
    ClaimEnd, ClaimEvent, Facts, Granted, Meeting, Mode, NOTICES_MAX, NotDone, Notice, Outcome,
    WaitEnd,
};
use crate::error::{Code, Error};
use crate::model::{Actor, RunId, TextRef, Timestamp, Token};
use crate::path::PathSet;

/// A decision over a table, and what it has come to so far. Dropping it changes nothing.
pub struct Draft<'a> {
    table: &'a ClaimTable,
    facts: Facts<'a>,
    events: Vec<ClaimEvent>,
    names: u16,
    /// Turns of waits that this decision took so far.
    turns: usize,
    over: Layer,
    gone: BTreeSet<Token>,
    served: BTreeSet<Token>,
    narrowed: BTreeSet<Token>,
    /// What is not in `over` yet. Most decisions end with the grant, and then nobody looks it up.
    loose: Vec<Loose>,
    told: BTreeSet<(Token, RunId)>,
    boxes: BTreeMap<RunId, u64>,
    seen: BTreeMap<RunId, u64>,
    ended: BTreeMap<Token, NotDone>,
}

/// What a draft came to, event by event.
#[derive(Debug, Clone)]
pub(crate) struct DecidedEvent {
    pub(crate) event: ClaimEvent,
    /// The sets of a granted claim, where they are still as they were compiled.
    pub(crate) sets: Option<Vec<PathSet>>,
}

/// An event, by its place among the events, that no look-up sees yet.
enum Loose {
    Granted(usize, Vec<PathSet>),
    Renewed(usize),
}

/// Somebody asks: what the holders of claims are told of it.
#[derive(Clone, Copy)]
struct Asker<'a> {
    run: &'a RunId,
    actor: &'a Actor,
    mode: Mode,
    intent: Option<TextRef>,
}

impl fmt::Debug for Draft<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}

impl<'a> Draft<'a> {
    pub(super) fn new(table: &'a ClaimTable, facts: Facts<'a>) -> Self {
        Draft {
            table,
            facts,
            events: Vec::new(),
            names: 0,
            turns: 0,
            over: Layer::default(),
            gone: BTreeSet::new(),
            served: BTreeSet::new(),
            narrowed: BTreeSet::new(),
            loose: Vec::new(),
            told: BTreeSet::new(),
            boxes: BTreeMap::new(),
            seen: BTreeMap::new(),
            ended: BTreeMap::new(),
        }
    }

    /// What was decided, in order. None where nothing has changed.
    pub fn into_events(self) -> Vec<ClaimEvent> {
        self.events
    }

    /// The last notices of a run, those of this decision included, oldest first, and the number of the
    /// last one that it has read.
    pub(crate) fn notices(&self, run: &RunId) -> (Vec<Notice>, u64) {
        let (mut notices, read) = self.table.notices(run);
        notices.extend(self.events.iter().filter_map(|event| match event {
            ClaimEvent::Noticed { run: told, notice } if told == run => Some((**notice).clone()),
            _ => None,
        }));
        notices.drain(..notices.len().saturating_sub(NOTICES_MAX));
        (notices, read)
    }

    /// The claims that were granted so far, handed over ones included.
    pub(crate) fn granted(&self) -> impl Iterator<Item = &Granted> {
        self.events.iter().filter_map(|event| match event {
            ClaimEvent::Granted(claim) | ClaimEvent::HandedOver { to: claim, .. } => Some(&**claim),
            _ => None,
        })
    }

    /// [`Draft::into_events`] with what was compiled on the way.
    pub(crate) fn into_decided(self) -> Vec<DecidedEvent> {
        let plain = |event| DecidedEvent { event, sets: None };
        let mut decided: Vec<DecidedEvent> = self.events.into_iter().map(plain).collect();
        for loose in self.loose {
            if let Loose::Granted(at, sets) = loose
                && let Some(granted) = decided.get_mut(at)
            {
                granted.sets = Some(sets);
            }
        }
        decided
    }

    /// The table with all that was decided, and the table alone.
    pub(super) fn settled(&mut self) -> (Scene<'_>, &ClaimTable) {
        self.settle();
        (self.scene(), self.table)
    }

    /// The table with what was decided. Call [`Draft::settle`] before.
    fn scene(&self) -> Scene<'_> {
        Scene {
            base: &self.table.layer,
            over: &self.over,
            gone: &self.gone,
            served: &self.served,
            facts: self.facts,
        }
    }

    /// Makes what was decided last findable.
    fn settle(&mut self) {
        for loose in std::mem::take(&mut self.loose) {
            match loose {
                Loose::Granted(at, sets) => {
                    let claim = match self.events.get(at) {
                        Some(ClaimEvent::Granted(claim)) => (**claim).clone(),
                        Some(ClaimEvent::HandedOver { to, .. }) => (**to).clone(),
                        _ => continue,
                    };
                    self.over.insert_claim(Holding::new(
                        ClaimRow {
                            claim,
                            told: Vec::new(),
                        },
                        sets,
                    ));
                }
                Loose::Renewed(at) => self.settle_renewed(at),
            }
        }
    }

    fn settle_renewed(&mut self, at: usize) {
        let Some(ClaimEvent::Renewed { leases }) = self.events.get(at) else {
            return;
        };
        for (token, until) in leases.clone() {
            let Some(holding) = self.scene().claim(token).cloned() else {
                continue;
            };
            let mut row = holding.row.clone();
            row.claim.expires_at = until;
            self.replace_claim(row, holding.sets.clone());
        }
    }

    fn peek_name(&self) -> Token {
        Token::new(self.facts.incarnation, self.facts.ver, self.names)
    }

    fn take_name(&mut self) -> Result<Token, Error> {
        let name = self.peek_name();
        self.names = self.names.checked_add(1).ok_or_else(|| {
            Error::new(
                Code::Internal,
                "one record cannot grant more than 65,535 claims",
            )
        })?;
        Ok(name)
    }

    fn require_live_run(&self, run: &RunId, field: &str) -> Result<(), Error> {
        if self.facts.runs.is_live(run, self.facts.at) {
            return Ok(());
        }
        let message = format!("run {run} has ended or lapsed; start a new one");
        Err(Error::at(Code::RunNotLive, field, message))
    }

    /// A live claim.
    ///
    /// # Errors
    /// `claim_not_live`, or `not_found` for a token that is not remembered.
    fn require_claim(&self, token: Token) -> Result<&std::sync::Arc<Holding>, Error> {
        self.scene()
            .claim(token)
            .ok_or_else(|| match self.end_of(token) {
                NotDone::Unknown => Error::at(
                    Code::NotFound,
                    "token",
                    format!("there is no claim {token}"),
                ),
                _ => Error::at(
                    Code::ClaimNotLive,
                    "token",
                    format!("claim {token} has ended; claim again"),
                ),
            })
    }

    /// How a claim that is not live ended.
    fn end_of(&self, token: Token) -> NotDone {
        if let Some(why) = self.ended.get(&token) {
            return *why;
        }
        match self.table.ended.get(&token) {
            Some(row) => row.why,
            None if self.table.layer.claim(token).is_some() => NotDone::Lapsed,
            None => NotDone::Unknown,
        }
    }

    fn is_same_work(&self, run: &RunId, holder: &RunId) -> bool {
        self.facts.lineage.is_same_work(run, holder)
    }

    fn grant(&mut self, claim: Granted, sets: Vec<PathSet>) {
        if let Some(wait) = claim.served {
            self.drop_wait(wait);
        }
        self.loose.push(Loose::Granted(self.events.len(), sets));
        self.events.push(ClaimEvent::Granted(Box::new(claim)));
    }

    fn drop_wait(&mut self, wait: Token) {
        self.over.remove_wait(wait);
        self.gone.insert(wait);
    }

    fn end_wait(&mut self, wait: Token, why: WaitEnd) {
        self.drop_wait(wait);
        self.events.push(ClaimEvent::WaitEnded { wait, why });
    }

    fn end_claim(&mut self, token: Token, how: ClaimEnd) {
        let why = match how {
            ClaimEnd::Released => NotDone::Released,
            ClaimEnd::Revoked { .. } => NotDone::Revoked,
        };
        self.drop_claim(token, why);
        self.events.push(ClaimEvent::Ended { token, how });
    }

    fn drop_claim(&mut self, token: Token, why: NotDone) {
        self.over.remove_claim(token);
        self.gone.insert(token);
        self.ended.insert(token, why);
    }

    /// Puts a changed claim in place of what it was.
    fn replace_claim(&mut self, row: ClaimRow, sets: Vec<PathSet>) {
        let token = row.claim.token;
        self.over.remove_claim(token);
        self.gone.insert(token);
        self.over.insert_claim(Holding::new(row, sets));
    }

    fn replace_wait(&mut self, waiting: Waiting) {
        let wait = waiting.row.wait;
        self.over.remove_wait(wait);
        self.gone.insert(wait);
        self.over.insert_wait(waiting);
    }

    fn request<'r>(&self, run: &'r RunId, mode: Mode, area: Area<'r>, priority: u8) -> Request<'r> {
        let rank = super::layer::rank(self.facts.at, priority, self.peek_name());
        Request {
            run: Some(run),
            mode,
            area,
            rank,
        }
    }

    /// Tells the holders of what was met, each once for its claim and the asking run.
    fn tell(&mut self, asker: Asker<'_>, list: &[Meeting], outcome: impl Fn(&Meeting) -> Outcome) {
        for meeting in list.iter().filter(|meeting| !meeting.queued) {
            let known = self
                .scene()
                .claim(meeting.token)
                .is_some_and(|h| h.row.told.contains(asker.run));
            if known || !self.told.insert((meeting.token, asker.run.clone())) {
                continue;
            }
            let last = || self.table.boxes.get(&meeting.run).map_or(0, |row| row.seq);
            let seq = self
                .boxes
                .get(&meeting.run)
                .copied()
                .unwrap_or_else(last)
                .saturating_add(1);
            self.boxes.insert(meeting.run.clone(), seq);
            let notice = Notice {
                seq,
                at: self.facts.at,
                token: meeting.token,
                from_run: asker.run.clone(),
                from: asker.actor.clone(),
                mode: asker.mode,
                intent: asker.intent.map(Into::into),
                outcome: outcome(meeting),
                repo: meeting.repo.clone(),
                branch: meeting.branch.clone(),
                met: meeting.met.clone(),
            };
            self.events.push(ClaimEvent::Noticed {
                run: meeting.run.clone(),
                notice: Box::new(notice),
            });
        }
    }

    fn at(&self) -> Timestamp {
        self.facts.at
    }
}
