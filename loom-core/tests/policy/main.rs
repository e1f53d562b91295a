//! Policies, from document to decision, through the public API alone.

mod decisions;
mod documents;
mod explanations;
mod world;
