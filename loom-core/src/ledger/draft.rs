//! What reserving, settling and cancelling would make happen. Nothing is changed here.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::words::{amount, within};
use super::{
    ACCOUNTS_MAX, Account, Amounts, CHARGES_MAX, Charge, LIMITS_MAX, Ledger, LedgerEvent, Limit,
    Line, RESERVATION_TTL_MS_MAX, RESERVATION_TTL_MS_MIN, RESERVATIONS_MAX, Reservation, Reserve,
    ReserveReply, Settlement, Short, Span, Unknown,
};
use crate::error::{Code, Error};
use crate::model::{ReservationId, Timestamp};

/// What a request to reserve comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What is to be folded; nothing where the request is refused.
    pub events: Vec<LedgerEvent>,
    /// What is answered.
    pub reply: ReserveReply,
}

impl Ledger {
    /// Sets all limits anew.
    ///
    /// # Errors
    /// `limit_exceeded` over [`LIMITS_MAX`], for an amount over [`super::AMOUNT_MAX`] and a rolling window
    /// outside its limits; `invalid_field` for a warning outside 1 to 100 percent; `already_exists` where
    /// two have one name.
    pub fn set_limits(&self, limits: Vec<Limit>) -> Result<LedgerEvent, Error> {
        at_most("limits", "LIMITS_MAX", LIMITS_MAX, limits.len())?;
        let mut names = BTreeSet::new();
        for (nth, limit) in limits.iter().enumerate() {
            limit
                .check()
                .map_err(|error| error.within(&format!("limits[{nth}]")))?;
            if !names.insert(&limit.id) {
                let why = format!(
                    "there is a limit {} already; give each its own name",
                    limit.id
                );
                return Err(Error::at(
                    Code::AlreadyExists,
                    format!("limits[{nth}].id"),
                    why,
                ));
            }
        }
        Ok(LedgerEvent::LimitsSet { limits })
    }

    /// Reserves at all limits that apply, or at none.
    ///
    /// # Errors
    /// `not_found` for a limit that is not set, `already_exists` for an id that was used, `invalid_field`
    /// where a limit and holder are named twice, `limit_exceeded` for too many charges, reservations or
    /// accounts, an amount or a time outside its limits.
    pub fn reserve(&self, ask: &Reserve, now: Timestamp) -> Result<Decision, Error> {
        let at = now.max(self.at);
        self.check(ask, at)?;
        let (mut lines, mut short, mut warnings, mut opened) = (vec![], vec![], vec![], 0);
        for (nth, charge) in ask.charges.iter().enumerate() {
            let limit = self.limits.get(&charge.limit).ok_or_else(|| {
                let why = format!("there is no limit {}; set it first", charge.limit);
                Error::at(Code::NotFound, format!("charges[{nth}].limit"), why)
            })?;
            let asked = match (limit.unit.of(&ask.estimate), limit.unknown) {
                (Some(asked), _) => asked,
                (None, Unknown::Floor(floor)) => floor,
                (None, Unknown::Refuse) => {
                    let (charge, unit) = (charge.clone(), limit.unit);
                    return Ok(refused(ReserveReply::UnknownEstimate { charge, unit }));
                }
            };
            let span = Span::of(limit.per, at);
            let counted = self.counted(charge, at);
            opened += usize::from(
                !counted
                    .iter()
                    .any(|account| account.span.start == span.start),
            );
            let after = taken(&counted).saturating_add(asked);
            if after > limit.max {
                short.push(self.short(limit, charge, asked, &counted, at));
            }
            warnings.extend(warning(limit, charge, span, &counted, after));
            lines.push(Line {
                charge: charge.clone(),
                span,
                amount: asked,
            });
        }
        if !short.is_empty() {
            let rooms: Option<Vec<Timestamp>> = short.iter().map(|short| short.room_at).collect();
            let room_at = rooms.and_then(|rooms| rooms.into_iter().max());
            return Ok(refused(ReserveReply::Refused { short, room_at }));
        }
        self.has_accounts(opened, at)?;
        let lapses_at = at.plus_ms(ask.ttl_ms);
        let mut events = vec![LedgerEvent::Reserved {
            id: ask.id.clone(),
            run: ask.run.clone(),
            lapses_at,
            lines,
        }];
        events.extend(warnings);
        let reply = ReserveReply::Granted { lapses_at };
        Ok(Decision { events, reply })
    }

    /// Ends a reservation with what it came to. What `actual` does not name was spent in full. One that
    /// lapsed is corrected, as long as it is remembered ([`super::RESERVATION_MEMORY_MS`]).
    ///
    /// # Errors
    /// `not_found` for an unknown reservation, `already_exists` for one that was settled or cancelled,
    /// `limit_exceeded` for an amount over [`super::AMOUNT_MAX`].
    pub fn settle(
        &self,
        id: &ReservationId,
        actual: &Amounts,
        now: Timestamp,
    ) -> Result<Vec<LedgerEvent>, Error> {
        let at = now.max(self.at);
        amounts("actual", actual)?;
        let row = self.open_one(id)?;
        let (mut lines, mut warnings) = (vec![], vec![]);
        for line in &row.lines {
            let Some(limit) = self.limits.get(&line.charge.limit) else {
                continue;
            };
            let spent = limit.unit.of(actual).unwrap_or(line.amount);
            let settled = spent.min(line.amount);
            let (debt, span) = (spent - settled, Span::of(limit.per, at));
            if debt > 0 {
                let counted = self.counted(&line.charge, at);
                let after = taken(&counted).saturating_add(debt);
                warnings.extend(warning(limit, &line.charge, span, &counted, after));
            }
            lines.push(Settlement {
                charge: line.charge.clone(),
                settled,
                debt,
                span,
            });
        }
        let id = id.clone();
        let mut events = vec![LedgerEvent::Settled { id, lines }];
        events.extend(warnings);
        Ok(events)
    }

