//! Errors across the border, in both directions. The exception classes are Python
//! (`loomstack/_errors.py`); here they are made, and read again where a store raised them.

use loom_core::error::{Code, Error};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use serde_json::Value;

static FROM_CORE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static HANDLE_CLOSED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static LOOM_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// The exception that Python callers see for an error.
pub(crate) fn raised(py: Python<'_>, error: &Error) -> PyErr {
    let made = FROM_CORE
        .import(py, "loomstack._errors", "from_core")
        .and_then(|from_core| {
            from_core.call1((
                error.code().as_str(),
                word(error.next()),
                error.message(),
                error.field(),
                error.limit_name(),
            ))
        });
    made.map_or_else(|why| why, PyErr::from_value)
}

/// The exception for a handle that was closed.
pub(crate) fn handle_closed(py: Python<'_>) -> PyErr {
    let made = HANDLE_CLOSED
        .import(py, "loomstack._errors", "handle_closed")
        .and_then(|handle_closed| handle_closed.call0());
    made.map_or_else(|why| why, PyErr::from_value)
}

/// What to do about an error of this code.
#[pyfunction]
pub(crate) fn next_of(code: &str) -> PyResult<Option<String>> {
    match read_code(code) {
        Some(code) => Ok(word(code.next())),
        None => Err(PyValueError::new_err(format!("there is no code {code:?}"))),
    }
}

/// The error that a `LoomError` raised by Python code stands for; `None` for any other exception.
pub(crate) fn meant(py: Python<'_>, raised: &PyErr) -> Option<Error> {
    let class = LOOM_ERROR
        .import(py, "loomstack._errors", "LoomError")
        .ok()?;
    if !raised.is_instance(py, class) {
        return None;
    }
    let value = raised.value(py);
    let text = |name: &str| value.getattr(name).ok()?.extract::<String>().ok();
    let code = read_code(&text("code")?)?;
    let message = text("message")?;
    Some(match text("field") {
        Some(field) => Error::at(code, field, message),
        None => Error::new(code, message),
    })
}

fn read_code(code: &str) -> Option<Code> {
    serde_json::from_value(Value::String(code.to_owned())).ok()
}

/// A word of the wire, as JSON has it.
fn word(value: impl serde::Serialize) -> Option<String> {
    let value = serde_json::to_value(value).ok()?;
    value.as_str().map(str::to_owned)
}
