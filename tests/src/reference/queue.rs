//! Asking for a claim, waiting for it, and being woken.

use loom_core::claim::{
    Cell, ClaimReply, LeftOut, Meeting, Mode, OnConflict, Outcome, RefusedFor, Spec,
};
use loom_core::coordinator::Woken;
use loom_core::error::Code;
use loom_core::model::{RunId, Timestamp, Token};
use loom_core::path::PathSetSource;

use super::meeting::capped;
use super::{Claim, Reference, Refused, Request, WAKES_MAX, Wait, refused};

/// "How long a waiter must wait to rise by one priority."
const AGEING_MS: i64 = 60_000;

/// Which of the requested places a granted place is.
type Placed = (usize, Spec);

impl Reference {
    /// "order is priority plus ageing, then arrival": what waited `AGEING_MS` longer is as good as
    /// one priority higher, so the order of two waits never changes.
    fn rank(since: Timestamp, priority: u8) -> i64 {
        since.as_ms() - i64::from(priority) * AGEING_MS
    }

    /// Whoever waits is in front of a newcomer of the same rank.
    fn is_in_front_of_newcomer(&self, wait: &Wait, request: &Request) -> bool {
        Self::rank(wait.since, wait.request.priority) <= Self::rank(self.now.at, request.priority)
    }

    fn place(wait: &Wait) -> (i64, Token) {
        (Self::rank(wait.since, wait.request.priority), wait.name)
    }

    fn is_in_front(first: &Wait, second: &Wait) -> bool {
        Self::place(first) < Self::place(second)
    }

    /// "claim {specs, mode, intent, ttl, priority, on_conflict, partial}: one grant under one token,
    /// atomic over all specs."
    pub(super) fn claim(
        &mut self,
        request: Request,
        on_conflict: OnConflict,
        partial: bool,
    ) -> Result<ClaimReply, Refused> {
        // "`partial` … is an error together with `wait`."
        if partial && on_conflict == OnConflict::Wait {
            return refused(Code::InvalidField, "partial");
        }
        let met = self.met_by_newcomer(&request);
        if met.iter().all(|one| one.cell != Cell::Conflict) {
            return Ok(self.granted(request, met));
        }
        // "`partial` leaves the meeting patterns out and names them".
        if partial {
            let (kept, left_out) = self.without_what_meets(&request, &met);
            if !kept.is_empty() {
                return Ok(self.granted_in_part(request, kept, left_out, met));
            }
        }
        match on_conflict {
            OnConflict::Refuse => Ok(self.refused(&request, RefusedFor::Conflict, met)),
            OnConflict::Advise => Ok(self.advised(request, met)),
            OnConflict::Wait => self.queue(request, met),
        }
    }

    fn refused(&mut self, request: &Request, why: RefusedFor, met: Vec<Meeting>) -> ClaimReply {
        self.tell(request, &met, |_| Outcome::Refused);
        let meetings = capped(met);
        ClaimReply::Refused { why, meetings }
    }

    /// "`advise` grants a `plan` and says so", "with the conflicts that stood in the way" beside those
    /// that a plan meets.
    fn advised(&mut self, request: Request, mut met: Vec<Meeting>) -> ClaimReply {
        let plan = Request {
            mode: Mode::Plan,
            ..request.clone()
        };
        for meeting in self.met_by_newcomer(&plan) {
            if met.iter().all(|known| known.token != meeting.token) {
                met.push(meeting);
            }
        }
        met.sort_by_key(|one| (std::cmp::Reverse(one.cell), one.token));
        self.tell(&request, &met, |_| Outcome::Advised);
        let specs = request.specs;
        let (token, expires_at) = self.grant(plan);
        ClaimReply::Granted {
            token,
            mode: Mode::Plan,
            specs,
            expires_at,
            meetings: capped(met),
            left_out: Vec::new(),
            advised: true,
        }
    }

    fn queue(&mut self, request: Request, met: Vec<Meeting>) -> Result<ClaimReply, Refused> {
        // "One pending wait a run".
        if self.wait_of(&request.run).is_some() {
            return refused(Code::AlreadyWaiting, "on_conflict");
        }
        let before = self.clone();
        let wait = self.next_token();
        self.waits.push(Wait {
            name: wait,
            request: request.clone(),
            since: self.now.at,
        });
        // "a wait or hand-over that would close a cycle is refused with the cycle named."
        if let Some(cycle) = self.cycle_through(&request.run) {
            let edges = self.edges();
            *self = before;
            self.now.edges = edges;
            return Ok(self.refused(&request, RefusedFor::Deadlock { cycle }, met));
        }
        self.tell(&request, &met, |_| Outcome::Waiting);
        Ok(ClaimReply::Waiting {
            wait,
            ahead: met.iter().filter(|one| one.queued).count() as u32,
            meetings: capped(met),
        })
    }

    fn granted(&mut self, request: Request, met: Vec<Meeting>) -> ClaimReply {
        self.tell(&request, &met, |_| Outcome::Granted);
        let (token, expires_at) = self.grant(request.clone());
        ClaimReply::Granted {
            token,
            mode: request.mode,
            specs: request.specs,
            expires_at,
            meetings: capped(met),
            left_out: Vec::new(),
            advised: false,
        }
    }

