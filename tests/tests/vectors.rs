//! The kept vectors hold.
#![allow(clippy::expect_used, clippy::panic)]

fn holds(name: &str) {
    let file = format!("{}/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(file).expect("vectors are in the repository");
    let outcome = loom_tests::vectors::run_text(&text, None);
    assert!(
        outcome.failures.is_empty(),
        "{}",
        outcome.failures.join("\n")
    );
    assert!(outcome.passed > 0);
}

#[test]
fn the_path_vectors_hold() {
    holds("paths.jsonl");
}

#[test]
fn the_hostile_path_vectors_hold() {
    holds("paths-hostile.jsonl");
}

#[test]
fn the_window_vectors_hold() {
    holds("windows.jsonl");
}
