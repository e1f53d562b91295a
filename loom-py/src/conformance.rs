//! The conformance suite for stores that are written in Python, check by check.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use loom_core::error::{Code, Error};
use loom_core::model::{Digest, Record, Timestamp};
use loom_core::store::conformance::{Check, Factory, Means, checks, run_one};
use loom_core::store::{Dutiful, Store};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::store::PythonStore;

/// The sentences that the suite proves, in the order of the suite.
#[pyfunction]
pub(crate) fn check_names() -> Vec<&'static str> {
    checks().iter().map(Check::name).collect()
}

/// Runs the check of this name: `passed`, `failed` or `skipped`, and why. `None` where there is none.
#[pyfunction]
pub(crate) fn run_check(
    py: Python<'_>,
    factory: Py<PyAny>,
    name: &str,
) -> Option<(&'static str, String)> {
    let factory = PythonFactory {
        factory,
        clock_ms: Arc::new(AtomicI64::new(Timestamp::MAX.as_ms())),
    };
    let report = py.detach(|| run_one(&factory, name))?;
    let failed = report.failed.into_iter().map(|(_, why)| ("failed", why));
    let skipped = report.skipped.into_iter();
    let skipped = skipped.map(|(_, why)| ("skipped", why.to_owned()));
    let told = failed.chain(skipped).next();
    Some(told.unwrap_or_else(|| ("passed", String::new())))
}

/// Opens stores through an adapter of `loomstack/testing.py`.
struct PythonFactory {
    factory: Py<PyAny>,
    clock_ms: Arc<AtomicI64>,
}

impl PythonFactory {
    /// Asks the adapter for something that not every store can do.
    fn means(&self, ask: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<bool>) -> Means {
        match Python::attach(|py| ask(self.factory.bind(py))) {
            Ok(true) => Means::Done,
            _ => Means::None,
        }
    }
}

impl Factory for PythonFactory {
    fn open(&self, journal: &str) -> Result<Box<dyn Store>, Error> {
        let adapter = Python::attach(|py| {
            let adapter = self.factory.bind(py).call_method1("open", (journal,));
            adapter.map(Bound::unbind).map_err(|why| why.to_string())
        });
        let adapter = adapter.map_err(|why| Error::at(Code::Unavailable, "factory.open", why))?;
        let clock_ms = Arc::clone(&self.clock_ms);
        let clock = move || Timestamp::from_ms(clock_ms.load(Ordering::SeqCst)).unwrap_or_default();
        Ok(Box::new(Dutiful::new(PythonStore::new(adapter), clock)))
    }

    fn outlives_its_clients(&self) -> bool {
        let answer = self.means(|factory| factory.getattr("outlives_its_clients")?.extract());
        answer == Means::Done
    }

    fn set_clock(&self, now: Timestamp) -> Means {
        self.clock_ms.store(now.as_ms(), Ordering::SeqCst);
        Means::Done
    }

    fn tamper_text(&self, journal: &str, digest: &Digest) -> Means {
        self.means(|factory| {
            let arguments = (journal, digest.to_string());
            factory.call_method1("tamper_text", arguments)?.extract()
        })
    }

    fn restore(&self, journal: &str, records: &[Record]) -> Means {
        self.means(|factory| {
            let py = factory.py();
            let parts = |record: &Record| {
                let (prev, hash) = (record.prev.to_string(), record.hash.to_string());
                let body = PyBytes::new(py, &record.body).unbind();
                (record.ver, prev, hash, body)
            };
            let records: Vec<_> = records.iter().map(parts).collect();
            factory
                .call_method1("restore", (journal, records))?
                .extract()
        })
    }
}
