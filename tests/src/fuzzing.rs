//! What the fuzz targets share: a small journal, rules from a byte, short paths over a pattern's own characters, and
//! the comparison with the model where the model is fast enough to be asked.

use std::sync::OnceLock;

use loom_core::coordinator::{Command, Coordinator};
use loom_core::model::Timestamp;
use loom_core::path::{Case, PathRules, Pattern, RepoPath, Unicode};

use crate::model::{self, Folding};

/// A small journal with two repositories, some runs, claims, a wait and a change.
pub fn journal() -> &'static Coordinator {
    static JOURNAL: OnceLock<Coordinator> = OnceLock::new();
    JOURNAL.get_or_init(|| {
        let mut coordinator = Coordinator::default();
        for line in include_str!("../fuzz/journal.jsonl").lines() {
            let command = Command::from_json(line).expect("a command of the journal");
            let proposal = coordinator.propose(&command, now()).expect("it is legal");
            let record = proposal.record.expect("it changes something");
            coordinator.apply(&[record]).expect("it chains");
        }
        coordinator
    })
}

/// The time of [`journal`].
pub fn now() -> Timestamp {
    "2026-11-22T07:30:00Z".parse().expect("a time")
}

/// Rules from the low bits of a byte, and the model's folding for the same.
pub fn rules_and_folding(flags: u8) -> (PathRules, Folding) {
    let folding = Folding {
        case: flags & 1 != 0,
        nfc: flags & 2 != 0,
    };
    let rules = PathRules {
        case: if folding.case {
            Case::Insensitive
        } else {
            Case::Sensitive
        },
        unicode: if folding.nfc {
            Unicode::Nfc
        } else {
            Unicode::AsIs
        },
        windows: false,
    };
    (rules, folding)
}

/// Paths of up to four characters over the first few characters that the patterns mention.
pub fn short_paths(patterns: &[&str], rules: &PathRules) -> Vec<RepoPath> {
    let mut alphabet: Vec<char> = vec!['x', '.', '/'];
    for c in patterns.iter().flat_map(|text| text.chars()) {
        let special = "*?[]{}!^,\\/".contains(c);
        if !special && !alphabet.contains(&c) && alphabet.len() < 7 {
            alphabet.push(c);
        }
    }
    let mut texts = vec![String::new()];
    let mut found = Vec::new();
    for _ in 0..4 {
        texts = texts
            .iter()
            .flat_map(|text| alphabet.iter().map(move |c| format!("{text}{c}")))
            .collect();
        found.extend(
            texts
                .iter()
                .filter_map(|text| RepoPath::parse(text, rules).ok())
                .filter(|path| path.canonical().chars().count() <= 4),
        );
    }
    found
}

/// Asks the model whether the pattern holds the path, where both are small.
///
/// # Panics
/// When the model says otherwise.
#[allow(clippy::panic)]
pub fn model_agrees(pattern: &Pattern, glob: &str, path: &RepoPath, folding: Folding) {
    // The model folds by `to_lowercase` and backtracks without bound, so it is asked what it knows.
    let folds_alike = !folding.case || (glob.is_ascii() && path.canonical().is_ascii());
    let stars = glob.matches('*').count();
    if glob.len() > 48 || stars > 6 || glob.matches('{').count() > 4 || !folds_alike {
        return;
    }
    if pattern.matches(path) != model::matches(glob, path.as_str(), folding) {
        panic!(
            "`{glob}` on `{path}`: the pattern says {}",
            pattern.matches(path)
        );
    }
}
