//! No text makes the readers of paths, patterns and sets panic, and what they read reads back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loom_core::path::{Case, PathRules, PathSet, PathSetSource, Pattern, RepoPath, Unicode};

fuzz_target!(|input: (u8, &str)| {
    let (flags, text) = input;
    let rules = PathRules {
        case: if flags & 1 == 0 { Case::Sensitive } else { Case::Insensitive },
        unicode: if flags & 2 == 0 { Unicode::AsIs } else { Unicode::Nfc },
        windows: flags & 4 != 0,
    };
    if let Ok(path) = RepoPath::parse(text, &rules) {
        let again = RepoPath::parse(path.as_str(), &rules).expect("a path reads back");
        assert_eq!(again.as_str(), path.as_str());
        let folded = RepoPath::parse(path.canonical(), &rules);
        if let Ok(folded) = folded {
            assert_eq!(folded.canonical(), path.canonical(), "folding twice is folding once");
        }
        for pattern in [Pattern::file(text, rules), Pattern::dir(text, rules)] {
            assert!(pattern.expect("a path is a pattern").matches(&path));
        }
    }
    if let Ok(pattern) = Pattern::glob(text, rules) {
        let witness = pattern.overlap(&pattern);
        if let Some(witness) = witness {
            assert!(pattern.matches(&witness));
        }
    }
    let _ = Pattern::from_gitignore_line(text, rules);
    let _ = Pattern::from_codeowners_line(text, rules);
    if let Ok(source) = serde_json::from_str::<PathSetSource>(text) {
        let json = serde_json::to_string(&source).expect("a source is JSON");
        assert_eq!(serde_json::from_str::<PathSetSource>(&json).expect("it reads back"), source);
        let _ = PathSet::compile(&source, rules);
    }
});
