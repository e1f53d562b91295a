//! The history that the verbs of provenance ask: what was imported, as entries in a file beside the
//! journal, and the graph made of it. There may be a history where there is no journal.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use loom_core::error::{Code, Error};
use loom_core::model::{Branch, RepoId, Timestamp, Words};
use loom_core::provenance::{ENTRY_BYTES_MAX, Entry, Fact, Name, ProvenanceGraph};
use serde::Serialize;
use tempfile::NamedTempFile;

use crate::cli::Common;
use crate::exit::Failure;
use crate::git::Checkout;
use crate::session::{self, Session, clock};
use crate::show;
use crate::store_at::StoreAt;

/// Everything that a verb of provenance works with.
pub(crate) struct History {
    pub(crate) graph: ProvenanceGraph,
    /// The time that "now" means.
    pub(crate) now: Timestamp,
    session: Option<Session>,
    checkout: Option<Checkout>,
    as_json: bool,
}

/// The journal of a folder in no repository.
const NOWHERE: &str = ".loom/journal.db";

impl History {
    /// Reads the journal and what was imported, as far as they are there.
    ///
    /// A commit that the journal has a change of is known by that one alone.
    pub(crate) fn open(common: &Common) -> Result<History, Failure> {
        let checkout = session::here()?;
        let path = path(common, checkout.as_ref())?;
        let at = at(common, checkout.as_ref())?;
        let session = (!at.is_missing())
            .then(|| Session::open(common))
            .transpose()?;
        if session.is_none() && !path.exists() {
            let message =
                format!("there is no journal at {at}, and nothing was imported: loom import git");
            return Err(Failure::absent("history", message));
        }
        let mut graph = match &session {
            Some(session) => session
                .loom
                .history(|history| Ok(history.graph().clone()))?,
            None => ProvenanceGraph::new(),
        };
        if path.exists() {
            for entry in read(&path)? {
                if !is_recorded(&graph, &entry) {
                    graph.enter(&entry)?;
                }
            }
        }
        Ok(History {
            graph,
            now: clock()?(),
            session,
            checkout,
            as_json: common.json,
        })
    }

    /// The git repository that the caller stands in, if it is one.
    pub(crate) fn checkout(&self) -> Option<&Checkout> {
        self.checkout.as_ref()
    }

    /// Puts words to texts of the journal. One that was erased stays without.
    pub(crate) fn fill(&self, mut words: Vec<&mut Words>) -> Result<(), Failure> {
        words.retain(|words| words.text.is_none());
        if let Some(session) = &self.session {
            session.loom.fill(words)?;
        }
        Ok(())
    }

    /// The repository that was named, else the only one, else the one that the caller stands in.
    pub(crate) fn repo(&self, repo: Option<&str>) -> Result<RepoId, Failure> {
        if let Some(repo) = repo {
            return Ok(RepoId::new(repo)?);
        }
        let repos: BTreeSet<&RepoId> = self.graph.branches().map(|(repo, _)| repo).collect();
        let here = self.checkout.as_ref().map(Checkout::name);
        let only = (repos.len() == 1).then(|| repos.first().copied()).flatten();
        let here = || {
            repos
                .iter()
                .copied()
                .find(|repo| Some(repo.as_str()) == here.as_deref())
        };
        only.or_else(here).cloned().ok_or_else(|| {
            let known: Vec<&str> = repos.iter().map(|repo| repo.as_str()).collect();
            let message = format!("name a repository; known are {}", known.join(", "));
            Failure::absent("--repo", message)
        })
    }

    /// The branch that was named, else the only one, else the one that the caller stands in lands on.
    pub(crate) fn place(
        &self,
        repo: Option<&str>,
        branch: Option<&str>,
    ) -> Result<(RepoId, Branch), Failure> {
        let fits = |place: &(&RepoId, &Branch)| {
            repo.is_none_or(|repo| place.0.as_str() == repo)
                && branch.is_none_or(|branch| place.1.as_str() == branch)
        };
        let places: Vec<_> = self.graph.branches().filter(fits).collect();
        let only = |places: &[(&RepoId, &Branch)]| match places {
            [(repo, branch)] => Some(((*repo).clone(), (*branch).clone())),
            _ => None,
        };
        let here = || {
            let checkout = self.checkout.as_ref()?;
            let (repo, branch) = (checkout.name(), checkout.default_branch());
            let mut here = places.clone();
            here.retain(|place| place.0.as_str() == repo);
            if here.len() > 1 {
                here.retain(|place| place.1.as_str() == branch);
            }
            only(&here)
        };
        only(&places).or_else(here).ok_or_else(|| {
            let known = |place: (&RepoId, &Branch)| format!("{} of {}", place.1, place.0);
            let known: Vec<String> = self.graph.branches().map(known).collect();
            let message = format!(
                "name a branch with --repo and --branch; known are {}",
                known.join(", ")
            );
            Failure::absent("--branch", message)
        })
    }

    /// Prints a value as JSON where that was asked for, else what `text` makes of it.
    pub(crate) fn print<T: Serialize>(
        &self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        show::print_as(self.as_json, value, text)
    }
}

