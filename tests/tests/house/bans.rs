//! The bans on the core fire: `tests/bans` offends once against each of them, and clippy says so.

use std::collections::BTreeSet;

use crate::tree;

/// A diagnostic by where it stands and by what it names: the banned path, else the lint.
type Finding = (String, usize, String);

#[test]
fn every_ban_convicts_its_offence_and_nothing_else() {
    let found = diagnosed();
    let wanted = marked();
    let missing: Vec<_> = wanted.difference(&found).collect();
    let surplus: Vec<_> = found.difference(&wanted).collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "did not fire: {missing:#?}\nnot marked: {surplus:#?}"
    );
    assert!(
        found.iter().all(|(file, ..)| file == "offending.rs"),
        "{found:#?}"
    );
}

#[test]
fn every_ban_and_every_lint_has_its_offence() {
    let marked: BTreeSet<String> = marked().into_iter().map(|(_, _, name)| name).collect();
    let banned = banned(&tree::text("loom-core/clippy.toml"));
    assert!(
        banned.len() > 50,
        "the list of bans was not read: {banned:?}"
    );
    for name in banned.iter().chain(&lints()) {
        assert!(
            marked.contains(name),
            "tests/bans/src/offending.rs has no offence against {name}"
        );
    }
}

#[test]
fn the_offending_crate_is_linted_at_the_levels_of_the_workspace() {
    let workspace = sections(&tree::text("Cargo.toml"), "[workspace.lints.");
    let offending = sections(&tree::text("tests/bans/Cargo.toml"), "[lints.");
    assert_eq!(offending, workspace);
    let core = tree::text("loom-core/Cargo.toml");
    assert!(
        core.contains("[lints]\nworkspace = true"),
        "loom-core does not take the workspace's lints"
    );
}

#[test]
fn the_core_switches_no_ban_off_outside_its_tests() {
    for file in tree::rust_files("loom-core/src") {
        let source = tree::text(&format!("loom-core/src/{file}"));
        let reading = crate::reader::read(&source).unwrap();
        for path in reading.paths.iter().filter(|path| !path.in_test) {
            let ban = path.segments.join("::");
            let is_ban =
                ban.starts_with("clippy::disallowed_") || ban == "clippy::float_arithmetic";
            assert!(
                !is_ban || file == "lib.rs",
                "loom-core/src/{file}:{}: {ban}",
                path.line
            );
        }
    }
    let root = tree::text("loom-core/src/lib.rs").replace(char::is_whitespace, "");
    let exempt = "#![cfg_attr(test,allow(clippy::disallowed_macros,clippy::disallowed_methods,\
                  clippy::disallowed_types,clippy::float_arithmetic))]";
    assert_eq!(
        root.matches("clippy::").count(),
        exempt.matches("clippy::").count()
    );
    assert!(
        root.contains(exempt),
        "loom-core/src/lib.rs exempts something else than its test build"
    );
}

/// What clippy says about the offending crate, under the core's list.
fn diagnosed() -> BTreeSet<Finding> {
    let mut command = tree::cargo();
    command.args(["clippy", "--quiet", "--message-format=json", "--locked"]);
    command
        .arg("--manifest-path")
        .arg(tree::root().join("tests/bans/Cargo.toml"));
    command.env("CLIPPY_CONF_DIR", tree::root().join("loom-core"));
    command.env("CARGO_TARGET_DIR", tree::target().join("bans"));
    // What the calling build set for itself is not what this build is about.
    for name in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CLIPPY_ARGS",
        "RUSTC_WRAPPER",
    ] {
        command.env_remove(name);
    }
    // It fails, as `unsafe_code` is forbidden; what it said is what counts.
    let output = command.output().expect("cargo clippy runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    let lines = String::from_utf8(output.stdout).unwrap();
    let found: BTreeSet<Finding> = lines.lines().filter_map(finding).collect();
    assert!(!found.is_empty(), "clippy said nothing: {complaint}");
    found
}

fn finding(line: &str) -> Option<Finding> {
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    if line["reason"] != "compiler-message" || line["target"]["name"] != "loom_bans" {
        return None;
    }
    let message = &line["message"];
    let span = message["spans"]
        .as_array()
        .unwrap()
        .iter()
        .find(|span| span["is_primary"] == true)?;
    // Inside a macro of the standard library, the place is the call.
    let mut place = span;
    while let Some(call) = place["expansion"].get("span") {
        place = call;
    }
    let code = message["code"]["code"]
        .as_str()
        .unwrap_or("no code")
        .to_owned();
    let text = message["message"].as_str().unwrap();
    let name = match text.split('`').nth(1) {
        Some(path) if code.starts_with("clippy::disallowed_") => path.to_owned(),
        _ => code,
    };
    let file = place["file_name"]
        .as_str()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap();
    Some((
        file.to_owned(),
        usize::try_from(place["line_start"].as_u64().unwrap()).unwrap(),
        name,
    ))
}

/// What the offending crate says about itself: the names behind `//~`.
fn marked() -> BTreeSet<Finding> {
    let source = tree::text("tests/bans/src/offending.rs");
    let mut marked = BTreeSet::new();
    for (nth, line) in source.lines().enumerate() {
        let names = line
            .split_once("; //~ ")
            .or(line.split_once(" //~ "))
            .map_or("", |(_, names)| names);
        marked.extend(
            names
                .split(' ')
                .filter(|it| !it.is_empty())
                .map(|name| ("offending.rs".to_owned(), nth + 1, name.to_owned())),
        );
    }
    marked
}

/// The paths that a clippy.toml bans. `disallowed-*` lists hold one entry a line.
fn banned(config: &str) -> BTreeSet<String> {
    let entries = config
        .lines()
        .filter_map(|line| line.trim().strip_prefix("{ path = \""));
    entries
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect()
}

/// The single lints that the workspace sets, by the names in their diagnostics.
fn lints() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut tool = None;
    for line in sections(&tree::text("Cargo.toml"), "[workspace.lints.") {
        match (line.strip_prefix('['), line.split_once(" = ")) {
            (Some(header), _) => tool = header.strip_suffix(']').map(str::to_owned),
            (None, Some(("all", _))) => {}
            (None, Some((lint, _))) => match tool.as_deref() {
                Some("rust") => drop(names.insert(lint.to_owned())),
                Some("clippy") => drop(names.insert(format!("clippy::{lint}"))),
                _ => {}
            },
            (None, None) => {}
        }
    }
    assert!(
        names.len() > 3,
        "the workspace's lints were not read: {names:?}"
    );
    names
}

/// The lines of the sections whose header opens with `prefix`, the headers without it.
pub(crate) fn sections(manifest: &str, prefix: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut inside = false;
    for line in manifest
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        if line.starts_with('[') {
            inside = line.starts_with(prefix);
            if inside {
                lines.push(format!("[{}", &line[prefix.len()..]));
            }
        } else if inside {
            lines.push(line.to_owned());
        }
    }
    lines
}
