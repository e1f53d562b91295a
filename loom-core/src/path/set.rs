//! A set of paths: the union of some patterns less the union of others.
//!
//! Claims hold sets, and so do selectors, scopes and fences. Sets are closed under no operation on
//! purpose: what is kept is what somebody wrote, and the questions are answered on that.
//!
//! ```
//! use loom_core::path::{Overlap, PathRules, PathSet, PathSetSource, PatternSource};
//!
//! let rules = PathRules::default();
//! let mine: PathSetSource = serde_json::from_str(
//!     r#"{"include": ["src/**"], "exclude": ["src/generated"]}"#,
//! )?;
//! let mine = PathSet::compile(&mine, rules)?;
//! let theirs = PathSet::compile(&PatternSource::glob("src/generated/*.rs").into(), rules)?;
//! assert_eq!(mine.overlap(&theirs), Overlap::None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::limits::{
    SEARCH_STEPS_MAX, SET_ALTERNATIVES_MAX, SET_BYTES_MAX, SET_CHARACTERS_MAX, SET_PATTERNS_MAX,
};
use super::pattern::{Containment, Pattern};
use super::repo_path::RepoPath;
use super::rules::PathRules;
use super::search::{self, Block, Found, Graph, Work};
use super::source::{PathSetSource, PatternSource};
use crate::error::Error;

/// A compiled path set. Cheap to clone; equal when source and rules are.
#[derive(Clone)]
pub struct PathSet {
    inner: Arc<Inner>,
}

struct Inner {
    source: PathSetSource,
    rules: PathRules,
    include: Box<[Pattern]>,
    exclude: Box<[Pattern]>,
    include_weight: usize,
    exclude_weight: usize,
    include_graph: OnceLock<Graph>,
    exclude_graph: OnceLock<Graph>,
    include_blocks: OnceLock<Vec<Block>>,
}

/// Whether two sets hold a path in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overlap {
    /// They hold none.
    None,
    /// They hold one, or must be taken to.
    Meet {
        /// A path in both. `None` when the search passed
        /// [`SEARCH_STEPS_MAX`](super::limits::SEARCH_STEPS_MAX) and the answer is assumed.
        witness: Option<RepoPath>,
        /// Which of the left set's [`include`](PathSet::include) patterns meets there; without a
        /// witness, one that the search had not told apart from the other.
        left: usize,
        /// Which of the right set's, likewise.
        right: usize,
    },
}

impl Overlap {
    /// Whether the sets meet, proven or assumed.
    pub fn meets(&self) -> bool {
        matches!(self, Overlap::Meet { .. })
    }

    /// Whether the answer is the safe one and not a proven one.
    pub fn assumed(&self) -> bool {
        matches!(self, Overlap::Meet { witness: None, .. })
    }

    /// The path that proves that they meet.
    pub fn witness(&self) -> Option<&RepoPath> {
        match self {
            Overlap::Meet { witness, .. } => witness.as_ref(),
            Overlap::None => None,
        }
    }
}

/// Whether a set holds no path at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Emptiness {
    /// It holds none.
    Empty,
    /// It holds this one.
    Holds {
        /// A path in the set.
        example: RepoPath,
    },
    /// The search passed [`SEARCH_STEPS_MAX`](super::limits::SEARCH_STEPS_MAX); treat it as not empty.
    Assumed,
}

impl Emptiness {
    /// Whether emptiness is proven.
    pub fn is_empty(&self) -> bool {
        matches!(self, Emptiness::Empty)
    }

    /// Whether the answer is the safe one and not a proven one.
    pub fn assumed(&self) -> bool {
        matches!(self, Emptiness::Assumed)
    }

    /// A path that proves that the set is not empty.
    pub fn example(&self) -> Option<&RepoPath> {
        match self {
            Emptiness::Holds { example } => Some(example),
            Emptiness::Empty | Emptiness::Assumed => None,
        }
    }
}

