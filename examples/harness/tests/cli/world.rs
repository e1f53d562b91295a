//! A git repository in a temporary folder, and `loom` in it. Time stands still until it is moved.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use loom_core::coordinator::{Answer, Reply};
use loom_core::model::{Timestamp, Token};
use tempfile::TempDir;

pub(crate) const CONFLICT: i32 = 3;
pub(crate) const WAITING: i32 = 4;
pub(crate) const FENCED: i32 = 5;
pub(crate) const LESS: i32 = 6;

/// A repository named `shop`, with a journal in which ada and bob have a run each.
pub(crate) struct World {
    folder: TempDir,
    now: Timestamp,
}

/// What a call of `loom` printed, and how it ended.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl World {
    /// A repository with two files in one commit, and no journal.
    pub(crate) fn bare() -> World {
        let world = World {
            folder: tempfile::tempdir().unwrap(),
            now: "2026-11-22T07:30:00Z".parse().unwrap(),
        };
        std::fs::create_dir_all(world.repo().join("src")).unwrap();
        world.git(&["init", "--quiet", "-b", "main"]);
        world.commit("src/a.rs", "fn a() {}\n", "One");
        world.commit("src/b.rs", "fn b() {}\n", "Two");
        world
    }

    /// The same with a journal, and runs `ada-1` and `bob-1`.
    pub(crate) fn new() -> World {
        let world = World::bare();
        world.ok("human:ada", "", &["init"]);
        world.ok("human:ada", "", &["run", "start", "ada-1"]);
        world.ok("human:bob", "", &["run", "start", "bob-1"]);
        world
    }

    pub(crate) fn repo(&self) -> PathBuf {
        self.folder.path().join("shop")
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.repo().join(".git/.loom/journal.db")
    }

    /// Where this machine keeps what it saw of journals elsewhere.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The time that `loom` is told.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Time goes on.
    pub(crate) fn pass(&mut self, ms: u64) {
        self.now = self.now.plus_ms(ms);
    }

    pub(crate) fn commit(&self, path: &str, text: &str, message: &str) {
        std::fs::write(self.repo().join(path), text).unwrap();
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "-m", message]);
    }

    /// A commit that no hook looks at.
    pub(crate) fn commit_unguarded(&self, path: &str, text: &str, message: &str) {
        std::fs::write(self.repo().join(path), text).unwrap();
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--no-verify", "-m", message]);
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args([
            "-c",
            "user.name=Ada",
            "-c",
            "user.email=ada@example.org",
            "-c",
            "commit.gpgSign=false",
        ]);
        git.args(args).current_dir(self.repo());
        // The same commits have the same names, whoever runs this and when.
        let now = format!("@{} +0000", self.now.as_ms() / 1_000);
        for (variable, value) in [
            ("GIT_AUTHOR_DATE", now.as_str()),
            ("GIT_COMMITTER_DATE", now.as_str()),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_SYSTEM", "/dev/null"),
        ] {
            git.env(variable, value);
        }
        let output = git.output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {args:?}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs `loom` in the repository.
    pub(crate) fn loom(&self, actor: &str, run: &str, args: &[&str]) -> Said {
        self.loom_in(&self.repo(), actor, run, args)
    }

    /// Runs `loom` in any folder.
    pub(crate) fn loom_in(&self, folder: &Path, actor: &str, run: &str, args: &[&str]) -> Said {
        let mut command = loom(folder);
        command.args(args).env("LOOM_NOW", self.now.to_string());
        command.env("XDG_STATE_HOME", self.state());
        for (variable, value) in [("LOOM_ACTOR", actor), ("LOOM_RUN", run)] {
            if !value.is_empty() {
                command.env(variable, value);
            }
        }
        Said::of(command.output().unwrap())
    }

    /// Runs `loom`, which must succeed; answers what it printed.
    pub(crate) fn ok(&self, actor: &str, run: &str, args: &[&str]) -> String {
        let said = self.loom(actor, run, args);
        assert_eq!(said.code, 0, "{args:?}\n{}{}", said.out, said.err);
        said.out
    }

    /// Runs `loom --json` as bob's or ada's run; answers how it ended and what it answered.
    pub(crate) fn json(&self, who: &str, args: &[&str]) -> (i32, Answer) {
        let (actor, run) = (format!("human:{who}"), format!("{who}-1"));
        let said = self.loom(&actor, &run, &[args, &["--json"]].concat());
        let answer = serde_json::from_str(&said.out);
        let answer =
            answer.unwrap_or_else(|why| panic!("{args:?}: {why}\n{}{}", said.out, said.err));
        (said.code, answer)
    }

    /// Claims, which must succeed; answers the token.
    pub(crate) fn claim(&self, who: &str, args: &[&str]) -> Token {
        let (code, answer) = self.json(who, &[&["claim"], args].concat());
        assert_eq!(code, 0, "{answer:?}");
        granted(&answer)
    }
}

impl Said {
    pub(crate) fn of(output: Output) -> Said {
        Said {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// All of these stand in what was printed, in this order.
    #[track_caller]
    pub(crate) fn has(&self, parts: &[&str]) {
        let mut rest = self.out.as_str();
        for part in parts {
            let Some(place) = rest.find(part) else {
                panic!("{part:?} is missing in\n{}{}", self.out, self.err);
            };
            rest = &rest[place + part.len()..];
        }
    }
}

/// The token of a granted claim.
pub(crate) fn granted(answer: &Answer) -> Token {
    use loom_core::claim::ClaimReply;
    match &answer.reply {
        Reply::Claim {
            claim: ClaimReply::Granted { token, .. },
            ..
        } => *token,
        other => panic!("{other:?}"),
    }
}

/// The binary, without what the surroundings say about actor, run, store and time.
pub(crate) fn loom(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loom"));
    command.current_dir(folder);
    for variable in [
        "LOOM_ACTOR",
        "LOOM_RUN",
        "LOOM_STORE",
        "LOOM_NOW",
        "GIT_DIR",
        "GIT_WORK_TREE",
    ] {
        command.env_remove(variable);
    }
    command
}
