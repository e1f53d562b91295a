//! Notes in a snapshot: when each ends is read at once, the rest when somebody asks.

use super::{NoteRow, Notes};
use crate::error::{Code, Error};
use crate::model::{Digest, Timestamp, Token};
use crate::table::{SnapshotReader, SnapshotWriter, json_rows};

json_rows!(NoteRow);

impl Notes {
    /// Adds the state to a snapshot.
    ///
    /// # Errors
    /// `internal` for a row that cannot be written, `corrupt` where the state was itself thawed and a
    /// page of it is bad.
    pub fn freeze(&self, writer: &mut SnapshotWriter) -> Result<(), Error> {
        writer.value("notes.ends", &self.ends)?;
        writer.table("notes", &self.rows)
    }

    /// The state that was added to a snapshot, its rows unread.
    ///
    /// # Errors
    /// `corrupt` where the snapshot does not have it whole.
    pub fn thaw(reader: &SnapshotReader) -> Result<Notes, Error> {
        let ends: Vec<(Timestamp, Token)> = reader.value("notes.ends")?;
        let notes = Notes {
            rows: reader.table("notes")?,
            ends: ends.into_iter().collect(),
        };
        if notes.ends.len() > notes.rows.len() {
            let why = "more notes end than there are";
            return Err(Error::at(Code::Corrupt, "snapshot.notes", why));
        }
        Ok(notes)
    }

    /// The digest of all notes.
    ///
    /// # Errors
    /// `internal` for a row that cannot be written.
    pub fn digest(&self) -> Result<Digest, Error> {
        self.rows.digest()
    }

    /// A bad page that a look-up met, if one did.
    pub fn fault(&self) -> Option<Error> {
        self.rows.fault()
    }
}
