//! Where two claims meet, what that means, and who is told.

use loom_core::claim::{Cell, Meeting, Meetings, Met, Mode, Notice, Outcome, Spec, SpecRequest};
use loom_core::error::Code;
use loom_core::model::{Branch, RepoId, RunId};
use loom_core::path::{Overlap, PathRules, PathSet, RepoPath};

use super::{Claim, Reference, Refused, Request, Wait, refused};

/// "Every list that a caller can grow has a limit": the meetings listed in a reply.
const MEETINGS_MAX: usize = 64;

/// "Held against requested, where different work meets on repository, branch and path or
/// resource". The table of the design, word for word.
pub(super) fn cell(held: Mode, requested: Mode) -> Cell {
    use Cell::{Clear, Conflict, Notice};
    let row = match held {
        //            plan    read      write     exclusive
        Mode::Plan => [Notice, Clear, Notice, Notice],
        Mode::Read => [Clear, Clear, Notice, Conflict],
        Mode::Write => [Notice, Notice, Conflict, Conflict],
        Mode::Exclusive => [Notice, Conflict, Conflict, Conflict],
    };
    row[requested as usize]
}

impl Reference {
    /// "a `SpecRequest` with its branch resolved", resources "sorted, each once".
    pub(super) fn resolve(&self, asked: &[SpecRequest]) -> Result<Vec<Spec>, Refused> {
        let mut specs = Vec::new();
        for (place, spec) in asked.iter().enumerate() {
            let (default_branch, _) = self.repo(&spec.repo, &format!("specs[{place}].repo"))?;
            let mut resources = spec.resources.clone();
            resources.sort();
            resources.dedup();
            specs.push(Spec {
                repo: spec.repo.clone(),
                branch: spec.branch.clone().unwrap_or(default_branch),
                paths: spec.paths.clone(),
                resources,
            });
        }
        Ok(specs)
    }

    pub(super) fn repo(&self, id: &RepoId, field: &str) -> Result<(Branch, PathRules), Refused> {
        match self.repos.iter().find(|(known, ..)| known == id) {
            Some((_, branch, rules)) => Ok((branch.clone(), *rules)),
            None => refused(Code::NotFound, field),
        }
    }

    /// The paths of a place, under the rules of its repository.
    pub(super) fn set(&self, spec: &Spec) -> PathSet {
        let known = self.repos.iter().find(|(id, ..)| *id == spec.repo);
        let rules = known.map_or(PathRules::default(), |(.., rules)| *rules);
        PathSet::compile(&spec.paths, rules).expect("a claim holds legal patterns")
    }

    /// The first place where they meet: which of the requested specs, and on what.
    pub(super) fn first_shared(&self, held: &[Spec], requested: &[Spec]) -> Option<(usize, Met)> {
        for (place, theirs) in requested.iter().enumerate() {
            let same_place =
                |ours: &&Spec| (&ours.repo, &ours.branch) == (&theirs.repo, &theirs.branch);
            for ours in held.iter().filter(same_place) {
                let (left_set, right_set) = (self.set(ours), self.set(theirs));
                if let Overlap::Meet {
                    witness,
                    left,
                    right,
                } = left_set.overlap(&right_set)
                {
                    let met = Met::Path {
                        held: ours.paths.include[left].clone(),
                        requested: theirs.paths.include[right].clone(),
                        witness: witness.map(|path| path.as_str().to_owned()),
                    };
                    return Some((place, met));
                }
            }
            for ours in held.iter().filter(same_place) {
                let shared = theirs
                    .resources
                    .iter()
                    .find(|name| ours.resources.contains(name));
                if let Some(resource) = shared {
                    let resource = resource.clone();
                    return Some((place, Met::Resource { resource }));
                }
            }
        }
        None
    }

