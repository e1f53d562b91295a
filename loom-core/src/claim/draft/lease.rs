//! Leases that go on or end: renew, heartbeat, release, revoke, withdraw, and the end of a run.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::grant::check_ttl;
use super::{Draft, Loose};
use crate::claim::layer::Holding;
use crate::claim::{
    CLAIMS_OF_RUN_MAX, ClaimEnd, ClaimEvent, ClaimView, HOLD_MS_MAX, NotDone, ReleaseReply,
    RenewReply, Renewal, Skipped, WaitEnd,
};
use crate::error::{Code, Error};
use crate::model::{RunId, TextRef, Timestamp, Token};

impl Draft<'_> {
    /// Lets leases go on until now and `ttl_ms`, or their own length; never shortens one. Without
    /// tokens: all live claims of the run.
    ///
    /// # Errors
    /// `run_not_live`; `invalid_field` or `limit_exceeded` for `ttl_ms`; `limit_exceeded` for more tokens
    /// than a run can hold.
    pub fn renew(
        &mut self,
        run: &RunId,
        tokens: Option<&[Token]>,
        ttl_ms: Option<u64>,
    ) -> Result<RenewReply, Error> {
        self.settle();
        self.require_live_run(run, "run")?;
        ttl_ms.map_or(Ok(()), check_ttl)?;
        let (holdings, skipped) = self.named_claims(run, tokens)?;
        let renewed = self.renew_all(&holdings, ttl_ms, |_, _| true)?;
        Ok(RenewReply { renewed, skipped })
    }

    /// Lets all live claims of the run go on. Only leases with less than half of their length left are
    /// written down; the others last long enough.
    pub fn heartbeat(&mut self, run: &RunId) -> RenewReply {
        self.settle();
        let holdings: Vec<_> = self.scene().claims_of(run).into_iter().cloned().collect();
        let is_short = |holding: &Holding, at: Timestamp| {
            let claim = &holding.row.claim;
            claim.expires_at.since_ms(at).saturating_mul(2) < claim.ttl_ms
        };
        let renewed = self
            .renew_all(&holdings, None, is_short)
            .unwrap_or_default();
        RenewReply {
            renewed,
            skipped: Vec::new(),
        }
    }

    fn renew_all(
        &mut self,
        holdings: &[Arc<Holding>],
        ttl_ms: Option<u64>,
        is_due: impl Fn(&Holding, Timestamp) -> bool,
    ) -> Result<Vec<Renewal>, Error> {
        let (mut renewed, mut leases) = (Vec::new(), Vec::new());
        for holding in holdings {
            let claim = &holding.row.claim;
            let (token, mut expires_at) = (claim.token, claim.expires_at);
            let asked = self.at().plus_ms(ttl_ms.unwrap_or(claim.ttl_ms));
            let mut capped = false;
            if asked > expires_at && is_due(holding, self.at()) {
                let last = claim.since.plus_ms(HOLD_MS_MAX);
                capped = asked > last && self.scene().is_waited_for(holding)?;
                let until = if capped { last } else { asked };
                if until > expires_at {
                    expires_at = until;
                    leases.push((token, until));
                }
            }
            renewed.push(Renewal {
                token,
                expires_at,
                capped,
            });
        }
        if !leases.is_empty() {
            self.loose.push(Loose::Renewed(self.events.len()));
            self.events.push(ClaimEvent::Renewed { leases });
        }
        Ok(renewed)
    }

    /// Ends claims. A run releases its own and those of its ancestors; without tokens, all of its own.
    ///
    /// # Errors
    /// `limit_exceeded` for more tokens than a run can hold.
    pub fn release(
        &mut self,
        run: &RunId,
        tokens: Option<&[Token]>,
    ) -> Result<ReleaseReply, Error> {
        self.settle();
        let (holdings, skipped) = self.named_claims(run, tokens)?;
        let released = self.release_all(&holdings);
        Ok(ReleaseReply { released, skipped })
    }

    /// Ends everything of a run: its claims and its wait.
    pub fn end_run(&mut self, run: &RunId) -> ReleaseReply {
        self.settle();
        let waiting = self.scene().wait_of(run).map(|waiting| waiting.row.wait);
        if let Some(wait) = waiting {
            self.end_wait(wait, WaitEnd::RunEnded);
        }
        let holdings: Vec<_> = self.scene().claims_of(run).into_iter().cloned().collect();
        ReleaseReply {
            released: self.release_all(&holdings),
            skipped: Vec::new(),
        }
    }

    fn release_all(&mut self, holdings: &[Arc<Holding>]) -> Vec<ClaimView> {
        let mut released = Vec::with_capacity(holdings.len());
        for holding in holdings {
            self.end_claim(holding.row.claim.token, ClaimEnd::Released);
            released.push(holding.view());
        }
        released
    }

    /// Ends anybody's claim. That only a person may is for the caller to hold.
    ///
    /// # Errors
    /// `not_found`, `claim_not_live`.
    pub fn revoke(&mut self, token: Token, reason: Option<TextRef>) -> Result<ClaimView, Error> {
        self.settle();
        let view = self.require_claim(token)?.view();
        self.end_claim(token, ClaimEnd::Revoked { reason });
        Ok(view)
    }

    /// Ends the wait of a run, and answers its name if there was one.
    ///
    /// # Errors
    /// None so far.
    pub fn withdraw(&mut self, run: &RunId) -> Result<Option<Token>, Error> {
        self.settle();
        let waiting = self.scene().wait_of(run).map(|waiting| waiting.row.wait);
        if let Some(wait) = waiting {
            self.end_wait(wait, WaitEnd::Withdrawn);
        }
        Ok(waiting)
    }

    /// The pending wait of a run, after what was decided so far.
    pub fn wait_of(&self, run: &RunId) -> Option<Token> {
        self.scene().wait_of(run).map(|waiting| waiting.row.wait)
    }

    /// The run has read its notices up to `seq`. Reading backwards changes nothing.
    ///
    /// # Errors
    /// `invalid_field` where there is no such notice.
    pub fn seen(&mut self, run: &RunId, seq: u64) -> Result<(), Error> {
        let row = self.table.boxes.get(run);
        let last = self
            .boxes
            .get(run)
            .copied()
            .or(row.as_ref().map(|row| row.seq))
            .unwrap_or(0);
        let read = self
            .seen
            .get(run)
            .copied()
            .or(row.map(|row| row.seen))
            .unwrap_or(0);
        if seq > last {
            let message = format!("the last notice of run {run} is {last}");
            return Err(Error::at(Code::InvalidField, "seen", message));
        }
        if seq > read {
            self.seen.insert(run.clone(), seq);
            self.events.push(ClaimEvent::Seen {
                run: run.clone(),
                seq,
            });
        }
        Ok(())
    }

    /// The live claims of these names that the run may act on, each once, and why not the others.
    fn named_claims(
        &self,
        run: &RunId,
        tokens: Option<&[Token]>,
    ) -> Result<(Vec<Arc<Holding>>, Vec<Skipped>), Error> {
        let Some(tokens) = tokens else {
            return Ok((
                self.scene().claims_of(run).into_iter().cloned().collect(),
                Vec::new(),
            ));
        };
        if tokens.len() > CLAIMS_OF_RUN_MAX {
            let (max, got) = (CLAIMS_OF_RUN_MAX as u64, tokens.len() as u64);
            return Err(Error::limit("tokens", "CLAIMS_OF_RUN_MAX", max, got));
        }
        let (mut holdings, mut skipped) = (Vec::new(), Vec::new());
        let mut named = BTreeSet::new();
        for token in tokens.iter().copied().filter(|token| named.insert(*token)) {
            match self.scene().claim(token) {
                Some(holding) if self.is_same_work(run, &holding.row.claim.run) => {
                    holdings.push(holding.clone())
                }
                Some(_) => skipped.push(Skipped {
                    token,
                    why: NotDone::OtherWork,
                }),
                None => skipped.push(Skipped {
                    token,
                    why: self.end_of(token),
                }),
            }
        }
        Ok((holdings, skipped))
    }
}
