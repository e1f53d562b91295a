//! One error for the whole library, with a stable code.
//!
//! Callers branch on [`Error::code`] and [`Error::next`]; the message is for people and may change.
//! Refusals that belong to the job (a conflict, a denied action) are *replies*, never errors.
//! The shape (code, message, help) follows cedar's `DetailedError`; the prescriptive `next` follows
//! slatedb's few error kinds.
//!
//! ```
//! use loom_core::error::{Code, Error, Next};
//!
//! let error = Error::limit("claim.specs", "SPECS_MAX", 64, 65);
//! assert_eq!(error.code(), Code::LimitExceeded);
//! assert_eq!(error.next(), Next::FixInput);
//! assert_eq!(error.limit_name(), Some("SPECS_MAX"));
//! assert_eq!(error.to_string(), "claim.specs: 65 is over the limit SPECS_MAX = 64");
//! ```

use serde::{Deserialize, Serialize};

/// What went wrong, as a stable word. The words are API: they never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Code {
    /// The text is no legal repository path.
    InvalidPath,
    /// The text is no legal pattern, or a set of them is not legal.
    InvalidPattern,
    /// A field holds a value that it cannot hold.
    InvalidField,
    /// A field that this command needs is not there.
    MissingField,
    /// The JSON could not be read: syntax, an unknown field or type, or a duplicate key.
    InvalidJson,
    /// The policy document cannot be used: the message gives line, column and the remedy.
    InvalidPolicy,
    /// A list, text or number is over (or under) a documented limit; the error names the limit.
    LimitExceeded,
    /// The thing named does not exist here (a run, a claim, a repository, …).
    NotFound,
    /// The thing named exists already, and says something else.
    AlreadyExists,
    /// The kind of actor, or this actor, may not send this command.
    NotPermitted,
    /// The command id was used before with another body.
    IdReused,
    /// The run has ended or lapsed; it can hold nothing any more.
    RunNotLive,
    /// The claim has ended or lapsed.
    ClaimNotLive,
    /// The request was answered, rejected, or has expired.
    RequestNotOpen,
    /// The run waits for a claim already; a run has one pending wait.
    AlreadyWaiting,
    /// The claim would not become narrower.
    NotNarrower,
    /// The journal has no first record; create it first.
    NoJournal,
    /// No policy was set, so there is nothing to decide by.
    NoPolicy,
    /// A record does not chain to the one before it, or its hash is not that of its bytes.
    BrokenChain,
    /// Records are missing between the version held and the first one given.
    Gap,
    /// The journal was written by a newer version of the library.
    NewerJournal,
    /// Bytes of a record, snapshot or page are not what they must be.
    Corrupt,
    /// Nothing said whether the append landed; send the same command again.
    OutcomeUnknown,
    /// The store cannot be reached or is busy.
    Unavailable,
    /// The store's head is behind, or beside, one that was seen before.
    Regressed,
    /// The record is larger than the store takes.
    TooLarge,
    /// The record's time is too far ahead of the store's own clock.
    ClockAhead,
    /// A bug in this library: an invariant did not hold. Nothing was changed.
    Internal,
}

/// What the caller should do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// Send the same again, the same id included, after a while.
    Retry,
    /// Change what was sent.
    FixInput,
    /// Read the state again (records, snapshot), then decide.
    Reload,
    /// A person has to decide or repair.
    AskHuman,
    /// Do nothing more with this journal or this process.
    Stop,
}

