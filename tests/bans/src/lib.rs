//! Code that the core's bans must convict, and code that they must let pass.

pub mod clean;
pub mod offending;
