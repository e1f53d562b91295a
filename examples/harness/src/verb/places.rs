//! The places that a claim or a question is about, as they are written on a command line.

use clap::Args;
use loom_core::claim::SpecRequest;
use loom_core::error::{Code, Error};
use loom_core::model::{Branch, Resource};
use loom_core::path::{PathSetSource, PatternSource};

use crate::exit::Failure;
use crate::session::Session;

/// Paths and resources.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Places {
    /// Globs from the root of the repository, as in 'src/**/*.rs'; quote them for your shell
    #[arg(value_name = "GLOB")]
    globs: Vec<String>,
    /// Exactly this path; no character is special
    #[arg(long, value_name = "PATH")]
    file: Vec<String>,
    /// This path and everything below it; no character is special
    #[arg(long, value_name = "PATH")]
    dir: Vec<String>,
    /// Taken away again from all of these
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// A named thing that is no file, as in deploy:prod
    #[arg(long, value_name = "NAME")]
    resource: Vec<String>,
    /// The repository [default: the one you stand in]
    #[arg(long, value_name = "ID")]
    repo: Option<String>,
    /// The branch that the work will land on [default: that of the repository]
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
    /// One more place, as JSON: {"repo":"api","paths":["src/**"]}
    #[arg(long, value_name = "JSON")]
    spec: Vec<String>,
}

impl Places {
    /// The places, at least one.
    pub(crate) fn required(&self, session: &Session) -> Result<Vec<SpecRequest>, Failure> {
        let specs = self.specs(session)?;
        if specs.is_empty() {
            let message = "name at least one place: a glob, --file, --dir, --resource or --spec";
            return Err(Failure::Usage(message.to_owned()));
        }
        Ok(specs)
    }

    /// The places, if any were named.
    pub(crate) fn specs(&self, session: &Session) -> Result<Vec<SpecRequest>, Failure> {
        let globs = self.globs.iter().map(|it| PatternSource::glob(it.as_str()));
        let files = self.file.iter().map(|it| PatternSource::file(it.as_str()));
        let dirs = self.dir.iter().map(|it| PatternSource::dir(it.as_str()));
        let include: Vec<PatternSource> = globs.chain(files).chain(dirs).collect();
        let exclude = self
            .exclude
            .iter()
            .map(|it| PatternSource::glob(it.as_str()));
        let mut specs = Vec::new();
        if !include.is_empty() || !self.resource.is_empty() {
            let resources = self.resource.iter().map(|it| Resource::new(it));
            specs.push(SpecRequest {
                repo: session.repo(self.repo.as_deref())?,
                branch: self.branch.as_deref().map(Branch::new).transpose()?,
                paths: PathSetSource {
                    include,
                    exclude: exclude.collect(),
                },
                resources: resources.collect::<Result<_, _>>()?,
            });
        }
        for (place, json) in self.spec.iter().enumerate() {
            let spec = serde_json::from_str(json).map_err(|why| {
                Error::at(
                    Code::InvalidJson,
                    format!("--spec[{place}]"),
                    why.to_string(),
                )
            })?;
            specs.push(spec);
        }
        Ok(specs)
    }
}
