//! Which commands landed: what makes a retry harmless.
//!
//! The last [`LANDED_MAX`] commands are remembered by id. The window counts versions, so it needs no
//! queue: what lies further back than the window is forgotten, whoever remembers it.

use std::collections::{BTreeMap, VecDeque};

use uuid::Uuid;

use crate::model::{Digest, Ver};

/// How many landed commands are remembered.
pub const LANDED_MAX: u64 = 65_536;

/// A command that landed: in which record, and what tells it from another under the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Landed {
    pub(super) ver: Ver,
    /// The first half of the command's digest.
    pub(super) digest: [u8; 16],
}

impl Landed {
    pub(super) fn is_of(&self, digest: &Digest) -> bool {
        digest.0.starts_with(&self.digest)
    }
}

/// The commands that landed within the window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct LandedCommands {
    by_id: BTreeMap<Uuid, Landed>,
    in_order: VecDeque<Uuid>,
}

impl LandedCommands {
    pub(super) fn get(&self, id: &Uuid) -> Option<Landed> {
        self.by_id.get(id).copied()
    }

    pub(super) fn insert(&mut self, id: Uuid, ver: Ver, digest: &Digest) {
        let mut half = [0; 16];
        half.copy_from_slice(&digest.0[..16]);
        self.by_id.insert(id, Landed { ver, digest: half });
        self.in_order.push_back(id);
        if self.in_order.len() as u64 > LANDED_MAX
            && let Some(oldest) = self.in_order.pop_front()
            && self
                .by_id
                .get(&oldest)
                .is_some_and(|landed| landed.ver + LANDED_MAX <= ver)
        {
            self.by_id.remove(&oldest);
        }
    }
}
