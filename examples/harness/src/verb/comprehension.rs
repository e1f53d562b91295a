//! `comprehension`: how much of what loops made people read.

use clap::Args;
use loom_core::model::{ActorId, RepoId, Timestamp};
use loom_core::path::{PathSetSource, PatternSource};
use loom_core::provenance::{Area, ComprehensionAsked, LINES_PER_MINUTE_DEFAULT};

use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use crate::history::History;
use crate::show;

/// Counts what nobody read.
#[derive(Debug, Args)]
pub(crate) struct Comprehension {
    /// Whose paths to count, as in payments='src/pay/**'; the same owner again adds a pattern
    /// [default: everything as one area]
    #[arg(long = "area", value_name = "OWNER=GLOB")]
    areas: Vec<String>,
    /// Only what landed then or later
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// As of then [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Who reads faster is flagged, in lines a minute
    #[arg(long, value_name = "NUMBER", default_value_t = LINES_PER_MINUTE_DEFAULT)]
    lines_per_minute: u32,
    /// The repository [default: the only one, or the one you stand in]
    #[arg(long, value_name = "ID")]
    repo: Option<String>,
}

impl Comprehension {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let history = History::open(common)?;
        let asked = ComprehensionAsked {
            areas: self.areas(&history.repo(self.repo.as_deref())?)?,
            until: self.at,
            since: self.since,
            lines_per_minute: self.lines_per_minute,
        };
        let read = history.graph.comprehension(&asked, history.now)?;
        history.print(&read, show::comprehension)?;
        Ok(Exit::Done)
    }

    fn areas(&self, repo: &RepoId) -> Result<Vec<Area>, Failure> {
        let everything = vec!["everything=**".to_owned()];
        let areas = if self.areas.is_empty() {
            &everything
        } else {
            &self.areas
        };
        let mut read: Vec<Area> = Vec::new();
        for area in areas {
            let Some((owner, glob)) = area.split_once('=') else {
                let message = format!("--area: write OWNER=GLOB instead of {area:?}");
                return Err(Failure::Usage(message));
            };
            let (owner, glob) = (ActorId::new(owner)?, PatternSource::glob(glob));
            match read.iter_mut().find(|known| known.owner == owner) {
                Some(known) => known.paths.include.push(glob),
                None => read.push(Area {
                    owner,
                    repo: repo.clone(),
                    paths: PathSetSource {
                        include: vec![glob],
                        exclude: Vec::new(),
                    },
                }),
            }
        }
        Ok(read)
    }
}
