//! How near a change is to where something is wrong.

use crate::error::Error;
use crate::model::RepoId;
use crate::path::{PathRules, PathSet, PathSetSource, PatternSource, RepoPath};
use crate::provenance::graph::ProvenanceGraph;
use crate::provenance::graph::view::{ChangeView, FileView};
use crate::provenance::trace::compile;

/// A whole share.
pub(super) const WHOLE: u64 = 1_000;
const IN_FOLDER: u64 = 500;
/// What is left in the tree, times the share of the folders that both have.
const IN_TREE: u64 = 300;
/// What a pattern counts at least, however many candidates touch it.
const LEAST: u64 = 50;

/// Where something is wrong, pattern by pattern.
pub(super) struct Places {
    repo: RepoId,
    rules: PathRules,
    patterns: Vec<PatternPlace>,
    /// A thousand times the binary logarithm of how many changes there are.
    log_changes: u64,
}

struct PatternPlace {
    set: PathSet,
    /// The folders that every path of the pattern lies in.
    folder: Vec<String>,
    /// How much it tells, by how few candidates touch it.
    weight: u64,
}

/// How a change stands to the places.
pub(super) struct Nearness {
    /// In thousandths.
    pub(super) share: u64,
    /// The file that counts most, and how often its path changed.
    pub(super) best: Option<(String, u64)>,
    /// How many of its files are on a path of a pattern.
    pub(super) on_path: u64,
    /// How many are in the folder of one.
    pub(super) in_folder: u64,
}

impl Nearness {
    pub(super) const NOWHERE: Nearness = Nearness {
        share: 0,
        best: None,
        on_path: 0,
        in_folder: 0,
    };
}

