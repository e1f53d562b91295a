//! `brief`: what an agent is told before it starts.

use clap::Args;
use loom_core::claim::SpecRequest;
use loom_core::error::Error;
use loom_core::model::RunId;
use loom_core::view::Brief;
use loom_store::Loom;
use serde::Serialize;

use super::places::Places;
use crate::cli::Common;
use crate::exit::{Ended, Exit};
use crate::session::Session;

/// The most characters, where nobody said.
pub(crate) const CHARS: usize = 6_000;

/// Prints what the run should know.
#[derive(Debug, Args)]
pub(crate) struct Ask {
    #[command(flatten)]
    places: Places,
    /// The most characters
    #[arg(long, value_name = "CHARS", default_value_t = CHARS)]
    budget: usize,
}

/// A brief, and its text.
#[derive(Serialize)]
pub(crate) struct Both {
    brief: Brief,
    pub(crate) text: String,
    shown: u64,
    left_out: u64,
}

impl Ask {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let run = session.run()?;
        let specs = self.places.specs(&session)?;
        let both = collect(&session.loom, &run, &specs, self.budget)?;
        session.print(&both, |both| both.text.trim_end().to_owned())?;
        Ok(Exit::Done)
    }
}

/// What the run should know of where it works, and of these places.
pub(crate) fn collect(
    loom: &Loom,
    run: &RunId,
    specs: &[SpecRequest],
    chars: usize,
) -> Result<Both, Error> {
    let mut brief = loom.look(|coordinator, now| Brief::collect(coordinator, run, specs, now))?;
    loom.fill(brief.texts())?;
    let rendered = brief.render(chars);
    Ok(Both {
        brief,
        text: rendered.text,
        shown: rendered.shown,
        left_out: rendered.left_out,
    })
}
