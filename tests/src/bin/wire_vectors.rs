//! `wire_vectors [--check]`: plays the stories and writes their vectors to `tests/vectors/wire`, or says which
//! files are not what the stories say. `wire_vectors FILE…` runs the vectors of files.

#![forbid(unsafe_code)]
#![allow(clippy::expect_used)]

use std::path::Path;
use std::process::ExitCode;

use loom_tests::scenarios::{Book, books};
use loom_tests::wire_vectors::run_file;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_fine = match arguments.as_slice() {
        [] => write(false),
        [flag] if flag == "--check" => write(true),
        files => run(files),
    };
    ExitCode::from(u8::from(!is_fine))
}

fn run(files: &[String]) -> bool {
    let (mut passed, mut failed) = (0, 0);
    for file in files {
        let text = std::fs::read_to_string(file).expect("the file can be read");
        let outcome = run_file(&text);
        for failure in &outcome.failures {
            println!("{file}: {failure}");
        }
        passed += outcome.passed;
        failed += outcome.failures.len();
    }
    println!("{passed} passed, {failed} failed");
    failed == 0 && passed > 0
}

fn write(only_check: bool) -> bool {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/wire");
    let mut stale = 0;
    for book in books() {
        let (name, text) = (book.name, text_of(&book));
        let path = folder.join(format!("{name}.json"));
        if std::fs::read_to_string(&path).is_ok_and(|known| known == text) {
            continue;
        }
        if only_check {
            eprintln!("tests/vectors/wire/{name}.json is not what its stories say");
            stale += 1;
        } else {
            std::fs::create_dir_all(&folder).expect("the folder can be made");
            std::fs::write(&path, text).expect("the file can be written");
            println!(
                "wrote tests/vectors/wire/{name}.json: {}",
                book.vectors.len()
            );
        }
    }
    stale == 0
}

/// One vector a line, so that a change of one shows as one line.
fn text_of(book: &Book) -> String {
    let lines: Vec<String> = book
        .vectors
        .iter()
        .map(|vector| serde_json::to_string(vector).expect("a vector is JSON"))
        .collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}
