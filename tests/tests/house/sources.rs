//! What every source file keeps to: no `unsafe` but at a border, nothing left to do, a size that can be read in one
//! go, no floats in the core.

use crate::bans::sections;
use crate::reader;
use crate::tree;

/// The most lines of one file. A file that grows past it is two files.
const LINES_MAX: usize = 800;

/// Crates whose border is the ABI of another language, which no Rust can reach without `unsafe`: the one
/// folder that may say it. Elsewhere they deny it, and they take every other lint of the workspace.
const BORDERS: &[(&str, &str)] = &[("loom-ffi", "loom-ffi/src/border/")];

/// What a crate with a border sets in place of `unsafe_code = "forbid"`.
const BORDER_LINTS: &[&str] = &[
    "unsafe_code = \"deny\"",
    "unsafe_op_in_unsafe_fn = \"deny\"",
    "undocumented_unsafe_blocks = \"deny\"",
];

/// Crates whose macros write `unsafe` for them, each with why. Their own sources are read for the word.
const BY_MACRO: &[(&str, &str)] = &[("loom-node", "#[napi] writes the calls into Node")];

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
        let has_border = BORDERS.iter().any(|(name, _)| package["name"] == *name);
        let text = std::fs::read_to_string(manifest).unwrap();
        if BY_MACRO.iter().any(|(name, _)| package["name"] == *name) {
            faults.extend(lint_faults(manifest, &text, &[]));
            continue;
        }
        if has_border {
            faults.extend(lint_faults(manifest, &text, BORDER_LINTS));
        } else if !text.contains("[lints]\nworkspace = true") {
            faults.push(format!("{manifest} has no [lints] workspace = true"));
        }
        let forbidden = match has_border {
            true => "#![deny(unsafe_code)]",
            false => "#![forbid(unsafe_code)]",
        };
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
            if !source.lines().any(|line| line == forbidden) {
                faults.push(format!("{root} has no {forbidden}"));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// What the manifest of a crate that lists its lints lacks of the workspace's, and of `further` ones.
fn lint_faults(manifest: &str, text: &str, further: &[&str]) -> Vec<String> {
    let own = sections(text, "[lints.");
    let workspace = sections(&tree::text("Cargo.toml"), "[workspace.lints.");
    let wanted = workspace
        .iter()
        .map(String::as_str)
        .filter(|line| *line != "unsafe_code = \"forbid\"")
        .chain(further.iter().copied());
    wanted
        .filter(|line| !own.iter().any(|it| it == line))
        .map(|line| format!("{manifest} has no {line}"))
        .collect()
}

#[test]
fn a_crate_with_a_border_that_drops_a_lint_is_convicted() {
    let text = tree::text("loom-ffi/Cargo.toml");
    assert!(lint_faults("", &text, BORDER_LINTS).is_empty());
    for lint in BORDER_LINTS.iter().chain(&["unwrap_used = \"warn\""]) {
        let faults = lint_faults("", &text.replace(lint, ""), BORDER_LINTS);
        assert_eq!(faults, [format!(" has no {lint}")]);
    }
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

/// Serde's own list of what a deserializer answers; this one answers floats with what stands there.
const NAMES_FLOATS: &str = "loom-core/src/document/from_tree.rs";

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
    let at_border = BORDERS.iter().any(|(_, folder)| file.starts_with(folder));
    for word in &reading.words {
        match word.text.as_str() {
            "unsafe" if !at_border => fault(word.line, "unsafe"),
            "todo" | "unimplemented" if word.calls => {
                fault(word.line, "a call that stands for missing code")
            }
            "f32" | "f64" if in_core && !word.in_test && file != NAMES_FLOATS => {
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
        ("loom-ffi/src/handles.rs", "unsafe fn f() {}", "unsafe"),
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
        ("loom-ffi/src/border/call.rs", "unsafe fn f() {}"),
    ] {
        let faults = faults(file, source);
        assert!(faults.is_empty(), "{source}: {faults:?}");
    }
}
