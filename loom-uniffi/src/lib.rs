//! LoomStack for languages that uniffi speaks: Ruby, Kotlin, Swift.
//!
//! Nothing is decided here. A [`Journal`] has the two JSON doors; what fails is a [`LoomError`] with the
//! library's code and the caller's next step; and a store may be written on the other side
//! ([`ForeignStore`]). `unsafe` stands only in what uniffi's macros expand to.
//!
//! The foreign side is generated for each build and not kept: see `uniffi-test` in
//! `targets.mk`.

mod error;
mod journal;
mod store;
#[cfg(feature = "testing")]
mod testing;

pub use error::{Code, ErrorBody, LoomError, Next};
pub use journal::Journal;
pub use store::{ForeignStore, Head, Outcome, StoreError, StoredRecord, Text};

uniffi::setup_scaffolding!("loomstack");
