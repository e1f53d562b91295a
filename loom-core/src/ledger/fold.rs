//! The state of limits and reservations, and how events change it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Charge, LedgerEvent, Level, Limit, Line, RESERVATION_MEMORY_MS, RESERVATIONS_MAX, Settlement,
    Span,
};
use crate::error::{Code, Error};
use crate::model::{Holder, LimitId, ReservationId, RunId, Timestamp};
use crate::table::Table;

/// What counts towards one limit and holder, of one window or bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The window.
    pub span: Span,
    /// What was spent of reservations.
    pub settled: u64,
    /// What reservations hold that were not settled; those that lapsed included.
    pub reserved: u64,
    /// What was spent beyond reservations.
    pub debt: u64,
    /// Was a warning given?
    pub warned: bool,
}

/// A reservation as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// For whom.
    pub run: RunId,
    /// When it counts in full unless it was settled.
    pub lapses_at: Timestamp,
    /// Where it counts.
    pub lines: Vec<Line>,
    /// When it was settled or cancelled.
    pub ended_at: Option<Timestamp>,
}

/// An account: of which limit, whose, and the start of its window.
pub(super) type Place = (LimitId, Holder, Timestamp);

/// All limits, accounts and reservations. Drafting takes `&self`; [`Ledger::apply`] is what changes it.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// The latest time that was folded.
    pub(super) at: Timestamp,
    pub(super) limits: BTreeMap<LimitId, Limit>,
    pub(super) accounts: Table<Place, Account>,
    pub(super) by_until: Table<(Timestamp, Place), ()>,
    pub(super) reservations: Table<ReservationId, Reservation>,
    /// Reservations that were not settled, by when they lapse.
    pub(super) open: Table<(Timestamp, ReservationId), ()>,
    /// Reservations that were, by when.
    pub(super) ended: Table<(Timestamp, ReservationId), ()>,
}

impl Ledger {
    /// All limits in the order of their names.
    pub fn limits(&self) -> impl ExactSizeIterator<Item = &Limit> {
        self.limits.values()
    }

    /// A limit.
    pub fn limit(&self, id: &LimitId) -> Option<&Limit> {
        self.limits.get(id)
    }

