//! Where a runner keeps what it must know after it was killed: one folder for each loop of a clone, with
//! a lock that one runner holds, and a state that is written whole or not at all.

use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use loom_core::model::{ActorId, ChangeId, Digest, LoopId, RunId, Token};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::End;
use crate::exit::Failure;
use crate::git::Checkout;
use crate::units;

/// Of how many runs of a loop the logs are kept.
const LOGS_KEPT_MAX: usize = 16;

/// What a runner works on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// Its run, which the journal knows once it was started.
    pub(super) run: RunId,
    /// It works where its owner stands, and in no worktree of its own.
    pub(super) is_shared: bool,
    /// The slot that it was started for.
    #[serde(default)]
    pub(super) slot: Option<String>,
    /// Its worktree and branch, once it has them.
    #[serde(default)]
    pub(super) place: Option<Place>,
    /// The commit that the work began on, once it has a place to work.
    #[serde(default)]
    pub(super) base: Option<String>,
    /// Up to this commit changes are recorded.
    #[serde(default)]
    pub(super) recorded: Option<String>,
    /// The claim of the loop's scope.
    #[serde(default)]
    pub(super) token: Option<Token>,
    /// The run that it took over from, until nothing of that is left to do.
    #[serde(default)]
    pub(super) earlier: Option<Earlier>,
    /// Changes of runs that it took over from and that nobody has verified for this one.
    #[serde(default)]
    pub(super) inherited: Vec<ChangeId>,
    /// The iteration under way.
    #[serde(default)]
    pub(super) iteration: Option<Made>,
    /// The run of the checker that is at work.
    #[serde(default)]
    pub(super) checker: Option<RunId>,
    /// How often somebody checked.
    #[serde(default)]
    pub(super) checks: u32,
    /// The last commit that the checker passed, and which changes with it.
    #[serde(default)]
    pub(super) passed: Option<(String, Vec<ChangeId>)>,
    /// The last commit that the checker refused, and how many in a row.
    #[serde(default)]
    pub(super) refused: Option<(String, u32)>,
    /// What it came to, where only cleaning up is left.
    #[serde(default)]
    pub(super) end: Option<End>,
}

/// A worktree and its branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) worktree: PathBuf,
    pub(super) branch: String,
}

/// A run whose runner died, and whose lease is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Earlier {
    pub(super) run: RunId,
    pub(super) place: Option<Place>,
    /// Where its work ended, and the new one begins.
    pub(super) tip: String,
}

/// How far an iteration is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Made {
    pub(super) number: u32,
    /// The commit that it began on.
    pub(super) from: String,
    /// How the maker ended, and what tells its failure from others.
    pub(super) maker: Option<(bool, Option<ActorId>)>,
}

impl State {
    /// A run that has done nothing yet.
    pub(super) fn new(run: RunId, slot: Option<String>, is_shared: bool) -> State {
        State {
            run,
            is_shared,
            slot,
            place: None,
            base: None,
            recorded: None,
            token: None,
            earlier: None,
            inherited: Vec::new(),
            iteration: None,
            checker: None,
            checks: 0,
            passed: None,
            refused: None,
            end: None,
        }
    }
}

/// The folder of a loop, locked.
pub(super) struct Folder {
    at: PathBuf,
    _lock: File,
}

impl Folder {
    /// The folder, or the one who works there: its run, if it has one yet.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) fn open(
        checkout: &Checkout,
        loop_id: &LoopId,
    ) -> Result<Result<Folder, Option<RunId>>, Failure> {
        let at = checkout
            .common
            .join(".loom")
            .join("run")
            .join(name_of(loop_id));
        let outside = |why| Failure::outside(&at.display().to_string(), why);
        std::fs::create_dir_all(&at).map_err(outside)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(at.join("lock"))
            .map_err(outside)?;
        match lock.try_lock() {
            Ok(()) => Ok(Ok(Folder { at, _lock: lock })),
            Err(TryLockError::WouldBlock) => {
                let state: Option<State> = read_json(&at.join("state.json"))?;
                Ok(Err(state.map(|state| state.run)))
            }
            Err(TryLockError::Error(why)) => Err(outside(why)),
        }
    }

    /// Where the process that runs is noted.
    pub(super) fn note(&self) -> PathBuf {
        self.at.join("process.json")
    }

    /// What is kept of a run: its worktree while it works, its logs afterwards.
    pub(super) fn of_run(&self, run: &RunId) -> PathBuf {
        self.at.join(units::name_from(run.as_str()))
    }

    /// The state that was saved last, if a runner was killed before it was through.
    pub(super) fn state(&self) -> Result<Option<State>, Failure> {
        read_json(&self.at.join("state.json"))
    }

    pub(super) fn save(&self, state: &State) -> Result<(), Failure> {
        write_json(&self.at.join("state.json"), state)
    }

    /// Nothing is left to do.
    pub(super) fn clear(&self) -> Result<(), Failure> {
        let path = self.at.join("state.json");
        match std::fs::remove_file(&path) {
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => {
                Err(Failure::outside(&path.display().to_string(), why))
            }
            _ => Ok(()),
        }
    }
}

impl Folder {
    /// Forgets the logs of runs that ended long ago, the latest aside.
    pub(super) fn forget_logs(&self) {
        let entries = std::fs::read_dir(&self.at).into_iter().flatten().flatten();
        let mut runs: Vec<_> = entries
            .map(|entry| entry.path())
            .filter(|path| path.join("brief.md").exists() && !path.join("worktree").exists())
            .filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path)))
            .collect();
        runs.sort();
        let many = runs.len().saturating_sub(LOGS_KEPT_MAX);
        for (_, path) in runs.drain(..many) {
            // What cannot be removed now is next time.
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

/// A name for a folder that no other loop has.
fn name_of(id: &LoopId) -> String {
    let name = units::name_from(id.as_str());
    if name == id.as_str() {
        return name;
    }
    let digest = Digest::of(&[id.as_str().as_bytes()]).to_string();
    format!("{name}-{}", &digest[..8])
}

/// Reads a file, if it is there.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Failure> {
    let name = path.display().to_string();
    match std::fs::read(path) {
        Ok(json) => serde_json::from_slice(&json)
            .map(Some)
            .map_err(|why| Failure::outside(&name, why)),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(Failure::outside(&name, why)),
    }
}

/// Writes a file whole or not at all.
pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Failure> {
    let outside = |why: std::io::Error| Failure::outside(&path.display().to_string(), why);
    let json = serde_json::to_vec(value).map_err(|why| Failure::broken("state", why))?;
    let beside = path.with_extension("new");
    let mut file = File::create(&beside).map_err(outside)?;
    file.write_all(&json)
        .and_then(|()| file.sync_all())
        .map_err(outside)?;
    std::fs::rename(&beside, path).map_err(outside)
}