impl Places {
    pub(super) fn new(
        graph: &ProvenanceGraph,
        repo: &RepoId,
        source: &PathSetSource,
        candidates: &[ChangeView<'_>],
    ) -> Result<Places, Error> {
        let rules = graph.rules(repo);
        let whole = compile(graph, repo, source)?;
        let mut patterns = Vec::with_capacity(source.include.len());
        for pattern in &whole.source().include {
            let one = PathSetSource {
                include: vec![pattern.clone()],
                exclude: source.exclude.clone(),
            };
            patterns.push(PatternPlace {
                set: PathSet::compile(&one, rules)?,
                folder: folder_of(pattern, &rules),
                weight: WHOLE,
            });
        }
        let mut places = Places {
            repo: repo.clone(),
            rules,
            patterns,
            log_changes: log2(graph.change_count() as u64),
        };
        places.weigh(candidates);
        Ok(places)
    }

    /// A pattern that few candidates touch tells more than one that most do.
    fn weigh(&mut self, candidates: &[ChangeView<'_>]) {
        let mut touched = vec![0_u64; self.patterns.len()];
        for change in candidates
            .iter()
            .filter(|change| *change.repo() == self.repo)
        {
            let paths = self.paths_of(change);
            for (pattern, touched) in self.patterns.iter().zip(&mut touched) {
                *touched += u64::from(paths.iter().any(|(path, _)| pattern.set.matches(path)));
            }
        }
        let all = log2(candidates.len() as u64 + 1);
        for (pattern, touched) in self.patterns.iter_mut().zip(touched) {
            let few = all.saturating_sub(log2(touched.max(1)));
            pattern.weight = match all {
                0 => WHOLE,
                all => (WHOLE * few / all).max(LEAST),
            };
        }
    }

    pub(super) fn nearness(&self, change: &ChangeView<'_>) -> Nearness {
        let mut near = Nearness::NOWHERE;
        if *change.repo() != self.repo || self.patterns.is_empty() {
            return near;
        }
        let files = self.paths_of(change);
        let rarities: Vec<u64> = files.iter().map(|(_, file)| self.rarity(file)).collect();
        for (path, _) in &files {
            let distances = self.patterns.iter().map(|pattern| pattern.distance(path));
            match distances.max() {
                Some(WHOLE) => near.on_path += 1,
                Some(IN_FOLDER..) => near.in_folder += 1,
                _ => {}
            }
        }
        let (mut sum, mut weights, mut most) = (0, 0, 0);
        for pattern in &self.patterns {
            let mut best = 0;
            for ((path, file), rarity) in files.iter().zip(&rarities) {
                let here = pattern.distance(path) * rarity / WHOLE;
                best = best.max(here);
                if here * pattern.weight > most {
                    most = here * pattern.weight;
                    near.best = Some((file.path(), file.versions_count()));
                }
            }
            sum += best * pattern.weight;
            weights += pattern.weight;
        }
        near.share = sum / weights.max(1);
        near
    }

    /// How rarely a path changes, in thousandths: 1000 for one that changed once, 0 for one that every
    /// change touches.
    fn rarity(&self, file: &FileView<'_>) -> u64 {
        let often = log2(file.versions_count());
        match self.log_changes {
            0 => WHOLE,
            all => WHOLE * all.saturating_sub(often) / all,
        }
    }

    fn paths_of<'g>(&self, change: &ChangeView<'g>) -> Vec<(RepoPath, FileView<'g>)> {
        let files = change.files();
        files
            .filter_map(|file| Some((RepoPath::parse(&file.path(), &self.rules).ok()?, file)))
            .collect()
    }
}

impl PatternPlace {
    /// How near a path is, in thousandths.
    fn distance(&self, path: &RepoPath) -> u64 {
        if self.set.matches(path) {
            return WHOLE;
        }
        let mut folders: Vec<&str> = path.segments().collect();
        folders.pop();
        let shared = folders
            .iter()
            .zip(&self.folder)
            .take_while(|(one, other)| *one == other)
            .count();
        match (shared, self.folder.len()) {
            (_, 0) | (0, _) => 0,
            (shared, depth) if shared == depth => IN_FOLDER,
            (shared, depth) => IN_TREE * shared as u64 / depth as u64,
        }
    }
}

/// The folders that a pattern names before anything in it is open.
fn folder_of(pattern: &PatternSource, rules: &PathRules) -> Vec<String> {
    let text = pattern.text();
    let is_open = |segment: &str| segment.contains(['*', '?', '[', '{', '\\']);
    let mut segments: Vec<&str> = match pattern {
        PatternSource::Glob(_) => text.split('/').take_while(|part| !is_open(part)).collect(),
        PatternSource::File(_) | PatternSource::Dir(_) => text.split('/').collect(),
    };
    let whole = segments.len() == text.split('/').count();
    if whole && !matches!(pattern, PatternSource::Dir(_)) {
        segments.pop();
    }
    let text = segments.join("/");
    let path = RepoPath::parse(&text, rules);
    path.map_or_else(
        |_| Vec::new(),
        |path| path.segments().map(str::to_owned).collect(),
    )
}

/// A thousand times the binary logarithm, between powers of two along a straight line; 0 for 0.
pub(super) fn log2(number: u64) -> u64 {
    let Some(power) = number.checked_ilog2() else {
        return 0;
    };
    let above = u128::from(number - (1 << power));
    let part = (above * 1_000) >> power;
    u64::from(power) * 1_000 + u64::try_from(part).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_is_exact_at_powers_of_two_and_never_falls() {
        for power in 0..64 {
            assert_eq!(log2(1 << power), power * 1_000);
        }
        assert!((1..5_000).all(|number| log2(number) <= log2(number + 1)));
        assert_eq!((log2(0), log2(3), log2(u64::MAX)), (0, 1_500, 63_999));
    }

    #[test]
    fn the_folder_of_a_pattern_is_what_all_its_paths_lie_in() {
        let rules = PathRules::default();
        let folder = |pattern: PatternSource| folder_of(&pattern, &rules).join("/");
        assert_eq!(folder(PatternSource::glob("src/pay/**")), "src/pay");
        assert_eq!(folder(PatternSource::glob("src/pay/a.rs")), "src/pay");
        assert_eq!(folder(PatternSource::glob("src/p*/x")), "src");
        assert_eq!(folder(PatternSource::dir("src/pay")), "src/pay");
        assert_eq!(folder(PatternSource::file("src/[x]/a.rs")), "src/[x]");
        assert_eq!(folder(PatternSource::glob("**/x")), "");
    }
}
