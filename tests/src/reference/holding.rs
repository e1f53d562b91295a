//! What is done to claims that are held: renewing, narrowing, handing over, ending, and the fence.

use loom_core::claim::{
    Admission, Cell, ClaimView, HandOverReply, Mode, NotDone, Outcome, RefusedFor, ReleaseReply,
    RenewReply, Renewal, Skipped, SpecRequest,
};
use loom_core::error::Code;
use loom_core::model::{Branch, RepoId, RunId, Timestamp, Token};
use loom_core::path::RepoPath;

use super::meeting::{capped, cell};
use super::{Claim, Reference, Refused, Request, Wait, refused};

/// "A holder cannot renew past `max_hold` while somebody waits." Four hours after the grant.
const HOLD_MS_MAX: u64 = 4 * 60 * 60 * 1_000;

impl Reference {
    /// "Leases: live while `now < expires_at`".
    pub(super) fn holds(&self, claim: &Claim) -> bool {
        claim.ended.is_none() && self.now.at < claim.expires_at
    }

    /// Why a claim cannot be touched by a run; `None` where it can.
    fn hindrance(&self, token: Token, may_touch: impl Fn(&Claim) -> bool) -> Option<NotDone> {
        match self.claims.iter().find(|claim| claim.token == token) {
            None => Some(NotDone::Unknown),
            Some(claim) => match claim.ended {
                Some((why, _)) => Some(why),
                None if !self.holds(claim) => Some(NotDone::Lapsed),
                None if !may_touch(claim) => Some(NotDone::OtherWork),
                None => None,
            },
        }
    }

    fn live_tokens(&self, run: &RunId) -> Vec<Token> {
        let own = self
            .claims
            .iter()
            .filter(|claim| claim.run == *run && self.holds(claim));
        own.map(|claim| claim.token).collect()
    }

    fn claim_named(&mut self, token: Token) -> &mut Claim {
        let found = self.claims.iter_mut().find(|claim| claim.token == token);
        found.expect("the token was looked up before")
    }

    fn is_waited_for(&self, claim: &Claim) -> bool {
        let held = Request {
            run: claim.run.clone(),
            mode: claim.mode,
            specs: claim.specs.clone(),
            actor: claim.actor.clone(),
            intent: None,
            ttl_ms: 0,
            priority: 0,
        };
        self.waits
            .iter()
            .any(|wait| self.is_live(&wait.request.run) && self.conflicts(&held, &wait.request))
    }

    fn renew_one(&mut self, token: Token, ttl_ms: Option<u64>, only_late: bool) -> Renewal {
        let at = self.now.at;
        let claim = self.claim_named(token).clone();
        let ttl_ms = ttl_ms.unwrap_or(claim.ttl_ms);
        let is_late = claim.expires_at.since_ms(at) < claim.ttl_ms.div_ceil(2);
        let mut until = at.plus_ms(ttl_ms);
        if only_late && !is_late {
            until = claim.expires_at;
        }
        let last = claim.since.plus_ms(HOLD_MS_MAX);
        // Said where it makes a difference.
        let capped = until > claim.expires_at && until > last && self.is_waited_for(&claim);
        if capped {
            until = last;
        }
        // A renewal takes nothing away.
        until = until.max(claim.expires_at);
        if until != claim.expires_at {
            self.claim_named(token).expires_at = until;
            self.now.touched = true;
        }
        Renewal {
            token,
            expires_at: until,
            capped,
        }
    }

    /// "Renews claims of the actor's run now, however much of their leases is left."
    pub(super) fn renew(
        &mut self,
        run: &RunId,
        tokens: Option<&[Token]>,
        ttl_ms: Option<u64>,
    ) -> RenewReply {
        let mut reply = RenewReply::default();
        let tokens = tokens.map_or_else(|| self.live_tokens(run), <[Token]>::to_vec);
        for token in tokens {
            match self.hindrance(token, |claim| self.same_work(run, &claim.run)) {
                Some(why) => reply.skipped.push(Skipped { token, why }),
                None => reply.renewed.push(self.renew_one(token, ttl_ms, false)),
            }
        }
        reply
    }

    /// "a heartbeat renews all claims of a run", those of whose lease less than half is left.
    pub(super) fn renew_late(&mut self, run: &RunId) -> RenewReply {
        let mut reply = RenewReply::default();
        for token in self.live_tokens(run) {
            reply.renewed.push(self.renew_one(token, None, true));
        }
        reply
    }

