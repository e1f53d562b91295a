//! Claims and waits with everything that finds them. The state of the table is one layer; what a draft
//! has decided so far is a second, thin one over it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::area::Area;
use super::cold::ColdClaims;
use super::index::Index;
use super::rows::ClaimRow;
use super::{AGEING_MS, ClaimView, Queued};
use crate::error::Error;
use crate::model::{RunId, Timestamp, Token};
use crate::path::PathSet;
use crate::table::Table;

/// A claim that is held.
#[derive(Clone)]
pub(crate) struct Holding {
    pub(crate) row: ClaimRow,
    pub(crate) sets: Vec<PathSet>,
    pub(super) slot: u32,
}

/// A request that waits.
#[derive(Clone)]
pub(crate) struct Waiting {
    pub(crate) row: Queued,
    pub(crate) sets: Vec<PathSet>,
    slot: u32,
}

/// Where a wait stands in the queue: earlier first. A priority is worth the time in which a waiter
/// would have risen by as much, so the order of two waits never changes.
pub(crate) type Rank = (i64, Token);

/// In front of every wait.
pub(crate) const FRONT: Rank = (i64::MIN, Token::LOWEST);

pub(crate) fn rank(since: Timestamp, priority: u8, wait: Token) -> Rank {
    let credit = i64::try_from(AGEING_MS)
        .unwrap_or(i64::MAX)
        .saturating_mul(i64::from(priority));
    (since.as_ms().saturating_sub(credit), wait)
}

#[derive(Clone, Default)]
pub(crate) struct Layer {
    /// The claims that came or changed since the layer was thawed; `None` for one that was taken out.
    warm: BTreeMap<Token, Option<Arc<Holding>>>,
    cold: Option<Arc<ColdClaims>>,
    of_run: Table<(RunId, Token), ()>,
    held: Index,
    /// Claims that [`Layer::settle`] will put into `held`: those that end before are never put there.
    unsettled: Option<BTreeSet<Token>>,
    ends: Table<(Timestamp, Token), ()>,
    /// No lease ends before this, where it is known.
    ends_from: Option<(Timestamp, Token)>,
    waits: BTreeMap<Token, Arc<Waiting>>,
    wait_of: BTreeMap<RunId, Token>,
    queued: Index,
    queue: BTreeSet<Rank>,
}

impl Holding {
    pub(crate) fn new(row: ClaimRow, sets: Vec<PathSet>) -> Holding {
        Holding { row, sets, slot: 0 }
    }

    pub(crate) fn area(&self) -> Area<'_> {
        Area {
            specs: &self.row.claim.specs,
            sets: &self.sets,
        }
    }

    pub(crate) fn is_live(&self, at: Timestamp) -> bool {
        at < self.row.claim.expires_at
    }

    pub(crate) fn view(&self) -> ClaimView {
        let claim = &self.row.claim;
        ClaimView {
            token: claim.token,
            run: claim.run.clone(),
            actor: claim.actor.clone(),
            mode: claim.mode,
            specs: claim.specs.clone(),
            intent: claim.intent.map(Into::into),
            priority: claim.priority,
            since: claim.since,
            expires_at: Some(claim.expires_at),
        }
    }
}

impl Waiting {
    pub(crate) fn new(row: Queued, sets: Vec<PathSet>) -> Waiting {
        Waiting { row, sets, slot: 0 }
    }

    pub(crate) fn area(&self) -> Area<'_> {
        Area {
            specs: &self.row.specs,
            sets: &self.sets,
        }
    }

    pub(crate) fn rank(&self) -> Rank {
        rank(self.row.since, self.row.priority, self.row.wait)
    }

    pub(crate) fn view(&self) -> ClaimView {
        let wait = &self.row;
        ClaimView {
            token: wait.wait,
            run: wait.run.clone(),
            actor: wait.actor.clone(),
            mode: wait.mode,
            specs: wait.specs.clone(),
            intent: wait.intent.map(Into::into),
            priority: wait.priority,
            since: wait.since,
            expires_at: None,
        }
    }
}

impl Layer {
    pub(crate) fn insert_claim(&mut self, mut holding: Holding) {
        let claim = &holding.row.claim;
        let token = claim.token;
        self.of_run.insert((claim.run.clone(), token), ());
        self.insert_end(claim.expires_at, token);
        holding.slot = self.held.take_slot(token);
        match &mut self.unsettled {
            Some(tokens) => drop(tokens.insert(token)),
            None => self.held.insert(token, holding.slot, holding.area()),
        }
        self.warm.insert(token, Some(Arc::new(holding)));
    }

