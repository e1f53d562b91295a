//! LoomStack for Python: the extension module `loomstack._loomstack`.
//!
//! Two doors for each handle, a command as JSON and a query as JSON, and nothing decided here. The
//! names, types and conveniences that Python users see are in `python/loomstack/`; this crate lets go
//! of the interpreter while the core works, turns errors into exceptions, and keeps a panic from
//! leaving the library.

#![forbid(unsafe_code)]

mod answer;
mod border;
mod conformance;
mod errors;
mod handle;
mod paths;
mod request;
mod shapes;
mod store;
#[cfg(feature = "testing")]
mod testing;

use pyo3::prelude::*;

/// The extension module under the package `loomstack`. Import the package, not this.
#[pymodule]
mod _loomstack {
    #[pymodule_export]
    use crate::conformance::{check_names, run_check};
    #[pymodule_export]
    use crate::errors::next_of;
    #[pymodule_export]
    use crate::handle::Handle;
    #[pymodule_export]
    use crate::paths::Paths;
    #[cfg(feature = "testing")]
    #[pymodule_export]
    use crate::testing::{Bare, panic_inside};
}
