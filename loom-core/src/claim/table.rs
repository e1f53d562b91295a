//! The state of the plane, and its one mutator: folding events.
//!
//! Events state what was decided, so folding one looks nothing up: no pattern is compared, no clock
//! read, no priority weighed. Only the indexes are derived from what is folded.

use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};
use std::fmt;

use super::area::{Places, compile};
use super::draft::{DecidedEvent, Draft};
use super::layer::{Holding, Layer, Waiting, rank};
use super::rows::{BoxRow, ClaimRow, EndedRow, Row};
use super::scene::{Request, Scene};
use super::{
    ClaimEnd, ClaimEvent, ClaimView, ENDED_MAX, Facts, Granted, Meetings, Mode, NOTICES_MAX,
    NotDone, Notice, Queued, RepoFacts, Spec, TOLD_MAX,
};
use crate::error::{Code, Error};
use crate::model::{RepoId, RunId, Timestamp, Token};
use crate::path::PathSet;
use crate::table::Table;

static NONE: BTreeSet<Token> = BTreeSet::new();

/// The claims, waits and boxes of a journal: a function of its records.
#[derive(Clone, Default)]
pub struct ClaimTable {
    pub(super) layer: Layer,
    pub(super) bare: Bare,
    pub(super) ended: Table<Token, EndedRow>,
    ended_order: VecDeque<Token>,
    pub(super) boxes: Table<RunId, BoxRow>,
}

/// The empty layer that a look at the table itself has on top.
#[derive(Clone, Default)]
pub(super) struct Bare(Layer);

impl fmt::Debug for ClaimTable {
    /// How much there is, not all of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClaimTable")
            .field("claims", &self.layer.claims().count())
            .field("waits", &self.layer.waits_len())
            .field("ended", &self.ended.len())
            .field("boxes", &self.boxes.len())
            .finish()
    }
}

impl ClaimTable {
    /// Starts a decision. It sees the table and what it has decided itself, and changes nothing.
    pub fn draft<'a>(&'a self, facts: Facts<'a>) -> Draft<'a> {
        Draft::new(self, facts)
    }

    /// Moves the claims whose leases ended at or before `at` to the ended ones. To be called once for
    /// each record, before its events. O(log n) for each lease that ended.
    pub fn expire(&mut self, at: Timestamp) {
        while let Some((_, token)) = self.layer.first_end().filter(|(end, _)| *end <= at) {
            let Some(holding) = self.layer.remove_claim(token) else {
                break;
            };
            self.note_end(
                &holding.row.claim,
                holding.row.claim.expires_at,
                NotDone::Lapsed,
                None,
            );
        }
    }

    /// Folds an event of a record of time `at`. O(log n) in claims, and for a narrowing in waits.
    ///
    /// # Errors
    /// `corrupt` for an event that no draft over this table can have made; the table stays as it was.
    pub fn apply(
        &mut self,
        event: ClaimEvent,
        at: Timestamp,
        repos: &dyn RepoFacts,
    ) -> Result<(), Error> {
        self.apply_decided(DecidedEvent { event, sets: None }, at, repos)
    }

    /// [`ClaimTable::apply`] of what this process decided itself, and compiled when it did.
    pub(crate) fn apply_decided(
        &mut self,
        decided: DecidedEvent,
        at: Timestamp,
        repos: &dyn RepoFacts,
    ) -> Result<(), Error> {
        let DecidedEvent { event, sets } = decided;
        match event {
            ClaimEvent::Granted(claim) => self.grant(*claim, sets, repos),
            ClaimEvent::Renewed { leases } => self.renew(&leases, at),
            ClaimEvent::Narrowed { token, specs } => self.narrow(token, specs, at, repos),
            ClaimEvent::Ended { token, how } => {
                self.require_live(token, at)?;
                let why = match how {
                    ClaimEnd::Released => NotDone::Released,
                    ClaimEnd::Revoked { .. } => NotDone::Revoked,
                };
                self.end(token, at, why, None);
                Ok(())
            }
            ClaimEvent::HandedOver { token, to } => {
                self.require_live(token, at)?;
                let sets = self.check_grant(&to, sets, repos)?;
                self.end(token, at, NotDone::HandedOver, Some(to.token));
                self.hold(*to, sets);
                Ok(())
            }
            ClaimEvent::Queued(wait) => self.queue(*wait, repos),
            ClaimEvent::Blocked { wait, by } => {
                self.require_wait(wait)?;
                self.layer.block(wait, by);
                Ok(())
            }
            ClaimEvent::WaitEnded { wait, .. } => {
                self.require_wait(wait)?;
                self.layer.remove_wait(wait);
                Ok(())
            }
            ClaimEvent::Noticed { run, notice } => self.notice(run, *notice),
            ClaimEvent::Seen { run, seq } => self.see(&run, seq),
        }
    }

