//! `loom demo`: two developers' loops fight over one repository, as real processes with worktrees of
//! their own, over the journal that the repository's worktrees share.

mod cue;
mod files;
mod part;
mod repo;
mod stage;
mod story;
mod war;

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use loom_core::coordinator::Body;
use loom_core::model::{Actor, ActorId, ActorKind, Branch, LoopId, RepoId, WorkspaceId};
use loom_core::run::LoopDefinition;

use self::cue::Role;
use self::files::Picks;
use self::repo::Scratch;
use self::stage::Stage;
use self::story::{CAST, Cast};
use crate::audit::{Audit, audit};
use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use crate::git::Checkout;
use crate::show;
use crate::store_at::StoreAt;

pub(crate) use part::Part;

/// Plays the story.
///
/// Works on a clone in a temporary folder: your repository is only read, no hook of it runs, nothing
/// is fetched, and the folder is removed at the end.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// The repository to play on [default: the one you stand in, else a small one made up]
    #[arg(long, value_name = "PATH")]
    repo: Option<PathBuf>,
    /// Which story
    #[arg(long, value_enum, default_value = "day")]
    story: Story,
    /// Keep the folder, to look around in it afterwards
    #[arg(long)]
    keep: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Story {
    /// One day of three loops: a test that is left alone, a queue, a kill, a hand-over, a rush
    Day,
    /// The war of two loops over one test, which ends at a person
    War,
}

impl Demo {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let started = Instant::now();
        let say: fn(&str, &str) = if common.json { aside } else { aloud };
        let mut folder = tempfile::Builder::new()
            .prefix("loom-demo-")
            .tempdir()
            .map_err(|why| Failure::outside("temporary folder", why))?;
        folder.disable_cleanup(self.keep);
        let path = std::fs::canonicalize(folder.path())
            .map_err(|why| Failure::outside("temporary folder", why))?;
        let mut stage = Stage::open(&path, self.keep, say);
        let found = match self.story {
            Story::Day => self.play(&mut stage, &path, say),
            Story::War => war::play(&path, say).and_then(|journal| {
                let loom = loom_store::Loom::open(&journal)?;
                Ok(audit(loom.store())?)
            }),
        };
        stage.close();
        let audit = found?;
        verdict(&audit, started, say);
        if self.keep {
            let repo = match self.story {
                Story::Day => "clone",
                Story::War => "shop",
            };
            let store = path.join(repo).join(".git/.loom/journal.db");
            say(
                "",
                &format!(
                    "\nKept. To look around: loom log --store {}",
                    store.display()
                ),
            );
        }
        if common.json {
            let json = serde_json::to_string(&audit).unwrap_or_default();
            show::print(&json);
        }
        if audit.faults.is_empty() {
            return Ok(Exit::Done);
        }
        Err(Failure::broken(
            "demo",
            "the journal does not hold what it promises",
        ))
    }

    fn play(
        &self,
        stage: &mut Stage,
        folder: &std::path::Path,
        say: fn(&str, &str),
    ) -> Result<Audit, Failure> {
        let here = std::env::current_dir().ok();
        let (mut scratch, cloned) =
            Scratch::make(self.repo.as_deref().or(here.as_deref()), folder)?;
        let origin = match (&cloned, &self.repo) {
            (Some(from), _) => format!("a clone of {}", from.display()),
            (None, None) => "made up, since this folder lies in no git repository".to_owned(),
            (None, Some(named)) => {
                let message = format!("{}: no git repository with a commit in it", named.display());
                return Err(Failure::absent("--repo", message));
            }
        };
        let cloned = cloned.is_some();
        let enough = cloned && Picks::from(&scratch.clone)?.is_some();
        if !enough {
            scratch.add_files(if cloned { "loom-demo/" } else { "" })?;
        }
        let Some(picks) = Picks::from(&scratch.clone)? else {
            return Err(Failure::absent(
                "--repo",
                "it has too few files to play with",
            ));
        };
        let Some(checkout) = Checkout::at(&scratch.clone)? else {
            return Err(Failure::outside("clone", "git does not know it"));
        };
        let journal = StoreAt::in_clone(&checkout);
        let repo = if cloned {
            checkout.name()
        } else {
            "shop".to_owned()
        };
        let loom = loom_store::Loom::open(&journal)?;
        prepare(&loom, &repo, &checkout)?;

        say(
            "",
            "Two developers' loops on one repository, each a process of its own.\n",
        );
        say("repository", &format!("{origin}, {} files", scratch.files));
        say("in", &folder.display().to_string());
        say(
            "journal",
            "clone/.git/.loom/journal.db (SQLite), shared by all worktrees",
        );
        let roles = [Role::Test, Role::Queued, Role::Held, Role::Handed];
        let files: Vec<&str> = roles.map(|role| picks.file(role)).into();
        let all: Vec<&str> = files
            .iter()
            .copied()
            .chain(picks.free.iter().map(String::as_str))
            .collect();
        for Cast {
            name, owner, run, ..
        } in CAST
        {
            let worktree = scratch.add_worktree(name, &all)?;
            let process = stage.enter(name, run, &repo, &worktree)?;
            say(
                name,
                &format!("{owner}'s loop, process {process}, works in {name}/"),
            );
        }
        story::play(stage, &picks, say, |stage, name, run| {
            stage.enter(name, run, &repo, &folder.join(name))
        })?;
        stage.close();
        Ok(audit(loom.store())?)
    }
}

