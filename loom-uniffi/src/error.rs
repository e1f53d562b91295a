//! What fails, as the other side sees it.

use loom_core::error as core;
use loom_core::wire;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as Unread, StrDeserializer};

/// What went wrong, as a stable word. The words are those of `loom_core::error::Code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The text is no legal repository path.
    InvalidPath,
    /// The text is no legal pattern, or a set of them is not legal.
    InvalidPattern,
    /// A field holds a value that it cannot hold.
    InvalidField,
    /// A field that this command needs is not there.
    MissingField,
    /// The JSON could not be read.
    InvalidJson,
    /// The policy document cannot be used: the message gives line, column and the remedy.
    InvalidPolicy,
    /// A list, text or number is over (or under) a documented limit.
    LimitExceeded,
    /// The thing named does not exist here.
    NotFound,
    /// The thing named exists already, and says something else.
    AlreadyExists,
    /// The kind of actor, or this actor, may not send this command.
    NotPermitted,
    /// The command id was used before with another body.
    IdReused,
    /// The run has ended or lapsed.
    RunNotLive,
    /// The claim has ended or lapsed.
    ClaimNotLive,
    /// The request was answered, rejected, or has expired.
    RequestNotOpen,
    /// The run waits for a claim already.
    AlreadyWaiting,
    /// The claim would not become narrower.
    NotNarrower,
    /// The journal has no first record; create it first.
    NoJournal,
    /// No policy was set, so there is nothing to decide by.
    NoPolicy,
    /// A record does not chain to the one before it.
    BrokenChain,
    /// Records are missing.
    Gap,
    /// The journal was written by a newer version of the library.
    NewerJournal,
    /// Stored bytes are not what they must be.
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
    /// A bug in the library.
    Internal,
}

/// What the caller should do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Next {
    /// Send the same again, the same id included, after a while.
    Retry,
    /// Change what was sent.
    FixInput,
    /// Read the state again, then decide.
    Reload,
    /// A person has to decide or repair.
    AskHuman,
    /// Do nothing more with this journal or this process.
    Stop,
}

/// An error: branch on `code` and `next`; the message is for people.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ErrorBody {
    /// What went wrong.
    pub code: Code,
    /// What to do next.
    pub next: Next,
    /// A sentence for people, without the field.
    pub message: String,
    /// The field that it is about, as a path into the input.
    pub field: Option<String>,
    /// The name of the limit that was passed.
    pub limit: Option<String>,
}

/// What every call may fail with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum LoomError {
    /// The library says no, and why.
    #[error("{}", .body.message)]
    Failed {
        /// Why.
        body: ErrorBody,
    },
}

impl From<core::Error> for LoomError {
    fn from(error: core::Error) -> LoomError {
        let wire::ErrorBody {
            message,
            field,
            limit,
            ..
        } = wire::ErrorBody::from(&error);
        let body = ErrorBody {
            code: error.code().into(),
            next: error.next().into(),
            message,
            field,
            limit,
        };
        LoomError::Failed { body }
    }
}

impl From<core::Code> for Code {
    fn from(code: core::Code) -> Code {
        let word: StrDeserializer<'_, Unread> = code.as_str().into_deserializer();
        Code::deserialize(word).unwrap_or(Code::Internal)
    }
}

impl From<core::Next> for Next {
    fn from(next: core::Next) -> Next {
        match next {
            core::Next::Retry => Next::Retry,
            core::Next::FixInput => Next::FixInput,
            core::Next::Reload => Next::Reload,
            core::Next::AskHuman => Next::AskHuman,
            core::Next::Stop => Next::Stop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words that serde says an enum has.
    fn words<'de, T: Deserialize<'de> + std::fmt::Debug>() -> Vec<String> {
        let none: StrDeserializer<'_, Unread> = "no code".into_deserializer();
        let said = T::deserialize(none).unwrap_err().to_string();
        said.split('`')
            .skip(3)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn every_code_of_the_core_is_a_code_here() {
        let known = words::<core::Code>();
        assert!(known.len() > 20, "the codes were not heard: {known:?}");
        assert_eq!(words::<Code>(), known);
    }
}
