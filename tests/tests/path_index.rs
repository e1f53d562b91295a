//! `PathIndex` gives exactly the answers that a scan over its patterns would.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use loom_core::path::{Case, PathIndex, PathRules, Pattern, RepoPath, Unicode, cost};
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

/// Queries with so many alternatives that they share much, and end in `**` here and not there.
fn braces() -> impl Strategy<Value = String> {
    let braced = prop_oneof![
        2 => (segment(), segment()).prop_map(|(a, b)| format!("{{{a},{b}}}")),
        1 => Just("{*,**}".to_owned()),
        1 => Just("{a,**/b,b/**}".to_owned()),
        1 => segment(),
    ];
    prop::collection::vec(braced, 1..6).prop_map(|segments| segments.join("/"))
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

/// `PROPTEST_CASES`, or as many as a test run has time for.
fn cases() -> u32 {
    let set = std::env::var("PROPTEST_CASES").ok();
    set.and_then(|set| set.parse().ok()).unwrap_or(2_000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn the_index_answers_as_a_scan_does(
        rules in rules(),
        steps in prop::collection::vec(step(), 1..60),
        paths in prop::collection::vec(path(), 1..12),
        queries in prop::collection::vec(prop_oneof![glob(), braces()], 1..12),
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
                    prop_assert!(!index.remove(&pattern, 1_000_000).unwrap());
                    let held = !pattern.alternatives().is_empty();
                    prop_assert_eq!(index.remove(&pattern, key).unwrap(), held);
                    prop_assert!(scan.remove(&pattern, key));
                }
                Step::Remove(_) => {}
                Step::Freeze => index = PathIndex::thaw(index.freeze().unwrap()).unwrap(),
            }
        }
        let held: usize = scan.entries.iter().map(|entry| entry.0.alternatives().len()).sum();
        prop_assert_eq!(index.len(), held);
        for text in &paths {
            let Ok(path) = RepoPath::parse(text, &rules) else { continue };
            prop_assert_eq!(index.by_path(&path).unwrap(), scan.by_path(&path), "{:?} in {:?}", text, scan.entries);
        }
        let frozen = PathIndex::<u64>::thaw(index.freeze().unwrap()).unwrap();
        for text in queries.iter().chain(&paths) {
            for query in [Pattern::glob(text, rules), Pattern::file(text, rules)].into_iter().flatten() {
                let met = scan.by_pattern(&query);
                prop_assert_eq!(&index.by_pattern(&query).unwrap(), &met, "{:?} in {:?}", query, scan.entries);
                prop_assert_eq!(&cost::swept(&index, &query).unwrap().0, &met, "all alternatives of {:?} at once in {:?}", query, scan.entries);
                prop_assert_eq!(&cost::swept(&frozen, &query).unwrap().0, &met, "all alternatives of {:?} at once in frozen {:?}", query, scan.entries);
            }
        }
        let mut in_order = PathIndex::new(rules);
        let mut sorted = scan.entries.clone();
        sorted.sort_by_key(|entry| (entry.1, format!("{:?}", entry.0)));
        for (pattern, key) in sorted {
            in_order.insert(&pattern, key);
        }
        prop_assert_eq!(index.freeze().unwrap(), in_order.freeze().unwrap(), "bytes follow content alone");

        for (pattern, key) in scan.entries.clone() {
            index.remove(&pattern, key).unwrap();
        }
        prop_assert!(index.is_empty());
        prop_assert_eq!(index.by_pattern(&Pattern::glob("**", rules).unwrap()).unwrap(), Vec::<u64>::new());
    }
}

fn rules_plain() -> PathRules {
    PathRules::default()
}

fn glob_of(text: &str) -> Pattern {
    Pattern::glob(text, rules_plain()).unwrap()
}

fn file_of(text: &str) -> Pattern {
    Pattern::file(text, rules_plain()).unwrap()
}

fn path_of(text: &str) -> RepoPath {
    RepoPath::parse(text, &rules_plain()).unwrap()
}

