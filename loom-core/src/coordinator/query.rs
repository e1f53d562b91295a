//! Questions that change nothing: what stands in the way, may this land, what was claimed and
//! changed.

use super::Coordinator;
use super::changes::{HORIZON_MS, RECENT_CHANGES_MAX};
use super::reply::{Conflicts, RecentChange, WorkReport};
use super::state::State;
use crate::claim::{self, Admission, Mode, Places, SpecRequest};
use crate::error::Error;
use crate::model::{Branch, RepoId, RunId, Timestamp, Token};
use crate::path::{PathSet, PathSetSource, RepoPath};

impl Coordinator {
    /// What stands, stood, or will stand in the way of work on these places: live claims, announced
    /// plans, and the recent changes of other sides, deliberate ones first. `mode` is how the
    /// places would be claimed; `run` is who asks, whose own work and side are left out.
    ///
    /// # Errors
    /// Those of a claim's specs: `limit_exceeded`, `invalid_pattern`, `invalid_field`, `not_found`.
    pub fn conflicts(
        &self,
        specs: &[SpecRequest],
        mode: Mode,
        run: Option<&RunId>,
        now: Timestamp,
    ) -> Result<Conflicts, Error> {
        self.check_usable()?;
        let state = &self.state;
        let at = now.max(state.at);
        let places = claim::resolve(specs, &state.repos)?;
        let facts = state.facts(at);
        let mut claims = state.claims.meetings(&places, mode, run, facts)?;
        let plans = claims
            .list
            .extract_if(.., |meeting| meeting.mode == Mode::Plan)
            .collect();
        let mut changes = self.recent_changes(&places, run, at)?;
        let coming = self.coming(&places, mode, run, at);
        let more_changes = changes.len().saturating_sub(RECENT_CHANGES_MAX) as u64;
        changes.truncate(RECENT_CHANGES_MAX);
        Ok(Conflicts {
            decided_at: state.head.ver,
            at,
            claims,
            plans,
            coming,
            changes,
            more_changes,
            looked_back_to: at.minus_ms(HORIZON_MS),
        })
    }

    /// May work done under `token` by `run` on these paths still land? Binding only inside
    /// `record_change {token}`; asked alone it is a forecast.
    ///
    /// # Errors
    /// `not_found` for an unknown repository, `invalid_path` for a path that is none.
    pub fn admit(
        &self,
        token: Token,
        run: &RunId,
        repo: &RepoId,
        branch: Option<&Branch>,
        paths: &[&str],
        now: Timestamp,
    ) -> Result<Admission, Error> {
        self.check_usable()?;
        let at = now.max(self.state.at);
        let repo = self.state.repos.require(repo)?;
        let branch = branch.unwrap_or(&repo.default_branch);
        let paths = paths
            .iter()
            .enumerate()
            .map(|(place, path)| {
                RepoPath::parse(path, &repo.rules)
                    .map_err(|why| why.about(format!("paths[{place}]")))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let facts = self.state.facts(at);
        self.state
            .claims
            .admit(token, run, &repo.id, branch, &paths, facts)
    }

    /// What a run claimed so far against what it changed.
    ///
    /// # Errors
    /// `internal` only: the patterns were valid when they were claimed.
    pub fn work_report(&self, run: &RunId) -> Result<WorkReport, Error> {
        self.check_usable()?;
        self.state
            .work
            .report(run, &[], &self.state.runs, &self.state.repos)
    }

    /// All recent changes of other sides on these places, deliberate ones first, then the newest.
    fn recent_changes(
        &self,
        places: &Places,
        run: Option<&RunId>,
        at: Timestamp,
    ) -> Result<Vec<RecentChange>, Error> {
        let state = &self.state;
        let side = run.map(|run| state.runs.lineage().side(run));
        let mut changes: Vec<RecentChange> = Vec::new();
        for (spec, set) in places.parts() {
            let found = state
                .changes
                .recent(&spec.repo, &spec.branch, set, side.as_ref(), at)?;
            for change in found {
                match changes.iter_mut().find(|known| known.ver == change.ver) {
                    Some(known) => known.paths.extend(change.paths),
                    None => changes.push(change),
                }
            }
        }
        changes.sort_by_key(|change| (!change.deliberate, std::cmp::Reverse(change.ver)));
        Ok(changes)
    }
}

impl State {
    /// Is this about any of these places, on whatever branch? Nothing is compiled for a repository that was
    /// not asked about.
    pub(super) fn is_on(&self, places: &Places, repo: &RepoId, paths: &PathSetSource) -> bool {
        let here = places.parts().filter(|(spec, _)| spec.repo == *repo);
        let mut here = here.peekable();
        let (Some(_), Some(known)) = (here.peek(), self.repos.get(repo)) else {
            return false;
        };
        let set = PathSet::compile(paths, known.rules);
        set.is_ok_and(|set| here.any(|(_, place)| place.overlap(&set).meets()))
    }
}
