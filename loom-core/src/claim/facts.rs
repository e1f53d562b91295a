//! What the claim plane is told. Planes never know each other: who lives, who descends from whom and
//! how a repository compares names are facts that the caller brings along with the time.

use crate::model::{Branch, Lineage, RepoId, RunId, Timestamp, Ver};
use crate::path::PathRules;

/// Everything a decision rests on besides the table itself.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// Now, as the record to come will say.
    pub at: Timestamp,
    /// The journal's incarnation.
    pub incarnation: u32,
    /// The version of the record that this decision would become; tokens are made of it.
    pub ver: Ver,
    /// The tree of runs.
    pub lineage: &'a Lineage,
    /// Which runs live.
    pub runs: &'a dyn RunFacts,
    /// Which repositories there are.
    pub repos: &'a dyn RepoFacts,
}

/// Which runs live, and until when.
pub trait RunFacts {
    /// Does the run live at this time? An unknown run does not.
    fn is_live(&self, run: &RunId, at: Timestamp) -> bool;

    /// When the run's life ended, or ends if nobody prolongs it; `None` for an unknown run.
    fn live_until(&self, run: &RunId) -> Option<Timestamp>;

    /// The run's children, ended ones as well or not; only the live ones count.
    fn children(&self, run: &RunId) -> Vec<RunId>;
}

/// Which repositories are registered.
pub trait RepoFacts {
    /// How the repository compares names; `None` where it is not registered.
    fn rules(&self, repo: &RepoId) -> Option<PathRules>;

    /// The branch that work lands on where nobody says another one.
    fn default_branch(&self, repo: &RepoId) -> Option<Branch>;
}