impl Code {
    /// The code as it stands in JSON, logs and other languages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Code::InvalidPath => "invalid_path",
            Code::InvalidPattern => "invalid_pattern",
            Code::InvalidField => "invalid_field",
            Code::MissingField => "missing_field",
            Code::InvalidJson => "invalid_json",
            Code::InvalidPolicy => "invalid_policy",
            Code::LimitExceeded => "limit_exceeded",
            Code::NotFound => "not_found",
            Code::AlreadyExists => "already_exists",
            Code::NotPermitted => "not_permitted",
            Code::IdReused => "id_reused",
            Code::RunNotLive => "run_not_live",
            Code::ClaimNotLive => "claim_not_live",
            Code::RequestNotOpen => "request_not_open",
            Code::AlreadyWaiting => "already_waiting",
            Code::NotNarrower => "not_narrower",
            Code::NoJournal => "no_journal",
            Code::NoPolicy => "no_policy",
            Code::BrokenChain => "broken_chain",
            Code::Gap => "gap",
            Code::NewerJournal => "newer_journal",
            Code::Corrupt => "corrupt",
            Code::OutcomeUnknown => "outcome_unknown",
            Code::Unavailable => "unavailable",
            Code::Regressed => "regressed",
            Code::TooLarge => "too_large",
            Code::ClockAhead => "clock_ahead",
            Code::Internal => "internal",
        }
    }

    /// What the caller should do about an error of this code.
    pub const fn next(self) -> Next {
        match self {
            Code::InvalidPath
            | Code::InvalidPattern
            | Code::InvalidField
            | Code::MissingField
            | Code::InvalidJson
            | Code::InvalidPolicy
            | Code::LimitExceeded
            | Code::NotFound
            | Code::AlreadyExists
            | Code::IdReused
            | Code::NotNarrower
            | Code::AlreadyWaiting
            | Code::TooLarge => Next::FixInput,
            Code::RunNotLive | Code::ClaimNotLive | Code::RequestNotOpen | Code::Gap => {
                Next::Reload
            }
            Code::NotPermitted | Code::NoJournal | Code::NoPolicy | Code::Regressed => {
                Next::AskHuman
            }
            Code::OutcomeUnknown | Code::Unavailable | Code::ClockAhead => Next::Retry,
            Code::BrokenChain | Code::NewerJournal | Code::Corrupt | Code::Internal => Next::Stop,
        }
    }
}

/// An error: a stable code, a message for people, the field it is about, and the next step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", .field.as_deref().map(|f| format!("{f}: ")).unwrap_or_default())]
pub struct Error {
    code: Code,
    message: String,
    field: Option<String>,
    limit: Option<&'static str>,
}

impl Error {
    /// An error without a field. `message` is a sentence without a final stop that says the remedy
    /// where there is one.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Error {
            code,
            message: message.into(),
            field: None,
            limit: None,
        }
    }

    /// An error about one field, named as a path into the input (`claim.specs[2].paths`).
    pub fn at(code: Code, field: impl Into<String>, message: impl Into<String>) -> Self {
        Error {
            code,
            message: message.into(),
            field: Some(field.into()),
            limit: None,
        }
    }

    /// Something is over a limit. `name` is the documented constant, `max` its value, `got` what came.
    pub fn limit(field: impl Into<String>, name: &'static str, max: u64, got: u64) -> Self {
        Error {
            code: Code::LimitExceeded,
            message: format!("{got} is over the limit {name} = {max}"),
            field: Some(field.into()),
            limit: Some(name),
        }
    }

    /// Something is under a limit. `name` is the documented constant, `min` its value, `got` what came.
    pub fn below(field: impl Into<String>, name: &'static str, min: u64, got: u64) -> Self {
        Error {
            code: Code::LimitExceeded,
            message: format!("{got} is under the limit {name} = {min}"),
            field: Some(field.into()),
            limit: Some(name),
        }
    }

    /// The same error about another field.
    #[must_use]
    pub fn about(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// The same error seen from outside: `prefix` goes in front of the field
    /// (`exclude[0]` under `claim.specs[1].paths` is `claim.specs[1].paths.exclude[0]`).
    #[must_use]
    pub fn within(mut self, prefix: &str) -> Self {
        self.field = Some(match self.field.take() {
            None => prefix.to_owned(),
            Some(field) if field.starts_with('[') => format!("{prefix}{field}"),
            Some(field) => format!("{prefix}.{field}"),
        });
        self
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What the caller should do next.
    pub fn next(&self) -> Next {
        self.code.next()
    }

    /// The sentence for people, without the field.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The field or path that the error is about, if it is about one.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// The name of the limit that was passed, if one was.
    pub fn limit_name(&self) -> Option<&'static str> {
        self.limit
    }
}
