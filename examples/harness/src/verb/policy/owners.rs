//! `policy import-codeowners`: the owners of a document out of a CODEOWNERS file.

use std::path::PathBuf;

use clap::Args;
use loom_core::model::RepoId;
use loom_core::policy::ImportedOwners;
use loom_core::view::quoted;

use super::read;
use crate::exit::{Ended, Exit};

/// The most characters of a line that are shown.
const LINE_CHARS_MAX: usize = 200;

/// Reads a CODEOWNERS file.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The file; - for stdin
    file: PathBuf,
    /// The repository whose paths they are; without it the areas hold in every one
    #[arg(long, value_name = "REPO")]
    repo: Option<String>,
}

impl Import {
    pub(crate) fn carry_out(&self) -> Ended {
        let repo = self.repo.as_deref().map(RepoId::new).transpose()?;
        let imported = ImportedOwners::read(&read(&self.file)?, repo.as_ref())?;
        print!("{}", imported.to_yaml());
        let file = self.file.display();
        for line in &imported.unsupported {
            let text = quoted(&line.text, LINE_CHARS_MAX);
            eprintln!("{file}:{}: left out: {}: {text}", line.line, line.why);
        }
        let complete = imported.unsupported.is_empty();
        Ok(if complete { Exit::Done } else { Exit::Wrong })
    }
}
