//! What only tests may do. Compiled with the feature `testing` alone.

use pyo3::prelude::*;

use crate::handle::Handle;

/// Panics inside the core, while it holds the journal.
#[pyfunction]
#[expect(
    clippy::panic,
    reason = "to show that a panic does not cross the border"
)]
pub(crate) fn panic_inside(py: Python<'_>, handle: &Handle) -> PyResult<()> {
    handle.enter(py, |loom| loom.look(|_, _| panic!("on purpose")))
}

/// Takes a path and does nothing: what a call costs by itself.
#[pyclass(frozen, module = "loomstack._loomstack")]
pub(crate) struct Bare;

#[pymethods]
impl Bare {
    #[new]
    fn new() -> Bare {
        Bare
    }

    /// Answers whether the path has any character.
    fn call(&self, path: &str) -> bool {
        !path.is_empty()
    }
}
