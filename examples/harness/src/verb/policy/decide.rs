//! `policy decide`: one action, one document, one decision.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use loom_core::error::{Code, Error};
use loom_core::model::Timestamp;
use loom_core::path::PathRules;
use loom_core::policy::{Action, Facts, Written};
use loom_store::loom::system_clock;
use serde::de::DeserializeOwned;

use super::{bad_input, load};
use crate::exit::{Ended, Failure};
use crate::show;
use crate::verb::govern::ends;

/// Decides an action by a document alone. Prints the decision as JSON.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 it passes, 3 it needs a person's yes or something owed, 4 it is \
                        denied, 2 bad input"
)]
pub(crate) struct Decide {
    /// The document: .yaml, .toml or .json
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// The action as JSON; - reads it from stdin
    #[arg(long, value_name = "FILE|-")]
    action: PathBuf,
    /// What is known around it, as JSON: who, history, counts, room
    #[arg(long, value_name = "FILE")]
    facts: Option<PathBuf>,
    /// The time to decide for [default: now]
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
}

impl Decide {
    pub(crate) fn carry_out(&self) -> Ended {
        let policy = load(&self.policy)?;
        let action: Action = json(&self.action)?;
        let facts: Written = match &self.facts {
            Some(path) => json(path)?,
            None => Written::default(),
        };
        let now: Timestamp = match &self.now {
            Some(text) => text
                .parse()
                .map_err(|why: Error| Failure::BadInput(why.about("--now")))?,
            None => system_clock(),
        };
        let around = Facts {
            who: &facts.who,
            rules: PathRules::default(),
            approvals: &[],
            waivers: &[],
            history: &facts,
            spend: &facts,
        };
        let decision = policy.decide(&action, &around, now).map_err(bad_input)?;
        let text = serde_json::to_string_pretty(&decision)
            .map_err(|why| Error::new(Code::Internal, why.to_string()))?;
        show::print(&text);
        Ok(ends(decision.verdict, decision.passes))
    }
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let name = path.display().to_string();
    let mut text = String::new();
    let read = match path.as_os_str() == "-" {
        true => std::io::stdin().read_to_string(&mut text).map(drop),
        false => std::fs::read_to_string(path).map(|read| text = read),
    };
    let bad = |why: String| Failure::BadInput(Error::at(Code::InvalidJson, &name, why));
    read.map_err(|why| bad(why.to_string()))?;
    serde_json::from_str(&text).map_err(|why| bad(why.to_string()))
}
