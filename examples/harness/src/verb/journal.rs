//! `journal`: a journal as a whole, wherever it is kept.

use clap::Subcommand;
use loom_core::error::{Code, Error};
use loom_store::copy;
use serde_json::json;

use crate::cli::Common;
use crate::exit::{Ended, Exit};
use crate::show;
use crate::store_at::StoreAt;

/// After how many records somebody who waits is told how far it is.
const TOLD_EVERY: u64 = 10_000;

/// Moves a journal between stores.
#[derive(Debug, Subcommand)]
pub(crate) enum Journal {
    /// Copies a journal with its texts to a store that is empty or holds the beginning of it, and verifies
    /// the chain on the way
    Copy {
        /// Where it is: a path, sqlite:PATH or postgres://USER@HOST/DATABASE?workspace=NAME
        from: String,
        /// Where it is to be
        to: String,
    },
}

impl Journal {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let Journal::Copy { from, to } = self;
        let (from, to) = (StoreAt::named(from)?, StoreAt::named(to)?);
        if from.is_missing() {
            let message = format!("there is no journal at {from}");
            return Err(Error::at(Code::NoJournal, "from", message).into());
        }
        let mut copied = 0u64;
        let head = copy(&*from.store()?, &*to.store()?, |head| {
            copied += 1;
            if head.ver.is_multiple_of(TOLD_EVERY) {
                eprintln!("{} records", head.ver);
            }
        })?;
        let copied = json!({"copied": copied, "head": head});
        show::print_as(common.json, &copied, |_| {
            let what = match copied["copied"].as_u64() {
                Some(0) => "nothing was missing".to_owned(),
                Some(1) => "copied 1 record".to_owned(),
                copied => format!("copied {} records", copied.unwrap_or_default()),
            };
            format!("{what} to {to}; head {} {}", head.ver, head.hash)
        })?;
        Ok(Exit::Done)
    }
}
