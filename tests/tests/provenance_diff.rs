//! What a diff's text tells, held against git itself and against the lines it was made from.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use loom_core::provenance::{changed_files, hunks, inverse_patch_id, patch_id, signed_lines};
use proptest::prelude::*;

/// A repository that is thrown away.
struct Repo {
    folder: tempfile::TempDir,
}

impl Repo {
    fn new() -> Repo {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo { folder };
        repo.git(&["init", "--quiet"], b"");
        repo
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn git(&self, arguments: &[&str], input: &[u8]) -> String {
        let mut child = Command::new("git")
            .args([
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@b",
                "-c",
                "core.autocrlf=false",
            ])
            .args(arguments)
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("git is there, as it is for whoever builds this");
        child.stdin.take().unwrap().write_all(input).unwrap();
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success(), "git {arguments:?}");
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    fn commit(&self) {
        self.git(&["add", "--all"], b"");
        self.git(&["commit", "--quiet", "--allow-empty", "-m", "a"], b"");
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn diff(&self, more: &[&str]) -> String {
        let mut arguments = vec!["diff", "--full-index", "-M"];
        arguments.extend(more);
        self.git(&arguments, b"")
    }

    /// What git says a patch is.
    fn patch_id(&self, diff: &str) -> Option<String> {
        let said = self.git(&["patch-id", "--stable"], diff.as_bytes());
        said.split_whitespace().next().map(str::to_owned)
    }
}

fn text(lines: &[u8]) -> String {
    let words = [
        "{",
        "}",
        "let a = 1;",
        "\tif b\r",
        "  return  c",
        "",
        "--- x",
        "+++ y",
        "@@ -1 +1 @@",
    ];
    let line = |line: &u8| words[usize::from(*line) % words.len()];
    lines
        .iter()
        .map(|each| format!("{}\n", line(each)))
        .collect()
}

#[test]
fn a_patch_is_named_as_git_names_it_with_moves_modes_binaries_and_odd_names() {
    let repo = Repo::new();
    repo.write("kept.rs", text(&[0, 1, 2, 3, 4, 5]));
    repo.write("moved.rs", text(&[2, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3]));
    repo.write("gone name.rs", "a\nb\n");
    repo.write("blob.bin", [0_u8, 159, 1, 2]);
    repo.write("zzz.sh", "echo\n");
    repo.commit();
    repo.write("kept.rs", text(&[0, 1, 6, 7, 8, 5]));
    std::fs::remove_file(repo.path().join("gone name.rs")).unwrap();
    std::fs::rename(repo.path().join("moved.rs"), repo.path().join("new.rs")).unwrap();
    repo.write("blob.bin", [0_u8, 1]);
    repo.write("ä \"quoted\".rs", "no end");
    repo.git(&["update-index", "--chmod=+x", "zzz.sh"], b"");
    repo.git(&["add", "--all"], b"");
    repo.git(&["update-index", "--chmod=+x", "zzz.sh"], b"");
    let diff = repo.diff(&["--cached"]);
    let said = |id: Option<loom_core::model::ActorId>| id.map(|id| id.to_string());
    assert_eq!(
        said(patch_id(&diff).unwrap()),
        repo.patch_id(&diff),
        "{diff}"
    );
    repo.git(&["commit", "--quiet", "-m", "a"], b"");
    let back = repo.diff(&["HEAD", "HEAD~1"]);
    assert_eq!(
        said(inverse_patch_id(&diff).unwrap()),
        repo.patch_id(&back),
        "{back}"
    );
    let files = changed_files(&diff).unwrap();
    let paths: Vec<(&str, Option<&str>)> = files
        .iter()
        .map(|file| (file.path.as_str(), file.old_path.as_deref()))
        .collect();
    let mut sorted = paths.clone();
    sorted.sort_unstable();
    let expected = [
        ("blob.bin", None),
        ("gone name.rs", None),
        ("kept.rs", None),
        ("new.rs", Some("moved.rs")),
        ("zzz.sh", None),
        ("ä \"quoted\".rs", None),
    ];
    assert_eq!(sorted, expected);
    let gone = &files[paths
        .iter()
        .position(|(path, _)| path.starts_with("gone"))
        .unwrap()];
    assert_eq!((gone.added, gone.removed, gone.after.clone()), (0, 2, None));
    assert!(gone.before.is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn random_edits_are_named_as_git_names_them_and_a_revert_is_their_inverse(
        before in prop::collection::vec(prop::collection::vec(0_u8..9, 0..24), 3),
        after in prop::collection::vec(prop::collection::vec(0_u8..9, 0..24), 3),
    ) {
        let repo = Repo::new();
        for (nth, lines) in before.iter().enumerate() {
            repo.write(&format!("src/{nth}.rs"), text(lines));
        }
        repo.commit();
        for (nth, lines) in after.iter().enumerate() {
            repo.write(&format!("src/{nth}.rs"), text(lines));
        }
        repo.commit();
        let diff = repo.diff(&["HEAD~1", "HEAD"]);
        let said = patch_id(&diff).unwrap().map(|id| id.to_string());
        prop_assert_eq!(said, repo.patch_id(&diff));
        // Counts and lines agree with what git counts.
        let numbers = repo.git(&["diff", "--numstat", "HEAD~1", "HEAD"], b"");
        let counted: String = changed_files(&diff).unwrap().iter()
            .map(|file| format!("{}\t{}\t{}\n", file.added, file.removed, file.path))
            .collect();
        prop_assert_eq!(counted, numbers);
        let back = repo.diff(&["HEAD", "HEAD~1"]);
        let turned: Vec<_> = signed_lines(&back).unwrap();
        for ((path, lines), (other, turned)) in signed_lines(&diff).unwrap().iter().zip(&turned) {
            let (lines, turned) = (lines.as_ref().unwrap(), turned.as_ref().unwrap());
            prop_assert_eq!(path, other);
            // Git may align lines that stand there twice in another way; what is left over is the same.
            prop_assert_eq!(
                lines.added.len() as i64 - lines.removed.len() as i64,
                turned.removed.len() as i64 - turned.added.len() as i64
            );
        }
        prop_assert_eq!(hunks(&diff).unwrap().len(), turned.len());
    }

    #[test]
    fn any_text_is_read_or_refused_and_never_more(diff in "(diff --git a/x b/x\n|--- a/x\n|\\+\\+\\+ b/x\n|@@ -1,2 \\+1 @@\n|[-+ ][a-z\"\\\\]{0,3}\n|index 00\\.\\.11\n|\\PC{0,8}\n?){0,12}") {
        let _ = (changed_files(&diff), patch_id(&diff), inverse_patch_id(&diff), signed_lines(&diff));
    }
}

#[test]
fn the_diff_of_a_revert_is_the_inverse_of_what_it_reverts() {
    let repo = Repo::new();
    repo.write("a.rs", "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n");
    repo.write("b.rs", "kept\n");
    repo.commit();
    repo.write(
        "a.rs",
        "one\n2\n2 and a half\nthree\nfour\nfive\nsix\n7\neight\nnine\n",
    );
    repo.write("c.rs", "new\n");
    std::fs::remove_file(repo.path().join("b.rs")).unwrap();
    repo.commit();
    let diff = repo.diff(&["HEAD~1", "HEAD"]);
    repo.git(&["revert", "--no-edit", "HEAD"], b"");
    let revert = repo.diff(&["HEAD~1", "HEAD"]);
    assert_eq!(inverse_patch_id(&diff).unwrap(), patch_id(&revert).unwrap());
    assert_ne!(patch_id(&diff).unwrap(), patch_id(&revert).unwrap());
    let (lines, turned) = (signed_lines(&diff).unwrap(), signed_lines(&revert).unwrap());
    for ((path, lines), (other, turned)) in lines.into_iter().zip(turned) {
        let (lines, turned) = (lines.unwrap(), turned.unwrap());
        assert_eq!(
            (path, lines.added, lines.removed),
            (other, turned.removed, turned.added)
        );
    }
}