/// What became of entries that were imported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Taken {
    /// Entries that are new here.
    pub(crate) new: u64,
    /// Entries that were here before.
    pub(crate) known: u64,
    /// Commits that are known to have landed on another branch, and stay there.
    pub(crate) elsewhere: u64,
}

/// Takes entries into the file beside the journal. Nothing that was imported before is forgotten; what
/// is imported again is held as it is told now, unless only a part of its branch is told.
pub(crate) fn import(path: &Path, entries: Vec<Entry>, is_part: bool) -> Result<Taken, Failure> {
    let broken = |why: std::io::Error| Failure::outside("history", why);
    // An import that contradicts itself is refused, rather than its last word taken.
    let mut told = ProvenanceGraph::new();
    for entry in &entries {
        told.enter(entry)?;
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(broken)?;
    }
    let lock = File::create(path.with_extension("lock")).map_err(broken)?;
    lock.lock().map_err(broken)?;
    let before = if path.exists() {
        read(path)?
    } else {
        Vec::new()
    };
    let mut held: BTreeMap<Name, Entry> = before
        .into_iter()
        .map(|entry| (entry.name(), entry))
        .collect();
    let mut taken = Taken::default();
    for entry in entries {
        let name = entry.name();
        match held.get(&name) {
            None => taken.new += 1,
            Some(old) if landed_on(old) != landed_on(&entry) => {
                taken.elsewhere += 1;
                continue;
            }
            Some(_) => {
                taken.known += 1;
                if is_part {
                    continue;
                }
            }
        }
        held.insert(name, entry);
    }
    let mut entries: Vec<Entry> = held.into_values().collect();
    entries.sort_by_key(|entry| (entry.at, entry.seq));
    // What the graph refuses must not get into the file.
    let mut graph = ProvenanceGraph::new();
    for entry in &entries {
        graph.enter(entry)?;
    }
    write(path, &entries)?;
    Ok(taken)
}

/// Where the history lies: beside the file of the journal, whether that is there or not. That of a journal
/// on a server lies in the clone. A folder in no repository has a history of its own.
pub(crate) fn path(common: &Common, checkout: Option<&Checkout>) -> Result<PathBuf, Failure> {
    let journal = match (at(common, checkout)?, checkout) {
        (StoreAt::File(path), _) => path,
        (StoreAt::Server(_), Some(checkout)) => StoreAt::in_clone(checkout),
        (StoreAt::Server(_), None) => PathBuf::from(NOWHERE),
    };
    Ok(journal.with_extension("history.jsonl"))
}

/// Where the journal is, or would be.
fn at(common: &Common, checkout: Option<&Checkout>) -> Result<StoreAt, Failure> {
    match (&common.store, checkout) {
        (None, None) => StoreAt::named(NOWHERE),
        _ => StoreAt::of(common, checkout),
    }
}

/// Does the journal have a change of the same commit on the same branch?
fn is_recorded(graph: &ProvenanceGraph, entry: &Entry) -> bool {
    let Fact::Change(change) = &entry.fact else {
        return false;
    };
    let Some(commit) = &change.commit else {
        return false;
    };
    graph
        .changes_of_commit(commit.as_str())
        .any(|known| (known.repo(), known.branch()) == (&change.repo, &change.branch))
}

fn landed_on(entry: &Entry) -> Option<(&RepoId, &Branch)> {
    match &entry.fact {
        Fact::Change(change) => Some((&change.repo, &change.branch)),
        _ => None,
    }
}

fn read(path: &Path) -> Result<Vec<Entry>, Failure> {
    let broken = |why: std::io::Error| Failure::outside("history", why);
    let file = BufReader::new(File::open(path).map_err(broken)?);
    let mut entries = Vec::new();
    for (place, line) in file.lines().enumerate() {
        let at = format!("{}:{}", path.display(), place + 1);
        let entry = Entry::from_json(&line.map_err(broken)?);
        entries.push(entry.map_err(|why| Error::at(Code::Corrupt, at, why.message()))?);
    }
    Ok(entries)
}

/// Whoever reads meanwhile reads the old file or the new one, never a half.
fn write(path: &Path, entries: &[Entry]) -> Result<(), Failure> {
    let broken = |why: std::io::Error| Failure::outside("history", why);
    let folder = path.parent().unwrap_or(Path::new("."));
    let file = NamedTempFile::new_in(folder).map_err(broken)?;
    let mut writer = BufWriter::new(file);
    for entry in entries {
        let mut line =
            serde_json::to_string(entry).map_err(|why| Failure::broken("history", why))?;
        if line.len() > ENTRY_BYTES_MAX {
            let (max, got) = (ENTRY_BYTES_MAX as u64, line.len() as u64);
            let name = entry.name().to_string();
            return Err(Error::limit(name, "ENTRY_BYTES_MAX", max, got).into());
        }
        line.push('\n');
        writer.write_all(line.as_bytes()).map_err(broken)?;
    }
    let file = writer
        .into_inner()
        .map_err(|why| broken(why.into_error()))?;
    file.as_file().sync_all().map_err(broken)?;
    file.persist(path).map_err(|why| broken(why.error))?;
    Ok(())
}
