//! A loop at work: any program as maker, as gates and as checker, one run from its start to its end.
//!
//! The journal says what comes next, and the runner does it ([`Runner::obey`]). Whatever it must know after
//! it was killed lies in a file beside a lock ([`folder`]): the next runner of the loop ends what was left
//! running, and goes on with the run while its lease lasts, or takes its work over in a run of its own. Each
//! step may be done twice: changes have the names of their commits, and what lies in a tree is committed
//! before anything else is done with it.

mod checker;
mod fingerprint;
mod folder;
mod journal;
mod maker;
mod process;
mod pulse;
mod takeover;
mod worktree;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use loom_core::claim::SpecRequest;
use loom_core::coordinator::Answer;
use loom_core::error::{Code, Error};
use loom_core::model::{Actor, ActorKind, Branch, RepoId, TEXT_BYTES_MAX};
use loom_core::run::{LoopDefinition, NextStep, RunOutcome, Slot, StopReason, WaitsFor};
use loom_store::Loom;
use serde::{Deserialize, Serialize};
use serde_json::json;

use self::folder::{Folder, Place, State};
use self::journal::{Journal, LOOK, Standing, Step, Wished};
use self::process::Children;
pub(crate) use self::process::shell;
use self::pulse::Pulse;
use self::worktree::{Git, Worktree};
use crate::exit::{Ended, Exit, Failure};
use crate::git::Checkout;
use crate::show;
use crate::store_at::StoreAt;

/// So often in a row a checker may refuse before a person is asked.
const REFUSALS_MAX: u32 = 8;

/// What a runner is asked to do.
pub(crate) struct Task {
    pub(crate) loom: Arc<Loom>,
    /// Where the journal lies.
    pub(crate) journal: StoreAt,
    pub(crate) checkout: Checkout,
    pub(crate) definition: LoopDefinition,
    pub(crate) repo: RepoId,
    /// The branch that the work lands on.
    pub(crate) landing: Branch,
    /// The maker.
    pub(crate) maker: Vec<OsString>,
    /// Who checks the work, if anybody does.
    pub(crate) checker: Option<String>,
    /// The slot, and how it was written.
    pub(crate) slot: Option<(String, Slot)>,
    pub(crate) ttl_ms: u64,
    /// Wait where somebody is in the way.
    pub(crate) waits: bool,
    pub(crate) patience: Duration,
    pub(crate) is_verbose: bool,
    pub(crate) as_json: bool,
}

/// What a run came to, and how the runner ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    outcome: RunOutcome,
    why: String,
    exit: Exit,
}

/// What cuts a step short.
#[derive(Debug)]
enum Cut {
    /// The run ends.
    End(End),
    /// The loop does not start, and somebody was told why.
    NotStarted,
    /// The run is not alive any more; another one can take its work over.
    Lost,
    Failure(Failure),
}

impl From<Failure> for Cut {
    fn from(why: Failure) -> Cut {
        match why {
            Failure::Error(why) => Cut::from(why),
            usage => Cut::Failure(usage),
        }
    }
}

impl From<Error> for Cut {
    fn from(why: Error) -> Cut {
        match why.code() {
            Code::RunNotLive => Cut::Lost,
            _ => Cut::Failure(Failure::Error(why)),
        }
    }
}

impl End {
    fn of(outcome: RunOutcome, why: &str) -> End {
        let exit = match outcome {
            RunOutcome::Done | RunOutcome::NothingFound => Exit::Done,
            RunOutcome::HandedToHuman => Exit::Refused,
            RunOutcome::Failed | RunOutcome::Stopped => Exit::Missed,
        };
        let why = why.to_owned();
        End { outcome, why, exit }
    }

    fn handed(why: &str) -> End {
        End::of(RunOutcome::HandedToHuman, why)
    }

    fn interrupted() -> End {
        End {
            exit: Exit::Interrupted,
            ..End::of(RunOutcome::Stopped, "it was interrupted")
        }
    }
}

