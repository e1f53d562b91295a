//! A journal with its two JSON doors.

use std::sync::Arc;

use loom_core::store::Dutiful;
use loom_core::wire;
use loom_store::Loom;
use loom_store::loom::{system_clock, system_entropy};

use crate::error::LoomError;
use crate::store::{Adapter, ForeignStore};

/// A journal, ready to work with. Threads may share it.
#[derive(Debug, uniffi::Object)]
pub struct Journal {
    pub(crate) loom: Loom,
}

#[uniffi::export]
impl Journal {
    /// Opens the journal that a URL names: `sqlite:PATH`, `postgres://HOST/DATABASE` or
    /// `memory:`.
    #[uniffi::constructor]
    pub fn open(url: String) -> Result<Arc<Journal>, LoomError> {
        let loom = Loom::open_url(&url)?;
        Ok(Arc::new(Journal { loom }))
    }

    /// A journal in a store that is written on the other side. The duties that need no storage are done
    /// around it.
    #[uniffi::constructor]
    pub fn over(store: Arc<dyn ForeignStore>) -> Arc<Journal> {
        let store = Arc::new(Dutiful::new(Adapter::new(store), system_clock));
        let loom = Loom::over(store, Arc::new(system_clock), Arc::new(system_entropy));
        Arc::new(Journal { loom })
    }

    /// Carries out a command in JSON; the answer in JSON. `at` is a time in RFC 3339 in place of now.
    pub fn submit_json(&self, command: String, at: Option<String>) -> Result<String, LoomError> {
        Ok(self.loom.submit_json(&command, at.as_deref())?)
    }

    /// Answers a query in JSON, in JSON.
    pub fn query_json(&self, query: String, at: Option<String>) -> Result<String, LoomError> {
        Ok(self.loom.query_json(&query, at.as_deref())?)
    }

    /// Reads the whole journal and verifies its chain; the head in JSON.
    pub fn verify_json(&self) -> Result<String, LoomError> {
        let head = self.loom.verify(|_, _| ())?;
        Ok(wire::to_json(&head)?)
    }
}
