//! An iteration: the maker works, what it left is committed and recorded, and the gates measure it.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use loom_core::claim::SpecRequest;
use loom_core::coordinator::{MadeBy, NewChange};
use loom_core::model::{ActorId, Amounts};
use loom_core::path::{PathSetSource, PatternSource};
use loom_core::run::{GateResult, NextStep};

use super::folder::Made;
use super::process::{Job, Kind, shell};
use super::{Cut, End, Runner, cut, fingerprint, landing_commit, say, tail};
use crate::exit::Failure;
use crate::units;
use crate::verb::brief;
use crate::verb::change::{of_commit, touched};

/// How much of what a program printed is told of, in bytes.
pub(super) const EVIDENCE_BYTES: usize = 2_000;
/// The gate that says whether the maker itself succeeded.
const MAKER: &str = "maker";

impl Runner<'_> {
    /// One iteration from its beginning; answers what comes next.
    pub(super) fn iterate(&mut self, number: u32) -> Result<NextStep, Cut> {
        let from = self.worktree()?.head()?;
        let maker = None;
        self.state.iteration = Some(Made {
            number,
            from,
            maker,
        });
        self.save()?;
        self.make(number)?;
        self.settle(number)
    }

    /// The iteration that was under way when the runner was killed. Where its maker had not ended and has
    /// nothing to show, it begins anew; else it ends with what is there.
    pub(super) fn resume(&mut self, number: u32) -> Result<NextStep, Cut> {
        let worktree = self.worktree()?;
        let (head, is_dirty) = (worktree.head()?, worktree.is_dirty()?);
        match &self.state.iteration {
            Some(made) if made.number != number => self.iterate(number),
            None => self.iterate(number),
            Some(made) if made.maker.is_none() && made.from == head && !is_dirty => {
                self.iterate(number)
            }
            Some(_) => self.settle(number),
        }
    }

    fn make(&mut self, number: u32) -> Result<(), Cut> {
        let text = brief::collect(
            &self.task.loom,
            &self.state.run,
            &self.scope(),
            brief::CHARS,
        )?;
        let path = self.logs.join("brief.md");
        std::fs::write(&path, text.text)
            .map_err(|why| Failure::outside(&path.display().to_string(), why))?;
        if !self.feedback().exists() {
            self.give_feedback("")?;
        }
        let log = self.logs.join(format!("{number}-maker.log"));
        let worktree = self.worktree()?;
        let mut env = self.env(worktree.at());
        env.extend([
            ("LOOM_ITERATION", OsString::from(number.to_string())),
            ("LOOM_BRIEF", path.into()),
            ("LOOM_FEEDBACK", self.feedback().into()),
            ("LOOM_SUMMARY", self.of_iteration(number, "summary").into()),
            ("LOOM_SPENT", self.of_iteration(number, "spent.json").into()),
        ]);
        let passed = self.children.run(&Job {
            kind: Kind::Agent,
            words: self.task.maker.clone(),
            folder: worktree.at(),
            env,
            log: &log,
        })?;
        let print = match passed {
            true => None,
            false => Some(fingerprint::of(&std::fs::read(&log).unwrap_or_default())?),
        };
        if let Some(made) = &mut self.state.iteration {
            made.maker = Some((passed, print));
        }
        self.save()
    }

    /// What the maker left becomes commits, changes and results of gates; answers what comes next.
    fn settle(&mut self, number: u32) -> Result<NextStep, Cut> {
        let tip = self.commit(number)?;
        let before = self.state.recorded.clone().unwrap_or_default();
        let commits = self.new_commits(&before, &tip)?;
        for commit in &commits {
            self.record(commit)?;
        }
        self.state.recorded = Some(tip.clone());
        self.save()?;
        let gates = self.measure(number, &tip)?;
        let failed: Vec<&str> = gates
            .iter()
            .filter(|gate| !gate.passed)
            .map(|gate| gate.name.as_str())
            .collect();
        let how = match failed.as_slice() {
            [] => "all gates hold".to_owned(),
            failed => format!("failed: {}", failed.join(", ")),
        };
        say(
            "iteration",
            &format!("{number}: {} new commits; {how}", commits.len()),
        );
        let summary = std::fs::read_to_string(self.of_iteration(number, "summary"));
        let summary = summary
            .ok()
            .map(|text| cut(text.trim()))
            .filter(|text| !text.is_empty());
        self.journal
            .end_iteration(gates, self.spent(number), summary)
    }

    /// Commits what lies in the tree; answers the last commit. Where the loop has no scope, the paths are
    /// claimed first.
    fn commit(&mut self, number: u32) -> Result<String, Cut> {
        let worktree = self.worktree()?;
        if let Some(place) = &self.state.place
            && worktree.here.branch().as_ref() != Some(&place.branch)
        {
            let why = format!("its maker left the branch {}", place.branch);
            return Err(Cut::End(End::handed(&why)));
        }
        if worktree.is_dirty()? {
            worktree.stage()?;
        }
        let staged = worktree.here.staged()?;
        let before = self.state.recorded.clone().unwrap_or_default();
        let made = self.new_commits(&before, &worktree.head()?)?;
        let staged: BTreeSet<String> = staged.into_iter().map(|file| file.path).collect();
        self.claim_paths(staged, &made)?;
        let worktree = self.worktree()?;
        let subject = match &self.task.definition.goal {
            Some(_) => self.subject(),
            None => format!("{}: iteration {number}", self.task.definition.id),
        };
        if !worktree.commit(&self.message(&subject))? {
            let log = self.logs.join("git.log");
            let why = format!(
                "git did not let its commit in: {}",
                tail(&log, EVIDENCE_BYTES)
            );
            return Err(Cut::End(End::handed(&why)));
        }
        worktree.head()
    }

    /// Claims what these commits changed, where the loop has no scope.
    pub(super) fn claim_commits(&mut self, commits: &[String]) -> Result<(), Cut> {
        self.claim_paths(BTreeSet::new(), commits)
    }

    fn claim_paths(&mut self, mut paths: BTreeSet<String>, commits: &[String]) -> Result<(), Cut> {
        if !self.task.definition.scope.is_empty() {
            return Ok(());
        }
        for commit in commits {
            for file in self
                .change(commit)?
                .into_iter()
                .flat_map(|change| change.files)
            {
                paths.extend(std::iter::once(file.path).chain(file.old_path));
            }
        }
        if paths.is_empty() {
            return Ok(());
        }
        let patterns = paths.iter().map(|path| PatternSource::file(path.as_str()));
        let token = self.granted(vec![SpecRequest {
            repo: self.task.repo.clone(),
            branch: Some(self.task.landing.clone()),
            paths: PathSetSource::of(patterns),
            resources: Vec::new(),
        }])?;
        self.state.token = Some(token);
        self.save()
    }

    /// The commits up to `tip` that are not told of yet, without those that landed meanwhile.
    pub(super) fn new_commits(&self, since: &str, tip: &str) -> Result<Vec<String>, Cut> {
        let landed = match self.state.is_shared {
            true => None,
            false => landing_commit(&self.task.checkout, &self.task.landing).ok(),
        };
        let without: Vec<&str> = std::iter::once(since).chain(landed.as_deref()).collect();
        Ok(self.task.checkout.commits_without(tip, &without)?)
    }

    /// Records a commit as a change, as far as it changed anything; `false` where it was recorded before.
    pub(super) fn record(&self, commit: &str) -> Result<bool, Cut> {
        match self.change(commit)? {
            Some(change) => self.journal.record(change),
            None => Ok(true),
        }
    }

    fn change(&self, commit: &str) -> Result<Option<NewChange>, Cut> {
        let change = NewChange {
            id: self.change_id(commit)?,
            repo: self.task.repo.clone(),
            branch: Some(self.task.landing.clone()),
            commit: None,
            made_by: MadeBy::Loop,
            run: None,
            token: self.state.token,
            intent: None,
            deliberate: false,
            base: None,
            decision: None,
            patch_id: None,
            reverts: Vec::new(),
            files: Vec::new(),
        };
        let checkout = &self.task.checkout;
        let mut change = of_commit(checkout, commit, change)?;
        change.intent = change.intent.map(|intent| cut(&intent));
        if checkout.is_merge(commit) {
            // What came from the other side was told of there.
            let paths = checkout.merged_paths(commit)?;
            change.files = paths.into_iter().map(touched).collect();
        }
        Ok(Some(change).filter(|change| !change.files.is_empty()))
    }

    /// Runs the gates on a commit, and leaves the tree as that has it.
    fn measure(&mut self, number: u32, tip: &str) -> Result<Vec<GateResult>, Cut> {
        let mut results = Vec::new();
        let mut feedback = String::new();
        for gate in &self.task.definition.gates {
            let Some(line) = &gate.run else { continue };
            let file = format!("gate-{}.log", units::name_from(gate.name.as_str()));
            let log = self.of_iteration(number, &file);
            let worktree = self.worktree()?;
            let mut env = self.env(worktree.at());
            env.push(("LOOM_ITERATION", OsString::from(number.to_string())));
            let passed = self.children.run(&Job {
                kind: Kind::Agent,
                words: shell(line),
                folder: worktree.at(),
                env,
                log: &log,
            })?;
            worktree.restore_if_changed(self.branch(), tip)?;
            let seen = tail(&log, EVIDENCE_BYTES);
            if !passed {
                feedback.push_str(&format!("gate {} failed:\n{seen}\n\n", gate.name));
            }
            let print = match passed {
                true => None,
                false => Some(fingerprint::of(&std::fs::read(&log).unwrap_or_default())?),
            };
            results.push(GateResult {
                name: gate.name.clone(),
                passed,
                fingerprint: print,
                evidence: (!passed && !seen.is_empty()).then_some(seen),
            });
        }
        let own = ActorId::new(MAKER)?;
        if results.iter().all(|gate| gate.name != own) {
            let made = self
                .state
                .iteration
                .as_ref()
                .and_then(|made| made.maker.clone());
            // Of one that was killed nobody knows how it would have ended.
            let (passed, fingerprint) = made.unwrap_or((false, None));
            results.push(GateResult {
                name: own,
                passed,
                fingerprint,
                evidence: None,
            });
        }
        self.give_feedback(&feedback)?;
        Ok(results)
    }

    /// What the next maker is told of what did not hold.
    pub(super) fn give_feedback(&self, text: &str) -> Result<(), Cut> {
        let path = self.feedback();
        let outside = |why| Failure::outside(&path.display().to_string(), why);
        Ok(std::fs::write(&path, text).map_err(outside)?)
    }

    fn feedback(&self) -> PathBuf {
        self.logs.join("feedback.txt")
    }

    fn of_iteration(&self, number: u32, what: &str) -> PathBuf {
        self.logs.join(format!("{number}-{what}"))
    }

    /// What the maker says that it used up.
    fn spent(&self, number: u32) -> Amounts {
        let path = self.of_iteration(number, "spent.json");
        let Ok(json) = std::fs::read(&path) else {
            return Amounts::new();
        };
        serde_json::from_slice(&json).unwrap_or_else(|why| {
            say("note", &format!("{} does not count: {why}", path.display()));
            Amounts::new()
        })
    }

    /// What every program of the run is told.
    pub(super) fn env(&self, at: &Path) -> Vec<(&'static str, OsString)> {
        let mut env = self.identity.clone();
        env.extend([
            ("LOOM_STORE", self.task.journal.word().into_os_string()),
            ("LOOM_RUN", self.state.run.as_str().into()),
            ("LOOM_LOOP", self.task.definition.id.as_str().into()),
            ("LOOM_ACTOR", self.actor.to_string().into()),
            ("LOOM_WORKTREE", at.as_os_str().to_owned()),
        ]);
        env
    }
}
