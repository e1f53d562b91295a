//! Patterns and path sets, usable without a journal. One class for both: a pattern is a set of one.

use loom_core::error::{Code, Error};
use loom_core::path::{
    Containment, Emptiness, Overlap, PathRules, PathSet, PathSetSource, Pattern, PatternSource,
    RepoPath,
};
use pyo3::prelude::*;

use crate::border::{caught, outside_python};
use crate::errors::raised;

/// A pattern as (`glob`, `file` or `dir`; text).
type Source = (String, String);
/// Letter case, Unicode form, and whether `\` separates.
type Rules = (String, String, bool);

/// A compiled path set.
#[pyclass(frozen, module = "loomstack._loomstack")]
pub(crate) struct Paths {
    set: PathSet,
    /// Whether matching is over sooner than other Python threads could be let in.
    quick: bool,
}

/// The most bytes of pattern text that are matched without letting other Python threads in.
const QUICK_BYTES_MAX: usize = 256;

#[pymethods]
impl Paths {
    /// Compiles one pattern.
    #[staticmethod]
    fn pattern(py: Python<'_>, source: Source, rules: Rules) -> PyResult<Paths> {
        Paths::of(py, || {
            let rules = read_rules(&rules)?;
            Ok(Pattern::compile(&read_source(&source)?, rules)?.into())
        })
    }

    /// Compiles a set: the union of `include` less the union of `exclude`.
    #[staticmethod]
    fn set(
        py: Python<'_>,
        include: Vec<Source>,
        exclude: Vec<Source>,
        rules: Rules,
    ) -> PyResult<Paths> {
        Paths::of(py, || {
            let source = PathSetSource {
                include: include.iter().map(read_source).collect::<Result<_, _>>()?,
                exclude: exclude.iter().map(read_source).collect::<Result<_, _>>()?,
            };
            PathSet::compile(&source, read_rules(&rules)?)
        })
    }

    /// Whether a path is in the set.
    fn matches(&self, py: Python<'_>, path: &str) -> PyResult<bool> {
        let matches = || Ok(self.set.matches(&RepoPath::parse(path, &self.set.rules())?));
        let answer = match self.quick {
            true => caught(matches),
            false => outside_python(py, matches),
        };
        answer.map_err(|why| raised(py, &why))
    }

    /// Whether the sets meet, a path in both, and which includes meet there.
    #[expect(
        clippy::type_complexity,
        reason = "a tuple that Python unpacks at once"
    )]
    fn overlap(
        &self,
        py: Python<'_>,
        other: &Paths,
    ) -> PyResult<(bool, Option<String>, Option<usize>, Option<usize>)> {
        self.ask(py, |set| {
            Ok(match set.overlap(&other.set) {
                Overlap::None => (false, None, None, None),
                Overlap::Meet {
                    witness,
                    left,
                    right,
                } => (true, witness.map(text), Some(left), Some(right)),
            })
        })
    }

    /// Whether the set holds all of the other, else a path that it does not, else neither is proven.
    fn contains(&self, py: Python<'_>, other: &Paths) -> PyResult<(bool, Option<String>)> {
        self.ask(py, |set| {
            Ok(match set.contains(&other.set) {
                Containment::Contained => (true, None),
                Containment::Escapes { escapee } => (false, Some(text(escapee))),
                Containment::Assumed => (false, None),
            })
        })
    }

    /// Whether the set holds nothing, else a path that it holds, else neither is proven.
    fn is_empty(&self, py: Python<'_>) -> PyResult<(bool, Option<String>)> {
        self.ask(py, |set| {
            Ok(match set.is_empty() {
                Emptiness::Empty => (true, None),
                Emptiness::Holds { example } => (false, Some(text(example))),
                Emptiness::Assumed => (false, None),
            })
        })
    }
}

impl Paths {
    fn of(
        py: Python<'_>,
        compile: impl FnOnce() -> Result<PathSet, Error> + Send,
    ) -> PyResult<Self> {
        let set = outside_python(py, compile).map_err(|why| raised(py, &why))?;
        let PathSetSource { include, exclude } = set.source();
        let bytes: usize = include
            .iter()
            .chain(exclude)
            .map(|it| it.text().len())
            .sum();
        Ok(Paths {
            quick: bytes <= QUICK_BYTES_MAX,
            set,
        })
    }

    fn ask<T: Send>(
        &self,
        py: Python<'_>,
        question: impl FnOnce(&PathSet) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        outside_python(py, || question(&self.set)).map_err(|why| raised(py, &why))
    }
}

fn read_source((kind, text): &Source) -> Result<PatternSource, Error> {
    match kind.as_str() {
        "glob" => Ok(PatternSource::glob(text.as_str())),
        "file" => Ok(PatternSource::file(text.as_str())),
        "dir" => Ok(PatternSource::dir(text.as_str())),
        _ => Err(Error::at(
            Code::InvalidField,
            "kind",
            "a pattern is a glob, a file or a dir",
        )),
    }
}

fn read_rules((case, unicode, windows): &Rules) -> Result<PathRules, Error> {
    let rules = serde_json::json!({"case": case, "unicode": unicode, "windows": windows});
    serde_json::from_value(rules)
        .map_err(|why| Error::at(Code::InvalidField, "rules", why.to_string()))
}

fn text(path: RepoPath) -> String {
    path.as_str().to_owned()
}
