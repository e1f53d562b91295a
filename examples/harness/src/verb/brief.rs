//! `brief`: what an agent is told before it starts.

use clap::Args;
use loom_core::view::Brief;
use serde::Serialize;

use super::places::Places;
use crate::cli::Common;
use crate::exit::{Ended, Exit};
use crate::session::Session;

/// Prints what the run should know.
#[derive(Debug, Args)]
pub(crate) struct Ask {
    #[command(flatten)]
    places: Places,
    /// The most characters
    #[arg(long, value_name = "CHARS", default_value_t = 6_000)]
    budget: usize,
}

#[derive(Serialize)]
struct Both {
    brief: Brief,
    text: String,
    shown: u64,
    left_out: u64,
}

impl Ask {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let run = session.run()?;
        let specs = self.places.specs(&session)?;
        let look = |coordinator: &_, now| Brief::collect(coordinator, &run, &specs, now);
        let mut brief = session.loom.look(look)?;
        session.loom.fill(brief.texts())?;
        let rendered = brief.render(self.budget);
        let both = Both {
            brief,
            text: rendered.text,
            shown: rendered.shown,
            left_out: rendered.left_out,
        };
        session.print(&both, |both| both.text.trim_end().to_owned())?;
        Ok(Exit::Done)
    }
}
