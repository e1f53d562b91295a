//! The repository as files, and what cargo says about it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ lies in the repository")
}

/// A file of the repository.
pub(crate) fn text(relative: &str) -> String {
    let path = root().join(relative);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The Rust files under a folder of the repository, as paths from that folder with `/`, in order.
/// Build output and the crate that offends on purpose are left out.
pub(crate) fn rust_files(folder: &str) -> Vec<String> {
    let start = root().join(folder);
    let mut files = Vec::new();
    let mut folders = vec![start.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !is_left_out(&path) {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|it| it == "rs") {
                let relative = path.strip_prefix(&start).unwrap().to_str().unwrap();
                files.push(relative.replace('\\', "/"));
            }
        }
    }
    files.sort();
    assert!(!files.is_empty(), "no Rust file under {}", start.display());
    files
}

fn is_left_out(folder: &Path) -> bool {
    let name = folder.file_name().unwrap().to_string_lossy();
    name.starts_with('.')
        || ["target", "node_modules", "artifacts", "corpus"].contains(&&*name)
        || folder == root().join("tests/bans")
}

/// The cargo that runs this test, to be run at the repository's root.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// What the command printed. Panics with its complaint where it failed.
pub(crate) fn printed(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// `cargo metadata` for this machine, without the network.
pub(crate) fn metadata() -> &'static serde_json::Value {
    static METADATA: OnceLock<serde_json::Value> = OnceLock::new();
    METADATA.get_or_init(|| {
        let version = printed(Command::new("rustc").arg("-vV"));
        let host = version
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .unwrap();
        let mut command = cargo();
        command.args(["metadata", "--format-version=1", "--offline", "--locked"]);
        command.args(["--filter-platform", host]);
        serde_json::from_str(&printed(&mut command)).unwrap()
    })
}

/// The folder that cargo builds into.
pub(crate) fn target() -> PathBuf {
    metadata()["target_directory"].as_str().unwrap().into()
}

/// The packages of the workspace.
pub(crate) fn members() -> Vec<&'static serde_json::Value> {
    let members = metadata()["workspace_members"].as_array().unwrap();
    let packages = metadata()["packages"].as_array().unwrap();
    packages
        .iter()
        .filter(|package| members.contains(&package["id"]))
        .collect()
}
