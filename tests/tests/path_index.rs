//! `PathIndex` gives exactly the answers that a scan over its patterns would.

use std::collections::BTreeSet;

use loom_core::path::{Case, PathIndex, PathRules, Pattern, RepoPath, Unicode};
use proptest::prelude::*;

/// What an index has to be: the patterns, one by one.
#[derive(Default, Clone)]
struct Scan {
    entries: Vec<(Pattern, u64)>,
}

impl Scan {
    fn remove(&mut self, pattern: &Pattern, key: u64) -> bool {
        let at = self
            .entries
            .iter()
            .position(|entry| entry.1 == key && entry.0 == *pattern);
        at.map(|at| self.entries.swap_remove(at)).is_some()
    }

    fn by_path(&self, path: &RepoPath) -> Vec<u64> {
        let held = self.entries.iter().filter(|entry| entry.0.matches(path));
        sorted(held.map(|entry| entry.1))
    }

    fn by_pattern(&self, pattern: &Pattern) -> Vec<u64> {
        let met = self
            .entries
            .iter()
            .filter(|entry| entry.0.overlap(pattern).is_some());
        sorted(met.map(|entry| entry.1))
    }
}

fn sorted(keys: impl Iterator<Item = u64>) -> Vec<u64> {
    keys.collect::<BTreeSet<_>>().into_iter().collect()
}

#[derive(Debug, Clone)]
enum Step {
    Insert(String),
    InsertFile(String),
    InsertDir(String),
    /// Remove the nth of what is held.
    Remove(usize),
    Freeze,
}

/// Few names, so that patterns meet; long ones, because keys of more than sixteen bytes stand apart.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[abA]{1,2}",
        2 => "[a.é]{1,3}",
        1 => Just("e\u{301}".to_owned()),
        1 => Just("a-name-over-16-bytes".to_owned()),
        1 => Just("a-name-over-16-bytes.b".to_owned()),
    ]
}

fn segment() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => name(),
        3 => Just("**".to_owned()),
        6 => ("[ab.]{0,2}", prop_oneof![Just("*"), Just("?"), Just("[ab]"), Just("[!a]"), Just("*b*"), Just("?*")], "[ab.é]{0,2}")
            .prop_map(|(start, wild, end)| format!("{start}{wild}{end}")),
        1 => (name(), name()).prop_map(|(a, b)| format!("{{{a},{b}/a,*{b}}}")),
        1 => Just("a-name-over-16*".to_owned()),
        1 => Just("*-over-16-bytes?b".to_owned()),
    ]
}

fn glob() -> impl Strategy<Value = String> {
    prop::collection::vec(segment(), 1..6).prop_map(|segments| segments.join("/"))
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(name(), 1..6).prop_map(|names| names.join("/"))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => glob().prop_map(Step::Insert),
        3 => path().prop_map(Step::InsertFile),
        2 => path().prop_map(Step::InsertDir),
        3 => any::<usize>().prop_map(Step::Remove),
        1 => Just(Step::Freeze),
    ]
}

fn rules() -> impl Strategy<Value = PathRules> {
    (any::<bool>(), any::<bool>()).prop_map(|(fold, nfc)| PathRules {
        case: if fold {
            Case::Insensitive
        } else {
            Case::Sensitive
        },
        unicode: if nfc { Unicode::Nfc } else { Unicode::AsIs },
        ..PathRules::default()
    })
}

fn add(index: &mut PathIndex<u64>, scan: &mut Scan, pattern: Option<Pattern>, key: u64) {
    if let Some(pattern) = pattern {
        index.insert(&pattern, key);
        scan.entries.push((pattern, key));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn the_index_answers_as_a_scan_does(
        rules in rules(),
        steps in prop::collection::vec(step(), 1..60),
        paths in prop::collection::vec(path(), 1..12),
        queries in prop::collection::vec(glob(), 1..12),
    ) {
        let mut index = PathIndex::new(rules);
        let mut scan = Scan::default();
        for (number, step) in steps.into_iter().enumerate() {
            let key = number as u64 / 2;
            match step {
                Step::Insert(text) => add(&mut index, &mut scan, Pattern::glob(&text, rules).ok(), key),
                Step::InsertFile(text) => add(&mut index, &mut scan, Pattern::file(&text, rules).ok(), key),
                Step::InsertDir(text) => add(&mut index, &mut scan, Pattern::dir(&text, rules).ok(), key),
                Step::Remove(nth) if !scan.entries.is_empty() => {
                    let (pattern, key) = scan.entries[nth % scan.entries.len()].clone();
                    prop_assert!(!index.remove(&pattern, 1_000_000));
                    let held = !pattern.alternatives().is_empty();
                    prop_assert_eq!(index.remove(&pattern, key), held);
                    prop_assert!(scan.remove(&pattern, key));
                }
                Step::Remove(_) => {}
                Step::Freeze => {}
            }
        }
        let held: usize = scan.entries.iter().map(|entry| entry.0.alternatives().len()).sum();
        prop_assert_eq!(index.len(), held);
        for text in &paths {
            let Ok(path) = RepoPath::parse(text, &rules) else { continue };
            prop_assert_eq!(index.by_path(&path).unwrap(), scan.by_path(&path), "{:?} in {:?}", text, scan.entries);
        }
        for text in queries.iter().chain(&paths) {
            for query in [Pattern::glob(text, rules), Pattern::file(text, rules)].into_iter().flatten() {
                prop_assert_eq!(index.by_pattern(&query).unwrap(), scan.by_pattern(&query), "{:?} in {:?}", query, scan.entries);
            }
        }
        for (pattern, key) in scan.entries.clone() {
            index.remove(&pattern, key);
        }
        prop_assert!(index.is_empty());
        prop_assert_eq!(index.by_pattern(&Pattern::glob("**", rules).unwrap()).unwrap(), Vec::<u64>::new());
    }
}
