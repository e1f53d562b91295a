//! Who may know whom in the core: the table of ARCHITECTURE.md, held against every path in the source.
//!
//! A plane that starts to know its neighbour can no longer be used alone, and the shape of the house
//! is gone one import at a time. Test modules are held to the same table: a test that needs two
//! planes belongs to the coordinator or to this crate.

use crate::reader::{self, Path};
use crate::tree;

const BASE: &[&str] = &["error", "model"];
const WORDS: &[&str] = &["error", "model", "table", "path", "shell", "document"];
const PLANES: &[&str] = &["claim", "policy", "ledger", "provenance", "run"];

/// A module of the core, and whom it may know. Each stands behind those it knows.
const TABLE: &[(&str, &[&[&str]])] = &[
    ("error", &[]),
    ("model", &[&["error"]]),
    ("table", &[BASE]),
    ("path", &[BASE]),
    ("document", &[BASE]),
    ("shell", &[BASE]),
    ("claim", &[WORDS]),
    ("policy", &[WORDS]),
    ("ledger", &[WORDS]),
    ("provenance", &[WORDS]),
    ("run", &[WORDS]),
    ("store", &[BASE]),
    ("coordinator", &[WORDS, PLANES, &["store"]]),
    ("view", &[WORDS, PLANES, &["coordinator"]]),
    ("wire", &[WORDS, PLANES, &["coordinator", "view"]]),
    (
        "harness",
        &[WORDS, PLANES, &["coordinator", "view", "wire"]],
    ),
];

/// What the core must not name outside its tests, whatever the item: the clippy list names the items
/// that exist today, this names the doors.
const OUTSIDE: &[&str] = &["env", "fs", "net", "os", "process"];

#[test]
fn the_core_keeps_to_the_table_of_who_may_know_whom() {
    let faults: Vec<String> = tree::rust_files("loom-core/src")
        .iter()
        .flat_map(|file| faults(file, &tree::text(&format!("loom-core/src/{file}"))))
        .collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn nobody_is_known_in_a_circle() {
    // A table with a circle would hold no order at all.
    for (place, (module, known)) in TABLE.iter().enumerate() {
        for name in known.concat() {
            let before = TABLE[..place].iter().any(|(module, _)| *module == name);
            assert!(before, "{module} knows {name}, which stands behind it");
        }
    }
}

/// What a file of the core does against the table, one line each.
fn faults(file: &str, source: &str) -> Vec<String> {
    let reading = match reader::read(source) {
        Ok(reading) => reading,
        Err(error) => return vec![format!("{file}: {error}")],
    };
    let mut faults = Vec::new();
    let mut fault =
        |line: usize, what: String| faults.push(format!("loom-core/src/{file}:{line}: {what}"));

    let module = module_of(file);
    for word in &reading.words {
        if word.calls && word.text == "include" {
            fault(
                word.line,
                "include! hides where the source comes from".into(),
            );
        }
    }
    for line in path_attributes(source) {
        fault(line, "#[path] hides where the source comes from".into());
    }
    for path in &reading.paths {
        if outside(path) && !path.in_test {
            fault(
                path.line,
                format!(
                    "{} is I/O, and the core does none",
                    path.segments.join("::")
                ),
            );
        }
    }

    let Some(plane) = module.first() else {
        for path in declared(&reading.words) {
            if allowed(&path.1).is_none() {
                fault(
                    path.0,
                    format!(
                        "the house has no module `{}`: enter it in the table",
                        path.1
                    ),
                );
            }
        }
        return faults;
    };
    let Some(allowed) = allowed(plane) else {
        fault(
            1,
            format!("the house has no module `{plane}`: enter it in the table"),
        );
        return faults;
    };
    for path in &reading.paths {
        let written = path.segments.join("::");
        match known(path, &module) {
            None => {}
            Some(Err(why)) => fault(path.line, format!("{written}: {why}")),
            Some(Ok(name)) if name == *plane || allowed.contains(&name) => {}
            Some(Ok(name)) if self::allowed(name).is_none() => fault(
                path.line,
                format!(
                    "{written}: `{name}` is no module of the house; name what you use by its module"
                ),
            ),
            Some(Ok(name)) => fault(path.line, format!("{written}: {plane} may not know {name}")),
        }
    }
    faults
}

fn allowed(module: &str) -> Option<Vec<&'static str>> {
    let row = TABLE.iter().find(|(name, _)| *name == module);
    row.map(|(_, known)| known.concat())
}

/// `claim/table.rs` is `claim::table`, `claim/mod.rs` is `claim`, `lib.rs` is the crate itself.
fn module_of(file: &str) -> Vec<String> {
    let mut parts: Vec<String> = file
        .trim_end_matches(".rs")
        .split('/')
        .map(str::to_owned)
        .collect();
    if parts.last().is_some_and(|last| last == "mod") || parts == ["lib"] {
        parts.pop();
    }
    parts
}

