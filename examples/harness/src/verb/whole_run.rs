//! `run --loop FILE -- COMMAND…`: a loop, run whole.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use loom_core::coordinator::Body;
use loom_core::error::{Code, Error};
use loom_core::model::{ActorKind, Branch, RepoId};
use loom_core::run::{Isolation, LoopDefinition};

use super::{loops, run};
use crate::cli::Common;
use crate::exit::{Ended, Failure};
use crate::runner::{self, Task, shell};
use crate::session::Session;
use crate::store_at::StoreAt;
use crate::units;

/// A loop, and how it is run.
#[derive(Debug, Args)]
pub(crate) struct Whole {
    /// The loop to run: its definition in YAML, TOML or JSON
    #[arg(long = "loop", value_name = "FILE", required = true)]
    file: Option<PathBuf>,
    /// The maker: a program that is run in each iteration, in the worktree of the run, with
    /// LOOM_BRIEF, LOOM_FEEDBACK, LOOM_RUN, LOOM_LOOP, LOOM_ITERATION, LOOM_STORE, LOOM_ACTOR and
    /// LOOM_WORKTREE; it may write LOOM_SUMMARY and LOOM_SPENT [default: the definition's]
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
    /// Who checks what was made: a shell line, with LOOM_CHANGES and LOOM_COMMITS; what it ends with
    /// is its verdict [default: the definition's; without any a person has to]
    #[arg(long, value_name = "COMMAND")]
    checker: Option<String>,
    /// The slot of the loop that it starts for, as `loom due` lists it
    #[arg(long, value_name = "SLOT")]
    slot: Option<String>,
    /// How long the run is taken to be alive where its runner was killed
    #[arg(long, value_name = "TIME", value_parser = units::duration_ms, default_value = "2m")]
    ttl: u64,
    /// Where others hold what the loop would change: wait in the queue
    #[arg(long)]
    wait: bool,
    /// How long to wait for anything before a person is asked
    #[arg(long, value_name = "TIME", value_parser = units::duration_ms, default_value = "1h")]
    patience: u64,
    /// Show what maker, gates and checker print
    #[arg(long, short)]
    verbose: bool,
}

impl Whole {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let Some(file) = &self.file else {
            return Err(Failure::Usage("name the loop: --loop FILE".to_owned()));
        };
        let definition = loops::read(file)?;
        check(&definition)?;
        let maker = match (self.command.as_slice(), &definition.maker) {
            ([_, ..], _) => self.command.clone(),
            ([], Some(maker)) if maker.run.is_some() => {
                shell(maker.run.as_deref().unwrap_or_default())
            }
            _ => {
                let message =
                    "name the maker: its command behind --, or maker.run in the definition";
                return Err(Failure::Usage(message.to_owned()));
            }
        };
        let checker = definition.checker.as_ref().and_then(|it| it.run.clone());
        let slot = self.slot.as_deref().map(|text| {
            let slot = run::slot_of(text)?;
            Ok::<_, Failure>((text.to_owned(), slot))
        });
        let session = Session::open(common)?;
        let checkout = session.checkout()?.clone();
        let (repo, landing) = landing(&session, &definition)?;
        register(&session, file, &definition)?;
        let journal = StoreAt::of(common, Some(&checkout))?.absolute()?;
        runner::run(&Task {
            loom: Arc::new(session.loom),
            journal,
            checkout,
            repo,
            landing,
            maker,
            checker: self.checker.clone().or(checker),
            definition,
            slot: slot.transpose()?,
            ttl_ms: self.ttl,
            waits: self.wait,
            patience: Duration::from_millis(self.patience),
            is_verbose: self.verbose,
            as_json: common.json,
        })
    }
}

/// Can this runner run such a loop?
fn check(definition: &LoopDefinition) -> Result<(), Failure> {
    let wrong = |field: &str, why: String| Err(Error::at(Code::InvalidField, field, why).into());
    if definition.isolation == Isolation::Clone {
        let why = "this runner makes no clones; write isolation: worktree, or none to work where you stand";
        return wrong("isolation", why.to_owned());
    }
    match definition.gates.iter().position(|gate| gate.run.is_none()) {
        None => Ok(()),
        Some(at) => {
            let name = &definition.gates[at].name;
            let why =
                format!("gate {name} has no command line, so nobody can measure it here; add run");
            wrong(&format!("gates[{at}].run"), why)
        }
    }
}

/// The repository that the caller stands in, and the branch of it that the loop's work lands on.
fn landing(session: &Session, definition: &LoopDefinition) -> Result<(RepoId, Branch), Failure> {
    let repo = session.repo(None)?;
    let area = definition.scope.iter().find(|area| area.repo == repo);
    if let Some(branch) = area.and_then(|area| area.branch.clone()) {
        return Ok((repo, branch));
    }
    let branch = session.loom.look(|coordinator, _| {
        let known = coordinator.repos().get(&repo);
        Ok(known.map(|known| known.default_branch.clone()))
    })?;
    match branch {
        Some(branch) => Ok((repo, branch)),
        None => Err(Failure::absent(
            "--repo",
            format!("repository {repo} is not registered"),
        )),
    }
}

/// The journal knows the loop by this definition, or somebody who may tells it.
fn register(
    session: &Session,
    file: &std::path::Path,
    definition: &LoopDefinition,
) -> Result<(), Failure> {
    let known = loops::found(session, &definition.id)?;
    if known.is_some_and(|known| Some(known.digest) == definition.digest().ok()) {
        return Ok(());
    }
    let may = session
        .actor_outside()
        .ok()
        .filter(|actor| actor.kind != ActorKind::Loop);
    let Some(actor) = may else {
        let (id, file) = (&definition.id, file.display());
        let message = format!(
            "loop {id} is not registered by this definition; a person does that: \
             loom loop add --file {file} --as human:NAME"
        );
        return Err(Error::at(Code::NotPermitted, "--loop", message).into());
    };
    let body: Body = loops::add(session, definition.clone())?;
    session.loom.execute(&actor, body)?;
    Ok(())
}
