//! `note …`, `notes`, `skill`, `state-file`: what was found out about a place, and the texts made of it.

use clap::{Args, Subcommand, ValueEnum};
use loom_core::coordinator::{Body, NewNote};
use loom_core::error::Error;
use loom_core::model::Token;
use loom_core::path::{PathSetSource, PatternSource};
use loom_core::run::NoteKind;
use loom_core::wire::{Query, QueryReply};

use super::places::Places;
use crate::cli::Common;
use crate::exit::{Ended, Exit};
use crate::session::Session;
use crate::show;
use crate::units::duration_ms;

/// Notes.
#[derive(Debug, Subcommand)]
pub(crate) enum Note {
    /// Write down what was found out, for whoever works there next
    Write {
        /// What it says of the place; a convention counts once a person has approved it
        #[arg(value_enum)]
        kind: Kind,
        /// What it says
        text: String,
        /// On which paths, as globs from the root of the repository [default: all of it]
        #[arg(long, value_name = "GLOB")]
        path: Vec<String>,
        /// The repository [default: the one you stand in]
        #[arg(long, value_name = "ID")]
        repo: Option<String>,
        /// For how long it holds; a convention has no end [default: 14d]
        #[arg(long, value_name = "TIME", value_parser = duration_ms)]
        ttl: Option<u64>,
    },
    /// Approve a convention, as a person
    Approve {
        /// The note, as `loom notes` lists it
        #[arg(value_parser = token)]
        note: Token,
    },
    /// Take a note back: your own, or any as a person
    Drop {
        /// The note, as `loom notes` lists it
        #[arg(value_parser = token)]
        note: Token,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Kind {
    Warning,
    Failed,
    Decided,
    Convention,
    Tried,
}

/// Lists notes.
#[derive(Debug, Args)]
pub(crate) struct Notes {
    #[command(flatten)]
    places: Places,
    /// Of this kind alone
    #[arg(long, value_enum)]
    kind: Option<Kind>,
}

/// Prints the approved conventions as a `SKILL.md`.
#[derive(Debug, Args)]
pub(crate) struct Skill {
    /// Of all repositories, and not of the one you stand in
    #[arg(long, conflicts_with = "repo")]
    all: bool,
    /// The repository [default: the one you stand in]
    #[arg(long, value_name = "ID")]
    repo: Option<String>,
}

/// Prints findings and notes as Markdown.
#[derive(Debug, Args)]
pub(crate) struct StateFile {}

impl Kind {
    const fn of(self) -> NoteKind {
        match self {
            Kind::Warning => NoteKind::Warning,
            Kind::Failed => NoteKind::Failed,
            Kind::Decided => NoteKind::Decided,
            Kind::Convention => NoteKind::Convention,
            Kind::Tried => NoteKind::Tried,
        }
    }
}

impl Note {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let body = match self {
            Note::Write {
                kind,
                text,
                path,
                repo,
                ttl,
            } => {
                let globs = path.iter().map(|it| PatternSource::glob(it.as_str()));
                Body::WriteNote(Box::new(NewNote {
                    kind: kind.of(),
                    repo: session.repo(repo.as_deref())?,
                    paths: PathSetSource {
                        include: globs.collect(),
                        exclude: Vec::new(),
                    },
                    text: text.clone(),
                    ttl_ms: *ttl,
                }))
            }
            Note::Approve { note } => Body::ApproveNote { note: *note },
            Note::Drop { note, reason } => Body::DropNote {
                note: *note,
                reason: reason.clone(),
            },
        };
        session.print(&session.execute(body)?, show::answer)?;
        Ok(Exit::Done)
    }
}

impl Notes {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let specs = self.places.specs(&session)?;
        let kind = self.kind.map(Kind::of);
        let answer = session.loom.query(&Query::Notes { specs, kind })?;
        let at = answer.at;
        session.print(&answer.reply, |reply| match reply {
            QueryReply::Notes { notes, more } => show::notes(notes, *more, at),
            _ => String::new(),
        })?;
        Ok(Exit::Done)
    }
}

impl Skill {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let repo = match self.all {
            true => None,
            false => Some(session.repo(self.repo.as_deref())?),
        };
        print_text(&session, &Query::Skill { repo })
    }
}

impl StateFile {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        print_text(&Session::open(common)?, &Query::StateFile {})
    }
}

fn print_text(session: &Session, query: &Query) -> Ended {
    let answer = session.loom.query(query)?;
    session.print(&answer.reply, |reply| match reply {
        QueryReply::Skill { text, .. } | QueryReply::StateFile { text, .. } => {
            text.trim_end().to_owned()
        }
        _ => String::new(),
    })?;
    Ok(Exit::Done)
}

fn token(text: &str) -> Result<Token, Error> {
    text.parse()
}
