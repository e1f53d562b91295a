//! The SQLite store is held to the storage contract.

mod support;

use loom_core::store::conformance;
use support::SqliteFactory;

#[test]
fn the_sqlite_store_passes_every_check_and_skips_none() {
    let report = conformance::run(&SqliteFactory::new());
    assert!(
        report.is_conformant() && report.skipped.is_empty(),
        "{report}"
    );
}
