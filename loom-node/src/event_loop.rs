//! Calls from other threads into the event loop, where what is written in JavaScript runs: each waits for
//! the promise that comes of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use loom_core::error::{Code, Error};
use loom_core::wire::ErrorBody;
use napi::bindgen_prelude::Uint8Array;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status};
use napi_derive::napi;

/// What is called. Weak: the promise that somebody waits for keeps the process alive, not this.
pub(crate) type Dispatch = ThreadsafeFunction<StoreCall, (), StoreCall, Status, false, true>;

/// A call, to be answered by `settle` under its id.
#[napi(object)]
pub struct StoreCall {
    /// What the answer is given under.
    pub id: u32,
    /// Which store is called; 0 where there is one.
    pub client: u32,
    /// The method.
    pub method: String,
    /// Its arguments, as a list in JSON.
    pub json: String,
    /// The bytes of a snapshot.
    pub bytes: Option<Uint8Array>,
}

/// The calls that wait for their answers.
#[derive(Default)]
pub(crate) struct Calls {
    waiting: Mutex<Waiting>,
    last: AtomicU32,
}

#[derive(Default)]
struct Waiting {
    senders: BTreeMap<u32, SyncSender<Settled>>,
    ended: bool,
}

/// JSON and bytes, or an error.
pub(crate) type Settled = Result<(String, Option<Vec<u8>>), Error>;

impl Calls {
    /// Hands the answer to whoever waits for it. One that nobody waits for is passed over.
    pub(crate) fn settle(&self, id: u32, kept: bool, json: String, bytes: Option<Vec<u8>>) {
        let sender = self.lock().senders.remove(&id);
        if let Some(sender) = sender {
            // Whoever waited is gone where this fails.
            let _ = sender.send(if kept {
                Ok((json, bytes))
            } else {
                Err(error(&json))
            });
        }
    }

    /// The event loop ends: nobody is answered any more.
    pub(crate) fn end(&self) {
        let mut waiting = self.lock();
        waiting.ended = true;
        waiting.senders.clear();
    }

    fn expect(&self) -> Result<(u32, Receiver<Settled>), Error> {
        let id = self.last.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = sync_channel(1);
        let mut waiting = self.lock();
        if waiting.ended {
            return Err(gone());
        }
        waiting.senders.insert(id, sender);
        Ok((id, receiver))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The way into the event loop.
pub(crate) struct EventLoop {
    dispatch: Dispatch,
    calls: Arc<Calls>,
}

impl EventLoop {
    /// Calls `dispatch`, until the environment ends.
    pub(crate) fn new(env: Env, dispatch: Dispatch) -> napi::Result<EventLoop> {
        let calls = Arc::new(Calls::default());
        env.add_env_cleanup_hook(Arc::clone(&calls), |calls| calls.end())?;
        Ok(EventLoop { dispatch, calls })
    }

    /// Where answers are given.
    pub(crate) fn calls(&self) -> Arc<Calls> {
        Arc::clone(&self.calls)
    }

    /// Calls a method and waits for its answer. Never on the thread of the event loop.
    pub(crate) fn call(
        &self,
        client: u32,
        method: &str,
        args: &serde_json::Value,
        bytes: Option<&[u8]>,
    ) -> Settled {
        let (id, answer) = self.calls.expect()?;
        let call = StoreCall {
            id,
            client,
            method: method.to_owned(),
            json: args.to_string(),
            bytes: bytes.map(Uint8Array::from),
        };
        let status = self
            .dispatch
            .call(call, ThreadsafeFunctionCallMode::NonBlocking);
        if status != Status::Ok {
            self.calls.lock().senders.remove(&id);
            return Err(gone());
        }
        answer.recv().unwrap_or_else(|_| Err(gone()))
    }
}

/// The error of a call that is not answered any more.
pub(crate) fn gone() -> Error {
    Error::at(
        Code::Unavailable,
        "store",
        "the event loop of the store ended",
    )
}

fn error(json: &str) -> Error {
    match serde_json::from_str::<ErrorBody>(json) {
        Ok(body) => match body.field {
            Some(field) => Error::at(body.code, field, body.message),
            None => Error::new(body.code, body.message),
        },
        Err(why) => Error::new(Code::Internal, why.to_string()),
    }
}
