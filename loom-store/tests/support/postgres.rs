//! The PostgreSQL store for the tests that run a server of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use loom_core::error::Error;
use loom_core::model::{Digest, Record, Timestamp};
use loom_core::store::Store;
use loom_core::store::conformance::{Factory, Means};
use loom_store::loom::{system_clock, system_entropy};
use loom_store::{Loom, PostgresStore};

pub use super::server::Server;

impl Server {
    /// A handle of another machine.
    pub fn loom(&self, machine: &str) -> Loom {
        let options = PostgresStore::options().remember_in(self.seen(machine));
        let store = options.open(&self.url("shop")).unwrap();
        Loom::over(
            Arc::new(store),
            Arc::new(system_clock),
            Arc::new(system_entropy),
        )
    }

    /// A store of a client that remembers nothing of other tests.
    pub fn open(&self, workspace: &str) -> PostgresStore {
        let options = PostgresStore::options().remember_in(self.seen(workspace));
        options.open(&self.url(workspace)).unwrap()
    }
}

/// Workspaces of one database, whose clock the suite sets.
pub struct PostgresFactory {
    server: Server,
    clock_ms: Arc<AtomicI64>,
}

impl PostgresFactory {
    pub fn new() -> Self {
        let clock_ms = Arc::new(AtomicI64::new(Timestamp::MAX.as_ms()));
        PostgresFactory {
            server: Server::start(),
            clock_ms,
        }
    }
}

impl Factory for PostgresFactory {
    fn open(&self, journal: &str) -> Result<Box<dyn Store>, Error> {
        let clock_ms = Arc::clone(&self.clock_ms);
        let clock = move || Timestamp::from_ms(clock_ms.load(Ordering::SeqCst)).unwrap();
        let options = PostgresStore::options()
            .clock(clock)
            .remember_in(self.server.seen(journal));
        Ok(Box::new(options.open(&self.server.url(journal))?))
    }

    fn set_clock(&self, now: Timestamp) -> Means {
        self.clock_ms.store(now.as_ms(), Ordering::SeqCst);
        Means::Done
    }

    fn tamper_text(&self, _journal: &str, digest: &Digest) -> Means {
        let changed = self.server.sql(&format!(
            "UPDATE loomstack.texts SET words = words || '!'::bytea WHERE digest = '\\x{digest}' RETURNING 1;"
        ));
        assert_eq!(changed, "1");
        Means::Done
    }

    fn restore(&self, journal: &str, records: &[Record]) -> Means {
        self.server.sql(&restored(journal, records));
        Means::Done
    }
}

/// Statements that make a journal hold exactly these records, as a backup would.
pub fn restored(workspace: &str, records: &[Record]) -> String {
    let of = format!("(SELECT id FROM loomstack.journals WHERE workspace = '{workspace}')");
    let mut sql = format!("BEGIN; DELETE FROM loomstack.records WHERE journal = {of};\n");
    for Record {
        ver,
        prev,
        hash,
        body,
    } in records
    {
        let incarnation = Record {
            ver: *ver,
            prev: *prev,
            hash: *hash,
            body: body.clone(),
        };
        let incarnation = incarnation.header().unwrap().incarnation;
        let body: String = body.iter().map(|byte| format!("{byte:02x}")).collect();
        sql += &format!(
            "INSERT INTO loomstack.records VALUES ({of}, {ver}, '\\x{hash}', '\\x{prev}', {incarnation}, '\\x{body}');\n"
        );
    }
    sql + "COMMIT;"
}
