//! What every source file keeps to: no `unsafe`, nothing left to do, a size that can be read in one
//! go, no floats in the core.

use crate::reader;
use crate::tree;

/// The most lines of one file. A file that grows past it is two files.
const LINES_MAX: usize = 800;

/// Files that may be longer, each with why.
const LONG: &[(&str, &str)] = &[];

#[test]
fn no_source_file_breaks_a_rule_of_the_house() {
    let mut faults = Vec::new();
    for file in tree::rust_files("") {
        faults.extend(self::faults(&file, &tree::text(&file)));
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn every_crate_forbids_unsafe_code_and_takes_the_lints_of_the_workspace() {
    let mut faults = Vec::new();
    for package in tree::members() {
        let manifest = package["manifest_path"].as_str().unwrap();
        if !std::fs::read_to_string(manifest)
            .unwrap()
            .contains("[lints]\nworkspace = true")
        {
            faults.push(format!("{manifest} has no [lints] workspace = true"));
        }
        for target in package["targets"].as_array().unwrap() {
            let kinds = target["kind"].as_array().unwrap();
            if !kinds
                .iter()
                .any(|kind| kind == "bin" || kind.as_str().unwrap().ends_with("lib"))
            {
                continue;
            }
            let root = target["src_path"].as_str().unwrap();
            let source = std::fs::read_to_string(root).unwrap();
            if !source.lines().any(|line| line == "#![forbid(unsafe_code)]") {
                faults.push(format!("{root} has no #![forbid(unsafe_code)]"));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn no_long_file_is_excused_that_is_not_long() {
    for (file, why) in LONG {
        assert!(
            tree::text(file).lines().count() > LINES_MAX,
            "{file} is excused ({why}) and short"
        );
    }
}

fn faults(file: &str, source: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |line: usize, what: &str| faults.push(format!("{file}:{line}: {what}"));
    let reading = match reader::read(source) {
        Ok(reading) => reading,
        Err(error) => {
            fault(0, &error);
            return faults;
        }
    };
    let in_core = file.starts_with("loom-core/src/");
    for word in &reading.words {
        match word.text.as_str() {
            "unsafe" => fault(word.line, "unsafe"),
            "todo" | "unimplemented" if word.calls => {
                fault(word.line, "a call that stands for missing code")
            }
            "f32" | "f64" if in_core && !word.in_test => {
                fault(word.line, "a float: count in whole units")
            }
            _ if word.is_float && in_core && !word.in_test => {
                fault(word.line, "a float: count in whole units")
            }
            _ => {}
        }
    }
    // Spelled in halves, or this file would convict itself.
    let notes = [concat!("TO", "DO"), concat!("FIX", "ME")];
    for (nth, line) in source.lines().enumerate() {
        let mut words = line.split(|it: char| !it.is_alphanumeric());
        if words.any(|word| notes.contains(&word)) {
            fault(
                nth + 1,
                "a note of something to do: do it, or open an issue",
            );
        }
    }
    let lines = source.lines().count();
    if lines > LINES_MAX && !LONG.iter().any(|(long, _)| *long == file) {
        fault(lines, &format!("more than {LINES_MAX} lines"));
    }
    if in_core && !source.starts_with("//!") {
        fault(1, "a module opens with why it exists (//!)");
    }
    faults
}

#[test]
fn each_broken_rule_is_convicted() {
    let core = "loom-core/src/claim/mod.rs";
    let long = "//! x\n".repeat(LINES_MAX + 1);
    let note = concat!("//! x\nfn f() {} // TO", "DO: more");
    for (file, source, why) in [
        (core, "//! x\nfn f() { unsafe { g() } }", "unsafe"),
        (core, "//! x\nunsafe impl Send for A {}", "unsafe"),
        ("examples/harness/src/main.rs", "unsafe fn f() {}", "unsafe"),
        (core, "//! x\nfn f() { todo!() }", "missing code"),
        (
            core,
            "//! x\nfn f() { std::unimplemented!(\"later\") }",
            "missing code",
        ),
        (core, note, "something to do"),
        (core, long.as_str(), "more than 800 lines"),
        (core, "//! x\nstruct A { b: f64 }", "a float"),
        (core, "//! x\nfn f(b: &[Option<f32>]) {}", "a float"),
        (core, "//! x\nconst A: u8 = (1.5) as u8;", "a float"),
        (core, "use std::fmt;", "why it exists"),
        (core, "fn f( {", "cannot parse"),
    ] {
        let faults = faults(file, source);
        assert!(
            faults.iter().any(|it| it.contains(why)),
            "{source:.60}: {faults:?}"
        );
    }
    for (file, source) in [
        (
            core,
            "//! f64, unsafe\nfn f() { g(\"unsafe f64\", todo, a.0.1) } /* unsafe f32 */",
        ),
        (
            core,
            "//! x\n#[cfg(test)] mod tests { const A: f64 = 1.0; }",
        ),
        ("loom-store/src/lib.rs", "const A: f64 = 1.0;"),
    ] {
        let faults = faults(file, source);
        assert!(faults.is_empty(), "{source}: {faults:?}");
    }
}
