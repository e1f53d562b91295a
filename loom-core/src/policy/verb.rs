//! What can be done, and which fields each of these doings can carry.
//!
//! The table is what makes absence mean something: a selector on a field that the verb cannot carry
//! is false, one on a field that it can carry and that nobody gave is unknown.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

use super::words::Text;
use crate::error::{Code, Error};
use crate::model::ID_BYTES_MAX;

/// Something that a run or a person does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Announces work.
    Plan,
    /// Reads files.
    Read,
    /// Changes files that are there.
    Edit,
    /// Makes files.
    Create,
    /// Deletes files.
    Delete,
    /// Runs a shell line.
    Shell,
    /// Calls a tool.
    Tool,
    /// Commits.
    Commit,
    /// Pushes commits.
    Push,
    /// Opens a pull request.
    OpenPr,
    /// Merges.
    Merge,
    /// Deploys a service.
    Deploy,
    /// Spends tokens, money or whatever else is counted.
    Spend,
    /// Ends a run as done.
    Finish,
    /// A verb that the document declares.
    Declared(SmolStr),
}

/// The verbs that every document knows, in the order of [`Verb`].
pub(super) const BUILT_IN: [(&str, Verb); 14] = [
    ("plan", Verb::Plan),
    ("read", Verb::Read),
    ("edit", Verb::Edit),
    ("create", Verb::Create),
    ("delete", Verb::Delete),
    ("shell", Verb::Shell),
    ("tool", Verb::Tool),
    ("commit", Verb::Commit),
    ("push", Verb::Push),
    ("open_pr", Verb::OpenPr),
    ("merge", Verb::Merge),
    ("deploy", Verb::Deploy),
    ("spend", Verb::Spend),
    ("finish", Verb::Finish),
];

/// A field that an action may carry. Verb, run, actor and facts belong to all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The repository.
    Repo,
    /// The branch that it lands on.
    Branch,
    /// The paths that it is about; owner, service by path, and what history says of paths with them.
    Targets,
    /// Named things that are no files.
    Resources,
    /// The environment.
    Environment,
    /// The service, named. By the paths of services it is told from the targets.
    Service,
    /// The tool.
    Tool,
    /// The shell line.
    Command,
    /// The dependencies that it adds.
    Edges,
    /// How much it changes.
    Size,
    /// What it is expected to use up.
    Estimate,
}

impl Field {
    const ALL: [Field; 11] = [
        Field::Repo,
        Field::Branch,
        Field::Targets,
        Field::Resources,
        Field::Environment,
        Field::Service,
        Field::Tool,
        Field::Command,
        Field::Edges,
        Field::Size,
        Field::Estimate,
    ];

    /// The field as actions write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Field::Repo => "repo",
            Field::Branch => "branch",
            Field::Targets => "targets",
            Field::Resources => "resources",
            Field::Environment => "environment",
            Field::Service => "service",
            Field::Tool => "tool",
            Field::Command => "command",
            Field::Edges => "edges",
            Field::Size => "size",
            Field::Estimate => "estimate",
        }
    }
}

/// A set of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fields(u16);

impl Fields {
    /// These fields.
    pub const fn of(fields: &[Field]) -> Fields {
        let mut bits = 0;
        let mut at = 0;
        while at < fields.len() {
            bits |= 1 << fields[at] as u16;
            at += 1;
        }
        Fields(bits)
    }

    /// Is the field among them?
    pub const fn has(self, field: Field) -> bool {
        self.0 & (1 << field as u16) != 0
    }

    /// These and one more.
    #[must_use]
    pub const fn with(self, field: Field) -> Fields {
        Fields(self.0 | 1 << field as u16)
    }

    /// Those of these that are not among the others.
    #[must_use]
    pub const fn without(self, others: Fields) -> Fields {
        Fields(self.0 & !others.0)
    }

    /// The fields in order.
    pub fn iter(self) -> impl Iterator<Item = Field> {
        Field::ALL.into_iter().filter(move |field| self.has(*field))
    }
}