/// Claims as teams make them: files, directories, wildcards beside one another, a few over everything.
fn claims(n: u64) -> PathIndex<u64> {
    let mut index = PathIndex::new(rules_plain());
    for i in 0..n {
        // The digits from behind, so that names in order do not arrive in order.
        let r: String = format!("{i:07}").chars().rev().collect();
        index.insert(&file_of(&format!("src/dir_{r}/file_{r}.rs")), i);
        index.insert(&glob_of(&format!("lib/pkg_{r}/mod_{r}.rs")), i);
        index.insert(&glob_of(&format!("gen/mod_{r}*")), i);
        index.insert(&glob_of(&format!("gen/*_{r}.out")), i);
    }
    for (text, key) in [("**/*.rs", n), ("docs", n + 1), ("**/target/**", n + 2)] {
        index.insert(&glob_of(text), key);
    }
    index
}

#[test]
fn a_look_up_visits_as_many_nodes_at_a_hundred_thousand_entries_as_at_a_thousand() {
    let (small, large) = (claims(1_000), claims(100_000));
    let frozen =
        [&small, &large].map(|index| PathIndex::<u64>::thaw(index.freeze().unwrap()).unwrap());
    for text in [
        "src/dir_7000000/file_7000000.rs",
        "src/dir_7000000/other.rs",
        "lib/pkg_7000000/mod_7000000.rs/below",
        "gen/mod_7000000_and_more",
        "gen/x_7000000.out",
        "gen/neither",
        "nowhere/at/all.rs",
    ] {
        let path = path_of(text);
        // The live and the frozen form each look at as much as they have to.
        for pair in [[&small, &large], [&frozen[0], &frozen[1]]] {
            let [few, many] = pair.map(|index| index.by_path_counted(&path).unwrap());
            assert_eq!(few.1, many.1, "visits of {text}");
            assert_eq!(few.0.len(), many.0.len(), "answers of {text}");
        }
    }
    for text in [
        "src/dir_7000000",
        "src/*/file_7000000.rs",
        "src/**/file_7000000.rs",
        "src/*_7000000/*.rs",
        "src/**/*e_7000000.rs",
        "src/dir_7000000*/*",
        "src/dir_700000?/file_7000000.rs",
        "lib/*/mod_7000000.rs",
        "lib/*_7000000/mod*",
        "gen/mod_7000000x*.c",
        "nowhere/**",
    ] {
        for query in [glob_of(text), glob_of(&format!("{text}/{{deep,er}}/x*"))] {
            let counts = [&small, &large, &frozen[0], &frozen[1]]
                .map(|index| index.by_pattern_counted(&query).unwrap());
            let met = counts[0].0.len() as u64;
            for (keys, visits) in counts {
                assert_eq!(keys.len() as u64, met, "answers of {query:?}");
                assert!(
                    visits < 100 + 20 * met,
                    "{visits} visits for {met} answers of {query:?}"
                );
            }
        }
    }
}

#[test]
fn stars_upon_stars_do_not_blow_up() {
    let mut index = PathIndex::new(rules_plain());
    let stars = "**/a/".repeat(20) + "**/b?";
    for key in 0..50_u64 {
        index.insert(&glob_of(&stars), key);
        index.insert(&glob_of(&format!("**/*/{stars}{key}")), key);
    }
    let path = path_of(&("a/".repeat(60) + "c"));
    let (keys, visits) = index.by_path_counted(&path).unwrap();
    assert!(keys.is_empty() && visits < 20_000, "{visits} visits");
    let query = glob_of(&("**/*/**/a/".repeat(12) + "**/c*"));
    let (keys, visits) = index.by_pattern_counted(&query).unwrap();
    assert!(keys.is_empty() && visits < 100_000, "{visits} visits");
}