    /// How a live claim, or a wait in front, meets a request. "Claims of the same work never meet."
    fn against(
        &self,
        held: (&RunId, Mode, &[Spec]),
        request: &Request,
    ) -> Option<(Cell, usize, Met)> {
        let (run, mode, specs) = held;
        let cell = cell(mode, request.mode);
        if cell == Cell::Clear || self.same_work(&request.run, run) {
            return None;
        }
        let (place, met) = self.first_shared(specs, &request.specs)?;
        Some((cell, place, met))
    }

    /// All live claims that meet a request, conflict or notice.
    pub(super) fn claims_met(&self, request: &Request) -> Vec<(&Claim, Cell, usize, Met)> {
        let live = self.claims.iter().filter(|claim| self.holds(claim));
        live.filter_map(|claim| {
            let held = (&claim.run, claim.mode, claim.specs.as_slice());
            let (cell, place, met) = self.against(held, request)?;
            Some((claim, cell, place, met))
        })
        .collect()
    }

    /// The waits that stand in the way of a request that stands behind them. "only `conflict` cells
    /// block; nobody passes an earlier waiter that it meets, except requests inside the requester's
    /// own or an ancestor's live claim."
    pub(super) fn waits_met(
        &self,
        request: &Request,
        is_behind: impl Fn(&Wait) -> bool,
    ) -> Vec<(&Wait, usize, Met)> {
        let in_front = self
            .waits
            .iter()
            .filter(|wait| is_behind(wait) && self.is_live(&wait.request.run));
        let met: Vec<(&Wait, usize, Met)> = in_front
            .filter_map(|wait| {
                let first = &wait.request;
                let held = (&first.run, first.mode, first.specs.as_slice());
                match self.against(held, request)? {
                    (Cell::Conflict, place, met) => Some((wait, place, met)),
                    _ => None,
                }
            })
            .collect();
        if !met.is_empty() && self.is_inside_own_claim(request) {
            self.passed.set(self.passed.get() + 1);
            return Vec::new();
        }
        met
    }

    /// Would two waits be in each other's way if the first were held?
    pub(super) fn conflicts(&self, first: &Request, request: &Request) -> bool {
        let held = (&first.run, first.mode, first.specs.as_slice());
        matches!(self.against(held, request), Some((Cell::Conflict, ..)))
    }

    /// Is all that is asked for inside one live claim of the requester's own or an ancestor's run,
    /// held at least as strongly as it is asked for?
    fn is_inside_own_claim(&self, request: &Request) -> bool {
        self.claims.iter().any(|claim| {
            self.holds(claim)
                && self.same_work(&request.run, &claim.run)
                && claim.mode >= request.mode
                && self.first_outside(&request.specs, &claim.specs).is_none()
        })
    }

    /// The first thing asked for that is not held, as the field of the request that names it. Each
    /// repository and branch is taken by itself.
    pub(super) fn first_outside(&self, asked: &[Spec], held: &[Spec]) -> Option<String> {
        for (place, spec) in asked.iter().enumerate() {
            let ours: Vec<&Spec> = held
                .iter()
                .filter(|ours| (&ours.repo, &ours.branch) == (&spec.repo, &spec.branch))
                .collect();
            let held_resource = |name| ours.iter().any(|own| own.resources.contains(name));
            if !spec.resources.iter().all(held_resource) {
                return Some(format!("specs[{place}].resources"));
            }
            let asked = self.set(spec);
            let sets: Vec<PathSet> = ours.iter().map(|own| self.set(own)).collect();
            if !is_within_union(&asked, &sets) {
                return Some(format!("specs[{place}].paths"));
            }
        }
        None
    }

