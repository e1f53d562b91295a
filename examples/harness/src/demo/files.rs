//! Which files of a repository the demo plays with. Every loop picks for itself, and since they all
//! look at the same commit they pick the same.

use std::path::Path;

use loom_core::path::{PathRules, PatternSource, RepoPath};

use super::cue::Role;
use super::repo;
use crate::exit::Failure;

/// How many files the last act needs at least, and takes at most.
const FREE_MIN: usize = 4;
const FREE_MAX: usize = 8;
/// Larger files are left alone.
const BYTES_MAX: u64 = 256 * 1024;

/// The files of the story.
#[derive(Debug, Clone)]
pub(super) struct Picks {
    roles: [String; 4],
    /// Files that everybody may work on in the last act.
    pub(super) free: Vec<String>,
}

impl Picks {
    /// Picks from the commit that is checked out; `None` where it has too few files to play with.
    pub(super) fn from(folder: &Path) -> Result<Option<Picks>, Failure> {
        let mut files = candidates(&repo::tree(folder)?);
        if files.len() < 4 + FREE_MIN {
            return Ok(None);
        }
        let best = files
            .iter()
            .max_by_key(|path| (looks_like_a_test(path), path.contains('/')));
        let test = best.cloned().unwrap_or_default();
        files.retain(|path| *path != test);
        // Evenly over the tree, so that a large repository does not look like its first folder.
        let wanted = files.len().min(3 + FREE_MAX);
        let mut spread = (0..wanted).map(|nth| files[nth * files.len() / wanted].clone());
        let [queued, held, handed] = [(); 3].map(|()| spread.next().unwrap_or_default());
        Ok(Some(Picks {
            roles: [test, queued, held, handed],
            free: spread.collect(),
        }))
    }

    /// The file of a role.
    pub(super) fn file(&self, role: Role) -> &str {
        &self.roles[role as usize]
    }

    /// The file as a claim names it.
    pub(super) fn exactly(&self, role: Role) -> PatternSource {
        PatternSource::file(self.file(role))
    }

    /// Everything around the file: its folder, or in the root its kind.
    pub(super) fn around(&self, role: Role) -> PatternSource {
        let file = self.file(role);
        match (file.rsplit_once('/'), file.rsplit_once('.')) {
            (Some((folder, _)), _) => PatternSource::dir(folder),
            (None, Some((_, kind))) => PatternSource::glob(format!("**/*.{kind}")),
            (None, None) => PatternSource::glob("*"),
        }
    }
}

/// How much a path looks like that of a test: by its name, else by its folder, else for being code.
fn looks_like_a_test(path: &str) -> u8 {
    let lower = path.to_lowercase();
    let (folder, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let is_code = matches!(comment(path), Some((_, ""))) && !name.ends_with(".toml");
    match () {
        () if !is_code => 0,
        () if name.contains("test") || name.contains("spec") => 3,
        () if folder
            .split('/')
            .any(|it| ["test", "tests", "spec", "specs"].contains(&it)) =>
        {
            2
        }
        () => 1,
    }
}

/// Text files of a kind that has comments, small enough, named so that a claim can name them.
fn candidates(tree: &[(String, u64)]) -> Vec<String> {
    let usable = tree.iter().filter(|(path, bytes)| {
        *bytes <= BYTES_MAX
            && comment(path).is_some()
            && RepoPath::parse(path, &PathRules::default()).is_ok()
    });
    usable.map(|(path, _)| path.clone()).collect()
}

/// A line of text as a comment in a file's language; `None` for a language without.
pub(super) fn comment_in(path: &str, text: &str) -> Option<String> {
    let (open, close) = comment(path)?;
    Some(format!("{open} {text}{close}\n"))
}

fn comment(path: &str) -> Option<(&'static str, &'static str)> {
    let name = path.rsplit('/').next()?;
    let (_, kind) = name.rsplit_once('.').unwrap_or(("", name));
    Some(match kind {
        "bash" | "cfg" | "ex" | "exs" | "jl" | "mk" | "nix" | "pl" | "py" | "r" | "rb" | "sh"
        | "tf" | "toml" | "yaml" | "yml" | "Dockerfile" | "Makefile" => ("#", ""),
        "c" | "cc" | "cpp" | "cs" | "cxx" | "dart" | "go" | "h" | "hpp" | "java" | "js" | "jsx"
        | "kt" | "mjs" | "php" | "proto" | "rs" | "scala" | "swift" | "ts" | "tsx" | "zig" => {
            ("//", "")
        }
        "hs" | "lua" | "sql" => ("--", ""),
        "htm" | "html" | "md" | "svg" | "vue" | "xml" => ("<!--", " -->"),
        "css" | "scss" => ("/*", " */"),
        "adoc" | "rst" | "txt" => ("", ""),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_small_text_files_with_usable_names_are_played_with() {
        let tree = [
            ("src/a.rs", 10),
            ("logo.png", 10),
            ("huge.rs", BYTES_MAX + 1),
            ("back\\slash.rs", 10),
            ("Makefile", 10),
            ("package-lock.json", 10),
        ];
        let tree = tree.map(|(path, bytes)| (path.to_owned(), bytes));
        assert_eq!(candidates(&tree), ["src/a.rs", "Makefile"]);
    }

    #[test]
    fn what_looks_most_like_a_test_is_the_test() {
        let rising = ["README.md", "src/a.rs", "tests/a.rs", "src/a_test.go"];
        assert!(rising.is_sorted_by_key(|path| looks_like_a_test(path)));
    }

    #[test]
    fn a_comment_is_written_in_the_language_of_the_file() {
        assert_eq!(comment_in("a/b.py", "x").unwrap(), "# x\n");
        assert_eq!(comment_in("a.md", "x").unwrap(), "<!-- x -->\n");
        assert_eq!(comment_in("a.json", "x"), None);
    }
}
