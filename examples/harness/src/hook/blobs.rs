//! Which blobs a file held before an edit and holds after it, as git would name them.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use loom_core::harness::hook::{Edit, Place};
use loom_core::model::ActorId;

/// Names the blobs of edited files. One that git does not name stays unknown.
pub(super) fn look_up(edits: &[Edit], places: &mut BTreeMap<String, Place>) {
    for edit in edits {
        let Some(place) = places.get_mut(&edit.path).filter(|it| it.repo.is_some()) else {
            continue;
        };
        let file = Path::new(&place.real);
        let Some(folder) = file.parent().filter(|folder| folder.is_dir()) else {
            continue;
        };
        let before = edit.before.as_deref();
        place.blobs = (
            before.and_then(|text| blob(folder, &place.real, Some(text))),
            file.is_file()
                .then(|| blob(folder, &place.real, None))
                .flatten(),
        );
    }
}

/// The name of the blob that a text, or the file itself, would be at this path.
fn blob(folder: &Path, path: &str, text: Option<&str>) -> Option<ActorId> {
    let mut git = Command::new("git");
    git.current_dir(folder).arg("hash-object");
    match text {
        Some(_) => git.arg("--stdin").arg(format!("--path={path}")),
        None => git.arg("--").arg(path),
    };
    let mut git = git
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut input = git.stdin.take()?;
    if input
        .write_all(text.unwrap_or_default().as_bytes())
        .is_err()
    {
        // It is waited for below, and says by its exit what it makes of that.
    }
    drop(input);
    let output = git.wait_with_output().ok()?;
    let name = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(())?;
    ActorId::new(name.trim()).ok()
}
