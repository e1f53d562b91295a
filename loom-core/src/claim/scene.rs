//! What a request finds in its way: the table as it is, seen through what a draft has decided so far.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::area::Area;
use super::index::Index;
use super::layer::{Holding, Layer, Rank, Waiting};
use super::{BLOCKERS_MAX, Cell, Facts, HOLDERS_TOLD_MAX, Meeting, Meetings, Mode};
use crate::error::Error;
use crate::model::{Branch, RepoId, RunId, Token};
use crate::path::RepoPath;

/// Two layers as one, at one time. What is `gone` counts no more in the lower one.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) base: &'a Layer,
    pub(crate) over: &'a Layer,
    pub(crate) gone: &'a BTreeSet<Token>,
    /// Waits that are about to be granted together: they count as held.
    pub(crate) served: &'a BTreeSet<Token>,
    pub(crate) facts: Facts<'a>,
}

/// Somebody asks for an area.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    /// Nobody: meets everybody.
    pub(crate) run: Option<&'a RunId>,
    pub(crate) mode: Mode,
    pub(crate) area: Area<'a>,
    pub(crate) rank: Rank,
}

/// Another claim that a request meets, held or in front.
#[derive(Clone, Copy)]
pub(crate) enum Other<'a> {
    Held(&'a Arc<Holding>),
    Queued(&'a Arc<Waiting>),
}

/// All that a request meets, by token.
#[derive(Default)]
pub(crate) struct Found<'a> {
    pub(crate) others: Vec<(Cell, Other<'a>)>,
    /// Requests in front were passed over, because this one lies inside a claim of its own work.
    pub(crate) is_inside: bool,
}

impl<'a> Other<'a> {
    pub(crate) fn token(self) -> Token {
        match self {
            Other::Held(holding) => holding.row.claim.token,
            Other::Queued(waiting) => waiting.row.wait,
        }
    }

    pub(crate) fn run(self) -> &'a RunId {
        match self {
            Other::Held(holding) => &holding.row.claim.run,
            Other::Queued(waiting) => &waiting.row.run,
        }
    }

    pub(crate) fn area(self) -> Area<'a> {
        match self {
            Other::Held(holding) => holding.area(),
            Other::Queued(waiting) => waiting.area(),
        }
    }
}

impl<'a> Found<'a> {
    pub(crate) fn blockers(&self) -> impl Iterator<Item = Other<'a>> {
        self.others
            .iter()
            .filter(|(cell, _)| *cell == Cell::Conflict)
            .map(|(_, other)| *other)
    }

    pub(crate) fn is_blocked(&self) -> bool {
        self.blockers().next().is_some()
    }

    /// How many waits in front are met.
    pub(crate) fn ahead(&self) -> usize {
        self.blockers()
            .filter(|other| matches!(other, Other::Queued(_)))
            .count()
    }

    /// What a wait records of its blockers: claims by token, then the waits nearest in front.
    pub(crate) fn recorded(&self) -> Vec<Token> {
        let held = |other: &Other<'_>| matches!(other, Other::Held(_));
        let claims = self.blockers().filter(held).map(Other::token);
        let mut waits: Vec<Rank> = self
            .blockers()
            .filter_map(|other| match other {
                Other::Queued(waiting) => Some(waiting.rank()),
                Other::Held(_) => None,
            })
            .collect();
        waits.sort_unstable();
        claims
            .chain(waits.into_iter().rev().map(|rank| rank.1))
            .take(BLOCKERS_MAX)
            .collect()
    }
}

