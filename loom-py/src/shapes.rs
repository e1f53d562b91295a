//! The values of the Python package as a table: what answers are made into, and what the values of
//! requests hold. Read once, from the generated `python/loomstack/_shapes.py`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyEllipsis, PyString, PyTuple, PyType};

static SHAPES: PyOnceLock<Shapes> = PyOnceLock::new();

/// How many moments are remembered. One answer names the same moment several times.
const MOMENTS: usize = 16;

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

/// A frozen dataclass.
pub(crate) struct Class {
    class: Py<PyType>,
    /// The same layout without the guard of a frozen class. Fields are set while an object is one of
    /// this; then it becomes one of the class itself, as `__init__` of the class would have made it.
    open: Py<PyType>,
}

impl Class {
    fn of(class: &Bound<'_, PyType>) -> PyResult<Class> {
        let py = class.py();
        let members = PyDict::new(py);
        members.set_item("__slots__", class.getattr("__slots__")?)?;
        let name = class.name()?;
        let open = py
            .get_type::<PyType>()
            .call1((name, class.getattr("__bases__")?, members))?;
        let open = open.cast_into::<PyType>()?;
        Ok(Class {
            class: class.clone().unbind(),
            open: open.unbind(),
        })
    }

    /// An object without any field yet.
    pub(crate) fn open<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.open.bind(py).call0()
    }

    /// The object is whole: nobody changes it any more.
    pub(crate) fn close(&self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = object.py();
        object.setattr(intern!(py, "__class__"), &self.class)
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
    pub(crate) to_wire: Py<PyAny>,
    time_from_wire: Py<PyAny>,
    moments: Mutex<Moments>,
}

#[derive(Default)]
struct Moments {
    known: Vec<(String, Py<PyAny>)>,
    next: usize,
}

impl Shapes {
    /// The table, read where it was not yet.
    pub(crate) fn get(py: Python<'_>) -> PyResult<&'static Shapes> {
        SHAPES.get_or_try_init(py, || Shapes::read(py))
    }

    fn read(py: Python<'_>) -> PyResult<Shapes> {
        let module = py.import("loomstack._shapes")?;
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
                let fields: PyResult<_> = fields.iter().map(|it| field(&it, &places)).collect();
                let form = Form {
                    class: class.as_ref().map(Class::of).transpose()?,
                    fields: fields?,
                };
                forms.push((word.extract()?, form));
            }
            definitions.push(Definition { told_by, forms });
        }
        let (pattern, path_set, time_from_wire, to_wire) = module.getattr("BY_HAND")?.extract()?;
        let (pattern, path_set): (Bound<'_, PyType>, Bound<'_, PyType>) = (pattern, path_set);
        Ok(Shapes {
            definitions,
            places,
            classes,
            pattern: Class::of(&pattern)?,
            pattern_class: pattern.unbind(),
            path_set: Class::of(&path_set)?,
            path_set_class: path_set.unbind(),
            to_wire,
            time_from_wire,
            moments: Mutex::default(),
        })
    }

    /// The shape of what the contract calls by this name.
    pub(crate) fn named(&self, name: &str) -> Option<Shape> {
        self.places.get(name).copied().map(Shape::Named)
    }

    pub(crate) fn definition(&self, place: usize) -> &Definition {
        &self.definitions[place]
    }

    /// The fields of a value's class, where it is one of the table.
    pub(crate) fn fields_of(&self, value: &Bound<'_, PyAny>) -> Option<&[Field]> {
        let (definition, form) = self.classes.get(&value.get_type().as_ptr().addr())?;
        Some(&self.definitions[*definition].forms[*form].1.fields)
    }

    /// The moment that a text names.
    pub(crate) fn moment<'py>(&self, py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
        let known = {
            let moments = self.moments.lock().unwrap_or_else(PoisonError::into_inner);
            let known = moments.known.iter().find(|(known, _)| known == text);
            known.map(|(_, moment)| moment.clone_ref(py))
        };
        if let Some(known) = known {
            return Ok(known.into_bound(py));
        }
        let moment = self.time_from_wire.bind(py).call1((text,))?;
        let entry = (text.to_owned(), moment.clone().unbind());
        let mut moments = self.moments.lock().unwrap_or_else(PoisonError::into_inner);
        let place = moments.next;
        moments.next = (place + 1) % MOMENTS;
        let forgotten = match moments.known.get_mut(place) {
            Some(old) => Some(std::mem::replace(old, entry)),
            None => {
                moments.known.push(entry);
                None
            }
        };
        drop(moments);
        drop(forgotten);
        Ok(moment)
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