    /// A reservation that is remembered.
    pub fn reservation(&self, id: &ReservationId) -> Option<Cow<'_, Reservation>> {
        self.reservations.get(id)
    }

    /// How many accounts are kept, each of one limit, holder and window.
    pub fn accounts_len(&self) -> usize {
        self.accounts.len()
    }

    /// How many reservations are remembered, ended ones included.
    pub fn reservations_len(&self) -> usize {
        self.reservations.len()
    }

    /// When the next live reservation lapses after `now`.
    pub fn next_lapse(&self, now: Timestamp) -> Option<Timestamp> {
        self.live_from(now).next().map(|((at, _), _)| at)
    }

    /// Folds one event.
    ///
    /// # Errors
    /// `corrupt` for an event that cannot have happened; the state is as before.
    pub fn apply(&mut self, event: &LedgerEvent, at: Timestamp) -> Result<(), Error> {
        let at = at.max(self.at);
        match event {
            LedgerEvent::LimitsSet { limits } => self.set(limits),
            LedgerEvent::Reserved {
                id,
                run,
                lapses_at,
                lines,
            } => self.hold(id, run, *lapses_at, lines)?,
            LedgerEvent::Settled { id, lines } => self.end(id, Some(lines), at)?,
            LedgerEvent::Cancelled { id } => self.end(id, None, at)?,
            LedgerEvent::Warned { charge, span, .. } => {
                let mut changes = Changes::of(self);
                changes.entered(charge, *span)?.warned = true;
                let rows = changes.rows;
                self.write(rows);
            }
        }
        self.at = at;
        self.forget(at);
        Ok(())
    }

    /// Forgets what a run spent of its own limits, once the run itself is forgotten: a limit of a whole
    /// life has no window that would end.
    pub fn forget_run(&mut self, run: &RunId) {
        let Ok(holder) = Holder::new(run.as_str()) else {
            return;
        };
        let of_runs = self
            .limits
            .values()
            .filter(|limit| limit.level == Level::Run);
        let charges: Vec<Charge> = of_runs
            .map(|limit| Charge {
                limit: limit.id.clone(),
                holder: holder.clone(),
            })
            .collect();
        for charge in charges {
            let places: Vec<Place> = self.all_of(&charge).map(|(place, _)| place).collect();
            places.iter().for_each(|place| self.drop_account(place));
        }
    }

    /// The accounts of a limit and holder that count at this time, oldest first.
    pub(super) fn counted(&self, charge: &Charge, at: Timestamp) -> Vec<Account> {
        let accounts = self.all_of(charge).map(|(_, account)| *account);
        accounts.filter(|account| account.span.counts(at)).collect()
    }

    /// The reservations that are neither settled nor lapsed, by when they lapse.
    pub(super) fn live_from(
        &self,
        now: Timestamp,
    ) -> impl Iterator<Item = ((Timestamp, ReservationId), Cow<'_, ()>)> {
        self.open
            .range_from(&(now.plus_ms(1), ReservationId::lowest()))
    }

    fn all_of(&self, charge: &Charge) -> impl Iterator<Item = (Place, Cow<'_, Account>)> {
        let from = (
            charge.limit.clone(),
            charge.holder.clone(),
            Timestamp::EPOCH,
        );
        let (limit, holder) = (charge.limit.clone(), charge.holder.clone());
        self.accounts
            .range_from(&from)
            .take_while(move |(place, _)| place.0 == limit && place.1 == holder)
    }

    fn set(&mut self, limits: &[Limit]) {
        let limits = limits.iter().map(|limit| (limit.id.clone(), limit.clone()));
        let before = std::mem::replace(&mut self.limits, limits.collect());
        let goes_on = |limit: &&Limit| {
            let now = self.limits.get(&limit.id);
            now.is_some_and(|now| now.unit == limit.unit && now.per == limit.per)
        };
        let gone: Vec<LimitId> = before
            .values()
            .filter(|limit| !goes_on(limit))
            .map(|limit| limit.id.clone())
            .collect();
        if !gone.is_empty() {
            self.drop_limits(&gone);
        }
    }

    fn drop_limits(&mut self, gone: &[LimitId]) {
        for limit in gone {
            let from = (limit.clone(), Holder::lowest(), Timestamp::EPOCH);
            let rows = self.accounts.range_from(&from);
            let places: Vec<Place> = rows
                .map(|(place, _)| place)
                .take_while(|place| place.0 == *limit)
                .collect();
            places.iter().for_each(|place| self.drop_account(place));
        }
        let speaks_of = |line: &Line| gone.contains(&line.charge.limit);
        let rows = self.reservations.iter();
        let ids: Vec<ReservationId> = rows
            .filter(|(_, row)| row.lines.iter().any(speaks_of))
            .map(|(id, _)| id)
            .collect();
        for id in ids {
            self.reservations
                .update(&id, |row| row.lines.retain(|line| !speaks_of(line)));
        }
    }

    fn hold(
        &mut self,
        id: &ReservationId,
        run: &RunId,
        lapses_at: Timestamp,
        lines: &[Line],
    ) -> Result<(), Error> {
        if self.reservations.contains(id) {
            return Err(corrupt(format!("{id} was reserved before")));
        }
        let mut changes = Changes::of(self);
        for line in lines {
            let account = changes.entered(&line.charge, line.span)?;
            account.reserved = sum(account.reserved, line.amount)?;
        }
        let rows = changes.rows;
        self.write(rows);
        self.open.insert((lapses_at, id.clone()), ());
        let row = Reservation {
            run: run.clone(),
            lapses_at,
            lines: lines.to_vec(),
            ended_at: None,
        };
        self.reservations.insert(id.clone(), row);
        Ok(())
    }

    /// Ends a reservation: frees what it held, and enters what was spent.
    fn end(
        &mut self,
        id: &ReservationId,
        spent: Option<&Vec<Settlement>>,
        at: Timestamp,
    ) -> Result<(), Error> {
        let row = self.reservations.get(id).map(Cow::into_owned);
        let Some(row) = row.filter(|row| row.ended_at.is_none()) else {
            return Err(corrupt(format!("{id} is not open")));
        };
        let mut changes = Changes::of(self);
        for line in &row.lines {
            let spent = match spent {
                None => None,
                Some(all) => Some(all.iter().find(|s| s.charge == line.charge).ok_or_else(
                    || corrupt(format!("{id} is not settled for {}", line.charge.limit)),
                )?),
            };
            // A window that is over is forgotten, and nobody asks any more what was spent in it.
            if let Some(account) = changes.kept(&line.charge, line.span) {
                account.reserved = account
                    .reserved
                    .checked_sub(line.amount)
                    .ok_or_else(|| corrupt(format!("{id} frees more than is reserved")))?;
                account.settled = sum(account.settled, spent.map_or(0, |s| s.settled))?;
            }
            if let Some(spent) = spent.filter(|spent| spent.debt > 0) {
                let account = changes.entered(&spent.charge, spent.span)?;
                // Debt is never taken off again, so it may stop at the end of the numbers.
                account.debt = account.debt.saturating_add(spent.debt);
            }
        }
        let rows = changes.rows;
        self.write(rows);
        self.open.remove(&(row.lapses_at, id.clone()));
        self.ended.insert((at, id.clone()), ());
        self.reservations.update(id, |row| {
            row.ended_at = Some(at);
            row.lines.clear();
        });
        Ok(())
    }

    fn write(&mut self, rows: BTreeMap<Place, Account>) {
        for (place, account) in rows {
            if let Some(before) = self.accounts.get(&place).map(|before| before.span.until) {
                self.by_until.remove(&(before, place.clone()));
            }
            self.by_until
                .insert((account.span.until, place.clone()), ());
            self.accounts.insert(place, account);
        }
    }

    fn drop_account(&mut self, place: &Place) {
        if let Some(account) = self.accounts.remove(place) {
            self.by_until.remove(&(account.span.until, place.clone()));
        }
    }

    /// Forgets windows that are over, and reservations that ended or lapsed long ago.
    fn forget(&mut self, at: Timestamp) {
        let over = self
            .by_until
            .iter()
            .map(|((until, place), _)| (until, place));
        let over: Vec<Place> = over
            .take_while(|(until, _)| *until <= at)
            .map(|(_, place)| place)
            .collect();
        over.iter().for_each(|place| self.drop_account(place));
        let horizon = at.minus_ms(RESERVATION_MEMORY_MS);
        while let Some((key, _)) = self.ended.iter().next() {
            if key.0 >= horizon && self.ended.len() <= RESERVATIONS_MAX {
                break;
            }
            self.ended.remove(&key);
            self.reservations.remove(&key.1);
        }
        while let Some((key, _)) = self.open.iter().next() {
            let is_crowd = self.open.len() > 2 * RESERVATIONS_MAX && key.0 <= at;
            if key.0 >= horizon && !is_crowd {
                break;
            }
            self.open.remove(&key);
            self.keep_in_full(&key.1);
        }
    }

    /// A reservation that lapsed too long ago to be settled any more was spent in full.
    fn keep_in_full(&mut self, id: &ReservationId) {
        for line in self
            .reservations
            .remove(id)
            .map(|row| row.lines)
            .unwrap_or_default()
        {
            self.accounts
                .update(&place(&line.charge, line.span), |account| {
                    account.reserved = account.reserved.saturating_sub(line.amount);
                    account.settled = account.settled.saturating_add(line.amount);
                });
        }
    }
}

