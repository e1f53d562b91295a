//! Storage for LoomStack journals: the adapters of [`loom_core::store::Store`] that do I/O.
//!
//! [`SqliteStore`] is the default: one file, no server, any number of processes. Teams on several
//! machines share a database: `PostgresStore`, behind the feature `postgres`. [`Loom`] is the handle that most callers want: a store, the state, a clock and random bytes in one.
//!
//! ```
//! use loom_core::model::Head;
//! use loom_core::store::{Append, Store, conformance::Draft};
//! use loom_store::SqliteStore;
//!
//! # fn main() -> Result<(), loom_core::error::Error> {
//! # let folder = tempfile::tempdir().unwrap();
//! let store = SqliteStore::open(folder.path().join("journal.db"))?;
//! let record = Draft::new(1).after(&Head::EMPTY)?;
//! assert_eq!(store.append(&Head::EMPTY, &record)?, Append::Committed);
//! assert_eq!(store.head()?.ver, 1);
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod copying;
mod doors;
mod hook;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod lock;
pub mod loom;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod owner;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod seen;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod snapshot_file;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod under_way;

pub use copying::copy;
pub use loom::{Loom, SNAPSHOT_EVERY};
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;

/// The README's example, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
