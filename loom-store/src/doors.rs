//! The two doors of a handle as text: what every binding is a thin layer over.
//!
//! ```
//! use loom_store::Loom;
//!
//! # fn main() -> Result<(), loom_core::error::Error> {
//! let loom = Loom::open_url("memory:")?;
//! let command = r#"{
//!     "id": "6a1c3c1e-6c0b-4d0e-9d4e-0a4f6f9b1c11",
//!     "actor": {"kind": "human", "id": "ada"},
//!     "body": {"type": "create_journal", "workspace": "shop"}
//! }"#;
//! let answer = loom.submit_json(command, Some("2026-11-22T07:30:00Z"))?;
//! assert!(answer.contains(r#""reply":{"type":"journal_created","workspace":"shop"}"#));
//! let answer = loom.query_json(r#"{"type": "head"}"#, None)?;
//! assert!(answer.contains(r#""head":{"ver":1,"#));
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "postgres")]
use std::sync::Arc;

use loom_core::error::{Code, Error};
use loom_core::model::Timestamp;
use loom_core::wire::{self, Command, Query};

use crate::Loom;
#[cfg(feature = "postgres")]
use crate::loom::{system_clock, system_entropy};

impl Loom {
    /// Opens the journal that a URL names: `sqlite:PATH`, whose file is made where there is none,
    /// `memory:`, or `postgres://USER@HOST/DATABASE?workspace=NAME`, whose tables are made where there are
    /// none.
    ///
    /// # Errors
    /// `invalid_field` for another kind of URL, and for a path with a NUL in it; those of [`Loom::open`] and
    /// of `PostgresStore::open`.
    pub fn open_url(url: &str) -> Result<Loom, Error> {
        match url.split_once(':') {
            Some(("memory", "")) => Ok(Loom::in_memory()),
            #[cfg(feature = "sqlite")]
            Some(("sqlite", path)) if !path.is_empty() && !path.contains('\0') => Loom::open(path),
            #[cfg(feature = "postgres")]
            Some(("postgres" | "postgresql", rest))
                if rest.starts_with("//") && !rest.contains('\0') =>
            {
                let store = crate::PostgresStore::open(url)?;
                let (clock, entropy) = (Arc::new(system_clock), Arc::new(system_entropy));
                Ok(Loom::over(Arc::new(store), clock, entropy))
            }
            _ => {
                let message = "a journal is named sqlite:PATH, postgres://HOST/DATABASE or memory:";
                Err(Error::at(Code::InvalidField, "url", message))
            }
        }
    }

    /// Carries out a command in JSON; the answer in JSON. `at` is a time in RFC 3339 in place of the
    /// clock's.
    ///
    /// # Errors
    /// Those of [`Command::from_json`] and of [`Loom::submit`]; `invalid_field` for a time that is none.
    pub fn submit_json(&self, command: &str, at: Option<&str>) -> Result<String, Error> {
        let command = Command::from_json(command)?;
        let answer = match time(at)? {
            Some(now) => self.submit_at(&command, now)?,
            None => self.submit(&command)?,
        };
        wire::to_json(&answer)
    }

    /// Answers a query in JSON, in JSON. `at` as for [`Loom::submit_json`].
    ///
    /// # Errors
    /// Those of [`Query::from_json`] and of [`Loom::query`]; `invalid_field` for a time that is none.
    pub fn query_json(&self, query: &str, at: Option<&str>) -> Result<String, Error> {
        let query = Query::from_json(query)?;
        let answer = match time(at)? {
            Some(now) => self.query_at(&query, now)?,
            None => self.query(&query)?,
        };
        wire::to_json(&answer)
    }
}

fn time(at: Option<&str>) -> Result<Option<Timestamp>, Error> {
    at.map(|text| text.parse::<Timestamp>().map_err(|why| why.about("at")))
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_of_no_known_kind_is_refused() {
        for url in [
            "",
            "memory",
            "memory:x",
            "sqlite:",
            "postgres:x",
            "postgres://db/team\0",
            "redis://x",
            "/tmp/journal.db",
            "sqlite:journal\0.db",
        ] {
            let error = Loom::open_url(url).unwrap_err();
            assert_eq!(
                (error.code(), error.field()),
                (Code::InvalidField, Some("url")),
                "{url}"
            );
        }
    }

    #[test]
    fn a_time_that_is_none_is_refused_at_both_doors() {
        let loom = Loom::open_url("memory:").unwrap();
        let command = r#"{"id":"6a1c3c1e-6c0b-4d0e-9d4e-0a4f6f9b1c11","actor":{"kind":"human","id":"ada"},"body":{"type":"tick"}}"#;
        let errors = [
            loom.submit_json(command, Some("noon")).unwrap_err(),
            loom.query_json(r#"{"type":"head"}"#, Some("noon"))
                .unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.field(), Some("at"), "{error}");
        }
    }
}
