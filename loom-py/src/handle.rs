//! The handle on a journal, and its two doors.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

use loom_core::error::{Code, Error};
use loom_core::model::{Nonce, Timestamp};
use loom_core::store::Dutiful;
use loom_core::wire::{self, Command, Query};
use loom_store::Loom;
use loom_store::loom::{system_clock, system_entropy};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::answer::made;
use crate::border::outside_python;
use crate::errors::{handle_closed, raised};
use crate::request::Writer;
use crate::store::{self, PythonStore};

/// A journal, ready to work with. Threads may share it.
#[pyclass(frozen, module = "loomstack._loomstack")]
pub(crate) struct Handle {
    loom: Mutex<Option<Arc<Loom>>>,
}

#[pymethods]
impl Handle {
    /// Opens `sqlite:PATH`, `postgres://HOST/DATABASE` or `memory:`.
    #[staticmethod]
    #[pyo3(signature = (url, /))]
    fn open(py: Python<'_>, url: &str) -> PyResult<Handle> {
        let loom = outside_python(py, || Loom::open_url(url));
        loom.map(Handle::of).map_err(|why| raised(py, &why))
    }

    /// A journal over a store that is written in Python.
    #[staticmethod]
    #[pyo3(signature = (adapter, /))]
    fn over(adapter: Py<PyAny>) -> Handle {
        let store = Dutiful::new(PythonStore::new(adapter), system_clock);
        Handle::of(Loom::over(
            Arc::new(store),
            Arc::new(system_clock),
            Arc::new(system_entropy),
        ))
    }

    /// Carries a command out, now or at a time in RFC 3339. JSON in, JSON out.
    #[pyo3(signature = (command, at=None))]
    fn submit_json(&self, py: Python<'_>, command: &str, at: Option<&str>) -> PyResult<String> {
        self.enter(py, |loom| loom.submit_json(command, at))
    }

    /// Answers a query, as of now or of a time in RFC 3339. JSON in, JSON out.
    #[pyo3(signature = (query, at=None))]
    fn query_json(&self, py: Python<'_>, query: &str, at: Option<&str>) -> PyResult<String> {
        self.enter(py, |loom| loom.query_json(query, at))
    }

    /// Carries a command out that is made of Python values. Answers with all that is known of it, or
    /// with the reply alone.
    #[pyo3(signature = (actor, body, at, command_id, whole))]
    fn submit<'py>(
        &self,
        actor: &Bound<'py, PyAny>,
        body: &Bound<'py, PyDict>,
        at: Option<&str>,
        command_id: Option<&str>,
        whole: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = body.py();
        let mut writer = Writer::new(py)?;
        writer.raw("{\"id\":");
        match command_id {
            Some(id) => writer.word(id),
            None => {
                let drawn = system_entropy().map_err(|why| raised(py, &why))?;
                let id = Command::id_at(system_clock(), drawn);
                writer.word(id.hyphenated().encode_lower(&mut [0; 36]));
            }
        }
        writer.raw(",\"actor\":");
        writer.actor(actor)?;
        writer.raw(",\"nonce\":");
        let nonce = Nonce(system_entropy().map_err(|why| raised(py, &why))?);
        writer.word(&nonce.to_string());
        writer.raw(",\"body\":");
        writer.fields(body, "body")?;
        writer.raw("}");
        let command = writer.text();
        let answer = self.enter(py, |loom| {
            let command = Command::from_json(&command)?;
            match time(at)? {
                Some(now) => loom.submit_at(&command, now),
                None => loom.submit(&command),
            }
        })?;
        match whole {
            true => made(py, "Answer", &answer),
            false => made(py, "Reply", &answer.reply),
        }
    }

    /// Answers a query that is made of Python values, with all that is known or the reply alone.
    #[pyo3(signature = (query, at, whole))]
    fn query<'py>(
        &self,
        query: &Bound<'py, PyDict>,
        at: Option<&str>,
        whole: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = query.py();
        let mut writer = Writer::new(py)?;
        writer.fields(query, "query")?;
        let query = writer.text();
        let answer = self.enter(py, |loom| {
            let query = Query::from_json(&query)?;
            match time(at)? {
                Some(now) => loom.query_at(&query, now),
                None => loom.query(&query),
            }
        })?;
        match whole {
            true => made(py, "QueryAnswer", &answer),
            false => made(py, "QueryReply", &answer.reply),
        }
    }

    /// Reads the whole journal and verifies its chain. Answers its head as JSON.
    fn verify_json(&self, py: Python<'_>) -> PyResult<String> {
        self.enter(py, |loom| wire::to_json(&loom.verify(|_, _| ())?))
    }

    /// Lets go of the journal. Calls under way still end; later ones are refused.
    fn close(&self, py: Python<'_>) {
        py.detach(|| {
            let closed = self.slot(|slot| slot.take());
            drop(closed);
        });
    }

    /// Whether the handle was closed.
    #[getter]
    fn closed(&self) -> bool {
        self.slot(|slot| slot.is_none())
    }
}

impl Handle {
    fn of(loom: Loom) -> Handle {
        Handle {
            loom: Mutex::new(Some(Arc::new(loom))),
        }
    }

    /// Works on the journal without the interpreter. An error brings along, as its cause, the
    /// exception that a store in Python raised.
    pub(crate) fn enter<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&Loom) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        let Some(loom) = self.slot(|slot| slot.clone()) else {
            return Err(handle_closed(py));
        };
        store::forget_raised();
        let answer = outside_python(py, || {
            let _inside = Inside::of(&loom)?;
            work(&loom)
        });
        let cause = store::take_raised();
        answer.map_err(|why| match cause {
            Some(interrupt) if !store::is_ordinary(py, &interrupt) => interrupt,
            cause => {
                let exception = raised(py, &why);
                exception.set_cause(py, cause);
                exception
            }
        })
    }

    fn slot<T>(&self, look: impl FnOnce(&mut Option<Arc<Loom>>) -> T) -> T {
        look(&mut self.loom.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The moment that a caller names.
fn time(at: Option<&str>) -> Result<Option<Timestamp>, Error> {
    at.map(|text| text.parse::<Timestamp>().map_err(|why| why.about("at")))
        .transpose()
}

thread_local! {
    /// The journals that this thread is inside of.
    static INSIDE: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// The journal is at work for this thread. A store that calls the handle that it serves would wait
/// for itself; it is refused.
struct Inside;

impl Inside {
    fn of(loom: &Arc<Loom>) -> Result<Inside, Error> {
        let address = Arc::as_ptr(loom).addr();
        INSIDE.with_borrow_mut(|inside| {
            if inside.contains(&address) {
                let message = "a store cannot call the handle that it serves";
                return Err(Error::at(Code::InvalidField, "handle", message));
            }
            inside.push(address);
            Ok(Inside)
        })
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.with_borrow_mut(Vec::pop);
    }
}
