//! The promises of the claim plane, through its public interface alone.

#![allow(clippy::unwrap_used, clippy::panic)]

mod deadlock;
mod leases;
mod limits;
mod meeting;
mod queue;
mod reshape;
mod walk;
mod world;