    /// "Others that are told, and that the requester should know of. Where … something `left_out`:
    /// with the conflicts that stood in the way."
    fn granted_in_part(
        &mut self,
        request: Request,
        kept: Vec<Placed>,
        left_out: Vec<LeftOut>,
        mut met: Vec<Meeting>,
    ) -> ClaimReply {
        let places: Vec<usize> = kept.iter().map(|(place, _)| *place).collect();
        let specs: Vec<Spec> = kept.into_iter().map(|(_, spec)| spec).collect();
        let part = Request {
            specs: specs.clone(),
            ..request.clone()
        };
        met.retain(|meeting| meeting.cell == Cell::Conflict);
        let beside = self.met_by_newcomer(&part);
        met.extend(beside.into_iter().map(|mut meeting| {
            meeting.spec = places[usize::from(meeting.spec)] as u16;
            meeting
        }));
        self.tell(&part, &met, |cell| match cell {
            Cell::Conflict => Outcome::Refused,
            _ => Outcome::Granted,
        });
        let (token, expires_at) = self.grant(part);
        ClaimReply::Granted {
            token,
            mode: request.mode,
            specs,
            expires_at,
            meetings: capped(met),
            left_out,
            advised: false,
        }
    }

    /// What is left of a request without the patterns and resources that meet something in the way.
    fn without_what_meets(
        &self,
        request: &Request,
        met: &[Meeting],
    ) -> (Vec<Placed>, Vec<LeftOut>) {
        let mut in_the_way: Vec<Token> = met
            .iter()
            .filter(|one| one.cell == Cell::Conflict)
            .map(|one| one.token)
            .collect();
        in_the_way.sort();
        let first_met = |alone: Spec| {
            in_the_way.iter().copied().find(|token| {
                let held = self.held_by(*token);
                self.first_shared(&held, std::slice::from_ref(&alone))
                    .is_some()
            })
        };
        let (mut kept, mut left_out) = (Vec::new(), Vec::new());
        for (place, spec) in request.specs.iter().enumerate() {
            let alone = |include: Vec<_>, resources: Vec<_>| Spec {
                paths: PathSetSource {
                    include,
                    exclude: spec.paths.exclude.clone(),
                },
                resources,
                ..spec.clone()
            };
            let mut rest = alone(Vec::new(), Vec::new());
            for pattern in &spec.paths.include {
                match first_met(alone(vec![pattern.clone()], Vec::new())) {
                    None => rest.paths.include.push(pattern.clone()),
                    Some(token) => left_out.push(LeftOut {
                        spec: place as u16,
                        pattern: Some(pattern.clone()),
                        resource: None,
                        token,
                    }),
                }
            }
            for resource in &spec.resources {
                match first_met(alone(Vec::new(), vec![resource.clone()])) {
                    None => rest.resources.push(resource.clone()),
                    Some(token) => left_out.push(LeftOut {
                        spec: place as u16,
                        pattern: None,
                        resource: Some(resource.clone()),
                        token,
                    }),
                }
            }
            if rest.paths.include.is_empty() {
                // Nothing is left to take away from.
                rest.paths.exclude.clear();
            }
            if !rest.paths.include.is_empty() || !rest.resources.is_empty() {
                kept.push((place, rest));
            }
        }
        (kept, left_out)
    }

    fn met_by_newcomer(&self, request: &Request) -> Vec<Meeting> {
        self.meetings(request, |wait| self.is_in_front_of_newcomer(wait, request))
    }

    fn grant(&mut self, request: Request) -> (Token, Timestamp) {
        let token = self.next_token();
        let since = self.now.at;
        let expires_at = since.plus_ms(request.ttl_ms);
        if matches!(request.mode, Mode::Write | Mode::Exclusive) {
            for spec in &request.specs {
                self.declared.push((request.run.clone(), spec.clone()));
            }
        }
        self.claims.push(Claim {
            token,
            run: request.run,
            actor: request.actor,
            mode: request.mode,
            granted: request.specs.clone(),
            wider: Vec::new(),
            specs: request.specs,
            intent: request.intent,
            ttl_ms: request.ttl_ms,
            priority: request.priority,
            since,
            expires_at,
            ended: None,
            told: Vec::new(),
        });
        (token, expires_at)
    }

    /// "Waking a waiter is an event: due wakes ride in front of the command's own events, ordered by
    /// (deadline, id), at most 256." Who is served is decided in the order of the queue, so that
    /// nobody passes an earlier waiter. Answers whether more are due.
    pub(super) fn wake(&mut self) -> bool {
        self.drop_waits_of_the_dead();
        let mut queue = self.waits.clone();
        queue.sort_by_key(Self::place);
        let mut scratch = self.clone();
        let mut due = Vec::new();
        for wait in &queue {
            if scratch.is_due(wait) {
                due.push((self.deadline(wait), wait.name));
                scratch.serve(wait.name);
            }
        }
        let more = due.len() > WAKES_MAX;
        due.truncate(WAKES_MAX);
        due.sort();
        for (_, name) in due {
            self.serve(name);
        }
        more
    }

