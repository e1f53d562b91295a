//! Patterns and path sets as JSON holds them, before any repository's rules are known.
//!
//! What is stored and shown is the text that somebody wrote; what is compared is compiled from it
//! under the repository's rules. Keeping the two apart means that a record can be read, hashed and
//! shown without knowing the repository.
//!
//! ```
//! use loom_core::path::{PathSetSource, PatternSource};
//!
//! let set: PathSetSource = serde_json::from_str(r#"["src/**", {"file": "app/[id]/page.tsx"}]"#)?;
//! assert_eq!(set.include[1], PatternSource::file("app/[id]/page.tsx"));
//! assert_eq!(serde_json::to_string(&set)?, r#"["src/**",{"file":"app/[id]/page.tsx"}]"#);
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::fmt;
use std::sync::Arc;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

/// The text of one pattern and how it is to be read. In JSON a bare string or `{"glob": …}`,
/// `{"file": …}`, or `{"dir": …}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PatternSource {
    /// The glob dialect.
    Glob(Arc<str>),
    /// Exactly this path; no character is special.
    File(Arc<str>),
    /// This path and everything below it; no character is special.
    Dir(Arc<str>),
}

impl PatternSource {
    /// A glob.
    pub fn glob(text: impl Into<Arc<str>>) -> Self {
        PatternSource::Glob(text.into())
    }

    /// Exactly one path.
    pub fn file(text: impl Into<Arc<str>>) -> Self {
        PatternSource::File(text.into())
    }

    /// A path and everything below it.
    pub fn dir(text: impl Into<Arc<str>>) -> Self {
        PatternSource::Dir(text.into())
    }

    /// The text as it was written.
    pub fn text(&self) -> &str {
        match self {
            PatternSource::Glob(text) | PatternSource::File(text) | PatternSource::Dir(text) => {
                text
            }
        }
    }
}

impl From<&str> for PatternSource {
    fn from(text: &str) -> Self {
        PatternSource::glob(text)
    }
}

impl fmt::Display for PatternSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PatternSource::Glob(text) => f.write_str(text),
            PatternSource::File(text) => write!(f, "file:{text}"),
            PatternSource::Dir(text) => write!(f, "dir:{text}"),
        }
    }
}

impl Serialize for PatternSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (key, text) = match self {
            PatternSource::Glob(text) => return serializer.serialize_str(text),
            PatternSource::File(text) => ("file", text),
            PatternSource::Dir(text) => ("dir", text),
        };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(key, &**text)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for PatternSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PatternVisitor)
    }
}

struct PatternVisitor;

impl<'de> Visitor<'de> for PatternVisitor {
    type Value = PatternSource;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a glob, or an object with one of the keys glob, file, dir")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<PatternSource, E> {
        Ok(PatternSource::glob(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PatternSource, A::Error> {
        let Some(key) = map.next_key::<String>()? else {
            return Err(de::Error::custom(
                "one of the keys glob, file, dir is needed",
            ));
        };
        pattern_entry(&key, &mut map)
    }
}

fn pattern_entry<'de, A: MapAccess<'de>>(
    key: &str,
    map: &mut A,
) -> Result<PatternSource, A::Error> {
    let form = match key {
        "glob" => PatternSource::Glob,
        "file" => PatternSource::File,
        "dir" => PatternSource::Dir,
        _ => return Err(de::Error::unknown_field(key, &["glob", "file", "dir"])),
    };
    let source = form(map.next_value::<Arc<str>>()?);
    match map.next_key::<String>()? {
        None => Ok(source),
        Some(more) => Err(de::Error::custom(format_args!(
            "a pattern has one key, and this one has {key} and {more}"
        ))),
    }
}

/// The text of a path set: the union of `include` less the union of `exclude`. In JSON a bare list,
/// `{"include": […], "exclude": […]}`, or a lone pattern.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathSetSource {
    /// What the set holds.
    pub include: Vec<PatternSource>,
    /// What is taken away again.
    pub exclude: Vec<PatternSource>,
}

impl PathSetSource {
    /// A set without excludes.
    pub fn of(include: impl IntoIterator<Item = PatternSource>) -> Self {
        PathSetSource {
            include: include.into_iter().collect(),
            exclude: Vec::new(),
        }
    }

    /// Is there neither something to hold nor something to take away?
    pub fn has_no_pattern(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }
}

impl From<PatternSource> for PathSetSource {
    fn from(pattern: PatternSource) -> Self {
        PathSetSource::of([pattern])
    }
}

impl Serialize for PathSetSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.exclude.is_empty() {
            return self.include.serialize(serializer);
        }
        let mut set = serializer.serialize_struct("PathSet", 2)?;
        set.serialize_field("include", &self.include)?;
        set.serialize_field("exclude", &self.exclude)?;
        set.end()
    }
}

impl<'de> Deserialize<'de> for PathSetSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SetVisitor)
    }
}

struct SetVisitor;

impl<'de> Visitor<'de> for SetVisitor {
    type Value = PathSetSource;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a pattern, a list of patterns, or an object with include and exclude")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<PathSetSource, E> {
        Ok(PatternSource::glob(text).into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<PathSetSource, A::Error> {
        let mut set = PathSetSource::default();
        while let Some(pattern) = list.next_element()? {
            set.include.push(pattern);
        }
        Ok(set)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PathSetSource, A::Error> {
        let (mut include, mut exclude) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "include" if include.is_none() => include = Some(map.next_value()?),
                "exclude" if exclude.is_none() => exclude = Some(map.next_value()?),
                "include" => return Err(de::Error::duplicate_field("include")),
                "exclude" => return Err(de::Error::duplicate_field("exclude")),
                _ if include.is_none() && exclude.is_none() => {
                    return pattern_entry(&key, &mut map).map(PathSetSource::from);
                }
                _ => return Err(de::Error::unknown_field(&key, &["include", "exclude"])),
            }
        }
        match (include, exclude) {
            (None, _) => Err(de::Error::missing_field("include")),
            (Some(include), exclude) => Ok(PathSetSource {
                include,
                exclude: exclude.unwrap_or_default(),
            }),
        }
    }
}