    /// Puts off what makes claims findable until [`ClaimTable::settle`], so that folding many records
    /// does not index claims that end in a later one of them. Until then, look nothing up.
    pub(crate) fn put_off(&mut self) {
        self.layer.put_off();
    }

    /// Makes all claims findable again.
    pub(crate) fn settle(&mut self) {
        self.layer.settle();
    }

    fn grant(
        &mut self,
        claim: Granted,
        sets: Option<Vec<PathSet>>,
        repos: &dyn RepoFacts,
    ) -> Result<(), Error> {
        let sets = self.check_grant(&claim, sets, repos)?;
        if let Some(wait) = claim.served {
            self.layer.remove_wait(wait);
        }
        self.hold(claim, sets);
        Ok(())
    }

    fn check_grant(
        &self,
        claim: &Granted,
        sets: Option<Vec<PathSet>>,
        repos: &dyn RepoFacts,
    ) -> Result<Vec<PathSet>, Error> {
        self.require_new(claim.token)?;
        if let Some(wait) = claim.served
            && self.require_wait(wait)?.row.run != claim.run
        {
            return Err(impossible("a grant serves another run's wait"));
        }
        match sets {
            Some(sets) => Ok(sets),
            None => compile(&claim.specs, repos).map_err(as_corrupt),
        }
    }

    fn hold(&mut self, claim: Granted, sets: Vec<PathSet>) {
        let row = ClaimRow {
            claim,
            told: Vec::new(),
        };
        self.layer.insert_claim(Holding::new(row, sets));
    }

    fn renew(&mut self, leases: &[(Token, Timestamp)], at: Timestamp) -> Result<(), Error> {
        for (token, until) in leases {
            if *until < self.require_live(*token, at)?.row.claim.expires_at {
                return Err(impossible("a renewal shortens a lease"));
            }
        }
        for (token, until) in leases {
            self.layer.renew(*token, *until);
        }
        Ok(())
    }

    fn narrow(
        &mut self,
        token: Token,
        specs: Vec<Spec>,
        at: Timestamp,
        repos: &dyn RepoFacts,
    ) -> Result<(), Error> {
        self.require_live(token, at)?;
        let sets = compile(&specs, repos).map_err(as_corrupt)?;
        if let Some(holding) = self.layer.remove_claim(token) {
            let mut row = holding.row.clone();
            row.claim.specs = specs;
            self.layer.insert_claim(Holding::new(row, sets));
            self.layer.unblock(token);
        }
        Ok(())
    }

    fn end(&mut self, token: Token, at: Timestamp, why: NotDone, by: Option<Token>) {
        if let Some(holding) = self.layer.remove_claim(token) {
            self.note_end(&holding.row.claim, at, why, by);
        }
    }

    fn note_end(&mut self, claim: &Granted, at: Timestamp, why: NotDone, by: Option<Token>) {
        let (token, run, mode) = (claim.token, claim.run.clone(), claim.mode);
        self.remember_end(EndedRow {
            token,
            run,
            mode,
            at,
            why,
            by,
        });
    }

    fn remember_end(&mut self, row: EndedRow) {
        self.ended_order.push_back(row.token);
        self.ended.insert(row.token, row);
        while self.ended_order.len() > ENDED_MAX {
            if let Some(oldest) = self.ended_order.pop_front() {
                self.ended.remove(&oldest);
            }
        }
    }

    fn queue(&mut self, wait: Queued, repos: &dyn RepoFacts) -> Result<(), Error> {
        self.require_new(wait.wait)?;
        if self.layer.wait_of(&wait.run).is_some() {
            return Err(impossible("a run has two waits"));
        }
        let sets = compile(&wait.specs, repos).map_err(as_corrupt)?;
        self.layer.insert_wait(Waiting::new(wait, sets));
        Ok(())
    }

    fn notice(&mut self, run: RunId, notice: Notice) -> Result<(), Error> {
        let held = self.boxes.get(&run).map_or(0, |row| row.seq);
        if held.checked_add(1) != Some(notice.seq) {
            return Err(impossible("a notice is not the next one of its box"));
        }
        if held == 0 {
            let row = BoxRow {
                run: run.clone(),
                seq: 0,
                seen: 0,
                notices: Vec::new(),
            };
            self.boxes.insert(run.clone(), row);
        }
        let (token, from_run) = (notice.token, notice.from_run.clone());
        self.boxes.update(&run, |row| {
            row.seq = notice.seq;
            row.notices.push(notice);
            if row.notices.len() > NOTICES_MAX {
                row.notices.remove(0);
            }
        });
        self.layer.change_row(token, |row| {
            row.told.push(from_run);
            if row.told.len() > TOLD_MAX {
                row.told.remove(0);
            }
        });
        Ok(())
    }

