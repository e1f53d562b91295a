//! The native half of the npm package `loomstack`: two doors of JSON, path sets, and stores that are
//! written in JavaScript. The typed half is TypeScript (`loom-node/src/*.ts`); neither decides anything.
//!
//! A door takes a command or a query as JSON and answers with JSON. What fails is thrown with an
//! [`ErrorBody`](loom_core::wire::ErrorBody) as its message, and a panic is thrown with its own words.
//! Whatever answers with a promise works on a thread of its handle and never on the event loop.

mod conformance;
mod event_loop;
mod fault;
mod handle;
mod js_store;
mod paths;
#[cfg(feature = "testing")]
mod testing;
mod worker;