    /// "`narrow` … atomic too": all that it shall hold lies within what it holds.
    pub(super) fn narrow(
        &mut self,
        run: &RunId,
        token: Token,
        asked: &[SpecRequest],
    ) -> Result<ClaimView, Refused> {
        let specs = self.resolve(asked)?;
        self.require(token, |claim| self.same_work(run, &claim.run))?;
        let claim = self.claim_named(token).clone();
        if let Some(field) = self.first_outside(&specs, &claim.specs) {
            return refused(Code::NotNarrower, &field);
        }
        if claim.specs != specs {
            let at = self.now.at;
            let narrowed = self.claim_named(token);
            narrowed.granted.extend(specs.clone());
            narrowed.wider.push((claim.specs, at));
            narrowed.specs = specs;
            self.now.touched = true;
        }
        Ok(self.claim_named(token).view())
    }

    fn require(&self, token: Token, may_touch: impl Fn(&Claim) -> bool) -> Result<(), Refused> {
        match self.hindrance(token, may_touch) {
            None => Ok(()),
            Some(NotDone::Unknown) => refused(Code::NotFound, "token"),
            Some(NotDone::OtherWork) => refused(Code::NotPermitted, "token"),
            Some(_) => refused(Code::ClaimNotLive, "token"),
        }
    }

    /// "Gives a claim of the actor's run to another run": the same places and the same lease under a
    /// new token. "A hand-over keeps [since], so that nobody holds longer by handing over."
    pub(super) fn hand_over(
        &mut self,
        run: &RunId,
        token: Token,
        to: &RunId,
    ) -> Result<HandOverReply, Refused> {
        self.require_live(to, "to")?;
        self.require(token, |claim| self.same_work(run, &claim.run))?;
        if self.claim_named(token).run == *to {
            return refused(Code::InvalidField, "to");
        }
        let before = self.clone();
        let claim = self.claim_named(token).clone();
        let receiver = self.run(to).map(|run| run.actor.clone());
        let request = Request {
            run: to.clone(),
            actor: receiver.unwrap_or_else(|| claim.actor.clone()),
            mode: claim.mode,
            specs: claim.specs.clone(),
            intent: claim.intent,
            ttl_ms: claim.ttl_ms,
            priority: claim.priority,
        };
        self.end(token, NotDone::HandedOver);
        // What waits, waits for the claim, whoever holds it: only live claims are in the way.
        let nobody = |_: &Wait| false;
        let met = self.meetings(&request, nobody);
        if met.iter().any(|one| one.cell == Cell::Conflict) {
            *self = before;
            self.tell(&request, &met, |_| Outcome::Refused);
            let (why, meetings) = (RefusedFor::Conflict, capped(met));
            return Ok(HandOverReply::Refused { why, meetings });
        }
        let new = self.next_token();
        self.claims.push(Claim {
            token: new,
            run: to.clone(),
            actor: request.actor.clone(),
            granted: claim.specs.clone(),
            ended: None,
            told: Vec::new(),
            ..claim.clone()
        });
        if let Some(cycle) = self.cycle_through(to) {
            let edges = self.edges();
            *self = before;
            self.now.edges = edges;
            self.tell(&request, &met, |_| Outcome::Refused);
            let (why, meetings) = (RefusedFor::Deadlock { cycle }, capped(met));
            return Ok(HandOverReply::Refused { why, meetings });
        }
        self.tell(&request, &met, |_| Outcome::Granted);
        if request.mode as usize >= 2 {
            for spec in &request.specs {
                self.declared.push((to.clone(), spec.clone()));
            }
        }
        Ok(HandOverReply::HandedOver {
            token: new,
            run: to.clone(),
            expires_at: claim.expires_at,
        })
    }

    /// "Only same work releases …. A release says what it released and why anything was not."
    pub(super) fn release(&mut self, run: &RunId, tokens: Option<&[Token]>) -> ReleaseReply {
        let mut reply = ReleaseReply::default();
        let tokens = tokens.map_or_else(|| self.live_tokens(run), <[Token]>::to_vec);
        for token in tokens {
            let same_work = |claim: &Claim| self.same_work(run, &claim.run);
            match self.hindrance(token, same_work) {
                Some(why) => reply.skipped.push(Skipped { token, why }),
                None => {
                    reply.released.push(self.claim_named(token).view());
                    self.end(token, NotDone::Released);
                }
            }
        }
        reply
    }