    fn see(&mut self, run: &RunId, seq: u64) -> Result<(), Error> {
        match self.boxes.get(run) {
            Some(row) if row.seen < seq && seq <= row.seq => {
                drop(row);
                self.boxes.update(run, |row| row.seen = seq);
                Ok(())
            }
            _ => Err(impossible("a run has read a notice that its box never had")),
        }
    }

    fn require_new(&self, token: Token) -> Result<(), Error> {
        let known = self.layer.claim(token).is_some()
            || self.layer.wait(token).is_some()
            || self.ended.contains(&token);
        if known {
            Err(impossible("a token is given twice"))
        } else {
            Ok(())
        }
    }

    fn require_live(&self, token: Token, at: Timestamp) -> Result<&Holding, Error> {
        let live = self
            .layer
            .claim(token)
            .filter(|holding| holding.is_live(at));
        live.map(|holding| &**holding)
            .ok_or_else(|| impossible("an event names a claim that is not live"))
    }

    fn require_wait(&self, wait: Token) -> Result<&Waiting, Error> {
        let waiting = self.layer.wait(wait).map(|waiting| &**waiting);
        waiting.ok_or_else(|| impossible("an event names a wait that is not there"))
    }

    /// Forgets what a run was told. To be called when the run itself is forgotten.
    pub fn forget_run(&mut self, run: &RunId) {
        self.boxes.remove(run);
    }

    /// Compiles what is held and waited for in a repository anew. To be called when its rules changed.
    ///
    /// # Errors
    /// As [`ClaimTable::apply`], where a pattern is none under the new rules; the table stays as it was.
    pub fn recompile(&mut self, repo: &RepoId, repos: &dyn RepoFacts) -> Result<(), Error> {
        let touches = |specs: &[Spec]| specs.iter().any(|spec| spec.repo == *repo);
        let mut claims = Vec::new();
        for holding in self.layer.claims().filter(|h| touches(&h.row.claim.specs)) {
            let sets = compile(&holding.row.claim.specs, repos).map_err(as_corrupt)?;
            claims.push(Holding::new(holding.row.clone(), sets));
        }
        let mut waits = Vec::new();
        for waiting in self.layer.waits().filter(|w| touches(&w.row.specs)) {
            let sets = compile(&waiting.row.specs, repos).map_err(as_corrupt)?;
            waits.push(Waiting::new(waiting.row.clone(), sets));
        }
        // All out before the first goes in: an index holds patterns of one set of rules.
        for holding in &claims {
            self.layer.remove_claim(holding.row.claim.token);
        }
        for waiting in &waits {
            self.layer.remove_wait(waiting.row.wait);
        }
        claims
            .into_iter()
            .for_each(|holding| self.layer.insert_claim(holding));
        waits
            .into_iter()
            .for_each(|waiting| self.layer.insert_wait(waiting));
        Ok(())
    }
}

/// Questions. None changes anything.
impl ClaimTable {
    /// What a request of this mode by this run would meet now, requests in front included, as far as
    /// its priority is 0. Without a run it meets everybody.
    ///
    /// # Errors
    /// `corrupt` where the index was read from a damaged snapshot.
    pub fn meetings(
        &self,
        places: &Places,
        mode: Mode,
        run: Option<&RunId>,
        facts: Facts<'_>,
    ) -> Result<Meetings, Error> {
        let request = Request {
            run,
            mode,
            area: places.area(),
            rank: rank(facts.at, 0, Token::new(facts.incarnation, facts.ver, 0)),
        };
        let scene = self.scene(facts);
        let found = scene.find(request, None)?;
        Ok(scene.meetings(request, &found, |spec| spec).listed())
    }

    /// A claim that is held, or a wait, by its token. Whether the lease still lasts, its end tells.
    pub fn get(&self, token: Token) -> Option<ClaimView> {
        let waiting = || self.layer.wait(token).map(|waiting| waiting.view());
        self.layer
            .claim(token)
            .map(|holding| holding.view())
            .or_else(waiting)
    }

