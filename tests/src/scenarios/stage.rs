//! Plays a story on a journal in memory, step by step.

use loom_core::error::Error;
use loom_store::Loom;
use serde_json::{Value, json};

use crate::wire_vectors::{Expect, Given, Vector, ask, send};
use crate::world;

/// A journal, and what was sent to it so far.
pub struct Stage {
    loom: Loom,
    given: Vec<Given>,
    ms: u64,
    sent: u64,
}

/// Who `name` is: a person, a service, or the run of a loop.
fn actor(name: &str) -> Value {
    match name {
        "ada" | "bob" | "eve" => json!({"kind": "human", "id": name}),
        "ci" => json!({"kind": "service", "id": "ci"}),
        run => json!({"kind": "loop", "id": "nightly", "run": run}),
    }
}

impl Stage {
    /// An empty journal.
    pub fn empty() -> Stage {
        Stage {
            loom: Loom::in_memory(),
            given: Vec::new(),
            ms: 0,
            sent: 0,
        }
    }

    /// A journal with the repository `shop`.
    pub fn bare() -> Stage {
        let mut stage = Stage::empty();
        stage.ada(json!({"type": "create_journal", "workspace": "acme"}));
        stage.ada(json!({"type": "register_repo", "id": "shop", "default_branch": "main"}));
        stage
    }

    /// The same with the runs `a` and `b`, whose leases last a day.
    pub fn shop() -> Stage {
        Stage::with_runs(&[("a", None), ("b", None)])
    }

    /// The same with these runs and their parents.
    pub fn with_runs(runs: &[(&str, Option<&str>)]) -> Stage {
        let mut stage = Stage::bare();
        for (run, parent) in runs {
            let mut body = json!({"type": "start_run", "run": run, "ttl_ms": 86_400_000});
            if let Some(parent) = parent {
                body["parent"] = json!(parent);
            }
            stage.by(run, body);
        }
        stage
    }

    /// Time goes on.
    pub fn later(&mut self, ms: u64) -> &mut Stage {
        self.ms += ms;
        self
    }

    /// A command of `ada`, who is a person.
    pub fn ada(&mut self, body: Value) -> Value {
        self.by("ada", body)
    }

    /// A command that succeeds; its reply.
    pub fn by(&mut self, name: &str, body: Value) -> Value {
        let command = self.command(name, body);
        self.sends(command)
    }

    /// A command that was made before, and succeeds; its reply.
    pub fn sends(&mut self, command: Value) -> Value {
        let at = world::at(self.ms);
        let answer =
            send(&self.loom, &command, at).unwrap_or_else(|error| panic!("{command}: {error:?}"));
        self.given.push(Given { at, command });
        answer
    }

    /// Claims for `run`, for ten minutes; the token.
    pub fn claims(&mut self, run: &str, paths: Value, mode: &str) -> String {
        let reply = self.by(run, claim(paths, mode));
        let token = reply.pointer("/claim/token");
        let token = token.unwrap_or_else(|| panic!("not granted: {reply}"));
        token.as_str().expect("a token is a text").to_owned()
    }

    /// Queues a claim for `run`; the name of the wait.
    pub fn waits(&mut self, run: &str, paths: Value, mode: &str) -> String {
        let reply = self.by(run, waiting(paths, mode));
        let wait = reply.pointer("/claim/wait");
        let wait = wait.unwrap_or_else(|| panic!("not queued: {reply}"));
        wait.as_str().expect("a token is a text").to_owned()
    }

    /// This clock goes back.
    pub fn earlier(&mut self, ms: u64) {
        self.ms -= ms;
    }

    /// The next command of `name`, not yet sent.
    pub fn command(&mut self, name: &str, body: Value) -> Value {
        self.command_as(actor(name), body)
    }

    /// The next command of an actor that is written out.
    pub(super) fn command_as(&mut self, actor: Value, body: Value) -> Value {
        self.sent += 1;
        let id = uuid::Uuid::from_u128(u128::from(self.sent));
        let nonce = format!("{:032x}", self.sent);
        json!({"id": id, "actor": actor, "nonce": nonce, "body": body})
    }