/// Makes the journal and registers what there is: what a person does once.
fn prepare(loom: &loom_store::Loom, repo: &str, checkout: &Checkout) -> Result<(), Failure> {
    let ada = Actor::new(ActorKind::Human, "ada")?;
    let workspace = WorkspaceId::new(repo)?;
    loom.execute(&ada, Body::CreateJournal { workspace })?;
    let register = Body::RegisterRepo {
        id: RepoId::new(repo)?,
        aliases: Vec::new(),
        default_branch: Branch::new(&checkout.default_branch())?,
        rules: Default::default(),
    };
    loom.execute(&ada, register)?;
    for Cast {
        name, owner, goal, ..
    } in CAST
    {
        let register = Body::RegisterLoop(Box::new(LoopDefinition {
            team: None,
            goal: Some(goal.to_owned()),
            ..LoopDefinition::new(LoopId::new(name)?, ActorId::new(owner)?)
        }));
        loom.execute(&ada, register)?;
    }
    Ok(())
}

fn verdict(audit: &Audit, started: Instant, say: fn(&str, &str)) {
    let Audit {
        records,
        grants,
        served,
        compared,
        faults,
    } = audit;
    say(
        "",
        "\nThe check: the journal, read again from the file, record by record\n",
    );
    say(
        "chain",
        &format!("{records} records, none altered, dropped, moved or forked"),
    );
    say(
        "claims",
        &format!("{grants} granted, {served} of them to waiters; {compared} pairs compared"),
    );
    for fault in faults {
        say("WRONG", &format!("record {}: {}", fault.ver, fault.what));
    }
    if faults.is_empty() {
        say(
            "overlaps",
            "no two claims that exclude each other were ever live together",
        );
    }
    let seconds = started.elapsed().as_millis().div_ceil(100);
    say("took", &format!("{}.{} s", seconds / 10, seconds % 10));
}

fn aloud(who: &str, text: &str) {
    show::print(&transcript(who, text));
}

fn aside(who: &str, text: &str) {
    eprintln!("{}", transcript(who, text));
}

fn transcript(who: &str, text: &str) -> String {
    match (who, text.starts_with("  ")) {
        ("", _) => text.to_owned(),
        (_, true) => format!("  {:<12} {text}", ""),
        (who, false) => format!("  {who:<12} {text}"),
    }
}
