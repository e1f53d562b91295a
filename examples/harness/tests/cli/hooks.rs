//! Hooks as a harness starts them: real processes on a real repository.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::world::{Said, World, loom};

/// Time for a hook, in a test that is about something else.
const LONG: &str = "60s";

struct Agent<'a> {
    world: &'a World,
    session: &'a str,
    cwd: PathBuf,
}

impl<'a> Agent<'a> {
    fn at(world: &'a World, session: &'a str, cwd: &Path) -> Agent<'a> {
        Agent {
            world,
            session,
            cwd: cwd.to_owned(),
        }
    }

    fn payload(&self, event: &str, more: Value) -> Value {
        let mut payload = json!({
            "session_id": self.session, "cwd": self.cwd, "hook_event_name": event,
            "tool_use_id": "t1",
        });
        payload
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        payload
    }

    fn start(&self, payload: &[u8], args: &[&str]) -> Child {
        let mut command = loom(&self.cwd);
        command.args(["hook", "claude-code"]).args(args);
        let mut child = command
            .env("LOOM_NOW", self.world.now().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A hook that answers before it has read all closes its end.
        let _ = child.stdin.take().unwrap().write_all(payload);
        child
    }

    fn hook(&self, event: &str, more: Value) -> Said {
        let payload = serde_json::to_vec(&self.payload(event, more)).unwrap();
        let child = self.start(&payload, &["--timeout", LONG]);
        Said::of(child.wait_with_output().unwrap())
    }

    /// Asks before a file of its tree is written.
    fn write(&self, path: &str) -> Said {
        let path = self.cwd.join(path);
        let input = json!({"file_path": path, "content": "x"});
        self.hook(
            "PreToolUse",
            json!({"tool_name": "Write", "tool_input": input}),
        )
    }

    fn bash(&self, line: &str) -> Said {
        let input = json!({"command": line});
        self.hook(
            "PreToolUse",
            json!({"tool_name": "Bash", "tool_input": input}),
        )
    }
}

/// The decision in an answer, and its reason.
#[track_caller]
fn decided(said: &Said) -> (String, String) {
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let answer: Value = serde_json::from_str(&said.out)
        .unwrap_or_else(|why| panic!("{why}: {:?} {:?}", said.out, said.err));
    let specific = &answer["hookSpecificOutput"];
    let text = |name: &str| specific[name].as_str().unwrap_or_default().to_owned();
    (text("permissionDecision"), text("permissionDecisionReason"))
}

#[track_caller]
fn passes(said: &Said) {
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{}", said.err);
}

#[track_caller]
fn denies(said: &Said, parts: &[&str]) {
    let (decision, reason) = decided(said);
    assert_eq!(decision, "deny", "{reason}");
    for part in parts {
        assert!(reason.contains(part), "{part} is not in {reason}");
    }
}

fn policy(world: &World, text: &str) {
    let file = world.repo().join("policy.yaml");
    std::fs::write(&file, text).unwrap();
    world.ok("human:ada", "", &["policy", "set", "policy.yaml"]);
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn two_agents_in_two_worktrees_edit_one_file_and_the_second_is_told_who_why_and_until_when() {
    let world = World::new();
    let other = world.repo().parent().unwrap().join("other");
    world.git(&[
        "worktree",
        "add",
        "--quiet",
        "-b",
        "b",
        other.to_str().unwrap(),
    ]);
    std::os::unix::fs::symlink(world.repo().join("src"), other.join("link")).unwrap();

    let (repo, other) = (world.repo(), other);
    let (one, two) = (
        Agent::at(&world, "one", &repo),
        Agent::at(&world, "two", &other),
    );
    let begins = two.hook("SessionStart", json!({"source": "startup"}));
    begins.has(&["additionalContext", "run claude-code.two"]);
    passes(&one.write("src/a.rs"));
    let parts = [
        "src/a.rs",
        "run claude-code.one",
        "Write of claude-code",
        "08:00:00",
    ];
    denies(&two.write("src/a.rs"), &parts);
    denies(&two.write("link/../src/a.rs"), &parts);
    denies(&two.bash("echo x > src/a.rs"), &parts);
    passes(&two.write("src/b.rs"));
    // A file that lies in no repository is nobody's.
    passes(&two.write("../elsewhere.txt"));

    passes(&one.hook("SessionEnd", json!({"reason": "other"})));
    passes(&two.write("src/a.rs"));
    world
        .loom("", "", &["status"])
        .has(&["claude-code.two", "src/a.rs"]);
}

#[test]
fn a_payments_edit_is_held_then_approved_in_another_terminal_and_passes() {
    let world = World::new();
    policy(
        &world,
        "version: 1\ndefault: allow\nrules:\n  - id: pay-1\n    effect: require_approval\n    when: {paths: [\"pay/**\"]}\n",
    );
    let repo = world.repo();
    let one = Agent::at(&world, "one", &repo);
    let held = one.write("pay/charge.rs");
    denies(&held, &["pay-1", "loom approve"]);
    let (_, reason) = decided(&held);
    let request = reason.split("loom approve ").nth(1).unwrap();
    let request = request.split('`').next().unwrap();
    denies(
        &one.bash(&format!("loom approve {request} --as human:bob")),
        &["only people"],
    );
    world.ok("human:bob", "", &["approve", request]);
    assert_eq!(decided(&one.write("pay/charge.rs")).0, "allow");
}

#[test]
fn a_sub_agent_works_inside_its_parents_claim_while_a_sibling_session_does_not() {
    let world = World::new();
    let repo = world.repo();
    let (one, two) = (
        Agent::at(&world, "one", &repo),
        Agent::at(&world, "two", &repo),
    );
    passes(&one.write("src/a.rs"));
    let of_agent = |agent: &Agent<'_>| {
        let input = json!({"file_path": repo.join("src/a.rs"), "content": "x"});
        let more = json!({"tool_name": "Write", "tool_input": input, "agent_id": "sub"});
        agent.hook("PreToolUse", more)
    };
    passes(&of_agent(&one));
    denies(&of_agent(&two), &["run claude-code.one"]);
}