    pub(super) fn ends(
        mut self,
        name: &str,
        who: &str,
        body: Value,
        says: &[(&str, Value)],
        hashed: bool,
    ) -> Vector {
        let command = self.command(who, body);
        self.ends_with(name, command, says, hashed)
    }

    /// The story ends with a command that was made before.
    pub(super) fn ends_with(
        self,
        name: &str,
        command: Value,
        says: &[(&str, Value)],
        hashed: bool,
    ) -> Vector {
        let at = world::at(self.ms);
        let reply = send(&self.loom, &command, at);
        let expect = said(name, reply, says);
        let state_hash = hashed.then(|| {
            let reply = ask(&self.loom, &json!({"type": "state_hash"}), at);
            let reply = reply.expect("the state has a digest");
            reply["hash"]
                .as_str()
                .expect("a digest is a text")
                .to_owned()
        });
        Vector {
            name: name.to_owned(),
            given: self.given,
            at,
            command: Some(command),
            query: None,
            expect,
            state_hash,
        }
    }

    pub(super) fn asks(self, name: &str, query: Value, says: &[(&str, Value)]) -> Vector {
        let at = world::at(self.ms);
        let expect = said(name, ask(&self.loom, &query, at), says);
        Vector {
            name: name.to_owned(),
            given: self.given,
            at,
            command: None,
            query: Some(query),
            expect,
            state_hash: None,
        }
    }

    pub(super) fn fails(
        mut self,
        name: &str,
        who: &str,
        body: Value,
        code: &str,
        field: &str,
    ) -> Vector {
        let command = self.command(who, body);
        self.fails_with(name, command, code, field)
    }

    /// The story ends with a command that was made before, and is refused.
    pub(super) fn fails_with(self, name: &str, command: Value, code: &str, field: &str) -> Vector {
        let at = world::at(self.ms);
        let expect = failed(name, send(&self.loom, &command, at), code, Some(field));
        Vector {
            name: name.to_owned(),
            given: self.given,
            at,
            command: Some(command),
            query: None,
            expect,
            state_hash: None,
        }
    }

    pub(super) fn asks_in_vain(self, name: &str, query: Value, code: &str, field: &str) -> Vector {
        let at = world::at(self.ms);
        let expect = failed(name, ask(&self.loom, &query, at), code, Some(field));
        Vector {
            name: name.to_owned(),
            given: self.given,
            at,
            command: None,
            query: Some(query),
            expect,
            state_hash: None,
        }
    }

    pub(super) fn not_a_command(self, name: &str, text: &str, code: &str) -> Vector {
        let (at, command) = (world::at(self.ms), Value::from(text));
        let expect = failed(name, send(&self.loom, &command, at), code, None);
        Vector {
            name: name.to_owned(),
            given: self.given,
            at,
            command: Some(command),
            query: None,
            expect,
            state_hash: None,
        }
    }
}

/// A claim on `shop` for ten minutes.
pub(super) fn claim(paths: Value, mode: &str) -> Value {
    let specs = json!([{"repo": "shop", "paths": paths}]);
    json!({"type": "claim", "specs": specs, "mode": mode, "ttl_ms": 600_000})
}

/// The same, willing to wait.
pub(super) fn waiting(paths: Value, mode: &str) -> Value {
    with(claim(paths, mode), "on_conflict", json!("wait"))
}

/// The body with one field more, or another value of it.
pub(super) fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

fn said(name: &str, reply: Result<Value, Error>, says: &[(&str, Value)]) -> Expect {
    let reply = reply.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    for (pointer, value) in says {
        assert_eq!(
            reply.pointer(pointer),
            Some(value),
            "{name}: {pointer} of {reply}"
        );
    }
    Expect::Reply(reply)
}

fn failed(name: &str, reply: Result<Value, Error>, code: &str, field: Option<&str>) -> Expect {
    let error = match reply {
        Err(error) => error,
        Ok(reply) => panic!("{name}: {reply}"),
    };
    assert_eq!(error.code().as_str(), code, "{name}: {error:?}");
    let field = field.filter(|field| !field.is_empty());
    if let Some(field) = field {
        assert_eq!(error.field(), Some(field), "{name}: {error:?}");
    }
    Expect::error(code, field)
}
