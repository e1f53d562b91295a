//! Errors as they cross a border.

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Next};

/// An [`Error`] in JSON. Callers branch on `code` and `next`; the message is for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ErrorBody {
    /// What went wrong, as a stable word.
    pub code: Code,
    /// What to do next.
    pub next: Next,
    /// A sentence for people, without the field.
    pub message: String,
    /// The field that it is about, as a path into the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The name of the limit that was passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
}

impl From<&Error> for ErrorBody {
    fn from(error: &Error) -> ErrorBody {
        ErrorBody {
            code: error.code(),
            next: error.next(),
            message: error.message().to_owned(),
            field: error.field().map(str::to_owned),
            limit: error.limit_name().map(str::to_owned),
        }
    }
}
