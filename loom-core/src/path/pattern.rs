//! One pattern, compiled under a repository's rules, and the exact questions about it.
//!
//! A claim, a policy selector and an owner's line all name files by pattern. Two patterns are
//! compared as the sets of paths that they denote, never as text, and every answer that can carry a
//! proof does: the path in both, or the path in one and not in the other.
//!
//! ```
//! use loom_core::path::{Containment, PathRules, Pattern, RepoPath};
//!
//! let rules = PathRules::default();
//! let sources = Pattern::glob("src/**/*.rs", rules)?;
//! let auth = Pattern::glob("src/auth", rules)?;
//! assert!(auth.matches(&RepoPath::parse("src/auth/mod.rs", &rules)?));
//!
//! let witness = sources.overlap(&auth).ok_or("they do meet")?;
//! assert!(sources.matches(&witness) && auth.matches(&witness));
//! assert!(matches!(sources.contains(&auth), Containment::Escapes { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::canonical::canonical;
use super::limits::SEARCH_STEPS_MAX;
use super::meet;
use super::parse;
use super::repo_path::RepoPath;
use super::rules::PathRules;
use super::search::{self, Graph, Work};
use super::segment::{Alternative, SegmentPattern};
use super::source::PatternSource;
use crate::error::Error;

/// A compiled pattern. Cheap to clone; equal when source and rules are.
#[derive(Clone)]
pub struct Pattern {
    inner: Arc<Inner>,
}

struct Inner {
    source: PatternSource,
    rules: PathRules,
    alternatives: Box<[Alternative]>,
    expanded: (usize, usize),
    /// Bytes of all alternatives.
    weight: usize,
    normal_free: bool,
    plain: bool,
    graph: OnceLock<Graph>,
}

/// Whether one pattern or set holds everything that another does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Containment {
    /// Everything.
    Contained,
    /// Not this path: it is in the other and not in this one.
    Escapes {
        /// The path that is in the other and not in this one.
        escapee: RepoPath,
    },
    /// The search passed [`SEARCH_STEPS_MAX`](super::limits::SEARCH_STEPS_MAX); treat it as not contained.
    Assumed,
}

impl Containment {
    /// Whether containment is proven.
    pub fn is_contained(&self) -> bool {
        matches!(self, Containment::Contained)
    }

    /// Whether the answer is the safe one and not a proven one.
    pub fn assumed(&self) -> bool {
        matches!(self, Containment::Assumed)
    }

    /// The path that proves the contrary.
    pub fn escapee(&self) -> Option<&RepoPath> {
        match self {
            Containment::Escapes { escapee } => Some(escapee),
            Containment::Contained | Containment::Assumed => None,
        }
    }
}

impl Pattern {
    /// Compiles a pattern under the repository's rules.
    ///
    /// # Errors
    /// `invalid_pattern` for a glob that is none, `invalid_path` for a `file` or `dir` that is no path,
    /// `limit_exceeded` naming the limit. The field is `pattern`.
    pub fn compile(source: &PatternSource, rules: PathRules) -> Result<Pattern, Error> {
        let (alternatives, expanded) = match source {
            PatternSource::Glob(text) => {
                let parsed = parse::glob(text, rules, "pattern")?;
                (parsed.alternatives, parsed.expanded)
            }
            PatternSource::File(text) => (vec![exact(text, rules, false)?], (1, text.len())),
            PatternSource::Dir(text) => (vec![exact(text, rules, true)?], (1, text.len())),
        };
        Ok(Pattern::of(source.clone(), rules, alternatives, expanded))
    }

    /// Compiles a glob. Errors as [`Pattern::compile`].
    pub fn glob(text: &str, rules: PathRules) -> Result<Pattern, Error> {
        Pattern::compile(&PatternSource::glob(text), rules)
    }

    /// Compiles exactly one path. Errors as [`Pattern::compile`].
    pub fn file(text: &str, rules: PathRules) -> Result<Pattern, Error> {
        Pattern::compile(&PatternSource::file(text), rules)
    }

    /// Compiles a path and everything below it. Errors as [`Pattern::compile`].
    pub fn dir(text: &str, rules: PathRules) -> Result<Pattern, Error> {
        Pattern::compile(&PatternSource::dir(text), rules)
    }

