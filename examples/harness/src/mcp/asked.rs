//! What the tools are asked, field by field, as their schemas say it. A field that no tool knows is refused,
//! so that a misspelt one does not go unheard.

use loom_core::claim::{Mode, OnConflict};
use loom_core::error::{Code, Error};
use loom_core::model::Token;
use loom_core::run::{NoteKind, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// No fields.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// What a brief is about.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Brief {
    /// Paths or globs from the root of the repository, or absolute paths; the whole repository where none.
    #[serde(default)]
    pub(super) paths: Vec<String>,
    /// The repository; the one that the server stands in where absent.
    #[serde(default)]
    pub(super) repo: Option<String>,
    /// The most characters of the text.
    #[serde(default)]
    pub(super) budget_chars: Option<u32>,
}

/// Places.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Places {
    /// Paths or globs from the root of the repository, or absolute paths.
    #[serde(default)]
    pub(super) paths: Vec<String>,
    /// Named things that are no files: `deploy:prod`.
    #[serde(default)]
    pub(super) resources: Vec<String>,
    /// The repository; the one that the server stands in where absent.
    #[serde(default)]
    pub(super) repo: Option<String>,
}

/// A claim or a plan.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Claim {
    /// Paths or globs from the root of the repository, or absolute paths.
    #[serde(default)]
    pub(super) paths: Vec<String>,
    /// Named things that are no files: `deploy:prod`.
    #[serde(default)]
    pub(super) resources: Vec<String>,
    /// The repository; the one that the server stands in where absent.
    #[serde(default)]
    pub(super) repo: Option<String>,
    /// What for; others read it.
    #[serde(default)]
    pub(super) intent: Option<String>,
    /// How strongly: write where absent.
    #[serde(default)]
    pub(super) mode: Option<Mode>,
    /// The length of the lease in seconds; 30 minutes where absent.
    #[serde(default)]
    pub(super) ttl_s: Option<u32>,
    /// What to do where it cannot be granted.
    #[serde(default)]
    pub(super) on_conflict: Option<OnConflict>,
}

/// Which claims.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Release {
    /// Their tokens; all of the run where absent.
    #[serde(default)]
    pub(super) tokens: Option<Vec<String>>,
}

impl Release {
    pub(super) fn tokens(&self) -> Result<Option<Vec<Token>>, Error> {
        let Some(tokens) = &self.tokens else {
            return Ok(None);
        };
        let tokens = tokens.iter().enumerate().map(|(place, token)| {
            let wrong = |why: Error| why.about(format!("tokens[{place}]"));
            token.parse::<Token>().map_err(wrong)
        });
        tokens.collect::<Result<_, _>>().map(Some)
    }
}

/// An action, as a policy sees it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Action {
    /// What is done: edit, shell, tool, commit, push, merge, deploy, or a verb of the policy.
    pub(super) verb: String,
    /// On which paths.
    #[serde(default)]
    pub(super) paths: Vec<String>,
    /// The repository; the one that the server stands in where paths are given and this is absent.
    #[serde(default)]
    pub(super) repo: Option<String>,
    /// The shell line.
    #[serde(default)]
    pub(super) command: Option<String>,
    /// The tool.
    #[serde(default)]
    pub(super) tool: Option<String>,
    /// The environment of a deploy.
    #[serde(default)]
    pub(super) environment: Option<String>,
    /// The service of a deploy.
    #[serde(default)]
    pub(super) service: Option<String>,
    /// What for, for whoever is asked; only where it is proposed.
    #[serde(default)]
    pub(super) intent: Option<String>,
}

/// A finding.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Finding {
    /// What it is about, so that whoever comes upon the same thing chooses the same: `test:cart::rounding`.
    pub(super) key: String,
    /// What it is called.
    pub(super) title: String,
    /// How bad it is; medium where absent.
    #[serde(default)]
    pub(super) severity: Option<Severity>,
    /// On which paths.
    #[serde(default)]
    pub(super) paths: Vec<String>,
    /// The repository; the one that the server stands in where absent.
    #[serde(default)]
    pub(super) repo: Option<String>,
    /// What was seen.
    #[serde(default)]
    pub(super) evidence: Option<String>,
}

/// Which finding.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Take {
    /// Its key.
    pub(super) key: String,
}

/// A note.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Note {
    /// What kind of note.
    pub(super) kind: NoteKind,
    /// What was found out.
    pub(super) text: String,
    /// On which paths.
    #[serde(default)]
    pub(super) paths: Vec<String>,
    /// The repository; the one that the server stands in where absent.
    #[serde(default)]
    pub(super) repo: Option<String>,
}

/// Where a trace begins: one of these.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Trace {
    /// Paths or globs.
    #[serde(default)]
    pub(super) paths: Vec<String>,
    /// The repository of the paths; the one that the server stands in where absent.
    #[serde(default)]
    pub(super) repo: Option<String>,
    /// A change.
    #[serde(default)]
    pub(super) change: Option<String>,
    /// A deploy.
    #[serde(default)]
    pub(super) deploy: Option<String>,
    /// An incident.
    #[serde(default)]
    pub(super) incident: Option<String>,
    /// How far back to look for what is found by paths, in seconds; one hour where absent.
    #[serde(default)]
    pub(super) window_s: Option<u32>,
}

impl Trace {
    /// The names that were given, of which one may be.
    pub(super) fn origins(&self) -> usize {
        let named = [&self.change, &self.deploy, &self.incident];
        named.into_iter().flatten().count() + usize::from(!self.paths.is_empty())
    }

    pub(super) fn wrong() -> Error {
        let message = "name one of paths, change, deploy and incident";
        Error::at(Code::InvalidField, "paths", message)
    }
}
