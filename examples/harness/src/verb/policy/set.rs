//! `policy set` and `policy show`: the policy that holds in the journal.

use std::path::PathBuf;

use clap::Args;
use loom_core::coordinator::Body;
use loom_core::error::{Code, Error};
use loom_core::wire::{Query, QueryReply};

use super::{format_of, read};
use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use crate::session::Session;
use crate::show;

/// Sets the policy.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// The document: .yaml, .toml or .json
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Shows the policy.
#[derive(Debug, Args)]
pub(crate) struct Show {}

impl Set {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let (text, format) = (read(&self.file)?, format_of(&self.file)?);
        let session = Session::open(common)?;
        let name = self.file.file_name().unwrap_or(self.file.as_os_str());
        let name = name.to_string_lossy().into_owned();
        let answer = session.execute(Body::SetPolicy { name, format, text })?;
        session.print(&answer, show::answer)?;
        Ok(Exit::Done)
    }
}

impl Show {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let answer = session.loom.query(&Query::Policy {})?;
        let QueryReply::Policy { policy } = answer.reply else {
            return Err(Failure::broken("policy", "another reply"));
        };
        let policy = policy.ok_or_else(|| {
            Error::new(
                Code::NoPolicy,
                "no policy was set: loom policy set FILE --as human:NAME",
            )
        })?;
        session.print(&policy, |policy| policy.text.trim_end().to_owned())?;
        Ok(Exit::Done)
    }
}
