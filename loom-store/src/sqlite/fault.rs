//! What SQLite's errors mean to a caller of the store.
//!
//! The one question that matters is whether the record landed. Before `COMMIT` nothing did, so an
//! error there is `unavailable`. At `COMMIT` a full disk means that the commit frame was not
//! written, and a busy file that nothing was; any other fault there is `outcome_unknown`: the frame
//! may be in the log and come back when the log is next recovered.

use loom_core::error::{Code, Error};
use rusqlite::ErrorCode;

/// An error of a statement that changed nothing, or whose transaction is rolled back.
pub(super) fn fault(doing: &str, error: rusqlite::Error) -> Error {
    let message = format!("{doing}: {error}");
    match error {
        rusqlite::Error::SqliteFailure(code, _) => match code.code {
            ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::ConstraintViolation
            | ErrorCode::TypeMismatch
            | ErrorCode::TooBig
            // A missing table or column: the schema is not that of a journal.
            | ErrorCode::Unknown => corrupt("journal", message),
            ErrorCode::ApiMisuse | ErrorCode::ParameterOutOfRange => Error::new(Code::Internal, message),
            _ => Error::new(Code::Unavailable, message),
        },
        // A value of another type or size than the schema's, in a file that somebody else wrote.
        _ => corrupt("journal", message),
    }
}

/// An error of `COMMIT` itself.
pub(super) fn commit_fault(error: rusqlite::Error) -> Error {
    let nothing_landed = matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull)
    );
    if nothing_landed {
        return fault("committing", error);
    }
    let message =
        format!("committing: {error}; send the same command again to learn whether it landed");
    Error::new(Code::OutcomeUnknown, message)
}

pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

pub(super) fn corrupt(field: &str, message: impl Into<String>) -> Error {
    Error::at(Code::Corrupt, field, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    fn error(code: i32) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
    }

    #[test]
    fn an_error_says_whether_the_record_can_have_landed() {
        use Code::{Corrupt, OutcomeUnknown, Unavailable};
        for (code, before_commit, at_commit) in [
            (ffi::SQLITE_BUSY, Unavailable, Unavailable),
            (ffi::SQLITE_BUSY_SNAPSHOT, Unavailable, Unavailable),
            (ffi::SQLITE_LOCKED, Unavailable, Unavailable),
            (ffi::SQLITE_FULL, Unavailable, Unavailable),
            (ffi::SQLITE_IOERR_FSYNC, Unavailable, OutcomeUnknown),
            (ffi::SQLITE_IOERR_WRITE, Unavailable, OutcomeUnknown),
            (ffi::SQLITE_READONLY, Unavailable, OutcomeUnknown),
            (ffi::SQLITE_CANTOPEN, Unavailable, OutcomeUnknown),
            (ffi::SQLITE_CORRUPT, Corrupt, OutcomeUnknown),
            (ffi::SQLITE_NOTADB, Corrupt, OutcomeUnknown),
        ] {
            assert_eq!(fault("", error(code)).code(), before_commit, "{code}");
            assert_eq!(commit_fault(error(code)).code(), at_commit, "{code}");
        }
    }
}
