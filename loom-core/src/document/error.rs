//! What is wrong with a document, and where.

use std::fmt;

use super::tree::Place;
use crate::error::{Code, Error};

/// How far a name may be from a known one to be taken for its misspelling.
const NEAR_MAX: usize = 3;

/// A fault of a document: what, where, and which limit if it is about one.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    message: String,
    place: Option<Place>,
    limit: Option<(&'static str, u64, u64)>,
    field: Option<String>,
}

impl Fault {
    pub(crate) fn new(message: impl Into<String>) -> Fault {
        Fault {
            message: message.into(),
            place: None,
            limit: None,
            field: None,
        }
    }

    pub(crate) fn limit(name: &'static str, max: u64, got: u64) -> Fault {
        Fault {
            limit: Some((name, max, got)),
            ..Fault::new(format!("{got} is over the limit {name} = {max}"))
        }
    }

    /// A name that nothing declares, with the known one that is nearest.
    pub(crate) fn unknown<'k>(
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) -> Fault {
        let known: Vec<&str> = known.into_iter().collect();
        // Nobody misspells a word into one that is far longer, and comparing takes length by length.
        let alike = |word: &&&str| word.len().abs_diff(name.len()) <= 4 * NEAR_MAX;
        let nearest = known
            .iter()
            .filter(alike)
            .map(|word| (strsim::osa_distance(word, name), *word))
            .filter(|(distance, word)| *distance <= NEAR_MAX.min(word.chars().count() / 2))
            .min();
        let hint = match nearest {
            Some((_, word)) => format!("; did you mean `{word}`?"),
            None if known.is_empty() => "; none is declared".to_owned(),
            None if known.len() <= 32 => format!("; known are {}", known.join(", ")),
            None => String::new(),
        };
        let name: String = name.chars().take(64).collect();
        Fault::new(format!("unknown {what} `{}`{hint}", name.escape_debug()))
    }

    /// The same fault at a place, unless it has one.
    pub(crate) fn or_at(mut self, place: Place) -> Fault {
        self.place.get_or_insert(place);
        self
    }

    /// The same fault about a field, unless it has one.
    pub(crate) fn or_about(mut self, field: impl Into<String>) -> Fault {
        self.field.get_or_insert_with(|| field.into());
        self
    }

    pub(crate) fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// The error of the library for it, about `what` where no field is known. `name` is the document's,
    /// for people.
    pub(crate) fn into_error(self, code: Code, what: &str, name: &str) -> Error {
        let field = self.field.unwrap_or_else(|| what.to_owned());
        if let Some((limit, max, got)) = self.limit {
            return Error::limit(field, limit, max, got);
        }
        let message = match self.place {
            Some(place) => format!("{name}: {place}: {}", self.message),
            None => format!("{name}: {}", self.message),
        };
        Error::at(code, field, message)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        let fault = Fault::new(error.message());
        match error.field() {
            Some(field) => fault.or_about(field),
            None => fault,
        }
    }
}

impl serde::de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Fault {
        Fault::new(message.to_string())
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Fault {
        Fault::unknown("key", field, expected.iter().copied())
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Fault {
        Fault::unknown("word", variant, expected.iter().copied())
    }

    fn missing_field(field: &'static str) -> Fault {
        Fault::new(format!("the key `{field}` is missing here"))
    }

    fn duplicate_field(field: &'static str) -> Fault {
        Fault::new(format!("the key `{field}` stands here twice"))
    }
}
