//! The promises of the claim plane, through its public interface alone.

mod deadlock;
mod leases;
mod limits;
mod meeting;
mod queue;
mod reshape;
mod world;
