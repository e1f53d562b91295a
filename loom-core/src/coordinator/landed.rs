//! Which commands landed: what makes a retry harmless.
//!
//! The last [`LANDED_MAX`] commands are remembered by id. The window counts versions, so it needs no
//! queue: what lies further back than the window is forgotten, whoever remembers it.

use uuid::Uuid;

use crate::error::Error;
use crate::model::{Digest, Ver};
use crate::table::{Row, SnapshotReader, SnapshotWriter, Table};

/// How many landed commands are remembered.
pub const LANDED_MAX: u64 = 65_536;

/// A command that landed: in which record, and what tells it from another under the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Landed {
    pub(super) ver: Ver,
    /// The first half of the command's digest.
    digest: [u8; 16],
}

impl Landed {
    pub(super) fn is_of(&self, digest: &Digest) -> bool {
        digest.0.starts_with(&self.digest)
    }
}

impl Row for Landed {
    fn encode(&self, bytes: &mut Vec<u8>) -> Result<(), Error> {
        bytes.extend(self.ver.to_le_bytes());
        bytes.extend(self.digest);
        Ok(())
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (ver, digest) = bytes.split_first_chunk()?;
        Some(Landed {
            ver: u64::from_le_bytes(*ver),
            digest: digest.try_into().ok()?,
        })
    }
}

impl Row for Uuid {
    fn encode(&self, bytes: &mut Vec<u8>) -> Result<(), Error> {
        bytes.extend(self.as_bytes());
        Ok(())
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(Uuid::from_bytes(bytes.try_into().ok()?))
    }
}

/// The commands that landed within the window.
#[derive(Debug, Clone, Default)]
pub(super) struct LandedCommands {
    /// Under the number that an id is: one look at each key tells which comes first.
    by_id: Table<u128, Landed>,
    by_ver: Table<Ver, Uuid>,
}

impl LandedCommands {
    pub(super) fn get(&self, id: &Uuid) -> Option<Landed> {
        self.by_id.get(&id.as_u128()).map(|landed| *landed)
    }

    pub(super) fn insert(&mut self, id: Uuid, ver: Ver, digest: &Digest) {
        let mut half = [0; 16];
        half.copy_from_slice(&digest.0[..16]);
        self.by_id
            .insert(id.as_u128(), Landed { ver, digest: half });
        self.by_ver.insert(ver, id);
        let Some(oldest) = ver.checked_sub(LANDED_MAX) else {
            return;
        };
        let Some(id) = self.by_ver.remove(&oldest).map(|id| id.as_u128()) else {
            return;
        };
        if self
            .by_id
            .get(&id)
            .is_some_and(|landed| landed.ver == oldest)
        {
            self.by_id.remove(&id);
        }
    }

    pub(super) fn fault(&self) -> Option<Error> {
        self.by_id.fault().or_else(|| self.by_ver.fault())
    }

    pub(super) fn digest(&self) -> Result<Digest, Error> {
        self.by_id.digest()
    }

    pub(super) fn freeze(&self, writer: &mut SnapshotWriter) -> Result<(), Error> {
        writer.table("landed", &self.by_id)?;
        writer.table("landed_by_ver", &self.by_ver)
    }

    pub(super) fn thaw(reader: &SnapshotReader) -> Result<Self, Error> {
        Ok(LandedCommands {
            by_id: reader.table("landed")?,
            by_ver: reader.table("landed_by_ver")?,
        })
    }
}
