//! The JSON doors: what goes into the library and what comes out of it, in any language.
//!
//! Every binding speaks through these words and adds none of its own: a [`Command`] goes in and an
//! [`Answer`] comes out, a [`Query`] goes in and a [`QueryAnswer`] comes out, and whatever fails is an
//! [`ErrorBody`]. Variants are told apart by `"type"`, names are snake_case, times are RFC 3339. Unknown and
//! duplicate keys are refused, and so is what is too long or too deep. The JSON schema of all of it is
//! made from these types (feature `schema`).
//!
//! ```
//! use loom_core::coordinator::Coordinator;
//! use loom_core::model::Timestamp;
//! use loom_core::wire::{self, Query};
//!
//! let query = Query::from_json(r#"{"type": "head"}"#)?;
//! let answer = query.ask(&Coordinator::default(), Timestamp::EPOCH)?;
//! assert!(wire::to_json(&answer)?.starts_with(r#"{"decided_at":0,"at":"1970-01-01T00:00:00.000Z""#));
//!
//! let error = Query::from_json(r#"{"type": "claim", "token": 7}"#).unwrap_err();
//! assert!(wire::error_json(&error).starts_with(r#"{"code":"invalid_json","next":"fix_input""#));
//! # Ok::<(), loom_core::error::Error>(())
//! ```

mod error_body;
mod findings;
mod governance;
mod loops;
mod provenance;
mod query;
mod query_reply;
mod runs;
#[cfg(feature = "schema")]
pub mod schema;

use serde::Serialize;

pub use error_body::ErrorBody;
pub use findings::{EscalationView, FindingView, ReportView, StepView};
pub use governance::{ExceptionView, PolicyView, RequestView};
pub use loops::{DueView, GateView, LoopView, StartView, StoodView, WorkerView};
pub use provenance::HistoryView;
pub use query::{BRIEF_CHARS, LISTED_MAX, Query};
pub use query_reply::{QueryAnswer, QueryReply};
pub use runs::{Finish, RunView, VerificationView};

pub use crate::coordinator::{Answer, Command, Reply};
use crate::error::{Code, Error};

/// What most answers fit in. A text that grows while it is written is moved each time.
const ANSWER_BYTES: usize = 1024;

/// An answer as JSON.
///
/// # Errors
/// `internal` only: every answer has a form in JSON.
pub fn to_json<T: Serialize>(answer: &T) -> Result<String, Error> {
    let internal = |why: &dyn std::fmt::Display| Error::new(Code::Internal, why.to_string());
    let mut json = Vec::with_capacity(ANSWER_BYTES);
    serde_json::to_writer(&mut json, answer).map_err(|why| internal(&why))?;
    String::from_utf8(json).map_err(|why| internal(&why))
}

/// An error as JSON, in the form of [`ErrorBody`].
pub fn error_json(error: &Error) -> String {
    to_json(&ErrorBody::from(error)).unwrap_or_else(|_| {
        let code = error.code().as_str();
        format!(r#"{{"code":"{code}","next":"stop","message":"the error has no form in JSON"}}"#)
    })
}
