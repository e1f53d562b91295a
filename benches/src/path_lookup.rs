//! Which claims hold this path, at growing numbers of live claims, beside `globset`.
//!
//! There are two peers. The scan asks glob after glob, as a program without an index does. `GlobSet` is
//! all of them compiled into one: quick to ask, but built anew whenever somebody claims or releases,
//! so what building costs stands beside it. Times are medians of single look-ups, each of another path,
//! so what a look-up finds in the caches is what it would find there in life.

use std::ops::ControlFlow;
use std::time::Instant;

use globset::{GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};
use loom_core::path::{PathIndex, PathRules, Pattern, PatternSource, RepoPath};

use crate::measure::{nanos, single};
use crate::population::{Claims, ROOT_WIDE, mix};
use crate::report::{Line, Promise, Report};
use crate::{Effort, Outcome};

/// Beyond so many globs, compiled one by one, they take more memory than a small machine has.
const SCANNED_MAX: u64 = 100_000;
/// Beyond so many globs, building a `GlobSet` fails: its automaton grows past a limit.
const SET_MAX: u64 = 10_000;

pub(crate) fn measure(report: &mut Report, effort: &Effort) -> Outcome {
    for n in effort.sizes().iter().copied() {
        let sources: Vec<PatternSource> = (0..n)
            .map(|nth| Claims { n }.claimed(nth))
            .chain(ROOT_WIDE.map(PatternSource::glob))
            .collect();
        let rules = PathRules::default();
        let mut index = PathIndex::new(rules);
        for (key, source) in sources.iter().enumerate() {
            index.insert(&Pattern::compile(source, rules)?, key as u64);
        }
        // Of two paths, one is held by a claim that is there.
        let texts: Vec<String> = (0..effort.of(20_000) as u64)
            .map(|nth| Claims { n }.path_in(mix(nth) % (2 * n)))
            .collect();
        let paths = texts
            .iter()
            .map(|text| RepoPath::parse(text, &rules))
            .collect::<Result<Vec<_>, _>>()?;

        let mut visits = 0;
        for path in &paths {
            visits += index.visit_path(path, |_| ControlFlow::Continue(()))?;
        }
        let ours = single(&paths, |path| index.by_path(path));
        let line = || {
            Line::timed("path look-up", n, ours)
                .and_counted("visits", visits as f64 / paths.len() as f64)
        };
        let promised = |line: Line| {
            if n == 1_000_000 {
                line.promised(Promise::Within(2_000.0))
            } else {
                line
            }
        };
        if n > SCANNED_MAX.max(SET_MAX) {
            report.add(promised(line()));
            continue;
        }
        if n <= SCANNED_MAX {
            let globs = sources
                .iter()
                .map(compiled)
                .collect::<Result<Vec<_>, _>>()?;
            check(&index, &paths[..100], |path| {
                (0..)
                    .zip(&globs)
                    .filter(|(_, glob)| glob.is_match(path))
                    .map(|(key, _)| key)
                    .collect()
            })?;
            let few = &texts[..(4_000_000 / n as usize).min(texts.len()) / 10];
            let peer = single(few, |path| {
                globs.iter().filter(|glob| glob.is_match(path)).count()
            });
            report.add(promised(line()).beside("scan with globset", peer));
        }
        if n <= SET_MAX {
            let start = Instant::now();
            let set = set_of(&sources)?;
            let built = nanos(start.elapsed());
            check(&index, &paths, |path| {
                set.matches(path)
                    .into_iter()
                    .map(|nth| nth as u64)
                    .collect()
            })?;
            let peer = single(&texts, |path| set.matches(path));
            report.add(line().beside("one GlobSet, built before", peer));
            let (path, other) = (&sources[0], n + 100);
            let pattern = Pattern::compile(path, rules)?;
            let changed = single(0..1_000, |_| {
                index.insert(&pattern, other);
                index.remove(&pattern, other)
            });
            report.add(
                Line::timed("path index: one claim in and out", n, changed)
                    .beside("GlobSet, built anew", built),
            );
        }
    }
    Ok(())
}

fn check(index: &PathIndex<u64>, paths: &[RepoPath], peer: impl Fn(&str) -> Vec<u64>) -> Outcome {
    for path in paths {
        let (ours, peer) = (index.by_path(path)?, peer(path.as_str()));
        if ours != peer {
            return Err(format!("{path:?}: we say {ours:?}, globset {peer:?}").into());
        }
    }
    Ok(())
}

/// The same pattern in globset's dialect: there, what covers a subtree has to say so.
fn compiled(source: &PatternSource) -> Result<GlobMatcher, globset::Error> {
    Ok(GlobBuilder::new(&spelled(source))
        .literal_separator(true)
        .build()?
        .compile_matcher())
}

fn set_of(sources: &[PatternSource]) -> Result<GlobSet, globset::Error> {
    let mut set = GlobSetBuilder::new();
    for source in sources {
        set.add(
            GlobBuilder::new(&spelled(source))
                .literal_separator(true)
                .build()?,
        );
    }
    set.build()
}

fn spelled(source: &PatternSource) -> String {
    let text = source.text();
    let last = text.rsplit('/').next().unwrap_or(text);
    match source {
        PatternSource::Glob(_) if !last.contains(['*', '?', '[']) => format!("{text}{{,/**}}"),
        _ => text.to_owned(),
    }
}
