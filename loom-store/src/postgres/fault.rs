//! What PostgreSQL's errors mean to a caller of the store.
//!
//! The one question that matters is whether the record landed. Where the server says no to a statement,
//! its transaction is gone and nothing landed. Where the line goes dead, or the server stops while it
//! commits, nobody knows: `outcome_unknown`.

use loom_core::error::{Code, Error};
use tokio_postgres::error::SqlState;

/// An error of a statement that changed nothing, or whose transaction is rolled back.
pub(super) fn fault(doing: &str, error: tokio_postgres::Error) -> Error {
    let message = format!("{doing}: {}", said(&error));
    let Some(state) = error.code() else {
        // The line, or a value of another type than the schema's.
        let is_line = error.is_closed() || std::error::Error::source(&error).is_some_and(is_io);
        let code = if is_line {
            Code::Unavailable
        } else {
            Code::Corrupt
        };
        return Error::at(code, "journal", message);
    };
    match (state, &state.code()[..2]) {
        (&SqlState::INSUFFICIENT_PRIVILEGE, _) => {
            let message = format!("{message}; grant this role what the documentation lists");
            Error::at(Code::Unavailable, "url", message)
        }
        (_, "28" | "3D") => Error::at(Code::Unavailable, "url", message),
        // Constraints, types, missing tables or functions: the schema is not that of a journal.
        (_, "22" | "23" | "42" | "XX") => corrupt("journal", message),
        _ => Error::new(Code::Unavailable, message),
    }
}

/// An error of a statement that commits by itself.
pub(super) fn commit_fault(doing: &str, error: tokio_postgres::Error) -> Error {
    let nothing_landed = error.code().is_some_and(|state| {
        let class = &state.code()[..2];
        class != "08"
            && !state.code().starts_with("57P")
            && *state != SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN
    });
    if nothing_landed {
        return fault(doing, error);
    }
    unknown(&format!("{doing}: {}", said(&error)))
}

/// Whether something landed is open.
pub(super) fn unknown(why: &str) -> Error {
    let message = format!("{why}; send the same command again to learn whether it landed");
    Error::new(Code::OutcomeUnknown, message)
}

pub(super) fn corrupt(field: &str, message: impl Into<String>) -> Error {
    Error::at(Code::Corrupt, field, message)
}

/// What the server said, or the line.
fn said(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), std::error::Error::source(error)) {
        (Some(said), _) => said.message().to_owned(),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}

fn is_io(source: &(dyn std::error::Error + 'static)) -> bool {
    source.is::<std::io::Error>()
}
