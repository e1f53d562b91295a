//! Notes and conventions: who writes one, who approves it, and where it counts.

use std::borrow::Cow;

use super::Coordinator;
use super::bodies::NewNote;
use super::decide::Decision;
use super::event::Event;
use super::reply::Reply;
use crate::claim::{self, SpecRequest};
use crate::error::{Code, Error};
use crate::model::Timestamp;
use crate::model::{ActorKind, Token};
use crate::path::PathSet;
use crate::run::{
    CONVENTION_WAITS_MS, NOTE_TTL_MS_DEFAULT, NOTE_TTL_MS_MAX, NOTE_TTL_MS_MIN, NOTES_MAX,
    NoteEvent, NoteKind, NoteRow, NoteWritten, Notes,
};

impl Decision<'_> {
    pub(super) fn write_note(&mut self, new: &NewNote) -> Result<Reply, Error> {
        let repo = self.state.repos.require(&new.repo)?;
        if !new.paths.has_no_pattern() {
            PathSet::compile(&new.paths, repo.rules).map_err(|why| why.within("paths"))?;
        }
        if !self.state.notes.has_room(self.at) {
            let max = NOTES_MAX as u64;
            return Err(Error::limit("text", "NOTES_MAX", max, max + 1));
        }
        let until = match (new.kind, new.ttl_ms) {
            (NoteKind::Convention, Some(_)) => {
                let message = "a convention has no end; write a decision that has one";
                return Err(Error::at(Code::InvalidField, "ttl_ms", message));
            }
            (NoteKind::Convention, None) => {
                let is_approved = self.command.actor.kind == ActorKind::Human;
                (!is_approved).then(|| self.at.plus_ms(CONVENTION_WAITS_MS))
            }
            (_, ttl_ms) => Some(self.at.plus_ms(within_bounds(ttl_ms)?)),
        };
        let text = self.required_text("text", &new.text)?;
        let id = self.next_name();
        let written = NoteWritten {
            id,
            kind: new.kind,
            repo: new.repo.clone(),
            paths: new.paths.clone(),
            text,
            by: self.command.actor.clone(),
            until,
        };
        self.others
            .push(Event::Note(NoteEvent::Written(Box::new(written))));
        Ok(Reply::NoteWritten {
            note: id,
            until,
            waits: new.kind == NoteKind::Convention && until.is_some(),
        })
    }

    pub(super) fn approve_note(&mut self, note: Token) -> Result<Reply, Error> {
        let row = self.require_note(note)?;
        if row.kind != NoteKind::Convention {
            let message = format!("note {note} is no convention; it needs no approval");
            return Err(Error::at(Code::InvalidField, "note", message));
        }
        if row.waits() {
            let by = self.command.actor.clone();
            let event = NoteEvent::Approved { note, by };
            self.others.push(Event::Note(event));
        }
        Ok(Reply::NoteApproved { note })
    }

    pub(super) fn drop_note(&mut self, note: Token, reason: Option<&str>) -> Result<Reply, Error> {
        let row = self.require_note(note)?;
        let actor = &self.command.actor;
        let own = (actor.kind, &actor.id) == (row.by.kind, &row.by.id);
        let may = actor.kind == ActorKind::Human || own && row.approved.is_none();
        if !may {
            let message = match row.approved {
                Some(_) => format!("a person approved note {note}, and a person drops it"),
                None => format!("{} wrote note {note}", row.by),
            };
            return Err(Error::at(Code::NotPermitted, "note", message));
        }
        let by = actor.clone();
        let reason = self.text("reason", reason)?;
        let event = NoteEvent::Dropped { note, by, reason };
        self.others.push(Event::Note(event));
        Ok(Reply::NoteDropped { note })
    }

    fn require_note(&self, note: Token) -> Result<Cow<'_, NoteRow>, Error> {
        self.state.notes.get(&note, self.at).ok_or_else(|| {
            let message = format!("there is no note {note}, or its end has come");
            Error::at(Code::NotFound, "note", message)
        })
    }
}

impl Coordinator {
    /// Notes and conventions.
    pub fn notes(&self) -> &Notes {
        &self.state.notes
    }

    /// The notes on these places, on whatever branch: warnings first, then what failed, what was decided,
    /// conventions, and what was tried; of each the latest first. O(notes).
    ///
    /// # Errors
    /// Those of [`claim::resolve`].
    pub fn notes_on(
        &self,
        places: &[SpecRequest],
        at: Timestamp,
    ) -> Result<Vec<(Token, Cow<'_, NoteRow>)>, Error> {
        self.check_usable()?;
        let state = &self.state;
        let places = claim::resolve(places, &state.repos)?;
        let all_of_it = |row: &NoteRow| {
            let mut specs = places.parts().map(|(spec, _)| spec);
            row.paths.has_no_pattern() && specs.any(|spec| spec.repo == row.repo)
        };
        let is_there =
            |row: &NoteRow| all_of_it(row) || state.is_on(&places, &row.repo, &row.paths);
        let mut notes: Vec<_> = state
            .notes
            .iter(at)
            .filter(|(_, row)| is_there(row))
            .collect();
        notes.sort_by_key(|(note, row)| (row.kind, std::cmp::Reverse(*note)));
        Ok(notes)
    }
}

fn within_bounds(ttl_ms: Option<u64>) -> Result<u64, Error> {
    let ttl_ms = ttl_ms.unwrap_or(NOTE_TTL_MS_DEFAULT);
    match ttl_ms {
        NOTE_TTL_MS_MIN..=NOTE_TTL_MS_MAX => Ok(ttl_ms),
        less if less < NOTE_TTL_MS_MIN => {
            let min = NOTE_TTL_MS_MIN;
            Err(Error::below("ttl_ms", "NOTE_TTL_MS_MIN", min, less))
        }
        more => {
            let max = NOTE_TTL_MS_MAX;
            Err(Error::limit("ttl_ms", "NOTE_TTL_MS_MAX", max, more))
        }
    }
}
