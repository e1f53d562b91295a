//! Policies, from document to decision, through the public API alone.

mod decisions;
mod documents;
mod hostile;
mod missing;
mod shelves;
mod world;
