//! `would-revert`: whose work a change would undo, asked before it lands.

use clap::{ArgGroup, Args};
use loom_core::error::Error;
use loom_core::model::{ChangedFile, LoopId, RunId, Side};
use loom_core::provenance::{Kind, Name, ProposedChange, ProposedFile, Relation, inverse_patch_id};

use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use crate::history::History;
use crate::{show, units};

/// Asks whose work would be undone.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["staged", "range"])))]
pub(crate) struct WouldRevert {
    /// By what is staged here
    #[arg(long)]
    staged: bool,
    /// By these commits, taken together
    #[arg(long, value_name = "A..B")]
    range: Option<String>,
    /// How old what is undone may be
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = units::duration_ms)]
    horizon: u64,
    /// Name what the run's own side did, too
    #[arg(long)]
    own: bool,
    /// The repository [default: the only one, or the one you stand in]
    #[arg(long, value_name = "ID")]
    repo: Option<String>,
    /// The branch that it is to land on [default: the only one, or the one that work lands on]
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
}

impl WouldRevert {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let history = History::open(common)?;
        let (repo, branch) = history.place(self.repo.as_deref(), self.branch.as_deref())?;
        let no_repository =
            || Failure::absent("repository", "this folder lies in no git repository");
        let checkout = history.checkout().ok_or_else(no_repository)?;
        let (files, inverse_patch_id) = match &self.range {
            Some(range) => (checkout.range(range)?, None),
            None => (
                checkout.staged()?,
                inverse_patch_id(&checkout.staged_diff()?)?,
            ),
        };
        let proposed = ProposedChange {
            repo,
            branch,
            side: side(&history, common.run.as_deref())?,
            by: Vec::new(),
            inverse_patch_id,
            horizon_ms: self.horizon,
            own_too: self.own,
            files: files.into_iter().map(proposed).collect(),
        };
        let mut found = history.graph.would_revert(&proposed, history.now)?;
        let intents = found.undoes.iter_mut().filter_map(|it| it.intent.as_mut());
        history.fill(intents.collect())?;
        history.print(&found, |found| show::would_revert(found, history.now))?;
        Ok(match found.undoes.is_empty() {
            true => Exit::Done,
            false => Exit::Refused,
        })
    }
}

/// On whose side a run stands: its loop's, or that of the first run that it works for.
pub(crate) fn side(history: &History, run: Option<&str>) -> Result<Option<Side>, Error> {
    let Some(run) = run else {
        return Ok(None);
    };
    let graph = &history.graph;
    let mut run = RunId::new(run)?;
    let mut seen = Vec::new();
    while let Some(node) = graph.find(&Name::new(Kind::Run, &run)) {
        let parent = |relation| {
            let mut parents = graph.parents(node);
            let found = parents.find(|(each, _)| *each == relation);
            found.map(|(_, to)| graph.name(to).id)
        };
        if let Some(id) = parent(Relation::RunOf) {
            return Ok(Some(Side::Loop(LoopId::new(&id)?)));
        }
        seen.push(run.clone());
        match parent(Relation::ChildOf).map(|id| RunId::new(&id)) {
            Some(Ok(next)) if !seen.contains(&next) => run = next,
            _ => break,
        }
    }
    Ok(Some(Side::Root(run)))
}

fn proposed(file: ChangedFile) -> ProposedFile {
    ProposedFile {
        path: file.path,
        before: file.before,
        after: file.after,
    }
}
