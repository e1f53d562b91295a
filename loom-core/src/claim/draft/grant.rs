//! Asking for a claim: granted, in part granted, queued, turned into a plan, or refused.

use super::{Asker, Draft};
use crate::claim::area::{Area, resolve_and_compile};
use crate::claim::layer::Waiting;
use crate::claim::scene::{Found, Other, Request};
use crate::claim::{
    CLAIMS_OF_RUN_MAX, Cell, ClaimEvent, ClaimReply, ClaimRequest, Granted, HOLDERS_TOLD_MAX,
    LeftOut, Meetings, Mode, OnConflict, Outcome, PRIORITY_MAX, Queued, RefusedFor, Spec,
    TTL_MS_MAX, TTL_MS_MIN, WAITS_MAX,
};
use crate::error::{Code, Error};
use crate::model::{Actor, Resource, RunId, Token};
use crate::path::{PathSet, PathSetSource, PatternSource};

/// A request with its places resolved.
struct Asked<'r> {
    asker: Asker<'r>,
    request: &'r ClaimRequest,
    specs: Vec<Spec>,
    sets: Vec<PathSet>,
}

/// What is left of a request when that which meets a blocker is left out.
struct Rest {
    specs: Vec<Spec>,
    sets: Vec<PathSet>,
    /// Where each remaining spec stood.
    spec_of: Vec<u16>,
    left_out: Vec<LeftOut>,
}

