//! Hooks of harnesses, from the payload as it was recorded to the answer as it goes out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod hostile;
mod recorded;
mod stories;
mod team;
