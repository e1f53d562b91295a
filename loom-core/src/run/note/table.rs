//! All notes that hold, or wait for a person.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{NOTES_MAX, NoteEvent, NoteKind, NoteWritten};
use crate::error::{Code, Error};
use crate::model::{Actor, RepoId, TextRef, Timestamp, Token};
use crate::path::PathSetSource;
use crate::table::Table;

/// A note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteRow {
    /// What it says of the place.
    pub kind: NoteKind,
    /// Where.
    pub repo: RepoId,
    /// On which paths; all of the repository where there is no pattern.
    pub paths: PathSetSource,
    /// What it says.
    pub text: TextRef,
    /// Who wrote it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Until when it holds, or waits for a person; without end where absent.
    pub until: Option<Timestamp>,
    /// Who approved it, and when: for a convention that counts.
    pub approved: Option<(Actor, Timestamp)>,
}

impl NoteRow {
    /// Is it a convention that no person has approved yet?
    pub fn waits(&self) -> bool {
        self.kind == NoteKind::Convention && self.approved.is_none()
    }

    /// Is it there at this time?
    pub fn holds(&self, at: Timestamp) -> bool {
        self.until.is_none_or(|until| at < until)
    }
}

/// All notes.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    pub(super) rows: Table<Token, NoteRow>,
    pub(super) ends: BTreeSet<(Timestamp, Token)>,
}

impl Notes {
    /// A note that is there at this time.
    pub fn get(&self, note: &Token, at: Timestamp) -> Option<Cow<'_, NoteRow>> {
        self.rows.get(note).filter(|row| row.holds(at))
    }

    /// The notes that are there at this time, in the order in which they were written.
    pub fn iter(&self, at: Timestamp) -> impl Iterator<Item = (Token, Cow<'_, NoteRow>)> {
        self.rows.iter().filter(move |(_, row)| row.holds(at))
    }

    /// May one more be written at this time?
    pub fn has_room(&self, at: Timestamp) -> bool {
        let over = self.ends.iter().take_while(|(until, _)| *until <= at);
        self.rows.len().saturating_sub(over.count()) < NOTES_MAX
    }

    /// Folds one event.
    ///
    /// # Errors
    /// `corrupt` for an event that cannot have happened; the state is as before.
    pub fn apply(&mut self, event: &NoteEvent, at: Timestamp) -> Result<(), Error> {
        match event {
            NoteEvent::Written(written) => {
                let NoteWritten {
                    id,
                    kind,
                    repo,
                    paths,
                    text,
                    by,
                    until,
                } = (**written).clone();
                let is_approved = kind == NoteKind::Convention && until.is_none();
                let row = NoteRow {
                    kind,
                    repo,
                    paths,
                    text,
                    approved: is_approved.then(|| (by.clone(), at)),
                    by,
                    at,
                    until,
                };
                self.ends.extend(until.map(|until| (until, id)));
                self.rows.insert(id, row);
                Ok(())
            }
            NoteEvent::Approved { note, by } => {
                let ends = &mut self.ends;
                let known = self.rows.update(note, |row| {
                    if let Some(until) = row.until.take() {
                        ends.remove(&(until, *note));
                    }
                    row.approved = Some((by.clone(), at));
                });
                known.then_some(()).ok_or_else(|| unknown(note))
            }
            NoteEvent::Dropped { note, .. } => {
                let row = self.rows.remove(note).ok_or_else(|| unknown(note))?;
                if let Some(until) = row.until {
                    self.ends.remove(&(until, *note));
                }
                Ok(())
            }
        }
    }

    /// Forgets notes whose end has come.
    pub fn forget(&mut self, at: Timestamp) {
        while let Some((until, note)) = self.ends.first() {
            if *until > at {
                break;
            }
            self.rows.remove(note);
            self.ends.pop_first();
        }
    }
}

fn unknown(note: &Token) -> Error {
    let why = format!("an event speaks of note {note}, which is not there");
    Error::at(Code::Corrupt, "events.note", why)
}