    /// Puts off the indexing of claims until [`Layer::settle`]: for a run of records in which nobody
    /// looks for claims, and many that begin also end.
    pub(crate) fn put_off(&mut self) {
        self.unsettled.get_or_insert_default();
    }

    /// Makes every claim findable by what it holds.
    pub(crate) fn settle(&mut self) {
        for token in self.unsettled.take().unwrap_or_default() {
            if let Some(Some(holding)) = self.warm.get(&token) {
                self.held.insert(token, holding.slot, holding.area());
            }
        }
    }

    pub(crate) fn remove_claim(&mut self, token: Token) -> Option<Arc<Holding>> {
        let holding = self.claim(token)?.clone();
        match &self.cold {
            Some(cold) if cold.contains(token) => drop(self.warm.insert(token, None)),
            _ => drop(self.warm.remove(&token)),
        }
        let claim = &holding.row.claim;
        self.of_run.remove(&(claim.run.clone(), token));
        self.ends.remove(&(claim.expires_at, token));
        let unsettled = self.unsettled.as_mut();
        if !unsettled.is_some_and(|tokens| tokens.remove(&token)) {
            self.held.remove(token, holding.slot, holding.area());
        }
        self.held.free_slot(holding.slot);
        Some(holding)
    }

    pub(crate) fn renew(&mut self, token: Token, until: Timestamp) {
        let Some(holding) = self.warmed(token) else {
            return;
        };
        let before = holding.row.claim.expires_at;
        holding.row.claim.expires_at = until;
        self.ends.remove(&(before, token));
        self.insert_end(until, token);
    }

    fn insert_end(&mut self, at: Timestamp, token: Token) {
        self.ends_from = self.ends_from.map(|from| from.min((at, token)));
        self.ends.insert((at, token), ());
    }

    /// Changes what no index knows of.
    pub(crate) fn change_row(&mut self, token: Token, change: impl FnOnce(&mut ClaimRow)) {
        if let Some(holding) = self.warmed(token) {
            change(&mut holding.row);
        }
    }

    /// A claim to be changed in place.
    fn warmed(&mut self, token: Token) -> Option<&mut Holding> {
        if !self.warm.contains_key(&token) {
            let holding = self.cold.as_ref()?.get(token)?.clone();
            self.warm.insert(token, Some(holding));
        }
        self.warm.get_mut(&token)?.as_mut().map(Arc::make_mut)
    }

    pub(crate) fn insert_wait(&mut self, mut waiting: Waiting) {
        let token = waiting.row.wait;
        self.wait_of.insert(waiting.row.run.clone(), token);
        self.queue.insert(waiting.rank());
        waiting.slot = self.queued.take_slot(token);
        self.queued.insert(token, waiting.slot, waiting.area());
        self.waits.insert(token, Arc::new(waiting));
    }

    pub(crate) fn remove_wait(&mut self, token: Token) -> Option<Arc<Waiting>> {
        let waiting = self.waits.remove(&token)?;
        self.wait_of.remove(&waiting.row.run);
        self.queue.remove(&waiting.rank());
        self.queued.remove(token, waiting.slot, waiting.area());
        self.queued.free_slot(waiting.slot);
        Some(waiting)
    }

    pub(crate) fn block(&mut self, wait: Token, by: Vec<Token>) {
        if let Some(waiting) = self.waits.get_mut(&wait) {
            Arc::make_mut(waiting).row.blocked_by = by;
        }
    }

    /// A claim no longer counts as recorded blocker of any wait.
    pub(crate) fn unblock(&mut self, claim: Token) {
        for waiting in self.waits.values_mut() {
            if waiting.row.blocked_by.contains(&claim) {
                Arc::make_mut(waiting)
                    .row
                    .blocked_by
                    .retain(|blocker| *blocker != claim);
            }
        }
    }

    pub(crate) fn claim(&self, token: Token) -> Option<&Arc<Holding>> {
        match self.warm.get(&token) {
            Some(holding) => holding.as_ref(),
            None => self.cold.as_ref()?.get(token),
        }
    }

    /// All claims, by token.
    pub(crate) fn claims(&self) -> impl Iterator<Item = &Arc<Holding>> {
        let cold = self.cold.iter().flat_map(|cold| cold.tokens());
        let mut tokens: Vec<Token> = cold.chain(self.warm.keys().copied()).collect();
        tokens.sort_unstable();
        tokens.dedup();
        tokens.into_iter().filter_map(|token| self.claim(token))
    }

