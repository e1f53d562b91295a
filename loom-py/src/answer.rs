//! Answers of the core made into Python values while they are walked, without a text in between.

use std::fmt;

use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use serde::Serialize;
use serde::ser::{
    Error as _, Impossible, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, Serializer,
};

use crate::border::caught;
use crate::errors::raised;
use crate::shapes::{Definition, Form, Shape, Shapes, ToldBy};

/// The Python value of what the contract calls by this name.
pub(crate) fn made<'py>(
    py: Python<'py>,
    name: &str,
    value: &impl Serialize,
) -> PyResult<Bound<'py, PyAny>> {
    let shapes = Shapes::get(py)?;
    let shape = shapes.named(name);
    let shape = shape.ok_or_else(|| PyRuntimeError::new_err(format!("{name} has no shape")))?;
    let maker = Maker {
        py,
        shapes,
        shape: &shape,
    };
    let made = caught(|| Ok(value.serialize(maker).map_err(|why| why.0)));
    made.unwrap_or_else(|why| Err(raised(py, &why)))
}

/// Makes one value of its shape.
#[derive(Clone, Copy)]
struct Maker<'a, 'py> {
    py: Python<'py>,
    shapes: &'a Shapes,
    shape: &'a Shape,
}

type Made<'py> = Result<Bound<'py, PyAny>, Failed>;

#[derive(Debug)]
struct Failed(PyErr);

impl From<PyErr> for Failed {
    fn from(why: PyErr) -> Failed {
        Failed(why)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failed {}

impl serde::ser::Error for Failed {
    fn custom<T: fmt::Display>(message: T) -> Failed {
        Failed(PyRuntimeError::new_err(message.to_string()))
    }
}

impl<'a, 'py> Maker<'a, 'py> {
    fn of(self, shape: &'a Shape) -> Self {
        Maker { shape, ..self }
    }

    /// What no answer holds where this shape is due.
    fn unfit<T>(self, what: &str) -> Result<T, Failed> {
        Err(Failed::custom(format!(
            "an answer holds {what} in a place for none"
        )))
    }

    fn whole(self, number: impl IntoPyObjectExt<'py>) -> Made<'py> {
        match self.shape {
            Shape::Plain => Ok(number.into_bound_py_any(self.py)?),
            _ => self.unfit("a plain value"),
        }
    }

    fn pattern(self, kind: &str, text: Bound<'py, PyAny>) -> Made<'py> {
        let kind = PyString::intern(self.py, kind).into_any();
        Ok(self.shapes.pattern.made(self.py, vec![text, kind])?)
    }

    fn path_set(self, include: Bound<'py, PyAny>, exclude: Bound<'py, PyAny>) -> Made<'py> {
        let class = &self.shapes.path_set;
        Ok(class.made(self.py, vec![include, exclude])?)
    }

    fn object(self) -> Result<Object<'a, 'py>, Failed> {
        let state = match self.shape {
            Shape::PathSet => State::PathSet(None, None),
            Shape::Named(place) => {
                let definition = self.shapes.definition(*place);
                match (definition.told_by, definition.form("")) {
                    (ToldBy::Nothing, Some(form)) => State::begun(form),
                    _ => State::Untold(definition),
                }
            }
            _ => return self.unfit("an object"),
        };
        Ok(Object { maker: self, state })
    }
}

macro_rules! plain {
    ($($method:ident: $kind:ty),* $(,)?) => {$(
        fn $method(self, value: $kind) -> Made<'py> {
            self.whole(value)
        }
    )*};
}

impl<'a, 'py> Serializer for Maker<'a, 'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Failed;
    type SerializeSeq = Items<'a, 'py>;
    type SerializeTuple = Items<'a, 'py>;
    type SerializeTupleStruct = Impossible<Self::Ok, Failed>;
    type SerializeTupleVariant = Impossible<Self::Ok, Failed>;
    type SerializeMap = Object<'a, 'py>;
    type SerializeStruct = Object<'a, 'py>;
    type SerializeStructVariant = Nested<'a, 'py>;

    plain!(
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
    );

    fn serialize_f32(self, _: f32) -> Made<'py> {
        self.unfit("a float")
    }