    /// "a human revokes with a reason."
    pub(super) fn revoke(&mut self, token: Token) -> Result<ClaimView, Refused> {
        self.require(token, |_| true)?;
        let view = self.claim_named(token).view();
        self.end(token, NotDone::Revoked);
        Ok(view)
    }

    fn end(&mut self, token: Token, how: NotDone) {
        let at = self.now.at;
        self.claim_named(token).ended = Some((how, at));
        self.now.touched = true;
    }

    /// "may work done under it still land; `lapsed` or `superseded {by}` where not."
    pub(super) fn admit(
        &self,
        token: Token,
        run: &RunId,
        repo: &RepoId,
        branch: &Branch,
        paths: &[RepoPath],
    ) -> Admission {
        let holds = |claim: &Claim, path: &RepoPath| {
            claim.specs.iter().any(|spec| {
                (&spec.repo, &spec.branch) == (repo, branch) && self.set(spec).matches(path)
            })
        };
        let same_work = |claim: &Claim| self.same_work(run, &claim.run);
        match self.hindrance(token, same_work) {
            None => {
                let claim = self.claims.iter().find(|claim| claim.token == token);
                let outside = paths
                    .iter()
                    .find(|path| !claim.is_some_and(|claim| holds(claim, path)));
                // A plan or a read keeps nobody out, so whoever holds the place for writing does.
                let holder = self.claims.iter().find(|other| {
                    claim.is_some_and(|claim| !claim.mode.changes())
                        && self.holds(other)
                        && !same_work(other)
                        && cell(other.mode, Mode::Write) == Cell::Conflict
                        && paths.iter().any(|path| holds(other, path))
                });
                match outside {
                    None if holder.is_some() => Admission::Superseded {
                        by: holder.map_or(token, |holder| holder.token),
                    },
                    None => Admission::Admitted,
                    Some(path) => Admission::Outside {
                        path: path.as_str().to_owned(),
                    },
                }
            }
            Some(why @ (NotDone::Unknown | NotDone::OtherWork)) => Admission::Lapsed { why },
            Some(why) => {
                let ended = self.claims.iter().find(|claim| claim.token == token);
                if !ended.is_some_and(same_work) {
                    let why = NotDone::OtherWork;
                    return Admission::Lapsed { why };
                }
                // "somebody else holds, or took over, what it held."
                if why == NotDone::HandedOver {
                    return Admission::Superseded { by: token };
                }
                let later = self.claims.iter().find(|claim| {
                    self.holds(claim)
                        && claim.token > token
                        && !same_work(claim)
                        && ended.is_some_and(|ended| cell(claim.mode, ended.mode) == Cell::Conflict)
                        && paths.iter().any(|path| holds(claim, path))
                });
                match later {
                    Some(claim) => Admission::Superseded { by: claim.token },
                    None => Admission::Lapsed { why },
                }
            }
        }
    }

    /// The claims that are live at a time, as others see them.
    pub fn live_claims(&self, at: Timestamp) -> Vec<ClaimView> {
        let live = self
            .claims
            .iter()
            .filter(|claim| claim.ended.is_none() && at < claim.expires_at);
        live.map(Claim::view).collect()
    }

    /// The waits that pend, in the order of their arrival, as others see them.
    pub fn pending_waits(&self) -> Vec<ClaimView> {
        let mut waits: Vec<ClaimView> = self.waits.iter().map(Wait::view).collect();
        waits.sort_by_key(|wait| wait.token);
        waits
    }
}

impl Claim {
    fn view(&self) -> ClaimView {
        ClaimView {
            token: self.token,
            run: self.run.clone(),
            actor: self.actor.clone(),
            mode: self.mode,
            specs: self.specs.clone(),
            intent: self.intent.map(Into::into),
            priority: self.priority,
            since: self.since,
            expires_at: Some(self.expires_at),
        }
    }
}

impl Wait {
    fn view(&self) -> ClaimView {
        ClaimView {
            token: self.name,
            run: self.request.run.clone(),
            actor: self.request.actor.clone(),
            mode: self.request.mode,
            specs: self.request.specs.clone(),
            intent: self.request.intent.map(Into::into),
            priority: self.request.priority,
            since: self.since,
            expires_at: None,
        }
    }
}
