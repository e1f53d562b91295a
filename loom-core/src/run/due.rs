//! Which loops should start now, and whether a start may have the slot that it is for.

use serde::{Deserialize, Serialize};

use super::{LoopRow, LoopStanding, RunTable, Slot, Trigger};
use crate::error::{Code, Error};
use crate::model::{ActorId, LoopId, RunId, Timestamp};

/// The most slots that are counted as missed.
pub const MISSED_COUNTED_MAX: usize = 100;

/// A loop that should start now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueLoop {
    /// Which.
    pub id: LoopId,
    /// For what: the latest slot of a schedule, the earliest signal that nobody took.
    pub slot: Slot,
    /// How many slots or signals besides this one nobody took; at most 100 are counted.
    pub missed: u64,
    /// Its run that still works for an earlier slot: it starts once that has ended.
    pub running: Option<RunId>,
    /// Until when the policy lets it change nothing: it starts once that is over. Told by whoever knows of
    /// policies.
    pub held_until: Option<Timestamp>,
}

/// Why a run did not start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NotStarted {
    /// Another run has the slot.
    SlotTaken,
    /// A later slot was taken, or the loop was registered, changed or resumed since.
    SlotOver,
    /// A run of the loop still works for an earlier slot.
    Running,
    /// The policy lets the loop change nothing for a while.
    Held,
    /// The loop is paused.
    Paused,
    /// The loop is retired.
    Retired,
}

impl RunTable {
    /// The loops that should start at this time, in the order of their names. O(loops).
    pub fn due(&self, at: Timestamp) -> Vec<DueLoop> {
        let rows = self.loop_rows();
        let active = rows.filter(|row| row.standing == LoopStanding::Active);
        active.filter_map(|row| self.due_of(row, at)).collect()
    }

    /// When a loop next becomes due by its schedule, after this time. O(loops).
    pub fn next_start(&self, at: Timestamp) -> Option<Timestamp> {
        let rows = self.loop_rows();
        let active = rows.filter(|row| row.standing == LoopStanding::Active);
        active
            .filter_map(|row| row.card.trigger.next_slot(row.counts_from, at))
            .min()
    }

    /// May a run start for a slot of this loop? `None` where it may, else why not and which run is in
    /// the way.
    ///
    /// # Errors
    /// `invalid_field` for what is no slot of the loop.
    pub fn refuse_start(
        &self,
        row: &LoopRow,
        slot: Option<&Slot>,
        at: Timestamp,
    ) -> Result<Option<(NotStarted, Option<RunId>)>, Error> {
        match row.standing {
            LoopStanding::Active => {}
            LoopStanding::Paused => return Ok(Some((NotStarted::Paused, None))),
            LoopStanding::Retired => return Ok(Some((NotStarted::Retired, None))),
        }
        let Some(slot) = slot else { return Ok(None) };
        let winner = || row.last_start.as_ref().map(|(_, run)| run.clone());
        match (slot, &row.card.trigger) {
            (Slot::At(time), Trigger::Cron(_) | Trigger::Interval(_)) => {
                if *time > at {
                    return Err(no_slot(format!("{time} has not come yet")));
                }
                if *time <= row.open_from() {
                    let same = matches!(&row.last_start, Some((Slot::At(last), _)) if last == time);
                    return Ok(Some(match same {
                        true => (NotStarted::SlotTaken, winner()),
                        false => (NotStarted::SlotOver, None),
                    }));
                }
                if row.card.trigger.last_slot(row.counts_from, *time) != Some(*time) {
                    return Err(no_slot(format!("the loop does not start at {time}")));
                }
            }
            (Slot::Signal(key), Trigger::Event(event)) => {
                let Some(signal) = self.signals().get(&event.name, key) else {
                    let message = format!("no signal {} was given for {key}", event.name);
                    return Err(no_slot(message));
                };
                if signal.taken_by.contains(&row.card.id) {
                    let same =
                        matches!(&row.last_start, Some((Slot::Signal(last), _)) if last == key);
                    return Ok(Some((NotStarted::SlotTaken, winner().filter(|_| same))));
                }
                if signal.at <= row.counts_from {
                    return Ok(Some((NotStarted::SlotOver, None)));
                }
            }
            _ => {
                let message =
                    "a slot is a time of a schedule, or the key of a signal that it listens to";
                return Err(no_slot(message.to_owned()));
            }
        }
        let running = self.running(row, at);
        Ok(running.map(|run| (NotStarted::Running, Some(run))))
    }

    /// The run that started for the loop's last slot, while it is alive.
    pub fn running(&self, row: &LoopRow, at: Timestamp) -> Option<RunId> {
        let (_, run) = row.last_start.as_ref()?;
        self.is_live(run, at).then(|| run.clone())
    }

    fn due_of(&self, row: &LoopRow, at: Timestamp) -> Option<DueLoop> {
        let (slot, missed) = match &row.card.trigger {
            Trigger::Manual {} => return None,
            Trigger::Event(event) => self.waiting_signals(row, &event.name)?,
            trigger => {
                let open = row.open_from();
                let last = trigger.last_slot(row.counts_from, at)?;
                if last <= open {
                    return None;
                }
                let from = open.plus_ms(1);
                let earlier = trigger.slots(row.counts_from, from..last, MISSED_COUNTED_MAX);
                (Slot::At(last), earlier.len() as u64)
            }
        };
        Some(DueLoop {
            id: row.card.id.clone(),
            slot,
            missed,
            running: self.running(row, at),
            held_until: None,
        })
    }

    /// The earliest signal that the loop has not taken, and how many more there are.
    fn waiting_signals(&self, row: &LoopRow, name: &ActorId) -> Option<(Slot, u64)> {
        let open = self.signals().of(name).filter(|signal| {
            signal.at > row.counts_from && !signal.taken_by.contains(&row.card.id)
        });
        let mut open = open.map(|signal| &signal.key);
        let first = open.next()?;
        Some((Slot::Signal(first.clone()), open.count() as u64))
    }
}

fn no_slot(message: String) -> Error {
    Error::at(Code::InvalidField, "slot", message)
}
