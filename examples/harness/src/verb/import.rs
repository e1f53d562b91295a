//! `import`: the history of a repository, from git itself or from a file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use flate2::bufread::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};
use loom_core::error::Error;
use loom_core::harness::git::{
    AgentIdentity, CommitDiff, DIFF_ARGS, DiffReader, LOG_ARGS, LogReader, add_diff,
};
use loom_core::harness::history_lines::{HistoryReader, LINE_BYTES_MAX};
use loom_core::harness::{LeftOut, Place};
use loom_core::model::{Branch, RepoId};
use loom_core::provenance::{ChangeFact, Entry, Fact};
use loom_core::view::named;
use serde::Serialize;

use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use crate::git::Checkout;
use crate::history::{self, Taken};
use crate::session::{self, Session};
use crate::store_at::StoreAt;
use crate::{show, units};

/// Imports a history.
#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// From git: the first parents of a branch
    Git(Git),
    /// From a file with one commit a line as JSON, packed with gzip or not
    Jsonl(Jsonl),
}

/// Imports the history of a git repository.
#[derive(Debug, Args)]
pub(crate) struct Git {
    /// The folder of the repository [default: the one you stand in]
    #[arg(long, value_name = "PATH")]
    repo: Option<PathBuf>,
    /// Only commits since then, in any words that git takes
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// The branch [default: the one that work lands on]
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
    /// What the repository is called here [default: as it is registered, else its own name]
    #[arg(long, value_name = "ID")]
    name: Option<String>,
    /// Leave the diffs unread: quicker, but reverts are then told by whole files alone
    #[arg(long)]
    no_diffs: bool,
    /// Agents by how they sign, as a JSON file: [{"agent":"claude","emails":[…],"names":[…]}]
    #[arg(long, value_name = "FILE")]
    agents: Option<PathBuf>,
}

/// Imports a history that was written down.
#[derive(Debug, Args)]
pub(crate) struct Jsonl {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What the repository is called here [default: the name of the file]
    #[arg(long, value_name = "ID")]
    name: Option<String>,
    /// The branch
    #[arg(long, value_name = "NAME", default_value = "main")]
    branch: String,
}

/// What was imported.
#[derive(Debug, Serialize)]
struct Imported {
    repo: RepoId,
    branch: Branch,
    #[serde(flatten)]
    taken: Taken,
    left_out: LeftOut,
    /// Diffs that are too long to be read; their commits are there all the same.
    diffs_left_out: u64,
}

impl Import {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let path = history::path(common, session::here()?.as_ref())?;
        let (place, told) = match self {
            Import::Git(it) => it.read(common)?,
            Import::Jsonl(it) => it.read()?,
        };
        let taken = history::import(&path, told.entries, told.is_part)?;
        let imported = Imported {
            repo: place.repo,
            branch: place.branch,
            taken,
            left_out: told.left_out,
            diffs_left_out: told.diffs_left_out,
        };
        show::print_as(common.json, &imported, text)?;
        Ok(Exit::Done)
    }
}

struct Told {
    entries: Vec<Entry>,
    left_out: LeftOut,
    diffs_left_out: u64,
    is_part: bool,
}

impl Git {
    fn read(&self, common: &Common) -> Result<(Place, Told), Failure> {
        let folder = match &self.repo {
            Some(folder) => folder.clone(),
            None => std::env::current_dir().map_err(|why| Failure::outside("folder", why))?,
        };
        let no_repository = || {
            let message = format!("there is no git repository at {}", folder.display());
            Failure::absent("--repo", message)
        };
        if !folder.is_dir() {
            return Err(no_repository());
        }
        let checkout = Checkout::at(&folder)?.ok_or_else(no_repository)?;
        let branch = match &self.branch {
            Some(branch) => branch.clone(),
            None => checkout.default_branch(),
        };
        let tip = checkout
            .commit(&format!("refs/heads/{branch}"))
            .or_else(|_| checkout.commit(&format!("refs/remotes/origin/{branch}")))
            .or_else(|_| checkout.commit(&branch))
            .map_err(|why| why.about("--branch"))?;
        let place = Place {
            repo: self.name(common, &checkout)?,
            branch: Branch::new(&branch)?,
        };
        let narrowed: Vec<String> = self
            .since
            .iter()
            .map(|it| format!("--since={it}"))
            .collect();
        let (all, told) = (
            checkout.commits(&tip, &[])?,
            checkout.commits(&tip, &narrowed)?,
        );
        let before = all.saturating_sub(told);
        let mut reader = LogReader::new(place.clone(), self.agents()?).after(before);
        let bar = bar(told, "commits");
        let mut entries = Vec::new();
        checkout.log(LOG_ARGS, &tip, &narrowed, |piece| {
            let read = reader.push(piece)?;
            bar.inc(read.len() as u64);
            entries.extend(read);
            Ok::<(), Error>(())
        })?;
        entries.extend(reader.finish()?);
        bar.finish_and_clear();
        let diffs_left_out = match self.no_diffs {
            true => 0,
            false => read_diffs(&checkout, &tip, &narrowed, &mut entries)?,
        };
        let told = Told {
            entries,
            left_out: reader.left_out(),
            diffs_left_out,
            is_part: before > 0,
        };
        Ok((place, told))
    }

