//! The values of the Python package as a table: what answers are made into, and what the values of
//! requests hold. Read once, from the generated `python/loomstack/_shapes.py`.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};
use std::sync::{Mutex, PoisonError};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyEllipsis, PyString, PyTuple, PyType};

static SHAPES: PyOnceLock<Shapes> = PyOnceLock::new();

/// How many values are remembered, each in one of so many places by the hash of its text.
const REMEMBERED: usize = 64;

/// The bytes of a text up to which its value is remembered.
const REMEMBERED_BYTES: usize = 128;

/// The form of a value.
#[derive(Clone)]
pub(crate) enum Shape {
    /// As JSON has it: a text, a whole number, or true and false.
    Plain,
    /// A `datetime`.
    Time,
    /// A `PatternSource`.
    Pattern,
    /// A `PathSetSource`.
    PathSet,
    /// One of the table, by its place there.
    Named(usize),
    /// A tuple of these.
    Many(Box<Shape>),
    /// A `FrozenMap` from texts to these.
    Map(Box<Shape>),
}

/// What tells the forms of a value apart.
#[derive(PartialEq, Eq, Clone, Copy)]
pub(crate) enum ToldBy {
    /// There is one form.
    Nothing,
    /// Its `type`.
    Type,
    /// Its only key.
    Key,
}

/// A value of the table.
pub(crate) struct Definition {
    pub(crate) told_by: ToldBy,
    forms: Vec<(String, Form)>,
}

impl Definition {
    /// The form that goes by a word; the first where nothing tells forms apart.
    pub(crate) fn form(&self, word: &str) -> Option<&Form> {
        let form = self.forms.iter().find(|(known, _)| known == word);
        form.map(|(_, form)| form)
    }
}

/// One form of a value: an object of a class, or only what its field holds.
pub(crate) struct Form {
    pub(crate) class: Option<Class>,
    pub(crate) fields: Vec<Field>,
}

/// A frozen dataclass, by the function that makes an object of all of its fields.
pub(crate) struct Class {
    make: Py<PyAny>,
}

impl Class {
    fn of<'py>(
        maker: &Bound<'py, PyAny>,
        class: &Bound<'py, PyType>,
        fields: impl ExactSizeIterator<Item = impl IntoPyObject<'py>>,
    ) -> PyResult<Class> {
        let fields = PyTuple::new(class.py(), fields)?;
        let make = maker.call1((class, fields))?;
        Ok(Class {
            make: make.unbind(),
        })
    }

    /// The object with these fields, in the order of the table.
    pub(crate) fn made<'py>(
        &self,
        py: Python<'py>,
        fields: Vec<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.make.bind(py).call1(PyTuple::new(py, fields)?)
    }
}

/// A field of a form.
pub(crate) struct Field {
    pub(crate) wire: String,
    pub(crate) name: Py<PyString>,
    pub(crate) shape: Shape,
    /// What it holds where an answer leaves it out; `None` where answers never do.
    pub(crate) absent: Option<Py<PyAny>>,
}

/// The table.
pub(crate) struct Shapes {
    definitions: Vec<Definition>,
    places: HashMap<String, usize>,
    /// The classes of the table by their address, with the one form of each.
    classes: HashMap<usize, (usize, usize)>,
    pub(crate) pattern: Class,
    pub(crate) pattern_class: Py<PyType>,
    pub(crate) path_set: Class,
    pub(crate) path_set_class: Py<PyType>,
    pub(crate) frozen_map: Py<PyType>,
    pub(crate) to_wire: Py<PyAny>,
    time_from_wire: Py<PyAny>,
    moments: Remembered,
    globs: Remembered,
}

/// Values that never change and come again, in one answer or in the next, by their text.
#[derive(Default)]
struct Remembered {
    places: Mutex<Vec<Option<Known>>>,
}

type Known = (String, Py<PyAny>);

impl Remembered {
    fn get_or_make<'py>(
        &self,
        py: Python<'py>,
        text: &str,
        make: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if text.len() > REMEMBERED_BYTES {
            return make();
        }
        let mut hasher = DefaultHasher::new();
        hasher.write(text.as_bytes());
        let at = hasher.finish() as usize % REMEMBERED;
        let places = || self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Some((known, value))) = places().get(at)
            && known == text
        {
            return Ok(value.bind(py).clone());
        }
        let made = make()?;
        let entry = (text.to_owned(), made.clone().unbind());
        let mut places = places();
        if places.is_empty() {
            places.resize_with(REMEMBERED, || None);
        }
        let forgotten = places.get_mut(at).and_then(|place| place.replace(entry));
        drop(places);
        // What runs when a value goes may ask for others.
        drop(forgotten);
        Ok(made)
    }
}

