//! What a panic does, for the tests of it. Built with the feature `testing` alone.

use loom_core::error::Error;
use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;

use crate::handle::NativeLoom;

#[napi]
impl NativeLoom {
    /// Panics on the calling thread.
    #[napi(catch_unwind)]
    #[allow(clippy::panic)]
    pub fn panic(&self) -> napi::Result<()> {
        panic!("asked for")
    }

    /// Panics on the thread of the handle.
    #[napi(catch_unwind)]
    #[allow(clippy::panic)]
    pub fn panic_async<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let (_, worker) = self.opened()?;
        worker.promise(env, || -> Result<(), Error> { panic!("asked for") })
    }
}
