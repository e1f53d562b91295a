//! May work done under a claim still land? The check at the door that a lease needs, since a holder
//! cannot know that its lease ended while it was stopped (Gray and Cheriton 1989; Burrows 2006).

use super::scene::Scene;
use super::{Admission, Cell, ClaimTable, Draft, Facts, Mode, NotDone};
use crate::error::Error;
use crate::model::{Branch, RepoId, RunId, Token};
use crate::path::RepoPath;

/// What wants to land.
struct Landing<'a> {
    token: Token,
    run: &'a RunId,
    repo: &'a RepoId,
    branch: &'a Branch,
    paths: &'a [RepoPath],
}

impl ClaimTable {
    /// May this run, under this token, still land changes of these paths? A plan or a read keeps
    /// nobody out, so under one they land where nobody else holds the paths for writing.
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
        let landing = Landing {
            token,
            run,
            repo,
            branch,
            paths,
        };
        landing.admission(self.scene(facts), self)
    }
}

impl Draft<'_> {
    /// [`ClaimTable::admit`] after what this decision has done so far: waits that were served in front
    /// of a change supersede the claim that it comes under.
    ///
    /// # Errors
    /// Those of [`ClaimTable::admit`].
    pub fn admit(
        &mut self,
        token: Token,
        run: &RunId,
        repo: &RepoId,
        branch: &Branch,
        paths: &[RepoPath],
    ) -> Result<Admission, Error> {
        let landing = Landing {
            token,
            run,
            repo,
            branch,
            paths,
        };
        let (scene, table) = self.settled();
        landing.admission(scene, table)
    }
}

/// A claim that is over: whose it was, how strong, how it ended, and who took it over.
struct Over {
    run: RunId,
    mode: Mode,
    why: NotDone,
    by: Option<Token>,
}

impl Landing<'_> {
    fn admission(&self, scene: Scene<'_>, table: &ClaimTable) -> Result<Admission, Error> {
        let Landing { token, run, .. } = *self;
        let other_work = Admission::Lapsed {
            why: NotDone::OtherWork,
        };
        if let Some(holding) = scene.claim(token) {
            let claim = &holding.row.claim;
            if !scene.facts.lineage.is_same_work(run, &claim.run) {
                return Ok(other_work);
            }
            let holds = |path: &&RepoPath| {
                holding.area().parts().any(|(spec, set)| {
                    spec.repo == *self.repo && spec.branch == *self.branch && set.matches(path)
                })
            };
            if let Some(path) = self.paths.iter().find(|path| !holds(path)) {
                return Ok(Admission::Outside {
                    path: path.as_str().to_owned(),
                });
            }
            let by = match claim.mode.changes() {
                true => None,
                false => self.holder_since(None, Mode::Write, scene)?,
            };
            return Ok(by.map_or(Admission::Admitted, |by| Admission::Superseded { by }));
        }
        let Some(over) = over(token, table) else {
            return Ok(Admission::Lapsed {
                why: NotDone::Unknown,
            });
        };
        if !scene.facts.lineage.is_same_work(run, &over.run) {
            return Ok(other_work);
        }
        let by = match over.by {
            Some(by) => Some(by),
            None => self.holder_since(Some(token), over.mode, scene)?,
        };
        Ok(by.map_or(Admission::Lapsed { why: over.why }, |by| {
            Admission::Superseded { by }
        }))
    }

    /// The first live claim of other work, granted after `since`, that conflicts on one of the paths
    /// with a claim of this mode.
    fn holder_since(
        &self,
        since: Option<Token>,
        mode: Mode,
        scene: Scene<'_>,
    ) -> Result<Option<Token>, Error> {
        let mut first: Option<Token> = None;
        for path in self.paths {
            for token in scene.tokens_on(self.repo, self.branch, path)? {
                let Some(holding) = scene.claim(token) else {
                    continue;
                };
                let claim = &holding.row.claim;
                let holds = || {
                    holding.area().parts().any(|(spec, set)| {
                        spec.repo == *self.repo && spec.branch == *self.branch && set.matches(path)
                    })
                };
                if since.is_none_or(|since| token > since)
                    && claim.mode.meets(mode) == Cell::Conflict
                    && !scene.facts.lineage.is_same_work(self.run, &claim.run)
                    && holds()
                {
                    first = Some(first.map_or(token, |known| known.min(token)));
                }
            }
        }
        Ok(first)
    }
}

/// How a claim that is not live ended; `None` where nobody remembers it.
fn over(token: Token, table: &ClaimTable) -> Option<Over> {
    if let Some(lapsed) = table.layer.claim(token) {
        let claim = &lapsed.row.claim;
        return Some(Over {
            run: claim.run.clone(),
            mode: claim.mode,
            why: NotDone::Lapsed,
            by: None,
        });
    }
    let row = table.ended.get(&token)?;
    Some(Over {
        run: row.run.clone(),
        mode: row.mode,
        why: row.why,
        by: row.by,
    })
}
