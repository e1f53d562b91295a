//! The recent changes of a state that started cold: read when a question or a record first needs
//! them. Most processes that live for one tool call claim something and never ask.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

use super::changes::{ChangeRow, Changes, HORIZON_MS};
use super::repos::Repos;
use crate::error::Error;
use crate::model::{Timestamp, Ver};
use crate::table::{LaterBytes, SnapshotReader, SnapshotWriter};

/// [`Changes`], read on the first use.
#[derive(Clone, Default)]
pub(super) struct LaterChanges {
    warm: Changes,
    unread: Option<Arc<Unread>>,
    /// What stands in the snapshot, once a question needed it, until the first record changes it.
    read: OnceLock<Changes>,
    fault: OnceLock<Error>,
}

struct Unread {
    rows: LaterBytes,
    repos: Repos,
    /// When the oldest of them was recorded; none where there is none.
    oldest: Option<Timestamp>,
}

impl LaterChanges {
    /// Forgets what lies behind the horizon, and reads nothing where nothing does.
    pub(super) fn forget(&mut self, at: Timestamp, repos: &Repos) {
        if let Some(unread) = &self.unread
            && unread
                .oldest
                .is_none_or(|oldest| oldest >= at.minus_ms(HORIZON_MS))
        {
            return;
        }
        Changes::forget(self, at, repos);
    }

    /// Why the changes could not be read, if they could not.
    pub(super) fn fault(&self) -> Option<Error> {
        self.fault.get().cloned()
    }

    pub(super) fn freeze(&self, writer: &mut SnapshotWriter) -> Result<(), Error> {
        let oldest = self.rows().next().map(|(_, row)| row.at);
        writer.value("changes.oldest", &oldest)?;
        writer.value("changes", &self.rows().collect::<Vec<_>>())
    }

    pub(super) fn thaw(reader: &SnapshotReader, repos: &Repos) -> Result<Self, Error> {
        let unread = Unread {
            rows: reader.later("changes")?,
            repos: repos.clone(),
            oldest: reader.value("changes.oldest")?,
        };
        Ok(LaterChanges {
            unread: Some(Arc::new(unread)),
            ..LaterChanges::default()
        })
    }

    fn read(&self, unread: &Unread) -> Changes {
        let rows = unread.rows.value::<Vec<(Ver, ChangeRow)>>();
        let read = rows.and_then(|rows| Changes::from_rows(rows, &unread.repos));
        read.unwrap_or_else(|why| {
            self.fault.get_or_init(|| why);
            Changes::default()
        })
    }
}

impl Deref for LaterChanges {
    type Target = Changes;

    fn deref(&self) -> &Changes {
        match &self.unread {
            None => &self.warm,
            Some(unread) => self.read.get_or_init(|| self.read(unread)),
        }
    }
}

impl DerefMut for LaterChanges {
    fn deref_mut(&mut self) -> &mut Changes {
        if let Some(unread) = self.unread.take() {
            let read = self.read.take();
            self.warm = read.unwrap_or_else(|| self.read(&unread));
        }
        &mut self.warm
    }
}
