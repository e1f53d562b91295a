//! Every limit of the path plane: at the limit, and one past it.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use loom_core::error::{Code, Error};
use loom_core::path::limits::{
    PATH_BYTES_MAX, PATH_SEGMENTS_MAX, PATTERN_ALTERNATIVES_MAX, PATTERN_BYTES_MAX,
    PATTERN_SEGMENTS_MAX, SET_ALTERNATIVES_MAX, SET_BYTES_MAX, SET_CHARACTERS_MAX,
    SET_PATTERNS_MAX,
};
use loom_core::path::{PathRules, PathSet, PathSetSource, Pattern, PatternSource, RepoPath};

fn refused<T: std::fmt::Debug>(result: Result<T, Error>, name: &str, field: &str) {
    let error = result.expect_err(name);
    assert_eq!(error.code(), Code::LimitExceeded);
    assert_eq!(
        (error.limit_name(), error.field()),
        (Some(name), Some(field))
    );
}

fn path(text: &str) -> Result<RepoPath, Error> {
    RepoPath::parse(text, &PathRules::default())
}

fn glob(text: &str) -> Result<Pattern, Error> {
    Pattern::glob(text, PathRules::default())
}

fn set(include: Vec<PatternSource>, exclude: Vec<PatternSource>) -> Result<PathSet, Error> {
    PathSet::compile(&PathSetSource { include, exclude }, PathRules::default())
}

#[test]
fn a_path_has_so_many_bytes() {
    let text = "a".repeat(PATH_BYTES_MAX);
    path(&format!("./{text}/")).expect("what drops out does not count");
    refused(path(&format!("{text}a")), "PATH_BYTES_MAX", "path");
}

#[test]
fn a_path_has_so_many_segments() {
    let text = vec!["a"; PATH_SEGMENTS_MAX].join("/");
    path(&text).expect("at the limit");
    refused(path(&format!("{text}/a")), "PATH_SEGMENTS_MAX", "path");
}

#[test]
fn a_file_is_limited_as_a_path() {
    let rules = PathRules::default();
    let text = "a".repeat(PATH_BYTES_MAX);
    let file = Pattern::file(&text, rules).expect("at the limit");
    assert!(file.overlap(&Pattern::dir(&text, rules).unwrap()).is_some());
    refused(
        Pattern::file(&format!("{text}a"), rules),
        "PATH_BYTES_MAX",
        "pattern",
    );
    let text = vec!["a"; PATH_SEGMENTS_MAX + 1].join("/");
    refused(Pattern::dir(&text, rules), "PATH_SEGMENTS_MAX", "pattern");
}

#[test]
fn a_glob_has_so_many_bytes() {
    let text = "a".repeat(PATTERN_BYTES_MAX);
    glob(&text).expect("at the limit");
    refused(glob(&format!("{text}a")), "PATTERN_BYTES_MAX", "pattern");
}

#[test]
fn an_alternative_has_so_many_segments() {
    let text = vec!["*"; PATTERN_SEGMENTS_MAX].join("/");
    glob(&format!("./{text}/")).expect("at the limit");
    refused(
        glob(&format!("{text}/*")),
        "PATTERN_SEGMENTS_MAX",
        "pattern",
    );
}

#[test]
fn a_glob_has_so_many_alternatives() {
    let list = |n: usize| format!("{{{}}}", vec!["a"; n].join(","));
    glob(&list(PATTERN_ALTERNATIVES_MAX)).expect("at the limit");
    let over = list(PATTERN_ALTERNATIVES_MAX + 1);
    refused(glob(&over), "PATTERN_ALTERNATIVES_MAX", "pattern");
    refused(
        glob(&"{a,b}".repeat(9)),
        "PATTERN_ALTERNATIVES_MAX",
        "pattern",
    );
}

#[test]
fn a_set_has_so_many_patterns() {
    let list = vec![PatternSource::glob("a"); SET_PATTERNS_MAX];
    set(list.clone(), vec![]).expect("at the limit");
    refused(set(list, vec!["b".into()]), "SET_PATTERNS_MAX", "patterns");
}

#[test]
fn a_set_has_so_much_text() {
    let text = PatternSource::glob("a".repeat(PATTERN_BYTES_MAX));
    let list = vec![text; SET_BYTES_MAX / PATTERN_BYTES_MAX];
    set(list.clone(), vec![]).expect("at the limit");
    refused(set(list, vec!["b".into()]), "SET_BYTES_MAX", "patterns");
}

#[test]
fn a_set_has_so_many_alternatives() {
    let wide = PatternSource::glob("{a,b}".repeat(8));
    let list = vec![wide; SET_ALTERNATIVES_MAX / 256];
    set(list.clone(), vec![]).expect("at the limit");
    refused(
        set(list, vec!["b".into()]),
        "SET_ALTERNATIVES_MAX",
        "patterns",
    );
}

#[test]
fn a_set_expands_to_so_many_characters() {
    let wide = |name: usize| PatternSource::glob("{,}".repeat(8) + &"a".repeat(name));
    let rest = SET_CHARACTERS_MAX / 256 - 2 * 1_000;
    let list = vec![wide(1_000), wide(1_000), wide(rest)];
    set(list.clone(), vec![]).expect("at the limit");
    refused(
        set(list, vec!["b".into()]),
        "SET_CHARACTERS_MAX",
        "patterns",
    );
}

#[test]
fn an_error_in_a_set_names_the_place() {
    let error = set(vec!["a".into()], vec!["b".into(), "[".into()]).unwrap_err();
    assert_eq!(
        (error.code(), error.field()),
        (Code::InvalidPattern, Some("exclude[1]"))
    );
}

#[test]
fn a_question_past_the_budget_gets_the_safe_answer() {
    // A path escapes when its second half is the complement of its first: every first half has
    // to be remembered.
    let all = glob(&"[ab]".repeat(40)).unwrap();
    let gap = "?".repeat(19);
    let both = glob(&format!("{{*a{gap}a*,*b{gap}b*}}")).unwrap();
    assert!(both.contains(&all).assumed());
    let source = PathSetSource {
        include: vec![all.source().clone()],
        exclude: vec![both.source().clone()],
    };
    let none = PathSet::compile(&source, PathRules::default()).unwrap();
    assert!(none.is_empty().assumed());
    let overlap = none.overlap(&PathSet::from(all));
    assert!(overlap.meets() && overlap.assumed());
}

#[test]
fn sources_refuse_what_they_do_not_know() {
    for text in [
        r#"{"glob":"a","file":"b"}"#,
        r#"{"glob":"a","glob":"b"}"#,
        r#"{"path":"a"}"#,
        "{}",
        r#"{"include":["a"],"include":["b"]}"#,
        r#"{"include":["a"],"more":[]}"#,
        r#"{"exclude":["a"]}"#,
        "1",
    ] {
        assert!(
            serde_json::from_str::<PathSetSource>(text).is_err(),
            "{text}"
        );
    }
    for (text, back) in [
        (r#""a""#, r#"["a"]"#),
        (r#"{"dir":"a"}"#, r#"[{"dir":"a"}]"#),
        (r#"{"include":[{"glob":"a"}],"exclude":[]}"#, r#"["a"]"#),
        (
            r#"{"include":["a"],"exclude":["b"]}"#,
            r#"{"include":["a"],"exclude":["b"]}"#,
        ),
    ] {
        let set: PathSetSource = serde_json::from_str(text).expect(text);
        assert_eq!(serde_json::to_string(&set).unwrap(), back);
    }
    assert!(serde_json::from_str::<PathRules>(r#"{"kase":"insensitive"}"#).is_err());
}