impl Account {
    fn opened(span: Span) -> Self {
        Account {
            span,
            settled: 0,
            reserved: 0,
            debt: 0,
            warned: false,
        }
    }

    /// All that counts.
    pub fn taken(&self) -> u64 {
        let of_reservations = self.settled.saturating_add(self.reserved);
        of_reservations.saturating_add(self.debt)
    }
}

/// Accounts as they will be, so that an event that cannot have happened changes none.
struct Changes<'l> {
    ledger: &'l Ledger,
    rows: BTreeMap<Place, Account>,
}

impl<'l> Changes<'l> {
    fn of(ledger: &'l Ledger) -> Self {
        Changes {
            ledger,
            rows: BTreeMap::new(),
        }
    }

    /// The account of this window, opened where there is none.
    fn entered(&mut self, charge: &Charge, span: Span) -> Result<&mut Account, Error> {
        if !self.ledger.limits.contains_key(&charge.limit) {
            return Err(corrupt(format!("there is no limit {}", charge.limit)));
        }
        let place = place(charge, span);
        let account = self.rows.entry(place).or_insert_with_key(|place| {
            let kept = self.ledger.accounts.get(place).map(Cow::into_owned);
            kept.unwrap_or(Account::opened(span))
        });
        // Other zone data may end the same window elsewhere; the longer one counts.
        account.span.until = account.span.until.max(span.until);
        Ok(account)
    }

    /// The account of this window, where it is kept.
    fn kept(&mut self, charge: &Charge, span: Span) -> Option<&mut Account> {
        let place = place(charge, span);
        if !self.rows.contains_key(&place) {
            let kept = self.ledger.accounts.get(&place)?.into_owned();
            self.rows.insert(place.clone(), kept);
        }
        self.rows.get_mut(&place)
    }
}

fn place(charge: &Charge, span: Span) -> Place {
    (charge.limit.clone(), charge.holder.clone(), span.start)
}

fn sum(a: u64, b: u64) -> Result<u64, Error> {
    let sum = a.checked_add(b);
    sum.ok_or_else(|| corrupt("more is reserved than can be counted"))
}

fn corrupt(why: impl Into<String>) -> Error {
    Error::at(Code::Corrupt, "events.ledger", why)
}
