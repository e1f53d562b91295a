//! Names given by callers: of runs, loops, repositories, teams, actors, changes and resources.
//!
//! An id is 1 to [`ID_BYTES_MAX`] bytes of UTF-8 without control characters and without white
//! space at either end. It is opaque: nothing in the library reads a meaning out of it. Names of up to
//! 23 bytes, which nearly all are, stand where they are used; longer ones are shared.
//!
//! ```
//! use loom_core::model::RunId;
//!
//! let run = RunId::new("nightly-2026-11-22").unwrap();
//! assert_eq!(run.as_str(), "nightly-2026-11-22");
//! assert!(RunId::new("").is_err());
//! ```

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

use super::Token;
use crate::error::{Code, Error};

/// The longest id, in bytes.
pub const ID_BYTES_MAX: usize = 128;

fn check(kind: &'static str, text: &str) -> Result<(), Error> {
    if text.is_empty() {
        return Err(Error::at(Code::InvalidField, kind, "an id is not empty"));
    }
    if text.len() > ID_BYTES_MAX {
        return Err(Error::limit(
            kind,
            "ID_BYTES_MAX",
            ID_BYTES_MAX as u64,
            text.len() as u64,
        ));
    }
    let plain = |byte: u8| byte.is_ascii_graphic();
    let ends_are_plain =
        text.bytes().next().is_some_and(plain) && text.bytes().last().is_some_and(plain);
    if ends_are_plain && text.bytes().all(|byte| plain(byte) || byte == b' ') {
        return Ok(());
    }
    if text.chars().any(char::is_control) || text.trim() != text {
        return Err(Error::at(
            Code::InvalidField,
            kind,
            "an id has no control characters and no white space at its ends",
        ));
    }
    Ok(())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(SmolStr);

        #[allow(dead_code)]
        impl $name {
            /// Checks and takes a text as id.
            ///
            /// # Errors
            /// `invalid_field` for an empty text, control characters or outer white space;
            /// `limit_exceeded` over [`ID_BYTES_MAX`].
            pub fn new(text: &str) -> Result<Self, Error> {
                check($kind, text)?;
                Ok($name(SmolStr::new(text)))
            }

            /// A bound that sorts before every id. It is no id itself.
            pub(crate) fn lowest() -> Self {
                $name(SmolStr::new_static(""))
            }

            /// The text of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                $name::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!("the text of a ", $kind))
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        $name::new(text).map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    )*};
}

ids! {
    /// Names a run: one execution of a loop, of a sub-agent inside it, or a person's sitting.
    RunId, "run";
    /// Names a loop: an unattended program that starts runs.
    LoopId, "loop";
    /// Names a repository registered in the journal.
    RepoId, "repo";
    /// Names a team.
    TeamId, "team";
    /// Names an actor within its kind.
    ActorId, "actor";
    /// Names a change that landed or is about to land.
    ChangeId, "change";
    /// Names a workspace: one journal, one team and its repositories.
    WorkspaceId, "workspace";
    /// A named thing that is no file and can be claimed (`deploy:prod`, `db:migrations`).
    Resource, "resource";
    /// The branch that work will land on; never the branch checked out in a worktree.
    Branch, "branch";
    /// Names a deployment.
    DeployId, "deploy";
    /// Names an incident.
    IncidentId, "incident";
    /// Names a limit of spend.
    LimitId, "limit";
    /// Names a reservation of spend.
    ReservationId, "reservation";
    /// Which signal of its name: the number of a pull request, the digest of a build.
    SignalKey, "signal";
    /// What a finding is about: the same thing found again has the same key.
    FindingKey, "finding";
    /// Who spends: the name of a run, a loop, a team or the workspace, as the limit's level says.
    Holder, "holder";
}

impl From<Token> for ActorId {
    /// The text of a token, as a name within history.
    fn from(token: Token) -> ActorId {
        ActorId(SmolStr::new(token.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_the_longest_length_is_taken_and_one_byte_more_names_the_limit() {
        assert!(RunId::new(&"x".repeat(ID_BYTES_MAX)).is_ok());
        let error = RunId::new(&"x".repeat(ID_BYTES_MAX + 1)).unwrap_err();
        assert_eq!(error.code(), Code::LimitExceeded);
        assert_eq!(error.limit_name(), Some("ID_BYTES_MAX"));
        assert_eq!(error.field(), Some("run"));
    }

    #[test]
    fn control_characters_and_outer_white_space_are_refused() {
        for text in ["", " a", "a ", "a\nb", "\u{7f}", "\t"] {
            assert_eq!(
                RepoId::new(text).unwrap_err().code(),
                Code::InvalidField,
                "{text:?}"
            );
        }
    }
}