impl PathSet {
    /// Compiles a set under the repository's rules.
    ///
    /// # Errors
    /// As [`Pattern::compile`], with the field `include[i]` or `exclude[i]`; `limit_exceeded` naming
    /// `SET_PATTERNS_MAX`, `SET_BYTES_MAX`, `SET_ALTERNATIVES_MAX` or `SET_CHARACTERS_MAX` with the
    /// field `patterns`.
    pub fn compile(source: &PathSetSource, rules: PathRules) -> Result<PathSet, Error> {
        let patterns = source.include.len() + source.exclude.len();
        check("SET_PATTERNS_MAX", SET_PATTERNS_MAX, patterns)?;
        let all = source.include.iter().chain(&source.exclude);
        let bytes: usize = all.map(|pattern| pattern.text().len()).sum();
        check("SET_BYTES_MAX", SET_BYTES_MAX, bytes)?;
        let mut expanded = Expanded::default();
        let include = compile_list(&source.include, rules, "include", &mut expanded)?;
        let exclude = compile_list(&source.exclude, rules, "exclude", &mut expanded)?;
        Ok(PathSet::of(source.clone(), rules, include, exclude))
    }

    fn of(
        source: PathSetSource,
        rules: PathRules,
        include: Box<[Pattern]>,
        exclude: Box<[Pattern]>,
    ) -> PathSet {
        let weight = |list: &[Pattern]| list.iter().map(Pattern::weight).sum();
        PathSet {
            inner: Arc::new(Inner {
                source,
                rules,
                include_weight: weight(&include),
                exclude_weight: weight(&exclude),
                include,
                exclude,
                include_graph: OnceLock::new(),
                exclude_graph: OnceLock::new(),
                include_blocks: OnceLock::new(),
            }),
        }
    }

    /// The set as it was written.
    pub fn source(&self) -> &PathSetSource {
        &self.inner.source
    }

    /// The rules it was compiled under.
    pub fn rules(&self) -> PathRules {
        self.inner.rules
    }

    /// The patterns whose union the set starts from.
    pub fn include(&self) -> &[Pattern] {
        &self.inner.include
    }

    /// The patterns that are taken away.
    pub fn exclude(&self) -> &[Pattern] {
        &self.inner.exclude
    }

    /// Whether the path is in the set. The path must have been read under the same rules.
    pub fn matches(&self, path: &RepoPath) -> bool {
        self.matches_within(path, &mut Work::unbounded())
    }

    pub(crate) fn matches_within(&self, path: &RepoPath, work: &mut Work) -> bool {
        let (list, weight) = (self.include(), self.inner.include_weight);
        search::holds(list, weight, || self.include_graph(), path, work)
            && self.keeps_within(path, work)
    }

    /// Whether the sets hold a path in common: a witness and the two patterns that meet there.
    ///
    /// Both sets belong to one repository and so to one set of rules. If they do not, the other is
    /// read again under the rules of this one, and a pattern that cannot be holds nothing.
    ///
    /// Exact within [`SEARCH_STEPS_MAX`] steps, and always for two single patterns without excludes;
    /// beyond, the sets are assumed to meet.
    pub fn overlap(&self, other: &PathSet) -> Overlap {
        self.overlap_within(other, &mut Work::up_to(SEARCH_STEPS_MAX))
    }

    /// Whether this set holds every path of the other. Rules that differ: as [`PathSet::overlap`].
    ///
    /// Exact within [`SEARCH_STEPS_MAX`] steps; beyond, the other is assumed not to be contained.
    pub fn contains(&self, other: &PathSet) -> Containment {
        self.contains_within(other, &mut Work::up_to(SEARCH_STEPS_MAX))
    }

    /// Whether the set holds no path at all. Exact within [`SEARCH_STEPS_MAX`] steps; beyond, the set is
    /// assumed not to be empty.
    pub fn is_empty(&self) -> Emptiness {
        self.is_empty_within(&mut Work::up_to(SEARCH_STEPS_MAX))
    }

    pub(crate) fn overlap_within(&self, other: &PathSet, work: &mut Work) -> Overlap {
        search::sets_overlap(self, &other.under(self.rules()), work)
    }

