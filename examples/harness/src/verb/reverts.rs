//! `reverts`: which changes of a branch took others back, and who did so to each other.

use clap::{Args, ValueEnum};
use loom_core::model::{ActorId, Timestamp};
use loom_core::provenance::{Detector, Evidence, Grade, Reason, Revert, RevertsAsked, WarsAsked};
use serde::Serialize;

use crate::cli::Common;
use crate::exit::{Ended, Exit};
use crate::history::History;
use crate::{show, units};

/// Lists reverts.
#[derive(Debug, Args)]
pub(crate) struct Reverts {
    /// Only those that landed then or later
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Only those that landed before
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// How much older what was taken back may be
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = units::duration_ms)]
    horizon: u64,
    /// The weakest grade to list
    #[arg(long, value_enum, default_value_t = Least::Likely)]
    least: Least,
    /// List parties that took each other's changes of a path back instead, the hottest first
    #[arg(long, conflicts_with_all = ["until", "least", "undeclared"])]
    wars: bool,
    /// In wars, after how long a turn counts half
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = units::duration_ms, requires = "wars")]
    half_life: u64,
    /// In wars, the time that they are seen from [default: now]
    #[arg(long, value_name = "TIME", requires = "wars")]
    at: Option<Timestamp>,
    /// Do not believe what messages declare: look at what changed, and nothing else
    #[arg(long)]
    undeclared: bool,
    /// The repository [default: the only one, or the one you stand in]
    #[arg(long, value_name = "ID")]
    repo: Option<String>,
    /// The branch [default: the only one, or the one that work lands on]
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Least {
    Weak,
    Likely,
    Strong,
    Certain,
}

/// A revert, by commits where they are known.
#[derive(Debug, Serialize)]
struct Listed<'a> {
    commit: &'a str,
    reverts: &'a str,
    grade: Grade,
    evidence: &'a [Evidence],
    paths: &'a [String],
    more_paths: u64,
    reason: Reason,
    after_ms: u64,
    change: &'a str,
    reverts_change: &'a str,
}

impl Reverts {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let history = History::open(common)?;
        let (repo, branch) = history.place(self.repo.as_deref(), self.branch.as_deref())?;
        if self.wars {
            let asked = WarsAsked {
                since: self.since,
                horizon_ms: self.horizon,
                half_life_ms: self.half_life,
                ..WarsAsked::on(repo, branch)
            };
            let now = self.at.unwrap_or(history.now);
            let found = history.graph.wars(&asked, now);
            history.print(&found.wars, |_| show::wars(&found, now))?;
            return Ok(Exit::Done);
        }
        let mut asked = RevertsAsked {
            since: self.since,
            until: self.until,
            horizon_ms: self.horizon,
            least: match self.least {
                Least::Weak => Grade::Weak,
                Least::Likely => Grade::Likely,
                Least::Strong => Grade::Strong,
                Least::Certain => Grade::Certain,
            },
            ..RevertsAsked::on(repo, branch)
        };
        if self.undeclared {
            asked.detectors.remove(&Detector::Explicit);
        }
        let found = history.graph.reverts(&asked)?;
        let listed: Vec<Listed<'_>> = found.reverts.iter().map(listed).collect();
        history.print(&listed, |_| show::reverts(&found))?;
        Ok(Exit::Done)
    }
}

fn listed(revert: &Revert) -> Listed<'_> {
    let (change, reverts) = (revert.change.as_str(), revert.reverts.as_str());
    Listed {
        commit: revert.commit.as_ref().map_or(change, ActorId::as_str),
        reverts: revert
            .reverts_commit
            .as_ref()
            .map_or(reverts, ActorId::as_str),
        grade: revert.grade,
        evidence: &revert.evidence,
        paths: &revert.paths,
        more_paths: revert.more_paths,
        reason: revert.reason,
        after_ms: revert.after_ms,
        change,
        reverts_change: reverts,
    }
}
