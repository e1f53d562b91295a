//! The algebra against a model that tries every path over a small alphabet.
//!
//! An answer with a proof is checked by the proof, an answer without one by trying every short path.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use loom_core::path::{
    Case, Emptiness, PathRules, PathSet, PathSetSource, Pattern, PatternSource, RepoPath, Unicode,
};
use loom_tests::model::{self, Folding};
use proptest::prelude::*;
use std::sync::OnceLock;

/// Cases of each property; the environment can ask for more.
fn cases() -> u32 {
    std::env::var("LOOM_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(100)
}

#[derive(Debug, Clone, Copy)]
struct World {
    rules: PathRules,
    folding: Folding,
    alphabet: &'static [char],
    parts: &'static [&'static str],
    length: usize,
}

const PARTS: &[&str] = &[
    "a", "b", ".", "a", "*", "?", "[ab]", "[!a]", "[.]", "[!.]", "/", "/", "/", "**", "/**/",
    "**/", "{a,b}", "{,a}", "{a/b,*}", "{*,}", "a*", ".*", "*b", "[a-b]?", "\\a", "./", "{[!b],.}",
];

const PLAIN: World = World {
    rules: PathRules {
        case: Case::Sensitive,
        unicode: Unicode::AsIs,
        windows: false,
    },
    folding: Folding {
        case: false,
        nfc: false,
    },
    alphabet: &['a', 'b', '.', 'x'],
    parts: PARTS,
    length: 6,
};

const NFC: World = World {
    rules: PathRules {
        case: Case::Sensitive,
        unicode: Unicode::Nfc,
        windows: false,
    },
    folding: Folding {
        case: false,
        nfc: true,
    },
    alphabet: &['e', '\u{301}', 'é', 'x', '\u{323}', 'ẹ'],
    parts: &[
        "e",
        "\u{301}",
        "é",
        "*",
        "?",
        "[é]",
        "[!e]",
        "[\u{301}]",
        "/",
        "[\u{300}-\u{302}]",
        "e*",
        "*\u{301}",
        "?\u{323}",
        "[\u{323}\u{301}]",
        "{e,\u{301}}",
        "**/",
        "[a-é]",
        "[\u{e8}-\u{ec}]",
        "[!\u{301}]",
        "\u{323}",
        "/**",
    ],
    length: 5,
};

const FOLDED: World = World {
    rules: PathRules {
        case: Case::Insensitive,
        unicode: Unicode::Nfc,
        windows: false,
    },
    folding: Folding {
        case: true,
        nfc: true,
    },
    alphabet: &['e', '\u{301}', 'é', 'q', 'a'],
    parts: &[
        "E", "e", "\u{301}", "É", "*", "?", "[A-Q]", "[!E]", "[É]", "/", "e?", "*\u{301}", "{e,A}",
        "**/", "A", "[a-q]", "[!A-F]",
    ],
    length: 5,
};

fn world_paths(world: &World) -> &'static [String] {
    static PATHS: [OnceLock<Vec<String>>; 3] = [const { OnceLock::new() }; 3];
    let at = usize::from(world.folding.nfc) + usize::from(world.folding.case);
    PATHS[at].get_or_init(|| model::paths(world.alphabet, world.length, world.folding))
}

fn glob(world: World) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(world.parts), 1..6)
        .prop_map(|parts| parts.concat())
        .prop_filter("a legal pattern", move |text| {
            Pattern::glob(text, world.rules).is_ok()
        })
}

fn globs(world: World, most: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(glob(world), 0..=most)
}

fn holds(include: &[String], exclude: &[String], path: &str, folding: Folding) -> bool {
    let any = |list: &[String]| list.iter().any(|glob| model::matches(glob, path, folding));
    any(include) && !any(exclude)
}

fn set(include: &[String], exclude: &[String], rules: PathRules) -> PathSet {
    let list = |texts: &[String]| {
        texts
            .iter()
            .map(|text| PatternSource::from(&**text))
            .collect()
    };
    let source = PathSetSource {
        include: list(include),
        exclude: list(exclude),
    };
    PathSet::compile(&source, rules).expect("legal patterns")
}

fn canonical(path: &RepoPath, rules: &PathRules) -> String {
    let again = RepoPath::parse(path.as_str(), rules).expect("a witness is a legal path");
    assert_eq!(again.canonical(), path.as_str(), "a witness is canonical");
    path.as_str().to_owned()
}