/// Runs a loop until a run of it has ended.
pub(crate) fn run(task: &Task) -> Ended {
    let loop_id = &task.definition.id;
    let folder = match Folder::open(&task.checkout, loop_id)? {
        Ok(folder) => folder,
        Err(run) => {
            let run = run.map_or_else(String::new, |run| format!(", on run {run}"));
            say(
                "refused",
                &format!("another runner works on loop {loop_id} in this clone{run}"),
            );
            return Ok(Exit::Refused);
        }
    };
    let children = Children::new(folder.note(), task.is_verbose);
    children.end_on_interrupt();
    children.end_leftovers()?;
    let actor = Actor {
        team: task.definition.team.clone(),
        account: task
            .definition
            .maker
            .as_ref()
            .and_then(|it| it.account.clone()),
        model: task
            .definition
            .maker
            .as_ref()
            .and_then(|it| it.model.clone()),
        ..Actor::new(ActorKind::Loop, loop_id.as_str())?
    };
    let slot = task.slot.as_ref().map(|(text, _)| text.clone());
    let (state, is_new) = match folder.state()? {
        Some(state) => (state, false),
        None => (takeover::new_state(task, slot)?, true),
    };
    let mut runner = Runner {
        journal: Journal::of(&task.loom, &actor, &state.run, task.ttl_ms),
        identity: identity(&task.checkout, &actor),
        logs: folder.of_run(&state.run),
        task,
        folder,
        children,
        actor,
        state,
    };
    let ended = runner.begin(is_new).and_then(|()| runner.work());
    let end = match ended {
        Err(Cut::End(end)) => end,
        Ok(end) => end,
        Err(Cut::NotStarted) => return Ok(Exit::Refused),
        Err(Cut::Lost) => return Ok(runner.lost()),
        Err(Cut::Failure(why)) => return Err(why),
    };
    match runner.conclude(end) {
        Ok(exit) => Ok(exit),
        Err(Cut::Failure(why)) => Err(why),
        Err(_) => Ok(runner.lost()),
    }
}

/// One runner at work on one run.
struct Runner<'t> {
    task: &'t Task,
    folder: Folder,
    children: Children,
    /// The loop, outside any run.
    actor: Actor,
    journal: Journal,
    identity: Vec<(&'static str, OsString)>,
    /// Where what the run's programs print is kept.
    logs: PathBuf,
    state: State,
}

