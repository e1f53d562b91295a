//! What a record says, read from its bytes or kept since it was proposed.
//!
//! Whoever proposes a record nearly always applies that very record next. Its hash tells it from
//! every other one, so what was decided is folded as it stands and the bytes are hashed but not read
//! again. Nothing but time depends on whether it was kept.

use std::sync::{Mutex, PoisonError};

use super::event::{self, Event};
use crate::error::Error;
use crate::model::{Digest, Header, Record};
use crate::path::PathSet;

/// The first two lines of a record.
pub(super) struct Contents {
    pub(super) header: Header,
    pub(super) events: Vec<Event>,
    /// What was compiled when the events at these places were decided. May be shorter than they are.
    pub(super) sets: Vec<Option<Vec<PathSet>>>,
}

impl Contents {
    /// Reads a record.
    ///
    /// # Errors
    /// Those of [`Record::header`] and [`event::read_events`].
    pub(super) fn read(record: &Record) -> Result<Contents, Error> {
        let [header, events, _] = record.lines()?;
        Ok(Contents {
            header: record.read_header(header)?,
            events: event::read_line(record, events)?,
            sets: Vec::new(),
        })
    }
}

/// The contents of the record that was proposed last, by its hash.
#[derive(Default)]
pub(super) struct Proposed(Mutex<Option<(Digest, Contents)>>);

impl Proposed {
    pub(super) fn keep(&self, record: &Record, contents: Contents) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((record.hash, contents));
    }

    /// The contents of this record, if it is the one that was kept. They are given once.
    pub(super) fn take(&mut self, record: &Record) -> Option<Contents> {
        let kept = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        let (_, contents) = kept.take_if(|(hash, _)| *hash == record.hash)?;
        Some(contents)
    }
}

impl Clone for Proposed {
    /// A copy keeps nothing: what the original proposed, the original applies.
    fn clone(&self) -> Self {
        Proposed::default()
    }
}
