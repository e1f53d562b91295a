//! How the command ends: its exit codes, and how errors are shown.

use std::process::ExitCode;

use loom_core::error::{Code, Error, Next};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What `--help` says about exit codes.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  error: code, field, message and remedy stand on stderr
  2  the command line could not be read, or does not say who you are
  3  refused: claims of others are in the way (also `conflicts` and `would-revert`, where they found
     something), somebody else sees to the finding, or the policy asks for a person's yes first;
     `loom run` handed its work to a person, or another runner works on the loop
  4  waiting: the request is in the queue
  5  fenced: a claim named here does not hold any more; nothing may land under it; the run of
     `loom run` was not alive any more
  6  granted, but less than was asked for (--advise, --partial)
  7  denied by the policy
  8  `loom run` ended without its goal: the run was stopped, or failed
130  interrupted

`loom check` and `loom policy` end with 0 for a yes, 2 for a policy or input that is wrong, 3 where a
person's yes or an obligation is missing, and 4 for a no.";

/// An end that is no error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Exit {
    Done = 0,
    /// Something went wrong, and stderr has said what.
    Failed = 1,
    /// A policy or its input is wrong, and stderr has said where.
    Wrong = 2,
    Refused = 3,
    Waiting = 4,
    Fenced = 5,
    Less = 6,
    Denied = 7,
    /// A run ended without its goal.
    Missed = 8,
    Interrupted = 130,
}

/// An end that is an error.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line is not enough.
    Usage(String),
    /// The library, the store or git said no.
    Error(Error),
}

pub(crate) type Ended = Result<Exit, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Error(error)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

impl Failure {
    /// An error of the surroundings: git, the file system, a process.
    pub(crate) fn outside(field: &str, why: impl std::fmt::Display) -> Failure {
        Failure::Error(Error::at(Code::Unavailable, field, why.to_string()))
    }

    /// Something named on the command line is not there.
    pub(crate) fn absent(field: &str, why: impl std::fmt::Display) -> Failure {
        Failure::Error(Error::at(Code::NotFound, field, why.to_string()))
    }

    /// Something came out other than it must.
    pub(crate) fn broken(field: &str, why: impl std::fmt::Display) -> Failure {
        Failure::Error(Error::at(Code::Internal, field, why.to_string()))
    }

    /// Shows the error on stderr, for people or as JSON.
    pub(crate) fn tell(&self, as_json: bool) -> ExitCode {
        match self {
            Failure::Usage(message) if as_json => {
                eprintln!(
                    "{}",
                    json!({"error": {"code": "usage", "message": message}})
                );
            }
            Failure::Usage(message) => {
                eprintln!("error: {message}\n\nFor more information, try 'loom --help'.");
            }
            Failure::Error(error) if as_json => {
                let error = json!({"error": {
                    "code": error.code(),
                    "field": error.field(),
                    "message": error.message(),
                    "limit": error.limit_name(),
                    "next": error.next(),
                }});
                eprintln!("{error}");
            }
            Failure::Error(error) => {
                eprintln!("error:  {}: {}", error.code().as_str(), error.message());
                if let Some(field) = error.field() {
                    eprintln!("about:  {field}");
                }
                eprintln!("remedy: {}", remedy(error));
            }
        }
        ExitCode::from(match self {
            Failure::Usage(_) => 2,
            Failure::Error(_) => 1,
        })
    }
}

fn remedy(error: &Error) -> &'static str {
    match (error.code(), error.next()) {
        (Code::NoJournal, _) => "a person makes the journal once: loom init --as human:NAME",
        (Code::NoPolicy, _) => "a person sets the policy: loom policy set FILE --as human:NAME",
        (Code::RequestNotOpen, _) => "ask again, if it is still needed",
        (Code::RunNotLive, _) => "start a new run: loom run start",
        (_, Next::Retry) => "run the same command again after a while",
        (_, Next::FixInput) => "change what was given, then run it again",
        (_, Next::Reload) => "look at the state (loom status), then decide anew",
        (_, Next::AskHuman) => "a person has to decide or repair this",
        (_, Next::Stop) => "stop working with this journal; a person has to look at it (loom log)",
    }
}