    /// How a claim ended, as far as it is remembered.
    pub fn ended(&self, token: Token) -> Option<Cow<'_, EndedRow>> {
        self.ended.get(&token)
    }

    /// The tokens of the remembered ended claims in the order of ending.
    pub(super) fn ended_order(&self) -> impl Iterator<Item = Token> {
        self.ended_order.iter().copied()
    }

    /// The table of these parts, which a snapshot held.
    pub(super) fn thawed(
        layer: Layer,
        ended: Table<Token, EndedRow>,
        ended_order: VecDeque<Token>,
        boxes: Table<RunId, BoxRow>,
    ) -> ClaimTable {
        ClaimTable {
            layer,
            bare: Bare::default(),
            ended,
            ended_order,
            boxes,
        }
    }

    /// The live claims of a run, by token.
    pub fn claims_of(&self, run: &RunId, at: Timestamp) -> Vec<ClaimView> {
        self.layer
            .claims_of(run)
            .filter(|h| h.is_live(at))
            .map(|h| h.view())
            .collect()
    }

    /// All live claims, by token.
    pub fn live(&self, at: Timestamp) -> impl Iterator<Item = ClaimView> {
        self.layer
            .claims()
            .filter(move |h| h.is_live(at))
            .map(|h| h.view())
    }

    /// All waits in queue order.
    pub fn waits(&self) -> impl Iterator<Item = ClaimView> {
        self.layer.queue().map(|(_, waiting)| waiting.view())
    }

    /// The wait of a run, if it has one.
    pub fn wait_of(&self, run: &RunId) -> Option<ClaimView> {
        self.layer.wait_of(run).map(|waiting| waiting.view())
    }

    /// The recorded blockers of a wait: why it waits.
    pub fn blocked_by(&self, wait: Token) -> Option<&[Token]> {
        self.layer
            .wait(wait)
            .map(|waiting| waiting.row.blocked_by.as_slice())
    }

    /// The last notices of a run, oldest first, and the number of the last one that it has read.
    pub fn notices(&self, run: &RunId) -> (Vec<Notice>, u64) {
        self.boxes
            .get(run)
            .map_or((Vec::new(), 0), |row| (row.notices.clone(), row.seen))
    }

    /// The first end of a lease after `at`. Nothing else about claims changes by time alone; a wait is
    /// served, or its run found dead, at such an end or at the end of its run's life.
    pub fn next_deadline(&self, at: Timestamp) -> Option<Timestamp> {
        self.layer.next_end(at)
    }

    /// The state as rows in canonical order: claims, waits, ended ones, boxes.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        let claims = self
            .layer
            .claims()
            .map(|holding| Row::Claim(Box::new(holding.row.clone())));
        let waits = self
            .layer
            .waits()
            .map(|waiting| Row::Wait(Box::new(waiting.row.clone())));
        let ended = self
            .ended_order
            .iter()
            .filter_map(|token| self.ended.get(token));
        let ended = ended.map(|row| Row::Ended(Box::new((*row).clone())));
        let boxes = self
            .boxes
            .iter()
            .map(|(_, row)| Row::Box(Box::new((*row).clone())));
        claims.chain(waits).chain(ended).chain(boxes)
    }

    /// The state that these rows are of. O(n log n): the indexes are built again.
    ///
    /// # Errors
    /// `corrupt` for rows that no table gave.
    pub fn from_rows(
        rows: impl IntoIterator<Item = Row>,
        repos: &dyn RepoFacts,
    ) -> Result<ClaimTable, Error> {
        let mut table = ClaimTable::default();
        for row in rows {
            match row {
                Row::Claim(row) => {
                    table.require_new(row.claim.token)?;
                    let sets = compile(&row.claim.specs, repos).map_err(as_corrupt)?;
                    table.layer.insert_claim(Holding::new(*row, sets));
                }
                Row::Wait(row) => table.queue(*row, repos)?,
                Row::Ended(row) => {
                    table.require_new(row.token)?;
                    table.remember_end(*row);
                }
                Row::Box(row) => {
                    table.boxes.insert(row.run.clone(), *row);
                }
            }
        }
        Ok(table)
    }

    pub(super) fn scene<'a>(&'a self, facts: Facts<'a>) -> Scene<'a> {
        Scene {
            base: &self.layer,
            over: &self.bare.0,
            gone: &NONE,
            served: &NONE,
            facts,
        }
    }
}

fn impossible(message: &str) -> Error {
    Error::at(Code::Corrupt, "event", message)
}

fn as_corrupt(error: Error) -> Error {
    let field = format!("event.{}", error.field().unwrap_or("specs"));
    Error::at(Code::Corrupt, field, error.message())
}