#[test]
fn an_agent_changes_nothing_that_watches_over_it_by_whatever_name() {
    let world = World::new();
    let repo = world.repo();
    let outside = repo.parent().unwrap().join("innocent.txt");
    std::os::unix::fs::symlink(world.journal(), &outside).unwrap();
    std::os::unix::fs::symlink(".git/hooks", repo.join("tools")).unwrap();
    let one = Agent::at(&world, "one", &repo);
    for path in [
        ".git/.loom/journal.db",
        "../innocent.txt",
        "tools/pre-commit",
        ".claude/settings.json",
        "src/../.codex/hooks.json",
    ] {
        denies(&one.write(path), &["only people"]);
    }
    for line in [
        "cp /dev/null .git/.loom/journal.db",
        "echo > ../innocent.txt",
        "loom waive x",
    ] {
        denies(&one.bash(line), &["only people"]);
    }
}

#[test]
fn a_hook_answers_no_in_time_where_the_store_is_locked() {
    let world = World::new();
    let lock = rusqlite::Connection::open(world.journal()).unwrap();
    lock.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let repo = world.repo();
    let one = Agent::at(&world, "one", &repo);
    let input = json!({"file_path": repo.join("src/a.rs"), "content": "x"});
    let payload = one.payload(
        "PreToolUse",
        json!({"tool_name": "Write", "tool_input": input}),
    );
    let payload = serde_json::to_vec(&payload).unwrap();
    let said = one.start(&payload, &["--timeout", "1s"]);
    let said = Said::of(said.wait_with_output().unwrap());
    denies(&said, &["loom could not decide this"]);

    let said = one.start(&payload, &["--timeout", "1s", "--fail-open"]);
    let said = Said::of(said.wait_with_output().unwrap());
    passes(&said);
    assert!(said.err.contains("nobody saw this"), "{}", said.err);
    let gaps = std::fs::read_to_string(world.journal().with_file_name("gaps.jsonl")).unwrap();
    let gap: Value = serde_json::from_str(gaps.trim()).unwrap();
    assert_eq!(
        (&gap["unobserved"], &gap["session"]),
        (&json!(true), &json!("one"))
    );
    drop(lock);
    let said = one.write("src/a.rs");
    passes(&said);
}

#[test]
fn a_session_that_begins_tells_its_shells_who_they_are_and_its_commit_is_its_own() {
    let world = World::new();
    world.ok("human:ada", "", &["init", "git"]);
    let repo = world.repo();
    let one = Agent::at(&world, "one", &repo);
    let env = repo.parent().unwrap().join("env.sh");
    let payload = one.payload("SessionStart", json!({"source": "startup"}));
    let mut child = loom(&repo)
        .args(["hook", "claude-code", "--timeout", LONG])
        .env("LOOM_NOW", world.now().to_string())
        .env("LOOM_ACTOR", "human:ada")
        .env("CLAUDE_ENV_FILE", &env)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let payload = serde_json::to_vec(&payload).unwrap();
    child.stdin.take().unwrap().write_all(&payload).unwrap();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));

    passes(&one.write("src/a.rs"));
    let commit = format!(
        ". {} && echo x > src/a.rs && git -c user.name=A -c user.email=a@b commit -qam x",
        env.display()
    );
    let of_loom = Path::new(env!("CARGO_BIN_EXE_loom")).parent().unwrap();
    let shell = |line: &str| {
        let path = format!("{}:{}", of_loom.display(), std::env::var("PATH").unwrap());
        let mut shell = std::process::Command::new("sh");
        for name in ["LOOM_ACTOR", "LOOM_RUN", "LOOM_STORE"] {
            shell.env_remove(name);
        }
        shell
            .args(["-c", line])
            .current_dir(&repo)
            .env("PATH", path)
            .env("LOOM_NOW", world.now().to_string());
        Said::of(shell.output().unwrap())
    };
    let said = shell(&commit);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    // The same without the session's word is nobody's, and the claim stands in its way.
    let said = shell("echo y > src/a.rs && git -c user.name=A -c user.email=a@b commit -qam y");
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
}

