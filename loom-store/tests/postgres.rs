//! The PostgreSQL store is held to the storage contract, on a server that each test starts for itself.
#![cfg(feature = "postgres")]

mod support;

use loom_core::store::conformance;
use support::postgres::PostgresFactory;

#[test]
fn the_postgresql_store_passes_every_check_and_skips_none() {
    let report = conformance::run(&PostgresFactory::new());
    assert!(
        report.is_conformant() && report.skipped.is_empty(),
        "{report}"
    );
}