/// The module under the crate's root that a path in `module` leads to, where it leads into the crate.
fn known<'p>(path: &'p Path, module: &[String]) -> Option<Result<&'p str, &'static str>> {
    let mut from: Vec<&str> = module
        .iter()
        .chain(&path.inline)
        .map(String::as_str)
        .collect();
    let mut rest = path.segments.as_slice();
    match rest.first()?.as_str() {
        "crate" => from.clear(),
        "loom_core" if rest.len() > 1 => from.clear(),
        "super" if from.pop().is_none() => return Some(Err("there is nothing above the crate")),
        "self" | "super" => {}
        _ => return None,
    }
    rest = &rest[1..];
    while let Some(step) = rest.first() {
        match step.as_str() {
            "super" if from.pop().is_none() => {
                return Some(Err("there is nothing above the crate"));
            }
            "self" | "super" => rest = &rest[1..],
            _ => break,
        }
    }
    if !from.is_empty() {
        return None;
    }
    Some(match rest.first().map(String::as_str) {
        None => Err("the crate as a whole is every module at once"),
        Some("*") => Err("a glob of the crate is every module at once"),
        Some("$") => Err("a module that only an expansion knows cannot be held to the table"),
        Some(name) => Ok(name),
    })
}

fn outside(path: &Path) -> bool {
    let [first, second, ..] = path.segments.as_slice() else {
        return false;
    };
    ["std", "core"].contains(&first.as_str())
        && (OUTSIDE.contains(&second.as_str()) || second == "*")
}

/// The modules that the crate's root declares, with their lines.
fn declared(words: &[reader::Word]) -> Vec<(usize, String)> {
    let pairs = words.windows(2).filter(|pair| pair[0].text == "mod");
    pairs
        .map(|pair| (pair[1].line, pair[1].text.clone()))
        .collect()
}

/// Lines with a `#[path = …]`, alone or under `cfg_attr`. Attributes are rare enough for text.
fn path_attributes(source: &str) -> Vec<usize> {
    let attribute = |line: &str| {
        let line = line.replace(' ', "");
        line.starts_with("#[") && (line.contains("[path=") || line.contains(",path="))
    };
    let lines = source.lines().enumerate();
    lines
        .filter(|(_, line)| attribute(line.trim()))
        .map(|(nth, _)| nth + 1)
        .collect()
}

