//! What the worst questions cost: steps, and time on the processor where the system tells it.
//!
//! `cargo run --release -p loom-tests --example hostile_speed [-- LEAST_MS [NAME [OTHER]]]`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_arithmetic)]

use loom_core::path::{
    Case, PathIndex, PathRules, PathSet, PathSetSource, Pattern, PatternSource, RepoPath, Unicode,
    cost,
};
use loom_tests::hostile;
use std::collections::BTreeMap;
use std::time::Instant;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let least = arguments.next().map_or(10.0, |n| n.parse().unwrap());
    let (name, other) = (arguments.next(), arguments.next());
    let nfc = PathRules {
        unicode: Unicode::Nfc,
        case: Case::Insensitive,
        ..PathRules::default()
    };
    for (world, rules) in [("as is", PathRules::default()), ("nfc, folded", nfc)] {
        let mut speed = Speed::new(world, rules, least);
        speed.compile();
        speed.import();
        speed.index(name.as_deref());
        speed.compare(name.as_deref(), other.as_deref());
        speed.print();
    }
}

/// What took how long under some rules.
struct Speed {
    world: &'static str,
    rules: PathRules,
    least: f64,
    /// Single patterns first.
    sources: Vec<(&'static str, PathSetSource)>,
    singles: usize,
    worst: BTreeMap<(&'static str, bool), (f64, u64, String)>,
}

impl Speed {
    fn new(world: &'static str, rules: PathRules, least: f64) -> Self {
        let globs = hostile::patterns().into_iter();
        let mut sources: Vec<(&str, PathSetSource)> = globs
            .map(|(name, text)| (name, PatternSource::glob(text)))
            .chain(hostile::names())
            .map(|(name, source)| (name, source.into()))
            .collect();
        let singles = sources.len();
        sources.extend(hostile::sets());
        Speed {
            world,
            rules,
            least,
            sources,
            singles,
            worst: BTreeMap::new(),
        }
    }

    fn note(
        &mut self,
        op: &'static str,
        sets: bool,
        what: String,
        cost: (u64, f64),
        assumed: bool,
    ) {
        let (steps, ms) = cost;
        if ms >= self.least || (assumed && !sets && op != "contains") {
            let end = if assumed { ", assumed" } else { "" };
            let world = self.world;
            println!("{world}: {op} {what}: {ms:.1} ms, {steps} steps{end}");
        }
        let entry = self.worst.entry((op, sets)).or_default();
        if ms > entry.0 {
            *entry = (ms, steps, what);
        }
    }

    fn timed<T>(&mut self, op: &'static str, what: String, question: impl FnOnce() -> T) -> T {
        let (answer, ms) = timed(question);
        self.note(op, false, what, (0, ms), false);
        answer
    }

    fn print(&self) {
        for ((op, sets), (ms, steps, what)) in &self.worst {
            let of = if *sets { " of sets" } else { "" };
            println!(
                "{}: worst {op}{of}: {ms:.1} ms, {steps} steps: {what}",
                self.world
            );
        }
    }

    /// Every question builds its automata anew, as the first one does.
    fn fresh(&self, at: usize) -> PathSet {
        PathSet::compile(&self.sources[at].1, self.rules).expect(self.sources[at].0)
    }

    fn paths(&self) -> Vec<(&'static str, RepoPath)> {
        let read = |(name, text): (_, String)| (name, RepoPath::parse(&text, &self.rules).unwrap());
        hostile::paths().into_iter().map(read).collect()
    }

    fn compile(&mut self) {
        for at in 0..self.sources.len() {
            let name = self.sources[at].0;
            let (_, ms) = timed(|| self.fresh(at));
            self.note(
                "compile",
                at >= self.singles,
                name.to_owned(),
                (0, ms),
                false,
            );
        }
        for (name, text) in hostile::paths() {
            let rules = self.rules;
            self.timed("parse", name.to_owned(), || RepoPath::parse(&text, &rules))
                .unwrap();
        }
    }

    fn import(&mut self) {
        let rules = self.rules;
        for (name, line) in hostile::lines() {
            let _ = self.timed("gitignore", name.to_owned(), || {
                Pattern::from_gitignore_line(&line, rules)
            });
            let _ = self.timed("codeowners", name.to_owned(), || {
                Pattern::from_codeowners_line(&line, rules)
            });
        }
    }

    /// Each set as an index, and all single patterns as one, asked for every pattern and path.
    fn index(&mut self, named: Option<&str>) {
        let all: Vec<PathSet> = (0..self.sources.len()).map(|at| self.fresh(at)).collect();
        let names: Vec<&str> = self.sources.iter().map(|(name, _)| *name).collect();
        let singles: Vec<Pattern> = all[..self.singles]
            .iter()
            .flat_map(PathSet::include)
            .cloned()
            .collect();
        let mut indexed = vec![("all patterns", singles.clone())];
        indexed.extend(
            names
                .iter()
                .zip(&all)
                .skip(self.singles)
                .map(|(name, set)| (*name, set.include().to_vec())),
        );
        for (name, patterns) in indexed
            .iter()
            .filter(|(name, _)| named.is_none_or(|n| n == *name))
        {
            let mut index = PathIndex::new(self.rules);
            for (key, pattern) in (0_u64..).zip(patterns) {
                self.timed("insert", (*name).to_owned(), || index.insert(pattern, key));
            }
            for (path_name, path) in self.paths() {
                let what = format!("{name} | {path_name}");
                self.timed("by_path", what, || index.by_path(&path))
                    .unwrap();
            }
            for (asked_name, asked) in names.iter().zip(&singles) {
                let what = format!("{name} | {asked_name}");
                self.timed("by_pattern", what, || index.by_pattern(asked))
                    .unwrap();
            }
            let frozen = self.timed("freeze", (*name).to_owned(), || index.freeze());
            let frozen = PathIndex::<u64>::thaw(frozen.unwrap()).unwrap();
            for (path_name, path) in self.paths() {
                let what = format!("{name} | {path_name}");
                self.timed("frozen by_path", what, || frozen.by_path(&path))
                    .unwrap();
            }
            for (asked_name, asked) in names.iter().zip(&singles) {
                let what = format!("{name} | {asked_name}");
                self.timed("frozen by_pattern", what, || frozen.by_pattern(asked))
                    .unwrap();
            }
            for (key, pattern) in (0_u64..).zip(patterns) {
                self.timed("remove", (*name).to_owned(), || index.remove(pattern, key))
                    .unwrap();
            }
        }
    }

    fn compare(&mut self, named: Option<&str>, other_named: Option<&str>) {
        let names: Vec<&str> = self.sources.iter().map(|(name, _)| *name).collect();
        let is = |wanted: Option<&str>, name: &str| wanted.is_none_or(|wanted| wanted == name);
        for (at, a) in names.iter().enumerate().filter(|(_, a)| is(named, a)) {
            for (path_name, path) in self.paths() {
                let set = self.fresh(at);
                let ((_, steps), ms) = timed(|| cost::matches(&set, &path));
                let what = format!("{a} | {path_name}");
                self.note("matches", at >= self.singles, what, (steps, ms), false);
            }
            let set = self.fresh(at);
            let ((found, steps), ms) = timed(|| cost::is_empty(&set));
            let (sets, assumed) = (at >= self.singles, found.assumed());
            self.note("is_empty", sets, (*a).to_owned(), (steps, ms), assumed);
            for (other, b) in names.iter().enumerate().filter(|(_, b)| is(other_named, b)) {
                self.compare_two(at, other, &format!("{a} | {b}"));
            }
        }
    }

    fn compare_two(&mut self, at: usize, other: usize, what: &str) {
        let sets = at >= self.singles || other >= self.singles;
        let (one, two) = (self.fresh(at), self.fresh(other));
        let ((found, steps), ms) = timed(|| cost::contains(&one, &two));
        self.note(
            "contains",
            sets,
            what.to_owned(),
            (steps, ms),
            found.assumed(),
        );
        if let Some(escapee) = found.escapee() {
            assert!(!one.matches(escapee) && two.matches(escapee), "{what}");
        }
        let (one, two) = (self.fresh(at), self.fresh(other));
        let ((found, steps), ms) = timed(|| cost::overlap(&one, &two));
        self.note(
            "overlap",
            sets,
            what.to_owned(),
            (steps, ms),
            found.assumed(),
        );
        if let Some(witness) = found.witness() {
            assert!(one.matches(witness) && two.matches(witness), "{what}");
        }
    }
}

/// Milliseconds on the processor, or of the clock where the system does not say.
fn timed<T>(question: impl FnOnce() -> T) -> (T, f64) {
    let on_cpu = || {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    };
    let (clock, before) = (Instant::now(), on_cpu());
    let answer = question();
    let wall = clock.elapsed().as_secs_f64() * 1e3;
    let ms = match (before, on_cpu()) {
        (Some(before), Some(after)) => (after - before) / 1e6,
        _ => wall,
    };
    (answer, ms)
}
