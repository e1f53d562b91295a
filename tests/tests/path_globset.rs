//! The matcher beside globset's, where the two dialects say the same.
#![allow(clippy::unwrap_used)]

use globset::GlobBuilder;
use loom_core::path::{PathRules, Pattern, RepoPath};
use proptest::prelude::*;

/// Parts that both dialects read alike. The end is always a wildcard, so that the subtree rule and a
/// final `**` (which holds the directory itself only here) stay out; so do negated classes, which
/// hold the slash there.
fn glob() -> impl Strategy<Value = String> {
    let parts = &[
        "a", "b", "ab", "?", "*", "[ab]", "[a-b]", "{a,b}", "/", "/**/", ".x",
    ][..];
    prop::collection::vec(prop::sample::select(parts), 0..6).prop_filter_map("alike", |parts| {
        let text = format!("{}*", parts.concat());
        let bare = text.replace("/**/", "/");
        let alike = !text.starts_with('/') && !text.contains("//") && !bare.contains("**");
        alike.then_some(text)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn matching_is_globsets(text in glob(), path in "[abx.]{1,3}(/[abx]{1,2}){0,3}") {
        let rules = PathRules::default();
        let Ok(path) = RepoPath::parse(&path, &rules) else { return Ok(()) };
        let theirs = GlobBuilder::new(&text).literal_separator(true).build().unwrap();
        let expect = theirs.compile_matcher().is_match(path.as_str());
        prop_assert_eq!(Pattern::glob(&text, rules).unwrap().matches(&path), expect, "{} {}", text, path);
    }
}
