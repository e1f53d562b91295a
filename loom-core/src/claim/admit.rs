//! May work done under a claim still land? The check at the door that a lease needs, since a holder
//! cannot know that its lease ended while it was stopped (Gray and Cheriton 1989; Burrows 2006).

use super::{Admission, Cell, ClaimTable, EndedRow, Facts, NotDone};
use crate::error::Error;
use crate::model::{Branch, RepoId, RunId, Token};
use crate::path::RepoPath;

impl ClaimTable {
    /// May this run, under this token, still land changes of these paths?
    ///
    /// # Errors
    /// `corrupt`, from an index that was thawed from corrupt bytes.
    pub fn admit(
        &self,
        token: Token,
        run: &RunId,
        repo: &RepoId,
        branch: &Branch,
        paths: &[RepoPath],
        facts: Facts<'_>,
    ) -> Result<Admission, Error> {
        let row = match self.layer.claim(token) {
            Some(holding) if holding.is_live(facts.at) => {
                if !facts.lineage.is_same_work(run, &holding.row.claim.run) {
                    return Ok(Admission::Lapsed {
                        why: NotDone::OtherWork,
                    });
                }
                let holds = |path: &&RepoPath| {
                    holding.area().parts().any(|(spec, set)| {
                        spec.repo == *repo && spec.branch == *branch && set.matches(path)
                    })
                };
                return Ok(match paths.iter().find(|path| !holds(path)) {
                    None => Admission::Admitted,
                    Some(path) => Admission::Outside {
                        path: path.as_str().to_owned(),
                    },
                });
            }
            Some(holding) => {
                let claim = &holding.row.claim;
                EndedRow {
                    token,
                    run: claim.run.clone(),
                    mode: claim.mode,
                    at: claim.expires_at,
                    why: NotDone::Lapsed,
                    by: None,
                }
            }
            None => match self.ended.get(&token) {
                Some(row) => (*row).clone(),
                None => {
                    return Ok(Admission::Lapsed {
                        why: NotDone::Unknown,
                    });
                }
            },
        };
        if !facts.lineage.is_same_work(run, &row.run) {
            return Ok(Admission::Lapsed {
                why: NotDone::OtherWork,
            });
        }
        let by = match row.by {
            Some(by) => Some(by),
            None => self.later_holder(&row, run, repo, branch, paths, facts)?,
        };
        Ok(by.map_or(Admission::Lapsed { why: row.why }, |by| {
            Admission::Superseded { by }
        }))
    }

    /// The first live claim of other work that was granted after this one and conflicts with it on one
    /// of the paths.
    fn later_holder(
        &self,
        ended: &EndedRow,
        run: &RunId,
        repo: &RepoId,
        branch: &Branch,
        paths: &[RepoPath],
        facts: Facts<'_>,
    ) -> Result<Option<Token>, Error> {
        let mut first: Option<Token> = None;
        for path in paths {
            for token in self.layer.held().by_path(repo, branch, path)? {
                let Some(holding) = self.layer.claim(token) else {
                    continue;
                };
                let claim = &holding.row.claim;
                let holds = || {
                    holding.area().parts().any(|(spec, set)| {
                        spec.repo == *repo && spec.branch == *branch && set.matches(path)
                    })
                };
                if token > ended.token
                    && holding.is_live(facts.at)
                    && claim.mode.meets(ended.mode) == Cell::Conflict
                    && !facts.lineage.is_same_work(run, &claim.run)
                    && holds()
                {
                    first = Some(first.map_or(token, |known| known.min(token)));
                }
            }
        }
        Ok(first)
    }
}