    fn of(
        source: PatternSource,
        rules: PathRules,
        alternatives: Vec<Alternative>,
        expanded: (usize, usize),
    ) -> Pattern {
        let segments = || alternatives.iter().flat_map(Alternative::segments);
        let weight = segments().map(SegmentPattern::weight).sum();
        let normal_free = segments().all(SegmentPattern::is_normal_free);
        let plain = normal_free
            && alternatives
                .iter()
                .all(|alternative| alternative.segments().len() <= meet::DIRECT_SEGMENTS_MAX);
        Pattern {
            inner: Arc::new(Inner {
                source,
                rules,
                alternatives: alternatives.into_boxed_slice(),
                expanded,
                weight,
                normal_free,
                plain,
                graph: OnceLock::new(),
            }),
        }
    }

    /// The pattern as it was written.
    pub fn source(&self) -> &PatternSource {
        &self.inner.source
    }

    /// The rules it was compiled under.
    pub fn rules(&self) -> PathRules {
        self.inner.rules
    }

    /// The alternatives in canonical form, in the order of the text. One that no path can match
    /// (`[.]`) is left out, so a pattern may have none.
    pub fn alternatives(&self) -> &[Alternative] {
        &self.inner.alternatives
    }

    /// Whether the path is in the pattern. The path must have been read under the same rules.
    pub fn matches(&self, path: &RepoPath) -> bool {
        self.matches_within(path, &mut Work::unbounded())
    }

    pub(crate) fn matches_within(&self, path: &RepoPath, work: &mut Work) -> bool {
        let alone = std::slice::from_ref(self);
        search::holds(alone, self.weight(), || self.graph(), path, work)
    }

    /// A path that is in both patterns, or `None` when there is none. Exact, never assumed.
    ///
    /// Both patterns belong to one repository and so to one set of rules. If they do not, the other is
    /// read again under the rules of this one, and if it cannot be it holds nothing.
    pub fn overlap(&self, other: &Pattern) -> Option<RepoPath> {
        self.overlap_within(other, &mut Work::unbounded())
    }

    pub(crate) fn overlap_within(&self, other: &Pattern, work: &mut Work) -> Option<RepoPath> {
        if self.rules() == other.rules() {
            search::patterns_overlap(self, other, work)
        } else {
            search::patterns_overlap(self, &other.under(self.rules()), work)
        }
    }

    /// Whether this pattern holds every path of the other. Rules that differ: as [`Pattern::overlap`].
    ///
    /// Exact within [`SEARCH_STEPS_MAX`] steps, which patterns that people write do not come near. One
    /// that was made to pass it is [assumed](Containment::Assumed) not to hold the other.
    pub fn contains(&self, other: &Pattern) -> Containment {
        let work = &mut Work::up_to(SEARCH_STEPS_MAX);
        if self.rules() == other.rules() {
            search::pattern_contains(self, other, work)
        } else {
            search::pattern_contains(self, &other.under(self.rules()), work)
        }
    }

    pub(crate) fn under(&self, rules: PathRules) -> Pattern {
        if self.rules() == rules {
            return self.clone();
        }
        Pattern::compile(self.source(), rules)
            .unwrap_or_else(|_| Pattern::of(self.source().clone(), rules, Vec::new(), (0, 0)))
    }

    /// Bytes of all alternatives: what comparing with them can cost.
    pub(crate) fn weight(&self) -> usize {
        self.inner.weight
    }

    /// Whether normal form cannot come between this pattern and another such.
    pub(crate) fn is_normal_free(&self) -> bool {
        self.inner.normal_free
    }

    /// Whether the pattern can be compared directly: see [`meet`].
    pub(crate) fn is_plain(&self) -> bool {
        self.inner.plain
    }

    /// The automaton of the alternatives, built when first asked for.
    pub(crate) fn graph(&self) -> &Graph {
        self.inner
            .graph
            .get_or_init(|| Graph::of(self.alternatives()))
    }

    /// Alternatives that brace expansion gave, and their characters, duplicates included; what the
    /// limits of a set count.
    pub(crate) fn expanded(&self) -> (usize, usize) {
        self.inner.expanded
    }
}

fn exact(text: &str, rules: PathRules, below: bool) -> Result<Alternative, Error> {
    let path = RepoPath::read(text, rules, "pattern")?;
    let mut segments: Vec<SegmentPattern> = canonical(&path, rules)
        .split('/')
        .map(|name| SegmentPattern::Literal(Arc::from(name)))
        .collect();
    if below {
        segments.push(SegmentPattern::AnyDepth);
    }
    Ok(Alternative::new(segments))
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pattern")
            .field("source", &self.inner.source)
            .field("rules", &self.inner.rules)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.inner.source == other.inner.source && self.inner.rules == other.inner.rules
    }
}

impl Eq for Pattern {}
