//! Runs the vectors of the wire contract: the same files that Python, Node and C run.
//!
//! A vector is `{name, given: [{at, command}], at, command | query, expect: {reply} | {error}, state_hash?}`. It
//! plays on a fresh journal in memory: each command of `given` is carried out at its time and has to
//! succeed, then the last one is, and its reply, or its error, is the expected one. A command that is a
//! text goes to the door as it is, so that malformed input can be told too.

use loom_core::error::Error;
use loom_core::model::Timestamp;
use loom_store::Loom;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::vectors::Outcome;

/// One vector.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// What it promises.
    pub name: String,
    /// What happened before.
    pub given: Vec<Given>,
    /// When the last step is taken.
    pub at: Timestamp,
    /// The last step, a command …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Value>,
    /// … or a query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Value>,
    /// What it comes to.
    pub expect: Expect,
    /// The digest of the state behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_hash: Option<String>,
}

/// A command of the past.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// When it was sent.
    pub at: Timestamp,
    /// The command.
    pub command: Value,
}

/// What a vector comes to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// This reply, field by field.
    Reply(Value),
    /// An error of this code, about this field where one is named.
    Error {
        /// The code.
        code: String,
        /// The field.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        field: Option<String>,
    },
}

impl Expect {
    /// An error.
    pub fn error(code: &str, field: Option<&str>) -> Expect {
        Expect::Error {
            code: code.to_owned(),
            field: field.map(str::to_owned),
        }
    }
}

/// Runs every vector of a file.
pub fn run_file(text: &str) -> Outcome {
    let mut outcome = Outcome::default();
    let vectors: Vec<Vector> = match serde_json::from_str(text) {
        Ok(vectors) => vectors,
        Err(error) => {
            outcome.failures.push(format!("unreadable: {error}"));
            return outcome;
        }
    };
    for vector in vectors {
        match vector.run() {
            Ok(()) => outcome.passed += 1,
            Err(why) => outcome.failures.push(format!("{}: {why}", vector.name)),
        }
    }
    outcome
}

impl Vector {
    /// Plays the vector.
    ///
    /// # Errors
    /// What is not as it says, in words.
    pub fn run(&self) -> Result<(), String> {
        let loom = Loom::in_memory();
        for (place, given) in self.given.iter().enumerate() {
            send(&loom, &given.command, given.at)
                .map_err(|error| format!("given[{place}]: {error}"))?;
        }
        let reply = match (&self.command, &self.query) {
            (Some(command), None) => send(&loom, command, self.at),
            (None, Some(query)) => ask(&loom, query, self.at),
            _ => return Err("one of command and query is needed".to_owned()),
        };
        match (&self.expect, reply) {
            (Expect::Reply(expected), Ok(reply)) if *expected == reply => {}
            (Expect::Error { code, field }, Err(error))
                if code == error.code().as_str()
                    && (field.is_none() || field.as_deref() == error.field()) => {}
            (_, Ok(reply)) => return Err(format!("answered {reply}")),
            (_, Err(error)) => {
                let code = error.code().as_str();
                return Err(format!("failed with {code}: {error}"));
            }
        }
        let Some(expected) = &self.state_hash else {
            return Ok(());
        };
        let reply = ask(&loom, &json!({"type": "state_hash"}), self.at);
        let reply = reply.map_err(|error| error.to_string())?;
        match reply["hash"].as_str() {
            Some(hash) if hash == expected => Ok(()),
            hash => Err(format!("the state has the digest {hash:?}")),
        }
    }
}

/// Carries a command out through its door; the reply.
///
/// # Errors
/// Those of the door and of the command.
pub fn send(loom: &Loom, command: &Value, at: Timestamp) -> Result<Value, Error> {
    let answer = loom.submit_json(&text_of(command), Some(&at.to_string()))?;
    Ok(reply_of(&answer))
}

/// Asks a query through its door; the reply.
///
/// # Errors
/// Those of the door and of the query.
pub fn ask(loom: &Loom, query: &Value, at: Timestamp) -> Result<Value, Error> {
    let answer = loom.query_json(&text_of(query), Some(&at.to_string()))?;
    Ok(reply_of(&answer))
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

fn reply_of(answer: &str) -> Value {
    let answer: Value = serde_json::from_str(answer).unwrap_or_default();
    answer["reply"].clone()
}