#[test]
fn a_key_that_comes_for_every_alternative_is_answered_once() {
    let mut index = PathIndex::new(rules_plain());
    let everywhere = glob_of("**/a*");
    for key in 0..30_000_u64 {
        index.insert(&everywhere, key);
    }
    index.insert(&file_of("a/a1"), 30_000);
    let query = glob_of("{a,ab,ac}/a*");
    let keys: Vec<u64> = (0..=30_000).collect();
    assert_eq!(index.by_pattern(&query).unwrap(), keys);
}

#[test]
fn a_visit_ends_when_the_caller_has_enough() {
    let index = claims(1_000);
    let query = glob_of("**");
    let (all, visits_of_all) = index.by_pattern_counted(&query).unwrap();
    assert_eq!(all.len(), 1_003);
    let mut seen = 0;
    let visits = index
        .visit_pattern(&query, |_| {
            seen += 1;
            std::ops::ControlFlow::Break(())
        })
        .unwrap();
    assert!(seen == 1 && visits < visits_of_all / 2);
}

#[test]
fn hostile_frozen_bytes_end_in_an_error_or_an_answer() {
    let mut index = PathIndex::new(rules_plain());
    for (key, text) in [
        "src/{a,b}/**/x?[!a-c].rs",
        "**/*.rs",
        "src/a",
        "src/**/test/*_a/*",
        "**",
        "lib/*",
        "a-name-over-16-bytes/x",
        "lib/*/b",
        "src/a/b/c",
    ]
    .into_iter()
    .enumerate()
    {
        index.insert(&glob_of(text), key as u64);
        index.insert(&glob_of(text), 40);
    }
    index.insert(&file_of("src/a/main.rs"), 9);
    index.insert(&file_of("src/b/main.rs"), 9);
    let bytes = index.freeze().unwrap();
    let paths = ["src/a/q/xyz.rs", "lib/x/b", "src/b/main.rs"].map(path_of);
    let queries = [
        "**",
        "src/*/main.rs",
        "**/*.rs",
        "**/test/**",
        "l*/*",
        "{l*,*}/{a,b,*c,**/x?}",
    ]
    .map(glob_of);
    let removed = ["src/a", "src/{a,b}/**/x?[!a-c].rs"].map(glob_of);
    let ask = |bytes: &[u8]| {
        let Ok(mut index) = PathIndex::<u64>::thaw(bytes.to_vec()) else {
            return;
        };
        for path in &paths {
            let _ = index.by_path(path);
        }
        let mut visits = 0;
        for query in &queries {
            visits += index.by_pattern_counted(query).map_or(0, |found| found.1);
        }
        assert!(visits < 10_000, "{visits} visits");
        let swept = queries.iter().map(|query| cost::swept(&index, query));
        let visits: u64 = swept.map(|found| found.map_or(0, |found| found.1)).sum();
        assert!(visits < 10_000, "{visits} visits of all at once");
        for pattern in &removed {
            let _ = index.remove(pattern, 40);
        }
        let _ = (index.len(), index.freeze());
    };
    for length in 0..bytes.len() {
        ask(&bytes[..length]);
    }
    for at in 0..bytes.len() {
        for flip in [1, 0x80, 0xff, bytes[at]] {
            let mut bytes = bytes.clone();
            bytes[at] ^= flip;
            ask(&bytes);
        }
    }
}

#[test]
fn a_thawed_index_takes_inserts_and_removals() {
    let mut index = claims(100);
    let known = glob_of("gen/mod_7100000*");
    let mut thawed = PathIndex::<u64>::thaw(index.freeze().unwrap()).unwrap();
    for index in [&mut index, &mut thawed] {
        assert!(index.remove(&known, 17).unwrap());
        assert!(!index.remove(&known, 17).unwrap());
        index.insert(&glob_of("gen/mod_7100000?"), 1_000);
    }
    let path = path_of("gen/mod_7100000x");
    assert_eq!(thawed.by_path(&path).unwrap(), [1_000]);
    assert_eq!(thawed.len(), index.len());
    assert_eq!(thawed.freeze().unwrap(), index.freeze().unwrap());
}