impl Runner<'_> {
    /// From whatever an earlier runner left, to a run that is alive.
    fn begin(&mut self, is_new: bool) -> Result<(), Cut> {
        if let Some(end) = self.state.end.clone() {
            return Err(Cut::End(end));
        }
        if !is_new {
            self.take_up()?;
        }
        self.follow(self.state.run.clone())?;
        if self.state.is_shared && self.state.base.is_none() && self.shared_place()?.is_dirty()? {
            let message = "the loop works where you stand, and the tree there has changes; commit or stash them";
            return Err(Failure::Usage(message.to_owned()).into());
        }
        self.save()?;
        if self.journal.standing()? == Standing::Unknown {
            let slot = self
                .task
                .slot
                .as_ref()
                .filter(|_| self.state.slot.is_some());
            let slot = slot.map(|(_, slot)| slot.clone());
            let loop_id = &self.task.definition.id;
            if let Some(refused) = self.journal.start(Some(loop_id), slot)? {
                self.show(&refused);
                if self.state.earlier.is_none() {
                    self.folder.clear()?;
                }
                return Err(Cut::NotStarted);
            }
        }
        Ok(())
    }

    /// The run as the journal and the folder are spoken to about it.
    fn follow(&mut self, run: loom_core::model::RunId) -> Result<(), Cut> {
        self.journal = Journal::of(&self.task.loom, &self.actor, &run, self.task.ttl_ms);
        self.logs = self.folder.of_run(&run);
        self.state.run = run;
        let outside = |why| Failure::outside(&self.logs.display().to_string(), why);
        Ok(std::fs::create_dir_all(&self.logs).map_err(outside)?)
    }

    fn work(&mut self) -> Result<End, Cut> {
        let children = self.children.clone();
        let (loom, actor) = (Arc::clone(&self.task.loom), self.journal.actor.clone());
        let _pulse = Pulse::start(loom, actor, self.task.ttl_ms, move || children.lose());
        self.hold_scope()?;
        self.have_place()?;
        self.adopt()?;
        let mut step = match self.journal.open_iteration()? {
            Some(number) => Step::Next(self.resume(number)?),
            None => self.journal.ask()?,
        };
        loop {
            self.children.go_on()?;
            step = match step {
                Step::Begun(number) => Step::Next(self.iterate(number)?),
                Step::Next(next) => self.obey(next)?,
            };
        }
    }

    /// What the journal says comes next, done: the only place where that is read.
    fn obey(&mut self, next: NextStep) -> Result<Step, Cut> {
        match next {
            NextStep::Continue { .. } => self.journal.ask(),
            NextStep::Verify(of)
            | NextStep::Wait {
                on: WaitsFor::Verification { of, .. },
            } => {
                self.have_checked(of.changes)?;
                self.journal.ask()
            }
            NextStep::Wait { on } => self.wait(&on),
            NextStep::Stop {
                outcome: RunOutcome::Done,
                ..
            } if !self.state.inherited.is_empty() => {
                self.have_checked(Vec::new())?;
                self.journal.ask()
            }
            NextStep::Stop { why, outcome } => Err(Cut::End(self.end_of(&why, outcome)?)),
        }
    }

    /// Waits for what the journal names, as long as patience lasts.
    fn wait(&self, on: &WaitsFor) -> Result<Step, Cut> {
        let next = NextStep::Wait { on: on.clone() };
        say("waits", &show::next_step(&next));
        let since = Instant::now();
        while since.elapsed() < self.task.patience {
            self.children.go_on()?;
            match self.journal.ask()? {
                Step::Next(NextStep::Wait { on: still }) if still == *on => {
                    std::thread::sleep(LOOK);
                }
                step => return Ok(step),
            }
        }
        let why = format!("patience ended: {}", show::next_step(&next));
        Err(Cut::End(End::handed(&why)))
    }

    /// How the run ends, by why it stops.
    fn end_of(&self, why: &StopReason, outcome: RunOutcome) -> Result<End, Cut> {
        let worktree = self.worktree()?;
        let is_unchanged = Some(worktree.head()?) == self.state.base;
        let made = self
            .state
            .iteration
            .as_ref()
            .and_then(|made| made.maker.as_ref());
        Ok(match (outcome, made) {
            (RunOutcome::Done, Some((false, _))) if is_unchanged => {
                End::of(RunOutcome::Failed, "its maker failed, and changed nothing")
            }
            (RunOutcome::Done, _) if is_unchanged => End::of(
                RunOutcome::NothingFound,
                "its gates hold, and nothing was to be changed",
            ),
            _ => End::of(outcome, &show::stop_reason(why)),
        })
    }

    /// Holds the loop's scope for changing it, where it has one.
    fn hold_scope(&mut self) -> Result<(), Cut> {
        if let Some(token) = self.state.token {
            return match self.journal.claim()? {
                Some(_) => Ok(()),
                None => {
                    let why = format!("its claim {token} does not hold any more");
                    Err(Cut::End(End::handed(&why)))
                }
            };
        }
        if self.task.definition.scope.is_empty() {
            return Ok(());
        }
        let token = match self.journal.claim()? {
            Some(token) => token,
            None => self.granted(self.scope())?,
        };
        self.state.token = Some(token);
        self.save()
    }

    /// A claim of these places; where it is refused, that is how the run ends.
    fn granted(&self, specs: Vec<SpecRequest>) -> Result<loom_core::model::Token, Cut> {
        let patience = self.task.waits.then_some(self.task.patience);
        let intent = Some(self.subject());
        match self.journal.wish(specs, intent, patience, &self.children)? {
            Wished::Granted(token) => Ok(token),
            Wished::Refused(answer, exit) => {
                self.show(&answer);
                let why = "what it was to change is not free";
                Err(Cut::End(End {
                    exit,
                    ..End::of(RunOutcome::Stopped, why)
                }))
            }
        }
    }

    fn scope(&self) -> Vec<SpecRequest> {
        let areas = self.task.definition.scope.iter();
        areas
            .map(|area| SpecRequest {
                repo: area.repo.clone(),
                branch: area.branch.clone(),
                paths: area.paths.clone(),
                resources: area.resources.clone(),
            })
            .collect()
    }

    /// A place to work, on the commit that the work begins on.
    fn have_place(&mut self) -> Result<(), Cut> {
        if self.state.is_shared {
            if self.state.base.is_none() {
                let head = self.shared_place()?.head()?;
                self.state.recorded = Some(head.clone());
                self.state.base = Some(head);
            }
            return self.save();
        }
        if self.state.base.is_none() {
            let base = landing_commit(&self.task.checkout, &self.task.landing)?;
            self.state.recorded = Some(base.clone());
            self.state.base = Some(base);
        }
        let place = self.state.place.get_or_insert_with(|| Place {
            worktree: self.logs.join("worktree"),
            branch: format!("loom/{}", self.state.run),
        });
        let place = place.clone();
        self.save()?;
        let base = self.state.base.as_deref().unwrap_or_default();
        Worktree::make(&self.task.checkout, self.git(), &place, self.begun_on(base))?;
        Ok(())
    }

    fn shared_place(&self) -> Result<Worktree<'_>, Cut> {
        Worktree::shared(&self.task.checkout, self.git())
    }

    fn worktree(&self) -> Result<Worktree<'_>, Cut> {
        match &self.state.place {
            Some(place) => Ok(Worktree::at_place(&self.task.checkout, self.git(), place)),
            None if self.state.is_shared => self.shared_place(),
            None => Err(Failure::broken("worktree", "the run has no place to work yet").into()),
        }
    }

    fn branch(&self) -> Option<&str> {
        self.state.place.as_ref().map(|place| place.branch.as_str())
    }

    fn git(&self) -> Git<'_> {
        Git {
            children: &self.children,
            logs: &self.logs,
            identity: &self.identity,
        }
    }

    fn save(&self) -> Result<(), Cut> {
        Ok(self.folder.save(&self.state)?)
    }

    /// What the run is for, in a line.
    fn subject(&self) -> String {
        let id = &self.task.definition.id;
        let goal = self
            .task
            .definition
            .goal
            .as_deref()
            .and_then(|it| it.lines().next());
        match goal.map(str::trim).filter(|goal| !goal.is_empty()) {
            Some(goal) => cut(goal),
            None => format!("{id}: at work"),
        }
    }

    /// Finishes the run, clears up, and says what it came to.
    fn conclude(&mut self, end: End) -> Result<Exit, Cut> {
        let end = match self.state.end.clone() {
            Some(end) => end,
            None => end,
        };
        self.state.end = Some(end.clone());
        self.save()?;
        if let Some(checker) = &self.state.checker {
            self.checker_journal(checker)?
                .finish(RunOutcome::Stopped, "the run that it checked is over")?;
        }
        let end = match self.journal.finish(end.outcome, &end.why)? {
            None => end,
            Some(next) => {
                let why = format!("it may not be called done yet: {}", show::next_step(&next));
                let end = End::handed(&why);
                self.state.end = Some(end.clone());
                self.save()?;
                self.journal.finish(end.outcome, &end.why)?;
                end
            }
        };
        let commits = self.clear_up()?;
        self.folder.clear()?;
        self.folder.forget_logs();
        self.tell(&end, commits);
        Ok(end.exit)
    }

    /// Puts away the worktree, after what lies there was committed; answers how many commits there are.
    fn clear_up(&self) -> Result<usize, Cut> {
        self.close_earlier()?;
        let Some(base) = &self.state.base else {
            return Ok(0);
        };
        let message = self.message("work in progress");
        let Some(place) = &self.state.place else {
            if !self.state.is_shared {
                return Ok(0);
            }
            let worktree = self.shared_place()?;
            worktree.salvage(&message)?;
            return Ok(worktree.here.commits_without("HEAD", &[base])?.len());
        };
        let worktree = self.worktree()?;
        if !worktree.close(place, base, &message)? {
            let kept = place.worktree.display();
            say(
                "kept",
                &format!("{kept}, whose branch is not {} any more", place.branch),
            );
        }
        let branch = format!("refs/heads/{}", place.branch);
        match self.task.checkout.commit(&branch) {
            Ok(tip) => Ok(self.task.checkout.commits_without(&tip, &[base])?.len()),
            Err(_) => Ok(0),
        }
    }

    fn message(&self, subject: &str) -> String {
        format!("{subject}\n\nLoom-Run: {}", self.state.run)
    }

    /// What stands in the way. Where the end is told as JSON, nothing else is.
    fn show(&self, answer: &Answer) {
        let text = show::answer(answer);
        match self.task.as_json {
            true => eprintln!("{text}"),
            false => show::print(&text),
        }
    }

    fn tell(&self, end: &End, commits: usize) {
        let run = &self.state.run;
        let branch = self.branch().filter(|_| commits > 0);
        if self.task.as_json {
            show::print(
                &json!({
                    "run": run,
                    "loop": self.task.definition.id,
                    "outcome": end.outcome,
                    "why": end.why,
                    "branch": branch,
                    "commits": commits,
                    "logs": self.logs,
                })
                .to_string(),
            );
            return;
        }
        let on = branch.map_or_else(String::new, |branch| format!(" on {branch}"));
        let plural = if commits == 1 { "" } else { "s" };
        let outcome = end.outcome.as_str();
        say("logs", &self.logs.display().to_string());
        show::print(&format!(
            "finished  run {run} is {outcome}: {}; {commits} commit{plural}{on}",
            end.why
        ));
    }

    /// The lease of the run is over: somebody may have what it held, and nothing more is done under it.
    fn lost(&self) -> Exit {
        let run = &self.state.run;
        let why = "is not alive any more; the same command again takes its work over";
        show::print(&format!("fenced    run {run} {why}"));
        Exit::Fenced
    }
}