    fn serialize_f64(self, _: f64) -> Made<'py> {
        self.unfit("a float")
    }

    fn serialize_char(self, value: char) -> Made<'py> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Made<'py> {
        match self.shape {
            Shape::Plain => Ok(PyString::new(self.py, value).into_any()),
            Shape::Time => Ok(self.shapes.moment(self.py, value)?),
            Shape::Pattern => Ok(self.shapes.glob(self.py, value)?),
            _ => self.unfit("a text"),
        }
    }

    fn serialize_bytes(self, _: &[u8]) -> Made<'py> {
        self.unfit("bytes")
    }

    fn serialize_none(self) -> Made<'py> {
        Ok(self.py.None().into_bound(self.py))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Made<'py> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Made<'py> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Made<'py> {
        self.serialize_none()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Made<'py> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Made<'py> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Made<'py> {
        let mut object = self.object()?;
        object.field(variant, value)?;
        object.whole()
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Items<'a, 'py>, Failed> {
        let maker = match self.shape {
            Shape::Many(item) => self.of(item),
            Shape::PathSet => self.of(&Shape::Pattern),
            _ => return self.unfit("a list"),
        };
        Ok(Items {
            maker,
            items: Vec::with_capacity(len.unwrap_or(0)),
            is_path_set: matches!(self.shape, Shape::PathSet),
        })
    }

    /// A list whose length is fixed; JSON tells it from no other.
    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, Failed> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Failed> {
        self.unfit("a tuple")
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Failed> {
        self.unfit("a tuple")
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Object<'a, 'py>, Failed> {
        match self.shape {
            Shape::Pattern => Ok(Object {
                maker: self,
                state: State::Pattern(None, None),
            }),
            Shape::Map(item) => Ok(Object {
                maker: self,
                state: State::Map {
                    item,
                    entries: PyDict::new(self.py),
                    key: None,
                },
            }),
            _ => self.unfit("a map"),
        }
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Object<'a, 'py>, Failed> {
        self.object()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Nested<'a, 'py>, Failed> {
        let mut outer = self.object()?;
        if let State::Untold(definition) = &outer.state {
            outer.state = outer.told(definition, variant)?;
        }
        let State::Told { form, .. } = &outer.state else {
            return self.unfit("a variant");
        };
        let Some(field) = form.fields.iter().find(|field| field.wire == variant) else {
            return self.unfit("a variant");
        };
        let inner = self.of(&field.shape).object()?;
        Ok(Nested { outer, inner })
    }
}

/// A list while it is walked.
struct Items<'a, 'py> {
    maker: Maker<'a, 'py>,
    items: Vec<Bound<'py, PyAny>>,
    is_path_set: bool,
}

impl<'py> SerializeTuple for Items<'_, 'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Failed;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Made<'py> {
        SerializeSeq::end(self)
    }
}

impl<'py> SerializeSeq for Items<'_, 'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Failed;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        self.items.push(value.serialize(self.maker)?);
        Ok(())
    }

    fn end(self) -> Made<'py> {
        let py = self.maker.py;
        let items = PyTuple::new(py, self.items)?.into_any();
        if self.is_path_set {
            let nothing = PyTuple::empty(py).into_any();
            return self.maker.path_set(items, nothing);
        }
        Ok(items)
    }
}

/// An object while it is walked.
struct Object<'a, 'py> {
    maker: Maker<'a, 'py>,
    state: State<'a, 'py>,
}