    /// "waiters of dead runs drop out."
    fn drop_waits_of_the_dead(&mut self) {
        let all = std::mem::take(&mut self.waits);
        for wait in all {
            if self.is_live(&wait.request.run) {
                self.waits.push(wait);
            } else {
                let ended = self.run(&wait.request.run).map(|run| run.live_until);
                self.gone.push((wait, ended.unwrap_or(self.now.at)));
                self.now.touched = true;
            }
        }
    }

    fn is_due(&self, wait: &Wait) -> bool {
        let claims = self.claims_met(&wait.request);
        let waits = self.waits_met(&wait.request, |other| Self::is_in_front(other, wait));
        waits.is_empty() && claims.iter().all(|(_, cell, ..)| *cell != Cell::Conflict)
    }

    /// When the last of what stood in its way went away.
    fn deadline(&self, wait: &Wait) -> Timestamp {
        let let_go = self.claims.iter().flat_map(|claim| {
            let ended_at = claim.ended.map_or(claim.expires_at, |(_, at)| at);
            let all = (!self.holds(claim)).then(|| (claim.specs.clone(), ended_at));
            let parts = claim.wider.iter().cloned().chain(all);
            parts.map(move |(specs, until)| (claim, specs, until))
        });
        let let_go = let_go.filter_map(|(claim, specs, until)| {
            let held = Request {
                run: claim.run.clone(),
                mode: claim.mode,
                specs,
                ..wait.request.clone()
            };
            self.conflicts(&held, &wait.request).then_some(until)
        });
        let ended_waits = self.gone.iter().filter_map(|(other, ended_at)| {
            let stood =
                Self::is_in_front(other, wait) && self.conflicts(&other.request, &wait.request);
            stood.then_some(*ended_at)
        });
        let last = let_go.chain(ended_waits).max();
        last.map_or(wait.since, |at| at.max(wait.since))
    }

    /// "a waiter's ttl starts at the record that grants it".
    fn serve(&mut self, name: Token) {
        let place = self.waits.iter().position(|wait| wait.name == name);
        let wait = self.waits.remove(place.expect("it is due, so it waits"));
        let mut met = self.meetings(&wait.request, |_| false);
        met.retain(|one| one.cell == Cell::Notice);
        self.tell(&wait.request, &met, |_| Outcome::Granted);
        let run = wait.request.run.clone();
        self.served.push((name, wait.request.specs.clone()));
        let (token, _) = self.grant(wait.request);
        let wait = name;
        self.now.woken.push(Woken { wait, token, run });
    }

    pub(super) fn wait_of(&self, run: &RunId) -> Option<Token> {
        let wait = self.waits.iter().find(|wait| wait.request.run == *run)?;
        Some(wait.name)
    }

    pub(super) fn withdraw(&mut self, run: &RunId) -> Option<Token> {
        let name = self.wait_of(run)?;
        for wait in self.waits.extract_if(.., |wait| wait.name == name) {
            self.gone.push((wait, self.now.at));
        }
        self.now.touched = true;
        Some(name)
    }

    /// Who a run waits for. "The wait-for graph includes queue order and parent to child".
    pub fn waits_for(&self, run: &RunId) -> Vec<RunId> {
        let mut others = Vec::new();
        if !self.is_live(run) {
            return others;
        }
        let pending = |wait: &&Wait| wait.request.run == *run && self.is_live(run);
        for wait in self.waits.iter().filter(pending) {
            for (claim, cell, ..) in self.claims_met(&wait.request) {
                if cell == Cell::Conflict {
                    others.push(claim.run.clone());
                }
            }
            let in_front = self.waits_met(&wait.request, |other| Self::is_in_front(other, wait));
            others.extend(
                in_front
                    .into_iter()
                    .map(|(other, ..)| other.request.run.clone()),
            );
        }
        let children = self
            .runs
            .iter()
            .filter(|child| child.parent.as_ref() == Some(run) && self.is_live(&child.id));
        others.extend(children.map(|child| child.id.clone()));
        others
    }

    /// Who waits for whom.
    pub(super) fn edges(&self) -> Vec<(RunId, RunId)> {
        let mut edges = Vec::new();
        for run in &self.runs {
            for other in self.waits_for(&run.id) {
                edges.push((run.id.clone(), other));
            }
        }
        edges
    }

    /// A circle of runs, each waiting for the next, the last for the first; by trying all ways.
    pub(super) fn cycle_through(&self, run: &RunId) -> Option<Vec<RunId>> {
        let mut ways = vec![vec![run.clone()]];
        let mut known = vec![run.clone()];
        while let Some(way) = ways.pop() {
            for next in self.waits_for(way.last().expect("a way has a start")) {
                if next == *run {
                    return Some(way);
                }
                if !known.contains(&next) {
                    known.push(next.clone());
                    ways.push(way.iter().cloned().chain([next]).collect());
                }
            }
        }
        None
    }
}
