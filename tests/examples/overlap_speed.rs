//! Overlap of two compiled patterns beside the intersection of two dense DFAs of regex-automata.
//!
//! `cargo run --release -p loom-tests --example overlap_speed`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_arithmetic)]

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Instant;

use loom_core::path::{PathRules, Pattern};
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::{Anchored, util::start, util::syntax};

fn main() {
    let pairs = [
        (
            "src/**/*.rs",
            "src/auth/**",
            r"src/(?:[^/]+/)*[^/]*\.rs",
            r"src/auth(?:/.*)?",
        ),
        (
            "src/**",
            "**/*.test.ts",
            r"src(?:/.*)?",
            r"(?:[^/]+/)*[^/]*\.test\.ts",
        ),
        (
            "packages/ui",
            "packages/api/**",
            r"packages/ui(?:/.*)?",
            r"packages/api(?:/.*)?",
        ),
        (
            "**/*.rs",
            "**/*.ts",
            r"(?:[^/]+/)*[^/]*\.rs",
            r"(?:[^/]+/)*[^/]*\.ts",
        ),
        (
            "src/*.{ts,tsx}",
            "src/a*",
            r"src/[^/]*\.(?:ts|tsx)",
            r"src/a[^/]*",
        ),
        (
            "*a*b*c*d",
            "*d*c*b*a",
            r"[^/]*a[^/]*b[^/]*c[^/]*d",
            r"[^/]*d[^/]*c[^/]*b[^/]*a",
        ),
    ];
    for (a, b, a_regex, b_regex) in pairs {
        let rules = PathRules::default();
        let (left, right) = (
            Pattern::glob(a, rules).unwrap(),
            Pattern::glob(b, rules).unwrap(),
        );
        let ours = nanoseconds(|| left.overlap(&right).is_some());
        let (one, two) = (dfa(a_regex), dfa(b_regex));
        let theirs = nanoseconds(|| dfas_meet(&one, &two));
        assert_eq!(
            left.overlap(&right).is_some(),
            dfas_meet(&one, &two),
            "{a} {b}"
        );
        println!(
            "{a:18} {b:18} {ours:>7} ns, dense DFAs {theirs:>8} ns, {}x",
            theirs / ours.max(1)
        );
    }
}

/// The least of several runs, so that a busy machine counts less.
fn nanoseconds(mut question: impl FnMut() -> bool) -> u128 {
    let rounds = 2_000;
    (0..15)
        .map(|_| {
            let clock = Instant::now();
            for _ in 0..rounds {
                black_box(question());
            }
            clock.elapsed().as_nanos() / rounds
        })
        .min()
        .unwrap_or_default()
}

fn dfa(regex: &str) -> dense::DFA<Vec<u32>> {
    dense::Builder::new()
        .configure(
            dense::Config::new()
                .start_kind(StartKind::Anchored)
                .minimize(true),
        )
        .syntax(
            syntax::Config::new()
                .unicode(false)
                .utf8(false)
                .dot_matches_new_line(true),
        )
        .build(regex)
        .unwrap()
}

/// Breadth-first over the product, one byte of each pair of classes, until both match at the end.
fn dfas_meet(one: &dense::DFA<Vec<u32>>, two: &dense::DFA<Vec<u32>>) -> bool {
    let config = start::Config::new().anchored(Anchored::Yes);
    let begin = (
        one.start_state(&config).unwrap(),
        two.start_state(&config).unwrap(),
    );
    let mut bytes: Vec<u8> = Vec::new();
    let mut kinds = BTreeSet::new();
    for byte in 0..=255_u8 {
        if kinds.insert((one.byte_classes().get(byte), two.byte_classes().get(byte))) {
            bytes.push(byte);
        }
    }
    let mut seen = BTreeSet::from([begin]);
    let mut queue = vec![begin];
    while let Some((a, b)) = queue.pop() {
        let ends = (one.next_eoi_state(a), two.next_eoi_state(b));
        if one.is_match_state(ends.0) && two.is_match_state(ends.1) {
            return true;
        }
        for &byte in &bytes {
            let next = (one.next_state(a, byte), two.next_state(b, byte));
            if !one.is_dead_state(next.0) && !two.is_dead_state(next.1) && seen.insert(next) {
                queue.push(next);
            }
        }
    }
    false
}
