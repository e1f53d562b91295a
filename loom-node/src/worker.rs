//! The thread of a handle: carries out what was asked for with a promise, in the order in which it was
//! asked. One thread is enough, since a handle decides one command at a time, and a thread of its own
//! keeps libuv's pool free for what a store written in JavaScript may need it for.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use loom_core::error::{Code, Error};
use napi::Env;
use napi::bindgen_prelude::{Object, ToNapiValue};

use crate::fault::{broken, caught, thrown};

type Job = Box<dyn FnOnce() + Send>;

/// Starts its thread with the first job; the thread ends after the last one, once this is dropped.
#[derive(Default)]
pub(crate) struct Worker {
    jobs: Mutex<Option<Sender<Job>>>,
}

impl Worker {
    /// Has `work` done on the thread. Answers a promise of what it answers; a panic rejects it.
    pub(crate) fn promise<'env, T>(
        &self,
        env: &'env Env,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> napi::Result<Object<'env>>
    where
        T: ToNapiValue + Send + 'static,
    {
        // Before the promise is made: one that nobody settles would keep the process alive.
        let jobs = self.jobs().map_err(|why| thrown(&why))?;
        let (deferred, promise) = env.create_deferred()?;
        let job = move || match caught(work) {
            Ok(value) => deferred.resolve(move |_| Ok(value)),
            Err(why) => deferred.reject(why),
        };
        jobs.send(Box::new(job))
            .map_err(|_| broken("the thread of the handle ended early"))?;
        Ok(promise)
    }

    fn jobs(&self) -> Result<Sender<Job>, Error> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        match &*jobs {
            Some(sender) => Ok(sender.clone()),
            None => Ok(jobs.insert(start()?).clone()),
        }
    }
}

fn start() -> Result<Sender<Job>, Error> {
    let (sender, jobs) = channel::<Job>();
    thread::Builder::new()
        .name("loomstack".to_owned())
        .spawn(move || jobs.into_iter().for_each(|job| job()))
        .map_err(|why| {
            Error::new(
                Code::Unavailable,
                format!("no thread can be started: {why}"),
            )
        })?;
    Ok(sender)
}