/// What happens, for whoever watches.
fn say(label: &str, text: &str) {
    eprintln!("{label:<10}{text}");
}

/// Who commits, where nobody is configured.
fn identity(checkout: &Checkout, actor: &Actor) -> Vec<(&'static str, OsString)> {
    if checkout.setting("user.email").is_some() && checkout.setting("user.name").is_some() {
        return Vec::new();
    }
    let (name, mail) = (actor.to_string(), format!("{}@loop.invalid", actor.id));
    let given = |it: &(&str, String)| std::env::var_os(it.0).is_none();
    [
        ("GIT_AUTHOR_NAME", name.clone()),
        ("GIT_AUTHOR_EMAIL", mail.clone()),
        ("GIT_COMMITTER_NAME", name),
        ("GIT_COMMITTER_EMAIL", mail),
    ]
    .into_iter()
    .filter(given)
    .map(|(name, value)| (name, OsString::from(value)))
    .collect()
}

/// The commit that work for this branch begins on.
fn landing_commit(checkout: &Checkout, landing: &Branch) -> Result<String, Error> {
    let local = checkout.commit(&format!("refs/heads/{landing}"));
    local.or_else(|_| checkout.commit(&format!("refs/remotes/origin/{landing}")))
}

/// As much of a text as the journal takes.
fn cut(text: &str) -> String {
    let ends = text.char_indices().map(|(at, it)| at + it.len_utf8());
    let end = ends.take_while(|end| *end <= TEXT_BYTES_MAX).last();
    text[..end.unwrap_or(0)].to_owned()
}

/// The end of a file, at most so many bytes of it.
fn tail(path: &Path, bytes: usize) -> String {
    let all = std::fs::read(path).unwrap_or_default();
    let end = &all[all.len().saturating_sub(bytes)..];
    cut(String::from_utf8_lossy(end).trim())
}