impl Draft<'_> {
    /// Asks for a claim. Wake the waiters first: they come before.
    ///
    /// # Errors
    /// `run_not_live`; those of [`crate::claim::resolve`]; `invalid_field` or `limit_exceeded` for
    /// `ttl_ms`, `priority`, `partial`; `limit_exceeded` over [`CLAIMS_OF_RUN_MAX`] and [`WAITS_MAX`];
    /// `already_waiting` where it would queue a second time.
    pub fn claim(
        &mut self,
        actor: &Actor,
        run: &RunId,
        request: &ClaimRequest,
    ) -> Result<ClaimReply, Error> {
        self.settle();
        self.require_live_run(run, "run")?;
        check_terms(request)?;
        let (specs, sets) = resolve_and_compile(&request.specs, self.facts.repos)?;
        self.require_room(run, "run")?;
        let asker = Asker {
            run,
            actor,
            mode: request.mode,
            intent: request.intent,
        };
        let asked = Asked {
            asker,
            request,
            specs,
            sets,
        };
        self.answer(asked).map(ClaimReply::listed)
    }

    fn answer(&mut self, asked: Asked<'_>) -> Result<ClaimReply, Error> {
        let scene = self.scene();
        let request = self.request_of(&asked);
        let found = scene.find(request, None)?;
        let meetings = scene.meetings(request, &found, |spec| spec);
        if !found.is_blocked() {
            let mode = asked.request.mode;
            return self.grant_all(asked, mode, meetings);
        }
        if asked.request.partial {
            let rest = rest_of(&asked, &found)?;
            if !rest.specs.is_empty()
                && let Some(meetings) = self.meetings_of_rest(&asked, &rest, meetings.clone())?
            {
                return self.grant_rest(asked, rest, meetings);
            }
        }
        match asked.request.on_conflict {
            OnConflict::Refuse => Ok(self.refuse(&asked, RefusedFor::Conflict, meetings)),
            OnConflict::Advise => self.advise(asked),
            OnConflict::Wait => {
                let (ahead, blocked_by) = (found.ahead(), found.recorded());
                self.enqueue(asked, meetings, ahead, blocked_by)
            }
        }
    }

    /// Grants all that was asked, as what was asked or as a plan in its place.
    fn grant_all(
        &mut self,
        asked: Asked<'_>,
        mode: Mode,
        meetings: Meetings,
    ) -> Result<ClaimReply, Error> {
        let advised = mode != asked.request.mode;
        let outcome = if advised {
            Outcome::Advised
        } else {
            Outcome::Granted
        };
        let (token, expires_at) =
            self.grant_as(&asked, mode, asked.specs.clone(), asked.sets.clone())?;
        self.tell(asked.asker, &meetings.list, |_| outcome);
        let (specs, left_out) = (asked.specs, Vec::new());
        Ok(ClaimReply::Granted {
            token,
            mode,
            specs,
            expires_at,
            meetings,
            left_out,
            advised,
        })
    }

    fn grant_rest(
        &mut self,
        asked: Asked<'_>,
        rest: Rest,
        meetings: Meetings,
    ) -> Result<ClaimReply, Error> {
        let mode = asked.request.mode;
        let (token, expires_at) = self.grant_as(&asked, mode, rest.specs.clone(), rest.sets)?;
        self.tell(asked.asker, &meetings.list, |meeting| match meeting.cell {
            Cell::Conflict => Outcome::Refused,
            _ => Outcome::Granted,
        });
        let (specs, left_out, advised) = (rest.specs, rest.left_out, false);
        Ok(ClaimReply::Granted {
            token,
            mode,
            specs,
            expires_at,
            meetings,
            left_out,
            advised,
        })
    }

    /// A plan can meet nobody in conflict, so it is granted whatever stood in the way.
    fn advise(&mut self, asked: Asked<'_>) -> Result<ClaimReply, Error> {
        let scene = self.scene();
        let request = self.request_of(&asked);
        let mut found = scene.find(request, None)?;
        let as_plan = scene.find(
            Request {
                mode: Mode::Plan,
                ..request
            },
            None,
        )?;
        for (cell, other) in as_plan.others {
            if !found
                .others
                .iter()
                .any(|(_, known)| known.token() == other.token())
            {
                found.others.push((cell, other));
            }
        }
        found
            .others
            .sort_unstable_by_key(|(_, other)| other.token());
        let meetings = scene.meetings(request, &found, |spec| spec);
        self.grant_all(asked, Mode::Plan, meetings)
    }

    fn refuse(&mut self, asked: &Asked<'_>, why: RefusedFor, meetings: Meetings) -> ClaimReply {
        self.tell(asked.asker, &meetings.list, |_| Outcome::Refused);
        ClaimReply::Refused { why, meetings }
    }

    fn enqueue(
        &mut self,
        asked: Asked<'_>,
        meetings: Meetings,
        ahead: usize,
        blocked_by: Vec<Token>,
    ) -> Result<ClaimReply, Error> {
        let run = asked.asker.run;
        if let Some(waiting) = self.scene().wait_of(run) {
            let message = format!(
                "run {run} waits already, as {}; withdraw that first",
                waiting.row.wait
            );
            return Err(Error::at(Code::AlreadyWaiting, "on_conflict", message));
        }
        let waits = self.scene().waits_len();
        if waits >= WAITS_MAX {
            return Err(Error::limit(
                "on_conflict",
                "WAITS_MAX",
                WAITS_MAX as u64,
                waits as u64 + 1,
            ));
        }
        let wait = self.peek_name();
        let row = Queued {
            wait,
            run: run.clone(),
            actor: asked.asker.actor.clone(),
            mode: asked.request.mode,
            specs: asked.specs.clone(),
            intent: asked.request.intent,
            ttl_ms: asked.request.ttl_ms,
            priority: asked.request.priority,
            since: self.at(),
            blocked_by,
        };
        self.over
            .insert_wait(Waiting::new(row.clone(), asked.sets.clone()));
        if let Some(cycle) = self.scene().circle(run)? {
            self.over.remove_wait(wait);
            return Ok(self.refuse(&asked, RefusedFor::Deadlock { cycle }, meetings));
        }
        self.take_name()?;
        self.events.push(ClaimEvent::Queued(Box::new(row)));
        self.tell(asked.asker, &meetings.list, |_| Outcome::Waiting);
        let ahead = u32::try_from(ahead).unwrap_or(u32::MAX);
        Ok(ClaimReply::Waiting {
            wait,
            ahead,
            meetings,
        })
    }

    fn grant_as(
        &mut self,
        asked: &Asked<'_>,
        mode: Mode,
        specs: Vec<Spec>,
        sets: Vec<PathSet>,
    ) -> Result<(Token, crate::model::Timestamp), Error> {
        let token = self.take_name()?;
        let expires_at = self.at().plus_ms(asked.request.ttl_ms);
        let claim = Granted {
            token,
            run: asked.asker.run.clone(),
            actor: asked.asker.actor.clone(),
            mode,
            specs,
            intent: asked.request.intent,
            ttl_ms: asked.request.ttl_ms,
            since: self.at(),
            expires_at,
            priority: asked.request.priority,
            served: None,
        };
        self.grant(claim, sets);
        Ok((token, expires_at))
    }

    fn request_of<'r>(&self, asked: &'r Asked<'r>) -> Request<'r> {
        let area = Area {
            specs: &asked.specs,
            sets: &asked.sets,
        };
        self.request(
            asked.asker.run,
            asked.request.mode,
            area,
            asked.request.priority,
        )
    }

    /// The conflicts that something was left out for, and the notices of what is left; `None` where the
    /// rest, taken together, had to be assumed to conflict as well.
    fn meetings_of_rest(
        &self,
        asked: &Asked<'_>,
        rest: &Rest,
        all: Meetings,
    ) -> Result<Option<Meetings>, Error> {
        let scene = self.scene();
        let area = Area {
            specs: &rest.specs,
            sets: &rest.sets,
        };
        let request = self.request(
            asked.asker.run,
            asked.request.mode,
            area,
            asked.request.priority,
        );
        let found = scene.find(request, None)?;
        if found.is_blocked() {
            return Ok(None);
        }
        let spec_of = |spec: u16| rest.spec_of.get(usize::from(spec)).copied().unwrap_or(spec);
        let beside = scene.meetings(request, &found, spec_of);
        let in_the_way = scene.find(self.request_of(asked), None)?.blockers().count() as u64;
        let mut list = all.list;
        list.retain(|meeting| meeting.cell == Cell::Conflict);
        let total = in_the_way + beside.list.len() as u64 + beside.more;
        list.extend(beside.list);
        list.truncate(HOLDERS_TOLD_MAX);
        let more = total.saturating_sub(list.len() as u64);
        Ok(Some(Meetings { list, more }))
    }

    /// May this run hold one claim more? A wait counts, since it will become one.
    pub(super) fn require_room(&self, run: &RunId, field: &str) -> Result<(), Error> {
        let rough = self.table.layer.claims_len(run) + self.over.claims_len(run) + 1;
        if rough < CLAIMS_OF_RUN_MAX {
            return Ok(());
        }
        let scene = self.scene();
        let held = scene.claims_of(run).len() + usize::from(scene.wait_of(run).is_some());
        if held < CLAIMS_OF_RUN_MAX {
            return Ok(());
        }
        Err(Error::limit(
            field,
            "CLAIMS_OF_RUN_MAX",
            CLAIMS_OF_RUN_MAX as u64,
            held as u64 + 1,
        ))
    }
}