fn check_matches(world: World, text: &str) {
    let pattern = Pattern::glob(text, world.rules).unwrap();
    for path in world_paths(&world).iter().step_by(7) {
        let parsed = RepoPath::parse(path, &world.rules).unwrap();
        let expect = model::matches(text, path, world.folding);
        assert_eq!(pattern.matches(&parsed), expect, "{text} on {path}");
    }
}

fn check_patterns(world: World, a: &str, b: &str) {
    let left = Pattern::glob(a, world.rules).unwrap();
    let right = Pattern::glob(b, world.rules).unwrap();
    let both = |path: &str| {
        model::matches(a, path, world.folding) && model::matches(b, path, world.folding)
    };
    let found = left.overlap(&right);
    assert_eq!(
        found.is_some(),
        right.overlap(&left).is_some(),
        "symmetry of {a} and {b}"
    );
    match found {
        Some(witness) => {
            assert!(
                left.matches(&witness) && right.matches(&witness),
                "{a} {b} {witness}"
            );
            assert!(
                both(&canonical(&witness, &world.rules)),
                "{a} {b} {witness}"
            );
        }
        None => {
            let missed = world_paths(&world).iter().find(|path| both(path));
            assert_eq!(missed, None, "{a} and {b} meet");
        }
    }
    let one = set(&[a.to_owned()], &[], world.rules);
    let two = set(&[b.to_owned()], &[], world.rules);
    assert_eq!(one.overlap(&two).meets(), left.overlap(&right).is_some());
    assert_eq!(
        one.contains(&two).is_contained(),
        left.contains(&right).is_contained()
    );
}

fn check_sets(world: World, a: (&[String], &[String]), b: (&[String], &[String])) {
    let (left, right) = (set(a.0, a.1, world.rules), set(b.0, b.1, world.rules));
    let in_left = |path: &str| holds(a.0, a.1, path, world.folding);
    let in_right = |path: &str| holds(b.0, b.1, path, world.folding);
    let all = world_paths(&world);

    let found = left.overlap(&right);
    assert!(!found.assumed());
    assert_eq!(found.meets(), right.overlap(&left).meets());
    match found.witness() {
        Some(witness) => {
            let text = canonical(witness, &world.rules);
            assert!(
                in_left(&text) && in_right(&text),
                "overlap {a:?} {b:?}: {text}"
            );
        }
        None => {
            let missed = all.iter().find(|path| in_left(path) && in_right(path));
            assert_eq!(missed, None, "{a:?} and {b:?} meet");
        }
    }

    let found = left.contains(&right);
    assert!(!found.assumed());
    match found.escapee() {
        Some(escapee) => {
            let text = canonical(escapee, &world.rules);
            assert!(
                !in_left(&text) && in_right(&text),
                "contains {a:?} {b:?}: {text}"
            );
        }
        None => {
            let missed = all.iter().find(|path| !in_left(path) && in_right(path));
            assert_eq!(missed, None, "{a:?} does not hold {b:?}");
        }
    }

    match left.is_empty() {
        Emptiness::Holds { example } => {
            assert!(
                in_left(&canonical(&example, &world.rules)),
                "is_empty {a:?}: {example}"
            );
        }
        Emptiness::Empty => {
            let missed = all.iter().find(|path| in_left(path));
            assert_eq!(missed, None, "{a:?} is not empty");
        }
        Emptiness::Assumed => panic!("assumed: {a:?}"),
    }
}

macro_rules! worlds {
    ($($name:ident: $world:expr),*) => {$(
        mod $name {
            use super::*;

            proptest! {
                #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases()) })]

                #[test]
                fn matching_is_the_models(text in glob($world)) {
                    check_matches($world, &text);
                }

                #[test]
                fn patterns_compare_as_the_sets_of_their_paths(a in glob($world), b in glob($world)) {
                    check_patterns($world, &a, &b);
                }

                #[test]
                fn sets_compare_as_the_sets_of_their_paths(
                    a in (globs($world, 3), globs($world, 2)),
                    b in (globs($world, 3), globs($world, 2)),
                ) {
                    check_sets($world, (&a.0, &a.1), (&b.0, &b.1));
                }
            }
        }
    )*};
}

worlds!(plain: PLAIN, nfc: NFC, folded: FOLDED);
