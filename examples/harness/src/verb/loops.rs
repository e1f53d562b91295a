//! `loop …`, `loops`, `due`, `forecast`, `signal`: what loops there are, whether they may start, and when.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use loom_core::coordinator::Body;
use loom_core::model::{ActorId, LoopId, SignalKey, TeamId};
use loom_core::run::{Format, LoopDefinition};
use loom_core::wire::{LoopView, Query, QueryReply};

use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use crate::session::Session;
use crate::{show, units};

/// Loops.
#[derive(Debug, Subcommand)]
pub(crate) enum Loop {
    /// Register a loop, from a file or from these words; one that is known gets the new definition
    Add {
        /// Its name, where no file says it
        #[arg(required_unless_present = "file")]
        id: Option<String>,
        /// A definition: YAML, TOML or JSON, as its name ends
        #[arg(long, value_name = "FILE", conflicts_with_all = ["id", "owner", "team", "goal"])]
        file: Option<PathBuf>,
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
    /// Check a definition, and register nothing
    Check {
        /// YAML, TOML or JSON, as its name ends
        file: PathBuf,
    },
    /// Show a loop: its schedule, scope, gates, and what its runs came to
    Show {
        /// Its name
        id: String,
    },
    /// Let a loop start nothing until it is resumed; runs that work go on
    Pause {
        /// Its name
        id: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Let a paused loop start again; what was due meanwhile is over
    Resume {
        /// Its name
        id: String,
    },
    /// Let a loop start nothing any more, as a person
    Retire {
        /// Its name
        id: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
}

/// Lists the loops of the workspace.
#[derive(Debug, Args)]
pub(crate) struct Loops {}

/// Lists the loops that should start now.
#[derive(Debug, Args)]
pub(crate) struct Due {}

/// Lists the runs that wait for somebody who verifies what they changed.
#[derive(Debug, Args)]
pub(crate) struct Verifications {}

/// Tells what is coming.
#[derive(Debug, Args)]
pub(crate) struct Forecast {
    /// How far ahead
    #[arg(long = "for", value_name = "TIME", value_parser = units::duration_ms, default_value = "24h")]
    ahead: u64,
}

/// Gives a signal.
#[derive(Debug, Args)]
pub(crate) struct Signal {
    /// What happened: ci.green, pr.reviewed
    name: String,
    /// To what: the number of a pull request, the digest of a build
    key: String,
}

impl Loop {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        if let Loop::Check { file } = self {
            return check(file, common);
        }
        let session = Session::open(common)?;
        let actor = session.actor_outside()?;
        let body = match self {
            Loop::Add {
                id,
                file,
                owner,
                team,
                goal,
            } => {
                let definition = match (file, id) {
                    (Some(file), _) => read(file)?,
                    (None, id) => {
                        let owner = owner.as_deref().map(ActorId::new).transpose()?;
                        let id = LoopId::new(id.as_deref().unwrap_or_default())?;
                        LoopDefinition {
                            team: team.as_deref().map(TeamId::new).transpose()?,
                            goal: goal.clone(),
                            ..LoopDefinition::new(id, owner.unwrap_or_else(|| actor.id.clone()))
                        }
                    }
                };
                add(&session, definition)?
            }
            Loop::Show { id } => return show_one(&session, id),
            Loop::Pause { id, reason } => Body::PauseLoop {
                id: LoopId::new(id)?,
                reason: reason.clone(),
            },
            Loop::Resume { id } => Body::ResumeLoop {
                id: LoopId::new(id)?,
            },
            Loop::Retire { id, reason } => Body::RetireLoop {
                id: LoopId::new(id)?,
                reason: reason.clone(),
            },
            Loop::Check { .. } => return Ok(Exit::Done),
        };
        session.print(&session.loom.execute(&actor, body)?, show::answer)?;
        Ok(Exit::Done)
    }
}

impl Loops {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let answer = session.loom.query(&Query::Loops {})?;
        let at = answer.at;
        session.print(&answer.reply, |reply| match reply {
            QueryReply::Loops { loops } => show::loops(loops, at),
            _ => String::new(),
        })?;
        Ok(Exit::Done)
    }
}

impl Due {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let answer = session.loom.query(&Query::Due {})?;
        let at = answer.at;
        session.print(&answer.reply, |reply| match reply {
            QueryReply::Due { due, next } => show::due(due, *next, at),
            _ => String::new(),
        })?;
        Ok(Exit::Done)
    }
}

impl Verifications {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let answer = session.loom.query(&Query::Verifications {})?;
        let at = answer.at;
        session.print(&answer.reply, |reply| match reply {
            QueryReply::Verifications { verifications, .. } => {
                show::verifications(verifications, at)
            }
            _ => String::new(),
        })?;
        Ok(Exit::Done)
    }
}

impl Forecast {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let now = session.loom.query(&Query::Head {})?.at;
        let until = now.plus_ms(self.ahead);
        let answer = session.loom.query(&Query::Forecast { from: None, until })?;
        let at = answer.at;
        session.print(&answer.reply, |reply| match reply {
            QueryReply::Forecast { forecast } => show::forecast(forecast, at),
            _ => String::new(),
        })?;
        Ok(Exit::Done)
    }
}

impl Signal {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let body = Body::Signal {
            name: ActorId::new(&self.name)?,
            key: SignalKey::new(&self.key)?,
        };
        session.print(&session.execute(body)?, show::answer)?;
        Ok(Exit::Done)
    }
}

/// Reads a definition from a file.
pub(crate) fn read(file: &Path) -> Result<LoopDefinition, Failure> {
    let name = file.display().to_string();
    let Some(format) = Format::of_file(&name) else {
        let message = format!("{name}: a definition is a .yaml, .toml or .json file");
        return Err(Failure::Usage(message));
    };
    let text = std::fs::read_to_string(file).map_err(|why| Failure::outside(&name, why))?;
    Ok(LoopDefinition::load(&name, &text, format)?)
}

fn check(file: &Path, common: &Common) -> Ended {
    let definition = read(file)?;
    let digest = definition.digest()?;
    show::print_as(common.json, &definition, |definition| {
        let id = loom_core::view::named(definition.id.as_str());
        format!("loop {id} is whole; its digest is {digest}")
    })?;
    Ok(Exit::Done)
}

/// The command that makes this the definition of the loop, whether it is known or not.
pub(crate) fn add(session: &Session, definition: LoopDefinition) -> Result<Body, Failure> {
    let known = found(session, &definition.id)?.map(|known| known.digest);
    let definition = Box::new(definition);
    Ok(match known {
        Some(was) => Body::UpdateLoop { was, definition },
        None => Body::RegisterLoop(definition),
    })
}

/// The loop of this name, if it is registered.
pub(crate) fn found(session: &Session, id: &LoopId) -> Result<Option<Box<LoopView>>, Failure> {
    let answer = session.loom.query(&Query::Loop { id: id.clone() })?;
    Ok(match answer.reply {
        QueryReply::Loop { found } => found,
        _ => None,
    })
}

fn show_one(session: &Session, id: &str) -> Ended {
    let id = LoopId::new(id)?;
    let answer = session.loom.query(&Query::Loop { id: id.clone() })?;
    let at = answer.at;
    match &answer.reply {
        QueryReply::Loop { found: Some(found) } => {
            session.print(found, |found| show::one_loop(found, at))?;
            Ok(Exit::Done)
        }
        _ => Err(Failure::absent("loop", format!("there is no loop {id}"))),
    }
}
