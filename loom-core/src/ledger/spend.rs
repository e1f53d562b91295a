//! What was spent, and what is left.

use serde::{Deserialize, Serialize};

use super::draft::taken;
use super::{Account, Charge, Ledger, Level, Unit};
use crate::model::{Holder, LimitId, Timestamp};

/// What counts towards a limit at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Spend {
    /// Which limit.
    pub limit: LimitId,
    /// Over whom it is held.
    pub level: Level,
    /// Whose account.
    pub holder: Holder,
    /// What it counts.
    pub unit: Unit,
    /// How much there may be.
    pub max: u64,
    /// How much was spent, or lapsed and counts in full.
    pub settled: u64,
    /// How much is reserved.
    pub reserved: u64,
    /// How much was spent beyond reservations.
    pub debt: u64,
    /// How much there still may be.
    pub left: u64,
    /// When the window began; the oldest bucket that counts, of a rolling one.
    pub starts_at: Timestamp,
    /// When the first of what counts ceases to: the end of the window, or of the oldest bucket.
    pub ends_at: Timestamp,
    /// Was a warning given?
    pub warned: bool,
}

impl Ledger {
    /// What counts at this time, for each limit and holder of whom something does, in the order of
    /// their names.
    pub fn spend(&self, now: Timestamp) -> Vec<Spend> {
        let at = now.max(self.at);
        let mut charges: Vec<Charge> = Vec::new();
        for ((limit, holder, _), account) in self.accounts.iter() {
            let charge = Charge { limit, holder };
            if account.span.counts(at) && charges.last() != Some(&charge) {
                charges.push(charge);
            }
        }
        let each = charges
            .iter()
            .filter_map(|charge| self.spend_of(charge, at));
        each.collect()
    }

    /// What counts towards one limit and holder at this time; `None` where nothing does.
    pub fn spend_of(&self, charge: &Charge, now: Timestamp) -> Option<Spend> {
        let at = now.max(self.at);
        let limit = self.limits.get(&charge.limit)?;
        let counted = self.counted(charge, at);
        let spans = || counted.iter().map(|account| account.span);
        let (settled, reserved, debt) = self.parts(charge, &counted, at);
        Some(Spend {
            limit: charge.limit.clone(),
            level: limit.level,
            holder: charge.holder.clone(),
            unit: limit.unit,
            max: limit.max,
            settled,
            reserved,
            debt,
            left: limit.max.saturating_sub(taken(&counted)),
            starts_at: spans().map(|span| span.start).min()?,
            ends_at: spans().map(|span| span.until).min()?,
            warned: counted.iter().any(|account| account.warned),
        })
    }

    /// Settled, reserved and owed: what lapsed counts as settled.
    pub(super) fn parts(
        &self,
        charge: &Charge,
        counted: &[Account],
        at: Timestamp,
    ) -> (u64, u64, u64) {
        let sum = |part: fn(&Account) -> u64| counted.iter().map(part).fold(0, u64::saturating_add);
        let lapsed = self
            .open
            .iter()
            .take_while(|((lapses_at, _), _)| *lapses_at <= at);
        let rows = lapsed.filter_map(|((_, id), _)| self.reservations.get(&id));
        let lapsed: u64 = rows
            .flat_map(|row| row.into_owned().lines)
            .filter(|line| line.charge == *charge && line.span.counts(at))
            .map(|line| line.amount)
            .fold(0, u64::saturating_add);
        (
            sum(|account| account.settled).saturating_add(lapsed),
            sum(|account| account.reserved).saturating_sub(lapsed),
            sum(|account| account.debt),
        )
    }
}
