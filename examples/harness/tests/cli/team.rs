//! A journal that two machines share: two clones, each with its own memory, and one PostgreSQL server.

use std::io::Write as _;
use std::process::Stdio;

use crate::server::Server;
use crate::world::{CONFLICT, Said, World, loom};

/// A clone on a machine of its own.
fn clone_of(server: &Server, person: &str) -> World {
    let world = World::bare();
    let actor = format!("human:{person}");
    world.ok(&actor, "", &["init", "--store", &server.url("shop")]);
    world.ok(&actor, "", &["run", "start", &format!("{person}-1")]);
    world
}

#[test]
fn two_clones_share_a_journal_and_each_remembers_where_it_is() {
    let server = Server::start();
    let (ada, bob) = (clone_of(&server, "ada"), clone_of(&server, "bob"));
    ada.claim("ada", &["src/a.rs", "-i", "rounding on purpose"]);
    let refused = bob.loom("human:bob", "bob-1", &["claim", "src/a.rs"]);
    assert_eq!(refused.code, CONFLICT, "{}{}", refused.out, refused.err);
    assert!(
        refused.out.contains("rounding on purpose"),
        "{}",
        refused.out
    );
    assert!(
        !bob.journal().exists(),
        "nothing lies in the clone but the address"
    );
    let said = std::fs::read_to_string(bob.repo().join(".git/.loom/store")).unwrap();
    assert_eq!(said.trim(), server.url("shop"));
}

#[test]
fn a_hook_on_one_machine_is_told_what_a_session_on_another_is_at() {
    let server = Server::start();
    let (ada, bob) = (clone_of(&server, "ada"), clone_of(&server, "bob"));
    ada.claim("ada", &["src/a.rs", "-i", "rounding on purpose"]);
    let said = hook(&bob);
    assert!(
        said.out.contains("\"deny\"") && said.out.contains("rounding on purpose"),
        "{}",
        said.out
    );
    server.kill();
    let said = hook(&bob);
    let says_no = said.code == 2 || said.out.contains("\"deny\"");
    assert!(
        says_no,
        "without a journal it says no: {} {}{}",
        said.code, said.out, said.err
    );
}

/// A session of Claude Code is about to write `src/a.rs`.
fn hook(world: &World) -> Said {
    let payload = serde_json::json!({
        "session_id": "s1", "cwd": world.repo(), "hook_event_name": "PreToolUse", "tool_name": "Write",
        "tool_input": {"file_path": world.repo().join("src/a.rs"), "content": "x"}, "tool_use_id": "t1",
    });
    let mut hook = loom(&world.repo());
    hook.args(["hook", "claude-code"])
        .env("LOOM_NOW", world.now().to_string());
    hook.env("XDG_STATE_HOME", world.state());
    hook.stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = hook.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(payload.to_string().as_bytes()).unwrap();
    drop(input);
    Said::of(child.wait_with_output().unwrap())
}

#[test]
fn a_journal_moves_to_a_server_with_its_chain_verified() {
    let server = Server::start();
    let world = World::new();
    world.claim("ada", &["src/a.rs", "-i", "rounding on purpose"]);
    let (here, there) = (world.journal(), server.url("shop"));
    let here = here.to_str().unwrap();
    let said = world.ok("", "", &["journal", "copy", here, &there]);
    assert!(
        said.starts_with("copied ") && said.contains(" records to postgres://loom@127.0.0.1"),
        "{said}"
    );
    let again = world.ok("", "", &["journal", "copy", here, &there]);
    assert!(again.starts_with("nothing was missing"), "{again}");
    let verified = |store: &str| world.ok("", "", &["log", "--quiet", "--store", store]);
    assert_eq!(verified(&there), verified(here));
    let told = world.loom(
        "human:bob",
        "bob-1",
        &["claim", "src/a.rs", "--store", &there],
    );
    assert!(
        told.code == CONFLICT && told.out.contains("rounding on purpose"),
        "{}",
        told.out
    );
    let refused = world.loom("", "", &["journal", "copy", "nowhere.db", &there]);
    assert!(
        refused.code != 0 && refused.err.contains("there is no journal"),
        "{}",
        refused.err
    );
}
