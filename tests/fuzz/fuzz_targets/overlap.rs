//! Overlap is symmetric, its witness is in both, and no path that the model holds in both is missed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loom_core::path::{Pattern, RepoPath};
use loom_tests::fuzzing::{model_agrees, rules_and_folding, short_paths};

fuzz_target!(|input: (u8, &str, &str)| {
    let (flags, a, b) = input;
    let (rules, folding) = rules_and_folding(flags);
    let (Ok(left), Ok(right)) = (Pattern::glob(a, rules), Pattern::glob(b, rules)) else { return };
    let found = left.overlap(&right);
    assert_eq!(found.is_some(), right.overlap(&left).is_some());
    if let Some(witness) = found {
        let again = RepoPath::parse(witness.as_str(), &rules).expect("a witness is a legal path");
        assert_eq!(again.canonical(), witness.as_str());
        assert!(left.matches(&witness) && right.matches(&witness));
        model_agrees(&left, a, &again, folding);
        model_agrees(&right, b, &again, folding);
        return;
    }
    for path in short_paths(&[a, b], &rules) {
        assert!(!(left.matches(&path) && right.matches(&path)), "missed {path}");
        model_agrees(&left, a, &path, folding);
    }
});
