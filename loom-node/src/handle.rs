//! The native handle of a journal: opened, asked through two doors, closed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use loom_core::model::Timestamp;
use loom_core::store::Dutiful;
use loom_store::loom::{Loom, system_clock, system_entropy};
use napi::bindgen_prelude::{AsyncTask, Object, Uint8Array};
use napi::{Env, Task};
use napi_derive::napi;

use crate::event_loop::{Calls, Dispatch, EventLoop};
use crate::fault::{broken, caught, thrown};
use crate::js_store::JsStore;
use crate::worker::Worker;

/// A journal behind two doors of JSON.
#[napi]
pub struct NativeLoom {
    door: Mutex<Option<Door>>,
    /// Outlives the door: what was asked for before it closed still calls the store.
    calls: Option<Arc<Calls>>,
}

/// What an open handle holds.
struct Door {
    loom: Arc<Loom>,
    worker: Arc<Worker>,
}

#[napi]
impl NativeLoom {
    /// Opens `sqlite:PATH`, which is made where it does not exist, `postgres://HOST/DATABASE` or
    /// `memory:`.
    #[napi(factory, catch_unwind)]
    pub fn open(url: String) -> napi::Result<NativeLoom> {
        Ok(NativeLoom::of(
            Loom::open_url(&url).map_err(|why| thrown(&why))?,
            None,
        ))
    }

    /// Opens on a thread of the pool.
    #[napi(catch_unwind)]
    pub fn open_async(url: String) -> AsyncTask<Opening> {
        AsyncTask::new(Opening { url })
    }

    /// A journal over a store in JavaScript, which `dispatch` is called for. Only what answers with a
    /// promise may be asked of it: whoever waits on the event loop waits for ever. `simulated` time is not
    /// held against the system's clock.
    #[napi(factory, catch_unwind)]
    pub fn over(env: Env, dispatch: Dispatch, simulated: bool) -> napi::Result<NativeLoom> {
        let event_loop = EventLoop::new(env, dispatch)?;
        let calls = event_loop.calls();
        let clock = move || {
            if simulated {
                Timestamp::MAX
            } else {
                system_clock()
            }
        };
        let store = Dutiful::new(JsStore::new(Arc::new(event_loop), 0), clock);
        let loom = Loom::over(
            Arc::new(store),
            Arc::new(system_clock),
            Arc::new(system_entropy),
        );
        Ok(NativeLoom::of(loom, Some(calls)))
    }

    /// Carries out a command; `at` is an RFC 3339 time in place of the clock's.
    #[napi(catch_unwind)]
    pub fn submit_json(&self, command: String, at: Option<String>) -> napi::Result<String> {
        let (loom, _) = self.opened()?;
        loom.submit_json(&command, at.as_deref())
            .map_err(|why| thrown(&why))
    }

    /// The same, as a promise.
    #[napi(catch_unwind)]
    pub fn submit_json_async<'env>(
        &self,
        env: &'env Env,
        command: String,
        at: Option<String>,
    ) -> napi::Result<Object<'env>> {
        let (loom, worker) = self.opened()?;
        worker.promise(env, move || loom.submit_json(&command, at.as_deref()))
    }

    /// Answers a query; `at` as for a command.
    #[napi(catch_unwind)]
    pub fn query_json(&self, query: String, at: Option<String>) -> napi::Result<String> {
        let (loom, _) = self.opened()?;
        loom.query_json(&query, at.as_deref())
            .map_err(|why| thrown(&why))
    }

    /// The same, as a promise.
    #[napi(catch_unwind)]
    pub fn query_json_async<'env>(
        &self,
        env: &'env Env,
        query: String,
        at: Option<String>,
    ) -> napi::Result<Object<'env>> {
        let (loom, worker) = self.opened()?;
        worker.promise(env, move || loom.query_json(&query, at.as_deref()))
    }

    /// Closes the handle. What was promised before is still carried out.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        drop(self.lock().take());
    }

    /// Closes the handle; the promise is kept once everything promised before is done and the journal
    /// let go.
    #[napi(catch_unwind)]
    pub fn close_async<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let Some(Door { loom, worker }) = self.lock().take() else {
            return Err(closed());
        };
        worker.promise(env, move || {
            drop(loom);
            Ok(())
        })
    }

    /// The answer of the store in JavaScript to the call `id`: JSON and bytes, or an error as JSON.
    #[napi(catch_unwind)]
    pub fn settle(&self, id: u32, kept: bool, json: String, bytes: Option<Uint8Array>) {
        if let Some(calls) = &self.calls {
            calls.settle(id, kept, json, bytes.map(|bytes| bytes.to_vec()));
        }
    }
}

impl NativeLoom {
    fn of(loom: Loom, calls: Option<Arc<Calls>>) -> NativeLoom {
        NativeLoom {
            door: Mutex::new(Some(Door {
                loom: Arc::new(loom),
                worker: Arc::default(),
            })),
            calls,
        }
    }

    pub(crate) fn opened(&self) -> napi::Result<(Arc<Loom>, Arc<Worker>)> {
        let door = self.lock();
        let door = door.as_ref().ok_or_else(closed)?;
        Ok((Arc::clone(&door.loom), Arc::clone(&door.worker)))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Door>> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens a journal away from the event loop.
pub struct Opening {
    url: String,
}

impl Task for Opening {
    type Output = NativeLoom;
    type JsValue = NativeLoom;

    fn compute(&mut self) -> napi::Result<NativeLoom> {
        let loom = caught(|| Loom::open_url(&self.url))?;
        Ok(NativeLoom::of(loom, None))
    }

    fn resolve(&mut self, _: Env, opened: NativeLoom) -> napi::Result<NativeLoom> {
        Ok(opened)
    }
}

fn closed() -> napi::Error {
    broken("the handle is closed")
}
