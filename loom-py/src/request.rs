//! Requests written as JSON straight from Python values. What the text may be is for the core to
//! judge; it is read through the same door as any other.

use loom_core::coordinator::{COMMAND_BYTES_MAX, COMMAND_DEPTH_MAX};
use pyo3::exceptions::{PyRecursionError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PyString, PyTuple};

use crate::shapes::Shapes;

/// Deeper than any request may nest, so that what is at fault is named by the core where it can be.
const DEPTH_MAX: usize = 4 * COMMAND_DEPTH_MAX;

/// The place of a value, for errors.
#[derive(Clone, Copy)]
enum Place<'a> {
    Field(&'a str),
    Below(&'a Place<'a>, &'a str),
}

impl Place<'_> {
    fn text(&self) -> String {
        match self {
            Place::Field(name) => (*name).to_owned(),
            Place::Below(above, name) => format!("{}.{name}", above.text()),
        }
    }
}

/// The text of a request while it is written.
pub(crate) struct Writer<'a, 'py> {
    py: Python<'py>,
    shapes: &'a Shapes,
    text: Vec<u8>,
}

impl<'py> Writer<'_, 'py> {
    pub(crate) fn new(py: Python<'py>) -> PyResult<Self> {
        Ok(Writer {
            py,
            shapes: Shapes::get(py)?,
            text: Vec::with_capacity(512),
        })
    }

    /// The text. More than a request may hold is cut off: the core refuses it by its length.
    pub(crate) fn text(self) -> String {
        String::from_utf8(self.text).unwrap_or_default()
    }

    /// Writes what is JSON already.
    pub(crate) fn raw(&mut self, json: &str) {
        self.text.extend_from_slice(json.as_bytes());
    }

    /// Writes a text.
    pub(crate) fn word(&mut self, word: &str) {
        // Writing to memory does not fail.
        let _ = serde_json::to_writer(&mut self.text, word);
    }

    /// Writes the fields of a request; those that are `None` are left out.
    pub(crate) fn fields(&mut self, fields: &Bound<'py, PyDict>, name: &str) -> PyResult<()> {
        self.text.push(b'{');
        let mut is_first = true;
        for (key, value) in fields {
            if value.is_none() {
                continue;
            }
            let Ok(key) = key.cast::<PyString>() else {
                return Err(no_text(&key, name));
            };
            let key = key.to_str()?;
            self.key(key, &mut is_first);
            self.value(&value, &Place::Field(key), 1)?;
        }
        self.text.push(b'}');
        Ok(())
    }

    /// Writes the actor of a command.
    pub(crate) fn actor(&mut self, actor: &Bound<'py, PyAny>) -> PyResult<()> {
        self.value(actor, &Place::Field("actor"), 1)
    }

    fn key(&mut self, key: &str, is_first: &mut bool) {
        if !std::mem::replace(is_first, false) {
            self.text.push(b',');
        }
        self.word(key);
        self.text.push(b':');
    }

    fn value(
        &mut self,
        value: &Bound<'py, PyAny>,
        place: &Place<'_>,
        depth: usize,
    ) -> PyResult<()> {
        if self.text.len() > COMMAND_BYTES_MAX {
            return Ok(());
        }
        if depth > DEPTH_MAX {
            return Err(PyRecursionError::new_err("a request nests too deep"));
        }
        if self.known(value, place, depth)? {
            return Ok(());
        }
        // Anything else has its form, or its error, from Python.
        let wired = self.shapes.to_wire.bind(self.py);
        let wired = wired.call1((value, place.text()))?;
        if self.known(&wired, place, depth)? {
            return Ok(());
        }
        let kind = wired.get_type().name()?.to_string();
        Err(PyTypeError::new_err(format!(
            "{}: a {kind} cannot be sent",
            place.text()
        )))
    }

    /// Writes what is plain, a list, a dict or a value of the package, and answers whether it was.
    fn known(
        &mut self,
        value: &Bound<'py, PyAny>,
        place: &Place<'_>,
        depth: usize,
    ) -> PyResult<bool> {
        if let Ok(text) = value.cast::<PyString>() {
            self.word(text.to_str()?);
        } else if let Ok(list) = value.cast_exact::<PyList>() {
            self.items(list.iter(), place, depth)?;
        } else if let Ok(tuple) = value.cast_exact::<PyTuple>() {
            self.items(tuple.iter(), place, depth)?;
        } else if value.is_none() {
            self.raw("null");
        } else if let Ok(is) = value.cast_exact::<PyBool>() {
            self.raw(if is.is_true() { "true" } else { "false" });
        } else if let Ok(number) = value.cast::<PyInt>() {
            match number.extract::<i64>() {
                Ok(number) => self.raw(&number.to_string()),
                Err(_) => {
                    let number = self
                        .py
                        .get_type::<PyInt>()
                        .call_method1("__repr__", (number,))?;
                    self.raw(number.cast::<PyString>()?.to_str()?);
                }
            }
        } else if let Some((told, fields)) = self.shapes.fields_of(value) {
            self.text.push(b'{');
            let mut is_first = true;
            if let Some(told) = told {
                self.key("type", &mut is_first);
                self.word(told);
            }
            for field in fields {
                let inner = value.getattr(&field.name)?;
                if !inner.is_none() {
                    self.key(&field.wire, &mut is_first);
                    self.value(&inner, &Place::Field(&field.wire), depth + 1)?;
                }
            }
            self.text.push(b'}');
        } else if value.get_type().is(&self.shapes.pattern_class) {
            self.pattern(value)?;
        } else if value.get_type().is(&self.shapes.path_set_class) {
            self.path_set(value)?;
        } else if let Ok(dict) = value.cast_exact::<PyDict>() {
            self.dict(dict, place, depth)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn items(
        &mut self,
        items: impl Iterator<Item = Bound<'py, PyAny>>,
        place: &Place<'_>,
        depth: usize,
    ) -> PyResult<()> {
        self.text.push(b'[');
        for (nth, item) in items.enumerate() {
            if nth > 0 {
                self.text.push(b',');
            }
            self.value(&item, place, depth + 1)?;
        }
        self.text.push(b']');
        Ok(())
    }

    fn dict(&mut self, dict: &Bound<'py, PyDict>, place: &Place<'_>, depth: usize) -> PyResult<()> {
        self.text.push(b'{');
        let mut is_first = true;
        for (key, value) in dict {
            let Ok(key) = key.cast::<PyString>() else {
                return Err(no_text(&key, &place.text()));
            };
            let key = key.to_str()?;
            self.key(key, &mut is_first);
            self.value(&value, &Place::Below(place, key), depth + 1)?;
        }
        self.text.push(b'}');
        Ok(())
    }

    /// A bare text for a glob, else an object with one key.
    fn pattern(&mut self, pattern: &Bound<'py, PyAny>) -> PyResult<()> {
        let text = pattern.getattr(intern!(self.py, "text"))?;
        let kind = pattern.getattr(intern!(self.py, "kind"))?;
        let (Ok(text), Ok(kind)) = (text.cast::<PyString>(), kind.cast::<PyString>()) else {
            return self.as_it_says(pattern);
        };
        let kind = kind.to_str()?;
        if kind == "glob" {
            self.word(text.to_str()?);
        } else {
            self.text.push(b'{');
            self.key(kind, &mut true);
            self.word(text.to_str()?);
            self.text.push(b'}');
        }
        Ok(())
    }

    /// A list, or an object where something is excluded.
    fn path_set(&mut self, set: &Bound<'py, PyAny>) -> PyResult<()> {
        let include = set.getattr(intern!(self.py, "include"))?;
        let exclude = set.getattr(intern!(self.py, "exclude"))?;
        let (Some(include), Some(exclude)) = (self.patterns(&include), self.patterns(&exclude))
        else {
            return self.as_it_says(set);
        };
        if exclude.is_empty() {
            return self.listed(include);
        }
        self.raw("{\"include\":");
        self.listed(include)?;
        self.raw(",\"exclude\":");
        self.listed(exclude)?;
        self.text.push(b'}');
        Ok(())
    }

    /// A tuple of patterns, if that is what it is.
    fn patterns<'a>(&self, value: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, PyTuple>> {
        let tuple = value.cast_exact::<PyTuple>().ok()?;
        let is_pattern = |it: Bound<'py, PyAny>| it.get_type().is(&self.shapes.pattern_class);
        tuple.iter().all(is_pattern).then_some(tuple)
    }

    fn listed(&mut self, patterns: &Bound<'py, PyTuple>) -> PyResult<()> {
        self.text.push(b'[');
        for (nth, pattern) in patterns.iter().enumerate() {
            if nth > 0 {
                self.text.push(b',');
            }
            self.pattern(&pattern)?;
        }
        self.text.push(b']');
        Ok(())
    }

    /// Writes the form that a value says it has.
    fn as_it_says(&mut self, value: &Bound<'py, PyAny>) -> PyResult<()> {
        let wired = value.call_method0(intern!(self.py, "to_wire"))?;
        self.value(&wired, &Place::Field("paths"), 1)
    }
}

fn no_text(key: &Bound<'_, PyAny>, name: &str) -> PyErr {
    match key.repr() {
        Ok(key) => PyTypeError::new_err(format!("{name}: the key {key} is no text")),
        Err(why) => why,
    }
}