#[test]
fn each_way_around_the_table_is_convicted() {
    for (file, source, why) in [
        (
            "claim/mod.rs",
            "use crate::policy::PolicySet;",
            "claim may not know policy",
        ),
        (
            "claim/mod.rs",
            "pub use crate::policy::PolicySet;",
            "claim may not know policy",
        ),
        (
            "claim/mod.rs",
            "pub(crate) use crate::policy;",
            "claim may not know policy",
        ),
        (
            "claim/mod.rs",
            "use crate::{error::Error, ledger::Limit};",
            "claim may not know ledger",
        ),
        (
            "claim/mod.rs",
            "use {crate::{error::{Error}, run}};",
            "claim may not know run",
        ),
        (
            "claim/mod.rs",
            "use super::provenance::Graph;",
            "claim may not know provenance",
        ),
        (
            "claim/table.rs",
            "use super::super::{model, policy as p};",
            "claim may not know policy",
        ),
        (
            "claim/table.rs",
            "use super::{super::policy};",
            "claim may not know policy",
        ),
        (
            "claim/table.rs",
            "use self::super::super::store;",
            "claim may not know store",
        ),
        (
            "claim/mod.rs",
            "mod deep { mod er { use super::super::super::run::X; } }",
            "claim may not know run",
        ),
        (
            "claim/mod.rs",
            "fn f() { let x = crate::policy::decide(1); }",
            "claim may not know policy",
        ),
        (
            "claim/mod.rs",
            "fn f(x: Vec<Option<crate::run::Run>>) {}",
            "claim may not know run",
        ),
        (
            "claim/mod.rs",
            "impl Into<crate::run::Run> for Claim {}",
            "claim may not know run",
        ),
        (
            "claim/mod.rs",
            "fn f() { println!(\"{}\", crate::run::NAME) }",
            "claim may not know run",
        ),
        (
            "claim/mod.rs",
            "macro_rules! m { () => { $crate::run::Run } }",
            "claim may not know run",
        ),
        (
            "claim/mod.rs",
            "macro_rules! m { ($x:ident) => { crate::$x::Run } }",
            "only an expansion knows",
        ),
        (
            "claim/mod.rs",
            "#[serde(with = \"crate::wire::time\")] struct A;",
            "claim may not know wire",
        ),
        (
            "claim/mod.rs",
            "use loom_core::policy::PolicySet;",
            "claim may not know policy",
        ),
        (
            "claim/mod.rs",
            "use ::loom_core::policy::PolicySet;",
            "claim may not know policy",
        ),
        (
            "claim/mod.rs",
            "use crate::r#run::Run;",
            "claim may not know run",
        ),
        (
            "claim/mod.rs",
            "pub(in crate::run) fn f() {}",
            "claim may not know run",
        ),
        (
            "claim/mod.rs",
            "#[cfg(test)] mod tests { use crate::policy::X; }",
            "claim may not know policy",
        ),
        ("claim/mod.rs", "use crate::*;", "every module at once"),
        ("claim/mod.rs", "use super::*;", "every module at once"),
        ("claim/mod.rs", "use crate as root;", "every module at once"),
        (
            "claim/mod.rs",
            "use crate::{self as root};",
            "every module at once",
        ),
        ("claim/mod.rs", "use super as root;", "every module at once"),
        (
            "claim/mod.rs",
            "extern crate self as root;",
            "every module at once",
        ),
        (
            "claim/mod.rs",
            "use crate::ClaimTable;",
            "no module of the house",
        ),
        (
            "claim/mod.rs",
            "#[path = \"../policy/mod.rs\"] mod p;",
            "#[path]",
        ),
        (
            "claim/mod.rs",
            "include!(\"../policy/mod.rs\");",
            "include!",
        ),
        ("claim/mod.rs", "use std::{fmt, fs};", "the core does none"),
        (
            "claim/mod.rs",
            "fn f() { std::os::unix::process::parent_id(); }",
            "the core does none",
        ),
        (
            "model/id.rs",
            "use crate::path::Pattern;",
            "model may not know path",
        ),
        (
            "error.rs",
            "use crate::model::Ver;",
            "error may not know model",
        ),
        (
            "path/mod.rs",
            "use crate::shell::Line;",
            "path may not know shell",
        ),
        (
            "store/memory.rs",
            "use crate::coordinator::Coordinator;",
            "store may not know coordinator",
        ),
        (
            "coordinator/mod.rs",
            "use crate::view::Brief;",
            "coordinator may not know view",
        ),
        (
            "view/mod.rs",
            "use crate::wire::Door;",
            "view may not know wire",
        ),
        (
            "view/mod.rs",
            "use crate::store::MemoryStore;",
            "view may not know store",
        ),
        ("plumbing/mod.rs", "use std::fmt;", "no module `plumbing`"),
        ("main.rs", "fn main() {}", "no module `main`"),
        ("lib.rs", "pub mod error;\nmod utils;", "no module `utils`"),
        ("lib.rs", "mod utils { pub struct A; }", "no module `utils`"),
    ] {
        let faults = faults(file, source);
        assert_eq!(faults.len(), 1, "{file}: {source}: {faults:?}");
        assert!(faults[0].contains(why), "{file}: {source}: {faults:?}");
    }
}

#[test]
fn what_the_table_allows_passes() {
    for (file, source) in [
        (
            "lib.rs",
            "pub mod error; pub mod claim; pub use claim::ClaimTable; pub use crate::error::Error;",
        ),
        (
            "claim/mod.rs",
            "use crate::{error::{Code, Error}, model::*, path::PathSet, shell};",
        ),
        (
            "claim/mod.rs",
            "mod table; pub use table::ClaimTable; use self::table::Row; use crate::claim::X;",
        ),
        (
            "claim/table.rs",
            "use super::{Mode, super::model::Ver}; use super::*;",
        ),
        (
            "claim/table.rs",
            "#[cfg(test)] mod tests { use super::*; use super::super::Mode; }",
        ),
        (
            "claim/table.rs",
            "#[cfg(test)] mod tests { fn f() { std::fs::read(\"x\"); } }",
        ),
        (
            "claim/table.rs",
            "pub(crate) fn f(&self) { self.policy::<u8>(); let policy = run.path; }",
        ),
        (
            "claim/table.rs",
            "//! crate::policy\n/// [`crate::run::Run`]\nfn f() { /* crate::run */ g(\"crate::run\") }",
        ),
        (
            "coordinator/mod.rs",
            "use crate::{claim, policy, ledger, provenance, run, store, path, shell, model, error};",
        ),
        (
            "view/brief.rs",
            "use crate::coordinator::Coordinator; use crate::claim::ClaimTable;",
        ),
        (
            "model/id.rs",
            "use std::io::Write; use std::{fmt, str::FromStr}; use crate::error::Error;",
        ),
    ] {
        let faults = faults(file, source);
        assert!(faults.is_empty(), "{file}: {source}: {faults:?}");
    }
}
