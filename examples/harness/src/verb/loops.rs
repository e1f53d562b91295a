//! `loop add`: the loops of the workspace.

use clap::Subcommand;
use loom_core::coordinator::Body;
use loom_core::model::{ActorId, LoopId, TeamId};

use crate::cli::Common;
use crate::exit::{Ended, Exit};
use crate::session::Session;
use crate::show;

/// Loops.
#[derive(Debug, Subcommand)]
pub(crate) enum Loop {
    /// Register a loop, or replace its card
    Add {
        /// Its name
        id: String,
        /// Who answers for it [default: you]
        #[arg(long, value_name = "NAME")]
        owner: Option<String>,
        /// The team it works for
        #[arg(long, value_name = "NAME")]
        team: Option<String>,
        /// What it is for
        #[arg(long, value_name = "TEXT")]
        goal: Option<String>,
    },
}

impl Loop {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let Loop::Add {
            id,
            owner,
            team,
            goal,
        } = self;
        let session = Session::open(common)?;
        let actor = session.actor_outside()?;
        let owner = owner.as_deref().map(ActorId::new).transpose()?;
        let body = Body::RegisterLoop {
            id: LoopId::new(id)?,
            owner: owner.unwrap_or_else(|| actor.id.clone()),
            team: team.as_deref().map(TeamId::new).transpose()?,
            goal: goal.clone(),
        };
        session.print(&session.loom.execute(&actor, body)?, show::answer)?;
        Ok(Exit::Done)
    }
}
