//! `suspects`: the changes that may be to blame for an incident, a deploy, or what is wrong on paths.

use std::path::PathBuf;

use clap::Args;
use loom_core::model::{DeployId, IncidentId, Timestamp};
use loom_core::provenance::{SUSPECTS_DEFAULT, SuspectsAsked, SuspectsOf, Weights};

use super::trace::Origin;
use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use crate::history::History;
use crate::{show, units};

/// Ranks suspects.
#[derive(Debug, Args)]
pub(crate) struct Suspects {
    #[command(flatten)]
    origin: Origin,
    /// How far back to look where no good deploy is known, as in 1h, 7d
    #[arg(long, value_name = "TIME", default_value = "1d", value_parser = units::duration_ms)]
    window: u64,
    /// The time to look back from [default: when the incident or deploy landed, else now]
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// The most suspects to list
    #[arg(long, value_name = "NUMBER", default_value_t = SUSPECTS_DEFAULT)]
    limit: usize,
    /// What each part of the score is worth, as a JSON file
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
}

impl Suspects {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let history = History::open(common)?;
        let asked = SuspectsAsked {
            of: self.of(&history)?,
            window_ms: self.window,
            until: self.at,
            weights: self.weights()?,
            limit: self.limit,
        };
        let mut suspects = history.graph.suspects(&asked, history.now)?;
        let all = suspects.suspects.iter_mut().chain(&mut suspects.by_people);
        history.fill(all.filter_map(|it| it.intent.as_mut()).collect())?;
        history.print(&suspects, |suspects| show::suspects(suspects, history.now))?;
        Ok(Exit::Done)
    }

    fn of(&self, history: &History) -> Result<SuspectsOf, Failure> {
        let origin = &self.origin;
        let has_paths = !origin.paths.is_empty();
        let repo = || history.repo(origin.repo.as_deref());
        if let Some(incident) = &origin.incident {
            let id = IncidentId::new(incident)?;
            return Ok(SuspectsOf::Incident { id });
        }
        if let Some(deploy) = &origin.deploy {
            return Ok(SuspectsOf::Deploy {
                id: DeployId::new(deploy)?,
                repo: has_paths.then(repo).transpose()?,
                paths: has_paths.then(|| origin.paths()),
            });
        }
        if has_paths {
            let (repo, paths) = (repo()?, origin.paths());
            return Ok(SuspectsOf::Paths { repo, paths });
        }
        let message = "say of what: --incident, --deploy or --paths";
        Err(Failure::Usage(message.to_owned()))
    }

    fn weights(&self) -> Result<Weights, Failure> {
        let Some(file) = &self.weights else {
            return Ok(Weights::default());
        };
        let text =
            std::fs::read_to_string(file).map_err(|why| Failure::outside("--weights", why))?;
        serde_json::from_str(&text).map_err(|why| Failure::Usage(format!("--weights: {why}")))
    }
}
