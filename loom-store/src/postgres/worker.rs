//! The thread that talks to the server, so that whoever calls may be anything: a plain thread, or a task of
//! any runtime.

use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use loom_core::error::{Code, Error};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::owner::Owner;

pub(super) struct Worker {
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// After a `fork` there is no thread.
    owner: Owner,
}

impl Worker {
    pub(super) fn start() -> Result<Worker, Error> {
        let starting = |why: std::io::Error| {
            Error::new(
                Code::Unavailable,
                format!("starting the thread of the store: {why}"),
            )
        };
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(starting)?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("loom-postgres".to_owned());
        let thread = thread.spawn(move || drop(runtime.block_on(stopped)));
        Ok(Worker {
            handle,
            owner: Owner::this_process(),
            stop: Some(stop),
            thread: Some(thread.map_err(starting)?),
        })
    }

    /// Does the work there, and waits for it no longer than this; `None` where it took longer.
    pub(super) fn run<T: Send + 'static>(
        &self,
        wait: Duration,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        if !self.owner.asks() {
            return None;
        }
        let (tell, hear) = mpsc::sync_channel(1);
        self.handle.spawn(async move {
            let done = tokio::time::timeout(wait, work).await;
            // Whoever asked always listens.
            let _ = tell.send(done.ok());
        });
        hear.recv().ok().flatten()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if !self.owner.asks() {
            // Nobody would answer.
            std::mem::forget(self.thread.take());
            return;
        }
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