enum State<'a, 'py> {
    /// What it is, is told by its first field.
    Untold(&'a Definition),
    /// The fields of the form as far as they came, and which is likely next.
    Told {
        form: &'a Form,
        fields: Vec<Option<Bound<'py, PyAny>>>,
        next: usize,
    },
    /// The only key and its text.
    Pattern(Option<String>, Option<Bound<'py, PyAny>>),
    /// What is there by now, and the key of the entry that is under way.
    Map {
        item: &'a Shape,
        entries: Bound<'py, PyDict>,
        key: Option<Bound<'py, PyAny>>,
    },
    /// `include` and `exclude`.
    PathSet(Option<Bound<'py, PyAny>>, Option<Bound<'py, PyAny>>),
}

/// An object that is the only field of another, told by its key.
struct Nested<'a, 'py> {
    outer: Object<'a, 'py>,
    inner: Object<'a, 'py>,
}

impl<'a> State<'a, '_> {
    fn begun(form: &'a Form) -> Self {
        State::Told {
            form,
            fields: vec![None; form.fields.len()],
            next: 0,
        }
    }
}

impl<'py> Object<'_, 'py> {
    fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), Failed> {
        let maker = self.maker;
        if let State::Untold(definition) = &self.state {
            let definition = *definition;
            if definition.told_by == ToldBy::Type {
                let word = value.serialize(maker.of(&Shape::Plain))?;
                let word = word.cast::<PyString>().map_err(PyErr::from)?;
                self.state = self.told(definition, word.to_str()?)?;
                return Ok(());
            }
            self.state = self.told(definition, key)?;
        }
        match &mut self.state {
            State::Untold(_) => maker.unfit("an untold form"),
            State::Pattern(..) | State::Map { .. } => maker.unfit("a field"),
            State::PathSet(include, exclude) => {
                let patterns = Shape::Many(Box::new(Shape::Pattern));
                let made = value.serialize(Maker {
                    shape: &patterns,
                    ..maker
                })?;
                match key {
                    "include" => *include = Some(made),
                    _ => *exclude = Some(made),
                }
                Ok(())
            }
            State::Told { form, fields, next } => {
                // Fields mostly come in the order of the class.
                let behind = (*next..form.fields.len()).chain(0..*next);
                let Some(place) = behind.into_iter().find(|at| form.fields[*at].wire == key) else {
                    return Err(Failed::custom(format!(
                        "an answer holds {key}, which nothing keeps"
                    )));
                };
                let field = &form.fields[place];
                let made = value.serialize(maker.of(&field.shape))?;
                // What is `null` is as if it were left out.
                if made.is_none() && field.absent.is_some() {
                    return Ok(());
                }
                fields[place] = Some(made);
                *next = place + 1;
                Ok(())
            }
        }
    }

    /// The object whose only field holds this.
    fn around(mut self, made: Bound<'py, PyAny>) -> Made<'py> {
        match &mut self.state {
            State::Told { fields, .. } => match fields.as_mut_slice() {
                [only] => *only = Some(made),
                _ => return self.maker.unfit("a variant of several fields"),
            },
            _ => return self.maker.unfit("a variant"),
        }
        self.whole()
    }

    fn whole(self) -> Made<'py> {
        let maker = self.maker;
        match self.state {
            State::Untold(_) => maker.unfit("an untold form"),
            State::Pattern(Some(kind), Some(text)) => maker.pattern(&kind, text),
            State::Pattern(..) => maker.unfit("an empty pattern"),
            State::Map { entries, .. } => {
                Ok(maker.shapes.frozen_map.bind(maker.py).call1((entries,))?)
            }
            State::PathSet(Some(include), Some(exclude)) => maker.path_set(include, exclude),
            State::PathSet(..) => maker.unfit("half a path set"),
            State::Told { form, fields, .. } => {
                let mut whole = Vec::with_capacity(fields.len());
                for (made, field) in fields.into_iter().zip(&form.fields) {
                    let absent = || field.absent.as_ref().map(|it| it.bind(maker.py).clone());
                    let Some(made) = made.or_else(absent) else {
                        let message = format!("an answer lacks {}", field.wire);
                        return Err(Failed::custom(message));
                    };
                    whole.push(made);
                }
                match &form.class {
                    Some(class) => Ok(class.made(maker.py, whole)?),
                    None => whole.pop().map_or_else(|| maker.unfit("nothing"), Ok),
                }
            }
        }
    }
}

impl<'a, 'py> Object<'a, 'py> {
    fn told(&self, definition: &'a Definition, word: &str) -> Result<State<'a, 'py>, Failed> {
        match definition.form(word) {
            Some(form) => Ok(State::begun(form)),
            None => Err(Failed::custom(format!(
                "an answer holds the unknown form {word}"
            ))),
        }
    }
}

impl<'py> SerializeStruct for Object<'_, 'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Failed;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Failed> {
        self.field(key, value)
    }

    fn end(self) -> Made<'py> {
        self.whole()
    }
}

impl<'py> SerializeStructVariant for Nested<'_, 'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Failed;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Failed> {
        self.inner.field(key, value)
    }

    fn end(self) -> Made<'py> {
        let made = self.inner.whole()?;
        self.outer.around(made)
    }
}

impl<'py> SerializeMap for Object<'_, 'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Failed;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Failed> {
        let word = key.serialize(self.maker.of(&Shape::Plain))?;
        match &mut self.state {
            State::Pattern(kind, _) => *kind = Some(word.extract::<String>()?),
            State::Map { key, .. } => *key = Some(word),
            _ => return self.maker.unfit("a key"),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        let maker = self.maker;
        match &mut self.state {
            State::Pattern(_, text) => *text = Some(value.serialize(maker.of(&Shape::Plain))?),
            State::Map { item, entries, key } => {
                entries.set_item(key.take(), value.serialize(maker.of(item))?)?;
            }
            _ => return maker.unfit("a value"),
        }
        Ok(())
    }

    fn end(self) -> Made<'py> {
        self.whole()
    }
}
