//! How a repository compares names, so that both sides of every comparison fold alike.
//!
//! The rules belong to the repository and never to the machine the library runs on: a claim made on
//! Linux must meet the claim made on macOS. Folding is Unicode *simple* case folding, because it
//! keeps one character one character and so keeps `?` and classes exact.
//!
//! ```
//! use loom_core::path::{Case, PathRules, RepoPath};
//!
//! let rules = PathRules { case: Case::Insensitive, ..PathRules::default() };
//! let path = RepoPath::parse("Src/README.md", &rules)?;
//! assert_eq!(path.as_str(), "Src/README.md");
//! assert_eq!(path.canonical(), "src/readme.md");
//! # Ok::<(), loom_core::error::Error>(())
//! ```

use serde::{Deserialize, Serialize};

/// Whether letter case tells two names apart.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Case {
    /// `a` and `A` are two names.
    #[default]
    Sensitive,
    /// Names are compared under Unicode simple case folding.
    Insensitive,
}

/// Whether canonically equivalent spellings are one name.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unicode {
    /// Characters are compared as they are.
    #[default]
    AsIs,
    /// Names are compared in Unicode normalization form C.
    Nfc,
}

/// How one repository compares names. All fields default to what git itself does.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct PathRules {
    /// Whether letter case tells two names apart.
    pub case: Case,
    /// Whether canonically equivalent spellings are one name.
    pub unicode: Unicode,
    /// Whether `\` in a path is read as `/`. Off, a path with a backslash is refused.
    pub windows: bool,
}

impl PathRules {
    pub(crate) fn folds(self) -> bool {
        self.case == Case::Insensitive
    }

    pub(crate) fn normalises(self) -> bool {
        self.unicode == Unicode::Nfc
    }
}
