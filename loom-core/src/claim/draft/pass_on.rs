//! A claim that changes while it is held: it holds less, or another run holds it.

use super::{Asker, Draft, Loose};
use crate::claim::area::{Area, resolve_and_compile};
use crate::claim::layer::{FRONT, Holding};
use crate::claim::rows::ClaimRow;
use crate::claim::scene::Request;
use crate::claim::{
    ClaimEvent, ClaimView, Granted, HandOverReply, NotDone, Outcome, RefusedFor, SpecRequest,
};
use crate::error::{Code, Error};
use crate::model::{Actor, RunId, Token};

impl Draft<'_> {
    /// Holds less under the same token. Each repository and branch is compared by itself; the mode
    /// stays.
    ///
    /// # Errors
    /// `not_narrower` with something that was not held; `not_permitted` for other work's claim;
    /// `run_not_live`, `claim_not_live`, `not_found`; those of [`crate::claim::resolve`].
    pub fn narrow(
        &mut self,
        run: &RunId,
        token: Token,
        specs: &[SpecRequest],
    ) -> Result<ClaimView, Error> {
        self.settle();
        self.require_live_run(run, "run")?;
        let holding = self.require_own_claim(run, token)?;
        let (specs, sets) = resolve_and_compile(specs, self.facts.repos)?;
        holding.area().holds(Area {
            specs: &specs,
            sets: &sets,
        })?;
        if specs != holding.row.claim.specs {
            let mut row = holding.row.clone();
            row.claim.specs = specs.clone();
            self.replace_claim(row, sets);
            self.narrowed.insert(token);
            self.events.push(ClaimEvent::Narrowed {
                token,
                specs: specs.clone(),
            });
        }
        Ok(ClaimView {
            specs,
            ..holding.view()
        })
    }

    /// Gives a claim to another run, as it is: the same places, mode, end of lease, and time since when
    /// it is held. The new holder is checked as if it asked now; who waits is not passed by this, since
    /// the claim is held already.
    ///
    /// # Errors
    /// `not_permitted` for other work's claim; `run_not_live` for either run; `claim_not_live`,
    /// `not_found`; `invalid_field` for the holder itself; `limit_exceeded` over
    /// [`CLAIMS_OF_RUN_MAX`](crate::claim::CLAIMS_OF_RUN_MAX).
    pub fn hand_over(
        &mut self,
        run: &RunId,
        token: Token,
        to: &RunId,
        to_actor: &Actor,
    ) -> Result<HandOverReply, Error> {
        self.settle();
        self.require_live_run(run, "run")?;
        let holding = self.require_own_claim(run, token)?;
        self.require_live_run(to, "to")?;
        let old = &holding.row.claim;
        if *to == old.run {
            let message = format!("run {to} holds the claim already");
            return Err(Error::at(Code::InvalidField, "to", message));
        }
        self.require_room(to, "to")?;
        let asker = Asker {
            run: to,
            actor: to_actor,
            mode: old.mode,
            intent: old.intent,
        };
        let request = Request {
            run: Some(to),
            mode: old.mode,
            area: holding.area(),
            rank: FRONT,
        };
        let found = self.scene().find(request, Some(token))?;
        let meetings = self.scene().meetings(request, &found, |spec| spec);
        if found.is_blocked() {
            self.tell(asker, &meetings.list, |_| Outcome::Refused);
            let meetings = meetings.listed();
            return Ok(HandOverReply::Refused {
                why: RefusedFor::Conflict,
                meetings,
            });
        }
        let claim = Granted {
            token: self.peek_name(),
            run: to.clone(),
            actor: to_actor.clone(),
            served: None,
            ..old.clone()
        };
        if let Some(cycle) = self.circle_after(&holding, &claim)? {
            self.tell(asker, &meetings.list, |_| Outcome::Refused);
            let meetings = meetings.listed();
            return Ok(HandOverReply::Refused {
                why: RefusedFor::Deadlock { cycle },
                meetings,
            });
        }
        let (run, expires_at) = (to.clone(), old.expires_at);
        let new = self.take_name()?;
        self.drop_claim(token, NotDone::HandedOver);
        self.loose
            .push(Loose::Granted(self.events.len(), holding.sets.clone()));
        self.events.push(ClaimEvent::HandedOver {
            token,
            to: Box::new(claim),
        });
        self.tell(asker, &meetings.list, |_| Outcome::Granted);
        Ok(HandOverReply::HandedOver {
            token: new,
            run,
            expires_at,
        })
    }

    /// The circle that would be closed if the claim were held by the new run.
    fn circle_after(&mut self, old: &Holding, new: &Granted) -> Result<Option<Vec<RunId>>, Error> {
        let token = old.row.claim.token;
        let was_gone = !self.gone.insert(token);
        let above = self.over.remove_claim(token);
        let row = ClaimRow {
            claim: new.clone(),
            told: Vec::new(),
        };
        self.over.insert_claim(Holding::new(row, old.sets.clone()));
        let circle = self.scene().circle(&new.run);
        self.over.remove_claim(new.token);
        if let Some(above) = above {
            self.over.insert_claim((*above).clone());
        }
        if !was_gone {
            self.gone.remove(&token);
        }
        circle
    }

    fn require_own_claim(
        &self,
        run: &RunId,
        token: Token,
    ) -> Result<std::sync::Arc<Holding>, Error> {
        let holding = self.require_claim(token)?;
        let holder = &holding.row.claim.run;
        if self.is_same_work(run, holder) {
            return Ok(holding.clone());
        }
        let message =
            format!("claim {token} is held by run {holder}, which is other work than {run}");
        Err(Error::at(Code::NotPermitted, "token", message))
    }
}
