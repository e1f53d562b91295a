//! The conformance suite for stores that are written in JavaScript, check by check.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use loom_core::error::{Code, Error};
use loom_core::model::{Digest, Record, Timestamp};
use loom_core::store::conformance::{Check, Factory, Means, checks, run_one};
use loom_core::store::{Dutiful, Store};
use napi::Env;
use napi::bindgen_prelude::{Object, Uint8Array};
use napi_derive::napi;
use serde_json::json;

use crate::event_loop::{Calls, Dispatch, EventLoop};
use crate::js_store::{JsStore, ShownRecord};
use crate::worker::Worker;

/// The suite, over a factory in JavaScript that `dispatch` calls.
#[napi]
pub struct NativeConformance {
    event_loop: Arc<EventLoop>,
    calls: Arc<Calls>,
    worker: Worker,
}

#[napi]
impl NativeConformance {
    /// Runs nothing yet.
    #[napi(constructor, catch_unwind)]
    pub fn new(env: Env, dispatch: Dispatch) -> napi::Result<NativeConformance> {
        let event_loop = Arc::new(EventLoop::new(env, dispatch)?);
        let calls = event_loop.calls();
        Ok(NativeConformance {
            event_loop,
            calls,
            worker: Worker::default(),
        })
    }

    /// The sentences that the suite proves, in its order.
    #[napi(catch_unwind)]
    pub fn checks() -> Vec<String> {
        let names = checks();
        names.iter().map(|check| check.name().to_owned()).collect()
    }

    /// Runs the check of this name: a promise of a list in JSON of outcome and why.
    #[napi(catch_unwind)]
    pub fn run<'env>(
        &self,
        env: &'env Env,
        name: String,
        outlives_its_clients: bool,
    ) -> napi::Result<Object<'env>> {
        let factory = JsFactory {
            event_loop: Arc::clone(&self.event_loop),
            outlives_its_clients,
            clock_ms: Arc::new(AtomicI64::new(Timestamp::MAX.as_ms())),
        };
        self.worker.promise(env, move || {
            let report = run_one(&factory, &name).ok_or_else(|| unknown(&name))?;
            let failed = report.failed.into_iter().map(|(_, why)| ("failed", why));
            let skipped = report.skipped.into_iter();
            let mut told = failed.chain(skipped.map(|(_, why)| ("skipped", why.to_owned())));
            let (outcome, why) = told.next().unwrap_or(("passed", String::new()));
            Ok(json!([outcome, why]).to_string())
        })
    }

    /// The answer to the call `id`, as for a handle.
    #[napi(catch_unwind)]
    pub fn settle(&self, id: u32, kept: bool, json: String, bytes: Option<Uint8Array>) {
        let bytes = bytes.map(|bytes| bytes.to_vec());
        self.calls.settle(id, kept, json, bytes);
    }
}

fn unknown(name: &str) -> Error {
    let known = checks();
    let names: Vec<&str> = known.iter().map(Check::name).collect();
    let message = format!("there is no check {name:?}, but {}", names.join("; "));
    Error::at(Code::NotFound, "check", message)
}

/// Opens stores through a factory in JavaScript.
struct JsFactory {
    event_loop: Arc<EventLoop>,
    outlives_its_clients: bool,
    clock_ms: Arc<AtomicI64>,
}

impl JsFactory {
    /// Asks the factory for something that not every store can do.
    fn means(&self, method: &str, args: serde_json::Value) -> Means {
        match self.event_loop.call(0, method, &args, None) {
            Ok((json, _)) if json == "true" => Means::Done,
            _ => Means::None,
        }
    }
}

impl Factory for JsFactory {
    fn open(&self, journal: &str) -> Result<Box<dyn Store>, Error> {
        let (json, _) = self.event_loop.call(0, "open", &json!([journal]), None)?;
        let client = json.parse().map_err(|_| {
            let message = format!("{json} names no client");
            Error::at(Code::Internal, "factory.open", message)
        })?;
        let clock_ms = Arc::clone(&self.clock_ms);
        let clock = move || Timestamp::from_ms(clock_ms.load(Ordering::SeqCst)).unwrap_or_default();
        let store = JsStore::new(Arc::clone(&self.event_loop), client);
        Ok(Box::new(Dutiful::new(store, clock)))
    }

    fn outlives_its_clients(&self) -> bool {
        self.outlives_its_clients
    }

    fn set_clock(&self, now: Timestamp) -> Means {
        self.clock_ms.store(now.as_ms(), Ordering::SeqCst);
        Means::Done
    }

    fn tamper_text(&self, journal: &str, digest: &Digest) -> Means {
        self.means("tamperText", json!([journal, digest]))
    }

    fn restore(&self, journal: &str, records: &[Record]) -> Means {
        let shown: Result<Vec<ShownRecord<'_>>, Error> =
            records.iter().map(ShownRecord::of).collect();
        match shown {
            Ok(shown) => self.means("restore", json!([journal, shown])),
            Err(_) => Means::None,
        }
    }
}
