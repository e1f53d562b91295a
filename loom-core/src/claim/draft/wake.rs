//! Waiters whose turn has come. This runs in front of every command, so it first asks what the waits
//! recorded of their blockers, and looks only those up in full whose recorded blockers are all gone.

use std::sync::Arc;

use super::{Asker, Draft};
use crate::claim::layer::Waiting;
use crate::claim::scene::{Other, Scene, meets_exactly, request_of};
use crate::claim::{Cell, ClaimEvent, Granted, Mode, Outcome, WaitEnd};
use crate::error::Error;
use crate::model::{Timestamp, Token};

/// What is to be done about a wait.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Grant it.
    Serve,
    /// Its run is dead.
    Drop,
    /// Write down who is in the way now.
    Record,
}

impl Draft<'_> {
    /// Grants the waits that nobody is in the way of any more, and ends those of dead runs. Who may is
    /// asked in queue order; the events are in the order in which each became possible, then by name.
    /// Makes at most `max` of them in all of the decision (without notices), and answers whether more
    /// are due.
    ///
    /// O(1) where nobody waits. Else a glance at every wait, and O(log n) for each that is looked up.
    pub fn wake(&mut self, max: usize) -> bool {
        if !self.table.layer.has_waits() && !self.over.has_waits() {
            return false;
        }
        self.settle();
        let mut turns = Vec::new();
        let queue: Vec<Arc<Waiting>> = self.scene().queue().cloned().collect();
        let mut more = false;
        for waiting in queue {
            // Only a corrupt index fails here, and then so does the command behind this.
            let Ok(Some((turn, since))) = self.turn_of(&waiting) else {
                continue;
            };
            if self.turns + turns.len() >= max {
                more = true;
                break;
            }
            if turn == Turn::Serve {
                self.served.insert(waiting.row.wait);
            }
            turns.push((since, waiting, turn));
        }
        self.served.clear();
        self.turns += turns.len();
        turns.sort_by_key(|(since, waiting, _)| (*since, waiting.row.wait));
        let is_record = |turn: &Turn| *turn == Turn::Record;
        for (_, waiting, turn) in turns.iter().filter(|(.., turn)| !is_record(turn)) {
            match turn {
                Turn::Drop => self.end_wait(waiting.row.wait, WaitEnd::RunEnded),
                _ => more |= self.serve(waiting).is_err(),
            }
        }
        // Last, so that what is written down are the tokens of those just served.
        for (_, waiting, _) in turns.iter().filter(|(.., turn)| is_record(turn)) {
            self.record_blockers(waiting);
        }
        more
    }

    /// Is something due about this wait, given those before it in the queue, and since when?
    fn turn_of(&self, waiting: &Waiting) -> Result<Option<(Turn, Timestamp)>, Error> {
        let (scene, now) = (self.scene(), self.at());
        let run = &waiting.row.run;
        if !self.facts.runs.is_live(run, now) {
            let ended = self.facts.runs.live_until(run).unwrap_or(now);
            return Ok(Some((Turn::Drop, ended.min(now))));
        }
        if self.is_surely_blocked(scene, waiting) {
            return Ok(None);
        }
        let found = scene.find(request_of(waiting), None)?;
        if found.is_blocked() {
            let is_served = |token: Token| self.served.contains(&token);
            let is_new = found.recorded() != waiting.row.blocked_by
                || found.blockers().any(|other| is_served(other.token()));
            return Ok(is_new.then_some((Turn::Record, now)));
        }
        let since = if found.is_inside {
            now
        } else {
            self.possible_since(waiting)?
        };
        Ok(Some((Turn::Serve, since)))
    }

    /// Do the recorded blockers alone tell that the wait is not due?
    fn is_surely_blocked(&self, scene: Scene<'_>, waiting: &Waiting) -> bool {
        let blockers = || waiting.row.blocked_by.iter().copied();
        if blockers().any(|token| !self.narrowed.contains(&token) && scene.claim(token).is_some()) {
            return true;
        }
        let is_in_front = |token: Token| {
            let ahead = scene.wait(token).filter(|_| !self.served.contains(&token));
            ahead.is_some_and(|ahead| self.facts.runs.is_live(&ahead.row.run, self.at()))
        };
        blockers().any(is_in_front) && !scene.has_own_claims(&waiting.row.run)
    }

    /// When the last of what stood in its way went away.
    ///
    /// Whatever that was stood there at the last record, or the wait had been served with it. So it is
    /// still in the table: as a claim whose lease ended since, as the wait of a run that died since, or
    /// as what this decision has taken away. Recorded blockers do not tell: others may have come while
    /// they stood.
    fn possible_since(&self, waiting: &Waiting) -> Result<Timestamp, Error> {
        let (now, scene, table) = (self.at(), self.scene(), &self.table.layer);
        let (area, run, mode) = (waiting.area(), &waiting.row.run, waiting.row.mode);
        let stood = |other: Other<'_>, as_mode: Mode| {
            as_mode.meets(mode) == Cell::Conflict
                && !scene.is_own(Some(run), other.run())
                && meets_exactly(area, other.area())
        };
        let mut last = waiting.row.since;
        let mut tokens = Vec::new();
        table.held().candidates(area, &mut tokens)?;
        let claims = tokens.drain(..).filter_map(|token| table.claim(token));
        for holding in claims {
            let claim = &holding.row.claim;
            if stood(Other::Held(holding), claim.mode) {
                let is_gone = self.gone.contains(&claim.token);
                last = last.max(if is_gone { now } else { claim.expires_at });
            }
        }
        table.queued().candidates(area, &mut tokens)?;
        let waits = tokens.drain(..).filter_map(|token| table.wait(token));
        for ahead in waits.filter(|ahead| ahead.rank() < waiting.rank()) {
            if stood(Other::Queued(ahead), ahead.row.mode) {
                let died = self.facts.runs.live_until(&ahead.row.run);
                let is_gone = self.gone.contains(&ahead.row.wait);
                last = last.max(died.filter(|_| !is_gone).unwrap_or(now));
            }
        }
        Ok(last.min(now))
    }

    fn serve(&mut self, waiting: &Waiting) -> Result<(), Error> {
        self.settle();
        let scene = self.scene();
        let request = request_of(waiting);
        let mut found = scene.find(request, None)?;
        // Requests in front that this one passes, or that are served with it, are no holders.
        found.others.retain(|(cell, _)| *cell == Cell::Notice);
        let meetings = scene.meetings(request, &found, |spec| spec);
        let wait = &waiting.row;
        let token = self.take_name()?;
        let claim = Granted {
            token,
            run: wait.run.clone(),
            actor: wait.actor.clone(),
            mode: wait.mode,
            specs: wait.specs.clone(),
            intent: wait.intent,
            ttl_ms: wait.ttl_ms,
            since: self.at(),
            expires_at: self.at().plus_ms(wait.ttl_ms),
            priority: wait.priority,
            served: Some(wait.wait),
        };
        self.grant(claim, waiting.sets.clone());
        let asker = Asker {
            run: &wait.run,
            actor: &wait.actor,
            mode: wait.mode,
            intent: wait.intent,
        };
        self.tell(asker, &meetings.list, |_| Outcome::Granted);
        Ok(())
    }

    fn record_blockers(&mut self, waiting: &Waiting) {
        self.settle();
        let Ok(found) = self.scene().find(request_of(waiting), None) else {
            return;
        };
        let by = found.recorded();
        if by.is_empty() || by == waiting.row.blocked_by {
            return;
        }
        let mut row = waiting.row.clone();
        row.blocked_by = by.clone();
        let wait = row.wait;
        self.replace_wait(Waiting::new(row, waiting.sets.clone()));
        self.events.push(ClaimEvent::Blocked { wait, by });
    }
}
