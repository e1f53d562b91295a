//! Hooks of harnesses, from the payload as it was recorded to the answer as it goes out.

mod hostile;
mod recorded;
mod stories;
mod team;
