//! Findings in a snapshot: which are resolved is read at once, the rest when somebody asks.

use super::{FindingRow, Findings};
use crate::error::{Code, Error};
use crate::model::{Digest, FindingKey, Timestamp};
use crate::table::{SnapshotReader, SnapshotWriter, json_rows};

json_rows!(FindingRow);

impl Findings {
    /// Adds the state to a snapshot.
    ///
    /// # Errors
    /// `internal` for a row that cannot be written, `corrupt` where the state was itself thawed and a
    /// page of it is bad.
    pub fn freeze(&self, writer: &mut SnapshotWriter) -> Result<(), Error> {
        writer.value("findings.resolved", &self.resolved)?;
        writer.table("findings", &self.rows)
    }

    /// The state that was added to a snapshot, its rows unread.
    ///
    /// # Errors
    /// `corrupt` where the snapshot does not have it whole.
    pub fn thaw(reader: &SnapshotReader) -> Result<Findings, Error> {
        let resolved: Vec<(Timestamp, FindingKey)> = reader.value("findings.resolved")?;
        let findings = Findings {
            rows: reader.table("findings")?,
            resolved: resolved.into_iter().collect(),
        };
        if findings.resolved.len() > findings.rows.len() {
            let why = "more findings are resolved than there are";
            return Err(Error::at(Code::Corrupt, "snapshot.findings", why));
        }
        Ok(findings)
    }

    /// The digest of all findings.
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