#[test]
fn a_payload_that_never_ends_is_answered_no_in_time() {
    let world = World::new();
    let mut command = loom(&world.repo());
    let mut child = command
        .args(["hook", "claude-code", "--timeout", "500ms"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut open = child.stdin.take().unwrap();
    open.write_all(b"{\"session_id\": ").unwrap();
    let said = Said::of(child.wait_with_output().unwrap());
    drop(open);
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{}", said.err);
    assert!(said.err.contains("400 ms"), "{}", said.err);
}

#[test]
fn where_there_is_no_journal_the_answer_is_no_and_a_command_line_that_is_wrong_blocks_too() {
    let world = World::bare();
    let repo = world.repo();
    let one = Agent::at(&world, "one", &repo);
    denies(&one.write("src/a.rs"), &["no_journal"]);
    // A prompt is heard all the same.
    let said = one.hook("UserPromptSubmit", json!({"prompt": "go on"}));
    assert_eq!((said.code, said.out.as_str()), (1, ""), "{}", said.err);
    let said = one.start(b"{}", &["--no-such-flag"]);
    assert_eq!(said.wait_with_output().unwrap().status.code(), Some(2));
    // An event that nobody here has to do with is nobody's business.
    passes(&one.hook("Notification", json!({"message": "hi"})));
}

#[test]
fn an_edit_is_recorded_with_the_blobs_that_git_would_name() {
    let world = World::new();
    let repo = world.repo();
    let one = Agent::at(&world, "one", &repo);
    passes(&one.write("src/a.rs"));
    let before = std::fs::read_to_string(repo.join("src/a.rs")).unwrap();
    std::fs::write(repo.join("src/a.rs"), "fn a() { 1 }\n").unwrap();
    let done = json!({
        "tool_name": "Write",
        "tool_input": {"file_path": repo.join("src/a.rs"), "content": "fn a() { 1 }\n"},
        "tool_response": {"type": "update", "originalFile": before, "structuredPatch": []},
    });
    passes(&one.hook("PostToolUse", done));
    let new = world.git(&["hash-object", "src/a.rs"]);
    let old = world.git(&["rev-parse", "HEAD:src/a.rs"]);
    let log = world.ok("", "", &["log", "--json"]);
    for blob in [new.trim(), old.trim()] {
        assert!(log.contains(blob), "{blob} is not in {log}");
    }
}

#[test]
fn a_worktree_that_a_harness_asks_for_is_made_and_goes_when_nothing_in_it_is_lost() {
    let world = World::new();
    let repo = world.repo();
    let one = Agent::at(&world, "one", &repo);
    let said = one.hook("WorktreeCreate", json!({"name": "agent-1"}));
    let path = PathBuf::from(said.out.trim());
    assert!(path.join("src/a.rs").is_file(), "{}{}", said.out, said.err);
    std::fs::write(path.join("new.txt"), "x").unwrap();
    let gone = json!({"worktree_path": path});
    assert_eq!(one.hook("WorktreeRemove", gone.clone()).code, 2);
    assert!(path.join("new.txt").is_file());
    std::fs::remove_file(path.join("new.txt")).unwrap();
    passes(&one.hook("WorktreeRemove", gone));
    assert!(!path.exists());
    for name in ["../x", "-x", "a b", ".git"] {
        let said = one.hook("WorktreeCreate", json!({"name": name}));
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{name}");
    }
}

#[test]
fn a_person_puts_hooks_into_settings_and_takes_them_out_again() {
    let world = World::new();
    let file = world.repo().join(".claude/settings.json");
    world.ok("", "", &["init", "claude-code"]);
    let once = std::fs::read_to_string(&file).unwrap();
    let value: Value = serde_json::from_str(&once).unwrap();
    let hook = &value["hooks"]["PreToolUse"][0]["hooks"][0];
    assert_eq!(hook["command"], "loom hook claude-code || exit 2");
    world.ok("", "", &["init", "claude-code"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), once);
    world.ok("", "", &["init", "claude-code", "--remove"]);
    assert!(!file.exists());
    world.ok("", "", &["init", "codex"]);
    assert!(world.repo().join(".codex/hooks.json").is_file());
}