    /// A layer of claims that are read when somebody asks for them, without waits.
    pub(super) fn thawed(
        cold: ColdClaims,
        held: Index,
        of_run: Table<(RunId, Token), ()>,
        ends: Table<(Timestamp, Token), ()>,
    ) -> Layer {
        Layer {
            cold: Some(Arc::new(cold)),
            held,
            of_run,
            ends,
            ..Layer::default()
        }
    }

    pub(super) fn of_run(&self) -> &Table<(RunId, Token), ()> {
        &self.of_run
    }

    pub(super) fn ends(&self) -> &Table<(Timestamp, Token), ()> {
        &self.ends
    }

    /// A bad page that a look-up met, if one did.
    pub(super) fn fault(&self) -> Option<Error> {
        let cold = self.cold.as_ref().and_then(|cold| cold.fault());
        let cold = cold.or_else(|| self.of_run.fault());
        cold.or_else(|| self.ends.fault())
    }

    pub(crate) fn claims_of<'a>(
        &'a self,
        run: &RunId,
    ) -> impl Iterator<Item = &'a Arc<Holding>> + use<'a> {
        let tokens = self.tokens_of(run);
        tokens.filter_map(|token| self.claim(token))
    }

    /// How many claims a run has, lapsed ones that nobody moved away yet included.
    pub(crate) fn claims_len(&self, run: &RunId) -> usize {
        self.tokens_of(run).count()
    }

    fn tokens_of<'a>(&'a self, run: &RunId) -> impl Iterator<Item = Token> + use<'a> {
        let from = (run.clone(), Token::LOWEST);
        let keys = self.of_run.range_from(&from).map(|(key, _)| key);
        keys.take_while(move |(of, _)| *of == from.0)
            .map(|(_, token)| token)
    }

    pub(crate) fn held(&self) -> &Index {
        &self.held
    }

    /// The lease that ends first.
    pub(crate) fn first_end(&mut self) -> Option<(Timestamp, Token)> {
        let mut ends = match &self.ends_from {
            Some(from) => self.ends.range_from(from),
            None => self.ends.iter(),
        };
        let (first, _) = ends.next()?;
        self.ends_from = Some(first);
        Some(first)
    }

    /// When a lease next ends, after a time.
    pub(crate) fn next_end(&self, after: Timestamp) -> Option<Timestamp> {
        let from = (after.plus_ms(1), Token::LOWEST);
        self.ends.range_from(&from).next().map(|((end, _), _)| end)
    }

    pub(crate) fn has_waits(&self) -> bool {
        !self.waits.is_empty()
    }

    pub(crate) fn waits_len(&self) -> usize {
        self.waits.len()
    }

    pub(crate) fn wait(&self, token: Token) -> Option<&Arc<Waiting>> {
        self.waits.get(&token)
    }

    pub(crate) fn waits(&self) -> impl Iterator<Item = &Arc<Waiting>> {
        self.waits.values()
    }

    pub(crate) fn wait_of(&self, run: &RunId) -> Option<&Arc<Waiting>> {
        self.waits.get(self.wait_of.get(run)?)
    }

    pub(crate) fn queued(&self) -> &Index {
        &self.queued
    }

    /// The waits in queue order.
    pub(crate) fn queue(&self) -> impl Iterator<Item = (Rank, &Arc<Waiting>)> {
        self.queue
            .iter()
            .filter_map(|rank| Some((*rank, self.waits.get(&rank.1)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::PRIORITY_MAX;

    #[test]
    fn a_minute_of_waiting_is_worth_one_priority_and_a_tie_goes_by_name() {
        let at = |ms| Timestamp::from_ms(ms).unwrap();
        let (early, late) = (Token::new(0, 1, 0), Token::new(0, 2, 0));
        let minute = i64::try_from(AGEING_MS).unwrap();
        assert!(
            rank(at(minute), 1, late) > rank(at(0), 0, early),
            "equal rank, later name"
        );
        assert!(rank(at(minute - 1), 1, late) < rank(at(0), 0, early));
        assert!(rank(at(9 * minute + 1), PRIORITY_MAX, late) > rank(at(0), 0, early));
        assert!(FRONT < rank(Timestamp::EPOCH, PRIORITY_MAX, Token::new(0, 0, 0)));
    }
}
