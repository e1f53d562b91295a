//! `policy`: what people do with policies before they set one, and the setting. Only `set` and `show`
//! open a journal.

mod decide;
mod look;
mod owners;
mod set;

use std::io::Read as _;
use std::path::Path;

use clap::Subcommand;
use loom_core::error::{Code, Error};
use loom_core::model::Timestamp;
use loom_core::policy::{Format, PolicySet};

use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use crate::session;

/// Works with policies.
#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Load a policy and say what is wrong with it, and what is probably not meant
    Check(look::Check),
    /// Decide an action, and print the decision as JSON
    Decide(decide::Decide),
    /// Decide an action, and say why
    Explain(decide::Explain),
    /// Play the stories in NAME.stories.yaml against the policy NAME.yaml beside it
    Test(look::Test),
    /// Decide recorded actions again, and say what comes out otherwise
    Replay(look::Replay),
    /// Count how often each rule speaks over recorded actions
    Coverage(look::Coverage),
    /// Set the policy of the journal, as a person
    Set(set::Set),
    /// Show the policy of the journal
    Show(set::Show),
    /// Print a CODEOWNERS file as the owners of a policy; ends with 2 where it left lines out
    ImportCodeowners(owners::Import),
}

impl Policy {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let ended = match self {
            Policy::Check(it) => it.carry_out(common),
            Policy::Decide(it) => it.carry_out(),
            Policy::Explain(it) => it.carry_out(),
            Policy::Test(it) => it.carry_out(),
            Policy::Replay(it) => it.carry_out(),
            Policy::Coverage(it) => it.carry_out(),
            Policy::Set(it) => return it.carry_out(common),
            Policy::Show(it) => return it.carry_out(common),
            Policy::ImportCodeowners(it) => it.carry_out(),
        };
        match ended {
            // Whatever is wrong here was handed in: it is told as every error, and ends as bad input.
            Err(failure @ Failure::Error(_)) => {
                failure.tell(common.json);
                Ok(Exit::Wrong)
            }
            ended => ended,
        }
    }
}

/// Loads the policy in a file.
fn load(path: &Path) -> Result<PolicySet, Failure> {
    let text = read(path)?;
    let name = path.display().to_string();
    Ok(PolicySet::load_named(&name, &text, format_of(path)?)?)
}

fn format_of(path: &Path) -> Result<Format, Failure> {
    let name = path.display().to_string();
    let unknown = || Failure::Usage(format!("{name}: a policy ends in .yaml, .toml or .json"));
    Format::of_file(&name).ok_or_else(unknown)
}

/// The text of a file; of stdin for `-`.
fn read(path: &Path) -> Result<String, Failure> {
    let text = match path.to_str() {
        Some("-") => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map(|_| text)
        }
        _ => std::fs::read_to_string(path),
    };
    text.map_err(|why| Failure::absent("file", format!("{}: {why}", path.display())))
}

/// Reads JSON out of a file.
fn json<T: serde::de::DeserializeOwned>(path: &Path, text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|why| {
        let message = format!("{}: {why}", path.display());
        Failure::Error(Error::at(Code::InvalidJson, "file", message))
    })
}

/// The time that is meant: the one given, or now.
fn moment(given: Option<&str>) -> Result<Timestamp, Failure> {
    match given {
        Some(text) => Ok(text
            .parse::<Timestamp>()
            .map_err(|why| why.about("--now"))?),
        None => Ok(session::clock()?()),
    }
}