const FILES: Fields = Fields::of(&[Field::Repo, Field::Branch, Field::Targets, Field::Resources]);
const EDITS: Fields = Fields::of(&[
    Field::Repo,
    Field::Branch,
    Field::Targets,
    Field::Resources,
    Field::Tool,
    Field::Edges,
    Field::Size,
]);
const SHELL: Fields = Fields::of(&[
    Field::Repo,
    Field::Branch,
    Field::Targets,
    Field::Tool,
    Field::Command,
]);
const TOOL: Fields = Fields::of(&[
    Field::Repo,
    Field::Branch,
    Field::Targets,
    Field::Resources,
    Field::Environment,
    Field::Service,
    Field::Tool,
]);
const LANDS: Fields = Fields::of(&[
    Field::Repo,
    Field::Branch,
    Field::Targets,
    Field::Edges,
    Field::Size,
]);
const DEPLOYS: Fields = Fields::of(&[
    Field::Repo,
    Field::Branch,
    Field::Resources,
    Field::Environment,
    Field::Service,
]);

impl Verb {
    /// Reads a verb; what is not built in is taken for a declared one.
    ///
    /// # Errors
    /// `invalid_field` for a text that is no word of lower-case letters, digits and `_`.
    pub fn new(text: &str) -> Result<Verb, Error> {
        if let Some((_, verb)) = BUILT_IN.iter().find(|(name, _)| *name == text) {
            return Ok(verb.clone());
        }
        if text.len() > ID_BYTES_MAX {
            let (max, got) = (ID_BYTES_MAX as u64, text.len() as u64);
            return Err(Error::limit("verb", "ID_BYTES_MAX", max, got));
        }
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if text.is_empty() || !text.bytes().all(letter) {
            let message = "a verb is a word of lower-case letters, digits and _";
            return Err(Error::at(Code::InvalidField, "verb", message));
        }
        Ok(Verb::Declared(SmolStr::new(text)))
    }

    /// The verb as documents and actions write it.
    pub fn as_str(&self) -> &str {
        match self {
            Verb::Declared(name) => name,
            built_in => {
                let known = BUILT_IN.iter().find(|(_, verb)| verb == built_in);
                known.map_or("", |(name, _)| name)
            }
        }
    }

    /// The fields that an action of a built-in verb can carry; `None` for a declared one, whose
    /// document says.
    pub const fn carries(&self) -> Option<Fields> {
        Some(match self {
            Verb::Plan | Verb::Read => FILES,
            Verb::Edit | Verb::Create | Verb::Delete => EDITS,
            Verb::Shell => SHELL,
            Verb::Tool => TOOL,
            Verb::Commit | Verb::Push | Verb::OpenPr | Verb::Merge => LANDS,
            Verb::Deploy => DEPLOYS,
            Verb::Spend => Fields::of(&[Field::Estimate]),
            Verb::Finish => Fields::of(&[Field::Repo]),
            Verb::Declared(_) => return None,
        })
    }

    /// The place of a built-in verb in the list of them.
    pub(super) const fn number(&self) -> u32 {
        match self {
            Verb::Plan => 0,
            Verb::Read => 1,
            Verb::Edit => 2,
            Verb::Create => 3,
            Verb::Delete => 4,
            Verb::Shell => 5,
            Verb::Tool => 6,
            Verb::Commit => 7,
            Verb::Push => 8,
            Verb::OpenPr => 9,
            Verb::Merge => 10,
            Verb::Deploy => 11,
            Verb::Spend => 12,
            Verb::Finish => 13,
            Verb::Declared(_) => u32::MAX,
        }
    }

    /// Is an approval of this verb bound to the digest of what was approved, and not to a scope?
    pub const fn binds_to_change(&self) -> bool {
        matches!(
            self,
            Verb::Commit | Verb::Push | Verb::Merge | Verb::Deploy | Verb::OpenPr
        )
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Verb {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Verb {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text("a verb", Verb::new))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Verb {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Verb".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "What is done: plan, read, edit, create, delete, shell, tool, commit, push, open_pr, merge, deploy, spend, finish, or a verb that the document declares.",
            "type": "string",
            "pattern": "^[a-z0-9_]+$"
        })
    }
}
