//! Which file a path is: the same one through the main checkout, a worktree or a link, and one outside of
//! every repository told as such. Reads what git wrote down and starts no git, since a hook that runs
//! before every edit has no time for one.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use loom_core::error::{Code, Error};

use crate::git::Checkout;

/// The most links that a path leads through.
const LINKS_MAX: usize = 40;
/// The most bytes that are read of what git wrote down.
const NOTE_BYTES_MAX: u64 = 64 * 1024;

/// A tree of files under git.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tree {
    /// Its root: of the main checkout, or of a worktree.
    pub(crate) root: PathBuf,
    /// The git folder that all worktrees of the clone share.
    pub(crate) common: PathBuf,
}

impl Tree {
    /// The innermost tree that a path lies in; its links are resolved.
    pub(crate) fn around(real: &Path) -> Option<Tree> {
        real.ancestors().find_map(|root| {
            let git = root.join(".git");
            let about = std::fs::symlink_metadata(&git).ok()?;
            let folder = match about.is_file() {
                // A worktree, or a submodule.
                true => {
                    let note = note(&git)?;
                    let folder = root.join(note.strip_prefix("gitdir:")?.trim());
                    match note_if_any(&folder.join("commondir")) {
                        Some(common) => folder.join(common.trim()),
                        None => folder,
                    }
                }
                false => git,
            };
            let is_git = folder.join("HEAD").exists() || folder.join("objects").exists();
            let common = std::fs::canonicalize(&folder).ok().filter(|_| is_git)?;
            Some(Tree {
                root: root.to_owned(),
                common,
            })
        })
    }

    /// The same as somebody who asks git knows it.
    pub(crate) fn checkout(&self) -> Checkout {
        Checkout {
            at: self.root.clone(),
            common: self.common.clone(),
        }
    }

    /// A path of this tree, from its root, with slashes; `None` for one that is not in it, for its root,
    /// and for one that is no text.
    pub(crate) fn inside(&self, real: &Path) -> Option<String> {
        let inside = real.strip_prefix(&self.root).ok()?;
        let parts = inside.components().map(|part| part.as_os_str().to_str());
        let parts: Option<Vec<&str>> = parts.collect();
        parts
            .filter(|parts| !parts.is_empty())
            .map(|it| it.join("/"))
    }
}

fn note(path: &Path) -> Option<String> {
    use std::io::Read as _;
    let mut text = String::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(NOTE_BYTES_MAX).read_to_string(&mut text).ok()?;
    Some(text.trim_end_matches(['\n', '\r']).to_owned())
}

fn note_if_any(path: &Path) -> Option<String> {
    path.exists().then(|| note(path)).flatten()
}

/// A path with its links resolved, whether or not something is there yet.
///
/// # Errors
/// `invalid_path` for one that leads through more than [`LINKS_MAX`] links: they lead in a circle.
pub(crate) fn real(path: &str, cwd: &Path) -> Result<PathBuf, Error> {
    let mut open: Vec<OsString> = Vec::new();
    let push = |path: &Path, open: &mut Vec<OsString>| {
        let parts: Vec<OsString> = path
            .components()
            .map(|part| part.as_os_str().to_owned())
            .collect();
        open.extend(parts.into_iter().rev());
    };
    push(&cwd.join(path), &mut open);
    let mut real = PathBuf::new();
    let mut links = 0;
    while let Some(part) = open.pop() {
        match Path::new(&part).components().next() {
            Some(Component::ParentDir) => {
                real.pop();
            }
            Some(Component::Normal(name)) => {
                let next = real.join(name);
                match std::fs::read_link(&next) {
                    Ok(target) => {
                        links += 1;
                        if links > LINKS_MAX {
                            let message = "this path leads through links without end";
                            return Err(Error::at(Code::InvalidPath, "path", message));
                        }
                        if target.is_absolute() {
                            real = PathBuf::new();
                        }
                        push(&target, &mut open);
                    }
                    Err(_) => real = next,
                }
            }
            Some(Component::CurDir) | None => {}
            Some(root) => real.push(root),
        }
    }
    Ok(real)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_through_links_dots_and_what_is_not_there_yet() {
        let folder = tempfile::tempdir().unwrap();
        let at = std::fs::canonicalize(folder.path()).unwrap();
        std::fs::create_dir_all(at.join("a/b")).unwrap();
        std::os::unix::fs::symlink("a/b", at.join("link")).unwrap();
        std::os::unix::fs::symlink(at.join("a/new.txt"), at.join("dangling")).unwrap();
        std::os::unix::fs::symlink("round", at.join("round")).unwrap();
        let one = at.join("a/b/c/d.txt");
        for path in ["link/c/d.txt", "./a/../link/./c/d.txt", "a/b/x/../c/d.txt"] {
            assert_eq!(real(path, &at).unwrap(), one, "{path}");
        }
        // Behind a link, `..` is the folder above what it leads to, as the kernel has it.
        assert_eq!(real("link/../z", &at).unwrap(), at.join("a/z"));
        assert_eq!(real("dangling", &at).unwrap(), at.join("a/new.txt"));
        assert!(real("round", &at).is_err());
    }
}
