//! What the crates that we build on may be: permissive in licence, no newer than the compiler that
//! we promise, and, under the core, without a door to the outside.
//!
//! Read from `cargo metadata` for this machine, without the network.

use crate::tree;

/// Licences that both of ours can stand beside. What is not here was not looked at.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Programs that make files of the repository and are part of nothing that is built for a user, with
/// licences that the list above has not.
const TOOLS: &[(&str, &str)] = &[("cbindgen", "MPL-2.0")];

/// Crates that would give the core a clock, randomness or I/O behind the back of the clippy list.
const DOORS: &[&str] = &[
    "fastrand",
    "getrandom",
    "iana-time-zone",
    "mio",
    "rand",
    "rusqlite",
    "socket2",
    "tokio",
    "web-time",
];

#[test]
fn every_dependency_has_a_licence_that_we_can_stand_beside() {
    let mut faults = Vec::new();
    for package in tree::metadata()["packages"].as_array().unwrap() {
        let (name, licence) = (
            package["name"].as_str().unwrap(),
            package["license"].as_str(),
        );
        println!(
            "{name} {}: {}",
            package["version"].as_str().unwrap(),
            licence.unwrap_or("none")
        );
        let is_tool = TOOLS
            .iter()
            .any(|(tool, theirs)| name == *tool && licence == Some(*theirs));
        if !is_tool && !licence.is_some_and(permits) {
            faults.push(format!("{name}: {}", licence.unwrap_or("no licence named")));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn no_tool_is_part_of_what_is_built_for_a_user() {
    let mut command = tree::cargo();
    command.args(["tree", "--offline", "--locked", "--workspace"]);
    // Nobody is given the benches, and their peers are only fetched to be measured.
    command.args(["--exclude", "loom-benches"]);
    command.args(["--edges", "normal,build", "--all-features"]);
    command.args(["--prefix", "none", "--format", "{p}"]);
    let tree = tree::printed(&mut command);
    let names: Vec<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(names.contains(&"serde"), "the tree was not read: {tree}");
    for (tool, licence) in TOOLS {
        assert!(!names.contains(tool), "{tool} ({licence}) is built in");
    }
}

#[test]
fn no_dependency_needs_a_newer_compiler_than_the_one_promised() {
    let promised = tree::text("Cargo.toml");
    let promised = promised
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = \""))
        .unwrap();
    let promised = version(promised.trim_end_matches('"'));
    for package in tree::metadata()["packages"].as_array().unwrap() {
        let Some(needed) = package["rust_version"].as_str() else {
            continue;
        };
        let name = package["name"].as_str().unwrap();
        assert!(
            version(needed) <= promised,
            "{name} needs Rust {needed}: raise rust-version in Cargo.toml"
        );
    }
}

#[test]
fn the_core_builds_on_no_crate_with_a_door_to_the_outside() {
    let mut command = tree::cargo();
    command.args([
        "tree",
        "--offline",
        "--locked",
        "-p",
        "loom-core",
        "--edges",
        "normal",
    ]);
    command.args(["--all-features", "--prefix", "none", "--format", "{p}"]);
    let tree = tree::printed(&mut command);
    let names: Vec<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(names.contains(&"serde"), "the tree was not read: {tree}");
    for door in DOORS {
        assert!(!names.contains(door), "loom-core builds on {door}");
    }
}

/// Whether an SPDX expression can be met with the licences of the list alone.
fn permits(expression: &str) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (met, rest) = any_of(&words);
    met && rest.is_empty()
}

fn any_of<'w>(words: &'w [&'w str]) -> (bool, &'w [&'w str]) {
    let (mut met, mut rest) = all_of(words);
    while let ["OR", after @ ..] = rest {
        let (other, behind) = all_of(after);
        (met, rest) = (met | other, behind);
    }
    (met, rest)
}

fn all_of<'w>(words: &'w [&'w str]) -> (bool, &'w [&'w str]) {
    let (mut met, mut rest) = one(words);
    while let ["AND", after @ ..] = rest {
        let (other, behind) = one(after);
        (met, rest) = (met & other, behind);
    }
    (met, rest)
}

fn one<'w>(words: &'w [&'w str]) -> (bool, &'w [&'w str]) {
    match words {
        ["(", inner @ ..] => match any_of(inner) {
            (met, [")", rest @ ..]) => (met, rest),
            _ => (false, &[]),
        },
        [name, "WITH", exception, rest @ ..] => (
            LICENCES.contains(&format!("{name} WITH {exception}").as_str()),
            rest,
        ),
        [name, rest @ ..] => (LICENCES.contains(name), rest),
        [] => (false, &[]),
    }
}

fn version(text: &str) -> Vec<u32> {
    text.split('.')
        .map(|part| part.parse().unwrap())
        .chain([0, 0])
        .take(3)
        .collect()
}

#[test]
fn a_licence_that_binds_is_told_from_one_that_permits() {
    for permissive in [
        "MIT",
        "MIT OR Apache-2.0",
        "Apache-2.0/MIT",
        "MIT OR Apache-2.0 OR LGPL-2.1-or-later",
        "(MIT OR GPL-3.0-only) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception OR GPL-2.0-only",
    ] {
        assert!(permits(permissive), "{permissive}");
    }
    for binding in [
        "GPL-3.0-only",
        "AGPL-3.0-or-later",
        "MIT AND GPL-2.0-or-later",
        "(MIT OR Apache-2.0) AND AGPL-3.0-only",
        "BUSL-1.1",
        "",
        "(MIT",
        "MIT MIT",
    ] {
        assert!(!permits(binding), "{binding}");
    }
}

#[test]
fn versions_are_compared_by_number() {
    assert!(version("1.9") < version("1.90"));
    assert!(version("1.90") == version("1.90.0"));
    assert!(version("1.90.1") > version("1.90"));
}
