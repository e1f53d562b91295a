//! How far whoever checks a work stands apart from whoever did it.

use serde::{Deserialize, Serialize};

/// How far a verifier stands apart from the maker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Independence {
    /// Neither run is the other's ancestor.
    Independent,
    /// The runs have no root in common.
    SeparateRoot,
    /// The account is another one.
    OtherAccount,
    /// The model is another one.
    OtherModel,
    /// A person.
    Human,
}

impl Independence {
    /// Every one, the mildest first.
    pub const ALL: [Independence; 5] = [
        Independence::Independent,
        Independence::SeparateRoot,
        Independence::OtherAccount,
        Independence::OtherModel,
        Independence::Human,
    ];

    /// The word as documents write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Independence::Independent => "independent",
            Independence::SeparateRoot => "separate_root",
            Independence::OtherAccount => "other_account",
            Independence::OtherModel => "other_model",
            Independence::Human => "human",
        }
    }
}
