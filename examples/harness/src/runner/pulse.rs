//! The heartbeat of a run, beside whatever the runner waits for.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use loom_core::coordinator::Body;
use loom_core::error::Code;
use loom_core::model::Actor;
use loom_store::Loom;

/// Beats until it is dropped.
pub(super) struct Pulse {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Pulse {
    /// Beats for the actor's run three times in a lease. `on_lost` is called where the run is not alive any
    /// more; a journal that cannot be reached now may be at the next beat.
    pub(super) fn start(
        loom: Arc<Loom>,
        actor: Actor,
        ttl_ms: u64,
        on_lost: impl Fn() + Send + 'static,
    ) -> Pulse {
        let (stop, stopped) = channel();
        let every = Duration::from_millis((ttl_ms / 3).max(1));
        let thread = std::thread::spawn(move || {
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                let beat = loom.execute(&actor, Body::Heartbeat { seen: None });
                if beat.is_err_and(|why| why.code() == Code::RunNotLive) {
                    return on_lost();
                }
            }
        });
        Pulse {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
