//! The limits that the sources of the core name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn core_sources(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../loom-core/src")
        .join(folder);
    let mut folders = vec![root];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                sources.push((path.clone(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    sources
}

/// The public limits that a plane of the core names.
pub(crate) fn limits_of(folder: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (_, source) in core_sources(folder) {
        for line in source.lines() {
            let Some(rest) = line.trim().strip_prefix("pub const ") else {
                continue;
            };
            let name = rest.split(':').next().unwrap();
            if name.ends_with("_MAX") || name.ends_with("_MIN") {
                names.insert(name.to_owned());
            }
        }
    }
    names
}
