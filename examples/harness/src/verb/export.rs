//! `export`: history in the words of others.

use clap::{Args, ValueEnum};
use loom_core::model::Timestamp;
use loom_core::path::{PathSetSource, PatternSource};
use loom_core::provenance::{ExportFormat, Name, Selected};

use crate::cli::Common;
use crate::exit::{Ended, Exit};
use crate::history::History;

/// Writes history in the words of others.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// In whose words
    #[arg(value_enum)]
    format: Words,
    /// These nodes and all that stands behind them, as in change:c1 or run:nightly-7
    #[arg(long, value_name = "NAME", conflicts_with_all = ["paths", "since", "until"])]
    of: Vec<Name>,
    /// Changes of these paths and all that stands behind them
    #[arg(long, value_name = "GLOB", num_args = 1..)]
    paths: Vec<String>,
    /// Changes that landed then or later
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Changes that landed before
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// The repository of the changes [default: the only one, or the one you stand in]
    #[arg(long, value_name = "ID")]
    repo: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Words {
    ProvJson,
    InToto,
    AgentTrace,
    Otlp,
    Dot,
    Mermaid,
}

impl From<Words> for ExportFormat {
    fn from(words: Words) -> ExportFormat {
        match words {
            Words::ProvJson => ExportFormat::ProvJson,
            Words::InToto => ExportFormat::InToto,
            Words::AgentTrace => ExportFormat::AgentTrace,
            Words::Otlp => ExportFormat::Otlp,
            Words::Dot => ExportFormat::Dot,
            Words::Mermaid => ExportFormat::Mermaid,
        }
    }
}

impl Export {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let history = History::open(common)?;
        let some = !self.paths.is_empty() || self.since.is_some() || self.until.is_some();
        let selected = match (self.of.is_empty(), some) {
            (false, _) => Selected::Names {
                names: self.of.clone(),
            },
            (true, false) => Selected::All {},
            (true, true) => {
                let globs = self.paths.iter().map(|it| PatternSource::glob(it.as_str()));
                Selected::Changes {
                    repo: history.repo(self.repo.as_deref())?,
                    branch: None,
                    paths: (!self.paths.is_empty()).then(|| PathSetSource::of(globs)),
                    since: self.since,
                    until: self.until,
                }
            }
        };
        let selection = history.graph.select(&selected)?;
        let text = history.graph.export(&selection, self.format.into())?;
        history.print(&text, |text| text.clone())?;
        Ok(Exit::Done)
    }
}
