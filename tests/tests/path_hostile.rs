//! The worst questions take bounded work: counted in steps, so that no clock and no machine is asked.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use loom_core::path::limits::SEARCH_STEPS_MAX;
use loom_core::path::{
    Case, PathIndex, PathRules, PathSet, PathSetSource, Pattern, PatternSource, RepoPath, Unicode,
    cost,
};
use loom_tests::hostile;

/// Steps of an overlap of two patterns. A step is a few nanoseconds.
const OVERLAP_STEPS: u64 = 1_000_000;
/// Where combining marks are at stake, there is a row of bits for each place in normal form.
const NORMAL_FORM_STEPS: u64 = 8_000_000;
/// Steps that a search may take past its budget before it looks.
const OVERSHOOT: u64 = 2_000_000;
/// Steps of matching one path.
const MATCHES_STEPS: u64 = 6_000_000;
/// Nodes and edges that a look-up by a pattern with many alternatives may look at among the entries of
/// [`hostile_index`].
const LOOK_UP_VISITS: u64 = 1_000_000;

const AS_IS: PathRules = PathRules {
    case: Case::Sensitive,
    unicode: Unicode::AsIs,
    windows: false,
};
const NFC: PathRules = PathRules {
    case: Case::Insensitive,
    unicode: Unicode::Nfc,
    windows: false,
};

fn compiled(rules: PathRules) -> Vec<(&'static str, PathSet)> {
    let compile = |(name, source): (&'static str, PathSetSource)| {
        (name, PathSet::compile(&source, rules).expect(name))
    };
    let patterns = hostile::patterns().into_iter();
    patterns
        .map(|(name, text)| (name, PatternSource::glob(text)))
        .chain(hostile::names())
        .map(|(name, source)| (name, source.into()))
        .chain(hostile::sets())
        .map(compile)
        .collect()
}

fn is_single(set: &PathSet) -> bool {
    set.include().len() == 1 && set.exclude().is_empty()
}

fn overlap_is_bounded(a: &(&str, PathSet), b: &(&str, PathSet), rules: PathRules) {
    let (found, steps) = cost::overlap(&a.1, &b.1);
    let what = format!("{} and {}", a.0, b.0);
    if is_single(&a.1) && is_single(&b.1) {
        assert!(!found.assumed(), "{what}");
        let max = match rules.unicode {
            Unicode::AsIs => OVERLAP_STEPS,
            Unicode::Nfc => NORMAL_FORM_STEPS,
        };
        assert!(steps <= max, "{what}: {steps} steps");
    } else {
        assert!(
            steps <= SEARCH_STEPS_MAX + OVERSHOOT,
            "{what}: {steps} steps"
        );
    }
    if let Some(witness) = found.witness() {
        assert!(
            a.1.matches(witness) && b.1.matches(witness),
            "{what}: {witness}"
        );
    }
}

fn contains_is_bounded(a: &(&str, PathSet), b: &(&str, PathSet)) {
    let (found, steps) = cost::contains(&a.1, &b.1);
    let what = format!("{} holds {}", a.0, b.0);
    assert!(
        steps <= SEARCH_STEPS_MAX + OVERSHOOT,
        "{what}: {steps} steps"
    );
    if let Some(escapee) = found.escapee() {
        assert!(
            !a.1.matches(escapee) && b.1.matches(escapee),
            "{what}: {escapee}"
        );
    }
}

#[test]
fn hostile_patterns_compare_in_bounded_work() {
    let all = compiled(AS_IS);
    for (at, a) in all.iter().enumerate() {
        overlap_is_bounded(a, a, AS_IS);
        overlap_is_bounded(a, &all[(at * 7 + 3) % all.len()], AS_IS);
    }
}

#[test]
fn hostile_patterns_compare_in_bounded_work_under_nfc() {
    let all = compiled(NFC);
    for (at, a) in all.iter().enumerate() {
        overlap_is_bounded(a, &all[(at * 7 + 3) % all.len()], NFC);
    }
}

#[test]
fn hostile_containment_is_bounded_work() {
    let all = compiled(AS_IS);
    for (at, a) in all.iter().enumerate() {
        contains_is_bounded(a, &all[(at * 5 + 2) % all.len()]);
        let (_, steps) = cost::is_empty(&a.1);
        assert!(
            steps <= SEARCH_STEPS_MAX + OVERSHOOT,
            "{}: {steps} steps",
            a.0
        );
    }
}

#[test]
fn matching_a_hostile_pattern_is_bounded_work() {
    let paths = hostile::paths();
    for (at, (name, set)) in compiled(AS_IS).iter().enumerate() {
        let (path_name, path) = &paths[at % paths.len()];
        let path = RepoPath::parse(path, &AS_IS).unwrap();
        let (_, steps) = cost::matches(set, &path);
        assert!(
            steps <= MATCHES_STEPS,
            "{name} on {path_name}: {steps} steps"
        );
    }
}

/// Hostile patterns, and some of each hostile set.
fn hostile_index() -> PathIndex<u64> {
    let mut index = PathIndex::new(AS_IS);
    let sets = compiled(AS_IS);
    let some = |set: &PathSet| set.include().iter().take(25).cloned().collect::<Vec<_>>();
    let patterns = sets.iter().flat_map(|(_, set)| some(set));
    for (key, pattern) in (0..).zip(patterns) {
        index.insert(&pattern, key);
    }
    index
}

#[test]
fn alternatives_of_a_look_up_share_what_they_look_at() {
    let index = hostile_index();
    let frozen = PathIndex::<u64>::thaw(index.freeze().unwrap()).unwrap();
    let tail = vec!["**/*a*b*a*b*a*b*a*b*a"; 20].join("/");
    for braces in [
        "{*,**}/".repeat(8),
        "{**/a,*}/".repeat(8),
        "{a*,**,*/b}/".repeat(5),
    ] {
        let query = Pattern::glob(&format!("{braces}{tail}"), AS_IS).unwrap();
        assert!(query.alternatives().len() > 30, "{braces}");
        for index in [&index, &frozen] {
            let (_, visits) = index.by_pattern_counted(&query).unwrap();
            println!("{braces}: {visits} visits");
            assert!(visits <= LOOK_UP_VISITS, "{braces}: {visits} visits");
        }
    }
}

#[test]
#[ignore = "minutes: every hostile pattern and set against every other"]
fn every_hostile_pair_is_bounded_work() {
    for rules in [AS_IS, NFC] {
        let all = compiled(rules);
        for a in &all {
            for b in &all {
                overlap_is_bounded(a, b, rules);
                contains_is_bounded(a, b);
            }
        }
    }
}
