//! The plane's state in a snapshot, and its digest.

use super::rows::Row;
use super::{ClaimTable, RepoFacts};
use crate::error::{Code, Error};
use crate::model::Digest;
use crate::table::{SnapshotReader, SnapshotWriter};

impl ClaimTable {
    /// Adds the state to a snapshot.
    ///
    /// # Errors
    /// `internal` for a row that cannot be written.
    pub fn freeze(&self, writer: &mut SnapshotWriter) -> Result<(), Error> {
        writer.value("claims", &self.rows().collect::<Vec<Row>>())
    }

    /// The state that was added to a snapshot.
    ///
    /// # Errors
    /// `corrupt` where the snapshot does not have it whole.
    pub fn thaw(reader: &SnapshotReader, repos: &dyn RepoFacts) -> Result<ClaimTable, Error> {
        ClaimTable::from_rows(reader.value::<Vec<Row>>("claims")?, repos)
    }

    /// The digest of all rows in canonical order.
    ///
    /// # Errors
    /// `internal` for a row that cannot be written.
    pub fn digest(&self) -> Result<Digest, Error> {
        let rows = serde_json::to_vec(&self.rows().collect::<Vec<Row>>());
        rows.map(|rows| Digest::of(&[&rows]))
            .map_err(|why| Error::new(Code::Internal, why.to_string()))
    }

    /// A bad page that a look-up met, if one did.
    pub fn fault(&self) -> Option<Error> {
        None
    }
}
