//! The check of a run's changes, by a program that did not make them, as a run of its own.

use std::ffi::OsString;

use loom_core::coordinator::VERIFIED_CHANGES_MAX;
use loom_core::model::{Actor, ActorKind, ChangeId, RunId, Verdict};
use loom_core::run::RunOutcome;

use super::journal::Journal;
use super::maker::EVIDENCE_BYTES;
use super::process::{Job, Kind, shell};
use super::pulse::Pulse;
use super::{Cut, End, REFUSALS_MAX, Runner, say, tail};

impl Runner<'_> {
    /// Has these changes checked, with those that the run took over. Where nobody is there to check, or what
    /// was refused would only be checked again, a person has to go on.
    pub(super) fn have_checked(&mut self, mut changes: Vec<ChangeId>) -> Result<(), Cut> {
        let tip = self.worktree()?.head()?;
        if let Some((commit, passed)) = &self.state.passed
            && *commit == tip
            && !changes.is_empty()
            && changes.iter().all(|id| passed.contains(id))
        {
            let why =
                "its checker passed it, and the policy wants somebody who stands further apart";
            return Err(Cut::End(End::handed(why)));
        }
        for id in &self.state.inherited {
            if !changes.contains(id) {
                changes.push(id.clone());
            }
        }
        changes.truncate(VERIFIED_CHANGES_MAX);
        let Some(line) = self.task.checker.clone() else {
            let many = changes.len();
            let why =
                format!("its gates hold; {many} changes wait for somebody else to check them");
            return Err(Cut::End(End::handed(&why)));
        };
        let refused = self.state.refused.clone();
        if let Some((commit, times)) = &refused
            && (*commit == tip || *times >= REFUSALS_MAX)
        {
            let why = format!("its checker refused its work, {times} times in a row");
            return Err(Cut::End(End::handed(&why)));
        }

        let (verdict, seen) = self.check(&line, &changes, &tip)?;
        match verdict {
            Verdict::Passed => {
                say(
                    "checked",
                    &format!("{} changes, which passed", changes.len()),
                );
                self.state.inherited.retain(|id| !changes.contains(id));
                self.state.refused = None;
                self.state.passed = Some((tip, changes));
            }
            Verdict::Failed => {
                say(
                    "checked",
                    &format!("{} changes, which did not pass", changes.len()),
                );
                let times = refused.map_or(0, |(_, times)| times) + 1;
                self.state.refused = Some((tip, times));
                self.give_feedback(&format!("the checker refused what was done:\n{seen}\n"))?;
            }
        }
        self.state.checker = None;
        self.save()
    }

    /// Runs the checker and records its verdict; answers that, and what it printed last.
    fn check(
        &mut self,
        line: &str,
        changes: &[ChangeId],
        tip: &str,
    ) -> Result<(Verdict, String), Cut> {
        let journal = self.begin_check()?;
        let children = self.children.clone();
        let (loom, actor) = (journal.loom.clone(), journal.actor.clone());
        let _pulse = Pulse::start(loom, actor, journal.ttl_ms, move || children.lose());

        let log = self.logs.join(format!("check-{}.log", self.state.checks));
        let worktree = self.worktree()?;
        let commits = match &self.state.base {
            Some(base) => self.new_commits(base, tip)?,
            None => Vec::new(),
        };
        let names: Vec<&str> = changes.iter().map(ChangeId::as_str).collect();
        let mut env = self.env(worktree.at());
        env.retain(|(name, _)| !matches!(*name, "LOOM_RUN" | "LOOM_ACTOR"));
        env.extend([
            ("LOOM_RUN", OsString::from(journal.run.as_str())),
            ("LOOM_ACTOR", journal.actor.to_string().into()),
            ("LOOM_CHANGES", names.join(" ").into()),
            ("LOOM_COMMITS", commits.join(" ").into()),
        ]);
        let passed = self.children.run(&Job {
            kind: Kind::Agent,
            words: shell(line),
            folder: worktree.at(),
            env,
            log: &log,
        })?;
        let mut seen = tail(&log, EVIDENCE_BYTES);
        let is_changed = worktree.restore_if_changed(self.branch(), tip)?;
        if is_changed {
            seen.push_str("\nthe checker changed what it was to check");
        }
        let verdict = match passed && !is_changed {
            true => Verdict::Passed,
            false => Verdict::Failed,
        };
        let evidence = Some(seen.trim().to_owned()).filter(|seen| !seen.is_empty());
        let counts = journal.verify(changes.to_vec(), verdict, evidence)?;
        journal.finish(RunOutcome::Done, "it checked what another run made")?;
        if !counts {
            let why = "whoever checked its changes does not stand apart from who made them";
            return Err(Cut::End(End::handed(why)));
        }
        Ok((verdict, seen))
    }

    /// A run for the checker, noted before it starts. That of a checker that was killed is over.
    fn begin_check(&mut self) -> Result<Journal, Cut> {
        if let Some(checker) = &self.state.checker {
            let why = "its runner was killed before it came to a verdict";
            self.checker_journal(checker)?
                .finish(RunOutcome::Stopped, why)?;
        }
        self.state.checks += 1;
        let run = RunId::new(&format!("{}-check-{}", self.state.run, self.state.checks))?;
        self.state.checker = Some(run.clone());
        self.save()?;
        let journal = self.checker_journal(&run)?;
        journal.start(None, None)?;
        Ok(journal)
    }

    /// The journal as the run of a checker speaks with it.
    pub(super) fn checker_journal(&self, run: &RunId) -> Result<Journal, Cut> {
        let checker = self.task.definition.checker.as_ref();
        let name = format!("{}-checker", self.task.definition.id);
        let actor = Actor {
            team: self.task.definition.team.clone(),
            account: checker.and_then(|it| it.account.clone()),
            model: checker.and_then(|it| it.model.clone()),
            ..Actor::new(ActorKind::Loop, &name)?
        };
        Ok(Journal::of(&self.task.loom, &actor, run, self.task.ttl_ms))
    }
}
