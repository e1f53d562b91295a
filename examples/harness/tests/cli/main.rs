//! The real binary, run as its users run it: what it prints, and how it ends.

mod audit;
mod claims;
mod demo;
mod journal;
mod world;
