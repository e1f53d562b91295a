//! Changes that nobody announced, recorded as what they are: unobserved.

use loom_core::coordinator::{Body, NewChange};
use loom_core::error::Code;
use loom_core::model::{ActorId, ChangeId, MadeBy, RunId};

use super::Guard;
use crate::exit::Failure;
use crate::git::Checkout;
use crate::verb::change::of_commit;

/// The trailer by which a runner says for which run a commit was made.
const TRAILER: &str = "Loom-Run: ";

impl Guard<'_> {
    /// Records every commit of a range that brings something of which the journal has no word: neither the
    /// commit, nor a change that made the same of the same file. Answers the names of the changes.
    pub(crate) fn record(&self, checkout: &Checkout, range: &str) -> Result<Vec<String>, Failure> {
        let Some((from, to)) = range.split_once("..") else {
            return Ok(Vec::new());
        };
        let to = if to.is_empty() { "HEAD" } else { to };
        let mut recorded = Vec::new();
        for commit in checkout.commits_without(to, &[from])? {
            if checkout.is_merge(&commit) {
                continue;
            }
            if let Some(change) = self.unobserved(checkout, &commit)? {
                let name = change.id.to_string();
                let body = Body::RecordChange(Box::new(change));
                match self.session.loom.execute(&self.actor, body) {
                    Ok(_) => recorded.push(name),
                    Err(why) if why.code() == Code::AlreadyExists => {}
                    Err(why) => return Err(why.into()),
                }
            }
        }
        Ok(recorded)
    }

    /// A commit as a change, with the files of which nobody said anything.
    fn unobserved(&self, checkout: &Checkout, commit: &str) -> Result<Option<NewChange>, Failure> {
        let graph = &self.history.graph;
        if graph.changes_of_commit(commit).next().is_some() {
            return Ok(None);
        }
        let run = self.run_of(checkout, commit)?;
        let subject = checkout.subject(commit).unwrap_or_default();
        let change = NewChange {
            id: ChangeId::new(&format!("{}@{:.12}", self.repo, commit))?,
            repo: self.repo.clone(),
            branch: None,
            commit: None,
            // Nobody is guessed to be a person, or a loop.
            made_by: match &run {
                Some(_) => MadeBy::Loop,
                None => MadeBy::Unknown,
            },
            run,
            token: None,
            intent: Some(format!("unobserved: {subject}")),
            deliberate: false,
            base: None,
            decision: None,
            patch_id: None,
            reverts: Vec::new(),
            files: Vec::new(),
        };
        let mut change = of_commit(checkout, commit, change)?;
        change.files.retain(|file| {
            let after = file.after.as_ref().map(ActorId::as_str);
            let mut versions = graph.versions(&self.repo, &file.path);
            !versions.any(|version| version.after().as_deref() == after)
        });
        Ok((!change.files.is_empty()).then_some(change))
    }

    /// The run that a commit says it was made for, if the journal knows it.
    fn run_of(&self, checkout: &Checkout, commit: &str) -> Result<Option<RunId>, Failure> {
        let message = checkout.message(commit).unwrap_or_default();
        let named = message.lines().find_map(|line| line.strip_prefix(TRAILER));
        let Some(run) = named.and_then(|name| RunId::new(name.trim()).ok()) else {
            return Ok(None);
        };
        let known = self
            .session
            .loom
            .look(|coordinator, _| Ok(coordinator.runs().get(&run).is_some()))?;
        Ok(known.then_some(run))
    }
}