    pub(crate) fn contains_within(&self, other: &PathSet, work: &mut Work) -> Containment {
        search::set_contains(self, &other.under(self.rules()), work)
    }

    pub(crate) fn is_empty_within(&self, work: &mut Work) -> Emptiness {
        match search::set_member(self, work) {
            Found::Nothing => Emptiness::Empty,
            Found::Path(example) => Emptiness::Holds { example },
            Found::Unknown => Emptiness::Assumed,
        }
    }

    fn under(&self, rules: PathRules) -> PathSet {
        if self.rules() == rules {
            return self.clone();
        }
        let again = |list: &[Pattern]| list.iter().map(|pattern| pattern.under(rules)).collect();
        let (include, exclude) = (again(self.include()), again(self.exclude()));
        PathSet::of(self.source().clone(), rules, include, exclude)
    }

    /// Whether no exclude takes the path.
    pub(crate) fn keeps(&self, path: &RepoPath) -> bool {
        self.keeps_within(path, &mut Work::unbounded())
    }

    fn keeps_within(&self, path: &RepoPath, work: &mut Work) -> bool {
        let (list, weight) = (self.exclude(), self.inner.exclude_weight);
        !search::holds(list, weight, || self.exclude_graph(), path, work)
    }

    /// Characters of the includes, expanded.
    pub(crate) fn include_weight(&self) -> usize {
        self.inner.include_weight
    }

    /// The automaton of the includes.
    pub(crate) fn include_graph(&self) -> &Graph {
        let graph = &self.inner.include_graph;
        graph.get_or_init(|| search::union_graph(self.include()))
    }

    /// The automaton of the excludes.
    pub(crate) fn exclude_graph(&self) -> &Graph {
        let graph = &self.inner.exclude_graph;
        graph.get_or_init(|| search::union_graph(self.exclude()))
    }

    /// The includes in blocks that are small enough to be compared with each other.
    pub(crate) fn include_blocks(&self) -> &[Block] {
        let blocks = &self.inner.include_blocks;
        blocks.get_or_init(|| search::blocks(self.include()))
    }
}

/// What brace expansion has come to in a set so far, duplicates included.
#[derive(Default)]
struct Expanded {
    alternatives: usize,
    characters: usize,
}

fn compile_list(
    list: &[PatternSource],
    rules: PathRules,
    name: &str,
    expanded: &mut Expanded,
) -> Result<Box<[Pattern]>, Error> {
    let mut patterns = Vec::with_capacity(list.len());
    for (at, source) in list.iter().enumerate() {
        let pattern =
            Pattern::compile(source, rules).map_err(|why| why.about(format!("{name}[{at}]")))?;
        let (alternatives, characters) = pattern.expanded();
        expanded.alternatives += alternatives;
        expanded.characters += characters;
        let Expanded {
            alternatives,
            characters,
        } = *expanded;
        check("SET_ALTERNATIVES_MAX", SET_ALTERNATIVES_MAX, alternatives)?;
        check("SET_CHARACTERS_MAX", SET_CHARACTERS_MAX, characters)?;
        patterns.push(pattern);
    }
    Ok(patterns.into_boxed_slice())
}

fn check(name: &'static str, max: usize, got: usize) -> Result<(), Error> {
    if got <= max {
        return Ok(());
    }
    Err(Error::limit("patterns", name, max as u64, got as u64))
}

impl From<Pattern> for PathSet {
    fn from(pattern: Pattern) -> Self {
        let (source, rules) = (pattern.source().clone().into(), pattern.rules());
        PathSet::of(source, rules, Box::new([pattern]), Box::default())
    }
}

impl fmt::Debug for PathSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PathSet")
            .field("source", &self.inner.source)
            .field("rules", &self.inner.rules)
            .finish()
    }
}

impl PartialEq for PathSet {
    fn eq(&self, other: &Self) -> bool {
        self.inner.source == other.inner.source && self.inner.rules == other.inner.rules
    }
}

impl Eq for PathSet {}
