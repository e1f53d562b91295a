//! Loops: what they are, whether they may start, what starts them, and what is coming.

use super::decide::Decision;
use super::event::Event;
use super::reply::Reply;
use super::state::State;
use crate::claim::{self, Places, SpecRequest};
use crate::error::{Code, Error};
use crate::model::{ActorId, Digest, LoopId, RunId, SignalKey};
use crate::run::{
    LOOPS_MAX, LoopCard, LoopDefined, LoopDefinition, LoopRow, LoopStanding, LoopStood, NotStarted,
    RunEvent, SIGNAL_NAMES_MAX, Signalled, Slot,
};

impl Decision<'_> {
    pub(super) fn register_loop(&mut self, definition: &LoopDefinition) -> Result<Reply, Error> {
        let runs = &self.state.runs;
        let digest = definition.digest()?;
        if let Some(row) = runs.loop_row(&definition.id) {
            if row.digest == digest {
                return Ok(registered(definition, digest));
            }
            let message = format!(
                "loop {} is registered with another definition; update_loop replaces it",
                definition.id
            );
            return Err(Error::at(Code::AlreadyExists, "id", message));
        }
        if runs.loop_rows().len() >= LOOPS_MAX {
            let max = LOOPS_MAX as u64;
            return Err(Error::limit("id", "LOOPS_MAX", max, max + 1));
        }
        self.define(definition, digest)
    }

    pub(super) fn update_loop(
        &mut self,
        was: Digest,
        definition: &LoopDefinition,
    ) -> Result<Reply, Error> {
        let digest = definition.digest()?;
        let row = self.require_loop(&definition.id)?;
        if row.digest == digest {
            return Ok(registered(definition, digest));
        }
        if row.standing == LoopStanding::Retired {
            let message = format!("loop {} is retired", definition.id);
            return Err(Error::at(Code::NotPermitted, "definition.id", message));
        }
        if row.digest != was {
            let message = format!(
                "somebody changed loop {} since; read it again, and name the digest that it has now",
                definition.id
            );
            return Err(Error::at(Code::AlreadyExists, "was", message));
        }
        self.define(definition, digest)
    }

    pub(super) fn stand_loop(
        &mut self,
        id: &LoopId,
        standing: LoopStanding,
        reason: Option<&str>,
    ) -> Result<Reply, Error> {
        let row = self.require_loop(id)?;
        let was = row.standing;
        if was == LoopStanding::Retired && standing != LoopStanding::Retired {
            let message = format!("loop {id} is retired; register one of another name");
            return Err(Error::at(Code::NotPermitted, "id", message));
        }
        if was != standing {
            let reason = self.text("reason", reason)?;
            let stood = LoopStood {
                id: id.clone(),
                standing,
                by: self.command.actor.clone(),
                reason,
            };
            let event = RunEvent::LoopStood(Box::new(stood));
            self.others.push(Event::Run(event));
        }
        Ok(Reply::LoopStands {
            id: id.clone(),
            standing,
        })
    }

    pub(super) fn signal(&mut self, name: &ActorId, key: &SignalKey) -> Result<Reply, Error> {
        let signals = self.state.runs.signals();
        let known = signals.get(name, key).is_some();
        let runs = &self.state.runs;
        let wakes = signals.awaiting(name, key);
        let wakes = wakes.filter(|run| runs.is_live(run, self.at)).cloned();
        let wakes = wakes.collect();
        if !known {
            if !signals.has_room(name) {
                let max = SIGNAL_NAMES_MAX as u64;
                return Err(Error::limit("name", "SIGNAL_NAMES_MAX", max, max + 1));
            }
            let signal = Signalled {
                name: name.clone(),
                key: key.clone(),
                by: self.command.actor.clone(),
            };
            let event = RunEvent::Signalled(Box::new(signal));
            self.others.push(Event::Run(event));
        }
        Ok(Reply::Signalled {
            name: name.clone(),
            key: key.clone(),
            known,
            wakes,
        })
    }

    /// Why a run of a loop does not start, if it does not.
    pub(super) fn refuse_start(
        &self,
        loop_id: Option<&LoopId>,
        parent: Option<&RunId>,
        slot: Option<&Slot>,
    ) -> Result<Option<Reply>, Error> {
        let no_slot = |message: &str| Err(Error::at(Code::InvalidField, "slot", message));
        let Some(id) = loop_id else {
            return match slot {
                Some(_) => no_slot("a slot is of a loop; name it"),
                None => Ok(None),
            };
        };
        let row = self.state.runs.loop_row(id).ok_or_else(|| {
            let message = format!("loop {id} is not registered; register it first");
            Error::at(Code::NotFound, "loop", message)
        })?;
        if parent.is_some() {
            // Whoever works for a run that started is not held up by what holds up starting.
            return match slot {
                Some(_) => no_slot("a run that works for another one has its slot"),
                None => Ok(None),
            };
        }
        let loop_id = id.clone();
        if let Some((why, by)) = self.state.runs.refuse_start(row, slot, self.at)? {
            return Ok(Some(Reply::RunNotStarted {
                loop_id,
                why,
                by,
                until: None,
            }));
        }
        // What starts by hand is not queued: whoever starts it sees what the policy says of its claims.
        let until = match slot {
            Some(_) => self.state.held_until(&row.card, self.at)?,
            None => None,
        };
        Ok(until.map(|until| Reply::RunNotStarted {
            loop_id,
            why: NotStarted::Held,
            by: None,
            until: Some(until),
        }))
    }

    fn require_loop(&self, id: &LoopId) -> Result<&LoopRow, Error> {
        self.state.runs.loop_row(id).ok_or_else(|| {
            let message = format!("loop {id} is not registered; register it first");
            Error::at(Code::NotFound, "id", message)
        })
    }

    fn define(&mut self, definition: &LoopDefinition, digest: Digest) -> Result<Reply, Error> {
        definition.check()?;
        if !definition.scope.is_empty() {
            claim::resolve(&scope_of(definition), &self.state.repos).map_err(|why| {
                let field = why
                    .field()
                    .unwrap_or_default()
                    .replacen("specs", "scope", 1);
                why.about(field)
            })?;
        }
        let card: LoopCard = definition
            .clone()
            .with_texts(|field, text: String| self.required_text(field, &text))?;
        let event = RunEvent::LoopDefined(Box::new(LoopDefined { card, digest }));
        self.others.push(Event::Run(event));
        Ok(registered(definition, digest))
    }
}

impl State {
    /// The places that a loop may change, ready to be compared; `None` where it names none, or one that
    /// the repositories do not have any more.
    pub(super) fn scope(&self, row: &LoopRow) -> Option<Places> {
        claim::resolve(&scope_of(&row.card), &self.repos).ok()
    }
}

pub(super) fn scope_of<T>(definition: &LoopDefinition<T>) -> Vec<SpecRequest> {
    let areas = definition.scope.iter();
    areas
        .map(|area| SpecRequest {
            repo: area.repo.clone(),
            branch: area.branch.clone(),
            paths: area.paths.clone(),
            resources: area.resources.clone(),
        })
        .collect()
}

fn registered(definition: &LoopDefinition, digest: Digest) -> Reply {
    Reply::LoopRegistered {
        id: definition.id.clone(),
        digest,
    }
}
