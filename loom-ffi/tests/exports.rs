//! What leaves the library: the functions of the headers, and nothing else. A library without the feature
//! `testing` has none of the functions for tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// The names in front of a parenthesis that begin with the library's own prefix.
fn declared(header: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("include")
        .join(header);
    let text = std::fs::read_to_string(path).unwrap();
    let functions = text
        .lines()
        .filter(|line| !line.starts_with([' ', '#', '/']));
    let names: BTreeSet<String> = functions
        .filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("loom_"))
        .map(str::to_owned)
        .collect();
    assert!(names.len() > 3, "{header} was not read: {names:?}");
    names
}

fn exported() -> BTreeSet<String> {
    let library = std::env::current_exe().unwrap();
    let library = library.with_file_name("libloomstack.so");
    let mut nm = Command::new("nm");
    nm.args(["--dynamic", "--defined-only", "--format=just-symbols"]);
    let output = nm
        .arg(&library)
        .output()
        .expect("nm is installed (binutils)");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{nm:?}: {complaint}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_shared_library_exports_the_functions_of_its_headers_and_nothing_else() {
    let mut wanted = declared("loom.h");
    if cfg!(feature = "testing") {
        wanted.extend(declared("loom_testing.h"));
    }
    assert_eq!(exported(), wanted);
}
