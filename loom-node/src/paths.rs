//! Patterns and path sets without a journal.

use loom_core::error::{Code, Error};
use loom_core::path::{
    Containment, Emptiness, Overlap, PathRules, PathSet, PathSetSource, Pattern, PatternSource,
    RepoPath,
};
use napi_derive::napi;
use serde::de::DeserializeOwned;

use crate::fault::thrown;

/// A compiled pattern.
#[napi]
pub struct NativePattern(Pattern);

/// A compiled path set.
#[napi]
pub struct NativePathSet(PathSet);

/// Whether two sets hold a path in common.
#[napi(object)]
pub struct NativeOverlap {
    /// They do, proven or assumed.
    pub meets: bool,
    /// A path in both; absent where it is assumed.
    pub witness: Option<String>,
    /// The search was given up and the safe answer taken.
    pub assumed: bool,
    /// Which of the left patterns meets there.
    pub left: Option<u32>,
    /// Which of the right patterns.
    pub right: Option<u32>,
}

/// Whether one holds everything that the other does.
#[napi(object)]
pub struct NativeContainment {
    /// It does, proven.
    pub contained: bool,
    /// A path in the other alone.
    pub escapee: Option<String>,
    /// The search was given up and the safe answer taken.
    pub assumed: bool,
}

/// Whether a set holds nothing.
#[napi(object)]
pub struct NativeEmptiness {
    /// It holds nothing, proven.
    pub empty: bool,
    /// A path in it.
    pub witness: Option<String>,
    /// The search was given up and the safe answer taken.
    pub assumed: bool,
}

#[napi]
impl NativePattern {
    /// Compiles a pattern from JSON under rules from JSON.
    #[napi(constructor, catch_unwind)]
    pub fn new(source: String, rules: String) -> napi::Result<NativePattern> {
        let compile = || {
            let source: PatternSource = read("pattern", &source)?;
            Pattern::compile(&source, read("rules", &rules)?)
        };
        compile().map(NativePattern).map_err(|why| thrown(&why))
    }

    /// Is the path in it?
    #[napi(catch_unwind)]
    pub fn matches(&self, path: String) -> napi::Result<bool> {
        Ok(self.0.matches(&parse(&path, self.0.rules())?))
    }

    /// A path in both, if there is one. Exact.
    #[napi(catch_unwind)]
    pub fn overlap(&self, other: &NativePattern) -> Option<String> {
        self.0.overlap(&other.0).map(text)
    }

    /// Does it hold everything that the other does?
    #[napi(catch_unwind)]
    pub fn contains(&self, other: &NativePattern) -> NativeContainment {
        containment(self.0.contains(&other.0))
    }
}

#[napi]
impl NativePathSet {
    /// Compiles a set from JSON under rules from JSON.
    #[napi(constructor, catch_unwind)]
    pub fn new(source: String, rules: String) -> napi::Result<NativePathSet> {
        let compile = || {
            let source: PathSetSource = read("paths", &source)?;
            PathSet::compile(&source, read("rules", &rules)?)
        };
        compile().map(NativePathSet).map_err(|why| thrown(&why))
    }

    /// Is the path in it?
    #[napi(catch_unwind)]
    pub fn matches(&self, path: String) -> napi::Result<bool> {
        Ok(self.0.matches(&parse(&path, self.0.rules())?))
    }

    /// Do they hold a path in common?
    #[napi(catch_unwind)]
    pub fn overlap(&self, other: &NativePathSet) -> NativeOverlap {
        match self.0.overlap(&other.0) {
            Overlap::None => NativeOverlap {
                meets: false,
                witness: None,
                assumed: false,
                left: None,
                right: None,
            },
            Overlap::Meet {
                witness,
                left,
                right,
            } => NativeOverlap {
                meets: true,
                assumed: witness.is_none(),
                witness: witness.map(text),
                left: u32::try_from(left).ok(),
                right: u32::try_from(right).ok(),
            },
        }
    }

    /// Does it hold everything that the other does?
    #[napi(catch_unwind)]
    pub fn contains(&self, other: &NativePathSet) -> NativeContainment {
        containment(self.0.contains(&other.0))
    }

    /// Does it hold nothing?
    #[napi(catch_unwind)]
    pub fn is_empty(&self) -> NativeEmptiness {
        let (empty, assumed, witness) = match self.0.is_empty() {
            Emptiness::Empty => (true, false, None),
            Emptiness::Holds { example } => (false, false, Some(text(example))),
            Emptiness::Assumed => (false, true, None),
        };
        NativeEmptiness {
            empty,
            witness,
            assumed,
        }
    }
}

fn containment(answer: Containment) -> NativeContainment {
    let (contained, assumed, escapee) = match answer {
        Containment::Contained => (true, false, None),
        Containment::Escapes { escapee } => (false, false, Some(text(escapee))),
        Containment::Assumed => (false, true, None),
    };
    NativeContainment {
        contained,
        escapee,
        assumed,
    }
}

fn text(path: RepoPath) -> String {
    path.as_str().to_owned()
}

fn parse(path: &str, rules: PathRules) -> napi::Result<RepoPath> {
    RepoPath::parse(path, &rules).map_err(|why| thrown(&why))
}

fn read<T: DeserializeOwned>(field: &str, json: &str) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|why| Error::at(Code::InvalidJson, field, why.to_string()))
}
