//! What a change is made of: who made it, its files, what a check of it came to.

use serde::{Deserialize, Serialize};

use super::ActorId;

/// The most hunks of one file in a change.
pub const HUNKS_MAX: usize = 1_024;
/// The most signed lines of one file in a change, those that went and those that came together.
pub const SIGNED_LINES_MAX: usize = 8_192;

/// Who made a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MadeBy {
    /// A person.
    Human,
    /// A loop.
    Loop,
    /// Both.
    Mixed,
    /// Nobody knows.
    Unknown,
}

/// One file of a change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangedFile {
    /// Its path after the change, or before it where it was deleted.
    pub path: String,
    /// Its path before, where it was moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_path: Option<String>,
    /// The blob before; absent where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<ActorId>,
    /// The blob after; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ActorId>,
    /// Lines added.
    #[serde(default)]
    pub added: u32,
    /// Lines removed.
    #[serde(default)]
    pub removed: u32,
    /// Which lines, where that is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hunks: Vec<Hunk>,
    /// What the patch of this file is, whatever it is applied to: `git patch-id --stable`, or what
    /// `provenance::patch_id` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch_id: Option<ActorId>,
    /// The lines that went and came, as `provenance::signed_lines` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_lines: Option<SignedLines>,
}

/// Where lines went and came, in lines counted from 1; what `@@ -1,2 +3,4 @@` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Hunk {
    /// The first line before.
    pub old_start: u32,
    /// How many lines before.
    pub old_lines: u32,
    /// The first line after.
    pub new_start: u32,
    /// How many lines after.
    pub new_lines: u32,
}

/// The lines that a patch takes away and brings, each as a hash of 32 bits, sorted, as often as they
/// stand there. A patch that brings what another took, and takes what it brought, undoes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SignedLines {
    /// Lines that came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<u32>,
    /// Lines that went.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<u32>,
}

/// What a verification came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every check held.
    Passed,
    /// A check did not hold.
    Failed,
}
