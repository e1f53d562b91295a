//! What a runner does with what an earlier one left: goes on with its run, or takes its work over.

use loom_core::model::{ChangeId, RunId};
use loom_core::run::{Isolation, RunOutcome};

use super::folder::{Earlier, State};
use super::journal::Standing;
use super::worktree::Worktree;
use super::{Cut, End, Runner, Task, say};
use crate::exit::Failure;
use crate::verb::run::made_up;

/// A run that nobody started yet.
pub(super) fn new_state(task: &Task, slot: Option<String>) -> Result<State, Failure> {
    // A name that git takes for a part of a branch.
    let name = made_up(task.definition.id.as_str())?.replace("..", "-");
    let is_shared = task.definition.isolation == Isolation::None;
    Ok(State::new(RunId::new(&name)?, slot, is_shared))
}

impl Runner<'_> {
    /// The run of a runner that was killed goes on, if it is alive. If its lease is over, its work is
    /// committed, and a new run begins on top of it.
    pub(super) fn take_up(&mut self) -> Result<(), Cut> {
        let run = self.state.run.clone();
        self.follow(run.clone())?;
        match self.journal.standing()? {
            Standing::Unknown => Ok(()),
            Standing::Live => {
                say("resumed", &format!("run {run}, whose runner was killed"));
                Ok(())
            }
            Standing::Finished(outcome) => {
                Err(Cut::End(End::of(outcome, "somebody else finished it")))
            }
            Standing::Over => self.take_over(),
        }
    }

    fn take_over(&mut self) -> Result<(), Cut> {
        let run = self.state.run.clone();
        if let Some(checker) = &self.state.checker {
            let why = "its runner was killed before it came to a verdict";
            self.checker_journal(checker)?
                .finish(RunOutcome::Stopped, why)?;
        }
        let mut new = new_state(self.task, None)?;
        new.base = self.state.base.clone();
        new.recorded = self.state.recorded.clone();
        new.inherited = self.state.inherited.clone();
        if let Some(base) = &self.state.base {
            let tip = self.tip(base)?;
            self.close_earlier()?;
            let place = self.state.place.clone();
            new.earlier = Some(Earlier {
                run: run.clone(),
                place,
                tip,
            });
        }
        let by = &new.run;
        say(
            "continued",
            &format!("the work of run {run}, whose lease is over, by {by}"),
        );
        // The old run stays as it died: so the journal knows whose work the new one takes over.
        self.state = new;
        self.save()
    }

    /// Where the work of the run ends, once all that lies in its tree is committed.
    fn tip(&self, base: &str) -> Result<String, Cut> {
        let Some(place) = &self.state.place else {
            if self.state.is_shared {
                let worktree = self.worktree()?;
                worktree.salvage(&self.message("work in progress"))?;
                return worktree.head();
            }
            return Ok(self.begun_on(base).to_owned());
        };
        let worktree = Worktree::at_place(&self.task.checkout, self.git(), place);
        if worktree.is_whole() {
            worktree.salvage(&self.message("work in progress"))?;
            return worktree.head();
        }
        let branch = format!("refs/heads/{}", place.branch);
        let tip = self.task.checkout.commit(&branch);
        Ok(tip.unwrap_or_else(|_| self.begun_on(base).to_owned()))
    }

    /// The commit that the run began, or begins, on.
    pub(super) fn begun_on<'s>(&'s self, base: &'s str) -> &'s str {
        self.state
            .earlier
            .as_ref()
            .map_or(base, |earlier| &earlier.tip)
    }

    /// Makes the work of the run that this one took over from its own: commits that no change tells of are
    /// recorded as they are, and the changes of the earlier run have to be verified with those to come.
    pub(super) fn adopt(&mut self) -> Result<(), Cut> {
        let Some(earlier) = self.state.earlier.clone() else {
            return Ok(());
        };
        if let Some(base) = self.state.base.clone() {
            let commits = self.new_commits(&base, &earlier.tip)?;
            let since = self.state.recorded.clone().unwrap_or(base);
            let untold = self.new_commits(&since, &earlier.tip)?;
            self.claim_commits(&untold)?;
            for commit in &commits {
                let id = self.change_id(commit)?;
                let is_new = untold.contains(commit) && self.record(commit)?;
                if !is_new && !self.state.inherited.contains(&id) {
                    self.state.inherited.push(id);
                }
            }
        }
        self.state.recorded = Some(earlier.tip);
        self.save()?;
        self.close_earlier()?;
        self.state.earlier = None;
        self.save()
    }

    /// Puts away the worktree of the run that this one took over from; its branch stays, as far as it has
    /// commits.
    pub(super) fn close_earlier(&self) -> Result<(), Cut> {
        if let Some(earlier) = &self.state.earlier
            && let (Some(place), Some(base)) = (&earlier.place, &self.state.base)
        {
            let worktree = Worktree::at_place(&self.task.checkout, self.git(), place);
            let message = format!("work in progress\n\nLoom-Run: {}", earlier.run);
            worktree.close(place, base, &message)?;
        }
        Ok(())
    }

    /// The name of the change that a commit is.
    pub(super) fn change_id(&self, commit: &str) -> Result<ChangeId, Cut> {
        let id = format!("{}@{commit:.12}", self.task.definition.id);
        Ok(ChangeId::new(&id)?)
    }
}
