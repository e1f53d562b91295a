//! An escapee is in the one and not in the other, and no short path escapes what is contained.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loom_core::path::{Containment, Pattern, RepoPath};
use loom_tests::fuzzing::{model_agrees, rules_and_folding, short_paths};

fuzz_target!(|input: (u8, &str, &str)| {
    let (flags, a, b) = input;
    let (rules, folding) = rules_and_folding(flags);
    let (Ok(outer), Ok(inner)) = (Pattern::glob(a, rules), Pattern::glob(b, rules)) else { return };
    match outer.contains(&inner) {
        Containment::Assumed => {}
        Containment::Escapes { escapee } => {
            let again = RepoPath::parse(escapee.as_str(), &rules).expect("a legal path");
            assert!(inner.matches(&again) && !outer.matches(&again));
            model_agrees(&outer, a, &again, folding);
            model_agrees(&inner, b, &again, folding);
        }
        Containment::Contained => {
            for path in short_paths(&[a, b], &rules) {
                assert!(!inner.matches(&path) || outer.matches(&path), "missed {path}");
                model_agrees(&inner, b, &path, folding);
            }
        }
    }
});