impl Shapes {
    /// The table, read where it was not yet.
    pub(crate) fn get(py: Python<'_>) -> PyResult<&'static Shapes> {
        SHAPES.get_or_try_init(py, || Shapes::read(py))
    }

    fn read(py: Python<'_>) -> PyResult<Shapes> {
        let module = py.import("loomstack._shapes")?;
        let maker = py.import("loomstack._making")?.getattr("maker")?;
        let table = module.getattr("SHAPES")?.cast_into::<PyDict>()?;
        let mut places = HashMap::new();
        for name in table.keys() {
            places.insert(name.extract()?, places.len());
        }
        let (mut definitions, mut classes) = (Vec::new(), HashMap::new());
        for row in table.values() {
            let (told_by, listed): (String, Bound<'_, PyDict>) = row.extract()?;
            let told_by = match told_by.as_str() {
                "type" => ToldBy::Type,
                "key" => ToldBy::Key,
                _ => ToldBy::Nothing,
            };
            let mut forms = Vec::new();
            for (word, form) in listed {
                let (class, fields): (Option<Bound<'_, PyType>>, Bound<'_, PyTuple>) =
                    form.extract()?;
                if let Some(class) = &class {
                    classes.insert(class.as_ptr().addr(), (definitions.len(), forms.len()));
                }
                let fields: PyResult<Vec<_>> =
                    fields.iter().map(|it| field(&it, &places)).collect();
                let fields = fields?;
                let names = || fields.iter().map(|field| field.name.bind(py));
                let class = class.map(|class| Class::of(&maker, &class, names()));
                let class = class.transpose()?;
                forms.push((word.extract()?, Form { class, fields }));
            }
            definitions.push(Definition { told_by, forms });
        }
        let by_hand = module.getattr("BY_HAND")?;
        let (pattern, path_set, frozen_map, time_from_wire, to_wire) = by_hand.extract()?;
        let (pattern, path_set): (Bound<'_, PyType>, Bound<'_, PyType>) = (pattern, path_set);
        Ok(Shapes {
            definitions,
            places,
            classes,
            pattern: Class::of(&maker, &pattern, ["text", "kind"].into_iter())?,
            pattern_class: pattern.unbind(),
            path_set: Class::of(&maker, &path_set, ["include", "exclude"].into_iter())?,
            path_set_class: path_set.unbind(),
            frozen_map,
            to_wire,
            time_from_wire,
            moments: Remembered::default(),
            globs: Remembered::default(),
        })
    }

    /// The shape of what the contract calls by this name.
    pub(crate) fn named(&self, name: &str) -> Option<Shape> {
        self.places.get(name).copied().map(Shape::Named)
    }

    pub(crate) fn definition(&self, place: usize) -> &Definition {
        &self.definitions[place]
    }

    /// The fields of a value's class, where it is one of the table, and what `type` says of it, where
    /// that tells it from its like.
    pub(crate) fn fields_of(&self, value: &Bound<'_, PyAny>) -> Option<(Option<&str>, &[Field])> {
        let (definition, form) = self.classes.get(&value.get_type().as_ptr().addr())?;
        let definition = &self.definitions[*definition];
        let (word, form) = &definition.forms[*form];
        let is_told = matches!(definition.told_by, ToldBy::Type);
        Some((is_told.then_some(word.as_str()), &form.fields))
    }

    /// The moment that a text names.
    pub(crate) fn moment<'py>(&self, py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
        let make = || self.time_from_wire.bind(py).call1((text,));
        self.moments.get_or_make(py, text, make)
    }

    /// The glob of a text.
    pub(crate) fn glob<'py>(&self, py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
        self.globs.get_or_make(py, text, || {
            let fields = [
                PyString::new(py, text).into_any(),
                intern!(py, "glob").clone().into_any(),
            ];
            self.pattern.made(py, fields.into())
        })
    }
}

fn field(row: &Bound<'_, PyAny>, places: &HashMap<String, usize>) -> PyResult<Field> {
    let (wire, name, code, absent): (String, Bound<'_, PyString>, String, Bound<'_, PyAny>) =
        row.extract()?;
    let given = !absent.is_instance_of::<PyEllipsis>();
    Ok(Field {
        wire,
        name: PyString::intern(row.py(), name.to_str()?).unbind(),
        shape: shape(&code, places)?,
        absent: given.then(|| absent.unbind()),
    })
}

fn shape(code: &str, places: &HashMap<String, usize>) -> PyResult<Shape> {
    if let Some(item) = code.strip_prefix('*') {
        return Ok(Shape::Many(Box::new(shape(item, places)?)));
    }
    if let Some(item) = code.strip_prefix('@') {
        return Ok(Shape::Map(Box::new(shape(item, places)?)));
    }
    Ok(match code {
        "plain" => Shape::Plain,
        "time" => Shape::Time,
        "pattern" => Shape::Pattern,
        "path_set" => Shape::PathSet,
        name => match places.get(name) {
            Some(place) => Shape::Named(*place),
            None => return Err(pyo3::exceptions::PyLookupError::new_err(name.to_owned())),
        },
    })
}
