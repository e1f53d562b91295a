//! Which versions a path had: postings for each path, in landing order, and an index over the paths.

use std::collections::BTreeMap;

use foldhash::quality::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

use super::Landed;
use super::rows::Rows;
use super::strings::Sym;
use crate::error::Error;
use crate::path::{PathIndex, PathRules, PathSet, Pattern, RepoPath};

/// The number of a path within the graph.
pub(super) type PathNo = u32;
/// The number of a file of a change.
pub(super) type FileNo = u32;

/// A path, and every file of a change that touched it or was moved away from it.
#[derive(Debug, Clone)]
struct PathRow {
    repo: u32,
    text: Sym,
    /// The spelling under which versions stand: this one, or the first of those that mean the same.
    first: PathNo,
    versions: Vec<FileNo>,
}

#[derive(Clone)]
struct RepoPaths {
    rules: PathRules,
    /// Every spelling.
    index: PathIndex<PathNo>,
    /// By the canonical form, where that is not the spelling.
    folded: BTreeMap<Box<str>, PathNo>,
}

/// The paths of all repositories.
#[derive(Clone, Default)]
pub(super) struct Paths {
    rows: Rows<PathRow>,
    by_text: HashTable<PathNo>,
    repos: BTreeMap<u32, RepoPaths>,
}

impl Paths {
    pub(super) fn rules(&self, repo: u32) -> PathRules {
        self.repos
            .get(&repo)
            .map(|paths| paths.rules)
            .unwrap_or_default()
    }

    /// Sets how a repository's paths are compared; paths that came before are read anew.
    pub(super) fn set_rules(
        &mut self,
        repo: u32,
        rules: PathRules,
        text_of: impl Fn(Sym) -> String,
        landed: impl Fn(FileNo) -> Landed,
    ) -> Result<(), Error> {
        if self
            .repos
            .get(&repo)
            .is_some_and(|paths| paths.rules == rules)
        {
            return Ok(());
        }
        let mut paths = RepoPaths::new(rules);
        let mut firsts = Vec::new();
        for (number, row) in (0..).zip(self.rows.iter()) {
            if row.repo == repo {
                let path = RepoPath::parse(&text_of(row.text), &rules)?;
                firsts.push((number, paths.enter(&path, number)?));
            }
        }
        self.repos.insert(repo, paths);
        // What means the same under the new rules stands together.
        let mut versions: BTreeMap<PathNo, Vec<FileNo>> = BTreeMap::new();
        for (number, first) in firsts {
            let row = &mut self.rows[number];
            row.first = first;
            let moved = std::mem::take(&mut row.versions);
            versions.entry(first).or_default().extend(moved);
        }
        for (first, mut files) in versions {
            files.sort_by_key(|file| landed(*file));
            self.rows[first].versions = files;
        }
        Ok(())
    }

    pub(super) fn enter(&mut self, repo: u32, text: Sym, path: &RepoPath) -> Result<PathNo, Error> {
        if let Some(number) = self.find(repo, text) {
            return Ok(number);
        }
        let rules = path_rules(&self.repos, repo);
        let number = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let paths = self
            .repos
            .entry(repo)
            .or_insert_with(|| RepoPaths::new(rules));
        let first = paths.enter(path, number)?;
        self.rows.push(PathRow {
            repo,
            text,
            first,
            versions: Vec::new(),
        });
        let rows = &self.rows;
        let hash = |number: &PathNo| hash_of(rows[*number].repo, rows[*number].text);
        self.by_text
            .insert_unique(hash_of(repo, text), number, hash);
        Ok(number)
    }

    /// The number of a spelling.
    pub(super) fn find(&self, repo: u32, text: Sym) -> Option<PathNo> {
        let same = |number: &PathNo| {
            let row = &self.rows[*number];
            row.repo == repo && row.text == text
        };
        self.by_text.find(hash_of(repo, text), same).copied()
    }

    /// The spelling under which the versions of a path stand.
    pub(super) fn first(&self, path: PathNo) -> PathNo {
        self.rows[path].first
    }

    pub(super) fn text(&self, path: PathNo) -> Sym {
        self.rows[path].text
    }

    pub(super) fn versions(&self, path: PathNo) -> &[FileNo] {
        &self.rows[self.rows[path].first].versions
    }

    pub(super) fn versions_mut(&mut self, path: PathNo) -> &mut Vec<FileNo> {
        let first = self.rows[path].first;
        &mut self.rows[first].versions
    }

    /// The paths of a repository that a set holds, each once, under which versions stand.
    pub(super) fn of_set(
        &self,
        repo: u32,
        set: &PathSet,
        text_of: impl Fn(Sym) -> String,
    ) -> Result<Vec<PathNo>, Error> {
        let Some(paths) = self.repos.get(&repo) else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for pattern in set.include() {
            found.extend(paths.index.by_pattern(pattern)?);
        }
        found.sort_unstable();
        found.dedup();
        if !set.exclude().is_empty() {
            found.retain(|number| {
                let text = text_of(self.rows[*number].text);
                RepoPath::parse(&text, &paths.rules).is_ok_and(|path| set.matches(&path))
            });
        }
        let mut firsts: Vec<PathNo> = found
            .iter()
            .map(|number| self.rows[*number].first)
            .collect();
        firsts.sort_unstable();
        firsts.dedup();
        Ok(firsts)
    }

    /// How many paths there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }
}

impl RepoPaths {
    fn new(rules: PathRules) -> RepoPaths {
        RepoPaths {
            rules,
            index: PathIndex::new(rules),
            folded: BTreeMap::new(),
        }
    }

    /// Takes a path in, and says under which spelling its versions stand.
    fn enter(&mut self, path: &RepoPath, number: PathNo) -> Result<PathNo, Error> {
        let pattern = Pattern::file(path.as_str(), self.rules)?;
        self.index.insert(&pattern, number);
        if self.rules == PathRules::default() {
            return Ok(number);
        }
        let first = self.folded.entry(path.canonical().into());
        Ok(*first.or_insert(number))
    }
}

fn path_rules(repos: &BTreeMap<u32, RepoPaths>, repo: u32) -> PathRules {
    repos
        .get(&repo)
        .map(|paths| paths.rules)
        .unwrap_or_default()
}

fn hash_of(repo: u32, text: Sym) -> u64 {
    FixedState::default().hash_one((repo, text))
}
