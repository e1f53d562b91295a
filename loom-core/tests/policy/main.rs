//! Policies, from document to decision, through the public API alone.

#![allow(clippy::unwrap_used, clippy::panic)]

mod decisions;
mod documents;
mod hostile;
mod missing;
mod shelves;
mod world;
