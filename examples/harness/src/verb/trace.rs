//! `trace`: the causal chain back from paths, a service, a change, a deploy or an incident.

use std::path::PathBuf;

use clap::Args;
use loom_core::model::{ActorId, ChangeId, DeployId, IncidentId, Timestamp};
use loom_core::path::{PathSetSource, PatternSource};
use loom_core::provenance::{TraceAsked, TraceFrom};

use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use crate::history::History;
use crate::verb::why;
use crate::{show, units};

/// Traces what led to something.
#[derive(Debug, Args)]
pub(crate) struct Trace {
    #[command(flatten)]
    origin: Origin,
    /// A service; with --paths, those are its paths
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// A change, a commit or the beginning of its name
    #[arg(long, value_name = "ID", group = "one")]
    change: Option<String>,
    /// How far back to look for what is found by paths or by time, as in 90s, 30m, 1h, 7d
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = units::duration_ms)]
    window: u64,
    /// The time to look back from [default: when the incident or deploy landed, else now]
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// The most hops to list
    #[arg(long, value_name = "NUMBER", default_value_t = loom_core::provenance::HOPS_DEFAULT)]
    limit: usize,
    /// Draw the chain on a time axis, into this file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// Where to begin.
#[derive(Debug, Clone, Args)]
pub(crate) struct Origin {
    /// Globs of paths, as in 'src/**/*.rs'; a path without wildcards stands for itself
    #[arg(long, value_name = "GLOB", num_args = 1..)]
    pub(crate) paths: Vec<String>,
    /// A deploy
    #[arg(long, value_name = "ID", group = "one")]
    pub(crate) deploy: Option<String>,
    /// An incident
    #[arg(long, value_name = "ID", group = "one")]
    pub(crate) incident: Option<String>,
    /// The repository of the paths [default: the only one, or the one you stand in]
    #[arg(long, value_name = "ID")]
    pub(crate) repo: Option<String>,
}

impl Origin {
    /// The paths that were named.
    pub(crate) fn paths(&self) -> PathSetSource {
        PathSetSource {
            include: self
                .paths
                .iter()
                .map(|it| PatternSource::glob(it.as_str()))
                .collect(),
            exclude: Vec::new(),
        }
    }
}

impl Trace {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let history = History::open(common)?;
        let asked = TraceAsked {
            from: self.from(&history)?,
            window_ms: self.window,
            until: self.at,
            limit: self.limit,
        };
        let mut trace = history.graph.trace(&asked, history.now)?;
        let hops = trace.hops.iter_mut();
        history.fill(hops.filter_map(|hop| hop.words.as_mut()).collect())?;
        if let Some(file) = &self.svg {
            let drawn = show::trace_svg(&trace);
            std::fs::write(file, drawn).map_err(|why| Failure::outside("--svg", why))?;
        }
        history.print(&trace, |trace| show::trace(trace, history.now))?;
        Ok(Exit::Done)
    }

    fn from(&self, history: &History) -> Result<TraceFrom, Failure> {
        let repo = || history.repo(self.origin.repo.as_deref());
        if let Some(incident) = &self.origin.incident {
            let id = IncidentId::new(incident)?;
            return Ok(TraceFrom::Incident { id });
        }
        if let Some(deploy) = &self.origin.deploy {
            let id = DeployId::new(deploy)?;
            return Ok(TraceFrom::Deploy { id });
        }
        if let Some(change) = &self.change {
            let found = why::named(history, change);
            let id = match &*found {
                [] => ChangeId::new(change)?,
                [last, ..] => ChangeId::new(&last.id())?,
            };
            return Ok(TraceFrom::Change { id });
        }
        let has_paths = !self.origin.paths.is_empty();
        if let Some(service) = &self.service {
            return Ok(TraceFrom::Service {
                service: ActorId::new(service)?,
                repo: has_paths.then(repo).transpose()?,
                paths: has_paths.then(|| self.origin.paths()),
            });
        }
        if has_paths {
            let (repo, paths) = (repo()?, self.origin.paths());
            return Ok(TraceFrom::Paths { repo, paths });
        }
        let message = "say where to begin: --paths, --service, --change, --deploy or --incident";
        Err(Failure::Usage(message.to_owned()))
    }
}