    /// Ends a reservation of which nothing was spent, also one that lapsed.
    ///
    /// # Errors
    /// `not_found` for an unknown reservation, `already_exists` for one that was settled or cancelled.
    pub fn cancel(&self, id: &ReservationId) -> Result<Vec<LedgerEvent>, Error> {
        self.open_one(id)?;
        Ok(vec![LedgerEvent::Cancelled { id: id.clone() }])
    }

    fn check(&self, ask: &Reserve, at: Timestamp) -> Result<(), Error> {
        if self.reservations.contains(&ask.id) {
            let why = format!("there is a reservation {} already; take a new id", ask.id);
            return Err(Error::at(Code::AlreadyExists, "id", why));
        }
        at_most("charges", "CHARGES_MAX", CHARGES_MAX, ask.charges.len())?;
        let mut seen = BTreeSet::new();
        for (nth, charge) in ask.charges.iter().enumerate() {
            if !seen.insert(charge) {
                let why = "a reservation is charged to a limit and holder once";
                let field = format!("charges[{nth}]");
                return Err(Error::at(Code::InvalidField, field, why));
            }
        }
        amounts("estimate", &ask.estimate)?;
        within(
            "ttl_ms",
            ask.ttl_ms,
            ("RESERVATION_TTL_MS_MIN", RESERVATION_TTL_MS_MIN),
            ("RESERVATION_TTL_MS_MAX", RESERVATION_TTL_MS_MAX),
        )?;
        let is_crowd = self.open.len() >= RESERVATIONS_MAX
            && self.live_from(at).take(RESERVATIONS_MAX).count() == RESERVATIONS_MAX;
        let live = RESERVATIONS_MAX + usize::from(is_crowd);
        at_most("id", "RESERVATIONS_MAX", RESERVATIONS_MAX, live)
    }

    /// Is there room for accounts to be opened?
    fn has_accounts(&self, opened: usize, at: Timestamp) -> Result<(), Error> {
        let len = self.accounts.len() + opened;
        if len <= ACCOUNTS_MAX {
            return Ok(());
        }
        let over = self
            .by_until
            .iter()
            .take_while(|((until, _), _)| *until <= at);
        at_most("charges", "ACCOUNTS_MAX", ACCOUNTS_MAX, len - over.count())
    }

    fn open_one(&self, id: &ReservationId) -> Result<Cow<'_, Reservation>, Error> {
        let row = self.reservations.get(id).ok_or_else(|| {
            let why = format!("there is no reservation {id}, or it was forgotten; reserve first");
            Error::at(Code::NotFound, "id", why)
        })?;
        match row.ended_at {
            None => Ok(row),
            Some(at) => {
                let why = format!("reservation {id} ended at {at}; one ends once");
                Err(Error::at(Code::AlreadyExists, "id", why))
            }
        }
    }

    fn short(
        &self,
        limit: &Limit,
        charge: &Charge,
        asked: u64,
        counted: &[Account],
        at: Timestamp,
    ) -> Short {
        let (settled, reserved, debt) = self.parts(charge, counted, at);
        Short {
            limit: charge.limit.clone(),
            holder: charge.holder.clone(),
            unit: limit.unit,
            max: limit.max,
            settled,
            reserved,
            debt,
            asked,
            room_at: room_at(limit.max, asked, counted),
        }
    }
}

/// All that counts.
pub(super) fn taken(counted: &[Account]) -> u64 {
    let each = counted.iter().map(Account::taken);
    each.fold(0, u64::saturating_add)
}

/// When so much fits, if nothing else happens: one window after the other ends.
fn room_at(max: u64, asked: u64, counted: &[Account]) -> Option<Timestamp> {
    let mut left: Vec<&Account> = counted.iter().collect();
    left.sort_by_key(|account| std::cmp::Reverse(account.span.until));
    while let Some(account) = left.pop() {
        let rest = left.iter().map(|account| account.taken());
        let after = rest.fold(asked, u64::saturating_add);
        let ends = account.span.until;
        if after <= max && left.last().is_none_or(|next| next.span.until > ends) {
            return (ends < Timestamp::MAX).then_some(ends);
        }
    }
    None
}

/// The warning that is due, unless it was given in a window that still counts.
fn warning(
    limit: &Limit,
    charge: &Charge,
    span: Span,
    counted: &[Account],
    taken: u64,
) -> Option<LedgerEvent> {
    let was_given = counted.iter().any(|account| account.warned);
    (!was_given && limit.warns_at(taken)).then(|| LedgerEvent::Warned {
        charge: charge.clone(),
        span,
        taken,
        max: limit.max,
    })
}

fn amounts(field: &str, amounts: &Amounts) -> Result<(), Error> {
    amounts.values().try_for_each(|given| amount(field, *given))
}

fn refused(reply: ReserveReply) -> Decision {
    Decision {
        events: Vec::new(),
        reply,
    }
}

fn at_most(field: &str, name: &'static str, max: usize, got: usize) -> Result<(), Error> {
    if got <= max {
        return Ok(());
    }
    Err(Error::limit(field, name, max as u64, got as u64))
}