impl<'a> Scene<'a> {
    /// A live claim.
    pub(crate) fn claim(self, token: Token) -> Option<&'a Arc<Holding>> {
        let below = || {
            self.base
                .claim(token)
                .filter(|_| !self.gone.contains(&token))
        };
        self.over
            .claim(token)
            .or_else(below)
            .filter(|holding| holding.is_live(self.facts.at))
    }

    /// The live claims of a run, by token.
    pub(crate) fn claims_of(self, run: &RunId) -> Vec<&'a Arc<Holding>> {
        let below = self
            .base
            .claims_of(run)
            .filter(|h| !self.gone.contains(&h.row.claim.token));
        let mut claims: Vec<_> = below
            .chain(self.over.claims_of(run))
            .filter(|h| h.is_live(self.facts.at))
            .collect();
        claims.sort_unstable_by_key(|holding| holding.row.claim.token);
        claims
    }

    /// A wait that is neither granted nor ended, whether or not its run still lives.
    pub(crate) fn wait(self, token: Token) -> Option<&'a Arc<Waiting>> {
        let below = || {
            self.base
                .wait(token)
                .filter(|_| !self.gone.contains(&token))
        };
        self.over.wait(token).or_else(below)
    }

    /// The wait of a run, whether or not the run still lives.
    pub(crate) fn wait_of(self, run: &RunId) -> Option<&'a Arc<Waiting>> {
        let below = || {
            self.base
                .wait_of(run)
                .filter(|w| !self.gone.contains(&w.row.wait))
        };
        self.over.wait_of(run).or_else(below)
    }

    pub(crate) fn waits_len(self) -> usize {
        let hidden = self
            .gone
            .iter()
            .filter(|token| self.base.wait(**token).is_some())
            .count();
        self.base.waits_len() - hidden + self.over.waits_len()
    }

    /// All waits in queue order, those of dead runs as well.
    pub(crate) fn queue(self) -> impl Iterator<Item = &'a Arc<Waiting>> {
        let mut below = self
            .base
            .queue()
            .filter(move |(rank, _)| !self.gone.contains(&rank.1))
            .peekable();
        let mut above = self.over.queue().peekable();
        std::iter::from_fn(move || {
            let from_above = match (below.peek(), above.peek()) {
                (Some((low, _)), Some((high, _))) => high < low,
                (None, Some(_)) => true,
                _ => false,
            };
            if from_above {
                above.next()
            } else {
                below.next()
            }
            .map(|(_, waiting)| waiting)
        })
    }

    /// Everything that a request meets. `skip` is a claim that does not count: one that the request is
    /// to take over.
    pub(crate) fn find(
        self,
        request: Request<'_>,
        skip: Option<Token>,
    ) -> Result<Found<'a>, Error> {
        let mut found = Found::default();
        for holding in self.claims_near(request.area)? {
            let claim = &holding.row.claim;
            let cell = claim.mode.meets(request.mode);
            let counts = cell != Cell::Clear
                && Some(claim.token) != skip
                && !self.is_own(request.run, &claim.run)
                && meets_exactly(request.area, holding.area());
            if counts {
                found.others.push((cell, Other::Held(holding)));
            }
        }
        let mut inside = None;
        for waiting in self.waits_near(request.area)? {
            let wait = &waiting.row;
            let served = self.served.contains(&wait.wait);
            let cell = wait.mode.meets(request.mode);
            let counts = (served || cell == Cell::Conflict && waiting.rank() < request.rank)
                && cell != Cell::Clear
                && !self.is_own(request.run, &wait.run)
                && meets_exactly(request.area, waiting.area());
            if !counts {
                continue;
            }
            if served || !*inside.get_or_insert_with(|| self.is_inside_own(request)) {
                found.others.push((cell, Other::Queued(waiting)));
            } else {
                found.is_inside = true;
            }
        }
        found
            .others
            .sort_unstable_by_key(|(_, other)| other.token());
        Ok(found)
    }

    /// Does a live request of another run wait for this claim?
    pub(crate) fn is_waited_for(self, holding: &Holding) -> Result<bool, Error> {
        let claim = &holding.row.claim;
        Ok(self.waits_near(holding.area())?.into_iter().any(|waiting| {
            claim.mode.meets(waiting.row.mode) == Cell::Conflict
                && !self.is_own(Some(&waiting.row.run), &claim.run)
                && meets_exactly(waiting.area(), holding.area())
        }))
    }

    /// Does a live claim of the requester's own run or of an ancestor, at least as strong, hold all that
    /// is requested?
    pub(super) fn is_inside_own(self, request: Request<'_>) -> bool {
        let Some(run) = request.run else { return false };
        let covers =
            |mode: Mode, area: Area<'_>| mode >= request.mode && area.holds(request.area).is_ok();
        self.kin(run).into_iter().any(|kin| {
            let about_to_hold = || {
                self.wait_of(kin)
                    .filter(|w| kin != run && self.served.contains(&w.row.wait))
            };
            self.claims_of(kin)
                .iter()
                .any(|h| covers(h.row.claim.mode, h.area()))
                || about_to_hold().is_some_and(|w| covers(w.row.mode, w.area()))
        })
    }

    /// Could a claim of its own work let this request pass those in front?
    pub(crate) fn has_own_claims(self, run: &RunId) -> bool {
        self.kin(run).into_iter().any(|kin| {
            let is_served = |w: &Arc<Waiting>| self.served.contains(&w.row.wait);
            !self.claims_of(kin).is_empty() || self.wait_of(kin).is_some_and(is_served)
        })
    }

    /// The run and its ancestors.
    fn kin<'r>(self, run: &'r RunId) -> Vec<&'r RunId>
    where
        'a: 'r,
    {
        let ancestors = self.facts.lineage.ancestry(run).filter(|kin| *kin != run);
        std::iter::once(run).chain(ancestors).collect()
    }

    pub(super) fn is_own(self, requester: Option<&RunId>, other: &RunId) -> bool {
        requester.is_some_and(|run| self.facts.lineage.is_same_work(run, other))
    }

    fn claims_near(self, area: Area<'_>) -> Result<Vec<&'a Arc<Holding>>, Error> {
        let tokens = self.near(area, self.base.held(), self.over.held())?;
        Ok(tokens
            .into_iter()
            .filter_map(|token| self.claim(token))
            .collect())
    }

    /// Only waits whose run lives; the others count no more.
    pub(super) fn waits_near(self, area: Area<'_>) -> Result<Vec<&'a Arc<Waiting>>, Error> {
        let tokens = self.near(area, self.base.queued(), self.over.queued())?;
        let live = |w: &&Arc<Waiting>| self.facts.runs.is_live(&w.row.run, self.facts.at);
        Ok(tokens
            .into_iter()
            .filter_map(|token| self.wait(token))
            .filter(live)
            .collect())
    }

    /// The tokens of claims that may hold a path, excludes left aside.
    pub(crate) fn tokens_on(
        self,
        repo: &RepoId,
        branch: &Branch,
        path: &RepoPath,
    ) -> Result<Vec<Token>, Error> {
        let mut tokens = self.base.held().by_path(repo, branch, path)?;
        tokens.retain(|token| !self.gone.contains(token));
        tokens.extend(self.over.held().by_path(repo, branch, path)?);
        Ok(tokens)
    }

    /// What is gone from the lower layer may stand changed in the upper one, so each answers for itself.
    fn near(self, area: Area<'_>, base: &Index, over: &Index) -> Result<Vec<Token>, Error> {
        let mut tokens = Vec::new();
        base.candidates(area, &mut tokens)?;
        if !self.gone.is_empty() {
            tokens.retain(|token| !self.gone.contains(token));
        }
        over.candidates(area, &mut tokens)?;
        tokens.sort_unstable();
        tokens.dedup();
        Ok(tokens)
    }

    /// The meetings, as many as holders are told of: conflicts first, then by token. `spec_of` says which of
    /// the requested specs stands at a position of the request's area.
    pub(crate) fn meetings(
        self,
        request: Request<'_>,
        found: &Found<'a>,
        spec_of: impl Fn(u16) -> u16,
    ) -> Meetings {
        let conflicts = found
            .others
            .iter()
            .filter(|(cell, _)| *cell == Cell::Conflict);
        let notices = found
            .others
            .iter()
            .filter(|(cell, _)| *cell != Cell::Conflict);
        let listed = conflicts.chain(notices).take(HOLDERS_TOLD_MAX);
        let list: Vec<Meeting> = listed
            .filter_map(|(cell, other)| {
                let place = request.area.meet(other.area())?;
                let (run, shared) = (other.run().clone(), place.met);
                let (actor, mode, intent, expires_at) = match other {
                    Other::Held(h) => {
                        let claim = &h.row.claim;
                        (
                            &claim.actor,
                            claim.mode,
                            claim.intent,
                            Some(claim.expires_at),
                        )
                    }
                    Other::Queued(w) => (&w.row.actor, w.row.mode, w.row.intent, None),
                };
                Some(Meeting {
                    cell: *cell,
                    token: other.token(),
                    loop_id: self.facts.lineage.loop_of(&run).cloned(),
                    run,
                    actor: actor.clone(),
                    mode,
                    intent: intent.map(Into::into),
                    expires_at,
                    queued: expires_at.is_none(),
                    repo: place.repo.clone(),
                    branch: place.branch.clone(),
                    spec: spec_of(place.spec),
                    met: shared,
                })
            })
            .collect();
        let more = found.others.len().saturating_sub(list.len()) as u64;
        Meetings { list, more }
    }
}

/// What a wait asks for.
pub(crate) fn request_of(waiting: &Waiting) -> Request<'_> {
    Request {
        run: Some(&waiting.row.run),
        mode: waiting.row.mode,
        area: waiting.area(),
        rank: waiting.rank(),
    }
}

/// Candidates of the index meet pattern by pattern; that is exact where nothing is taken away again.
pub(super) fn meets_exactly(requested: Area<'_>, held: Area<'_>) -> bool {
    !(requested.has_excludes() || held.has_excludes()) || requested.meets(held)
}
