//! Governance in a snapshot. The document comes as its text and is compiled when a decision needs it.

use serde::{Deserialize, Serialize};

use super::event::{Exception, SetDocument};
use super::request::RequestRow;
use super::table::{Deed, PolicyTable};
use crate::error::{Code, Error};
use crate::model::{Digest, Timestamp, Token};
use crate::table::{SnapshotReader, SnapshotWriter, json_rows};

json_rows!(RequestRow);

/// What is read at once.
#[derive(Serialize, Deserialize)]
struct Front {
    document: Option<SetDocument>,
    ends: Vec<(Timestamp, Token)>,
    exceptions: Vec<Exception>,
    deeds: Vec<Deed>,
    deeds_from: Timestamp,
}

impl PolicyTable {
    /// Adds the state to a snapshot.
    ///
    /// # Errors
    /// `internal` for a row that cannot be written, `corrupt` where the state was itself thawed and a
    /// page of it is bad.
    pub fn freeze(&self, writer: &mut SnapshotWriter) -> Result<(), Error> {
        writer.value("policy.front", &self.front())?;
        writer.table("policy.requests", &self.requests)
    }

    /// The state that was added to a snapshot, its requests unread.
    ///
    /// # Errors
    /// `corrupt` where the snapshot does not have it whole.
    pub fn thaw(reader: &SnapshotReader) -> Result<PolicyTable, Error> {
        let front: Front = reader.value("policy.front")?;
        let ends = front.ends.into_iter().map(|end| (end, ()));
        let exceptions = front.exceptions.into_iter();
        let mut table = PolicyTable::default();
        table.document = front.document;
        table.requests = reader.table("policy.requests")?;
        table.by_until = ends.collect();
        table.exceptions = exceptions.map(|waiver| (waiver.id, waiver)).collect();
        table.deeds = front.deeds.into();
        table.deeds_from = front.deeds_from;
        if table.requests.len() != table.by_until.len() {
            let message = "there are fewer or more requests than it says";
            return Err(Error::at(Code::Corrupt, "snapshot.policy", message));
        }
        Ok(table)
    }

    /// The digest of all of it.
    ///
    /// # Errors
    /// `internal` for a row that cannot be written.
    pub fn digest(&self) -> Result<Digest, Error> {
        let front = serde_json::to_vec(&self.front())
            .map_err(|why| Error::new(Code::Internal, why.to_string()))?;
        let requests = self.requests.digest()?;
        Ok(Digest::of(&[&Digest::of(&[&front]).0, &requests.0]))
    }

    /// A bad page that a look-up met, if one did.
    pub fn fault(&self) -> Option<Error> {
        self.requests.fault()
    }

    fn front(&self) -> Front {
        Front {
            document: self.document.clone(),
            ends: self.by_until.keys().copied().collect(),
            exceptions: self.exceptions.values().cloned().collect(),
            deeds: self.deeds.iter().cloned().collect(),
            deeds_from: self.deeds_from,
        }
    }
}