fn check_terms(request: &ClaimRequest) -> Result<(), Error> {
    check_ttl(request.ttl_ms)?;
    if request.priority > PRIORITY_MAX {
        let (max, got) = (u64::from(PRIORITY_MAX), u64::from(request.priority));
        return Err(Error::limit("priority", "PRIORITY_MAX", max, got));
    }
    if request.partial && request.on_conflict == OnConflict::Wait {
        let message =
            "a request either waits for all of it or goes without a part; drop one of the two";
        return Err(Error::at(Code::InvalidField, "partial", message));
    }
    Ok(())
}

pub(super) fn check_ttl(ttl_ms: u64) -> Result<(), Error> {
    if ttl_ms > TTL_MS_MAX {
        return Err(Error::limit("ttl_ms", "TTL_MS_MAX", TTL_MS_MAX, ttl_ms));
    }
    if ttl_ms < TTL_MS_MIN {
        return Err(Error::below("ttl_ms", "TTL_MS_MIN", TTL_MS_MIN, ttl_ms));
    }
    Ok(())
}

/// Each pattern, less the set's excludes, and each resource is asked for by itself, and left out where
/// it meets a blocker.
fn rest_of(asked: &Asked<'_>, found: &Found<'_>) -> Result<Rest, Error> {
    let blockers: Vec<Other<'_>> = found.blockers().collect();
    let mut rest = Rest {
        specs: Vec::new(),
        sets: Vec::new(),
        spec_of: Vec::new(),
        left_out: Vec::new(),
    };
    for (at, (spec, set)) in (Area {
        specs: &asked.specs,
        sets: &asked.sets,
    })
    .parts()
    .enumerate()
    {
        let spec_at = u16::try_from(at).unwrap_or(u16::MAX);
        let mut paths = PathSetSource {
            include: Vec::new(),
            exclude: spec.paths.exclude.clone(),
        };
        let mut resources = Vec::new();
        for pattern in &spec.paths.include {
            let alone = PathSetSource {
                include: vec![pattern.clone()],
                exclude: spec.paths.exclude.clone(),
            };
            match blocker_of(part(spec, alone, Vec::new()), set, &blockers)? {
                None => paths.include.push(pattern.clone()),
                Some(token) => rest
                    .left_out
                    .push(left_out(spec_at, token, Some(pattern), None)),
            }
        }
        for resource in &spec.resources {
            match blocker_of(
                part(spec, PathSetSource::default(), vec![resource.clone()]),
                set,
                &blockers,
            )? {
                None => resources.push(resource.clone()),
                Some(token) => rest
                    .left_out
                    .push(left_out(spec_at, token, None, Some(resource))),
            }
        }
        if paths.include.is_empty() {
            paths = PathSetSource::default();
        }
        if !(paths.include.is_empty() && resources.is_empty()) {
            rest.sets.push(PathSet::compile(&paths, set.rules())?);
            rest.specs.push(part(spec, paths, resources));
            rest.spec_of.push(spec_at);
        }
    }
    Ok(rest)
}

fn part(spec: &Spec, paths: PathSetSource, resources: Vec<Resource>) -> Spec {
    Spec {
        repo: spec.repo.clone(),
        branch: spec.branch.clone(),
        paths,
        resources,
    }
}

fn blocker_of(alone: Spec, set: &PathSet, blockers: &[Other<'_>]) -> Result<Option<Token>, Error> {
    let sets = [PathSet::compile(&alone.paths, set.rules())?];
    let specs = [alone];
    let area = Area {
        specs: &specs,
        sets: &sets,
    };
    Ok(blockers
        .iter()
        .find(|other| area.meets(other.area()))
        .map(|other| other.token()))
}

fn left_out(
    spec: u16,
    token: Token,
    pattern: Option<&PatternSource>,
    resource: Option<&Resource>,
) -> LeftOut {
    LeftOut {
        spec,
        pattern: pattern.cloned(),
        resource: resource.cloned(),
        token,
    }
}