    fn name(&self, common: &Common, checkout: &Checkout) -> Result<RepoId, Failure> {
        if let Some(name) = &self.name {
            return Ok(RepoId::new(name)?);
        }
        let here = session::here()?;
        let has_journal = StoreAt::of(common, here.as_ref()).is_ok_and(|it| !it.is_missing());
        if has_journal && let Some(origin) = checkout.origin() {
            let session = Session::open(common)?;
            let registered = session.loom.look(|coordinator, _| {
                let repo = coordinator.repos().by_origin(&origin);
                Ok(repo.map(|repo| repo.id.clone()))
            })?;
            if let Some(registered) = registered {
                return Ok(registered);
            }
        }
        Ok(RepoId::new(&checkout.name())?)
    }

    fn agents(&self) -> Result<Vec<AgentIdentity>, Failure> {
        let Some(file) = &self.agents else {
            return Ok(AgentIdentity::known());
        };
        let text =
            std::fs::read_to_string(file).map_err(|why| Failure::outside("--agents", why))?;
        serde_json::from_str(&text).map_err(|why| Failure::Usage(format!("--agents: {why}")))
    }
}

/// Adds what the diffs of commits say; answers how many could not be read.
fn read_diffs(
    checkout: &Checkout,
    tip: &str,
    narrowed: &[String],
    entries: &mut [Entry],
) -> Result<u64, Failure> {
    let bar = bar(entries.len() as u64, "diffs");
    let mut changes: BTreeMap<String, &mut ChangeFact> = BTreeMap::new();
    for entry in entries {
        if let Fact::Change(change) = &mut entry.fact {
            changes.insert(change.id.to_string(), change);
        }
    }
    let mut reader = DiffReader::new();
    let mut unreadable = 0;
    let mut add = |diff: CommitDiff| {
        bar.inc(1);
        if let Some(change) = changes.get_mut(&diff.commit) {
            unreadable += u64::from(add_diff(change, &diff.diff).is_err());
        }
    };
    checkout.log(DIFF_ARGS, tip, narrowed, |piece| {
        reader.push(piece).into_iter().for_each(&mut add);
        Ok::<(), Error>(())
    })?;
    reader.finish().into_iter().for_each(&mut add);
    bar.finish_and_clear();
    Ok(unreadable + reader.left_out())
}

impl Jsonl {
    fn read(&self) -> Result<(Place, Told), Failure> {
        let place = Place {
            repo: RepoId::new(&self.name())?,
            branch: Branch::new(&self.branch)?,
        };
        let broken = |why: std::io::Error| {
            let message = format!("{}: {why}", self.file.display());
            Failure::outside("FILE", message)
        };
        let mut file = File::open(&self.file).map_err(broken)?;
        let bytes = file.metadata().map_err(broken)?.len();
        let mut magic = Vec::new();
        (&mut file)
            .take(2)
            .read_to_end(&mut magic)
            .map_err(broken)?;
        file.rewind().map_err(broken)?;
        let bar = bar(bytes, "bytes");
        let file = BufReader::new(bar.wrap_read(file));
        let mut lines: Box<dyn BufRead> = match &*magic {
            [0x1f, 0x8b] => Box::new(BufReader::new(MultiGzDecoder::new(file))),
            _ => Box::new(file),
        };
        let mut reader = HistoryReader::new(place.clone());
        let mut entries = Vec::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            // One byte more than the limit and its end are enough to learn that it is passed.
            let most = LINE_BYTES_MAX as u64 + 2;
            let got = (&mut lines).take(most).read_until(b'\n', &mut line);
            if got.map_err(broken)? == 0 {
                break;
            }
            let text = String::from_utf8_lossy(&line);
            entries.extend(reader.line(text.trim_end_matches('\n'))?);
        }
        bar.finish_and_clear();
        let told = Told {
            entries,
            left_out: reader.left_out(),
            diffs_left_out: 0,
            is_part: false,
        };
        Ok((place, told))
    }

    fn name(&self) -> String {
        if let Some(name) = &self.name {
            return name.clone();
        }
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        let name = Path::new(name).file_stem().unwrap_or_default();
        units::name_from(&name.to_string_lossy())
    }
}

/// A bar on stderr, where that is a terminal.
fn bar(len: u64, unit: &str) -> ProgressBar {
    let bar = ProgressBar::new(len);
    let template = match unit {
        "bytes" => "reading {bar:40} {bytes}/{total_bytes}",
        "diffs" => "reading {bar:40} {pos}/{len} diffs, {eta} left",
        _ => "reading {bar:40} {pos}/{len} commits, {eta} left",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

fn text(imported: &Imported) -> String {
    let Imported {
        repo,
        branch,
        taken,
        left_out,
        diffs_left_out,
    } = imported;
    let mut text = format!(
        "imported  {} {} of {} {}",
        taken.new,
        if taken.new == 1 { "change" } else { "changes" },
        named(repo.as_str()),
        named(branch.as_str())
    );
    if taken.known > 0 {
        text.push_str(&format!(", {} were known", taken.known));
    }
    if taken.elsewhere > 0 {
        text.push_str(&format!(", {} landed on another branch", taken.elsewhere));
    }
    for (count, why) in [
        (left_out.not_utf8, "whose paths are no UTF-8"),
        (left_out.no_path, "whose paths no repository can hold"),
        (left_out.too_many, "of changes with too many files"),
    ] {
        if count > 0 {
            text.push_str(&format!("\nleft out  {count} files {why}"));
        }
    }
    if *diffs_left_out > 0 {
        text.push_str(&format!(
            "\nleft out  {diffs_left_out} diffs that cannot be read"
        ));
    }
    text
}