    /// "Every conflict and notice carries both claims, the two patterns that meet, a witness path,
    /// the holder's intent, and when the lease ends"; "conflicts first, then by token; at most 64".
    pub(super) fn meetings(
        &self,
        request: &Request,
        is_behind: impl Fn(&Wait) -> bool,
    ) -> Vec<Meeting> {
        let mut list: Vec<Meeting> = Vec::new();
        for (claim, cell, place, met) in self.claims_met(request) {
            list.push(Meeting {
                cell,
                token: claim.token,
                run: claim.run.clone(),
                loop_id: self.loop_of(&claim.run),
                actor: claim.actor.clone(),
                mode: claim.mode,
                intent: claim.intent.map(Into::into),
                expires_at: Some(claim.expires_at),
                queued: false,
                repo: request.specs[place].repo.clone(),
                branch: request.specs[place].branch.clone(),
                spec: place as u16,
                met,
            });
        }
        for (wait, place, met) in self.waits_met(request, is_behind) {
            list.push(Meeting {
                cell: Cell::Conflict,
                token: wait.name,
                run: wait.request.run.clone(),
                loop_id: self.loop_of(&wait.request.run),
                actor: wait.request.actor.clone(),
                mode: wait.request.mode,
                intent: wait.request.intent.map(Into::into),
                expires_at: None,
                queued: true,
                repo: request.specs[place].repo.clone(),
                branch: request.specs[place].branch.clone(),
                spec: place as u16,
                met,
            });
        }
        list.sort_by_key(|meeting| (std::cmp::Reverse(meeting.cell), meeting.token));
        list
    }

    /// "**Both sides learn**: recorded commands put a notice in the holder's box (once per holder's
    /// claim and requesting run …)".
    pub(super) fn tell(
        &mut self,
        request: &Request,
        met: &[Meeting],
        outcome: impl Fn(Cell) -> Outcome,
    ) {
        for meeting in met {
            let found = self
                .claims
                .iter_mut()
                .find(|claim| claim.token == meeting.token);
            let Some(claim) = found else { continue };
            if claim.told.contains(&request.run) {
                continue;
            }
            claim.told.push(request.run.clone());
            let holder = claim.run.clone();
            let seq = 1 + self
                .notices
                .iter()
                .filter(|(run, _)| *run == holder)
                .count() as u64;
            let notice = Notice {
                seq,
                at: self.now.at,
                token: meeting.token,
                from_run: request.run.clone(),
                from: request.actor.clone(),
                mode: request.mode,
                intent: request.intent.map(Into::into),
                outcome: outcome(meeting.cell),
                repo: meeting.repo.clone(),
                branch: meeting.branch.clone(),
                met: meeting.met.clone(),
            };
            self.notices.push((holder, notice));
            self.now.touched = true;
        }
    }
}

/// Names that tell the patterns of the small world apart, for paths of up to three segments.
const NAMES: [&str; 16] = [
    "src", "SRC", "docs", "lib", "a.rs", "A.rs", "b.rs", "q.rs", "a.md", "b.md", "q.md", "a.q",
    "x", "deep", "y.rs", "z",
];

/// A single set is asked whether it holds all; several together are tried on every short path.
fn is_within_union(asked: &PathSet, sets: &[PathSet]) -> bool {
    let holds_nothing = asked.include().is_empty() || asked.is_empty().is_empty();
    if holds_nothing || sets.iter().any(|set| set.contains(asked).is_contained()) {
        return true;
    }
    if sets.len() < 2 {
        return false;
    }
    let mut short: Vec<String> = NAMES.map(str::to_owned).into();
    for _ in 0..2 {
        let below: Vec<String> = short
            .iter()
            .flat_map(|path| NAMES.map(|name| format!("{path}/{name}")))
            .collect();
        short.extend(below);
    }
    short.iter().all(|path| {
        let path = RepoPath::parse(path, &asked.rules()).expect("a path");
        !asked.matches(&path) || sets.iter().any(|set| set.matches(&path))
    })
}

pub(super) fn capped(mut list: Vec<Meeting>) -> Meetings {
    let more = list.len().saturating_sub(MEETINGS_MAX) as u64;
    list.truncate(MEETINGS_MAX);
    Meetings { list, more }
}
