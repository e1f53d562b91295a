//! `policy`: documents, looked at on their own or set in the journal.

mod decide;
mod set;

use std::path::Path;

use clap::Subcommand;
use loom_core::error::{Code, Error};
use loom_core::policy::{Format, PolicySet};

use crate::cli::Common;
use crate::exit::{Ended, Failure};

/// What can be done with policies.
#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Load a document and say what is wrong with it; needs no journal
    Check(set::Check),
    /// Decide one action by a document; needs no journal
    Decide(decide::Decide),
    /// Set the policy of the journal, as a person
    Set(set::Set),
    /// Show the policy of the journal
    Show(set::Show),
}

impl Policy {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        match self {
            Policy::Check(it) => it.carry_out(),
            Policy::Decide(it) => it.carry_out(),
            Policy::Set(it) => it.carry_out(common),
            Policy::Show(it) => it.carry_out(common),
        }
    }
}

/// The text of a file, and the language that its name tells.
fn read(path: &Path) -> Result<(String, Format), Failure> {
    let name = path.display().to_string();
    let format = Format::of_file(&name).ok_or_else(|| {
        let message = "a policy is a .yaml, .yml, .toml or .json file";
        Failure::Usage(format!("{name}: {message}"))
    })?;
    let text = std::fs::read_to_string(path).map_err(|why| Failure::absent(&name, why))?;
    Ok((text, format))
}

/// A policy as the loading of its file found it. What is wrong with it is told as a usage error: the
/// command ends with 2.
fn load(path: &Path) -> Result<PolicySet, Failure> {
    let (text, format) = read(path)?;
    let name = path.display().to_string();
    PolicySet::load_named(&name, &text, format).map_err(bad_input)
}

fn bad_input(error: Error) -> Failure {
    match error.code() {
        Code::Internal => Failure::Error(error),
        _ => Failure::BadInput(error),
    }
}
