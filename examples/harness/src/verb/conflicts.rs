//! `conflicts`: what stands in the way.

use clap::{Args, ValueEnum};
use loom_core::claim::{Cell, Mode};

use super::places::Places;
use crate::cli::Common;
use crate::exit::{Ended, Exit};
use crate::session::Session;
use crate::show;

/// Asks what stands in the way.
#[derive(Debug, Args)]
pub(crate) struct Ask {
    #[command(flatten)]
    places: Places,
    /// How the places would be claimed
    #[arg(long, short, value_enum, default_value = "write")]
    mode: Strength,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Strength {
    Plan,
    Read,
    Write,
    Exclusive,
}

impl Ask {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let mode = match self.mode {
            Strength::Plan => Mode::Plan,
            Strength::Read => Mode::Read,
            Strength::Write => Mode::Write,
            Strength::Exclusive => Mode::Exclusive,
        };
        let specs = self.places.required(&session)?;
        let run = session.run_if_any()?;
        let conflicts = session.loom.conflicts(&specs, mode, run.as_ref())?;
        session.print(&conflicts, show::conflicts)?;
        let claims = &conflicts.claims.list;
        let blocked = claims.iter().any(|it| it.cell == Cell::Conflict);
        Ok(if blocked { Exit::Refused } else { Exit::Done })
    }
}
