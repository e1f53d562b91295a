//! `guard`: a real diff held against claims, fences, the policy and what others did on purpose.

use clap::Args;
use loom_core::model::{RepoId, Token};
use loom_core::policy::Verb;

use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use crate::guard::{self, Diff, Guard as Check, Kind, Report, What};
use crate::history::History;
use crate::session::{self, Session};
use crate::show;
use crate::store_at::StoreAt;

/// Holds a real diff against claims, fences, the policy, and what others did on purpose.
#[derive(Debug, Args)]
pub(crate) struct Guard {
    #[command(flatten)]
    of: Of,
    /// What is about to be done with it [default: commit, or push for a range]
    #[arg(long, value_name = "VERB", value_parser = verb)]
    verb: Option<Verb>,
    /// The claim that the work was done under, which must still hold
    #[arg(long, value_name = "TOKEN", value_parser = token)]
    token: Option<Token>,
    /// Record commits of the range that nobody announced, as unobserved
    #[arg(long, requires = "range")]
    record: bool,
    /// The repository [default: the one you stand in]
    #[arg(long, value_name = "ID")]
    repo: Option<String>,
    /// How to tell what was found
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Where the guard itself fails, warn, and let it pass
    #[arg(long)]
    fail_open: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Of {
    /// What is staged
    #[arg(long)]
    staged: bool,
    /// All that differs from the last commit, new files included
    #[arg(long)]
    worktree: bool,
    /// What a range of commits brings
    #[arg(long, value_name = "A..B")]
    range: Option<String>,
    /// What is about to be pushed to this remote, as git tells its hook on standard input
    #[arg(long, value_name = "REMOTE")]
    pushed: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    /// Annotations and a job summary of GitHub Actions
    Github,
}

impl Guard {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        match self.reports(common) {
            Ok(reports) => self.tell(common, &reports),
            Err(why) if self.fail_open => {
                eprintln!("loom guard: failed open, and nobody looked at this");
                why.tell(common.json);
                Ok(Exit::Done)
            }
            Err(why) => Err(why),
        }
    }

    fn reports(&self, common: &Common) -> Result<Vec<Report>, Failure> {
        let checkout = session::here()?.ok_or_else(|| {
            Failure::absent("repository", "this folder lies in no git repository")
        })?;
        let at = StoreAt::of(common, Some(&checkout))?;
        if at.is_missing() {
            return Err(guard::no_journal(&at).into());
        }
        let whats = match &self.of {
            Of { staged: true, .. } => vec![What::Staged],
            Of { worktree: true, .. } => vec![What::Worktree],
            Of {
                range: Some(range), ..
            } => vec![What::Range(range.clone())],
            Of { pushed, .. } => guard::pushed(&checkout, pushed.as_deref().unwrap_or("origin"))?,
        };
        let session = Session::open(common)?;
        let history = History::open(common)?;
        let repo = match &self.repo {
            Some(repo) => RepoId::new(repo)?,
            None => session.repo(None)?,
        };
        let mut reports = Vec::new();
        for what in &whats {
            let default = match what {
                What::Range(_) => Verb::Push,
                What::Staged | What::Worktree => Verb::Commit,
            };
            let check = Check {
                session: &session,
                history: &history,
                actor: guard::actor(&session)?,
                repo: repo.clone(),
                verb: self.verb.clone().unwrap_or(default),
                token: self.token,
            };
            let mut report = check.check(&Diff::read(&checkout, what)?)?;
            if let (true, What::Range(range)) = (self.record, what) {
                report.unobserved = check.record(&checkout, range)?;
            }
            reports.push(report);
        }
        Ok(reports)
    }

    fn tell(&self, common: &Common, reports: &[Report]) -> Ended {
        for report in reports {
            match self.format {
                Format::Text => show::print_as(common.json, report, show::guarded)?,
                Format::Github => show::for_github(report)?,
            }
        }
        let stops = reports.iter().flat_map(|report| &report.findings);
        let worst = stops.filter(|it| it.stops).map(|it| it.kind).min();
        Ok(match worst {
            None => Exit::Done,
            Some(Kind::Denied) => Exit::Denied,
            Some(Kind::Fenced) => Exit::Fenced,
            Some(_) => Exit::Refused,
        })
    }
}

fn verb(text: &str) -> Result<Verb, loom_core::error::Error> {
    Verb::new(text)
}

fn token(text: &str) -> Result<Token, loom_core::error::Error> {
    text.parse()
}
