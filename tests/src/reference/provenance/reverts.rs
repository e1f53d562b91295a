//! Whose version a change takes back, by reading the list of changes from its end.

use loom_core::model::ActorId;
use loom_core::provenance::ChangeFact;

/// What stands at a path after all changes; nothing where there is no file.
pub fn content(changes: &[ChangeFact], path: &str) -> Option<ActorId> {
    let files = changes.iter().rev().flat_map(|change| &change.files);
    let last = files.into_iter().find(|file| file.path == path);
    last.and_then(|file| file.after.clone())
}

/// "For each file, the latest version on the branch that replaced what comes, or that added what goes":
/// the place of its change in the list. A file that is already so takes nothing back.
pub fn would_undo(changes: &[ChangeFact], path: &str, after: Option<&ActorId>) -> Option<usize> {
    if content(changes, path).as_ref() == after {
        return None;
    }
    (0..changes.len()).rev().find(|place| {
        let mut files = changes[*place].files.iter();
        files.any(|file| file.path == path && file.before.as_ref() == after)
    })
}
